"""Sitings against every set of sites tried one by one, and what holds of any siting."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from vigie.access import catchment, from_table
from vigie.access.decay import linear
from vigie.levers import siting_reference as plain
from vigie.levers.siting_all import fewest_sites, greedy_covering
from vigie.levers.siting_benefit import Benefit, covering, restricted, saving_time
from vigie.levers.siting_capacity import fill, served_by
from vigie.levers.siting_choice import best_sites
from vigie.levers.siting_plans import brought_alone, different_plans
from vigie.levers.siting_search import bound, search, undecided
from vigie.levers.siting_threshold import Crossing, crossing, find_posts, place_posts

SLOW = settings(max_examples=40, deadline=None)
values = st.integers(0, 40)


@st.composite
def benefits(draw: st.DrawFn, flat: bool = False) -> Benefit:
    rows, sites = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    if flat:
        people = draw(st.lists(st.integers(1, 40), min_size=rows, max_size=rows))
        near = draw(st.lists(st.lists(st.booleans(), min_size=sites, max_size=sites), min_size=rows, max_size=rows))
        table = np.array(people)[:, None] * np.array(near)
        table = table[table.any(axis=1)]
    else:
        table = np.array(draw(st.lists(st.lists(values, min_size=sites, max_size=sites), min_size=rows, max_size=rows)))
    matrix = csr_array(table.reshape(-1, sites).astype(np.float64))
    matrix.eliminate_zeros()
    return Benefit(matrix, 0.0, whole=True)


@SLOW
@given(benefits(), st.integers(1, 6))
def test_the_exact_choice_is_that_of_brute_force(benefit: Benefit, count: int) -> None:
    best = plain.best_worth(benefit.matrix.toarray().tolist(), count)
    found = best_sites(benefit, count, seconds=600, rounds=20)
    assert found.value == best == benefit.worth(found.sites)
    assert found.optimal
    assert found.sites.size <= count


@SLOW
@given(benefits(), st.integers(1, 6))
def test_no_plan_exceeds_the_bound_and_the_search_is_within_its_guarantee(benefit: Benefit, count: int) -> None:
    best = plain.best_worth(benefit.matrix.toarray().tolist(), count)
    found = benefit.worth(search(benefit, count, rounds=0))
    assert (1 - 1 / math.e) * best <= found <= best
    assert bound(benefit, count, found, rounds=60).upper >= best - 1e-6


@SLOW
@given(benefits(), st.integers(1, 6))
def test_what_the_bound_decides_leaves_a_better_plan_where_there_is_one(benefit: Benefit, count: int) -> None:
    best = plain.best_worth(benefit.matrix.toarray().tolist(), count)
    value = benefit.worth(search(benefit, count, rounds=0)) * 0.7
    maybe, sure = undecided(benefit, count, value, bound(benefit, count, value, rounds=80))
    rest = restricted(benefit, maybe, sure)
    left = count - int(sure.sum())
    reached = rest.had
    if left > 0 and rest.matrix.shape[0] and maybe.any():
        reached += plain.best_worth(rest.matrix.toarray().tolist(), left)
    assert max(reached, value) >= best or best < value + 1


@SLOW
@given(benefits(flat=True))
def test_the_fewest_places_are_those_of_brute_force(benefit: Benefit) -> None:
    found = fewest_sites(benefit)
    assert found.sites.size == found.least == (plain.fewest(benefit.matrix.toarray().tolist()) or 0)
    if benefit.matrix.shape[0]:
        assert benefit.matrix[:, greedy_covering(benefit)].toarray().any(axis=1).all()
        assert benefit.matrix[:, found.sites].toarray().any(axis=1).all()


@SLOW
@given(benefits(flat=True), st.integers(1, 4), st.integers(1, 60))
def test_full_places_serve_what_brute_force_says(benefit: Benefit, count: int, room: int) -> None:
    if not benefit.matrix.shape[0]:
        return
    table = benefit.matrix.toarray()
    rooms = np.full(benefit.sites, room, dtype=np.int64)
    found = fill(benefit, count, rooms, seconds=600)
    best = plain.best_served(table.max(axis=1).astype(int).tolist(), table.tolist(), room, count)
    assert found.value == best == found.upper
    assert (served_by(benefit, found.sites, rooms) <= room).all()


@SLOW
@given(
    st.integers(1, 5).flatmap(
        lambda sites: st.lists(
            st.tuples(st.lists(st.integers(0, 12), min_size=sites, max_size=sites), st.integers(1, 30)),
            min_size=1,
            max_size=5,
        )
    ),
    st.integers(1, 4),
    st.integers(1, 2),
)
def test_posts_bring_above_the_threshold_as_many_as_brute_force(
    rows: list[tuple[list[int], int]], count: int, room: int
) -> None:
    share = np.array([row for row, _ in rows]) / 8
    people = np.array([number for _, number in rows], dtype=np.float64)
    problem = Crossing(csr_array(share), people, np.arange(people.size), 2.5)
    best = plain.best_above(share.tolist(), people.tolist(), room, count)
    rooms = np.full(share.shape[1], room)
    quick = find_posts(problem, count, rooms, rounds=5)
    assert problem.worth(quick) <= best
    assert quick.sum() <= count
    assert (quick <= room).all()
    found = place_posts(problem, count, rooms, seconds=600, rounds=5)
    assert found.value == best == found.upper


@SLOW
@given(st.integers(0, 2**32 - 1))
def test_what_a_post_does_is_what_the_catchment_computes(seed: int) -> None:
    draw = np.random.default_rng(seed)
    travel = _travel(draw.uniform(0, 30, (6, 4)))
    prepared = catchment.prepare(travel, linear(20), draw.uniform(1, 100, 6))
    supply = draw.uniform(0, 50, 4)
    access = np.nan_to_num(catchment.accessibility(prepared, supply))
    problem = crossing(prepared.weight, prepared.demand_in_reach, access, np.ones(6), 2.5, 30.0)
    plan = draw.integers(0, 3, 4)
    after = catchment.accessibility(prepared, supply + 30.0 * plan * ~prepared.unserved)
    wanted = (after[problem.places] >= 2.5 - 1e-9) & ~np.isnan(after[problem.places])
    margin = np.abs(after[problem.places] - 2.5) > 1e-6
    assert (problem.above(plan)[margin] == wanted[margin]).all()


@SLOW
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_places_merged_and_sites_open_change_no_value(seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    minutes = draw.integers(0, 40, (8, 5)).astype(float)
    people = draw.integers(0, 50, 8).astype(float)
    opened = draw.random(5) < 0.3
    travel = _travel(minutes)
    chosen = draw.choice(5, count, replace=False)
    there = opened.copy()
    there[chosen] = True
    nearest = np.where(minutes[:, there] <= 30, minutes[:, there], 30).min(axis=1)
    near = covering(travel, people, 12, opened)
    added = chosen[~opened[chosen]]
    assert near.had + near.worth(added) == people[nearest <= 12].sum()
    mean = saving_time(travel, people, 30, opened)
    assert math.isclose(30 * people.sum() - mean.had - mean.worth(added), (people * nearest).sum(), abs_tol=1e-6)


@SLOW
@given(benefits(), st.integers(1, 4))
def test_what_each_place_brings_alone_is_what_the_plan_loses_without_it(benefit: Benefit, count: int) -> None:
    sites = search(benefit, count, rounds=3)
    alone = brought_alone(benefit, sites)
    for k, brought in enumerate(alone):
        assert math.isclose(brought, benefit.worth(sites) - benefit.worth(np.delete(sites, k)), abs_tol=1e-9)


@SLOW
@given(benefits(), st.integers(1, 4), st.floats(0, 0.4))
def test_other_plans_are_unlike_and_within_the_tolerance(benefit: Benefit, count: int, tolerance: float) -> None:
    def plan(cost: np.ndarray | None) -> np.ndarray:
        found = np.zeros(benefit.sites, dtype=np.int64)
        found[search(benefit, count, cost, rounds=5)] = 1
        return found

    def worth(one: np.ndarray) -> float:
        return benefit.worth(np.flatnonzero(one))

    plans = different_plans(plan(None), plan, worth, 4, tolerance)
    assert len({one.tobytes() for one in plans}) == len(plans)
    assert all(worth(one) >= (1 - tolerance) * worth(plans[0]) for one in plans)


def _travel(minutes: np.ndarray):  # type: ignore[no-untyped-def]
    import polars as pl

    rows, columns = np.indices(minutes.shape)
    table = pl.DataFrame(
        {
            "place": [f"p{k}" for k in rows.ravel()],
            "site": [f"s{k}" for k in columns.ravel()],
            "minutes": minutes.ravel(),
        }
    )
    places, sites = ([f"{kind}{k}" for k in range(size)] for kind, size in zip("ps", minutes.shape, strict=True))
    return from_table(table, places, sites, 30.0)
