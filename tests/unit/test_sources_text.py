"""What is refused before a text file is believed, and how the fault is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from vigie.errors import InputError
from vigie.sources import read
from vigie.sources.catalogue import Format
from vigie.sources.grid import LINE
from vigie.sources.text import read_text

HEADER = "code_commune,temps_acces_urgences_min_2019"
GOOD = f"{HEADER}\n01001,31.0\n01002,\n2A004,5\n"
COMMA = Format(kind="csv")


def written(folder: Path, content: bytes | str, name: str = "temps.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fault(path: Path, source_id: str = "emergency_times_2019") -> InputError:
    with pytest.raises(InputError) as caught:
        read(source_id, path)
    error = caught.value
    assert error.message("fr") != error.message("en")
    assert path.name in error.message("fr")
    return error


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.rstrip("\n"),
        GOOD.replace("01001", '"01001"'),
        GOOD.replace(HEADER, ",".join(f'"{name}"' for name in HEADER.split(","))),
        GOOD.replace(",31.0", " , 31.0 "),
        GOOD.replace("01002", "\n01002"),
        gzip.compress(GOOD.encode(), mtime=0),
        gzip.compress(GOOD[:40].encode(), mtime=0) + gzip.compress(GOOD[40:].encode(), mtime=0),
    ],
    ids=["plain", "crlf", "bom", "no-last-newline", "quotes", "quoted-header", "spaces", "blank-line", "gz", "gz-gz"],
)
def test_the_same_table_is_read_from_every_writing(tmp_path: Path, content: bytes | str) -> None:
    table = read("emergency_times_2019", written(tmp_path, content))
    assert table.rows() == [("01001", 31.0), ("01002", None), ("2A004", 5.0)]


@pytest.mark.parametrize(
    ("content", "row", "words"),
    [
        (b"", None, "fichier vide"),
        (b" \n\n", None, "fichier vide"),
        (f"{HEADER}\n".encode(), None, "aucune ligne de données"),
        (HEADER.encode(), None, "aucune ligne de données"),
        (b"<!DOCTYPE html><html><body>404</body></html>", None, "page HTML"),
        (b"\xef\xbb\xbf\n <HTML>", None, "page HTML"),
        (gzip.compress(b"<html></html>", mtime=0), None, "page HTML"),
        (gzip.compress(GOOD.encode(), mtime=0)[:-9], None, "tronquée ou abîmée"),
        (b"\x1f\x8b" + b"x" * 40, None, "tronquée ou abîmée"),
        (GOOD.encode("utf-16"), None, "UTF-16"),
        (b"PK\x03\x04rest", None, "classeur ou archive zip"),
        (b"PAR1rest", None, "fichier Parquet"),
        (GOOD.replace("01002", "\x00").encode(), 3, "octet nul"),
        (f"{HEADER}\n01001,31\n01002,d\xe9but\n".encode("latin-1"), 3, "latin-1"),
        (GOOD.replace(",", ";").encode(), 1, "séparateur semble être"),
        (GOOD.replace("2A004,5", "2A004").encode(), 4, "1 valeur au lieu de 2"),
        (GOOD.replace("01002,", "01002,1,2").encode(), 3, "3 valeurs au lieu de 2"),
        (GOOD.replace("31.0", '"31').encode(), None, "illisible"),
        (GOOD.replace(HEADER, "code_commune,code_commune").encode(), 1, "deux fois"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_not_the_data_is_refused(tmp_path: Path, content: bytes, row: int | None, words: str) -> None:
    error = fault(written(tmp_path, content))
    assert words in error.fr
    if row is not None:
        assert error.where.row == row


def test_a_name_that_says_gzip_must_hold_gzip(tmp_path: Path) -> None:
    assert "n'en est pas" in fault(written(tmp_path, GOOD, "temps.csv.gz")).fr


def test_what_swells_beyond_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, gzip.compress(GOOD.encode(), mtime=0))
    monkeypatch.setattr("vigie.sources.text.MAX_BYTES", len(GOOD))
    assert read("emergency_times_2019", path).height == 3
    monkeypatch.setattr("vigie.sources.text.MAX_BYTES", len(GOOD) - 1)
    assert "une fois décompressé" in fault(path).fr


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "introuvable" in fault(tmp_path / "absent.csv").fr
    (tmp_path / "dossier.csv").mkdir()
    assert "lecture impossible" in fault(tmp_path / "dossier.csv").fr


@pytest.mark.parametrize(
    ("content", "row", "column", "value", "words"),
    [
        (GOOD.replace("01002,", "1002,12"), 3, "code_commune", "1002", "zéro initial"),
        (GOOD.replace("2A004", "2C004"), 4, "code_commune", "2C004", "cinq caractères"),
        (GOOD.replace("01002", ""), 3, "code_commune", None, "obligatoire"),
        (GOOD.replace("31.0", "31 min"), 2, "temps_acces_urgences_min_2019", "31 min", "nombre"),
        (GOOD.replace("31.0", "NaN"), 2, "temps_acces_urgences_min_2019", "NaN", "nombre"),
        (GOOD.replace("31.0", "inf"), 2, "temps_acces_urgences_min_2019", "inf", "nombre"),
        (GOOD.replace("31.0", "-1"), 2, "temps_acces_urgences_min_2019", -1.0, "entre 0 et 1440"),
        (GOOD + "01001,12\n", 5, "code_commune", "01001", "en double"),
        (GOOD.replace("01002", "\n\n01002").replace("2A004,5", "2A004,x"), 6, HEADER.split(",")[1], "x", "nombre"),
        (GOOD.replace(HEADER, f"Titre,\n{HEADER}"), None, "code_commune", None, "colonne absente"),
        (GOOD.replace("temps_acces", "temps_d_acces"), None, HEADER.split(",")[1], None, "temps_d_acces"),
    ],
)
def test_a_fault_in_the_data_names_line_column_and_value(
    tmp_path: Path, content: str, row: int | None, column: str, value: object, words: str
) -> None:
    error = fault(written(tmp_path, content))
    assert words in error.fr
    assert (error.where.row, error.where.column, error.where.value) == (row, column, value)


def test_the_line_is_that_of_the_file_even_after_a_value_on_two_lines(tmp_path: Path) -> None:
    grid = read_text(written(tmp_path, 'a,b\n1,"deux\nlignes"\n2,x\n'), COMMA)
    assert grid.frame["b"].to_list() == ["deux\nlignes", "x"]
    assert grid.frame[LINE].to_list() == [3, 4]


def test_counts_must_be_whole_and_never_negative(tmp_path: Path) -> None:
    head = "CODGEO,NB_D201\n01001,"
    assert read("bpe_2021", written(tmp_path, f"{head}2.0\n"))["d201"].to_list() == [2]
    for wrong in ("2.5", "-1", "1e12", ""):
        error = fault(written(tmp_path, f"{head}{wrong}\n"), "bpe_2021")
        assert (error.where.row, error.where.column) == (2, "NB_D201"), wrong


def test_a_file_of_facilities_without_types(tmp_path: Path) -> None:
    error = fault(written(tmp_path, "CODGEO,X\n01001,2\n"), "bpe_2021")
    assert error.where.column == "NB_D201"


def test_whole_cities_where_only_arrondissements_belong(tmp_path: Path) -> None:
    names = [f"apl_{name}_{year}" for year in (2022, 2023) for name in PREFIXES]
    text = ",".join(["code_commune", *names]) + "\n75056," + ",".join("1" for _ in names) + "\n"
    error = fault(written(tmp_path, text), "drees_apl_2022_2023")
    assert (error.where.row, error.where.column, error.where.value) == (2, "code_commune", "75056")


PREFIXES = ("medecin_generaliste", "infirmier", "kine", "sage_femme", "dentiste")


@pytest.mark.parametrize(
    ("change", "row", "words"),
    [
        ({"31/12/2019": "31/13/2019"}, 2, "une date"),
        ({",f,": ",x,"}, 2, "l'un de f, d, c"),
        ({"1.0": "1.5"}, 2, "entre 0 et 1"),
        ({"2019,2020": "2019,"}, 2, ""),
    ],
)
def test_a_bad_change_of_code(tmp_path: Path, change: dict[str, str], row: int, words: str) -> None:
    text = "code_before,code_after,annee,typemodif,ratio,year_before,year_after\n"
    text += "17272,17340,31/12/2019,f,1.0,2019,2020\n"
    assert read("passage", written(tmp_path, text)).height == 1
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    error = fault(written(tmp_path, text), "passage")
    assert error.where.row == row
    assert words in error.fr


def test_a_parquet_without_polygons(tmp_path: Path) -> None:
    import polars as pl

    path = tmp_path / "communes.parquet"
    pl.DataFrame({"code": ["01001"], "nom": ["x"], "type": ["COM"], "geometry": ["POINT(0 0)"]}).write_parquet(path)
    assert fault(path, "geometry").where.column == "geometry"
    path.write_bytes(path.read_bytes()[:-20])
    assert "Parquet illisible" in fault(path, "geometry").fr
