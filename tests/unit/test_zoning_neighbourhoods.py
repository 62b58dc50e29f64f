"""Priority neighbourhoods: their list in its two official layouts, and those that a rule lets be classed alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.editions.zoning_brought import mark
from vigie.editions.zoning_neighbourhoods import bring, read
from vigie.errors import InputError, StorageError
from vigie.zoning.neighbourhoods import Counted, alone, counted, shares
from vigie.zoning.rules import Alone

KNOWN = {"01053", "01289", "02571", "02691", "75118"}
ANCT = (
    "code_qp,lib_qp,insee_reg,lib_reg,insee_dep,lib_dep,insee_com,lib_com,siren_epci,lib_epci\n"
    "QN00101M,Grande Reyssouze,84,Auvergne-Rhône-Alpes,01,Ain,1053,Bourg-en-Bresse,200071751,CA\n"
    'QN00201M,Europe,32,Hauts-de-France,02,Aisne,"02571, 02691","Omissy, Saint-Quentin",200071892,CA\n'
)
INSEE = (
    "codeqpv;libqpv;codereg;listedepcom;popmuniqpv\n"
    "QN00101M;Grande Reyssouze;84;01053;5 120\nQN00201M;Europe;32;02571,02691;4300\nQN07501M;Goutte d’Or;11;75056;ns\n"
)
RULE = Alone.model_validate({"origins": ["vivier", "hors"], "target": "zip", "source": {"fr": "x", "en": "x"}})
CLASSES = pl.DataFrame(
    [("01053", "Bourg", "01", "84", "Zone Bourg", "vivier"), ("01289", "Péronnas", "01", "84", "Zone Bourg", "vivier"),
     ("02571", "Omissy", "02", "32", "Zone Omissy", "zip"), ("02691", "Saint-Quentin", "02", "32", "Zone SQ", "hors"),
     ("75118", "Paris 18e", "75", "11", "Paris 18e", "zip")],
    schema=["place", "commune", "departement", "region", "zone", "class"], orient="row",
)  # fmt: skip


def a_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "qpv.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_list_of_the_anct_is_read_with_the_zeros_that_spreadsheets_lose(tmp_path: Path) -> None:
    found = read(a_file(tmp_path, ANCT), KNOWN)
    assert found.select("neighbourhood", "place").rows() == [
        ("QN00101M", "01053"), ("QN00201M", "02571"), ("QN00201M", "02691"),
    ]  # fmt: skip
    assert found["people"].null_count() == 3 and found["name"][0] == "Grande Reyssouze"


def test_the_base_of_insee_is_read_with_its_people_whatever_its_encoding(tmp_path: Path) -> None:
    found = read(a_file(tmp_path, INSEE, "windows-1252"), KNOWN)
    told = dict(found.select("neighbourhood", "people").iter_rows())
    assert told == {"QN00101M": 5120.0, "QN00201M": 4300.0, "QN07501M": None}
    assert found.filter(pl.col("neighbourhood") == "QN07501M")["place"].to_list() == [None]  # no arrondissement told
    assert found["name"].to_list()[-1] == "Goutte d’Or"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("XX;a;01053;1", "ce n'est pas le code d'un quartier"),
        ("QN00101M;a;99999;1", "insee_com.*99999.*aucune commune"),
        ("QN00101M;a;;1", "aucune commune n'a ce code"),
        ("QN00101M;a;01053;beaucoup", "un nombre d'habitants"),
        ("QN00101M;a;01053;1\nQN00101M;b;01289;2", "ligne 3.*inscrit deux fois"),
        ("", "aucun quartier"),
    ],
)
def test_a_list_that_is_wrong_is_refused_where_it_is(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(a_file(tmp_path, f"code_qp;lib_qp;insee_com;population\n{line}\n"), KNOWN)


def test_a_file_of_something_else_names_the_columns_and_the_files_that_have_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="code_qp, codeqpv") as refused:
        read(a_file(tmp_path, "code;nom\n1;2\n"), KNOWN)
    assert "data.gouv" in str(refused.value)
    with pytest.raises(StorageError):
        read(tmp_path / "absent.csv", KNOWN)


def test_a_list_kept_replaces_the_former_one_once_it_is_read_whole(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert mark(home) == ""
    bring(home, a_file(tmp_path, ANCT), KNOWN)
    before = mark(home)
    with pytest.raises(InputError):
        bring(home, a_file(tmp_path, "code_qp;lib_qp;insee_com\nXX;a;01053\n"), KNOWN)
    assert mark(home) == before != ""


def test_a_neighbourhood_may_be_classed_alone_where_one_of_its_zones_is_of_the_classes_named(tmp_path: Path) -> None:
    listed = read(a_file(tmp_path, INSEE), KNOWN)
    found = {row["neighbourhood"]: row for row in alone(RULE, ["zip", "vivier", "hors"], CLASSES, listed).to_dicts()}
    assert found["QN00101M"]["class"] == "vivier" and found["QN00101M"]["alone"] == "zip"
    two = found["QN00201M"]
    assert two["class"] == "zip" and two["alone"] == "zip" and two["communes"] == "Omissy, Saint-Quentin"
    assert two["people"] == 4300.0 and two["zones"] == "Zone Omissy, Zone SQ"
    lost = found["QN07501M"]
    assert lost["class"] is None and lost["alone"] is None and lost["places"] == ""
    sums = counted(alone(RULE, ["zip", "vivier", "hors"], CLASSES, listed))
    assert sums == Counted(listed=3, alone=2, told=2, people=9420.0)


def test_the_share_of_a_commune_is_told_only_where_its_neighbourhoods_are_in_it_alone(tmp_path: Path) -> None:
    listed = read(a_file(tmp_path, INSEE), KNOWN)
    places = pl.DataFrame({"code": ["01053", "02571", "02691"], "population": [40_960, 700, 53_000]})
    found = {row["place"]: row for row in shares(listed, places).to_dicts()}
    assert found["01053"] == {"place": "01053", "neighbourhoods": 1, "people": 5120.0, "share": 12.5}
    assert found["02691"]["neighbourhoods"] == 1 and found["02691"]["share"] is None
