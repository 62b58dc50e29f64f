"""Make the embedded inputs: the tidy tables of the official files, compact, with the files' checksums and licences.

They are what the readers yield, in each source's own vintage: a build from them runs the whole pipeline, and gives the
same tables byte for byte as a build from the official files themselves.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from vigie.editions.inputs import EMBEDDED, EMBEDDED_MANIFEST, EMBEDDED_STEPS, Input, gather, require
from vigie.editions.steps import kept, sealed
from vigie.editions.store import storage_errors
from vigie.editions.tables import NEEDED, polygon_step, polygon_tables, reference_tables
from vigie.errors import CheckError
from vigie.language import Text
from vigie.sources.snapshots import alone

LARGEST_FILE = 10_000_000
LARGEST_TOTAL = 25_000_000
_ASIDE = ".embedding-"
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE = -100  # AT_FDCWD


def embed(
    folders: Sequence[Path],
    snapshots: Path | None,
    target: Path = EMBEDDED,
    progress: Callable[[Text], None] = lambda _: None,
) -> dict[str, Any]:
    """Write the embedded inputs to ``target``, replacing those there; returns their manifest.

    Sources that may not be redistributed are left out. Raises InputError for a file that is not what its source
    promises, CheckError when a table weighs more than 10 MB or all of them more than 25 MB, StorageError for a disk
    that is full or closed; ``target`` then stays as it was.
    """
    inputs = gather(folders, snapshots, embedded=None)
    require(inputs, NEEDED)
    chosen = {name: one for name, one in inputs.items() if one.source.redistribute}
    with storage_errors(target), alone(target.parent):
        for left in target.parent.glob(f"{_ASIDE}*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=target.parent))
        try:
            manifest = _write(aside, chosen, progress)
            progress(Text("Contours", "Polygons"))
            _write_polygons(aside, chosen)
            _check_sizes(aside)
            _replace(target, aside)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return manifest


def _write(folder: Path, inputs: dict[str, Input], progress: Callable[[Text], None]) -> dict[str, Any]:
    sources = {}
    for name, one in inputs.items():
        progress(one.source.title)
        path = folder / f"{name}.parquet"
        compact(one.table()).write_parquet(path, compression="zstd", compression_level=19, row_group_size=400_000)
        sources[name] = {
            "producer": one.source.producer,
            "title": {"fr": one.source.title_fr, "en": one.source.title_en},
            "licence": one.source.licence,
            "period": one.source.period,
            "snapshot": one.snapshot,
            "files": [asdict(file) for file in one.files],
            "tables": [{"file": path.name, **sealed(path)}],
        }
    manifest = {"format": 1, "sources": sources}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (folder / EMBEDDED_MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def _write_polygons(folder: Path, inputs: dict[str, Input]) -> None:
    """The polygons of every level, kept as the step that a build would make: a third of its time."""
    reference, _ = reference_tables(inputs)
    kept(folder / EMBEDDED_STEPS.name, polygon_step(inputs), lambda: polygon_tables(inputs, reference))


def compact(table: pl.DataFrame) -> pl.DataFrame:
    """The same rows in the order of their keys, which compresses best and does not change what is computed."""
    keys = [name for name in ("year", "profession", "field", "level", "code") if name in table.columns]
    return table.sort(keys, maintain_order=True) if keys else table


def _check_sizes(folder: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in folder.rglob("*.parquet")}
    heavy = [f"{name} ({size / 1e6:.1f} Mo)" for name, size in sizes.items() if size > LARGEST_FILE]
    total = sum(sizes.values())
    if heavy or total > LARGEST_TOTAL:
        names = ", ".join(heavy) or f"{total / 1e6:.1f} Mo"
        raise CheckError(
            f"les tables à embarquer sont trop lourdes : {names} ; limites 10 Mo par fichier et 25 Mo en tout.",
            f"the tables to embed are too heavy: {names}; limits 10 MB a file and 25 MB in all.",
        )


def _replace(target: Path, fresh: Path) -> None:
    """Put ``fresh`` in the place of ``target`` by one move: killed at any moment, one of the two is there whole."""
    fresh.chmod(0o755)
    if not target.exists():
        fresh.rename(target)
        return
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if exchange is None or exchange(_HERE, os.fsencode(fresh), _HERE, os.fsencode(target), _EXCHANGE):
        # A file system that cannot: two moves, and between them a moment without.
        old = fresh.with_name(f"{fresh.name}-old")
        target.rename(old)
        fresh.rename(target)
        fresh = old
    shutil.rmtree(fresh)  # what was there before
