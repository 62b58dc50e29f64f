"""Supply and demand: floors, caps, shares of time, age weights."""

import math

import numpy as np
import pytest

from vigie.access.demand import recover_age_weights, standardised_population
from vigie.access.supply import at_most_age, bounded_activity, shares_of_time, supply_by_site
from vigie.errors import InputError

AGES = np.array([[10.0, 80.0, 10.0], [20.0, 40.0, 60.0], [5.0, 5.0, 0.0]])


def test_activity_is_brought_within_its_bounds_and_none_stays_none():
    assert bounded_activity([0, 1, 3600, 5000, 9000]).tolist() == [0, 3600, 3600, 5000, 6000]


def test_an_age_limit_is_included():
    assert at_most_age([64, 65, 66], 65).tolist() == [True, True, False]


def test_time_is_shared_between_the_places_of_each_practitioner():
    assert shares_of_time(["a", "b", "a", "c", "c"], [4, 3, 1, 0, 0]).tolist() == [0.8, 1, 0.2, 0.5, 0.5]


def test_a_site_adds_up_its_practices():
    shares = shares_of_time(["a", "b", "a"], [4, 5, 1])
    assert supply_by_site([0, 2, 2], 3, [5000, 4000, 5000], shares).tolist() == pytest.approx([4000, 0, 5000])


def test_a_standardised_population_keeps_the_total_and_ignores_the_scale_of_the_weights():
    found = standardised_population(AGES, [0.5, 1, 2])
    raw = np.array([105.0, 170.0, 7.5])
    assert found.tolist() == pytest.approx((raw * AGES.sum() / raw.sum()).tolist())
    assert found.sum() == pytest.approx(AGES.sum())
    assert standardised_population(AGES, [5, 10, 20]).tolist() == pytest.approx(found.tolist())


def test_age_weights_come_back_from_the_populations_that_they_made():
    ages = np.random.default_rng(3).gamma(2, [[100, 2000, 5]], (40, 3))
    target = standardised_population(ages, [0.65, 1, 2.84])
    found = recover_age_weights(ages, target)
    assert (found.weights / found.weights[1]).tolist() == pytest.approx([0.65, 1, 2.84])
    assert found.r_squared == pytest.approx(1)
    assert found.largest_error < 1e-6 * target.max()


def test_a_recovered_weight_is_never_negative():
    ages = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert recover_age_weights(ages, [2.0, 1.0, 0.0]).weights.min() >= 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: bounded_activity([1], floor=5, cap=4),
        lambda: bounded_activity([-1]),
        lambda: at_most_age([math.nan], 65),
        lambda: shares_of_time(["a"], [-1]),
        lambda: supply_by_site([3], 3, [1]),
        lambda: supply_by_site([0], 3, [1], [1.5]),
        lambda: standardised_population(AGES, [1, 2]),
        lambda: standardised_population(AGES, [0, 0, 0]),
        lambda: standardised_population([1, 2], [1]),
        lambda: standardised_population([[1, -2]], [1, 1]),
        lambda: recover_age_weights(AGES[:2], [1, 2]),
        lambda: recover_age_weights(AGES * [1, 1, 0], [1, 2, 3]),
    ],
)
def test_bad_input_is_an_input_error(call):
    with pytest.raises(InputError):
        call()
