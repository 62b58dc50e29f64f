"""`vigie report` as people run it, and the files that the site gives of it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pypdf
import pytest
from processes import Client, linked, vigie

from vigie.levers.scenario import from_data, read_scenario, token
from vigie.site import create_app, report_routes
from vigie.site.limits import Turns

SCENARIO = Path(__file__).parents[2] / "docs" / "scenarios" / "aveyron.toml"


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked(edition_home, tmp_path_factory.mktemp("reports") / "home")


def text_of(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())


def test_a_territory_as_a_pdf_and_as_a_workbook(home: Path, tmp_path: Path) -> None:
    said = vigie("report", "commune:45232", "-o", tmp_path / "olivet.pdf", home=home, lang="fr")
    assert said.code == 0 and "olivet.pdf" in said.out
    words = text_of(tmp_path / "olivet.pdf")
    assert "À Olivet, un habitant a accès à 3,32 consultations" in words
    assert "2,62 dans le Loiret et 3,74 en France" in words
    assert vigie("report", "commune:45232", "-o", tmp_path / "olivet.xlsx", home=home).code == 0
    assert "Access to professionals" in openpyxl.load_workbook(tmp_path / "olivet.xlsx").sheetnames


def test_a_zoning_file_tells_every_rule_and_why(home: Path, tmp_path: Path) -> None:
    said = vigie("report", "commune:45232", "--zoning", "-o", tmp_path, home=home, lang="fr")
    assert said.code == 0
    words = text_of(tmp_path / "zonage-commune-45232-olivet.pdf")
    assert "Médecins, parts de 2021" in words and "Le seuil le plus proche" in words
    assert "Seul l’arrêté du directeur général de l’ARS classe un territoire" in words


def test_a_scenario_is_reported_with_its_cost_and_who_loses(home: Path, tmp_path: Path) -> None:
    said = vigie("report", "--scenario", SCENARIO, "-o", tmp_path / "s.pdf", home=home, lang="fr")
    assert said.code == 0
    words = text_of(tmp_path / "s.pdf")
    assert "Simulation de Vigie, non une prévision" in words and "718 000 €" in words
    assert "Qui gagne, qui perd" in words and "Rodez" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ("one report and one only",)),
        (["Creuse", "--national"], ("one report and one only",)),
        (["departement:23", "-o", "creuse.docx"], ("unknown format", ".docx", ".pdf")),
        (["departement:23", "--mesh", "canton"], ("unknown mesh", "bassin_de_vie")),
        (["Nullepart-sur-Rien", "-o", "x.pdf"], ("Nullepart",)),
        (["--national", "-o", "x.xlsx"], ("unknown format",)),
        (["departement:23", "--scenario", "absent.toml", "-o", "x.pdf"], ("absent.toml",)),
    ],
)
def test_a_wrong_request_is_refused_and_writes_nothing(
    home: Path, tmp_path: Path, arguments: list[str], words: tuple[str, ...]
) -> None:
    placed = [str(tmp_path / one) if one.startswith("x.") else one for one in arguments]
    vigie("report", *placed, home=home).refused(*words)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_said(home: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    vigie("report", "commune:45232", "-o", blocked / "x.pdf", home=home).refused("cannot write")


def test_the_site_gives_a_report_made_once(home: Path) -> None:
    client = Client(create_app(home))
    page = client.get("/territoire/commune/45232").text
    assert 'href="/rapport/commune/45232.pdf"' in page and 'href="/rapport/commune/45232.xlsx"' in page
    assert 'href="/rapport/suivi-national.pdf"' in client.get("/engagements").text
    first = client.get("/rapport/commune/45232.pdf")
    assert first.status_code == 200 and first.headers["content-type"] == "application/pdf"
    assert "etat-des-lieux-commune-45232-olivet.pdf" in first.headers["content-disposition"]
    kept = next((home / "reports").rglob("commune-45232-fr.pdf"))
    assert kept.read_bytes() == first.content
    kept.write_bytes(b"%PDF kept")
    assert client.get("/rapport/commune/45232.pdf").content == b"%PDF kept"
    kept.unlink()


def test_the_site_gives_zoning_files_and_scenario_reports(home: Path, tmp_path: Path) -> None:
    client = Client(create_app(home))
    assert 'href="/rapport/zonage/commune/45232.pdf"' in client.get("/territoire/commune/45232").text
    assert 'href="/rapport/zonage/departement/12.pdf"' in client.get("/zonage?dans=12").text
    zoning = client.get("/rapport/zonage/commune/45232.pdf")
    assert zoning.status_code == 200 and "zonage-commune-45232-olivet.pdf" in zoning.headers["content-disposition"]
    (tmp_path / "z.pdf").write_bytes(zoning.content)
    assert "Dossier de zonage" in text_of(tmp_path / "z.pdf")
    word = token(read_scenario(SCENARIO))
    told = client.get(f"/rapport/scenario.pdf?s={word}")
    assert told.status_code == 200 and told.headers["content-type"] == "application/pdf"
    (tmp_path / "s.pdf").write_bytes(told.content)
    assert "Qui gagne, qui perd" in text_of(tmp_path / "s.pdf")
    assert client.get("/rapport/scenario.pdf?s=v1.abcd").status_code == 404
    stranger = token(from_data({"territory": "commune:99999"}))
    assert client.get(f"/rapport/scenario.pdf?s={stranger}").status_code == 404
    assert client.get("/rapport/zonage/commune/99999.pdf").status_code == 404


def test_what_is_not_there_or_not_asked_well_is_not_made(home: Path) -> None:
    client = Client(create_app(home))
    assert client.get("/rapport/commune/99999.pdf").status_code == 404
    assert client.get("/rapport/commune/45232.docx").status_code == 404
    assert "/rapport/" in client.get("/robots.txt").text


def test_too_many_reports_at_once_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(create_app(home))
    monkeypatch.setattr(report_routes, "_make", lambda *_: pytest.fail("made out of turn"))
    monkeypatch.setattr(report_routes, "TURNS", Turns(at_once=0, waiting=0, patience=1.0))
    assert client.get("/rapport/commune/45234.pdf").status_code == 503


def test_the_oldest_reports_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(report_routes, "_KEPT", 250)
    folder = tmp_path / "edition"
    folder.mkdir()
    for age, name in enumerate(("new.pdf", "middle.pdf", "old.pdf")):
        (folder / name).write_bytes(b"x" * 100)
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    report_routes._make_room(folder / "new.pdf")
    assert sorted(path.name for path in folder.iterdir()) == ["middle.pdf", "new.pdf"]
