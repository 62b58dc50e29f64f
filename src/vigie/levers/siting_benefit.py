"""What each place gains from each candidate: the matrices that a siting chooses on.

A siting opens p sites S and is worth Σ_i max_{j ∈ S} v_ij, where v_ij is what row i (a place, or several merged) gains
once candidate j is its best: the maximal covering location problem (MCLP, Church and ReVelle 1974) where v_ij is its
people if j is at most T minutes away, the p-median problem (Hakimi 1964) where it is its people times the minutes
saved. What is open already is taken off first, so that only what a new site adds is left in the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Mask, quantities, sums
from vigie.access.catchment import nearest
from vigie.access.travel import TravelTimes
from vigie.errors import InputError, Where

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Benefit:
    """What is chosen on: made by :func:`covering` or :func:`saving_time`.

    ``matrix`` (rows × candidates) holds v_ij > 0, in persons (covering) or person-minutes; ``had`` is what the open
    sites give already, in the same unit; ``whole`` tells that every v_ij is a whole number, so that the optimum is one.
    """

    matrix: csr_array
    had: float
    whole: bool

    @cached_property
    def arrays(self) -> tuple[Any, ...]:
        """The matrix by rows, then by columns, as the kernels take it."""
        columns = self.matrix.tocsc()
        parts = (self.matrix, columns)
        return tuple(
            array
            for one in parts
            for array in (one.indptr.astype(np.int32), one.indices.astype(np.int32), one.data.astype(np.float64))
        )

    @property
    def sites(self) -> int:
        """The number of candidates."""
        return int(self.matrix.shape[1])

    def worth(self, chosen: npt.NDArray[np.integer]) -> float:
        """Σ_i max over ``chosen`` of v_ij: what they add to ``had``."""
        if not chosen.size:
            return 0.0
        return float(self.matrix[:, chosen].max(axis=1).sum())


def covering(travel: TravelTimes, people: npt.ArrayLike, minutes: float, opened: Mask) -> Benefit:
    """``people`` per place, counted once a site is at most (≤) ``minutes`` away; ``opened`` marks the sites there are.

    Places with the same candidates are merged. Raises InputError if ``minutes`` exceeds the limit of the travel times,
    or a number of people is missing or negative.
    """
    _within(minutes, travel)
    weight = quantities(people, "people", travel.places.size, travel.places)
    covered = nearest(travel, opened.astype(np.float64)) <= minutes
    left = np.where(covered, 0.0, weight)
    near = (travel.minutes <= minutes) & (left[travel.rows] > 0) & ~opened[travel.indices]
    pattern = _sparse(travel, near, np.ones(int(near.sum())))
    matrix = _merged(pattern, left)
    return Benefit(matrix, float(weight[covered].sum()), bool((matrix.data % 1 == 0).all()))


def saving_time(travel: TravelTimes, people: npt.ArrayLike, far: float, opened: Mask) -> Benefit:
    """``people`` × minutes saved, those of a place without any site within ``far`` minutes being counted as ``far``.

    Mean minutes of a plan are then far − (had + worth) / Σ people. Raises InputError as :func:`covering` does.
    """
    _within(far, travel)
    weight = quantities(people, "people", travel.places.size, travel.places)
    now = np.minimum(nearest(travel, opened.astype(np.float64)), far)
    saved = weight[travel.rows] * (now[travel.rows] - travel.minutes)
    better = (saved > 0) & ~opened[travel.indices]
    return Benefit(_sparse(travel, better, saved[better]), float((weight * (far - now)).sum()), whole=False)


def restricted(benefit: Benefit, kept: Mask, taken: Mask) -> Benefit:
    """The problem left once the sites ``taken`` are open and only those ``kept`` may be: columns are those kept."""
    from scipy.sparse import csr_array

    matrix = benefit.matrix
    base = np.zeros(matrix.shape[0])
    if taken.any():
        base = matrix[:, np.flatnonzero(taken)].max(axis=1).toarray().ravel()
    part = matrix[:, np.flatnonzero(kept)].tocsr()
    rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
    left = part.data - base[rows]
    some = left > 0
    used = np.unique(rows[some])
    number = np.zeros(part.shape[0], dtype=np.int64)
    number[used] = np.arange(used.size)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(number[rows[some]], minlength=used.size))]).astype(np.int32)
    found = csr_array((left[some], part.indices[some], indptr), shape=(used.size, part.shape[1]))
    return Benefit(_same_rows(found), benefit.had + float(base.sum()), benefit.whole)


def _sparse(travel: TravelTimes, kept: Mask, values: Floats) -> csr_array:
    from scipy.sparse import csr_array

    indptr = np.concatenate([[0], np.cumsum(kept)])[travel.indptr].astype(np.int32)
    return csr_array((values, travel.indices[kept], indptr), shape=(travel.places.size, travel.sites.size))


def _merged(pattern: csr_array, weight: Floats) -> csr_array:
    """Rows with the same candidates made one, worth the sum of their ``weight``; rows without any left out."""
    group, first = _groups(pattern)
    size = first.size
    total = sums(group[group >= 0], weight[group >= 0], size)
    matrix = pattern[first]
    matrix.data = np.repeat(total, np.diff(matrix.indptr))
    return matrix


def _same_rows(matrix: csr_array) -> csr_array:
    """Rows with the same candidates, in the same proportions as all-equal values, made one."""
    lengths = np.diff(matrix.indptr)
    filled = np.flatnonzero(lengths)
    matrix = matrix[filled]
    highest, lowest = (
        (one.reduceat(matrix.data, matrix.indptr[:-1]) for one in (np.maximum, np.minimum))
        if filled.size
        else (np.empty(0), np.empty(0))
    )
    flat = highest == lowest
    if not flat.all():
        return matrix
    return _merged(matrix, highest)


def _groups(pattern: csr_array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The group of each row by its candidates (−1 for none) and the first row of each group."""
    seen: dict[bytes, int] = {}
    group = np.full(pattern.shape[0], -1, dtype=np.int64)
    first: list[int] = []
    indptr, indices = pattern.indptr, pattern.indices
    for row in np.flatnonzero(np.diff(indptr)):
        key = indices[indptr[row] : indptr[row + 1]].tobytes()
        number = seen.setdefault(key, len(first))
        if number == len(first):
            first.append(int(row))
        group[row] = number
    return group, np.array(first, dtype=np.int64)


def _within(minutes: float, travel: TravelTimes) -> None:
    if not 0 < minutes <= travel.limit:
        raise InputError(
            f"{minutes:g} min, les temps de trajet s'arrêtent à {travel.limit:g}.",
            f"{minutes:g} min, the travel times stop at {travel.limit:g}.",
            remedy_fr="Calculez les temps jusqu'à cette durée au moins.",
            remedy_en="Compute the times at least that far.",
            where=Where(column="minutes", value=minutes),
        )
