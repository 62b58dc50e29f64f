"""The slopes that calibration follows, of two places by hand: the levels that a trip is between, the limit itself."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.access import kernels

LEVELS = np.array([1.0, 0.7, 0.2, 0.0])  # at 0, 5, 10 and 15 minutes
DEMAND, RATE, PULL, PUSH = np.array([3.0, 5.0]), np.array([2.0, 7.0]), np.array([1.5, -0.5]), np.array([0.25, 0.125])


def slopes(minutes: float, km: float = 8.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By pace, by access and by level, of two places that are so far apart; row 0 alone is told."""
    by_pace, by_access, by_level = np.zeros(2), np.zeros(2), np.zeros((2, LEVELS.size))
    indptr, indices = np.array([0, 2, 4]), np.array([0, 1, 0, 1], dtype=np.int32)
    kernels.line_slopes(
        indptr, indices, np.array([0.0, minutes, minutes, 0.0]), np.array([0.0, km, km, 0.0]), 5.0, LEVELS, DEMAND,
        RATE, PULL, PUSH, by_pace, by_access, by_level, 0, 1,
    )  # fmt: skip
    return by_pace, by_access, by_level


def test_the_slopes_of_a_trip_are_those_of_the_line_that_it_is_on() -> None:
    own, there = 2.0 * (1.5 - 3.0 * 0.25), 7.0 * (1.5 - 3.0 * 0.125)  # R_j (pull_i - P_i push_j)
    back = 2.0 * (-0.5 - 5.0 * 0.25)
    by_pace, by_access, by_level = slopes(6.0)  # a fifth of the way from the second level to the third
    along = (there + back) * (0.2 - 0.7) / 5.0
    assert by_access.tolist() == pytest.approx([along, 0.0])
    assert by_pace.tolist() == pytest.approx([along * 8.0 / 2, 0.0])
    assert by_level[0].tolist() == pytest.approx([own, there * 0.8, there * 0.2, 0.0])
    assert not by_level[1].any()


def test_a_trip_at_the_limit_has_no_slope_and_one_just_under_it_has() -> None:
    assert slopes(15.0)[1][0] == 0.0 and slopes(15.0)[2][0, 1:].tolist() == [0.0, 0.0, 0.0]
    assert slopes(14.9)[1][0] == pytest.approx((7.0 * (1.5 - 0.375) + 2.0 * -1.75) * (0.0 - 0.2) / 5.0)


def test_slopes_add_to_those_that_are_there() -> None:
    by_level = np.ones((1, LEVELS.size))
    by_pace, by_access = np.ones(1), np.ones(1)
    one = np.array([0], dtype=np.int32)
    kernels.line_slopes(
        np.array([0, 1]), one, np.zeros(1), np.zeros(1), 5.0, LEVELS, DEMAND[:1], RATE[:1], PULL[:1], PUSH[:1],
        by_pace, by_access, by_level, 0, 1,
    )  # fmt: skip
    assert (by_pace[0], by_access[0]) == (1.0, 1.0)  # a place to itself: a trip of no length
    assert by_level[0].tolist() == pytest.approx([1.0 + 2.0 * 0.75, 1.0, 1.0, 1.0])
