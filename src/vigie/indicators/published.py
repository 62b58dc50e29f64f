"""Figures that a document or a producer's table gives for a territory: taken as they stand, with their status."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from vigie.errors import InputError, Where
from vigie.indicators.compute import OBSERVATIONS
from vigie.indicators.definition import Cells, Definition, Published, Series
from vigie.indicators.measures import Tidy


def from_figures(definition: Definition, figures: pl.DataFrame, snapshots: Mapping[str, str]) -> pl.DataFrame:
    """Observations of an indicator among the published figures, in the unit that its definition names.

    ``figures`` as of ``vigie.sources.published.figures``; ``snapshots`` gives the snapshot of each document. A figure
    that its text gives as approximate (about, more than, a range) is ``estimated``; a range keeps its two ends as
    lower and upper. A territory outside the levels of the definition is left to the table of figures.
    """
    rule = definition.compute
    if not isinstance(rule, Published):
        return pl.DataFrame(schema=OBSERVATIONS)
    own = figures.filter(
        (pl.col("indicator") == definition.id)
        & (pl.col("unit") == rule.figure_unit)
        & pl.col("level").is_in(definition.levels)
        & pl.col("period").is_not_null()
    )
    observations = own.select(
        "level",
        "code",
        "period",
        "value",
        indicator=pl.lit(definition.id),
        numerator=pl.col("numerator").cast(pl.Float64),
        denominator=pl.col("denominator").cast(pl.Float64),
        lower=pl.when(pl.col("upper").is_not_null()).then("value"),
        upper=pl.col("upper").cast(pl.Float64),
        status=pl.when(pl.col("qualifier") == "exact").then(pl.lit("ok")).otherwise(pl.lit("estimated")),
        snapshot=pl.col("document").replace_strict(snapshots, return_dtype=pl.String),
    ).select(*OBSERVATIONS)
    # One document may give a figure at several places of its text, rounded or not: the exact one, then the first.
    return observations.sort("status", descending=True, maintain_order=True).unique(
        ["indicator", "level", "code", "period", "snapshot"], keep="first", maintain_order=True
    )


def from_series(definition: Definition, tables: Mapping[str, Tidy]) -> pl.DataFrame:
    """Observations of an indicator that a source's table gives by level, code and year.

    Empty when the source is not at hand. Raises InputError when the definition names a column that the table lacks.
    """
    rule = definition.compute
    if not isinstance(rule, Series) or rule.table not in tables:
        return pl.DataFrame(schema=OBSERVATIONS)
    tidy = tables[rule.table]
    lacking = [name for name in (*rule.where, rule.value) if name not in tidy.table.columns]
    if lacking:
        raise InputError(
            f"la table {rule.table} n'a pas cette colonne. Colonnes : {', '.join(tidy.table.columns)}.",
            f"the table {rule.table} has no such column. Columns: {', '.join(tidy.table.columns)}.",
            where=Where(file=f"{definition.id}.toml", column="compute", value=lacking[0]),
        )
    own = tidy.table.filter(pl.col(name) == value for name, value in rule.where.items())
    known = (pl.col("status") == "ok") & pl.col(rule.value).is_not_null()
    return own.filter(pl.col("level").is_in(definition.levels)).select(
        indicator=pl.lit(definition.id),
        level="level",
        code="code",
        period=pl.col("year").cast(pl.String),
        value=pl.when(known).then(pl.col(rule.value).cast(pl.Float64)),
        numerator=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        lower=pl.lit(None, pl.Float64),
        upper=pl.lit(None, pl.Float64),
        status=pl.when((pl.col("status") == "ok") & ~known).then(pl.lit("missing")).otherwise("status"),
        snapshot=pl.lit(tidy.snapshot),
    )


def from_commitments(tables: Mapping[str, Tidy], known: Mapping[str, Definition]) -> pl.DataFrame:
    """Observations of the commitments in the producers' own tables (data.ameli), for the indicators known."""
    frames = [
        tidy.table.filter(pl.col("indicator").is_in(list(known))).select(
            *("indicator", "level", "code", "period"),
            *(pl.col(name).cast(pl.Float64) for name in ("value", "numerator", "denominator")),
            lower=pl.lit(None, pl.Float64),
            upper=pl.lit(None, pl.Float64),
            status="status",
            snapshot=pl.lit(tidy.snapshot),
        )
        for tidy in tables.values()
        if tidy.source.table == "commitments"
    ]
    return pl.concat([pl.DataFrame(schema=OBSERVATIONS), *frames])


def from_cells(definition: Definition, cells: pl.DataFrame, snapshots: Mapping[str, str]) -> pl.DataFrame:
    """National observations of an indicator in a transcribed table: one per period that has a figure.

    ``cells`` are the cells of every table, with a column ``table``; ``snapshots`` gives the snapshot of each table.
    """
    rule = definition.compute
    if not isinstance(rule, Cells):
        return pl.DataFrame(schema=OBSERVATIONS)
    own = cells.filter(
        (pl.col("table") == rule.table)
        & (pl.col("row_id") == rule.row)
        & (pl.col("column_id") == rule.column)
        & (pl.col("unit") == "count")
        & pl.col("value").is_not_null()
    )
    return own.select(
        indicator=pl.lit(definition.id),
        level=pl.lit("france"),
        code=pl.lit("FR"),
        period="period",
        value="value",
        numerator=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        lower=pl.lit(None, pl.Float64),
        upper=pl.lit(None, pl.Float64),
        status=pl.lit("ok"),
        snapshot=pl.lit(snapshots[rule.table]),
    )
