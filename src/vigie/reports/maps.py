"""Maps of a report: the territory's communes and those around it, framed, with the names of the largest ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
import shapely

from vigie.editions import geography
from vigie.editions.figures import unit
from vigie.editions.geography import Drawing, Shape
from vigie.editions.observatory import Territory
from vigie.editions.scales import Scale, scale
from vigie.editions.voice import Voice
from vigie.indicators import Definition
from vigie.reports import model
from vigie.reports.desk import Desk, Known
from vigie.reports.model import Block
from vigie.reports.press import FAMILY
from vigie.territories.phrases import ARRONDISSEMENT

PAPER, INK, HATCH = "#fbf9f4", "#14222a", "#9b968a"
COLOURS = {
    "d1": "#a8440f",
    "d2": "#e39a5b",
    "d3": "#dcebe8",
    "d4": "#a4cfcd",
    "d5": "#57a0a6",
    "d6": "#17606d",
    "s1": "#e6e8f4",
    "s2": "#bcc3e3",
    "s3": "#8c97cd",
    "s4": "#5f69b0",
    "s5": "#363c82",
}
_KIND = re.compile(
    r"^Communauté (?:de communes|d’agglomération|urbaine)(?: (?:du|des|de la|de l’|de|d’|la|le|les))? ?(?=\S)"
)
_TOWN = re.compile(r"^Canton ou ville \w+ \((.+)\)$")
_ACRONYM = re.compile(r"^([A-Z]{3,}) \(|\(([A-Z]{3,})\)$")  # CIVIS (…), … (CINOR)
_OUTLINE = "outline"
_LEAST, _ACROSS = (0.06, 0.04), (0.30, 0.20)  # degrees around a territory; around an island that is alone
_NAMED = 7  # the most names on a map
_SIZE, _SMALL = 36, 21  # of the letters, in units of the drawing


@dataclass(frozen=True)
class Subject:
    """What a map shows: an indicator in its last period, over ``codes`` of a level, with what is around them.

    ``here`` is a territory of the level to show among the others; ``outline`` the level and code of the line drawn
    around the whole, None for none; ``around`` whether the neighbours are shown.
    """

    definition: Definition
    level: str
    territories: Sequence[Territory]
    title: str
    place: str
    here: str = ""
    outline: tuple[str, str] | None = None
    around: bool = True


def values_map(desk: Desk, voice: Voice, subject: Subject, width: int = 100, height: int = 92) -> Block | None:
    """The map as a figure with its legend; None where the territories have no value or no polygon.

    ``width`` in per cent of the column, ``height`` in mm.
    """
    period = desk.last_period(subject.definition.id, subject.level)
    if period is None:
        return None
    classes = scale(subject.definition, desk.distributions(subject.level).get((subject.definition.id, period)))
    found = _drawn(desk, subject)
    if found is None:
        return None
    drawing, near = found
    inside = [one.code for one in subject.territories]
    values = desk.values(subject.definition.id, subject.level, period, [*inside, *near])
    if not any(code in values and values[code][0] is not None for code in inside):
        return None
    colours = {code: _style(classes, values.get(code, (None, "missing"))) for code in (*inside, *near)}
    return model.figure(
        _svg(subject, drawing, colours, set(inside)),
        alt=_alt(voice, subject, values, inside, period),
        caption=f"{subject.title}, {voice.period(period)} ({_unit(voice, subject.definition)})",
        legend=_legend(voice, subject.definition, classes, [colours[code] for code in (*inside, *near)]),
        width=width,
        height=height,
    )


def degrees_map(
    desk: Desk,
    subject: Subject,
    styles: Mapping[str, str],
    legend: Sequence[Mapping[str, object]],
    alt: str,
    height: int = 92,
) -> Block | None:
    """A map of classes given by code: a colour each; None without polygons."""
    found = _drawn(desk, subject)
    if found is None:
        return None
    return model.figure(
        _svg(subject, found[0], styles, {one.code for one in subject.territories}),
        alt=alt,
        caption=subject.title,
        legend=legend,
        height=height,
    )


def _unit(voice: Voice, definition: Definition) -> str:
    """The unit without what only the method needs."""
    words = unit(voice, definition) or "%"
    shorter = voice.tr("consultations et visites", "consultations and visits"), "consultations"
    return words.replace(voice.tr(" standardisé", "standardised "), "").replace(*shorter)


def _drawn(desk: Desk, subject: Subject) -> tuple[Drawing, list[str]] | None:
    """The drawing of the territories and of those around them, and the codes of the latter."""
    own = desk.polygons(subject.level, [one.code for one in subject.territories])
    if not own:
        return None
    focus = list(own)
    near = _near(desk, subject, list(own.values()), _LEAST) if subject.around else {}
    if subject.around and not near:  # an island: the coast across the water says where it is
        near = _near(desk, subject, list(own.values()), _ACROSS)
        focus += near
    shapes = {**near, **own}
    if subject.outline is not None:
        shapes.update(zip([_OUTLINE], desk.polygons(subject.outline[0], [subject.outline[1]]).values(), strict=False))
    return geography.framed(list(shapes), list(shapes.values()), focus), list(near)


def _near(desk: Desk, subject: Subject, own: Iterable[bytes], least: tuple[float, float]) -> dict[str, bytes]:
    """The polygons within a third of the territory's size, at ``least`` so many degrees (of longitude, of latitude)."""
    bounds = shapely.total_bounds(shapely.from_wkb(np.array(list(own), dtype=object)))
    west, south, east, north = (float(one) for one in bounds)
    wider = max(0.35 * (east - west), least[0]), max(0.35 * (north - south), least[1])
    if east - west > 15:  # several parts of France: nothing is around them
        return {}
    frame = (west - wider[0], south - wider[1], east + wider[0], north + wider[1])
    inside = {one.code for one in subject.territories}
    return desk.polygons(
        subject.level, [one.code for one in desk.around(subject.level, frame) if one.code not in inside]
    )


