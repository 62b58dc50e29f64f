"""Is a series moving for real? The rule of recent trends, on arrays: one row a series, one column a point in time.

The full rule (Fingertips, methods section 7): the last five yearly points; a χ² test for trend where the points are
proportions, a regression weighted by their standard errors otherwise; significant when χ² > 9.5495, which is p < 0.002;
and if leaving one point out changes the sign of the slope, no significant change. Series of fewer points and series
that are not yearly are judged by a rule that promises less; :func:`judge` says which one was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LAST: Final = 5
SIGNIFICANT: Final = 9.5495  # χ² with one degree of freedom at 99.8 %
LEAST_P: Final = float(chdtrc(1, SIGNIFICANT))  # the same threshold for a test that is not a χ²
ROUNDING: Final = 1e-12  # what is smaller than this, next to what it is made of, is zero

# What a trend may be, as positions in these lists.
OUTCOMES: Final = ("increasing", "decreasing", "no_change", "not_calculated")
INCREASING, DECREASING, NO_CHANGE, NOT_CALCULATED = range(4)
REASONS: Final = ("significant", "not_significant", "one_point_decides", "too_few_points", "steady", "unsteady", "flat")
BY_TEST, NOT_SIGNIFICANT, ONE_POINT, TOO_FEW, STEADY, UNSTEADY, FLAT = range(7)
RULES: Final = ("five_points", "short_series")
FIVE_POINTS, SHORT_SERIES = range(2)


@dataclass(frozen=True)
class Trend:
    """The slope of each series and what is known of it; every array is (n,).

    ``slope`` is in the unit of the values per unit of time, NaN where it cannot be had; ``statistic`` the χ² (the F of
    the regression where the points have no standard error), ``p`` its probability; ``points`` how many were used, from
    column ``first`` to column ``last`` (−1 for none); ``stable`` whether the slope keeps its sign whichever point is
    left out; ``steady`` whether every step goes the same way; ``flat`` whether there is no step at all.
    """

    slope: Floats
    statistic: Floats
    p: Floats
    points: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    stable: Bools
    steady: Bools
    flat: Bools


def proportions(counts: Floats, totals: Floats, times: Floats, last: int = LAST) -> Trend:
    """Trend of proportions by the χ² test for trend (Cochran and Armitage) on their ``last`` known points.

    ``counts`` and ``totals`` are (n, t), NaN where unknown; ``times`` (t,), ascending, in years or fractions. The
    slope is that of the regression weighted by the totals, of which the test is made.
    """
    known = _last(~np.isnan(counts) & (totals > 0), last)
    weights = np.where(known, totals, 0.0)
    shares = np.divide(counts, totals, out=np.zeros_like(weights), where=known)
    fit = _fit(shares, weights, times)
    overall = _divide((weights * shares).sum(axis=1), weights.sum(axis=1))
    variance = overall * (1 - overall)
    # All of them or none of them in every year: the proportion does not move, and nothing is uncertain about it.
    statistic = np.where(
        variance > 0, _divide(fit.slope**2 * fit.spread, variance), np.where(fit.spread > 0, 0.0, np.nan)
    )
    return _trend(shares, weights, times, fit, statistic, chdtrc(1, statistic))


def weighted(values: Floats, errors: Floats, times: Floats, last: int = LAST) -> Trend:
    """Trend of values by the regression weighted by their standard ``errors``, both (n, t), NaN where unknown.

    A point whose error is zero or unknown is not used.
    """
    known = _last(~np.isnan(values) & (errors > 0), last)
    weights = np.divide(1.0, errors**2, out=np.zeros_like(values), where=known)
    fit = _fit(np.where(known, values, 0.0), weights, times)
    statistic = fit.slope**2 * fit.spread
    return _trend(np.where(known, values, 0.0), weights, times, fit, statistic, chdtrc(1, statistic))


def unweighted(values: Floats, times: Floats, last: int = LAST) -> Trend:
    """Trend of values that have no standard error, (n, t): the points' own distance to the line stands for it.

    The test is that of an ordinary regression (F with 1 and points − 2 degrees of freedom). It serves the measures that
    come from full coverage, which have no sampling error; three points at least have a statistic.
    """
    known = _last(~np.isnan(values), last)
    weights = known.astype(np.float64)
    held = np.where(known, values, 0.0)
    fit = _fit(held, weights, times)
    free = weights.sum(axis=1) - 2
    line = fit.level[:, None] + fit.slope[:, None] * (times - fit.middle[:, None])
    residual = np.where(known, held - line, 0.0)
    left = _divide((residual**2).sum(axis=1), free)
    explained = fit.slope**2 * fit.spread
    scale = np.maximum(np.abs(held).max(axis=1, initial=0.0), np.finfo(np.float64).tiny)
    flat = np.abs(fit.slope) * np.sqrt(fit.spread) <= 1e-9 * scale  # a constant, but for rounding
    straight = (left <= (1e-9 * scale) ** 2) & (free > 0) & ~flat
    statistic = np.where(flat & (free > 0), 0.0, np.where(straight, np.inf, _divide(explained, left)))
    statistic = np.where(np.isnan(fit.slope), np.nan, statistic)
    with np.errstate(invalid="ignore"):
        p = np.where(np.isinf(statistic), 0.0, fdtrc(1, np.maximum(free, 1.0), statistic))
    return _trend(held, weights, times, fit, statistic, np.where(np.isnan(statistic), np.nan, p))


@dataclass(frozen=True)
class Judged:
    """What is said of each series: positions in :data:`OUTCOMES`, :data:`REASONS` and :data:`RULES`, each (n,)."""

    outcome: NDArray[np.int8]
    reason: NDArray[np.int8]
    rule: NDArray[np.int8]


def judge(trend: Trend, yearly: bool = True) -> Judged:
    """What each trend amounts to, whatever direction is wished for.

    Five points of a ``yearly`` series: the full rule. Otherwise the rule of short series, which never says
    *significant*: with three points or more, a series moves when every step goes the same way (``steady``), and does
    not otherwise (``unsteady``). Under three points: not calculated.
    """
    full = (trend.points >= LAST) & yearly
    passed = trend.p < LEAST_P
    up = np.where(trend.slope > 0, INCREASING, DECREASING)
    by_test = np.where(~passed, NO_CHANGE, np.where(trend.stable, up, NO_CHANGE))
    why = np.where(~passed, NOT_SIGNIFICANT, np.where(trend.stable, BY_TEST, ONE_POINT))
    few = (trend.points < 3) | np.isnan(trend.slope)
    by_step = np.where(few, NOT_CALCULATED, np.where(trend.steady & ~trend.flat, up, NO_CHANGE))
    step_why = np.where(few, TOO_FEW, np.where(trend.flat, FLAT, np.where(trend.steady, STEADY, UNSTEADY)))
    return Judged(
        np.where(full, by_test, by_step).astype(np.int8),
        np.where(full, why, step_why).astype(np.int8),
        np.where(full, FIVE_POINTS, SHORT_SERIES).astype(np.int8),
    )


@dataclass(frozen=True)
class _Fit:
    """A line by weighted least squares: at time ``middle`` its height is ``level``; ``spread`` is Σ w (t − middle)²."""

    slope: Floats
    level: Floats
    middle: Floats
    spread: Floats


def _fit(values: Floats, weights: Floats, times: Floats) -> _Fit:
    total = weights.sum(axis=1)
    middle = _divide(weights @ times, total)
    level = _divide((weights * values).sum(axis=1), total)
    away = times - middle[:, None]
    # The middle of a single point is that point, but for rounding, which must not make a slope.
    several = (weights > 0).sum(axis=1) >= 2
    spread = np.where(several, (weights * away**2).sum(axis=1), 0.0)
    products = weights * away * (values - level[:, None])
    together = products.sum(axis=1)
    flat = np.abs(together) <= ROUNDING * np.abs(products).sum(axis=1)
    return _Fit(_divide(np.where(flat, 0.0, together), spread), level, middle, spread)


def _trend(values: Floats, weights: Floats, times: Floats, fit: _Fit, statistic: Floats, p: Floats) -> Trend:
    known = weights > 0
    points = known.sum(axis=1)
    columns = np.arange(known.shape[1])
    return Trend(
        slope=fit.slope,
        statistic=statistic,
        p=p,
        points=points,
        first=np.where(points > 0, np.where(known, columns, known.shape[1]).min(axis=1, initial=known.shape[1]), -1),
        last=np.where(known, columns, -1).max(axis=1, initial=-1),
        stable=_stable(values, weights, times, fit.slope),
        steady=_steady(values, known),
        flat=_range(values, known) == 0,
    )


def _stable(values: Floats, weights: Floats, times: Floats, slope: Floats) -> Bools:
    """Whether the slope keeps its sign when any one point is left out."""
    same = ~np.isnan(slope)
    for column in range(weights.shape[1]):
        left = weights.copy()
        left[:, column] = 0.0
        without = _fit(values, left, times).slope
        same &= (weights[:, column] == 0) | (np.sign(without) == np.sign(slope))
    return same


def _steady(values: Floats, known: Bools) -> Bools:
    """Whether every step from a known point to the next goes the same way."""
    up = np.ones(len(values), dtype=bool)
    down = up.copy()
    before = np.full(len(values), np.nan)
    for column in range(values.shape[1]):
        here = known[:, column]
        step = values[:, column] - before
        stepped = here & ~np.isnan(step)
        up &= ~stepped | (step > 0)
        down &= ~stepped | (step < 0)
        before = np.where(here, values[:, column], before)
    return up | down


def _range(values: Floats, known: Bools) -> Floats:
    """The largest known value less the smallest; 0 where none is known."""
    most, least = (np.where(known, values, end) for end in (-np.inf, np.inf))
    found: Floats = most.max(axis=1, initial=-np.inf) - least.min(axis=1, initial=np.inf)
    return np.where(known.any(axis=1), found, 0.0)


def _last(known: Bools, last: int) -> Bools:
    """The ``last`` known columns of each row."""
    after = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
    return known & (after <= last)


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
