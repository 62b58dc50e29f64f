"""What is given hostile bytes: every reader of a file, every definition, scenarios, perimeters, queries, addresses.

A target has good files to start from and a function that reads one. It must give an answer or a VigieError whose
message speaks both languages; anything else that escapes is a defect.
"""

from __future__ import annotations

import gzip
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from tests.conftest import ROOT, shared_folder

from vigie.access import fitting
from vigie.access.written import read_decay
from vigie.editions.grounds import Activity, crow_fly_times, matrix_times, own_ground, sites_file
from vigie.editions.imports import Asked, _source
from vigie.editions.studies import recompute
from vigie.editions.travel import edge_times, own_points, read_matrix
from vigie.errors import VigieError
from vigie.indicators import aids, alerts, comparators, definitions, reconciliation
from vigie.indicators.definition import read_definitions
from vigie.levers.definition import FOLDER as LEVERS
from vigie.levers.definition import read_lever
from vigie.levers.scenario import from_token, scenario_of, token
from vigie.outlook import hypotheses
from vigie.site.corrections import read_corrections
from vigie.site.evidence import read_evidence
from vigie.site.explore import odsql
from vigie.site.explore.tokens import OdsqlError
from vigie.sources import catalogue, examine, source
from vigie.sources.catalogue import parse as parse_source
from vigie.sources.osm import car, read_roads
from vigie.sources.published import figures, targets
from vigie.sources.roster import COLUMNS as ROSTER
from vigie.sources.roster import read_roster
from vigie.sources.templates import Template, example, templates
from vigie.sources.templates import parse as parse_template
from vigie.territories.perimeters import read_perimeter, read_perimeter_set
from vigie.zoning import pharmacies
from vigie.zoning import rules as zoning

PACKAGE = ROOT / "src" / "vigie"
_ID = re.compile(rb'^id = "([a-z0-9_-]{1,60})"', re.MULTILINE)
LINES = 14  # of a real file: enough of its shapes, little enough to read a hundred times a second


@dataclass(frozen=True)
class Target:
    """A reader: its family, good files to start from, the ending of their name, and what reads one at a place."""

    name: str
    family: str
    seeds: tuple[bytes, ...]
    ending: str
    read: Callable[[Path], object]


@cache
def scratch() -> Path:
    """Where the file of each case is written."""
    return Path(tempfile.mkdtemp(prefix="vigie-fuzz-"))


def tried(target: Target, content: bytes) -> str:
    """What came of reading ``content``: ``read``, or the place in the code that refused it. Raises what is a defect."""
    told = _ID.search(content)  # a definition is in the file of its name
    stem = told[1].decode() if told else target.name.replace(" ", "_")
    path = scratch() / f"{stem}{target.ending}"
    path.write_bytes(content)
    try:
        target.read(path)
    except (VigieError, OdsqlError) as fault:
        if isinstance(fault, VigieError):
            assert fault.message("fr").strip() and fault.message("en").strip()
            fault.message("fr").encode(), fault.message("en").encode()
        last = fault.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        return f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last is not None else "refused"
    return "read"


def every() -> dict[str, Target]:
    """The targets by name."""
    found = [*_sources(), *_imports(), *_own(), *_definitions(), *_scenarios(), *_queries()]
    return {one.name: one for one in found}


# Official files -------------------------------------------------------------------------------------------------------


def _sources() -> Iterator[Target]:
    from tests.spec.test_sources_formats import FINESS_LINES

    real = shared_folder()
    for name, one in catalogue().items():
        kept = [real / copy for copy in one.copies if real and (real / copy).is_file() and copy.endswith(".csv.gz")]
        seeds = [_head(path) for path in kept] or [_made_up(name)]
        if name == "finess":
            seeds = ["\n".join(FINESS_LINES).encode()]
        ending = "_infirmiers.xlsx" if name == "drees_apl_workbook" else ".parquet" if name == "geometry" else ".csv"
        yield Target(f"source {name}", "sources", tuple(seeds), ending, lambda path, one=one: examine(one, path))
    yield Target("gzip", "sources", (gzip.compress(_made_up("emergency_times_2019"), mtime=0),), ".csv.gz",
                 lambda path: examine(source("emergency_times_2019"), path))  # fmt: skip


@cache
def _head(path: Path) -> bytes:
    with gzip.open(path) as stream:
        return b"".join(stream.readline() for _ in range(LINES))


