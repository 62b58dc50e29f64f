"""Downloads from a real HTTP server that truncates, stalls, lies, redirects and recovers."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vigie.errors import FetchError, StorageError
from vigie.sources import read, source
from vigie.sources.catalogue import Address, Source
from vigie.sources.fetch import Patience, _next, fetch, fetch_address
from vigie.sources.snapshots import Snapshots

BODY = b"code_commune,temps_acces_urgences_min_2019\n" + b"".join(b"%05d,%d\n" % (n, n % 60) for n in range(1001, 9001))
QUICK = Patience(tries=3, pause=0.01, longest=0.05, connect=60.0, read=60.0)  # a busy machine is no fault of a server
IMPATIENT = Patience(tries=10, pause=0.01, longest=0.05, connect=60.0, read=0.4)
TIMES = source("emergency_times_2019")


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the behaviour of the test; counts it and keeps its headers."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        site = self.server
        site.asked.append(dict(self.headers))
        site.behaviours[min(len(site.asked), len(site.behaviours)) - 1](self)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        kept = {"content-type": "text/csv", "content-length": str(len(body)), "etag": '"v1"'}
        kept |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_response(status)
        for name, value in kept.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Site(ThreadingHTTPServer):
    """A server whose n-th request meets the n-th behaviour, the last one from then on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, str]] = []
        self.behaviours: list[Callable[[Handler], None]] = [whole]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/temps.csv"


def whole(handler: Handler) -> None:
    handler.reply(200, BODY)


