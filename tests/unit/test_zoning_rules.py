"""A rule of zoning that is wrong is refused by file and key, in both languages; one of one's own takes ten lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import InputError, UnknownNameError
from vigie.zoning.rules import ROLES, find_rule, professions, read_rule, rules

TEN_LINES = """id = "mienne"
title = { fr = "La mienne", en = "Mine" }
profession = "mg"
status = "ours"
text = { fr = "Sous 2.", en = "Under 2." }
source = { fr = "Nous", en = "Us" }
mesh = "bassin_de_vie"
indicator = "apl_mg"
classes = [{ id = "dans", title = { fr = "dans", en = "in" }, role = "priority", at_most = 2.0 },
           { id = "hors", title = { fr = "hors", en = "out" }, role = "none" }]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mienne.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> InputError:
    with pytest.raises(InputError) as fault:
        read_rule(written(folder, text))
    assert "mienne.toml" in fault.value.message("fr")
    return fault.value


def test_a_rule_of_ones_own_takes_ten_lines(tmp_path: Path) -> None:
    rule = read_rule(written(tmp_path, TEN_LINES))
    assert len(TEN_LINES.splitlines()) == 10
    assert [one.id for one in rule.cut] == ["dans", "hors"]
    assert rule.weight == "standardised" and rule.people == "residents" and rule.verified


def with_shares(first: float, second: float) -> str:
    shared = TEN_LINES.replace("at_most = 2.0", f"share = {first}")
    return shared.replace('role = "none" }', f'role = "none", share = {second} }}')


def test_shares_beyond_a_hundred_are_refused_but_not_their_rounding(tmp_path: Path) -> None:
    fault = refused(tmp_path, with_shares(60, 41))
    assert "101 %" in fault.message("fr") and "more than 100%" in fault.message("en")
    assert fault.where.column == "classes.share"
    assert read_rule(written(tmp_path, with_shares(60.05, 40.05))).cut[0].share == 60.05  # as printed: 100.1


def test_a_class_that_someone_chooses_has_no_end_of_its_own(tmp_path: Path) -> None:
    chosen = '           { id = "choisie", title = { fr = "c", en = "c" }, role = "aided", chosen = true%s },\n'
    place = '           { id = "hors"'
    assert read_rule(written(tmp_path, TEN_LINES.replace(place, chosen % "" + place))).classes[1].chosen
    fault = refused(tmp_path, TEN_LINES.replace(place, chosen % ", at_most = 3.0" + place))
    assert "ni seuil ni part" in fault.message("fr") and "neither threshold nor share" in fault.message("en")


def test_thresholds_that_overlap_are_refused(tmp_path: Path) -> None:
    second = TEN_LINES.replace(
        '           { id = "hors"',
        '           { id = "peu", title = { fr = "peu", en = "few" }, role = "aided", at_most = 2.0 },\n'
        '           { id = "hors"',
    )
    fault = refused(tmp_path, second)
    assert "se recouvrent" in fault.message("fr") and "“dans”" in fault.message("en")
    assert fault.where.column == "classes.peu.at_most" and fault.where.value == 2.0


@pytest.mark.parametrize(
    ("old", "new", "key", "fr", "en"),
    [
        ('indicator = "apl_mg"', 'indicator = "apl_mgg"', "indicator", "indicateur inconnu", "apl_mg"),
        ('profession = "mg"', 'profession = "druides"', "profession", "attendu : mg", "expected: mg"),
        ('status = "ours"', 'status = "mine"', "status", "attendu", "expected"),
        ('mesh = "bassin_de_vie"\n', "", "mesh", "clé obligatoire absente", "key missing"),
        ('status = "ours"', 'status = "ours"\nstyle = 1', "style", "clé inconnue", "unknown key"),
        ('indicator = "apl_mg"\n', "", "missing", "ce qui manque", "what is missing"),
        ("at_most = 2.0", "chosen = true", "classes", "au moins deux classes", "at least two classes"),
        (", at_most = 2.0", "", "classes.dans", "il manque at_most", "is missing"),
        ('role = "none"', 'role = "none", at_most = 9', "classes.hors", "prend tout le reste", "takes the rest"),
        ('id = "hors"', 'id = "dans"', "classes", "même nom", "same name"),
        ("at_most = 2.0", "share = -3", "classes.0.share", "plus de 0 est attendu", "more than 0"),
        ("at_most = 2.0", "at_most = 2.0, conditions = [{ alerts = 1, indicator = 'apl_mg' }]",
         "classes.0.conditions", "une condition a un indicateur", "a condition has an indicator"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_file_and_key(tmp_path: Path, old: str, new: str, key: str, fr: str, en: str) -> None:
    assert old in TEN_LINES
    fault = refused(tmp_path, TEN_LINES.replace(old, new, 1))
    assert fault.where.column == key
    assert fr in fault.message("fr") and en in fault.message("en")


def test_a_file_that_is_not_toml_or_is_not_there_is_told(tmp_path: Path) -> None:
    assert "TOML" in refused(tmp_path, "id = ").message("fr")
    with pytest.raises(InputError, match="n'existe pas"):
        read_rule(tmp_path / "absente.toml")


def test_a_choice_of_a_class_that_is_not_there_is_refused(tmp_path: Path) -> None:
    move = '[[moves]]\nid = "m"\ntitle = { fr = "m", en = "m" }\norigins = ["hors"]\ntarget = "loin"\n'
    fault = refused(tmp_path, TEN_LINES + move + 'source = { fr = "s", en = "s" }\n')
    assert fault.where.column == "moves.m" and "dans, hors" in fault.message("fr")


def test_the_rules_that_vigie_ships_say_where_they_come_from() -> None:
    shipped = rules()
    assert {"medecins_2017", "medecins_2021", "medecins_2021_regions", "medecins_2025", "medecins_tous_ages",
            "infirmiers_2020", "kines_2018", "kines_2024", "sages_femmes_2019",
            "orthophonistes_2018", "dentistes_2023", "cour_2024", "selectif_apl",
            "selectif_alertes"} == set(shipped)  # fmt: skip
    for rule in shipped.values():
        assert rule.text.fr and rule.source.fr and rule.profession in professions()
        assert all(one.role in ROLES for one in rule.classes)
        assert rule.status == "ours" or rule.since, f"{rule.id} has no date"
    assert not shipped["medecins_2025"].verified and "non vérifiés" in shipped["medecins_2025"].title.fr
    for name, command in (("orthophonistes_2018", "vigie import"), ("medecins_2021_regions", "--keep-regions")):
        missing = shipped[name].missing
        assert missing is not None and command in missing.fr and command in missing.en


def test_a_rule_of_another_name_has_its_nearest() -> None:
    with pytest.raises(UnknownNameError, match="medecins_2017"):
        find_rule(rules(), "medecin_2017")


def test_a_rule_is_found_by_its_id_and_a_stranger_is_told_its_nearest() -> None:
    known = rules()
    assert all(find_rule(known, name) is one for name, one in known.items())
    with pytest.raises(UnknownNameError, match="medecins_2021"):
        find_rule(known, "medecin_2021")
