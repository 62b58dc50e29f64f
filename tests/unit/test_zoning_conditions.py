"""Classes with conditions, alerts, pairs of zones, needs, and what a zone would be in other years and variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from zoning_world import a_class, a_rule, field

from vigie.access.travel import from_table
from vigie.errors import InputError, UnknownNameError
from vigie.zoning.apply import apply, at_places, conditions, periods
from vigie.zoning.classes import UNKNOWN, Figures
from vigie.zoning.picture import in_need, selectivity, summary
from vigie.zoning.reasons import variant_classes, year_classes
from vigie.zoning.redirect import OVER, PAIRS, over_supplied, pairs
from vigie.zoning.rules import Need, find_rule, read_rule, rules

# values of 10001, 10002 (one zone), 10003, 10004 (one zone), 75101, 75102, 97601
VALUES = [2.4, 2.6, 3.9, 3.9, 3.0, 4.5, float("nan")]
PLAIN = a_rule(a_class("zip", "priority", at_most=3.0), a_class("hors", "over"))


def under(**condition: object):
    return a_rule(a_class("alerte", "priority", conditions=[condition]), a_class("reste", "none"))


def classes(rule, own) -> dict[str, str]:
    zoning = apply(rule, own)
    return {
        zone: rule.classes[at].id if at != UNKNOWN else ""
        for zone, at in zip(zoning.mesh.zones["zone"], zoning.position, strict=True)
    }


def test_a_class_by_alerts_takes_the_zones_of_which_enough_people_live_under_them() -> None:
    alerts = np.array([0.0, 2.0, 2.0, 0.0, 1.0, np.nan, 9.0])
    own = field(VALUES, alerts=alerts)
    found = classes(under(alerts=1, people_share=85.0), own)
    # 10001: a fortieth of its people; 10003: 3,000 of 3,500 (85.7 %); 75101: all; 75102: none judged.
    assert found == {"10001": "reste", "10003": "alerte", "75101": "alerte", "75102": "reste", "97601": ""}
    assert classes(under(alerts=1, people_share=86.0), own)["10003"] == "reste"
    assert classes(under(alerts=2, people_share=50.0), own)["75101"] == "reste"
    assert classes(under(alerts=1, people_share=2.0), own)["10001"] == "alerte"
    exact = field([2.0] * 7, alerts=np.array([0.0, 1, 0, 0, 0, 0, 0]))
    assert classes(under(alerts=1, people_share=100 / 41), exact)["10001"] == "alerte"  # the share itself is enough


def test_a_class_by_another_indicator_takes_the_mean_of_the_zone_within_its_bounds() -> None:
    minutes = Figures(np.array([10.0, 50.0, 30.0, 30.0, 5.0, 40.0, 1.0]), np.full(7, np.nan))
    own = field(VALUES)
    own = replace(own, figures={**own.figures, ("temps", "2019"): minutes})
    rule = under(indicator="temps", at_least=30.0)
    assert periods(rule, own) == ["2021"]
    # Means by residents: (40,000 × 10 + 1,000 × 50) / 41,000 is 11; 30 is enough.
    assert classes(rule, own) == {"10001": "reste", "10003": "alerte", "75101": "reste", "75102": "alerte", "97601": ""}
    between = classes(under(indicator="temps", at_least=10.9, at_most=30.0), own)
    assert between == {"10001": "alerte", "10003": "alerte", "75101": "reste", "75102": "reste", "97601": ""}
    zoning = apply(rule, own)
    assert conditions(rule, own, "2021", zoning.mesh)[0].tolist() == zoning.met[0].tolist()
    assert at_places(zoning).tolist() == [1, 1, 0, 0, 1, 0, UNKNOWN]


def test_several_conditions_must_all_hold() -> None:
    own = field(VALUES, alerts=np.array([1.0] * 7))
    own = replace(
        own, figures={**own.figures, ("temps", "2019"): Figures(np.array([40.0] * 4 + [1.0] * 3), np.ones(7))}
    )
    rule = a_rule(
        a_class("alerte", "priority", conditions=[{"alerts": 1}, {"indicator": "temps", "at_least": 30.0}]),
        a_class("reste", "none"),
    )
    assert list(classes(rule, own).values()) == ["alerte", "alerte", "reste", "reste", ""]


def test_what_a_condition_needs_and_is_not_there_is_named() -> None:
    own = field(VALUES)
    with pytest.raises(InputError, match="alertes"):
        apply(under(alerts=1), own)
    with pytest.raises(InputError, match="pas à disposition") as fault:
        apply(under(indicator="temps", at_least=1.0), own)
    assert fault.value.where.value == "temps"
    words = {"fr": "rien de publié", "en": "nothing published"}
    missing = a_rule(a_class("a", at_most=1.0), a_class("b"), indicator="apl_mg_62", missing=words)
    with pytest.raises(UnknownNameError, match="rien de publié"):
        apply(missing, own)
    nothing = a_rule(a_class("a", at_most=1.0), a_class("b"), indicator=None)
    assert periods(nothing, own) == []
    with pytest.raises(UnknownNameError, match="vigie sources"):
        apply(nothing, own)
    with pytest.raises(UnknownNameError, match="2021"):
        apply(PLAIN, own, "2020")


def test_only_the_periods_that_the_rule_names_are_used() -> None:
    own = field(VALUES)
    own = replace(own, figures={**own.figures, ("apl_mg", "2023"): own.figures["apl_mg", "2021"]})
    assert apply(PLAIN, own).period == "2023"
    assert apply(a_rule(*PLAIN.classes, periods=["2021"]), own).period == "2021"


# Pairs --------------------------------------------------------------------------------------------------------------


def travel(*rows: tuple[str, str, float]):
    import polars as pl

    places = ["10001", "10003", "75101", "75102", "97601", "zzzzz"]
    table = pl.DataFrame(rows, schema=["place", "site", "minutes"], orient="row")
    return from_table(table, places, places, limit=90)


def counted(values=VALUES):
    own = field(values)
    heads = Figures(np.array([6.0, 1, 1, 0, 2, 7, 0]), np.full(7, np.nan))
    return replace(own, figures={**own.figures, ("nombre_mg", "2021"): heads})


def test_a_pair_is_a_dense_zone_and_an_under_served_one_within_an_hour() -> None:
    own = counted()
    zoning = apply(PLAIN, own)  # 10001 and 75101 under 3, 10003 and 75102 over
    found = pairs(zoning, own, travel(
        ("75102", "75101", 12.0), ("75102", "10001", 60.0), ("10003", "10001", 61.0), ("10003", "75102", 5.0),
        ("75101", "10001", 5.0), ("75102", "75102", 0.0), ("zzzzz", "10001", 1.0), ("10003", "75101", 3.0),
    ))  # fmt: skip
    assert list(found.schema.items()) == list(PAIRS.items())
    assert found.select("dense", "under", "minutes").rows() == [
        ("10003", "75101", 3.0), ("75102", "75101", 12.0), ("75102", "10001", 60.0),
    ]  # fmt: skip
    row = found.row(2, named=True)
    assert (row["dense_practitioners"], row["under_practitioners"]) == (7.0, 7.0)
    assert row["dense_value"] == 4.5
    mean = (40_000 * 2.4 + 1_000 * 2.6) / 41_000
    assert row["under_value"] == pytest.approx(mean)
    assert row["under_fte"] == pytest.approx((3.0 - mean) * 41_000 / 5_400)


def test_without_counts_practitioners_are_unknown_and_without_priority_there_is_no_pair() -> None:
    own = field(VALUES)
    rule = a_rule(a_class("bas", "none", at_most=3.0), a_class("hors", "over"))
    assert pairs(apply(rule, own), own, travel(("75102", "75101", 12.0))).is_empty()
    found = pairs(apply(PLAIN, own), own, travel(("75102", "75101", 12.0)))
    assert found["dense_practitioners"].to_list() == [None]


def test_over_supplied_zones_are_told_by_what_they_have_beyond_their_own_threshold() -> None:
    own = counted()
    rule = a_rule(a_class("zip", "priority", at_most=3.0), a_class("mi", "over", at_most=4.0), a_class("hors", "over"))
    found = over_supplied(apply(rule, own), own)
    assert list(found.schema.items()) == list(OVER.items())
    assert found.select("zone", "practitioners", "value", "threshold").rows() == [
        ("75102", 7.0, 4.5, 4.0), ("10003", 1.0, 3.9, 3.0),
    ]  # fmt: skip
    assert found["surplus_fte"].to_list() == pytest.approx([0.5 * 20_000 / 5_400, 0.9 * 3_500 / 5_400])


# Needs, variants and years --------------------------------------------------------------------------------------------

WORDS = {"fr": "s", "en": "s"}


def test_need_is_under_a_value_or_the_worst_served_share_of_the_people() -> None:
    own = field(VALUES)
    below = Need.model_validate({"indicator": "apl_mg", "below": 2.6, "source": WORDS})
    np.testing.assert_array_equal(in_need(below, own, "2021"), [1, 0, 0, 0, 0, 0, np.nan])
    # 84,500 people: the worst served 49 % are the 40,000 of 10001 and the 1,000 of 10002.
    worst = Need.model_validate({"indicator": "apl_mg", "worst": 0.49, "source": WORDS})
    np.testing.assert_array_equal(in_need(worst, own, "2021"), [1, 1, 0, 0, 0, 0, np.nan])
    exact = Need.model_validate({"indicator": "apl_mg", "worst": 41_000 / 84_500, "source": WORDS})
    np.testing.assert_array_equal(in_need(exact, own, "2021"), [1, 1, 0, 0, 0, 0, np.nan])
    none = Need.model_validate({"indicator": "apl_dentistes", "worst": 0.5, "source": WORDS})
    assert np.isnan(in_need(none, own, "2021")).all()


def test_without_a_need_selectivity_is_empty_and_the_summary_tells_practitioners() -> None:
    own = counted()
    rule = a_rule(*PLAIN.classes, profession="orthophonistes")
    assert selectivity(apply(rule, own), own).is_empty()
    told = summary(apply(PLAIN, own), own)
    france = {row["class"]: row for row in told.to_dicts() if row["level"] == "france"}
    assert (france["zip"]["practitioners"], france["hors"]["practitioners"]) == (9.0, 8.0)
    assert france["zip"]["practitioners_share"] == pytest.approx(100 * 9 / 17)


def test_the_class_of_a_zone_under_each_variant_and_in_each_year() -> None:
    base = np.array(VALUES)
    own = field(VALUES, variants={"mg": np.column_stack([base * 3, base[::-1]])}, variant_names=("trois", "envers"))
    own = replace(own, figures={**own.figures, ("apl_mg", "2022"): Figures(base + 1.0, own.residents)})
    zoning = apply(PLAIN, own, "2021")
    at = zoning.mesh.zones["zone"].index_of("75102")
    assert at is not None
    assert year_classes(zoning, own, at) == [("2021", 4.5, "hors"), ("2022", 5.5, "hors")]
    (first, second) = variant_classes(zoning, own, at)
    assert first == ("trois", pytest.approx(4.5), "hors") and second[0] == "envers"
    nowhere = zoning.mesh.zones["zone"].index_of("97601")
    assert nowhere is not None
    assert [one[2] for one in year_classes(zoning, own, nowhere)] == [None, None]
    other = apply(a_rule(*PLAIN.classes, profession="orthophonistes"), own, "2021")
    assert variant_classes(other, own, at) == []


# Rules ----------------------------------------------------------------------------------------------------------------


def test_a_class_or_a_rule_that_is_not_is_named_with_those_that_are() -> None:
    assert PLAIN.class_of("zip").role == "priority"
    with pytest.raises(UnknownNameError, match="zip, hors"):
        PLAIN.class_of("zac")
    with pytest.raises(UnknownNameError, match="medecins_2021"):
        find_rule(rules(), "medecin_2021")


@pytest.mark.parametrize("name", ["absent.toml", "un_dossier"])
def test_a_rule_that_cannot_be_read_is_an_input_error(tmp_path, name: str) -> None:
    (tmp_path / "un_dossier").mkdir()
    with pytest.raises(InputError):
        read_rule(tmp_path / name)
