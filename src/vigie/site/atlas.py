"""What a map of an indicator shows, for the page and for the browser: values, classes, histogram of population.

One scale serves all the periods of an indicator at a level, that of the last one: a colour means the same each year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vigie.editions.figures import unit
from vigie.editions.observatory import Territory
from vigie.editions.scales import Scale, scale
from vigie.indicators import Definition
from vigie.site.room import Room
from vigie.site.words import Speaker

LEVELS = ("commune", "epci", "bassin_de_vie", "departement", "region")
BINS = 48
_MANY_ZEROS = 0.05  # from this share of the territories on, zero has a class of its own
_TAIL = 0.99  # of the people: what is beyond is counted in the last bin

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Class:
    """A class of the legend: how many territories it holds and how many people live there."""

    style: str
    text: str
    count: int
    population: int


@dataclass(frozen=True)
class Bin:
    """A bar of the histogram: people of the territories whose value lies in it, and the style of its class."""

    population: int
    style: str


@dataclass(frozen=True)
class Plate:
    """An indicator at a level in a period. ``codes``, ``values`` and ``populations`` are in the same order.

    ``values`` has NaN where there is none, and ``suppressed`` the places of those that a producer keeps secret.
    """

    definition: Definition
    level: str
    period: str
    codes: tuple[str, ...]
    values: Floats
    populations: Floats
    suppressed: tuple[int, ...]
    scale: Scale
    domain: tuple[float, float]

    @property
    def places(self) -> NDArray[np.int64]:
        """The class of each territory: its place in the scale; after the last, missing, then suppressed."""
        found = np.searchsorted(np.array(self.scale.breaks), self.values, side="right")
        found[np.isnan(self.values)] = len(self.scale.styles)
        found[list(self.suppressed)] = len(self.scale.styles) + 1
        return found.astype(np.int64)

    def under(self, threshold: float) -> tuple[int, int, float]:
        """Territories with a value under ``threshold``, the people there, and their share of those with a value."""
        known = ~np.isnan(self.values)
        below = known & (np.nan_to_num(self.values) < threshold)
        people, all_of_them = float(self.populations[below].sum()), float(self.populations[known].sum())
        return int(below.sum()), round(people), people / all_of_them if all_of_them else 0.0


def territories(room: Room, level: str) -> list[Territory]:
    """The territories of a level by code; a whole city is left out for its arrondissements."""

    def sorted_ones() -> list[Territory]:
        return sorted((one for one in room.directory.of_level(level) if one.kind != "whole_city"),
                      key=lambda one: one.code)  # fmt: skip

    return room.once(("territories", level), sorted_ones)


def periods(room: Room, indicator: str, level: str) -> list[str]:
    """The periods in which an indicator is known for some territory of a level, in order."""
    return sorted(when for name, when in room.distributions(level) if name == indicator)


def known_levels(room: Room, *indicators: str) -> list[str]:
    """The levels at which all these indicators are known, the département's first: it is read at a glance."""
    order = sorted(LEVELS, key=lambda level: level != "departement")
    return [level for level in order if all(periods(room, one, level) for one in indicators)]


def nearest(room: Room, definition: Definition, level: str, period: str) -> Plate:
    """The plate of an indicator known at that level, in that period or else in its last."""
    known = periods(room, definition.id, level)
    return plate(room, definition, level, period if period in known else known[-1])


def plate(room: Room, definition: Definition, level: str, period: str) -> Plate:
    """The plate of an indicator known at that level in that period."""
    return room.once(("plate", definition.id, level, period), lambda: _plate(room, definition, level, period))


def _plate(room: Room, definition: Definition, level: str, period: str) -> Plate:
    cards = territories(room, level)
    known = room.values(definition.id, level, period)
    values = np.array([_figure(known.get(one.code, (None, ""))[0]) for one in cards])
    populations = np.array([float(one.population or 0) for one in cards])
    secret = tuple(i for i, one in enumerate(cards) if known.get(one.code, (None, ""))[1] == "suppressed")
    last = periods(room, definition.id, level)[-1]
    if last == period:
        classes, domain = _classes(room, definition, level, period, values), _domain(definition, values, populations)
    else:
        other = plate(room, definition, level, last)
        classes, domain = other.scale, other.domain
    codes = tuple(one.code for one in cards)
    return Plate(definition, level, period, codes, values, populations, secret, classes, domain)


