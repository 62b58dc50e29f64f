"""How answers leave: the edition lent for the whole of a request, pages kept, ETag by edition, gzip, headers, faults.

A plain ASGI layer around the application. A page already made is sent from memory without entering it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie import memory
from vigie.editions.zoning_brought import mark
from vigie.errors import StorageError
from vigie.site import act_compare, pixels
from vigie.site.alternates import link_header
from vigie.site.gauges import METRICS_TYPE, Gauges
from vigie.site.limits import AT_ONCE
from vigie.site.packing import Encoding, choice
from vigie.site.room import Address, Page, Room
from vigie.site.security import API_HEADERS, POSTED, PREFLIGHT, PREFLIGHT_POSTED, headers
from vigie.site.shelf import Shelf

_LONGEST = 2_000  # bytes of an address with its query
_LONGEST_OF = dict.fromkeys(("/perimetre", "/en/perimetre", "/perimetre.csv", "/en/perimetre.csv"), 6_000)
_LONGEST_OF |= dict.fromkeys((act_compare.PATH, f"/en{act_compare.PATH}"), act_compare.LONGEST_ADDRESS)
_LARGEST_KEPT = 3_000_000
_SMALLEST_COMPRESSED = 800
_METHODS = ("GET", "HEAD")
_BROUGHT = ("/zonage", "/en/zonage", "/api/v1/zones")
_LARGEST_BODY = 64_000
_SLOWEST = 10.0  # seconds for a body to arrive
_DEAR = 0.01  # seconds from which a page is worth making before its readers come
_REFILL = 30.0  # seconds given to that
_log = logging.getLogger("vigie.site")
# Ready-made: a refusal must cost next to nothing.
_OVERLOADED = (
    "Vigie est très demandée en ce moment\u202f: réessayez dans quelques secondes.\n"
    "Vigie is in great demand just now: try again in a few seconds.\n".encode(),
    "text/plain; charset=utf-8",
)
_OVERLOADED_API = (
    b'{"type":"about:blank","title":"Above capacity","status":503,"detail":"Too many requests at once: try again in a '
    b'few seconds.","errors":[]}',
    "application/problem+json",
)

Problem = Callable[[Scope, int], tuple[bytes, str]]
"""The page of a problem: its body and its type, for a request and a status."""


class Delivery:
    """Wraps the application ``app``; ``problem`` makes the page of a fault, ``stamp`` changes with the site's code."""

    def __init__(self, app: ASGIApp, shelf: Shelf, problem: Problem, stamp: str) -> None:
        """Nothing is opened before the first request."""
        self._app, self._shelf, self._problem, self._stamp = app, shelf, problem, stamp
        self._gauges, self._busy = Gauges(), 0
        shelf.before_lending(self._prepare)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._gauges.request(scope["path"]) as status:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status.append(message["status"])
                await send(message)

            await self._answered(scope, receive, told)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(scope, send)
        scope = answer.scope
        if answer.method == "OPTIONS" and answer.open:
            answer.extra = list(PREFLIGHT_POSTED if scope["path"] in POSTED else PREFLIGHT)
            await answer.send_whole(204, b"", "", "")
        elif answer.method == "POST" and scope["path"] in POSTED and len(scope["query_string"]) <= _LONGEST:
            await self._guarded(answer, lambda: self._in_turn(answer, lambda: self._posted(answer, receive)))
        elif answer.method not in _METHODS:
            await self._refuse(answer, 405)
        elif len(scope["path"]) + len(scope["query_string"]) > _LONGEST_OF.get(scope["path"], _LONGEST):
            await self._refuse(answer, 414)
        elif scope["path"] == "/metrics":
            await self._metrics(answer)
        elif scope["path"].startswith("/static/") or scope["path"] in ("/healthz", "/readyz"):
            await self._guarded(answer, lambda: self._app(scope, receive, answer.through))
        else:
            await self._guarded(answer, lambda: self._with_edition(answer, receive))

    async def _in_turn(self, answer: _Answer, work: Callable[[], Awaitable[None]]) -> None:
        """Make an answer, or refuse at once where as many as the server makes well are under way."""
        if self._busy >= AT_ONCE:
            self._gauges.refused()
            answer.extra = [(b"cache-control", b"no-store"), (b"retry-after", b"2")]
            body, kind = _OVERLOADED_API if answer.open else _OVERLOADED
            await answer.send_whole(503, body, "", kind)
            return
        self._busy += 1
        try:
            await work()
        finally:
            self._busy -= 1

    async def _metrics(self, answer: _Answer) -> None:
        try:
            with self._shelf.lend() as room:
                edition = room.id
        except StorageError:
            edition = ""
        answer.extra = [(b"cache-control", b"no-store")]
        await answer.send_whole(200, self._gauges.exposition(edition), "", METRICS_TYPE)

    async def _guarded(self, answer: _Answer, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except StorageError as fault:
            _log.warning("no edition to serve: %s", fault)
            await self._refuse(answer, 503)
        except Exception:
            _log.exception("a request failed: %s", answer.scope["path"])
            if answer.started:
                raise
            await self._refuse(answer, 500)

    async def _with_edition(self, answer: _Answer, receive: Receive) -> None:
        with ExitStack() as stack:
            room = (
                stack.enter_context(self._shelf.lend())
                if self._shelf.open
                else await run_sync(stack.enter_context, self._shelf.lend())
            )
            answer.scope["state"]["room"] = room
            await self._from_room(answer, room, receive)

    async def _posted(self, answer: _Answer, receive: Receive) -> None:
        """Answer what is computed from a body: read whole beforehand, small and in time, and never kept."""
        try:
            body = await asyncio.wait_for(_body(receive), _SLOWEST)
        except TimeoutError:
            body = None
        if body is None:
            await self._refuse(answer, 413)
            return
        sent: Message = {"type": "http.request", "body": body, "more_body": False}

        async def again() -> Message:
            return sent

        answer.extra = [(b"cache-control", b"no-store")]
        scope = {**answer.scope, "method": "POST"}
        with ExitStack() as stack:
            scope["state"]["room"] = await run_sync(stack.enter_context, self._shelf.lend())
            await self._app(scope, again, answer.through)

    async def _from_room(self, answer: _Answer, room: Room, receive: Receive) -> None:
        address = _address(answer.scope, room)
        tag = hashlib.sha256(f"{room.id}|{self._stamp}|{address}".encode()).hexdigest()[:20]
        answer.extra = [(b"cache-control", b"public, no-cache"), (b"etag", f'W/"{tag}"'.encode())]
        if tag in answer.header(b"if-none-match").decode("latin-1"):
            await answer.send_whole(304, b"", "", "")  # only a whole answer of this edition was given this tag
            return
        kept = room.pages.get(address)
        if kept is None:
            await self._in_turn(answer, lambda: self._send_made(answer, room, address, receive))
        else:
            await self._send_kept(answer, room, address, kept)

    async def _send_made(self, answer: _Answer, room: Room, address: Address, receive: Receive) -> None:
        made = await self._made(answer, receive)
        if made is not None:
            await self._send_kept(answer, room, address, made)

    async def _made(self, answer: _Answer, receive: Receive) -> Page | None:
        """The page that the application makes; None where it has already sent its answer, which is not to be kept."""
        start = time.perf_counter()
        await self._app(answer.scope, receive, answer.collect)
        if answer.page is None:
            return None
        body, content_type = answer.page
        return Page({"": body}, content_type, time.perf_counter() - start)

    async def _send_kept(self, answer: _Answer, room: Room, address: Address, page: Page) -> None:
        """Send a page in the encoding that the client reads, made the first time that it is asked for."""
        encoding = _encoding(answer, page)
        if encoding not in page.forms:
            page = await run_sync(page.with_form, encoding)
        body = page.forms[encoding]
        if len(body) < _LARGEST_KEPT and (encoding or len(page.forms) == 1):
            # A client that reads no encoding must not fill the room of seven pages with one.
            bare = not encoding and _worth_packing(page)
            room.pages.put(address, await run_sync(page.with_form, "gzip") if bare else page)
        link = link_header(answer.scope) if page.content_type.startswith("text/html") else None
        answer.extra += [(b"link", link)] if link else []
        await answer.send_whole(200, body, encoding, page.content_type)

    def _prepare(self, old: Room, new: Room) -> None:
        """Before a new edition is lent: what every page asks of it, then the pages asked of the old one.

        Otherwise each new edition would begin with its readers waiting for pages that all have to be made at once.
        """
        new.warm()
        asyncio.run(self._refill(old, new))
        memory.set_aside()

    async def _refill(self, old: Room, new: Room) -> None:
        end = time.monotonic() + _REFILL
        for (path, query, _), page in old.pages.latest():
            if self._shelf.closed or time.monotonic() > end:
                break
            if page.took < _DEAR:
                continue
            try:
                await self._make_again(path, query, page, new)
            except Exception as fault:
                _log.warning("%s is not made for %s: %s", path, new.id, fault)  # its next reader is told

    async def _make_again(self, path: str, query: bytes, page: Page, new: Room) -> None:
        """Make for a new edition what ``page`` was for the one before, in the same encodings."""
        answer = _Answer(_asked(path, query, new), _into_nothing)
        made = await self._made(answer, _nothing_more)
        if made is None:
            return
        for encoding in page.forms:
            made = made.with_form(encoding) if encoding else made
        new.pages.put(_address(answer.scope, new), made)

    async def _refuse(self, answer: _Answer, status: int) -> None:
        body, kind = self._problem(answer.scope, status)
        answer.extra = [(b"cache-control", b"no-store")]
        if status == 503:
            answer.extra.append((b"retry-after", b"30"))
        await answer.send_whole(status, body, "", kind)


def _address(scope: Scope, room: Room) -> Address:
    """What a page is kept under."""
    path: str = scope["path"]
    brought = mark(room.observatory.folder.parent.parent) if path.startswith(_BROUGHT) else ""
    return path, scope["query_string"], brought


def _asked(path: str, query: bytes, room: Room) -> Scope:
    """A request as a reader makes it, for a page to be made before one asks."""
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": quote(path).encode(), "query_string": query, "root_path": "", "headers": [],
        "client": None, "server": None, "state": {"room": room},
    }  # fmt: skip


