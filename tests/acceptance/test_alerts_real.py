"""Alerts and comparators on the embedded edition: what is published comes out, and nothing is said without data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.editions.comparing import strips
from vigie.editions.observatory import Observatory, open_edition
from vigie.indicators.comparators import model, reference_nearest, spread


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


def test_people_under_2_5_are_those_that_drees_publishes(observatory: Observatory) -> None:
    people = observatory.table("alert_people").filter(
        (pl.col("level") == "commune") & (pl.col("space") == "all") & (pl.col("rule") == "apl_mg_sous_dense")
    )
    assert people["share"].item() == pytest.approx(16.6, abs=0.1)  # DREES, 2023, communes, all ages, strict


def test_people_are_all_counted_and_more_so_in_the_country(observatory: Observatory) -> None:
    counts = observatory.table("alert_counts")
    population = observatory.territory("france:FR").population
    for level in ("commune", "epci", "bassin_de_vie", "departement"):
        everybody = counts.filter((pl.col("level") == level) & (pl.col("space") == "all"))
        assert everybody["people"].sum() == population
        assert everybody["share"].sum() == pytest.approx(100)
    free = counts.filter((pl.col("level") == "commune") & (pl.col("alerts") == 0))
    shares = dict(free.select("space", "share").rows())
    assert shares["1"] > shares["5"] > shares["6"] > shares["7"]


@pytest.mark.parametrize(
    ("key", "rule", "severity"),
    [
        # The Cour's figures: PSMT 12.2 % in France, Creuse 15, Paris 18, Meuse 8.7, Charente-Maritime 9.3 (2022).
        ("departement:23", "psmt_eleve", "moderate"),
        ("departement:75", "psmt_eleve", "high"),
        ("departement:55", "psmt_eleve", None),
        ("departement:17", "psmt_eleve", None),
        # CCMU 1: 15 % in France (2021).
        ("departement:28", "ccmu1_eleve", "moderate"),
        ("departement:08", "ccmu1_eleve", "high"),
        ("departement:45", "ccmu1_eleve", None),
        ("perimeter:cpts-porte-luxembourg", "ccmu1_eleve", "high"),
        ("perimeter:cpts-rethelois", "ccmu1_eleve", None),
        # No SAS in five départements [S0].
        *((f"departement:{code}", "sas_absent", "high") for code in ("08", "02", "51", "52", "28")),
        # C2S gap: 3.3 (2015), 3.4 (2019), 4.8 (2022).
        ("france:FR", "ecart_c2s_creuse", "moderate"),
    ],
)
def test_the_figures_of_the_cour_give_these_alerts(
    observatory: Observatory, key: str, rule: str, severity: str | None
) -> None:
    territory = observatory.territory(key)
    found = {one.rule: one.severity for one in observatory.alerts(territory)}
    assert found.get(rule) == severity
    answer = observatory.answer(territory)
    assert answer is not None and rule in answer.judged


def test_no_alert_without_data(observatory: Observatory) -> None:
    """Nobody publishes PSMT by EPCI nor any APL of Mayotte: nothing is judged there."""
    assert observatory.answer(observatory.territory("departement:976")) is None
    judged = observatory.table("alert_degrees").filter(pl.col("level") == "epci")["judged"]
    assert not judged.str.contains("psmt_eleve").any() and judged.str.contains("apl_mg_sous_dense").any()
    assert observatory.table("alert_degrees")["judged"].str.contains("sans_soin_50").sum() == 0


def test_runs_agree_with_the_series_and_cross_no_break(observatory: Observatory) -> None:
    (start,) = (one.period for one in observatory.indicators["apl_mg"].breaks)
    alerts = {one.rule: one for one in observatory.alerts(observatory.territory("commune:23067"))}
    one = alerts["apl_mg_sous_dense"]
    series = observatory.observations("apl_mg", "commune", "23067").sort("period").drop_nulls("value")
    assert (series.filter(pl.col("period") >= one.since)["value"] < 2.5).all()
    assert one.since == start and one.from_first and one.periods == 3
    former = series.filter(pl.col("period") < start)  # under the threshold too, by another making: not chained
    assert former["value"][-1] < 2.5
    every = observatory.table("alerts").filter(pl.col("indicator") == "apl_mg")
    assert every["since"].min() >= start


def test_each_territory_compared_has_twenty_neighbours(observatory: Observatory) -> None:
    neighbours, structure = observatory.table("neighbours"), observatory.table("structure")
    compared = structure.select("level", "code").unique()
    counts = neighbours.group_by("level", "code").agg(pl.len(), pl.col("neighbour").n_unique())
    assert counts.height == compared.height
    assert (counts["len"] == model().neighbours).all() and (counts["neighbour"] == model().neighbours).all()
    assert neighbours.filter(pl.col("code") == pl.col("neighbour")).is_empty()
    assert neighbours["shared"].min() >= model().least_shared
    assert set(compared["level"]) == {"commune", "epci", "bassin_de_vie", "departement"}
    cards = observatory.table("territories")
    small = compared.join(cards, on=["level", "code"]).filter(pl.col("level") == "commune")
    assert small["population"].min() >= 2000 and "arrondissement" not in small["kind"]
    assert not structure.filter((pl.col("level") == "departement") & (pl.col("code") == "976")).height


@pytest.mark.parametrize("level", ["departement"])
def test_the_neighbours_are_those_of_every_pair(observatory: Observatory, level: str) -> None:
    table = observatory.table("structure").filter(pl.col("level") == level)
    wide = table.pivot("variable", index="code", values="standardised").sort("code")
    weights = np.array([one.weight for one in model().variables])
    scores = wide.select([one.id for one in model().variables]).fill_null(np.nan).to_numpy()
    plain = reference_nearest(scores, weights, model().neighbours, model().least_shared)
    kept = observatory.table("neighbours").filter(pl.col("level") == level).sort("code", "rank")
    expected = [wide["code"][int(place)] for row in plain.position for place in row]
    assert kept["neighbour"].to_list() == expected
    np.testing.assert_allclose(kept["distance"].to_numpy(), plain.distance.ravel(), atol=1e-9)


def test_a_strip_shows_the_territory_among_each_group(observatory: Observatory) -> None:
    territory = observatory.territory("epci:241200187")
    near = observatory.neighbours(territory)
    gp, minutes = strips(observatory, territory, near, ["apl_mg", "temps_urgences", "psmt"])
    assert [group.id for group in gp.groups] == ["neighbours", "departement", "region", "france"]
    values = [value for value, _ in observatory.values("apl_mg", "epci", gp.period).values() if value is not None]
    expected = spread(np.array(values))
    assert expected is not None and astuple(gp.groups[-1].spread) == pytest.approx(astuple(expected))
    alike = [observatory.values("apl_mg", "epci", gp.period)[one.territory.code][0] for one in near]
    assert gp.groups[0].values == tuple(sorted(value for value in alike if value is not None))
    # Neighbours are chosen by the distance to the hospital: they say nothing of it.
    assert minutes.mirrored and [group.id for group in minutes.groups] == ["departement", "region", "france"]
