"""The same quantity as several producers count it, by territory: how far apart, why, and what is not explained.

The counts, the pairs to compare and the known causes are data (``reconciliation.toml``). A cause is *measured* where
other figures give its size in the territory; the rest of the difference stays unexplained, and is said to be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, Where
from vigie.indicators.compute import Groups, Measure
from vigie.indicators.definition import Words
from vigie.indicators.series import by_indicator
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FILE = Path(__file__).with_suffix(".toml")
LEVELS = ("departement", "region", "france")
SCHEMA = {
    "quantity": pl.String,
    "level": pl.String,
    "code": pl.String,
    "first": pl.String,
    "second": pl.String,
    "first_value": pl.Float64,
    "second_value": pl.Float64,
    "difference": pl.Float64,
    "explained": pl.Float64,
    "unexplained": pl.Float64,
    "causes": pl.String,
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Count(_Strict):
    """A producer's count: the sum of indicators, or of measures at places, in a period; its date and field."""

    id: str
    short: Words
    producer: str
    indicators: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    period: str
    date: str
    field: Words


class Cause(_Strict):
    """A known cause of ``second − first``. Its size is Σ plus − Σ minus, or the whole difference; else not measured."""

    kind: Literal["date", "field", "mep", "age_limit", "main_practice"]
    fr: str
    en: str
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    plus_measures: tuple[str, ...] = ()
    minus_measures: tuple[str, ...] = ()
    period: str = ""
    all: bool = False

    @property
    def measured(self) -> bool:
        """Whether other figures give its size."""
        return bool(self.plus or self.minus or self.plus_measures or self.minus_measures)


class Pair(_Strict):
    """Two counts of one quantity and what sets them apart."""

    first: str
    second: str
    causes: tuple[Cause, ...] = Field(min_length=1)


class Quantity(_Strict):
    """A quantity with its counts and the pairs to compare."""

    id: str
    title: Words
    unit: Words
    counts: tuple[Count, ...] = Field(min_length=2)
    pairs: tuple[Pair, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _pairs_are_of_counts(self) -> Quantity:
        known = {one.id for one in self.counts}
        strangers = {name for pair in self.pairs for name in (pair.first, pair.second)} - known
        if strangers:
            absent = ", ".join(sorted(strangers))
            raise RefusedError(f"pas de compte {absent}", f"no count {absent}")
        return self

    def count(self, name: str) -> Count:
        """The count of that id."""
        return next(one for one in self.counts if one.id == name)


def read_quantities(file: Path = FILE) -> dict[str, Quantity]:
    """The quantities of a file by id. Raises InputError naming the key that is wrong."""
    told = toml_file(file).get("quantity")
    if not isinstance(told, list):
        raise InputError(
            "une liste de tables [[quantity]] est attendue.",
            "a list of tables [[quantity]] is expected.",
            where=Where(file, column="quantity"),
        )
    refused = Text("réconciliation refusée", "reconciliation refused")
    found = [validated(Quantity, one, refused, "docs/methods-standing.md", file) for one in told]
    return {one.id: one for one in found}


@cache
def quantities() -> dict[str, Quantity]:
    """The quantities that Vigie reconciles, by id."""
    return read_quantities()


def reconcile(
    known: Mapping[str, Quantity], observations: pl.DataFrame, at: Mapping[str, Measure], groups: Groups
) -> pl.DataFrame:
    """One row a quantity, pair and territory where both counts are known, with the columns of ``SCHEMA``.

    ``observations`` and ``at`` (figures at places, summed through ``groups``) give the counts and the sizes of causes.
    ``explained`` is the sum of the measured causes (null where none is), ``unexplained`` the rest, and ``causes`` a
    JSON list of kind, size (null where not measured), fr and en.
    """
    wanted = {
        name
        for one in known.values()
        for name in (
            *(name for count in one.counts for name in count.indicators),
            *(name for pair in one.pairs for cause in pair.causes for name in (*cause.plus, *cause.minus)),
        )
    }
    told = pl.col("level").is_in(LEVELS) & pl.col("value").is_not_null()
    figures: dict[tuple[str, str, str, str], float] = {
        (name, period, level, code): value
        for name, rows in by_indicator(observations)  # all at once would take 300 MB to find a few thousand
        if name in wanted
        for period, level, code, value in rows.filter(told).select("period", "level", "code", "value").iter_rows()
    }
    territories = [(level, code) for level in LEVELS if level in groups for code in groups[level][0]]
    sums = _sums(known, at, groups)
    rows = [
        row
        for quantity in known.values()
        for pair in quantity.pairs
        for level, code in territories
        for row in _row(quantity, pair, level, code, figures, sums)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("quantity", "level", "code", "first", "second")


Key = tuple[str, str, str]  # measure, level, code
Figures = Mapping[tuple[str, str, str, str], float]


def _sums(known: Mapping[str, Quantity], at: Mapping[str, Measure], groups: Groups) -> dict[Key, float]:
    """The measures that the quantities name, summed at each level; a territory where none is known has no sum."""
    names = {
        name
        for one in known.values()
        for name in (
            *(name for count in one.counts for name in count.measures),
            *(name for p in one.pairs for cause in p.causes for name in (*cause.plus_measures, *cause.minus_measures)),
        )
    }
    found = {}
    for name in sorted(names & at.keys()):
        values = at[name].values
        for level in LEVELS:
            codes, member = groups[level]
            told = member @ (~np.isnan(values)).astype(np.float64)
            for code, total, count in zip(codes, member @ np.nan_to_num(values), told, strict=True):
                if count:
                    found[name, level, code] = float(total)
    return found


def _row(
    quantity: Quantity, pair: Pair, level: str, code: str, figures: Figures, sums: Mapping[Key, float]
) -> list[tuple[object, ...]]:
    first, second = (
        _total(one.indicators, one.measures, one.period, level, code, figures, sums)
        for one in (quantity.count(pair.first), quantity.count(pair.second))
    )
    if first is None or second is None:
        return []
    sizes = [_size(cause, second - first, level, code, figures, sums) for cause in pair.causes]
    measured = [size for size in sizes if size is not None]
    explained = sum(measured) if measured else None
    told = [
        {"kind": cause.kind, "size": size, "fr": cause.fr, "en": cause.en}
        for cause, size in zip(pair.causes, sizes, strict=True)
    ]
    difference = second - first
    return [
        (
            *(quantity.id, level, code, pair.first, pair.second, first, second, difference),
            *(explained, difference - (explained or 0.0), json.dumps(told, ensure_ascii=False)),
        )
    ]


def _size(
    cause: Cause, difference: float, level: str, code: str, figures: Figures, sums: Mapping[Key, float]
) -> float | None:
    if cause.all:
        return difference
    if not cause.measured:
        return None
    plus = _total(cause.plus, cause.plus_measures, cause.period, level, code, figures, sums)
    minus = _total(cause.minus, cause.minus_measures, cause.period, level, code, figures, sums)
    return None if plus is None or minus is None else plus - minus


def _total(
    indicators: tuple[str, ...],
    measures: tuple[str, ...],
    period: str,
    level: str,
    code: str,
    figures: Figures,
    sums: Mapping[Key, float],
) -> float | None:
    """The sum of the indicators and measures in a territory, None where one of them is not known there."""
    parts = [figures.get((name, period, level, code)) for name in indicators]
    parts += [sums.get((name, level, code)) for name in measures]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
