"""The readers on the real copies of ``../shared/data`` (``VIGIE_SHARED`` names another folder).

The expected figures are those of the data README, except where a comment says otherwise.
"""

from __future__ import annotations

import os
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from vigie.sources import Reading, catalogue, examine, locate, read_from, source

DATA = Path(os.environ.get("VIGIE_SHARED", Path(__file__).parents[2].parent / "shared")) / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data at {DATA}: set VIGIE_SHARED")

ROWS = {
    "age_deprivation": 34_967,
    "ameli_demography": 4_560,
    "bpe_2021": 35_000 - 3,
    "communes": 34_980,
    "drees_apl_2021": 34_997 * 7,
    "drees_apl_2022_2023": 34_967 * 10,
    "drees_apl_mg_2015_2023": 34_969 * 8,
    "emergency_times_2019": 34_969,
    "finess_activities": 10_291,
    "finess_occitanie": 10_007,
    "geometry": 34_912,
    "passage": 2_603,
    "road_pairs_gironde": 2_500,
}


@cache
def reading(source_id: str) -> Reading:
    found = source(source_id)
    path = locate(found, [DATA])
    assert path is not None
    return examine(found, path)


def table(source_id: str) -> pl.DataFrame:
    return reading(source_id).table


@pytest.mark.parametrize("source_id", sorted(ROWS))
def test_every_copy_has_the_documented_number_of_rows(source_id: str) -> None:
    assert table(source_id).height == ROWS[source_id]


def test_every_source_with_a_copy_at_hand_is_tested() -> None:
    assert {name for name, found in catalogue().items() if locate(found, [DATA])} == set(ROWS)


def test_read_from_reads_every_source_of_the_folder() -> None:
    tables = read_from([DATA])
    assert {name: found.height for name, found in tables.items()} == ROWS


def test_every_column_is_described_in_the_catalogue() -> None:
    for source_id in ROWS:
        described = {column.name for column in source(source_id).columns}
        undescribed = set(table(source_id).columns) - described
        allowed = {"population_std", "population"} if source_id.startswith("drees_apl_") else set()
        if source_id == "bpe_2021":
            allowed = {name for name in undescribed if name.startswith("d")}
        assert undescribed <= allowed, source_id


def test_communes() -> None:
    communes = table("communes")
    assert communes["kind"].value_counts().sort("kind").rows() == [("arrondissement", 45), ("commune", 34_935)]
    assert communes["population"].null_count() == 20
    assert communes["area_km2"].null_count() == communes["lon"].null_count() == 68
    assert communes["town_hall_lon"].null_count() == 481
    acoua = communes.row(by_predicate=pl.col("code") == "97601", named=True)
    assert (acoua["bassin_de_vie_2012"], acoua["arrondissement"], acoua["population"]) == (None, None, None)
    ajaccio = communes.row(by_predicate=pl.col("code") == "2A004", named=True)
    assert (ajaccio["departement"], ajaccio["population"], ajaccio["density"]) == ("2A", 73_822, 2)
    no_point = communes.filter(pl.col("lon").is_null(), pl.col("kind") == "commune")["population"].sum()
    assert no_point == 78_590
    assert not communes.select(pl.any_horizontal(pl.col(pl.String).str.contains("^ZZZZ"))).to_series().any()
    assert communes["population"].dtype == pl.Int64
    assert communes["density"].dtype == pl.Int8


def test_passage_reads_both_ways_of_writing_a_date() -> None:
    passage = table("passage")
    assert passage["date"].null_count() == 0
    saujon = passage.row(by_predicate=(pl.col("code_before") == "17272") & (pl.col("year_after") == 2019), named=True)
    assert saujon["date"] == date(2018, 3, 1)
    assert passage["change"].value_counts().sort("change").rows() == [("code", 3), ("merger", 2_591), ("split", 9)]
    back_and_forth = passage.filter((pl.col("code_before") == "27058") | (pl.col("code_after") == "27058"))
    assert back_and_forth["year_before"].to_list() == [2016, 2020, 2022]


def test_geometry_is_plain_wkb_of_the_known_places() -> None:
    geometry = table("geometry")
    assert geometry.schema["wkb"] == pl.Binary
    from shapely import from_wkb

    shapes = from_wkb(geometry["wkb"].to_list()[:200])
    assert all(shape.geom_type in ("Polygon", "MultiPolygon") and shape.is_valid for shape in shapes)
    places = table("communes").filter(~pl.col("code").is_in(["75056", "13055", "69123"]))
    assert places.join(geometry, on="code", how="anti").height == 68


