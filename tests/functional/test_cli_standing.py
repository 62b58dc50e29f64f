"""followup, targets and the standing in show, as processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import linked, vigie

HEADER = "niveau;code;indicateur;nature;valeur;echeance;depuis;porteur;texte"
ROW = "epci;241200187;apl_mg;niveau;4,5;2027;2023;Rodez Agglomération;Contrat local de santé"


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the edition of the test run; nothing is built in it."""
    return linked(edition_home, tmp_path_factory.mktemp("standing") / "home")


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_follow_up_in_french(home: Path) -> None:
    said = vigie("followup", home=home, lang="fr")
    assert said.code == 0
    told = plain(said.out)
    for words in (
        "Les dix engagements collectifs",
        "4,2 % (30 juin 2025)",
        "en bonne voie",
        "s'éloigne",
        "autre source [4] : 5,4 % (2022) → 3,8 % (décembre 2024)",
        "≈ 9 500 (1er janvier 2026)",
        "l'échéance est passée, il manque 500",
        "non mesurable",
        "données non disponibles",
        "vigie fetch ameli_optam",
        "baisse significative sur 5 points (dégradation)",
        "Suède",
        "12,2 % (30 septembre 2022) 9,6 % (2019) +2,6 pt",
        "[1] ",
        "moins bien servis",
        "Adultes sans médecin traitant",
        "bénéficiaires de la C2S 16,4 %, autres 11,6 %, écart 4,8 points",
    ):
        assert words in told, words


def test_the_follow_up_in_english(home: Path) -> None:
    told = plain(vigie("followup", home=home).out)
    for words in ("The ten collective commitments", "moving away", "not measurable", "met in March 2030", "4.2%"):
        assert words in told, words
    assert "engagement" not in told.split("Sources")[0].replace("engagements", "")


def test_the_follow_up_as_json_can_be_traced(home: Path) -> None:
    found = json.loads(vigie("followup", "--json", home=home).out)
    first = found["commitments"][0]["standing"]
    assert (first["target"], first["verdict"], first["rule"]) == ("ald_sans_mt", "on_course", "level")
    assert set(first["snapshots"]) <= set(found["sources"])
    assert found["year"] is None
    unequal = found["inequality"][0]
    assert (unequal["indicator"], unequal["level"]) == ("apl_mg", "departement")
    assert {*unequal["snapshots"], *found["social_gap"][0]["snapshots"]} <= set(found["sources"])
    assert unequal["series"][-1]["ratio"] == pytest.approx(2.02, abs=0.005)


def test_the_follow_up_of_a_year(home: Path) -> None:
    told = plain(vigie("followup", "--year", "2024", home=home, lang="fr").out)
    assert "tel que connu fin 2024" in told
    assert "2025" not in told.split("Les dix engagements")[1].split("Autres cibles")[0].replace("en 2025", "")
    vigie("followup", "--year", "2001", home=home, lang="fr").refused("aucun chiffre national", code=4)
    vigie("followup", "--year", "hier", home=home, lang="fr").refused("--year", code=2)


def test_a_follow_up_without_an_edition_says_what_to_do(tmp_path: Path) -> None:
    vigie("followup", home=tmp_path / "empty", lang="fr").refused("vigie build", code=6)


def test_show_tells_trends_and_targets(home: Path) -> None:
    told = plain(vigie("show", "departement:08", home=home, lang="fr").out)
    for words in (
        "tendance",
        "≈ baisse",
        "Cibles mesurées ici",
        "une seule mesure",
        "vigie import --template psmt_epci",
    ):
        assert words in told, words
    found = json.loads(vigie("show", "departement:08", "--json", home=home).out)
    assert {one["indicator"] for one in found["trends"]} >= {"apl_mg", "apl_mg_champ_constant"}
    assert [one["target"] for one in found["targets"]] == ["couverture_sas"]
    one = json.loads(vigie("show", "departement:08", "--indicator", "apl_mg", "--json", home=home).out)
    assert [trend["indicator"] for trend in one["trends"]] == ["apl_mg"]
    assert one["targets"] == []


def test_targets_are_listed_with_what_they_were(home: Path) -> None:
    told = plain(vigie("targets", home=home, lang="fr").out)
    for words in ("assistants_medicaux", "10 000 en 2025", "4 000 (2022)", "+5 % par an", "à définir"):
        assert words in told, words
    assert len(json.loads(vigie("targets", "--json", home=home).out)) == 16


def test_local_targets_are_checked_then_kept(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "rodez.csv"
    file.write_text(f"{HEADER}\n{ROW.replace('apl_mg', 'apl_gm')}\n", encoding="utf-8")
    vigie("targets", "--add", file, home=home, lang="fr").refused("rodez.csv", "ligne 2", "apl_gm", "apl_mg", code=3)
    file.write_text(f"{HEADER}\n{ROW.replace('241200187', '241200188')}\n", encoding="utf-8")
    vigie("targets", "--add", file, home=home, lang="fr").refused("epci:241200188", "n'existe pas", code=3)
    assert not (home / "targets").exists()
    file.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    said = vigie("targets", "--add", file, home=home, lang="fr")
    assert "Cibles locales gardées : 1" in plain(said.out)
    assert (home / "targets" / "rodez.csv").is_file()
    assert "apl_mg@epci:241200187" in vigie("targets", home=home, lang="fr").out
    vigie("targets", "--add", tmp_path / "nowhere.csv", home=home, lang="fr").refused("introuvable", code=3)
