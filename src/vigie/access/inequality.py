"""Inequality: how unequally access is spread over people.

A value per place and a weight per place (people); everything here is a statistic over people, so that splitting a
place in two or changing the order changes nothing. Places with weight 0 do not count; a value that is missing (NaN) on
a place with people is an error, never skipped silently.

Edges, stated once: the distribution function F(v) counts values ≤ v; a quantile is the smallest value whose F reaches
p; "under a threshold" is strict (<); the tenth that straddles a place takes a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, quantities, sums
from vigie.errors import InputError, Where


def weighted_mean(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Σ w v / Σ w. Raises InputError for no weight at all, a missing or negative value."""
    v, w = _pair(values, weights)
    return float(v @ w / w.sum())


def weighted_quantiles(values: npt.ArrayLike, weights: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
    """For each p of ``shares`` (0 to 1) the smallest value v such that at least p of the weight has a value ≤ v.

    It is always one of the values (no interpolation). Raises InputError for a share out of 0–1, or as
    :func:`weighted_mean`.
    """
    v, w = _sorted(values, weights)
    wanted = quantities(shares, "share")
    if (wanted > 1).any():
        raise InputError("une part est entre 0 et 1.", "a share is between 0 and 1.", where=Where(column="share"))
    cumulated = np.cumsum(w)
    # A share met but for rounding is met: sums of tenths are not tenths.
    target = wanted * cumulated[-1] * (1 - 1e-12)
    result: Floats = v[np.searchsorted(cumulated, target, side="left").clip(max=v.size - 1)]
    return result


def decile_ratio(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """D9/D1: the ninth decile over the first; infinite if the first is 0, NaN if both are."""
    low, high = weighted_quantiles(values, weights, [0.1, 0.9])
    if low == 0:
        return float("nan") if high == 0 else float("inf")
    return float(high / low)


def mean_of_worst(values: npt.ArrayLike, weights: npt.ArrayLike, share: float = 0.1) -> float:
    """Mean value over the ``share`` of the weight with the lowest values; a place across the edge counts in part."""
    return _mean_of_first(*_sorted(values, weights), share)


def mean_of_best(values: npt.ArrayLike, weights: npt.ArrayLike, share: float = 0.1) -> float:
    """Mean value over the ``share`` of the weight with the highest values; a place across the edge counts in part."""
    v, w = _sorted(values, weights)
    return _mean_of_first(v[::-1], w[::-1], share)


def gini(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Gini's index, Σ_ij w_i w_j |v_i − v_j| / (2 μ (Σ w)²): 0 when all are equal; NaN when all are 0.

    Computed from the sorted values; equal to the double sum up to rounding.
    """
    v, w = _sorted(values, weights)
    people, total = w.sum(), v @ w
    if total == 0:
        return float("nan")
    below = np.cumsum(w) - 0.5 * w
    return float((v * w) @ (2 * below - people) / (total * people))


@dataclass(frozen=True)
class Theil:
    """Theil's index T and its exact split: ``total`` = ``within`` + ``between`` groups."""

    total: float
    within: float
    between: float


def theil(values: npt.ArrayLike, weights: npt.ArrayLike, groups: npt.ArrayLike) -> Theil:
    """Theil's T, Σ w_i (v_i/μ) ln(v_i/μ) / Σ w, within and between ``groups`` (départements, say); 0 ln 0 = 0.

    Between: each place given its group's mean; within: each group's own T weighted by its share of the total
    (Theil 1967; Shorrocks 1980). NaN when all values are 0.
    """
    raw = np.asarray(weights, dtype=np.float64)
    v, w = _pair(values, weights)
    _, group = np.unique(np.asarray(groups)[raw > 0], return_inverse=True)
    if v @ w == 0:
        return Theil(float("nan"), float("nan"), float("nan"))
    count = int(group.max()) + 1
    people, amount = sums(group, w, count), sums(group, v * w, count)
    means = amount / people
    between = _theil(means, people)
    return Theil(_theil(v, w), _theil(v, w) - between, between)


@dataclass(frozen=True)
class Profiles:
    """How unequal each group is, one entry per group, NaN for a group without weight: made by :func:`profiles`.

    ``theil_between`` and ``theil_within`` split it by subgroup; the other fields are those of the plain functions.
    """

    mean: Floats
    d1: Floats
    d9: Floats
    mean_worst: Floats
    mean_best: Floats
    gini: Floats
    theil: Floats
    theil_within: Floats
    theil_between: Floats


def profiles(
    values: npt.ArrayLike, weights: npt.ArrayLike, groups: Integers, subgroups: Integers, size: int
) -> Profiles:
    """The statistics of this module for all groups at once (0 to ``size`` − 1), in one sort.

    ``groups`` and ``subgroups`` are a number per place, from 0. Equal to the plain functions called group by group, up
    to rounding. Raises InputError as :func:`weighted_mean`.
    """
    lived_in = np.asarray(weights, dtype=np.float64) > 0
    v, w = _pair(values, weights)
    group, subgroup = groups[lived_in], subgroups[lived_in]
    order = np.lexsort((v, group))
    v, w, group, subgroup = v[order], w[order], group[order], subgroup[order]
    starts = np.searchsorted(group, np.arange(size))
    people = sums(group, w, size)
    amount = sums(group, v * w, size)
    cumulated = np.cumsum(w)
    before = np.concatenate([[0.0], cumulated])[starts]  # the weight of the groups that come first
    upto = cumulated - before[group]

    def quantile(share: float) -> Floats:
        target = share * people * (1 - 1e-12)
        first = starts + np.bincount(group, weights=upto < target[group], minlength=size).astype(np.int64)
        return np.where(people > 0, v[first.clip(max=v.size - 1)], np.nan)

    def mean_of(from_edge: Floats) -> Floats:
        """Mean over the tenth of the weight nearest to an edge, ``from_edge`` being the weight that comes before."""
        taken = np.clip(0.1 * people[group] - from_edge, 0.0, w)
        return _ratio(sums(group, v * taken, size), sums(group, taken, size))

    theil, between = _theils(v, w, group, subgroup, size)
    return Profiles(
        mean=_ratio(amount, people),
        d1=quantile(0.1),
        d9=quantile(0.9),
        mean_worst=mean_of(upto - w),
        mean_best=mean_of(people[group] - upto),
        gini=_ratio(sums(group, v * w * (2 * (upto - 0.5 * w) - people[group]), size), amount * people),
        theil=theil,
        theil_within=theil - between,
        theil_between=between,
    )


def _theils(v: Floats, w: Floats, group: Integers, subgroup: Integers, size: int) -> tuple[Floats, Floats]:
    """Theil's T of each group, and what of it lies between its subgroups."""
    kinds = int(subgroup.max()) + 1
    pairs = size * kinds
    people, amount = (sums(group * kinds + subgroup, part, pairs) for part in (w, v * w))
    peopled = np.flatnonzero(people > 0)
    means = amount[peopled] / people[peopled]
    return _theil_by(v, w, group, size), _theil_by(means, people[peopled], peopled // kinds, size)


def _theil_by(values: Floats, weights: Floats, group: Integers, size: int) -> Floats:
    people, amount = sums(group, weights, size), sums(group, values * weights, size)
    relative = _ratio(values, _ratio(amount, people)[group])
    logs = np.log(relative, out=np.zeros_like(relative), where=relative > 0)
    return _ratio(sums(group, weights * relative * logs, size), np.where(amount > 0, people, 0.0))


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above`` / ``below``, NaN where that is 0."""
    result: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return result


def under(values: npt.ArrayLike, weights: npt.ArrayLike, threshold: float) -> tuple[float, float]:
    """People whose value is strictly under ``threshold``: (share of the weight, weight)."""
    v, w = _pair(values, weights)
    count = float(w[v < threshold].sum())
    return count / float(w.sum()), count


def cumulated_under(table: npt.ArrayLike, weights: npt.ArrayLike, thresholds: npt.ArrayLike) -> Floats:
    """Weight by number of columns strictly under their threshold: entry k counts those under exactly k of them.

    ``table`` (places × professions), ``thresholds`` one per profession. Raises InputError if the shapes disagree or a
    value is missing on a place with people.
    """
    values = np.asarray(table, dtype=np.float64)
    limits = np.asarray(thresholds, dtype=np.float64)
    people = quantities(weights, "weight")
    if values.ndim != 2 or values.shape != (people.size, limits.size):
        raise InputError(
            f"table de forme {values.shape} ; ({people.size}, {limits.size}) attendu.",
            f"table of shape {values.shape}; ({people.size}, {limits.size}) expected.",
        )
    lived_in = people > 0
    for column in values.T:
        quantities(column[lived_in], "value")
    return sums((values[lived_in] < limits).sum(axis=1), people[lived_in], limits.size + 1)


def _theil(values: Floats, weights: Floats) -> float:
    relative = values / (values @ weights / weights.sum())
    logs = np.log(relative, out=np.zeros_like(relative), where=relative > 0)
    return float((relative * logs) @ weights / weights.sum())


def _pair(values: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Floats, Floats]:
    w = quantities(weights, "weight")
    v = np.asarray(values, dtype=np.float64)
    if v.shape != w.shape:
        quantities(v, "value", w.size)
    lived_in = w > 0
    if not lived_in.any():
        raise InputError("aucun poids positif.", "no positive weight.", where=Where(column="weight"))
    return quantities(v[lived_in], "value"), w[lived_in]


def _sorted(values: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Floats, Floats]:
    v, w = _pair(values, weights)
    order = np.argsort(v, kind="stable")
    return v[order], w[order]


def _mean_of_first(values: Floats, weights: Floats, share: float) -> float:
    if not 0 < share <= 1:
        raise InputError("une part est entre 0 et 1.", "a share is between 0 and 1.", where=Where(value=share))
    target = share * weights.sum()
    before = np.cumsum(weights) - weights
    taken = np.clip(target - before, 0.0, weights)
    return float(values @ taken / taken.sum())
