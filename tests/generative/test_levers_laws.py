"""Laws of scenarios on small generated countries, and the engine against its plain reference."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ground import atlas, ground

from vigie.access import inequality
from vigie.errors import VigieError
from vigie.levers import reference
from vigie.levers.answer import answer, gist, spread
from vigie.levers.definition import levers, levers_of
from vigie.levers.effects import CASES, change
from vigie.levers.engine import change_of_access
from vigie.levers.ground import Ground
from vigie.levers.scenario import Plan, as_toml, canonical, from_data, from_token, identity, scenario_of, settle, token

MOVED = [name for name, one in levers_of("mg").items() if one.mechanism.kind == "moved"]
OTHERS = [name for name, one in levers_of("mg").items() if one.mechanism.kind not in ("moved", "link", "trips")]


@st.composite
def grounds(draw: st.DrawFn, least: int = 3) -> Ground:
    size = draw(st.integers(least, 9))
    km = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), min_size=size, max_size=size, unique=True))
    people = draw(st.lists(st.integers(0, 5000), min_size=size, max_size=size).filter(any))
    heads = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    apl = draw(st.lists(st.floats(0, 6) | st.just(float("nan")), min_size=size, max_size=size))
    apl[0] = 2.4  # one place at least is published
    return ground(km, [*people[:-1], max(people[-1], 1)], heads, apl)


@st.composite
def actions(draw: st.DrawFn, size: int, names: list[str]) -> dict[str, Any]:
    own = levers()[draw(st.sampled_from(names))]
    amount = own.amount.least + draw(st.floats(0, 1)) * (min(own.amount.most, 20.0) - own.amount.least)
    places = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=3, unique=True))
    found: dict[str, Any] = {"lever": own.id, "amount": amount, "places": [f"place:{k}" for k in places]}
    if own.mechanism.kind == "moved":
        found["from"] = ["all"] if draw(st.booleans()) else [f"place:{draw(st.integers(0, size - 1))}"]
    return found


def plans(own: Ground, names: list[str], most: int = 3) -> st.SearchStrategy[Plan]:
    size = own.ids.size
    made = st.lists(actions(size, names), max_size=most)
    return made.map(lambda found: settle(from_data({"actions": found}), atlas(size)))


def travelled(draw: st.DrawFn, own: Ground, plan: Plan) -> Plan:
    """The plan with a new link and faster trips of some places."""
    size = own.ids.size
    ends = draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    raw = json.loads(canonical(plan.scenario)).get("actions", [])
    link = {"lever": "liaison", "amount": draw(st.integers(1, 9)), "places": [f"place:{k}" for k in ends]}
    trips = {"lever": "transport_a_la_demande", "amount": draw(st.integers(1, 15)), "places": [f"place:{ends[0]}"]}
    more = draw(st.sampled_from([[link], [trips], [link, trips]]))
    return settle(from_data({"actions": [*raw, *more]}), atlas(size))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_engine_gives_what_the_reference_gives(data: st.DataObject) -> None:
    own = data.draw(grounds())
    plan = data.draw(plans(own, OTHERS + MOVED))
    if data.draw(st.booleans()):
        plan = data.draw(st.composite(travelled)(own, plan))
    made = change(plan, own, CASES)
    for fast, plain in zip(change_of_access(own, made), reference.change_of_access(own, made), strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-7, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_all_of_the_country_is_given_is_what_the_reference_gives(data: st.DataObject) -> None:
    """Most sites change by one share of what they have: the engine then looks at the others alone."""
    own = data.draw(grounds(least=5))
    everywhere = st.sampled_from(["pharmaciens", "assistants_medicaux", "regulation_demande", "depart", "installation"])
    asked = {"places": ["all"], "spread": data.draw(st.sampled_from(["practitioners", "population"]))}
    wide = [
        {"lever": name, "amount": levers()[name].amount.default, **asked}
        for name in data.draw(st.lists(everywhere, min_size=1, max_size=2, unique=True))
    ]
    local = data.draw(st.lists(actions(own.ids.size, OTHERS + MOVED), max_size=2))
    made = change(settle(from_data({"actions": [*wide, *local]}), atlas(own.ids.size)), own, CASES)
    for fast, plain in zip(change_of_access(own, made), reference.change_of_access(own, made), strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-7, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_added_reaches_people_and_costs_add_up(data: st.DataObject) -> None:
    own = data.draw(grounds())
    plan = data.draw(plans(own, OTHERS + MOVED))
    found = answer(plan, own)
    held = found.conservation
    assert abs(held.gap) <= 1e-6 * max(1.0, own.supply.sum())
    assert np.isclose(held.supply, sum(e.added[1] - e.taken[1] for e in found.change.effects), atol=1e-6)
    lines = sum((line.euros for line in found.costs.lines), np.zeros((3, 4)))
    np.testing.assert_allclose(found.costs.total, lines)
    central = found.costs.total[1]
    for scope in (found.scope, found.whole):
        for crossing in scope.crossings:
            assert crossing.net.low <= crossing.net.value <= crossing.net.high
            assert np.isclose(crossing.before - crossing.net.value, crossing.after.value)
    short = gist(plan, own)
    assert np.allclose(short.net, [one.net.value for one in found.whole.crossings])
    assert np.isclose(short.steady, central[3])
    assert np.isclose(short.first_year, central[0])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_time_moved_is_conserved(data: st.DataObject) -> None:
    own = data.draw(grounds())
    names = [name for name in MOVED if name != "teleconsultation"]  # a teleconsultation may be worth less
    plan = data.draw(plans(own, names))
    made = change(plan, own, CASES)
    np.testing.assert_allclose(made.supply.sum(axis=0), 0.0, atol=1e-6)
    assert (own.supply[:, None] + made.supply >= -1e-6).all()
    most = max((one.parameters["most_given"].value for one in plan.actions), default=0.0)
    given_away = np.zeros_like(made.supply)
    for effect in made.effects:
        given_away += effect.taken
    assert (given_away.max(axis=0) <= most * own.supply.sum() + 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_lever_is_no_change_and_more_supply_lowers_nobody(data: st.DataObject) -> None:
    own = data.draw(grounds())
    nothing = answer(settle(from_data({}), atlas(own.ids.size)), own)
    assert nothing.places.rows.size == 0
    assert nothing.costs.total.tolist() == np.zeros((3, 4)).tolist()
    assert all(one.net.low == one.net.high == 0 for one in nothing.whole.crossings)
    assert nothing.whole.mean_after.low == nothing.whole.mean_before
    adding = data.draw(plans(own, ["installation", "centre_de_sante", "assistants_medicaux", "cabinet_mobile"]))
    for part in change_of_access(own, change(adding, own, CASES)):
        assert (part >= -1e-12).all()
        assert (np.diff(part, axis=2) >= -1e-9).all()  # worst ≤ central ≤ best


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_scenario_is_the_same_by_any_road(data: st.DataObject) -> None:
    own = data.draw(grounds())
    scenario = data.draw(plans(own, OTHERS + MOVED)).scenario
    assert from_token(token(scenario)) == scenario
    assert scenario_of(canonical(scenario).encode()) == scenario
    assert scenario_of(as_toml(scenario).encode(), as_json=False) == scenario
    assert identity(scenario) == identity(scenario.model_copy(update={"title": "autre"}))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 8), st.integers(1, 900)), min_size=1, max_size=40))
def test_one_sort_gives_the_measures_of_inequality(pairs: list[tuple[float, int]]) -> None:
    values, weights = (np.array(part, dtype=np.float64) for part in zip(*pairs, strict=True))
    d1, d9 = inequality.weighted_quantiles(values, weights, [0.1, 0.9])
    plain = [d1, d9, inequality.mean_of_worst(values, weights), inequality.mean_of_best(values, weights),
             inequality.gini(values, weights)]  # fmt: skip
    np.testing.assert_allclose(spread(values, weights), plain, rtol=1e-9, atol=1e-9, equal_nan=True)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.floats() | st.text(max_size=9), lambda inner: st.lists(
    inner, max_size=3) | st.dictionaries(st.sampled_from(["actions", "lever", "amount", "places", "format"]), inner),
    max_leaves=9).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_anything_else_is_refused_with_words(content: bytes) -> None:
    for as_json in (True, False):
        try:
            scenario = scenario_of(content, as_json)
        except VigieError as fault:
            assert fault.message("en")
            assert fault.message("fr")
        else:
            assert len(scenario.actions) <= 40
