"""Reading definitions: what is accepted, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vigie.errors import InputError, UnknownNameError
from vigie.indicators import definitions, find_definition, read_definitions
from vigie.indicators.definition import Definition, restored

GOOD = """
id = "{id}"
title = {{ fr = "Nombre", en = "Number" }}
short = {{ fr = "Nombre", en = "Number" }}
theme = "offre"
unit = {{ fr = "médecins", en = "doctors" }}
decimals = 0
direction = "neutral"
levels = ["commune", "france"]
formula = {{ fr = "Somme.", en = "Sum." }}
limits = {{ fr = "Aucune.", en = "None." }}

[compute]
rule = "sum"

[[compute.inputs]]
periods = ["2021", "2022"]
value = "d201_{{period}}"
"""


def written(folder: Path, name: str = "nombre", **changes: str) -> Path:
    text = GOOD.format(id=name)
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_definitions(folder)
    return caught.value.message("en")


def test_a_definition_is_read_with_its_periods_and_columns(tmp_path: Path) -> None:
    written(tmp_path)
    (one,) = read_definitions(tmp_path).values()
    assert (one.id, one.periods(), one.title.of("en")) == ("nombre", ["2021", "2022"], "Number")
    assert one.compute.inputs[0].columns() == [("2021", "d201_2021"), ("2022", "d201_2022")]  # type: ignore[union-attr]


def test_a_family_gives_one_definition_an_item(tmp_path: Path) -> None:
    text = GOOD.format(id="nombre_{slug}").replace('fr = "médecins"', 'fr = "{fr}"')
    items = '[[items]]\nslug = "mg"\nfr = "généralistes"\n[[items]]\nslug = "pharma"\nfr = "pharmacies"\n'
    (tmp_path / "famille.toml").write_text(text + items, encoding="utf-8")
    found = read_definitions(tmp_path)
    assert {name: one.unit.fr for name, one in found.items()} == {
        "nombre_mg": "généralistes",
        "nombre_pharma": "pharmacies",
    }
    assert found["nombre_mg"].compute.inputs[0].columns()[0] == ("2021", "d201_2021")  # type: ignore[union-attr]


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "nombre_mg")
    text = GOOD.format(id="nombre_{slug}") + '[[items]]\nslug = "mg"\n'
    (tmp_path / "zfamille.toml").write_text(text, encoding="utf-8")
    message = refused(tmp_path)
    assert "zfamille.toml" in message
    assert "“nombre_mg” is defined twice" in message


def test_the_id_is_the_name_of_the_file(tmp_path: Path) -> None:
    written(tmp_path).rename(tmp_path / "autre.toml")
    assert refused(tmp_path) == "autre.toml, column “id”, value “nombre”: the id must be the file's name, “autre”."


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('rule = "sum"', 'rule = "somme"', ["compute", "somme"]),
        ('theme = "offre"', 'theme = "autre"', ["theme", "autre"]),
        ("decimals = 0", 'decimals = "deux"', ["decimals", "deux"]),
        ('"commune", "france"', '"commune", "pays"', ["levels.1", "pays"]),
        ('direction = "neutral"', 'direction = "neutral"\ncolour = "red"', ["colour", "red"]),
        ('title = { fr = "Nombre", en = "Number" }', "", ["title", "required"]),
        ('"2021", "2022"', '"2021", "2021"', ["given by two inputs"]),
        ('rule = "sum"', 'rule = "sum"\nthreshold = 3', ["threshold"]),
    ],
)
def test_a_wrong_key_is_named_with_its_value(tmp_path: Path, before: str, after: str, named: list[str]) -> None:
    if after.count('"2021"') == 2:
        after = '"2021"]\nvalue = "a"\n[[compute.inputs]]\nperiods = ["2021"'
    written(tmp_path, **{before: after})
    message = refused(tmp_path)
    assert message.startswith("nombre.toml")
    assert all(word in message for word in named), message
    assert "docs/add-an-indicator.md" in message


def test_text_that_is_not_toml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "nombre.toml").write_text('id = "nombre"\ntitle = \n', encoding="utf-8")
    message = refused(tmp_path)
    assert message.startswith("nombre.toml")
    assert "row 2" in message


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nombre.toml").write_bytes('id = "médecins"'.encode("latin-1"))
    assert "nombre.toml, row 1: the file is not in UTF-8" in refused(tmp_path)


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        find_definition(definitions(), "apl_mgg")
    assert "“apl_mgg”" in caught.value.message("en")
    assert "apl_mg" in caught.value.message("en").split("Did you mean", 1)[1]
    assert "vigie indicators" in caught.value.message("fr")


# What Vigie ships -------------------------------------------------------------------------------------------------


def test_the_indicators_that_the_project_promises_are_there() -> None:
    promised = {
        *("apl_mg", "apl_mg_65", "apl_mg_62", "apl_infirmiers", "apl_kines", "apl_dentistes", "apl_sages_femmes"),
        *(f"nombre_{name}" for name in ("mg", "infirmiers", "kines", "dentistes", "sages_femmes", "pharmacies")),
        *(f"densite_{name}" for name in ("mg", "infirmiers", "kines", "dentistes", "sages_femmes", "pharmacies")),
        *("temps_urgences", "part_pop_urgences_30", "part_75_plus", "fedi", "part_pop_apl_mg_inf_2_5"),
        *("ald_sans_mt", "primo_installes_mg", "patientele_mt", "file_active", "delai_specialistes"),
        *("assistants_medicaux", "optam", "installations_zones_sous_denses", "couverture_sas", "non_recours_handicap"),
        *("psmt", "hospitalisations_evitables", "ccmu1", "ecart_psmt_c2s", "sans_soin_50"),
    }
    assert promised <= set(definitions())
    liberal = [name for name in definitions() if name.startswith("effectif_liberal_")]
    assert len(liberal) == 38


@pytest.mark.parametrize("one", definitions().values(), ids=lambda one: one.id)
def test_every_definition_speaks_both_languages_and_names_known_sources(one: Definition) -> None:
    from vigie.sources import catalogue
    from vigie.sources.published.figures import documents

    for words in (one.title, one.short, one.unit, one.formula, one.limits):
        assert words.fr.strip()
        assert words.en.strip()
        assert "{" not in words.fr + words.en
    assert set(one.sources) <= set(catalogue()) | set(documents())
    assert list(one.thresholds) == sorted(one.thresholds)


@pytest.mark.parametrize("one", definitions().values(), ids=lambda one: one.id)
def test_a_definition_comes_back_from_its_dump(one: Definition) -> None:
    assert restored(json.loads(json.dumps(one.model_dump(mode="json")))) == one


def test_the_dump_of_another_version_is_refused() -> None:
    dump = definitions()["apl_mg"].model_dump(mode="json")
    with pytest.raises(ValueError, match="colour"):
        restored(dump | {"colour": "blue"})
    with pytest.raises(ValueError, match="theme"):
        restored({name: value for name, value in dump.items() if name != "theme"})


def test_the_dump_of_an_earlier_version_takes_the_defaults_of_what_it_did_not_have() -> None:
    one = definitions()["assistants_medicaux"]
    dump = json.loads(json.dumps(one.model_dump(mode="json")))
    assert dump.pop("source") is not None
    assert restored(dump) == one.model_copy(update={"source": None})