HEADERS = {
    "emergency_times_2019": "code_commune,temps_acces_urgences_min_2019\n01001,31\n2A004,5.5\n",
    "passage": "code_before,code_after,annee,typemodif,ratio,year_before,year_after\n"
    "01001,01002,2021-01-01,f,1.0,2020,2021\n",
    "bpe_2021": "CODGEO,NB_D201\n01001,3\n2A004,0\n",
    "ameli_demography": "annee,profession_sante,region,departement,classe_age,libelle_sexe,effectif,densite\n"
    "2024,Sages-femmes,84,01,tout_age,tout sexe,12,3.4\n2024,Sages-femmes,84,03,tout_age,tout sexe,NS,NS\n",
    "road_pairs_gironde": "id1,X1,Y1,id2,X2,Y2,Dist_min,Dist_km\n1,-0.5,44.8,2,-0.6,44.9,12.5,10\n",
}


def _made_up(name: str) -> bytes:
    """A small good file, or near, of a source that no real file of is at hand."""
    if name == "drees_apl_workbook":
        return _workbook()
    if name == "geometry":
        frame = pl.DataFrame(
            {"code": ["01001", "2A004"], "nom": ["x", "y"], "type": ["COM"] * 2, "geometry": [b"1", b"2"]}
        )
        return _parquet(frame)
    if name in HEADERS:
        return HEADERS[name].encode()
    value = source(name).fields.get("value", "valeur")
    rows = "2024;2024-09-30;99;999;1 577\n2024;2024-09-30;84;01;4,6 %\n2024;2024-09-30;94;2A;NS\n"
    return f"annee;date;region;departement;{value}\n{rows}".encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


@cache
def _workbook() -> bytes:
    import openpyxl

    target, book = io.BytesIO(), openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "APL 2023"
    header = ["Code commune INSEE", "Commune", "APL", "Population standardisée", "Population totale"]
    for row in [*[["note"]] * 8, header, ["", "", "ETP"], ["01001", "x", 1.5, 800, 830], ["2A004", "y", 2, 9, 9]]:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


# Imports and one's own files ------------------------------------------------------------------------------------------


def _imports() -> Iterator[Target]:
    for name, form in templates().items():
        if form.brings != "figures":  # read_own's, which has targets of its own
            continue
        asked = _source(Asked(name, "essai"), "table.csv")
        filled = _filled(form)
        seeds = (filled, filled, filled.replace(b";", b","), example(form, "fr").encode())
        yield Target(f"import {name}", "imports", seeds, ".csv", lambda path, asked=asked: examine(asked, path))


_CODES = {"commune": "12202", "epci": "241200187", "departement": "12", "region": "76", "bassin_de_vie": "12202",
          "france": "FR", "perimeter": "cpts-a"}  # fmt: skip
_VALUES = {"count": ("120", "30"), "euros": ("1 250.50", "0"), "percent": ("12.5", "ND"), "number": ("3", "4.5"),
           "text": ("un", "deux")}  # fmt: skip


def _filled(form: Template) -> bytes:
    """Two rows of a template, at two of its levels, written as people do."""
    rows = [";".join(form.header())]
    told = {column for one in form.figures[:1] for column in (one.numerator, one.denominator, one.people)}
    kept = [one for one in form.columns if one.name in told or one.required or one.kind == "text"]
    for row, level in enumerate((*form.levels[:1], form.levels[-1])):
        start = [level, _CODES[level], "nom", f"2024-0{row + 1}"]
        known = dict(zip(("niveau", "code", "nom", "periode"), start, strict=True))
        known |= {one.name: one.example or _VALUES[one.kind][row] for one in kept or form.columns}
        rows.append(";".join(known.get(name, "") for name in form.header()))
    return "\n".join(rows).encode()


