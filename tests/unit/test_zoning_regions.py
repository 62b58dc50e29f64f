"""A rule that cuts each région at its own shares, the ceilings of régions, and the table that brings both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from zoning_world import a_class, a_rule, field

from vigie.editions.zoning_brought import mark
from vigie.editions.zoning_regions import bring, columns, identities, read, with_tables
from vigie.errors import InputError, StorageError
from vigie.zoning.apply import apply, periods
from vigie.zoning.choices import by_criterion, ceilings, find_move
from vigie.zoning.classes import UNKNOWN
from vigie.zoning.reasons import reasons
from vigie.zoning.rules import Move, Rule, read_rule

# Régions by where most people live: A has the zones 10001 (41,000) and 10003 (3,500), B 75101 and 75102 (20,000 each).
VALUES = [2.0, 2.0, 3.0, 3.0, 1.0, 4.0, float("nan")]
WORDS = {"fr": "x", "en": "x"}


def by_region(**regions: float) -> Rule:
    return a_rule(
        a_class("zip", "priority", share=1.0, regions=regions), a_class("hors", "none"),
        shares_by="region", missing=WORDS,
    )  # fmt: skip


def with_margin(**more: object) -> Rule:
    rule = a_rule(a_class("zip", "priority", at_most=1.0), a_class("hors", "none"))
    move = {"id": "marge", "title": WORDS, "origins": ["hors"], "target": "zip", "source": WORDS, **more}
    return rule.model_copy(update={"moves": (Move.model_validate(move),)})


def table(folder: Path, text: str) -> Path:
    path = folder / "parts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_region_is_cut_by_itself_at_its_own_share() -> None:
    rule, own = by_region(A=93.0, B=50.0), field(VALUES)
    zoning = apply(rule, own)
    found = dict(zip(zoning.mesh.zones["zone"], zoning.position.tolist(), strict=True))
    # A: 41,000 of 44,500 people are 92.1%; B: the worse served of two halves, which one cut for France would not keep.
    assert found == {"10001": 0, "10003": 1, "75101": 0, "75102": 1, "97601": UNKNOWN}
    assert apply(by_region(A=92.0, B=50.0), own).position[0] == 1  # 92.1% would pass the share
    told = {row["zone"]: row for row in reasons(zoning, own).to_dicts()}
    assert told["10003"]["threshold"] == 2.0 and told["75102"]["threshold"] == 1.0
    assert told["10001"]["next_class"] == "hors" and told["97601"]["threshold"] is None
    assert told["10001"]["rank"] == pytest.approx(41_000 / 44_500) and told["75102"]["rank"] == 1.0


def test_a_region_without_its_share_has_no_class_and_a_rule_without_any_cannot_be_applied() -> None:
    own = field(VALUES)
    position = apply(by_region(B=50.0), own).position
    assert position.tolist() == [UNKNOWN, UNKNOWN, 0, 1, UNKNOWN]
    assert periods(by_region(), own) == [] and periods(by_region(B=50.0), own) == ["2021"]


def test_the_ceiling_of_a_region_comes_before_that_of_all_and_after_the_one_stated() -> None:
    own = field(VALUES)
    rule = with_margin(ceiling=10, regions={"A": 20.0})
    zoning, move = apply(rule, own), find_move(rule, "marge")

    def most(ceiling: float | None = None) -> dict[str, float]:
        return dict(ceilings(zoning, move, ceiling).select("region", "ceiling").iter_rows())

    assert most() == {"A": pytest.approx(8_900), "B": pytest.approx(4_000), "C": 0.0}
    assert most(50) == {"A": pytest.approx(22_250), "B": pytest.approx(20_000), "C": 0.0}
    moved = by_criterion(zoning, move, "lowest", own)
    assert np.flatnonzero(moved.position != zoning.position).tolist() == [1]  # 3,500 people fit in A's 8,900 alone
    only = with_margin(regions={"A": 20.0})
    room = ceilings(apply(only, own), find_move(only, "marge"))
    assert dict(room.select("region", "ceiling").iter_rows())["B"] == 0.0  # a région that the text does not name


def test_a_table_gives_the_shares_of_classes_and_the_ceilings_of_choices(tmp_path: Path) -> None:
    rule = by_region()
    found = read(rule, table(tmp_path, "region;zip\nA;28,5\n\nB;50\n"), {"A", "B"})
    assert found.classes[0].regions == {"A": 28.5, "B": 50.0} and found.regions == ("A", "B")
    margin = with_margin(ceiling=5)
    assert columns(margin) == ("marge",) and columns(rule) == ("zip",)
    told = read(margin, table(tmp_path, "region,marge\nA,7.5\n"), {"A", "B"})
    assert told.moves[0].regions == {"A": 7.5} and told.classes == margin.classes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("region;zip\n99;20\n", "aucune région n'a ce code"),
        ("region;zip\nA;120\n", "ligne 2.*zip.*120"),
        ("region;zip\nA;0\n", "une part de 0 à 100"),
        ("region;zip\nA;beaucoup\n", "une part de 0 à 100"),
        ("region;zip\nA;20\nA;30\n", "inscrite deux fois"),
        ("region;vivier\nA;20\n", "colonnes attendues.*region, zip"),
        ("zip\n20\n", "colonnes attendues.*region, zip"),
        ("region;zip\nA;\n", "aucune part"),
    ],
)
def test_a_table_that_is_wrong_is_refused_where_it_is(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(by_region(), table(tmp_path, text), {"A", "B"})


def test_shares_of_a_region_beyond_the_whole_are_refused(tmp_path: Path) -> None:
    rule = a_rule(
        a_class("zip", "priority", share=30), a_class("zac", "aided", share=40), a_class("hors", "none"),
        shares_by="region", missing=WORDS,
    )  # fmt: skip
    with pytest.raises(InputError, match="dépassent ensemble 100"):
        read(rule, table(tmp_path, "region;zip;zac\nA;60;50\n"), {"A"})
    with pytest.raises(StorageError, match="ne se lit pas"):
        read(rule, tmp_path / "absent.csv", {"A"})


def test_a_table_kept_in_a_home_is_used_by_its_rule(tmp_path: Path) -> None:
    rule, home = by_region(), tmp_path / "home"
    assert mark(home) == "" and identities(home) == [] and with_tables({"regle": rule}, home, {"A"})["regle"] == rule
    made = bring(home, rule, table(tmp_path, "region;zip\nA;20\n"), {"A"})
    assert with_tables({"regle": rule, "autre": rule}, home, {"A"}) == {"regle": made, "autre": rule}
    assert mark(home).startswith("regions/regle.csv:") and identities(home)[0].startswith("regle ")
    with pytest.raises(InputError):
        bring(home, rule, table(tmp_path, "region;zip\n99;20\n"), {"A"})
    assert with_tables({"regle": rule}, home, {"A"})["regle"] == made  # the former one is still there


def test_a_rule_by_region_says_where_its_shares_are(tmp_path: Path) -> None:
    text = """id = "r"
title = { fr = "x", en = "x" }
profession = "mg"
status = "ours"
text = { fr = "x", en = "x" }
source = { fr = "x", en = "x" }
mesh = "epci"
indicator = "apl_mg"
shares_by = "region"
classes = [{ id = "dans", title = { fr = "x", en = "x" }, role = "priority", share = 20 REGIONS },
           { id = "hors", title = { fr = "x", en = "x" }, role = "none" }]
"""
    path = tmp_path / "r.toml"
    path.write_text(text.replace("REGIONS", ', regions = { "76" = 30 }'), encoding="utf-8")
    assert read_rule(path).regions == ("76",)
    for own, said in (("", "où les trouver"), (', regions = { "76" = 130 }', "une part de région")):
        path.write_text(text.replace("REGIONS", own), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            read_rule(path)
