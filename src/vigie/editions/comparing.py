"""A territory among others: how an indicator spreads over its neighbours, its département, its région and France.

A distribution, never a league table: quantiles of groups of territories of the same level, and where this one stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.editions.observatory import Neighbour, Observatory, Territory
from vigie.indicators import Definition
from vigie.indicators.comparators import Spread, spread, spreads
from vigie.indicators.series import by_indicator

COMPARED_RULES = ("mean", "ratio", "share_below", "share_above")  # a count only tells how large a territory is
GROUPS = ("departement", "region", "france")
LEAST = 4  # territories with a value, for quantiles to mean something
_CUTS = "known, minimum, d1, q1, median, q3, d9, maximum"


@dataclass(frozen=True)
class Group:
    """Territories of one level: ``id`` is neighbours, departement, region or france.

    ``values`` are those of the neighbours, sorted; the other groups are known by their quantiles alone.
    """

    id: str
    name: str
    spread: Spread
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class Strip:
    """An indicator of a territory among the groups that it belongs to, in the last period that its level has.

    ``mirrored`` is True where the indicator is one of those that neighbours are chosen by: they would say nothing of
    it and are left out.
    """

    indicator: str
    period: str
    value: float
    status: str
    groups: tuple[Group, ...]
    mirrored: bool


def spread_table(
    observations: pl.DataFrame, territories: pl.DataFrame, definitions: Mapping[str, Definition]
) -> pl.DataFrame:
    """How each indicator that compares territories spreads over those of a level, in the level's last period.

    Columns: level, grouping (of ``GROUPS``), code (of the group), indicator, period and the quantiles of
    ``vigie.indicators.comparators.spreads``, sorted. Groups of fewer than ``LEAST`` known territories are left out.
    """
    names = [name for name, one in definitions.items() if one.compute.rule in COMPARED_RULES]
    cards = territories.select("level", "code", "departement", "region")
    key = ["level", "grouping", "code", "indicator", "period"]
    # One indicator after another: the groups of all of them at once would take a gigabyte.
    found = [spreads(_grouped(rows, cards), key) for name, rows in by_indicator(observations) if name in names]
    return pl.concat(found).filter(pl.col("known") >= LEAST).sort(key)


def _grouped(rows: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """The known values of the last period of each level, once for each group that they belong to."""
    known = rows.select("level", "code", "indicator", "period", "value").drop_nulls("value")
    last = known.group_by("level").agg(period=pl.col("period").max())
    placed = known.join(last, on=["level", "period"]).join(cards, on=["level", "code"])
    frames = []
    for grouping, own in (
        ("departement", pl.col("departement")),
        ("region", pl.col("region")),
        ("france", pl.lit("FR")),
    ):
        within = placed.filter(pl.col("level") != grouping).with_columns(code=own, grouping=pl.lit(grouping))
        frames.append(within.drop_nulls("code").select("level", "grouping", "code", "indicator", "period", "value"))
    return pl.concat(frames)


def strips(
    observatory: Observatory, territory: Territory, neighbours: Sequence[Neighbour], indicators: Sequence[str]
) -> list[Strip]:
    """The strip of each of ``indicators`` that the territory and its level have a value for."""
    measured = measured_by_structure(observatory)
    groups = _groups(observatory, territory)
    codes = [territory.code, *(one.territory.code for one in neighbours)]
    values = observatory.last_values(territory.level, codes, indicators)
    found = []
    for name in indicators:
        own = values.get((name, territory.code))
        if own is None:
            continue
        period, value, status = own
        alike = [] if name in measured else _alike(values, name, neighbours)
        found.append(Strip(name, period, value, status, (*alike, *groups.get(name, ())), name in measured))
    return found


def measured_by_structure(observatory: Observatory) -> frozenset[str]:
    """The indicators that neighbours are chosen by: never compared with them."""

    def read() -> frozenset[str]:
        rows = observatory.rows("SELECT measures FROM structure_variables")
        return frozenset(name for (text,) in rows for name in text.split())

    return observatory.once("measured by structure", read)


def _groups(observatory: Observatory, territory: Territory) -> dict[str, list[Group]]:
    """The groups above the territory, by indicator, the smallest first."""
    codes = {"departement": territory.departement, "region": territory.region, "france": "FR"}
    found: dict[str, list[Group]] = {}
    spreads_of = observatory.once("spreads", lambda: _spreads(observatory))
    for grouping in GROUPS:
        name = "France" if grouping == "france" else _name(observatory, grouping, codes[grouping])
        for indicator, cuts in spreads_of.get((territory.level, grouping, codes[grouping]), ()):
            found.setdefault(indicator, []).append(Group(grouping, name, cuts))
    return found


def _spreads(observatory: Observatory) -> dict[tuple[str, str, str | None], list[tuple[str, Spread]]]:
    """Every spread of the edition, a few thousand, by level, grouping and code of the group."""
    found: dict[tuple[str, str, str | None], list[tuple[str, Spread]]] = {}
    for level, grouping, code, name, *cuts in observatory.rows(
        f"SELECT level, grouping, code, indicator, {_CUTS} FROM spreads"
    ):
        found.setdefault((level, grouping, code), []).append((name, Spread(*cuts)))
    return found


def _name(observatory: Observatory, level: str, code: str | None) -> str:
    card = observatory.cards.get((level, code)) if code else None
    return card.name if card else ""


def _alike(
    values: Mapping[tuple[str, str], tuple[str, float, str]], name: str, neighbours: Sequence[Neighbour]
) -> list[Group]:
    own = sorted(values[name, one.territory.code][1] for one in neighbours if (name, one.territory.code) in values)
    cuts = spread(np.array(own, dtype=np.float64))
    return [Group("neighbours", "", cuts, tuple(own))] if cuts is not None and cuts.known >= LEAST else []
