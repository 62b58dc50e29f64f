"""The loops of siting that Numba compiles: open and close a site, greedy, swaps, multipliers, thresholds.

Import this module inside functions only. Compiling is cached on disk; no loop depends on time or on the number of
threads, so that the same problem always gives the same plan.

Rows are demand (places, or places merged), columns are candidate sites. A matrix comes twice, by rows and by columns:
``indptr``, ``indices``, ``values`` and ``starts``, ``rows``, ``levels``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from vigie.access.arrays import Floats, Indices, Integers, Mask


@njit(cache=True, nogil=True)
def _move(
    row: Any, level: float, best: Floats, indptr: Indices, indices: Indices, values: Floats, gain: Floats
) -> None:
    """Set what ``row`` has to ``level``, and with it what every site would still add."""
    old = best[row]
    for n in range(indptr[row], indptr[row + 1]):
        gain[indices[n]] += max(values[n] - level, 0.0) - max(values[n] - old, 0.0)
    best[row] = level


@njit(cache=True, nogil=True)
def open_site(
    site: Any,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    opened: Mask,
    best: Floats,
    gain: Floats,
) -> None:
    """Open ``site``: each row that it serves better than what is open takes it."""
    opened[site] = True
    for n in range(starts[site], starts[site + 1]):
        if levels[n] > best[rows[n]]:
            _move(rows[n], levels[n], best, indptr, indices, values, gain)


@njit(cache=True, nogil=True)
def close_site(
    site: Any,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    opened: Mask,
    best: Floats,
    gain: Floats,
) -> None:
    """Close ``site``: each row that had it as its best falls back on the next best that is open."""
    opened[site] = False
    for n in range(starts[site], starts[site + 1]):
        row = rows[n]
        if levels[n] >= best[row]:
            left = 0.0
            for m in range(indptr[row], indptr[row + 1]):
                if opened[indices[m]] and values[m] > left:
                    left = values[m]
            if left < best[row]:
                _move(row, left, best, indptr, indices, values, gain)


@njit(cache=True, nogil=True)
def best_closed(opened: Mask, gain: Floats, cost: Floats) -> int:
    """The closed site of the largest gain less cost, −1 if all are open; the first of equals."""
    found, value = -1, -np.inf
    for site in range(opened.size):
        if not opened[site] and gain[site] - cost[site] > value:
            found, value = site, gain[site] - cost[site]
    return found


@njit(cache=True, nogil=True)
def greedy(
    count: int,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    opened: Mask,
    best: Floats,
    gain: Floats,
    cost: Floats,
) -> int:
    """Open the best site up to ``count`` times, while one adds anything; the number opened."""
    for done in range(count):
        site = best_closed(opened, gain, cost)
        if site < 0 or gain[site] <= 1e-9:
            return done
        open_site(site, indptr, indices, values, starts, rows, levels, opened, best, gain)
    return count


@njit(cache=True, nogil=True)
def swaps(
    waiting: Mask,
    tolerance: float,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    opened: Mask,
    best: Floats,
    gain: Floats,
    cost: Floats,
) -> None:
    """Swap an open site for a closed one while that adds more than ``tolerance`` (Teitz and Bart 1968).

    Only sites ``waiting`` are tried, and after a swap those that share a row with one of its two sites wait again.
    """
    trying = True
    while trying:
        trying = False
        for site in np.flatnonzero(waiting):
            waiting[site] = False
            if not opened[site]:
                continue
            close_site(site, indptr, indices, values, starts, rows, levels, opened, best, gain)
            other = best_closed(opened, gain, cost)
            better = gain[other] - cost[other] > gain[site] - cost[site] + tolerance
            taken = other if better else site
            open_site(taken, indptr, indices, values, starts, rows, levels, opened, best, gain)
            if better:
                trying = True
                wake(site, indptr, indices, starts, rows, waiting)
                wake(other, indptr, indices, starts, rows, waiting)


@njit(cache=True, nogil=True)
def wake(site: Any, indptr: Indices, indices: Indices, starts: Indices, rows: Indices, waiting: Mask) -> None:
    """Mark the sites that share a row with ``site``."""
    for n in range(starts[site], starts[site + 1]):
        for m in range(indptr[rows[n]], indptr[rows[n] + 1]):
            waiting[indices[m]] = True


@njit(cache=True, nogil=True)
def kicks(
    rounds: int,
    seed: int,
    tolerance: float,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    opened: Mask,
    best: Floats,
    gain: Floats,
    cost: Floats,
) -> None:
    """Close a few open sites near one another, open others, swap around there; keep what is not worse."""
    np.random.seed(seed)
    size = opened.size
    waiting, near = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    held = np.flatnonzero(opened)
    count = held.size
    worth = best.sum() - cost[held].sum()
    for _ in range(rounds):
        before, before_best, before_gain = opened.copy(), best.copy(), gain.copy()
        held = np.flatnonzero(opened)
        first = held[np.random.randint(0, count)]
        near[:] = False
        wake(first, indptr, indices, starts, rows, near)
        around = np.flatnonzero(near & opened)
        others = np.flatnonzero(near & ~opened)
        closed = 0
        for _ in range(1 + np.random.randint(0, 3)):
            # Most of the time a neighbour; now and then any other, so that a site may leave the region.
            pool = around if np.random.random() < 0.7 and around.size else held
            site = pool[np.random.randint(0, pool.size)]
            if opened[site]:
                close_site(site, indptr, indices, values, starts, rows, levels, opened, best, gain)
                wake(site, indptr, indices, starts, rows, waiting)
                closed += 1
        if closed and others.size:
            # Something new goes first, else the greedy would put back what was taken out.
            site = others[np.random.randint(0, others.size)]
            open_site(site, indptr, indices, values, starts, rows, levels, opened, best, gain)
            wake(site, indptr, indices, starts, rows, waiting)
            closed -= 1
        for _ in range(closed):
            site = best_closed(opened, gain, cost)
            open_site(site, indptr, indices, values, starts, rows, levels, opened, best, gain)
            wake(site, indptr, indices, starts, rows, waiting)
        swaps(waiting, tolerance, indptr, indices, values, starts, rows, levels, opened, best, gain, cost)
        found = best.sum() - (cost * opened).sum()
        if found >= worth:
            worth = found
        else:
            opened[:], best[:], gain[:] = before, before_best, before_gain


@njit(cache=True, nogil=True)
def excess(price: Floats, indptr: Indices, indices: Indices, values: Floats, result: Floats) -> None:
    """Per site, Σ over rows of what it is worth to them above their ``price``."""
    result[:] = 0.0
    for row in range(price.size):
        for n in range(indptr[row], indptr[row + 1]):
            if values[n] > price[row]:
                result[indices[n]] += values[n] - price[row]


@njit(cache=True, nogil=True)
def times_taken(taken: Mask, price: Floats, indptr: Indices, indices: Indices, values: Floats, result: Floats) -> None:
    """Per row, by how many of the sites ``taken`` it is served above its price."""
    for row in range(price.size):
        count = 0
        for n in range(indptr[row], indptr[row + 1]):
            if taken[indices[n]] and values[n] > price[row]:
                count += 1
        result[row] = count


@njit(cache=True, nogil=True)
def worth_of(progress: float, lean: float) -> float:
    """1 for a row that is there (to rounding), ``lean`` × its progress squared on the way."""
    return 1.0 if progress >= 1.0 - 1e-9 else lean * progress * progress


@njit(cache=True, nogil=True)
def post_gains(
    have: Floats, people: Floats, indptr: Indices, indices: Indices, values: Floats, lean: float, gain: Floats
) -> None:
    """Per site, what one more post adds: ``people`` of the rows whose progress ``have`` it brings to 1, or nearer."""
    gain[:] = 0.0
    for row in range(have.size):
        before = worth_of(have[row], lean)
        for n in range(indptr[row], indptr[row + 1]):
            gain[indices[n]] += people[row] * (worth_of(have[row] + values[n], lean) - before)


@njit(cache=True, nogil=True)
def shift(
    site: Any,
    sign: int,
    lean: float,
    people: Floats,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    posts: Integers,
    have: Floats,
    gain: Floats,
) -> None:
    """Add (+1) or take away (−1) a post at ``site``; the rows' progress and the sites' gains follow."""
    posts[site] += sign
    for n in range(starts[site], starts[site + 1]):
        row = rows[n]
        old = have[row]
        new = old + sign * levels[n]
        have[row] = new
        fixed = worth_of(new, lean) - worth_of(old, lean)
        for m in range(indptr[row], indptr[row + 1]):
            change = worth_of(new + values[m], lean) - worth_of(old + values[m], lean) - fixed
            if change != 0.0:
                gain[indices[m]] += people[row] * change


@njit(cache=True, nogil=True)
def best_post(posts: Integers, room: Integers, gain: Floats, cost: Floats) -> int:
    """The site with room left of the largest gain less cost, −1 if none has any; the first of equals."""
    found, value = -1, -np.inf
    for site in range(posts.size):
        if posts[site] < room[site] and gain[site] - cost[site] > value:
            found, value = site, gain[site] - cost[site]
    return found


@njit(cache=True, nogil=True)
def add_posts(
    count: int,
    lean: float,
    people: Floats,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    posts: Integers,
    have: Floats,
    gain: Floats,
    room: Integers,
    cost: Floats,
    waiting: Mask,
) -> None:
    """Add the best post ``count`` times, while one adds anything."""
    for _ in range(count):
        site = best_post(posts, room, gain, cost)
        if site < 0 or gain[site] <= 1e-9:
            return
        shift(site, 1, lean, people, indptr, indices, values, starts, rows, levels, posts, have, gain)
        wake(site, indptr, indices, starts, rows, waiting)


@njit(cache=True, nogil=True)
def move_posts(
    tolerance: float,
    lean: float,
    people: Floats,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    posts: Integers,
    have: Floats,
    gain: Floats,
    room: Integers,
    cost: Floats,
    waiting: Mask,
    held: Integers,
) -> None:
    """Move a post, above those ``held``, to a better site while that adds more than ``tolerance``.

    Only sites ``waiting`` are tried, and after a move those that share a row with one of its two sites wait again.
    """
    trying = True
    while trying:
        trying = False
        for site in np.flatnonzero(waiting):
            waiting[site] = False
            if posts[site] <= held[site]:
                continue
            shift(site, -1, lean, people, indptr, indices, values, starts, rows, levels, posts, have, gain)
            other = best_post(posts, room, gain, cost)
            better = gain[other] - cost[other] > gain[site] - cost[site] + tolerance
            taken = other if better else site
            shift(taken, 1, lean, people, indptr, indices, values, starts, rows, levels, posts, have, gain)
            if better:
                trying = True
                wake(site, indptr, indices, starts, rows, waiting)
                wake(other, indptr, indices, starts, rows, waiting)


@njit(cache=True, nogil=True)
def total_worth(have: Floats, people: Floats, lean: float) -> float:
    """Σ of ``people`` × :func:`worth_of` their progress."""
    total = 0.0
    for row in range(have.size):
        total += people[row] * worth_of(have[row], lean)
    return total


@njit(cache=True, nogil=True)
def kick_posts(
    rounds: int,
    seed: int,
    tolerance: float,
    lean: float,
    people: Floats,
    indptr: Indices,
    indices: Indices,
    values: Floats,
    starts: Indices,
    rows: Indices,
    levels: Floats,
    posts: Integers,
    have: Floats,
    gain: Floats,
    room: Integers,
    cost: Floats,
    waiting: Mask,
    held: Integers,
) -> None:
    """Take away a few posts near one another, place one at random there, then the best; keep what is not worse."""
    np.random.seed(seed)
    near = np.zeros(posts.size, dtype=np.bool_)
    worth = total_worth(have, people, lean) - (cost * posts).sum()
    for _ in range(rounds):
        before, before_have, before_gain = posts.copy(), have.copy(), gain.copy()
        free = np.flatnonzero(posts > held)
        if free.size == 0:
            return
        near[:] = False
        wake(free[np.random.randint(0, free.size)], indptr, indices, starts, rows, near)
        around, others = np.flatnonzero(near & (posts > held)), np.flatnonzero(near & (posts < room))
        count = 0
        for _ in range(1 + np.random.randint(0, 4)):
            pool = around if np.random.random() < 0.7 and around.size else free
            site = pool[np.random.randint(0, pool.size)]
            if posts[site] > held[site]:
                shift(site, -1, lean, people, indptr, indices, values, starts, rows, levels, posts, have, gain)
                wake(site, indptr, indices, starts, rows, waiting)
                count += 1
        if count and others.size:
            site = others[np.random.randint(0, others.size)]
            if posts[site] < room[site]:
                shift(site, 1, lean, people, indptr, indices, values, starts, rows, levels, posts, have, gain)
                wake(site, indptr, indices, starts, rows, waiting)
                count -= 1
        for _ in range(count):
            site = best_post(posts, room, gain, cost)
            shift(site, 1, lean, people, indptr, indices, values, starts, rows, levels, posts, have, gain)
            wake(site, indptr, indices, starts, rows, waiting)
        move_posts(
            tolerance,
            lean,
            people,
            indptr,
            indices,
            values,
            starts,
            rows,
            levels,
            posts,
            have,
            gain,
            room,
            cost,
            waiting,
            held,
        )
        found = total_worth(have, people, lean) - (cost * posts).sum()
        if found >= worth:
            worth = found
        else:
            posts[:], have[:], gain[:] = before, before_have, before_gain
