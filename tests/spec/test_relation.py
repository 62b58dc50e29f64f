"""The weighted line against SciPy's least squares, which know nothing of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from vigie.indicators.relation import weighted_fit


def sample(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.uniform(1, 6, count)
    return x, 3 - 0.7 * x + random.normal(0, 1, count), random.lognormal(8, 1.5, count)


@given(seed=st.integers(0, 10_000), count=st.integers(5, 60))
def test_the_line_and_its_interval_are_those_of_weighted_least_squares(seed: int, count: int) -> None:
    x, y, weight = sample(seed, count)
    fit = weighted_fit(x, y, weight)
    assert fit is not None
    (slope, intercept), cov = optimize.curve_fit(lambda at, a, b: a * at + b, x, y, p0=(0.0, 0.0),
                                                 sigma=1 / np.sqrt(weight), absolute_sigma=False)  # fmt: skip
    quantile = stats.t.ppf(0.975, count - 2)
    assert fit.slope == pytest.approx(slope, rel=1e-4, abs=1e-5)
    assert fit.intercept == pytest.approx(intercept, rel=1e-4, abs=1e-5)
    assert fit.upper - fit.slope == pytest.approx(quantile * np.sqrt(cov[0, 0]), rel=1e-3)
    at = np.array([0.0, 2.0, 7.0])
    design = np.column_stack([at, np.ones(3)])
    half = quantile * np.sqrt(np.einsum("ij,jk,ik->i", design, cov, design))
    low, high = fit.band(at)
    assert (high - low) / 2 == pytest.approx(half, rel=1e-3)


def test_equal_weights_give_ordinary_least_squares() -> None:
    x, y, _ = sample(1, 40)
    fit, plain = weighted_fit(x, y, np.full(40, 12.0)), stats.linregress(x, y)
    assert fit is not None
    assert (fit.slope, fit.intercept) == pytest.approx((plain.slope, plain.intercept))
    assert fit.r2 == pytest.approx(plain.rvalue**2)
    assert fit.upper - fit.slope == pytest.approx(stats.t.ppf(0.975, 38) * plain.stderr)


def test_a_doubled_weight_counts_as_two_territories_for_the_line() -> None:
    x, y, _ = sample(2, 12)
    weight = np.arange(1.0, 13.0)
    fit = weighted_fit(x, y, weight)
    times = weight.astype(int)
    repeated = stats.linregress(np.repeat(x, times), np.repeat(y, times))
    assert fit is not None
    assert (fit.slope, fit.intercept) == pytest.approx((repeated.slope, repeated.intercept))


def test_scores_are_residuals_in_standard_errors() -> None:
    x, y, weight = sample(3, 25)
    fit = weighted_fit(x, y, weight)
    assert fit is not None
    root = np.sqrt(weight)
    design = np.column_stack([root, root * x])
    hat = design @ np.linalg.pinv(design)
    left = root * y - hat @ (root * y)
    expected = left / np.sqrt(left @ left / 23 * (1 - np.diag(hat)))
    assert fit.scores == pytest.approx(expected)


def test_no_line_where_none_means_anything() -> None:
    x, y, weight = sample(4, 6)
    assert weighted_fit(x[:4], y[:4], weight[:4]) is None
    assert weighted_fit(np.full(6, 2.0), y, weight) is None
    assert weighted_fit(x, 2 * x + 1, weight) is None
    with pytest.raises(ValueError, match="weight"):
        weighted_fit(x, y, np.zeros(6))


@pytest.mark.parametrize("wrong", [0.0, -1.0])
def test_one_weight_that_is_not_positive_is_refused(wrong: float) -> None:
    x = np.arange(6.0)
    with pytest.raises(ValueError, match="not positive"):
        weighted_fit(x, x**2, np.array([1.0, 1.0, wrong, 1.0, 1.0, 1.0]))


def test_a_line_needs_five_points_that_vary_and_do_not_lie_on_it() -> None:
    x, ones = np.arange(5.0), np.ones(5)
    assert weighted_fit(x, x**2, ones) is not None
    assert weighted_fit(x[:4], x[:4] ** 2, ones[:4]) is None
    assert weighted_fit(np.full(5, 3.0), x, ones) is None
    assert weighted_fit(x, ones, ones) is None
    assert weighted_fit(x, 2 * x + 1, ones) is None