def test_general_practitioners_of_2021_are_60112_without_the_whole_cities() -> None:
    facilities = table("bpe_2021")
    assert facilities["d201"].sum() == 60_112
    assert facilities.filter(pl.col("code").str.starts_with("976"))["d201"].sum() == 31
    assert facilities.schema["d307"] == pl.UInt32
    assert [note.count for note in reading("bpe_2021").notes] == [3]


def test_every_facility_type_of_the_copy_is_in_the_glossary() -> None:
    from vigie.sources import facility_types

    types = facility_types()
    assert set(table("bpe_2021").columns) - {"code"} == set(types)
    assert types["d201"].fr == "Médecin généraliste"
    assert types["d307"].en == "Pharmacy"


def mean(apl: pl.DataFrame, year: int, profession: str, field: str = "all") -> float:
    """The mean weighted by the standardised populations of 2021, the only ones at hand."""
    weights = table("drees_apl_2021").filter(pl.col("field") == "all").select("code", "profession", "population_std")
    rows = apl.filter(pl.col("year") == year, pl.col("profession") == profession, pl.col("field") == field)
    rows = rows.drop("population_std").join(weights, on=["code", "profession"]).drop_nulls(["value", "population_std"])
    return float((rows["value"] * rows["population_std"]).sum() / rows["population_std"].sum())


@pytest.mark.parametrize(
    ("year", "profession", "published"),
    [
        (2021, "mg", 3.81),
        (2022, "mg", 3.79),
        (2023, "mg", 3.74),
        (2023, "infirmiers", 155.9),
        (2023, "kines", 119.0),
        (2023, "sages_femmes", 21.7),
        (2023, "dentistes", 60.5),
    ],
)
def test_national_apl(year: int, profession: str, published: float) -> None:
    apl = table("drees_apl_2021" if year == 2021 else "drees_apl_2022_2023")
    assert mean(apl, year, profession) == pytest.approx(published, abs=0.06 if published > 10 else 0.006)


def test_apl_blanks_are_those_of_the_readme() -> None:
    wide = table("drees_apl_2022_2023").filter(pl.col("profession") == "mg")
    blanks = dict(wide.group_by("year").agg(pl.col("value").null_count()).rows())
    assert blanks == {2022: 3, 2023: 13}
    first = table("drees_apl_2021").filter(pl.col("field") == "65")
    assert first["value"].null_count() == 23
    assert set(table("drees_apl_mg_2015_2023")["year"]) == {2015, 2016, 2017, 2018, 2019, 2021, 2022, 2023}
    vars_2022 = table("drees_apl_mg_2015_2023").filter(pl.col("code") == "05177", pl.col("year") == 2022)["value"]
    assert vars_2022.to_list() == [6.42]


def test_emergency_times_are_blank_for_whole_cities_and_islands() -> None:
    times = table("emergency_times_2019")
    assert times["minutes"].null_count() == 134
    assert times.filter(pl.col("code").is_in(["75056", "13055", "69123"]))["minutes"].to_list() == [None] * 3


def test_age_and_deprivation() -> None:
    both = table("age_deprivation")
    assert both["share_75"].count() == 34_848
    arrondissements = both.filter(pl.col("code").str.contains("^(751|132|6938)"))
    assert arrondissements.height == 45
    assert arrondissements["share_75"].null_count() == 45


def test_demography() -> None:
    demography = table("ameli_demography")
    assert demography["profession"].n_unique() == 38
    assert demography.filter(pl.col("aggregate"))["profession_label"].n_unique() == 5
    assert demography["status"].unique().to_list() == ["ok"]
    assert demography["level"].value_counts().sort("level").rows() == [
        ("departement", 38 * 101),
        ("france", 38),
        ("region", 38 * 18),
    ]
    surgeons = demography.filter(pl.col("profession") == "chirurgiens")
    assert surgeons.filter(pl.col("level") == "france")["count"].to_list() == [8003]
    by_level = dict(surgeons.group_by("level").agg(pl.col("count").sum()).rows())
    assert by_level["region"] == by_level["departement"] == 8003


def test_establishments_of_occitanie() -> None:
    found = table("finess_occitanie")
    assert found["lon"].null_count() == 3
    assert found["departement"].n_unique() == 13
    assert found.filter(pl.col("finess") == "120786785")["name"].item() == "CTRE SOINS INFIR ST BEAUZELY ALTRIANE"
    assert found.schema["opened"] == pl.Date


def test_road_pairs_are_for_development_only() -> None:
    pairs = table("road_pairs_gironde")
    assert pairs["minutes"].median() == pytest.approx(52, abs=0.5)
    assert (pairs["minutes"] <= 30).sum() == 485
    assert source("road_pairs_gironde").redistribute is False
