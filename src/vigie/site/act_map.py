"""The maps of « Agir »: communes in classes of their own, numbered places on them, lines between territories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vigie.editions import geography
from vigie.editions.geography import Drawing
from vigie.editions.observatory import Territory
from vigie.site.maps import Entry
from vigie.site.room import Room

TOO_MANY = 1_000
"""Shapes above which those of one class are drawn as one, without a title each."""


@dataclass(frozen=True)
class Shape:
    """An outline with its class of colour; ``title`` empty where several are drawn as one."""

    path: str
    style: str
    title: str


@dataclass(frozen=True)
class Mark:
    """A numbered point."""

    x: int
    y: int
    text: str
    title: str
    style: str


@dataclass(frozen=True)
class Line:
    """A line between two points."""

    x1: int
    y1: int
    x2: int
    y2: int
    width: float
    title: str


@dataclass(frozen=True)
class Sheet:
    """A map ready for its template; ``r`` is the radius of its marks in units of the drawing."""

    id: str
    title: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    legend: tuple[Entry, ...]
    note: str
    r: int = 20


def drawing(room: Room, territory: Territory, level: str, codes: Sequence[str]) -> Drawing | None:
    """The outlines of the territories of a level in one; None where the edition has none of them."""
    found = room.drawing(("act", territory.key, level), level, codes)
    return found if found.shapes else None


def framed(room: Room, level: str, codes: Sequence[str], focus: Sequence[str]) -> Drawing | None:
    """The outlines of the territories of a level, framed on some of them; None where the edition has none of these."""
    known = room.polygons(level)
    shown, wanted = [code for code in codes if code in known], [code for code in focus if code in known]
    return geography.framed(shown, [known[code] for code in shown], wanted) if wanted else None


def shapes(drawn: Drawing, styles: Mapping[str, str], titles: Mapping[str, str]) -> tuple[Shape, ...]:
    """The outlines in their classes."""
    if len(drawn.shapes) <= TOO_MANY:
        return tuple(Shape(one.path, styles.get(one.code, "missing"), titles.get(one.code, "")) for one in drawn.shapes)
    paths: dict[str, list[str]] = {}
    for one in drawn.shapes:
        paths.setdefault(styles.get(one.code, "missing"), []).append(one.path)
    return tuple(Shape("".join(own), style, "") for style, own in sorted(paths.items()))


def centres(drawn: Drawing) -> dict[str, tuple[int, int]]:
    """The middle of each outline, by code."""
    return {one.code: (one.x, one.y) for one in drawn.shapes}
