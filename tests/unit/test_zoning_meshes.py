"""Meshes: every place in exactly one zone, the rules of their making, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest
from zoning_world import memberships, places, territories

from vigie.errors import InputError, UnknownNameError
from vigie.zoning.meshes import mesh


def zone_of(name: str, members: pl.DataFrame | None = None) -> dict[str, str]:
    made = mesh(name, places(), memberships() if members is None else members, territories())
    assert made.zones["zone"].is_unique().all() and made.zones["communes"].sum() == places().height
    return dict(zip(places()["code"], made.zones["zone"].gather(made.index), strict=True))


def test_bassins_keep_the_arrondissements_apart() -> None:
    found = zone_of("bassin_de_vie_plm")
    assert found["10002"] == "10001" and found["10004"] == "10003"
    assert found["75101"] == "75101" and found["75102"] == "75102"


def test_an_urban_pole_over_30000_gives_way_to_cantons() -> None:
    found = zone_of("bvcv")
    assert found["10001"] == "cv1001" and found["10002"] == "cv1001"  # the pole's unit has 40,000 people
    assert found["10003"] == "10003" and found["10004"] == "10003"  # rural codes are not one large unit
    assert found["75101"] == "cv7599"
    assert found["97601"] == "cv9760"  # no bassin of 2012 there


def test_a_zone_lies_where_most_of_its_people_live() -> None:
    made = mesh("bassin_de_vie", places(), memberships(), territories())
    card = made.zones.row(by_predicate=pl.col("zone") == "10003", named=True)
    assert (card["region"], card["population"], card["communes"], card["name"]) == ("A", 3_500, 2, "Bassin 10003")


def test_a_level_of_a_file_is_a_mesh() -> None:
    pairs = [(code, "T1" if code < "5" else "T2") for code in places()["code"]]
    assert set(zone_of("tvs", memberships(tvs=pairs)).values()) == {"T1", "T2"}


def test_a_mesh_that_leaves_people_out_is_refused_but_not_for_places_without_people() -> None:
    pairs = [(code, "T1") for code in places()["code"]]
    with pytest.raises(InputError) as fault:
        mesh("tvs", places(), memberships(tvs=pairs[1:]), territories())
    assert "1 communes sans zone (40000 habitants)" in fault.value.message("fr") and "N10001" in fault.value.message(
        "en"
    )
    assert zone_of("tvs", memberships(tvs=pairs[:-1]))["97601"] == "97601"


def test_a_commune_in_two_zones_is_refused() -> None:
    pairs = [(code, "T1") for code in places()["code"]]
    with pytest.raises(InputError, match="dont 10001"):
        mesh("tvs", places(), memberships(tvs=[*pairs, ("10001", "T2")]), territories())


def test_an_unknown_mesh_names_the_others() -> None:
    with pytest.raises(UnknownNameError, match="bassin_de_vie_plm, bvcv"):
        mesh("tvs", places(), memberships(), territories())
