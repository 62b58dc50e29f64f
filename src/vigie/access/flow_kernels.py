"""The loop of :mod:`vigie.access.flows`, compiled by Numba and cached on disk.

Import this module inside functions only.

It frees the interpreter's lock; every sum runs in an order that does not depend on the number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vigie.access.arrays import Floats, Indices, Integers


@njit(cache=True, nogil=True)
def greatest(values: Floats, found: Integers, count: int, kept: Integers) -> int:
    """Write the units of the greatest ``values`` (positive) among ``found[:count]`` in ``kept``; how many they are.

    The greatest first, and of two equal ones the unit of the lower number.
    """
    room = min(kept.size, count)
    for k in range(room):
        best = -1
        for t in range(count):
            unit = found[t]
            if best < 0 or values[unit] > values[best] or (values[unit] == values[best] and unit < best):
                best = unit
        kept[k] = best
        values[best] = -values[best]  # out of the next rounds
    for k in range(room):
        values[kept[k]] = -values[kept[k]]
    return room


@njit(cache=True, nogil=True)
def gather_flows(
    indptr: Integers,
    indices: Indices,
    minutes: Floats,
    weight: Floats,
    demand: Floats,
    per_person: Floats,
    rate: Floats,
    starts: Integers,
    members: Integers,
    unit: Integers,
    units: int,
    told: Floats,
    provider: Integers,
    provided: Floats,
    sharer: Integers,
    shared: Floats,
    first: int,
    last: int,
) -> None:
    """Fill the rows ``first`` to ``last`` of what :func:`vigie.access.flows.flows` returns.

    The matrix of pairs is symmetric: its rows serve as its columns. ``per_person`` is 1 / Σ w P of each site, 0 where
    nobody is in reach, and ``rate`` its supply times that; ``told`` (groups × 6) takes minutes, own share, units that
    provide, own use, units that share and whether there is any access.
    """
    size = demand.size
    amount, spent = np.zeros(size), np.zeros(size)
    touched = np.empty(size, dtype=np.int64)
    flow, time, use = np.zeros(units), np.zeros(units), np.zeros(units)
    found = np.empty(units, dtype=np.int64)
    inside = np.full(size, -1, dtype=np.int64)
    for g in range(first, last):
        count = 0
        for m in range(starts[g], starts[g + 1]):
            i = members[m]
            inside[i] = g
            if demand[i] <= 0:
                continue
            for k in range(indptr[i], indptr[i + 1]):
                j = indices[k]
                if rate[j] == 0:
                    continue
                moved = demand[i] * weight[k] * rate[j]
                if moved > 0:
                    if amount[j] == 0:
                        touched[count] = j
                        count += 1
                    amount[j] += moved
                    spent[j] += moved * minutes[k]
        total, trip, own, own_use = 0.0, 0.0, 0.0, 0.0
        for t in range(count):
            total += amount[touched[t]]
        if total == 0:
            continue
        others = 0
        for t in range(count):
            j = touched[t]
            u = unit[j]
            if flow[u] == 0:
                found[others] = u
                others += 1
            flow[u] += amount[j]
            time[u] += spent[j]
            trip += spent[j]
            if inside[j] == g:
                own += amount[j]
        kept = greatest(flow, found, others, provider[g])
        for k in range(kept):
            u = provider[g, k]
            provided[g, k, 0] = flow[u] / total
            provided[g, k, 1] = time[u] / flow[u]
        told[g, 0], told[g, 1], told[g, 2] = trip / total, own / total, others
        for t in range(others):
            flow[found[t]] = 0.0
            time[found[t]] = 0.0
        others = 0
        for t in range(count):
            j = touched[t]
            part = amount[j] / total * per_person[j]
            for k in range(indptr[j], indptr[j + 1]):
                i = indices[k]
                taken = part * weight[k] * demand[i]
                if taken > 0:
                    u = unit[i]
                    if use[u] == 0:
                        found[others] = u
                        others += 1
                    use[u] += taken
                    if inside[i] == g:
                        own_use += taken
            amount[j] = 0.0
            spent[j] = 0.0
        kept = greatest(use, found, others, sharer[g])
        for k in range(kept):
            shared[g, k] = use[sharer[g, k]]
        told[g, 3], told[g, 4], told[g, 5] = own_use, others, 1.0
        for t in range(others):
            use[found[t]] = 0.0
