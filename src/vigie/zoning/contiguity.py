"""Contiguity: which territories of a level share a border, from their polygons.

The polygons of an edition are one coverage, simplified along shared borders: neighbours have the same corners, so that
a border is an edge that two of them have. Edges are matched as numbers, many times faster than intersecting polygons;
territories that touch at a corner only share no edge.
"""

from __future__ import annotations

import numpy as np
import polars as pl

_GRID = 1e-7  # degrees: one centimetre, far below the distance of two corners


def contiguous(polygons: pl.DataFrame) -> pl.DataFrame:
    """The pairs of neighbours of ``polygons`` (code, wkb): columns a and b, a before b, sorted, each pair once.

    The polygons must not overlap: a whole city and its arrondissements would be no neighbours of each other.
    """
    import shapely

    shapes = shapely.from_wkb(polygons["wkb"].to_list())
    parts, owner_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.round((corners + 180.0) / _GRID).astype(np.uint64)
    point = (steps[:, 0] << np.uint64(32)) | steps[:, 1]
    follows = ring[1:] == ring[:-1]
    start, end = point[:-1][follows], point[1:][follows]
    edges = pl.DataFrame(
        {
            "low": np.minimum(start, end),
            "high": np.maximum(start, end),
            "owner": owner_of_part[part_of_ring[ring[:-1][follows]]].astype(np.int64),
        }
    ).filter(pl.col("low") != pl.col("high"))
    shared = edges.join(edges, on=["low", "high"], suffix="_b").filter(pl.col("owner") < pl.col("owner_b"))
    codes = polygons["code"]
    pairs = shared.select("owner", "owner_b").unique()
    one, other = codes.gather(pairs["owner"]), codes.gather(pairs["owner_b"])
    both = pl.DataFrame({"one": one, "other": other}, schema={"one": pl.String, "other": pl.String})
    return both.select(a=pl.min_horizontal("one", "other"), b=pl.max_horizontal("one", "other")).sort("a", "b")
