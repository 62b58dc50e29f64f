"""The classes of a territory under each rule of zoning, as its page tells them, each with its reason in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions import zoning_words as words
from vigie.editions.observatory import Territory
from vigie.editions.zoned import Zoned, told, zoned
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.site.zones import rules_of, styles
from vigie.zoning.rules import Rule

_FIRST = ("in_force",)
Rows = dict[tuple[str, str], dict[str, Any]]  # by rule and zone


@dataclass(frozen=True)
class Entry:
    """A rule here: its classes with their colour and, where there are several, their share of the people; why."""

    title: str
    href: str
    parts: tuple[tuple[str, str], ...]
    why: str


@dataclass(frozen=True)
class Section:
    """The rules in force, then the others."""

    first: tuple[Entry, ...]
    others: tuple[Entry, ...]


def make(room: Room, speaker: Speaker, territory: Territory, places: Sequence[str] = ()) -> Section | None:
    """The section of a territory; None where no rule classes it, or in an edition without zoning.

    ``places`` are the codes of a free choice of communes, which the edition does not have as a territory.
    """
    found = [one for one in zoned(room.observatory, territory, places) if one.classes]
    if not found:
        return None
    known, read = rules_of(room), _read(room, found)
    entries = [(known[one.rule], _entry(room, speaker, known[one.rule], one, read)) for one in found]
    first = tuple(entry for rule, entry in entries if rule.status in _FIRST)
    others = tuple(entry for rule, entry in entries if rule.status not in _FIRST)
    return Section(first, others)


def _read(room: Room, found: Sequence[Zoned]) -> Rows:
    """What is told of the zones that the territory lies in whole, under every rule at once."""
    lain_in = [{zone for own in one.classes for zone in own.zones} for one in found]
    return told(room.observatory, {zone for own in lain_in if len(own) == 1 for zone in own})


def _entry(room: Room, speaker: Speaker, rule: Rule, own: Zoned, read: Rows) -> Entry:
    zones = {zone for one in own.classes for zone in one.zones}
    alone = len(zones) == 1
    colours = styles(rule)
    total = sum(one.population for one in own.classes)
    places = {one.id: place for place, one in enumerate(rule.classes)}
    parts = []
    for one in own.classes:
        place = places.get(one.id or "")
        text = speaker.status("missing") if place is None else speaker.of(rule.classes[place].title)
        if not alone and total:
            text = f"{text}{speaker.colon}{_share(speaker, 100 * one.population / total)}"
        parts.append(("missing" if place is None else colours[place], text))
    said = _why(room, speaker, rule, read.get((rule.id, next(iter(zones))))) if alone else ""
    query = {"regle": rule.id, "periode": own.period} | ({"zone": next(iter(zones))} if alone else {})
    title = f"{speaker.of(rule.title)} ({speaker.period(own.period)})"
    return Entry(title, speaker.url("/zonage", query) + ("#zone" if alone else ""), tuple(parts), said)


def _share(speaker: Speaker, share: float) -> str:
    return speaker.tr(*[f"{speaker.number(share, 1)} % des habitants", f"{speaker.number(share, 1)} % of the people"])


def _why(room: Room, speaker: Speaker, rule: Rule, row: dict[str, Any] | None) -> str:
    """The zone and, in a sentence, its value against the nearest threshold."""
    if row is None or rule.indicator is None:
        return ""
    definition = room.indicators[rule.indicator]
    if row["value"] is None or row["threshold"] is None:
        return ""
    value = words.own_value(definition, row, speaker.lang)
    limit = words.value(definition, row["threshold"], speaker.lang)
    near = speaker.tr(" ; zone limite", "; borderline") if row["borderline"] else ""
    return speaker.tr(
        f"Zone « {row['name']} » : {definition.short.fr} de {value}, seuil le plus proche {limit}{near}.",
        f"Zone “{row['name']}”: {definition.short.en} of {value}, nearest threshold {limit}{near}.",
    )
