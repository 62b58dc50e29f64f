"""Inequality and the definitions of a désert in the embedded edition, against what is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import vigie
from vigie.editions.inequalities import deserts, plan
from vigie.editions.observatory import Observatory


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with vigie.open(edition_home) as found:
        yield found


@pytest.fixture(scope="module")
def france(observatory: Observatory) -> dict[tuple[str, ...], float]:
    rows = observatory.table("inequality").filter(pl.col("level") == "france")
    return {
        tuple(key): value
        for *key, value in rows.select("indicator", "period", "compared", "measure", "value").iter_rows()
    }


PUBLISHED = {
    ("apl_mg", "2021", "commune", "mean"): (3.81, 0.005),
    ("apl_mg", "2022", "commune", "mean"): (3.79, 0.005),
    ("apl_mg", "2023", "commune", "mean"): (3.74, 0.005),
    ("apl_mg_65", "2021", "commune", "mean_worst10"): (1.5, 0.05),
    ("apl_mg_65", "2021", "commune", "mean_best10"): (5.65, 0.05),
    ("apl_mg", "2022", "commune", "share_under_2_5"): (14.9, 0.05),
    ("apl_mg", "2023", "commune", "share_under_2_5"): (16.7, 0.05),
    ("apl_mg", "2021", "commune", "d9_d1"): (2.34, 0.005),
    ("apl_infirmiers", "2023", "commune", "mean"): (156, 1),
}


@pytest.mark.parametrize("key", PUBLISHED, ids="/".join)
def test_inequality_is_what_is_published(france: dict[tuple[str, ...], float], key: tuple[str, ...]) -> None:
    value, margin = PUBLISHED[key]
    assert france[key] == pytest.approx(value, abs=margin)


def test_the_families_differ_and_are_labelled(france: dict[tuple[str, ...], float]) -> None:
    """By bassin de vie, near to the family of the territoires de vie-santé, three times fewer people are under 2.5."""
    assert france["apl_mg", "2021", "bassin_de_vie", "share_under_2_5"] == pytest.approx(5.7, abs=0.05)
    assert france["apl_mg", "2021", "commune", "share_under_2_5"] == pytest.approx(14.0, abs=0.05)


def test_inequality_grows_year_after_year_on_a_constant_field(france: dict[tuple[str, ...], float]) -> None:
    years = ["2015", "2016", "2017", "2018", "2019", "2021", "2022", "2023"]
    shares = [france["apl_mg_champ_constant", year, "commune", "share_under_2_5"] for year in years]
    assert shares == sorted(shares)


def test_theil_is_split_exactly_and_measures_are_described(observatory: Observatory) -> None:
    table = observatory.table("inequality")
    wide = table.filter(pl.col("measure").str.starts_with("theil")).pivot(
        "measure", index=["indicator", "period", "compared", "level", "code"], values="value"
    )
    assert (wide["theil"] - wide["theil_within"] - wide["theil_between"]).abs().max() < 1e-12
    assert set(table["measure"]) == set(plan().measures)
    assert table["coverage"].is_between(0.9, 1.0000001).all() or table.filter(pl.col("coverage") < 0.9)[
        "indicator"
    ].unique().to_list() == ["apl_mg_champ_constant"]


def test_the_tenths_of_three_professions_give_back_the_published_cumulation(observatory: Observatory) -> None:
    rows = observatory.table("deserts").filter((pl.col("kind") == "recomputed") & (pl.col("period") == "2021"))
    shares = dict(rows.select("definition", "share").iter_rows())
    people = dict(rows.select("definition", "people").iter_rows())
    assert shares["une_profession"] == pytest.approx(20.0, abs=0.1)  # published: 20 %
    assert people["trois_professions"] == pytest.approx(1.7e6, abs=1e4)  # published: 1.7 million
    assert shares["plusieurs_professions"] == pytest.approx(7.5, abs=0.1)  # published: 10 %, of more professions
    assert shares["mg_pharmacie_urgences"] == pytest.approx(18.2, abs=0.1)  # published, another vintage: 13.6 %
    assert shares["mg_pharmacie_urgences_trois"] == pytest.approx(0.22, abs=0.01)  # published: 0.5 %


def test_a_stricter_definition_is_within_a_wider_one(observatory: Observatory) -> None:
    crossings = {
        (one, other): apart
        for one, other, apart in observatory.table("desert_crossings")
        .select("definition", "other", "people_not_in_other")
        .iter_rows()
    }
    for narrow, wide in [
        ("mg_2", "mg_2_5"),
        ("mg_2_5", "mg_65"),
        ("mg_65", "mg_62"),
        ("trois_professions", "plusieurs_professions"),
        ("plusieurs_professions", "une_profession"),
        ("mg_pharmacie_urgences_trois", "mg_pharmacie_urgences"),
    ]:
        assert crossings[narrow, wide] == 0
        assert crossings[wide, narrow] > 0


def test_territories_add_up_to_france(observatory: Observatory) -> None:
    table = observatory.table("desert_territories")
    sums = table.group_by("definition", "period", "level").agg(pl.col("people", "unknown").sum())
    for _, group in sums.group_by("definition", "period"):
        whole = group.filter(pl.col("level") == "france").row(0, named=True)
        for level in ("departement", "region"):
            part = group.filter(pl.col("level") == level).row(0, named=True)
            assert part["people"] == pytest.approx(whole["people"])
            assert part["unknown"] == pytest.approx(whole["unknown"])


def test_every_definition_says_its_source_and_what_is_assumed(observatory: Observatory) -> None:
    rows = observatory.table("deserts")
    assert rows["source"].str.len_chars().min() > 0
    assert rows["definition"].unique(maintain_order=True).to_list() == [one.id for one in deserts().definitions]
    documents = set(observatory.table("documents")["id"])
    assert set(rows.filter(pl.col("kind") == "published")["source"]) <= documents
    for one in deserts().definitions:
        inferred = any(deserts().criteria[name].worst or deserts().criteria[name].nearest for name in one.criteria)
        assert bool(one.assumed_fr) >= inferred, one.id