def with_range(handler: Handler) -> None:
    """As a good server: the rest, if the file is still the one that the caller holds the start of."""
    asked = handler.headers.get("Range")
    if asked is None or handler.headers.get("If-Range") != '"v1"':
        return whole(handler)
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    return handler.reply(206, BODY[start:], content_range=f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")


def cut(handler: Handler) -> None:
    """Announces the whole, sends half."""
    handler.reply(200, BODY[: len(BODY) // 2], content_length=str(len(BODY)))


def stall(handler: Handler) -> None:
    handler.reply(200, BODY[:1000], content_length=str(len(BODY)))
    handler.wfile.flush()
    handler.connection.settimeout(120)
    handler.connection.recv(1)  # nothing more is sent: the client goes away


def status(code: int) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(code, b"non", content_type="text/plain")


@dataclass
class Trial:
    """A site, a store and an address between them."""

    site: Site
    store: Snapshots
    seen: list[tuple[int, int | None]] = field(default_factory=list)
    patience: Patience = QUICK

    def address(self, file: str = "temps.csv", max_bytes: int = 10_000_000) -> Address:
        # The catalogue only takes https; the test's server has no certificate.
        return Address.model_construct(url=self.site.url, file=file, media=("text/csv",), max_bytes=max_bytes)

    def fetch(self, *behaviours: Callable[[Handler], None], max_bytes: int = 10_000_000) -> bytes:
        if behaviours:
            self.site.behaviours = list(behaviours)
        address = self.address(max_bytes=max_bytes)
        found = fetch_address(TIMES, address, self.store, progress=self.note, patience=self.patience)
        assert self.partials() == []
        return found.path.read_bytes()

    def note(self, received: int, total: int | None) -> None:
        self.seen.append((received, total))

    def fails(self, *behaviours: Callable[[Handler], None], max_bytes: int = 10_000_000) -> FetchError:
        with pytest.raises(FetchError) as caught:
            self.fetch(*behaviours, max_bytes=max_bytes)
        error = caught.value
        assert error.exit_code == 5
        assert error.remedy_fr
        assert error.remedy_en
        assert self.store.all() == []
        return error

    def partials(self) -> list[Path]:
        return sorted(self.store.root.glob(".partial/*"))


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Trial(site, Snapshots(tmp_path / "snapshots"))
    site.shutdown()
    site.server_close()
    thread.join()


def test_a_download_becomes_a_snapshot_that_can_be_read(trial: Trial) -> None:
    assert trial.fetch() == BODY
    found = trial.store.latest("emergency_times_2019")
    assert found is not None
    assert (found.address, found.media_type, found.bytes) == (trial.site.url, "text/csv", len(BODY))
    assert read("emergency_times_2019", found.path).height == 8000
    assert trial.store.verify() == 1


def test_progress_tells_received_and_total(trial: Trial) -> None:
    trial.fetch()
    assert trial.seen[0] == (0, len(BODY))
    assert trial.seen[-1] == (len(BODY), len(BODY))
    assert trial.seen == sorted(trial.seen)


def test_a_passing_error_is_tried_again(trial: Trial) -> None:
    assert trial.fetch(status(500), status(503), whole) == BODY
    assert len(trial.site.asked) == 3


def test_after_the_last_try_the_status_is_told(trial: Trial) -> None:
    error = trial.fails(status(500))
    assert len(trial.site.asked) == QUICK.tries
    assert "répond 500" in error.fr
    assert "later" in error.remedy_en


@pytest.mark.parametrize(("code", "words"), [(404, "nouvelle adresse"), (410, "nouvelle adresse"), (403, "refuse")])
def test_a_lasting_error_is_not_tried_again(trial: Trial, code: int, words: str) -> None:
    error = trial.fails(status(code))
    assert len(trial.site.asked) == 1
    assert f"répond {code}" in error.fr
    assert words in error.remedy_fr


def test_a_cut_transfer_resumes_where_it_stopped(trial: Trial) -> None:
    assert trial.fetch(cut, with_range) == BODY
    assert trial.site.asked[1]["Range"] == f"bytes={len(BODY) // 2}-"
    assert trial.site.asked[1]["If-Range"] == '"v1"'
    assert (len(BODY) // 2, len(BODY)) in trial.seen


def test_a_server_that_ignores_range_sends_the_whole_again(trial: Trial) -> None:
    assert trial.fetch(cut, whole) == BODY
    assert "Range" in trial.site.asked[1]


def test_a_file_that_changed_meanwhile_starts_again(trial: Trial) -> None:
    def changed(handler: Handler) -> None:
        handler.reply(200, BODY.replace(b",1\n", b",2\n"), etag='"v2"')

    assert trial.fetch(cut, changed) == BODY.replace(b",1\n", b",2\n")


def test_a_file_that_shrank_meanwhile_keeps_nothing_of_the_old(trial: Trial) -> None:
    assert trial.fetch(cut, lambda handler: handler.reply(200, BODY[:500], etag='"v2"')) == BODY[:500]


def test_without_a_validator_nothing_is_resumed(trial: Trial) -> None:
    def anonymous(handler: Handler) -> None:
        handler.reply(200, BODY[:1000], content_length=str(len(BODY)), etag="")

    assert trial.fetch(anonymous, with_range) == BODY
    assert "Range" not in trial.site.asked[1]


def test_a_weak_validator_is_not_enough(trial: Trial) -> None:
    def weak(handler: Handler) -> None:
        handler.reply(200, BODY[:1000], content_length=str(len(BODY)), etag='W/"v1"')

    assert trial.fetch(weak, with_range) == BODY
    assert "Range" not in trial.site.asked[1]


def test_the_rest_of_another_place_is_refused(trial: Trial) -> None:
    def elsewhere(handler: Handler) -> None:
        handler.reply(206, BODY[:10], content_range=f"bytes 0-9/{len(BODY)}")

    assert trial.fetch(cut, elsewhere, whole) == BODY
    assert "Range" not in trial.site.asked[2]


def test_a_range_past_the_end_starts_again(trial: Trial) -> None:
    assert trial.fetch(cut, status(416), whole) == BODY
    assert "Range" not in trial.site.asked[2]


def test_a_transfer_cut_every_time_keeps_its_start_for_the_next_run(trial: Trial) -> None:
    error = trial.fails(cut)
    assert "transfert coupé" in error.fr
    kept = [path for path in trial.partials() if path.suffix == ".csv"]
    assert [path.read_bytes() for path in kept] == [BODY[: len(BODY) // 2]]
    trial.site.asked.clear()
    assert trial.fetch(with_range) == BODY
    assert trial.site.asked[0]["Range"] == f"bytes={len(BODY) // 2}-"


def test_a_chunked_transfer_that_breaks_is_noticed(trial: Trial) -> None:
    def broken(handler: Handler) -> None:
        handler.reply(200, b"400\r\n" + BODY[:1024] + b"\r\n400\r\nabc", content_length="", transfer_encoding="chunked")

    assert "transfert coupé" in trial.fails(broken).fr


def test_a_connection_that_is_reset_is_a_cut_transfer(trial: Trial) -> None:
    def reset(handler: Handler) -> None:
        cut(handler)
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(handler.connection.detach())

    assert "transfert coupé" in trial.fails(reset).fr


def test_a_stalled_transfer_gives_up(trial: Trial) -> None:
    trial.patience = IMPATIENT
    error = trial.fails(stall)
    assert "plus rien depuis 0.4 s" in error.fr


def test_a_stall_is_resumed(trial: Trial) -> None:
    trial.patience = IMPATIENT
    assert trial.fetch(stall, with_range) == BODY
    assert trial.site.asked[1]["Range"] == "bytes=1000-"


def test_more_than_declared_is_not_believed(trial: Trial) -> None:
    """HTTP/1.1 stops at the declared length: what is read is shorter than the file, and the table is cut."""

    def short(handler: Handler) -> None:
        handler.reply(200, gzip.compress(BODY), content_length="2000")

    assert "gzip" in trial.fails(short).fr
    assert trial.partials() == []


def test_too_large_by_its_own_word(trial: Trial) -> None:
    error = trial.fails(max_bytes=1000)
    assert "trop gros" in error.fr
    assert str(len(BODY)) in error.fr


def test_too_large_without_saying_so(trial: Trial) -> None:
    def endless(handler: Handler) -> None:
        handler.reply(200, BODY, content_length="", connection="close")
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(BODY)

    assert "trop gros" in trial.fails(endless, max_bytes=1000).fr
    assert trial.partials() == []


@pytest.mark.parametrize("media", ["text/html; charset=utf-8", "application/xhtml+xml", "image/png"])
def test_another_type_than_expected_is_refused(trial: Trial, media: str) -> None:
    error = trial.fails(lambda handler: handler.reply(200, BODY, content_type=media))
    assert "au lieu de données (text/csv)" in error.fr
    assert len(trial.site.asked) == 1


def test_a_page_that_calls_itself_csv_is_refused(trial: Trial) -> None:
    error = trial.fails(lambda handler: handler.reply(200, b"\n<!DOCTYPE html><title>404</title>"))
    assert "page HTML" in error.fr
    assert trial.partials() == []


def test_an_empty_file_is_refused(trial: Trial) -> None:
    assert "vide" in trial.fails(lambda handler: handler.reply(200, b"")).fr


def test_a_damaged_gzip_is_refused_and_a_good_one_kept(trial: Trial) -> None:
    packed = gzip.compress(BODY)
    assert "gzip" in trial.fails(lambda handler: handler.reply(200, packed[:-4])).fr
    assert trial.fetch(lambda handler: handler.reply(200, packed)) == packed


def test_a_gzip_of_several_members_is_whole_or_not(trial: Trial) -> None:
    packed = gzip.compress(BODY) + gzip.compress(os.urandom(200_000)) + gzip.compress(bytes(5_000_000))
    assert "gzip" in trial.fails(lambda handler: handler.reply(200, packed[:-4])).fr
    spoilt = packed[:90_000] + b"spoilt" + packed[90_006:]
    assert "gzip" in trial.fails(lambda handler: handler.reply(200, spoilt)).fr
    assert trial.fetch(lambda handler: handler.reply(200, packed)) == packed


def test_redirects_are_followed_but_not_for_ever(trial: Trial) -> None:
    def moved(handler: Handler) -> None:
        handler.reply(302, b"", location="/ailleurs.csv")

    assert trial.fetch(moved, moved, whole) == BODY
    trial.site.asked.clear()
    fresh = Trial(trial.site, Snapshots(trial.store.root / "autre"))
    assert "tourne en rond" in fresh.fails(moved).fr
    assert len(trial.site.asked) == QUICK.redirects + 1


def test_leaving_https_is_refused() -> None:
    with pytest.raises(FetchError, match="non chiffrée"):
        _next("https://exemple.fr/a", "http://exemple.fr/b")
    assert _next("https://exemple.fr/a", "/b") == "https://exemple.fr/b"
    assert _next("http://127.0.0.1/a", "https://exemple.fr/b") == "https://exemple.fr/b"


def test_no_network(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = Address.model_construct(
        url=f"http://127.0.0.1:{port}/x.csv", file="x.csv", media=("text/csv",), max_bytes=9
    )
    with pytest.raises(FetchError, match="connexion impossible à 127") as caught:
        fetch_address(TIMES, address, Snapshots(tmp_path), patience=QUICK)
    assert "--from DIR" in caught.value.message("en")


def test_an_unknown_host(tmp_path: Path) -> None:
    address = Address(url="https://hote.invalid/x.csv", file="x.csv", media=("text/csv",), max_bytes=9)
    with pytest.raises(FetchError, match=r"connexion impossible à hote\.invalid"):
        fetch_address(TIMES, address, Snapshots(tmp_path), patience=QUICK)


def test_a_full_disk_while_receiving(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_args: object, **_kwargs: object) -> object:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("vigie.sources.fetch.Path.open", full)
    with pytest.raises(StorageError, match="disque plein"):
        trial.fetch()
    assert trial.store.all() == []


def test_a_source_without_an_address_says_where_to_find_it(tmp_path: Path) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(source("bpe_2021"), Snapshots(tmp_path))
    assert "insee.fr" in caught.value.message("fr")
    assert "--from" in caught.value.message("fr")


def test_every_file_of_a_source_is_fetched(trial: Trial) -> None:
    two = (trial.address("a.csv"), trial.address("b.csv"))
    found = fetch(Source.model_construct(**(dict(TIMES) | {"addresses": two})), trial.store, patience=QUICK)
    assert [snapshot.file for snapshot in found] == ["a.csv", "b.csv"]
    assert trial.store.current(TIMES.id) == found


def test_pauses_grow_and_stay_bounded() -> None:
    patience = Patience(pause=1, longest=30)
    for attempt, full in [(2, 1), (3, 2), (4, 4), (7, 30), (60, 30)]:
        pauses = [patience.before(attempt) for _ in range(50)]
        assert full / 2 <= min(pauses) <= max(pauses) <= full
        assert len(set(pauses)) > 1
