"""What a plan costs for each person whom it brings over a threshold, by hand: central, ends, and nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from vigie.levers.answer import Ranged, Scope, _crossing, _per_person
from vigie.levers.candidates import Candidates
from vigie.levers.costs import Costs
from vigie.levers.portfolio import yearly

TOTAL = np.array([[900.0] * 4, [600.0] * 4, [300.0] * 4])  # dearest, central, cheapest


def told(net: tuple[float, float, float], years: list[float], unknown: tuple[int, ...] = ()) -> tuple[Any, ...]:
    crossing = SimpleNamespace(net=Ranged(*net), years=years)
    return _per_person(Costs((), TOTAL, unknown), cast("Scope", SimpleNamespace(crossings=[crossing])))


def test_a_year_costs_its_euros_over_its_people_and_the_ends_the_dearest_over_the_fewest() -> None:
    found = told((100.0, 50.0, 200.0), [0.5, 1.0, 40.0, 100.0])
    assert found[0] is None  # less than one person
    assert (found[1].value, found[1].low, found[1].high) == (600.0, 150.0, float("inf"))  # half a person at the worst
    assert (found[2].value, found[2].low, found[2].high) == pytest.approx((15.0, 300 / 80, 900 / 20))
    assert (found[3].value, found[3].low, found[3].high) == pytest.approx((6.0, 300 / 200, 900 / 50))


def test_one_person_at_the_worst_has_a_cost() -> None:
    (*_, last) = told((100.0, 1.0, 200.0), [0.0, 0.0, 0.0, 100.0])
    assert last.high == 900.0


def test_nobody_in_net_shares_nothing_and_what_is_not_priced_has_no_cost() -> None:
    assert told((0.0, 0.0, 0.0), [4.0] * 4)[0].value == 150.0
    assert told((0.0, 0.0, 0.0), [4.0] * 4)[0].high == float("inf")
    assert told((0.0, 0.0, 50.0), [4.0] * 4)[0].low == 300 / 50
    assert told((100.0, 50.0, 200.0), [100.0] * 4, unknown=(0,)) == (None,) * 4


def test_a_unit_costs_a_year_the_mean_of_its_first_three_and_never_brings_money() -> None:
    cost = np.array([[3.0, 6.0, 9.0, 100.0], [-5.0, -5.0, 1.0, 50.0]])
    assert yearly(cast("Candidates", SimpleNamespace(cost=cost))).tolist() == [6.0, 0.0]


def test_a_crossing_counts_those_who_leave_less_those_who_enter_each_year_and_at_each_end() -> None:
    counted = SimpleNamespace(leave=np.array([[9.0, 5.0, 7.0]]), enter=np.array([[1.0, 2.0, 0.0]]))
    years = SimpleNamespace(leave=np.array([[1.0, 2.0, 3.0, 9.0]]), enter=np.array([[0.0, 2.0, 1.0, 4.0]]))
    found = _crossing(2.5, 100.0, cast("Any", counted), cast("Any", years), 0, 1)
    assert (found.threshold, found.before, found.years) == (2.5, 100.0, (1.0, 0.0, 2.0, 5.0))
    assert found.after == Ranged(97.0, 92.0, 97.0)
    assert (found.leave, found.enter) == (Ranged(5.0, 5.0, 9.0), Ranged(2.0, 0.0, 2.0))
    assert found.net == Ranged(3.0, 3.0, 8.0)
