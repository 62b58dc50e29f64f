"""Trajectories on arrays against a plain verdict in words, and the laws that they obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vigie.indicators import trajectory
from vigie.indicators.trajectory import LEAST_SPAN, REASONS, VERDICTS, Points, Trajectory, toward_level

MODERATE = settings(max_examples=80, deadline=None)
values = st.one_of(st.just(math.nan), st.integers(0, 40).map(lambda n: n / 4), st.floats(0, 100, allow_subnormal=False))
years = st.integers(8000, 8200).map(lambda n: n / 4)
directions = st.sampled_from(["higher", "lower"])


def level_in_words(
    baseline: float, since: float, latest: float, now: float, target: float, due: float, direction: str
) -> str:
    """The verdict on a level, one case after the other."""
    better = (lambda a, b: a >= b) if direction == "higher" else (lambda a, b: a <= b)
    if math.isnan(latest):
        return "not_measurable"
    if better(latest, target):
        return "reached"
    paced = now - since >= LEAST_SPAN and not math.isnan(baseline)
    if paced and latest != baseline and not better(latest, baseline):
        return "moving_away"
    if not math.isnan(due) and now >= due:
        return "late"
    if not paced:
        return "not_measurable"
    if math.isnan(due):
        return "late" if latest == baseline else "on_course"
    expected = baseline + (target - baseline) * (now - since) / (due - since)
    return "on_course" if better(latest, expected) else "late"


@MODERATE
@given(values, years, values, years, st.floats(0, 100), st.one_of(st.just(math.nan), years), directions)
def test_verdicts_on_a_level_one_by_one(baseline, since, latest, now, target, due, direction):
    assume(since <= now)
    found = trajectory.toward_level(Points.of(baseline, since, latest, now), target, direction, due)
    assume(math.isnan(found.gap[0]) or abs(found.gap[0]) > 1e-9)
    assert VERDICTS[found.verdict[0]] == level_in_words(baseline, since, latest, now, target, due, direction)


def growth_in_words(
    baseline: float, since: float, latest: float, now: float, yearly: float, growth: float, sign: int
) -> str:
    """The verdict on a yearly growth, one case after the other."""
    pace = yearly
    if now - since >= LEAST_SPAN and baseline > 0 and latest >= 0:
        pace = 100 * ((latest / baseline) ** (1 / (now - since)) - 1)
    if math.isnan(pace):
        return "not_measurable"
    if sign * pace >= sign * growth:
        return "reached"
    if not math.isnan(yearly) and sign * yearly >= sign * growth:
        return "on_course"
    return "late" if sign * pace >= 0 else "moving_away"


@MODERATE
@given(
    values,
    years,
    values,
    years,
    st.one_of(st.just(math.nan), st.integers(-20, 20).map(float)),
    st.floats(0.5, 10),
    directions,
)
def test_verdicts_on_a_growth_one_by_one(baseline, since, latest, now, yearly, growth, direction):
    assume(since <= now)
    sign = 1 if direction == "higher" else -1
    found = trajectory.toward_growth(Points.of(baseline, since, latest, now, yearly), sign * growth, direction)
    assume(math.isnan(found.distance[0]) or abs(found.distance[0]) > 1e-6)
    assert VERDICTS[found.verdict[0]] == growth_in_words(baseline, since, latest, now, yearly, sign * growth, sign)


def same(one: Trajectory, other: Trajectory) -> None:
    assert one.verdict.tolist() == other.verdict.tolist()
    assert one.reason.tolist() == other.reason.tolist()


@MODERATE
@given(values, years, values, years, st.floats(0, 100), st.one_of(st.just(math.nan), years))
def test_lower_is_higher_upside_down(baseline, since, latest, now, target, due):
    assume(since <= now)
    up = trajectory.toward_level(Points.of(baseline, since, latest, now), target, "higher", due)
    down = trajectory.toward_level(Points.of(-baseline, since, -latest, now), -target, "lower", due)
    same(up, down)
    assert up.gap == pytest.approx(down.gap, nan_ok=True)
    assert up.arrival == pytest.approx(down.arrival, nan_ok=True)


@MODERATE
@given(st.floats(0, 50), years, st.floats(0.25, 20), st.floats(60, 100), st.floats(0.5, 20))
def test_whoever_follows_the_line_is_on_course_and_arrives_on_time(baseline, since, span, target, left):
    due = since + span + left
    latest = baseline + (target - baseline) * span / (span + left)
    found = trajectory.toward_level(Points.of(baseline, since, latest, since + span), target, "higher", due)
    assert VERDICTS[found.verdict[0]] == "on_course"
    assert found.arrival[0] == pytest.approx(due, abs=1e-3)
    assert found.required[0] == pytest.approx(found.pace[0], rel=1e-6)


@MODERATE
@given(values, years, values, years, st.floats(0, 100), years, directions)
def test_more_is_never_judged_worse(baseline, since, latest, now, target, due, direction):
    assume(since <= now and not math.isnan(latest))
    step = 1.0 if direction == "higher" else -1.0
    here, better = (
        trajectory.toward_level(Points.of(baseline, since, value, now), target, direction, due)
        for value in (latest, latest + step)
    )
    rank = {"reached": 0, "on_course": 1, "late": 2, "moving_away": 3}
    words = [VERDICTS[one.verdict[0]] for one in (here, better)]
    if "not_measurable" not in words:
        assert rank[words[1]] <= rank[words[0]]


@MODERATE
@given(st.lists(st.tuples(values, years, values, years), min_size=1, max_size=6), st.floats(0, 100), directions)
def test_each_place_is_judged_by_itself(rows, target, direction):
    rows = [(a, min(s, n), b, max(s, n)) for a, s, b, n in rows]
    whole = trajectory.toward_level(Points.of(*map(list, zip(*rows, strict=True))), target, direction, 2040.0)
    alone = [trajectory.toward_level(Points.of(*row), target, direction, 2040.0) for row in rows]
    assert whole.verdict.tolist() == [int(one.verdict[0]) for one in alone]


def test_it_arrives_when_its_pace_brings_it_there_however_slow() -> None:
    """A tenth a year, four tenths to go; nobody arrives who stands still, turns away or is there already."""
    baseline, latest = np.array([1.0, 1.0, 1.1, 3.0]), np.array([1.1, 1.0, 1.0, 3.1])
    found = toward_level(
        Points(baseline, np.full(4, 2020.0), latest, np.full(4, 2021.0), np.full(4, np.nan)), 1.5, "higher", 2031.0
    )
    assert found.arrival[0] == pytest.approx(2025.0) and np.isnan(found.arrival[1:]).all()
    assert found.required[:3] == pytest.approx([0.04, 0.05, 0.05]) and np.isnan(found.required[3])
    assert found.expected == pytest.approx(baseline + (1.5 - baseline) / 11)


@pytest.mark.parametrize(("span", "pace"), [(2.0, 0.5), (LEAST_SPAN, 1 / LEAST_SPAN), (0.9 * LEAST_SPAN, math.nan)])
def test_the_pace_of_a_direction_is_over_the_years_between(span: float, pace: float) -> None:
    one = np.array([1.0])
    points = Points(one, one * 2020.0, one + 1.0, one * 2020.0 + span, one * np.nan)
    assert trajectory.toward_direction(points, "higher").pace[0] == pytest.approx(pace, nan_ok=True)


def test_a_measure_that_does_not_move_is_late():
    found = trajectory.toward_level(Points.of(96, 2024, 96, 2025), 100, "higher")
    assert (VERDICTS[found.verdict[0]], REASONS[found.reason[0]]) == ("late", "no_movement")


def test_a_single_point_short_of_its_target_is_not_measurable():
    found = trajectory.toward_level(Points.of(96, 2025.5, 96, 2025.5), 100, "higher")
    assert (VERDICTS[found.verdict[0]], REASONS[found.reason[0]]) == ("not_measurable", "one_point")


def test_only_a_direction():
    points = Points.of([5, 5, 5, np.nan], 2022, [6, 4, 5, np.nan], 2024)
    words = [VERDICTS[one] for one in trajectory.toward_direction(points, "lower").verdict]
    assert words == ["moving_away", "on_course", "late", "not_measurable"]


def test_no_verdict_without_a_target():
    found = trajectory.nowhere(Points.of([1, 2], 2022, [2, 3], 2024), trajectory.NO_TARGET)
    assert {VERDICTS[one] for one in found.verdict} == {"not_measurable"}
    assert {REASONS[one] for one in found.reason} == {"no_target"}


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="higher or lower"):
        trajectory.toward_level(Points.of(1, 2, 3, 4), 5, "up")
