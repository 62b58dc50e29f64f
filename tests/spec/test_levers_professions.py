"""Other professions: their thresholds as published, and a small case worked by hand in FTE per 100,000."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.access.decay import preset
from vigie.access.travel import points, zone_of
from vigie.errors import InputError
from vigie.levers.answer import answer
from vigie.levers.definition import levers, levers_of
from vigie.levers.ground import prepare
from vigie.levers.professions import NAMES, professions
from vigie.levers.scenario import Area, as_toml, from_data, identity, scenario_of, settle


def test_the_thresholds_are_those_of_the_arretes() -> None:
    found = {name: one.thresholds for name, one in professions().items()}
    assert found["mg"] == (2.5, 2.0)
    assert found["infirmiers"] == (73.1, 58.8)  # 10/01/2020
    assert found["kines"] == (51.8, 43.8)  # 24/09/2018
    assert found["sages_femmes"] == (9.8, 7.1)  # 17/10/2019
    assert professions()["dentistes"].source.status == "hypothesis"
    assert all(professions()[name].source.status == "published" for name in NAMES if name != "dentistes")


def atlas(text: str) -> Area:
    return Area(text, text, np.array([0]))


def test_one_nurse_for_ten_thousand_people_is_ten_per_100000() -> None:
    codes = np.array(["12202"])
    ground = points(codes, np.array([2.57]), np.array([44.35]), zone_of(codes))
    own = prepare("infirmiers", "2023", codes, [10_000], [10_000 / 1e5], [70.0], [7.0], [7.0],
                  [("national", ground, {"fitted": preset("linear-20").decay})])  # fmt: skip
    action = {"lever": "installation_soignant", "amount": 1, "places": ["commune:12202"], "parameters": {"fte": 1}}
    raw = {"profession": "infirmiers", "territory": "commune:12202", "actions": [action]}
    found = answer(settle(from_data(raw), atlas), own)
    assert found.scope.mean_after.value == pytest.approx(80.0)
    assert [one.leave.value for one in found.whole.crossings] == [10_000, 0]  # 73.1 is crossed, 58.8 was not to be
    assert found.costs.unknown == (0,)
    assert found.conservation.gap == pytest.approx(0.0, abs=1e-6)


def test_a_lever_of_doctors_is_refused_to_others_and_theirs_to_doctors() -> None:
    for profession, name in (("kines", "assistants_medicaux"), ("mg", "installation_soignant")):
        raw = {"profession": profession, "actions": [{"lever": name, "amount": 1, "places": ["commune:12202"]}]}
        with pytest.raises(InputError, match=name):
            settle(from_data(raw), atlas)
    assert {"depart", "transport_a_la_demande", "installation_soignant"} <= set(levers_of("dentistes"))
    assert not any(one.costs for one in levers().values() if not one.priced)


def test_owner_and_date_travel_with_the_file_and_leave_the_identity_alone() -> None:
    bare = from_data({"territory": "departement:12"})
    text = as_toml(from_data({"territory": "departement:12", "owner": "ARS", "date": "2027-06-30", "title": "Plan"}))
    again = scenario_of(text.encode(), as_json=False)
    assert (again.owner, again.date, again.title) == ("ARS", "2027-06-30", "Plan")
    assert identity(again) == identity(bare)
    assert scenario_of(b"date = 2027-06-30\n", as_json=False).date == "2027-06-30"
    for wrong in ("demain", "2027-6", "2027-06-30T10:00"):
        with pytest.raises(InputError, match="date"):
            from_data({"date": wrong})
