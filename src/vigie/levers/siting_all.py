"""Everybody within T minutes with the fewest sites: the location set covering problem (LSCP, Toregas et al. 1971)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats
from vigie.levers.siting_benefit import Benefit
from vigie.levers.siting_exact import Program, solve

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Sites = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Covering:
    """``sites`` (columns, rising) that reach every row, ``least`` the number below which it is proved impossible."""

    sites: Sites
    least: int

    @property
    def optimal(self) -> bool:
        """Whether no fewer sites do."""
        return self.sites.size <= self.least


def fewest_sites(benefit: Benefit, seconds: float = 10.0, shunned: Floats | None = None) -> Covering:
    """The fewest sites found that reach every row of a covering ``benefit``; HiGHS has ``seconds`` to prove it.

    Places that no candidate reaches are not rows: the caller counts them apart. Among as few sites, those with less of
    ``shunned`` (from 0 to 1) are preferred.
    """
    rows, sites = benefit.matrix.shape
    if not rows:
        return Covering(np.empty(0, dtype=np.int64), 0)
    start = greedy_covering(benefit)
    # All together they weigh less than one site.
    dear = np.zeros(sites) if shunned is None else shunned / (2.0 * max(start.size, 1))
    pattern = benefit.matrix.copy()
    pattern.data = np.ones_like(pattern.data)
    program = Program(
        matrix=pattern,
        worth=-1.0 - dear,
        lowest=np.ones(rows),
        highest=np.full(rows, np.inf),
        most=np.ones(sites),
        whole=np.ones(sites, dtype=np.bool_),
    )
    given = np.zeros(sites)
    given[start] = 1.0
    found = solve(program, seconds, given)
    chosen = np.flatnonzero(found.x > 0.5) if found.x.size else start
    if not np.isfinite(found.upper):
        return Covering(chosen if chosen.size <= start.size else start, 1)
    least = int(np.ceil(-found.upper - float(np.sort(dear)[-start.size :].sum()) - 1e-6))
    return Covering(chosen if chosen.size <= start.size else start, max(least, 1))


def greedy_covering(benefit: Benefit) -> Sites:
    """The site that reaches most rows not yet reached, until all are; then those that the others make needless go."""
    matrix, by_site = benefit.matrix, benefit.matrix.tocsc()
    left = np.ones(matrix.shape[0], dtype=np.bool_)
    gain = np.diff(by_site.indptr).astype(np.int64)
    taken: list[int] = []
    while left.any():
        site = int(gain.argmax())
        taken.append(site)
        rows = _reached(by_site, site)
        rows = rows[left[rows]]
        left[rows] = False
        gain -= np.bincount(matrix[rows].indices, minlength=gain.size)
    times = np.bincount(np.concatenate([_reached(by_site, site) for site in taken]), minlength=left.size)
    kept = []
    for site in reversed(taken):
        rows = _reached(by_site, site)
        if (times[rows] > 1).all():
            times[rows] -= 1
        else:
            kept.append(site)
    return np.sort(np.array(kept, dtype=np.int64))


def _reached(by_site: csc_array, site: int) -> npt.NDArray[np.int64]:
    found: Sites = by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]].astype(np.int64)
    return found
