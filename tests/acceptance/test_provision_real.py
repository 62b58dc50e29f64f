"""Who provides the access of real territories: what adds up, what is known of the ground, what the API says of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.functional.processes import Client

from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.provision import TOP, provision
from vigie.site import create_app


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Observatory:
    return open_edition(edition_home)


def test_shares_add_up_and_every_territory_with_an_apl_is_told(observatory: Observatory):
    table = observatory.table("provision")
    keys = ["level", "code", "profession"]
    assert table.select(keys).is_duplicated().sum() == 0
    assert set(table["level"].unique()) == {"commune", "epci", "bassin_de_vie", "departement", "region"}
    sums = table.select(
        pl.col("provider_shares").list.sum().alias("given"), pl.col("sharer_shares").list.sum().alias("taken"),
        "own", "own_use",
    )  # fmt: skip
    assert sums.max().row(0) == pytest.approx((1.0, 1.0, 1.0, 1.0), abs=4e-4)
    assert sums.min().row(0) > (0.0, 0.0, -1e-9, -1e-9)
    whole = table.filter(pl.col("providers") <= TOP).select(pl.col("provider_shares").list.sum())
    assert whole.to_series().to_numpy() == pytest.approx(1.0, abs=1e-3)
    departements = table.filter((pl.col("level") == "departement") & (pl.col("profession") == "mg"))
    assert departements.height == 100  # all but Mayotte, where no APL is published
    assert departements["own"].min() > 0.2  # those around Paris rely on one another most
    assert departements["own"].median() > 0.9


def test_the_share_provided_here_is_the_providers_own_line(observatory: Observatory):
    told = provision(observatory, observatory.territory("commune:23096"))
    assert list(told) == ["mg", "infirmiers", "kines", "dentistes", "sages_femmes"]
    own = next(one for one in told["mg"].providing if one.code == "23096")
    assert own.share == pytest.approx(told["mg"].own, abs=1e-4)
    assert own.heads == 12  # GPs in Guéret, BPE 2021


def test_an_island_provides_its_own_access(observatory: Observatory):
    for key in ("region:94", "region:04"):
        told = provision(observatory, observatory.territory(key))["mg"]
        assert told.own == pytest.approx(1.0)
        assert told.providers == 1


def test_the_api_and_the_page_say_the_same(edition_home: Path):
    client = Client(create_app(edition_home))
    answer = client.get("/api/v1/territories/commune/23096/provision").json()
    doctors = answer["professions"][0]
    assert doctors["providers"][0]["name"] == "Guéret"
    share = round(100 * doctors["own"])
    page = client.get("/territoire/commune/23096").text
    assert "Qui fournit cet accès, et avec qui il est partagé" in page
    assert f"{share}\u202f% de l’accès aux médecins généralistes" in page
    assert client.get("/api/v1/territories/commune/97608/provision").json()["professions"] == []
