"""Alerts, territories alike and feeds on the site."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as Xml

import httpx
import polars as pl
import pytest
from processes import Client

from vigie.editions.store import current_folder, make_current
from vigie.site import create_app

ATOM = "{http://www.w3.org/2005/Atom}"


def answers(site: Client, *addresses: str) -> list[httpx.Response]:
    return [site.get(address) for address in addresses]


def replaced(file: Path, text: str) -> None:
    """Write a file of an edition that was linked: the file of the other edition stays."""
    file.unlink()
    file.write_text(text)


def section(text: str, name: str) -> str:
    found = re.search(rf'<section class="theme {name}".*?</section>', text, flags=re.S)
    assert found, name
    return found[0]


def test_a_territory_shows_its_alerts_with_the_source_of_each_threshold(site: Client) -> None:
    french, english, calm, absent = answers(
        site,
        "/territoire/commune/23067",
        "/en/territoire/commune/23067",
        "/territoire/epci/241200187",
        "/territoire/departement/976",
    )
    text = section(french.text, "worries")
    assert text.count('<li class="alert high">') == 3
    assert "Sous-densité en médecins généralistes" in text and "Seuil officiel." in text and "1,73" in text
    assert '<blockquote lang="fr">' in text and "Critères de Vigie" in text
    assert 'href="/territoires/commune%3A23067/alertes.atom"' in text
    assert "Too few GPs within reach" in section(english.text, "worries")
    assert "règles vérifiées ici" in section(calm.text, "worries") and "<blockquote" not in section(
        calm.text, "worries"
    )
    assert "Données non disponibles" in section(absent.text, "worries")


def test_a_territory_is_shown_among_those_alike(site: Client) -> None:
    epci, small, france, region = answers(
        site,
        "/territoire/epci/241200187",
        "/territoire/commune/23067",
        "/territoire/france/FR",
        "/territoire/region/84",
    )
    text = section(epci.text, "comparables")
    assert text.count('class="strip-dot"') >= 15 and text.count('class="strip-row') == 4
    assert 'href="/territoire/epci/241500230"' in text  # Aurillac
    assert "Personnes de 75\u00a0ans ou plus" in text and "Ce n’est pas un classement" in text
    assert "les comparables sont choisis dessus" in text
    assert "sous 2\u202f000 habitants" in section(small.text, "comparables")
    assert 'class="theme comparables"' not in france.text
    assert "Pas de territoires comparables à ce niveau" in section(region.text, "comparables")


def test_france_shows_how_many_people_live_under_alerts(site: Client) -> None:
    french, english = answers(site, "/territoire/france/FR", "/en/territoire/france/FR")
    text = section(french.text, "worries")
    assert "Rural à habitat très dispersé" in text and "Habitants sous alerte" in text
    assert "70,9\u202f%" in text and 'href="/alertes.atom"' in text
    assert "70.9%" in section(english.text, "worries")


def test_levels_without_rules_have_no_section(site: Client) -> None:
    (page,) = answers(site, "/territoire/bassin_de_vie_2012/12202")
    assert page.status_code == 200 and 'class="theme worries"' not in page.text


@pytest.mark.parametrize("address", ["/alertes.atom", "/en/alertes.atom", "/territoires/departement:08/alertes.atom"])
def test_a_feed_names_the_site_asked_and_not_the_one_that_another_asked(site: Client, address: str) -> None:
    (before,) = answers(site, address)
    other = site.get(address, host="evil.example")
    (after,) = answers(site, address)
    assert b"http://evil.example/" in other.content  # what a proxy calls it; VIGIE_URL says it once for all
    assert after.content == before.content and b"http://vigie.test/" in after.content
    assert b"evil" not in site.get(address, host="evil<.example/").content


def test_feeds_are_atom(site: Client) -> None:
    one, national, english, unknown, bad = answers(
        site,
        "/territoires/departement:08/alertes.atom",
        "/alertes.atom",
        "/en/alertes.atom",
        "/territoires/departement:999/alertes.atom",
        "/territoires/departement08/alertes.atom",
    )
    assert (unknown.status_code, bad.status_code) == (404, 404)
    for answer in (one, national, english):
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        root = Xml.fromstring(answer.content)
        assert root.tag == f"{ATOM}feed"
        assert all(root.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert root.findtext(f"{ATOM}author/{ATOM}name") == "Vigie"
        links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
        assert links["self"].startswith("http://vigie.test/") and "/territoire/" in links["alternate"]
        entries = root.findall(f"{ATOM}entry")
        assert entries
        for entry in entries:
            assert all(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated", "content"))
        names = [entry.findtext(f"{ATOM}id") for entry in entries]
        assert len(set(names)) == len(names)
    assert "Ardennes" in one.text and "268\u202f722 habitants" in one.text
    assert {
        entry.find(f"{ATOM}category").get("term") for entry in Xml.fromstring(one.content).findall(f"{ATOM}entry")
    } == {"soins_non_programmes"}


def test_a_feed_tells_what_appeared_and_what_was_lifted(edition_home: Path, tmp_path: Path) -> None:
    source = current_folder(edition_home)
    changed = (pl.col("level") == "departement") & (pl.col("code") == "08")
    for name, built in (("2024-01-01-one", "2024-01-01T00:00:00Z"), ("2025-01-01-two", "2025-01-01T00:00:00Z")):
        folder = tmp_path / "editions" / name
        shutil.copytree(source, folder, copy_function=os.link)
        manifest = folder / "manifest.json"
        text = re.sub(
            r'"built": "[^"]*"', f'"built": "{built}"', manifest.read_text().replace(source.name, name), count=1
        )
        replaced(manifest, text)
    former = tmp_path / "editions" / "2024-01-01-one" / "tables" / "alerts.parquet"
    alerts = pl.read_parquet(former)
    eased = pl.when(changed & (pl.col("rule") == "ccmu1_eleve")).then(pl.lit("moderate")).otherwise(pl.col("severity"))
    lifted = alerts.filter(changed & (pl.col("rule") == "ccmu1_eleve")).with_columns(rule=pl.lit("urgences_30"))
    past = alerts.filter(~(changed & (pl.col("rule") == "sas_absent"))).with_columns(severity=eased)
    former.unlink()
    pl.concat([past, lifted]).write_parquet(former)
    make_current(tmp_path, "2025-01-01-two")
    (answer,) = answers(Client(create_app(tmp_path)), "/en/territoires/departement:08/alertes.atom")
    root = Xml.fromstring(answer.content)
    told = [
        (entry.findtext(f"{ATOM}updated")[:4], re.search(r"\((\w+)\)$", entry.findtext(f"{ATOM}title"))[1])
        for entry in root.findall(f"{ATOM}entry")
    ]
    assert sorted(told[:3]) == [("2025", "appeared"), ("2025", "lifted"), ("2025", "worsened")]
    assert told[3:] == [("2024", "appeared")] * 2
    assert root.findtext(f"{ATOM}updated").startswith("2025-01-01")
    # An edition that was rolled back has not happened.
    make_current(tmp_path, "2024-01-01-one")
    (answer,) = answers(Client(create_app(tmp_path)), "/en/territoires/departement:08/alertes.atom")
    assert len(Xml.fromstring(answer.content).findall(f"{ATOM}entry")) == 2


@pytest.mark.parametrize("table", ["alerts", "spreads"])
def test_an_edition_of_before_has_its_pages_without_these_sections(
    edition_home: Path, tmp_path: Path, table: str
) -> None:
    import json

    shutil.copytree(current_folder(edition_home), tmp_path / "editions" / "older", copy_function=os.link)
    manifest = tmp_path / "editions" / "older" / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["tables"][table]
    replaced(manifest, json.dumps(content))
    make_current(tmp_path, "older")
    page, feed = answers(
        Client(create_app(tmp_path)), "/territoire/epci/241200187", "/territoires/epci:241200187/alertes.atom"
    )
    assert page.status_code == 200 and feed.status_code == 200
    assert f'class="theme {"worries" if table == "alerts" else "comparables"}"' not in page.text
