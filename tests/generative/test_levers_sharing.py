"""Sharing means: nothing is lost, no limit passed, and optima are those of every other way on small cases."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ground import atlas, ground

from vigie.access.arrays import Floats
from vigie.errors import InputError
from vigie.levers.allocation import RULES, allocate, best_effect, filled, whole
from vigie.levers.answer import people_leaving
from vigie.levers.candidates import candidates, mean
from vigie.levers.definition import lever
from vigie.levers.ground import Ground
from vigie.levers.pairing import pair
from vigie.levers.portfolio import frontier, portfolio, yearly
from vigie.levers.scenario import Area


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    size = draw(st.integers(3, 6))
    km = draw(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 9)), min_size=size, max_size=size, unique=True))
    people = draw(st.lists(st.integers(200, 5000), min_size=size, max_size=size))
    heads = draw(st.lists(st.integers(1, 6), min_size=size, max_size=size))
    apl = draw(st.lists(st.floats(0.5, 6), min_size=size, max_size=size))
    return ground(km, people, heads, apl)


def areas(own: Ground) -> list[Area]:
    find = atlas(own.ids.size)
    return [find(f"place:{k}") for k in range(own.ids.size)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=9), st.floats(0, 1))
def test_filling_spends_all_and_overfills_nobody(pairs: list[tuple[float, float]], part: float) -> None:
    weight, most = (np.array(one) for one in zip(*pairs, strict=True))
    total = part * most.sum()
    found = filled(weight, most, total)
    assert found.sum() == pytest.approx(total, abs=1e-6)
    assert (found <= most + 1e-9).all()
    rounded = whole(found, most, np.floor(total), 0.5)
    assert np.allclose(rounded % 0.5, 0)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_rule_shares_the_same_total(data: st.DataObject) -> None:
    own = data.draw(grounds())
    found = candidates(own, [(lever("assistants_medicaux"), None)], areas(own))
    total = 0.5 * data.draw(st.integers(0, int(2 * found.most.sum())))
    home = np.array([k % 2 for k in range(found.most.size)])
    shared = allocate(own, found, home, total, np.arange(own.ids.size))
    assert [one.rule for one in shared] == list(RULES)
    for one in shared:
        assert one.units.sum() == pytest.approx(total)
        assert (one.units <= found.most + 1e-9).all()
        assert sum(one.by_degree) == pytest.approx(total)
        assert one.first_year == pytest.approx(38_000 * total)
    with pytest.raises(InputError):
        allocate(own, found, home, float(found.most.sum()) + 1, np.arange(own.ids.size))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_best_effect_is_beaten_by_no_other_sharing(data: st.DataObject) -> None:
    own = data.draw(grounds())
    found = candidates(own, [(lever("assistants_medicaux"), None)], areas(own))
    total = float(found.most.sum()) * data.draw(st.floats(0.05, 0.95))
    pull = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=found.most.size, max_size=found.most.size)))
    best = best_effect(own, found, total, 2.5)
    assert best.sum() == pytest.approx(total, rel=1e-6)

    def lack(units: Floats) -> float:
        left = np.maximum(2.5 - own.published - found.access @ units, 0.0)
        return float(own.demand @ left)

    assert lack(best) <= lack(filled(pull, found.most, total)) + 1e-4 * own.demand.sum()


def test_priority_goes_to_the_hardest_territory_of_the_departement() -> None:
    # Far apart, ten doctors each: département 0 has the worst place and a middling one, département 1 is well served.
    own = ground([(0, 0), (500, 0), (1000, 0)], [9000, 9000, 9000], [10, 10, 10], [1.5, 2.4, 5.0])
    found = candidates(own, [(lever("assistants_medicaux"), None)], areas(own))
    shared = {one.rule: one.units.tolist() for one in allocate(own, found, np.array([0, 0, 1]), 12, np.arange(3))}
    assert shared["open"] == [4, 4, 4]
    assert shared["priority"] == [8, 2, 2]  # 2 each by the counter, then all 6 of the envelope to the worst
    assert shared["need"] == [10, 2, 0]  # 9 to 1 of lack, but no more posts than doctors


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_origin_falls_under_its_own_threshold(data: st.DataObject) -> None:
    own = data.draw(grounds())
    dense, under = 3.5, 2.5
    found = pair(own, areas(own), dense=dense, under=under, minutes=data.draw(st.sampled_from([15.0, 60.0])))
    for area, before, after in found.origins:
        assert before > dense
        assert after >= dense - 1e-6, area
    out = {one.origin.key: 0.0 for one in found.pairs}
    for one in found.pairs:
        out[one.origin.key] += one.supply
        assert one.minutes <= 60
        assert one.days % 0.5 == 0
        assert mean(own, one.destination) < under
    for key, given_away in out.items():
        assert given_away <= 0.2 * own.supply[int(key.partition(":")[2])] + 1e-6
    assert found.closed <= found.bound + 1e-9 <= 1 + 1e-6
    assert found.reached <= found.closed + 1e-9  # some of what is brought serves others
    assert float((own.demand * found.moved).sum()) == pytest.approx(0, abs=1e-4)


def test_an_origin_counts_on_no_days_that_rounding_took_from_its_neighbours() -> None:
    """Found by chance: place 1 gave down to its threshold, counting on days nearby that were rounded down."""
    own = ground([(13, 0), (0, 0), (0, 6), (0, 4), (8, 0)], [200] * 5, [1] * 5, [1.0, 3.75, 2.0, 1.0, 4.0])
    found = pair(own, areas(own), dense=3.5, under=2.5, minutes=15.0)
    assert {area.key for area, _, _ in found.origins} == {"place:1", "place:4"}
    assert all(after >= 3.5 - 1e-6 for _, _, after in found.origins)
    assert found.closed <= found.bound


def test_two_towns_are_paired_as_far_as_the_giver_can() -> None:
    own = ground([(0, 0), (20, 0)], [10_000, 10_000], [20, 1], [5.0, 1.0])
    found = pair(own, areas(own))
    assert [(one.origin.key, one.destination.key) for one in found.pairs] == [("place:0", "place:1")]
    # 10,000 consultations may leave before the giver is at 4: 40.2 days a month of 22.6 acts over 11 months, floored.
    assert found.pairs[0].days == 40.0
    assert found.origins[0][2] == pytest.approx(5.0 - 40.0 * 22.6 * 11 / 10_000)
    assert pair(own, areas(own), minutes=20).pairs == ()
    assert pair(own, areas(own), most_days=3).pairs[0].days == 3.0


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_portfolio_is_the_best_of_all_small_plans(data: st.DataObject) -> None:
    own = data.draw(grounds())
    chosen = [(lever("cabinet_mobile"), None)]
    found = candidates(own, chosen, areas(own)[:3])
    cost = yearly(found)
    budget = float(cost[0]) * data.draw(st.integers(0, 5)) + 1.0
    plan = portfolio(own, found, budget, seconds=600)
    assert plan.cost <= budget + 1e-6
    every = product(range(6), repeat=3)
    best = max(
        people_leaving(own, found.access @ np.array(units, dtype=float), 2.5)
        for units in every
        if np.dot(units, cost) <= budget
    )
    assert plan.people == pytest.approx(best)
    assert plan.bound is None or plan.bound >= best - 1e-3 * max(best, 1)


def test_a_larger_budget_never_does_less() -> None:
    own = ground([(0, 0), (9, 0), (30, 0)], [3000, 2000, 4000], [1, 1, 1], [1.0, 2.3, 2.2])
    found = candidates(own, [(lever(name), None) for name in ("cabinet_mobile", "centre_de_sante")], areas(own))
    plans = frontier(own, found, [500_000, 100_000, 300_000], seconds=600)
    assert [one.budget for one in plans] == [100_000, 300_000, 500_000]
    assert [one.people for one in plans] == sorted(one.people for one in plans)
    assert plans[-1].people > 0
    with pytest.raises(InputError):
        portfolio(own, found, -1.0)
    with pytest.raises(InputError, match="liaison"):
        candidates(own, [(lever("liaison"), None)], areas(own))
