"""The priority neighbourhoods that a rule lets be classed alone, on the page of a zoning and as a file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.editions import zoning_neighbourhoods as lists
from vigie.editions import zoning_words as words
from vigie.editions.zoning import told
from vigie.errors import VigieError
from vigie.site.room import Cache, Room
from vigie.site.words import Speaker
from vigie.site.zones import Scene, brought, field_of

_KEPT = 12


@dataclass(frozen=True)
class Neighbourhoods:
    """What the page says of them: a sentence, where the rule has it from, those of the département, the file."""

    said: str
    source: str
    listed: tuple[str, ...]
    file: str


def found(room: Room, shown: Scene) -> pl.DataFrame | None:
    """The neighbourhoods under the rule as the reader has it; None for a rule that classes none, or without a list."""
    mark = brought(room)
    if shown.rule.neighbourhoods is None or not mark:
        return None
    kept: Cache[pl.DataFrame | None] = room.once("neighbourhoods", lambda: Cache(_KEPT))
    asked = shown.asked
    key = (mark, shown.official.id, shown.zoning.period, asked.ends, asked.shares, asked.choice)

    def make() -> pl.DataFrame | None:
        try:
            return lists.under(room.observatory, told(shown.zoning, field_of(room)))
        except VigieError:  # put there by hand, and not one that can be read
            return None

    return kept.of(key, make)


def context(room: Room, speaker: Speaker, shown: Scene) -> Neighbourhoods | None:
    """The section of the page; None for a rule that classes none."""
    rule = shown.rule.neighbourhoods
    if rule is None:
        return None
    every = found(room, shown)
    said = words.neighbourhoods_said(shown.rule, every, speaker.lang)
    own: tuple[str, ...] = ()
    if every is not None and shown.asked.within:
        rows = every.filter(pl.col("departement") == shown.asked.within).iter_rows(named=True)
        own = tuple(words.neighbourhood_told(shown.rule, row, speaker.lang) for row in rows)
    path = f"/zonage/quartiers/{shown.official.id}/{shown.zoning.period}.csv"
    return Neighbourhoods(
        speaker.tr(said, said),
        speaker.of(rule.source),
        tuple(speaker.tr(one, one) for one in own),
        "" if every is None else speaker.url(path),
    )
