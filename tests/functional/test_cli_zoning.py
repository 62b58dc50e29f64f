"""`vigie zone` as people run it, and the addresses of zoning."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from processes import Client, linked, vigie
from pypdfium2 import PdfDocument

from vigie.site.app import create_app


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked(edition_home, tmp_path_factory.mktemp("zoning") / "home")


OWN = """id = "mienne"
title = { fr = "Moins de 2 consultations", en = "Under 2 consultations" }
profession = "mg"
status = "ours"
text = { fr = "Sous 2.", en = "Under 2." }
source = { fr = "Nous", en = "Us" }
mesh = "epci"
indicator = "apl_mg"
classes = [{ id = "dans", title = { fr = "dans", en = "in" }, role = "priority", at_most = 2.0 },
           { id = "hors", title = { fr = "hors", en = "out" }, role = "none" }]
"""


def test_the_rules_are_listed_with_what_is_at_hand(home: Path) -> None:
    said = vigie("zone", home=home, lang="fr")
    assert said.code == 0 and "medecins_2017" in said.out and "en vigueur, non vérifiée" in said.out
    found = {one["id"]: one for one in json.loads(vigie("zone", "--json", home=home).raw)["rules"]}
    assert found["medecins_2021"]["periods_at_hand"] == ["2021"]
    assert found["infirmiers_2020"]["periods_at_hand"] == ["2021", "2022", "2023"]
    assert found["orthophonistes_2018"]["periods_at_hand"] == []


def test_a_rule_applied_tells_its_classes_selectivity_and_borderline_zones(home: Path) -> None:
    said = vigie("zone", "medecins_2017", home=home, lang="fr")
    text = " ".join(said.out.replace("\u202f", " ").split())
    assert said.code == 0 and "Arrêté du 13 novembre 2017" in text
    assert "zone d'intervention prioritaire (ZIP) 489 9 335 9 132 346 13,6 %" in text
    assert "206 bassins de plus de 50 000 habitants (39 325 018 habitants, 58 % de la population)" in text
    assert "sans difficulté avérée" in text and "zones limites sur 1 752" in text
    english = vigie("zone", "medecins_2017", home=home, lang="en")
    assert "borderline zones of 1,752" in english.out and "Selectivity" in english.out


def test_a_territory_tells_why_it_has_its_class(home: Path) -> None:
    said = vigie("zone", "medecins_2021", "--territory", "Espalion", home=home, lang="fr")
    text = " ".join(said.out.replace("\u202f", " ").replace("\u00a0", " ").split())
    assert said.code == 0 and "zone d'action complémentaire (ZAC)" in text and "16 des 18 variantes" in text
    assert "équivalent temps plein de plus" in text
    row = json.loads(vigie("zone", "medecins_2021", "--territory", "12096", "--json", home=home).raw)["zones"][0]
    assert row["class"] == "zac" and row["borderline"] and len(row["why"]) >= 4
    everything = vigie("zone", "--territory", "epci:241200187", home=home)
    assert everything.code == 0 and "Rodez" in everything.out and "data not available" in everything.out


def test_a_rule_of_ones_own_is_applied_compared_and_written(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "mienne.toml"
    own.write_text(OWN, encoding="utf-8")
    found = json.loads(vigie("zone", "--rule-file", str(own), "--json", home=home).raw)
    assert found["mesh"] == "epci" and found["period"] == "2023"
    assert {row["class"] for row in found["zones"]} == {"dans", "hors", None}
    inside = json.loads(
        vigie("zone", "--rule-file", str(own), "--territory", "epci:241200187", "--json", home=home).raw
    )
    assert [row["zone"] for row in inside["zones"]] == ["241200187"]
    compared = json.loads(vigie("zone", "--rule-file", str(own), "--compare", "selectif_apl", "--json", home=home).raw)
    assert compared["before"]["rule"] == "mienne" and compared["after"]["rule"] == "selectif_apl"
    written = tmp_path / "zones.csv"
    assert vigie("zone", "--rule-file", str(own), "--output", str(written), home=home).code == 0
    assert len(list(csv.DictReader(written.open(encoding="utf-8")))) == len(found["zones"])


def test_zones_are_written_with_their_outlines(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "zones.geojson"
    assert vigie("zone", "medecins_2017", "--output", str(path), home=home).code == 0
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    rodez = next(one for one in features if one["id"] == "12202")
    assert rodez["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert rodez["properties"]["class"] == "vivier" and rodez["properties"]["class_title"].startswith("pool")
    vigie("zone", "medecins_2017", "--output", str(tmp_path / "z.pdf"), home=home).refused(".csv", ".geojson", code=4)


def test_the_list_of_an_ars_is_compared_at_once(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "ars.csv"
    path.write_text("code;classe\n12202;ZIP\n12096;Zone d'action complémentaire\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("Zone d'action complémentaire", "zac"), encoding="utf-8")
    said = vigie("zone", "medecins_2021", "--compare-list", str(path), "--json", home=home)
    changed = {row["code"]: row for row in json.loads(said.raw)["communes"]}
    assert (changed["12202"]["before"], changed["12202"]["after"], changed["12202"]["change"]) == (
        "zac",
        "zip",
        "gains",
    )
    assert "12096" not in changed  # the same class in both
    path.write_text("code;classe\n12202;peut-être\n", encoding="utf-8")
    vigie("zone", "medecins_2021", "--compare-list", str(path), home=home, lang="fr").refused(
        "ars.csv", "peut-être", "zip, zac, hors", code=3
    )
    path.write_text("code;classe\n99999;ZIP\n", encoding="utf-8")
    vigie("zone", "medecins_2021", "--compare-list", str(path), home=home, lang="fr").refused("99999", code=3)


def test_the_margin_is_used_within_its_ceiling(home: Path) -> None:
    found = json.loads(vigie("zone", "medecins_2017", "--choose", "marge", "--json", home=home).raw)
    moved = [row for row in found["zones"] if row["class"] == "zac"]
    assert moved and all(row["ruled"] == "hors_vivier" for row in moved)
    by_region = {row["territory"]: row for row in found["summary"] if row["class"] == "vivier"}
    for region in {row["region"] for row in moved}:
        taken = sum(row["population"] for row in moved if row["region"] == region)
        assert taken <= 0.0501 * by_region[region]["population"] * 1.05  # zones over two régions count in one
    vigie("zone", "medecins_2017", "--choose", "zip", home=home, lang="fr").refused("--ceiling", code=3)
    vigie("zone", "medecins_2017", "--choose", "marge=44109", home=home, lang="fr").refused("plafond", code=3)


def test_the_dossier_says_the_same_in_markdown_html_and_pdf(home: Path, tmp_path: Path) -> None:
    said = vigie("zone", "medecins_2021", "--territory", "12096", "--dossier", "--output", str(tmp_path), home=home,
                 lang="fr")  # fmt: skip
    assert said.code == 0
    name = "zonage-medecins_2021-commune-12096"
    text = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
    for part in ("## Les faits", "## La règle", "## Les raisons", "## La sensibilité", "## Les zones voisines",
                 "## Les autres règles", "## Les sources"):  # fmt: skip
        assert part in text
    assert text.count("| Espalion (12096) |") >= 3 and "vigie zone medecins_2021 --territory commune:12096" in text

    class Tables(HTMLParser):
        captions = 0

        def handle_starttag(self, tag: str, _: object) -> None:
            self.captions += tag == "caption"

    page = Tables()
    page.feed((tmp_path / f"{name}.html").read_text(encoding="utf-8"))
    assert page.captions == text.count("\n| --- |")
    printed = "".join(page.get_textpage().get_text_bounded() for page in PdfDocument(tmp_path / f"{name}.pdf"))
    for part in ("Les faits", "Les zones voisines", "Les quartiers prioritaires", "Les sources", "Espalion (12096)"):
        assert part in printed


def test_shares_of_regions_are_used_as_soon_as_they_are_kept(home: Path, tmp_path: Path) -> None:
    own = linked(home, tmp_path / "home")
    vigie("zone", "medecins_2021_regions", home=own, lang="fr").refused("--keep-regions", code=4)
    table = tmp_path / "parts.csv"
    table.write_text("region;zip;zac\n76;28,5;40\n", encoding="utf-8")
    kept = vigie("zone", "medecins_2021_regions", "--keep-regions", table, home=own, lang="fr")
    assert kept.code == 0 and "zip (1 région)" in kept.out
    found = json.loads(vigie("zone", "medecins_2021_regions", "--json", home=own).raw)
    inside = {row["region"] for row in found["zones"] if row["class"] is not None}
    held = {row["class"]: row["population_share"] for row in found["summary"] if row["territory"] == "76"}
    assert inside == {"76"} and 27 < held["zip"] <= 28.5
    said = vigie("zone", "medecins_2021_regions", "--territory", "Espalion", home=own, lang="fr")
    assert "de la population de la région" in said.out and "Occitanie" in said.out
    compared = vigie("zone", "medecins_2021_regions", "--compare", "medecins_2021", home=own, lang="fr")
    assert compared.code == 0 and "perd" in compared.out
    table.write_text("region;zip;zac\n76;60;50\n", encoding="utf-8")
    vigie("zone", "medecins_2021_regions", "--keep-regions", table, home=own, lang="fr").refused("100", code=3)
    # The ceilings of a choice: no need to state one any more.
    table.write_text("region;zip\n76;10\n", encoding="utf-8")
    assert vigie("zone", "medecins_2017", "--keep-regions", table, home=own).code == 0
    moved = json.loads(vigie("zone", "medecins_2017", "--choose", "zip", "--json", home=own).raw)["zones"]
    changed = [row for row in moved if row["class"] != row["ruled"]]
    assert {row["region"] for row in changed} == {"76"}
    assert sum(row["population"] for row in changed) <= 0.1 * sum(row["population"] for row in moved
                                                                  if row["region"] == "76")  # fmt: skip


def test_priority_neighbourhoods_are_told_as_soon_as_their_list_is_kept(home: Path, tmp_path: Path) -> None:
    own = linked(home, tmp_path / "home")
    assert "--keep-neighbourhoods" in vigie("zone", "medecins_2017", "--territory", "01053", home=own).out
    listed = tmp_path / "qpv.csv"
    listed.write_text("codeqpv;libqpv;listedepcom;popmuniqpv\nQN00101M;Grande Reyssouze;1053;5000\n", encoding="utf-8")
    kept = vigie("zone", "--keep-neighbourhoods", listed, home=own, lang="fr")
    assert kept.code == 0 and "1 quartier prioritaire, avec leur population" in kept.out and "medecins_2017" in kept.out
    said = vigie("zone", "medecins_2017", "--territory", "01053", home=own, lang="fr").out
    assert "Grande Reyssouze (QN00101M" in said and "12,0" in said and "peut être classé seul" in said
    found = json.loads(vigie("zone", "medecins_2017", "--territory", "01053", "--json", home=own).raw)
    assert found["neighbourhoods"][0]["alone"] == "zip" and found["neighbourhoods"][0]["class"] == "vivier"
    listed.write_text("codeqpv;libqpv;listedepcom\nQN00101M;x;99999\n", encoding="utf-8")
    vigie("zone", "--keep-neighbourhoods", listed, home=own, lang="fr").refused("qpv.csv", "99999", code=3)


def test_what_cannot_be_done_is_told(home: Path, tmp_path: Path) -> None:
    vigie("zone", "orthophonistes_2018", home=home, lang="fr").refused("Données non disponibles", code=4)
    vigie("zone", "medecins_2017", "--dossier", home=home, lang="fr").refused("dossier", code=2)
    vigie("zone", "medecins_2017", "--territory", "departement:12", "--dossier", home=home, lang="fr").refused(
        "12 au plus", code=3
    )
    own = tmp_path / "mienne.toml"
    own.write_text(OWN.replace('mesh = "epci"', 'mesh = "iris"'), encoding="utf-8")
    vigie("zone", "--rule-file", str(own), home=home, lang="fr").refused("maille inconnue", "iris", code=4)
    own.write_text(OWN.replace("apl_mg", "apl_gm"), encoding="utf-8")
    vigie("zone", "--rule-file", str(own), home=home, lang="fr").refused("mienne.toml", "apl_gm", code=3)


def test_the_api_answers_about_zones(home: Path) -> None:
    client = Client(create_app(home))

    def ask(address: str) -> tuple[int, dict]:  # type: ignore[type-arg]
        answer = client.get(address)
        return answer.status_code, answer.json()

    status, found = ask("/api/v1/zones/medecins_2021/zones?departement=12&borderline=true&lang=en")
    assert status == 200 and found["total"] >= 1 and all(row["departement"] == "12" for row in found["zones"])
    assert "It is a borderline zone." in " ".join(found["zones"][0]["why"])
    status, found = ask("/api/v1/zones/orthophonistes_2018")
    assert status == 200 and found["summary"] == [] and "Données non disponibles" in found["rule"]["missing"]["fr"]
    assert ask("/api/v1/zones/orthophonistes_2018/zones")[0] == 404
    assert ask("/api/v1/zones/rien")[0] == 404
    assert ask("/api/v1/zones/medecins_2021/zones?clas=zip")[0] == 422
    status, found = ask("/api/v1/territories/commune/12202/zones")
    assert status == 200
    rows = {one["rule"]: one["classes"] for one in found["rules"]}
    assert rows["medecins_2021"][0]["class"] == "zac" and rows["orthophonistes_2018"] == []
