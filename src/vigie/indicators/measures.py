"""Tables by commune, each in its own vintage, turned into figures at the places of reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from vigie.errors import InputError, Where
from vigie.indicators.compute import Measure
from vigie.sources.catalogue import Measures, Source
from vigie.territories.reference import Reference
from vigie.territories.vintages import Harmonised, Report, to_reference


@dataclass(frozen=True)
class Tidy:
    """A source's tidy table with the id of the snapshot that it was read from."""

    source: Source
    table: pl.DataFrame
    snapshot: str


@dataclass(frozen=True)
class Conversion:
    """What bringing a table, or the years of it that share a vintage, to the reference vintage did."""

    source: str
    years: tuple[int, ...]
    report: Report


def at_places(
    tables: Mapping[str, Tidy], reference: Reference, passage: pl.DataFrame
) -> tuple[dict[str, Measure], list[Conversion]]:
    """Every figure that the sources declare in ``[measures]``, at the places of reference, by name.

    ``tables`` are the tidy tables by source id; ``passage`` the changes of communes. Values follow the order of
    ``reference.places``; NaN is missing. Raises InputError when two sources give different figures the same name and
    none is declared to prevail, or when a table cannot be brought to the reference vintage.
    """
    found: dict[str, Measure] = {}
    conversions: list[Conversion] = []
    for name, tidy in sorted(tables.items(), key=lambda item: _authority(item[1].source)):
        if tidy.source.measures is None:
            continue
        weighed = _with_weights(tidy.table, tidy.source.measures, tables)
        for vintage, years, part in _by_vintage(weighed, tidy.source):
            by = ("year", *tidy.source.measures.by) if years else tidy.source.measures.by
            converted, report = _convert(part, tidy.source, vintage, by, reference, passage)
            conversions.append(Conversion(name, years, report))
            _take(found, _name_columns(converted, tidy.source.measures, by), tidy, reference)
    return found, conversions


def residents(reference: Reference, snapshot: str) -> Measure:
    """The municipal population of each place; NaN where the reference has none."""
    people = reference.places["population"].cast(pl.Float64).to_numpy()
    return Measure(people.copy(), np.zeros(len(people), dtype=bool), snapshot)


def _by_vintage(table: pl.DataFrame, source: Source) -> list[tuple[int, tuple[int, ...], pl.DataFrame]]:
    """The parts of a table in one vintage each: the vintage, the years (none for a table without), the rows."""
    if "year" not in table.columns:
        return [(_vintage(source, None), (), table)]
    groups: dict[int, list[int]] = {}
    for year in table["year"].unique().sort().to_list():
        groups.setdefault(_vintage(source, year), []).append(year)
    return [(vintage, tuple(years), table.filter(pl.col("year").is_in(years))) for vintage, years in groups.items()]


def _vintage(source: Source, year: int | None) -> int:
    vintage = source.vintage(year or 0)
    if vintage is None:
        raise InputError(
            "la source ne dit pas dans quel millésime du code géographique sont ses communes.",
            "the source does not say in which vintage of the geographic code its communes are.",
            remedy_fr="Donnez cog (ou cog_by_year) dans sa définition.",
            remedy_en="Give cog (or cog_by_year) in its definition.",
            where=Where(file=f"{source.id}.toml", value=year),
        )
    return vintage


def _with_weights(table: pl.DataFrame, measures: Measures, tables: Mapping[str, Tidy]) -> pl.DataFrame:
    """The table with the weights of another source where it has none of its own (old codes on both sides)."""
    lender = tables.get(measures.weights_from or "")
    if lender is None:
        return table
    key, weights = ["code", *measures.by], sorted(set(measures.weights.values()))
    lent = lender.table.select(*key, *weights)
    return table.drop(weights, strict=False).join(lent, on=key, how="left", maintain_order="left")


def _convert(
    part: pl.DataFrame,
    source: Source,
    vintage: int,
    by: tuple[str, ...],
    reference: Reference,
    passage: pl.DataFrame,
) -> tuple[pl.DataFrame, Report]:
    measures = source.measures or Measures()
    counts = [name for name in part.columns if name not in ("code", *by)] if "*" in measures.counts else measures.counts

    def converted(rows: pl.DataFrame, cog: int) -> Harmonised:
        return to_reference(
            rows,
            vintage=cog,
            passage=passage,
            places=reference.places,
            by=by,
            counts=list(counts),
            rates={rate: measures.weights.get(rate) for rate in measures.rates},
        )

    done = converted(part, vintage)
    _refuse_cut(done.report, source, reference)
    strays = part.filter(pl.col("code").is_in(done.report.unmatched["code"].implode()))
    if source.cog_of_strays is None or strays.is_empty():
        return done.table, done.report
    others = converted(strays, source.cog_of_strays)
    kept = done.table.join(others.table, on=["code", *by], how="anti")  # empty rows under the former codes
    whole = pl.concat([kept, others.table]).sort("code", *by)
    left = others.report.unmatched
    report = replace(
        done.report,
        rows_out=whole.height,
        renamed=pl.concat([done.report.renamed, others.report.renamed]),
        unmatched=left,
        unmatched_share=float(left["share"].sum()),
    )
    return whole, report


def _refuse_cut(report: Report, source: Source, reference: Reference) -> None:
    """Raise InputError for a table that says nothing of so many places that it must be a file cut short."""
    places, least = reference.places.height, (source.measures or Measures()).least_places
    told = places - len(report.absent)
    if told < least * places:
        raise InputError(
            f"la table ne parle que de {told} communes sur {places}.",
            f"the table speaks of only {told} communes of {places}.",
            remedy_fr="Le fichier est sans doute tronqué : téléchargez-le à nouveau.",
            remedy_en="The file is probably cut short: download it again.",
            where=Where(file=f"{source.id} ({', '.join(source.files())})"),
        )


def _name_columns(
    converted: pl.DataFrame, measures: Measures, by: tuple[str, ...]
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each figure under its name at places, as code, value, status."""
    groups = converted.group_by(by, maintain_order=True) if by else [((), converted)]
    for key, rows in groups:
        words = dict(zip(by, key, strict=True))
        for column in converted.columns:
            template = (measures.counts | measures.rates).get(column) or measures.counts.get("*", "")
            if template and column not in ("code", "status", "change", *by):
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
    places = reference.places.select("code", "city")
    own = places.join(rows, on="code", how="left", maintain_order="left")
    city = places.join(rows, left_on="city", right_on="code", how="left", maintain_order="left")
    values, of_city = (frame["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy() for frame in (own, city))
    estimated = (own["status"] == "estimated").fill_null(False).to_numpy()
    return Measure(values, estimated, snapshot, None if np.isnan(of_city).all() else of_city)


def _authority(source: Source) -> int:
    """How many sources this one takes the place of: it is read after them."""
    return len(source.measures.prevails_over) if source.measures else 0


def _prevails(source: Source, former: Measure) -> bool:
    """Whether the source is declared to take the place of the one that gave ``former``."""
    return source.measures is not None and former.snapshot.split("@")[0] in source.measures.prevails_over


def _same(one: Measure, other: Measure) -> bool:
    return np.array_equal(one.values, other.values, equal_nan=True)
