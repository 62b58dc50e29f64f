"""Editions in an object store: a local server with the S3 API, from a package, stands for it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import duckdb
import polars as pl
import pytest
from moto.server import ThreadedMotoServer
from processes import left, vigie

from vigie.editions import storing
from vigie.editions.compare import verify
from vigie.editions.steps import checksum
from vigie.errors import CheckError, InputError, StorageError, UnknownNameError

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
EDITION = "2026-11-22-small"


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, str]]:
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield {**KEYS, "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true"}
    made.stop()


@pytest.fixture
def bucket(server: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket, and the environment that leads to it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    made = boto3.resource("s3").Bucket("vigie")
    made.create()
    yield made
    made.objects.delete()
    made.delete()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an edition of two tables: what is stored is of the size that a test may move often."""
    folder = tmp_path / "home" / "editions" / EDITION
    (folder / "tables").mkdir(parents=True)
    tables = {
        "observations": pl.DataFrame({"code": [f"{k:05d}" for k in range(20_000)], "value": range(20_000)}),
        "territories": pl.DataFrame({"code": ["48095"], "name": ["Mende"]}),
    }
    with duckdb.connect(str(folder / "observatory.duckdb")) as database:
        for name, table in tables.items():
            table.write_parquet(folder / "tables" / f"{name}.parquet")
            path = folder / "tables" / f"{name}.parquet"
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}')")
    sealed = {path.stem: {"sha256": checksum(path), "bytes": path.stat().st_size}
              for path in (folder / "tables").iterdir()}  # fmt: skip
    database_ = folder / "observatory.duckdb"
    manifest = {
        "edition": EDITION, "built": "2026-11-22T08:00:00Z", "recipe": "x", "tables": sealed,
        "database": {"sha256": checksum(database_), "bytes": database_.stat().st_size},
        "checks": {"passed": 1, "failed": 0},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder.parent / "current").symlink_to(EDITION)
    return tmp_path / "home"


def test_an_edition_goes_and_comes_back_byte_for_byte(bucket: Any, home: Path, tmp_path: Path) -> None:
    there = "s3://vigie/public/editions"
    assert storing.push(home, there) == storing.Moved(EDITION, 4, _size(home), already=False)
    assert storing.push(home, there).already
    assert [(one["edition"], one["current"]) for one in storing.stored(there)] == [(EDITION, True)]
    other = tmp_path / "other"
    assert storing.pull(other, there) == storing.Moved(EDITION, 4, _size(home), already=False)
    assert verify(other / "editions" / "current")["edition"] == EDITION
    assert storing.pull(other, there, EDITION).already
    before, after = (sorted(p.read_bytes() for p in (one / "editions" / EDITION).rglob("*") if p.is_file())
                     for one in (home, other))  # fmt: skip
    assert before == after


def test_it_is_read_where_it_is(bucket: Any, home: Path, tmp_path: Path) -> None:
    storing.push(home, "s3://vigie")
    with storing.open_stored("s3://vigie") as one:
        assert one.id == EDITION
        assert one.rows("SELECT value FROM observations WHERE code = ?", ("00042",)) == [(42,)]
        assert one.frame("SELECT sum(value) AS s FROM observations").item() == 19_999 * 10_000
        with pytest.raises(duckdb.Error):
            one.rows("CREATE TABLE territories2 AS SELECT 1")
    # The Parquet tables too, by any reader of the S3 API: Polars' own here.
    table = pl.scan_parquet(f"s3://vigie/{EDITION}/tables/territories.parquet", storage_options=_options())
    assert table.collect()["name"].to_list() == ["Mende"]


