"""Since when a territory is under the threshold: the page counts in the series that alerts count in."""

from __future__ import annotations

import pytest

from vigie.editions.observatory import Observation, Territory
from vigie.indicators import definitions
from vigie.site.sentences import Facts, standing
from vigie.site.words import Speaker

HERE = Territory("commune", "12001", "Essai", "commune", "12", "76", 1000, 1, 10.0, 2.0, 44.0)


def series(indicator: str, values: dict[str, float]) -> list[Observation]:
    return [
        Observation(indicator, "commune", "12001", period, value, None, None, None, None, "ok", "essai@1")
        for period, value in values.items()
    ]


def told(apl: dict[str, float], constant: dict[str, float]) -> str:
    own = {"apl_mg": series("apl_mg", apl), "apl_mg_champ_constant": series("apl_mg_champ_constant", constant)}
    facts = Facts(HERE, definitions(), own, None, {}, {})
    return " ".join(standing(Speaker("fr"), facts).sentences)


LOW = dict.fromkeys(("2015", "2016", "2017", "2018", "2019", "2021", "2022", "2023"), 2.0)


@pytest.mark.parametrize(
    ("constant", "words"),
    [
        (LOW, "depuis 2021, la première année de cette série (à champ constant, une autre série, depuis 2015)"),
        (LOW | {"2016": 3.0}, "la première année de cette série (à champ constant, une autre série, depuis 2017)"),
        ({}, "chaque année depuis 2021, la première année de cette série."),
        (LOW | {"2023": 3.0}, "chaque année depuis 2021, la première année de cette série."),
    ],
)  # fmt: skip
def test_the_years_before_a_break_are_of_another_series(constant: dict[str, float], words: str) -> None:
    assert words in told(LOW, constant)


def test_a_threshold_crossed_within_the_series_has_its_own_year() -> None:
    assert "chaque année depuis 2022." in told(LOW | {"2021": 3.0}, LOW)


def test_no_change_is_told_across_a_break() -> None:
    one = definitions()["apl_mg"]
    assert not one.same_series("2019", "2021")
    assert one.same_series("2021", "2023")
    assert one.same_series("2015", "2019")
