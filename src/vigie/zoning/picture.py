"""The whole picture: who lives in which class, whether it reaches those in difficulty, who wins and who loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.zoning.apply import Zoning, at_places
from vigie.zoning.classes import UNKNOWN, Bools, Floats
from vigie.zoning.field import Field
from vigie.zoning.rules import ROLES, Need, Rule, professions

FRANCE = "FR"
COVERED = ("priority", "aided")

SUMMARY = {
    "level": pl.String, "territory": pl.String, "class": pl.String, "role": pl.String, "zones": pl.Int64,
    "communes": pl.Int64, "population": pl.Int64, "population_share": pl.Float64, "practitioners": pl.Float64,
    "practitioners_share": pl.Float64,
}  # fmt: skip
SELECTIVITY = {
    "level": pl.String, "territory": pl.String, "covered": pl.String, "population": pl.Int64, "in_zone": pl.Int64,
    "in_need": pl.Int64, "both": pl.Int64, "without_need": pl.Int64, "without_cover": pl.Int64, "unknown": pl.Int64,
}  # fmt: skip


# By class -------------------------------------------------------------------------------------------------------------


def summary(zoning: Zoning, field: Field) -> pl.DataFrame:
    """Zones, communes, people and practitioners by class for France and each région, with the columns of ``SUMMARY``.

    A place counts in its own région: a zone over two régions counts once in each, its people where they live.
    Practitioners are the last count at hand; null where there is none. Shares in per cent of the territory.
    """
    heads = practitioners(zoning, field)
    rows = field.places.select("region", people=pl.col("population").fill_null(0)).with_columns(
        heads=pl.lit(None, pl.Float64) if heads is None else pl.Series(np.nan_to_num(heads)),
        zone=pl.Series(zoning.mesh.index),
        at=pl.Series(at_places(zoning)),
    )
    both = pl.concat(
        [
            rows.with_columns(level=pl.lit("france"), territory=pl.lit(FRANCE)),
            rows.with_columns(level=pl.lit("region"), territory=pl.col("region")),
        ]
    )
    key = ["level", "territory"]
    summed = both.group_by(*key, "at").agg(
        zones=pl.col("zone").n_unique(),
        communes=pl.len(),
        population=pl.col("people").sum(),
        practitioners=pl.when(pl.col("heads").count() > 0).then(pl.col("heads").sum()),
    )
    classes = pl.DataFrame(
        {
            "at": [*range(len(zoning.rule.classes)), UNKNOWN],
            "class": [*(one.id for one in zoning.rule.classes), None],
            "role": [*(one.role for one in zoning.rule.classes), None],
        },
        schema={"at": pl.Int64, "class": pl.String, "role": pl.String},
    )
    shares = {
        f"{name}_share": pl.when(pl.col(name).sum().over(key) > 0).then(
            100 * pl.col(name) / pl.col(name).sum().over(key)
        )
        for name in ("population", "practitioners")
    }
    found = summed.join(classes, on="at").with_columns(**shares)
    order = pl.when(pl.col("at") == UNKNOWN).then(len(zoning.rule.classes)).otherwise("at")
    found = found.sort("level", "territory", order)
    return found.select(pl.col(name).cast(dtype) for name, dtype in SUMMARY.items())


def practitioners(zoning: Zoning, field: Field) -> Floats | None:
    """The practitioners at places, by the last count at hand; None where there is none."""
    heads = professions()[zoning.rule.profession].heads
    found = field.last(heads, zoning.period) if heads else None
    return None if found is None else found.values


# Selectivity ----------------------------------------------------------------------------------------------------------


def in_need(need: Need, field: Field, period: str) -> Floats:
    """1 at places in difficulty, 0 at others, NaN where unknown: under a value, or the worst served share of people."""
    figures = field.last(need.indicator, period)
    if figures is None:
        return np.full(field.places.height, np.nan)
    value, residents = figures.values, field.residents
    known = np.isfinite(value)
    if need.below is not None:
        return np.where(known, value < need.below, np.nan)
    order = np.argsort(np.where(known, value, np.inf), kind="stable")
    cumulated = np.cumsum(np.where(known, residents, 0.0)[order])
    limit = (need.worst or 0.0) * residents[known].sum()
    inside = np.empty(value.size)
    inside[order] = cumulated <= limit
    return np.where(known, inside, np.nan)


def selectivity(zoning: Zoning, field: Field) -> pl.DataFrame:
    """Who is covered without need and in need without cover, for France and each région: columns of ``SELECTIVITY``.

    ``covered``: ``surely`` counts the classes with aids, ``at_most`` those that an ARS may choose as well. People of
    places whose need is unknown are counted apart. Empty where no need is defined for the profession.
    """
    need = professions()[zoning.rule.profession].need
    if need is None:
        return pl.DataFrame(schema=SELECTIVITY)
    needy = in_need(need, field, zoning.period)
    residents, region = field.residents, field.places["region"]
    frames = []
    for covered, roles in (("surely", COVERED), ("at_most", (*COVERED, "undecided"))):
        inside = zoning.holds(*roles)[zoning.mesh.index]
        rows = _crossed(inside, needy, residents, region)
        frames += [
            rows.with_columns(level=pl.lit("region"), territory=pl.col("region"), covered=pl.lit(covered)),
            rows.select(pl.exclude("region").sum()).with_columns(
                level=pl.lit("france"), territory=pl.lit(FRANCE), covered=pl.lit(covered)
            ),
        ]
    columns = [pl.col(name).round(0).cast(dtype) if dtype == pl.Int64 else name for name, dtype in SELECTIVITY.items()]
    return pl.concat(frame.select(columns) for frame in frames).sort("level", "territory", "covered")


def _crossed(inside: Bools, needy: Floats, residents: Floats, region: pl.Series) -> pl.DataFrame:
    need, known = np.nan_to_num(needy) == 1, np.isfinite(needy)
    return (
        pl.DataFrame(
            {
                "region": region,
                "population": residents,
                "in_zone": residents * inside,
                "in_need": residents * need,
                "both": residents * (inside & need),
                "without_need": residents * (inside & known & ~need),
                "without_cover": residents * (~inside & need),
                "unknown": residents * ~known,
            }
        )
        .group_by("region")
        .agg(pl.all().sum())
    )


# Two zonings ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AtPlaces:
    """The class of each place, null where there is none, and how much each class gives, the more the greater."""

    names: pl.Series
    gives: Mapping[str, int]


def classes_at_places(zoning: Zoning) -> AtPlaces:
    """The class of each place under a zoning, and the order of its roles."""
    position, names = at_places(zoning), [one.id for one in zoning.rule.classes]
    found = pl.Series([*names, None], dtype=pl.String).gather(np.where(position == UNKNOWN, len(names), position))
    return AtPlaces(found, gives(zoning.rule))


def gives(rule: Rule) -> dict[str, int]:
    """How much each class of a rule gives, by the order of roles: the more the greater."""
    return {one.id: len(ROLES) - ROLES.index(one.role) for one in rule.classes}


def commune_changes(before: AtPlaces, after: AtPlaces, places: pl.DataFrame) -> pl.DataFrame:
    """Each place with its class in two zonings: code, name, departement, region, population, before, after, change.

    ``change`` is ``gains`` where the role after gives more than the one before, ``loses`` the reverse, ``same``
    otherwise, ``unknown`` where one of them has no class. The two may be on different meshes.
    """
    own = places.select("code", "name", "departement", "region", population=pl.col("population").fill_null(0))
    first, second = (
        one.names.replace_strict(dict(one.gives), default=None, return_dtype=pl.Int64) for one in (before, after)
    )
    gain = second - first
    told = pl.DataFrame({"gain": gain}).select(
        pl.when(pl.col("gain").is_null()).then(pl.lit("unknown"))
        .when(pl.col("gain") > 0).then(pl.lit("gains"))
        .when(pl.col("gain") < 0).then(pl.lit("loses"))
        .otherwise(pl.lit("same"))
    ).to_series()  # fmt: skip
    return own.with_columns(before=before.names, after=after.names, change=told)


def changes(communes: pl.DataFrame) -> pl.DataFrame:
    """People by class before, class after and change, from :func:`commune_changes`: those of most people first."""
    summed = communes.group_by("before", "after", "change").agg(
        communes=pl.len().cast(pl.Int64), population=pl.col("population").sum()
    )
    return summed.sort("population", "before", "after", descending=[True, False, False], nulls_last=True)


# Priority zones over time ---------------------------------------------------------------------------------------------


def priority_shares(zoning: Zoning, field: Field, counts: Sequence[str]) -> pl.DataFrame:
    """At constant zoning, the share of a count in priority zones by year: indicator, period, total, inside, share (%).

    ``counts`` are indicators at communes (practitioners, installations); those that are not at hand give no row.
    """
    inside = zoning.holds("priority")[zoning.mesh.index]
    rows = []
    for name in counts:
        for period in field.periods(name):
            values = np.nan_to_num(field.figures[name, period].values)
            total, own = float(values.sum()), float(values[inside].sum())
            rows.append((name, period, total, own, 100 * own / total if total > 0 else None))
    schema = {"indicator": pl.String, "period": pl.String, "total": pl.Float64, "inside": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {"share": pl.Float64}, orient="row")
