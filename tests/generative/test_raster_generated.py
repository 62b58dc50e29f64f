"""Pixels filled line by line against the plain way: is the middle of each pixel inside the polygon?"""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.editions.geography import filled

SHAPE = (9, 12)
corner = st.tuples(st.floats(-3, 15), st.floats(-3, 12))


def edges(polygon: shapely.Polygon) -> tuple[np.ndarray, np.ndarray]:
    """Where the edges of its rings begin and end."""
    rings = [np.array(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
    return np.concatenate([ring[:-1] for ring in rings]), np.concatenate([ring[1:] for ring in rings])


@settings(max_examples=60)
@given(st.lists(corner, min_size=3, max_size=9), st.lists(corner, min_size=3, max_size=9))
def test_a_pixel_is_its_polygons_where_its_middle_is_inside(first: list, second: list) -> None:  # type: ignore[type-arg]
    hull, other = (shapely.MultiPoint(each).convex_hull for each in (first, second))
    apart = [
        part
        for owner, shape in enumerate((hull, other.difference(hull)))
        for part in ((owner, one) for one in getattr(shape, "geoms", [shape]) if one.geom_type == "Polygon")
    ]
    drawn = [(owner, one, *edges(one)) for owner, one in apart]
    begins, ends = (np.concatenate([np.empty((0, 2)), *(one[at] for one in drawn)]) for at in (2, 3))
    owners = np.repeat([one[0] for one in drawn], [len(one[2]) for one in drawn]).astype(np.int64)
    found = filled(begins, ends, owners, SHAPE)
    for row in range(SHAPE[0]):
        for column in range(SHAPE[1]):
            middle = shapely.Point(column + 0.5, row + 0.5)
            if any(one.boundary.distance(middle) < 1e-6 for _, one in apart):
                continue  # on an outline either is right
            inside = [owner for owner, one in apart if one.contains(middle)]
            assert found[row, column] == (inside[0] if inside else -1)
