"""Speed field: it finds again the speeds that made the times, and knows which times it may trust."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vigie.access.speed_field import (
    SpeedField,
    _blocks,
    at_points,
    fit,
    held_out,
    observations,
    set_apart,
    times_to_nearest,
)
from vigie.access.travel import crow_fly, points
from vigie.errors import InputError

SIDE = 24


def world():
    """A square of communes 5 km apart: slow in the west (30 km/h), fast in the east (60); sites here and there."""
    rng = np.random.default_rng(3)
    x, y = (part.ravel() for part in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    ids = [f"{k:03d}" for k in range(x.size)]
    known = points(ids, 1 + 0.065 * x, 46 + 0.045 * y, ["metropole"] * x.size)
    speed = np.where(x < SIDE / 2, 30.0, 60.0)
    sites = np.zeros(x.size, dtype=bool)
    sites[rng.choice(x.size, 24, replace=False)] = True
    made = SpeedField(known, 60.0 / speed, np.full(x.size, 2.0))
    minutes = times_to_nearest(made, sites)
    minutes[sites] = 0.0
    return known, made, sites, minutes


KNOWN, MADE, SITES, MINUTES = world()
ALL = np.ones(KNOWN.ids.size, dtype=bool)
ONE_CLASS = np.zeros(KNOWN.ids.size, dtype=np.int64)


def test_the_fit_explains_the_times_and_finds_the_slow_side_again():
    seen = observations(KNOWN, MINUTES, ALL, SITES)
    field = fit(KNOWN, ONE_CLASS, seen)
    used = np.isfinite(seen.minutes)
    flat = SpeedField(KNOWN, np.full_like(MADE.pace, np.exp(np.log(MADE.pace).mean())), MADE.access)
    gaps = [np.abs(times_to_nearest(each, SITES) - MINUTES)[used].mean() for each in (field, flat)]
    assert gaps[0] < 0.25 * gaps[1]
    deep = [np.arange(SIDE * SIDE) % SIDE < SIDE / 2 - 3, np.arange(SIDE * SIDE) % SIDE > SIDE / 2 + 2]
    west, east = (np.median(60.0 / field.pace[side]) for side in deep)
    assert west < 40 < 50 < east


def test_blocks_held_out_are_predicted_worse_than_fitted_and_better_than_nothing():
    seen = observations(KNOWN, MINUTES, ALL, SITES)
    predicted = held_out(KNOWN, ONE_CLASS, seen, folds=3)
    used = np.isfinite(seen.minutes)
    assert (np.isfinite(predicted) == used).all()
    fitted = times_to_nearest(fit(KNOWN, ONE_CLASS, seen), SITES)
    inside, outside = (np.abs(each - MINUTES)[used].mean() for each in (fitted, predicted))
    assert inside < outside < np.abs(MINUTES - MINUTES[used].mean())[used].mean()


def test_what_is_hidden_is_predicted_without_a_look_at_it():
    """Times of one fold that are all wrong change what is predicted of the others, never of their own."""
    seen = observations(KNOWN, MINUTES, ALL, SITES)
    own = _blocks(KNOWN) % 3 == 1
    wrong = replace(seen, minutes=np.where(own, seen.minutes * 3, seen.minutes))
    first, second = (held_out(KNOWN, ONE_CLASS, each, folds=3) for each in (seen, wrong))
    np.testing.assert_array_equal(first[own], second[own])
    assert np.nanmax(np.abs(first - second)[~own]) > 1
    others = fit(KNOWN, ONE_CLASS, replace(seen, minutes=np.where(own, np.nan, seen.minutes)))
    used = own & np.isfinite(seen.minutes)
    np.testing.assert_array_equal(first[used], times_to_nearest(others, SITES)[used])


def test_classes_have_a_speed_and_an_access_time_of_their_own():
    seen = observations(KNOWN, MINUTES, ALL, SITES)
    classes = (np.arange(SIDE * SIDE) % SIDE >= SIDE / 2).astype(np.int64)
    field = fit(KNOWN, classes, seen)
    gap = np.abs(times_to_nearest(field, SITES) - MINUTES)[np.isfinite(seen.minutes)]
    assert gap.mean() < 0.5
    assert len(set(field.access.tolist())) <= 2
    assert field.access.min() >= 0


def line(*minutes, listed=(), later=()):
    """Five communes in a row, about 10 km apart, the middle one nearer to the first than to the last."""
    known = points([f"{k}" for k in range(5)], [2.0, 2.13, 2.25, 2.39, 2.52], [47.0] * 5, ["metropole"] * 5)
    marks = [np.isin(np.arange(5), each) for each in (listed, later)]
    return observations(known, np.array(minutes, dtype=float), *marks)


def test_a_time_counts_only_where_the_nearest_site_stood_at_both_dates():
    nan = np.nan
    seen = line(0, 12, 25, 14, 0, listed=range(5), later=(0,))  # the last site has closed since
    np.testing.assert_equal(seen.minutes, [nan, 12, 25, nan, nan])
    assert seen.sites.tolist() == [True, False, False, False, False]
    assert seen.dropped == 1
    seen = line(0, 12, 25, 40, 55, listed=range(5), later=(0, 4))  # the last site has opened since
    np.testing.assert_equal(seen.minutes, [nan, 12, 25, nan, nan])
    assert seen.dropped == 2


def test_a_blank_that_is_listed_is_without_a_road_and_one_that_is_not_is_unknown():
    nan = np.nan
    seen = line(nan, 10, 20, nan, 0, listed=(1, 2, 3, 4), later=(0, 4))
    assert seen.sites.tolist() == [True, False, False, False, True]
    assert seen.isolated.tolist() == [False, False, False, True, False]
    with pytest.raises(InputError) as error:
        line(0, 1, 2, 3, 4, listed=range(5))
    assert "both dates" in error.value.message("en")


def test_no_road_leads_to_or_from_an_isolated_place():
    here = points(["a", "b", "c"], [2.0, 2.01, 2.02], [47.0] * 3, ["metropole"] * 3)
    apart = set_apart(here, np.array(["b"]))
    found = crow_fly(apart, apart, 30)
    assert list(zip(found.places[found.rows], found.sites[found.indices], strict=True)) == [
        ("a", "a"), ("a", "c"), ("b", "b"), ("c", "a"), ("c", "c")
    ]  # fmt: skip


def test_a_point_takes_the_speed_of_the_nearest_known_place_of_its_land_mass():
    where = points(["x", "y"], [1.001, 55.5], [46.001, -21.0], ["metropole", "reunion"], speed=50, access=1)
    found = at_points(MADE, where)
    assert found.pace.tolist() == [MADE.pace[0], 60 / 50]
    assert found.access.tolist() == [2.0, 1.0]
