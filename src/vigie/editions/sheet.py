"""The sheet of all France: the mainland, and the overseas départements beside it at the same scale.

One layout for the drawings of the server and for the tiles. Guyane and the islands fill the ocean under Brittany.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZE = (1410.0, 1100.0)  # km
MAINLAND_AT = (95.0, 5.0)  # where the north-west corner of the mainland's frame stands, km from the top left corner
_EARTH = 6378.137  # km, the sphere of Web Mercator
_MERIDIAN, _PARALLEL = 3.0, 46.5  # the middle of the mainland, in degrees
_MIDDLE_AT = (795.0, 525.0)  # where that middle stands on the sheet, km


@dataclass(frozen=True)
class Part:
    """A part of France drawn aside: its frame in degrees, and where its middle stands on the sheet, in km."""

    name: str
    frame: tuple[float, float, float, float]  # west, south, east, north
    middle: tuple[float, float]
    at: tuple[float, float]
    label_below: float


OVERSEAS = (
    Part("Guadeloupe", (-62.5, 15.5, -60.5, 17.0), (-61.44, 16.18), (110.0, 455.0), 62.0),
    Part("Martinique", (-61.5, 14.2, -60.5, 15.1), (-61.02, 14.65), (308.0, 455.0), 62.0),
    Part("La Réunion", (54.8, -21.7, 56.1, -20.6), (55.53, -21.13), (110.0, 582.0), 62.0),
    Part("Mayotte", (44.8, -13.2, 45.5, -12.4), (45.15, -12.82), (308.0, 582.0), 62.0),
    Part("Guyane", (-55.0, 1.8, -51.2, 6.2), (-53.1, 3.95), (190.0, 862.0), 232.0),
)


def parts_of(points: Floats) -> NDArray[np.int64]:
    """For each point (lon, lat in degrees) the place in ``OVERSEAS`` of the part that holds it, -1 for the mainland."""
    found = np.full(len(points), -1)
    lon, lat = points[:, 0], points[:, 1]
    for place, part in enumerate(OVERSEAS):
        west, south, east, north = part.frame
        found[(lon > west) & (lon < east) & (lat > south) & (lat < north)] = place
    return found


def around(points: Floats, middle: tuple[float, float]) -> Floats:
    """Degrees to km around ``middle``, y downwards: exact enough for a département."""
    radians = np.radians(points - np.array(middle))
    return np.column_stack([radians[:, 0] * np.cos(np.radians(middle[1])), -radians[:, 1]]) * _EARTH


def on_web_map(points: Floats) -> Floats:
    """Degrees that a map in Web Mercator shows as the sheet, from degrees on the Earth: n × 2, lon and lat.

    The mainland and Corsica stay where they are. Web Mercator draws a place 1/cos(latitude) times too large: 1.45
    times in the middle of France, hardly at all in Guyane. Each overseas département is therefore taken in km around
    its own middle, enlarged as the middle of France is, and set where the sheet has it: a kilometre
    there is as long as one in the middle of France (the mainland's own goes from 8 % shorter in Corsica to 9 % longer
    in Dunkirk). These degrees serve to draw; overseas they are no position on the Earth.
    """
    moved = points.astype(np.float64, copy=True)
    inside = parts_of(points)
    for place, part in enumerate(OVERSEAS):
        own = inside == place
        if own.any():
            moved[own] = _at(around(points[own], part.middle) + np.array(part.at))
    return moved


def web_labels() -> list[tuple[str, float, float]]:
    """The name of each overseas part and where the web map writes it: name, lon, lat."""
    places = _at(np.array([(part.at[0], part.at[1] + part.label_below - 14) for part in OVERSEAS])).round(4)
    return [(part.name, float(lon), float(lat)) for part, (lon, lat) in zip(OVERSEAS, places, strict=True)]


def _at(kilometres: Floats) -> Floats:
    """Km on the sheet to the degrees where Web Mercator draws them."""
    enlarged = (kilometres - np.array(_MIDDLE_AT)) / (_EARTH * np.cos(np.radians(_PARALLEL)))
    up = np.arctanh(np.sin(np.radians(_PARALLEL))) - enlarged[:, 1]
    return np.column_stack([_MERIDIAN + np.degrees(enlarged[:, 0]), np.degrees(np.arctan(np.sinh(up)))])


def moved_shapes(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons in degrees as :func:`on_web_map` draws them, to a millionth of a degree."""
    moved: NDArray[np.object_] = shapely.transform(shapes, lambda points: on_web_map(points).round(6))
    return moved
