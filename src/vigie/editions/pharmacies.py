"""The tables of pharmacies of an edition: quota, last pharmacy, what its closing does, communes to take together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.access.travel import Points, crow_fly, points, zone_of
from vigie.editions.french import french_places
from vigie.editions.steps import Tables
from vigie.indicators.series import of_indicators
from vigie.territories.reference import WHOLE_CITIES, Reference
from vigie.zoning import pharmacies
from vigie.zoning.contiguity import contiguous
from vigie.zoning.pharmacies import Regime, Rule

CODE = ("zoning/pharmacies.py", "zoning/pharmacies.toml", "zoning/contiguity.py", "access/travel.py")
"""The files of other rooms that decide these tables."""
INDICATOR = "nombre_pharmacies"
SHOWN = 12  # groups of one anchor that are kept; their number is always told
SCHEMA = {
    **dict.fromkeys(("code", "departement", "region"), pl.String),
    **dict.fromkeys(("population", "first", "further", "quota", "to_next", "present"), pl.Int64),
    **dict.fromkeys(("present_status", "period", "snapshot", "situation"), pl.String),
    "last": pl.Boolean,
    **dict.fromkeys(("without_10", "without_20", "served"), pl.Float64),
    "reopening": pl.Boolean,
    "next_code": pl.String,
    "next_minutes": pl.Float64,
    "anchor": pl.Boolean,
    **dict.fromkeys(("groups", "group_communes", "component_communes", "component_people"), pl.Int64),
}
"""pharmacies, one row a commune (whole cities, not their arrondissements), sorted by code.

