"""The engine: how a change of supply, of demand or of trips moves the access of every place.

With supply S_j, demand P_i, weights w_ij and D_j = Σ_i w_ij P_i, access is A_i = Σ_j w_ij S_j / D_j. Only the sites
whose rate R_j = S_j / D_j changes are looked at, and from each of them the places that it reaches: exact, and the
nearer to nothing the smaller the change. ``reference.py`` says the same thing plainly.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from vigie.access.arrays import Floats, Integers
from vigie.access.decay import weights
from vigie.levers.effects import Change
from vigie.levers.ground import LONGEST, RADIUS, Ground, Roads, add, minutes_from

_NOTHING = 1e-12
"""Of a site's rate: a difference that small is rounding."""
_ASKED = 129
"""Sites that are looked at to find what most sites have in common."""
_LITTLE = 100_000
"""Pairs of a place that changes and one that it reaches: fewer are looked at in a few milliseconds."""


def change_of_access(ground: Ground, change: Change) -> list[Floats]:
    """A_after − A_before for each model of travel: an array (places × decays × columns), in consultations a year.

    Per standardised inhabitant before and after: where demand changes, after is per inhabitant who still asks.
    """
    return [_of_one(ground, road, change) for road in ground.roads]


def together(ground: Ground, change: Change, ramp: Change) -> tuple[list[Floats], Floats]:
    """What :func:`change_of_access` gives for ``change``, :func:`central_change` for ``ramp``, on several threads.

    Both have the central bound at the steady state: the last column of ``ramp``, and one of ``change``.
    """
    steady = change.columns.index(ramp.columns[-1])
    basis, share = proportional(np.column_stack([change.supply[:, steady], ramp.supply]))
    linear = change.demand is None and not change.trips and change.link is None and basis.shape[1] <= 1
    if _little(ground, change):
        found, years = change_of_access(ground, change), None if linear else central_change(ground, ramp)
    else:
        with ThreadPoolExecutor(len(ground.roads)) as pool:
            parts = [pool.submit(_of_one, ground, road, change) for road in ground.roads]
            last = None if linear else pool.submit(central_change, ground, ramp)
            found, years = [part.result() for part in parts], None if last is None else last.result()
    if years is not None:
        return found, years
    shares = share[0, 1:] if basis.shape[1] else np.zeros(len(ramp.columns))
    return found, found[0][:, 0, steady, None] * shares


def _little(ground: Ground, change: Change) -> bool:
    """Whether so few places change that threads would cost more than they save."""
    if change.trips or change.link is not None:
        return False
    moved = change.supply.any(axis=1)
    if change.demand is not None:
        moved |= change.demand.any(axis=1)
    rows, starts = np.flatnonzero(moved), ground.roads[0].indptr
    return int((starts[rows + 1] - starts[rows]).sum()) < _LITTLE


def central_change(ground: Ground, change: Change) -> Floats:
    """A_after − A_before (places × columns) under the central model alone."""
    return _of_one(ground, central(ground.roads[0]), change)[:, 0]


def central(road: Roads) -> Roads:
    """The same roads with the first decay alone."""
    return Roads(
        road.name, road.decay_names[:1], road.decays[:1], road.points, road.indptr, road.indices,
        road.weights[:, :1], road.in_reach[:, :1], road.access[:, :1],
    )  # fmt: skip


def _of_one(ground: Ground, road: Roads, change: Change) -> Floats:
    pairs = new_pairs(road, change)
    if change.demand is None and pairs is None:
        return _of_supply(ground, road, change.supply)
    result = np.zeros((ground.ids.size, len(road.decays), change.supply.shape[1]))
    return _with_demand(ground, road, change, pairs, result)


def _of_supply(ground: Ground, road: Roads, supply: Floats) -> Floats:
    """The change of access by a change of supply alone (places × columns), which is linear in it."""
    moved = np.flatnonzero(supply.any(axis=1))
    basis, share = proportional(supply[moved])
    reach = road.in_reach[moved][:, :, None]
    wide = (moved.size, len(road.decays), basis.shape[1])
    rate = np.divide(basis[:, None, :], reach, out=np.zeros(wide), where=reach > 0)
    found = np.zeros((supply.shape[0], *wide[1:]))
    _carry(ground, road, moved, rate, found)
    if basis.shape[1] == supply.shape[1]:
        return found
    result = np.zeros((*found.shape[:2], supply.shape[1]))
    _combine(found, share, result)
    return result


def _combine(base: Floats, share: Floats, result: Floats) -> None:
    """Add ``base`` (places × decays × parts) times ``share`` ((decays ×) parts × columns) to ``result``."""
    from vigie.levers import kernels

    wide = (base.shape[1], base.shape[2], result.shape[2])
    kernels.combine(base, np.ascontiguousarray(np.broadcast_to(share, wide)), result)


