"""Intervals, funnel limits and corrections for many comparisons, as public health reporting uses them; all vectorised.

The formulas are those of the Fingertips technical guidance of the English public health administration (Wilson 1927,
Byar in Breslow and Day 1987) and of Benjamini and Hochberg (1995). NaN goes through as NaN: what is unknown stays so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, pdtrik

Floats = NDArray[np.float64]

USUAL = 0.95
STRICT = 0.998  # about three standard errors


def wilson(count: ArrayLike, total: ArrayLike, confidence: float = USUAL) -> tuple[Floats, Floats]:
    """Lower and upper limits of the proportion ``count / total`` (Wilson's score interval), between 0 and 1.

    ``count`` and ``total`` broadcast; a total of zero gives NaN. Raises ValueError for a negative count, or a count
    above its total. Source: Wilson (1927), as in Fingertips.
    """
    x, n = _counts(count), _counts(total)
    if np.any(x > n):
        raise ValueError("a count is above its total")
    z = _z(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = 2 * x + z**2
        half = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
        # Rounding would leave the limits of none and of all a hair away from 0 and 1.
        lower = np.where(x == 0, 0.0, (middle - half) / (2 * (n + z**2)))
        upper = np.where(x == n, 1.0, (middle + half) / (2 * (n + z**2)))
    empty = n == 0
    return np.where(empty, np.nan, lower), np.where(empty, np.nan, upper)


def byar(count: ArrayLike, confidence: float = USUAL) -> tuple[Floats, Floats]:
    """Lower and upper limits of a count of events (Byar's approximation to the Poisson limits).

    For a rate, divide both by its denominator. The lower limit of zero is zero, and so is one that the approximation
    makes negative (very small counts at high confidence). Raises ValueError for a negative count. Source: Breslow and
    Day (1987), as in Fingertips.
    """
    x, z = _counts(count), _z(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return np.where(x == 0, 0.0, np.maximum(lower, 0.0)), upper


def funnel_proportion(average: ArrayLike, total: ArrayLike, confidence: float = USUAL) -> tuple[Floats, Floats]:
    """Control limits of a proportion observed on ``total`` people where the true one is ``average``: score limits.

    Both limits are within 0 and 1. A value is an outlier when it lies strictly outside. Source: the funnel plots of
    Fingertips (PHEindicatormethods), at 95 % and 99.8 %.
    """
    p, n = np.asarray(average, dtype=np.float64), _counts(total)
    if np.any((p < 0) | (p > 1)):
        raise ValueError("an average proportion lies outside 0 and 1")
    with np.errstate(invalid="ignore", divide="ignore"):
        half = _z(confidence) * np.sqrt(p * (1 - p) / n)
    half = np.where(n == 0, np.nan, half)
    return np.clip(p - half, 0.0, 1.0), np.clip(p + half, 0.0, 1.0)


def funnel_count(expected: ArrayLike, confidence: float = USUAL) -> tuple[Floats, Floats]:
    """Control limits of a count where ``expected`` events are: exact Poisson tails, drawn as a curve between counts.

    A count is an outlier when it lies strictly outside: fewer (or more) events than that have a probability under half
    of what ``confidence`` leaves. For a rate, ``expected`` is the average rate times the denominator, and both limits
    are divided by the denominator. Raises ValueError for a negative number. Source: Spiegelhalter (2005).
    """
    e, tail = _counts(expected), (1 - confidence) / 2
    lower = np.where(np.exp(-e) >= tail, 0.0, pdtrik(tail, e))
    upper = np.where(np.exp(-e) >= 1 - tail, 0.0, pdtrik(1 - tail, e) + 1)
    unknown = np.isnan(e)
    return np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """The p values adjusted for being looked at together, in their order: keep those under the false discovery rate.

    NaN (nothing was tested) stays NaN and is not counted. Source: Benjamini and Hochberg (1995). SciPy has the same in
    ``scipy.stats``, whose import takes two seconds: a third of what all the trends of an edition take.
    """
    p = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(p)
    order = np.argsort(p[known])[::-1]
    ranks = np.arange(len(order), 0, -1)
    stepped = np.minimum.accumulate(p[known][order] * (len(order) / ranks)) if len(order) else np.empty(0)
    adjusted = np.full(p.shape, np.nan)
    back = np.empty(len(order))
    back[order] = np.minimum(stepped, 1.0)
    adjusted[known] = back
    return adjusted


def standard_error(lower: ArrayLike, upper: ArrayLike, confidence: float = USUAL) -> Floats:
    """The standard error that an interval stands for: its width over twice the normal quantile."""
    width = np.asarray(upper, dtype=np.float64) - np.asarray(lower, dtype=np.float64)
    return np.asarray(width / (2 * _z(confidence)))


def _counts(values: ArrayLike) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if np.any(found < 0):
        raise ValueError("a count is negative")
    return found


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    return float(ndtri(0.5 + confidence / 2))