async def _nothing_more() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _into_nothing(_: Message) -> None:
    """Send nowhere."""


def _encoding(answer: _Answer, page: Page) -> Encoding:
    """The encoding to send a page in: none for what is small or packed already."""
    return choice(answer.header(b"accept-encoding").decode("latin-1")) if _worth_packing(page) else ""


def _worth_packing(page: Page) -> bool:
    small = "" in page.forms and len(page.forms[""]) <= _SMALLEST_COMPRESSED
    return not small and page.content_type != pixels.TYPE


async def _body(receive: Receive) -> bytes | None:
    """The whole body of a request; None for one too large or cut short."""
    body = b""
    while len(body) <= _LARGEST_BODY:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body if len(body) <= _LARGEST_BODY else None
    return None


class _Answer:
    """One answer on its way: gathers a page that may be kept, lets anything else through."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.method: str = scope["method"]
        # The application knows GET alone; the body of a HEAD is left out here.
        self.scope: Scope = {**scope, "method": "GET", "state": dict(scope.get("state", {}))}
        self._send = send
        self.open = scope["path"].startswith("/api/")
        self._always = API_HEADERS if self.open else headers(scope["path"])
        self.extra: list[tuple[bytes, bytes]] = []
        self.started = False
        self.page: tuple[bytes, str] | None = None
        self._parts: list[bytes] = []
        self._gathering: str | None = None

    def header(self, name: bytes) -> bytes:
        found: dict[bytes, bytes] = dict(self.scope["headers"])
        return found.get(name, b"")

    async def through(self, message: Message) -> None:
        """Send a message of the application with our headers on it."""
        if message["type"] == "http.response.start":
            self.started = True
            if message["status"] >= 400:
                self.extra = [(b"cache-control", b"no-store")]
            message = {**message, "headers": _merged(message["headers"], [*self.extra, *self._always])}
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    async def collect(self, message: Message) -> None:
        """Gather a page; let files and problems through as they come."""
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            whole = message["status"] == 200 and b"x-vigie-stream" not in headers
            if whole:
                self._gathering = headers.get(b"content-type", b"").decode("latin-1")
                return
            if message["status"] != 200:
                self.extra = []  # a redirection may come from a search: it is not the edition's
            await self.through(message)
        elif self._gathering is None:
            await self.through(message)
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.page = (b"".join(self._parts), self._gathering)

    async def send_whole(self, status: int, body: bytes, encoding: Encoding, kind: str) -> None:
        """Send a whole answer at once, its body already in ``encoding``."""
        headers = [*self.extra, (b"vary", b"accept-encoding")]
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        if status not in (204, 304):
            headers += [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        self.started = True
        await self._send(
            {"type": "http.response.start", "status": status, "headers": _merged([], [*headers, *self._always])}
        )
        shown = b"" if self.method == "HEAD" else body
        await self._send({"type": "http.response.body", "body": shown})


def _merged(own: Any, ours: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The application's headers and ours; those that it already set are its own."""
    named = {name.lower() for name, _ in own}
    kept = [(name, value) for name, value in own if name.lower() != b"x-vigie-stream"]
    return [*kept, *((name, value) for name, value in ours if name not in named)]
