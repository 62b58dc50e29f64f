"""An analyst's file, cell by cell: what is read, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.editions.imports import Asked, _source
from vigie.errors import InputError, UnknownNameError
from vigie.sources import examine
from vigie.sources.readers.imported import period
from vigie.sources.templates import example, parse, template, templates

HEADER = "code;periode;adultes;sans_mt;taux"


def read(tmp_path: Path, text: str | bytes, name: str = "psmt_epci", **said: str) -> pl.DataFrame:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return examine(_source(Asked(name, "essai", **said), "table.csv"), path).table


def test_a_table_as_people_write_it(tmp_path: Path) -> None:
    text = (
        f"# essai\n# adultes : é\n{HEADER}\n241200187;31/12/2024;12 345;1\u202f234;10,0 %\n200067155;2024-T2;NS;NS;\n"
    )
    found = read(tmp_path, text.encode("windows-1252", "replace").replace(b"1?234", b"1 234"))
    assert found.select("code", "period", "value", "numerator", "denominator", "status").rows() == [
        ("241200187", "2024-12-31", pytest.approx(100 * 1234 / 12345), 1234.0, 12345.0, "ok"),
        ("200067155", "2024-04/2024-06", None, None, None, "suppressed"),
    ]


def test_zero_missing_and_suppressed_are_three_things(tmp_path: Path) -> None:
    rows = ["200067155;2024;100;0;", "241200187;2024;100;;", "241200641;2024;100;ND;", "241200625;2024;100;secret;"]
    found = read(tmp_path, "\n".join([HEADER, *rows]))
    assert found["status"].to_list() == ["ok", "missing", "missing", "suppressed"]
    assert found["value"].to_list() == [0.0, None, None, None]


def test_counts_are_completed_from_a_rate_so_that_they_can_be_protected(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER}\n241200187;2024;200;;3,5\n")
    assert found.select("numerator", "denominator", "value").row(0) == (7.0, 200.0, 3.5)


def test_the_level_and_the_period_may_be_said_once(tmp_path: Path) -> None:
    found = read(tmp_path, "code;adultes;sans_mt\n12;100;30\n", period="2024", level="departement")
    assert found.select("level", "code", "period").row(0) == ("departement", "12", "2024")


def test_shares_are_told_from_percentages(tmp_path: Path) -> None:
    shares = "code;periode;taux\n200067155;2024;0,12\n241200187;2024;0,15\n241200641;2024;0,09\n"
    with pytest.raises(InputError, match="--rates share"):
        read(tmp_path, shares)
    assert read(tmp_path, shares, rates="share")["value"].to_list() == pytest.approx([12.0, 15.0, 9.0])
    assert read(tmp_path, shares, rates="percent")["value"].to_list() == [0.12, 0.15, 0.09]
    with pytest.raises(InputError, match="une part"):
        read(tmp_path, f"{HEADER}\n241200187;2024;100;12;0,12\n")


def test_rows_by_structure_are_counted_and_added_up(tmp_path: Path) -> None:
    rows = ["12202;2024;MSP A;diabète;40", "12202;2024;MSP A;angine;60", "12145;2024;MSP B;diabète;NS"]
    found = read(tmp_path, "\n".join(["code;periode;structure;protocole;patients", *rows]), "cooperation_protocols")
    told = {(row["indicator"], row["code"]): (row["value"], row["status"]) for row in found.iter_rows(named=True)}
    assert told == {
        ("protocoles_cooperation", "12202"): (2.0, "ok"),
        ("protocoles_cooperation", "12145"): (1.0, "ok"),
        ("patients_protocoles", "12202"): (100.0, "ok"),
        ("patients_protocoles", "12145"): (None, "suppressed"),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code;periode;adulte\n241200187;2024;3\n", ["adulte", "colonne inconnue", "--example"]),
        ("periode;adultes\n2024;3\n", ["code", "colonne absente"]),
        (f"{HEADER}\n", ["aucune ligne"]),
        (f"{HEADER}\n1234;2024;9;1;\n", ["ligne 2", "SIREN"]),
        (f"{HEADER}\n241200187;hier;9;1;\n", ["ligne 2", "période illisible", "hier"]),
        (f"{HEADER}\n241200187;;9;1;\n", ["ligne 2", "--period"]),
        (f"{HEADER}\n241200187;2024;douze;1;\n", ["ligne 2", "adultes", "douze", "un nombre"]),
        (f"{HEADER}\n241200187;2024;9,5;1;\n", ["adultes", "entier"]),
        (f"{HEADER}\n241200187;2024;-9;1;\n", ["adultes", "négatif"]),
        (f"{HEADER}\n241200187;2024;9;10;\n", ["sans_mt", "plus que son total"]),
        (f"{HEADER}\n241200187;2024;100;10;112\n", ["taux", "0 à 100"]),
        (f"{HEADER}\n241200187;2024;100;10;30\n", ["taux", "100 × sans_mt / adultes"]),
        (f"{HEADER}\n241200187;2024;9;1;\n241200187;2024;9;1;\n", ["ligne 3", "double"]),
        ("niveau;code;periode;adultes\ncanton;1;2024;3\n", ["niveau", "epci"]),
        ("code;periode;nom\n241200187;2024;Rodez\n", ["aucune colonne de chiffres"]),
        (
            "code;periode;sans_mt;adultes;sans_mt_c2s;adultes_c2s;sans_mt_hors_c2s;adultes_hors_c2s\n"
            "241200187;2024;30;100;12;20;19;80\n",
            ["sans_mt", "somme de sans_mt_c2s + sans_mt_hors_c2s"],
        ),
        (b"PK\x03\x04rest", ["classeur"]),
        ("<!doctype html><html>", ["HTML"]),
        ("", ["vide"]),
    ],
)
def test_what_is_refused_says_where_and_why(tmp_path: Path, text: str | bytes, words: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    for word in words:
        assert word in refused.value.message("fr").replace("\u202f", " ").replace("\u00a0", " ")


def test_an_amount_needs_the_number_of_those_who_share_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="beneficiaires_demographiques"):
        read(tmp_path, "code;periode;aides_demographiques\n12202;2024;10000\n", "aides_commune")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2024", "2024"), ("2024-T4", "2024-10/2024-12"), ("2024s1", "2024-01/2024-06"), ("30/06/2024", "2024-06-30"),
     ("2024-13", None), ("24", None), ("2024-T5", None)],
)  # fmt: skip
def test_periods_are_read_as_people_write_them(text: str, expected: str | None) -> None:
    assert period(text) == expected


@pytest.mark.parametrize("name", list(templates()))
def test_the_example_of_every_template_has_its_columns(name: str) -> None:
    for lang in ("fr", "en"):
        lines = [line for line in example(template(name), lang).splitlines() if not line.startswith("#")]
        assert lines[0].split(";") == list(template(name).header())
        assert len(lines[1].split(";")) == len(lines[0].split(";"))


def test_a_wrong_template_names_its_key() -> None:
    with pytest.raises(InputError, match="title"):
        parse('id = "x"\n', "x.toml")
    with pytest.raises(UnknownNameError, match="psmt_epci"):
        template("psmt_epc")
