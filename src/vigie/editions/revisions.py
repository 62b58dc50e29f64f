"""The revision log: which figures each edition changed, took away or added, and whether a source or a method did it.

Each build compares its observations with those of the edition served, and adds what it finds to that edition's own log:
the log goes with the figures, whatever old editions are removed. ``LOG`` lies beside the tables rather than among them:
the tables of an edition depend on its inputs alone, and are the same bytes wherever they are built.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from vigie.editions.steps import write_table
from vigie.editions.store import Edition

LOG = "revisions.parquet"

_KEY = ["indicator", "level", "code", "period"]
_SCHEMA = {
    "edition": pl.String, "before": pl.String, "built": pl.String, "indicator": pl.String, "level": pl.String,
    "added": pl.Int64, "removed": pl.Int64, "changed": pl.Int64, "same": pl.Int64, "largest": pl.Float64,
    "by_source": pl.Int64, "by_method": pl.Int64, "sources": pl.String,
}  # fmt: skip


def revised(before: Edition | None, folder: Path, edition: str, manifest: dict[str, Any]) -> pl.DataFrame:
    """The log of an edition being built in ``folder``: that of the edition before, and what this one changes of it.

    A row an indicator and level that changed. Columns: edition, before, built, indicator, level; added, removed
    (observations with a value in one edition only), changed, same; ``largest``, the largest absolute move of a value;
    of those removed or changed, ``by_source`` come from another snapshot or from none, ``by_method`` from the same one:
    the code or a definition changed; ``sources`` are the snapshots that gave way to others, ``old → new``.
    """
    if before is None:
        return pl.DataFrame(schema=_SCHEMA)
    log = read_log(before.folder)
    if before.manifest["tables"]["observations"]["sha256"] == manifest["tables"]["observations"]["sha256"]:
        return log
    old, new = (_values(place) for place in (before.folder, folder))
    stamp = {"edition": edition, "before": before.id, "built": str(manifest["built"])}
    rows = _moved(old, new).with_columns(**{name: pl.lit(text) for name, text in stamp.items()})
    return pl.concat([log, rows.select(list(_SCHEMA)).cast(_SCHEMA)])  # type: ignore[arg-type]


def _values(folder: Path) -> pl.LazyFrame:
    frame = pl.scan_parquet(folder / "tables" / "observations.parquet")
    return frame.filter(pl.col("value").is_not_null()).select(*_KEY, "value", "snapshot")


def _moved(old: pl.LazyFrame, new: pl.LazyFrame) -> pl.DataFrame:
    """Of two sets of figures, those that differ, counted by indicator and level.

    Rows are told apart by a hash first: two editions of two million observations are never in memory at once.
    """
    row = pl.struct(*_KEY, "value", "snapshot").hash()
    hashes = [frame.select(row.alias("row")).collect()["row"] for frame in (old, new)]
    was, now = (
        frame.filter(~row.is_in(other.implode())).collect().unique(_KEY, keep="first", maintain_order=True)
        for frame, other in zip((old, new), reversed(hashes), strict=True)
    )
    both = now.join(was, on=_KEY, how="full", suffix="_before", coalesce=True)
    before, after = pl.col("value_before"), pl.col("value")
    moved = before.is_not_null() & (after.is_null() | (before != after))
    other = pl.col("snapshot").is_null() | (pl.col("snapshot") != pl.col("snapshot_before"))
    gave_way = pl.when(moved & other).then(
        pl.format("{} → {}", pl.col("snapshot_before"), pl.col("snapshot").fill_null("–"))
    )
    valued = new.group_by("indicator", "level").agg(figures=pl.len()).collect()
    return (
        both.group_by("indicator", "level")
        .agg(
            added=(before.is_null() & after.is_not_null()).sum(),
            removed=(before.is_not_null() & after.is_null()).sum(),
            changed=(before != after).sum(),
            largest=(after - before).abs().max(),
            by_source=(moved & other).sum(),
            by_method=(moved & ~other).sum(),
            sources=gave_way.drop_nulls().unique().sort().str.join(" ; "),
        )
        .filter((pl.col("added") > 0) | (pl.col("removed") > 0) | (pl.col("changed") > 0))
        .join(valued, on=["indicator", "level"], how="left")
        .with_columns(
            same=pl.col("figures").cast(pl.Int64).fill_null(0) - pl.col("added") - pl.col("changed"),
            sources=pl.col("sources").fill_null(""),
        )
        .sort("indicator", "level")
    )


def write_log(log: pl.DataFrame, folder: Path) -> None:
    """Put the log into an edition."""
    write_table(log, folder / LOG)


def read_log(folder: Path) -> pl.DataFrame:
    """The log of an edition, the oldest first; empty for one built before there was a log."""
    path = folder / LOG
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=_SCHEMA)
