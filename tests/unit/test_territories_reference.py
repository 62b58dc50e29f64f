from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from vigie.errors import InputError, UnknownNameError
from vigie.territories.names import of, search_text
from vigie.territories.packaged import changes_2025, departements, regions, shares_2024
from vigie.territories.reference import LEVELS, build

CHANGES = pl.DataFrame(
    {
        "code_before": ["01003", "01002", "01004"],
        "code_after": ["01002", "01002", "01009"],
        "kind": ["merger", "merger", "code"],
        "lon": [None, None, 9.0],
        "lat": [None, None, 49.0],
    },
    schema_overrides={"lon": pl.Float64, "lat": pl.Float64},
)


def small_communes() -> pl.DataFrame:
    """Five communes of two départements, and Paris with two arrondissements; 01003 to 01005 have no point."""
    rows = [
        # code, name, kind, dep, region, epci, basin, population, area, lon, lat
        ("01001", "Œuilly-lès-Bois", "commune", "01", "84", "200000001", "01001", 100, 10.0, 1.0, 41.0),
        ("01002", "St-Été", "commune", "01", "84", "200000001", "01001", 300, 30.0, 2.0, 42.0),
        ("01003", "Gone", "commune", "01", "84", "200000001", "01001", 50, None, None, None),
        ("01004", "Moved", "commune", "01", "84", None, "01001", 60, None, None, None),
        ("01005", "Lost", "commune", "01", "84", None, "01001", None, None, None, None),
        ("02001", "Nord", "commune", "02", "32", "200000001", "01001", 900, 5.0, 3.0, 43.0),
        ("75056", "Paris", "commune", "75", "11", "200054781", "75056", 70, 8.0, 2.35, 48.85),
        ("75101", "Paris 1er", "arrondissement", "75", "11", "200054781", "75056", 30, 3.0, 2.3, 48.8),
        ("75102", "Paris 2e", "arrondissement", "75", "11", "200054781", "75056", 40, 5.0, 2.4, 48.9),
    ]
    names = [
        "code",
        "name",
        "kind",
        "departement",
        "region",
        "epci",
        "bassin_de_vie",
        "population",
        "area_km2",
        "lon",
        "lat",
    ]
    table = pl.DataFrame(rows, schema=names, orient="row")
    return table.with_columns(
        epci_name=pl.format("EPCI {}", "epci"),
        bassin_de_vie_name=pl.format("Bassin {}", "bassin_de_vie"),
        bassin_de_vie_2012="bassin_de_vie",
        canton_ou_ville=pl.format("{}01", "departement"),
        unite_urbaine=pl.lit("00001"),
        aire_attraction=pl.lit("001"),
        density=pl.lit(5, dtype=pl.Int8),
        population_total="population",
    )


def test_places_leave_whole_cities_out_and_keep_their_arrondissements() -> None:
    places = build(small_communes(), CHANGES).places
    assert places["code"].to_list() == ["01001", "01002", "01003", "01004", "01005", "02001", "75101", "75102"]
    assert places.filter(pl.col("kind") == "arrondissement")["city"].to_list() == ["75056", "75056"]
    assert places.filter(pl.col("kind") == "commune")["city"].null_count() == 6


def test_a_commune_without_geometry_takes_the_point_of_the_one_that_absorbed_it() -> None:
    points = build(small_communes(), CHANGES).places.select("code", "lon", "lat", "point_status").rows_by_key("code")
    assert points["01003"] == [(2.0, 42.0, "estimated")]
    assert points["01004"] == [(9.0, 49.0, "estimated")]
    assert points["01005"] == [(None, None, "missing")]
    assert points["01001"] == [(1.0, 41.0, "ok")]


def test_every_level_sums_its_places() -> None:
    territories = build(small_communes(), CHANGES).territories
    one = {row["level"] + ":" + row["code"]: row for row in territories.iter_rows(named=True)}
    assert {row["level"] for row in one.values()} == set(LEVELS)
    assert one["france:FR"]["population"] == 100 + 300 + 50 + 60 + 900 + 30 + 40
    assert one["france:FR"]["departement"] is None
    assert one["commune:75056"]["population"] == 70
    assert one["commune:75056"]["places"] == 2
    assert one["commune:75056"]["kind"] == "whole_city"
    assert one["commune:75056"]["lon"] == 2.35
    assert one["commune:75101"]["kind"] == "arrondissement"
    assert one["commune:01005"]["population"] is None
    assert one["departement:01"]["area_km2"] == 40.0
    assert one["departement:01"]["name"] == "Ain"
    assert one["commune:01001"]["search"] == "oeuilly les bois"