def _style(classes: Scale, known: Known) -> str:
    value, status = known
    return COLOURS[classes.style(value)] if value is not None else f"url(#{'s' if status == 'suppressed' else 'm'})"


def _svg(subject: Subject, drawing: Drawing, colours: Mapping[str, str], inside: set[str]) -> str:
    """The drawing: neighbours paler, the territory's own above them, its outline, the names."""
    shapes = {one.code: one for one in drawing.shapes}
    outline, here = shapes.pop(_OUTLINE, None), shapes.get(subject.here)
    thin = 0.7 if len(shapes) > 400 else 1.4
    groups = []
    for own, opacity in ((False, 0.42), (True, 1.0)):
        paths: dict[str, list[str]] = {}
        for code, shape in shapes.items():
            if (code in inside) == own:
                paths.setdefault(colours.get(code, "url(#m)"), []).append(shape.path)
        body = "".join(f'<path fill="{colour}" d="{"".join(own)}"/>' for colour, own in sorted(paths.items()))
        groups.append(f'<g opacity="{opacity}" stroke="{PAPER}" stroke-width="{thin}">{body}</g>')
    lines = f'<path fill="none" stroke="{INK}" stroke-width="3" d="{outline.path}"/>' if outline else ""
    lines += f'<path fill="none" stroke="{INK}" stroke-width="6" d="{here.path}"/>' if here else ""
    w, h = drawing.width, drawing.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}"><defs>'
        f'<clipPath id="f"><rect width="{w}" height="{h}"/></clipPath>'
        '<pattern id="m" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="9" height="9" fill="#f3efe5"/><path d="M0 0V9" stroke="{HATCH}" stroke-width="3"/></pattern>'
        '<pattern id="s" width="9" height="9" patternUnits="userSpaceOnUse"><rect width="9" height="9" fill="#f3efe5"/>'
        f'<circle cx="4.500" cy="4.500" r="1.800" fill="{HATCH}"/></pattern></defs>'
        f'<g clip-path="url(#f)" stroke-linejoin="round">{"".join(groups)}{lines}{_names(subject, drawing, shapes)}</g>'
        "</svg>"
    )


