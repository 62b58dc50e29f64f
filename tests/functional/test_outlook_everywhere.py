"""The outlook as people meet it: `vigie outlook`, the API and the pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from processes import Client, vigie

SCENARIO = Path(__file__).parents[2] / "docs/scenarios/aveyron.toml"


# The command line -----------------------------------------------------------------------------------------------------


def test_a_territory_tells_its_years(edition_home: Path) -> None:
    said = vigie("outlook", "departement:23", home=edition_home, lang="fr")
    assert said.code == 0 and "Trajectoire centrale" in said.out and "Ce n'est pas une prévision" in said.out
    assert re.search(r"2035\s+2,\d\d", said.out) and "80 % de 60 tirages" in said.out.replace("\u202f", " ")
    answer = json.loads(vigie("outlook", "commune:12202", "--variant", "nobody", "--json", home=edition_home).raw)
    assert [one["year"] for one in answer["years"]] == list(range(2023, 2036))
    assert answer["years"][0]["doctors"] == 22 and answer["years"][-1]["apl"] < answer["years"][0]["apl"]
    absent = vigie("outlook", "departement:976", home=edition_home)
    assert absent.code == 0 and "Data not available" in absent.out


def test_who_loses_most_and_when_is_one_call(edition_home: Path, site: Client) -> None:
    said = vigie("outlook", "--losing", "--level", "departement", "--by", "2030", "--limit", "3", home=edition_home)
    assert said.code == 0 and "Nobody replaces those who leave" in said.out and said.out.count("20") > 6
    answer = json.loads(
        vigie("outlook", "--losing", "--level", "departement", "--by", "2030", "--json", home=edition_home).raw
    )
    same = site.get("/api/v1/outlook/losing?level=departement&by=2030&limit=20").json()["territories"]
    assert answer["territories"] == same
    losses = [one["loss"] for one in same]
    assert losses == sorted(losses, reverse=True) and len(same) == 20


def test_variants_and_the_back_test_are_told(edition_home: Path) -> None:
    said = vigie("outlook", "--variants", home=edition_home)
    assert said.code == 0 and "demand-chronic" in said.out and "retire-later" in said.out
    back = vigie("outlook", "--backtest", home=edition_home, lang="fr")
    assert (
        back.code == 0 and "La part des âges n'est pas rejouée" in back.out and "communes sans généraliste" in back.out
    )


def test_a_variant_of_ones_own_is_drawn_and_written(edition_home: Path, tmp_path: Path) -> None:
    own = tmp_path / "mien.toml"
    own.write_text(
        'id = "mien"\nreplaced = 1.0\n[title]\nfr = "Le mien"\nen = "Mine"\n[note]\nfr = "Essai."\nen = "Trial."\n',
        encoding="utf-8",
    )
    table = tmp_path / "mien.parquet"
    told = ("outlook", "departement:12", "--variant", own, "--draws", "10", "--json", "-o", table)
    said = vigie(*told, "--scenario", SCENARIO, home=edition_home)
    assert said.code == 0, said.err
    answer = json.loads(said.raw)
    assert answer["variant"]["replaced"] == 1 and len(answer["years"]) == 13
    assert answer["years"][-1]["apl"] > answer["years"][0]["apl"] > 3  # replaced in full, and levers on top
    rows = pl.read_parquet(table)
    assert set(rows["variant"]) == {"mien"} and rows.filter(pl.col("level") == "commune").height > 400_000
    own.write_text(own.read_text(encoding="utf-8").replace("1.0", "7"), encoding="utf-8")
    vigie(*told, home=edition_home).refused("mien.toml", "replaced", "7", code=3)


def test_what_does_not_exist_is_refused_with_what_does(edition_home: Path) -> None:
    vigie("outlook", "--variant", "personne", home=edition_home).refused("central", "nobody", code=4)
    vigie("outlook", "--losing", "--level", "canton", home=edition_home).refused("departement", code=4)
    vigie("outlook", "--losing", "--by", "2050", home=edition_home).refused("2035", code=4)
    vigie("outlook", "-o", "x.pdf", home=edition_home).refused(".parquet", code=3)


# The site -------------------------------------------------------------------------------------------------------------


def test_the_api_tells_a_territory_and_refuses_what_it_has_not(site: Client) -> None:
    answer = site.get("/api/v1/outlook?level=departement&code=23&variant=nobody").json()
    assert answer["name"] == "Creuse" and answer["variant"]["status"] == "ours" and len(answer["years"]) == 13
    assert site.get("/api/v1/outlook?level=departement&code=99").status_code == 404
    assert site.get("/api/v1/outlook?variant=personne").status_code == 404
    assert site.get("/api/v1/outlook/losing?variant=path-low").status_code == 422
    assert site.get("/api/v1/outlook/losing?by=2050").status_code == 422
    assert not site.get("/api/v1/outlook?level=departement&code=976").json()["years"]


def test_the_page_shows_each_year_without_javascript(site: Client) -> None:
    page = site.get("/perspectives").text
    assert "Qui perdrait le plus" in page and "La part des âges n’est pas rejouée" in page
    assert page.count('class="area ') == 101 and "Hypothèses de Vigie" in page
    earlier = site.get("/perspectives?annee=2026").text
    assert re.findall(r'class="area (d\d|missing)"', page) != re.findall(r'class="area (d\d|missing)"', earlier)
    wide = site.get("/perspectives?niveau=bassin_de_vie&annee=2030&montrer=perte&variante=central").text
    image = re.search(r'src="(/perspectives/carte/[^"?]+)"', wide)
    assert image and site.get(image[1]).headers["content-type"] == "image/svg+xml"
    english = site.get("/en/perspectives").text
    assert "Who would lose most" in english and "It is not a forecast" in english
    for wrong in ("annee=2050", "niveau=canton", "variante=path-low", "montrer=rien"):
        assert site.get(f"/perspectives?{wrong}").status_code in (404, 422)


def test_figures_of_the_page_are_those_of_the_api(site: Client) -> None:
    first = site.get("/api/v1/outlook/losing?level=departement&limit=1").json()["territories"][0]
    rows = re.search(r'<caption id="losers-caption">.*?</table>', site.get("/en/perspectives").text, flags=re.S)
    assert rows
    cells = re.findall(r'<td class="num">([^<]*)</td>', rows[0])[:7]
    assert first["name"] in rows[0] and cells[1:3] == [f"{first['before']:.2f}", f"{first['after']:.2f}"]
    assert cells[4] == f"{100 * first['loss']:.0f}%" and cells[5:7] == [str(first["half_by"]), str(first["under_by"])]


def test_the_map_of_years_says_when_as_the_api_does(site: Client) -> None:
    """One map, one call: the year that each département passes under 2.5 is that of ``losing``."""
    told = site.get("/api/v1/outlook/losing?level=departement&limit=200").json()["territories"]
    page = site.get("/en/perspectives?montrer=quand").text
    table = re.search(r"<summary>The same map as a table.*?</details>", page, flags=re.S)
    assert table
    cell = r'<a href="/en/territoire/departement/(\w+)">[^<]*</a></th><td[^>]*>(?:<span[^>]*></span>)?([^<]*)</td>'
    rows = dict(re.findall(cell, table[0]))
    assert len(told) == 100 and set(rows) >= {one["code"] for one in told}
    words = {None: "not by 2035", 2023: "already in 2023"}
    assert {one["code"]: rows[one["code"]] for one in told} == {
        one["code"]: words.get(one["under_by"], str(one["under_by"])) for one in told
    }
    assert {None, 2023} < {one["under_by"] for one in told}
    image = site.get("/perspectives/carte/nobody/epci/2030/quand.svg")
    assert image.status_code == 200 and image.text.count("<path fill") >= 6


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("commune/97352", "Aucun généraliste n’est à portée en 2023"),  # Saül: no « de 0,00 à 0,00 »
        ("commune/23067", "comptés ici|compté ici"),
        ("commune/75056", "Selon la trajectoire centrale"),
        ("commune/29083", "Selon la trajectoire centrale"),  # Île-de-Sein
        ("departement/976", "Données non disponibles"),
        ("region/84", "Si personne ne remplaçait"),
        ("france/FR", "passerait sous 2,5 en 20"),
        ("epci/200067171", "Si personne ne remplaçait"),
    ],
)
def test_a_territory_has_its_section(site: Client, address: str, told: str) -> None:
    page = site.get(f"/territoire/{address}").text
    section = re.search(r'<section class="theme outlook".*?</section>', page, flags=re.S)
    assert section and re.search(told, section[0])
