"""The tables of an edition, from its inputs: pure steps, each of which gives the same bytes for the same inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from vigie.editions import recomputed
from vigie.editions.french import french_places
from vigie.editions.gathering import measure_table
from vigie.editions.inputs import Input
from vigie.editions.listed import listed_minutes
from vigie.editions.steps import Tables, step_name
from vigie.errors import InputError, StorageError
from vigie.indicators import Definition
from vigie.indicators.aids import aids, ledger
from vigie.indicators.compute import ORDER, SUPPRESSED, Groups, Measure, compute
from vigie.indicators.imported import observe
from vigie.indicators.measures import Conversion, Tidy, at_places, residents
from vigie.indicators.published import from_cells, from_commitments, from_figures, from_series
from vigie.indicators.reconciliation import quantities, reconcile
from vigie.indicators.series import with_intervals
from vigie.sources import catalogue
from vigie.sources.published import figures as published
from vigie.sources.published import tables as transcribed
from vigie.territories.geometry import TOLERANCES, added_polygons, coverage, level_polygons
from vigie.territories.names import search_text
from vigie.territories.perimeters import LevelReport, Perimeter, read_perimeter, read_perimeter_set, with_perimeters
from vigie.territories.reference import LEVELS, Reference, build

NEEDED = ("communes", "passage")
IMPORTED = "imported"

DISTRIBUTION_CUTS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class PerimeterFile:
    """A file of perimeters: one perimeter, or the set of those of ``level`` in a table commune → perimeter."""

    path: Path
    level: str | None = None

    def content(self) -> bytes:
        """The bytes of the file. Raises StorageError when it cannot be read."""
        try:
            return self.path.read_bytes()
        except OSError as fault:
            raise StorageError(
                f"le fichier de périmètres {self.path} ne se lit pas ({fault.strerror}).",
                f"the file of perimeters {self.path} cannot be read ({fault.strerror}).",
            ) from None


@contextmanager
def _about(file: str) -> Iterator[None]:
    """Name the file in an InputError of a room that is given tables and knows of none."""
    try:
        yield
    except InputError as fault:
        if fault.where.file is None:
            fault.where = replace(fault.where, file=file)
        raise


def _one_perimeter(one: PerimeterFile) -> Perimeter:
    with _about(one.path.name):
        return read_perimeter(one.content(), one.path.name)


def _set_of_perimeters(one: PerimeterFile, level: str) -> list[Perimeter]:
    with _about(one.path.name):
        return read_perimeter_set(one.content(), one.path.name, level)


def reference_tables(inputs: Mapping[str, Input], perimeters: Sequence[PerimeterFile] = ()) -> tuple[Reference, Tables]:
    """The reference of territories, and its tables: places, territories, memberships, perimeter_levels.

    A code of no commune is an error in a perimeter of one's own; in a set it is left out and counted.
    """
    # Perimeters are read before the communes are: what is wrong in them is told at once.
    single = [_one_perimeter(one) for one in perimeters if one.level is None]
    sets = [_set_of_perimeters(one, one.level) for one in perimeters if one.level is not None]
    with _about(inputs["communes"].files[0].file):
        reference = build(inputs["communes"].table())
    passage = inputs["passage"].table()
    reference, reports = with_perimeters(reference, single, passage=passage)
    for found in sets:
        reference, more = with_perimeters(reference, found, passage=passage, leave_unknown=True)
        reports += more
    order = ["level", "code"]
    named = _named_perimeters(reference.territories)
    named = pl.concat([named, _imported_perimeters(inputs, pl.concat([reference.territories, named]))])
    return reference, {
        "places": reference.places.sort("code"),
        "territories": pl.concat([reference.territories, named]).sort(order),
        "memberships": reference.memberships.sort("place", *order),
        "perimeter_levels": _perimeter_levels(reports),
    }


def _perimeter_levels(reports: Sequence[LevelReport]) -> pl.DataFrame:
    """How each level of perimeters covers France: people outside, places in several, codes unknown."""
    schema = {
        "level": pl.String,
        "perimeters": pl.Int64,
        "places_outside": pl.Int64,
        "population_outside": pl.Int64,
        "share_outside": pl.Float64,
        "overlaps": pl.Int64,
        "unknown": pl.Int64,
        "unknown_codes": pl.String,
    }
    rows = [
        (
            *(one.level, one.perimeters, one.outside.height, one.population_outside, one.share_outside),
            *(one.overlaps.height, one.unknown.height, ", ".join(one.unknown["code"].unique().sort())),
        )
        for one in reports
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _named_perimeters(territories: pl.DataFrame) -> pl.DataFrame:
    """The perimeters that a document gives figures for without naming their communes, as rows of ``territories``."""
    named = published.perimeters().join(
        territories.filter(pl.col("level") == "departement").select(departement="code", region="region"),
        on="departement",
        how="left",
    )
    rows = named.select(
        "code",
        "name",
        "departement",
        "region",
        level=pl.lit("perimeter"),
        kind=pl.lit("perimeter"),
        places=pl.lit(0),
        search=pl.col("name").map_elements(search_text, return_dtype=pl.String),
    )
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in territories.schema.items()
    )


def _imported_perimeters(inputs: Mapping[str, Input], known: pl.DataFrame) -> pl.DataFrame:
    """The territories that imported tables give figures for and that nothing else names, as rows of ``territories``."""
    tables = [one.table() for one in inputs.values() if one.source.table == IMPORTED]
    if not tables:
        return known.clear()
    rows = pl.concat(tables).group_by("level", "code").agg(pl.col("name").drop_nulls().sort().first())
    new = rows.join(known, on=["level", "code"], how="anti").filter(pl.col("level") != "commune").sort("level", "code")
    named = new.with_columns(name=pl.coalesce("name", "code"), kind=pl.lit("perimeter"), places=pl.lit(0)).with_columns(
        search=pl.col("name").map_elements(search_text, return_dtype=pl.String)
    )
    return named.select(
        (pl.col(name) if name in named.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in known.schema.items()
    )


def observation_tables(
    inputs: Mapping[str, Input], reference: Reference, definitions: Mapping[str, Definition], variants: Tables
) -> Tables:
    """observations, distributions, harmonisation, reconciliation and place_measures.

    ``variants`` are the tables of :func:`vigie.editions.recomputed.recomputed_tables`.
    """
    tables = {name: Tidy(one.source, one.table(), one.snapshot) for name, one in inputs.items() if _by_territory(one)}
    at, conversions = at_places(tables, reference, inputs["passage"].table())
    at["population"] = residents(reference, inputs["communes"].snapshot)
    at |= recomputed.measures(variants, reference, str(recomputed.snapshot_row(inputs)["id"]))
    groups = {level: reference.membership_matrix(level) for level in reference.levels}
    added = tuple(level for level in reference.levels if level not in LEVELS)
    figures, cells = published.figures(), all_cells()
    by_document, by_table = document_snapshots(figures), cell_snapshots(cells)
    brought = [Tidy(one.source, one.table(), one.snapshot) for one in inputs.values() if one.source.table == IMPORTED]
    at |= listed_minutes(
        brought, reference, groups, inputs["passage"].table(), french_places(inputs["communes"].table())
    )
    imported = observe(brought, reference, groups, inputs["passage"].table(), definitions)
    conversions += imported.conversions
    own = pl.concat([from_commitments(tables, definitions), imported.observations])
    frames = [
        _of_one(
            definitions[name],
            at,
            groups,
            added,
            [
                from_figures(definitions[name], figures, by_document),
                from_series(definitions[name], tables),
                from_cells(definitions[name], cells, by_table),
                own.filter(pl.col("indicator") == name),
            ],
        )
        for name in sorted(definitions)
    ]
    totals = at | {"population_total": _measure(reference, "population_total", inputs["communes"].snapshot)}
    return {
        "observations": pl.concat(frames),
        "reconciliation": reconcile(quantities(), pl.concat(frames), totals, groups),
        # One indicator at a time: the groups of them all at once would take half a gigabyte.
        "distributions": pl.concat(distributions(frame) for frame in frames),
        "harmonisation": harmonisation(conversions),
        "place_measures": measure_table(reference.place_codes, at, definitions),
    }


def _measure(reference: Reference, column: str, snapshot: str) -> Measure:
    values = reference.places[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return Measure(values, np.zeros(len(values), dtype=bool), snapshot)


def aid_table(figures: pl.DataFrame, cells: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """aids: the ledger of public aids, national lines per resident of the edition, imported ones per their own."""
    described = transcribed.tables()
    france = observations.filter((pl.col("indicator") == "population") & (pl.col("level") == "france"))
    return aids(
        ledger(),
        figures,
        cells,
        document_snapshots(figures) | cell_snapshots(cells),
        {name: (one.field_fr, one.document) for name, one in described.items()},
        observations.filter(pl.col("indicator").is_in([one.indicator for one in ledger().families])),
        float(france["value"][0]),
    )


def _of_one(
    definition: Definition,
    at: Mapping[str, Measure],
    groups: Groups,
    added: tuple[str, ...],
    published: Sequence[pl.DataFrame],
) -> pl.DataFrame:
    """The observations of one indicator by level, period, code and snapshot."""
    computed = compute(_at_hand(definition, at, added), at, at["population"].values, groups)
    given = _without_hidden(pl.concat(published))
    # What is computed comes in this order already: sorting two million rows again would take seconds.
    whole = computed if given.is_empty() else pl.concat([computed, given]).sort(ORDER)
    return with_intervals(whole, definition)


def _without_hidden(given: pl.DataFrame) -> pl.DataFrame:
    """Of a figure that its producer hid, not even what it is made of: neither its count nor its interval."""
    hidden = pl.col("status") == SUPPRESSED
    return given.with_columns(
        pl.when(~hidden).then(pl.col(name)).alias(name) for name in ("value", "numerator", "lower", "upper")
    )


def _by_territory(one: Input) -> bool:
    return one.source.measures is not None or one.source.table in ("demography", "commitments")


def _at_hand(definition: Definition, at: Mapping[str, object], added: tuple[str, ...]) -> Definition:
    """The definition at the levels of perimeters too, without the periods of which no source is at hand."""
    rule = definition.compute
    inputs = tuple(
        group.model_copy(update={"periods": periods})
        for group in getattr(rule, "inputs", ())
        if (periods := tuple(period for period, column in group.columns() if column in at))
    )
    levels = (*definition.levels, *(level for level in added if level not in definition.levels))
    return definition.model_copy(update={"compute": rule.model_copy(update={"inputs": inputs}), "levels": levels})


def distributions(observations: pl.DataFrame) -> pl.DataFrame:
    """How each indicator spreads over the territories of a level in a period, each territory counted once.

    Columns: indicator, level, period, known, missing, suppressed, minimum, q20, q40, q60, q80, maximum. Whole Paris,
    Lyon and Marseille count beside their arrondissements at level commune: each is a commune that people look up.
    """
    value = pl.col("value")
    return (
        observations.group_by("indicator", "level", "period")
        .agg(
            known=value.is_not_null().sum(),
            missing=(pl.col("status") == "missing").sum(),
            suppressed=(pl.col("status") == "suppressed").sum(),
            minimum=value.min(),
            **{f"q{round(100 * cut)}": value.quantile(cut, "linear") for cut in DISTRIBUTION_CUTS},
            maximum=value.max(),
        )
        .filter(pl.col("known") > 0)
        .sort("indicator", "level", "period")
    )


def harmonisation(conversions: Iterable[Conversion]) -> pl.DataFrame:
    """What bringing each table to the reference vintage did: one row a table and year, and the codes left out."""
    rows = [
        {
            "source": one.source,
            "years": _span(one.years),
            "vintage": one.report.vintage,
            "rows_in": one.report.rows_in,
            "rows_out": one.report.rows_out,
            "weight": one.report.weight,
            "unmatched": one.report.unmatched.height,
            "unmatched_share": one.report.unmatched_share,
            "unmatched_codes": ", ".join(one.report.unmatched["code"].sort()),
            "merged": one.report.merged["code_before"].n_unique(),
            "split": one.report.split["code_before"].n_unique(),
            "renamed": one.report.renamed.height,
            "absent": len(one.report.absent),
            "report_fr": " ".join(one.report.describe("fr")),
            "report_en": " ".join(one.report.describe("en")),
        }
        for one in conversions
    ]
    return pl.DataFrame(rows, infer_schema_length=None).sort("source", "years")


# What draws the polygons: the words for a territory's name may change without drawing France anew.
_DRAWING = (
    *("territories/geometry.py", "territories/reference.py", "territories/names.py", "territories/packaged.py"),
    *("territories/data", "sources/readers/territories.py"),
)


def polygon_step(inputs: Mapping[str, Input], added: Sequence[str] = ()) -> str:
    """The name that the polygons are kept under: it changes with their inputs and with the code that draws them."""
    key = [inputs[name].snapshot for name in ("communes", "geometry") if name in inputs]
    return step_name("polygons", _DRAWING, [*key, *added])


def polygon_tables(inputs: Mapping[str, Input], reference: Reference) -> Tables:
    """polygons: level, code, tolerance (degrees), wkb in WGS 84; empty where no geometry is at hand."""
    if "geometry" not in inputs:
        return {"polygons": pl.DataFrame(schema={"level": pl.String, "code": pl.String, "wkb": pl.Binary})}
    with _about(inputs["geometry"].files[0].file):
        cover = coverage(inputs["geometry"].table(), reference.places)
    return {"polygons": level_polygons(cover, reference)}


def with_perimeter_polygons(polygons: pl.DataFrame, reference: Reference) -> Tables:
    """``polygons`` and those of the levels of perimeters, dissolved from the communes' own."""
    added = {level: TOLERANCES["epci"] for level in reference.levels if level not in LEVELS}
    if polygons.is_empty():
        return {"polygons": polygons}
    both = pl.concat([polygons, added_polygons(polygons, reference, added)])
    return {"polygons": both.sort("level", "code")}


