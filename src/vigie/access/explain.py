"""Explain: what stands behind a figure of access.

For a place: which sites provide how much of what it can reach, and with whom it shares them. For a site: whom it
serves. For a territory: how much of the change between two years comes from its own supply, its own demand and its
neighbours.

All of it follows from one flow: of the supply of site j, place i can reach ``P_i w_ij R_j`` (see
:mod:`vigie.access.catchment`). Summed over the sites it is P_i A_i, summed over the places it is S_j.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations, compress, product
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, Mask, quantities, sums
from vigie.access.catchment import Catchment, accessibility, prepare, rates, with_demand
from vigie.access.decay import Decay
from vigie.access.travel import Ids, TravelTimes
from vigie.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

Part = Literal["own_supply", "own_demand", "neighbour_supply", "neighbour_demand"]
PARTS: tuple[Part, ...] = ("own_supply", "own_demand", "neighbour_supply", "neighbour_demand")


def providers(catchment: Catchment, supply: npt.ArrayLike, place: str) -> pl.DataFrame:
    """The sites behind the access of ``place``, the largest first.

    Columns: ``site``, ``minutes``, ``weight`` w_ij, ``supply`` S_j, ``access`` w_ij R_j (they add up to A_i),
    ``amount`` P_i w_ij R_j (what all its inhabitants reach together) and ``share`` of A_i.
    Sites without supply are left out. Raises UnknownNameError for a place that the catchment does not have.
    """
    import polars as pl

    travel = catchment.travel
    row = _position(travel.places, place)
    offered = quantities(supply, "supply", travel.sites.size, travel.sites)
    span = slice(int(travel.indptr[row]), int(travel.indptr[row + 1]))
    columns = travel.indices[span]
    access = catchment.weight.data[span] * rates(catchment, offered)[columns]
    total = access.sum()
    return (
        pl.DataFrame(
            {
                "site": travel.sites[columns],
                "minutes": travel.minutes[span],
                "weight": catchment.weight.data[span],
                "supply": offered[columns],
                "access": access,
                "amount": access * catchment.demand[row],
                "share": access / total if total else access,
            }
        )
        .filter(pl.col("access") > 0)
        .sort("access", "site", descending=[True, False])
    )


def sharers(catchment: Catchment, supply: npt.ArrayLike, place: str) -> pl.DataFrame:
    """With whom ``place`` shares its sites, the largest part first, itself included.

    Columns: ``place`` k and ``share``, the part of k in the use of the sites, each site counting for its share in the
    access of ``place``: Σ_j (w_ij R_j / A_i) · (w_kj P_k / Σ_l w_lj P_l). The shares add up to 1. Empty when the place
    reaches no supply. Raises UnknownNameError for a place that the catchment does not have.
    """
    import polars as pl

    travel = catchment.travel
    row = _position(travel.places, place)
    offered = quantities(supply, "supply", travel.sites.size, travel.sites)
    reach = catchment.weight[[row], :]
    access = reach.data * rates(catchment, offered)[reach.indices]
    part = np.zeros(travel.sites.size)
    if access.sum() > 0:
        served = access > 0
        columns = reach.indices[served]
        part[columns] = access[served] / access.sum() / catchment.demand_in_reach[columns]
    share = (catchment.weight @ part) * catchment.demand
    return (
        pl.DataFrame({"place": travel.places, "share": share})
        .filter(pl.col("share") > 0)
        .sort("share", "place", descending=[True, False])
    )


def served(catchment: Catchment, supply: npt.ArrayLike, site: str) -> pl.DataFrame:
    """Whom ``site`` serves, the largest part first.

    Columns: ``place``, ``minutes``, ``weight``, ``demand`` P_i, ``amount`` P_i w_ij R_j (they add up to S_j)
    and ``share`` of S_j. Empty when nobody is in reach or the site has no supply.
    Raises UnknownNameError for a site that the catchment does not have.
    """
    import polars as pl

    travel = catchment.travel
    column = _position(travel.sites, site)
    offered = quantities(supply, "supply", travel.sites.size, travel.sites)
    pairs = np.flatnonzero(travel.indices == column)
    rows = travel.rows[pairs]
    pull = catchment.weight.data[pairs]
    amount = pull * catchment.demand[rows] * rates(catchment, offered)[column]
    return (
        pl.DataFrame(
            {
                "place": travel.places[rows],
                "minutes": travel.minutes[pairs],
                "weight": pull,
                "demand": catchment.demand[rows],
                "amount": amount,
                "share": amount / offered[column] if offered[column] else amount,
            }
        )
        .filter(pl.col("amount") > 0)
        .sort("amount", "place", descending=[True, False])
    )


def territory_providers(catchment: Catchment, supply: npt.ArrayLike, places: Mask) -> pl.DataFrame:
    """The sites behind the access of a territory, the mean of that of its ``places`` (a mask) weighted by demand.

    Columns: ``site``, ``minutes`` (mean over what flows to the territory), ``supply``, ``access`` (they add up to
    :func:`territory_access`), ``amount`` Σ_i P_i w_ij R_j and ``share``, the largest first; for one place, what
    :func:`providers` gives. Raises InputError if the territory has no demand.
    """
    import polars as pl

    travel = catchment.travel
    offered = quantities(supply, "supply", travel.sites.size, travel.sites)
    pairs, flow = _flows(catchment, offered, places)
    amount = sums(travel.indices[pairs], flow, travel.sites.size)
    spent = sums(travel.indices[pairs], flow * travel.minutes[pairs], travel.sites.size)
    kept = np.flatnonzero(amount)
    return pl.DataFrame(
        {
            "site": travel.sites[kept],
            "minutes": spent[kept] / amount[kept],
            "supply": offered[kept],
            "access": amount[kept] / catchment.demand[places].sum(),
            "amount": amount[kept],
            "share": amount[kept] / amount.sum() if kept.size else amount[kept],
        }
    ).sort("access", "site", descending=[True, False])


def territory_sharers(catchment: Catchment, supply: npt.ArrayLike, places: Mask) -> pl.DataFrame:
    """With whom a territory shares its sites, the largest part first, its own ``places`` (a mask) included.

    Columns: ``place`` k and ``share`` Σ_j (F_j / Σ F) · (w_kj P_k / Σ_l w_lj P_l), F_j being what flows from site j to
    the territory: they add up to 1. For one place, what :func:`sharers` gives. Raises InputError if the territory has
    no demand.
    """
    import polars as pl

    travel = catchment.travel
    offered = quantities(supply, "supply", travel.sites.size, travel.sites)
    pairs, flow = _flows(catchment, offered, places)
    amount = sums(travel.indices[pairs], flow, travel.sites.size)
    kept = amount > 0
    part = np.zeros(amount.size)
    part[kept] = amount[kept] / amount.sum() / catchment.demand_in_reach[kept]
    share = (catchment.weight @ part) * catchment.demand
    return (
        pl.DataFrame({"place": travel.places, "share": share})
        .filter(pl.col("share") > 0)
        .sort("share", "place", descending=[True, False])
    )


def _flows(catchment: Catchment, supply: Floats, places: Mask) -> tuple[Integers, Floats]:
    """The pairs of the territory, and what of each site's supply flows along each: P_i w_ij R_j."""
    if not catchment.demand[places].any():
        raise InputError("le territoire n'a pas de demande.", "the territory has no demand.")
    travel = catchment.travel
    pairs = np.flatnonzero(places[travel.rows])
    flow = catchment.demand[travel.rows[pairs]] * catchment.weight.data[pairs]
    return pairs, flow * rates(catchment, supply)[travel.indices[pairs]]


