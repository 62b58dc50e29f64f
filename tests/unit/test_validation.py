"""Definition files are told the same way everywhere: the line or the key, the value, what was expected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError
from vigie.language import Text
from vigie.validation import RefusedError, toml, toml_file, validated

WHAT = Text("chose refusée", "thing refused")


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    kind: Literal["one", "two"] = "one"
    share: Annotated[float, Field(ge=0, le=0.5)] = 0.5
    years: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> Thing:
        if self.name == "two" and self.kind == "one":
            raise RefusedError("deux n'est pas un", "two is not one")
        return self


@pytest.mark.parametrize(
    ("raw", "fr", "en"),
    [
        ({}, "« name » : chose refusée : clé obligatoire absente. Voir docs/x.md.", "required key missing"),
        ({"name": "a", "nom": 1}, "« nom », valeur « 1 » : chose refusée : clé inconnue", "unknown key"),
        ({"name": 3}, "un texte entre guillemets est attendu", "a quoted text is expected"),
        ({"name": "a", "kind": "three"}, "l'un de one ou two est attendu", "one of one or two is expected"),
        ({"name": "a", "share": 0.7}, "0,5 au plus est attendu", "0.5 at most is expected"),
        ({"name": "a", "years": [1, "x"]}, "« years.1 », valeur « x » : chose refusée : un nombre", "whole number"),
        ({"name": "two"}, "x.toml : chose refusée : deux n'est pas un", "two is not one"),
        ([], "x.toml : chose refusée : une table est attendue", "a table is expected"),
        ({"nom": 1}, "(1 autre faute)", "(1 more fault)"),
    ],
)  # fmt: skip
def test_what_a_model_refuses_is_told_in_both_languages(raw: object, fr: str, en: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Thing, raw, WHAT, "docs/x.md", "x.toml")
    plain = caught.value.message("fr").replace("\u202f", " ").replace("\u00a0", " ")
    assert plain.startswith("x.toml")
    assert fr in plain
    assert en in caught.value.message("en")


@pytest.mark.parametrize(
    ("text", "row", "fr"),
    [
        ("a = 1\nb = [1,\n", 2, "valeur illisible"),
        ("a = 1 b", 1, "fin de ligne attendue"),
        ("a = 1\n[t]\n[t]\n", 3, "deux fois"),
        ("a\n", 1, "« = » attendu"),
        ("a = {b = 1", 1, "table qui n'est pas fermée"),
        ("x = 1\n= 3\n", 2, "une clé et sa valeur"),
        ('a = "x', 1, "guillemet"),
    ],
)
def test_what_is_not_toml_names_its_line(text: str, row: int, fr: str) -> None:
    with pytest.raises(InputError) as caught:
        toml(text, "x.toml")
    assert caught.value.where.row == row
    assert fr in caught.value.message("fr").replace("\u00a0", " ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="n'existe pas"):
        toml_file(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes("a = 1\nnom = 'é'".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8") as caught:
        toml_file(tmp_path / "latin.toml")
    assert caught.value.where.row == 2
    with pytest.raises(InputError, match="lecture impossible"):
        toml_file(tmp_path)
    with pytest.raises(InputError, match="imbriqué"):
        toml("a = " + "[" * 100_000, "x.toml")
    with pytest.raises(InputError, match="pas du TOML"):
        toml("a = " + "9" * 5_000, "x.toml")
    assert toml("a = 1", None) == {"a": 1}
