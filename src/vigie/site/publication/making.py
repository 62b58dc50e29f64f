"""What a process of a publication makes: answers of the application, and territories with all that goes with one."""

from __future__ import annotations

import asyncio
import csv
import gc
import io
import os
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import orjson
from starlette.types import Message, Scope

from vigie.editions.alerting import Event
from vigie.editions.observatory import Territory
from vigie.editions.tiles import tiles_of
from vigie.errors import Lang
from vigie.site import atlas, atlas_page, feeds, territory_page
from vigie.site.api import selection
from vigie.site.api.routes import territory_document
from vigie.site.app import create_app
from vigie.site.assets import read_assets
from vigie.site.publication.addresses import file_of
from vigie.site.publication.rewriting import rewritten
from vigie.site.render import Renderer
from vigie.site.room import Room
from vigie.site.shelf import Shelf
from vigie.site.words import ENGLISH, FRENCH, Speaker

T = TypeVar("T")
_ALL = 10_000  # observations of one answer, the most that the API gives at once
_COLUMNS = ("indicator", "level", "code", "name", "period", "value", "numerator", "denominator", "lower", "upper",
            "status", "snapshot")  # fmt: skip
SPEAKERS: Mapping[Lang, Speaker] = {"fr": FRENCH, "en": ENGLISH}

Made = dict[str, bytes]
"""Files of the copy: where each lies below its folder, and its content."""


@dataclass(frozen=True)
class Extent:
    """What a copy holds: languages, territories (``level:code``), and the other addresses that its pages name."""

    langs: tuple[Lang, ...]
    keys: frozenset[str]
    addresses: frozenset[str]

    def known(self, address: str) -> bool:
        """Whether the copy holds an address."""
        path, _, query = address.partition("?")
        parts = path.strip("/").split("/")
        if parts[0] == "en":
            if "en" not in self.langs:
                return False
            parts = parts[1:]
        elif "fr" not in self.langs and not path.startswith("/api/"):
            return False
        if parts[0] == "territoire" and len(parts) == 3:
            return f"{parts[1]}:{parts[2]}" in self.keys
        if parts[0] == "territoires":
            return parts[1].replace("%3A", ":") in self.keys
        if path == "/api/v1/observations" and query.startswith("level="):
            level, _, code = query.removeprefix("level=").partition("&code=")
            return f"{level}:{code.partition('&')[0]}" in self.keys
        return address in self.addresses


class Maker:
    """The application and its edition, opened once in a process."""

    def __init__(self, home: Path) -> None:
        """Open the current edition of ``home``."""
        self.assets = read_assets()
        self.renderer = Renderer(self.assets)
        self._shelf = Shelf(home)
        self._lent = self._shelf.lend()
        self.room: Room = self._lent.__enter__()
        self._app = create_app(home)
        self._loop = asyncio.new_event_loop()
        self._events: dict[str, dict[str, list[Event]]] = {}

    def masks(self) -> list[bytes]:
        """What changes with each edition in pages whose content does not."""
        built = self.room.built
        words = (self.room.id, built.isoformat(), FRENCH.date(built), ENGLISH.date(built))
        return [word.encode() for word in words]

    def hold(self) -> None:
        """Keep in memory what every territory's page asks, for a process that makes many.

        It takes some seconds and saves four fifths of the time of each page. What was read stays to the end: the
        collector of garbage need not look at it again and again.
        """
        self.room.warm()
        gc.collect()
        gc.freeze()

    # Answers of the application -----------------------------------------------------------------------------------

    def answer(self, address: str) -> tuple[int, bytes]:
        """Status and body of the application's answer, as a reader would have it."""
        return self._run(self._answered(address))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    async def _answered(self, address: str) -> tuple[int, bytes]:
        path, _, query = address.partition("?")
        status = [0]
        body: list[bytes] = []
        asked: list[bool] = []

        async def receive() -> Message:
            if asked:
                await asyncio.Event().wait()  # a reader who stays until the end
            asked.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            body.append(message.get("body", b""))

        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [], "server": ("localhost", 80), "client": None,
        }  # fmt: skip
        await self._app(scope, receive, send)
        return status[0], b"".join(body)

    def scene(self, indicator: str) -> tuple[str, str, list[str], list[str]] | None:
        """What the live map of an indicator shows first: indicator, level, its periods, and the tiles."""
        found = atlas_page.scene(self.room, atlas_page.Asked(indicator))
        if found is None:
            return None
        name, level = found.shown.definition.id, found.shown.level
        tiles = tiles_of(self.room.observatory.folder)
        return name, level, list(atlas.periods(self.room, name, level)), _tiles(tiles)

    # Territories ----------------------------------------------------------------------------------------------------

    def territory(self, key: str, extent: Extent) -> Made:
        """A territory: its page and feed in each language, its card and its observations."""
        card = self.room.directory.card(*key.split(":", 1))
        assert card is not None, key
        made = dict(self._data(card))
        for lang in extent.langs:
            speaker = SPEAKERS[lang]
            address = speaker.territory(card.level, card.code)
            told = territory_page.context(self.room, speaker, card)
            page = self.renderer.page(
                "territory.html", speaker, f"/territoire/{card.level}/{card.code}", self.room, **told
            )
            made[file_of(address)] = rewritten(page, address, lang, extent.known, len(extent.langs) > 1).encode()
            made[file_of(speaker.url(f"/territoires/{key}/alertes.atom"))] = self._feed(card, speaker)
        return made

    def _data(self, card: Territory) -> Iterator[tuple[str, bytes]]:
        yield (
            f"api/v1/territories/{card.level}/{card.code}.json",
            orjson.dumps(territory_document(self.room, card, FRENCH)),
        )
        asked = selection.Selection(level=card.level, codes=(card.code,))
        rows = selection.page(self.room, asked, "key", _ALL, None).rows
        whole = {"edition": self.room.id, "count": len(rows), "total": len(rows), "next": None, "observations": rows}
        address = f"/api/v1/observations?level={card.level}&code={card.code}"
        yield file_of(address), orjson.dumps(whole)
        text = io.StringIO()
        table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows({**row, "name": card.name} for row in rows)
        yield file_of(f"{address}&format=csv"), text.getvalue().encode()

    def _feed(self, card: Territory, speaker: Speaker) -> bytes:
        if card.level not in self._events:
            found: dict[str, list[Event]] = {}
            for event in feeds.history(self.room, (card.level,), None):
                found.setdefault(event.code, []).append(event)
            self._events[card.level] = found
        page = speaker.territory(card.level, card.code)
        path = speaker.url(f"/territoires/{card.key}/alertes.atom")
        title = feeds.title_of(speaker, card)
        own = self._events[card.level].get(card.code, [])[: feeds.MOST]
        base = self.base
        return feeds.feed(self.room, speaker, title, f"{base}{path}", f"{base}{page}", base, own)

    @cached_property
    def base(self) -> str:
        """Where the copy will be served from: ``VIGIE_URL``, or this machine."""
        return os.environ.get("VIGIE_URL", "").rstrip("/") or "http://localhost"


def _tiles(file: Path | None) -> list[str]:
    return [] if file is None else [f"/donnees/tuiles/{file.name}"]
