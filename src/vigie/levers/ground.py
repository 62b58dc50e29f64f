"""The ground that scenarios are played on: places, people, practitioners, published APL, and the weights between them.

Everything that does not depend on a scenario is prepared once (:func:`prepare`). The published APL is never computed
again: a scenario moves it by the model's change (:func:`vigie.access.anchored`), under several models of travel and of
decay. The central one is the first; the others give the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Indices, Integers, quantities
from vigie.access.decay import Decay, weights
from vigie.access.travel import DETOUR, Ids, Points, crow_fly
from vigie.errors import InputError, Where

HOUR = 60.0  # minutes: « dense and under-dense zones less than an hour apart » ([C], chapter III)
NEAR = 30.0  # minutes: « within 30 minutes of a doctor »
LONGEST = 20.0  # minutes of the longest decay
RADIUS = 26.0  # km as the crow flies: the fitted times were looked at no farther
_FAR = 60.0  # km: beyond this no one looks for the nearest doctor


@dataclass(frozen=True)
class Roads:
    """One model of travel with the weights of several decays, first the central one.

    Every place is a site and a trip takes as long both ways, so that the matrix is symmetric: its rows serve as its
    columns. ``weights`` (pairs × decays, single precision: half the memory to read), ``in_reach`` Σ_i w_ij P_i per site
    and decay, and ``access`` A_i of the model before any scenario.
    """

    name: str
    decay_names: tuple[str, ...]
    decays: tuple[Decay, ...]
    points: Points
    indptr: Integers
    indices: Indices
    weights: npt.NDArray[np.float32]
    in_reach: Floats
    access: Floats

    @cached_property
    def tree(self) -> Any:
        """The places by their position, for who is near: made when trips first change."""
        from scipy.spatial import cKDTree

        return cKDTree(self.points.position)


@dataclass(frozen=True)
class Ground:
    """Places with what a scenario needs, one entry per place in all the arrays.

    ``people`` residents; ``demand`` standardised population P*; ``published`` APL, NaN where none; ``supply``
    consultations a year of the practitioners at work (``heads``) at the model's activity; ``nearest`` minutes to the
    nearest of them, infinite beyond reach; ``year`` of the published APL.
    """

    profession: str
    year: str
    ids: Ids
    people: Floats
    demand: Floats
    published: Floats
    supply: Floats
    heads: Floats
    roads: tuple[Roads, ...]
    nearest: Floats

    @property
    def variants(self) -> list[str]:
        """The names of the models, ``travel/decay``, the central one first."""
        return [f"{road.name}/{name}" for road in self.roads for name in road.decay_names]

    @cached_property
    def even(self) -> dict[str, Floats]:
        """By the name of the travel, the access (places × decays) that a supply of one per inhabitant would give."""
        return {road.name: _access(road.indptr, road.indices, road.weights, road.in_reach[:, :, None], self.demand)
                for road in self.roads}  # fmt: skip


def prepare(
    profession: str,
    year: str,
    ids: Ids,
    people: npt.ArrayLike,
    demand: npt.ArrayLike,
    published: npt.ArrayLike,
    supply: npt.ArrayLike,
    heads: npt.ArrayLike,
    travels: Sequence[tuple[str, Points, dict[str, Decay]]],
) -> Ground:
    """The ground of these places; ``travels`` gives name, points and decays by name of each model.

    Raises InputError for a quantity that is missing or negative, or decays that reach beyond :data:`LONGEST`.
    """
    size = ids.size
    demands = quantities(demand, "demand", size, ids)
    counted = quantities(heads, "heads", size, ids)
    offered = quantities(supply, "supply", size, ids)
    roads = tuple(_roads(name, points, decays, demands, offered) for name, points, decays in travels)
    return Ground(
        profession,
        year,
        ids,
        quantities(people, "people", size, ids),
        demands,
        np.asarray(published, dtype=np.float64),
        offered,
        counted,
        roads,
        _nearest(travels[0][1], counted > 0),
    )


def _roads(name: str, points: Points, decays: dict[str, Decay], demand: Floats, supply: Floats) -> Roads:
    if max(decay.limit for decay in decays.values()) > LONGEST:
        raise InputError(
            f"décroissance au-delà de {LONGEST:g} min.",
            f"decay beyond {LONGEST:g} min.",
            where=Where(column="decay"),
        )
    travel = crow_fly(points, points, LONGEST, radius=RADIUS)
    pulls = np.column_stack([weights(decay, travel.minutes) for decay in decays.values()]).astype(np.float32)
    in_reach = np.zeros((points.ids.size, len(decays), 1))
    add(travel.indptr, travel.indices, pulls, np.arange(points.ids.size), demand[:, None, None], in_reach)
    access = _access(travel.indptr, travel.indices, pulls, in_reach, supply)
    return Roads(
        name,
        tuple(decays),
        tuple(decays.values()),
        points,
        travel.indptr,
        travel.indices,
        pulls,
        in_reach[:, :, 0],
        access,
    )


def _access(
    indptr: Integers, indices: Indices, pulls: npt.NDArray[np.float32], in_reach: Floats, supply: Floats
) -> Floats:
    """Σ_j w_ij S_j / D_j (places × decays); ``in_reach`` has a last axis of one."""
    rate = np.divide(supply[:, None, None], in_reach, out=np.zeros_like(in_reach), where=in_reach > 0)
    access = np.zeros_like(in_reach)
    add(indptr, indices, pulls, np.arange(supply.size), rate, access)
    return access[:, :, 0]


def add(
    indptr: Integers,
    indices: Indices,
    pulls: npt.NDArray[np.float32],
    rows: Integers,
    values: Floats,
    result: Floats,
) -> None:
    """:func:`vigie.levers.kernels.scatter`, ``values`` being the same for every decay where it has one of them only."""
    from vigie.levers import kernels

    wanted = (rows.size, pulls.shape[1], values.shape[2])
    kernels.scatter(
        indptr, indices, pulls, rows.astype(np.int64), np.ascontiguousarray(np.broadcast_to(values, wanted)), result
    )


def minutes_from(points: Points, place: int, others: Integers | None = None) -> Floats:
    """Minutes from one place to the others (all of them without), as :func:`vigie.access.travel.crow_fly` counts.

    Infinite in another zone.
    """
    chosen: Integers | slice = slice(None) if others is None else others
    metres = np.sqrt(((points.position[chosen] - points.position[place]) ** 2).sum(axis=1))
    pace = 0.5 * (points.pace[chosen] + points.pace[place])
    minutes = points.access[chosen] + points.access[place] + metres * (DETOUR / 1000.0) * pace
    minutes[points.zone[chosen] != points.zone[place]] = np.inf
    minutes[place if others is None else others == place] = points.own[place]
    return np.asarray(minutes, dtype=np.float64)


def _nearest(points: Points, opened: npt.NDArray[np.bool_]) -> Floats:
    """Minutes from each place to the nearest that is ``opened``; infinite where none is within :data:`_FAR` km."""
    from scipy.spatial import cKDTree

    result = np.full(points.ids.size, np.inf)
    for zone in np.unique(points.zone):
        here = np.flatnonzero(points.zone == zone)
        there = here[opened[here]]
        if not there.size:
            continue
        # The nearest in time is among the nearest on the ground, speeds differing little from place to place.
        known = min(12, there.size)
        metres, found = cKDTree(points.position[there]).query(
            points.position[here], k=[*range(1, known + 1)], distance_upper_bound=1000.0 * _FAR
        )
        reached = np.isfinite(metres)
        sites = there[np.where(reached, found, 0)]
        pace = 0.5 * (points.pace[here][:, None] + points.pace[sites])
        minutes = points.access[here][:, None] + points.access[sites] + metres * (DETOUR / 1000.0) * pace
        same = sites == here[:, None]
        result[here] = np.where(reached, np.where(same, points.own[here][:, None], minutes), np.inf).min(axis=1)
    return result
