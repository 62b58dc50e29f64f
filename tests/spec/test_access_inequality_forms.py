"""Inequality on distributions whose indices have closed forms."""

import math

import numpy as np
import pytest

from vigie.access.inequality import decile_ratio, gini, mean_of_best, mean_of_worst, theil


def test_two_classes():
    """A share p of people at a, the others at b: Gini = p(1−p)|b−a|/μ, Theil = Σ shares of amount × ln(v/μ)."""
    p, a, b = 0.25, 1.0, 5.0
    mean = p * a + (1 - p) * b
    assert gini([a, b], [p, 1 - p]) == pytest.approx(p * (1 - p) * (b - a) / mean, rel=1e-12)
    expected = (p * a * math.log(a / mean) + (1 - p) * b * math.log(b / mean)) / mean
    assert theil([a, b], [p, 1 - p], ["x", "x"]).total == pytest.approx(expected, rel=1e-12)


def test_uniform_on_zero_to_one():
    """Gini 1/3, Theil ln 2 − 1/2, D9/D1 = 9, mean of the best tenth 0.95, of the worst 0.05."""
    n = 100_000
    values, people = (np.arange(n) + 0.5) / n, np.ones(n)
    assert gini(values, people) == pytest.approx(1 / 3, abs=1e-9)
    assert theil(values, people, np.zeros(n)).total == pytest.approx(math.log(2) - 0.5, abs=1e-8)
    assert decile_ratio(values, people) == pytest.approx(9, rel=1e-3)
    assert mean_of_best(values, people) == pytest.approx(0.95)
    assert mean_of_worst(values, people) == pytest.approx(0.05)


def test_exponential():
    """Gini 1/2, Theil 1 − γ (Euler's constant)."""
    n = 400_000
    values = -np.log1p(-(np.arange(n) + 0.5) / n)
    assert gini(values, np.ones(n)) == pytest.approx(0.5, abs=1e-5)
    assert theil(values, np.ones(n), np.zeros(n)).total == pytest.approx(1 - np.euler_gamma, abs=1e-4)


def test_one_person_has_all():
    """Gini (n−1)/n, Theil ln n."""
    assert gini([0, 0, 0, 8], [1, 1, 1, 1]) == pytest.approx(3 / 4)
    assert theil([0, 0, 0, 8], [1, 1, 1, 1], [0, 0, 1, 1]).total == pytest.approx(math.log(4))


def test_theil_splits_within_and_between():
    """Two groups of two, by hand: between on the groups' means 2 and 6, within each weighted by its amount."""
    found = theil([1, 3, 4, 8], [1, 1, 1, 1], ["a", "a", "b", "b"])
    between = (2 * 2 * math.log(2 / 4) + 2 * 6 * math.log(6 / 4)) / 16
    within = (1 * math.log(1 / 2) + 3 * math.log(3 / 2) + 4 * math.log(4 / 6) + 8 * math.log(8 / 6)) / 16
    assert found.between == pytest.approx(between, rel=1e-12)
    assert found.within == pytest.approx(within, rel=1e-12)
    assert found.total == pytest.approx(between + within, rel=1e-12)
