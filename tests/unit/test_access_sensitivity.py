"""Sensitivity: bounds, shares of variants under a threshold, ranks."""

import math

import pytest

from vigie.access.sensitivity import sensitivity
from vigie.errors import InputError


def test_bounds_shares_and_ranks_by_place():
    table = sensitivity([[1, 3, 5], [2, 2, 2], [4, 1, 9]], [10, 30, 60], thresholds=[2, 4])
    assert table.select("low", "median", "high").rows() == [(1, 3, 5), (2, 2, 2), (1, 4, 9)]
    assert table["under_2"].to_list() == pytest.approx([1 / 3, 0, 1 / 3])
    assert table["under_4"].to_list() == pytest.approx([2 / 3, 1, 1 / 3])
    # The first place has nobody below it in the first variant, the 90 of the two others in the second.
    assert table.select("rank_low", "rank_high").rows() == [(0.0, 0.9), (0.0, 0.6), (0.0, 0.4)]


def test_places_that_a_variant_misses_are_null_and_do_not_rank():
    table = sensitivity([[1, 2], [math.nan, 5], [3, 4]], [10, 10, 30])
    assert table["high"].to_list() == [2, None, 4]
    assert table["rank_high"].to_list() == [0, None, 0.25]


@pytest.mark.parametrize("variants", [[1, 2], [[1], [2]]])
def test_one_variant_is_no_spread(variants):
    with pytest.raises(InputError):
        sensitivity(variants, [1, 1])
