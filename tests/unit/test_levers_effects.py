"""What actions come to after one another, by hand: whoever has left works with no assistant, nor leaves twice."""

from __future__ import annotations

import pytest
from small_ground import atlas, ground

from vigie.levers.effects import CENTRAL, Change, change
from vigie.levers.scenario import from_data, settle

OWN = ground([(0, 0), (3, 0)], [2000, 2000], [4, 1], [2.0, 2.0])  # 4,000 consultations each
LEAVE = {"lever": "depart", "amount": 3.0, "places": ["place:0"]}


def made(*actions: dict[str, object]) -> Change:
    return change(settle(from_data({"actions": list(actions)}), atlas(2)), OWN, CENTRAL)


@pytest.mark.parametrize(
    ("lever", "alone", "after"),
    [("assistants_medicaux", (2.0, 1040.0), (1.0, 520.0)), ("regulation_demande", (2.0, 12.48), (2.0, 3.12)),
     ("infirmiers_sante_publique", (2.0, 240.0), (1.0, 120.0)), ("maison_de_sante", (0.8, 640.0), (0.2, 160.0))],
)  # fmt: skip
def test_what_helps_those_who_practise_helps_those_who_are_left(
    lever: str, alone: tuple[float, float], after: tuple[float, float]
) -> None:
    action = {"lever": lever, "amount": 2.0, "places": ["place:0"]}
    for actions, (used, added) in (([action], alone), ([LEAVE, action], after)):
        effect = made(*actions).effects[-1]
        assert (effect.used, float(effect.added[0])) == pytest.approx((used, added))
        assert bool(effect.notes) == (used < 2.0) and float(effect.taken[0]) == 0.0


def test_no_more_leave_than_are_left() -> None:
    found = made(LEAVE, LEAVE)
    assert [one.used for one in found.effects] == [3.0, 1.0]
    assert [float(one.taken[0]) for one in found.effects] == pytest.approx([12_000.0, 4_000.0])
    assert found.gone.tolist() == [4.0, 0.0]
    assert found.supply[:, 0].tolist() == pytest.approx([-16_000.0, 0.0])
    assert bool(found.effects[1].notes) and not found.effects[0].notes


def test_those_who_leave_several_places_leave_each_in_proportion() -> None:
    found = made({"lever": "depart", "amount": 2.0, "places": ["places:0-1"]})
    assert found.gone.tolist() == pytest.approx([1.6, 0.4])
    assert found.supply[:, 0].tolist() == pytest.approx([-6_400.0, -1_600.0])
