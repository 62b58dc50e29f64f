"""What would change a class does change it; stability counts hypotheses; choices keep to their ceiling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from zoning_world import a_class, a_rule, field, memberships, places, territories

from vigie.errors import InputError, UnknownNameError
from vigie.zoning.apply import apply, mesh_of, reclassify, with_stand_ins
from vigie.zoning.choices import by_criterion, by_hand, ceilings, find_move
from vigie.zoning.classes import Figures
from vigie.zoning.field import Field
from vigie.zoning.picture import changes, classes_at_places, commune_changes, priority_shares, selectivity, summary
from vigie.zoning.reasons import around, reasons, resident_variant
from vigie.zoning.redirect import centres, over_supplied

RULE = a_rule(
    a_class("zip", "priority", at_most=2.5), a_class("vivier", "undecided", at_most=4.0),
    a_class("zac", "aided", chosen=True), a_class("hors", "over"),
    moves=[{"id": "marge", "title": {"fr": "m", "en": "m"}, "origins": ["vivier"], "target": "zac",
            "ceiling": 50, "of": "vivier", "source": {"fr": "s", "en": "s"}},
           {"id": "libre", "title": {"fr": "m", "en": "m"}, "origins": ["vivier"], "target": "zip",
            "source": {"fr": "s", "en": "s"}}],
)  # fmt: skip
# values of 10001, 10002 (one zone), 10003, 10004 (one zone), 75101, 75102, 97601
VALUES = [2.4, 2.6, 3.9, 3.9, 3.0, 4.5, float("nan")]


def rows(of: Field) -> dict[str, dict[str, Any]]:
    return {row["zone"]: row for row in reasons(apply(RULE, of), of).to_dicts()}


def test_the_value_is_the_mean_by_standardised_people() -> None:
    own = field(VALUES, weights=[10, 30, 5, 5, 8, 8, 0])
    found = rows(own)
    assert found["10001"]["value"] == pytest.approx((10 * 2.4 + 30 * 2.6) / 40)
    assert found["10001"]["demand"] == 40 and found["10001"]["class"] == "vivier"
    other = resident_variant(apply(RULE, own), own)
    at = own.mesh("bassin_de_vie_plm").zones["zone"].index_of("10001")
    assert other.valued.value[at] == pytest.approx((40_000 * 2.4 + 1_000 * 2.6) / 41_000)


def test_a_zone_without_figures_has_no_class_and_no_reason() -> None:
    row = rows(field(VALUES))["97601"]
    assert row["class"] is None and row["value"] is None and row["fte"] is None and row["stability"] is None


def test_the_practitioners_told_do_bring_the_zone_to_its_threshold() -> None:
    own = field(VALUES)
    for zone, row in rows(own).items():
        if row["threshold"] is None:
            continue
        supply = row["value"] * row["demand"] + row["fte"] * 5400
        assert supply / row["demand"] == pytest.approx(row["threshold"]), zone
        # and at the same supply, so many more inhabitants (of the same ages) do too
        people = row["population"]
        assert row["value"] * row["demand"] / (row["demand"] * (people + row["people"]) / people) == pytest.approx(
            row["threshold"]
        )


def test_the_next_class_is_the_one_beyond_the_nearest_threshold() -> None:
    found = rows(field(VALUES))
    assert (found["10001"]["next_class"], found["10001"]["threshold"]) == ("vivier", 2.5)
    assert (found["10003"]["next_class"], found["10003"]["threshold"]) == ("hors", 4.0)
    assert (found["75101"]["next_class"], found["75101"]["threshold"]) == ("zip", 2.5)
    assert (found["75102"]["lower"], found["75102"]["upper"]) == (4.0, None)
    assert found["10003"]["borderline"] and not found["75102"]["borderline"]


def test_a_value_on_a_threshold_has_it_above() -> None:
    lower, upper = around(np.array([2.5, 4.0]), np.array([2.5, 2.4, 4.0, 4.1, np.nan]))
    np.testing.assert_array_equal(upper, [2.5, 2.5, 4.0, np.nan, np.nan])
    np.testing.assert_array_equal(lower, [np.nan, np.nan, 2.5, 4.0, np.nan])


def test_a_zone_at_exactly_a_twentieth_of_a_threshold_is_borderline() -> None:
    rule = a_rule(a_class("zip", "priority", at_most=20.0), a_class("hors", "over"))
    at, past = field([19.0] * 6 + [np.nan]), field([18.99] * 6 + [np.nan])  # a twentieth of 20 is told exactly
    assert reasons(apply(rule, at), at)["borderline"].sum() == 4
    assert not reasons(apply(rule, past), past)["borderline"].any()


def test_borderline_zones_come_first() -> None:
    own = field(VALUES)
    away = reasons(apply(RULE, own), own)["relative"].abs().drop_nulls().to_list()
    assert away == sorted(away)


def test_stability_counts_the_variants_brought_to_the_national_mean() -> None:
    base = np.array(VALUES)
    skewed = base.copy()
    skewed[:2] *= 1.5  # the zone 10001 served better than in the published figures
    variants = np.column_stack([base * 3, skewed])  # the level of a variant does not count, only how it is shared out
    found = rows(field(VALUES, variants={"mg": variants}, variant_names=("a", "b")))
    assert (found["10001"]["variants"], found["10001"]["variants_same"]) == (2, 1)
    assert found["75102"]["stability"] in (0.5, 1.0) and found["10001"]["stability"] == 0.5


def test_other_years_count_in_stability() -> None:
    own = field(VALUES)
    figures = {**own.figures, ("apl_mg", "2022"): Figures(np.array([9.0] * 7), own.residents)}
    found = rows(replace(own, figures=figures))
    assert found["10001"]["years"] == 1 and found["10001"]["years_same"] == 0


def test_a_choice_keeps_within_its_ceiling() -> None:
    own = field(VALUES)
    zoning = apply(RULE, own)
    move = find_move(RULE, "marge")
    room = dict(ceilings(zoning, move).select("region", "ceiling").iter_rows())
    assert room == {"A": 1_750.0, "B": 10_000.0, "C": 0.0}  # half of the people of the pool of each région
    with pytest.raises(InputError, match="plafond 1750"):
        by_hand(zoning, move, ["10003"])
    moved = by_hand(zoning, move, ["10003"], ceiling=100)
    assert [row["class"] for row in reasons(moved, own).to_dicts() if row["zone"] == "10003"] == ["zac"]
    assert [row["ruled"] for row in reasons(moved, own).to_dicts() if row["zone"] == "10003"] == ["vivier"]
    for criterion in ("lowest", "need"):
        everything = by_criterion(zoning, move, criterion, own, ceiling=100)  # type: ignore[arg-type]
        assert (everything.position == 2).sum() == (zoning.position == 1).sum()
        assert (by_criterion(zoning, move, criterion, own).position == 2).sum() == 0  # type: ignore[arg-type]


def test_a_choice_needs_a_ceiling_and_zones_of_its_classes() -> None:
    own = field(VALUES)
    zoning = apply(RULE, own)
    with pytest.raises(InputError, match="--ceiling"):
        by_hand(zoning, find_move(RULE, "libre"), ["10003"])
    with pytest.raises(InputError, match="n'en est pas"):
        by_hand(zoning, find_move(RULE, "marge"), ["10001"])
    with pytest.raises(UnknownNameError):
        by_hand(zoning, find_move(RULE, "marge"), ["99999"])
    with pytest.raises(UnknownNameError, match="marge, libre"):
        find_move(RULE, "autre")


def test_the_summary_counts_everyone_once() -> None:
    own = field(VALUES)
    found = summary(apply(RULE, own), own)
    france = found.filter(pl.col("level") == "france")
    assert france["population"].sum() == 84_500 and france["communes"].sum() == 7
    assert dict(france.select("class", "population").iter_rows()) == {
        "zip": 41_000, "vivier": 23_500, "hors": 20_000, None: 0,
    }  # fmt: skip
    regions = found.filter(pl.col("level") == "region")
    assert regions["population"].sum() == 84_500
    assert france["practitioners"].null_count() == france.height  # no count at hand: not zero


def test_selectivity_crosses_cover_with_need_at_communes() -> None:
    own = field(VALUES)
    row = selectivity(apply(RULE, own), own).filter(
        (pl.col("level") == "france") & (pl.col("covered") == "surely")
    ).to_dicts()[0]  # fmt: skip
    # zip: zone 10001 (41,000); in need: communes under 2.5, that is 10001 alone (40,000)
    assert (row["in_zone"], row["in_need"], row["both"]) == (41_000, 40_000, 40_000)
    assert (row["without_need"], row["without_cover"]) == (1_000, 0)


def test_changes_tell_who_gains_and_who_loses() -> None:
    own = field(VALUES)
    before = apply(RULE, own)
    after = reclassify(a_rule(a_class("zip", "priority", at_most=3.0), a_class("hors", "none")), before)
    table = commune_changes(classes_at_places(before), classes_at_places(after), own.places)
    found = dict(table.select("code", "change").iter_rows())
    assert found == {"10001": "same", "10002": "same", "10003": "loses", "10004": "loses", "75101": "gains",
                     "75102": "gains", "97601": "unknown"}  # fmt: skip  # from “installations limited” to nothing
    assert changes(table)["population"].sum() == 84_500


def test_the_share_of_priority_zones_is_that_of_the_counts_at_hand() -> None:
    own = field(VALUES)
    counted = Figures(np.array([6.0, 0, 1, 0, 2, 1, 0]), np.full(7, np.nan))
    own = replace(own, figures={**own.figures, ("nombre_mg", "2021"): counted})
    found = priority_shares(apply(RULE, own), own, ["nombre_mg", "primo_installes_mg"])
    assert found.rows() == [("nombre_mg", "2021", 10.0, 6.0, 60.0)]


def test_over_supplied_zones_tell_what_is_beyond_the_threshold() -> None:
    own = field(VALUES)
    row = over_supplied(apply(RULE, own), own).to_dicts()[0]
    assert row["zone"] == "75102" and row["surplus_fte"] == pytest.approx(0.5 * 20_000 / 5_400)


def test_the_centre_of_a_zone_is_its_chef_lieu_or_its_largest_place() -> None:
    own = field(VALUES)
    zoning = apply(RULE, own)
    at = dict(zip(zoning.mesh.zones["zone"], centres(zoning, own), strict=True))
    assert at == {"10001": "10001", "10003": "10003", "75101": "75101", "75102": "75102", "97601": "97601"}


def test_a_mesh_at_hand_is_used_at_once_and_its_absence_told() -> None:
    own = field(VALUES)
    rule = RULE.model_copy(update={"mesh": "tvs", "instead": "bassin_de_vie_plm"})
    assert apply(rule, own).stands_in and mesh_of(rule, own).id == "bassin_de_vie_plm"
    pairs = [(code, "T1" if code < "5" else "T2") for code in places()["code"]]
    with_file = Field(places(), memberships(tvs=pairs), territories(), own.figures)
    zoning = apply(rule, with_file)
    assert not zoning.stands_in and zoning.mesh.zones["zone"].to_list() == ["T1", "T2"]


def test_a_rule_whose_mesh_is_at_hand_is_followed_by_the_same_on_the_mesh_that_stood_in() -> None:
    own = field(VALUES)
    rule = RULE.model_copy(update={"mesh": "tvs", "instead": "bassin_de_vie_plm"})
    assert with_stand_ins({"regle": rule}, own) == {"regle": rule}
    pairs = [(code, "T1" if code < "5" else "T2") for code in places()["code"]]
    with_file = Field(places(), memberships(tvs=pairs), territories(), own.figures)
    found = with_stand_ins({"sans": RULE, "regle": rule}, with_file)
    assert list(found) == ["sans", "regle", "regle_sans_tvs"]
    assert found["sans"] == RULE and found["regle"] == rule
    other = found["regle_sans_tvs"]
    assert (other.id, other.mesh, other.instead, other.status) == ("regle_sans_tvs", "bassin_de_vie_plm", None, "ours")
    assert other.title.fr.endswith("maille de remplacement") and other.cut == rule.cut


def test_a_rule_whose_figures_are_not_at_hand_says_so() -> None:
    own = field(VALUES)
    with pytest.raises(UnknownNameError, match="n'est pas à disposition"):
        apply(RULE.model_copy(update={"indicator": "apl_mg_65"}), own)
    with pytest.raises(UnknownNameError, match="périodes : 2021"):
        apply(RULE, own, "1999")
