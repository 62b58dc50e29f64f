"""`vigie alerts` and `vigie neighbours` as people run them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from processes import linked, served, vigie


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked(edition_home, tmp_path_factory.mktemp("alerts") / "home")


def test_a_territory_tells_its_alerts_and_the_words_of_the_cour(home: Path) -> None:
    said = vigie("alerts", "commune:23067", home=home, lang="fr")
    text = " ".join(said.out.split())
    assert said.code == 0
    assert "Sous-densité en médecins généralistes" in text and "APL médecins généralistes : 1,73 (2023)" in text
    assert "À chaque mesure depuis 2021, la première de cette série (3 mesures)" in text and "Seuil officiel" in text
    assert "un premier degré où l'équilibre entre la demande et l'offre de soins" in text
    assert "La Cour ne chiffre pas la limite" in text


def test_no_alert_is_told_with_what_was_checked_and_what_could_not_be(home: Path) -> None:
    said = vigie("alerts", "epci:241200187", home=home)
    assert said.code == 0
    assert re.search(r"No alert out of \d+ rules measurable here", said.out)
    assert "Not measurable here for lack of data: " in said.out and "many adults without a médecin traitant" in said.out
    nothing = vigie("alerts", "departement:976", home=home)
    assert "Data not available" in nothing.out


def test_alerts_as_json_carry_their_threshold_and_its_source(home: Path) -> None:
    found = json.loads(vigie("alerts", "departement:08", "--json", home=home).raw)
    one = next(alert for alert in found["alerts"] if alert["rule"] == "ccmu1_eleve")
    assert one["measure"] == 24 and one["reference"] == 15 and one["reference_period"] == "2021"
    assert one["threshold_status"] == "ours" and one["people"] == 268_722 and one["severity"] == "high"
    assert "psmt_eleve" in found["not_measurable"] and found["answer"]["degree"] == "equilibre"
    only = json.loads(vigie("alerts", "departement:08", "--volet", "geographie", "--json", home=home).raw)
    assert only["alerts"] == []


def test_france_tells_how_many_people_live_under_alerts(home: Path) -> None:
    said = vigie("alerts", home=home, lang="fr")
    assert "Rural à habitat très dispersé" in said.out and "habitants sous alerte" in said.out
    assert "5 / 5" in said.out  # the départements known to have no SAS, of those measured
    found = json.loads(vigie("alerts", "--json", home=home).raw)
    assert {row["level"] for row in found["counts"]} == {"commune", "epci", "bassin_de_vie", "departement"}


def test_a_level_lists_its_alerts(home: Path) -> None:
    said = vigie("alerts", "--level", "departement", home=home)
    assert "Paris (75)" in said.out and "alerts in" in said.out
    found = json.loads(vigie("alerts", "--level", "epci", "--json", home=home).raw)["alerts"]
    assert len(found) > 100 and {one["level"] for one in found} == {"epci"}
    severities = [one["severity"] for one in found]
    assert severities == sorted(severities)  # high before moderate


def test_what_changed_since_an_edition(home: Path) -> None:
    before = served(home)
    older = home / "editions" / "2020-01-01-older"
    shutil.copytree(home / "editions" / before, older)
    try:
        manifest = older / "manifest.json"
        text = manifest.read_text().replace(before, older.name)
        manifest.unlink()  # it may be linked to the one of the edition served
        manifest.write_text(text)
        table = older / "tables" / "alerts.parquet"
        alerts = pl.read_parquet(table)
        table.unlink()
        alerts.filter(~((pl.col("code") == "08") & (pl.col("rule") == "sas_absent"))).write_parquet(table)
        said = vigie("alerts", "--since", "2020-01-01", home=home)
        assert "departement:08" in said.out and "appeared" in said.out
        found = json.loads(vigie("alerts", "--since", "2020-01-01", "--json", home=home).raw)
        assert [(row["code"], row["change"]) for row in found["changes"]] == [("08", "appeared")]
        same = vigie("alerts", "--since", before, home=home)
        assert "No alert appeared nor lifted" in same.out
        table.unlink()
        vigie("alerts", "--since", "2020-01-01", home=home).refused("has no alerts", code=6)
    finally:
        shutil.rmtree(older)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("alerts", "Nulle-Part-sur-Rien"), ("no territory",), 4),
        (("alerts", "--level", "epcii"), ("unknown level", "epcii"), 4),
        (("alerts", "--volet", "autre"), ("autre", "geographie"), 2),
        (("alerts", "Rodez", "--level", "epci"), ("not both",), 2),
        (("alerts", "--since", "1999"), ("1999",), 4),
        (("neighbours",), ("TERRITORY",), 2),
        (("neighbours", "12202", "--indicator", "nul"), ("nul",), 4),
    ],
)
def test_what_cannot_be_answered_is_told(
    home: Path, arguments: tuple[str, ...], words: tuple[str, ...], code: int
) -> None:
    vigie(*arguments, home=home).refused(*words, code=code)


def test_neighbours_with_their_structure_and_distributions(home: Path) -> None:
    said = vigie("neighbours", "epci:241200187", home=home, lang="fr")
    assert said.code == 0
    assert "Bassin d'Aurillac (0,23)" in said.out and "Personnes de 75 ans ou plus" in said.out
    assert "médiane" in said.out and "●" in said.out and "Ce n'est pas un rang" in said.out
    assert "ils n'en disent rien" in said.out  # of the time to emergencies, which chooses them
    found = json.loads(vigie("neighbours", "epci:241200187", "--indicator", "apl_mg", "--json", home=home).raw)
    assert len(found["neighbours"]) == 20 and [one["rank"] for one in found["neighbours"]] == list(range(1, 21))
    assert found["neighbours"][0]["distance"] <= found["neighbours"][-1]["distance"]
    assert found["distributions"][0]["groups"][0]["id"] == "neighbours"
    assert {one["variable"] for one in found["structure"]} >= {"taille", "age", "desavantage", "hopital"}


@pytest.mark.parametrize(
    ("territory", "word"),
    [("commune:75101", "arrondissement"), ("commune:23067", "2,000"), ("region:84", "this level")],
)
def test_without_neighbours_it_says_why(home: Path, territory: str, word: str) -> None:
    said = vigie("neighbours", territory, home=home)
    assert said.code == 0 and word in said.out


def test_the_gap_between_best_and_worst_served(home: Path) -> None:
    said = vigie("gaps", home=home, lang="fr")
    assert "APL médecins généralistes" in said.out and "4,8 (2022-09-30) points" in said.out
    found = json.loads(vigie("gaps", "apl_mg", "--json", home=home).raw)["gaps"]
    assert {row["level"] for row in found} == {"epci", "bassin_de_vie", "departement"}
    assert {row["period"] for row in found} == {"2021", "2022", "2023"}
    assert all(row["worst"] < row["mean"] < row["best"] for row in found)
    assert "does not say who is better served" in vigie("gaps", "population", home=home).out
    vigie("gaps", "nul", home=home).refused("nul", code=4)
