"""How two indicators go together over territories: a weighted straight line, its interval, and how far each stands.

An association, never a cause. Pure: arrays in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
FEWEST = 5  # territories under which no line is drawn


@dataclass(frozen=True)
class Fit:
    """A weighted least-squares line y = ``intercept`` + ``slope`` · x over ``count`` territories.

    ``lower`` and ``upper`` bound the slope at 95 %. ``r2`` is the weighted share of the variance of y that goes with
    x. ``expected``, ``residuals`` (y minus expected, in y's unit) and ``scores`` (residuals in standard errors,
    internally studentised) are in the order of the territories.
    """

    count: int
    intercept: float
    slope: float
    lower: float
    upper: float
    r2: float
    expected: Floats
    residuals: Floats
    scores: Floats
    centre: float  # the weighted mean of x
    spread: float  # Σ w (x - centre)²
    error: float  # the standard error of y for a weight of one
    total: float  # Σ w
    quantile: float  # of Student's t, two-sided, n - 2 degrees of freedom

    def band(self, at: Floats) -> tuple[Floats, Floats]:
        """The 95 % interval of the line (the mean of y) at these values of x: lower and upper ends."""
        half = self.quantile * self.error * np.sqrt(1 / self.total + (at - self.centre) ** 2 / self.spread)
        middle = self.intercept + self.slope * at
        return middle - half, middle + half


def weighted_fit(x: Floats, y: Floats, weight: Floats) -> Fit | None:
    """Fit y on x by least squares weighted by ``weight``; all three of shape (n,), without NaN, weights positive.

    The variance of a territory is taken as inverse to its weight (WLS; Greene, *Econometric Analysis*, ch. 9), so that
    equal weights give ordinary least squares. None with fewer than five territories, where x does not vary, or where
    the points lie on the line exactly, which leaves no interval. Raises ValueError for a weight that is not positive.
    """
    if (weight <= 0).any():
        raise ValueError("a weight is not positive")
    count = len(x)
    if count < FEWEST:
        return None
    # Only the ratios between the weights matter: their mean is made one.
    shares = weight / weight.mean()
    total = float(shares.sum())
    centre, middle = float(shares @ x) / total, float(shares @ y) / total
    dx, dy = x - centre, y - middle
    spread, height = float(shares @ dx**2), float(shares @ dy**2)
    if spread <= 1e-12 * total * max(centre**2, 1e-300) or height == 0:
        return None
    slope = float(shares @ (dx * dy)) / spread
    intercept = middle - slope * centre
    expected = intercept + slope * x
    residuals = y - expected
    left = float(shares @ residuals**2)
    if left <= 1e-14 * height:
        return None
    error = float(np.sqrt(left / (count - 2)))
    quantile = _student(count - 2)
    half = quantile * error / float(np.sqrt(spread))
    leverage = shares * (1 / total + dx**2 / spread)
    scores = residuals * np.sqrt(shares) / (error * np.sqrt(np.maximum(1 - leverage, 1e-12)))
    r2 = 1 - left / height
    return Fit(count, intercept, slope, slope - half, slope + half, r2, expected, residuals, scores, centre, spread,
               error, total, quantile)  # fmt: skip


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
