"""One edition as the pages read it, with what is prepared once and kept: polygons, drawings, distributions, pages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from vigie.editions import geography, pharmacy_words
from vigie.editions.figures import by_indicator, reading_order
from vigie.editions.observatory import Distribution, Observation, Observatory, Territory
from vigie.editions.standings import TRENDS
from vigie.editions.zoned import zoned
from vigie.indicators import Definition
from vigie.site.directory import Directory
from vigie.site.packing import Encoding, packed, unpacked

V = TypeVar("V")
_DRAWINGS, _PROFILES = 400, 300
_VALUES = 300_000  # values of an indicator kept, over all levels and periods: some 50 MB
_PAGES_BYTES = 24_000_000

Address = tuple[str, bytes, str]
"""What a page is kept under: path, query, and the mark of the files brought that it is made of."""
Known = tuple[float | None, str]

COMPARED = (
    "apl_mg",
    "apl_infirmiers",
    "apl_kines",
    "apl_dentistes",
    "apl_sages_femmes",
    "part_pop_apl_mg_inf_2_5",
    "temps_urgences",
)
"""The indicators of a territory that its page sets among those of others, the main one first."""


class Cache(Generic[V]):
    """The last answers used, at most ``limit`` of their total cost (one each unless ``cost`` says otherwise)."""

    def __init__(self, limit: int, cost: Callable[[V], int] = lambda _: 1) -> None:
        """An empty cache."""
        self._limit, self._cost, self._held = limit, cost, 0
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """The answer of ``key``, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, value: V) -> None:
        """Keep an answer and let go of the oldest ones beyond the limit."""
        with self._lock:
            old = self._kept.pop(key, None)
            self._held += self._cost(value) - (self._cost(old) if old is not None else 0)
            self._kept[key] = value
            while self._held > self._limit and self._kept:
                self._held -= self._cost(self._kept.popitem(last=False)[1])

    def latest(self) -> list[tuple[Any, V]]:
        """What is kept, the last used first."""
        with self._lock:
            return list(reversed(self._kept.items()))

    def of(self, key: Hashable, make: Callable[[], V]) -> V:
        """The answer of ``key``, made by ``make`` the first time."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found


class Page:
    """A rendered answer, as kept: its type, the seconds it took, its bytes in the encodings asked for.

    A page in HTML is seven times smaller packed: its bare bytes are kept only until a client takes smaller ones.
    """

    __slots__ = ("content_type", "forms", "took")

    def __init__(self, forms: Mapping[Encoding, bytes], content_type: str, took: float) -> None:
        """Keep the three; one form at least."""
        self.forms, self.content_type, self.took = forms, content_type, took

    def with_form(self, encoding: Encoding) -> Page:
        """The page with its bytes in one more encoding, made from one that it has."""
        known, body = next(iter(self.forms.items()))
        kept: dict[Encoding, bytes] = {one: form for one, form in self.forms.items() if one}
        return Page({**kept, encoding: packed(unpacked(body, known), encoding)}, self.content_type, self.took)

    def cost(self) -> int:
        """The bytes that it takes."""
        return sum(map(len, self.forms.values())) + 500


class Room:
    """What the pages ask of one edition."""

    def __init__(self, observatory: Observatory) -> None:
        """Nothing is read until it is asked for."""
        self.observatory = observatory
        self.id = observatory.id
        self.pages: Cache[Page] = Cache(_PAGES_BYTES, Page.cost)
        self._drawings: Cache[geography.Drawing] = Cache(_DRAWINGS)
        self._profiles: Cache[dict[str, list[Observation]]] = Cache(_PROFILES)
        self._values: Cache[dict[str, Known]] = Cache(_VALUES, len)
        self._polygons: dict[str, dict[str, bytes]] = {}
        self._distributions: dict[str, dict[tuple[str, str], Distribution]] = {}
        self._tables: dict[str, list[dict[str, Any]]] = {}
        self._once: dict[Hashable, Any] = {}
        _confine(observatory)

    def close(self) -> None:
        """Close the edition."""
        self.observatory.close()

    @property
    def built(self) -> datetime:
        """When the edition was built, UTC."""
        return datetime.fromisoformat(self.observatory.manifest["built"])

    @cached_property
    def indicators(self) -> dict[str, Definition]:
        """The definitions of the edition."""
        return self.observatory.indicators

    @cached_property
    def directory(self) -> Directory:
        """Every territory."""
        return Directory(self.observatory)

    @cached_property
    def france(self) -> Territory:
        """The card of France."""
        card = self.directory.card("france", "FR")
        assert card is not None, "an edition has its country"
        return card

    def warm(self) -> None:
        """Read beforehand what the first page would wait for."""
        _ = self.definitions
        compared = [name for name in COMPARED if name in self.indicators]
        self.observatory.hold(compared, [pharmacy_words.OF_TERRITORY, TRENDS])
        self.profile(self.france)
        zoned(self.observatory, self.france)
        self.directory.search("paris", 1)
        for level in ("departement", "region", "epci", "commune"):
            self.polygons(level)
            self.distributions(level)

    @cached_property
    def definitions(self) -> list[Definition]:
        """The definitions in the order in which one reads them."""
        return reading_order(self.indicators.values())

    def profile(self, territory: Territory) -> dict[str, list[Observation]]:
        """Every observation of a territory, by indicator."""
        return self._profiles.of(territory.key, lambda: by_indicator(self.observatory.profile(territory)))

    def distributions(self, level: str) -> dict[tuple[str, str], Distribution]:
        """The distributions of a level by indicator and period."""
        if level not in self._distributions:
            self._distributions[level] = self.observatory.distributions(level)
        return self._distributions[level]

    def values(self, indicator: str, level: str, period: str) -> dict[str, Known]:
        """Value and status of an indicator by code, for a level in a period."""
        key = (indicator, level, period)
        return self._values.of(key, lambda: self.observatory.values(indicator, level, period))

    def polygons(self, level: str) -> dict[str, bytes]:
        """The polygons of a level by code."""
        if level not in self._polygons:
            held = "polygons" in self.observatory.manifest["tables"]
            self._polygons[level] = self.observatory.polygons(level) if held else {}
        return self._polygons[level]

    def drawing(self, name: Hashable, level: str, codes: Sequence[str]) -> geography.Drawing:
        """The sheet of these territories of a level; ``name`` says which sheet it is, for the next time."""

        def draw() -> geography.Drawing:
            known = self.polygons(level)
            drawn = [code for code in codes if code in known]
            return geography.draw(drawn, [known[code] for code in drawn])

        return self._drawings.of((name, level), draw)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A small table of the edition as dictionaries; empty when the edition has no such table."""
        if table not in self._tables:
            held = table in self.observatory.manifest["tables"]
            self._tables[table] = self.observatory.table(table).to_dicts() if held else []
        return self._tables[table]

    def once(self, key: Hashable, make: Callable[[], V]) -> V:
        """Something made from this edition that never changes: made the first time it is asked for."""
        if key not in self._once:
            self._once[key] = make()
        made: V = self._once[key]
        return made


def _confine(observatory: Observatory) -> None:
    """Leave the served database no way to a file or to the network, and no more memory than the server has to give."""
    cursor = observatory.cursor()
    if cursor.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
        return  # DuckDB opens a file once in a process: another room of this edition has seen to it
    # 128 MB: under 200 requests a second, 80 MB were too little for some (`make soak` tells).
    # One thread a query: handing the work of a small one to others takes longer than doing it, and readers are many.
    for setting in ("threads = 1", "memory_limit = '128MB'", "temp_directory = ''", "enable_external_access = false",
                    "lock_configuration = true"):  # fmt: skip
        cursor.execute(f"SET {setting}")
