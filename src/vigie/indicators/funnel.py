"""Which territories lie outside what chance alone explains: a funnel plot's limits, overdispersion, false discoveries.

A proportion or a rate of a small territory moves by chance more than that of a large one: the limits around the mean
of all narrow with size. Where territories differ among themselves far more than chance (overdispersion), those limits
flag nearly everyone: they are then widened by the square root of the dispersion, and the territories that remain are
tested together. Sources: Spiegelhalter (2005), *Handling over-dispersion of performance indicators*; Benjamini and
Hochberg (1995). Pure: arrays in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from vigie.indicators.statistics import STRICT, USUAL, benjamini_hochberg, funnel_count, funnel_proportion

Floats = NDArray[np.float64]
Kind = Literal["proportion", "rate"]

FEWEST: Final = 10  # territories under which a funnel says nothing (ours)
LEAST_EXPECTED: Final = 5.0  # events expected under which a territory is too small for its limits (ours)
WINSORISED: Final = 0.1  # share of the scores drawn in at each end before the dispersion is told (Spiegelhalter)
FALSE: Final = 0.05  # of the territories kept, the share that chance may have brought (Benjamini and Hochberg)
PLACES: Final = ("below_strict", "below", "within", "above", "above_strict", "too_small")
BELOW_STRICT, BELOW, WITHIN, ABOVE, ABOVE_STRICT, TOO_SMALL = range(6)


@dataclass(frozen=True)
class Limits:
    """Lower and upper limits at 95 % (``low``, ``high``) and at 99.8 % (``lowest``, ``highest``), each (n,)."""

    low: Floats
    high: Floats
    lowest: Floats
    highest: Floats


@dataclass(frozen=True)
class Funnel:
    """A funnel over n territories, as shares or as events for one person of the denominator.

    ``average`` is Σ counts / Σ denominators; ``dispersion`` how many times more than chance the territories vary, and
    ``overdispersed`` whether that is itself beyond chance. ``chance`` are the limits of chance alone, ``limits`` those
    widened for dispersion (the same where there is none). ``by_chance`` and ``place`` are positions in
    :data:`PLACES` against each; ``score`` the distance to the average in standard errors, ``p_adjusted`` the p value
    against the widened limits, adjusted for all being looked at together, NaN for what is too small; ``kept`` those
    that remain at :data:`FALSE`.
    """

    average: float
    dispersion: float
    overdispersed: bool
    chance: Limits
    limits: Limits
    by_chance: NDArray[np.int8]
    place: NDArray[np.int8]
    score: Floats
    p_adjusted: Floats
    kept: NDArray[np.bool_]

    def count(self, *places: int) -> int:
        """How many territories stand at some places against the limits of chance alone."""
        return int(np.isin(self.by_chance, places).sum())


def funnel(counts: ArrayLike, totals: ArrayLike, kind: Kind) -> Funnel | None:
    """The funnel of ``counts`` out of ``totals``, both (n,), known and with positive totals.

    None where fewer than :data:`FEWEST` territories are large enough, or where no event or nothing else was counted.
    Raises ValueError for a negative count, a total that is not positive, or a share above 1.
    """
    x, n = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if np.any(x < 0) or not np.all(n > 0) or np.any(np.isnan(x)):
        raise ValueError("a count is negative or unknown, or a total is not positive")
    if kind == "proportion" and np.any(x > n):
        raise ValueError("a count is above its total")
    if not len(x):
        return None
    average = float(x.sum() / n.sum())
    large = _smallest(average * n, kind, n) >= LEAST_EXPECTED
    if large.sum() < FEWEST or average == 0 or (kind == "proportion" and average == 1):
        return None
    score = _scores(x, n, average, kind)
    dispersion = float(np.mean(_drawn_in(score[large]) ** 2))
    # Beyond two standard errors of what chance gives: Spiegelhalter's rule.
    overdispersed = dispersion > 1 + 2 * float(np.sqrt(2 / large.sum()))
    scale = float(np.sqrt(dispersion)) if overdispersed else 1.0
    chance = chance_limits(average, n, kind)
    limits = widened(average, n, kind, scale) if overdispersed else chance
    p = np.where(large, 2 * ndtr(-np.abs(score) / scale), np.nan)
    adjusted = benjamini_hochberg(p)
    values = x / n
    return Funnel(
        average=average,
        dispersion=dispersion,
        overdispersed=overdispersed,
        chance=chance,
        limits=limits,
        by_chance=_place(values, chance, large),
        place=_place(values, limits, large),
        score=score,
        p_adjusted=adjusted,
        kept=large & (np.nan_to_num(adjusted, nan=1.0) <= FALSE),
    )


def chance_limits(average: float, totals: ArrayLike, kind: Kind) -> Limits:
    """The limits of chance alone around ``average``: score limits of a proportion, Poisson tails of a rate."""
    n = np.asarray(totals, dtype=np.float64)
    ends: list[Floats] = []
    for confidence in (USUAL, STRICT):
        if kind == "proportion":
            ends += funnel_proportion(average, n, confidence)
        else:
            ends += [limit / n for limit in funnel_count(average * n, confidence)]
    return Limits(*ends)


def widened(average: float, totals: ArrayLike, kind: Kind, scale: float) -> Limits:
    """The limits ``scale`` times as many standard errors away; those of a rate on the scale of the square root."""
    n = np.asarray(totals, dtype=np.float64)
    ends: list[Floats] = []
    for confidence in (USUAL, STRICT):
        z = scale * float(ndtri(0.5 + confidence / 2))
        if kind == "proportion":
            half = z * np.sqrt(average * (1 - average) / n)
            ends += [np.clip(average - half, 0.0, 1.0), np.clip(average + half, 0.0, 1.0)]
        else:
            root = np.sqrt(average * n)
            ends += [np.maximum(root - z / 2, 0.0) ** 2 / n, (root + z / 2) ** 2 / n]
    return Limits(*ends)


def _scores(x: Floats, n: Floats, average: float, kind: Kind) -> Floats:
    """How many standard errors of chance each stands from the average: a rate by its square root (variance 1/4)."""
    if kind == "proportion":
        return np.asarray((x / n - average) / np.sqrt(average * (1 - average) / n))
    return np.asarray(2 * (np.sqrt(x) - np.sqrt(average * n)))


def _smallest(expected: Floats, kind: Kind, n: Floats) -> Floats:
    return np.minimum(expected, n - expected) if kind == "proportion" else expected


def _drawn_in(score: Floats) -> Floats:
    low, high = np.quantile(score, [WINSORISED, 1 - WINSORISED])
    return np.clip(score, low, high)


def _place(values: Floats, limits: Limits, large: NDArray[np.bool_]) -> NDArray[np.int8]:
    """A territory lies outside when it lies strictly outside, but for rounding."""
    hair = 1e-12
    places = np.select(
        [~large, values < limits.lowest - hair, values > limits.highest + hair, values < limits.low - hair,
         values > limits.high + hair],
        [TOO_SMALL, BELOW_STRICT, ABOVE_STRICT, BELOW, ABOVE],
        WITHIN,
    )  # fmt: skip
    return np.asarray(places, dtype=np.int8)
