"""Inequality: ties, edges, and bad input."""

import math

import pytest

from vigie.access.inequality import (
    cumulated_under,
    decile_ratio,
    gini,
    mean_of_best,
    mean_of_worst,
    theil,
    under,
    weighted_mean,
    weighted_quantiles,
)
from vigie.errors import InputError


def test_a_quantile_is_the_smallest_value_that_reaches_the_share():
    assert weighted_quantiles([3, 1, 2, 2], [1, 1, 1, 1], [0, 0.25, 0.26, 0.75, 0.76, 1]).tolist() == [1, 1, 2, 2, 3, 3]


def test_shares_that_rounding_misses_are_met():
    assert weighted_quantiles([1, 2], [0.1 + 0.2, 0.7], [0.3]).tolist() == [1]
    assert weighted_quantiles(range(10), [0.1] * 10, [0.3, 0.7]).tolist() == [2, 6]


def test_places_without_people_do_not_count_even_when_missing():
    assert weighted_mean([1, math.nan, 3], [1, 0, 1]) == 2
    assert theil([1, math.nan, 3], [1, 0, 1], ["a", "b", "a"]).between == 0


def test_a_place_across_the_edge_counts_in_part():
    # Ten people at 1, ninety at 2: the worst 20 % are the ten and ten of the ninety.
    assert mean_of_worst([2, 1], [90, 10], 0.2) == pytest.approx(1.5)
    assert mean_of_best([2, 1], [90, 10], 0.95) == pytest.approx((90 * 2 + 5 * 1) / 95)
    assert mean_of_worst([2, 1], [90, 10], 1) == pytest.approx(weighted_mean([2, 1], [90, 10]))


def test_under_is_strict():
    assert under([2.4, 2.5, 3], [10, 20, 30], 2.5) == (pytest.approx(10 / 60), 10)


def test_difficulties_are_counted_by_person():
    found = cumulated_under([[1, 1], [1, 5], [5, 5], [2, 1]], [10, 20, 30, 40], [2, 2])
    assert found.tolist() == [30, 60, 10]


def test_ratios_over_nothing_are_not_numbers():
    assert decile_ratio([0, 1], [1, 1]) == math.inf
    assert math.isnan(decile_ratio([0, 0], [1, 1]))
    assert math.isnan(gini([0, 0], [1, 1]))
    assert math.isnan(theil([0, 0], [1, 1], ["a", "b"]).total)


@pytest.mark.parametrize(
    "call",
    [
        lambda: weighted_mean([1, math.nan], [1, 1]),
        lambda: weighted_mean([1, -1], [1, 1]),
        lambda: weighted_mean([1, 2], [1, -1]),
        lambda: weighted_mean([1, 2], [0, 0]),
        lambda: weighted_mean([1, 2, 3], [1, 1]),
        lambda: weighted_quantiles([1, 2], [1, 1], [1.1]),
        lambda: mean_of_worst([1, 2], [1, 1], 0),
        lambda: cumulated_under([[1, 2]], [1], [1]),
        lambda: cumulated_under([[1, math.nan]], [1], [1, 1]),
    ],
)
def test_bad_input_is_an_input_error(call):
    with pytest.raises(InputError):
        call()
