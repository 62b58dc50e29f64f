"""From polygons in degrees to SVG paths: projections, the layout of France with its overseas départements, rounding.

Points are rounded to whole units of the drawing; neighbours share their vertices, so rounding opens no gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from vigie.editions import sheet

Floats = NDArray[np.float64]

SIZE = 1000  # units of the longest side of a drawing
_MARGIN = 8
_EARTH = 6378.137  # km


@dataclass(frozen=True)
class Shape:
    """A territory's outline as SVG path data, and a point inside it."""

    code: str
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Label:
    """The name of a part of France drawn aside."""

    fr: str
    en: str
    x: int
    y: int


@dataclass(frozen=True)
class Drawing:
    """Shapes on one sheet, of ``width`` × ``height`` units."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...] = ()


def draw(codes: Sequence[str], wkb: Sequence[bytes]) -> Drawing:
    """The sheet of these polygons: all France in its layout when they span several of its parts, else one frame."""
    if not codes:
        return Drawing(SIZE, SIZE, ())
    geometries: Any = shapely.from_wkb(np.array(wkb, dtype=object))
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    parts = _parts(points, owners, len(codes))
    if len(set(parts.tolist())) == 1:
        plane = _local(points)
        size = np.maximum(np.ptp(plane, axis=0), 1e-9)
        scale = (SIZE - 2 * _MARGIN) / float(size.max())
        plane = (plane - plane.min(axis=0)) * scale + _MARGIN
        width, height = (round(float(side) * scale) + 2 * _MARGIN for side in size)
        return Drawing(width, height, _shapes(codes, geometries, plane, owners))
    plane = _france(points, parts[owners])
    scale = SIZE / sheet.SIZE[0]
    labels = tuple(label for place, label in enumerate(overseas()) if place in parts)
    return Drawing(SIZE, round(sheet.SIZE[1] * scale), _shapes(codes, geometries, plane * scale, owners), labels)


def overseas() -> tuple[Label, ...]:
    """The names of the parts drawn aside, on the sheet of all France."""
    scale = SIZE / sheet.SIZE[0]
    return tuple(
        Label(p.name, p.name.removeprefix("La "), round(p.at[0] * scale), round((p.at[1] + p.label_below) * scale))
        for p in sheet.OVERSEAS
    )


def framed(codes: Sequence[str], wkb: Sequence[bytes], focus: Sequence[str], margin: float = 0.08) -> Drawing:
    """The sheet of these polygons framed on those of ``focus``, with a margin in parts of their longer side.

    What lies in another part of France than the focus is left out; what goes over the frame is for the reader of the
    drawing to clip. A focus that spans several parts is drawn alone, in the layout of :func:`draw`.
    """
    geometries: Any = shapely.from_wkb(np.array(wkb, dtype=object))
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    parts, wanted = _parts(points, owners, len(codes)), np.isin(np.array(codes), list(focus))
    if len(set(parts[wanted].tolist())) != 1:
        kept = [place for place, own in enumerate(wanted.tolist()) if own]
        return draw([codes[place] for place in kept], [wkb[place] for place in kept])
    near = np.flatnonzero(parts == parts[wanted][0]).tolist()
    shown, geometries = [codes[place] for place in near], geometries[near]
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    inside = wanted[near][owners]
    own = points[inside]
    middle = (own.min(axis=0) + own.max(axis=0)) / 2
    plane = sheet.around(points, (float(middle[0]), float(middle[1])))
    corner, size = plane[inside].min(axis=0), np.maximum(np.ptp(plane[inside], axis=0), 1e-9)
    border = margin * float(size.max())
    scale = SIZE / (float(size.max()) + 2 * border)
    width, height = (round((float(side) + 2 * border) * scale) for side in size)
    return Drawing(width, height, _shapes(shown, geometries, (plane - corner + border) * scale, owners))


def raster(wkb: Sequence[bytes], width: int) -> NDArray[np.int32]:
    """For each pixel of the sheet of all France, ``width`` across, the place of the polygon over its middle; else -1.

    Each line of pixels crosses each outline an even number of times: from an odd crossing to the next, it is inside.
    """
    geometries: Any = shapely.from_wkb(np.array(wkb, dtype=object))
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    scale = width / sheet.SIZE[0]
    plane = _france(points, _parts(points, owners, len(wkb))[owners]) * scale
    ring_owners, sizes = _rings(geometries)
    inner = np.ones(len(plane), dtype=bool)
    inner[np.cumsum(sizes) - 1] = False  # the last point of a ring begins no edge
    begins = np.flatnonzero(inner)
    edge_owners = np.repeat(ring_owners, sizes)[begins]
    return filled(plane[begins], plane[begins + 1], edge_owners, (round(sheet.SIZE[1] * scale), width))


def filled(begins: Floats, ends: Floats, owners: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int32]:
    """The pixels whose middle lies inside outlines, as ``shape`` (rows, columns): their owner's number, -1 outside.

    ``begins`` and ``ends`` are the edges of closed outlines, n × 2 in pixels, ``owners`` whose they are.
    """
    first, last = (np.ceil(each - 0.5).astype(np.int64) for each in np.sort([begins[:, 1], ends[:, 1]], axis=0))
    edge, row = _runs(np.clip(first, 0, shape[0]), np.clip(last, 0, shape[0]))
    (x, y), (to_x, to_y) = begins[edge].T, ends[edge].T
    at = x + (row + 0.5 - y) * (to_x - x) / (to_y - y)
    order = np.lexsort((at, owners[edge], row))
    crossing = np.clip(np.ceil(at[order] - 0.5), 0, shape[1]).astype(np.int64)
    span, column = _runs(crossing[0::2], crossing[1::2])
    found = np.full(shape, -1, dtype=np.int32)
    found[row[order][0::2][span], column] = owners[edge][order][0::2][span]
    return found


def _runs(first: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The whole numbers of each range ``first`` to ``end``, one range after the other, each with its range's place."""
    counts = np.maximum(end - first, 0)
    place = np.repeat(np.arange(len(counts)), counts)
    return place, np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts) + first[place]


