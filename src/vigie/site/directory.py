"""Every territory of an edition in memory: its card, what holds it, what it holds, and its name as people type it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from vigie.editions.observatory import Observatory, Territory
from vigie.editions.postal import Codes, postal_codes

if TYPE_CHECKING:
    from vigie.territories.lookup import Searcher

Key = tuple[str, str]
POSTAL_CODE = re.compile(r"[0-9]{5}")


class Directory:
    """Read once from the edition: a page asks it dozens of times."""

    def __init__(self, observatory: Observatory) -> None:
        """Read the territories and their memberships."""
        self._observatory = observatory
        self._cards = observatory.cards
        self._order = {key: place for place, key in enumerate(self._cards)}
        self._places: dict[Key, list[str]] = {}
        self._holders: dict[str, list[Key]] = {}
        keys = {key: key for key in self._cards}  # one object a key, however many places it holds
        for place, level, code in observatory.rows("SELECT place, level, code FROM memberships ORDER BY place"):
            key = keys.get((level, code))
            if key is not None:
                self._places.setdefault(key, []).append(place)
                self._holders.setdefault(place, []).append(key)

    def card(self, level: str, code: str) -> Territory | None:
        """The territory of exactly this level and code."""
        return self._cards.get((level, code))

    def name(self, level: str, code: str, otherwise: str = "") -> str:
        """The name of a territory, ``otherwise`` when there is none."""
        card = self._cards.get((level, code))
        return card.name if card else otherwise

    def all(self) -> list[Territory]:
        """Every territory, by name."""
        return list(self._cards.values())

    def of_level(self, level: str) -> list[Territory]:
        """The territories of a level, by name."""
        return self._levels.get(level, [])

    @cached_property
    def _levels(self) -> dict[str, list[Territory]]:
        found: dict[str, list[Territory]] = {}
        for card in self._cards.values():
            found.setdefault(card.level, []).append(card)
        return found

    def members(self, territory: Territory) -> list[Territory]:
        """The places of a territory: communes, and arrondissements for Paris, Lyon and Marseille, by name."""
        return self._sorted(("commune", place) for place in self._places.get((territory.level, territory.code), []))

    def parents(self, territory: Territory) -> list[Territory]:
        """The territories of other levels that hold all or part of its places, by name."""
        return self._sorted(key for key in self._around(territory) if key[0] not in (territory.level, "commune"))

    def parts(self, territory: Territory, level: str) -> list[Territory]:
        """The territories of ``level`` that have places in this one, by name."""
        return self._sorted(key for key in self._around(territory) if key[0] == level)

    def search(self, text: str, limit: int) -> list[Territory]:
        """The territories that answer to a name, the likeliest first; the communes of a postal code before others."""
        found = self._searcher.search(text, limit) if text else []
        cards = [self._cards[(one.level, one.code)] for one in found]
        served = self.served(text)
        return [*served, *(card for card in cards if card not in served)][:limit] if served else cards

    def served(self, text: str) -> list[Territory]:
        """The communes that a postal code serves, the most populous first; none for another text, or without a file."""
        if not POSTAL_CODE.fullmatch(text.strip()):
            return []
        codes = self.postal_codes() or {}
        cards = [self._cards.get(("commune", code)) for code in codes.get(text.strip(), ())]
        return sorted((card for card in cards if card), key=lambda card: (-(card.population or 0), card.code))

    def postal_codes(self) -> Codes | None:
        """The communes of each postal code, where a file of them was brought beside the edition."""
        return postal_codes(self._observatory.folder.parent.parent)

    @cached_property
    def _searcher(self) -> Searcher:
        from vigie.territories.lookup import Searcher

        return Searcher(self._observatory.table("territories"))

    def _around(self, territory: Territory) -> set[Key]:
        places = self._places.get((territory.level, territory.code), [])
        return {key for place in places for key in self._holders[place]}

    def _sorted(self, keys: Iterable[Key]) -> list[Territory]:
        known = [key for key in keys if key in self._cards]
        return [self._cards[key] for key in sorted(known, key=self._order.__getitem__)]
