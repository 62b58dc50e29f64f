"""What a scenario, a siting or a plan refuses, in words; and the small answers at the edge of their domain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from small_ground import atlas, ground, points

from vigie.errors import InputError, StorageError, UnknownNameError
from vigie.levers import siting_reference as plain
from vigie.levers.answer import anchored, answer
from vigie.levers.definition import Parameter, Ramp, Words, hypotheses, lever
from vigie.levers.effects import CENTRAL, change
from vigie.levers.engine import central_change, change_of_access, direct, proportional
from vigie.levers.ground import _nearest
from vigie.levers.pairing import pair
from vigie.levers.scenario import LARGEST, as_toml, from_data, from_token, read_scenario, scenario_of, settle, token
from vigie.levers.siting_all import Covering, fewest_sites
from vigie.levers.siting_benefit import Benefit
from vigie.levers.siting_capacity import fill
from vigie.levers.siting_plans import quantile_minutes
from vigie.levers.siting_threshold import Posts, crossing, place_posts

OWN = ground([(0, 0), (3, 0), (6, 0), (40, 0)], [4000, 2000, 1000, 500], [3, 1, 0, 0], [3.5, 2.0, 1.5, 0.5])


def plan(*actions: dict[str, Any], territory: str = "all"):
    return settle(from_data({"territory": territory, "actions": list(actions)}), atlas(4))


def of(name: str, amount: float, *places: str, **more: Any) -> dict[str, Any]:
    return {"lever": name, "amount": amount, "places": list(places), **more}


# Scenarios ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "column", "words"),
    [
        (of("installation", 10_000.0, "place:1"), "actions.0.amount", "attendu, ou 0"),
        (of("cabinet_secondaire", 1.0, "place:1"), "actions.0.from", "demande des lieux d'origine"),
        (of("installation", 1.0, "place:1", **{"from": ["place:0"]}), "actions.0.from", "n'a pas de lieu d'origine"),
        (of("liaison", 5.0, "places:0-2"), "actions.0.places", "relie deux communes"),
        (of("liaison", 5.0, "place:0"), "actions.0.places", "relie deux communes"),
    ],
)
def test_what_an_action_may_not_be_is_told_by_its_key(action: dict[str, Any], column: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as fault:
        plan(action)
    assert fault.value.where.column == column and fault.value.message("en")


def test_an_amount_of_nothing_is_always_allowed_and_does_nothing() -> None:
    none = answer(plan(of("installation", 0.0, "place:1")), OWN)
    assert none.places.rows.size == 0 and none.costs.total.tolist() == np.zeros((3, 4)).tolist()


def test_two_links_are_refused_and_trips_change_once_at_a_place() -> None:
    link = of("liaison", 5.0, "place:0", "place:1")
    with pytest.raises(InputError, match="un nouveau lien"):
        plan(link, link)
    trips = of("transport_a_la_demande", 5.0, "place:1")
    with pytest.raises(InputError, match="deux fois au même lieu"):
        answer(plan(trips, trips), OWN)
    still = of("transport_a_la_demande", 0.0, "place:1")
    assert answer(plan(still, trips), OWN).places.rows.size > 0


def test_a_scenario_file_is_told_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    with pytest.raises(StorageError, match="ne se lit pas"):
        read_scenario(file)
    file.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(InputError, match=str(LARGEST)):
        read_scenario(file)
    file.write_bytes(b"#" * LARGEST)
    assert read_scenario(file).actions == ()
    with pytest.raises(InputError, match="JSON"):
        scenario_of(b"{")
    with pytest.raises(InputError, match="trop imbriqué"):
        scenario_of(b"[" * 60_000)
    with pytest.raises(InputError, match="TOML"):
        scenario_of(b"\xff", as_json=False)
    other = tmp_path / "s.JSON"
    other.write_text(json.dumps({"title": "t"}))
    assert read_scenario(other).title == "t"


@pytest.mark.parametrize("text", ["", "x", "1.", "1.!!!!", "1.AAAA", "z" * 10, "1." + "A" * (LARGEST + 1)])
def test_a_word_that_no_scenario_made_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="address"):
        try:
            from_token(text)
        except InputError as fault:
            raise InputError(fault.message("en"), fault.message("en")) from None


def test_a_scenario_written_as_toml_reads_back_with_its_parameters() -> None:
    made = from_data({
        "title": 'guillemets " et \\', "territory": "departement:12",
        "actions": [of("centre_de_sante", 1.0, "place:1", preset="mixte", parameters={"hours": 1600.0}),
                    of("cabinet_secondaire", 2.0, "place:1", **{"from": ["place:0"]})],
    })  # fmt: skip
    assert scenario_of(as_toml(made).encode(), as_json=False) == made
    assert from_token(token(made)) == made


# Definitions ----------------------------------------------------------------------------------------------------------

WORDS = {"fr": "français", "en": "English"}
PARAMETER = {"title": WORDS, "unit": WORDS, "value": 2.0, "low": 1.0, "high": 3.0, "least": 0.0, "most": 4.0,
             "source": {"status": "hypothesis", **WORDS}}  # fmt: skip


def test_words_are_those_of_the_language() -> None:
    assert (Words(**WORDS).of("fr"), Words(**WORDS).of("en")) == ("français", "English")
    source = Parameter.model_validate(PARAMETER).source
    assert (source.of("fr"), source.of("en")) == ("français", "English")


def test_a_bound_is_the_end_that_does_least_or_most() -> None:
    more, less = (Parameter.model_validate(PARAMETER | {"better": way}) for way in ("more", "less"))
    assert [more.at(bound) for bound in ("worst", "central", "best")] == [1.0, 2.0, 3.0]  # type: ignore[arg-type]
    assert [less.at(bound) for bound in ("worst", "central", "best")] == [3.0, 2.0, 1.0]  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"low": 2.5}, {"high": 1.5}, {"most": 2.9}, {"least": 1.1}, {"value": float("nan")}])
def test_the_ends_of_a_parameter_are_in_order(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="least ≤ low"):
        Parameter.model_validate(PARAMETER | wrong)


@pytest.mark.parametrize("wrong", [{}, {"shares": (0.5, 1.0, 1.0), "years": "x"}, {"shares": (0.5, 1.0, 1.1)}])
def test_a_ramp_is_shares_or_years(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="shares"):
        Ramp.model_validate(wrong)
    assert Ramp.model_validate({"shares": (0.0, 0.5, 1.0)}).shares == (0.0, 0.5, 1.0)


def test_hypotheses_are_told_once_each() -> None:
    own = lever("centre_de_sante")
    settled = own.settled(None, {})
    told = hypotheses([(own, settled), (own, settled)])
    names = [name for name, one in settled.items() if one.source.status == "hypothesis"]
    assert [name for _, name, _ in told] == names and names
    changed = own.settled(None, {names[0]: settled[names[0]].most})
    again = [name for _, name, _ in hypotheses([(own, settled), (own, changed)])]
    assert set(again) == set(names)


def test_an_unknown_lever_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="installation"):
        lever("instalation")


# Answers at the edges -------------------------------------------------------------------------------------------------


def test_an_anchored_figure_never_falls_under_zero_and_missing_stays_missing() -> None:
    published = np.array([1.0, 2.0, np.nan])
    np.testing.assert_array_equal(anchored(published, np.array([-2.0, 0.5, 1.0])), [0.0, 2.5, np.nan])
    two = anchored(published, np.array([[-2.0, 1.0], [0.5, -3.0], [1.0, 1.0]]))
    np.testing.assert_array_equal(two, [[0.0, 2.0], [2.5, 0.0], [np.nan, np.nan]])


def test_a_territory_where_nobody_lives_has_no_inequality() -> None:
    empty = ground([(0, 0), (3, 0)], [4000, 0], [3, 0], [3.5, np.nan])
    assert answer(settle(from_data({"territory": "place:1", "actions": []}), atlas(2)), empty).scope.inequality == {}
    assert answer(settle(from_data({"territory": "all", "actions": []}), atlas(2)), empty).scope.inequality


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="zones denses"):
        pair(OWN, [], dense=2.0, under=2.5)


def test_the_gap_of_what_was_placed() -> None:
    gaps = [Posts(np.array([1]), value, upper).gap for value, upper in ((10, 10.0), (10, 9.0), (10, 15.0), (0, 1.0))]
    assert gaps == [0.0, 0.0, 0.5, float("inf")]


def test_a_threshold_or_a_capacity_that_is_not_positive_is_refused() -> None:
    near = csr_array(np.ones((1, 1)))
    for threshold, capacity in ((0.0, 1.0), (2.5, 0.0), (-1.0, 1.0), (float("nan"), 1.0)):
        with pytest.raises(InputError, match="positifs"):
            crossing(near, [1.0], [1.0], [1.0], threshold, capacity)


def test_the_fewest_sites_keep_none_that_the_others_make_useless() -> None:
    """The greedy takes the middle first, then needs both ends: the middle goes."""
    table = np.array([[1.0, 1, 0], [1, 1, 0], [0, 1, 1], [0, 1, 1], [1, 0, 0], [0, 0, 1]])
    found = fewest_sites(Benefit(csr_array(table), 0.0, whole=True))
    assert (found.sites.tolist(), found.least, found.optimal) == ([0, 2], 2, True)
    assert not Covering(np.array([0, 1]), 1).optimal
    assert plain.fewest([[0.0, 0.0]]) is None and plain.fewest([]) == 0


def test_room_for_all_needs_no_proof() -> None:
    benefit = Benefit(csr_array(np.array([[5.0, 0.0], [0.0, 7.0]])), 0.0, whole=True)
    found = fill(benefit, 2, np.array([10, 10]), seconds=0)
    assert (found.value, found.upper) == (12.0, 12.0)


def test_the_minutes_of_a_share_of_the_people() -> None:
    minutes, people = np.array([30.0, 10.0, 20.0]), np.array([1.0, 2.0, 1.0])
    assert quantile_minutes(minutes, people, 0.5) == 10.0
    assert quantile_minutes(minutes, people, 0.51) == 20.0
    assert quantile_minutes(minutes, people, 1.0) == 30.0
    assert np.isnan(quantile_minutes(minutes, np.zeros(3), 0.5)) and np.isnan(
        quantile_minutes(np.empty(0), np.empty(0), 1)
    )


# What faults put on purpose had left unseen ---------------------------------------------------------------------------


def test_columns_that_are_multiples_are_done_once_and_the_product_is_the_table() -> None:
    table = np.array([[1.0, 2.0, 3.0, 0.0], [2.0, 4.0, 5.0, 0.0], [-1.0, -2.0, 0.0, 0.0]])
    kept, share = proportional(table)
    assert kept.shape == (3, 2)
    np.testing.assert_allclose(kept @ share, table, atol=1e-15)
    nothing, none = proportional(np.zeros((3, 2)))
    assert nothing.shape == (3, 0) and (nothing @ none == 0).all()
    nearly = np.column_stack([table[:, 0], table[:, 0] * 2 + np.array([0.0, 1e-9, 0.0])])
    assert proportional(nearly)[0].shape == (3, 2)


def test_the_nearest_practice_is_the_nearest_whatever_the_number_of_them() -> None:
    """Places a kilometre apart at 60 km/h, a practice at the ends: minutes by road are kilometres times the detour."""
    line = points([(float(k), 0.0) for k in range(10)])
    opened = np.array([True] + [False] * 8 + [True])
    expected = [min(k, 9 - k) * 1.3 for k in range(10)]
    np.testing.assert_allclose(_nearest(line, opened), expected)
    np.testing.assert_allclose(_nearest(line, np.arange(10) == 3), [abs(k - 3) * 1.3 for k in range(10)])
    assert np.isinf(_nearest(line, np.zeros(10, dtype=bool))).all()
    far = points([(0.0, 0.0), (59.9, 0.0), (60.1, 0.0)])
    np.testing.assert_allclose(_nearest(far, np.array([True, False, False]))[:2], [0.0, 59.9 * 1.3])
    assert np.isinf(_nearest(far, np.array([True, False, False]))[2])


def test_a_bound_on_people_is_whole_only_where_people_are() -> None:
    """One post, two places of which one can be brought to the threshold: its people are the optimum and its bound."""
    near = csr_array(np.ones((2, 1)))
    for people in ([300.5, 200.25], [300.0, 200.0]):
        found = place_posts(crossing(near, [5_000.0], [1.6, 1.4], people, 2.5, 5_000.0), 1, [2], seconds=600)
        assert found.value == people[0] and found.upper == pytest.approx(people[0])


def test_a_cost_for_one_person_is_told_from_one_person_on() -> None:
    """Below one person who passes the threshold there is no cost of each."""
    lone = ground([(0, 0), (1, 0)], [1.0, 4000.0], [0, 3], [2.4, 3.5])
    found = answer(
        settle(from_data({"territory": "all", "actions": [of("installation", 1.0, "place:0")]}), atlas(2)), lone
    )
    told = [one for one in found.per_person if one is not None]
    assert told and all(one.low <= one.value <= one.high for one in told)


def test_the_central_change_is_that_of_the_central_model() -> None:
    made = change(plan(of("installation", 1.0, "place:1"), of("depart", 1.0, "place:0")), OWN, CENTRAL)
    whole = change_of_access(OWN, made)[0]
    np.testing.assert_allclose(central_change(OWN, made), whole[:, 0], atol=1e-12)
    assert np.abs(whole[:, 0] - whole[:, 1]).max() > 1e-3  # the other decay says something else


def test_no_pair_is_looked_at_beyond_the_radius() -> None:
    road = ground([(0, 0), (25.999, 0), (26.001, 0)], [10, 10, 10], [1, 0, 0]).roads[0]
    minutes = direct(road, 0)
    assert minutes[0] == 0 and np.isfinite(minutes[1]) and np.isinf(minutes[2])
    assert direct(road, 0, np.array([1, 2])).tolist() == minutes[1:].tolist()
