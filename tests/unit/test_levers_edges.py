"""Levers at the edge: places far apart at other speeds, years that begin with nothing, an answer that is stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_ground import DECAYS, atlas, ground, points

from vigie.levers import kernels
from vigie.levers.answer import answer, gist
from vigie.levers.candidates import candidates
from vigie.levers.definition import Moved, levers, levers_of
from vigie.levers.effects import CASES, RAMP, Column, change
from vigie.levers.ground import minutes_from, prepare
from vigie.levers.scenario import Area, from_data, settle

KM = [(0, 0), (7, 0), (12, 3), (30, 1)]


@pytest.mark.parametrize("speed", [30.0, 60.0, 90.0])
def test_the_nearest_is_told_at_the_speed_and_with_the_minutes_of_access_of_each_place(speed: float) -> None:
    made = points(KM, speed)
    slow = replace(made, pace=made.pace * np.array([1.0, 1.5, 1.0, 0.5]), access=np.array([0.0, 2.0, 1.0, 3.0]),
                   own=np.array([4.0, 1.0, 2.0, 6.0]))  # fmt: skip
    heads = [0.0, 1.0, 0.0, 1.0]
    size = np.ones(len(KM))
    own = prepare("mg", "2023", slow.ids, size, size, size, heads, heads, [("one", slow, DECAYS)])
    plain = [min(float(minutes_from(slow, place)[site]) for site in (1, 3)) for place in range(len(KM))]
    np.testing.assert_allclose(own.nearest, plain)
    assert own.nearest[1] == 1.0 and own.nearest[3] == 6.0  # to one's own doctor


def test_nobody_is_near_where_nobody_practises_or_beyond_another_plane() -> None:
    made = points([(0, 0), (5, 0)])
    apart = replace(made, zone=np.array(["here", "there"]))
    ones, none = np.ones(2), np.zeros(2)
    assert prepare("mg", "2023", made.ids, ones, ones, ones, none, none, [("x", made, DECAYS)]).nearest.tolist() == [
        np.inf, np.inf,
    ]  # fmt: skip
    own = prepare("mg", "2023", made.ids, ones, ones, ones, [0, 1], [0, 1], [("x", apart, DECAYS)])
    assert own.nearest.tolist() == [np.inf, 0.0]


def test_the_ends_of_a_change_are_its_least_and_greatest_and_an_apl_never_falls_under_nothing() -> None:
    published = np.array([2.0, 0.3, np.nan, 1.0])
    table = np.array([[-0.5, 0.1, 0.4], [-0.9, -0.2, 0.0], [1.0, 1.0, 1.0], [0.004, 0.001, -0.004]])
    low, high, kept = np.zeros(4), np.zeros(4), np.zeros(4, dtype=np.bool_)
    kernels.ends(np.arange(4), published, table, 0.005, low, high, kept)
    np.testing.assert_allclose(low, [-0.5, -0.3, 0.0, -0.004])
    np.testing.assert_allclose(high, [0.4, 0.0, 0.0, 0.004])
    assert kept.tolist() == [True, True, False, False]
    kernels.ends(np.array([3]), published, table, 0.004, low, high, kept)
    assert kept.tolist() == [True, True, False, True]  # at the least that counts, it counts


@pytest.mark.parametrize("name", [one.id for one in levers_of("mg").values() if one.mechanism.kind == "moved"])
@pytest.mark.parametrize("columns", [CASES, RAMP])
def test_what_moves_is_conserved_and_opens_a_place_though_its_first_year_has_none(
    name: str, columns: tuple[Column, ...]
) -> None:
    own = ground([(0, 0), (8, 0)], [2000, 2000], [0, 4], [1.0, 3.0])
    action = {"lever": name, "amount": 2.0, "places": ["place:0"], "from": ["place:1"]}
    made = change(settle(from_data({"actions": [action]}), atlas(2)), own, columns)
    mechanism = levers_of("mg")[name].mechanism
    assert isinstance(mechanism, Moved) and made.effects[0].added.any()
    assert made.opened.tolist() == [mechanism.opens, False]
    if mechanism.measure == "units":
        np.testing.assert_allclose(made.supply.sum(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(made.supply[1], -made.effects[0].taken)


def test_who_asks_for_an_answer_may_stop_it_between_its_stages() -> None:
    own = ground([(0, 0), (3, 0)], [2000, 2000], [4, 1], [2.0, 2.0])
    plan = settle(from_data({"actions": [{"lever": "depart", "amount": 1.0, "places": ["place:0"]}]}), atlas(2))
    for stage in range(1, 4):
        calls = 0

        def tick(last: int = stage) -> None:
            nonlocal calls
            calls += 1
            if calls == last:
                raise TimeoutError

        with pytest.raises(TimeoutError):
            answer(plan, own, tick)
        assert calls == stage


def test_a_territory_takes_as_many_units_as_it_has_whoever_uses_them() -> None:
    own = ground([(0, 0), (3, 0), (9, 0)], [2000, 2000, 500], [4, 0, 0.5], [2.0, 2.0, 2.0])
    areas = [Area(f"place:{place}", f"place {place}", np.array([place])) for place in range(3)]
    for name in ("assistants_medicaux", "centre_de_sante"):
        found = candidates(own, [(levers()[name], None)], areas)
        told = dict(zip((one.key for one in found.areas), found.most.tolist(), strict=True))
        most = levers()[name].amount.most
        by_heads = levers()[name].mechanism.kind == "existing"
        assert {key: value for key, value in told.items() if value} == (
            {"place:0": 4.0, "place:2": 0.5} if by_heads else dict.fromkeys(told, most)
        )


def test_people_are_counted_who_gain_or_lose_just_enough_to_count() -> None:
    published, people = np.array([2.0, 2.0, 2.0, 2.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    change_ = np.array([[0.5], [-0.5], [0.25], [-0.25]])
    told, moved = np.zeros(2), np.zeros(1)
    leave, enter = np.zeros((1, 1)), np.zeros((1, 1))
    kernels.tally(np.arange(4), published, people, people, change_, np.array([2.0]), 0.5, 0, leave, enter, moved, told)
    assert told.tolist() == [1.0, 10.0]
    assert enter.tolist() == [[1010.0]] and leave.tolist() == [[0.0]]
    assert moved.tolist() == [0.5 - 5 + 25 - 250]


def test_who_lives_at_a_threshold_is_not_under_it_and_the_answer_in_short_says_the_same() -> None:
    own = ground([(0, 0), (3, 0), (40, 0)], [2000, 1000, 500], [1, 1, 1], [2.5, 2.4, 1.0])
    action = {"lever": "installation", "amount": 3.0, "places": ["place:1"]}
    plan = settle(from_data({"actions": [action]}), atlas(3))
    whole, short = answer(plan, own), gist(plan, own)
    assert {one.threshold: one.before for one in whole.whole.crossings}[2.5] == 1500.0
    assert short.net == pytest.approx(tuple(one.net.value for one in whole.whole.crossings[:2]))
    assert short.net[0] == 1000.0 and short.added == pytest.approx(whole.conservation.supply)
    assert (short.gain, short.lose) == (3000.0, 0.0)
    leave = settle(from_data({"actions": [{"lever": "depart", "amount": 1.0, "places": ["place:0"]}]}), atlas(3))
    lost = gist(leave, own)
    assert (lost.gain, lost.lose) == (0.0, 3000.0) and lost.net[0] == -2000.0
