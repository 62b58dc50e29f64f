"""What stands behind a figure of access: which sites, shared with whom; whom a site serves; what changed and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from vigie.access.arrays import Mask
from vigie.access.catchment import prepare
from vigie.access.decay import Decay
from vigie.access.explain import (
    PARTS,
    Part,
    decompose,
    served,
    territory_access,
    territory_providers,
    territory_sharers,
)
from vigie.access.travel import TravelTimes
from vigie.editions.grounds import Ground, some
from vigie.errors import UnknownNameError


@dataclass(frozen=True)
class Explained:
    """The access of a set of places, in the unit of the ground.

    ``value`` is the mean weighted by demand (the value itself for one place), ``published`` the published one where
    known. ``providers``: site, name, minutes (weighted by what flows), supply, access, share (adding up to 1).
    ``sharers``: place, name, share of the use of those sites, the places themselves included.
    """

    value: float
    published: float | None
    demand: float
    providers: pl.DataFrame
    sharers: pl.DataFrame


def explain_places(ground: Ground, travel: TravelTimes, decay: Decay, ids: Sequence[str]) -> Explained:
    """Which sites make up the access of the places ``ids``, and who else uses them.

    Raises InputError for places without demand, UnknownNameError when the ground has none of them.
    """
    catchment = prepare(travel, decay, ground.demand)
    inside = _mask(ground.places, ids)
    own = ground.places.filter(pl.Series(inside))
    names = _names(ground)
    behind = territory_providers(catchment, ground.supply, inside)
    others = territory_sharers(catchment, ground.supply, inside)
    return Explained(
        value=territory_access(catchment, ground.supply, inside) * ground.scale,
        published=_published(own),
        demand=float(own["demand"].sum()),
        providers=_named(behind, "site", names).select(
            "site", "name", "minutes", "supply", access=pl.col("access") * ground.scale, share="share"
        ),
        sharers=_named(others, "place", names).select("place", "name", "share"),
    )


def _named(table: pl.DataFrame, column: str, names: pl.DataFrame) -> pl.DataFrame:
    return table.join(names.rename({"id": column}), on=column, how="left", maintain_order="left")


def _published(own: pl.DataFrame) -> float | None:
    if "published" not in own.columns:
        return None
    known = own.drop_nulls("published")
    weight = float(known["demand"].sum())
    return float((known["published"] * known["demand"]).sum()) / weight if weight else None


def explain_sites(ground: Ground, travel: TravelTimes, decay: Decay, sites: Sequence[str]) -> pl.DataFrame:
    """Whom some sites serve together, the largest part first.

    Columns: place, name, minutes (mean over what it receives), demand, amount, share. Raises UnknownNameError for a
    site that the ground does not have.
    """
    catchment = prepare(travel, decay, ground.demand)
    found = pl.concat(served(catchment, ground.supply, site) for site in sites)
    amount = pl.col("amount")
    places = found.group_by("place").agg(
        minutes=(pl.col("minutes") * amount).sum() / amount.sum(), demand=pl.col("demand").first(), amount=amount.sum()
    )
    shared = _named(places, "place", _names(ground)).with_columns(share=amount / amount.sum())
    columns = ("place", "name", "minutes", "demand", "amount", "share")
    return shared.select(columns).sort("amount", "place", descending=[True, False])


@dataclass(frozen=True)
class Change:
    """The access of a territory before and after, and what the change owes to each of ``PARTS``; they add up to it."""

    before: float
    after: float
    parts: dict[Part, float]


def explain_change(before: Ground, after: Ground, travel: TravelTimes, decay: Decay, ids: Sequence[str]) -> Change:
    """What changed the access of the places ``ids``: own supply, own demand, neighbours' supply and demand.

    Own sites bear the id of one of the places, or, where sites have ids of their own, have one as their nearest place.
    Both grounds have the same places and sites (:func:`paired`), of which ``travel`` has the times. Raises InputError
    for a territory without demand.
    """
    inside, own_sites = _mask(before.places, ids), before.sites["id"].is_in(list(ids)).to_numpy()
    if not before.shared_ids:
        own_sites = _nearest_inside(before, travel, inside)
    first, second = (_quantities(one) for one in (before, after))
    values = [_territory(travel, decay, one, inside) * before.scale for one in (before, after)]
    parts = decompose(travel, decay, inside, own_sites, first, second)
    return Change(values[0], values[1], {part: parts[part] * before.scale for part in PARTS})


def _quantities(ground: Ground) -> dict[Literal["demand", "supply"], npt.ArrayLike]:
    return {"demand": ground.demand, "supply": ground.supply}


def _territory(travel: TravelTimes, decay: Decay, ground: Ground, inside: Mask) -> float:
    return territory_access(prepare(travel, decay, ground.demand), ground.supply, inside)


def _nearest_inside(ground: Ground, travel: TravelTimes, inside: Mask) -> Mask:
    """The sites whose nearest place is of the territory: where sites bear ids of their own."""
    own = np.zeros(ground.sites.height, dtype=np.bool_)
    order = np.lexsort((travel.rows, travel.minutes))
    sites, first = np.unique(travel.indices[order], return_index=True)
    own[sites] = inside[travel.rows[order][first]]
    return own


def paired(before: Ground, after: Ground) -> tuple[Ground, Ground]:
    """The two grounds over the places and sites of both: who is in one only has no demand, no supply, in the other.

    The coordinates are those of the later ground, else of the earlier.
    """
    places = _both(before.places, after.places, "demand")
    sites = _both(before.sites, after.sites, "supply")
    return (
        replace(before, places=places[0], sites=sites[0]),
        replace(after, places=places[1], sites=sites[1]),
    )


def _both(one: pl.DataFrame, other: pl.DataFrame, quantity: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables over the ids of either, sorted, with a ``quantity`` of 0 where an id is not."""
    everyone = pl.concat([other.drop(quantity), one.drop(quantity)], how="diagonal").unique("id", keep="first")

    def filled(table: pl.DataFrame) -> pl.DataFrame:
        joined = everyone.join(table.select("id", quantity), on="id", how="left").sort("id")
        return joined.with_columns(pl.col(quantity).fill_null(0.0))

    return filled(one), filled(other)


def _mask(places: pl.DataFrame, ids: Sequence[str]) -> Mask:
    inside: Mask = places["id"].is_in(list(ids)).to_numpy()
    if not inside.any():
        raise UnknownNameError(
            f"aucun de ces lieux n'est dans la demande\u202f: {some(list(ids))}.",
            f"none of these places is in the demand: {some(list(ids))}.",
        )
    return inside


def _names(ground: Ground) -> pl.DataFrame:
    """id and name of the places; the id itself where the ground has no names."""
    if "name" in ground.places.columns:
        return ground.places.select("id", "name")
    return ground.places.select("id", name=pl.col("id"))
