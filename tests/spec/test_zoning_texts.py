"""The rules as their texts have them: thresholds at their borders, shares and printed values as transcribed."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.zoning.classes import classify
from vigie.zoning.rules import rules

# Five classes: shares in per cent, and the values printed for the first four (methods, section 2).
FIVE = {
    "orthophonistes_2018": ((12.8, 9.0, 55.7, 10.1, 12.3), (11.5, 16.0, 41.5, 49.3)),
    "kines_2018": ((6.8, 6.0, 65.1, 9.8, 12.4), (43.8, 51.8, 126.4, 147.5)),
    "sages_femmes_2019": ((7.7, 10.2, 60.4, 9.3, 12.4), (7.1, 9.8, 20.3, 23.6)),
    "infirmiers_2020": ((5.3, 9.4, 36.6, 20.4, 28.3), (58.8, 73.1, 121.3, 171.5)),
}


def classed(rule: str, values: list[float]) -> list[str]:
    cut = rules()[rule].cut
    position = classify(cut, np.array(values), np.ones(len(values))).position
    return [cut[place].id for place in position]


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [("medecins_2017", 2.5, 4.0), ("medecins_tous_ages", 2.5, 4.0), ("medecins_2025", 2.71, 3.98)],
)
def test_a_threshold_belongs_to_the_class_under_it(rule: str, low: float, high: float) -> None:
    just = 1e-9
    assert classed(rule, [low - just, low, low + just, high, high + just]) == [
        "zip", "zip", "vivier", "vivier", "hors_vivier",
    ]  # fmt: skip


def test_the_cour_calls_under_dense_up_to_2_5() -> None:
    assert classed("cour_2024", [2.5, 2.51, 4.0, 4.01]) == ["sous_dense", "intermediaire", "intermediaire", "dense"]


@pytest.mark.parametrize("rule", FIVE)
def test_the_five_classes_have_the_shares_and_values_of_their_text(rule: str) -> None:
    shares, printed = FIVE[rule]
    cut = rules()[rule].cut
    assert tuple(one.share for one in cut) == shares
    assert tuple(one.printed for one in cut) == (*printed, None)
    assert [one.role for one in cut] == ["priority", "aided", "none", "none", "over"]
    assert rules()[rule].one_for_one and rules()[rule].mesh == "bvcv"


def test_the_other_shares_are_those_of_their_texts() -> None:
    found = {
        name: [one.share for one in rules()[name].cut] for name in ("medecins_2021", "kines_2024", "dentistes_2023")
    }
    assert found == {"medecins_2021": [30, 42, None], "kines_2024": [15, None], "dentistes_2023": [30, 65, 5]}
    assert rules()["dentistes_2023"].since == "2025-01-01"


@pytest.mark.parametrize("rule", FIVE)
def test_a_thousand_zones_fill_the_shares_to_within_one(rule: str) -> None:
    shares, _ = FIVE[rule]
    names = classed(rule, [float(one) for one in range(1000)])
    cumulated = 0.0
    for one, share in zip(rules()[rule].cut[:-1], shares, strict=False):
        cumulated += share
        held = sum(names.count(other.id) for other in rules()[rule].cut[: rules()[rule].cut.index(one) + 1])
        assert cumulated * 10 - 1 <= held <= cumulated * 10 + 1e-6


def test_the_regional_margin_is_5_per_cent_of_the_pool() -> None:
    margin = next(one for one in rules()["medecins_2017"].moves if one.id == "marge")
    assert (margin.origins, margin.ceiling, margin.of) == (("hors_vivier",), 5, "vivier")
    assert [one.ceiling for one in rules()["medecins_2017"].moves if one.target == "zip"] == [None]  # no text at hand


def test_doctors_are_zoned_on_those_of_65_or_less_and_the_variant_is_labelled() -> None:
    for name in ("medecins_2017", "medecins_2021", "medecins_2025", "cour_2024"):
        assert rules()[name].indicator == "apl_mg_65"
    ours = rules()["medecins_tous_ages"]
    assert ours.indicator == "apl_mg" and ours.status == "ours" and "65 ans" in ours.text.fr