def _parts(points: Floats, owners: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """For each polygon the overseas part that holds it, -1 for the mainland and Corsica: its first point tells."""
    return sheet.parts_of(points[np.searchsorted(owners, np.arange(count))])


def _local(points: Floats) -> Floats:
    """Degrees to km around their middle, y downwards: exact enough for a département."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return sheet.around(points, (float(middle[0]), float(middle[1])))


def _france(points: Floats, parts: NDArray[np.int64]) -> Floats:
    """Degrees to km on the sheet of all France, every part at the same scale."""
    plane = np.empty_like(points)
    mainland = parts == -1
    plane[mainland] = _lambert(points[mainland]) + np.array(sheet.MAINLAND_AT)
    for place, part in enumerate(sheet.OVERSEAS):
        inside = parts == place
        plane[inside] = sheet.around(points[inside], part.middle) + np.array(part.at)
    return plane


def _lambert(points: Floats) -> Floats:
    """Lambert conformal conic with the parallels of Lambert-93 on a sphere, in km, from the corner (0, 7140) down."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    south, north, origin, meridian = np.radians([44.0, 49.0, 46.5, 3.0])
    cone = np.log(np.cos(south) / np.cos(north)) / np.log(_tan(north) / _tan(south))
    factor = np.cos(south) * _tan(south) ** cone / cone
    radius, base = _EARTH * factor / _tan(lat) ** cone, _EARTH * factor / _tan(origin) ** cone
    angle = cone * (lon - meridian)
    east, up = 700 + radius * np.sin(angle), 6600 + base - radius * np.cos(angle)
    return np.column_stack([east, 7120 - up])


def _tan(latitude: Any) -> Any:
    return np.tan(np.pi / 4 + latitude / 2)


def _shapes(codes: Sequence[str], geometries: Any, plane: Floats, owners: NDArray[np.int64]) -> tuple[Shape, ...]:
    whole = np.rint(plane).astype(np.int64)
    rings = _rings(geometries)
    starts = np.concatenate([[0], np.cumsum(rings[1])])
    paths: list[list[str]] = [[] for _ in codes]
    for ring, owner in enumerate(rings[0].tolist()):
        piece = _ring(whole[starts[ring] : starts[ring + 1]])
        if piece:
            paths[owner].append(piece)
    bounds = np.searchsorted(owners, np.arange(len(codes) + 1))
    shapes = []
    for place, code in enumerate(codes):
        own = whole[bounds[place] : bounds[place + 1]]
        x, y = (int(v) for v in (own.min(axis=0) + own.max(axis=0)) // 2) if len(own) else (0, 0)
        shapes.append(Shape(code, "".join(paths[place]) or f"M{x} {y}h2v2h-2z", x, y))
    return tuple(shapes)


def _rings(geometries: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each ring in the order of the coordinates: its polygon's place and how many points it has."""
    parts, owners = shapely.get_parts(geometries, return_index=True)
    rings, part_owners = shapely.get_rings(parts, return_index=True)
    return owners[part_owners], shapely.get_num_coordinates(rings)


def _ring(points: NDArray[np.int64]) -> str:
    """A closed ring in relative steps, without the points that rounding made equal; empty when it has no surface."""
    steps = np.diff(points, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if len(steps) < 3:
        return ""
    text = "".join(f"{dx if dx < 0 else f' {dx}'}{dy if dy < 0 else f' {dy}'}" for dx, dy in steps[:-1].tolist())
    return f"M{points[0, 0]} {points[0, 1]}l{text.lstrip()}z"
