"""The service told from outside: metrics, readiness, logs without personal data, refusal above capacity."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from processes import Client, doubled
from starlette.types import Message, Receive, Scope, Send

from vigie.editions.store import current_folder, make_current
from vigie.site import create_app
from vigie.site import delivery as delivering
from vigie.site.delivery import Delivery
from vigie.site.gauges import JsonLines, kind
from vigie.site.limits import TooLongError, Turns
from vigie.site.packing import unpacked
from vigie.site.room import Page
from vigie.site.shelf import Shelf


def test_metrics_count_answers_by_kind_and_keep_no_address(edition_home: Path) -> None:
    site = Client(create_app(edition_home))
    assert site.get("/recherche?q=secret-word").status_code == 200
    assert site.get("/territoire/commune/12202").status_code == 200
    assert site.get("/nowhere/at/all").status_code == 404
    text = site.get("/metrics").text
    assert 'vigie_requests_total{kind="search",status="200"} 1.0' in text
    assert 'vigie_requests_total{kind="territory",status="200"} 1.0' in text
    assert 'vigie_requests_total{kind="page",status="404"} 1.0' in text
    assert "vigie_request_seconds_bucket" in text
    assert "vigie_edition_info{id=" in text
    assert "secret" not in text
    assert "12202" not in text
    assert "nowhere" not in text


def test_a_log_line_says_kind_status_and_time_and_nothing_of_the_reader(
    edition_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "vigie.requests")
    Client(create_app(edition_home)).get("/recherche?q=secret-word", **{"user-agent": "someone"})
    (line,) = [json.loads(JsonLines().format(one)) for one in caplog.records if one.name == "vigie.requests"]
    assert set(line) == {"time", "level", "logger", "kind", "status", "ms"}
    assert (line["kind"], line["status"]) == ("search", 200)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", "page"), ("/en/", "page"), ("/en/territoire/commune/01001", "territory"), ("/api/v1/x", "api"),
     ("/healthz", "probe"), ("/..%2f..", "page"), ("", "page")],
)  # fmt: skip
def test_kinds_are_few(path: str, expected: str) -> None:
    assert kind(path) == expected


def test_above_capacity_one_is_refused_at_once_and_the_others_are_answered(
    edition_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "AT_ONCE", 3)

    async def all_at_once() -> list[tuple[int, bytes | None]]:
        open_ = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await open_.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"well"})

        shelf = Shelf(edition_home)
        service = Delivery(slow, shelf, lambda scope, status: (b"", "text/plain"), "stamp")

        async def one(number: int) -> tuple[int, bytes | None]:
            told: list[Message] = []

            async def send(message: Message) -> None:
                told.append(message)

            async def receive() -> Message:
                return {"type": "http.request", "body": b"", "more_body": False}

            scope = {"type": "http", "method": "GET", "path": f"/page{number}", "query_string": b"", "headers": []}
            await service(scope, receive, send)
            return told[0]["status"], dict(told[0]["headers"]).get(b"retry-after")

        asked = [asyncio.create_task(one(number)) for number in range(5)]
        while sum(one.done() for one in asked) < 2:  # those above capacity; the others wait for the door
            await asyncio.sleep(0.01)
        open_.set()
        answers = await asyncio.gather(*asked)
        answers.append(await one(9))  # capacity is given back
        shelf.close()
        return answers

    # In a thread of its own: a browser's tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        answers = thread.submit(asyncio.run, all_at_once()).result()
    assert sorted(answers[:5], key=str) == [(200, None)] * 3 + [(503, b"2")] * 2
    assert answers[5] == (200, None)


def test_ready_once_what_pages_ask_is_read_and_never_without_an_edition(edition_home: Path, tmp_path: Path) -> None:
    assert Client(create_app(edition_home)).get("/readyz").status_code == 503  # nothing warms without a lifespan
    assert Client(create_app(tmp_path)).get("/readyz").status_code == 503


def test_what_readers_asked_of_an_edition_is_made_for_the_next_before_it_is_lent(
    edition_home: Path, tmp_path: Path
) -> None:
    source = current_folder(edition_home)
    for name in ("one", "two"):
        doubled(source, tmp_path / "editions" / name)
        manifest = tmp_path / "editions" / name / "manifest.json"
        text = manifest.read_text().replace(source.name, name)
        manifest.unlink()  # a hard link
        manifest.write_text(text)
    make_current(tmp_path, "one")

    async def dear(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(2 * delivering._DEAR)
        if scope["path"] == "/fails":
            raise ValueError(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        body = f"{scope['state']['room'].id} {scope['path']} {scope['query_string'].decode()} ".encode()
        await send({"type": "http.response.body", "body": body + b"." * 1_000})

    shelf = Shelf(tmp_path)
    service = Delivery(dear, shelf, lambda scope, status: (b"", "text/plain"), "stamp")
    accepting = [(b"accept-encoding", b"gzip")]

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def nowhere(_: Message) -> None:
        pass

    async def ask() -> None:
        for path, query in (("/asked", b"a=1"), ("/asked", b"a=2")):
            scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": accepting}
            await service(scope, receive, nowhere)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, ask()).result()
    with shelf.lend() as old:
        old.pages.put(("/fails", b"", ""), Page({"": b"once"}, "text/html", 1.0))
        old.pages.put(("/cheap", b"", ""), Page({"": b"once"}, "text/html", 0.0))
    make_current(tmp_path, "two")
    for _ in range(3_000):
        with shelf.lend() as new:
            if new is not old:
                break
        time.sleep(0.1)
    kept = dict(new.pages.latest())
    assert set(kept) == {("/asked", b"a=1", ""), ("/asked", b"a=2", "")}
    for (_, query, _), page in kept.items():
        assert set(page.forms) == {"gzip"}
        assert unpacked(page.forms["gzip"], "gzip").startswith(b"two /asked " + query)
    shelf.close()


def test_a_page_is_kept_packed_and_told_in_every_encoding(edition_home: Path) -> None:
    page = Page({"": b"words " * 500}, "text/html", 0.1)
    first = page.with_form("gzip")
    assert set(first.forms) == {"gzip"} and first.cost() < page.cost()
    both = first.with_form("br")
    assert set(both.forms) == {"gzip", "br"}
    assert both.with_form("").forms[""] == page.forms[""]
    for encoding in both.forms:
        assert unpacked(both.forms[encoding], encoding) == page.forms[""]
    site = Client(create_app(edition_home))
    plain = {site.get("/methodes", accept_encoding=one).text for one in ("gzip", "br", "identity", "gzip", "br")}
    assert len(plain) == 1


def test_the_feed_says_the_address_of_whoever_asks_for_it(edition_home: Path) -> None:
    site = Client(create_app(edition_home))
    assert "http://elsewhere.test/" in site.get("/alertes.atom", host="elsewhere.test").text
    assert "elsewhere" not in site.get("/alertes.atom").text


def test_who_waits_for_a_turn_has_an_end_and_so_have_those_who_wait() -> None:
    turns = Turns(at_once=1, waiting=1, patience=0.05)
    with turns.take():
        with pytest.raises(TooLongError), turns.take():
            pytest.fail("two at once")
        with ThreadPoolExecutor(1) as thread:
            waiting = Turns(at_once=1, waiting=0, patience=60.0)
            with waiting.take():
                refused = thread.submit(lambda: waiting.take().__enter__())
                assert isinstance(refused.exception(), TooLongError)  # at once: no place to wait
    with turns.take():
        pass
