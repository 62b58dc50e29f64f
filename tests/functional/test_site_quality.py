"""The page « Qualité », its addresses in the API and its files: the same report everywhere."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from processes import Client

from vigie.editions.store import current_folder
from vigie.site.api import models
from vigie.site.evidence import evidence


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_shows_every_check_with_its_result(site: Client, edition_home: Path, prefix: str) -> None:
    page = site.get(f"{prefix}/qualite").text
    manifest = json.loads((current_folder(edition_home) / "manifest.json").read_text(encoding="utf-8"))
    counted = manifest["checks"]["passed"] + manifest["checks"]["failed"]
    table = re.search(r'id="checks-caption".*?</table>', page, re.S)
    assert table is not None and len(re.findall(r"<tr><th scope=\"row\">", table[0])) == counted
    assert (" / duplicates" in page) is False and ("duplicates" in page) is bool(prefix)
    for one in evidence():
        assert one.command in page
    assert ("Not measured" if prefix else "Non mesuré") in page or all(one.missing is None for one in evidence())


def test_the_page_is_found_from_the_others_and_by_robots(site: Client) -> None:
    assert 'href="/qualite"' in site.get("/methodes").text and 'href="/en/qualite"' in site.get("/en/methodes").text
    assert 'href="/qualite"' in site.get("/donnees").text
    assert "/qualite</loc>" in site.get("/sitemap.xml").text


def test_the_api_tells_the_same_report(site: Client, edition_home: Path) -> None:
    told = site.get("/api/v1/quality").json()
    models.Quality.model_validate(told)
    manifest = json.loads((current_folder(edition_home) / "manifest.json").read_text(encoding="utf-8"))
    assert told["passed"] == manifest["checks"]["passed"]
    near = {one["indicator"]: one for one in told["agreement"] if one["level"] == "commune"}
    assert set(near) == {f"apl_{name}" for name in ("mg", "infirmiers", "kines", "dentistes", "sages_femmes")}
    assert near["apl_mg"]["correlation"] == pytest.approx(0.709, abs=0.002) and near["apl_mg"]["territories"] > 34_900
    known = {(one["indicator"], one["level"]): one for one in told["coverage"]}
    assert known["apl_mg", "commune"]["share"] > 0.99 and known["apl_mg", "departement"]["missing"] == 1  # Mayotte
    assert {one["basis"] for one in told["releases"]} == {"cadence", "none"}
    assert told["transcription"]["relations"] == told["transcription"]["hold"] + len(told["transcription"]["broken"])
    assert all(one["explanation"]["fr"] for one in told["transcription"]["broken"])
    assert told["releases"] == site.get("/api/v1/releases").json()["releases"]


def test_the_calendar_and_the_log_are_files_too(site: Client) -> None:
    log = site.get("/qualite/revisions.csv")
    assert log.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(log.text)))
    told = site.get("/api/v1/revisions?limit=1000").json()
    models.Revisions.model_validate(told)
    assert len(rows) == told["total"] == 0 and told["since"] == told["edition"]  # a first edition revises nothing
    assert "first has nothing before it" in told["note"]["en"]
    for name in ("releases", "agreement", "coverage"):
        assert site.get(f"/donnees/tables/{name}.parquet").status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/quality?a=1", 422),
        ("/api/v1/revisions?limit=0", 422),
        ("/api/v1/revisions?indicator=%27", 422),
        ("/api/v1/revisions?indicator=zzz", 404),
        ("/api/v1/releases?offset=1", 422),
    ],
)
def test_what_is_asked_wrong_is_told(site: Client, address: str, status: int) -> None:
    assert site.get(address).status_code == status
