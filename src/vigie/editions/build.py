"""Build an edition: gather the inputs, make the tables step by step, check them, write them aside, make them current.

A step is kept under ``home/steps`` by the checksum of what it depends on (inputs, code, definitions), so that a second
build makes again only what changed. Nothing that is served is touched before the last rename.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from vigie.editions import checks as checking
from vigie.editions.inputs import Input, gather, records, require
from vigie.editions.observatory import DATABASE
from vigie.editions.store import (
    MANIFEST,
    Edition,
    current_folder,
    editions,
    free_name,
    locked,
    make_current,
    publish,
    storage_errors,
    workspace,
)
from vigie.editions.tables import (
    NEEDED,
    PerimeterFile,
    Tables,
    fingerprint,
    indicator_table,
    observation_tables,
    polygon_tables,
    published_tables,
    reference_tables,
    snapshot_table,
)
from vigie.errors import StorageError
from vigie.indicators import definitions as shipped
from vigie.language import Text

PACKAGE = Path(__file__).parents[1]
STEPS_KEPT = 12

Progress = Callable[[Text], None]


@dataclass(frozen=True)
class Built:
    """A finished build: the edition's id, its folder, and whether it was there already."""

    edition: str
    folder: Path
    already: bool


def build(
    home: Path,
    folders: Sequence[Path] = (),
    perimeters: Sequence[PerimeterFile] = (),
    progress: Progress = lambda _: None,
) -> Built:
    """Build an edition in ``home`` and serve it. Returns at once when the same one is there already.

    Inputs come from ``folders``, then the snapshots of ``home``, then the embedded tables. ``perimeters`` are files of
    perimeters to add as territories. ``progress`` is told each step as it begins.

    Raises InputError for an input that is not what it promises, CheckError when a check fails, StorageError for a
    disk that is full or closed: in each case the edition being served has not changed.
    """
    inputs, recipe = _prepared(home, folders, perimeters, progress)
    with locked(home):
        ready = _same(home, recipe)
        if ready:
            make_current(home, ready.id)
            return Built(ready.id, ready.folder, already=True)
        return _build(home, inputs, perimeters, recipe, progress)


def rebuild(
    home: Path,
    folders: Sequence[Path] = (),
    perimeters: Sequence[PerimeterFile] = (),
    progress: Progress = lambda _: None,
) -> Built:
    """Build as :func:`build` does, even where the same edition is there already, and every step anew."""
    inputs, recipe = _prepared(home, folders, perimeters, progress)
    with locked(home):
        shutil.rmtree(home / "steps", ignore_errors=True)
        return _build(home, inputs, perimeters, recipe, progress)


def _prepared(
    home: Path, folders: Sequence[Path], perimeters: Sequence[PerimeterFile], progress: Progress
) -> tuple[dict[str, Input], str]:
    progress(Text("Lecture des entrées", "Reading the inputs"))
    inputs = gather(folders, home / "snapshots")
    require(inputs, NEEDED)
    return inputs, _recipe(inputs, perimeters)


def wanted(home: Path, folders: Sequence[Path] = (), perimeters: Sequence[PerimeterFile] = ()) -> bool:
    """Whether a build from these inputs would make another edition than the one served."""
    served = [one for one in editions(home) if one.current]
    return not served or served[0].manifest["recipe"] != _recipe(gather(folders, home / "snapshots"), perimeters)


def _same(home: Path, recipe: str) -> Edition | None:
    return next((one for one in reversed(editions(home)) if one.manifest["recipe"] == recipe), None)


