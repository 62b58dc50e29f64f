"""From values at places to observations at every level, by the rule of each indicator and never by averaging averages.

Everything is a numerator and a denominator at each place; a territory's value is the scaled ratio of their sums over
its places. Sums run in the order of the places (sparse products), so that a rebuild gives the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.errors import InputError, Where
from vigie.indicators.definition import Cells, Definition, Inputs, Mean, Published, Ratio, Series, Share, Sum

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OK, ESTIMATED, MISSING, SUPPRESSED = "ok", "estimated", "missing", "suppressed"
_COMPUTED = (OK, ESTIMATED, MISSING)
_OK, _ESTIMATED, _MISSING = range(3)

# A territory whose known, first-hand part is at least this share of its people is `ok`; from half on it is
# `estimated`; below it has no value. Ours: no text sets it (docs/glossary.md, "coverage").
FULL_COVERAGE = 0.995
LEAST_COVERAGE = 0.5

OBSERVATIONS = {
    "indicator": pl.String,
    "level": pl.String,
    "code": pl.String,
    "period": pl.String,
    "value": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "status": pl.String,
    "snapshot": pl.String,
}
KEY = ["indicator", "level", "code", "period", "snapshot"]
ORDER = ["indicator", "level", "period", "code", "snapshot"]


@dataclass(frozen=True)
class Measure:
    """A figure at each place: ``values`` (n,) with NaN for missing, ``estimated`` (n,), and its snapshot's id.

    ``of_city`` (n,) is the figure of the whole city at its arrondissements where they have none, NaN elsewhere: it
    counts in the means of the territories above, and is never shown as an arrondissement's own.
    ``variants`` (n, several) is the same figure under other hypotheses: the range of a mean over them becomes its
    ``lower`` and ``upper``, which are no sampling error.
    """

    values: Floats
    estimated: Bools
    snapshot: str
    of_city: Floats | None = None
    variants: Floats | None = None

    def for_sums(self) -> Floats:
        """The values that means and shares of territories above a place are made of."""
        if self.of_city is None:
            return self.values
        return np.where(np.isnan(self.values), self.of_city, self.values)


# For each level: the codes of its territories and the 0/1 matrix territory × place.
Groups = Mapping[str, tuple[list[str], csr_matrix]]


@dataclass(frozen=True)
class _Parts:
    """An indicator at places: value = scale × numerator / denominator where ``known``."""

    numerator: Floats
    denominator: Floats | None
    own_value: Floats  # what a territory of one single place shows
    known: Bools
    estimated: Bools
    scale: float


@dataclass(frozen=True)
class _Places:
    """One column of an indicator at places, with the residents that weigh its coverage."""

    parts: _Parts
    residents: Floats
    of_field: bool
    measure: Measure

    def covered(self, member: csr_matrix, chosen: Bools) -> Floats:
        """Share of each territory's people who live in the chosen places; of its places where nobody is counted."""
        people = member @ self.residents
        places = member @ np.ones(member.shape[1])
        by_people = _divide(member @ (self.residents * chosen), people)
        by_places = _divide(member @ chosen.astype(np.float64), places)
        covered: Floats = np.where(people > 0, by_people, by_places)
        return covered


def compute(
    definition: Definition, measures: Mapping[str, Measure], population: Floats, groups: Groups
) -> pl.DataFrame:
    """Observations of one indicator at all its levels and periods, with the columns and in the order of ``ORDER``.

    ``measures`` are columns at places, ``population`` the residents by place (NaN where unknown), which weigh how
    much of a territory a column covers; ``groups`` says which places make each territory. Raises InputError when the
    definition names a column that does not exist.
    """
    rule = definition.compute
    if isinstance(rule, Published | Series | Cells):
        return pl.DataFrame(schema=OBSERVATIONS)
    residents = np.nan_to_num(population)
    of_field = isinstance(rule, Mean) and rule.coverage == "of_field"
    found = {
        period: (inputs, _Places(_parts(definition, period, measure, measures), residents, of_field, measure))
        for inputs in rule.inputs
        for period, column in inputs.columns()
        for measure in [_measure(definition, column, measures)]
    }
    frames = [
        _at_level(definition, level, period, *found[period], groups)
        for level in sorted(definition.levels)
        for period in sorted(found)
        if level in groups
    ]
    return pl.concat([pl.DataFrame(schema=OBSERVATIONS), *frames])


def _parts(definition: Definition, period: str, measure: Measure, measures: Mapping[str, Measure]) -> _Parts:
    rule, value = definition.compute, measure.values
    if isinstance(rule, Sum):
        return _Parts(value, None, value, ~np.isnan(value), measure.estimated, 1.0)
    if isinstance(rule, Ratio):
        denominator = _measure(definition, rule.denominator, measures).values
        known = ~np.isnan(value) & (denominator > 0)
        own = rule.scale * _divide(value, np.where(known, denominator, 0.0))
        return _Parts(value, denominator, own, known, measure.estimated, rule.scale)
    assert isinstance(rule, Mean | Share)
    weight = _weight(definition, rule.weight, period, measures)
    summed = measure.for_sums()
    known = ~np.isnan(summed) & (weight > 0)
    if isinstance(rule, Mean):
        return _Parts(summed * weight, weight, value, known, measure.estimated, 1.0)
    beyond = summed < rule.threshold if rule.rule == "share_below" else summed > rule.threshold
    own = np.where(np.isnan(value), np.nan, rule.scale * beyond)
    return _Parts(weight * beyond, weight, own, known, measure.estimated, rule.scale)


