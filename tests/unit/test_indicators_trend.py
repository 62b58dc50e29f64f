"""Parts of a trend alone: what is flat where years are missing, what counts as a step."""

from __future__ import annotations

import numpy as np

from vigie.indicators.trend import _last, _range, _steady

NONE = float("nan")


def test_the_range_of_a_series_is_that_of_its_known_years() -> None:
    values = np.array([[1.0, NONE, 4.0], [2.0, 2.0, NONE], [NONE, NONE, NONE], [NONE, -3.0, NONE]])
    assert _range(values, ~np.isnan(values)).tolist() == [3.0, 0.0, 0.0, 0.0]


def test_a_series_is_steady_whose_every_step_goes_the_same_way_over_its_gaps() -> None:
    values = np.array([[1.0, NONE, 2.0, 3.0], [3.0, NONE, 2.0, 1.0], [1.0, 3.0, NONE, 2.0], [1.0, 1.0, 2.0, 3.0]])
    assert _steady(values, ~np.isnan(values)).tolist() == [True, True, False, False]


def test_the_last_known_years_are_kept_whatever_is_missing_between() -> None:
    known = np.array([[True, True, False, True], [True, False, False, False], [True, True, True, True]])
    assert _last(known, 2).tolist() == [
        [False, True, False, True], [True, False, False, False], [False, False, True, True]
    ]  # fmt: skip
