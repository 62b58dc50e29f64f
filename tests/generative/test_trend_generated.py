"""The trend on arrays against a plain one in loops, and the laws that any trend obeys."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, f

from vigie.indicators import trend
from vigie.indicators.statistics import benjamini_hochberg, byar, funnel_count, funnel_proportion, wilson

MODERATE = settings(max_examples=80, deadline=None)
Number = float | None


def line(points: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Slope and spread of the weighted line through (time, value, weight)."""
    total = math.fsum(w for _, _, w in points)
    if total == 0:
        return math.nan, 0.0
    middle = math.fsum(w * t for t, _, w in points) / total
    level = math.fsum(w * y for _, y, w in points) / total
    spread = math.fsum(w * (t - middle) ** 2 for t, _, w in points)
    if len(points) < 2:
        return math.nan, 0.0
    return math.fsum(w * (t - middle) * (y - level) for t, y, w in points) / spread, spread


def plain(points: list[tuple[float, float, float]], test: Callable[[list, float, float], float]) -> dict[str, object]:
    """The trend of one series, whose points are in time order, one at a time."""
    points = points[-trend.LAST :]
    slope, spread = line(points)
    signs = [math.copysign(1, line(points[:i] + points[i + 1 :])[0]) for i in range(len(points))] if points else []
    without = [line(points[:i] + points[i + 1 :])[0] for i in range(len(points))]
    return {
        "points": len(points),
        "slope": slope,
        "statistic": test(points, slope, spread) if not math.isnan(slope) else math.nan,
        "without": without,
        "signs": signs,
    }


def chi_of_proportions(points: list[tuple[float, float, float]], slope: float, spread: float) -> float:
    total = math.fsum(w for _, _, w in points)
    share = math.fsum(w * y for _, y, w in points) / total
    return slope**2 * spread / (share * (1 - share)) if 0 < share < 1 else 0.0


times = st.lists(st.integers(2000, 2030), min_size=1, max_size=8, unique=True).map(sorted)
shares = st.one_of(st.none(), st.tuples(st.integers(0, 50), st.integers(0, 2000)))


@st.composite
def panels(draw: st.DrawFn, cell: st.SearchStrategy) -> tuple[list[int], list[list]]:
    years = draw(times)
    rows = draw(st.lists(st.lists(cell, min_size=len(years), max_size=len(years)), min_size=1, max_size=5))
    return years, rows


def array(rows: list[list[Number]]) -> np.ndarray:
    return np.array([[math.nan if value is None else value for value in row] for row in rows], dtype=np.float64)


@MODERATE
@given(panels(shares))
def test_proportions_one_by_one(panel):
    years, rows = panel
    counts = array([[None if cell is None else min(cell) for cell in row] for row in rows])
    totals = array([[None if cell is None else max(cell) for cell in row] for row in rows])
    found = trend.proportions(counts, totals, np.array(years, dtype=float))
    for place, row in enumerate(rows):
        points = [
            (float(year), min(cell) / max(cell), float(max(cell)))
            for year, cell in zip(years, row, strict=True)
            if cell is not None and max(cell) > 0
        ]
        same(found, place, plain(points, chi_of_proportions))
        if not math.isnan(found.statistic[place]):
            assert found.p[place] == pytest.approx(chi2.sf(found.statistic[place], 1))


values = st.one_of(st.none(), st.tuples(st.floats(-100, 100), st.floats(0.01, 10)))


@MODERATE
@given(panels(values))
def test_weighted_regression_one_by_one(panel):
    years, rows = panel
    found = trend.weighted(
        array([[cell and cell[0] for cell in row] for row in rows]),
        array([[cell and cell[1] for cell in row] for row in rows]),
        np.array(years, dtype=float),
    )
    for place, row in enumerate(rows):
        points = [(float(t), cell[0], cell[1] ** -2) for t, cell in zip(years, row, strict=True) if cell is not None]
        same(found, place, plain(points, lambda _, slope, spread: slope**2 * spread))


@MODERATE
@given(panels(st.one_of(st.none(), st.integers(-40, 40).map(float))))
def test_ordinary_regression_one_by_one(panel):
    years, rows = panel
    found = trend.unweighted(array(rows), np.array(years, dtype=float))
    for place, row in enumerate(rows):
        points = [(float(t), cell, 1.0) for t, cell in zip(years, row, strict=True) if cell is not None]
        same(found, place, plain(points, fisher))
        if len(points[-trend.LAST :]) > 2 and np.isfinite(found.statistic[place]):
            free = min(len(points), trend.LAST) - 2
            assert found.p[place] == pytest.approx(f.sf(found.statistic[place], 1, free), abs=1e-12)


