"""The page of a relation: two indicators over the territories of a level, the weighted line, those far from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vigie.indicators import Definition
from vigie.indicators.relation import Fit, weighted_fit
from vigie.site import atlas
from vigie.site.atlas_page import indicator_options
from vigie.site.axes import Axis, axis
from vigie.site.choices import Option
from vigie.site.room import Room
from vigie.site.words import Speaker

FIRST_X, FIRST_Y, FIRST_LEVEL = "densite_mg", "apl_mg", "departement"
_WIDTH, _HEIGHT = 760, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 52
_LINKED = 1_800  # points that are links of their own; more are one drawing
_FAR = 8  # territories listed on each side of the line
_NAMED = 3  # and named on the chart

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """The state of the page as its address gives it; empty where it says nothing."""

    x: str = ""
    y: str = ""
    level: str = ""
    period_x: str = ""
    period_y: str = ""


@dataclass(frozen=True)
class Point:
    """A territory on the chart, in units of the drawing."""

    x: float
    y: float
    r: float
    name: str
    text: str
    href: str
    far: bool


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Far:
    """A territory far from the line."""

    name: str
    href: str
    x: str
    y: str
    expected: str
    gap: str
    number: float
    score: str


@dataclass(frozen=True)
class Chart:
    """The scatter, ready for its template. ``dots`` draws all the points where they are too many to be links."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    points: tuple[Point, ...]
    named: tuple[Point, ...]
    dots: str
    line: str
    band: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class _Pair:
    """The two indicators over the territories that have both."""

    x: atlas.Plate
    y: atlas.Plate
    keep: NDArray[np.bool_]

    @property
    def values(self) -> tuple[Floats, Floats, Floats]:
        return self.x.values[self.keep], self.y.values[self.keep], self.x.populations[self.keep]


def context(room: Room, speaker: Speaker, asked: Asked) -> dict[str, Any] | None:
    """What the template shows; None for an indicator or a level that is not there, or two that share no level.

    Where they are not known at the level or in a period asked, the page takes a level and the last period in which
    they are: its title and lists say which.
    """
    across, up = room.indicators.get(asked.x or FIRST_X), room.indicators.get(asked.y or FIRST_Y)
    if across is None or up is None or (asked.level or FIRST_LEVEL) not in atlas.LEVELS:
        return None
    levels = atlas.known_levels(room, across.id, up.id)
    if not levels:
        return None
    level = asked.level if asked.level in levels else levels[0]
    pair = _pair(atlas.nearest(room, across, level, asked.period_x), atlas.nearest(room, up, level, asked.period_y))
    x, y, weight = pair.values
    fit = weighted_fit(x, y, weight) if len(x) else None
    left_out = len(pair.keep) - len(x)
    return {
        "x": pair.x.definition,
        "y": pair.y.definition,
        "level": level,
        "levels": [Option(one, speaker.level(one, many=True), one == level) for one in atlas.LEVELS if one in levels],
        "xs": indicator_options(room, speaker, level, pair.x.definition.id),
        "ys": indicator_options(room, speaker, level, pair.y.definition.id),
        "x_periods": _periods(room, speaker, pair.x),
        "y_periods": _periods(room, speaker, pair.y),
        "x_title": _axis_title(speaker, pair.x),
        "y_title": _axis_title(speaker, pair.y),
        "chart": _chart(room, speaker, pair, fit) if len(x) else None,
        "fit": fit,
        "sentences": _sentences(speaker, pair, fit, left_out),
        "above": _far(room, speaker, pair, fit, 1),
        "below": _far(room, speaker, pair, fit, -1),
        "swapped": speaker.url("/relation", {"x": pair.y.definition.id, "y": pair.x.definition.id, "niveau": level,
                                             "periode_x": pair.y.period, "periode_y": pair.x.period}),
    }  # fmt: skip


def _pair(x: atlas.Plate, y: atlas.Plate) -> _Pair:
    return _Pair(x, y, ~np.isnan(x.values) & ~np.isnan(y.values) & (x.populations > 0))


def _periods(room: Room, speaker: Speaker, plate: atlas.Plate) -> list[Option]:
    known = atlas.periods(room, plate.definition.id, plate.level)
    return [Option(one, speaker.period(one), one == plate.period) for one in known]