def test_a_territory_across_departements_is_where_most_of_its_people_live() -> None:
    epci = build(small_communes(), CHANGES).territories.filter(pl.col("code") == "200000001").row(0, named=True)
    assert (epci["departement"], epci["region"], epci["population"]) == ("02", "32", 1350)
    # The place without a point of its own weighs at the point that it takes.
    assert epci["lon"] == pytest.approx((100 * 1 + 300 * 2 + 50 * 2 + 900 * 3) / 1350)


def test_the_membership_matrix_sums_places_to_whole_cities_too() -> None:
    reference = build(small_communes(), CHANGES)
    codes, matrix = reference.membership_matrix("commune")
    ones = dict(zip(codes, matrix @ np.ones(reference.places.height), strict=True))
    assert ones["75056"] == 2
    assert ones["75101"] == 1
    assert sum(ones.values()) == reference.places.height + 2


def test_members_gives_each_place_its_territory_or_none() -> None:
    reference = build(small_communes(), CHANGES)
    codes, index = reference.members("epci")
    assert codes == ["200000001", "200054781"]
    assert index.tolist() == [0, 0, 0, -1, -1, 0, 1, 1]
    communes, own = reference.members("commune")
    assert [communes[i] for i in own] == reference.place_codes
    assert "75056" in communes


def test_an_unknown_level_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match="bassin_de_vie_2012"):
        build(small_communes(), CHANGES).members("tvs")


@pytest.mark.parametrize(
    ("communes", "message"),
    [
        (small_communes().drop("epci_name"), "epci_name"),
        (pl.concat([small_communes(), small_communes().head(1)]), "01001"),
        (small_communes().filter(pl.col("kind") == "commune"), "75056"),
    ],
)
def test_bad_tables_of_communes_are_refused(communes: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(communes, CHANGES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Saint-Étienne", "saint etienne"),
        ("STE MAXIME", "sainte maxime"),
        ("L'Haÿ-les-Roses", "l hay les roses"),
        ("  Œ—Æ  ", "oe ae"),
        ("", ""),
    ],
)
def test_search_text(name: str, expected: str) -> None:
    assert search_text(name) == expected


@pytest.mark.parametrize(
    ("article", "expected"),
    [
        ("l'Aisne", "de l'Aisne"),
        ("les Ardennes", "des Ardennes"),
        ("la Creuse", "de la Creuse"),
        ("le Nord", "du Nord"),
        ("Paris", "de Paris"),
        ("La Réunion", "de La Réunion"),
        ("Orléans", "d'Orléans"),
    ],
)
def test_of(article: str, expected: str) -> None:
    assert of(article) == expected


def test_packaged_names_cover_every_departement_and_region() -> None:
    assert departements().height == departements()["code"].n_unique() == 101
    assert regions().height == regions()["code"].n_unique() == 18
    assert set(departements()["region"]) == set(regions()["code"])
    articles = dict(departements().select("code", "article").iter_rows())
    assert [articles[c] for c in ("02", "08", "23", "59", "75", "974", "976", "2A")] == [
        "l'Aisne",
        "les Ardennes",
        "la Creuse",
        "le Nord",
        "Paris",
        "La Réunion",
        "Mayotte",
        "la Corse-du-Sud",
    ]
    assert all(
        row["article"].endswith(row["name"]) or row["name"] in row["article"] for row in departements().to_dicts()
    )


def test_the_changes_of_2025_are_46_new_communes_four_codes_and_one_split() -> None:
    changes = changes_2025()
    mergers = changes.filter(pl.col("kind") == "merger")
    assert (mergers["code_after"].n_unique(), mergers.height) == (46, 110)
    assert changes.filter(pl.col("kind") == "code").height == 4
    assert changes.filter(pl.col("kind") == "split")["code_before"].unique().to_list() == ["15141"]
    assert set(changes["confidence"]) == {"established", "probable"}
    assert changes.select(pl.col("basis", "source").is_null().any()).row(0) == (False, False)
    assert changes.filter(pl.col("code_before") == "93059")["code_after"].to_list() == ["93066"]
    assert shares_2024().height == 5


def test_importing_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, vigie.territories; print([m for m in ('shapely','pyproj','scipy','polars') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
