"""The pages of zoning: a rule applied, changed and compared, without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

from processes import Client, linked, vigie

from vigie.site import create_app


def legend(text: str) -> dict[str, tuple[int, int]]:
    """The zones and people of each class, from the legend of a page."""
    rows = re.findall(
        r'<tr data-class="(\w*)">.*?data-of="zones">([^<]*)<.*?data-of="people">([^<]*)<', text, re.DOTALL
    )
    return {name: (_number(zones), _number(people)) for name, zones, people in rows}


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_a_rule_is_applied_and_told_with_its_zones(site: Client) -> None:
    page = site.get("/zonage").text
    found = legend(page)
    assert set(found) == {"zip", "zac", "hors", ""}
    total = sum(people for _, people in found.values())
    assert 29 <= 100 * found["zip"][1] / total <= 30 and sum(zones for zones, _ in found.values()) == 1_752
    assert "Arrêté du 1er octobre 2021" in page and "En zone prioritaire" in page
    assert page.count('data-value="') > 200  # the table beside the map
    english = site.get("/en/zonage").text
    assert legend(english) == found and "In a priority zone" in english


def test_other_thresholds_change_who_is_in_and_stay_in_the_address(site: Client) -> None:
    usual, other = (legend(site.get(f"/zonage?regle=medecins_2017{more}").text) for more in ("", "&seuil_zip=3"))
    assert other["zip"][0] > usual["zip"][0] and other["hors_vivier"] == usual["hors_vivier"]
    page = site.get("/zonage?regle=medecins_2017&seuil_zip=3").text
    assert "seuils modifiés" in page and "Par rapport à la règle" in page and 'value="3"' in page
    assert "seuil_zip=3" in re.findall(r'<tbody><tr><th scope="row"><a href="([^"]*)"', page)[0]
    # A form sends every number: those of the rule change nothing.
    same = site.get("/zonage?regle=medecins_2017&seuil_zip=2.5&seuil_vivier=4,0").text
    assert "seuils modifiés" not in same and legend(same) == usual


def test_numbers_that_do_not_hold_are_refused_with_the_rule_as_it_is(site: Client) -> None:
    page = site.get("/zonage?regle=medecins_2017&seuil_zip=5").text
    assert "Ces seuils ne se suivent pas" in page and 'value="2.5"' in page
    assert "Ces parts dépassent ensemble 100" in site.get("/zonage?regle=medecins_2021&part_zip=70").text
    assert site.get("/zonage?regle=medecins_2017&seuil_zip=beaucoup").status_code == 404
    assert site.get("/zonage?regle=aucune").status_code == 404


def test_a_zone_says_why_it_has_its_class(site: Client) -> None:
    page = site.get("/zonage?zone=12145").text
    card = re.search(r'<section class="atlas-card zone-card".*?</section>', page, re.DOTALL)
    assert card and "Millau" in card[0] and "Le seuil le plus proche" in card[0] and "hidden>" not in card[0]
    why = site.get("/zonage/motifs/medecins_2021/2021.json?zone=12145").json()
    assert why["name"] == "Millau" and len(why["sentences"]) >= 3 and why["href"] == "/territoire/bassin_de_vie/12145"
    assert site.get("/zonage/motifs/medecins_2021/2021.json?zone=99999").status_code == 404


def test_a_rule_without_data_says_what_is_missing(site: Client) -> None:
    page = site.get("/zonage?regle=orthophonistes_2018").text
    assert "Données non disponibles" in page
    assert "Règles sans données" in site.get("/zonage").text


def test_the_map_is_drawn_by_the_server_in_both_themes(site: Client) -> None:
    light, dark = (site.get(f"/zonage/image/medecins_2021/2021.svg{more}").text for more in ("", "?theme=sombre"))
    assert light.startswith("<svg") and light.count("<path fill=") == 4 and dark != light
    assert site.get("/zonage/image/medecins_2021/1999.svg").status_code == 404
    crossed = site.get("/zonage/comparer/image/medecins_2017/medecins_2021.svg").text
    assert crossed.count("<path fill=") == 4


def test_two_rules_count_winners_and_losers(site: Client) -> None:
    page = site.get("/zonage/comparer?avant=medecins_2017&apres=medecins_2021").text
    asked = site.get("/api/v1/zones/compare?before=medecins_2017&after=medecins_2021").json()
    counts = {name: sum(one["population"] for one in asked["changes"] if one["change"] == name)
              for name in ("gains", "loses", "same")}  # fmt: skip
    rows = re.findall(r'aria-hidden="true"></span> (Gagne|Perd|Inchangé)</th><td class="num">[^<]*</td>'
                      r'<td class="num">([^<]*)</td>', page)  # fmt: skip
    told = {{"Gagne": "gains", "Perd": "loses", "Inchangé": "same"}[name]: _number(text) for name, text in rows}
    assert told == counts and counts["gains"] > 0 and counts["loses"] > 0
    lot = site.get("/zonage/comparer?avant=medecins_2017&apres=medecins_2021&dans=46").text
    assert "Communes qui changent" in lot and "Lot" in lot
    assert site.get("/zonage/comparer?avant=aucune").status_code == 404


def test_a_territory_tells_its_classes(site: Client) -> None:
    commune, departement = (site.get(f"/territoire/{key}").text for key in ("commune/12202", "departement/23"))
    for page in (commune, departement):
        assert '<section class="theme zonings"' in page and "Médecins, parts de 2021 (2021)" in page
    assert "Zone « Rodez »" in commune.replace("\u202f", " ") and "% des habitants" in departement
    assert "/zonage?regle=medecins_2021&amp;periode=2021&amp;zone=12202#zone" in commune


def test_what_the_rule_leaves_to_the_ars_is_chosen_on_its_page(site: Client) -> None:
    usual = legend(site.get("/zonage?regle=medecins_2017").text)
    assert "zac" not in usual  # a class that only a choice fills
    margin = site.get("/zonage?regle=medecins_2017&choix=marge&critere=need").text
    told = legend(margin)
    assert told["zac"][0] > 0 and told["hors_vivier"][0] == usual["hors_vivier"][0] - told["zac"][0]
    assert "avec un choix de l’ARS" in margin and "zones déplacées" in margin and 'data-island="zones"' not in margin
    [image] = set(re.findall(r'src="(/zonage/image/[^"]*)"', margin))
    assert "choix=marge" in image and site.get(image.replace("&amp;", "&")).text.startswith("<svg")
    by_hand = site.get("/zonage?regle=medecins_2017&choix=zip&critere=main&zones=12202&plafond=10").text
    assert legend(by_hand)["zip"][0] == usual["zip"][0] + 1
    without = site.get("/zonage?regle=medecins_2017&choix=zip").text
    assert legend(without) == usual and 'role="alert"' in without and "plafond" in without
    stranger = site.get("/zonage?regle=medecins_2017&choix=zip&critere=main&zones=99999&plafond=10").text
    assert legend(stranger) == usual and "zone inconnue" in stranger
    assert site.get("/zonage?regle=medecins_2017&choix=zip&plafond=beaucoup").status_code == 404


def test_the_whole_picture_is_told_by_region_and_by_year(site: Client) -> None:
    page = site.get("/zonage?regle=medecins_2017").text
    section = page.partition('id="ensemble"')[2].partition("</section>")[0]
    assert len(set(re.findall(r"/territoire/region/(\d+)", section))) == 17  # all but Mayotte, which has no APL
    plain = re.sub(r"\s", " ", section)
    assert "en difficulté" in plain.lower() and "Cour des comptes, 2024" in section
    assert "vigie import --template practitioners" in section  # one year only is at hand


def test_dense_zones_are_shown_with_the_under_dense_ones_within_an_hour(site: Client) -> None:
    page = site.get("/zonage/couples").text
    assert "/zonage/couples?regle=cour_2024&amp;dense=44109" in page and "n’en ont aucune" in page
    told = site.get("/api/v1/zones/cour_2024/pairs?dense=44109").json()["pairs"]
    around = site.get("/zonage/couples?regle=cour_2024&dense=44109").text
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', around, re.DOTALL)
    assert len(rows) == len(told) > 1 and "Autour de Nantes" in around
    [minutes] = re.findall(r"Vallons-de-l’Erdre</a></td><td class=\"num\" data-value=\"([\d.]+)", around)
    assert 40 < float(minutes) < 60  # the Cour tells 53
    lot = site.get("/zonage/couples?regle=cour_2024&dans=44").text
    assert "Loire-Atlantique</h2>" in lot and "Nantes" in lot
    assert "Around Nantes" in site.get("/en/zonage/couples?regle=cour_2024&dense=44109").text
    assert "Aucun couple ici" in site.get("/zonage/couples?regle=cour_2024&dense=99999").text
    file = site.get("/zonage/couples/cour_2024.csv")
    assert file.headers["content-type"].startswith("text/csv") and len(file.text.splitlines()) > len(told)
    assert file.text.startswith("zone_dense,nom_dense,")
    assert "/zonage/couples?regle=cour_2024" in site.get("/zonage?regle=cour_2024").text
    for address in ("/zonage/couples?regle=medecins_2017", "/zonage/couples/medecins_2017.csv"):
        assert site.get(address).status_code == 404
    assert "/zonage/couples?" not in site.get("/zonage?regle=medecins_2017").text


def test_what_is_brought_for_a_rule_is_on_its_page_at_once(edition_home: Path, tmp_path: Path) -> None:
    home = linked(edition_home, tmp_path / "home")
    site = Client(create_app(home))
    before = site.get("/zonage?regle=medecins_2017").text
    assert "--keep-neighbourhoods" in before and "Règles sans données" in before
    assert "Données non disponibles" in site.get("/zonage?regle=medecins_2021_regions").text
    table, listed = tmp_path / "parts.csv", tmp_path / "qpv.csv"
    table.write_text("region;zip;zac\n76;28,5;40\n", encoding="utf-8")
    listed.write_text("codeqpv;libqpv;listedepcom;popmuniqpv\nQN00101M;Grande Reyssouze;1053;5000\n", encoding="utf-8")
    assert vigie("zone", "medecins_2021_regions", "--keep-regions", table, home=home).code == 0
    assert vigie("zone", "--keep-neighbourhoods", listed, home=home).code == 0
    page = site.get("/zonage?regle=medecins_2021_regions").text
    found = legend(page)
    assert found["zip"][1] > 0 and found[""][0] > found["zip"][0] + found["zac"][0]
    assert "Occitanie" in page and 'name="part_zip"' not in page and 'data-island="zones"' not in page
    own = site.get("/zonage?regle=medecins_2017&dans=01").text
    assert "Grande Reyssouze" in own and "/zonage/quartiers/medecins_2017/2021.csv" in own
    assert "QN00101M" in site.get("/zonage/quartiers/medecins_2017/2021.csv").text
    assert site.get("/zonage/quartiers/cour_2024/2021.csv").status_code == 404


def test_a_list_of_an_ars_is_compared_as_soon_as_it_is_kept(edition_home: Path, tmp_path: Path) -> None:
    home = linked(edition_home, tmp_path / "home")
    site = Client(create_app(home))
    assert "--keep-list" in site.get("/zonage/comparer").text
    assert site.get("/zonage/comparer?avant=medecins_2021&apres=liste_mon_ars").status_code == 404
    file = tmp_path / "Mon ARS.csv"
    file.write_text("code;classe\n12202;ZIP\n12145;ZIP\n", encoding="utf-8")
    kept = vigie("zone", "medecins_2021", "--keep-list", file, home=home)
    assert kept.code == 0 and "apres=liste_mon_ars" in kept.out
    page = site.get("/zonage/comparer?avant=medecins_2021&apres=liste_mon_ars").text
    assert "/territoire/commune/12202" in page and "Liste « mon ars »" in re.sub(r"\s", " ", page)
    [image] = set(re.findall(r'src="(/zonage/comparer/image/[^"]*)"', page))
    assert site.get(image).text.startswith("<svg")
    file.write_text("code;classe\n12202;peut-être\n", encoding="utf-8")
    vigie("zone", "medecins_2021", "--keep-list", file, home=home, lang="fr").refused(
        "Mon ARS.csv", "peut-être", code=3
    )
