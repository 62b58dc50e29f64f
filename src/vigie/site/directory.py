"""Every territory of an edition in memory: its card, what holds it, what it holds, and its name as people type it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vigie.editions.observatory import Observatory, Territory
from vigie.editions.postal import Codes, postal_codes

if TYPE_CHECKING:
    from vigie.territories.lookup import Searcher

Key = tuple[str, str]
POSTAL_CODE = re.compile(r"[0-9]{5}")
Numbers = NDArray[np.int32]


class Directory:
    """Read once from the edition: a page asks it dozens of times.

    Territories are numbered in the order of their names: sorted numbers are sorted names.
    """

    def __init__(self, observatory: Observatory) -> None:
        """Read the territories and their memberships."""
        self._observatory = observatory
        self._cards = observatory.cards
        self._all = list(self._cards.values())
        self._order = observatory.ordinals
        levels = list(dict.fromkeys(level for level, _ in self._cards))
        self._level_numbers = {level: number for number, level in enumerate(levels)}
        self._level = np.array([self._level_numbers[level] for level, _ in self._cards], dtype=np.int8)
        place, holder = _memberships(observatory, self._order)
        self._places = _Lists(holder, place, len(self._all))
        self._holders = _Lists(place, holder, len(self._all))

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
        return self._named(np.sort(self._within(territory)))

    def parents(self, territory: Territory) -> list[Territory]:
        """The territories of other levels that hold all or part of its places, by name."""
        around = self._around(territory)
        own, communes = (self._level_numbers.get(level, -1) for level in (territory.level, "commune"))
        return self._named(around[(self._level[around] != own) & (self._level[around] != communes)])

    def parts(self, territory: Territory, level: str) -> list[Territory]:
        """The territories of ``level`` that have places in this one, by name."""
        around = self._around(territory)
        return self._named(around[self._level[around] == self._level_numbers.get(level, -1)])

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

    def _within(self, territory: Territory) -> Numbers:
        """The numbers of the places of a territory."""
        own = self._order.get((territory.level, territory.code))
        return self._places.of(np.array([] if own is None else [own], dtype=np.int32))

    def _around(self, territory: Territory) -> Numbers:
        """The numbers of the territories that hold any of its places, by name."""
        return np.unique(self._holders.of(self._within(territory)))

    def _named(self, numbers: Numbers) -> list[Territory]:
        return [self._all[number] for number in numbers.tolist()]


class _Lists:
    """For each number a list of numbers, all in one array."""

    def __init__(self, keys: Numbers, values: Numbers, count: int) -> None:
        order = np.argsort(keys, kind="stable")
        self._values = values[order]
        self._starts = np.searchsorted(keys[order], np.arange(count + 1))

    def of(self, keys: Numbers) -> Numbers:
        """The lists of these numbers, one after the other."""
        if len(keys) == 1:
            return self._values[self._starts[keys[0]] : self._starts[keys[0] + 1]]
        sizes = self._starts[keys + 1] - self._starts[keys]
        before = np.repeat(self._starts[keys] - np.cumsum(sizes) + sizes, sizes)
        return self._values[before + np.arange(len(before))]


def _memberships(observatory: Observatory, order: Mapping[Key, int]) -> tuple[Numbers, Numbers]:
    """The number of the place and of the territory that holds it, for each membership of known ones."""
    import polars as pl

    numbers = pl.DataFrame(
        {"level": [key[0] for key in order], "code": [key[1] for key in order], "holder": list(order.values())},
        schema_overrides={"holder": pl.Int32},
    )
    places = numbers.filter(pl.col("level") == "commune").select(place="code", number="holder")
    found = observatory.table("memberships").join(numbers, on=["level", "code"]).join(places, on="place")
    return found["number"].to_numpy(), found["holder"].to_numpy()
