"""What changed between two editions, and whether one is still as published."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from vigie.editions.compare import difference, moves, verify
from vigie.editions.store import Edition
from vigie.errors import CheckError, StorageError

Row = tuple[str, str, str, str, float | None]


def made(folder: Path, *rows: Row) -> Edition:
    """An edition with these observations: indicator, level, code, period, value."""
    (folder / "tables").mkdir(parents=True)
    table = pl.DataFrame(rows, ["indicator", "level", "code", "period", "value"], orient="row")
    table.write_parquet(folder / "tables" / "observations.parquet")
    (folder / "observatory.duckdb").write_bytes(b"database")
    seal = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _FILES}
    manifest = {
        "tables": {"observations": {"sha256": seal["tables/observations.parquet"]}},
        "database": {"sha256": seal["observatory.duckdb"]},
        "edition": folder.name,
        "built": "2026-01-01T00:00:00Z",
        "recipe": "",
        "checks": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Edition(folder.name, folder, manifest, current=False)


_FILES = ("tables/observations.parquet", "observatory.duckdb")
BEFORE: list[Row] = [
    ("apl", "commune", "01001", "2022", 4.0),
    ("apl", "commune", "01002", "2022", 2.0),
    ("apl", "commune", "01003", "2022", None),
    ("apl", "commune", "01004", "2022", 1.0),
    ("apl", "france", "FR", "2022", 3.0),
    ("psmt", "france", "FR", "2022", 5.6),
    ("psmt", "france", "FR", "2022", 5.4),  # a second source
    ("zero", "france", "FR", "2022", 0.0),
]
AFTER: list[Row] = [
    ("apl", "commune", "01001", "2022", 5.0),
    ("apl", "commune", "01002", "2022", 1.0),
    ("apl", "commune", "01003", "2022", 7.0),
    ("apl", "commune", "01004", "2022", None),
    ("apl", "commune", "01005", "2022", None),
    ("apl", "france", "FR", "2022", 3.0),
    ("psmt", "france", "FR", "2022", 5.6),
    ("psmt", "france", "FR", "2022", 5.4),
    ("zero", "france", "FR", "2022", 1.0),
]


def test_what_became_of_the_observations_by_indicator_and_level(tmp_path: Path) -> None:
    found = difference(made(tmp_path / "a", *BEFORE), made(tmp_path / "b", *AFTER))
    assert found.rows() == [("apl", "commune", 1, 1, 2, 0, 1.0), ("zero", "france", 0, 0, 1, 0, 1.0)]
    assert found.columns == ["indicator", "level", "added", "removed", "changed", "same", "largest"]


def test_an_edition_does_not_differ_from_itself(tmp_path: Path) -> None:
    one = made(tmp_path / "a", *BEFORE)
    assert difference(one, one).is_empty()
    assert moves(one, one).is_empty()


def test_an_indicator_that_comes_or_goes_is_counted(tmp_path: Path) -> None:
    old, new = made(tmp_path / "a", BEFORE[0]), made(tmp_path / "b", BEFORE[4])
    assert difference(old, new).select("level", "added", "removed").rows() == [("commune", 0, 1), ("france", 1, 0)]


def test_the_largest_relative_moves_come_first_and_zero_has_none(tmp_path: Path) -> None:
    found = moves(made(tmp_path / "a", *BEFORE), made(tmp_path / "b", *AFTER))
    assert found.select("code", "value_before", "value", "move").rows() == [
        ("01002", 2.0, 1.0, -0.5),
        ("01001", 4.0, 5.0, 0.25),
    ]
    assert moves(made(tmp_path / "c", *BEFORE), made(tmp_path / "d", *AFTER), limit=1).height == 1


def test_an_edition_as_published_verifies(tmp_path: Path) -> None:
    assert verify(made(tmp_path / "a", *BEFORE).folder)["edition"] == "a"


@pytest.mark.parametrize("name", _FILES)
@pytest.mark.parametrize("how", ["changed", "cut", "gone"])
def test_a_file_that_is_not_as_published_is_named(tmp_path: Path, name: str, how: str) -> None:
    folder = made(tmp_path / "a", *BEFORE).folder
    path = folder / name
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if how == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CheckError) as caught:
        verify(folder)
    assert caught.value.message("en").startswith(f"the edition a is damaged: {name}.")
    assert "vigie rollback" in caught.value.message("en")


def test_an_edition_without_manifest_cannot_be_verified(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", *BEFORE).folder
    (folder / "manifest.json").unlink()
    with pytest.raises(StorageError, match="manifeste"):
        verify(folder)