def _carry(ground: Ground, road: Roads, sites: Integers, steps: Floats, result: Floats) -> None:
    """Add to ``result`` what the ``steps`` of the rates of ``sites`` (rising; sites × decays × columns) are to places.

    Where most sites change by one share of their rate, as they do when all of France is given something, the access of
    every place changes by that share too, and only the other sites are looked at. So it is where most are given in
    proportion to their inhabitants, what such a supply gives to places being known.
    """
    for unit in (ground.supply, ground.demand):
        own = unit > 0
        share = _common(steps, _rates(unit, road, sites)) if 2 * sites.size > np.count_nonzero(own) else None
        if share is None:
            continue
        own[sites] = True
        every = np.flatnonzero(own)
        rates = _rates(unit, road, every)
        rest = np.zeros((every.size, *steps.shape[1:]))
        rest[np.searchsorted(every, sites)] = steps
        _combine(rates, -share[:, None, :], rest)
        apart = np.flatnonzero((np.abs(rest) > _NOTHING * rates).any(axis=(1, 2)))
        if apart.size < sites.size:
            whole = road.access if unit is ground.supply else ground.even[road.name][:, : len(road.decays)]
            _combine(whole[:, :, None], share[:, None, :], result)
            sites, steps = every[apart], rest[apart]
            break
    add(road.indptr, road.indices, road.weights, sites, steps, result)


def _rates(supply: Floats, road: Roads, sites: Integers) -> Floats:
    """S / D of some sites (sites × decays × 1), 0 where nobody is in reach."""
    reach = road.in_reach[sites]
    return np.divide(supply[sites][:, None], reach, out=np.zeros_like(reach), where=reach > 0)[:, :, None]