def territory_access(catchment: Catchment, supply: npt.ArrayLike, places: Mask) -> float:
    """Σ P_i A_i / Σ P_i over ``places`` (a mask): the access of a territory, weighted by its demand.

    Raises InputError if the territory has no demand.
    """
    people = np.where(places, catchment.demand, 0.0)
    if not people.any():
        raise InputError("le territoire n'a pas de demande.", "the territory has no demand.")
    return float(people @ np.nan_to_num(accessibility(catchment, supply)) / people.sum())


def decompose(
    travel: TravelTimes,
    decay: Decay,
    territory: Mask,
    own_sites: Mask,
    before: Mapping[Literal["demand", "supply"], npt.ArrayLike],
    after: Mapping[Literal["demand", "supply"], npt.ArrayLike],
) -> dict[Part, float]:
    """What the change of a territory's access between two years owes to each of :data:`PARTS`; they add up to it.

    ``territory`` marks its places and ``own_sites`` its sites; ``before`` and ``after`` hold ``demand`` per place and
    ``supply`` per site on the same travel times. Each part is a Shapley value (Shapley 1953; Shorrocks 2013): the mean,
    over the orders in which the four parts can move from ``before`` to ``after``, of what moving it changes. It is
    exact and owes nothing to the order. Own supply is that of the territory's sites, own demand that of its places;
    neighbours are all others. Raises InputError as :func:`vigie.access.catchment.prepare` and :func:`territory_access`.
    """
    catchment = prepare(travel, decay, before["demand"])
    values: dict[frozenset[Part], float] = {}
    for own_demand, neighbour_demand in product((False, True), repeat=2):
        demand = _mixed(before["demand"], after["demand"], territory, own_demand, neighbour_demand)
        around = with_demand(catchment, demand)
        for own_supply, neighbour_supply in product((False, True), repeat=2):
            supply = _mixed(before["supply"], after["supply"], own_sites, own_supply, neighbour_supply)
            moved = (own_supply, own_demand, neighbour_supply, neighbour_demand)
            values[frozenset(compress(PARTS, moved))] = territory_access(around, supply, territory)
    return {part: _shapley(part, values) for part in PARTS}


def _shapley(part: Part, values: Mapping[frozenset[Part], float]) -> float:
    others = [other for other in PARTS if other != part]
    total = 0.0
    for size in range(len(others) + 1):
        orders = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(PARTS))
        for moved in combinations(others, size):
            total += orders * (values[frozenset((*moved, part))] - values[frozenset(moved)])
    return total


def _mixed(before: npt.ArrayLike, after: npt.ArrayLike, own: Mask, own_moved: bool, others_moved: bool) -> Floats:
    moved = np.where(own, own_moved, others_moved)
    return np.where(moved, np.asarray(after, dtype=np.float64), np.asarray(before, dtype=np.float64))


def _position(ids: Ids, wanted: str) -> int:
    found = np.flatnonzero(ids == wanted)
    if not found.size:
        raise UnknownNameError(
            f"lieu inconnu : {wanted}.",
            f"unknown place: {wanted}.",
            remedy_fr="Donnez un identifiant de la table des lieux.",
            remedy_en="Give an id of the table of places.",
        )
    return int(found[0])
