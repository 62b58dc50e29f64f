"""Catchment: the stated rules for what has nobody in reach, and the errors of bad input."""

import math

import numpy as np
import polars as pl
import pytest

from vigie.access.catchment import (
    accessibility,
    accessibility_many,
    balance,
    change_of_demand,
    change_of_supply,
    nearest,
    population_within,
    prepare,
    prepare_three_step,
    within_reach,
)
from vigie.access.decay import bands, linear
from vigie.access.travel import from_table
from vigie.errors import InputError

# a—x together; b and c empty of people around y; d reaches nothing.
TABLE = pl.DataFrame(
    [("a", "x", 0.0), ("b", "y", 4.0), ("c", "y", 8.0), ("b", "x", 20.0)],
    schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64},
    orient="row",
)
TRAVEL = from_table(TABLE, ["a", "b", "c", "d"], ["x", "y", "z"], limit=20)
DECAY = bands([(0, 1.0), (5, 0.5)], 15)
DEMAND = [100, 0, 0, 7]


def test_unserved_supply_missing_places_and_places_without_sites_are_three_things():
    catchment = prepare(TRAVEL, DECAY, DEMAND)
    access = accessibility(catchment, [10, 5, 1])
    assert access[0] == 0.1
    assert catchment.missing.tolist() == [False, True, True, False]
    assert np.isnan(access).tolist() == [False, True, True, False]
    assert access[3] == 0
    found = balance(catchment, [10, 5, 1])
    assert (found.total, found.served, found.unserved, found.unserved_sites) == (16, 10, 6, ("y", "z"))
    assert 100 * access[0] == found.served


def test_many_supplies_mark_the_same_missing_places():
    access = accessibility_many(prepare(TRAVEL, DECAY, DEMAND), [[10, 20], [5, 5], [1, 1]])
    assert access[:, 1].tolist() == pytest.approx([0.2, math.nan, math.nan, 0], nan_ok=True)


def test_a_pair_of_zero_weight_does_not_make_a_place_missing():
    catchment = prepare(TRAVEL, linear(4), [100, 0, 0, 7])  # b reaches y at exactly the limit, with weight 0
    assert not catchment.missing.any()


def test_more_supply_where_nobody_goes_changes_nothing():
    places, change = change_of_supply(prepare(TRAVEL, DECAY, DEMAND), 1, 5.0)
    assert places.size == change.size == 0


def test_the_last_inhabitant_cannot_leave_incrementally():
    catchment = prepare(TRAVEL, DECAY, DEMAND)
    for place, amount in [(0, -100), (0, -101), (1, 5)]:
        with pytest.raises(InputError):
            change_of_demand(catchment, [10, 5, 1], place, amount)


def test_people_where_no_site_is_in_reach_change_nothing():
    places, change = change_of_demand(prepare(TRAVEL, DECAY, DEMAND), [10, 5, 1], 3, 50)
    assert places.size == change.size == 0


def test_three_step_ignores_closed_sites():
    table = pl.DataFrame({"place": ["a", "a"], "site": ["x", "y"], "minutes": [0.0, 0.0]})
    travel = from_table(table, ["a"], ["x", "y"], limit=20)
    both = prepare_three_step(travel, DECAY, [10], [1, 1])
    one = prepare_three_step(travel, DECAY, [10], [1, 0])
    assert both.weight.data.tolist() == [0.5, 0.5]
    assert one.weight.data.tolist() == [1.0, 0.0]


def test_nearest_counts_open_sites_only():
    assert nearest(TRAVEL, [1, 1, 1]).tolist() == [0, 4, 8, math.inf]
    assert nearest(TRAVEL, [1, 0, 1]).tolist() == [0, 20, math.inf, math.inf]
    assert nearest(from_table(TABLE.clear(), ["a"], ["x"], limit=20), [1]).tolist() == [math.inf]


def test_within_reach_includes_its_threshold():
    assert within_reach(TRAVEL, 8, [3, 2, 1]).tolist() == [3, 2, 2, 0]
    assert within_reach(TRAVEL, 7.9, [3, 2, 1]).tolist() == [3, 2, 0, 0]


def test_population_within_counts_the_nearest_open_site():
    assert population_within(TRAVEL, [1, 1, 0], [10, 20, 30, 40], [0, 4, 20]).tolist() == [10, 30, 60]


@pytest.mark.parametrize(
    "call",
    [
        lambda: prepare(TRAVEL, bands([(0, 1.0)], 21), DEMAND),
        lambda: prepare(TRAVEL, DECAY, [0, 0, 0, 0]),
        lambda: prepare(TRAVEL, DECAY, [1, 2, 3]),
        lambda: prepare(TRAVEL, DECAY, [1, 2, 3, math.nan]),
        lambda: prepare(TRAVEL, DECAY, [1, 2, 3, -1]),
        lambda: accessibility(prepare(TRAVEL, DECAY, DEMAND), [1, 2]),
        lambda: accessibility(prepare(TRAVEL, DECAY, DEMAND), [1, 2, math.inf]),
        lambda: accessibility_many(prepare(TRAVEL, DECAY, DEMAND), [1, 2, 3]),
        lambda: accessibility_many(prepare(TRAVEL, DECAY, DEMAND), [[1], [2], [-3]]),
        lambda: within_reach(TRAVEL, 21, [1, 1, 1]),
        lambda: population_within(TRAVEL, [1, 1, 1], DEMAND, [30]),
    ],
)
def test_bad_input_is_an_input_error(call):
    with pytest.raises(InputError):
        call()
