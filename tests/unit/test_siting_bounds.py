"""How good the search for sites and its bound are on small towns, where every plan can be tried."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from vigie.levers.siting_benefit import Benefit
from vigie.levers.siting_kernels import best_post, total_worth
from vigie.levers.siting_plans import quantile_minutes
from vigie.levers.siting_search import _affordable, bound, search, undecided
from vigie.levers.siting_threshold import _fewest, _most

SITES, COUNT = 12, 4


def town(seed: int) -> tuple[Benefit, float, set[int]]:
    """40 hamlets of a plane, what each gains from each of 12 sites; the worth of the best plan, and its sites."""
    rng = np.random.default_rng(seed)
    km = rng.uniform(0, 30, (40, 2))
    far = np.hypot(*(km[:, None] - km[None, rng.choice(40, SITES, replace=False)]).transpose(2, 0, 1))
    table = np.round(rng.integers(20, 900, 40)[:, None] * np.maximum(0.0, 15.0 - far))
    worth = {plan: table[:, list(plan)].max(axis=1).sum() for plan in combinations(range(SITES), COUNT)}
    best = max(worth, key=worth.__getitem__)
    return Benefit(csr_array(table), 0.0, whole=True), float(worth[best]), set(best)


@pytest.mark.parametrize("seed", range(4))
def test_the_search_finds_the_best_plan_and_the_bound_proves_it(seed: int) -> None:
    benefit, best, plan = town(seed)
    found = search(benefit, COUNT, rounds=50)
    assert benefit.worth(found) == best and set(found.tolist()) == plan
    told = bound(benefit, COUNT, best, rounds=400)
    assert best <= told.upper <= best * (1 + 1e-4)
    maybe, sure = undecided(benefit, COUNT, best, told)
    # No plan is better: each site is in the plan at hand for sure, or in none that matters.
    assert set(np.flatnonzero(sure).tolist()) <= plan
    assert not maybe.any() or set(np.flatnonzero(maybe).tolist()) | plan > plan
    # Against a lesser plan the best one stays possible.
    maybe, sure = undecided(benefit, COUNT, 0.97 * best, told)
    assert plan <= set(np.flatnonzero(maybe | sure).tolist())


def test_every_site_asked_for_is_open_where_there_are_no_more() -> None:
    benefit, _, _ = town(1)
    assert search(benefit, SITES, rounds=3).tolist() == list(range(SITES))
    assert search(benefit, SITES + 5, rounds=3).size == SITES


def test_a_site_that_costs_more_than_it_is_worth_gives_way() -> None:
    benefit, _, plan = town(2)
    dear = np.zeros(SITES)
    dear[sorted(plan)[0]] = 1e9
    assert sorted(plan)[0] not in search(benefit, COUNT, cost=dear, rounds=20).tolist()


def test_kicks_are_fewer_where_each_takes_longer() -> None:
    assert _affordable(Benefit(csr_array(np.ones((2, 3))), 0.0, whole=True)) == 8_333_333  # 5e7 / (3 × 2)
    assert _affordable(Benefit(csr_array(np.ones((1000, 900))), 0.0, whole=True)) == 200
    assert _affordable(Benefit(csr_array((1, 1)), 0.0, whole=True)) == 50_000_000


def test_the_minutes_within_which_half_of_the_people_are() -> None:
    minutes, people = np.array([9.0, 2.0, np.inf, 5.0]), np.array([10.0, 20.0, 40.0, 10.0])
    assert [quantile_minutes(minutes, people, share) for share in (0.25, 0.3, 0.5, 0.51)] == [2.0, 5.0, 9.0, np.inf]
    assert quantile_minutes(np.array([4.0]), np.array([0.5]), 0.5) == 4.0
    assert np.isnan(quantile_minutes(np.array([4.0]), np.array([0.0]), 0.5))
    assert np.isnan(quantile_minutes(np.empty(0), np.empty(0), 0.5))


def test_the_next_post_goes_where_it_brings_most_for_its_cost_and_where_there_is_room() -> None:
    posts, room = np.array([0, 2, 0, 1]), np.array([1, 2, 3, 2])
    gain, cost = np.array([4.0, 99.0, 6.0, 5.0]), np.array([0.0, 0.0, 2.5, 1.0])
    assert best_post(posts, room, gain, cost) == 0  # 4, full, 3.5, 4: the first of equals
    assert best_post(posts, room, gain, np.zeros(4)) == 2
    assert best_post(np.array([0, 0, 0, 1]), room, gain, cost) == 1
    assert best_post(room, room, gain, cost) == -1
    assert best_post(posts, room, -gain, cost) == 0  # the least loss, where one must be placed


def test_the_worth_of_posts_is_that_of_all_the_people_they_bring_up() -> None:
    have, people = np.array([0.0, 0.5, 1.0, 3.0]), np.array([10.0, 20.0, 40.0, 80.0])
    assert total_worth(have, people, 0.0) == 120.0  # those who are there
    assert total_worth(np.zeros(4), people, 0.0) == 0.0
    part = total_worth(have, people, 1.0)
    assert 120.0 <= part <= 150.0  # what is on the way counts for less than arriving


def test_as_many_posts_as_the_site_that_does_most_asks_for() -> None:
    share = csr_array(np.array([[0.3, 0.1], [0.5, 0.0], [2.0, 0.2], [1.0, 1.0], [0.0, 0.34]]))
    assert _fewest(share).tolist() == [4.0, 2.0, 1.0, 1.0, 3.0]
    assert _most(np.array([3.0, 9.0, 5.0]), 4, np.array([5, 1, 2])).tolist() == [1.0, 1.0, 2.0]
    assert _most(np.array([3.0, 9.0, 5.0]), 9, np.array([1, 1, 2])).tolist() == [1.0, 1.0, 2.0]
    assert _most(np.array([3.0, 9.0]), 0, np.array([1, 1])).tolist() == [0.0, 0.0]
