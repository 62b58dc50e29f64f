"""Sites that can only serve so many: the capacitated maximal covering problem (Current and Storbeck 1988).

A place may be shared between the sites within T minutes of it; what a set of sites serves is a maximum flow. People are
whole numbers, so that the flow is too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers
from vigie.levers.siting_benefit import Benefit
from vigie.levers.siting_exact import MOST_ENTRIES, Program, solve

Sites = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Filled:
    """``sites`` (columns, rising) and the people that each serves; ``upper`` what no plan exceeds."""

    sites: Sites
    served: Integers
    upper: float

    @property
    def value(self) -> float:
        """People served by all the sites."""
        return float(self.served.sum())


def served_by(benefit: Benefit, sites: Sites, room: Integers) -> Integers:
    """The most people that ``sites`` can serve together, by site, with ``room`` per candidate (maximum flow)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    part = benefit.matrix[:, sites].tocoo()
    people = _people(benefit)
    rows, columns = benefit.matrix.shape[0], sites.size
    # 0 is the source, then the sites, then the rows, then the sink.
    sink = 1 + columns + rows
    tails = np.concatenate([np.zeros(columns), 1 + part.col, 1 + columns + np.arange(rows)])
    heads = np.concatenate([1 + np.arange(columns), 1 + columns + part.row, np.full(rows, sink)])
    most = np.concatenate([room[sites], people[part.row], people]).astype(np.int32)
    network = csr_array((most, (tails.astype(np.int32), heads.astype(np.int32))), shape=(sink + 1, sink + 1))
    flow = maximum_flow(network, 0, sink).flow.tocsr()
    return np.asarray(flow[[0], 1 : columns + 1].toarray(), dtype=np.int64).ravel()


def fill(benefit: Benefit, count: int, room: Integers, seconds: float = 10.0) -> Filled:
    """At most ``count`` sites that serve the most people of a covering ``benefit``, each at most its ``room``.

    A greedy plan, then HiGHS from there for ``seconds``; the bound is what it has proved, at worst what p full sites
    would serve.
    """
    start = _greedy(benefit, count, room)
    served = served_by(benefit, start, room)
    easy = min(float(np.sort(room)[::-1][:count].sum()), float(_people(benefit).sum()))
    first = Filled(start, served, easy)
    if first.value >= easy or seconds <= 0 or benefit.matrix.nnz > MOST_ENTRIES // 4:
        return first
    program = _program(benefit, count, room)
    given = np.zeros(program.most.size)
    given[start] = 1.0
    found = solve(program, seconds, given)
    upper = min(max(np.floor(found.upper + 1e-6), first.value), easy)
    if not found.x.size:
        return Filled(start, served, upper)
    chosen = np.flatnonzero(found.x[: benefit.sites] > 0.5)
    better = served_by(benefit, chosen, room)
    return Filled(chosen, better, upper) if better.sum() > served.sum() else Filled(start, served, upper)


def _people(benefit: Benefit) -> Integers:
    """The people of each row: the value that all its candidates have."""
    matrix = benefit.matrix
    people: Integers = np.rint(matrix.data[matrix.indptr[:-1]]).astype(np.int64)
    return people


def _greedy(benefit: Benefit, count: int, room: Integers) -> Sites:
    """The site that can still serve most, taking first those that fewest other candidates reach."""
    matrix, by_site = benefit.matrix, benefit.matrix.tocsc()
    left = _people(benefit).astype(np.float64)
    choices = np.diff(matrix.indptr)
    reach = _reach(benefit, left)
    closed = np.ones(benefit.sites, dtype=np.bool_)
    taken: list[int] = []
    for _ in range(min(count, benefit.sites)):
        # Of sites that would all be full, the one with most people in reach.
        gain = np.where(closed, np.minimum(reach, room) + 1e-9 * reach, -1.0)
        site = int(gain.argmax())
        if gain[site] <= 0.0:
            break
        taken.append(site)
        closed[site] = False
        rows = by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]
        rows = rows[np.argsort(choices[rows], kind="stable")]
        before = np.concatenate([[0.0], np.cumsum(left[rows])[:-1]])
        given = np.clip(room[site] - before, 0.0, left[rows])
        left[rows] -= given
        part = matrix[rows]
        reach -= np.bincount(part.indices, weights=np.repeat(given, np.diff(part.indptr)), minlength=benefit.sites)
    return np.sort(np.array(taken, dtype=np.int64))


def _reach(benefit: Benefit, left: Floats) -> Floats:
    matrix = benefit.matrix
    return np.bincount(matrix.indices, weights=np.repeat(left, np.diff(matrix.indptr)), minlength=benefit.sites).astype(
        np.float64
    )


def _program(benefit: Benefit, count: int, room: Integers) -> Program:
    """Variables: open (sites), then people served of each pair. Rows: people of a place, room of a site, count."""
    from scipy.sparse import csr_array

    matrix = benefit.matrix
    rows, sites = matrix.shape
    pairs = matrix.nnz
    row = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    column = matrix.indices.astype(np.int64)
    pair = np.arange(pairs)
    people = _people(benefit).astype(np.float64)
    # A site closed serves nobody, place by place too: the relaxation is much tighter.
    entries = [
        (row, sites + pair, np.ones(pairs)),
        (rows + column, sites + pair, np.ones(pairs)),
        (rows + np.arange(sites), np.arange(sites), -room.astype(np.float64)),
        (rows + sites + pair, sites + pair, np.ones(pairs)),
        (rows + sites + pair, column, -np.minimum(people[row], room[column])),
        (np.full(sites, rows + sites + pairs), np.arange(sites), np.ones(sites)),
    ]
    r, c, v = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    shape = (rows + sites + pairs + 1, sites + pairs)
    return Program(
        matrix=csr_array((v, (r.astype(np.int32), c.astype(np.int32))), shape=shape),
        worth=np.concatenate([np.zeros(sites), np.ones(pairs)]),
        lowest=np.full(shape[0], -np.inf),
        highest=np.concatenate([people, np.zeros(sites + pairs), [float(count)]]),
        most=np.concatenate([np.ones(sites), people[row]]),
        whole=np.concatenate([np.ones(sites, dtype=np.bool_), np.zeros(pairs, dtype=np.bool_)]),
    )
