"""Who is nearest once a plan has changed who practises where, and the years of a plan beside its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ground import atlas, ground
from test_levers_laws import MOVED, OTHERS, grounds, plans, travelled

from vigie.levers import engine, reference
from vigie.levers.answer import _near, answer
from vigie.levers.effects import CASES, CENTRAL, RAMP, Change, change
from vigie.levers.engine import change_of_access, together
from vigie.levers.ground import NEAR, Ground, minutes_from
from vigie.levers.scenario import from_data, settle


def nearest(own: Ground, heads: np.ndarray, link: tuple[int, int, float] | None = None) -> np.ndarray:
    """The plain way: every pair, every place with somebody, by road or over the new link."""
    points, size = own.roads[0].points, own.ids.size
    table = np.array([minutes_from(points, place) for place in range(size)])
    if link is not None:
        first, second, minutes = link
        over = np.minimum(table[:, [first]] + minutes + table[[second]], table[:, [second]] + minutes + table[[first]])
        table = np.minimum(table, over)
    found: np.ndarray = np.where(heads > 1e-9, table, np.inf).min(axis=1)
    return found


def changed(own: Ground, **more: object) -> Change:
    size, wide = own.ids.size, len(CENTRAL)
    table = np.zeros((size, wide))
    return Change(CENTRAL, table, None, np.zeros(size), table.copy(), np.zeros(size, dtype=np.bool_), **more)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_nearest_is_that_of_the_country_once_changed(data: st.DataObject) -> None:
    own = data.draw(grounds())
    size, places = own.ids.size, st.integers(0, own.ids.size - 1)
    made = changed(own)
    for place in data.draw(st.sets(places, max_size=3)):
        made.gone[place] = own.heads[place] * data.draw(st.sampled_from([0.5, 1.0]))
    if data.draw(st.booleans()):
        made.opened[list(data.draw(st.sets(places, max_size=2)))] = True
    if data.draw(st.booleans()):
        ends = data.draw(st.lists(places, min_size=2, max_size=2, unique=True))
        made.link = (ends[0], ends[1], float(data.draw(st.integers(1, 9))))
    after = _near(own, made)
    heads = own.heads - made.gone + np.where(made.opened, 1.0, 0.0)
    plain = nearest(own, heads, made.link)
    # What opens is looked for only where nobody was near: those who had somebody near still have.
    np.testing.assert_array_equal(after <= NEAR, plain <= NEAR)
    told = (plain > NEAR) if made.opened.any() else np.ones(size, dtype=np.bool_)
    np.testing.assert_allclose(after[told], plain[told])


def test_a_place_whose_last_doctor_leaves_goes_to_the_next_town_and_those_who_came_go_there_too() -> None:
    own = ground([(0, 0), (5, 0), (20, 0)], [100, 100, 100], [1, 0, 2])
    made = changed(own)
    made.gone[0] = 1.0
    np.testing.assert_allclose(_near(own, made), nearest(own, np.array([0.0, 0, 2])))
    made.gone[0] = 0.4  # somebody is left
    np.testing.assert_allclose(_near(own, made), own.nearest)


def test_a_new_link_brings_nobody_nearer_where_it_is_longer_than_the_road() -> None:
    own = ground([(0, 0), (30, 0)], [100, 100], [0, 1])
    by_road = float(own.nearest[0])
    np.testing.assert_allclose(_near(own, changed(own, link=(0, 1, by_road + 1))), own.nearest)
    shorter = changed(own, link=(0, 1, 3.0))
    assert _near(own, shorter)[0] == pytest.approx(3.0 + own.nearest[1])


def test_who_practises_anew_beyond_a_new_link_is_reached_over_it() -> None:
    own = ground([(0, 0), (60, 0), (85, 0)], [100, 100, 100], [0, 0, 1])
    made = changed(own, link=(0, 1, 5.0))
    made.opened[1] = True  # they had the doctor of the third place at 25 minutes or so: now one at home
    heads = np.array([0.0, 1.0, 1.0])
    assert _near(own, made)[0] == pytest.approx(nearest(own, heads, made.link)[0])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_bounds_and_years_at_once_are_what_they_are_apart(data: st.DataObject) -> None:
    own = data.draw(grounds())
    plan = data.draw(plans(own, OTHERS + MOVED))
    if data.draw(st.booleans()):
        plan = data.draw(st.composite(travelled)(own, plan))
    made, ramp = change(plan, own, CASES), change(plan, own, RAMP)
    few = engine._LITTLE
    engine._LITTLE = data.draw(st.sampled_from([0, few]))  # on threads, and without
    try:
        found, years = together(own, made, ramp)
    finally:
        engine._LITTLE = few
    for one, apart in zip(found, change_of_access(own, made), strict=True):
        np.testing.assert_allclose(one, apart, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(years, change_of_access(own, ramp)[0][:, 0], rtol=1e-9, atol=1e-9)


def test_years_with_less_demand_or_more_supply_are_told_apart() -> None:
    own = ground([(0, 0), (6, 0)], [3000, 2000], [2, 1], [2.0, 2.0])
    for name, amount in (("pharmaciens", 20.0), ("regulation_demande", 2.0), ("assistants_medicaux", 2.0)):
        plan = settle(from_data({"actions": [{"lever": name, "amount": amount, "places": ["place:0"]}]}), atlas(2))
        made, ramp = change(plan, own, CASES), change(plan, own, RAMP)
        _, years = together(own, made, ramp)
        assert years.shape == (2, len(RAMP))
        np.testing.assert_allclose(years[:, -1], change_of_access(own, made)[0][:, 0, 1])
        assert (np.diff(years[0]) >= -1e-12).all() and years[0, -1] > 0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**16), st.sampled_from([["pharmaciens"], ["pharmaciens", "installation"]]))
def test_fewer_who_ask_in_one_place_of_many_is_what_the_reference_gives(seed: int, names: list[str]) -> None:
    """Where few places of many change, their demand is passed on place by place."""
    rng = np.random.default_rng(seed)
    km = [(int(k) % 8 * 4, int(k) // 8 * 5) for k in range(40)]
    own = ground(km, rng.integers(1, 3000, 40), rng.integers(0, 4, 40), rng.uniform(0.5, 4.0, 40))
    where = [f"place:{place}" for place in rng.choice(40, 2, replace=False)]
    actions = [{"lever": name, "amount": 20.0, "places": where} for name in names]
    plan = settle(from_data({"actions": actions}), atlas(40))
    for columns in (CASES, RAMP):
        made = change(plan, own, columns)
        assert made.demand is not None and 0 < np.count_nonzero(made.demand.any(axis=1)) < 40 // 8
        for fast, plain in zip(change_of_access(own, made), reference.change_of_access(own, made), strict=True):
            np.testing.assert_allclose(fast, plain, rtol=1e-6, atol=1e-9)


def test_what_is_kept_above_nothing_is_told_apart_from_what_reaches_people() -> None:
    """An APL anchored on the published one does not fall under 0: what it would lose beyond is ``floor``."""
    leave = {"actions": [{"lever": "depart", "amount": 4.0, "places": ["place:0"]}]}
    for published, kept in (([0.5, 0.1], True), ([9.0, 9.0], False)):
        own = ground([(0, 0), (3, 0)], [2000, 1000], [4, 1], published)
        plan = settle(from_data(leave), atlas(2))
        made, told = change(plan, own, CENTRAL), answer(plan, own).conservation
        moved = change_of_access(own, made)[0][:, 0, 0]
        after = np.array(published) + moved
        assert told.floor == pytest.approx(-(own.demand * np.minimum(after, 0.0)).sum(), abs=1e-9)
        assert (told.floor > 0) is kept
        assert told.reached == pytest.approx((own.demand * moved).sum()) == pytest.approx(told.supply)
        assert (told.unserved, told.unpublished) == (0.0, 0.0) and told.gap == pytest.approx(0.0, abs=1e-6)
    own = ground([(0, 0), (3, 0)], [2000, 1000], [4, 1], [2.0, float("nan")])
    told = answer(settle(from_data(leave), atlas(2)), own).conservation
    moved = change_of_access(own, change(settle(from_data(leave), atlas(2)), own, CENTRAL))[0][:, 0, 0]
    assert told.unpublished == pytest.approx(own.demand[1] * moved[1])