def _common(values: Floats, unit: Floats) -> Floats | None:
    """The share of ``unit`` that most ``values`` are, by what comes after rows; None where some rows share none.

    The median over some of the rows that have a unit, if half of these are that much.
    """
    known = np.flatnonzero(unit.reshape(unit.shape[0], -1).all(axis=1))
    if not known.size:
        return None
    some = known[:: max(known.size // _ASKED, 1)]
    ratio = values[some] / unit[some]
    # The lower of two in the middle, never their mean: a share that sites do have.
    share = np.asarray(np.sort(ratio, axis=0)[(some.size - 1) // 2])
    alike = (np.abs(ratio - share) <= _NOTHING).reshape(some.size, -1).all(axis=1)
    return share if 2 * np.count_nonzero(alike) > some.size else None


def proportional(table: Floats) -> tuple[Floats, Floats]:
    """Columns and shares whose product is ``table``: fewer columns where some are multiples of others.

    The bounds of one lever and the years of its ramp are such multiples: one pass does for all of them. The table
    itself, with the identity, where it cannot be made narrower.
    """
    kept: list[int] = []
    share = np.zeros((table.shape[1], table.shape[1]))
    for column in range(table.shape[1]):
        own = table[:, column]
        for place, known in enumerate(kept):
            first = table[:, known]
            at = int(np.argmax(np.abs(first)))
            ratio = own[at] / first[at]
            if np.abs(own - ratio * first).max() <= 1e-12 * np.abs(own).max():
                share[place, column] = ratio
                break
        else:
            if own.any():
                share[len(kept), column] = 1.0
                kept.append(column)
    return table[:, kept], share[: len(kept)]


Pairs = tuple[Integers, Integers, Floats]
"""Places, sites and the change of weight between them (pairs × decays × columns)."""


def _with_demand(ground: Ground, road: Roads, change: Change, pairs: Pairs | None, result: Floats) -> Floats:
    from vigie.levers import kernels

    more = np.zeros_like(result)  # of D
    size = ground.ids.size
    # Where nobody practises before or after, the rate is 0 whatever the demand.
    offering = np.flatnonzero((ground.supply > 0) | change.supply.any(axis=1))
    if change.demand is not None:
        # D is linear in demand: what is a multiple of another column is gathered once, and what is a share of what is
        # asked everywhere is that share of D.
        basis, share = proportional(change.demand)
        wanted = more if basis.shape[1] == more.shape[2] else np.zeros((*more.shape[:2], basis.shape[1]))
        common = _common(basis, ground.demand[:, None])
        rest = basis
        if common is not None:
            rest = basis - common * ground.demand[:, None]
            rest[np.abs(rest) <= _NOTHING * ground.demand[:, None]] = 0.0
            _combine(road.in_reach[:, :, None], common, wanted)
        fewer = np.flatnonzero(rest.any(axis=1))
        if fewer.size < size // 8:
            add(road.indptr, road.indices, road.weights, fewer, rest[fewer][:, None, :], wanted)
        else:
            kernels.gather(road.indptr, road.indices, road.weights, offering, rest, wanted)
        if wanted is not more:
            _combine(wanted, share, more)
    if pairs is not None:
        places, sites, gained = pairs
        demand = ground.demand[:, None] + (0.0 if change.demand is None else change.demand)
        np.add.at(more, sites, gained * demand[places][:, None, :])
    touched = offering[more[offering].any(axis=(1, 2)) | change.supply[offering].any(axis=1)]
    if pairs is not None:
        touched = np.union1d(touched, pairs[1])
    steps = np.empty((touched.size, *result.shape[1:]))
    kernels.rate_change(ground.supply, change.supply, road.in_reach, more, touched, steps)
    _carry(ground, road, touched, steps, result)
    if pairs is not None:
        before = road.in_reach[sites]
        old = np.divide(ground.supply[sites][:, None], before, out=np.zeros_like(before), where=before > 0)
        np.add.at(result, places, gained * (old[:, :, None] + steps[np.searchsorted(touched, sites)]))
    return result


def new_pairs(road: Roads, change: Change) -> Pairs | None:
    """The pairs whose weight a link or faster trips change; None where there are none."""
    if change.link is None and not change.trips:
        return None
    columns = change.supply.shape[1]
    found = [_linked(road, change.link, columns)] if change.link else []
    found += [_faster(road, change, place, saved, share) for place, saved, share in change.trips]
    places, sites, gained = (np.concatenate(parts) for parts in zip(*found, strict=True))
    kept = gained.any(axis=(1, 2))
    return places[kept], sites[kept], gained[kept]


def _pulls(road: Roads, minutes: Floats) -> Floats:
    """The weight of each decay at these minutes, in the precision of the matrix (pairs × decays)."""
    within = np.where(minutes <= LONGEST, minutes, LONGEST + 1.0)
    return np.column_stack([weights(decay, within).astype(np.float32) for decay in road.decays]).astype(np.float64)


def direct(road: Roads, place: int, others: Integers | None = None) -> Floats:
    """Minutes without the new link; infinite beyond :data:`RADIUS`, where the model looks at no pair."""
    minutes = minutes_from(road.points, place, others)
    chosen: Integers | slice = slice(None) if others is None else others
    metres = np.sqrt(((road.points.position[chosen] - road.points.position[place]) ** 2).sum(axis=1))
    minutes[metres > 1000.0 * RADIUS] = np.inf
    return minutes


def over_link(road: Roads, link: tuple[int, int, float], place: int, others: Integers | None = None) -> Floats:
    """Minutes from ``place`` to the others (all of them without), over the new link where that is shorter."""
    first, second, minutes = link
    ways = [direct(road, place, others)]
    for near, far in ((first, second), (second, first)):
        to_near = float(minutes_from(road.points, near, np.array([place]))[0])
        ways.append(to_near + minutes + minutes_from(road.points, far, others))
    result: Floats = np.minimum.reduce(ways)
    return result


def _linked(road: Roads, link: tuple[int, int, float], columns: int) -> Pairs:
    first, second, minutes = link
    from_first, from_second = minutes_from(road.points, first), minutes_from(road.points, second)
    near = np.flatnonzero(np.minimum(from_first, from_second) + minutes <= LONGEST)
    found: list[Pairs] = []
    for place in near.tolist():
        old, new = direct(road, place, near), over_link(road, link, place, near)
        shorter = np.flatnonzero((new < old - 1e-9) & (new <= LONGEST))
        gained = _pulls(road, new[shorter]) - _pulls(road, old[shorter])
        found.append((np.full(shorter.size, place), near[shorter], np.repeat(gained[:, :, None], columns, axis=2)))
    if not found:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, np.empty((0, len(road.decays), columns))
    places, sites, gained = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return places, sites, gained


def _faster(road: Roads, change: Change, place: int, saved: float, share: Floats) -> Pairs:
    if change.link:
        ends = (place, *change.link[:2])
        around = np.unique(np.concatenate([_around(road, end) for end in ends]))
        old = over_link(road, change.link, place, around)
    else:
        around = _around(road, place)
        old = direct(road, place, around)
    kept = old <= LONGEST + saved
    sites, old = around[kept], old[kept]
    gained = (_pulls(road, np.maximum(old - saved, 0.0)) - _pulls(road, old))[:, :, None] * share
    return np.full(sites.size, place), sites, gained


def _around(road: Roads, place: int) -> Integers:
    """The places within :data:`RADIUS` or little more, rising: a first sieve. Zones may overlap in it."""
    found = road.tree.query_ball_point(road.points.position[place], 1000.0 * RADIUS * (1 + 1e-9), return_sorted=True)
    return np.array(found, dtype=np.int64)
