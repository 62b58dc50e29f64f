"""Polygons of every level, simplified along shared borders; overseas départements drawn beside the mainland.

Heavy libraries (shapely, pyproj) are imported inside the functions that need them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import InputError, Where
from vigie.territories.packaged import changes_2025
from vigie.territories.reference import WHOLE_CITIES, Reference

if TYPE_CHECKING:
    Shapes = NDArray[np.object_]

TOLERANCES: Final[Mapping[str, float]] = {
    "commune": 0.005,
    "epci": 0.01,
    "bassin_de_vie": 0.01,
    "departement": 0.02,
    "region": 0.03,
    "france": 0.03,
}
"""Degrees: the square root of the area of the largest corner cut off (0.01° is about 1 km)."""

_GRID: Final = 1e-5
_SMALLEST_GAP: Final = 5e-5  # square degrees, some 0.4 km²: below, a gap is a sliver between borders

# Zone: EPSG code, the corners of the box of degrees that holds it, and where its centre is drawn (metres).
_ZONES: Final[Mapping[str, tuple[int, tuple[float, float, float, float], tuple[float, float] | None]]] = {
    "mainland": (2154, (-6.0, 41.0, 10.0, 51.5), None),
    "971": (5490, (-62.0, 15.7, -60.9, 16.7), (-130_000.0, 6_960_000.0)),
    "972": (5490, (-61.4, 14.2, -60.7, 15.0), (-130_000.0, 6_840_000.0)),
    "974": (2975, (55.1, -21.5, 55.9, -20.8), (-130_000.0, 6_720_000.0)),
    "976": (4471, (44.9, -13.1, 45.4, -12.5), (-130_000.0, 6_610_000.0)),
    "973": (2972, (-54.7, 2.0, -51.5, 5.9), (-130_000.0, 6_330_000.0)),
}


def coverage(geometry: pl.DataFrame, places: pl.DataFrame, changes: pl.DataFrame | None = None) -> pl.DataFrame:
    """The places' polygons as one clean coverage: code, wkb (WGS 84), status ("ok" or "estimated"), sorted by code.

    ``geometry``: code, wkb, as the source gives them; whole cities are left out for their arrondissements. Coordinates
    are rounded to 1e-5 degrees and the few neighbours whose borders do not match are cleaned together. A hole that can
    only be one commune of ``places`` without a polygon (a neighbour of the one that absorbed it, by ``changes``, or
    around its point) becomes its polygon, "estimated"; any other commune without a polygon has no row.

    Raises InputError for a code given twice, a code that is no place or a polygon that cannot be read.
    """
    import shapely

    rows = geometry.filter(~pl.col("code").is_in(list(WHOLE_CITIES))).sort("code")
    _check(rows, places)
    shapes = shapely.transform(_read(rows), lambda xy: np.round(xy / _GRID) * _GRID)
    on_border = _has_single_edge(shapes)
    shapes = _repaired(shapes, np.flatnonzero(on_border))
    codes = rows["code"].to_list()
    holes = _holes(shapes, shapes[on_border])
    filled = _attributed(holes, codes, shapes, places, changes_2025() if changes is None else changes)
    found = pl.DataFrame({"code": codes, "wkb": shapely.to_wkb(shapes).tolist(), "status": "ok"})
    extra = pl.DataFrame(
        {"code": list(filled), "wkb": [shapely.to_wkb(shape) for shape in filled.values()], "status": "estimated"},
        schema=found.schema,
    )
    return pl.concat([found, extra]).sort("code")


def level_polygons(
    cover: pl.DataFrame, reference: Reference, tolerances: Mapping[str, float] = TOLERANCES
) -> pl.DataFrame:
    """The polygons of the levels of ``tolerances``: level, code, tolerance (degrees), wkb; sorted by level and code.

    ``cover``: as :func:`coverage`. Communes are simplified together, so that neighbours keep one border; the other
    levels are dissolved from them and, where they do not overlap, simplified again to their own tolerance. Whole cities
    are the union of their arrondissements. A territory none of whose places has a polygon has no row.
    """
    import shapely

    base = tolerances.get("commune", 0.0)
    codes, shapes = cover["code"].to_list(), _read(cover)
    if base:
        shapes = shapely.coverage_simplify(shapes, base)
    return _dissolved(codes, shapes, reference, tolerances, base)


def added_polygons(polygons: pl.DataFrame, reference: Reference, tolerances: Mapping[str, float]) -> pl.DataFrame:
    """The polygons of further levels, from those of the communes that :func:`level_polygons` gave; the same columns."""
    communes = polygons.filter((pl.col("level") == "commune") & ~pl.col("code").is_in(list(WHOLE_CITIES)))
    return _dissolved(communes["code"].to_list(), _read(communes), reference, tolerances, TOLERANCES["commune"])


def _dissolved(
    codes: list[str], shapes: Shapes, reference: Reference, tolerances: Mapping[str, float], base: float
) -> pl.DataFrame:
    """The union of the places' ``shapes``, simplified to ``base`` already, by territory of each level."""
    import shapely

    position = {code: i for i, code in enumerate(codes)}

    def table(level: str, tolerance: float) -> pl.DataFrame:
        members = reference.memberships.filter((pl.col("level") == level) & pl.col("place").is_in(codes))
        groups = members.group_by("code").agg(pl.col("place").sort()).sort("code")
        parts = [shapes[[position[place] for place in places]] for places in groups["place"].to_list()]
        dissolved = np.array([_union(each) for each in parts], dtype=object)
        partition = not members["place"].is_duplicated().any()
        if partition and level != "commune" and tolerance > base:
            dissolved = shapely.coverage_simplify(dissolved, tolerance)
        return pl.DataFrame(
            {"code": groups["code"], "wkb": shapely.to_wkb(dissolved).tolist()}, schema_overrides={"wkb": pl.Binary}
        ).select("code", "wkb", level=pl.lit(level), tolerance=pl.lit(tolerance, dtype=pl.Float64))

    with ThreadPoolExecutor(2) as pool:
        tables = list(pool.map(table, tolerances.keys(), tolerances.values()))
    return pl.concat(tables).select("level", "code", "tolerance", "wkb").sort("level", "code")