``present`` is null for a commune split since the counts, whose share of them is no whole number.
``first`` and ``further``: the inhabitants that the quota asks for; ``to_next``: how many more would allow one more.
``last``: whether its one pharmacy is the last. For those: ``without_10`` and ``without_20``, people who would no longer
have one within 10 and 20 minutes; ``served``, people whose nearest it is; ``reopening``, whether the law would let
another replace it; ``next_code`` and ``next_minutes`` (for every commune), the nearest pharmacy of another commune.
``anchor``: no pharmacy, at least the inhabitants that L. 5125-6-1 asks of one commune, below the first threshold. For
those: ``groups`` of the fewest communes and ``group_communes``, how many each has (0 for none); communes and people of
the whole ``component`` that joins it."""
GROUPS = {
    "anchor": pl.String,
    "rank": pl.Int64,
    "communes": pl.Int64,
    "members": pl.String,
    "people": pl.Int64,
    "threshold": pl.Int64,
    "quota": pl.Int64,
}
"""pharmacy_groups: the groups around each anchor, the most populous first; ``members`` are codes separated by spaces,
the anchor first."""


def pharmacy_tables(
    observations: pl.DataFrame, reference: Reference, polygons: pl.DataFrame, communes: pl.DataFrame, rule: Rule
) -> Tables:
    """pharmacies and pharmacy_groups, with the columns of ``SCHEMA`` and ``GROUPS``.

    ``communes`` is the tidy table of communes, whose points are where people set out from.
    """
    seen = of_indicators(observations, [INDICATOR]).filter(pl.col("level") == "commune")
    counted = _counted(seen, reference, rule)
    closing = _closings(seen, communes, reference.places, rule)
    found = _around(counted, polygons, rule)
    people = dict(counted.select("code", "population").iter_rows())
    grouped = pl.DataFrame(
        [_grouped(one, people) for one in found],
        schema=["code", "groups", "group_communes", "component_communes", "component_people"],
        orient="row",
    )
    table = counted.join(closing, on="code", how="left", maintain_order="left").join(grouped, on="code", how="left")
    last = pl.col("present") == 1
    whole = table.with_columns(
        last=last,
        reopening=pl.when(last & (pl.col("population") < pl.col("first"))).then(
            pl.col("served") >= rule.reopening.served
        ),
        anchor=pl.col("groups").is_not_null(),
        **{name: pl.when(last).then(name) for name in ("without_10", "without_20", "served")},
    )
    return {
        "pharmacies": whole.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()).sort("code"),
        "pharmacy_groups": _groups(found, people),
    }


def _counted(seen: pl.DataFrame, reference: Reference, rule: Rule) -> pl.DataFrame:
    """The communes with their population, their pharmacies (``seen``) and what the quota says; sorted by code."""
    present = seen.sort("code", "period").group_by("code", maintain_order=True).last()
    cards = reference.territories.filter((pl.col("level") == "commune") & (pl.col("kind") != "arrondissement"))
    table = (
        cards.select("code", "departement", "region", "population")
        .join(present.select("code", "value", "status", "period", "snapshot"), on="code", how="left")
        # A commune split since the BPE has a share of its pharmacies, which does not say where they are.
        .with_columns(present=pl.when(pl.col("value") % 1 == 0).then("value").cast(pl.Int64))
        .sort("code")
    )
    regimes = [rule.regime(departement or "") for departement in table["departement"]]
    rows = list(zip(table["population"], table["present"], regimes, strict=True))
    known = [(None if people is None else int(people), each) for people, _, each in rows]
    return table.rename({"status": "present_status"}).with_columns(
        first=pl.Series([one.first for one in regimes], dtype=pl.Int64),
        further=pl.Series([one.further for one in regimes], dtype=pl.Int64),
        quota=pl.Series([None if n is None else pharmacies.quota(n, one) for n, one in known], dtype=pl.Int64),
        to_next=pl.Series(
            [None if n is None else pharmacies.missing_to_next(n, one) for n, one in known], dtype=pl.Int64
        ),
        situation=pl.Series([pharmacies.situation(*row) for row in rows], dtype=pl.String),
    )


def _closings(seen: pl.DataFrame, communes: pl.DataFrame, places: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """What closing the pharmacies of a place does: code, without_10, without_20, served, next_code, next_minutes.

    No number of people where those of the place are not known (Mayotte).
    """
    here = _points(communes, rule.travel.speed)
    opened = seen.filter(pl.col("value") > 0)["code"]
    sites = _some(here, np.isin(here.ids, opened.to_numpy().astype(str)))
    residents = pl.DataFrame({"code": here.ids}).join(
        places.select("code", "population"), on="code", how="left", maintain_order="left"
    )["population"]
    travel = crow_fly(here, sites, rule.travel.limit)
    people = residents.fill_null(0).cast(pl.Float64).to_numpy()
    found = pharmacies.closing(travel, people, rule.travel.thresholds)
    there = found.next_site >= 0
    nearest = pl.DataFrame(
        {
            "code": here.ids,
            "known": residents.is_not_null(),
            "next_code": np.where(there, sites.ids[found.next_site], ""),
            "next_minutes": found.next_minutes,
        }
    ).with_columns(pl.when(pl.col("next_code") != "").then(name).alias(name) for name in ("next_code", "next_minutes"))
    counts = {"without_10": found.without[:, 0], "without_20": found.without[:, 1], "served": found.served}
    closed = pl.DataFrame({"code": sites.ids, **counts})
    return nearest.join(closed, on="code", how="left", maintain_order="left").with_columns(
        pl.when("known").then(name).alias(name) for name in counts
    )


def _points(communes: pl.DataFrame, speed: float) -> Points:
    located = french_places(communes).drop_nulls("lon")
    codes = located["code"].to_numpy().astype(str)
    return points(codes, located["lon"].to_numpy(), located["lat"].to_numpy(), zone_of(codes), speed=speed)


def _some(every: Points, kept: NDArray[np.bool_]) -> Points:
    """The points that ``kept`` marks."""
    return Points(**{one.name: getattr(every, one.name)[kept] for one in fields(every)})


@dataclass(frozen=True)
class _Around:
    """An anchor: its threshold, the groups of the fewest communes, all the communes that join it."""

    anchor: str
    regime: Regime
    groups: list[tuple[str, ...]]
    component: tuple[str, ...]


def _around(counted: pl.DataFrame, polygons: pl.DataFrame, rule: Rule) -> list[_Around]:
    """What each anchor may be grouped with, by code of the anchor; none without polygons."""
    drawn = polygons.filter((pl.col("level") == "commune") & ~pl.col("code").is_in(list(WHOLE_CITIES)))
    if drawn.is_empty():
        return []
    bare = counted.filter((pl.col("present") == 0) & pl.col("population").is_not_null())
    graph = _graph(contiguous(drawn), bare)
    people = dict(bare.select("code", "population").iter_rows())
    anchors = bare.filter((pl.col("population") >= rule.grouping.anchor) & (pl.col("population") < pl.col("first")))
    joined = pharmacies.components(anchors["code"], graph)
    found = []
    for code, departement in anchors.select("code", "departement").iter_rows():
        regime = rule.regime(departement)
        groups = pharmacies.fewest(code, people, graph, regime.first)
        found.append(_Around(code, regime, groups, joined[code]))
    return found


def _graph(pairs: pl.DataFrame, bare: pl.DataFrame) -> dict[str, list[str]]:
    """The neighbours of each commune without a pharmacy, among those of its region."""
    regions = bare.select("code", "region")
    near = (
        pairs.join(regions, left_on="a", right_on="code")
        .join(regions, left_on=["b", "region"], right_on=["code", "region"])
        .select("a", "b")
    )
    both = pl.concat([near, near.select(a="b", b="a")]).sort("a", "b")
    return dict(both.group_by("a", maintain_order=True).agg("b").iter_rows())


def _grouped(one: _Around, people: Mapping[str, int]) -> tuple[str, int, int, int, int]:
    communes = len(one.groups[0]) if one.groups else 0
    inside = sum(people[code] for code in one.component)
    return one.anchor, len(one.groups), communes, len(one.component), inside


def _groups(found: Sequence[_Around], people: Mapping[str, int]) -> pl.DataFrame:
    rows = []
    for one in found:
        for rank, members in enumerate(one.groups[:SHOWN], 1):
            total = sum(people[code] for code in members)
            allowed = pharmacies.quota(total, one.regime)
            rows.append((one.anchor, rank, len(members), " ".join(members), total, one.regime.first, allowed))
    return pl.DataFrame(rows, schema=GROUPS, orient="row")
