"""Imports on disk: kept once, found again, checked against the territories, removed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from vigie.editions.imports import Asked, add, identity, import_inputs, imports, remove
from vigie.editions.inputs import Input, gather
from vigie.editions.prospects import imported_tables
from vigie.errors import InputError, StorageError, UnknownNameError
from vigie.sources.templates import example, template

PSMT = "code;periode;adultes;sans_mt\n241200187;2024;1000;200\n"


@pytest.fixture(scope="module")
def inputs() -> Mapping[str, Input]:
    return gather([], None)


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_import_is_kept_with_what_was_said_of_it(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    asked = Asked("psmt_epci", 'CPAM « 12 » "essai"', "usage interne", "champ : régime général")
    added = add(tmp_path, written(tmp_path, PSMT), asked, inputs)
    (kept,) = imports(tmp_path)
    assert kept == added.kept
    assert kept.asked.who == 'CPAM « 12 » "essai"'
    assert kept.path.read_text(encoding="utf-8") == PSMT
    ((snapshot, one),) = import_inputs(tmp_path).items()
    assert snapshot == f"import_psmt_epci@{kept.sha256[:12]}"
    assert one.table()["numerator"].to_list() == [200.0]
    assert "régime général" in one.source.notes_fr


def test_a_table_twice_is_refused_and_said_otherwise_replaces(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    file = written(tmp_path, PSMT)
    first = add(tmp_path, file, Asked("psmt_epci", "essai"), inputs)
    with pytest.raises(InputError, match="déjà importée"):
        add(tmp_path, file, Asked("psmt_epci", "essai"), inputs)
    again = add(tmp_path, file, Asked("psmt_epci", "essai", threshold=20), inputs, replacing=True)
    assert [one.asked.threshold for one in imports(tmp_path)] == [20]
    assert identity(first.kept.input) != identity(again.kept.input)


def test_a_corrected_table_replaces_the_former(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    former = add(tmp_path, written(tmp_path, PSMT), Asked("psmt_epci", "essai"), inputs)
    corrected = written(tmp_path, PSMT.replace(";200", ";210"), "corrigée.csv")
    with pytest.raises(InputError, match="1 chiffres sont déjà donnés"):
        add(tmp_path, corrected, Asked("psmt_epci", "essai"), inputs)
    added = add(tmp_path, corrected, Asked("psmt_epci", "essai"), inputs, replacing=True)
    assert added.replaced == (former.kept.id,)
    assert [one.file for one in imports(tmp_path)] == ["corrigée.csv"]


def test_removing_leaves_nothing(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    added = add(tmp_path, written(tmp_path, PSMT), Asked("psmt_epci", "essai"), inputs)
    remove(tmp_path, added.kept.id)
    assert imports(tmp_path) == []
    assert list((tmp_path / "imports").iterdir()) == []
    with pytest.raises(UnknownNameError, match="aucun import"):
        remove(tmp_path, added.kept.id)


def test_the_vintage_of_the_communes_is_found(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    passage = inputs["passage"].table()
    merged = passage.filter((pl.col("change") == "merger") & (pl.col("year_before") == 2018))
    code = merged.filter(pl.col("code_before") != pl.col("code_after"))["code_before"].sort()[0]
    table = f"code;periode;adultes;sans_mt\n{code};2024;100;20\n"
    added = add(tmp_path, written(tmp_path, table), Asked("psmt_epci", "essai", level="commune"), inputs)
    assert 2014 <= added.kept.asked.vintage <= 2018


@pytest.mark.parametrize(
    ("rows", "said", "words"),
    [
        ("241200188;2024;10;2", {}, ["241200188", "ligne 2", "niveau epci", "241200187"]),
        ("12999;2024;10;2", {"level": "commune"}, ["12999", "inconnu du millésime", "Il n'a jamais existé"]),
        ("99;2024;10;2", {"level": "departement"}, ["code"]),
        ("12202;2024;10;2", {"level": "commune", "vintage": 1999}, ["millésime des communes inconnu"]),
        ("241200187;2024;10;2", {"complete_for": ("departement:12",)}, ["taux", "zéro"]),
        ("241200187;2024;10;2", {"complete_for": ("departement:99",)}, ["--complete-for", "departement:99"]),
    ],
)
def test_codes_are_checked_against_the_territories(
    tmp_path: Path, inputs: Mapping[str, Input], rows: str, said: dict[str, object], words: list[str]
) -> None:
    file = written(tmp_path, f"code;periode;adultes;sans_mt\n{rows}\n")
    with pytest.raises(InputError) as refused:
        add(tmp_path, file, Asked("psmt_epci", "essai", **said), inputs)  # type: ignore[arg-type]
    for word in words:
        assert word in refused.value.message("fr").replace("\u202f", " ").replace("\u00a0", " ")
    assert imports(tmp_path) == []


def test_a_damaged_import_says_so(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    added = add(tmp_path, written(tmp_path, PSMT), Asked("psmt_epci", "essai"), inputs)
    added.kept.path.write_text("autre chose", encoding="utf-8")
    with pytest.raises(StorageError, match="abîmé"):
        imports(tmp_path)


# What is brought to the outlook ---------------------------------------------------------------------------------------

AGES = "territory;age_from;age_to;doctors\n23;30;59;60\n23;60;64;30\n23;65;99;10\n"


def test_doctors_by_age_are_kept_apart_from_figures(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    asked = Asked("doctors_by_age", "Drees, essai")
    added = add(tmp_path, written(tmp_path, AGES), asked, inputs)
    assert added.table is None
    (note,) = added.notes
    assert note.text.fr == "Médecins par âge\u202f: 1 territoire, 100 généralistes, dont 22\u202f% de plus de 62 ans."
    add(tmp_path, written(tmp_path, PSMT, "psmt.csv"), Asked("psmt_epci", "essai"), inputs)  # which looks at the others
    kept = import_inputs(tmp_path)
    assert {one.source.table for one in kept.values()} == {"doctors_by_age", "imported"}
    assert imported_tables(kept).ages == added.kept.path and imported_tables(kept).people is None


def test_one_table_of_each_kind_is_used(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    asked = Asked("doctors_by_age", "Drees, essai")
    first = add(tmp_path, written(tmp_path, AGES), asked, inputs)
    other = written(tmp_path, AGES.replace("10", "12"), "other.csv")
    with pytest.raises(InputError, match=first.kept.id):
        add(tmp_path, other, asked, inputs)
    assert add(tmp_path, other, asked, inputs, replacing=True).replaced == (first.kept.id,)
    assert [one.file for one in imports(tmp_path)] == ["other.csv"]


def test_people_projected_come_back_from_their_example(tmp_path: Path, inputs: Mapping[str, Input]) -> None:
    text = example(template("people_projected"), "fr") + "23;2023;115000\n"
    added = add(tmp_path, written(tmp_path, text), Asked("people_projected", "Insee, essai"), inputs)
    assert "de 2023 à 2035" in added.notes[0].text.fr
    with pytest.raises(InputError, match="--who"):
        add(tmp_path, written(tmp_path, text), Asked("people_projected", "Insee, essai", period="2024"), inputs)
    with pytest.raises(UnknownNameError, match=r"ligne 6.*99"):  # four comments and the header come first
        add(tmp_path, written(tmp_path, text.replace("23;2035", "99;2035")), Asked("people_projected", "x"), inputs)
