"""What changed between two editions, by indicator and level, and whether an edition is still as it was published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from vigie.editions.revisions import LOG
from vigie.editions.steps import checksum
from vigie.editions.store import Edition, read_manifest
from vigie.errors import CheckError

_KEY = ["indicator", "level", "code", "period"]
LARGEST_MOVES = 10


def difference(before: Edition, after: Edition) -> pl.DataFrame:
    """What became of the observations, by indicator and level.

    Columns: indicator, level, added, removed (observations with a value in one edition only), changed, same, and
    ``largest`` (the largest absolute move of a value), sorted by indicator and level; lines without any change are
    left out. A figure that several sources publish is compared by its value, the sources set aside.
    """
    both = _paired(before, after)
    old, new = pl.col("value_before"), pl.col("value")
    return (
        both.group_by("indicator", "level")
        .agg(
            added=(old.is_null() & new.is_not_null()).sum(),
            removed=(old.is_not_null() & new.is_null()).sum(),
            changed=(old != new).sum(),
            same=(old == new).sum(),
            largest=(new - old).abs().max(),
        )
        .filter((pl.col("added") > 0) | (pl.col("removed") > 0) | (pl.col("changed") > 0))
        .sort("indicator", "level")
    )


def moves(before: Edition, after: Edition, limit: int = LARGEST_MOVES) -> pl.DataFrame:
    """The largest relative moves: indicator, level, code, period, value_before, value, move (share of the former)."""
    both = _paired(before, after)
    old, new = pl.col("value_before"), pl.col("value")
    return (
        both.filter((old != new) & (old != 0))
        .with_columns(move=(new - old) / old.abs())
        .sort([pl.col("move").abs(), *map(pl.col, _KEY)], descending=[True, False, False, False, False])
        .head(limit)
        .select(*_KEY, "value_before", "value", "move")
    )


def _paired(before: Edition, after: Edition) -> pl.DataFrame:
    old, new = _values(before), _values(after)
    return new.join(old, on=_KEY, how="full", suffix="_before", coalesce=True)


def _values(edition: Edition) -> pl.DataFrame:
    path = edition.folder / "tables" / "observations.parquet"
    return (
        pl.scan_parquet(path)
        .select(*_KEY, "value")
        .filter(pl.col("value").is_not_null())
        .unique(_KEY, keep="first", maintain_order=True)
        .collect()
    )


def verify(folder: Path) -> dict[str, Any]:
    """Read every file of an edition again; returns its manifest.

    Raises CheckError naming the files that are missing or are not what the manifest says, StorageError when the
    manifest itself cannot be read.
    """
    manifest = read_manifest(folder)
    sealed = {f"tables/{name}.parquet": entry["sha256"] for name, entry in manifest["tables"].items()}
    sealed["observatory.duckdb"] = manifest["database"]["sha256"]
    sealed |= {LOG: manifest["revisions"]["sha256"]} if "revisions" in manifest else {}
    damaged = [name for name, expected in sealed.items() if _checksum(folder / name) != expected]
    if damaged:
        raise CheckError(
            f"l'édition {folder.name} est abîmée : {', '.join(damaged)}.",
            f"the edition {folder.name} is damaged: {', '.join(damaged)}.",
            remedy_fr="Revenez à la précédente (vigie rollback) ou reconstruisez (vigie build --force).",
            remedy_en="Go back to the previous one (vigie rollback) or build again (vigie build --force).",
        )
    return manifest


def _checksum(path: Path) -> str:
    try:
        return checksum(path)
    except OSError:
        return ""
