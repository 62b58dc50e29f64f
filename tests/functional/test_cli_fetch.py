"""``vigie fetch`` and ``vigie sources`` as processes, against a local server that is good, bad or gone."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import changed
import pytest
from changed import FILE, SOURCE
from processes import linked, served, started, vigie

if TYPE_CHECKING:
    from conftest import Changed

pytestmark = pytest.mark.timeout(900)  # builds on a busy machine


class Handler(BaseHTTPRequestHandler):
    """Answers each request by the next behaviour of its path."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        site = self.server
        site.asked[self.path] = site.asked.get(self.path, 0) + 1
        behaviours = site.behaviours[self.path]
        behaviours[min(site.asked[self.path], len(behaviours)) - 1](self)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes, media: str = "application/gzip", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: dict[str, int] = {}
        self.behaviours: dict[str, list[Callable[[Handler], None]]] = {}

    def at(self, path: str, *behaviours: Callable[[Handler], None]) -> str:
        self.behaviours[path] = list(behaviours)
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


def sends(body: bytes, status: int = 200, media: str = "application/gzip") -> Callable[[Handler], None]:
    return lambda handler: handler.reply(status, body, media)


def cuts(body: bytes) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(200, body[: len(body) // 2], length=len(body))


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def times() -> bytes:
    return changed.times()


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked(edition_home, tmp_path_factory.mktemp("fetch") / "home", steps=True)


def snapshots(home: Path) -> list[str]:
    """The files kept; what a transfer that broke had received waits in ``.partial`` for the next try."""
    kept = (path for path in (home / "snapshots").glob("*/*") if path.parent.name != ".partial")
    return sorted(path.name for path in kept if not path.name.startswith("."))


def row(home: Path, *arguments: str | Path) -> dict[str, object]:
    rows = json.loads(vigie("sources", "--json", *arguments, home=home).raw)
    return next(one for one in rows if one["id"] == SOURCE)


# fetch -------------------------------------------------------------------------------------------------------------


def test_a_source_is_fetched_and_kept(site: Site, home: Path, times: bytes, tmp_path: Path) -> None:
    before = served(home)

    # A file that its reader refuses is told by its place, set aside, and changes nothing.
    bad = gzip.compress(gzip.decompress(times).replace(b"\n01001,", b"\n1001,", 1), mtime=0)
    said = vigie("fetch", SOURCE, "--address", site.at("/bad", sends(bad)), home=home)
    said.refused("code_commune", "“1001”", "lost its leading zero", "1 sources of 1 not received", SOURCE, code=5)
    assert [name.rpartition(".")[2] for name in snapshots(home)] == ["gz", "refused"]
    assert row(home)["origin"] == "embedded"
    assert "Edition built already" in vigie("build", home=home).out
    assert served(home) == before

    # A server that is down, then up.
    good = vigie("fetch", SOURCE, "--address", site.at("/good", sends(b"", 500), sends(times)), home=home)
    assert good.code == 0, good.err
    assert site.asked["/good"] == 2
    assert good.out.startswith(f"{SOURCE}@")
    assert "vigie build" in good.out
    known = row(home)
    assert known["origin"] == "snapshot"
    assert known["snapshot"] == good.out.split()[0]
    assert known["bytes"] == len(times)

    assert served(home) == before


def test_the_next_build_takes_what_was_fetched(changed_home: Changed, times: bytes) -> None:
    home = Path(changed_home.home)
    known = row(home)
    assert (known["origin"], known["bytes"]) == ("snapshot", len(times))
    assert changed_home.fetched.startswith(f"{SOURCE}@")
    assert changed_home.fetched.split()[0] == known["snapshot"]
    manifest = json.loads((home / "editions" / "current" / "manifest.json").read_text())
    (entry,) = [one for one in manifest["inputs"] if one["source"] == SOURCE]
    assert (entry["snapshot"], entry["origin"], entry["file"]) == (known["snapshot"], "snapshot", FILE)
    assert entry["address"].endswith(f"/{FILE}")
    assert entry["received"].endswith("Z")
    shown = json.loads(vigie("show", "12202", "--indicator", "temps_urgences", "--json", home=home).raw)
    assert (shown["figures"][0]["value"], shown["figures"][0]["snapshot"]) == (1.0, known["snapshot"])


def test_what_a_server_may_do_wrong_is_told(site: Site, tmp_path: Path, times: bytes) -> None:
    """Each in its own process, at the same time: most of them are waiting to try again."""
    page = b"<!DOCTYPE html><html><body>Bienvenue</body></html>"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/x"
    cases: dict[str, tuple[str, list[str]]] = {
        "absent": (site.at("/absent", sends(b"non", 404, "text/plain")), ["the server answers 404", "new address"]),
        "page": (site.at("/page", sends(page, media="text/html")), ["sends an HTML page instead of data"]),
        "hidden page": (site.at("/hidden", sends(page, media="text/csv")), ["is an HTML page, not data"]),
        "empty": (site.at("/empty", sends(b"")), ["is empty, not data"]),
        "half gzip": (site.at("/half", sends(times[: len(times) // 2])), ["gzip file received is truncated"]),
        "cut": (site.at("/cut", cuts(times)), [f"transfer cut after {len(times) // 2} bytes", "resumes"]),
        "down": (site.at("/down", sends(b"", 503, "text/plain")), ["the server answers 503", "Try again later"]),
        "no address": ("not an address", ["cannot connect"]),
        "no network": (closed, ["cannot connect to 127.0.0.1", "Check the network", "--from"]),
    }
    running = {
        name: started("fetch", SOURCE, "--address", address, home=tmp_path / name)
        for name, (address, _) in cases.items()
    }
    for name, (address, words) in cases.items():
        _, err = running[name].communicate()
        told = " ".join(err.decode().split())
        assert running[name].returncode == 5, (name, told)
        assert "Traceback" not in told
        for word in [*words, address, f"not received: {SOURCE}", "have not changed"]:
            assert word in told, (name, word, told)
        assert snapshots(tmp_path / name) == []
    assert site.asked["/absent"] == site.asked["/page"] == 1  # not worth another try
    assert site.asked["/down"] == site.asked["/cut"] == 5


def test_a_wrong_use_of_fetch_is_told(home: Path) -> None:
    vigie("fetch", "emergency_time", home=home).refused("unknown source “emergency_time”", SOURCE, code=4)
    vigie("fetch", "--address", "http://127.0.0.1:9/x", home=home).refused("--address is for one source only")
    vigie("fetch", "age_deprivation", home=home).refused("no known download address", "age_deprivation", "--from")


# sources -----------------------------------------------------------------------------------------------------------


def test_sources_are_listed_with_age_licence_and_use(tmp_path: Path) -> None:
    from vigie.sources import catalogue

    rows = {one["id"]: one for one in json.loads(vigie("sources", "--json", home=tmp_path).raw)}
    assert set(rows) == set(catalogue())
    apl = rows["drees_apl_2022_2023"]
    assert (apl["origin"], apl["licence"]) == ("embedded", "Licence Ouverte 2.0")
    assert "apl_mg" in apl["indicators"]
    assert rows["bpe_2021"]["late_months"] >= 28
    assert rows["bpe_2021"]["age"].startswith("late by ")
    assert apl["age"] == "no regular cadence"
    assert rows["finess"]["origin"] is None
    printed = vigie("sources", home=tmp_path).out
    for name in ("drees_apl_2022_2023", "bpe_2021", "ameli_demography"):
        assert name in printed
    assert "late" in printed
    assert "en retard de" in vigie("sources", home=tmp_path, lang="fr").out


def test_the_file_names_accepted_are_listed(tmp_path: Path) -> None:
    lines = dict(line.split(": ", 1) for line in vigie("sources", "--files", home=tmp_path).out.splitlines())
    assert lines["communes"] == "communes_ref_2024.csv.gz"
    assert lines[SOURCE] == FILE
    assert "indicateur_d_apl_aux_medecins_generalistes.xlsx" in lines["drees_apl_workbook"]


def test_a_folder_of_copies_shows_as_such(tmp_path: Path, times: bytes) -> None:
    (tmp_path / FILE).write_bytes(times)
    assert row(tmp_path / "home", "--from", tmp_path)["origin"] == "folder"
    vigie("sources", "--from", tmp_path / "absent", home=tmp_path).refused("does not exist", code=6)