def _figure(value: float | None) -> float:
    return np.nan if value is None else value


def _classes(room: Room, definition: Definition, level: str, period: str, values: Floats) -> Scale:
    """The scale of the site, with a class for zero alone where many territories have none at all."""
    known = values[~np.isnan(values)]
    zeros = float((known == 0).mean()) if len(known) else 0.0
    usual = scale(definition, room.distributions(level).get((definition.id, period)))
    if usual.threshold is not None or zeros < _MANY_ZEROS or not (known > 0).any():
        lowest = float(known.min()) if len(known) else 0.0
        breaks = tuple(cut for cut in usual.breaks if cut > lowest)
        return Scale(breaks, usual.styles[len(usual.styles) - len(breaks) - 1 :], usual.threshold)
    positive = known[known > 0]
    cuts = {round(float(cut), definition.decimals) for cut in np.quantile(positive, (0.2, 0.4, 0.6, 0.8))}
    least = float(positive.min())
    breaks = (least, *sorted(cut for cut in cuts if cut > least))
    return Scale(breaks, ("zero", *_STYLES[len(breaks) - 1]))


_STYLES = (("s3",), ("s2", "s4"), ("s1", "s3", "s5"), ("s1", "s2", "s4", "s5"), ("s1", "s2", "s3", "s4", "s5"))


def _domain(definition: Definition, values: Floats, populations: Floats) -> tuple[float, float]:
    """The ends of the histogram's axis: from zero, or from the lowest value, to the value of the 99th person in 100."""
    known = ~np.isnan(values)
    if not known.any():
        return 0.0, 1.0
    order = np.argsort(values[known])
    sorted_values, people = values[known][order], np.cumsum(populations[known][order])
    high = float(sorted_values[min(np.searchsorted(people, _TAIL * people[-1]), len(people) - 1)])
    low = float(sorted_values[0])
    low = 0.0 if 0 <= low < high / 2 else low
    step = 10.0**-definition.decimals
    return float(np.floor(low / step) * step), float(np.ceil(max(high, low + step) / step) * step)


def legend(speaker: Speaker, shown: Plate) -> list[Class]:
    """The classes in order, then what is missing and what is suppressed, where there is any."""
    texts = [*class_texts(speaker, shown.definition, shown.scale), *map(speaker.status, ("missing", "suppressed"))]
    styles = (*shown.scale.styles, "missing", "suppressed")
    counts = np.bincount(shown.places, minlength=len(styles))
    people = np.bincount(shown.places, shown.populations, minlength=len(styles))
    found = zip(styles, texts, counts.tolist(), people.tolist(), strict=True)
    return [
        Class(style, text, count, round(inside))
        for style, text, count, inside in found
        if count or style in shown.scale.styles
    ]


def class_texts(speaker: Speaker, definition: Definition, classes: Scale) -> list[str]:
    """The classes in words: ``moins de 2``, ``de 2 à 2,5``, ``5 et plus``; ``zéro`` alone where it is one."""
    cuts = [speaker.cut(cut, definition) for cut in classes.breaks]
    if not cuts:
        return [speaker.tr("valeur", "value")]
    zero = classes.styles[0] == "zero"
    first = [speaker.tr("zéro", "zero")] if zero else [speaker.tr(f"moins de {cuts[0]}", f"under {cuts[0]}")]
    if zero and len(cuts) == 1:
        return [*first, speaker.tr("plus de zéro", "more than zero")]
    middle = [speaker.tr(f"de {low} à {high}", f"{low} to {high}") for low, high in pairwise(cuts)]
    return [*first, *middle, speaker.tr(f"{cuts[-1]} et plus", f"{cuts[-1]} and over")]