def inset(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Planar coordinates in metres where France fits on one sheet: x, y, of the shape of ``lon`` and ``lat`` (degrees).

    The mainland and Corsica are in Lambert-93; each overseas département in its own official projection, at the same
    scale, moved into a column west of Brittany: Guadeloupe, Martinique, La Réunion, Mayotte, Guyane from north to
    south. Raises InputError for a point that is in none of them.
    """
    from pyproj import Transformer

    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = np.full_like(lon, np.nan), np.full_like(lat, np.nan)
    for epsg, (west, south, east, north), centre in _ZONES.values():
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if not inside.any():
            continue
        project = Transformer.from_crs(4326, epsg, always_xy=True).transform
        dx = dy = 0.0
        if centre is not None:
            middle = project((west + east) / 2, (south + north) / 2)
            dx, dy = centre[0] - middle[0], centre[1] - middle[1]
        zone_x, zone_y = project(lon[inside], lat[inside])
        x[inside], y[inside] = np.asarray(zone_x) + dx, np.asarray(zone_y) + dy
    lost = np.isnan(x)
    if lost.any():
        point = f"{lon[lost][0]:.3f}, {lat[lost][0]:.3f}"
        raise InputError(
            f"un point n'est dans aucun département ({point}).",
            f"a point is in no département ({point}).",
            remedy_fr="Vérifiez l'ordre longitude, latitude, en degrés.",
            remedy_en="Check the order longitude, latitude, in degrees.",
            where=Where(value=point),
        )
    return x, y


def inset_polygons(polygons: pl.DataFrame) -> pl.DataFrame:
    """``polygons`` with its column wkb in the coordinates of :func:`inset`, in whole metres."""
    import shapely

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(inset(xy[:, 0], xy[:, 1])).round()

    shapes = shapely.to_wkb(shapely.transform(_read(polygons), moved)).tolist()
    return polygons.with_columns(wkb=pl.Series(shapes, dtype=pl.Binary))


def _check(rows: pl.DataFrame, places: pl.DataFrame) -> None:
    twice = rows.filter(pl.col("code").is_duplicated())["code"]
    strange = rows.filter(~pl.col("code").is_in(places["code"].implode()))["code"]
    for codes, fr, en in (
        (twice, "polygones en double", "polygons given twice"),
        (strange, "polygones sans commune de référence", "polygons of no commune of reference"),
    ):
        if len(codes):
            raise InputError(
                f"{len(codes)} {fr}, dont {codes[0]}.",
                f"{len(codes)} {en}, such as {codes[0]}.",
                where=Where(column="code", value=codes[0]),
            )


def _read(rows: pl.DataFrame) -> Shapes:
    """The polygons of the column wkb; InputError names the first that cannot be read."""
    import shapely

    content = rows["wkb"].to_list()
    shapes: Shapes = shapely.from_wkb(content, on_invalid="ignore")
    areas = np.isin(shapely.get_type_id(shapes), [3, 6]) & ~shapely.is_empty(shapes)
    if not areas.all():
        code = rows["code"][int(np.argmin(areas))]
        raise InputError(
            f"le polygone de {code} est illisible.",
            f"the polygon of {code} cannot be read.",
            where=Where(column="wkb", value=code),
        )
    return shapes


def _repaired(shapes: Shapes, suspects: NDArray[np.intp]) -> Shapes:
    """``shapes`` with the neighbours whose borders do not match cleaned together; the others as they are."""
    import shapely

    wrong = suspects[~shapely.is_empty(shapely.coverage_invalid_edges(shapes[suspects]))]
    if not len(wrong):
        return shapes
    near = np.unique(shapely.STRtree(shapes).query(shapes[wrong], predicate="intersects")[1])
    repaired = shapes.copy()
    repaired[near] = shapely.coverage_clean(shapes[near])
    return repaired


def _has_single_edge(shapes: Shapes) -> NDArray[np.bool_]:
    """Whether each polygon has an edge that no other shares: on the outer border, or one that does not match.

    Looking for invalid edges among these only is many times faster than among all.
    """
    import shapely

    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.round((xy + 360.0) / _GRID).astype(np.uint64)
    point = (steps[:, 0] << np.uint64(32)) | steps[:, 1]
    follows = ring[1:] == ring[:-1]
    start, end = point[:-1][follows], point[1:][follows]
    # One number an edge, whichever way it runs; two edges of one number by chance would be one in ten million.
    edge = np.minimum(start, end) * np.uint64(0x9E3779B97F4A7C15) + np.maximum(start, end)
    order = np.argsort(edge, kind="stable")
    same = edge[order][1:] == edge[order][:-1]
    single = np.ones(len(order), dtype=bool)
    single[1:] &= ~same
    single[:-1] &= ~same
    found = np.zeros(len(shapes), dtype=bool)
    found[part_owner[ring_part[ring[:-1][follows][order[single]]]]] = True
    return found


def _holes(shapes: Shapes, border: Shapes) -> list[Any]:
    """The holes of the coverage ``shapes`` larger than a sliver; ``border`` are its polygons with an unshared edge."""
    import shapely

    tree = shapely.STRtree(shapes)
    holes = []
    for part in shapely.get_parts(_union(border)):
        for ring in map(shapely.Polygon, part.interiors):
            inside = shapes[np.sort(tree.query(ring, predicate="contains"))]
            # In the union of the border alone the inland is a hole too, but a covered one; and a commune all of whose
            # neighbours lack a polygon is an island in a hole.
            if ring.area - shapely.area(inside).sum() > _SMALLEST_GAP:
                holes.append(ring.difference(_union(inside)) if len(inside) else ring)
    return holes


def _attributed(
    holes: list[Any], codes: list[str], shapes: Shapes, places: pl.DataFrame, changes: pl.DataFrame
) -> dict[str, Any]:
    """The polygon of each place without one: the hole that can be no other place's, if it has but one."""
    import shapely

    missing = places.filter(~pl.col("code").is_in(codes))["code"].to_list()
    position = {code: i for i, code in enumerate(codes)}
    gone = changes.filter(pl.col("code_before").is_in(missing) & pl.col("kind").is_in(["merger", "code"]))
    candidates: dict[int, list[str]] = {}
    for code, into, lon, lat in gone.select("code_before", "code_after", "lon", "lat").iter_rows():
        for i, hole in enumerate(holes):
            touches = into in position and hole.intersects(shapes[position[into]])
            around = lon is not None and hole.contains(shapely.Point(lon, lat))
            if touches or around:
                candidates.setdefault(i, []).append(code)
    alone = {i: found[0] for i, found in candidates.items() if len(found) == 1}
    times = Counter(alone.values())
    return {code: holes[i] for i, code in alone.items() if times[code] == 1}


def _union(shapes: Shapes) -> Any:
    """The union of polygons of a coverage."""
    import shapely

    return shapes[0] if len(shapes) == 1 else shapely.coverage_union_all(shapes)
