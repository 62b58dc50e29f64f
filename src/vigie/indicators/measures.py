"""Tables by commune, each in its own vintage, turned into figures at the places of reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.errors import InputError, Where
from vigie.indicators.compute import Measure
from vigie.sources.catalogue import Measures, Source
from vigie.territories.reference import Reference
from vigie.territories.vintages import Report, to_reference


@dataclass(frozen=True)
class Tidy:
    """A source's tidy table with the id of the snapshot that it was read from."""

    source: Source
    table: pl.DataFrame
    snapshot: str


@dataclass(frozen=True)
class Conversion:
    """What bringing one table, or one year of it, to the reference vintage did."""

    source: str
    year: int | None
    report: Report


def at_places(
    tables: Mapping[str, Tidy], reference: Reference, passage: pl.DataFrame
) -> tuple[dict[str, Measure], list[Conversion]]:
    """Every figure that the sources declare in ``[measures]``, at the places of reference, by name.

    ``tables`` are the tidy tables by source id; ``passage`` the changes of communes. Values follow the order of
    ``reference.places``; NaN is missing. Populations of reference are there too, as ``population``. Raises InputError
    when two sources give different figures the same name, or a table cannot be brought to the reference vintage.
    """
    found: dict[str, Measure] = {}
    conversions: list[Conversion] = []
    for name, tidy in sorted(tables.items(), key=lambda item: _authority(item[1].source)):
        if tidy.source.measures is None:
            continue
        for year, part in _years(tidy):
            weighed = _with_weights(part, tidy.source.measures, tables)
            converted, report = _convert(weighed, tidy.source, year, reference, passage)
            conversions.append(Conversion(name, year, report))
            _take(found, _name_columns(converted, tidy.source.measures, year), tidy, reference)
    return found, conversions


def residents(reference: Reference, snapshot: str) -> Measure:
    """The municipal population of each place; NaN where the reference has none."""
    people = reference.places["population"].cast(pl.Float64).to_numpy()
    return Measure(people.copy(), np.zeros(len(people), dtype=bool), snapshot)


def _years(tidy: Tidy) -> Iterator[tuple[int | None, pl.DataFrame]]:
    if "year" not in tidy.table.columns:
        yield None, tidy.table
        return
    for (year,), part in tidy.table.sort("year").group_by("year", maintain_order=True):
        yield int(str(year)), part.drop("year")


def _with_weights(part: pl.DataFrame, measures: Measures, tables: Mapping[str, Tidy]) -> pl.DataFrame:
    """``part`` with the weights of another source where it has none of its own (old codes on both sides)."""
    lender = tables.get(measures.weights_from or "")
    if lender is None:
        return part
    key, weights = ["code", *measures.by], sorted(set(measures.weights.values()))
    lent = lender.table.select(*key, *weights)
    return part.drop(weights, strict=False).join(lent, on=key, how="left", maintain_order="left")


def _convert(
    part: pl.DataFrame, source: Source, year: int | None, reference: Reference, passage: pl.DataFrame
) -> tuple[pl.DataFrame, Report]:
    measures = source.measures or Measures()
    vintage = source.vintage(year or 0)
    if vintage is None:
        raise InputError(
            "la source ne dit pas dans quel millésime du code géographique sont ses communes.",
            "the source does not say in which vintage of the geographic code its communes are.",
            remedy_fr="Donnez cog (ou cog_by_year) dans sa définition.",
            remedy_en="Give cog (or cog_by_year) in its definition.",
            where=Where(file=f"{source.id}.toml", value=year),
        )
    counts = [c for c in part.columns if c not in ("code", *measures.by)] if "*" in measures.counts else measures.counts
    done = to_reference(
        part,
        vintage=vintage,
        passage=passage,
        places=reference.places,
        by=measures.by,
        counts=list(counts),
        rates={rate: measures.weights.get(rate) for rate in measures.rates},
        whole_cities="drop",
    )
    return done.table, done.report


def _name_columns(converted: pl.DataFrame, measures: Measures, year: int | None) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each figure under its name at places, as code, value, status."""
    groups = converted.group_by(measures.by, maintain_order=True) if measures.by else [((), converted)]
    for key, rows in groups:
        words = dict(zip(measures.by, key, strict=True)) | {"year": year}
        for column in converted.columns:
            template = (measures.counts | measures.rates).get(column) or measures.counts.get("*", "")
            if template and column not in ("code", "status", "change", *measures.by):
                yield template.format(column=column, **words), rows.select("code", "status", value=column)


def _take(
    found: dict[str, Measure], named: Iterator[tuple[str, pl.DataFrame]], tidy: Tidy, reference: Reference
) -> None:
    for name, rows in named:
        measure = _aligned(rows, reference, tidy.snapshot)
        if name in found and _prevails(tidy.source, found[name]):
            found[name] = measure
        if name in found and not _same(found[name], measure):
            raise InputError(
                f"deux séries différentes portent le même nom aux lieux : « {name} ».",
                f"two different series bear the same name at places: “{name}”.",
                remedy_fr="Changez le nom dans [measures].",
                remedy_en="Change the name in [measures].",
                where=Where(file=f"{tidy.source.id}.toml"),
            )
        found.setdefault(name, measure)


def _aligned(rows: pl.DataFrame, reference: Reference, snapshot: str) -> Measure:
    at = reference.places.select("code").join(rows, on="code", how="left", maintain_order="left")
    values = at["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return Measure(values, (at["status"] == "estimated").fill_null(False).to_numpy(), snapshot)


def _authority(source: Source) -> int:
    """How many sources this one takes the place of: it is read after them."""
    return len(source.measures.prevails_over) if source.measures else 0


def _prevails(source: Source, former: Measure) -> bool:
    """Whether the source is declared to take the place of the one that gave ``former``."""
    return source.measures is not None and former.snapshot.split("@")[0] in source.measures.prevails_over


def _same(one: Measure, other: Measure) -> bool:
    return np.array_equal(one.values, other.values, equal_nan=True)