def _axis_title(speaker: Speaker, plate: atlas.Plate) -> str:
    return f"{speaker.of(plate.definition.short)}, {speaker.period(plate.period)}"


def _chart(room: Room, speaker: Speaker, pair: _Pair, fit: Fit | None) -> Chart:
    x, y, _ = pair.values
    across = axis(float(x.min()), float(x.max()), _LEFT, _WIDTH - _RIGHT, 7)
    up = axis(float(y.min()), float(y.max()), _HEIGHT - _BOTTOM, _TOP, 6)
    many = len(x) > _LINKED
    points = () if many else _points(room, speaker, pair, fit, across, up)
    return Chart(
        width=_WIDTH, height=_HEIGHT, left=_LEFT, right=_WIDTH - _RIGHT, top=_TOP, bottom=_HEIGHT - _BOTTOM,
        points=points,
        named=_named(points),
        dots=_dots(across, up, x, y) if many else "",
        line=_line(across, up, fit) if fit else "",
        band=_band(across, up, fit) if fit else "",
        x_ticks=tuple(Tick(across.at(mark), speaker.number(mark, across.decimals)) for mark in across.marks),
        y_ticks=tuple(Tick(up.at(mark), speaker.number(mark, up.decimals)) for mark in up.marks),
    )  # fmt: skip


def _points(room: Room, speaker: Speaker, pair: _Pair, fit: Fit | None, across: Axis, up: Axis) -> tuple[Point, ...]:
    """The largest first, so that none hides another."""
    x, y, weight = pair.values
    codes = [code for code, kept in zip(pair.x.codes, pair.keep.tolist(), strict=True) if kept]
    radii = np.maximum(2.0, 15 * np.sqrt(weight / weight.max()))
    far = set(_ranked(fit, 1)[:_NAMED] + _ranked(fit, -1)[:_NAMED]) if fit else set()
    points = []
    for place in np.argsort(-weight, kind="stable").tolist():
        name = room.directory.name(pair.x.level, codes[place], codes[place])
        told = f"{speaker.value(x[place], pair.x.definition)} ; {speaker.value(y[place], pair.y.definition)}"
        points.append(Point(across.at(x[place]), up.at(y[place]), round(float(radii[place]), 1), name, told,
                            speaker.territory(pair.x.level, codes[place]), place in far))  # fmt: skip
    return tuple(points)


def _named(points: Sequence[Point]) -> tuple[Point, ...]:
    """The far points whose name can be written without covering another."""
    kept: list[Point] = []
    for one in sorted((one for one in points if one.far), key=lambda one: one.y):
        if not any(abs(one.y - other.y) < 18 and abs(one.x - other.x) < 150 for other in kept):
            kept.append(one)
    return tuple(kept)


def _dots(across: Axis, up: Axis, x: Floats, y: Floats) -> str:
    """All the points as one path of dots, those that fall on the same unit of the drawing once."""
    places = sorted({(round(across.at(a)), round(up.at(b))) for a, b in zip(x.tolist(), y.tolist(), strict=True)})
    return "".join(f"M{a} {b}h0" for a, b in places)


def _line(across: Axis, up: Axis, fit: Fit) -> str:
    ends = np.array([across.low, across.high])
    inside = np.clip(fit.intercept + fit.slope * ends, up.low, up.high)
    if fit.slope:  # the line is cut where it leaves the frame, not bent
        ends = np.clip((inside - fit.intercept) / fit.slope, across.low, across.high)
    return "M" + "L".join(f"{across.at(a)} {up.at(b)}" for a, b in zip(ends.tolist(), inside.tolist(), strict=True))


def _band(across: Axis, up: Axis, fit: Fit) -> str:
    at = np.linspace(across.low, across.high, 33)
    low, high = fit.band(at)
    top = [f"{across.at(a)} {up.at(b)}" for a, b in zip(at.tolist(), high.tolist(), strict=True)]
    bottom = [f"{across.at(a)} {up.at(b)}" for a, b in zip(at.tolist(), low.tolist(), strict=True)]
    return "M" + "L".join([*top, *reversed(bottom)]) + "z"