def _weight(definition: Definition, names: tuple[str, ...], period: str, measures: Mapping[str, Measure]) -> Floats:
    """The first of the weights that is at hand for the period."""
    columns = [name.format(period=period) for name in names]
    at_hand = [column for column in columns if column in measures]
    return _measure(definition, (at_hand or columns)[0], measures).values


def _measure(definition: Definition, column: str, measures: Mapping[str, Measure]) -> Measure:
    if column in measures:
        return measures[column]
    raise InputError(
        f"la définition nomme une colonne qui n'existe pas aux lieux. Colonnes : {', '.join(sorted(measures))}.",
        f"the definition names a column that places do not have. Columns: {', '.join(sorted(measures))}.",
        where=Where(file=f"{definition.id}.toml", column="compute", value=column),
    )


def _at_level(
    definition: Definition, level: str, period: str, inputs: Inputs, at: _Places, groups: Groups
) -> pl.DataFrame:
    codes, member = groups[level]
    parts = at.parts
    alone = member @ np.ones(member.shape[1]) == 1
    weighed = member @ parts.known.astype(np.float64) > 0
    numerator, denominator, ratio = _sums(parts, member)
    shown = ~np.isnan(parts.own_value)
    own = member @ np.nan_to_num(parts.own_value)
    valued = np.where(alone, member @ shown.astype(np.float64) > 0, weighed)
    covered = np.where(alone | at.of_field, valued, at.covered(member, parts.known))
    guessed = np.where(alone, member @ (shown & parts.estimated), at.covered(member, parts.known & parts.estimated))
    status = _status(valued, covered, guessed, inputs.partial)
    kept = status != _MISSING
    return _frame(
        {"indicator": definition.id, "level": level, "period": period, "snapshot": at.measure.snapshot},
        codes,
        status,
        value=np.where(kept, np.where(alone, own, ratio), np.nan),
        numerator=np.where(kept & weighed, numerator, np.nan),
        denominator=np.where(kept & weighed, denominator, np.nan),
        **_range(at, member, kept, alone),
    )


def _sums(parts: _Parts, member: csr_matrix) -> tuple[Floats, Floats, Floats]:
    """Numerators and denominators of the territories, and the scaled ratio; without a denominator, the sum itself."""
    numerator = member @ np.where(parts.known, parts.numerator, 0.0)
    if parts.denominator is None:
        return numerator, np.full_like(numerator, np.nan), numerator
    denominator = member @ np.where(parts.known, parts.denominator, 0.0)
    return numerator, denominator, _divide(parts.scale * numerator, denominator)


def _range(at: _Places, member: csr_matrix, kept: Bools, alone: Bools) -> dict[str, Floats]:
    """``lower`` and ``upper`` of the territories that are kept, where the measure has variants."""
    variants, parts = at.measure.variants, at.parts
    if variants is None or parts.denominator is None:
        return {}
    weight = np.where(parts.known, parts.denominator, 0.0)
    filled = np.nan_to_num(variants)
    ratio = _divide(member @ (weight[:, None] * filled), (member @ weight)[:, None] * np.ones(filled.shape[1]))
    shown = np.where(alone[:, None], member @ filled, ratio)
    return {
        "lower": np.where(kept, shown.min(axis=1), np.nan),
        "upper": np.where(kept, shown.max(axis=1), np.nan),
    }


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


def _status(valued: Bools, covered: Floats, guessed: Floats, partial: str) -> NDArray[np.uint8]:
    """The status of each territory as its position in ``_COMPUTED``."""
    whole = covered >= FULL_COVERAGE
    enough = whole if partial == MISSING else covered >= LEAST_COVERAGE
    first_hand = whole & (guessed <= 1 - FULL_COVERAGE)
    return np.where(~(valued & enough), _MISSING, np.where(first_hand, _OK, _ESTIMATED)).astype(np.uint8)


def _frame(same: dict[str, str], codes: list[str], status: NDArray[np.uint8], **columns: Floats) -> pl.DataFrame:
    words = pl.Series(_COMPUTED).gather(status)
    return pl.DataFrame({"code": codes, "status": words, **columns}).select(
        *(
            pl.lit(same[name]).alias(name)
            if name in same
            else pl.col(name).fill_nan(None)
            if name in columns
            else pl.col(name)
            if name in ("code", "status")
            else pl.lit(None, dtype).alias(name)
            for name, dtype in OBSERVATIONS.items()
        )
    )
