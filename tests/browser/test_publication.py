"""``vigie publish``: a part of the site as files, its links and data, a second run, and a plain file server."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.functional.processes import vigie

_ONLY = "epci:200069128"
_LINK = re.compile(r' (?:href|src|action)="([^"#:]*)(?:#[^"]*)?"')


def _publish(home: Path, folder: Path) -> dict[str, int]:
    said = vigie("publish", "--static", folder, "--only", _ONLY, "--jobs", "1", "--reports", "--json", home=home)
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


@pytest.fixture(scope="module")
def published(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy") / "vigie"
    told = _publish(edition_home, folder)
    assert told["files"] == told["written"] == len(_files(folder))
    return folder


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and ".vigie" not in path.parts]


def test_every_link_of_every_page_is_a_file_of_the_copy(published: Path) -> None:
    pages = [path for path in _files(published) if path.suffix == ".html"]
    assert len(pages) > 20
    followed = 0
    for page in pages:
        for link in filter(None, _LINK.findall(page.read_text(encoding="utf-8"))):
            target = page.parent / unescape(link).partition("?")[0]
            target = target / "index.html" if link.endswith(("/", "..", ".")) else target
            assert not link.startswith("/"), (page, link)
            assert target.resolve().is_file(), (page, link)
            followed += 1
    assert followed > 1_000


def test_the_report_of_each_departement_is_there_and_its_page_links_to_it(published: Path) -> None:
    reports = {path.stem: path for path in (published / "rapport/departement").iterdir()}
    assert reports.keys() == {path.name for path in (published / "territoire/departement").iterdir()} != set()
    for code, report in reports.items():
        assert report.read_bytes().startswith(b"%PDF")
        page = (published / f"territoire/departement/{code}/index.html").read_text(encoding="utf-8")
        assert f"rapport/departement/{report.name}" in page
    other = (published / f"territoire/epci/{_ONLY[5:]}/index.html").read_text(encoding="utf-8")
    assert "rapport/epci" not in other


def test_the_data_of_a_territory_are_those_of_the_service(published: Path) -> None:
    whole = json.loads((published / f"api/v1/observations/level=epci/code={_ONLY[5:]}.json").read_bytes())
    text = (published / f"api/v1/observations/level=epci/code={_ONLY[5:]}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == whole["total"] == len(whole["observations"]) > 20
    assert [row["value"] for row in rows] == ["" if o["value"] is None else str(o["value"])
                                              for o in whole["observations"]]  # fmt: skip


def test_a_second_run_writes_nothing_and_mends_what_is_lost(edition_home: Path, published: Path) -> None:
    page = published / f"territoire/epci/{_ONLY[5:]}/index.html"
    before = page.read_bytes()
    again = _publish(edition_home, published)
    assert (again["written"], again["removed"]) == (0, 0)
    page.unlink()
    assert _publish(edition_home, published)["files"] == again["files"]
    assert page.read_bytes() == before


def test_a_folder_that_is_not_ours_is_left_alone(edition_home: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    vigie("publish", "--static", tmp_path, home=edition_home).refused("is not a publication of Vigie", code=6)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def plain_server(published: Path) -> Iterator[str]:
    """A file server that knows nothing of Vigie, with the copy in a folder of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(published.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/vigie"
    server.shutdown()
    server.server_close()


def test_one_searches_and_reads_without_a_service(browser: Browser, plain_server: str, published: Path) -> None:
    faults: list[str] = []
    context = browser.new_context()
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.on("response", lambda answer: answer.status >= 400 and faults.append(answer.url))
    page.goto(plain_server + "/")
    search = page.get_by_role("combobox")
    search.fill("mont lozere")  # letter by letter, a slow machine shows what begins with "mont" first
    page.get_by_role("option").first.wait_for()
    first = page.get_by_role("option").first.inner_text()
    assert "Mont" in first
    assert "Loz" in first
    search.press("Enter")  # without a choice: the page of results
    page.locator("ul.results a").first.wait_for()
    assert "/recherche/?q=mont" in page.url
    page.locator("ul.results a").first.click()
    page.locator("h1").wait_for()
    assert page.locator("h1").inner_text() in first
    page.locator(".crumbs a").last.click()
    page.wait_for_url("**/territoire/**")
    page.goto(plain_server + "/zonage/")  # its map is a picture there: what its sliders change, the service tells
    page.wait_for_load_state("networkidle")
    page.locator(".atlas-map img").first.wait_for()
    assert faults == []
    context.close()
