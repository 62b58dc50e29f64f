"""The funnel of an indicator as its page shows it: a chart of the départements, a table beside it, and each level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vigie.editions.funnels import READINGS, RULE, Curve, Placed, Spread, curve, funnel_levels, funnel_of, said
from vigie.indicators import Definition
from vigie.site.axes import Axis, axis
from vigie.site.relation_page import Point, Tick
from vigie.site.room import Room
from vigie.site.words import Speaker

_WIDTH, _HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 52
_STEPS = 60  # points of each limit
_NAMED = 6


@dataclass(frozen=True)
class Row:
    """A territory in the table."""

    name: str
    href: str
    value: str
    number: float
    people: str
    chance: str
    limits: str
    reading: str
    kept: bool


@dataclass(frozen=True)
class Level:
    """The funnel of a level in a line."""

    title: str
    period: str
    territories: str
    too_small: str
    outside: str
    outside_strict: str
    dispersion: str
    kept: str
    file: str


@dataclass(frozen=True)
class Shown:
    """The funnel, ready for its template. ``chance`` and ``wide`` are the limits drawn, ``mean`` the average's line."""

    title: str
    across: str
    sentences: tuple[str, ...]
    rule: str
    level: str
    width: int
    height: int
    left: int
    right: int
    bottom: int
    points: tuple[Point, ...]
    named: tuple[Point, ...]
    chance: str
    wide: str
    mean: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    levels: tuple[Level, ...]


def shown(room: Room, speaker: Speaker, definition: Definition) -> Shown | None:
    """The funnel of the first level that has one, and those of the others in a line; None where no level has one."""
    known = [
        one
        for level in funnel_levels(room.observatory, definition)
        if (one := funnel_of(room.observatory, definition, level)) is not None
    ]
    if not known:
        return None
    spread = known[0]
    totals = [one.denominator for one in spread.placed]
    across = axis(0, max(totals), _LEFT, _WIDTH - _RIGHT, 3)
    # From the smallest territory on: limits of next to nobody would flatten the rest.
    limits = curve(spread, definition, np.linspace(min(totals), across.high, _STEPS).tolist())
    values = [one.value for one in spread.placed]
    up = axis(min(0.0, *values), max(values) * 1.05, _HEIGHT - _BOTTOM, _TOP, 6)
    points = tuple(_point(speaker, definition, spread.level, one, across, up) for one in spread.placed)
    return Shown(
        title=f"{speaker.of(definition.short)}, {speaker.level(spread.level, many=True)}, "
        f"{speaker.period(spread.period)}",
        across=speaker.of(definition.denominator) if definition.denominator else speaker.tr("Habitants", "Inhabitants"),
        sentences=tuple(speaker.of(one) for one in said(spread)),
        rule=speaker.of(RULE),
        level=spread.level,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        bottom=_HEIGHT - _BOTTOM,
        points=points,
        named=_apart([one for one in points if one.far][:_NAMED]),
        chance=_area(limits, limits.chance, across, up, 2, 3),
        wide=_area(limits, limits.widened, across, up, 0, 1),
        mean=up.at(spread.average),
        x_ticks=tuple(Tick(across.at(mark), speaker.number(mark)) for mark in across.marks),
        y_ticks=tuple(Tick(up.at(mark), speaker.number(mark, up.decimals)) for mark in up.marks),
        rows=tuple(_row(speaker, definition, spread.level, one) for one in spread.placed),
        levels=tuple(_level(speaker, one) for one in known),
    )


def _point(speaker: Speaker, definition: Definition, level: str, one: Placed, across: Axis, up: Axis) -> Point:
    told = f"{speaker.value(one.value, definition)} ; {speaker.of(READINGS[one.by_chance])}"
    return Point(
        across.at(one.denominator), up.at(one.value), 5.0, one.name, told, speaker.territory(level, one.code), one.kept
    )


def _apart(points: list[Point]) -> tuple[Point, ...]:
    """The points whose name can be written without covering another."""
    kept: list[Point] = []
    for one in points:
        if not any(abs(one.y - other.y) < 18 and abs(one.x - other.x) < 170 for other in kept):
            kept.append(one)
    return tuple(kept)


def _area(limits: Curve, ends: tuple[tuple[float, ...], ...], across: Axis, up: Axis, low: int, high: int) -> str:
    """What lies between two of the limits, as a path."""
    bottom = [f"{across.at(x)} {up.at(y)}" for x, y in zip(limits.at, ends[low], strict=True)]
    top = [f"{across.at(x)} {up.at(y)}" for x, y in zip(limits.at, ends[high], strict=True)]
    return "M" + "L".join([*top, *reversed(bottom)]) + "z"


def _row(speaker: Speaker, definition: Definition, level: str, one: Placed) -> Row:
    def between(low: float, high: float) -> str:
        return f"{speaker.value(low, definition)} – {speaker.value(high, definition)}"

    return Row(
        one.name,
        speaker.territory(level, one.code),
        speaker.value(one.value, definition),
        one.value,
        speaker.number(one.denominator),
        between(one.chance_lowest, one.chance_highest),
        between(one.low, one.high),
        speaker.of(READINGS[one.by_chance]),
        one.kept,
    )


def _level(speaker: Speaker, one: Spread) -> Level:
    return Level(
        speaker.level(one.level, many=True),
        speaker.period(one.period),
        speaker.number(one.territories),
        speaker.number(one.too_small),
        f"{speaker.number(one.outside)} ({speaker.number(one.by_luck, 1)})",
        f"{speaker.number(one.outside_strict)} ({speaker.number(one.by_luck_strict, 1)})",
        speaker.number(one.dispersion, 1),
        speaker.number(one.kept),
        f"/api/v1/funnel/{one.indicator}/{one.level}",
    )
