"""Published effects and costs, and small cases worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_ground import atlas, ground

from vigie.levers.answer import Answer, answer
from vigie.levers.definition import lever, product
from vigie.levers.effects import CASES, RAMP, change, ramp_shares
from vigie.levers.ground import Ground
from vigie.levers.scenario import from_data, settle


def played(own: Ground, *actions: dict[str, Any]) -> Answer:
    return answer(settle(from_data({"actions": list(actions)}), atlas(own.ids.size)), own)


def alone() -> Ground:
    """Two towns of 10,000 too far apart to meet; three doctors of 4,000 consultations in the second."""
    return ground([(0, 0), (500, 0)], [10_000, 10_000], [0, 3], [2.2, 2.6])


def test_two_assistants_cost_what_the_convention_pays() -> None:
    found = played(alone(), {"lever": "assistants_medicaux", "amount": 2, "places": ["place:1"]})
    for bound in found.costs.total:
        assert bound.tolist() == [2 * 38_000, 2 * 28_000, 2 * 22_000, 2 * 22_000]
    # +13 % for each of two doctors of 4,000 consultations, shared by 10,000 people; +20 % at best.
    assert found.change.effects[0].added[1] == pytest.approx(2 * 0.13 * 4000)
    assert found.places.change.tolist() == pytest.approx([2 * 0.13 * 4000 / 10_000])
    assert found.places.high.tolist() == pytest.approx([2 * 0.20 * 4000 / 10_000])


def test_no_more_assistants_than_doctors_and_none_without() -> None:
    found = played(alone(), {"lever": "assistants_medicaux", "amount": 5, "places": ["place:1"]})
    assert found.change.effects[0].used == 3
    assert found.costs.total[1].tolist() == [3 * 38_000, 3 * 28_000, 3 * 22_000, 3 * 22_000]
    assert "3" in found.change.effects[0].notes[0].fr
    nobody = played(alone(), {"lever": "assistants_medicaux", "amount": 2, "places": ["place:0"]})
    assert nobody.places.rows.size == 0
    assert nobody.costs.total[1, 0] == 0


def test_one_day_a_week_is_forty_days_and_eight_to_ten_weeks() -> None:
    own = lever("cabinet_secondaire")
    assert own.parameters["days"].value == 40
    assert 8 <= 40 / 4.5 <= 10
    found = played(alone(), {"lever": "cabinet_secondaire", "amount": 1, "from": ["place:1"], "places": ["place:0"]})
    assert found.change.effects[0].taken[1] == pytest.approx(40 * 22.6)
    # 904 consultations leave 10,000 people and reach 10,000 others: 2.2 → 2.2904, 2.6 → 2.5096.
    assert found.places.after.tolist() == pytest.approx([2.2904, 2.5096])
    assert found.whole.crossings[0].enter.value == 0
    assert found.whole.crossings[0].enter.high == 10_000  # at 27 consultations a day the giver falls under 2.5
    assert found.conservation.supply == pytest.approx(0)
    assert (found.whole.gain, found.whole.lose) == (10_000, 10_000)
    # 500 km apart: told, since the Cour pairs zones less than an hour apart.
    assert ["plus d'une heure" in note.fr for note in found.change.effects[0].notes] == [True]


def test_no_place_gives_more_than_a_day_a_week_of_its_doctors() -> None:
    found = played(alone(), {"lever": "cabinet_secondaire", "amount": 50, "from": ["place:1"], "places": ["place:0"]})
    assert found.change.effects[0].taken.tolist() == pytest.approx([0.2 * 12_000] * 3)
    assert found.change.effects[0].notes


def test_an_installation_shares_its_year_with_whom_it_reaches() -> None:
    # 4 km at 60 km/h with a detour of 1.3 are 5.2 minutes: weight 0.8 − 1.2 · 0.5/8 under the falling decay.
    own = ground([(0, 0), (4, 0)], [1000, 500], [0, 0], [1.0, 1.0])
    weight = float(np.float32(0.8 - 1.2 * 0.5 / 8))
    found = played(own, {"lever": "installation", "amount": 1, "places": ["place:0"]})
    rate = 4570 / (1000 + weight * 500)
    assert found.places.change.tolist() == pytest.approx([rate, weight * rate])
    assert found.costs.total.tolist() == [[10_000, 0, 0, 0], [10_000, 0, 0, 0], [5_000, 0, 0, 0]]
    assert found.change.effects[0].added.tolist() == [3600, 4570, 6000]


def test_the_presets_of_the_health_centre() -> None:
    own = lever("centre_de_sante")
    assert 12.7 / own.presets["audite"].values["consultations_per_hour"][0] == pytest.approx(7.94, abs=0.01)
    for preset, pace in (("audite", 1.6), ("liberal", 3.0)):
        assert product(own.mechanism, own.settled(preset, {}), "central") == pytest.approx(1500 * pace)
    found = played(alone(), {"lever": "centre_de_sante", "preset": "ght", "amount": 1, "places": ["place:0"]})
    # 170,000 + 80,000 of grant + 100,000 to set up, less 30 € an act; half of them in the first year.
    acts = 1500 * 2.3
    assert found.costs.total[1].tolist() == pytest.approx([350_000 - 15 * acts, *[250_000 - 30 * acts] * 3])


def test_the_survey_of_the_erdre_in_time_given_back() -> None:
    own = lever("regulation_demande").parameters
    a_week = 3000 / 19 / 2  # consultations of a GP
    assert own["avoidable"].value == pytest.approx(2.5 / a_week, abs=6e-4)
    assert own["certificates"].value == pytest.approx(2.6 / a_week, abs=6e-4)
    assert own["missed"].value == pytest.approx(1 / a_week, abs=6e-4)
    assert (own["sport"].high, own["certificates"].high) == (0.058, 0.20)


def test_an_engagement_builds_up_with_the_flow_of_installations() -> None:
    action = {"lever": "engagement_installation", "amount": 1, "from": ["place:1"], "places": ["place:0"]}
    plan = settle(from_data({"actions": [action]}), atlas(2))
    assert ramp_shares(plan.actions[0]) == (0.2, 0.4, 0.6, 1.0)
    own = ground([(0, 0), (500, 0)], [10_000, 10_000], [0, 30], [2.2, 2.6])
    moved = change(plan, own, RAMP).supply[0]
    assert moved.tolist() == pytest.approx([years * 40 * 22.6 for years in (1, 2, 3, 5)])


def test_teleconsultation_stops_at_its_cap_of_twenty_per_cent() -> None:
    own = alone()
    action = {"lever": "teleconsultation", "amount": 16, "from": ["place:1"], "places": ["place:0"]}
    twice = settle(from_data({"actions": [action, action]}), atlas(2))
    assert change(twice, own, CASES).supply[1].tolist() == pytest.approx([-0.16 * 12_000] * 3)


def test_pharmacists_lighten_the_demand_as_osys_says() -> None:
    # 5 % of the demand goes through the protocol, 19 % of it avoids a doctor: R = 12,000 / (10,000 · 0.9905).
    found = played(alone(), {"lever": "pharmaciens", "amount": 100, "places": ["place:1"]})
    assert found.places.change.tolist() == pytest.approx([1.2 / (1 - 0.05 * 0.19) - 1.2])
    assert found.conservation.gap == pytest.approx(0, abs=1e-6)


def test_a_departure_takes_the_activity_and_the_thirty_minutes_away() -> None:
    own = ground([(0, 0), (500, 0)], [10_000, 8_000], [1, 2], [2.2, 2.6])
    found = played(own, {"lever": "depart", "amount": 9, "places": ["place:1"]})
    assert found.change.effects[0].used == 2
    assert (found.whole.near_before, found.whole.near_after) == (18_000, 10_000)
    assert found.places.after.tolist() == pytest.approx([2.6 - 2 * 4000 / 8_000])
    assert found.whole.crossings[0].enter.value == 8_000


def test_a_bridge_opens_a_road_both_ways_and_adds_nothing() -> None:
    own = ground([(0, 0), (19, 0)], [1000, 1000], [0, 2], [0.0, 8.0])
    found = played(own, {"lever": "liaison", "amount": 2, "places": ["place:0", "place:1"]})
    weight = float(np.float32(1 - 0.05 * 2))  # the falling decay at 2 minutes
    assert found.conservation.gap == pytest.approx(0, abs=1e-6)
    # Before, 24.7 minutes: out of reach. After, both sides share the 8,000 consultations.
    rate = 8000 / (1000 + weight * 1000)
    assert found.places.after.tolist() == pytest.approx([weight * rate, 8.0 + rate - 8.0])
    assert found.costs.unknown == (0,)
    assert found.per_person == (None,) * 4


def test_people_within_thirty_minutes_count_a_new_centre() -> None:
    own = ground([(0, 0), (100, 0)], [700, 900], [0, 2], [0.0, 3.0])
    found = played(own, {"lever": "centre_de_sante", "amount": 1, "places": ["place:0"]})
    assert (found.whole.near_before, found.whole.near_after) == (900, 1600)
