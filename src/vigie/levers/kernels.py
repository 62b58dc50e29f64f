"""The loops that Numba compiles: what a change brings to the places around, and its count. Import inside functions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from vigie.access.arrays import Floats, Indices, Integers


@njit(cache=True, nogil=True)
def scatter(
    indptr: Integers,
    indices: Indices,
    weights: npt.NDArray[np.float32],
    rows: Integers,
    values: Floats,
    result: Floats,
) -> None:
    """Add to ``result[i, d]`` the sum over the ``rows`` j of ``weights[ij, d] · values[j's number, d]``.

    ``weights`` (pairs × decays) in compressed rows of a symmetric matrix; ``values`` (rows × decays × columns);
    ``result`` (places × decays × columns).
    """
    decays, columns = values.shape[1], values.shape[2]
    # Each pair is read once, whatever is carried over it; the two widths that scenarios have are written out.
    for number in range(rows.size):
        start, end = indptr[rows[number]], indptr[rows[number] + 1]
        if decays == 3 and columns == 1:
            fitted, linear, steps = values[number, 0, 0], values[number, 1, 0], values[number, 2, 0]
            for pair in range(start, end):
                place = indices[pair]
                result[place, 0, 0] += np.float64(weights[pair, 0]) * fitted
                result[place, 1, 0] += np.float64(weights[pair, 1]) * linear
                result[place, 2, 0] += np.float64(weights[pair, 2]) * steps
        elif columns == 3:
            for pair in range(start, end):
                place = indices[pair]
                for decay in range(decays):
                    pull = np.float64(weights[pair, decay])
                    result[place, decay, 0] += pull * values[number, decay, 0]
                    result[place, decay, 1] += pull * values[number, decay, 1]
                    result[place, decay, 2] += pull * values[number, decay, 2]
        else:
            for pair in range(start, end):
                place = indices[pair]
                for decay in range(decays):
                    pull = np.float64(weights[pair, decay])
                    for column in range(columns):
                        result[place, decay, column] += pull * values[number, decay, column]


@njit(cache=True, nogil=True)
def gather(
    indptr: Integers,
    indices: Indices,
    weights: npt.NDArray[np.float32],
    rows: Integers,
    values: Floats,
    result: Floats,
) -> None:
    """Add to ``result[j, d]``, for the ``rows`` j alone, the sum over the places i of ``weights[ij, d] · values[i]``.

    ``values`` (places × columns). What :func:`scatter` does from the other side, for many places and few rows.
    """
    decays, columns = weights.shape[1], values.shape[1]
    for number in range(rows.size):
        row = rows[number]
        for decay in range(decays):
            for column in range(columns):
                total = 0.0
                for pair in range(indptr[row], indptr[row + 1]):
                    total += np.float64(weights[pair, decay]) * values[indices[pair], column]
                result[row, decay, column] += total


@njit(cache=True, nogil=True)
def combine(base: Floats, share: Floats, result: Floats) -> None:
    """Add to ``result[i, d, c]`` the sum over b of ``base[i, d, b] · share[d, b, c]``."""
    for place in range(base.shape[0]):
        for decay in range(base.shape[1]):
            for part in range(base.shape[2]):
                own = base[place, decay, part]
                for column in range(share.shape[2]):
                    result[place, decay, column] += own * share[decay, part, column]


@njit(cache=True, nogil=True)
def rate_change(
    supply: Floats, more_supply: Floats, reach: Floats, more_reach: Floats, rows: Integers, result: Floats
) -> None:
    """Fill ``result`` (rows × decays × columns) with (S + ΔS) / (D + ΔD) − S / D; a site that nobody reaches gives 0.

    ``supply`` per site, ``more_supply`` (sites × columns), ``reach`` (sites × decays), ``more_reach`` (sites × decays ×
    columns). What is left of a D by rounding, 1e-9 of it, is nobody.
    """
    for number in range(rows.size):
        site = rows[number]
        for decay in range(result.shape[1]):
            before = reach[site, decay]
            old = supply[site] / before if before > 0 else 0.0
            for column in range(result.shape[2]):
                after = before + more_reach[site, decay, column]
                new = (supply[site] + more_supply[site, column]) / after if after > 1e-9 * max(before, 1.0) else 0.0
                result[number, decay, column] = new - old


@njit(cache=True, nogil=True)
def spread(values: Floats, weights: Floats, order: Integers, found: Floats) -> None:
    """Fill ``found`` with the first and last deciles, the means of the extreme tenths and Gini's index.

    ``order`` is that of rising ``values``; a decile is the first value that its share of the weights does not exceed.
    """
    total = 0.0
    for place in order:
        total += weights[place]
    tenth, rounded = 0.1 * total, 1.0 - 1e-12
    upto, amount, unequal = 0.0, 0.0, 0.0
    least, lower, most, upper = 0.0, 0.0, 0.0, 0.0
    first, last = order.size - 1, order.size - 1
    for number in range(order.size):
        value, weight = values[order[number]], weights[order[number]]
        upto += weight
        if upto >= tenth * rounded and number < first:
            first = number
        if upto >= 0.9 * total * rounded and number < last:
            last = number
        low = min(max(tenth - (upto - weight), 0.0), weight)
        high = min(max(tenth - (total - upto), 0.0), weight)
        least, lower = least + low, lower + value * low
        most, upper = most + high, upper + value * high
        amount += value * weight
        unequal += value * weight * (2 * (upto - 0.5 * weight) - total)
    found[0], found[1] = values[order[first]], values[order[last]]
    found[2], found[3] = lower / least, upper / most
    found[4] = unequal / (total * amount) if amount > 0 else np.nan


@njit(cache=True, nogil=True)
def tally(
    rows: Integers,
    published: Floats,
    people: Floats,
    demand: Floats,
    change: Floats,
    limits: Floats,
    least: float,
    central: int,
    leave: Floats,
    enter: Floats,
    moved: Floats,
    told: Floats,
) -> None:
    """Count over ``rows`` (places with a published APL) what ``change`` (places × columns) does to it, never under 0.

    Adds to ``leave`` and ``enter`` (limits × columns) the people who leave each limit and who fall under it, to
    ``moved`` (columns) the demand times the change, and to ``told`` (2) the people whose central change is at least
    ``least`` up, and down.
    """
    for number in range(rows.size):
        place = rows[number]
        before = published[place]
        for column in range(change.shape[1]):
            step = change[place, column]
            if step == 0.0:
                continue
            after = max(before + step, 0.0)
            moved[column] += demand[place] * (after - before)
            for limit in range(limits.size):
                if before < limits[limit] and after >= limits[limit]:
                    leave[limit, column] += people[place]
                elif before >= limits[limit] and after < limits[limit]:
                    enter[limit, column] += people[place]
            if column == central:
                if after - before >= least:
                    told[0] += people[place]
                elif before - after >= least:
                    told[1] += people[place]


@njit(cache=True, nogil=True)
def ends(
    rows: Integers,
    published: Floats,
    change: Floats,
    least: float,
    low: Floats,
    high: Floats,
    kept: npt.NDArray[np.bool_],
) -> None:
    """Fill, for the places ``rows``, the lowest and highest change of the published APL; mark those of ``least``."""
    for number in range(rows.size):
        place = rows[number]
        before = published[place]
        if np.isnan(before):
            continue
        first = max(before + change[place, 0], 0.0) - before
        low[place], high[place] = first, first
        for column in range(1, change.shape[1]):
            step = max(before + change[place, column], 0.0) - before
            low[place], high[place] = min(low[place], step), max(high[place], step)
        kept[place] = high[place] >= least or low[place] <= -least
