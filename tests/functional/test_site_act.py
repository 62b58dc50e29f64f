"""« Agir » on the server: the page without JavaScript, its answer, what it refuses, and the way to it."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from tests.functional.processes import Client


def test_a_plan_is_answered_without_javascript(site: Client) -> None:
    page = site.get("/agir?territoire=departement:12&centre_de_sante=3&centre_de_sante-ou=Rodez (12202)").text
    text = unescape(page).replace("\u202f", " ")
    for words in ("Agir : Aveyron", "APL moyenne", "habitants y gagneraient", "Qui gagne le plus", "Salaire",
                  "selon les hypothèses", "hypothèse", "Simulation de Vigie"):  # fmt: skip
        assert words in text, words
    assert 'value="Rodez (12202)"' in text
    moved = re.findall(r'class="area \S+ gains" data-code="(\d+)" data-base="([^"]+)"', page)
    assert "12202" in dict(moved)
    link = unescape(re.findall(r'href="(/api/v1/scenarios[^"]+format=toml)"', page)[0])
    toml = site.get(link).text
    assert 'places = ["commune:12202"]' in toml
    assert "amount = 3" in toml
    assert site.get(link.replace("=toml", "=csv")).text.startswith("code,")


@pytest.mark.parametrize(("departement", "town"), [("12", "12089"), ("08", "08462"), ("44", "44180"), ("38", "38269")])
def test_a_departement_of_the_seeds_from_its_page_to_its_files(site: Client, departement: str, town: str) -> None:
    """Territory, plan, who gains and who loses, cost, intervals, files: what the page says is what the files hold."""
    own = site.get(f"/territoire/departement/{departement}").text
    assert re.search(rf'href="/agir\?territoire=departement%3A{departement}[&"]', own)
    plan = f"territoire=departement:{departement}&centre_de_sante=3&centre_de_sante-ou={town}"
    moved = f"&cabinet_secondaire=30&cabinet_secondaire-ou={town}"  # from where the page proposes
    page = site.get(f"/agir?{plan}{moved}").text
    text = unescape(page).replace("\u202f", " ").replace("\u00a0", " ")
    for words in ("Qui gagne le plus", "Qui perd le plus", "Coût par an, une fois en place", "selon les hypothèses",
                  "Habitants à 30 minutes au plus", "Premier décile", "Habitants passés au-dessus de 2,5",
                  "Euros par habitant passé"):  # fmt: skip
        assert words in text, words
    # Time comes from an EPCI, never from the département that it is for.
    assert re.search(r'name="cabinet_secondaire-de" value="[^"]+\(\d{9}\)"', text)
    mean = re.findall(r'<a class="act-glance" href="#act-figures"><span>APL ([^<]+)</span> <span>', text)[0]
    assert f"<strong>{mean}</strong>" in text
    links = {form: unescape(link) for link, form in re.findall(r'href="(/api/v1/scenarios[^"]+format=(\w+))"', page)}
    assert set(links) == {"toml", "csv", "geojson"}
    rows = site.get(links["csv"]).text.splitlines()
    assert any(row.startswith(f"{town},") for row in rows)
    shapes = site.get(links["geojson"]).json()
    assert len(shapes["features"]) == len(rows) - 1
    told = site.get(links["toml"].replace("format=toml", "format=json")).json()
    assert told["scope"]["key"] == f"departement:{departement}"
    assert told["scope"]["mean"]["after"]["value"] > told["scope"]["mean"]["before"]
    assert told["whole"]["lose"] > 0
    assert abs(told["conservation"]["gap"]) < 1e-3
    assert f"{told['whole']['gain']:,.0f}".replace(",", " ") in text
    report = unescape(re.findall(r'href="(/rapport/scenario\.pdf[^"]+)"', page)[0])
    if departement == "08":  # one is enough: they take seconds
        assert site.get(report).content.startswith(b"%PDF")


def test_the_moving_part_is_that_of_the_page(site: Client) -> None:
    query = "?territoire=epci:200067171&installation=2"
    part, page = (site.get(f"/agir{path}{query}").text for path in ("/reponse", ""))
    assert "<html" not in part
    assert part.strip() in page
    styles = json.loads(unescape(re.findall(r"data-styles='([^']*)'", part)[0]))
    assert styles
    assert all(sense == "gains" for _, _, sense in styles.values())


def test_time_that_moves_has_an_origin_that_the_page_proposes_and_losers_it_names(site: Client) -> None:
    page = unescape(site.get("/agir?territoire=commune:12202&cabinet_secondaire=40&cabinet_secondaire-de=12145").text)
    assert "Qui perd le plus" in page
    assert "Millau" in page
    proposed = unescape(site.get("/agir?territoire=commune:12202&jours_solidarite=2").text)
    assert re.search(r'name="jours_solidarite-de" value="[^"]+\(\d{9}\)"', proposed)
    assert 'class="act-fault"' not in proposed


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("territoire=nulle-part-du-tout", "nulle-part"),
        ("territoire=departement:12&installation=2&installation-ou=zzzz", "zzzz"),
        ("territoire=departement:12&installation=2&installation-type=zzzz", "zzzz"),
        ("territoire=departement:976&installation=2", "APL"),
    ],
)
def test_what_is_wrong_is_said_on_the_page(site: Client, query: str, words: str) -> None:
    found = site.get(f"/agir?{query}")
    assert found.status_code == 200
    fault = re.findall(r'class="act-fault" role="alert">(.*?)</p>', found.text, re.S)
    assert fault, found.text[:500]
    assert words in unescape(fault[0])


@pytest.mark.parametrize("value", ["-3", "1e9", "nan", "2;drop", "0", "", "<script>"])
def test_an_amount_that_is_none_is_no_action(site: Client, value: str) -> None:
    found = site.get(f"/agir/reponse?territoire=departement:12&installation={value}")
    assert found.status_code == 200
    assert "Déplacez un curseur" in unescape(found.text)


def test_no_territory_offers_them_and_english_is_beside(site: Client) -> None:
    assert "territoire=departement%3A12" in site.get("/agir").text
    english = unescape(site.get("/en/agir?territoire=departement:12&installation=1").text)
    assert "Mean APL, Aveyron" in english
    assert "Installation of a private doctor" in english


def test_a_territory_in_difficulty_proposes_its_levers(site: Client) -> None:
    page = unescape(site.get("/territoire/commune/23067").text)
    links = re.findall(r'href="(/agir\?territoire=commune%3A23067&[^"]+)"', page)
    assert links
    answer = site.get(links[0])
    assert answer.status_code == 200
    assert 'class="act-figures"' in answer.text
