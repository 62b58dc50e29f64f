"""Why a zone has its class: the value, the thresholds around it, what would change it, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from vigie.zoning.apply import Zoning, apply, apply_to, cut, periods
from vigie.zoning.classes import UNKNOWN, Figures, Floats, Integers, Valued, summed
from vigie.zoning.field import Field
from vigie.zoning.meshes import LARGE
from vigie.zoning.rules import Rule, professions

BORDERLINE = 0.05
"""A zone is borderline when it is within this share of a threshold: ours, no text sets it."""

REASONS = {
    "zone": pl.String, "zone_level": pl.String, "code": pl.String, "name": pl.String, "departement": pl.String,
    "region": pl.String, "population": pl.Int64, "communes": pl.Int64, "large": pl.Boolean, "class": pl.String,
    "role": pl.String, "ruled": pl.String, "value": pl.Float64, "demand": pl.Float64, "coverage": pl.Float64,
    "rank": pl.Float64, "lower": pl.Float64, "lower_class": pl.String, "upper": pl.Float64, "upper_class": pl.String,
    "threshold": pl.Float64, "next_class": pl.String, "distance": pl.Float64, "relative": pl.Float64,
    "fte": pl.Float64, "people": pl.Float64, "borderline": pl.Boolean, "stability": pl.Float64,
    "variants": pl.Int64, "variants_same": pl.Int64, "years": pl.Int64, "years_same": pl.Int64, "inside": pl.Float64,
}  # fmt: skip
"""The columns of :func:`reasons`.

