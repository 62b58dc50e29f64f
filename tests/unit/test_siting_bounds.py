"""How good the search for sites and its bound are on small towns, where every plan can be tried."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from small_ground import ground

from vigie.access.travel import from_table
from vigie.errors import InputError
from vigie.levers.answer import people_leaving
from vigie.levers.candidates import candidates
from vigie.levers.definition import levers
from vigie.levers.portfolio import portfolio, yearly
from vigie.levers.scenario import Area
from vigie.levers.siting_benefit import Benefit, _within
from vigie.levers.siting_kernels import best_post, post_gains, shift, total_worth
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


@pytest.mark.parametrize("lean", [0.0, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_gains_follow_each_post_as_if_counted_anew(seed: int, lean: float) -> None:
    rng = np.random.default_rng(seed)
    table = np.where(rng.random((9, 5)) < 0.6, rng.choice([0.2, 0.5, 1.0], (9, 5)), 0.0)
    matrix, by_site = csr_array(table), csr_array(table).tocsc()
    people, have, posts = rng.integers(1, 50, 9).astype(float), np.zeros(9), np.zeros(5, dtype=np.int64)
    gain = np.zeros(5)
    post_gains(have, people, matrix.indptr, matrix.indices, matrix.data, lean, gain)
    for site, sign in ((0, 1), (3, 1), (0, 1), (3, -1), (4, 1)):
        shift(site, sign, lean, people, matrix.indptr, matrix.indices, matrix.data, by_site.indptr, by_site.indices,
              by_site.data, posts, have, gain)  # fmt: skip
        np.testing.assert_allclose(have, table @ posts, atol=1e-12)
        plain = [total_worth(have + table[:, one], people, lean) - total_worth(have, people, lean) for one in range(5)]
        np.testing.assert_allclose(gain, plain, atol=1e-9)
    assert posts.tolist() == [2, 0, 0, 0, 1]


def test_a_time_that_is_none_or_longer_than_the_trips_known_is_refused() -> None:
    table = pl.DataFrame({"place": ["a"], "site": ["x"], "minutes": [4.0]})
    travel = from_table(table, ["a"], ["x"], limit=20)
    _within(20.0, travel)
    for minutes in (0.0, -1.0, 20.1):
        with pytest.raises(InputError, match="20"):
            _within(minutes, travel)


def test_a_portfolio_counts_units_by_the_step_of_their_lever() -> None:
    own = ground([(0, 0), (30, 0)], [3000, 2000], [1, 1], [1.0, 2.3])
    areas = [Area(f"place:{place}", f"place {place}", np.array([place])) for place in range(2)]
    for name in ("centre_de_sante", "cabinet_mobile"):
        found = candidates(own, [(levers()[name], None)], areas)
        step, cost = levers()[name].amount.step, yearly(found)
        plan = portfolio(own, found, 4.2 * float(cost.max()), seconds=600)
        assert plan.cost == pytest.approx(float(cost @ plan.units)) and plan.cost <= plan.budget
        np.testing.assert_allclose(np.round(plan.units / step), plan.units / step)
        every = product(np.arange(0, 5.1, step), repeat=2)
        best = max(people_leaving(own, found.access @ np.array(units), 2.5) for units in every
                   if np.dot(units, cost) <= plan.budget)  # fmt: skip
        assert plan.people == pytest.approx(best)
