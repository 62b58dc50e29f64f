"""Trends and trajectories of the embedded edition, at every level."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import linregress

from vigie.editions.followup import followup
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.standings import territory_standing, territory_trends
from vigie.errors import UnknownNameError

pytestmark = pytest.mark.timeout(900)  # builds on a busy machine


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


@pytest.fixture(scope="module")
def trends(observatory: Observatory) -> pl.DataFrame:
    return observatory.trends()


def test_every_series_of_two_known_points_has_a_trend(observatory: Observatory, trends: pl.DataFrame) -> None:
    observed = observatory.table("observations").filter(
        pl.col("value").is_not_null() & (pl.col("indicator") == "apl_mg_champ_constant")
    )
    series = observed.group_by("level", "code").len().filter(pl.col("len") >= 2)
    own = trends.filter(pl.col("indicator") == "apl_mg_champ_constant")
    assert own.height == series.height
    assert set(own["level"]) == {"commune", "epci", "bassin_de_vie", "departement", "region", "france"}
    assert trends.select("indicator", "level", "code", "snapshot").is_unique().all()


def test_access_to_gps_falls_for_real_on_the_constant_field(observatory: Observatory, trends: pl.DataFrame) -> None:
    (row,) = trends.filter((pl.col("indicator") == "apl_mg_champ_constant") & (pl.col("level") == "france")).to_dicts()
    assert (row["rule"], row["outcome"], row["reason"], row["reading"]) == (
        *("five_points", "decreasing", "significant"),
        "worsening",
    )
    values = observatory.observations("apl_mg_champ_constant", "france", "FR").sort("period").tail(5)
    assert values["period"].to_list() == ["2018", "2019", "2021", "2022", "2023"]
    fitted = linregress([int(year) for year in values["period"]], values["value"].to_list())
    assert row["slope"] == pytest.approx(fitted.slope)
    assert row["p"] == pytest.approx(fitted.pvalue)


def test_what_was_copied_at_two_decimals_is_not_chained_to_the_table_of_drees(trends: pl.DataFrame) -> None:
    own = trends.filter(pl.col("indicator") == "apl_mg")
    assert set(own["first"]) == {"2021"}
    assert set(own["rule"]) == {"short_series"}
    assert own["p"].null_count() == own.height


def test_gps_in_private_practice_fall_and_so_do_gps_at_large(trends: pl.DataFrame) -> None:
    heads = {row["indicator"]: row["outcome"] for row in trends.filter(pl.col("level") == "france").to_dicts()}
    assert heads["rpps_mg_liberaux"] == heads["rpps_mg"] == "decreasing"
    assert heads["rpps_mg_autres_salaries"] == "no_change"


def test_fewer_trends_are_left_where_many_are_looked_at_together(trends: pl.DataFrame) -> None:
    own = trends.filter((pl.col("indicator") == "apl_mg_champ_constant") & (pl.col("outcome") == "decreasing"))
    for level, some in (("commune", False), ("departement", True)):
        here = own.filter(pl.col("level") == level)
        left = here.filter(pl.col("p_adjusted") <= 0.05).height
        assert left < here.height or some
        assert (left > 0) == some
        assert (here["p_adjusted"] >= here["p"] - 1e-12).all()


def test_every_trajectory_can_be_traced(observatory: Observatory) -> None:
    found = observatory.trajectories()
    snapshots = set(observatory.table("snapshots")["id"])
    targets = set(observatory.table("targets")["id"])
    territories = set(observatory.table("territories").select("level", "code").iter_rows())
    for row in found.iter_rows(named=True):
        assert set(row["snapshots"].split(", ")) - {""} <= snapshots
        assert row["target"] in targets
        assert (row["level"], row["code"]) in territories
    without = found.filter((pl.col("target") == "couverture_sas") & (pl.col("level") == "departement"))
    assert set(without["code"]) == {"02", "08", "28", "51", "52"}


def test_intervals_stand_where_counts_do(observatory: Observatory) -> None:
    dense = observatory.observations("densite_mg", "departement", period=2021).filter(pl.col("value").is_not_null())
    assert (dense["lower"] < dense["value"]).all()
    assert (dense["upper"] > dense["value"]).all()
    whole = observatory.observations(["apl_mg", "nombre_mg"], "departement")
    assert whole["lower"].null_count() == whole.height


def test_what_is_asked_of_an_edition(observatory: Observatory) -> None:
    creuse = observatory.trends("apl_mg", "departement", "23")
    assert creuse.select("indicator", "level", "code").rows() == [("apl_mg", "departement", "23")]
    assert observatory.trajectories("msp")["level"].to_list() == ["france"]
    with pytest.raises(UnknownNameError, match="assistants_medicaux"):
        observatory.trajectories("assistants")
    with pytest.raises(UnknownNameError):
        observatory.trends("apl_gm")
    with pytest.raises(UnknownNameError, match="departement"):
        observatory.trends(level="canton")


def test_a_territory_has_its_trends_and_its_targets(observatory: Observatory) -> None:
    ardennes = observatory.territory("departement:08")
    (sas,) = territory_standing(observatory, ardennes)
    assert (sas.target, sas.latest, sas.verdict, sas.reason) == ("couverture_sas", 0, "not_measurable", "one_point")
    assert territory_trends(observatory, ardennes)["apl_mg"].outcome == "decreasing"
    assert territory_standing(observatory, observatory.territory("Rodez")) == []


def test_the_follow_up_holds_what_the_cour_asks_for(observatory: Observatory) -> None:
    found = followup(observatory)
    assert [one.standing.number for one in found.commitments] == list(range(1, 11))
    assert {one.standing.target for one in found.further} == {
        *("msp", "cpts", "ipa", "structures_participatives", "france_sante", "france_sante_30")
    }
    assert {one.indicator for one in found.alerts} >= {
        *("psmt", "ccmu1", "hospitalisations_evitables", "ecart_psmt_c2s", "sans_soin_50")
    }
    unknown = next(one for one in found.alerts if one.indicator == "sans_soin_50")
    assert unknown.value is None
    assert unknown.commands
    assert {one.level for one in found.inequality} == {"departement", "epci"}
    long = next(one for one in found.inequality if (one.indicator, one.level) == ("apl_mg_champ_constant", "epci"))
    assert [one.period for one in long.series] == [str(year) for year in (*range(2015, 2020), *range(2021, 2024))]
    assert long.series[-1].ratio > long.series[0].ratio > 1  # the gap widens
    assert all(one.between + one.within == pytest.approx(100) for one in long.series)
    assert {name.split("@")[0] for name in long.snapshots} == {"drees_apl_mg_2015_2023"}
    assert all(one.within is None for each in found.inequality if each.level == "departement" for one in each.series)
    # Table 4 of the Cour des comptes: the gap is the difference of the two rates.
    told = [(one.period, one.c2s, one.others, one.gap) for one in found.social_gap]
    assert told == [("2015", 12.2, 8.9, 3.3), ("2019", 12.6, 9.2, 3.4), ("2022-09-30", 16.4, 11.6, 4.8)]
    assert any(one.indicator == "apl_mg_champ_constant" and one.reading == "worsening" for one in found.changed)
    for one in (*found.commitments, *found.further):
        if one.standing.verdict == "not_measurable" and one.standing.reason != "one_point":
            assert one.needs.fr, one.standing.target


def test_a_year_is_told_from_what_was_known_then(observatory: Observatory) -> None:
    found = followup(observatory, 2020)
    assert {one.series[-1].period for one in found.inequality if one.indicator == "apl_mg_champ_constant"} == {"2019"}
    assert [one.period for one in found.social_gap] == ["2015", "2019"]
    then = {one.standing.target: one.standing for one in followup(observatory, 2023).further}
    assert (then["msp"].latest, then["msp"].latest_period) == (2251, "2022-12")
    assert followup(observatory, 2023).commitments == ()
    before = {one.standing.target: one.standing for one in followup(observatory, 2024).commitments}
    assert before["assistants_medicaux"].latest == 6300
    assert before["ald_sans_mt"].source == "egora_2025" or before["ald_sans_mt"].latest == 5.6
    with pytest.raises(UnknownNameError):
        followup(observatory, 1990)
