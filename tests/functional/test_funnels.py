"""The funnels of the edition: the command, the answer and the page say what the observations give."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from processes import Client, linked, vigie

from vigie.editions.observatory import open_edition
from vigie.indicators.funnel import funnel


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the edition of the test run; nothing is built in it."""
    return linked(edition_home, tmp_path_factory.mktemp("funnels") / "home")


def test_the_command_the_answer_and_the_page_say_the_same(home: Path, site: Client) -> None:
    told = json.loads(vigie("funnel", "densite_mg", "--level", "region", "--json", home=home).out)["funnel"]
    given = site.get("/api/v1/funnel/densite_mg/region").json()
    assert given.pop("edition")
    assert given == told
    page = site.get("/indicateur/densite_mg").text
    kept = [one["name"] for one in site.get("/api/v1/funnel/densite_mg/departement").json()["placed"] if one["kept"]]
    assert kept
    for name in kept:
        assert name.replace("'", "’") in page.replace("&#39;", "’")
    rows = page.partition('id="funnel-title"')[2].partition("</details>")[0]
    assert len(re.findall(r'<th scope="row"><a href="/territoire/departement/', rows)) == 100


def test_a_funnel_is_made_of_the_observations(edition_home: Path, site: Client) -> None:
    with open_edition(edition_home) as observatory:
        observed = [one for one in observatory.select("densite_mg", "departement") if one.denominator]
    counts, totals = ([getattr(one, name) for one in observed] for name in ("numerator", "denominator"))
    expected = funnel(counts, totals, "rate")
    given = site.get("/api/v1/funnel/densite_mg/departement").json()
    assert expected is not None
    assert given["average"] == pytest.approx(100_000 * expected.average)
    assert given["dispersion"] == pytest.approx(expected.dispersion)
    assert given["overdispersed"], "départements differ by far more than chance"
    assert given["outside"] > 5 * given["by_luck"]
    by_code = {one["code"]: one for one in given["placed"]}
    for place, one in enumerate(observed):
        found = by_code[one.code]
        assert found["value"] == pytest.approx(one.value)
        assert found["lowest"] == pytest.approx(100_000 * expected.limits.lowest[place])
        assert found["chance_highest"] == pytest.approx(100_000 * expected.chance.highest[place])
        assert found["kept"] == bool(expected.kept[place])
    scores = np.abs([one["score"] for one in given["placed"]])
    assert (np.diff(scores) <= 0).all(), "the furthest from the average first"


def test_the_command_in_french_and_what_it_cannot_draw(home: Path) -> None:
    said = vigie("funnel", "densite_pharmacies", home=home, lang="fr")
    assert said.code == 0
    assert "Hors des limites du hasard seul" in said.out
    assert "Dispersion" in said.out
    unknown = vigie("funnel", "psmt", "--level", "epci", home=home, lang="fr")
    assert unknown.code == 0
    assert "Données non disponibles" in unknown.out
    assert "vigie import --template psmt_epci" in unknown.out
    measure = vigie("funnel", "apl_mg", home=home, lang="fr")
    assert measure.code != 0
    assert "ni un taux ni une proportion" in " ".join(measure.err.split())


@pytest.mark.parametrize(
    "path", ["densite_mg/commune", "apl_mg/departement", "psmt/epci", "nul/epci", "densite_mg/region?period=1999"]
)
def test_there_is_no_funnel_where_nothing_can_be_said(site: Client, path: str) -> None:
    assert site.get(f"/api/v1/funnel/{path}").status_code == 404


def test_a_definition_is_told_whole(home: Path, site: Client) -> None:
    said = " ".join(vigie("indicators", "assistants_medicaux", home=home, lang="fr").out.split())
    for words in ("Numérateur", "Dénominateur", "Périodicité", "Source", "Limites", "non un résultat"):
        assert words in said
    given = site.get("/api/v1/indicators/assistants_medicaux").json()
    assert given["denominator"]["fr"].startswith("Pas de dénominateur")
    assert given["source"]["en"].startswith("Assurance maladie, data.ameli.fr")


def test_a_territorys_page_tells_the_rest_of_its_story_beside_its_access(site: Client) -> None:
    page = site.get("/territoire/departement/23").text
    lines = page.partition('<dl class="brief">')[2].partition("</dl>")[0]
    for words in ("1\u00a0alerte", "Beaucoup d’adultes sans médecin traitant", "15,0\u202f% des adultes n’en ont pas",
                  "pas de changement significatif", "20 territoires de même structure", "aucun des dix"):  # fmt: skip
        assert words in lines, words
    for anchor in re.findall(r'href="#([\w-]+)"', lines):
        assert f'id="{anchor}"' in page
    assert page.count('class="period trend-word"') > 3


def test_a_target_measured_at_a_territory_is_shown_with_the_numbers_of_its_verdict(site: Client) -> None:
    page = site.get("/territoire/france/FR").text
    told = page.partition("d’où vient chaque verdict")[2].partition("</dl>")[0]
    assert "De 5,6\u202f% (2022) à 4,2\u202f% (30\u00a0juin 2025)" in told
    assert "Cible\u202f: 4\u202f000 en 2027" in told, "the other targets too"


def test_the_story_tells_adults_without_a_medecin_traitant(home: Path) -> None:
    told = " ".join(vigie("show", "departement:23", "--short", home=home, lang="fr").out.replace("\u202f", " ").split())
    assert "15,0 % des adultes n’ont pas de médecin traitant." in told
    assert "en France, 12,2 %" in told
