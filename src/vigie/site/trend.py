"""A small chart of an indicator by year, drawn by the server: lines with direct labels, gaps left open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vigie.editions.figures import KNOWN
from vigie.editions.observatory import Observation
from vigie.indicators import Definition
from vigie.site.words import Speaker

_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 112, 14, 28
_NAME = 70  # how far the name of the threshold goes


@dataclass(frozen=True)
class Point:
    """A figure on the chart."""

    x: float
    y: float
    text: str
    period: str
    estimated: bool


@dataclass(frozen=True)
class Line:
    """A territory's series: its points, the pieces of line between consecutive years, and its label at the end."""

    style: str
    name: str
    points: tuple[Point, ...]
    pieces: tuple[str, ...]
    label_y: float


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Trend:
    """The chart, ready for its template; ``table`` is the same: a row a year, a column a line."""

    title: str
    width: int
    height: int
    left: int
    right: int
    bottom: int
    lines: tuple[Line, ...]
    years: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    threshold: Tick | None
    threshold_text_y: float
    names: tuple[str, ...]
    table: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Series:
    """A line to draw: its name, its style, its observations."""

    name: str
    style: str
    observations: Sequence[Observation]

    def known(self) -> dict[int, Observation]:
        """The known figures by year."""
        return {
            int(one.period): one
            for one in self.observations
            if one.period.isdigit() and one.status in KNOWN and one.value is not None
        }


def make(
    speaker: Speaker, definition: Definition, title: str, series: Sequence[Series], threshold: float | None = None
) -> Trend | None:
    """The chart of these series; None with fewer than two years in the first one."""
    known = [(one, figures) for one in series if (figures := one.known())]
    if not known or known[0][0] is not series[0] or len(known[0][1]) < 2:
        return None
    years = sorted({year for _, own in known for year in own})
    highest = max(one.value or 0 for _, own in known for one in own.values())
    step = _step(max(highest, threshold or 0))
    top = step * math.ceil(max(highest, threshold or 0) / step)
    plot = _Plot(years[0], years[-1], top)
    lines = _apart([_line(speaker, definition, plot, one, own) for one, own in known])
    decimals = 0 if step >= 1 else 1
    return Trend(
        title=title,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        bottom=_HEIGHT - _BOTTOM,
        lines=tuple(lines),
        years=tuple(Tick(plot.x(year), str(year)) for year in _some(years)),
        levels=tuple(
            Tick(plot.y(step * place), speaker.number(step * place, decimals)) for place in range(round(top / step) + 1)
        ),
        threshold=None if threshold is None else Tick(plot.y(threshold), speaker.cut(threshold, definition)),
        threshold_text_y=_beside(plot, lines, threshold),
        names=tuple(line.name for line in lines),
        table=tuple((str(year), tuple(_cell(speaker, definition, own.get(year)) for _, own in known))
                    for year in years),
    )  # fmt: skip


def _beside(plot: _Plot, lines: Sequence[Line], threshold: float | None) -> float:
    """Where to write the threshold's name: on the side of its line where fewer points lie under it.

    With as many on both, where the first series does not begin.
    """
    if threshold is None or not lines:
        return 0.0
    at = plot.y(threshold)
    near = [point.y - at for line in lines for point in line.points if point.x < _LEFT + _NAME]
    above, below = sum(-20 < gap < -2 for gap in near), sum(3 < gap < 20 for gap in near)
    if above == below:
        above, below = lines[0].points[0].y <= at - 8, False
    return round(at + 14 if above > below else at - 6, 1)


@dataclass(frozen=True)
class _Plot:
    first: int
    last: int
    top: float

    def x(self, year: int) -> float:
        width = _WIDTH - _LEFT - _RIGHT
        return round(_LEFT + 6 + (width - 12) * (year - self.first) / max(self.last - self.first, 1), 1)

    def y(self, value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / (self.top or 1), 1)


def _line(speaker: Speaker, definition: Definition, plot: _Plot, series: Series, known: dict[int, Observation]) -> Line:
    points = {
        year: Point(plot.x(year), plot.y(one.value or 0), text=speaker.value(one.value or 0, definition),
                    period=one.period, estimated=one.status == "estimated")
        for year, one in sorted(known.items())
    }  # fmt: skip
    pieces: list[list[str]] = []
    last = None
    for year, point in points.items():
        if last is None or year - last > 1:
            pieces.append([])
        pieces[-1].append(f"{point.x},{point.y}")
        last = year
    end = list(points.values())[-1]
    lines = tuple(" ".join(piece) for piece in pieces if len(piece) > 1)
    return Line(series.style, series.name, tuple(points.values()), lines, end.y)


def _apart(lines: list[Line], gap: float = 16) -> list[Line]:
    """The lines with their labels far enough from one another to be read."""
    order = sorted(range(len(lines)), key=lambda place: lines[place].label_y)
    placed = dict.fromkeys(order, 0.0)
    floor = -math.inf
    for place in order:
        placed[place] = max(lines[place].label_y, floor + gap)
        floor = placed[place]
    over = max(0.0, floor - (_HEIGHT - _BOTTOM - 2))
    return [
        Line(line.style, line.name, line.points, line.pieces, round(placed[place] - over, 1))
        for place, line in enumerate(lines)
    ]


def _step(highest: float) -> float:
    raw = max(highest, 1e-9) / 4
    size = 10 ** math.floor(math.log10(raw))
    return float(next(size * step for step in (1, 2, 2.5, 5, 10) if size * step >= raw))


def _some(years: Sequence[int]) -> list[int]:
    """A few years to write under the axis, the first and the last among them."""
    first, last = years[0], years[-1]
    step = max(1, math.ceil((last - first) / 4))
    return sorted(range(last, first - 1, -step))


def _cell(speaker: Speaker, definition: Definition, one: Observation | None) -> str:
    return speaker.tr("—", "—") if one is None or one.value is None else speaker.value(one.value, definition)
