"""What is said of a promise: its aim, and the numbers of its verdict."""

from __future__ import annotations

import pytest

from vigie.editions.promises import aim_of, verdict_sentences
from vigie.editions.standings import Standing
from vigie.editions.voice import ENGLISH, FRENCH
from vigie.language import Text

_LEVEL = {
    "target": "ald_sans_mt", "number": 1, "title": Text("a", "a"), "stage": 1, "indicator": "ald_sans_mt",
    "level": "departement", "code": "23", "kind": "level", "value": 2.0, "unit": "percent", "measured": "percent",
    "due": "", "means": False, "source": "x", "retained": True, "rule": "level", "baseline_period": "2022",
    "baseline": 5.6, "latest_period": "2024", "latest": 4.2, "yearly": None, "status": "ok", "expected": None,
    "gap": None, "distance": -2.2, "pace": -0.7, "required": None, "arrival": None, "verdict": "on_course",
    "reason": "no_date", "snapshots": ("x@1",),
}  # fmt: skip
_GROWTH = _LEVEL | {
    "kind": "yearly_growth", "rule": "yearly_growth", "value": 5.0, "measured": "count", "baseline": 200.0,
    "latest": 210.0, "pace": 2.5, "verdict": "late", "reason": "too_slow",
}  # fmt: skip


def said(row: dict[str, object], voice=FRENCH) -> str:
    return " ".join(verdict_sentences(voice, Standing(**row))).replace("\u202f", " ")


def test_a_level_is_told_from_its_two_measures():
    assert said(_LEVEL).startswith("De 5,6 % (2022) à 4,2 % (2024).")


def test_a_growth_since_a_baseline_is_told_by_year_with_its_two_measures():
    assert said(_GROWTH) == "De 200 (2022) à 210 (2024), soit +2,5 % par an, pour +5 % promis chaque année."
    assert said(_GROWTH, ENGLISH) == "From 200 (2022) to 210 (2024), or +2.5% a year, where +5% a year was promised."


def test_a_growth_that_is_published_as_such_is_over_twelve_months():
    alone = _GROWTH | {"baseline": None, "baseline_period": None, "latest": None, "pace": -1.7}
    assert said(alone) == "−1,7 % sur douze mois, pour +5 % promis chaque année."


@pytest.mark.parametrize(
    ("more", "aim"),
    [({}, "2 %"), ({"value": 4_000.0, "unit": "count", "due": "2027"}, "4 000 en 2027"),
     ({"kind": "yearly_growth", "value": -2.0}, "−2 % par an"), ({"kind": "none", "value": None}, "à définir")],
)  # fmt: skip
def test_an_aim_in_a_few_words(more: dict[str, object], aim: str):
    assert aim_of(FRENCH, Standing(**(_LEVEL | more))).replace("\u202f", " ") == aim
