"""The engine on the real data, against what DREES publishes: figures as measured, with a margin.

The data are read in place from ``$VIGIE_SHARED`` (by default the folder ``shared`` beside the work trees).
"""

import os
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.access import inequality
from vigie.access.calibration import Published, calibrate, hide_places, scores, soft_bands, weighted_correlation
from vigie.access.catchment import accessibility, balance, nearest, population_within, prepare
from vigie.access.decay import preset
from vigie.access.supply import GP_FLOOR
from vigie.access.travel import crow_fly, points, zone_of

DATA = Path(os.environ.get("VIGIE_SHARED", Path(__file__).parents[2].parent / "shared")) / "data"
WHOLE_CITIES = ["75056", "13055", "69123"]
PROFESSIONS = {
    "medecin_generaliste": "NB_D201",
    "infirmier": "NB_D232",
    "kine": "NB_D233",
    "dentiste": "NB_D221",
    "sage_femme": "NB_D231",
}

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the shared data are not at {DATA}")


def read(name):
    return pl.read_csv(DATA / name, infer_schema_length=0)


def numbers(table, column):
    return table[column].cast(pl.Float64).fill_null(np.nan).to_numpy()


@cache
def published_2021():
    return read("drees_apl_2021_communes_5professions_popstd.csv.gz").filter(
        ~pl.col("code_commune").is_in(WHOLE_CITIES)
    )


@cache
def country():
    """Communes with a published row, a point and head counts, without Mayotte."""
    places = read("communes_ref_2024.csv.gz").filter(pl.col("DEP") != "976").drop_nulls("lon_pt")
    heads = read("bpe_sante_communes_2021.csv.gz").rename({"CODGEO": "code_commune"})
    return published_2021().join(places, on="code_commune").join(heads, on="code_commune", how="left")


def ground(table, speed=60.0):
    codes = table["code_commune"].to_numpy().astype(str)
    lon = table.select(pl.coalesce("lon_mairie", "lon_pt").cast(pl.Float64)).to_series().to_numpy()
    lat = table.select(pl.coalesce("lat_mairie", "lat_pt").cast(pl.Float64)).to_series().to_numpy()
    return points(codes, lon, lat, zone_of(codes), speed=speed)


def profession_of(table, name):
    demand = np.nan_to_num(numbers(table, f"pop_std_{name}"))
    heads = np.nan_to_num(numbers(table, PROFESSIONS[name]))
    return Published(name, numbers(table, f"apl_{name}_2021"), demand, heads)


@cache
def times_20():
    made = ground(country())
    return crow_fly(made, made, 20)


@pytest.mark.parametrize(
    ("name", "at_least"),
    [("medecin_generaliste", 0.70), ("infirmier", 0.855), ("kine", 0.855), ("dentiste", 0.80), ("sage_femme", 0.55)],
)
def test_head_counts_at_crow_fly_follow_the_published_apl(name, at_least):
    """Measured with ``linear-20``, 60 km/h: 0.712, 0.865, 0.864, 0.812, 0.569."""
    each = profession_of(country(), name)
    access = accessibility(prepare(times_20(), preset("linear-20").decay, each.demand), each.heads)
    seen = np.isfinite(each.apl) & (each.demand > 0)
    assert weighted_correlation(access[seen], each.apl[seen], each.demand[seen]) > at_least


def test_supply_is_conserved_over_france():
    each = profession_of(country(), "medecin_generaliste")
    catchment = prepare(times_20(), preset("barlet-2012").decay, each.demand)
    found = balance(catchment, each.heads)
    served = np.nan_to_num(accessibility(catchment, each.heads)) @ each.demand
    assert served == pytest.approx(found.served, rel=1e-12)
    assert found.total == 60_038


