"""Build an edition: gather the inputs, make the tables step by step, check them, write them aside, make them current.

A step is kept under ``home/steps`` by the checksum of what it depends on (inputs, code, definitions), so that a second
build makes again only what changed. Nothing that is served is touched before the last rename.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from vigie import memory
from vigie.editions import checks as checking
from vigie.editions import provision, recomputed
from vigie.editions.alerting import alert_tables, comparator_tables
from vigie.editions.comparing import spread_table
from vigie.editions.gaps import CODE as GAPS_CODE
from vigie.editions.gaps import gap_table
from vigie.editions.imports import identity, import_inputs
from vigie.editions.inequalities import CODE as INEQUALITIES
from vigie.editions.inequalities import inequality_tables
from vigie.editions.inequalities import reads as inequalities_read
from vigie.editions.inputs import EMBEDDED, EMBEDDED_MANIFEST, EMBEDDED_STEPS, Input, gather, records, require
from vigie.editions.observatory import DATABASE
from vigie.editions.pharmacies import CODE as PHARMACIES_CODE
from vigie.editions.pharmacies import pharmacy_tables
from vigie.editions.projections import KINDS as PROSPECTS_OWN
from vigie.editions.prospects import CODE as PROSPECTS_CODE
from vigie.editions.prospects import prospect_tables
from vigie.editions.prospects import reads as prospects_read
from vigie.editions.quality import agreement_table, coverage_table, release_table
from vigie.editions.revisions import LOG, revised, write_log
from vigie.editions.standing import LocalFile, check_local, local_files, read_local, standing_tables
from vigie.editions.steps import (
    PACKAGE,
    Step,
    Tables,
    checksum,
    fingerprint,
    kept,
    place,
    step_name,
    write_table,
)
from vigie.editions.steps import sealed as sealed_file
from vigie.editions.store import (
    MANIFEST,
    Edition,
    current_folder,
    editions,
    free_name,
    locked,
    make_current,
    publish,
    workspace,
)
from vigie.editions.tables import (
    NEEDED,
    PerimeterFile,
    aid_table,
    demography_table,
    document_snapshots,
    establishment_table,
    indicator_table,
    observation_tables,
    polygon_step,
    polygon_tables,
    published_tables,
    reference_tables,
    snapshot_table,
    with_perimeter_polygons,
)
from vigie.editions.tiles import link_tiles
from vigie.editions.zoning import zoning_tables
from vigie.editions.zoning_regions import identities as region_shares
from vigie.editions.zoning_regions import with_tables
from vigie.errors import StorageError
from vigie.indicators import alerts, comparators
from vigie.indicators import definitions as shipped
from vigie.language import Text
from vigie.sources import catalogue
from vigie.zoning import pharmacies
from vigie.zoning.rules import rules as zoning_rules

Progress = Callable[[Text], None]
_ROOMS = ("access", "territories", "sources", "indicators", "editions")  # what decides the figures
_ALL = (*_ROOMS, "zoning", "outlook")  # what decides an edition


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
    inputs |= import_inputs(home)
    local = local_files(home)
    check_local(local, shipped())
    return inputs, _recipe(inputs, perimeters, local, region_shares(home))


def wanted(home: Path) -> bool:
    """Whether no edition is served, or one that other code, definitions or embedded tables made.

    An edition that somebody chose (other folders, perimeters, a rollback) is kept as long as this version made it.
    """
    served = [one for one in editions(home) if one.current]
    return not served or served[0].manifest.get("made_by") != _maker()


def _maker() -> str:
    """A checksum of the code, the definitions and the embedded tables of this version of Vigie."""
    manifest = EMBEDDED / EMBEDDED_MANIFEST
    embedded = checksum(manifest) if manifest.is_file() else ""
    return hashlib.sha256(f"{fingerprint(PACKAGE, _ALL)}{embedded}".encode()).hexdigest()


def _same(home: Path, recipe: str) -> Edition | None:
    return next((one for one in reversed(editions(home)) if one.manifest["recipe"] == recipe), None)


def _recipe(
    inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile], local: Sequence[LocalFile], shares: Sequence[str]
) -> str:
    """A checksum of all that decides the figures: inputs, code, definitions, perimeters, local targets, and shares of
    régions for rules of zoning."""
    parts = [fingerprint(PACKAGE, _ALL), *(_identity(one) for one in inputs.values())]
    parts += [f"{one.level} {one.path.name} {hashlib.sha256(one.content()).hexdigest()}" for one in perimeters]
    parts += [one.key() for one in local]
    parts += shares
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _build(
    home: Path, inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile], recipe: str, progress: Progress
) -> Built:
    now = datetime.now(UTC)
    with workspace(home) as folder:
        tables, steps = _steps(home, inputs, perimeters, progress)
        progress(Text("Contrôles", "Checks"))
        asked = {name: step.table(name) for step in steps for name in step.files if name in checking.READ}
        checks = checking.check_edition(tables | asked, shipped(), _previous(home))
        checking.refuse_errors(checks)
        # What an edition is compared with is not what it is made of: that check is in the manifest alone.
        tables["checks"] = checking.table([check for check in checks if check.id != "change"])
        progress(Text("Écriture", "Writing"))
        sealed = _write_tables(folder / "tables", tables, steps)
        del tables, steps, asked  # the database is made from the files: two copies of it all are one too many
        memory.give_back()
        _write_database(folder, sealed)
        edition = free_name(home, f"{now:%Y-%m-%d}-{recipe[:8]}")
        manifest = _manifest(edition, recipe, now, folder, inputs, perimeters, sealed, checks)
        manifest["parameters"]["targets"] = [one.path.name for one in local_files(home)]
        # What an edition changes of the one before is beside its tables: they depend on its inputs alone.
        write_log(revised(_served(home), folder, edition, manifest), folder)
        manifest["revisions"] = sealed_file(folder / LOG)
        (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        progress(Text("Publication", "Publishing"))
        link_tiles(home, folder)
        return Built(edition, publish(home, folder, edition), already=False)


def _steps(
    home: Path, inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile], progress: Progress
) -> tuple[Tables, list[Step]]:
    """The small tables, made each time, and the kept steps."""
    progress(Text("Territoires", "Territories"))
    reference, tables = reference_tables(inputs, perimeters)
    added = [f"{one.level} {one.path.name} {one.content()!r}" for one in perimeters]
    progress(Text("Contours", "Polygons"))
    polygons = kept(
        *(home / "steps", polygon_step(inputs), lambda: polygon_tables(inputs, reference)), shipped=EMBEDDED_STEPS
    )
    if added:
        drawn = polygons
        polygons = _made(
            home,
            polygon_step(inputs, added),
            lambda: with_perimeter_polygons(drawn.table("polygons"), reference),
        )
    figures = [
        _identity(one)
        for name, one in inputs.items()
        if name != "geometry" and one.source.table not in PROSPECTS_OWN  # no figure is made of them
    ]
    # The steps that do without the observations come first: two million rows of them fill the memory from then on.
    progress(Text("APL recalculée", "Recomputed APL"))
    variants = _made(
        home,
        step_name("recomputed", ("territories", "sources", *recomputed.CODE), _identities(inputs, recomputed.reads)),
        lambda: recomputed.recomputed_tables(inputs, reference),
    )
    progress(Text("Perspectives", "Outlook"))
    outlook = _made(
        home,
        step_name("outlook", ("territories", "sources", *PROSPECTS_CODE), _identities(inputs, prospects_read) + added),
        lambda: prospect_tables(inputs, reference),
    )
    progress(Text("Qui fournit l'accès", "Who provides access"))
    provided = _made(
        home,
        step_name(
            "provision", ("territories", "sources", *provision.CODE), _identities(inputs, provision.reads) + added
        ),
        lambda: provision.provision_tables(inputs, reference),
    )
    progress(Text("Inégalités et déserts", "Inequality and deserts"))
    inequalities = _made(
        home,
        step_name("inequalities", INEQUALITIES, _identities(inputs, inequalities_read)),
        lambda: inequality_tables(inputs, reference, shipped()),
    )
    progress(Text("Indicateurs à tous les niveaux", "Indicators at every level"))
    observations = _made(
        home,
        step_name("observations", _ROOMS, figures + added),
        lambda: observation_tables(inputs, reference, shipped(), variants.tables()),
    )
    seen = observations.table("observations")
    progress(Text("Chiffres publiés", "Published figures"))
    tables |= published_tables()
    tables["establishments"] = establishment_table(inputs)
    demography = demography_table(inputs)
    tables |= {} if demography is None else {"demography": demography}
    tables["indicators"] = indicator_table(shipped())
    tables["aids"] = aid_table(tables["figures"], tables["cells"], seen)
    tables["snapshots"] = snapshot_table(inputs, tables["figures"], tables["cells"])
    tables["agreement"] = agreement_table(seen)
    tables["coverage"] = coverage_table(observations.table("distributions"), shipped())
    tables["releases"] = release_table(inputs, catalogue(), seen)
    progress(Text("Alertes et territoires comparables", "Alerts and territories alike"))
    alerting = _made(
        home,
        step_name("alerts", (*_ROOMS, *GAPS_CODE), figures + added),
        lambda: (
            alert_tables(seen, tables["snapshots"], reference, shipped(), alerts.rules(), alerts.responses())
            | comparator_tables(seen, reference, comparators.model())
            | {"spreads": spread_table(seen, tables["territories"], shipped())}
            | {"gaps": gap_table(seen, tables["territories"], shipped())}
        ),
    )
    progress(Text("Pharmacies", "Pharmacies"))
    rule = pharmacies.rule()
    drawing = [one.snapshot for name, one in inputs.items() if name == "geometry"]
    pharmacy = _made(
        home,
        step_name("pharmacies", (*_ROOMS, *PHARMACIES_CODE), figures + added + drawing),
        lambda: pharmacy_tables(seen, reference, polygons.table("polygons"), inputs["communes"].table(), rule),
    )
    progress(Text("Cibles, trajectoires et tendances", "Targets, trajectories and trends"))
    local = local_files(home)
    standing = _made(
        home,
        step_name("standing", _ROOMS, [*figures, *added, *(one.key() for one in local)]),
        lambda: standing_tables(
            *(seen, tables["figures"], document_snapshots(tables["figures"]), shipped()),
            read_local(local, shipped(), tables["territories"]),
        ),
    )
    progress(Text("Zonages", "Zonings"))
    regions = tables["territories"].filter(pl.col("level") == "region")["code"]
    rules = with_tables(zoning_rules(), home, set(regions))
    zoned = _made(
        home,
        step_name("zoning", (*_ROOMS, "zoning"), figures + added + region_shares(home)),
        lambda: zoning_tables(seen, tables | variants.tables() | alerting.tables(), inputs["communes"].table(), rules),
    )
    own = [observations, polygons, variants, provided, standing, inequalities, alerting, pharmacy, zoned, outlook]
    return tables, own


def _made(home: Path, name: str, make: Callable[[], Tables]) -> Step:
    """The step called ``name``, kept in the home; what its making took is given back to the system."""
    step = kept(home / "steps", name, make)
    memory.give_back()
    return step


def _identities(inputs: Mapping[str, Input], reads: Callable[[Input], bool]) -> list[str]:
    """The identities of what a step reads: an import, or another year of another table, need not make it again."""
    return [_identity(one) for one in inputs.values() if reads(one)]


def _identity(one: Input) -> str:
    """What the figures of an input depend on: its bytes, and for an import what was said of them."""
    return identity(one) if one.origin == "import" else one.snapshot


def _write_tables(target: Path, tables: Tables, steps: Sequence[Step]) -> dict[str, dict[str, Any]]:
    """Write the small tables and put the kept ones beside them; what the manifest says of each, by name."""
    target.mkdir(parents=True)
    for name, table in tables.items():
        write_table(table, target / f"{name}.parquet")
    for step in steps:
        for name, file in step.files.items():
            place(file, target / f"{name}.parquet")
    return {path.stem: _described(path) for path in sorted(target.glob("*.parquet"))}


def _described(path: Path) -> dict[str, Any]:
    rows = pl.scan_parquet(path)
    return {
        "rows": rows.select(pl.len()).collect().item(),
        "columns": rows.collect_schema().names(),
        **sealed_file(path),
    }


# What a page asks most is every figure of one territory: the rows of one are kept together.
_BY_TERRITORY = ("observations", "polygons", "alerts", "neighbours", "structure", "trajectories", "trends", "outlook",
                 "provision")  # fmt: skip
_ORDER = dict.fromkeys(_BY_TERRITORY, "level, code") | {"zone_members": "place, mesh", "zones": "zone_level, code"}


def _write_database(folder: Path, tables: Iterable[str]) -> None:
    import duckdb

    connection = duckdb.connect()
    try:
        # Small groups of rows: a figure or a territory is found without reading a hundred thousand neighbours.
        file = str(folder / DATABASE).replace("'", "''")
        connection.execute(f"ATTACH '{file}' AS edition (ROW_GROUP_SIZE 16384)")
        connection.execute("USE edition")
        for name in tables:
            order = f" ORDER BY {_ORDER[name]}" if name in _ORDER else ""
            path = str(folder / "tables" / f"{name}.parquet").replace("'", "''")
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}'){order}")
    finally:
        connection.close()


def _served(home: Path) -> Edition | None:
    return next((one for one in editions(home) if one.current), None)


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
    tables: dict[str, dict[str, Any]],
    checks: Sequence[checking.Check],
) -> dict[str, Any]:
    passed = sum(check.passed for check in checks)
    return {
        "edition": edition,
        "built": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "recipe": recipe,
        "made_by": _maker(),
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
        "tables": tables,
        "database": sealed_file(folder / DATABASE),
        "checks": {"passed": passed, "failed": len(checks) - passed},
        "change": next((check.found for check in checks if check.id == "change"), None),
    }
