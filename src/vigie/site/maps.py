"""Maps as the server draws them: shapes with a class of colour, a title and a link; a legend; the same as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vigie.editions.geography import Drawing, Label
from vigie.editions.scales import Scale, scale
from vigie.indicators import Definition
from vigie.site.room import Known, Room
from vigie.site.words import Speaker


@dataclass(frozen=True)
class Area:
    """A territory on the map."""

    code: str
    name: str
    text: str
    number: float | None
    status: str
    style: str
    path: str
    href: str
    here: bool


@dataclass(frozen=True)
class Entry:
    """A class of the legend and how many territories it holds."""

    style: str
    text: str
    count: int


@dataclass(frozen=True)
class Map:
    """A map ready for its template. ``rows`` are all its territories by name, drawn or not."""

    id: str
    title: str
    width: int
    height: int
    areas: tuple[Area, ...]
    rows: tuple[Area, ...]
    labels: tuple[Label, ...]
    legend: tuple[Entry, ...]
    unit: str
    period: str
    level: str


@dataclass(frozen=True)
class Subject:
    """What a map shows: an indicator in a period, over territories of a level."""

    definition: Definition
    period: str
    level: str
    codes: Sequence[str]
    sheet: str  # the name of its drawing, for the cache
    title: str
    here: str = ""


def make(room: Room, speaker: Speaker, subject: Subject) -> Map | None:
    """The map of a subject, None where the edition has no polygon of it."""
    definition, level = subject.definition, subject.level
    values = room.values(definition.id, level, subject.period)
    classes = scale(definition, room.distributions(level).get((definition.id, subject.period)))
    drawing = room.drawing(subject.sheet, level, subject.codes)
    if not drawing.shapes:
        return None
    paths = {shape.code: shape.path for shape in drawing.shapes}
    areas = [_area(room, speaker, subject, classes, code, values, paths.get(code, "")) for code in subject.codes]
    drawn = sorted((area for area in areas if area.path), key=lambda area: area.here)
    return Map(
        id=f"map-{definition.id}-{level}",
        title=subject.title,
        width=drawing.width,
        height=drawing.height,
        areas=tuple(drawn),
        rows=tuple(areas),
        labels=_labels(speaker, drawing),
        legend=_legend(speaker, definition, classes, areas),
        unit=speaker.of(definition.unit),
        period=speaker.period(subject.period),
        level=level,
    )


def _area(
    room: Room,
    speaker: Speaker,
    subject: Subject,
    classes: Scale,
    code: str,
    values: Mapping[str, Known],
    path: str,
) -> Area:
    value, status = values.get(code, (None, "missing"))
    name = room.directory.name(subject.level, code, code)
    text = speaker.status(status) if value is None else speaker.value(value, subject.definition)
    style = status if value is None else classes.style(value)
    href = speaker.territory(subject.level, code)
    return Area(code, name, text, value, status, style, path, href, code == subject.here)


def _labels(speaker: Speaker, drawing: Drawing) -> tuple[Label, ...]:
    return tuple(
        Label(speaker.tr(label.fr, label.en), speaker.tr(label.fr, label.en), label.x, label.y)
        for label in drawing.labels
    )


def _legend(speaker: Speaker, definition: Definition, classes: Scale, areas: Sequence[Area]) -> tuple[Entry, ...]:
    cuts = [speaker.cut(cut, definition) for cut in classes.breaks]
    words = [speaker.tr(f"moins de {cuts[0]}", f"under {cuts[0]}")] if cuts else [speaker.tr("valeur", "value")]
    words += [speaker.tr(f"de {low} à {high}", f"{low} to {high}") for low, high in pairwise(cuts)]
    words += [speaker.tr(f"{cuts[-1]} et plus", f"{cuts[-1]} and over")] if cuts else []
    styles = [*zip(classes.styles, words, strict=True)]
    styles += [(status, speaker.status(status)) for status in ("missing", "suppressed")]
    entries = [Entry(style, text, sum(area.style == style for area in areas)) for style, text in styles]
    return tuple(entry for entry in entries if entry.count or entry.style in classes.styles)
