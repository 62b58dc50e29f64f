"""How unequal access is, year after year, and who lives in a "désert" by each of the definitions in use.

Two kept tables of statistics over people (``inequality``) and three on the definitions (``deserts`` side by side with
what is published, ``desert_territories`` by département and région, ``desert_crossings`` who is in one and not in
another, and where). What is computed is data: ``inequalities.toml`` and ``deserts.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from vigie.access import inequality as stats
from vigie.access.arrays import Floats, Integers, sums
from vigie.editions.french import french_places, minutes_to
from vigie.editions.inputs import Input
from vigie.editions.steps import Tables
from vigie.indicators import Definition
from vigie.indicators.compute import Measure
from vigie.indicators.definition import Mean
from vigie.indicators.measures import Tidy, at_places, residents
from vigie.sources.published import figures as published
from vigie.territories.reference import Reference

CODE = (
    *("access", "territories", "sources", "indicators"),
    *("editions/inequalities.py", "editions/inequalities.toml", "editions/deserts.toml", "editions/french.py"),
)
"""The rooms and files that decide these tables."""

LARGEST = 5  # départements named where two definitions differ
_HERE = Path(__file__).parent


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Strict):
    """A text in both languages."""

    fr: str
    en: str


class Plan(_Strict):
    """The contents of ``inequalities.toml``."""

    indicators: tuple[str, ...]
    compared: tuple[str, ...]
    scopes: tuple[str, ...]
    people: tuple[str, ...]
    least_coverage: float
    thresholds: dict[str, tuple[float, ...]]
    measures: dict[str, Label]


class Criterion(_Strict):
    """True at a place whose figure is strictly ``under`` or ``over``, or among the ``worst`` share of people.

    The figure is a ``measure`` at places, else the minutes to the ``nearest`` facility of a type.
    """

    measure: str = ""
    nearest: str = ""
    under: float | None = None
    over: float | None = None
    worst: float | None = None


class Desert(_Strict):
    """One definition: its criteria, of which ``at_least`` so many must hold, and the figures published for it."""

    id: str
    fr: str
    en: str
    source: str
    criteria: tuple[str, ...] = ()
    at_least: int = 1
    periods: tuple[str, ...] = ("2021",)
    published: tuple[str, ...] = ()
    assumed_fr: str = ""
    assumed_en: str = ""
    note_fr: str = ""
    note_en: str = ""


class Deserts(_Strict):
    """The contents of ``deserts.toml``."""

    people: tuple[str, ...]
    crossed: str
    criteria: dict[str, Criterion]
    definitions: tuple[Desert, ...]


@cache
def plan() -> Plan:
    """What the table ``inequality`` holds."""
    return Plan.model_validate(tomllib.loads((_HERE / "inequalities.toml").read_text("utf-8")))


_TABLES = ("apl", "facilities", "emergency_times")


@cache
def deserts() -> Deserts:
    """The definitions of a désert."""
    return Deserts.model_validate(tomllib.loads((_HERE / "deserts.toml").read_text("utf-8")))


def reads(one: Input) -> bool:
    """Whether these tables are made from ``one``."""
    return one.source.table in _TABLES or one.source.id in ("communes", "passage")


def inequality_tables(
    inputs: Mapping[str, Input], reference: Reference, definitions: Mapping[str, Definition]
) -> Tables:
    """inequality, inequality_measures, deserts, desert_territories, desert_crossings and desert_places."""
    tables = {
        name: Tidy(one.source, one.table(), one.snapshot) for name, one in inputs.items() if one.source.table in _TABLES
    }
    at, _ = at_places(tables, reference, inputs["passage"].table())
    at["population"] = residents(reference, inputs["communes"].snapshot)
    located = french_places(inputs["communes"].table())
    return {
        "inequality": inequality_table(at, reference, definitions),
        "inequality_measures": pl.DataFrame(
            [{"measure": name, "label_fr": one.fr, "label_en": one.en} for name, one in plan().measures.items()]
        ),
        **desert_tables(at, reference, located),
    }


# Inequality -------------------------------------------------------------------------------------------------------

_INEQUALITY = {
    "indicator": pl.String,
    "period": pl.String,
    "compared": pl.String,
    "level": pl.String,
    "code": pl.String,
    "measure": pl.String,
    "value": pl.Float64,
    "weights": pl.String,
    "coverage": pl.Float64,
    "snapshot": pl.String,
}


def inequality_table(
    at: Mapping[str, Measure], reference: Reference, definitions: Mapping[str, Definition]
) -> pl.DataFrame:
    """A row per indicator, period, family (``compared``), scope (``level``, ``code``) and measure.

    ``weights`` says whose people: ``standardised`` (of the profession) or ``total``. ``coverage`` is the share of the
    scope's people who have a value. A measure that is not defined has no row.
    """
    wanted = plan()
    scopes = [(level, *_membership(reference, level)) for level in wanted.scopes]
    departement, bassin = (_membership(reference, level)[1] for level in ("departement", "bassin_de_vie"))
    frames = [pl.DataFrame(schema=_INEQUALITY)]
    for name in wanted.indicators:
        least = 0.0 if _of_field(definitions[name]) else wanted.least_coverage
        for period, measure, weights in _series(definitions[name], at):
            people = _first(at, wanted.people, period)
            for compared in wanted.compared:
                values = measure.values if compared == "commune" else _group_means(measure.values, weights, bassin)
                for level, codes, index in scopes:
                    found = _by_scope(values, weights, people, index, departement, wanted.thresholds.get(name, ()))
                    frames.append(
                        _long(found, codes, least).select(
                            indicator=pl.lit(name),
                            period=pl.lit(period),
                            compared=pl.lit(compared),
                            level=pl.lit(level),
                            code="code",
                            measure="measure",
                            value="value",
                            weights=pl.when(pl.col("measure").str.contains("_under_"))
                            .then(pl.lit("total"))
                            .otherwise(pl.lit("standardised")),
                            coverage="coverage",
                            snapshot=pl.lit(measure.snapshot),
                        )
                    )
    return pl.concat(frames).sort(list(_INEQUALITY)[:6])


def _membership(reference: Reference, level: str) -> tuple[list[str], Integers]:
    codes, index = reference.members(level)
    return codes, index.astype(np.int64)


def _of_field(definition: Definition) -> bool:
    """Whether the field that has values is the whole of what the indicator speaks of."""
    return getattr(definition.compute, "coverage", "") == "of_field"


def _series(definition: Definition, at: Mapping[str, Measure]) -> Iterator[tuple[str, Measure, Floats]]:
    """Period, values and standardised people of each period at hand of an indicator that is a mean.

    The periods of a source that leaves gaps (``partial = "missing"``) are left out: another indicator, of a constant
    field, has them.
    """
    rule = definition.compute
    assert isinstance(rule, Mean), definition.id
    for group in rule.inputs:
        for period, column in group.columns():
            if column in at and group.partial != "missing":
                yield period, at[column], _first(at, rule.weight, period)


def _first(at: Mapping[str, Measure], names: Sequence[str], period: str) -> Floats:
    """The first of ``names`` at hand, 0 where it is missing; 0 everywhere where none is at hand."""
    found = [at[key].values for key in (name.format(period=period) for name in names) if key in at]
    size = next(iter(at.values())).values.size
    return np.nan_to_num(found[0]) if found else np.zeros(size)


def _group_means(values: Floats, weights: Floats, groups: Integers) -> Floats:
    """Each place that has a value given the weighted mean of its group; NaN elsewhere."""
    known = np.isfinite(values) & (weights > 0) & (groups >= 0)
    count = int(groups.max()) + 1
    people = sums(groups[known], weights[known], count)
    amount = sums(groups[known], (values * weights)[known], count)
    means = np.divide(amount, people, out=np.full(count, np.nan), where=people > 0)
    return np.where(known, means[groups], np.nan)


def _by_scope(
    values: Floats, weights: Floats, people: Floats, scope: Integers, departement: Integers, thresholds: Sequence[float]
) -> dict[str, Floats]:
    """Every measure of every scope, NaN where it is not defined, and ``coverage``."""
    size = int(scope.max()) + 1
    known = np.isfinite(values) & (weights > 0) & (scope >= 0)
    found = stats.profiles(values[known], weights[known], scope[known], departement[known], size)
    everybody = sums(scope[scope >= 0], people[scope >= 0], size)
    covered = sums(scope[known], people[known], size)
    with np.errstate(divide="ignore", invalid="ignore"):
        measures = {
            **{name: getattr(found, name) for name in ("mean", "d1", "d9", "gini")},
            **{name: getattr(found, name) for name in ("theil", "theil_within", "theil_between")},
            "mean_worst10": found.mean_worst,
            "mean_best10": found.mean_best,
            "d9_d1": found.d9 / found.d1,
            "ratio": found.mean_best / found.mean_worst,
        }
        for threshold in thresholds:
            count = sums(scope[known], people[known] * (values[known] < threshold), size)
            name = f"under_{threshold:g}".replace(".", "_")
            measures |= {f"share_{name}": 100 * count / covered, f"people_{name}": count}
        return {**measures, "coverage": covered / everybody}


def _long(found: Mapping[str, Floats], codes: Sequence[str], least: float) -> pl.DataFrame:
    """code, measure, value, coverage, where the value is defined and enough people have one."""
    wide = pl.DataFrame({"code": codes, **found}).filter(pl.col("coverage") >= max(least, 1e-9))
    long = wide.unpivot(index=["code", "coverage"], variable_name="measure", value_name="value")
    return long.filter(pl.col("value").is_finite())


# Déserts ----------------------------------------------------------------------------------------------------------

_DESERTS = {
    "position": pl.Int64,
    "definition": pl.String,
    "label_fr": pl.String,
    "label_en": pl.String,
    "kind": pl.String,
    "period": pl.String,
    "share": pl.Float64,
    "upper_share": pl.Float64,
    "people": pl.Float64,
    "unknown": pl.Float64,
    "qualifier": pl.String,
    "source": pl.String,
    "figure": pl.String,
    "assumed_fr": pl.String,
    "assumed_en": pl.String,
    "note_fr": pl.String,
    "note_en": pl.String,
}
_CROSSINGS = {
    "definition": pl.String,
    "other": pl.String,
    "period": pl.String,
    "people_in_both": pl.Float64,
    "people_not_in_other": pl.Float64,
    "unknown": pl.Float64,
}


def desert_tables(at: Mapping[str, Measure], reference: Reference, located: pl.DataFrame) -> Tables:
    """``deserts``, ``desert_territories`` and ``desert_crossings`` with its ``desert_places``.

    ``located``: code, lon, lat of the places, for the minutes to the nearest facility. ``people`` are in persons,
    ``share`` in per cent of the people for whom it is known; ``unknown`` those for whom it is not.
    """
    known = deserts()
    minutes = {
        kind: minutes_to(at[kind].values, reference.places, located)
        for kind in sorted({one.nearest for one in known.criteria.values() if one.nearest})
        if kind in at
    }
    found = {
        (one.id, period): inside
        for one in known.definitions
        if one.criteria
        for period in one.periods
        if (inside := _inside(one, period, at, minutes, reference)) is not None
    }
    people = {period: _first(at, known.people, period) for _, period in found}
    printed = {row["id"]: row for row in published.figures().iter_rows(named=True)}
    rows = [
        row
        for position, one in enumerate(known.definitions)
        for row in (*_recomputed(position, one, found, people), *_published(position, one, printed))
    ]
    crossings, places = _crossings(found, people, reference)
    return {
        "deserts": pl.DataFrame(rows, schema=_DESERTS, orient="row"),
        "desert_territories": _by_territory(found, people, reference),
        "desert_crossings": crossings,
        "desert_places": places,
    }


def _inside(
    one: Desert, period: str, at: Mapping[str, Measure], minutes: Mapping[str, Floats], reference: Reference
) -> Floats | None:
    """1 where the definition holds, 0 where it does not, NaN where it is not known; None without its figures."""
    people = _first(at, deserts().people, period)
    criteria = [_holds(deserts().criteria[name], period, at, minutes, people, reference) for name in one.criteria]
    if any(each is None for each in criteria):
        return None
    table = np.array([each for each in criteria if each is not None])
    sure, possible = (table == 1).sum(axis=0), (table != 0).sum(axis=0)
    return np.select([sure >= one.at_least, possible < one.at_least], [1.0, 0.0], np.nan)


def _holds(
    one: Criterion,
    period: str,
    at: Mapping[str, Measure],
    minutes: Mapping[str, Floats],
    people: Floats,
    reference: Reference,
) -> Floats | None:
    """1, 0 or NaN at each place; None when neither the figure nor the facilities are at hand."""
    name = one.measure.format(period=period)
    values = at[name].values if name in at else minutes.get(one.nearest)
    if values is None:
        return None
    if one.measure and one.nearest in minutes:
        # The published table has no time for the arrondissements of Paris, Lyon and Marseille: there, as the crow
        # flies. Elsewhere a blank is an island that no road reaches: not known.
        city = reference.places["city"].is_not_null().to_numpy()
        values = np.where(np.isnan(values) & city, minutes[one.nearest], values)
    unknown = np.isnan(values)
    if one.worst is not None:
        lived_in = ~unknown & (people > 0)
        if not lived_in.any():
            return None
        edge = stats.weighted_quantiles(values[lived_in], people[lived_in], [one.worst])[0]
        true = values <= edge
    elif one.under is not None:
        true = values < one.under
    else:
        true = values > (one.over or 0.0)
    return np.where(unknown, np.nan, true.astype(np.float64))


_Found = Mapping[tuple[str, str], Floats]


def _recomputed(
    position: int, one: Desert, found: _Found, people: Mapping[str, Floats]
) -> Iterator[tuple[object, ...]]:
    for period in one.periods:
        inside = found.get((one.id, period))
        if inside is not None and people[period].any():
            count, known = people[period][inside == 1].sum(), people[period][~np.isnan(inside)].sum()
            share, unknown = 100 * count / known, people[period].sum() - known
            figures = (period, float(share), None, float(count), float(unknown), "", one.source, "")
            yield (
                position,
                one.id,
                one.fr,
                one.en,
                "recomputed",
                *figures,
                *_words(one, one.assumed_fr, one.assumed_en),
            )


def _words(one: Desert, assumed_fr: str, assumed_en: str) -> tuple[str, str, str, str]:
    return assumed_fr, assumed_en, one.note_fr, one.note_en


def _published(position: int, one: Desert, printed: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[object, ...]]:
    for name in one.published:
        row = printed[name]
        percent = row["unit"] == "percent"
        values = (row["value"], row["upper"], None) if percent else (None, None, row["value"])
        figure = (row["period"] or "", *values, None, row["qualifier"], row["document"], name)
        yield (position, one.id, one.fr, one.en, "published", *figure, *_words(one, "", ""))


def _by_territory(found: _Found, people: Mapping[str, Floats], reference: Reference) -> pl.DataFrame:
    """definition, period, level, code, people, share (%), unknown: each recomputed definition by territory."""
    frames = [pl.DataFrame(schema=_TERRITORIES)]
    for level in ("departement", "epci", "region", "france"):
        codes, index = _membership(reference, level)
        member = index >= 0
        for (name, period), inside in found.items():
            weights, groups = people[period][member], index[member]
            count = sums(groups, weights * (inside[member] == 1), len(codes))
            known = sums(groups, weights * ~np.isnan(inside[member]), len(codes))
            everybody = sums(groups, weights, len(codes))
            share = np.divide(100 * count, known, out=np.full(len(codes), np.nan), where=known > 0)
            frames.append(
                pl.DataFrame({"code": codes, "people": count, "share": share, "unknown": everybody - known})
                .with_columns(pl.col("share").fill_nan(None))
                .filter(everybody > 0)
                .select(definition=pl.lit(name), period=pl.lit(period), level=pl.lit(level), **_ALL)
            )
    return pl.concat(frames).sort("definition", "period", "level", "code")


_TERRITORIES = {
    **dict.fromkeys(("definition", "period", "level", "code"), pl.String),
    **dict.fromkeys(("people", "share", "unknown"), pl.Float64),
}
_ALL = {name: pl.col(name) for name in ("code", "people", "share", "unknown")}


def _crossings(found: _Found, people: Mapping[str, Floats], reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who is in one definition and not in another, and the départements where most of them live."""
    period = deserts().crossed
    names = [name for name, at in found if at == period]
    codes, index = _membership(reference, "departement")
    rows, places = [], []
    for one, other in permutations(names, 2):
        a, b, weights = found[one, period], found[other, period], people[period]
        apart = weights * ((a == 1) & (b == 0))
        unknown = weights[np.isnan(a) | np.isnan(b)].sum()
        rows.append((one, other, period, float(weights[(a == 1) & (b == 1)].sum()), float(apart.sum()), float(unknown)))
        by_code = sums(index[index >= 0], apart[index >= 0], len(codes))
        for rank, position in enumerate(np.argsort(-by_code, kind="stable")[:LARGEST]):
            if by_code[position] > 0:
                places.append((one, other, period, rank + 1, codes[position], float(by_code[position])))
    columns = {**dict.fromkeys(("definition", "other", "period"), pl.String), "rank": pl.Int64}
    schema = {**columns, "departement": pl.String, "people": pl.Float64}
    return pl.DataFrame(rows, schema=_CROSSINGS, orient="row"), pl.DataFrame(places, schema=schema, orient="row")
