"""Postal codes: without a file the site says so, with one it answers; a wrong file is told by row and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Client, linked, vigie

from vigie.editions.postal import FILE
from vigie.errors import InputError
from vigie.site import create_app
from vigie.sources.postal import read_postal

LA_POSTE = (
    "#Code_commune_INSEE;Nom_de_la_commune;Code_postal;Libellé_d_acheminement;Ligne_5\n"
    "23096;GUERET;23000;GUERET;\n23193;STE FEYRE;23000;STE FEYRE;\n13201;MARSEILLE 01;13001;MARSEILLE;\n"
    "01004;AMBERIEU EN BUGEY;1500;AMBERIEU EN BUGEY;\n99999;NULLE PART;23000;NULLE PART;\n"
).encode("latin-1")


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own with the same edition, so that no other test finds postal codes."""
    return linked(edition_home, tmp_path_factory.mktemp("postal") / "home")


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[Client]:
    yield Client(create_app(home))


def test_postal_codes_answer_once_a_file_is_brought(home: Path, site: Client, tmp_path: Path) -> None:
    before = site.get("/recherche?q=23000").text
    assert "Données non disponibles" in before
    assert "vigie postal" in before
    assert site.get("/api/v1/territories?q=23000").json()["territories"] == []
    assert site.get("/recherche?q=13001").status_code == 200  # INSEE's Aix-en-Provence: nobody is sent there unasked
    file = tmp_path / "laposte.csv"
    file.write_bytes(LA_POSTE)
    told = vigie("postal", file, home=home)
    assert told.code == 0, told.err
    assert (home / FILE).read_bytes() == LA_POSTE
    after = site.get("/recherche?q=23000").text
    assert "2 communes servies" in after.replace("\u00a0", " ")
    assert after.index("/territoire/commune/23096") < after.index("/territoire/commune/23193")
    found = site.get("/api/v1/territories?q=23000").json()["territories"]
    assert [one["code"] for one in found] == ["23096", "23193"]
    both = site.get("/recherche?q=13001").text
    assert both.index("/territoire/commune/13201") < both.index("/territoire/commune/13001")
    assert "/territoire/commune/01004" in site.get("/recherche?q=01500").text  # the zero that was lost
    assert "Cedex" in site.get("/recherche?q=99998").text
    assert site.get("/recherche?q=12202").status_code == 303


@pytest.mark.parametrize(
    ("content", "row", "column"),
    [
        (b"code_postal,code_insee\n23000,23096\n2300A,23096\n", 3, "code_postal"),
        (b"code_postal,code_insee\n23000,x\n", 2, "code_insee"),
        (b"code_postal,nom\n23000,x\n", 1, None),
        (b"", 1, None),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(content: bytes, row: int, column: str | None) -> None:
    with pytest.raises(InputError) as refused:
        read_postal(content, "codes.csv")
    assert (refused.value.where.file, refused.value.where.row, refused.value.where.column) == ("codes.csv", row, column)