def bins(shown: Plate) -> list[Bin]:
    """The histogram of population over the domain; what is beyond its end is in the last bar."""
    low, high = shown.domain
    edges = np.linspace(low, high, BINS + 1)
    known = ~np.isnan(shown.values)
    inside = np.clip(np.nan_to_num(shown.values[known]), low, high)
    people, _ = np.histogram(inside, edges, weights=shown.populations[known])
    middles = (edges[:-1] + edges[1:]) / 2
    return [Bin(round(float(n)), shown.scale.style(float(at))) for n, at in zip(people, middles, strict=True)]


def first_threshold(shown: Plate) -> float:
    """Where the threshold stands when none is asked: the definition's own, or the middle of the classes."""
    if shown.scale.threshold is not None:
        return shown.scale.threshold
    if shown.definition.thresholds:
        return shown.definition.thresholds[0]
    return shown.scale.breaks[len(shown.scale.breaks) // 2] if shown.scale.breaks else shown.domain[0]


def as_document(speaker: Speaker, shown: Plate) -> dict[str, Any]:
    """The plate for the browser: ``values`` in the order of the level's codes, null where there is none."""
    decimals = shown.definition.decimals + 2
    return {
        "indicator": shown.definition.id,
        "level": shown.level,
        "period": shown.period,
        "text": speaker.period(shown.period),
        "unit": unit(speaker, shown.definition),
        "sign": speaker.percent_sign(shown.definition),
        "decimals": shown.definition.decimals,
        "breaks": shown.scale.breaks,
        "styles": shown.scale.styles,
        "domain": shown.domain,
        "values": [None if np.isnan(one) else round(one, decimals) for one in shown.values.tolist()],
        "suppressed": shown.suppressed,
        "legend": [[one.style, one.text, one.count, one.population] for one in legend(speaker, shown)],
        "bins": [[one.population, one.style] for one in bins(shown)],
    }


def roll(room: Room, level: str) -> dict[str, Any]:
    """The territories of a level for the browser: codes and populations, in the order of every plate."""
    cards = territories(room, level)
    return {
        "level": level,
        "codes": [one.code for one in cards],
        "populations": [one.population for one in cards],
    }


def names(room: Room, level: str) -> list[str]:
    """The names of the territories of a level, in the same order."""
    return [one.name.replace("'", "’") for one in territories(room, level)]


def frame(room: Room, level: str, code: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a territory on the web map (see ``vigie.editions.sheet``); None without polygon."""
    import shapely

    from vigie.editions.sheet import moved_shapes

    wkb = room.polygons(level).get(code)
    if wkb is None:
        return None
    west, south, east, north = shapely.total_bounds(moved_shapes(np.array([shapely.from_wkb(wkb)], dtype=object)))
    return float(west), float(south), float(east), float(north)


def picture(room: Room, shown: Plate, colours: Sequence[str], line: str) -> str:
    """The map of all the territories of a level as one SVG image: a path a class, ``colours`` in the order of classes.

    ``line`` is the colour of the hatches of what is missing, of the dots of what is suppressed, and of the names.
    """
    drawing = room.drawing(f"atlas:{shown.level}", shown.level, shown.codes)
    paths = {shape.code: shape.path for shape in drawing.shapes}
    classes: list[list[str]] = [[] for _ in range(len(shown.scale.styles) + 2)]
    for code, place in zip(shown.codes, shown.places.tolist(), strict=True):
        classes[place].append(paths.get(code, ""))
    count = len(shown.scale.styles)
    fills = [*colours[:count], "url(#m)", "url(#s)"]
    body = "".join(f'<path fill="{fill}" d="{"".join(own)}"/>' for fill, own in zip(fills, classes, strict=True) if own)
    names = "".join(f'<text x="{one.x}" y="{one.y}">{one.fr}</text>' for one in drawing.labels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}">'
        '<defs><pattern id="m" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V8" stroke="{line}" stroke-width="3"/></pattern>'
        '<pattern id="s" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<circle cx="4" cy="4" r="1.6" fill="{line}"/></pattern></defs>'
        f'<g stroke-linejoin="round">{body}</g>'
        f'<g fill="{line}" font-family="sans-serif" font-size="20" text-anchor="middle">{names}</g></svg>'
    )
