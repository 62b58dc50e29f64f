"""Where a build takes each source from: a folder, then a snapshot, then the embedded table."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from vigie.editions.inputs import Input, gather, records, require, snapshot_id
from vigie.errors import CheckError, InputError, StorageError
from vigie.sources import source
from vigie.sources.snapshots import Snapshots

FILE = "drees_temps_urgences_2019_communes.csv.gz"
ID = "emergency_times_2019"


def copy(minutes: int) -> bytes:
    return gzip.compress(f"code_commune,temps_acces_urgences_min_2019\n01001,{minutes}\n01002,\n".encode(), mtime=0)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    (made / FILE).write_bytes(copy(1))
    return made


@pytest.fixture
def snapshots(tmp_path: Path) -> Path:
    root = tmp_path / "snapshots"
    received = tmp_path / "received"
    received.write_bytes(copy(2))
    Snapshots(root).add(source(ID), received, FILE, address="https://example.org/x")
    return root


@pytest.fixture
def embedded(tmp_path: Path, folder: Path) -> Path:
    """An embedded folder of that one source, with 3 minutes."""
    made = tmp_path / "embedded"
    made.mkdir()
    other = tmp_path / "other"
    other.mkdir()
    (other / FILE).write_bytes(copy(3))
    table = gather([other], None, None)[ID].table()
    table.write_parquet(made / f"{ID}.parquet")
    seal = {"file": f"{ID}.parquet", "sha256": sha((made / f"{ID}.parquet").read_bytes())}
    files = [{"file": FILE, "sha256": sha(copy(3)), "bytes": len(copy(3))}]
    (made / "manifest.json").write_text(json.dumps({"sources": {ID: {"files": files, "tables": [seal]}}}))
    return made


def minutes(found: Input) -> float:
    return float(found.table().filter(code="01001")["minutes"].item())


def test_a_folder_prevails_over_a_snapshot_and_a_snapshot_over_the_embedded_table(
    folder: Path, snapshots: Path, embedded: Path, tmp_path: Path
) -> None:
    cases = [
        ("folder", 1, gather([folder], snapshots, embedded)),
        ("snapshot", 2, gather([], snapshots, embedded)),
        ("embedded", 3, gather([], tmp_path / "none", embedded)),
    ]
    for origin, expected, found in cases:
        assert (found[ID].origin, minutes(found[ID])) == (origin, expected)
        assert found[ID].snapshot == f"{ID}@{sha(copy(expected))[:12]}"


def test_the_first_folder_that_has_a_source_wins(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / FILE).write_bytes(copy(9))
    assert minutes(gather([other, folder], None, None)[ID]) == 9
    assert minutes(gather([folder, other], None, None)[ID]) == 1


def test_a_table_is_the_same_whatever_way_it_came(folder: Path, embedded: Path) -> None:
    (folder / FILE).write_bytes(copy(3))
    local, packaged = gather([folder], None, None)[ID], gather([], None, embedded)[ID]
    assert local.table().equals(packaged.table())
    assert local.snapshot == packaged.snapshot


def test_an_embedded_table_that_changed_is_refused_by_name(embedded: Path) -> None:
    path = embedded / f"{ID}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        gather([], None, embedded)
    assert caught.value.message("en").startswith(f"{ID}.parquet: the embedded table is missing or is not what")
    assert "vigie embed" in caught.value.message("en")
    path.unlink()
    with pytest.raises(InputError, match=f"{ID}.parquet"):
        gather([], None, embedded)


def test_an_embedded_table_that_a_folder_replaces_may_be_anything(folder: Path, embedded: Path) -> None:
    # The checksum is still told: a damaged installation is not to be hidden by what happens to be in a folder.
    (embedded / f"{ID}.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=ID):
        gather([folder], None, embedded)


def test_a_damaged_embedded_manifest_is_told(embedded: Path) -> None:
    (embedded / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json"):
        gather([], None, embedded)


def test_a_folder_that_does_not_exist_or_holds_no_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        gather([tmp_path / "absent"], None, None)
    assert f"the folder {tmp_path / 'absent'} does not exist" in caught.value.message("en")
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(StorageError) as caught:
        gather([tmp_path], None, None)
    assert f"no file of a known source in {tmp_path}" in caught.value.message("en")
    assert "vigie sources --files" in caught.value.message("en")


def test_a_source_that_cannot_be_done_without_is_named_with_its_files(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        require(gather([folder], None, None), ["communes", ID])
    assert "communes" in caught.value.message("en")
    assert "communes_ref_2024.csv.gz" in caught.value.message("en")
    assert ID not in caught.value.message("en")


def test_the_record_of_an_input_keeps_producer_licence_and_checksum(snapshots: Path) -> None:
    (record,) = records(gather([], snapshots, None))
    assert record["snapshot"] == f"{ID}@{sha(copy(2))[:12]}"
    assert (record["file"], record["sha256"], record["bytes"]) == (FILE, sha(copy(2)), len(copy(2)))
    assert (record["origin"], record["address"]) == ("snapshot", "https://example.org/x")
    assert (record["producer"], record["licence"]) == (source(ID).producer, source(ID).licence)


def test_a_snapshot_id_depends_on_the_set_of_files_not_on_their_order() -> None:
    one, two = "a" * 64, "b" * 64
    assert snapshot_id("s", [one]) == "s@" + "a" * 12
    assert snapshot_id("s", [one, two]) == snapshot_id("s", [two, one]) != snapshot_id("s", [one, one])


def test_a_snapshot_that_changed_since_it_came_is_refused_by_its_checksum(snapshots: Path) -> None:
    found = gather([], snapshots, None)[ID]
    path = found.paths[0]
    # Well formed, one digit changed: only the checksum can tell.
    path.write_bytes(copy(7))
    with pytest.raises(CheckError) as caught:
        found.table()
    assert "the checksum differs" in caught.value.message("en")
    assert f"vigie fetch {ID}" in caught.value.message("en")
    path.unlink()
    with pytest.raises(CheckError, match="manquent"):
        found.table()
