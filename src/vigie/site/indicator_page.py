"""The page of an indicator: definition, formula, limits, sources, France by year, map and table by territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions.figures import latest, unit
from vigie.editions.observatory import Observation
from vigie.editions.scales import scale
from vigie.editions.standings import commands
from vigie.indicators import Definition
from vigie.site import funnels, spread, trend
from vigie.site.api.catalogue import as_schema_org
from vigie.site.commitments_page import alerts, commitments
from vigie.site.home_page import france_map
from vigie.site.provenance import sources
from vigie.site.room import Room
from vigie.site.words import Speaker


@dataclass(frozen=True)
class Row:
    """A territory's last figure."""

    code: str
    name: str
    href: str
    text: str
    number: float | None
    status: str
    status_text: str
    period: str


@dataclass(frozen=True)
class Year:
    """France in a period."""

    period: str
    text: str
    status: str
    status_text: str
    snapshot: str


def context(room: Room, speaker: Speaker, definition: Definition) -> dict[str, Any]:
    """What the template of an indicator's page shows."""
    series = room.profile(room.france).get(definition.id, [])
    threshold = scale(definition, None).threshold
    published = [*commitments(room, speaker), *alerts(room, speaker)]
    return {
        "definition": definition,
        "title": speaker.of(definition.title),
        "unit": unit(speaker, definition),
        "theme": speaker.theme(definition.theme),
        "commands": commands(room.observatory, definition),
        "levels": [speaker.level(level, many=True) for level in definition.levels],
        "years": [_year(speaker, definition, one) for one in series],
        "trend": trend.make(
            speaker,
            definition,
            speaker.tr("France, par année", "France, by year"),
            [trend.Series("France", "own", series)],
            threshold,
        ),
        "spread": spread.spread(room, speaker, definition),
        "unequal": spread.unequal(room, speaker, definition),
        "map": france_map(room, speaker, definition.id),
        "regions": _rows(room, speaker, definition, "region"),
        "departements": _rows(room, speaker, definition, "departement"),
        "published": next((one for one in published if one.id == definition.id), None),
        "funnel": funnels.shown(room, speaker, definition),
        "dataset": as_schema_org(room, definition, speaker.lang),
        "sources": sources(room, speaker, _snapshots(series)),
    }


def index(room: Room, speaker: Speaker) -> dict[str, Any]:
    """What the list of indicators shows: the definitions by theme."""
    themes: dict[str, list[Definition]] = {}
    for definition in room.definitions:
        themes.setdefault(definition.theme, []).append(definition)
    order = ("acces", "urgences", "offre", "population", "engagement", "alerte")
    return {"themes": [(speaker.theme(theme), themes[theme]) for theme in order if theme in themes]}


def _year(speaker: Speaker, definition: Definition, one: Observation) -> Year:
    text = speaker.status(one.status) if one.value is None else speaker.value(one.value, definition)
    return Year(speaker.period(one.period), text, one.status, speaker.status(one.status), one.snapshot)


def _rows(room: Room, speaker: Speaker, definition: Definition, level: str) -> list[Row]:
    """The territories of a level by name, each with its last figure; empty when none has one."""
    if level not in definition.levels:
        return []
    observed = room.observatory.latest(definition.id, level)
    if not any(one.value is not None for one in observed.values()):
        return []
    return [_row(speaker, definition, level, one.code, one.name, observed.get(one.code))
            for one in room.directory.of_level(level)]  # fmt: skip


def _row(speaker: Speaker, definition: Definition, level: str, code: str, name: str, one: Observation | None) -> Row:
    status = one.status if one else "missing"
    known = one is not None and one.value is not None
    text = speaker.value(one.value or 0, definition) if one is not None and known else speaker.status(status)
    period = speaker.period(one.period) if one is not None else ""
    number = one.value if one is not None else None
    return Row(code, name, speaker.territory(level, code), text, number, status, speaker.status(status), period)


def _snapshots(series: Sequence[Observation]) -> set[str]:
    last = latest(series)
    return {one.snapshot for one in series} | ({last.snapshot} if last else set())
