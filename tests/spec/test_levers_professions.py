"""Other professions: their thresholds as published, and a small case worked by hand in FTE per 100,000."""

from __future__ import annotations

import numpy as np
import pytest
from small_ground import ground as small

from vigie.access.decay import preset
from vigie.access.travel import points, zone_of
from vigie.errors import InputError
from vigie.levers.allocation import allocate
from vigie.levers.answer import answer
from vigie.levers.candidates import candidates
from vigie.levers.definition import lever, levers, levers_of
from vigie.levers.ground import Ground, prepare
from vigie.levers.pairing import pair
from vigie.levers.portfolio import portfolio
from vigie.levers.professions import NAMES, professions
from vigie.levers.scenario import Area, as_toml, from_data, identity, scenario_of, settle


def test_the_thresholds_are_those_of_the_arretes() -> None:
    found = {name: one.thresholds for name, one in professions().items()}
    assert found["mg"] == (2.5, 2.0)
    assert found["infirmiers"] == (73.1, 58.8)  # 10/01/2020
    assert found["kines"] == (51.8, 43.8)  # 24/09/2018
    assert found["sages_femmes"] == (9.8, 7.1)  # 17/10/2019
    dense = {name: one.dense for name, one in professions().items()}  # above the intermediate zones of each arrêté
    assert dense == {"mg": 4.0, "infirmiers": 121.3, "kines": 126.4, "sages_femmes": 20.3, "dentistes": 76.1}
    assert professions()["mg"].degrees == (2.0, 2.5, 4.0)
    assert professions()["dentistes"].source.status == professions()["dentistes"].dense_source.status == "hypothesis"
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


def _areas(own: Ground) -> list[Area]:
    return [Area(f"place:{k}", f"place:{k}", np.array([k])) for k in range(own.ids.size)]


def test_nurses_are_shared_by_their_own_thresholds_and_units() -> None:
    """Two towns out of reach of each other: 10,000 people at 60 (1.31 FTE short of 73.1) and as many at 100."""
    own = small([(0, 0), (100, 0)], [10_000, 10_000], [6, 10], [60.0, 100.0], activity=1.0, profession="infirmiers")
    found = candidates(own, [(lever("installation_soignant"), None)], _areas(own))
    shared = {one.rule: one for one in allocate(own, found, np.array([0, 1]), 2.0, np.arange(2))}
    assert shared["need"].units.tolist() == [2, 0]
    first = shared["effect"].units[0]
    assert first >= 1.5  # 1.31 FTE are 1.38 nurses of 0.95, in halves
    assert shared["effect"].net[0] == 10_000
    assert shared["effect"].by_degree == (0, first, 2 - first, 0)
    assert shared["open"].units.tolist() == [1.0, 1.0]  # 0.75 and 1.25 in halves, the largest remainder first
    with pytest.raises(InputError, match="rien de lu ne donne le coût"):
        portfolio(own, found, 100_000)
    with pytest.raises(InputError, match="installation_soignant"):  # what may be shared instead
        candidates(own, [(lever("assistants_medicaux"), None)], _areas(own))


def test_nurses_are_paired_as_far_as_the_giver_stays_dense() -> None:
    """140 may fall to 121.3 by 1.87 FTE, but 20 % of 14 FTE is more: a day a month is 11 × 0.0049 FTE."""
    own = small([(0, 0), (20, 0)], [10_000, 10_000], [14, 4], [140.0, 40.0], activity=1.0, profession="infirmiers")
    found = pair(own, _areas(own))
    assert [(one.origin.key, one.destination.key) for one in found.pairs] == [("place:0", "place:1")]
    assert found.pairs[0].days == 34.5  # 1.87 / 0.0539 = 34.7, in halves
    assert found.pairs[0].supply == pytest.approx(34.5 * 11 * 0.0049)
    assert found.origins[0][2] == pytest.approx(140 - 34.5 * 11 * 0.0049 * 10)


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