``class`` after choices, ``ruled`` by the rule alone; ``large`` a bassin de vie that the doctors' mesh would split.
``rank`` is the share (0–1) of the people in zones of its value or lower. ``lower`` and ``upper`` are the thresholds
around the value, with the class beyond each; ``threshold`` is the nearer, ``distance`` = threshold − value in the unit
of the indicator, ``relative`` the same per threshold. ``fte`` are the full-time practitioners to add (or, below zero,
to lose) for the value to reach the threshold, were all their activity for the zone; ``people`` the inhabitants to gain
(or lose) for it at the same supply and ages. ``stability`` is the share of the hypotheses in which the class stays:
``variants_same`` of ``variants`` of the recomputed APL and ``years_same`` of the other ``years``. ``inside`` is the
share (0–1) of the zone's people who live in a place whose own value falls under the same class: how far another mesh
could change it.
"""


@dataclass(frozen=True)
class Stability:
    """In how many hypotheses each zone keeps its class: recomputed variants and other years."""

    variants: int
    variants_same: Integers
    years: int
    years_same: Integers

    @property
    def share(self) -> Floats:
        """The share of all of them, NaN where there is none."""
        count = self.variants + self.years
        same = self.variants_same + self.years_same
        found: Floats = same / count if count else np.full(same.size, np.nan)
        return found


def reasons(zoning: Zoning, field: Field) -> pl.DataFrame:
    """A row a zone with the columns of ``REASONS``, the nearest to a threshold first."""
    rule, valued = zoning.rule, zoning.valued
    known = zoning.classed.position != UNKNOWN
    lower, upper = around(zoning.classed.cuts, valued.value)
    below = _class_at(zoning, lower, above=False)
    beyond = _class_at(zoning, upper, above=True)
    nearer_up = np.nan_to_num(upper - valued.value, nan=np.inf) <= np.nan_to_num(valued.value - lower, nan=np.inf)
    threshold = np.where(nearer_up, upper, lower)
    distance = threshold - valued.value
    relative = np.divide(distance, np.abs(threshold), out=np.full_like(distance, np.nan), where=threshold != 0)
    steady = stability(zoning, field)
    ids = [one.id for one in rule.classes]
    cut_ids = [one.id for one in rule.cut]
    table = zoning.mesh.zones.with_columns(
        large=(pl.col("zone_level") == "bassin_de_vie") & (pl.col("population") > LARGE),
        role=_names(zoning.position, [one.role for one in rule.classes]),
        ruled=_names(zoning.classed.position, cut_ids),
        value=_told(valued.value),
        demand=pl.Series(valued.demand),
        coverage=pl.Series(valued.coverage),
        rank=_told(zoning.classed.rank),
        lower=_told(lower),
        lower_class=_names(below, cut_ids),
        upper=_told(upper),
        upper_class=_names(beyond, cut_ids),
        threshold=_told(threshold),
        next_class=_names(np.where(nearer_up, beyond, below), cut_ids),
        distance=_told(distance),
        relative=_told(relative),
        fte=_told(_fte(rule, distance, valued)),
        people=_told(_people(zoning, threshold)),
        borderline=pl.Series(np.nan_to_num(np.abs(relative), nan=np.inf) <= BORDERLINE),
        stability=_told(np.where(known, steady.share, np.nan)),
        variants=pl.lit(steady.variants),
        variants_same=pl.Series(steady.variants_same),
        years=pl.lit(steady.years),
        years_same=pl.Series(steady.years_same),
        inside=_told(inside(zoning, field)),
    ).with_columns(_names(zoning.position, ids).alias("class"))
    rows = table.select(pl.col(name).cast(dtype) for name, dtype in REASONS.items())
    return rows.sort(pl.col("relative").abs().fill_null(float("inf")), "zone")


def inside(zoning: Zoning, field: Field) -> Floats:
    """For each zone the share of its people in places whose own value lies between the same cuts; NaN without any."""
    values, residents, index = _rule_figures(zoning, field).values, field.residents, zoning.mesh.index
    cuts = zoning.classed.cuts
    at_places = cuts[index] if cuts.ndim == 2 else cuts
    own, of_zone = _passed(at_places, values), _passed(cuts, zoning.valued.value)
    known = np.isfinite(values) & (zoning.classed.position != UNKNOWN)[index]
    same = known & (own == of_zone[index])
    people, alike = (summed(residents * one, index, zoning.mesh.size) for one in (known, same))
    found: Floats = np.divide(alike, people, out=np.full(people.size, np.nan), where=people > 0)
    return found


def around(cuts: Floats, value: Floats) -> tuple[Floats, Floats]:
    """The thresholds around each value: the greatest strictly under it and the least at or over it, NaN for none.

    ``cuts`` (k,) are those of all, or (m, k) those of each.
    """
    limits = np.broadcast_to(cuts, (value.size, cuts.shape[-1]))
    under, over = limits < value[:, None], limits >= value[:, None]  # neither where one of the two is unknown
    lower = np.where(under, limits, -np.inf).max(axis=1, initial=-np.inf)
    upper = np.where(over, limits, np.inf).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(lower), lower, np.nan), np.where(np.isfinite(upper), upper, np.nan)


def _passed(cuts: Floats, value: Floats) -> Integers:
    """How many of the cuts, one set for all or a row each, lie strictly under each value."""
    found: Integers = (np.broadcast_to(cuts, (value.size, cuts.shape[-1])) < value[:, None]).sum(axis=1)
    return found


def _class_at(zoning: Zoning, limit: Floats, *, above: bool) -> Integers:
    """The class that each zone would have at a limit of its own, or just above it; UNKNOWN without a limit."""
    cuts = zoning.classed.cuts
    last = cuts.shape[-1]
    found = np.full(limit.size, last)
    for place in reversed(range(last)):
        own = cuts[..., place]
        admitted = limit < own if above else limit <= own
        if place in zoning.met:
            admitted = admitted & zoning.met[place]
        found[admitted] = place
    return np.where(np.isfinite(limit), found, UNKNOWN)


def _fte(rule: Rule, distance: Floats, valued: Valued) -> Floats:
    """Full-time practitioners whose activity, all of it for the people of the zone, makes up the distance."""
    per = professions()[rule.profession].people_per_unit
    return np.full_like(distance, np.nan) if per is None else distance * valued.demand / per


def _people(zoning: Zoning, threshold: Floats) -> Floats:
    """Inhabitants to gain for the same supply to come to the threshold: supply / threshold − people."""
    people = zoning.mesh.zones["population"].to_numpy().astype(np.float64)
    ratio = np.divide(
        zoning.valued.value, threshold, out=np.full_like(threshold, np.nan), where=np.nan_to_num(threshold) > 0
    )
    found: Floats = people * (ratio - 1)
    return found


def _told(values: Floats) -> pl.Series:
    return pl.Series(values, nan_to_null=True)


def _names(position: Integers, names: list[str]) -> pl.Series:
    """The name at each position; null for UNKNOWN."""
    return pl.Series([*names, None], dtype=pl.String).gather(np.where(position == UNKNOWN, len(names), position))


# Stability ------------------------------------------------------------------------------------------------------------


def stability(zoning: Zoning, field: Field) -> Stability:
    """In how many of the recomputed variants and of the other years each zone keeps the class of the rule."""
    own = zoning.classed.position
    values = variant_values(zoning, field)
    others = [_position(zoning, column) for column in values.T]
    years = [_of_year(zoning, field, period) for period in periods(zoning.rule, field) if period != zoning.period]
    return Stability(len(others), _same(own, others), len(years), _same(own, years))


def _same(own: Integers, others: list[Integers]) -> Integers:
    found: Integers = np.sum([own == other for other in others], axis=0) if others else np.zeros_like(own)
    return found


def _position(zoning: Zoning, value: Floats) -> Integers:
    """The classes of the rule for other values of the same zones."""
    return cut(zoning.rule, zoning.mesh, value, zoning.people, zoning.met).position


def _of_year(zoning: Zoning, field: Field, period: str) -> Integers:
    return apply(zoning.rule, field, period, zoning.mesh).classed.position


def variant_values(zoning: Zoning, field: Field) -> Floats:
    """The value of each zone (rows) in each variant of the recomputed APL (columns); no column where there is none.

    Each variant is brought to the national mean of the figures that the rule is on: what is compared is how the
    hypotheses share access out between zones, not the level of a recomputed APL against a published one.
    """
    figures = _rule_figures(zoning, field)
    name = professions()[zoning.rule.profession].variants
    if name is None or name not in field.variants or not _is_apl(zoning.rule):
        return np.empty((zoning.mesh.size, 0))
    key = ("variants", name, zoning.rule.indicator, zoning.period, zoning.mesh.id, zoning.rule.weight)
    if zoning.mesh is not field.mesh(zoning.mesh.id):
        return _variant_values(zoning, field, name, figures)
    return field.once(key, lambda: _variant_values(zoning, field, name, figures))


def _variant_values(zoning: Zoning, field: Field, name: str, figures: Figures) -> Floats:
    known, filled = field.known_variants(name)
    both = known & np.isfinite(figures.values) & (np.nan_to_num(figures.weights) > 0)
    weights = np.where(both, figures.weights, 0.0)
    scale = (weights @ np.nan_to_num(figures.values)) / (weights @ filled)
    used = np.where(both, figures.weights if zoning.rule.weight == "standardised" else field.residents, 0.0)
    demand = summed(used, zoning.mesh.index, zoning.mesh.size)
    into = csr_matrix((used, (zoning.mesh.index, np.arange(used.size))), shape=(zoning.mesh.size, used.size))
    told = (demand > 0) & np.isfinite(zoning.valued.value)
    found: Floats = np.full((zoning.mesh.size, filled.shape[1]), np.nan)
    found[told] = (into @ filled)[told] / demand[told, None] * scale
    return found


def variant_classes(zoning: Zoning, field: Field, zone: int) -> list[tuple[str, float, str | None]]:
    """For one zone (its position), each variant: its name, the value and the class that the rule would give."""
    values = variant_values(zoning, field)
    ids = [one.id for one in zoning.rule.cut]
    found = []
    for name, column in zip(field.variant_names, values.T, strict=False):
        place = int(_position(zoning, column)[zone])
        found.append((name, float(column[zone]), ids[place] if place != UNKNOWN else None))
    return found


def year_classes(zoning: Zoning, field: Field, zone: int) -> list[tuple[str, float, str | None]]:
    """For one zone (its position), each year that the rule can be applied to: the value and the class."""
    ids = [one.id for one in zoning.rule.cut]
    found = []
    for period in periods(zoning.rule, field):
        other = apply(zoning.rule, field, period, zoning.mesh)
        place = int(other.classed.position[zone])
        found.append((period, float(other.valued.value[zone]), ids[place] if place != UNKNOWN else None))
    return found


def resident_variant(zoning: Zoning, field: Field) -> Zoning:
    """The same zoning with the other weights: residents instead of standardised people, or the reverse."""
    other = "residents" if zoning.rule.weight == "standardised" else "standardised"
    rule = zoning.rule.model_copy(update={"weight": other})
    return apply_to(rule, field, _rule_figures(zoning, field), zoning.period, zoning.mesh)


def _rule_figures(zoning: Zoning, field: Field) -> Figures:
    assert zoning.rule.indicator is not None, "a rule that was applied has an indicator"
    return field.figures[zoning.rule.indicator, zoning.period]


def _is_apl(rule: Rule) -> bool:
    return rule.indicator is not None and rule.indicator.startswith("apl_")