def _ranked(fit: Fit, side: int) -> list[int]:
    """The territories on a side of the line (1 above, -1 below), the furthest first in standard errors."""
    order = np.argsort(-side * fit.scores, kind="stable")
    return [int(place) for place in order if side * fit.scores[place] > 0]


def _far(room: Room, speaker: Speaker, pair: _Pair, fit: Fit | None, side: int) -> list[Far]:
    if fit is None:
        return []
    x, y, _ = pair.values
    codes = [code for code, kept in zip(pair.x.codes, pair.keep.tolist(), strict=True) if kept]
    return [
        Far(
            name=room.directory.name(pair.x.level, codes[place], codes[place]),
            href=speaker.territory(pair.x.level, codes[place]),
            x=speaker.value(x[place], pair.x.definition),
            y=speaker.value(y[place], pair.y.definition),
            expected=speaker.value(float(fit.expected[place]), pair.y.definition),
            gap=speaker.change(float(fit.residuals[place]), pair.y.definition),
            number=float(fit.residuals[place]),
            score=_signed(speaker, float(fit.scores[place])),
        )
        for place in _ranked(fit, side)[:_FAR]
    ]


def _signed(speaker: Speaker, value: float) -> str:
    return ("+" if value > 0 else "−") + speaker.number(abs(value), 1)


def _sentences(speaker: Speaker, pair: _Pair, fit: Fit | None, left_out: int) -> list[str]:
    """What the line says, in words."""
    told = []
    if fit is None:
        told.append(speaker.tr("Trop peu de territoires ont les deux chiffres, ou l'un ne varie pas : aucune droite.",
                               "Too few territories have both figures, or one does not vary: no line."))  # fmt: skip
    else:
        told += [_slope(speaker, pair, fit), _strength(speaker, fit)]
    if left_out:
        count = speaker.count(left_out, speaker.level(pair.x.level), speaker.level(pair.x.level, many=True))
        told.append(
            speaker.tr(
                f"Hors du calcul : {count}, où l'un des deux chiffres manque, ou la population.",
                f"Left out: {count}, where one of the two figures is missing, or the population.",
            )
        )
    return told


def _slope(speaker: Speaker, pair: _Pair, fit: Fit) -> str:
    if fit.lower <= 0 <= fit.upper:
        return speaker.tr("L'intervalle de la pente contient zéro : aucune association nette.",
                          "The interval of the slope holds zero: no clear association.")  # fmt: skip
    step = _round_step(float(np.ptp(pair.values[0])))
    decimals = pair.y.definition.decimals + (abs(fit.slope * step) < 1)
    size, low, high = (speaker.number(abs(v * step), decimals) for v in (fit.slope, fit.lower, fit.upper))
    low, high = (low, high) if fit.slope > 0 else (high, low)
    more = speaker.tr("de plus", "more") if fit.slope > 0 else speaker.tr("de moins", "less")
    by = speaker.number(step, 0 if step >= 1 else 2)
    x, y = pair.x.definition, pair.y.definition
    return speaker.tr(
        f"Pour {by} de plus en « {_plain(x, 'fr')} », « {_plain(y, 'fr')} » compte en moyenne {size} {more} "
        f"(intervalle à 95 % : {low} à {high}).",
        f"For {by} more of “{_plain(x, 'en')}”, “{_plain(y, 'en')}” is on average {size} {more} "
        f"(95 % interval: {low} to {high}).",
    )


def _strength(speaker: Speaker, fit: Fit) -> str:
    share = speaker.number(100 * fit.r2, 0)
    return speaker.tr(
        f"La droite rend compte de {share} % des écarts entre territoires, pondérés par leur population.",
        f"The line accounts for {share} % of the differences between territories, weighted by population.",
    )


def _plain(definition: Definition, lang: str) -> str:
    return definition.short.of(lang)


def _round_step(spread: float) -> float:
    """A round difference of x to speak of: about a fifth of what separates the extremes."""
    size = 10 ** np.floor(np.log10(spread / 5)) if spread > 0 else 1.0
    return float(next(size * step for step in (10, 5, 2, 1) if size * step <= spread / 4))
