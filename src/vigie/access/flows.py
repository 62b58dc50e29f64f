"""Who provides the access of every group of places, and with whom it is shared, all groups at once.

What :func:`vigie.access.explain.territory_providers` and :func:`vigie.access.explain.territory_sharers` say of one
territory, for thousands of them: of the supply S_j of site j, place i can reach P_i w_ij R_j (see
:mod:`vigie.access.catchment`); those flows are added up by group of places and by unit at the other end. As in
:mod:`vigie.access.symmetric`, every place is a site and a trip takes as long both ways.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, quantities
from vigie.access.catchment import Catchment
from vigie.errors import InputError, Where


@dataclass(frozen=True)
class Flows:
    """The access of groups (rows), by the units at the other end.

    ``known`` False where a group has no demand or nothing in reach: its other figures then say nothing. ``minutes`` is
    the mean trip, over what flows to the group; ``own`` the share that its own places provide and ``own_use`` the share
    of the use of its sites that is its own; ``providers`` and ``sharers`` how many units there are at the other end.
    ``provider`` and ``sharer`` (groups × top) are units, the greatest first and -1 after the last, with their
    ``provided`` share, the ``provider_minutes`` of their trips and their ``shared`` part of the use.
    """

    known: npt.NDArray[np.bool_]
    minutes: Floats
    own: Floats
    providers: Integers
    own_use: Floats
    sharers: Integers
    provider: Integers
    provided: Floats
    provider_minutes: Floats
    sharer: Integers
    shared: Floats


def flows(
    catchment: Catchment,
    supply: npt.ArrayLike,
    starts: Integers,
    members: Integers,
    unit: Integers,
    top: int,
) -> Flows:
    """The flows of groups of places: group g is ``members[starts[g]:starts[g+1]]``, positions of places.

    ``unit`` numbers from 0 the unit that each place counts in, as a provider and as a sharer; the ``top`` greatest of
    each are told. The travel times of ``catchment`` must be the same both ways, which is not checked but for the places
    being the sites. Raises InputError where places are not sites or have no unit, and for a supply that is missing or
    negative.
    """
    from vigie.access import flow_kernels, kernels

    travel = catchment.travel
    size = travel.places.size
    if travel.sites.size != size or unit.size != size or (size and int(unit.min()) < 0):
        raise InputError(
            f"{size} lieux, {travel.sites.size} sites et {unit.size} unités : chaque lieu est un site et a une unité.",
            f"{size} places, {travel.sites.size} sites and {unit.size} units: every place is a site and has a unit.",
            where=Where(column="unit"),
        )
    offered = quantities(supply, "supply", size, travel.sites)
    reach = catchment.demand_in_reach
    per_person = np.divide(1.0, reach, out=np.zeros_like(reach), where=reach > 0)
    groups, units = starts.size - 1, int(unit.max(initial=0)) + 1
    rows, columns = travel.indptr.astype(np.int64), travel.indices.astype(np.int32)
    told = np.zeros((groups, 6))
    provider, sharer = np.full((groups, top), -1, dtype=np.int64), np.full((groups, top), -1, dtype=np.int64)
    provided, shared = np.zeros((groups, top, 2)), np.zeros((groups, top))

    def fill(first: int, last: int) -> None:
        flow_kernels.gather_flows(
            rows, columns, travel.minutes, catchment.weight.data, catchment.demand, per_person, offered * per_person,
            starts.astype(np.int64), members.astype(np.int64), unit.astype(np.int64), units, told, provider, provided,
            sharer, shared, first, last,
        )  # fmt: skip

    kernels.share(fill, groups)
    return Flows(
        known=told[:, 5] > 0,
        minutes=told[:, 0],
        own=told[:, 1],
        providers=told[:, 2].astype(np.int64),
        own_use=told[:, 3],
        sharers=told[:, 4].astype(np.int64),
        provider=provider,
        provided=provided[:, :, 0],
        provider_minutes=provided[:, :, 1],
        sharer=sharer,
        shared=shared,
    )