def test_the_real_database_is_asked_by_blocks(bucket: Any, edition_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import obstore

    folder = (edition_home / "editions" / "current").resolve()
    bucket.upload_file(str(folder / "observatory.duckdb"), f"{folder.name}/observatory.duckdb")
    bucket.upload_file(str(folder / "manifest.json"), f"{folder.name}/manifest.json")
    read: list[int] = []
    whole = obstore.get_range

    def counted(*given: Any, start: int, end: int) -> Any:
        read.append(end - start)
        return whole(*given, start=start, end=end)

    monkeypatch.setattr(obstore, "get_range", counted)
    sql = "SELECT value FROM observations WHERE indicator = 'apl_mg' AND level = 'commune' AND code = '48095'"
    with storing.open_stored("s3://vigie", folder.name) as one:
        found = one.rows(sql)
    with duckdb.connect(str(folder / "observatory.duckdb"), read_only=True) as database:
        assert found == database.execute(sql).fetchall() != []
    assert sum(read) < (folder / "observatory.duckdb").stat().st_size / 5


def test_what_is_damaged_there_is_told_and_not_served(bucket: Any, home: Path, tmp_path: Path) -> None:
    storing.push(home, "s3://vigie")
    key = f"{EDITION}/tables/observations.parquet"
    body = bytearray(bucket.Object(key).get()["Body"].read())
    body[100] ^= 1
    bucket.put_object(Key=key, Body=bytes(body))
    other = tmp_path / "other"
    with pytest.raises(CheckError, match=r"observations\.parquet"):
        storing.pull(other, "s3://vigie")
    assert not (other / "editions" / "current").exists()
    assert left(other) == []


@pytest.mark.parametrize(
    "changed",
    [
        b"{", b"[]", b"{}",
        {"edition": "another"},
        {"tables": {"../../../etc/passwd": {"sha256": "", "bytes": 1}}},
    ],
)  # fmt: skip
def test_a_manifest_from_elsewhere_is_not_trusted(bucket: Any, home: Path, tmp_path: Path, changed: Any) -> None:
    storing.push(home, "s3://vigie")
    known = json.loads((home / "editions" / EDITION / "manifest.json").read_text())
    body = changed if isinstance(changed, bytes) else json.dumps(known | changed).encode()
    bucket.put_object(Key=f"{EDITION}/manifest.json", Body=body)
    with pytest.raises(StorageError, match="manifeste"):
        storing.pull(tmp_path / "other", "s3://vigie")
    with pytest.raises(StorageError, match="une autre édition"):  # and is not written over
        storing.push(home, "s3://vigie")


def test_a_pointer_that_points_elsewhere_leads_nowhere(bucket: Any, home: Path, tmp_path: Path) -> None:
    for body in (b"", b"[]", b'{"edition": 3}', b'{"edition": "../x"}', b'{"edition": "gone"}'):
        bucket.put_object(Key="current.json", Body=body)
        with pytest.raises(UnknownNameError):
            storing.pull(tmp_path / "other", "s3://vigie")


def test_a_push_that_was_cut_is_not_an_edition_and_is_taken_up(bucket: Any, home: Path) -> None:
    def cut(name: str, size: int) -> None:
        if name.startswith("tables"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storing.push(home, "s3://vigie", progress=cut)
    assert storing.stored("s3://vigie") == []
    first = bucket.Object(f"{EDITION}/observatory.duckdb").last_modified
    assert not storing.push(home, "s3://vigie").already
    assert bucket.Object(f"{EDITION}/observatory.duckdb").last_modified == first
    assert [one["edition"] for one in storing.stored("s3://vigie")] == [EDITION]


def test_a_damaged_edition_is_not_pushed(bucket: Any, home: Path) -> None:
    path = home / "editions" / EDITION / "tables" / "territories.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckError, match=r"territories\.parquet"):
        storing.push(home, "s3://vigie")
    assert list(bucket.objects.all()) == []


@pytest.mark.parametrize("address", ["vigie", "http://vigie/x", "s3://", "s3://B/x", "s3://vigie/../x", "s3://v/a b"])
def test_another_address_is_refused(bucket: Any, address: str) -> None:
    with pytest.raises(InputError, match="s3://seau/chemin"):
        storing.store(address)


def test_credentials_come_from_the_environment_or_not_at_all(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match="AWS_SECRET_ACCESS_KEY"):
        storing.store("s3://vigie")


def test_a_bucket_that_is_not_there(bucket: Any, home: Path) -> None:
    with pytest.raises(StorageError, match="n'existe pas"):
        storing.push(home, "s3://nowhere")


def test_the_commands(bucket: Any, home: Path, tmp_path: Path) -> None:
    env = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
    sent = vigie("push", "s3://vigie/e", home=home, env=env)
    assert sent.code == 0, sent.err
    assert EDITION in sent.out
    shutil.rmtree(home)
    taken = vigie("pull", "s3://vigie/e", "--json", home=home, env=env)
    assert taken.code == 0, taken.err
    assert json.loads(taken.out)["edition"] == EDITION
    asked = vigie("stored", "s3://vigie/e", "--sql", "SELECT name FROM territories", home=home, env=env)
    assert asked.out.splitlines() == ["name", "Mende"]
    vigie("stored", "s3://vigie/e", "--sql", "SELECT nonsense", home=home, env=env).refused("query refused")


def _size(home: Path) -> int:
    return sum(path.stat().st_size for path in (home / "editions" / EDITION).rglob("*") if path.is_file())


def _options() -> dict[str, str]:
    return {"aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"], "aws_allow_http": "true"}
