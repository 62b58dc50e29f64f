"""Names of places in sentences: the difficult ones, checked against what one would say aloud."""

from __future__ import annotations

import pytest

from vigie.territories.packaged import departements, regions
from vigie.territories.phrases import elided, phrases, sentence

# level, code, name, subject, complement of noun, complement of place
FRENCH = [
    ("commune", "76351", "Le Havre", "Le Havre", "du Havre", "au Havre"),
    ("commune", "85194", "Les Sables-d'Olonne", "Les Sables-d’Olonne", "des Sables-d’Olonne", "aux Sables-d’Olonne"),
    ("commune", "94038", "L'Haÿ-les-Roses", "L’Haÿ-les-Roses", "de L’Haÿ-les-Roses", "à L’Haÿ-les-Roses"),
    ("commune", "17300", "La Rochelle", "La Rochelle", "de La Rochelle", "à La Rochelle"),
    ("commune", "29083", "Île-de-Sein", "l’Île-de-Sein", "de l’Île-de-Sein", "à l’Île-de-Sein"),
    ("commune", "85113", "L'Île-d'Yeu", "L’Île-d’Yeu", "de L’Île-d’Yeu", "à L’Île-d’Yeu"),
    ("commune", "36044", "Orléans", "Orléans", "d’Orléans", "à Orléans"),
    ("commune", "76758", "Yvetot", "Yvetot", "d’Yvetot", "à Yvetot"),
    ("commune", "80829", "Y", "Y", "d’Y", "à Y"),
    ("commune", "57757", "Yutz", "Yutz", "de Yutz", "à Yutz"),
    ("commune", "83069", "Hyères", "Hyères", "d’Hyères", "à Hyères"),
    ("commune", "80410", "Ham", "Ham", "de Ham", "à Ham"),
    ("commune", "27229", "Évreux", "Évreux", "d’Évreux", "à Évreux"),
    ("commune", "14512", "Œuilly", "Œuilly", "d’Œuilly", "à Œuilly"),
    (
        *("commune", "75101", "Paris 1er Arrondissement", "le 1er arrondissement de Paris"),
        *("du 1er arrondissement de Paris", "dans le 1er arrondissement de Paris"),
    ),
    ("departement", "02", "Aisne", "l’Aisne", "de l’Aisne", "dans l’Aisne"),
    ("departement", "05", "Hautes-Alpes", "les Hautes-Alpes", "des Hautes-Alpes", "dans les Hautes-Alpes"),
    ("departement", "59", "Nord", "le Nord", "du Nord", "dans le Nord"),
    ("departement", "23", "Creuse", "la Creuse", "de la Creuse", "dans la Creuse"),
    ("departement", "33", "Gironde", "la Gironde", "de la Gironde", "en Gironde"),
    ("departement", "77", "Seine-et-Marne", "la Seine-et-Marne", "de la Seine-et-Marne", "en Seine-et-Marne"),
    ("departement", "75", "Paris", "Paris", "de Paris", "à Paris"),
    ("departement", "974", "La Réunion", "La Réunion", "de La Réunion", "à La Réunion"),
    ("departement", "976", "Mayotte", "Mayotte", "de Mayotte", "à Mayotte"),
    ("departement", "973", "Guyane", "la Guyane", "de la Guyane", "en Guyane"),
    ("region", "52", "Pays de la Loire", "les Pays de la Loire", "des Pays de la Loire", "dans les Pays de la Loire"),
    ("region", "44", "Grand Est", "le Grand Est", "du Grand Est", "dans le Grand Est"),
    ("region", "11", "Île-de-France", "l’Île-de-France", "de l’Île-de-France", "en Île-de-France"),
    ("region", "04", "La Réunion", "La Réunion", "de La Réunion", "à La Réunion"),
    (
        *("epci", "1", "Communauté de communes de l'Île d'Oléron", "la communauté de communes de l’Île d’Oléron"),
        *("de la communauté de communes de l’Île d’Oléron", "dans la communauté de communes de l’Île d’Oléron"),
    ),
    (
        *("epci", "2", "Eurométropole de Strasbourg", "l’Eurométropole de Strasbourg"),
        *("de l’Eurométropole de Strasbourg", "dans l’Eurométropole de Strasbourg"),
    ),
    (
        *("epci", "3", "Orléans Métropole", "Orléans Métropole", "d’Orléans Métropole"),
        "sur le territoire d’Orléans Métropole",
    ),
    (
        *("bassin_de_vie", "4", "Les Abymes", "le bassin de vie des Abymes", "du bassin de vie des Abymes"),
        "dans le bassin de vie des Abymes",
    ),
    (
        *("perimeter", "p", "CPTS Vouzinois", "le périmètre « CPTS Vouzinois »", "du périmètre « CPTS Vouzinois »"),
        "dans le périmètre « CPTS Vouzinois »",
    ),
    ("france", "FR", "France", "la France", "de la France", "en France"),
]


@pytest.mark.parametrize(("level", "code", "name", "the", "of", "at"), FRENCH)
def test_french_says_a_name_as_one_would_aloud(level: str, code: str, name: str, the: str, of: str, at: str) -> None:
    found = phrases(level, code, name, "fr")
    assert (found.the, found.of, found.at) == (the, of, at)


def test_english_needs_no_article_but_for_what_is_a_common_noun() -> None:
    assert phrases("commune", "76351", "Le Havre", "en").at == "in Le Havre"
    assert phrases("commune", "75102", "Paris 2e Arrondissement", "en").of == "of the 2nd arrondissement of Paris"
    assert phrases("commune", "75111", "Paris 11e Arrondissement", "en").name == "Paris 11th"
    assert phrases("bassin_de_vie", "1", "Munster", "en").the == "the living area of Munster"


@pytest.mark.parametrize("level", ["departement", "region"])
def test_every_departement_and_region_has_a_complement_that_agrees_with_its_article(level: str) -> None:
    table = departements() if level == "departement" else regions()
    for code, name, article in table.select("code", "name", "article").iter_rows():
        found, curly = phrases(level, code, name, "fr"), article.replace("'", "’")
        assert found.the == curly
        assert found.plural == curly.startswith("les ")
        if curly.startswith(("le ", "les ")):
            assert " le " not in f" {found.of} " and " les " not in f" {found.of} "  # contracted
        assert found.at.startswith(("en ", "dans l", "à "))
        assert not found.at.startswith(("en le ", "en les ", "à le "))
        if found.plural:
            assert found.at == f"dans {curly}"


def test_elision_follows_the_ear() -> None:
    said = ("d’Auch", "de Lens", "d’Hérouville", "d’Hendaye", "de Hautmont", "de Houilles", "d’Uzès", "d’Yssingeaux")
    assert [elided(one.split("’")[-1].removeprefix("de ")) for one in said] == list(said)


def test_a_sentence_begins_with_a_capital() -> None:
    assert sentence("dans l’Aisne") == "Dans l’Aisne"
    assert sentence("à Évreux") == "À Évreux"
