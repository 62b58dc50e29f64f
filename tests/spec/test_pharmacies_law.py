"""Articles L. 5125-4, L. 5125-6-1 and L. 5511-3 of the code de la santé publique, at their borders."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import InputError
from vigie.zoning import pharmacies
from vigie.zoning.pharmacies import FILE, fewest, missing_to_next, quota, read_rule, rule, situation


@pytest.mark.parametrize(
    ("departement", "population", "allowed"),
    [
        *[("12", *pair) for pair in ((0, 0), (2_499, 0), (2_500, 1), (6_999, 1), (7_000, 2), (11_499, 2), (11_500, 3))],
        *[(code, *pair) for code in ("973", "57", "67", "68")
          for pair in ((2_500, 0), (3_499, 0), (3_500, 1), (7_999, 1), (8_000, 2))],
        *[("976", *pair) for pair in ((6_999, 0), (7_000, 1), (13_999, 1), (14_000, 2))],
        ("54", 2_500, 1),  # Meurthe-et-Moselle is not Moselle
        ("971", 2_500, 1),
    ],
)  # fmt: skip
def test_the_quota_at_its_borders(departement: str, population: int, allowed: int) -> None:
    regime = rule().regime(departement)
    assert quota(population, regime) == allowed
    more = missing_to_next(population, regime)
    assert quota(population + more, regime) == allowed + 1 and quota(population + more - 1, regime) == allowed


@pytest.mark.parametrize(
    ("population", "present", "said"),
    [(7_000, 1, "room"), (6_999, 1, "full"), (2_500, 0, "room"), (2_500, 2, "over"), (2_499, 1, "below_with"),
     (2_499, 0, "below_without"), (None, 1, "unknown"), (2_500, None, "unknown")],
)  # fmt: skip
def test_where_a_commune_stands(population: int | None, present: int | None, said: str) -> None:
    assert situation(population, present, rule().regime("46")) == said
    assert said in pharmacies.SITUATIONS


def test_a_fragile_territory_reaches_the_threshold_and_not_one_inhabitant_less() -> None:
    line = {"a": ["b"], "b": ["a", "c"], "c": ["b"]}
    assert fewest("a", {"a": 2_000, "b": 499, "c": 900}, line, 2_500) == [("a", "b", "c")]
    assert fewest("a", {"a": 2_000, "b": 500, "c": 900}, line, 2_500) == [("a", "b")]
    assert fewest("a", {"a": 2_000, "b": 300, "c": 199}, line, 2_500) == []
    assert fewest("a", {"a": 2_500, "b": 300, "c": 199}, line, 2_500) == [("a",)]


def test_the_law_is_told_with_its_text_and_what_is_ours_as_ours() -> None:
    known = rule()
    assert known.grouping.anchor == 2_000 and known.reopening.served == 2_500 and known.status == "in_force"
    official = [*(one.source for one in known.regimes), known.reopening.source, known.grouping.source]
    assert all(one.status == "official" and "L. 5" in one.fr for one in official)
    assert known.travel.source.status == "ours" and len(known.grouping.assumptions) == 3


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("first = 2500", "first = 0", "regimes.0.first"),
        ('"57", "67"', '"57", "57"', "regime"),
        ("departements = []", 'departements = ["75"]', "regime"),
        ("thresholds = [10, 20]", "thresholds = [10, 40]", "travel"),
        ("anchor = 2000", "anker = 2000", "grouping.anchor"),
        ("first = 2500", "first = ", "TOML"),
    ],
)
def test_a_rule_that_does_not_hold_is_refused_by_file_and_key(
    tmp_path: Path, before: str, after: str, word: str
) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_rule(path)
    told = refused.value.message("en") + str(refused.value.where)
    assert word in told and "mine.toml" in told