def _own() -> Iterator[Target]:
    demand = b'id,lon,lat,demand\na,2.35,48.85,1200\nb,2.40,48.90,"1 577,5"\nc,2.45,48.80,0\n'
    supply = b"id;lon;lat;supply;practitioner;time;age\nx;2,35;48,86;1;p;0,5;50\ny;2,41;48,91;2;p;0,5;66\n"
    travel = b"place,site,minutes\na,x,3.5\nb,y,4\nb,x,12\n"
    near = {
        "d.csv": demand.replace(b'"1 577,5"', b"9"),
        "s.csv": b"id,lon,lat,supply\nx,2.35,48.86,1\ny,2.41,48.91,2\n",
        "e.csv": b"from,to,minutes\n1,2,3.5\n2,1,4\n",
        "n.csv": b"node,lon,lat\n1,2.35,48.85\n2,2.36,48.86\n",
    }
    for name, content in near.items():
        (scratch() / name).write_bytes(content)
    good = {name[0]: scratch() / name for name in near}
    binary = [_parquet(pl.read_csv(content)) for content in (demand, travel)]

    def computed(path: Path) -> None:
        ground = own_ground(path, good["s"], Activity())
        recompute(ground, crow_fly_times(ground, 20), read_decay("linear:20"), "e2sfca")

    def matrix(path: Path) -> None:
        read_matrix(path)
        matrix_times(own_ground(good["d"], good["s"], Activity(), located=False), path, 20)

    def edges(path: Path) -> None:
        edge_times(path, good["n"], own_points(good["d"]), own_points(good["s"]), 20)

    def nodes(path: Path) -> None:
        edge_times(good["e"], path, own_points(good["d"]), own_points(good["s"]), 20)

    def offered(path: Path) -> None:
        sites_file(path)
        own_ground(good["d"], path, Activity(oldest=65))

    for name, seed, ending, read in (
        ("own demand", demand, ".csv", computed), ("own demand parquet", binary[0], ".parquet", computed),
        ("own supply", supply, ".csv", offered), ("own matrix", travel, ".csv", matrix),
        ("own matrix parquet", binary[1], ".parquet", matrix), ("own edges", near["e.csv"], ".csv", edges),
        ("own nodes", near["n.csv"], ".csv", nodes), ("own places", demand, ".csv", own_points),
    ):  # fmt: skip
        yield Target(name, "own files", (seed,), ending, read)
    yield Target("osm pbf", "pbf", (_pbf(),), ".osm.pbf", lambda path: read_roads(path, car()))
    duty = "pharmacie,Pharmacie du Centre,12202,1 place d'Armes,05 65 00 00 00,2026-11-22 20:00,2026-11-23 08:00"
    roster = f"{','.join(ROSTER)}\n{duty}\nsas,SAS 12,12202,,15,2026-11-22 00:00,2026-11-29 00:00\n".encode()
    yield Target("roster", "own files", (roster,), ".csv", lambda path: read_roster(path.read_bytes(), path.name))


@cache
def _pbf() -> bytes:
    import osmium
    from osmium.osm import mutable

    path = scratch() / "seed.osm.pbf"
    path.unlink(missing_ok=True)
    # Not compressed: damage reaches what the file says rather than its checksum.
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none")) as writer:
        for number in range(1, 9):
            where = (2 + 0.01 * (number % 3), 47 + 0.013 * (number // 3))
            writer.add_node(mutable.Node(id=number, location=where, version=1))
        for number, refs in enumerate(([1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 1]), 1):
            tags = {"highway": ("primary", "residential", "motorway")[number - 1], "maxspeed": "50", "oneway": "no"}
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags, version=1))
    return path.read_bytes()


# Definitions ----------------------------------------------------------------------------------------------------------


def _bytes(folder: Path, most: int = 12) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(folder.glob("*.toml"))[:most])


