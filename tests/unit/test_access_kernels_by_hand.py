"""Kernels of access by hand, on a few places: minutes of pairs, weights by steps, demand in reach, sums of rows."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.access import kernels

INDPTR, INDICES = np.array([0, 2, 4, 5]), np.array([0, 1, 1, 0, 2], dtype=np.int32)
LEVELS = np.array([1.0, 0.6, 0.0])  # at 0, 10 and 20 minutes


def test_a_pair_takes_its_road_at_the_mean_pace_and_the_access_of_both_ends() -> None:
    minutes = np.full(5, -7.0)
    km, pace = np.array([9.0, 4.0, 9.0, 4.0, 9.0]), np.array([1.0, 3.0, 5.0])
    kernels.pair_minutes(INDPTR, INDICES, km, pace, 0.5, minutes, 0, 2)
    assert minutes.tolist() == [0.0, 1.0 + 4.0 * 2.0, 0.0, 1.0 + 4.0 * 2.0, -7.0]  # the last row was not asked


def test_weights_fall_by_straight_lines_and_end_at_the_limit() -> None:
    minutes, demand = np.array([0.0, 5.0, 12.0, 20.0, 19.0]), np.array([2.0, 3.0, 7.0])
    weight, reach = np.full(5, -7.0), np.full(3, -7.0)
    kernels.line_weights(INDPTR, INDICES, minutes, 10.0, LEVELS, demand, weight, reach, 0, 3)
    assert weight.tolist() == pytest.approx([1.0, 0.8, 0.48, 0.0, 0.06])
    assert reach.tolist() == pytest.approx([1.0 * 2 + 0.8 * 3, 0.48 * 3, 0.06 * 7])


def test_a_product_is_the_sum_of_its_row() -> None:
    result = np.full(3, -7.0)
    kernels.product(INDPTR, INDICES, np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([10.0, 1.0, 0.5]), result, 0, 2)
    assert result.tolist() == [12.0, 43.0, -7.0]
