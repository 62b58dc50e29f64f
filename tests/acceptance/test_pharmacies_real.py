"""Pharmacies on the embedded edition: what the law and the BPE say, checked by other ways of counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import shapely

from vigie.editions import pharmacy_words as words
from vigie.editions.grounds import crow_fly_times
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.reaching import french_people, reached
from vigie.zoning.pharmacies import rule


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


@pytest.fixture(scope="module")
def communes(observatory: Observatory) -> pl.DataFrame:
    return observatory.table("pharmacies")


def test_every_commune_once_and_every_pharmacy_of_the_bpe(communes: pl.DataFrame) -> None:
    assert communes.height == communes["code"].n_unique() == 34_935  # communes of 2024, whole cities as one
    split = communes.filter(pl.col("present").is_null())["code"].to_list()
    assert split == ["85084", "85165", "85212"]  # one until 2024: where its three pharmacies are is not known
    assert communes["present"].sum() == 21_378 - 3  # BPE 2021, all France
    assert not communes["code"].str.starts_with("751").any()


def test_the_quota_is_that_of_the_law_computed_by_columns(communes: pl.DataFrame) -> None:
    people, first = pl.col("population"), pl.when(pl.col("departement").is_in(["57", "67", "68", "973"])).then(3_500)
    known = communes.filter(people.is_not_null())
    expected = known.select(
        n=pl.when(people < first.otherwise(2_500)).then(0).otherwise(1 + (people - first.otherwise(2_500)) // 4_500)
    )["n"]
    assert known["quota"].to_list() == expected.to_list()
    assert communes.filter(people.is_null())["situation"].unique().to_list() == ["unknown"]
    assert known.filter(pl.col("code") == "75056")["quota"].item() == 474  # (2,133,111 − 2,500) / 4,500 + 1


def test_closing_a_pharmacy_is_what_reach_says_with_and_without_it(edition_home: Path, communes: pl.DataFrame) -> None:
    """As `vigie reach pharmacies` counts, with the list of pharmacies and with the same list less one commune."""
    people = french_people(edition_home, "pharmacies")

    def within(*closed: str) -> list[float]:
        ground = replace(people.ground, sites=people.ground.sites.filter(~pl.col("id").is_in(closed)))
        times = crow_fly_times(ground, 20.0, rule().travel.speed)
        table = reached(replace(people, ground=ground), times, [10, 20], "france").table
        return table["people"].to_list()

    before = within()
    for code in ("46009", "97306", "40134"):  # Assier, Mana, Labrit
        row = communes.row(by_predicate=pl.col("code") == code, named=True)
        lost = [was - now for was, now in zip(before, within(code), strict=True)]
        assert lost == [row["without_10"], row["without_20"]] and row["last"], code
        assert lost[0] > 0


def test_what_closing_does_stays_within_what_is_possible(communes: pl.DataFrame) -> None:
    last = communes.filter("last", pl.col("population").is_not_null())
    assert last.filter(pl.col("without_10") > pl.col("served")).is_empty()
    assert last.filter(pl.col("without_20") > pl.col("served")).is_empty()
    assert last.filter((pl.col("next_minutes") <= 10) & (pl.col("without_10") >= pl.col("served"))).is_empty()
    assert communes.filter(~pl.col("last"))["without_10"].null_count() == communes.filter(~pl.col("last")).height
    yeu = communes.row(by_predicate=pl.col("code") == "85113", named=True)  # an island of 4,877 people
    assert yeu["without_20"] == yeu["population"] == 4_877


def test_groups_hold_to_the_law_on_the_polygons_themselves(observatory: Observatory, communes: pl.DataFrame) -> None:
    """Each group of two or three communes, and that no single neighbour is missing where two communes are enough."""
    known = dict(zip(communes["code"], communes.iter_rows(named=True), strict=True))
    shapes = {code: shapely.from_wkb(wkb) for code, wkb in observatory.polygons("commune").items()}
    kept = words.groups_by_anchor(observatory)
    assert len(kept) == communes.filter(pl.col("groups") > 0).height > 150
    for anchor, groups in list(kept.items())[::4]:
        for group in groups:
            members = [known[code] for code in group.members]
            assert members[0]["code"] == anchor and members[0]["population"] >= 2_000
            assert all(one["present"] == 0 and one["region"] == members[0]["region"] for one in members)
            assert group.people == sum(one["population"] for one in members) >= group.threshold
            # A commune may have an island of its own: what must be one is the main part of each.
            mains = [max(shapely.get_parts(shapes[code]), key=shapely.area) for code in group.members]
            assert shapely.union_all([shapely.buffer(one, 1e-9) for one in mains]).geom_type == "Polygon"
            assert members[0]["population"] < group.threshold
        if groups[0].communes == 2 and known[anchor]["groups"] <= len(groups):
            own, first = shapes[anchor], known[anchor]["first"] - known[anchor]["population"]
            beside = {
                code
                for code, shape in shapes.items()
                if code != anchor and code in known and known[code]["present"] == 0
                and known[code]["region"] == known[anchor]["region"] and (known[code]["population"] or 0) >= first
                and shape.distance(own) == 0 and shape.intersection(own).length > 0
            }  # fmt: skip
            assert beside == {group.members[1] for group in groups}


def test_a_commune_says_what_its_figures_say(observatory: Observatory) -> None:
    names = words.commune_names(observatory)
    one = words.read(observatory, "p.code = ?", ["48099"])[0]
    told = [
        sentence.fr.replace("\u00a0", " ").replace("\u202f", " ") for sentence in words.sentences(one, rule(), names)
    ]
    assert told[0] == "Quota : aucune ouverture sous 2 500 habitants ; la commune a 2 078 habitants, il en manque 422."
    assert "avec 2 communes contiguës sans pharmacie, pas moins : 8 groupes possibles" in told[-1]
    mayotte = words.read(observatory, "p.code = ?", ["97602"])[0]
    assert "data not available" in words.sentences(mayotte, rule(), names)[0].en
    whole = words.summary(observatory, "france")[0]
    assert whole["communes"] == 34_935 == sum(whole[name] for name in words.SITUATIONS)