def _recipe(inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile]) -> str:
    """A checksum of all that decides the figures: inputs, code, definitions, perimeters."""
    rooms = ("territories", "sources", "indicators", "editions")
    parts = [fingerprint(PACKAGE, rooms), *(one.snapshot for one in inputs.values())]
    parts += [f"{one.level} {one.path.name} {hashlib.sha256(one.content()).hexdigest()}" for one in perimeters]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _build(
    home: Path, inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile], recipe: str, progress: Progress
) -> Built:
    now = datetime.now(UTC)
    with workspace(home) as folder:
        tables = _tables(home, inputs, perimeters, recipe, progress)
        progress(Text("Contrôles", "Checks"))
        checks = checking.check_edition(tables, shipped(), _previous(home))
        checking.refuse_errors(checks)
        tables["checks"] = checking.table(checks)
        progress(Text("Écriture", "Writing"))
        _write_tables(folder, tables)
        _write_database(folder, tables)
        edition = free_name(home, f"{now:%Y-%m-%d}-{recipe[:8]}")
        manifest = _manifest(edition, recipe, now, folder, inputs, perimeters, tables)
        (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        progress(Text("Publication", "Publishing"))
        return Built(edition, publish(home, folder, edition), already=False)


def _tables(
    home: Path, inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile], recipe: str, progress: Progress
) -> Tables:
    known = shipped()
    progress(Text("Territoires", "Territories"))
    reference, tables = reference_tables(inputs, perimeters)
    key = [recipe]
    steps = home / "steps"
    progress(Text("Indicateurs à tous les niveaux", "Indicators at every level"))
    tables |= _kept(
        steps, "observations", ("territories", "sources", "indicators", "editions"), key,
        lambda: observation_tables(inputs, reference, known),
    )  # fmt: skip
    progress(Text("Contours", "Polygons"))
    shape = [inputs[name].snapshot for name in ("communes", "geometry") if name in inputs]
    shape += [f"{one.level} {one.content()!r}" for one in perimeters]
    tables |= _kept(steps, "polygons", ("territories",), shape, lambda: polygon_tables(inputs, reference))
    progress(Text("Chiffres publiés", "Published figures"))
    tables |= published_tables()
    tables["indicators"] = indicator_table(known)
    tables["snapshots"] = snapshot_table(inputs, tables["figures"], tables["cells"])
    return tables


def _kept(steps: Path, name: str, rooms: Sequence[str], key: Sequence[str], make: Callable[[], Tables]) -> Tables:
    """The tables of a step, read again where the same inputs and the same code made them before."""
    checksum = hashlib.sha256("\n".join([fingerprint(PACKAGE, rooms), version("polars"), *key]).encode()).hexdigest()
    folder = steps / f"{name}-{checksum[:16]}"
    if folder.is_dir():
        folder.touch()
        return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    tables = make()
    with storage_errors(steps):
        steps.mkdir(parents=True, exist_ok=True)
        aside = steps / f".{folder.name}"
        shutil.rmtree(aside, ignore_errors=True)
        _write_tables(aside, tables, folder=".")
        aside.rename(folder)
        kept = sorted(steps.glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in kept[STEPS_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
    return tables


def _write_tables(target: Path, tables: Tables, folder: str = "tables") -> None:
    """Every table as Parquet: the same table gives the same bytes."""
    (target / folder).mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(target / folder / f"{name}.parquet", compression="zstd", row_group_size=100_000)


# What a page asks most is every figure of one territory: the rows of one are kept together.
_ORDER = {"observations": "level, code", "polygons": "level, code"}


def _write_database(folder: Path, tables: Tables) -> None:
    import duckdb

    connection = duckdb.connect(str(folder / DATABASE))
    try:
        for name in sorted(tables):
            order = f" ORDER BY {_ORDER[name]}" if name in _ORDER else ""
            path = str(folder / "tables" / f"{name}.parquet").replace("'", "''")
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}'){order}")
    finally:
        connection.close()


def _previous(home: Path) -> pl.DataFrame | None:
    try:
        served = pl.scan_parquet(current_folder(home) / "tables" / "observations.parquet")
        return served.filter(pl.col("level") == "france").collect()
    except (StorageError, OSError, pl.exceptions.PolarsError):
        return None


def _manifest(
    edition: str,
    recipe: str,
    now: datetime,
    folder: Path,
    inputs: Mapping[str, Input],
    perimeters: Sequence[PerimeterFile],
    tables: Tables,
) -> dict[str, Any]:
    files = {
        name: {"rows": table.height, "columns": table.columns, **_sealed(folder / "tables" / f"{name}.parquet")}
        for name, table in sorted(tables.items())
    }
    checks = tables["checks"]
    return {
        "edition": edition,
        "built": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "recipe": recipe,
        "versions": {
            "vigie": version("vigie"),
            "python": platform.python_version(),
            **{name: version(name) for name in ("polars", "duckdb", "numpy", "scipy", "shapely")},
        },
        "parameters": {
            "cog": 2024,
            "perimeters": [f"{one.level}={one.path.name}" if one.level else one.path.name for one in perimeters],
        },
        "inputs": records(inputs),
        "tables": files,
        "database": _sealed(folder / DATABASE),
        "checks": {"passed": int(checks["passed"].sum()), "failed": int((~checks["passed"]).sum())},
    }


def _sealed(path: Path) -> dict[str, object]:
    with path.open("rb") as handle:
        return {"sha256": hashlib.file_digest(handle, "sha256").hexdigest(), "bytes": path.stat().st_size}