def establishment_table(inputs: Mapping[str, Input]) -> pl.DataFrame:
    """The establishments that are known by name and point: those of the FINESS files at hand, and their snapshot."""
    found = [
        one.table().with_columns(snapshot=pl.lit(one.snapshot))
        for one in inputs.values()
        if one.source.table == "establishments"
    ]
    if not found:
        return pl.DataFrame(schema={"finess": pl.String, "category": pl.String, "lon": pl.Float64, "lat": pl.Float64})
    return pl.concat(found).unique("finess", keep="last", maintain_order=True).sort("finess")


def demography_table(inputs: Mapping[str, Input]) -> pl.DataFrame | None:
    """The professionals of each département as the Cnam publishes them, every profession; None without that file."""
    one = next((one for one in inputs.values() if one.source.table == "demography"), None)
    keys = ["year", "profession", "level", "code", "age_class", "sex"]
    return None if one is None else one.table().sort(keys)


def _span(years: tuple[int, ...]) -> str:
    """``2015–2023`` for several years, ``2021`` for one, nothing for none."""
    ends = sorted({years[0], years[-1]}) if years else []
    return "–".join(str(year) for year in ends)


def published_tables() -> Tables:
    """figures and cells, transcribed from documents, and the documents."""
    documents = [
        {
            "id": name,
            "title": one.title,
            "publisher": one.publisher,
            "date": one.date,
            "kind": one.kind,
            "note": one.note,
        }
        for name, one in published.documents().items()
    ]
    relations = [
        {
            "table": name,
            "relation": one.name,
            "printed": one.printed,
            "recomputed": one.recomputed,
            "holds": one.holds,
            "explanation_fr": one.mismatch.explanation_fr if one.mismatch else "",
            "explanation_en": one.mismatch.explanation_en if one.mismatch else "",
        }
        for name in transcribed.tables()
        for one in transcribed.verify(name)
    ]
    return {
        "figures": published.figures(),
        "cells": all_cells(),
        "documents": pl.DataFrame(documents).sort("id"),
        "relations": pl.DataFrame(relations, infer_schema_length=None),
    }


