"""A perimeter of the reader's own: what its address holds, and what it answers to whatever else is put there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Client

from vigie.editions import gathered, gathering
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.zoned import zoned

RODEZ = "communes=12001,12145,12202"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_of_a_perimeter_has_its_name_its_communes_and_its_figures(site: Client, prefix: str) -> None:
    answer = site.get(f"{prefix}/perimetre?{RODEZ}&nom=Trois%20communes")
    assert answer.status_code == 200 and "<h1>Trois communes</h1>" in answer.text
    assert 'href="/indicateur/apl_mg"' in answer.text.replace("/en/", "/") and "Millau" in answer.text
    assert "None" not in answer.text and "level=perimeter" not in answer.text  # no address of the API that has nothing


@pytest.mark.parametrize(
    "given",
    [
        "communes=12202&communes=12145&communes=12001",
        "communes=12202+12145%0D%0A12001",
        "communes=12202;12145,12001,12202",
    ],
)
def test_codes_given_in_any_way_come_to_one_address(site: Client, given: str) -> None:
    answer = site.get(f"/perimetre?{given}&nom=Essai")
    assert answer.status_code == 303 and answer.headers["location"] == f"/perimetre?{RODEZ}&nom=Essai"


def test_without_communes_one_chooses_on_the_map_of_a_departement_or_by_codes(site: Client) -> None:
    page = site.get("/perimetre?departement=48").text
    assert page.count('type="checkbox"') == 152 and 'data-island="pick"' in page and "<textarea" in page
    kept = site.get(f"/perimetre?{RODEZ}&choisir=1&departement=12").text
    assert kept.count(" checked") == 3


def test_the_file_of_a_perimeter_says_of_which_edition_and_communes_it_is(site: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(site.get(f"/perimetre.csv?{RODEZ}&nom=%3Dcmd").text)))
    [apl] = [row for row in rows if row["indicator"] == "apl_mg" and row["period"] == "2023"]
    assert apl["communes"] == "12001 12145 12202" and apl["edition"] and 2 < float(apl["value"]) < 6
    assert apl["name"] == "'=cmd"  # a name is never a formula
    assert (
        site.get("/perimetre.csv").status_code == 422 and site.get("/perimetre.csv?communes=99999").status_code == 422
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("communes=99999", 422),
        ("communes=12202,zzzzz", 200),
        ("communes=%3Cscript%3Ealert(1)%3C/script%3E", 422),
        ("communes=12202'%20OR%201=1--", 422),
        ("communes=../../etc/passwd", 422),
        ("communes=%00", 422),
        ("communes=" + ",".join(f"59{n:03d}" for n in range(1, 400)), 422),
        ("&".join(["communes="] * 401), 404),
        ("communes=" + "1" * 6_100, 414),
        (f"{RODEZ}&nom=" + "x" * 101, 404),
        (f"{RODEZ}&nom=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", 200),
        (f"{RODEZ}&nom=%7B%7B7*7%7D%7D", 200),
        (f"{RODEZ}&choisir=2", 404),
        ("departement=../12", 404),
        ("departement=00", 200),
    ],
)
def test_nothing_of_an_address_goes_further_than_a_text(site: Client, query: str, status: int) -> None:
    answer = site.get(f"/perimetre?{query}")
    assert answer.status_code == status
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text and "49" not in answer.text[:300]


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as opened:
        yield opened


@pytest.mark.parametrize("key", ["epci:200034825", "bassin_de_vie:15187", "epci:200067437"])
def test_the_communes_of_a_territory_chosen_freely_have_its_alerts_and_its_zonings(
    observatory: Observatory, key: str
) -> None:
    whole = observatory.territory(key)
    places = [one.code for one in observatory.members(whole)]
    card = gathered.card(observatory.members(whole), "Essai")
    found, answer = gathered.alerts(observatory, card, gathering.gather(observatory, places, card.code))
    own = observatory.alerts(whole)
    assert [(one.rule, one.severity, one.since, one.period) for one in found] == [
        (one.rule, one.severity, one.since, one.period) for one in own
    ]
    assert [one.value for one in found] == pytest.approx([one.value for one in own])
    expected = observatory.answer(whole)
    assert answer is not None and expected is not None and answer.degree == expected.degree
    assert zoned(observatory, card, places) == zoned(observatory, whole)


def test_names_are_taken_as_codes_are_and_the_unclear_ones_are_asked_again(site: Client) -> None:
    names = "communes=Rodez%0AMillau%0A12001"
    answer = site.get(f"/perimetre?{names}")
    assert answer.status_code == 303 and answer.headers["location"] == f"/perimetre?{RODEZ}"
    beside = site.get("/perimetre?communes=12202%20Rodez,12145%20Millau,12001")  # as copied from a list
    assert beside.status_code == 303 and beside.headers["location"] == f"/perimetre?{RODEZ}"
    unclear = site.get("/perimetre?communes=Saint-Denis")
    assert unclear.status_code == 422 and "93066" in unclear.text and "97411" in unclear.text
    near = site.get("/perimetre?communes=Stains%0AÉpinay-sur-Seine%0ASaint-Denis")
    assert near.status_code == 303 and "93066" in near.headers["location"]  # that of the others' département
    nobody = site.get("/perimetre?communes=Trifouillis-les-Oies")
    assert nobody.status_code == 422 and "Trifouillis" in nobody.text


def test_a_perimeter_has_its_alerts_and_its_zonings_on_its_page(site: Client) -> None:
    page = site.get("/perimetre?communes=23096,23193,23247").text
    assert 'id="worries-title"' in page and 'class="alert ' in page
    assert 'id="zonings-title"' in page and "alertes.atom" not in page
    assert 'href="/perimetre.pdf?communes=23096,23193,23247"' in page


def test_a_perimeter_has_a_report_and_an_annex_as_any_territory(site: Client) -> None:
    report = site.get(f"/perimetre.pdf?{RODEZ}&nom=Trois%20communes")
    assert report.status_code == 200 and report.content.startswith(b"%PDF")
    annex = site.get(f"/perimetre.xlsx?{RODEZ}&nom=Trois%20communes")
    assert annex.status_code == 200 and annex.content.startswith(b"PK")
    for wrong in ("communes=99999", "communes=Saint-Denis", ""):
        assert site.get(f"/perimetre.pdf?{wrong}").status_code == 422