def _alone(read: Callable[[Path], object]) -> Callable[[Path], object]:
    """A reader of a folder, given a folder with this file alone."""

    def one(path: Path) -> object:
        folder = path.parent / path.stem
        folder.mkdir(exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
        return read(folder)

    return one


def _local(path: Path) -> object:
    return targets.local_targets(path, {name: one.direction for name, one in definitions().items()})


def _definitions() -> Iterator[Target]:
    indicators, levers = PACKAGE / "indicators", LEVERS
    local = (",".join(targets.LOCAL_COLUMNS) + "\n").encode() + (
        b"departement,12,psmt,niveau,5,2027-12-31,2024,CPAM,texte\nepci,241200187,apl_mg,croissance_annuelle,2,,,a,b\n"
    )
    both = (
        ("indicator", _bytes(indicators / "definitions"), _alone(read_definitions)),
        ("alert rule", _bytes(indicators / "alert_rules"), _alone(alerts.read_rules)),
        ("responses", ((indicators / "responses.toml").read_bytes(),), alerts.read_responses),
        ("lever", _bytes(levers), read_lever),
        ("zoning rule", _bytes(PACKAGE / "zoning" / "rules"), zoning.read_rule),
        ("pharmacies", ((PACKAGE / "zoning" / "pharmacies.toml").read_bytes(),), pharmacies.read_rule),
        ("source", _bytes(PACKAGE / "sources" / "catalogue"), lambda path: parse_source(_text(path), path)),
        ("template", _bytes(PACKAGE / "sources" / "templates"), lambda path: parse_template(_text(path), path)),
        ("comparators", ((indicators / "comparators.toml").read_bytes(),), comparators.read_model),
        ("ledger", ((indicators / "ledger.toml").read_bytes(),), aids.read_ledger),
        ("quantities", ((indicators / "reconciliation.toml").read_bytes(),), reconciliation.read_quantities),
        ("targets", ((PACKAGE / "sources/published/targets.toml").read_bytes(),), targets.targets),
        ("documents", ((PACKAGE / "sources/published/documents.toml").read_bytes(),), figures.documents),
        ("variant", _bytes(PACKAGE / "outlook" / "variants"), lambda path: hypotheses.read(path, hypotheses.Variant)),
        ("outlook model", ((PACKAGE / "outlook" / "model.toml").read_bytes(),),
         lambda path: hypotheses.read(path, hypotheses.Model)),
        ("corrections", (b'[[corrections]]\ndate = 2026-01-02\nedition = "e"\nindicator = "apl_mg"\n'
                         b'what = { fr = "f", en = "e" }\nsource = "s"\n',), read_corrections),
        ("evidence", ((PACKAGE / "site" / "evidence.toml").read_bytes(),), read_evidence),
    )  # fmt: skip
    for name, seeds, read in both:
        yield Target(f"definition {name}", "definitions", seeds, ".toml", read)
    yield Target("definition local targets", "definitions", (local,), ".csv", _local)
    preset = (PACKAGE / "access" / "fitted" / "preset.toml").read_bytes()
    places = (PACKAGE / "access" / "fitted" / "places.parquet").read_bytes()
    yield Target("definition fitted preset", "definitions", (preset,), ".toml",
                 lambda path: fitting.read(path.read_bytes(), places))  # fmt: skip


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _scenarios() -> Iterator[Target]:
    toml = (ROOT / "docs" / "scenarios" / "aveyron.toml").read_bytes()
    scenario = scenario_of(toml, as_json=False)
    lawful = scenario.model_dump_json().encode()
    yield Target(
        "scenario toml", "scenarios", (toml,), ".toml", lambda path: scenario_of(path.read_bytes(), False, path)
    )
    yield Target(
        "scenario json", "scenarios", (lawful,), ".json", lambda path: scenario_of(path.read_bytes(), True, path)
    )
    yield Target(
        "scenario token", "scenarios", (token(scenario).encode(),), ".txt", lambda path: from_token(_text(path))
    )
    one = 'name = "Pays de l\'Œuf"\ncommunes = ["01001", "75056", "2A004"]\n'.encode()
    table = b"code;nom\n01002;B\n01003;C\n2A004;D\n"
    many = b"code;perimeter;nom\n01001;cpts-a;CPTS A\n01002;cpts-a;CPTS A\n01003;cpts-b;CPTS B\n"
    for name, seed, ending in (("toml", one, ".toml"), ("csv", table, ".csv")):
        yield Target(f"perimeter {name}", "scenarios", (seed,), ending,
                     lambda path: read_perimeter(path.read_bytes(), path.name))  # fmt: skip
    yield Target("perimeter set", "scenarios", (many,), ".csv",
                 lambda path: read_perimeter_set(path.read_bytes(), path.name, "cpts"))  # fmt: skip
    decays = (b"bands:5=1,10=0.3,15=0.1", b"line:0=1,10=0.4,20=0", b"gaussian:8,20", b"linear-20", b"logistic:10,2,20")
    yield Target("decay", "scenarios", decays, ".txt", lambda path: read_decay(_text(path)))


def _queries() -> Iterator[Target]:
    where = (b'annee = date\'2024\' and effectif > 3 or not region in ("84", "11")',
             b'search(profession_sante, "sage") and effectif in [1..5]')  # fmt: skip
    select = (b"sum(effectif) as total, region, year(annee)", b"effectif * 2 + 1 as double, count(*)")
    for name, seeds, read in (("where", where, odsql.where), ("select", select, odsql.select),
                              ("group by", (b"region, year(annee) as an",), odsql.group_by),
                              ("order by", (b"effectif desc, region",), odsql.order_by)):  # fmt: skip
        yield Target(f"odsql {name}", "queries", seeds, ".txt", lambda path, read=read: read(_text(path)))


__all__ = ["HEADERS", "Target", "every", "tried"]