def fisher(points: list[tuple[float, float, float]], slope: float, spread: float) -> float:
    free = len(points) - 2
    if free < 1:
        return math.nan
    middle, level = (math.fsum(p[i] for p in points) / len(points) for i in (0, 1))
    left = math.fsum((y - level - slope * (t - middle)) ** 2 for t, y, _ in points) / free
    if abs(slope) < 1e-12:
        return 0.0
    return math.inf if left < 1e-18 else slope**2 * spread / left


def same(found: trend.Trend, place: int, expected: dict) -> None:
    assert found.points[place] == expected["points"]
    assert found.slope[place] == pytest.approx(expected["slope"], rel=1e-6, abs=1e-9, nan_ok=True)
    if found.statistic[place] < 1e15 or math.isinf(expected["statistic"]):
        assert found.statistic[place] == pytest.approx(expected["statistic"], rel=1e-5, abs=1e-7, nan_ok=True)
    clear = [abs(one) > 1e-9 for one in (*expected["without"], expected["slope"])]
    if all(clear) and expected["points"]:
        stable = all(math.copysign(1, expected["slope"]) == sign for sign in expected["signs"])
        assert bool(found.stable[place]) == (stable and not any(map(math.isnan, expected["without"])))


@MODERATE
@given(st.lists(st.integers(-1000, 1000), min_size=5, max_size=8), st.integers(-20, 20))
def test_neither_the_origin_of_time_nor_that_of_the_values_changes_what_is_said(row, shift):
    here, years = np.array([row], dtype=float), np.arange(float(len(row)))
    found, moved = trend.unweighted(here, years), trend.unweighted(here + shift, years + 2000)
    assert moved.slope == pytest.approx(found.slope, abs=1e-9)
    assert trend.judge(found).outcome == trend.judge(moved).outcome


@MODERATE
@given(st.lists(st.integers(0, 300), min_size=5, max_size=7))
def test_a_series_turned_upside_down_goes_the_other_way(row):
    counts = np.array([row], dtype=float)
    totals, years = np.full_like(counts, 300.0), np.arange(float(len(row)))
    up, down = (trend.judge(trend.proportions(x, totals, years)) for x in (counts, totals - counts))
    opposite = {0: 1, 1: 0, 2: 2, 3: 3}
    assert down.outcome[0] == opposite[int(up.outcome[0])]


@MODERATE
@given(st.lists(st.integers(0, 300), min_size=6, max_size=9))
def test_only_the_last_five_points_count(row):
    years = np.arange(float(len(row)))
    whole, last = (trend.unweighted(np.array([one], dtype=float), at) for one, at in
                   ((row, years), (row[-5:], years[-5:])))  # fmt: skip
    assert whole.slope == pytest.approx(last.slope)
    assert trend.judge(whole).outcome == trend.judge(last).outcome


@MODERATE
@given(st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=1, max_size=4), st.booleans())
def test_fewer_than_five_points_are_never_significant(row, yearly):
    judged = trend.judge(trend.unweighted(array([row]), np.arange(float(len(row)))), yearly)
    assert trend.RULES[judged.rule[0]] == "short_series"
    assert trend.REASONS[judged.reason[0]] != "significant"


@MODERATE
@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from([0.9, 0.95, 0.998]))
def test_limits_hold_the_proportion_and_widen_with_confidence(count, total, confidence):
    assume(count <= total)
    low, high = wilson(count, total, confidence)
    assert low <= count / total <= high
    wide = wilson(count, total, 0.999)
    assert wide[0] <= low + 1e-12
    assert wide[1] >= high - 1e-12
    low, high = byar(count, confidence)
    assert low <= count <= high


@MODERATE
@given(st.floats(0, 1), st.integers(1, 10_000), st.floats(0, 500))
def test_funnels_hold_their_middle_and_narrow_with_size(share, people, expected):
    low, high = funnel_proportion(share, people)
    assert low <= share <= high
    larger = funnel_proportion(share, 4 * people)
    assert larger[1] - larger[0] <= high - low + 1e-12
    below, above = funnel_count(expected)
    strict = funnel_count(expected, 0.998)
    assert strict[0] <= below
    assert strict[1] >= above


@MODERATE
@given(st.lists(st.one_of(st.just(math.nan), st.floats(0, 1)), min_size=1, max_size=30))
def test_adjusted_p_values(p):
    adjusted = benjamini_hochberg(p)
    known = [(one, after) for one, after in zip(p, adjusted, strict=True) if not math.isnan(one)]
    assert all(after >= one for one, after in known)
    assert np.isnan(adjusted).tolist() == np.isnan(p).tolist()
    order = sorted(known)
    assert [after for _, after in order] == sorted(after for _, after in order)
    for place, (_, after) in enumerate(order):
        assert after == pytest.approx(
            min(min(len(order) * q / (k + 1) for k, (q, _) in enumerate(order) if k >= place), 1)
        )
