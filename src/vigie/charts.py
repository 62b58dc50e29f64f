"""Charts as Vega-Lite specifications: one figure, one specification, for the report, a page or a notebook.

A specification is a plain dictionary (``altair.Chart.from_dict`` takes it); :func:`svg` draws it without a browser.
Colours and sizes are those of print: light ground, direct labels instead of a legend, a decimal comma in French.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.errors import Lang
from vigie.language import NNBSP

INK, SOFT, LINE, ACCENT, WARM = "#14222a", "#4b5a63", "#dcd5c6", "#0c5a68", "#a8440f"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_FORMATS = {
    "fr": {"decimal": ",", "thousands": NNBSP, "grouping": [3], "currency": ["", "\u00a0€"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""]},
}
_fonts: set[Path] = set()
_drawing = threading.Lock()


@dataclass(frozen=True)
class Line:
    """A series by year: a gap between two years leaves the line open."""

    name: str
    values: Mapping[int, float]
    colour: str = INK
    dashed: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Box:
    """A group of territories by its quantiles, and the values of those that are shown one by one."""

    name: str
    d1: float
    q1: float
    median: float
    q3: float
    d9: float
    dots: Sequence[float] = ()


def trend(
    lines: Sequence[Line],
    lang: Lang,
    font: str,
    threshold: tuple[float, str] | None = None,
    size: tuple[int, int] = (300, 165),
) -> dict[str, Any]:
    """Series by year, from zero, each with its name at its end; ``threshold`` is a level and its label.

    Raises ValueError without any value.
    """
    years = sorted({year for line in lines for year in line.values})
    if not years:
        raise ValueError("a trend needs a value")
    top = max([value for line in lines for value in line.values.values()] + [threshold[0] if threshold else 0.0])
    x = {
        "field": "year",
        "type": "quantitative",
        "scale": {"domain": [years[0] - 0.3, years[-1] + 0.3], "nice": False, "zero": False},
        "axis": {"format": "d", "values": _some(years), "grid": False, "title": None, "tickSize": 4},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, 1.08 * top], "nice": True},
        "axis": {"title": None, "tickCount": 4, "domain": False, "ticks": False, "gridColor": LINE},
    }
    layers: list[dict[str, Any]] = []
    if threshold is not None:
        early = [value for line in lines for year, value in line.values.items() if year <= years[len(years) // 2]]
        above = any(-_LABEL * top < value - threshold[0] <= 0 for value in early) and not any(
            0 < value - threshold[0] < _LABEL * top for value in early
        )
        layers += _threshold(threshold, years[0], x, y, above)
    for line in lines:
        layers += _series(line, x, y)
    ends = _apart([(line, max(line.values)) for line in lines if line.values], top)
    for line, year, at in ends:
        layers.append(
            {
                "data": {"values": [{"year": year, "value": at, "name": line.name}]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 7,
                    "limit": 150,
                    "fontSize": 10,
                    "color": line.colour,
                    "fontWeight": 600 if line.strong else 400,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}},
            }
        )
    return _whole(layers, lang, font, size)


def _series(line: Line, x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    rows, run, before = [], 0, None
    for year, value in sorted(line.values.items()):
        run += before is not None and year - before > 1
        rows.append({"year": year, "value": value, "run": run})
        before = year
    stroke: dict[str, Any] = {"color": line.colour, "strokeWidth": 2.2 if line.strong else 1.3}
    if line.dashed:
        stroke["strokeDash"] = [4, 3]
    mark = {"type": "line", **stroke}
    drawn = {"x": x, "y": y, "detail": {"field": "run", "type": "nominal"}}
    points = {"type": "point", "filled": True, "size": 22 if line.strong else 12, "color": line.colour, "opacity": 1}
    data = {"values": rows}
    return [
        {"data": data, "mark": mark, "encoding": drawn},
        {"data": data, "mark": points, "encoding": {"x": x, "y": y}},
    ]


_LABEL = 0.12  # of the height: what the label of a threshold covers


def _threshold(
    threshold: tuple[float, str], year: int, x: dict[str, Any], y: dict[str, Any], above: bool
) -> list[dict[str, Any]]:
    """The line of a threshold and its label, on the side where no series runs."""
    level, label = threshold
    data = {"values": [{"value": level, "year": year, "label": label}]}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": WARM, "strokeDash": [2, 2], "strokeWidth": 1},
            "encoding": {"y": y},
        },
        {
            "data": data,
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "bottom" if above else "top",
                "dy": -3 if above else 3,
                "dx": -4,
                "fontSize": 9,
                "color": WARM,
            },
            "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
        },
    ]


def _apart(ends: Sequence[tuple[Line, int]], top: float) -> list[tuple[Line, int, float]]:
    """The labels at the ends of the lines, moved apart so that none covers another."""
    gap, floor, placed = 0.085 * top, -1.0, []
    for line, year in sorted(ends, key=lambda one: one[0].values[one[1]]):
        at = max(line.values[year], floor + gap)
        placed.append((line, year, at))
        floor = at
    return placed


@dataclass(frozen=True)
class Band:
    """A series by year with the range around it: (value, low, high) by year."""

    name: str
    values: Mapping[int, tuple[float, float, float]]
    colour: str = ACCENT
    dashed: bool = False


def fan(bands: Sequence[Band], lang: Lang, font: str, threshold: tuple[float, str]) -> dict[str, Any]:
    """Series by year with their ranges, as :func:`trend`. Raises ValueError without any value."""
    lines = [
        Line(one.name, {year: value for year, (value, _, _) in one.values.items()}, one.colour, one.dashed, True)
        for one in bands
    ]
    made = trend(lines, lang, font, threshold)
    highest = max([threshold[0], *(high for one in bands for _, _, high in one.values.values())])
    drawn = next(one["encoding"] for one in made["layer"] if one["mark"].get("type") == "line")
    drawn["y"]["scale"]["domain"] = [0, 1.08 * highest]  # one scale for all the layers, ranges included
    for one in bands:
        rows = [{"year": year, "low": low, "high": high} for year, (_, low, high) in sorted(one.values.items())]
        encoding = {"x": drawn["x"], "y": {**drawn["y"], "field": "low"}, "y2": {"field": "high"}}
        mark = {"type": "area", "color": one.colour, "opacity": 0.14}
        made["layer"].insert(0, {"data": {"values": rows}, "mark": mark, "encoding": encoding})
    return made


def strip(
    boxes: Sequence[Box], own: float, own_text: str, lang: Lang, font: str, decimals: int, width: int = 400
) -> dict[str, Any]:
    """Groups side by side: first to ninth decile, middle half, median, and where ``own`` stands in each.

    Raises ValueError without a group.
    """
    if not boxes:
        raise ValueError("a strip needs a group")
    rows = [
        {"name": one.name, "d1": one.d1, "q1": one.q1, "median": one.median, "q3": one.q3, "d9": one.d9}
        for one in boxes
    ]
    low, high = min([own, *(one.d1 for one in boxes)]), max([own, *(one.d9 for one in boxes)])
    pad = 0.06 * (high - low) or 1.0
    names = [one.name for one in boxes]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "axis": {
            "title": None,
            "domain": False,
            "ticks": False,
            "labelLimit": 190,
            "labelFontSize": 10,
            "labelColor": INK,
            "labelPadding": 6,
        },
    }
    scale = {"domain": [max(low - pad, 0) if low >= 0 else low - pad, high + pad], "nice": False, "zero": False}
    axis = {
        "title": None,
        "tickCount": 6,
        "format": f",.{min(decimals, 1)}f",
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
    }

    def x(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}

    def span(start: str, end: str, height: int, colour: str) -> dict[str, Any]:
        encoding = {"y": y, "x": x(start), "x2": {"field": end}}
        return {
            "data": {"values": rows},
            "mark": {"type": "bar", "height": height, "color": colour},
            "encoding": encoding,
        }

    dots = [{"name": one.name, "value": value} for one in boxes for value in one.dots if low <= value <= high]
    layers: list[dict[str, Any]] = [
        span("d1", "d9", 4, "#dfe3e4"),
        span("q1", "q3", 13, "#b9c7ca"),
        {
            "data": {"values": rows},
            "mark": {"type": "tick", "color": INK, "thickness": 2, "height": 17},
            "encoding": {"y": y, "x": x("median")},
        },
    ]
    if dots:
        layers.append(
            {
                "data": {"values": dots},
                "mark": {"type": "point", "size": 20, "filled": True, "color": "#5f69b0", "opacity": 0.75},
                "encoding": {"y": y, "x": x("value")},
            }
        )
    mine = {"values": [{"own": own, "text": own_text}]}
    layers += [
        {
            "data": mine,
            "mark": {"type": "rule", "color": WARM, "strokeWidth": 1.8},
            "encoding": {"x": x("own")},
        },
        {
            "data": mine,
            "mark": {
                "type": "text",
                "color": WARM,
                "fontWeight": 600,
                "fontSize": 10.5,
                "baseline": "bottom",
                "dy": -3,
            },
            "encoding": {"x": x("own"), "y": {"value": 0}, "text": {"field": "text", "type": "nominal"}},
        },
    ]
    return _whole(layers, lang, font, (width, 32 * len(boxes)))


def _whole(layers: list[dict[str, Any]], lang: Lang, font: str, size: tuple[int, int]) -> dict[str, Any]:
    width, height = size
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": height,
        "layer": layers,
        "config": {
            "font": font,
            "background": "transparent",
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": 9.5,
                "labelColor": SOFT,
                "tickColor": LINE,
                "domainColor": SOFT,
                "gridWidth": 0.7,
            },
            "locale": {"number": _FORMATS[lang]},
        },
    }


def _some(years: Sequence[int]) -> list[int]:
    step = max(1, -(-(years[-1] - years[0]) // 4))
    return sorted(range(years[-1], years[0] - 1, -step))


def svg(specification: Mapping[str, Any], fonts: Path) -> str:
    """The chart as SVG, its words measured with the fonts of the folder ``fonts``."""
    import vl_convert

    with _drawing:  # its engine is one for the process
        if fonts not in _fonts:
            vl_convert.register_font_directory(str(fonts))
            _fonts.add(fonts)
        drawn: str = vl_convert.vegalite_to_svg(dict(specification))
    return drawn
