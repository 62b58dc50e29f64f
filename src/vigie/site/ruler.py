"""A ruler of the APL: its classes side by side, and where a territory stands on it beside what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.editions.figures import latest
from vigie.editions.scales import scale
from vigie.indicators import Definition
from vigie.site.sentences import Facts
from vigie.site.words import Speaker

_WIDTH, _TOP = 700, 7.0


@dataclass(frozen=True)
class Segment:
    """A class of the scale."""

    x: float
    width: float
    style: str


@dataclass(frozen=True)
class Mark:
    """A value on the ruler; ``anchor`` says on which side of it its name is written."""

    x: float
    name: str
    text: str
    style: str
    anchor: str


@dataclass(frozen=True)
class Ruler:
    """The ruler, ready for its template."""

    segments: tuple[Segment, ...]
    cuts: tuple[Mark, ...]
    own: Mark
    others: tuple[Mark, ...]


def make(speaker: Speaker, facts: Facts) -> Ruler | None:
    """The ruler of a territory's APL to GPs, None where it has none."""
    definition = facts.indicators.get("apl_mg")
    last = latest(facts.own.get("apl_mg", ()))
    if definition is None or last is None or last.value is None:
        return None
    classes = scale(definition, None)
    edges = (0.0, *classes.breaks, _TOP)
    segments = tuple(
        Segment(_x(low), round(_x(high) - _x(low), 1), style)
        for low, high, style in zip(edges, edges[1:], classes.styles, strict=False)
    )
    cuts = tuple(_mark(speaker, definition, cut, "", "cut") for cut in classes.breaks)
    others = []
    for name, series, style in (
        (facts.departement.name if facts.departement else "", facts.departements, "local"),
        ("France", facts.france if facts.territory.level != "france" else {}, "france"),
    ):
        other = latest(series.get("apl_mg", ()), last.period)
        if name and other is not None and other.value is not None:
            others.append(_mark(speaker, definition, other.value, name, style))
    return Ruler(segments, cuts, _mark(speaker, definition, last.value, facts.territory.name, "own"), _sided(others))


def _x(value: float) -> float:
    return round(_WIDTH * min(max(value, 0.0), _TOP) / _TOP, 1)


def _mark(speaker: Speaker, definition: Definition, value: float, name: str, style: str) -> Mark:
    x = _x(value)
    anchor = "start" if x < 90 else "end" if x > _WIDTH - 90 else "middle"
    text = speaker.cut(value, definition) if style == "cut" else speaker.value(value, definition)
    return Mark(x, name, text, style, anchor)


def _sided(others: list[Mark]) -> tuple[Mark, ...]:
    """The lower value written to the left of its mark and the higher to the right, so that names never overlap."""
    order = sorted(others, key=lambda mark: mark.x)
    sides = ["end", "start"] if len(order) == 2 else ["start"]
    return tuple(
        Mark(mark.x, mark.name, mark.text, mark.style, "start" if mark.x < 150 else side)
        for mark, side in zip(order, sides, strict=False)
    )
