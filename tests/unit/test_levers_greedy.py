"""The plans that solvers begin with, by hand and against plain ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from small_ground import atlas, ground

from vigie.levers.definition import levers_of
from vigie.levers.effects import CENTRAL, change
from vigie.levers.portfolio import _begun, _filled
from vigie.levers.scenario import from_data, settle


def filled(gain: list[list[float]], gap: list[float], people: list[float], cost: list[float], most: list[float],
           budget: float, first: list[float] | None = None) -> list[float]:  # fmt: skip
    start = np.zeros(len(cost)) if first is None else np.array(first)
    arrays = [np.array(one, dtype=np.float64) for one in (gap, people, cost, most)]
    found: list[float] = _filled(csr_array(np.array(gain)), *arrays, budget, start).tolist()
    return found


def test_the_step_that_brings_most_people_nearer_per_euro_comes_first() -> None:
    # One step brings half of 100 people nearer for 10, the other all of 60 for 20: 5 and 3 people a euro.
    gain, gap, people, cost = [[0.5, 0.0], [0.0, 1.0]], [1.0, 1.0], [100.0, 60.0], [10.0, 20.0]
    assert filled(gain, gap, people, cost, [9, 9], 10) == [1, 0]
    assert filled(gain, gap, people, cost, [9, 9], 20) == [2, 0]  # a third would bring nobody nearer
    assert filled(gain, gap, people, cost, [9, 9], 39) == [2, 0]
    assert filled(gain, gap, people, cost, [9, 9], 40) == [2, 1]
    assert filled(gain, gap, people, cost, [1, 9], 40) == [1, 1]  # no more than there are
    assert filled(gain, gap, people, cost, [9, 9], 400) == [2, 1]  # nor than is of use
    assert filled(gain, gap, people, cost, [9, 9], 30, [0, 1]) == [1, 1]  # what is there already is paid


def test_more_than_enough_counts_for_enough() -> None:
    # 3 where 1 is enough, for 10 people; 0.6 where 1 is enough, for 20: the second is worth 12 people.
    assert filled([[3.0, 0.0], [0.0, 0.6]], [1.0, 1.0], [10.0, 20.0], [5.0, 5.0], [1, 1], 5) == [0, 1]
    # The same gap of 2: what is gained is a share of it.
    assert filled([[1.0, 0.0], [0.0, 1.0]], [2.0, 1.0], [30.0, 20.0], [5.0, 5.0], [1, 1], 5) == [0, 1]


def test_a_free_step_is_taken_and_one_that_brings_nobody_is_not() -> None:
    assert filled([[1.0, 0.0]], [1.0], [5.0], [0.0, 0.0], [3, 3], 0) == [1, 0]
    assert filled([[0.0, 0.0]], [1.0], [5.0], [1.0, 1.0], [3, 3], 9) == [0, 0]


def test_a_plan_begins_with_the_best_of_nothing_filled_and_of_the_smaller_plan_filled() -> None:
    gain, gap = csr_array(np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])), np.array([1.0, 1.0])
    people, cost, most = np.array([10.0, 100.0]), np.array([1.0, 10.0, 10.0]), np.array([1.0, 1.0, 1.0])
    # Filled from nothing: the first is worth 10 people a euro, so that the pair of the others no longer fits.
    assert _begun(gain, gap, people, cost, most, 20.0, np.zeros(3)).tolist() == [1, 1, 0]
    assert _begun(gain, gap, people, cost, most, 20.0, np.array([0.0, 1.0, 1.0])).tolist() == [0, 1, 1]
    assert _begun(gain, gap, people, cost, most, 21.0, np.array([0.0, 1.0, 1.0])).tolist() == [1, 1, 1]
    # A plan of a smaller budget that asks for more than there is is cut to what there is.
    assert _begun(gain, gap, people, cost, most, 21.0, np.array([0.0, 3.0, 1.0])).tolist() == [1, 1, 1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_plan_spends_more_nor_asks_for_more_than_there_is(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    of = lambda low, high, size: data.draw(st.lists(st.integers(low, high), min_size=size, max_size=size))  # noqa: E731
    gain = np.array([of(0, 3, columns) for _ in range(rows)], dtype=float) / 2
    gap, people = np.array(of(1, 4, rows)) / 2, np.array(of(0, 9, rows), dtype=float)
    cost, most = np.array(of(0, 5, columns), dtype=float), np.array(of(0, 3, columns), dtype=float)
    budget = float(data.draw(st.integers(0, 20)))
    plan = _filled(csr_array(gain), gap, people, cost, most, budget, np.zeros(columns))
    assert (plan <= most).all() and cost @ plan <= budget + 1e-6
    # Nothing that is left to buy would bring anybody nearer.
    for one in np.flatnonzero((plan < most) & (cost @ plan + cost <= budget)):
        before = np.minimum(gain @ plan / gap, 1.0)
        more = plan.copy()
        more[one] += 1
        assert people @ (np.minimum(gain @ more / gap, 1.0) - before) <= 1e-9


@pytest.mark.parametrize("heads", [0.5, 0.8])
def test_less_than_one_doctor_is_helped_and_leaves_as_they_are(heads: float) -> None:
    own = ground([(0, 0), (3, 0)], [2000, 2000], [heads, 1], [2.0, 2.0])
    plan = [{"lever": "assistants_medicaux", "amount": 2.0, "places": ["place:0"]},
            {"lever": "depart", "amount": 1.0, "places": ["place:0"]}]  # fmt: skip
    helped = change(settle(from_data({"actions": plan[:1]}), atlas(2)), own, CENTRAL)
    assert helped.effects[0].used == pytest.approx(heads)
    assert float(helped.effects[0].added[0]) == pytest.approx(520.0 * heads)
    left = change(settle(from_data({"actions": plan[1:]}), atlas(2)), own, CENTRAL)
    assert left.effects[0].used == pytest.approx(heads)
    assert left.supply[:, 0].tolist() == pytest.approx([-4000.0 * heads, 0.0])


@pytest.mark.parametrize("name", [one.id for one in levers_of("mg").values() if one.mechanism.kind == "existing"])
def test_where_nobody_practises_a_lever_on_those_who_do_is_used_by_nobody(name: str) -> None:
    own = ground([(0, 0), (3, 0)], [2000, 2000], [0, 1], [2.0, 2.0])
    action = {"lever": name, "amount": 2.0, "places": ["place:0"]}
    effect = change(settle(from_data({"actions": [action]}), atlas(2)), own, CENTRAL).effects[0]
    assert (effect.used, float(effect.added[0]), float(effect.taken[0])) == (0.0, 0.0, 0.0)