def all_cells() -> pl.DataFrame:
    """The cells of every transcribed table, with the table's id."""
    return pl.concat(
        [transcribed.cells(name).select(pl.lit(name).alias("table"), pl.all()) for name in transcribed.tables()]
    )


def document_snapshots(figures: pl.DataFrame) -> dict[str, str]:
    """A snapshot id for the figures transcribed from each document: the document and a checksum of its rows."""
    return {
        str(name): _checksum(str(name), part) for (name,), part in figures.group_by("document", maintain_order=True)
    }


def cell_snapshots(cells: pl.DataFrame) -> dict[str, str]:
    """A snapshot id for each transcribed table: the table and a checksum of its cells."""
    return {str(name): _checksum(str(name), part) for (name,), part in cells.group_by("table", maintain_order=True)}


def _checksum(name: str, rows: pl.DataFrame) -> str:
    return f"{name}@{hashlib.sha256(rows.write_csv().encode()).hexdigest()[:12]}"


def snapshot_table(inputs: Mapping[str, Input], figures: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Every snapshot that an observation may refer to, official files and transcribed documents alike.

    ``rank`` says which of several sources of one figure is nearest to its producer: 0 an official file, 1 a document at
    hand, 2 one known through another. Columns: id, source, rank, title_fr, title_en, producer, licence, landing,
    period, files, sha256, bytes, notes_fr, notes_en. When and from where a file was received is the manifest's: it
    does not change the figures.
    """
    rows = [
        {
            "id": one.snapshot,
            "source": name,
            "rank": 0,
            "title_fr": one.source.title_fr,
            "title_en": one.source.title_en,
            "producer": one.source.producer,
            "licence": one.source.licence,
            "landing": one.source.landing or "",
            "period": one.source.period,
            "files": ", ".join(file.file for file in one.files),
            "sha256": ", ".join(file.sha256 for file in one.files),
            "bytes": sum(file.bytes for file in one.files),
            "notes_fr": one.source.notes_fr,
            "notes_en": one.source.notes_en,
        }
        for name, one in inputs.items()
        if one.source.redistribute or _by_territory(one)  # others serve development: no table is made of them
    ]
    rows.append(recomputed.snapshot_row(inputs))
    known = published.documents()
    rows += [
        _transcription(known[name], name, name, snapshot) for name, snapshot in document_snapshots(figures).items()
    ]
    described = transcribed.tables()
    rows += [
        _transcription(known[described[name].document], name, described[name].title_fr, snapshot)
        for name, snapshot in cell_snapshots(cells).items()
    ]
    return pl.DataFrame(rows, infer_schema_length=None).sort("id")


def _transcription(document: published.Document, source: str, title: str, snapshot: str) -> dict[str, object]:
    name = document.title if source == title else f"{document.title} — {title}"
    return {
        "id": snapshot,
        "source": source,
        "rank": 1 if document.seed else 2,
        "title_fr": name,
        "title_en": name,
        "producer": document.publisher,
        "licence": document.reuse,
        "landing": document.landing_page,
        "period": document.date,
        "files": "",
        "sha256": "",
        "bytes": 0,
        "notes_fr": document.note,
        "notes_en": document.note,
    }


def indicator_table(definitions: Mapping[str, Definition]) -> pl.DataFrame:
    """The definitions: position, id, title_fr, title_en, theme, unit_fr, unit_en, direction, fetchable and the whole as
    JSON.

    ``fetchable`` names the sources of the indicator that can be downloaded, separated by spaces.
    """
    known = catalogue()
    rows = [
        {
            "position": position,
            "id": one.id,
            "title_fr": one.title.fr,
            "title_en": one.title.en,
            "theme": one.theme,
            "unit_fr": one.unit.fr,
            "unit_en": one.unit.en,
            "direction": one.direction,
            "fetchable": " ".join(name for name in one.sources if name in known and known[name].addresses),
            "definition": json.dumps(one.model_dump(mode="json"), ensure_ascii=False, sort_keys=True),
        }
        for position, one in enumerate(definitions.values())
    ]
    return pl.DataFrame(rows)
