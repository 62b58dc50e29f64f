"""Zoning at its edges: ties, a single inhabitant, what weighs a zone, the years of a field, a pharmacy of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from test_zoning_conditions import counted, travel
from test_zoning_neighbourhoods import INSEE, KNOWN, a_file
from test_zoning_rules import TEN_LINES, refused, written
from zoning_world import a_class, a_rule, field, places

from vigie.access.travel import from_table
from vigie.editions.zoning_neighbourhoods import read
from vigie.zoning import reference
from vigie.zoning.apply import apply
from vigie.zoning.choices import by_criterion, find_move
from vigie.zoning.classes import Figures, classify, zone_values
from vigie.zoning.meshes import LARGE
from vigie.zoning.neighbourhoods import shares
from vigie.zoning.pharmacies import closing
from vigie.zoning.picture import changes
from vigie.zoning.reasons import inside, reasons, variant_values
from vigie.zoning.redirect import centres, pairs
from vigie.zoning.rules import professions, read_rule

VALUES = [2.4, 2.6, 3.9, 3.9, 3.0, 4.5, float("nan")]
NAN = float("nan")
WORDS = {"fr": "x", "en": "x"}
HALVES = [a_class("bas", "priority", share=50.0), a_class("haut", "over")]


def test_the_share_of_a_class_is_of_the_people_that_the_rule_names() -> None:
    weights = [10.0, 30.0, 5.0, 15.0, 8.0, 9.0, 0.0]
    own = field(VALUES, weights=weights)
    by_weight = apply(a_rule(*HALVES, people="standardised"), own)
    by_residents = apply(a_rule(*HALVES, people="residents"), own)
    zones = by_weight.mesh.zones["zone"].to_list()
    assert dict(zip(zones, by_weight.people.tolist(), strict=True))["10001"] == 40.0
    assert dict(zip(zones, by_residents.people.tolist(), strict=True))["10001"] == 41_000.0
    # 40 of 77 standardised people are in the zone that comes first: more than half. Of 84,500 residents 41,000 are not.
    place = zones.index("10001")
    assert (by_weight.position[place], by_residents.position[place]) == (1, 0)


@pytest.mark.parametrize("people", [[1.0, 1.0], [3.0, 3.0]])
def test_a_class_ends_at_its_share_to_the_last_inhabitant(people: list[float]) -> None:
    value, expected = [1.0, 2.0], [0, 1]
    assert classify(HALVES, np.array(value), np.array(people), {}).position.tolist() == expected
    assert reference.classify(HALVES, value, people, {}) == expected


def test_the_figures_of_a_year_are_the_last_known_by_then() -> None:
    own = field(VALUES)
    at = {year: Figures(np.full(7, float(year)), np.ones(7)) for year in (2015, 2018, 2021)}
    own = replace(own, figures={("apl_mg", str(year)): one for year, one in at.items()})
    assert own.periods("apl_mg") == ["2015", "2018", "2021"]
    found = {year: own.last("apl_mg", year) for year in ("2014", "2015", "2017", "2020", "2021", "2030")}
    known = {year: None if one is None else float(one.values[0]) for year, one in found.items()}
    assert known == {"2014": 2015.0, "2015": 2015.0, "2017": 2015.0, "2020": 2018.0, "2021": 2021.0, "2030": 2021.0}
    assert own.last("apl_sf", "2021") is None


def test_a_place_is_known_in_variants_only_where_each_has_a_value() -> None:
    table = np.array([[1.0, 2.0], [np.nan, 2.0], [np.nan, np.nan], [3.0, 3.0], [1.0, 1.0], [1.0, 1.0], [1.0, np.nan]])
    known, filled = field(VALUES, variants={"mg": table}).known_variants("mg")
    assert known.tolist() == [True, False, False, True, True, True, False]
    assert filled[1].tolist() == [0.0, 2.0]


def test_of_two_places_as_large_the_first_by_code_stands_for_a_zone() -> None:
    own = field(VALUES)
    zoning = apply(a_rule(a_class("a", at_most=3.0), a_class("b")), own)
    # Without the commune that the zone is named after, two of a thousand inhabitants.
    table = places().with_columns(
        code=pl.col("code").replace({"10001": "10009"}),
        population=pl.when(pl.col("bassin_de_vie") == "10001").then(1_000).otherwise("population"),
    )
    zone = zoning.mesh.zones["zone"].to_list().index("10001")
    assert centres(zoning, replace(own, places=table))[zone] == "10002"
    other = table.with_columns(population=pl.when(pl.col("code") == "10009").then(1_001).otherwise("population"))
    assert centres(zoning, replace(own, places=other))[zone] == "10009"


def test_no_pair_is_made_of_a_place_that_is_no_centre_or_of_a_zone_with_itself() -> None:
    own = counted()
    rule = a_rule(a_class("zip", "priority", at_most=3.0), a_class("hors", "over"))
    found = pairs(apply(rule, own), own, travel(("75102", "zzzzz", 2.0), ("zzzzz", "75101", 2.0),
                                                ("zzzzz", "zzzzz", 0.0), ("75102", "75102", 0.0)))  # fmt: skip
    assert found.is_empty()


def test_the_distance_of_an_under_served_zone_is_to_the_end_of_its_last_priority() -> None:
    own = counted()
    two = a_rule(a_class("zip", "priority", at_most=2.7), a_class("zip2", "priority", at_most=3.0),
                 a_class("hors", "over"))  # fmt: skip
    found = pairs(apply(two, own), own, travel(("75102", "10001", 5.0)))
    mean = (40_000 * 2.4 + 1_000 * 2.6) / 41_000
    assert found["under_fte"].to_list() == pytest.approx([(3.0 - mean) * 41_000 / 5_400])


@pytest.mark.parametrize(("residents", "share"), [(1, 512_000.0), (0, None), (None, None), (5_120, 100.0)])
def test_the_share_of_a_commune_of_few_or_none(tmp_path: Path, residents: int | None, share: float | None) -> None:
    listed = read(a_file(tmp_path, INSEE), KNOWN)
    known = pl.DataFrame({"code": ["01053"], "population": [residents]}, schema_overrides={"population": pl.Int64})
    assert shares(listed, known).filter(pl.col("place") == "01053")["share"].to_list() == [share]


def test_a_commune_whose_own_pharmacy_is_as_near_as_another_loses_nothing_and_goes_to_the_other() -> None:
    rows = [("a", "a", 3.0), ("a", "b", 3.0), ("b", "b", 0.0), ("b", "a", 20.0), ("c", "b", 10.0)]
    table = pl.DataFrame(rows, schema=["place", "site", "minutes"], orient="row")
    for sites in (["a", "b"], ["b", "a"]):
        found = closing(from_table(table, ["a", "b", "c"], sites, limit=30), np.array([100.0, 50.0, 7.0]), [3.0, 15.0])
        first, second = sites.index("a"), sites.index("b")
        assert found.served[first] == 100.0 and found.served[second] == 57.0
        assert found.without[first].tolist() == [0.0, 0.0]  # b is as near
        assert found.without[second].tolist() == [50.0, 57.0]
        assert found.next_site.tolist() == [second, first, second]
        assert found.next_minutes.tolist() == [3.0, 20.0, 10.0]


@pytest.mark.parametrize(("share", "fine"), [(0, False), (0.1, True), (100, True), (100.1, False), (-1, False)])
def test_the_share_of_a_region_is_more_than_nothing_and_no_more_than_all(
    tmp_path: Path, share: float, fine: bool
) -> None:
    first = f'share = 10.0, regions = {{ "84" = {share} }}'
    text = TEN_LINES.replace("at_most = 2.0", first) + 'shares_by = "region"\nmissing = { fr = "x", en = "x" }\n'
    if fine:
        assert read_rule(written(tmp_path, text)).classes[0].regions == {"84": share}
    else:
        assert "84" in refused(tmp_path, text).message("fr")


@pytest.mark.parametrize(("share", "fine"), [(0, False), (0.5, True), (100, True), (100.5, False)])
def test_the_share_of_a_class_too(tmp_path: Path, share: float, fine: bool) -> None:
    text = TEN_LINES.replace("at_most = 2.0", f"share = {share}")
    if fine:
        assert read_rule(written(tmp_path, text)).cut[0].share == share
    else:
        refused(tmp_path, text)


def test_by_need_the_zone_with_most_people_in_difficulty_is_moved_first() -> None:
    # 40,000 of the 41,000 inhabitants of 10001 are under 2.5, none of the 3,500 of 10003; both of région A.
    own = field([2.4, 20.0, 3.9, 3.9, 1.0, 1.0, float("nan")])
    move = {"id": "m", "title": WORDS, "origins": ["vivier"], "target": "zac", "ceiling": 95, "of": "vivier",
            "source": WORDS}  # fmt: skip
    rule = a_rule(a_class("zip", "priority", at_most=2.5), a_class("vivier", "undecided", at_most=4.0),
                  a_class("zac", "aided", chosen=True), a_class("hors", "over"), moves=[move])  # fmt: skip
    zoning = apply(rule, own)
    moved = by_criterion(zoning, find_move(rule, "m"), "need", own)
    assert [zone for zone, at in zip(zoning.mesh.zones["zone"], moved.position, strict=True) if at == 2] == ["10001"]


def test_the_share_of_a_zone_that_is_itself_on_its_side_of_the_thresholds() -> None:
    rule = a_rule(a_class("zip", "priority", at_most=2.5), a_class("hors", "over"))
    own = field(VALUES)
    zoning = apply(rule, own)
    found = dict(zip(zoning.mesh.zones["zone"], inside(zoning, own).tolist(), strict=True))
    assert found["10001"] == pytest.approx(40_000 / 41_000)  # 2.4 and 2.6, 2.405 together
    assert (found["10003"], found["75101"], found["75102"]) == (1.0, 1.0, 1.0)
    assert np.isnan(found["97601"])
    told = {row["zone"]: row["inside"] for row in reasons(zoning, own).to_dicts()}
    assert told["10001"] == pytest.approx(40_000 / 41_000) and told["97601"] is None


def test_changes_are_told_from_that_of_most_people_on() -> None:
    rows = [("a", "zip", "hors", "loses", 10), ("b", "hors", "zip", "gains", 500), ("c", "zip", "hors", "loses", 20),
            ("d", "hors", "hors", "same", None), ("e", "aidee", "zip", "gains", 500)]  # fmt: skip
    names = ["code", "before", "after", "change", "population"]
    found = changes(pl.DataFrame(rows, schema=names, orient="row"))
    assert found.select("before", "after", "communes", "population").rows() == [
        ("aidee", "zip", 1, 500), ("hors", "zip", 1, 500), ("zip", "hors", 2, 30), ("hors", "hors", 1, 0),
    ]  # fmt: skip


def test_a_zone_of_one_inhabitant_counts_as_any_other() -> None:
    index, ones = np.array([0, 0, 1], dtype=np.int32), np.ones(3)
    found = zone_values(Figures(np.array([2.0, NAN, NAN]), ones), index, 2, np.array([1.0, 0.0, 1.0]))
    assert found.coverage.tolist() == [1.0, 0.0] and found.value[0] == 2.0 and np.isnan(found.value[1])
    half = zone_values(Figures(np.array([2.0, NAN, 5.0]), ones), index, 2, np.array([1.0, 3.0, 0.0]))
    assert half.coverage.tolist() == [0.25, 1.0] and np.isnan(half.value[0]) and half.value[1] == 5.0
    both = zone_values(Figures(np.array([[2.0, 4.0], [3.0, 5.0], [1.0, NAN]]), ones), index, 2, ones)
    assert both.value[0].tolist() == [2.5, 4.5] and np.isnan(both.value[1]).all()


def test_one_alert_is_enough_where_a_rule_says_no_more_and_one_inhabitant_under_it_is_a_zone_under_it() -> None:
    one = {"alerts": 1, "people_share": 50.0}
    rule = a_rule(a_class("alerte", "priority", conditions=[one]), a_class("reste"))
    own = field([2.0] * 7, alerts=np.array([0.0, 0, 0, 0, 1, 0, 0]))
    lonely = places().with_columns(population=pl.when(pl.col("code") == "75101").then(1).otherwise("population"))
    zoning = apply(rule, replace(own, places=lonely))
    assert [zone for zone, at in zip(zoning.mesh.zones["zone"], zoning.position, strict=True) if at == 0] == ["75101"]


def test_what_one_variant_does_not_know_weighs_nothing_in_the_others() -> None:
    table = np.array([[2.0, 4.0], [9.0, NAN], [3.0, 3.0], [3.0, 3.0], [1.0, 2.0], [4.0, 4.0], [NAN, NAN]])
    own = field([2.0, 9.0, 3.0, 3.0, 1.0, 4.0, NAN], variants={professions()["mg"].variants: table})
    rule = a_rule(a_class("bas", "priority", at_most=2.5), a_class("haut", "over"))
    zoning = apply(rule, own)
    found = variant_values(zoning, own)
    people = {"10001": 40_000, "10003": 3_000, "10004": 500, "75101": 20_000, "75102": 20_000}
    weights = np.array(list(people.values()), dtype=float)
    known, published = table[[0, 2, 3, 4, 5]], np.array([2.0, 3.0, 3.0, 1.0, 4.0])
    scale = (weights @ published) / (weights @ known)
    at = {zone: row for row, zone in enumerate(zoning.mesh.zones["zone"])}
    np.testing.assert_allclose(found[at["10001"]], known[0] * scale)  # 10002 is unknown to the second variant
    np.testing.assert_allclose(found[at["75101"]], known[3] * scale)


def test_a_bassin_of_many_is_large_and_a_canton_of_as_many_is_not() -> None:
    crowded = places().with_columns(population=pl.col("population") * 10)
    own = replace(field(VALUES), places=crowded)
    rule = a_rule(a_class("bas", "priority", at_most=2.5), a_class("haut", "over"))
    told = {row["zone"]: row["large"] for row in reasons(apply(rule, own), own).to_dicts()}
    zones = apply(rule, own).mesh.zones
    for zone, level, people in zones.select("zone", "zone_level", "population").iter_rows():
        assert told[zone] is (level == "bassin_de_vie" and (people or 0) > LARGE), zone
    assert set(told.values()) == {True, False}
