"""The loops that Numba compiles: shortest paths, the grid, many scenarios. Import this module inside functions only.

Compiling is cached on disk. The loops free the interpreter's lock and :func:`share` runs them on ordinary threads:
Numba's own parallel loops take ten times as long to compile and must not be entered from two threads at once, which a
server does. Every sum runs in an order that does not depend on the number of threads: same bits on one or many.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from vigie.access.arrays import Floats, Indices, Integers, Mask
from vigie.access.pairs import Views


def threads() -> int:
    """As many threads as Numba may use: ``NUMBA_NUM_THREADS``, by default one per processor."""
    return int(os.environ.get("NUMBA_NUM_THREADS", 0)) or os.cpu_count() or 1


def share(work: Callable[[int, int], None], size: int) -> None:
    """Call ``work(first, last)`` on slices that cover 0 to ``size``, on as many threads as Numba may use."""
    workers = max(1, min(threads(), size))
    # A few slices a thread, so that one thread is not left with all the crowded ones.
    edges = np.linspace(0, size, 4 * workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, *edges[k : k + 2]) for k in range(4 * workers)]:
            done.result()


@njit(cache=True, nogil=True)
def shortest_from(
    indptr: Indices,
    heads: Indices,
    minutes: Floats,
    sources: Integers,
    budgets: Floats,
    width: float,
    site_starts: Indices,
    sites: Indices,
    site_access: Floats,
    best: Floats,
    touched: Indices,
    before: Indices,
    after: Indices,
    buckets: Indices,
    found_sites: Indices,
    found_minutes: Floats,
    counts: Integers,
    first: int,
    last: int,
) -> None:
    """Shortest paths from ``sources[first:last]`` (nodes), each as far as its budget, on a graph in compressed rows.

    Nodes wait in buckets of ``width`` minutes, each a list linked through ``before`` and ``after``, and leave the
    first bucket that is not empty (Dial 1969; Meyer and Sanders 2003). A node that its bucket still improves is looked
    at again, so that the times are those of Dijkstra, to the bit, whatever the width.

    The sites at node v are ``sites[site_starts[v]:site_starts[v+1]]``. Fills, for source number s, the first
    ``counts[s]`` of ``found_sites[s]`` and ``found_minutes[s]`` with the sites whose minutes on the road plus
    ``site_access`` are within ``budgets[s]``. ``best``, ``touched``, ``before`` and ``after`` (a value per node) and
    ``buckets`` (one more than the largest budget / width) are room to work in; before and after, ``best`` is infinite,
    ``before`` −2 (not waiting) and ``buckets`` −1 (empty).
    """
    scale = 1.0 / width
    for s in range(first, last):
        counts[s] = 0
        budget = budgets[s]
        if budget < 0:
            continue
        start = sources[s]
        best[start] = 0.0
        touched[0] = start
        reached = 1
        before[start], after[start], buckets[0] = -1, -1, start
        waiting = 1
        bucket = 0
        while waiting > 0:
            node = buckets[bucket]
            if node < 0:
                bucket += 1
                continue
            behind = after[node]
            buckets[bucket] = behind
            if behind >= 0:
                before[behind] = -1
            before[node] = -2
            waiting -= 1
            time = best[node]
            for edge in range(indptr[node], indptr[node + 1]):
                later = time + minutes[edge]
                head = heads[edge]
                known = best[head]
                if later > budget or later >= known:
                    continue
                best[head] = later
                there = int(later * scale)
                if known == np.inf:
                    touched[reached] = head
                    reached += 1
                elif before[head] != -2:
                    former = int(known * scale)
                    if former == there:
                        continue
                    ahead, behind = before[head], after[head]
                    if ahead >= 0:
                        after[ahead] = behind
                    else:
                        buckets[former] = behind
                    if behind >= 0:
                        before[behind] = ahead
                    waiting -= 1
                behind = buckets[there]
                before[head], after[head], buckets[there] = -1, behind, head
                if behind >= 0:
                    before[behind] = head
                waiting += 1
        found = 0
        for k in range(reached):
            node = touched[k]
            for place in range(site_starts[node], site_starts[node + 1]):
                total = best[node] + site_access[sites[place]]
                if total <= budget:
                    found_sites[s, found] = sites[place]
                    found_minutes[s, found] = total
                    found += 1
            best[node] = np.inf
        counts[s] = found


@njit(cache=True, nogil=True)
def gather(
    columns: Indices,
    rows: Indices,
    table: Floats,
    source_columns: Indices,
    source_values: Floats,
    source_starts: Integers,
    result: Floats,
    first: int,
    last: int,
) -> None:
    """Σ of ``table[|Δrow|, |Δcolumn|]`` × value over the sources around each target ``first`` to ``last``.

    Targets and sources are cells sorted by row, then column; rows count from 0 and ``source_starts[r]`` is where row r
    begins. The sum goes row by row and along each row, whatever the slice: the same bits on any tile.
    """
    reach = table.shape[0] - 1
    height = source_starts.size - 1
    begins = np.empty(2 * reach + 1, dtype=np.int64)
    row = -1
    for t in range(first, last):
        if rows[t] != row:
            row = rows[t]
            for offset in range(2 * reach + 1):
                source_row = row + offset - reach
                begins[offset] = source_starts[source_row] if 0 <= source_row < height else 0
        column = columns[t]
        total = 0.0
        for offset in range(2 * reach + 1):
            source_row = row + offset - reach
            if source_row < 0 or source_row >= height:
                continue
            weights = table[abs(offset - reach)]
            end = source_starts[source_row + 1]
            k = begins[offset]
            while k < end and source_columns[k] < column - reach:
                k += 1
            begins[offset] = k
            while k < end and source_columns[k] <= column + reach:
                total += weights[abs(source_columns[k] - column)] * source_values[k]
                k += 1
        result[t] = total


@njit(cache=True, nogil=True)
def pair_minutes(
    indptr: Integers,
    indices: Indices,
    km: Floats,
    pace: Floats,
    access: float,
    minutes: Floats,
    first: int,
    last: int,
) -> None:
    """``minutes`` of each pair of some rows: road ``km`` at the mean pace, plus access twice; 0 at home."""
    for i in range(first, last):
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            minutes[k] = 0.0 if i == j else 2.0 * access + km[k] * 0.5 * (pace[i] + pace[j])


@njit(cache=True, nogil=True)
def line_weights(
    indptr: Integers,
    indices: Indices,
    minutes: Floats,
    step: float,
    levels: Floats,
    demand: Floats,
    weight: Floats,
    in_reach: Floats,
    first: int,
    last: int,
) -> None:
    """``weight`` of each pair by linear steps between ``levels``, and the demand in reach of each place as a site.

    Minutes are the same both ways, so a row serves as a column.
    """
    limit = step * (levels.size - 1)
    for i in range(first, last):
        total = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            w = 0.0
            if minutes[k] < limit:
                x = minutes[k] / step
                b = int(x)
                w = levels[b] + (levels[b + 1] - levels[b]) * (x - b)
                total += w * demand[indices[k]]
            weight[k] = w
        in_reach[i] = total


@njit(cache=True, nogil=True)
def product(
    indptr: Integers, indices: Indices, weight: Floats, vector: Floats, result: Floats, first: int, last: int
) -> None:
    """Rows ``first`` to ``last`` of a sparse product."""
    for i in range(first, last):
        total = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            total += weight[k] * vector[indices[k]]
        result[i] = total


@njit(cache=True, nogil=True)
def products(
    indptr: Indices,
    indices: Indices,
    weight: Floats,
    columns: Floats,
    filled: Mask,
    result: Floats,
    first: int,
    last: int,
) -> None:
    """Rows ``first`` to ``last`` of a sparse matrix by the many vectors that ``columns`` holds, a row per site.

    The sites that ``filled`` leaves out, whose row is 0, are skipped; the others are added four at a time, in their
    order, so that the sums stay those of :func:`product` while the running total is read and written once for four.
    """
    size = columns.shape[1]
    total = np.empty(size)
    widest = 0
    for i in range(first, last):
        widest = max(widest, indptr[i + 1] - indptr[i])
    pulls, sites = np.empty(widest + 1), np.empty(widest + 1, dtype=np.int32)
    for i in range(first, last):
        count = 0
        for k in range(indptr[i], indptr[i + 1]):
            pulls[count], sites[count] = weight[k], indices[k]
            count += filled[indices[k]]
        total[:] = 0.0
        k = 0
        while k + 4 <= count:
            w0, w1, w2, w3 = pulls[k], pulls[k + 1], pulls[k + 2], pulls[k + 3]
            r0, r1, r2, r3 = columns[sites[k]], columns[sites[k + 1]], columns[sites[k + 2]], columns[sites[k + 3]]
            for c in range(size):
                total[c] = (((total[c] + w0 * r0[c]) + w1 * r1[c]) + w2 * r2[c]) + w3 * r3[c]
            k += 4
        while k < count:
            row = columns[sites[k]]
            for c in range(size):
                total[c] += pulls[k] * row[c]
            k += 1
        for c in range(size):
            result[i, c] = total[c]


@njit(cache=True, nogil=True)
def line_slopes(
    indptr: Integers,
    indices: Indices,
    minutes: Floats,
    km: Floats,
    step: float,
    levels: Floats,
    demand: Floats,
    rate: Floats,
    pull: Floats,
    push: Floats,
    by_pace: Floats,
    by_access: Floats,
    by_level: Floats,
    first: int,
    last: int,
) -> None:
    """Adds, row by row, the slopes of the loss along pace, access and levels.

    ``pull`` is the slope of the loss along access A_i, ``push`` that along the rate R_j divided by the demand in reach;
    the slope along w_ij is then R_j (pull_i − P_i push_j). Row i collects both w_ij and w_ji, which move together.
    """
    limit = step * (levels.size - 1)
    for i in range(first, last):
        pace_slope = 0.0
        access_slope = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            if minutes[k] >= limit:
                continue
            j = indices[k]
            x = minutes[k] / step
            b = int(x)
            there = rate[j] * (pull[i] - demand[i] * push[j])
            by_level[i, b] += there * (b + 1 - x)
            by_level[i, b + 1] += there * (x - b)
            if i != j:
                back = rate[i] * (pull[j] - demand[j] * push[i])
                slope = (there + back) * (levels[b + 1] - levels[b]) / step
                pace_slope += slope * km[k] * 0.5
                access_slope += slope
        by_pace[i] += pace_slope
        by_access[i] += access_slope


@njit(cache=True, nogil=True)
def pass_on(starts: Indices, places: Indices, weights: Floats, sites: Indices, change: Floats, result: Floats) -> None:
    """Add to ``result``, of each place, the ``change`` of the ``sites`` in its reach times its weight there.

    ``starts``, ``places`` and ``weights`` are the matrix by rows of sites.
    """
    for k in np.flatnonzero(change):
        for pair in range(starts[sites[k]], starts[sites[k] + 1]):
            result[places[pair]] += weights[pair] * change[k]


@njit(cache=True, nogil=True)
def slots(known: Views) -> Indices:
    """A table of hashes of some ids, each two integers: their number, or −1 where a slot is free."""
    size = 4
    while size < 4 * known.shape[0]:
        size *= 2
    table = np.full(size, -1, dtype=np.int32)
    for number in range(known.shape[0]):
        slot = _slot(known[number, 0], known[number, 1], size)
        while table[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        table[slot] = number
    return table


@njit(cache=True, nogil=True)
def _slot(low: np.uint64, high: np.uint64, size: int) -> np.int64:
    """Where the search for an id begins: every byte of it must tell, for codes differ in their last letters."""
    mixed = low ^ (high * np.uint64(0x9E3779B97F4A7C15))
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return np.int64(mixed >> np.uint64(33)) & (size - 1)


@njit(cache=True, nogil=True)
def _number(low: np.uint64, high: np.uint64, known: Views, table: Indices) -> np.int32:
    """The number of an id among ``known``, −1 if it is none of them."""
    slot = _slot(low, high, table.size)
    while True:
        number: np.int32 = table[slot]
        if number < 0 or (known[number, 0] == low and known[number, 1] == high):
            return number
        slot = (slot + 1) & (table.size - 1)


@njit(cache=True, nogil=True)
def number_pairs(
    at: Views,
    to: Views,
    minutes: Floats,
    limit: float,
    places: Views,
    place_slots: Indices,
    sites: Views,
    site_slots: Indices,
    rows: Indices,
    columns: Indices,
    odd: Mask,
    beyond: Mask,
    first: int,
    last: int,
) -> None:
    """``rows`` and ``columns`` of the pairs ``first`` to ``last``, from the views of their ids (``at``, ``to``).

    Sets ``odd`` where an id is unknown or does not fit in its view (more than 12 bytes), a time is not finite and
    positive, or a pair does not come after the one before; ``beyond`` where a time exceeds ``limit``.
    """
    row = column = np.int32(-1)
    if first > 0:
        row = _number(at[first - 1, 0], at[first - 1, 1], places, place_slots)
        column = _number(to[first - 1, 0], to[first - 1, 1], sites, site_slots)
    fits = np.uint64(12)
    length = np.uint64(0xFFFFFFFF)
    wrong: bool | np.bool = False
    far: bool | np.bool = False
    here = np.int32(-1)
    for k in range(first, last):
        if k == first or at[k, 0] != at[k - 1, 0] or at[k, 1] != at[k - 1, 1]:
            here = _number(at[k, 0], at[k, 1], places, place_slots)
            wrong |= (at[k, 0] & length) > fits
        there = _number(to[k, 0], to[k, 1], sites, site_slots)
        time = minutes[k]
        wrong |= here < 0 or there < 0 or here < row or (here == row and there <= column)
        wrong |= (to[k, 0] & length) > fits
        wrong |= not (time >= 0.0 and time < np.inf)
        far |= time > limit
        rows[k], columns[k] = here, there
        row, column = here, there
    if wrong:
        odd[0] = True
    if far:
        beyond[0] = True


@njit(cache=True, nogil=True)
def row_starts(rows: Indices, starts: Integers) -> None:
    """Where each row begins among ``rows``, which rise: compressed rows."""
    row = 0
    for k in range(rows.size):
        while row < rows[k]:
            row += 1
            starts[row] = k
    while row + 1 < starts.size:
        row += 1
        starts[row] = rows.size
