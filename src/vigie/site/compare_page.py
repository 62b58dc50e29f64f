"""The page that sets up to five territories side by side: same figures, same periods, same scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions.figures import FAMILIES, KNOWN, latest, text, unit
from vigie.editions.observatory import Observation, Territory
from vigie.editions.scales import scale
from vigie.indicators import Definition
from vigie.site import trend
from vigie.site.axes import axis
from vigie.site.room import Room
from vigie.site.words import Speaker

MOST = 5
_THEMES = ("acces", "urgences", "offre", "population")
_CHARTS = ("apl_mg", "apl_infirmiers", "apl_kines", "apl_dentistes", "apl_sages_femmes")
_WIDTH = 240  # of the strip beside a figure
_FOUND = 12


@dataclass(frozen=True)
class Side:
    """A territory compared: its card, its mark, and the address of the page without it."""

    card: Territory
    kind: str
    style: str
    without: str


@dataclass(frozen=True)
class Cell:
    """A territory's figure; ``x`` is where it stands on the strip of its line, None where there is no value."""

    text: str
    style: str
    known: bool
    x: float | None


@dataclass(frozen=True)
class Line:
    """An indicator over the territories, with the ends of its scale and France's figure."""

    id: str
    title: str
    unit: str
    period: str
    cells: tuple[Cell, ...]
    low: str
    high: str
    france: str
    france_x: float | None


@dataclass(frozen=True)
class Block:
    """The lines of a theme."""

    title: str
    lines: tuple[Line, ...]


def context(room: Room, speaker: Speaker, keys: Sequence[str], asked: str) -> dict[str, Any]:
    """What the template shows: ``keys`` are ``level:code``; ``asked`` is a name to find a further territory by."""
    wanted = list(dict.fromkeys(keys))
    cards = [card for key in wanted if (card := _card(room, key)) is not None][:MOST]
    chosen = [card.key for card in cards]
    sides = [
        Side(card, speaker.kind(card.level, card.kind), f"c{place + 1}",
             address(speaker, [key for key in chosen if key != card.key]))
        for place, card in enumerate(cards)
    ]  # fmt: skip
    profiles = [room.profile(card) for card in cards]
    found = room.directory.search(asked.strip(), _FOUND) if asked.strip() and len(cards) < MOST else []
    return {
        "sides": sides,
        "keys": chosen,
        "unknown": [key for key in wanted if _card(room, key) is None],
        "left_out": len([key for key in wanted if _card(room, key) is not None]) - len(cards),
        "asked": asked.strip(),
        "found": [(one, speaker.kind(one.level, one.kind), address(speaker, [*chosen, one.key])) for one in found
                  if one.key not in chosen],
        "adding": address(speaker, chosen) + ("&t=" if chosen else "?t="),
        "most": MOST,
        "beside_france": all(card.level != "france" for card in cards),
        "blocks": _blocks(room, speaker, sides, profiles) if sides else [],
        "charts": _charts(room, speaker, sides, profiles) if sides else [],
        "examples": [
            (speaker.tr("Creuse, Aveyron et France", "Creuse, Aveyron and France"),
             address(speaker, ["departement:23", "departement:12", "france:FR"])),
            (speaker.tr("les cinq départements d'outre-mer", "the five overseas départements"),
             address(speaker, [f"departement:97{n}" for n in (1, 2, 3, 4, 6)])),
        ],
    }  # fmt: skip


def address(speaker: Speaker, keys: Sequence[str]) -> str:
    """The page of these territories."""
    return speaker.url("/comparer") + ("?" + "&".join(f"t={key}" for key in keys) if keys else "")


def _card(room: Room, key: str) -> Territory | None:
    level, _, code = key.partition(":")
    return room.directory.card(level, code)


Profile = dict[str, list[Observation]]


def _blocks(room: Room, speaker: Speaker, sides: Sequence[Side], profiles: Sequence[Profile]) -> list[Block]:
    blocks = []
    for theme in _THEMES:
        lines = [
            line
            for definition in room.definitions
            if definition.theme == theme and definition.compute.rule not in FAMILIES
            and (line := _line(room, speaker, definition, sides, profiles)) is not None
        ]  # fmt: skip
        if lines:
            blocks.append(Block(speaker.theme(theme), tuple(lines)))
    return blocks


def _line(
    room: Room, speaker: Speaker, definition: Definition, sides: Sequence[Side], profiles: Sequence[Profile]
) -> Line | None:
    """The line of an indicator, None where no territory has an observation of it."""
    series = [profile.get(definition.id, []) for profile in profiles]
    period = _period(series)
    if not period:
        return None
    figures = [latest(one, period) for one in series]
    nation = latest(room.profile(room.france).get(definition.id, ()), period)
    france = nation.value if nation is not None else None
    values = [one.value for one in figures if one is not None and one.value is not None]
    if not values:
        return None
    # A count of France would flatten those of any territory: it stays out of the scale.
    sized = france is not None and definition.compute.rule != "sum"
    shown = axis(min([*values, *([france] if sized and france is not None else [])]),
                 max([*values, *([france] if sized and france is not None else [])]), 8, _WIDTH - 8, 2)  # fmt: skip
    cells = tuple(
        Cell(_absent(speaker, definition, side) if one is None else text(speaker, definition, one), side.style,
             one is not None and one.value is not None,
             shown.at(one.value) if one is not None and one.value is not None else None)
        for side, one in zip(sides, figures, strict=True)
    )  # fmt: skip
    return Line(
        id=definition.id,
        title=speaker.of(definition.short),
        unit=unit(speaker, definition),
        period=speaker.period(period),
        cells=cells,
        low=speaker.number(shown.low, shown.decimals),
        high=speaker.number(shown.high, shown.decimals),
        france=speaker.value(france, definition) if france is not None else "",
        france_x=shown.at(france) if sized and france is not None else None,
    )


def _absent(speaker: Speaker, definition: Definition, side: Side) -> str:
    """Why a territory has no line: an indicator may not exist at its level, which is not a figure that lacks."""
    if side.card.level in definition.levels:
        return speaker.status("missing")
    return speaker.tr("sans objet à ce niveau", "not defined at this level")


def _period(series: Sequence[Sequence[Observation]]) -> str:
    """The last period known for most territories: a comparison across years would compare nothing."""
    counts: dict[str, int] = {}
    for one in series:
        for period in {seen.period for seen in one if seen.status in KNOWN and seen.value is not None}:
            counts[period] = counts.get(period, 0) + 1
    return max(counts, key=lambda period: (counts[period], period), default="")


def _charts(room: Room, speaker: Speaker, sides: Sequence[Side], profiles: Sequence[Profile]) -> list[trend.Trend]:
    """One small chart a profession, a line a territory."""
    charts = []
    for name in _CHARTS:
        definition = room.indicators.get(name)
        if definition is None:
            continue
        series = [trend.Series(side.card.name, side.style, profile.get(name, []))
                  for side, profile in zip(sides, profiles, strict=True)]  # fmt: skip
        lines = [one for one in series if len(one.known()) > 1]
        made = trend.make(
            speaker, definition, f"{speaker.of(definition.short)}", lines, scale(definition, None).threshold
        )
        if made is not None:
            charts.append(made)
    return charts
