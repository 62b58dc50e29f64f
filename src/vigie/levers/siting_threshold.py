"""People brought above an access threshold, with congestion: what a post adds is shared among all who reach it.

A post at j brings its capacity c to the catchment: the APL of place i rises by c · w_ij / D_j, where D_j is the
standardised population in reach (:func:`vigie.access.catchment.change_of_supply`). The rise is the same whatever else
opens, since access is linear in supply; but a place counts only once it is at the threshold, often by several posts
together, so that the problem is not submodular and a greedy has no guarantee. What is proved is a bound:

    people above ≤ Σ_i P_i y_i,   y_i ≤ Σ_j min(1, rise_ij / missing_i) x_j

by prices as in :mod:`vigie.levers.siting_search`, or by HiGHS with y_i in {0, 1}.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, Mask, quantities
from vigie.errors import InputError, Where
from vigie.levers.siting_exact import MOST_ENTRIES, Program, solve

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_LEANS = (1.0, 0.5, 0.2, 0.02, 1e-4)
"""Worth given to half done work while searching, less and less; none of it is in what is reported."""


@dataclass(frozen=True)
class Crossing:
    """What each post does for each place below: made by :func:`crossing`.

    ``share`` (rows × sites) is the part of what row i lacks that one post at j brings; ``people`` per row; ``places``
    the row of the catchment behind each row; ``threshold`` in the unit of access.
    """

    share: csr_array
    people: Floats
    places: Integers
    threshold: float

    @cached_property
    def arrays(self) -> tuple[Any, ...]:
        """``share`` by rows, then by columns, as the kernels take it."""
        return tuple(
            array
            for one in (self.share, self.share.tocsc())
            for array in (one.indptr.astype(np.int32), one.indices.astype(np.int32), one.data.astype(np.float64))
        )

    def above(self, posts: Integers) -> Mask:
        """The rows that ``posts`` per site bring to the threshold."""
        return np.asarray(self.share @ posts.astype(np.float64)) >= 1.0 - 1e-9

    def worth(self, posts: Integers) -> float:
        """People that ``posts`` bring to the threshold."""
        return float(self.people[self.above(posts)].sum())


@dataclass(frozen=True)
class Posts:
    """``posts`` per site, the people that they bring to the threshold, and ``upper``, what no plan exceeds."""

    posts: Integers
    value: float
    upper: float

    @property
    def gap(self) -> float:
        """How far from the best the plan can be at most, as a share of its value."""
        if self.upper <= self.value:
            return 0.0
        return (self.upper - self.value) / self.value if self.value > 0 else float("inf")


def crossing(
    weight: csr_array,
    in_reach: npt.ArrayLike,
    access: npt.ArrayLike,
    people: npt.ArrayLike,
    threshold: float,
    capacity: float,
) -> Crossing:
    """The places whose ``access`` is under (<) ``threshold``, and what one post of ``capacity`` at each site does.

    ``weight`` (places × sites) and ``in_reach`` per site are those of a catchment; ``access`` per place is the
    published APL, NaN where there is none (such a place never counts); ``people`` per place; ``capacity`` in the unit
    of supply (consultations a year). Raises InputError for a threshold or a capacity that is not positive.
    """
    if not (threshold > 0 and capacity > 0):
        raise InputError(
            f"seuil {threshold:g} et capacité {capacity:g} : des nombres positifs sont attendus.",
            f"threshold {threshold:g} and capacity {capacity:g}: positive numbers are expected.",
            where=Where(column="threshold, capacity"),
        )
    residents = quantities(people, "people", weight.shape[0])
    reached = quantities(in_reach, "in_reach", weight.shape[1])
    level = np.asarray(access, dtype=np.float64)
    below = np.flatnonzero((level < threshold) & (residents > 0))
    per_post = capacity / np.where(reached > 0, reached, np.inf)
    rise = weight[below].tocsr()
    rise.data = rise.data * per_post[rise.indices] / np.repeat(threshold - level[below], np.diff(rise.indptr))
    rise.eliminate_zeros()
    return Crossing(rise, residents[below], below.astype(np.int64), threshold)


def place_posts(
    problem: Crossing,
    count: int,
    room: npt.ArrayLike,
    *,
    forced: npt.ArrayLike | None = None,
    seconds: float = 0.0,
    rounds: int = 3_000,
) -> Posts:
    """The best found of ``count`` posts, those ``forced`` included, at most ``room`` at a site, and what is proved.

    HiGHS has ``seconds`` to prove or better the plan of :func:`find_posts` (0: is not called).
    Raises InputError as :func:`find_posts` does.
    """
    most = np.asarray(room, dtype=np.int64)
    held = np.zeros(most.size, dtype=np.int64) if forced is None else np.asarray(forced, dtype=np.int64)
    posts = find_posts(problem, count, most, forced=held, rounds=rounds)
    value, upper = problem.worth(posts), bound(problem, count, most, problem.worth(posts))
    if seconds > 0 and upper > value and problem.share.nnz <= MOST_ENTRIES:
        posts, upper = _exact(problem, count, most, held, posts, upper, seconds)
        value = problem.worth(posts)
    return Posts(posts, value, max(upper, value))


def find_posts(
    problem: Crossing,
    count: int,
    room: npt.ArrayLike,
    *,
    cost: Floats | None = None,
    forced: npt.ArrayLike | None = None,
    rounds: int = 3_000,
) -> Integers:
    """A good plan of ``count`` posts, of which nothing is proved; ``rounds`` kicks, always the same.

    ``cost`` per post is taken off while searching, as in :func:`vigie.levers.siting_search.search`.
    Raises InputError if the posts forced exceed ``count`` or the room where they are.
    """
    sites = problem.share.shape[1]
    most = np.asarray(room, dtype=np.int64)
    held = np.zeros(sites, dtype=np.int64) if forced is None else np.asarray(forced, dtype=np.int64)
    if held.sum() > count or (held > most).any():
        raise InputError(
            f"{int(held.sum())} postes imposés pour {count} à placer, ou plus qu'un lieu n'en tient.",
            f"{int(held.sum())} posts forced for {count} to place, or more than a place holds.",
            where=Where(column="forced"),
        )
    return _searched(problem, count, most, held, np.zeros(sites) if cost is None else cost, rounds)


def _searched(problem: Crossing, count: int, room: Integers, held: Integers, cost: Floats, rounds: int) -> Integers:
    from vigie.levers import siting_kernels

    kernels: Any = siting_kernels  # as in siting_search
    people, arrays = problem.people, problem.arrays
    tolerance = 1e-9 * max(float(people.sum()), 1.0)

    def climbed(start: Integers, lean: float, kicks: int) -> Integers:
        posts = start.copy()
        have = np.asarray(problem.share @ posts.astype(np.float64), dtype=np.float64)
        gain, waiting = np.empty(posts.size), np.ones(posts.size, dtype=np.bool_)
        kernels.post_gains(have, people, *arrays[:3], lean, gain)
        state = (lean, people, *arrays, posts, have, gain, room, cost, waiting)
        kernels.add_posts(int(count - posts.sum()), *state)
        kernels.move_posts(tolerance, *state, held)
        if kicks:
            kernels.kick_posts(kicks, 1, tolerance, *state, held)
        return posts

    best, value = held, -np.inf
    posts = held
    for lean in _LEANS:
        posts = climbed(posts, lean, rounds)
        worth = problem.worth(posts) - float((cost * posts).sum())
        if worth > value:
            best, value = posts, worth
    return best


def bound(problem: Crossing, count: int, room: Integers, value: float, rounds: int = 800) -> float:
    """An upper bound on the people that ``count`` posts bring to the threshold, at most ``room`` at a site.

    Two conditions hold of a row that gets there: what it is brought is enough, each post counted for at most the whole;
    and if no post is enough alone, there are at least as many as its best post would need.
    """
    from scipy.sparse import vstack

    people = problem.people
    enough = problem.share.copy()
    enough.data = np.minimum(enough.data, 1.0)
    several = enough.copy()
    several.data = np.repeat(1.0 / _fewest(problem.share), np.diff(several.indptr))
    rows = vstack([enough, several]).tocsr()
    columns = rows.T.tocsr()
    both = people.size
    price = np.concatenate([0.5 * people, np.zeros(both)])
    best, kept, step, stale = float(people.sum()), price, 1.0, 0
    direction = np.zeros(2 * both)
    scale = np.tile(people, 2)
    for _ in range(rounds):
        taken = _most(np.asarray(columns @ price), count, room)
        brought = np.asarray(rows @ taken)
        paid = price[:both] + price[both:]
        upper = float(np.maximum(people - paid, 0.0).sum() + (price * brought).sum())
        if upper < best * (1 - 1e-7):
            best, kept, stale = upper, price, 0
        else:
            stale += 1
            if stale == 20:
                step, stale, price = step / 1.5, 0, kept
                direction[:] = 0.0
                if step < 1e-3:
                    break
                continue
        slope = brought - np.tile(paid < people, 2)
        direction = slope + 0.7 * direction
        length = float((direction * scale * direction).sum())
        if length == 0 or best <= value:
            break
        price = np.maximum(price - step * max(upper - value, 1e-9 * upper) / length * scale * direction, 0.0)
    return max(best, value)


def _fewest(share: csr_array) -> Floats:
    """Per row, the posts that it takes at least: as many as of its best."""
    highest = np.full(share.shape[0], np.inf)
    filled = np.diff(share.indptr) > 0
    if filled.any():
        highest[filled] = np.maximum.reduceat(share.data, share.indptr[:-1][filled])
    return np.maximum(np.ceil(1.0 / highest - 1e-9), 1.0)


def _most(worth: Floats, count: int, room: Integers) -> Floats:
    """Posts at the sites of the largest ``worth``, within their room, ``count`` in all."""
    order = np.argsort(-worth, kind="stable")
    before = np.concatenate([[0], np.cumsum(room[order])[:-1]])
    taken = np.zeros(worth.size)
    taken[order] = np.clip(count - before, 0, room[order])
    return taken


def _exact(
    problem: Crossing, count: int, room: Integers, held: Integers, start: Integers, upper: float, seconds: float
) -> tuple[Integers, float]:
    """(posts, bound) from HiGHS: y_i whole, and at least as many posts as a row needs."""
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    rows, sites = problem.share.shape
    enough = problem.share.copy()
    enough.data = np.minimum(enough.data, 1.0)
    several = enough.copy()
    fewest = _fewest(problem.share)
    several.data = np.repeat(1.0 / fewest, np.diff(several.indptr))
    more = np.flatnonzero(np.isfinite(fewest) & (fewest > 1))
    there = eye_array(rows).tocsr()
    budget = csr_array((np.ones(sites), (np.zeros(sites, dtype=np.int32), np.arange(sites))), shape=(1, sites + rows))
    matrix = vstack([hstack([-enough, there]), hstack([-several[more], there[more]]), budget]).tocsr()
    program = Program(
        matrix=matrix,
        worth=np.concatenate([np.zeros(sites), problem.people]),
        lowest=np.full(matrix.shape[0], -np.inf),
        highest=np.append(np.full(rows + more.size, 1e-9), float(count)),
        most=np.concatenate([room.astype(np.float64), np.ones(rows)]),
        whole=np.ones(sites + rows, dtype=np.bool_),
        least=np.concatenate([held.astype(np.float64), np.zeros(rows)]),
    )
    found = solve(program, seconds, np.concatenate([start, problem.above(start)]).astype(np.float64))
    highest = min(upper, found.upper)
    if (problem.people % 1 == 0).all():
        highest = float(np.floor(highest + 1e-6))
    posts = np.rint(found.x[:sites]).astype(np.int64) if found.x.size else start
    return (posts if problem.worth(posts) >= problem.worth(start) else start), highest