def _names(subject: Subject, drawing: Drawing, shapes: Mapping[str, Shape]) -> str:
    """The names of the largest territories that find room, that of ``here`` first."""
    order = sorted(subject.territories, key=lambda one: (one.code != subject.here, -(one.population or 0), one.code))
    taken: list[tuple[float, float, float, float]] = []
    found = [_label(label.fr, label.x, label.y, 400, _SMALL) for label in drawing.labels]
    if drawing.labels:  # all of France: a name would cover the départements around it
        return "".join(found)
    for one in order[:40]:
        shape = shapes.get(one.code)
        if shape is None or len(taken) >= _NAMED:
            continue
        name = short_name(one, 28)
        half = 0.25 * _SIZE * len(name)
        x = min(max(shape.x, half + 6), drawing.width - half - 6)
        spot = (x - half, shape.y - 0.8 * _SIZE, x + half, shape.y + 0.4 * _SIZE)
        if (
            half * 2 > drawing.width
            or any(_overlap(spot, other) for other in taken)
            or not 20 < shape.y < drawing.height - 8
        ):
            continue
        taken.append(spot)
        found.append(_label(name, x, shape.y, 600 if one.code == subject.here else 400))
    return "".join(found)


def short_name(territory: Territory, longest: int) -> str:
    """The name of a territory without what an EPCI or a canton is, cut where it is too long: "Grand Guéret"."""
    name = " ".join(territory.name.replace("'", "’").split())
    part, town = ARRONDISSEMENT.match(name), _TOWN.match(name)
    if part or town:  # "Paris 18e Arrondissement", "Canton ou ville 1299 (Rodez)"
        return f"{part[1]} {part[2]}{part[3]}" if part else town[1] if town else name
    bare = _KIND.sub("", name) if territory.level == "epci" else name
    acronym = _ACRONYM.search(bare)
    bare = acronym[1] or acronym[2] if acronym else bare
    if len(bare) < 5 and not acronym:  # "Sud" alone says nothing
        bare = name
    bare = bare[:1].upper() + bare[1:]
    return bare if len(bare) <= longest else bare[: longest - 1].rstrip(" -") + "…"


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] + 4 and other[1] < one[3] + 4


def _label(name: str, x: float, y: float, weight: int, size: int = _SIZE) -> str:
    """A name with a pale halo: drawn twice, for renderers that know no paint order."""
    font = f'font-family="{FAMILY}" font-size="{size}" font-weight="{weight}"'
    at = f'x="{x:.0f}" y="{y:.0f}" text-anchor="middle" {font}'
    text = escape(name)
    line = f'fill="{PAPER}" stroke="{PAPER}" stroke-width="9" stroke-opacity="0.85" stroke-linejoin="round"'
    halo = f"<text {at} {line}>{text}</text>"
    return f'{halo}<text {at} fill="{INK}">{text}</text>'


def _legend(voice: Voice, definition: Definition, classes: Scale, used: Sequence[str]) -> list[dict[str, object]]:
    cuts = [voice.cut(cut, definition) for cut in classes.breaks]
    words = [voice.tr(f"moins de {cuts[0]}", f"under {cuts[0]}")] if cuts else [voice.tr("valeur", "value")]
    words += [voice.tr(f"de {low} à {high}", f"{low} to {high}") for low, high in pairwise(cuts)]
    words += [voice.tr(f"{cuts[-1]} et plus", f"{cuts[-1]} and over")] if cuts else []
    entries: list[dict[str, object]] = [
        {"colour": COLOURS[style], "text": text} for style, text in zip(classes.styles, words, strict=True)
    ]
    for style, status in (("url(#m)", "missing"), ("url(#s)", "suppressed")):
        if style in used:
            entries.append({"colour": "#f3efe5", "text": voice.status(status), "hatch": True})
    return entries


def _alt(voice: Voice, subject: Subject, values: Mapping[str, Known], inside: Sequence[str], period: str) -> str:
    """The map in words: how many territories, the lowest and the highest, how many without a value."""
    names = {one.code: one.name for one in subject.territories}
    known = sorted((values[code][0], code) for code in inside if code in values and values[code][0] is not None)
    start = voice.tr(
        f"Carte. {subject.title}, {period}, {subject.place}.", f"Map. {subject.title}, {period}, {subject.place}."
    )
    if not known:
        return start + voice.tr(" Aucune valeur publiée.", " No published value.")
    ends = [(names[code], voice.value(value or 0, subject.definition)) for value, code in (known[0], known[-1])]
    return start + voice.tr(
        f" De {ends[0][1]} ({ends[0][0]}) à {ends[1][1]} ({ends[1][0]}), {len(known)} valeurs sur {len(inside)}.",
        f" From {ends[0][1]} ({ends[0][0]}) to {ends[1][1]} ({ends[1][0]}), {len(known)} values of {len(inside)}.",
    )