def test_nearly_everybody_has_a_gp_within_ten_minutes_of_straight_lines():
    each = profession_of(country(), "medecin_generaliste")
    people = np.nan_to_num(numbers(country(), "population_totale"))
    within = population_within(times_20(), each.heads, people, [0, 10, 20]) / people.sum()
    assert within[0] == pytest.approx(people[each.heads > 0].sum() / people.sum(), abs=0.01)
    assert within[1] > 0.98
    assert (np.diff(within) >= 0).all()
    assert np.isinf(nearest(times_20(), each.heads)).mean() < 0.01


def test_the_published_table_gives_the_published_statistics():
    """methods.md: mean 3.81; worst and best tenth (≤65) 1.5 and 5.6; D9/D1 between those of 2018 and after."""
    table = published_2021().drop_nulls(["apl_medecin_generaliste_2021", "pop_std_medecin_generaliste"])
    weights = numbers(table, "pop_std_medecin_generaliste")
    every, young = numbers(table, "apl_medecin_generaliste_2021"), numbers(table, "apl_medecin_generaliste_65_2021")
    assert inequality.weighted_mean(every, weights) == pytest.approx(3.81, abs=0.005)
    assert inequality.mean_of_worst(young, weights) == pytest.approx(1.5, abs=0.05)
    assert inequality.mean_of_best(young, weights) == pytest.approx(5.6, abs=0.05)
    assert inequality.decile_ratio(every, weights) == pytest.approx(2.337, abs=0.01)


@pytest.mark.parametrize(("year", "mean", "share"), [("2022", 3.79, 0.149), ("2023", 3.74, 0.167)])
def test_the_share_under_two_and_a_half_is_the_published_one(year, mean, share):
    later = read("drees_apl_2022_2023_communes_5professions.csv.gz").drop("nom_commune")
    column = f"apl_medecin_generaliste_{year}"
    table = published_2021().join(later, on="code_commune").drop_nulls([column, "population_totale"])
    table = table.drop_nulls("pop_std_medecin_generaliste")
    assert inequality.weighted_mean(numbers(table, column), numbers(table, "pop_std_medecin_generaliste")) == (
        pytest.approx(mean, abs=0.005)
    )
    found, people = inequality.under(numbers(table, column), numbers(table, "population_totale"), 2.5)
    assert found == pytest.approx(share, abs=0.001)
    assert people > 9e6


@pytest.mark.parametrize(("island", "practices"), [("56086", 1), ("29083", 1), ("17004", 1), ("29155", 3)])
def test_the_floor_of_activity_shows_on_islands(island, practices):
    """Houat, Sein, Aix and Ouessant: nobody else in reach, P*·APL = 3,600 by practice."""
    row = published_2021().filter(pl.col("code_commune") == island)
    offered = numbers(row, "apl_medecin_generaliste_2021") * numbers(row, "pop_std_medecin_generaliste")
    assert offered[0] == pytest.approx(GP_FLOOR * practices, rel=1e-4)


def test_a_calibration_predicts_what_it_has_not_seen():
    """Bretagne, everything hidden in a fifth of the communes.

    Measured: 0.780 (GPs), 0.779 (nurses), 0.884 (physiotherapists), 0.848 (dentists).
    """
    table = country().filter(pl.col("REG") == "53")
    published = [profession_of(table, name) for name in PROFESSIONS]
    hidden = hide_places(table.height, len(published), 0.2, seed=1)
    classes = numbers(table, "DENS7").astype(int) - 1
    areas = [table[name].rank("dense").to_numpy().astype(int) - 1 for name in ("DEP", "BV2022")]
    found = calibrate(ground(table), classes, published, hidden, areas=areas, shape=soft_bands(), iterations=45)
    judged = scores(published, found.apl, hidden, np.full(table.height, "Bretagne")).filter(pl.col("group") == "all")
    held_out = dict(judged.select("profession", "correlation").iter_rows())
    expected = {"medecin_generaliste": 0.74, "infirmier": 0.74, "kine": 0.85, "dentiste": 0.81}
    assert all(held_out[name] > least for name, least in expected.items()), held_out
