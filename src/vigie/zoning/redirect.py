"""What over-supplied zones could give: pairs with under-served zones within reach, and installations one for one."""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.access.travel import TravelTimes
from vigie.zoning.apply import Zoning
from vigie.zoning.classes import Floats, summed
from vigie.zoning.field import Field
from vigie.zoning.picture import practitioners
from vigie.zoning.rules import professions

WITHIN = 60.0
"""Minutes between a dense and an under-dense zone (Cour des comptes 2024, annex 3: less than an hour)."""

PAIRS = {
    "dense": pl.String, "under": pl.String, "minutes": pl.Float64, "dense_value": pl.Float64,
    "under_value": pl.Float64, "dense_practitioners": pl.Float64, "under_practitioners": pl.Float64,
    "under_fte": pl.Float64,
}  # fmt: skip
OVER = {"zone": pl.String, "practitioners": pl.Float64, "value": pl.Float64, "threshold": pl.Float64,
        "surplus_fte": pl.Float64}  # fmt: skip


def centres(zoning: Zoning, field: Field) -> list[str]:
    """The place that stands for each zone when one travels to it: its chef-lieu where its code is one of its places,
    its most populous place otherwise."""
    places = field.places.select(place="code", people=pl.col("population").fill_null(0)).with_columns(
        at=pl.Series(zoning.mesh.index)
    )
    zones = zoning.mesh.zones.select("code").with_row_index("at").with_columns(pl.col("at").cast(pl.Int32))
    ranked = places.join(zones, on="at").with_columns(own=pl.col("place") == pl.col("code"))
    best = ranked.sort("own", "people", "place", descending=[True, True, False]).unique("at", keep="first")
    return best.sort("at")["place"].to_list()


def pairs(zoning: Zoning, field: Field, travel: TravelTimes) -> pl.DataFrame:
    """For each over-supplied zone the priority zones within ``WITHIN`` minutes, nearest first: columns of ``PAIRS``.

    ``travel`` is between the :func:`centres` of zones, by place. ``under_fte`` are the full-time practitioners that the
    under-served zone lacks to reach the next threshold.
    """
    zone_at = {place: at for at, place in enumerate(centres(zoning, field))}
    rows, columns = (
        np.array([zone_at.get(str(place), -1) for place in ids], dtype=np.int64)
        for ids in (travel.places, travel.sites)
    )
    dense, under = rows[travel.rows], columns[travel.indices]
    kept = (dense >= 0) & (under >= 0) & (dense != under) & (travel.minutes <= WITHIN)
    dense, under, minutes = dense[kept], under[kept], travel.minutes[kept]
    kept = zoning.holds("over")[dense] & zoning.holds("priority")[under]
    dense, under, minutes = dense[kept], under[kept], minutes[kept]
    heads, value = _heads(zoning, field), zoning.valued.value
    lacking = _fte(zoning, _end_of_priority(zoning) - value)
    names = zoning.mesh.zones["zone"]
    found = pl.DataFrame(
        {
            "dense": names.gather(dense),
            "under": names.gather(under),
            "minutes": minutes,
            "dense_value": value[dense],
            "under_value": value[under],
            "dense_practitioners": heads[dense],
            "under_practitioners": heads[under],
            "under_fte": lacking[under],
        },
        schema=PAIRS,
    )
    return found.fill_nan(None).sort("dense", "minutes", "under")


def over_supplied(zoning: Zoning, field: Field) -> pl.DataFrame:
    """The over-supplied zones with their practitioners and what they have beyond the threshold: columns of ``OVER``.

    ``surplus_fte`` are the full-time practitioners beyond the threshold: the most that departures without replacement
    could free before the zone leaves its class. How many installations there are a year is not at hand by zone.
    """
    over = np.flatnonzero(zoning.holds("over"))
    cuts = zoning.classed.cuts
    threshold = np.full(zoning.mesh.size, np.nan)
    ruled = zoning.classed.position
    inside = ruled > 0
    of_zones = np.broadcast_to(cuts, (zoning.mesh.size, cuts.shape[-1]))
    threshold[inside] = of_zones[inside, ruled[inside] - 1]
    value, heads = zoning.valued.value, _heads(zoning, field)
    surplus = _fte(zoning, value - threshold)
    found = pl.DataFrame(
        {
            "zone": zoning.mesh.zones["zone"].gather(over),
            "practitioners": heads[over],
            "value": value[over],
            "threshold": threshold[over],
            "surplus_fte": surplus[over],
        },
        schema=OVER,
    )
    return found.fill_nan(None).sort("surplus_fte", "zone", descending=[True, False], nulls_last=True)


def _end_of_priority(zoning: Zoning) -> Floats:
    """The greatest value of the classes with the first aids, in each zone; NaN where there is none."""
    cuts = np.broadcast_to(zoning.classed.cuts, (zoning.mesh.size, zoning.classed.cuts.shape[-1]))
    first = [place for place, one in enumerate(zoning.rule.cut[:-1]) if one.role == "priority"]
    if not first:
        return np.full(zoning.mesh.size, np.nan)
    found: Floats = cuts[:, first].max(axis=1)
    return found


def _heads(zoning: Zoning, field: Field) -> Floats:
    heads = practitioners(zoning, field)
    if heads is None:
        return np.full(zoning.mesh.size, np.nan)
    return summed(heads, zoning.mesh.index, zoning.mesh.size)


def _fte(zoning: Zoning, distance: Floats) -> Floats:
    per = professions()[zoning.rule.profession].people_per_unit
    return np.full_like(distance, np.nan) if per is None else distance * zoning.valued.demand / per
