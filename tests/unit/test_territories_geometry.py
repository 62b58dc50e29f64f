from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely

from vigie.errors import InputError
from vigie.territories.geometry import TOLERANCES, added_polygons, coverage, inset, inset_polygons, level_polygons
from vigie.territories.reference import TERRITORY_SCHEMA, Reference

CHANGES = pl.DataFrame(
    {"code_before": ["00005"], "code_after": ["00001"], "kind": ["merger"], "lon": [None], "lat": [None]},
    schema_overrides={"lon": pl.Float64, "lat": pl.Float64},
)


def grid(without: int | None = None, shift: float = 0.0) -> pl.DataFrame:
    """Nine squares of a tenth of a degree with wavy borders around (2, 47), as 00001–00009, rows from the south.

    ``shift`` moves one corner of the first square by a little, so that its borders match those of no neighbour.
    """
    wave = 0.004 * np.sin(np.linspace(0, 2 * np.pi, 9))
    steps = np.linspace(0, 0.1, 9)

    def edge(x: float, y: float, across: bool) -> list[tuple[float, float]]:
        if across:
            return [(x + s, y + w) for s, w in zip(steps, wave, strict=True)]
        return [(x + w, y + s) for s, w in zip(steps, wave, strict=True)]

    rows = []
    for n in range(9):
        x, y = 2 + 0.1 * (n % 3), 47 + 0.1 * (n // 3)
        south, east = edge(x, y, True), edge(x + 0.1, y, False)
        north, west = edge(x, y + 0.1, True)[::-1], edge(x, y, False)[::-1]
        ring = south[:-1] + east[:-1] + north[:-1] + west[:-1]
        if n == 0:
            ring[len(south) - 1 + 4] = (ring[len(south) - 1 + 4][0] + shift, ring[len(south) - 1 + 4][1])
        if n + 1 != without:
            rows.append((f"{n + 1:05d}", shapely.to_wkb(shapely.Polygon(ring))))
    return pl.DataFrame(rows, schema=["code", "wkb"], orient="row")


PLACES = pl.DataFrame({"code": [f"{n:05d}" for n in range(1, 10)]})


@pytest.fixture
def reference() -> Reference:
    """Three columns as EPCI, the first row also as an overlapping perimeter, all in France."""
    rows = [(f"{n + 1:05d}", "epci", f"E{n % 3}") for n in range(9)]
    rows += [(f"{n + 1:05d}", "commune", f"{n + 1:05d}") for n in range(9)]
    rows += [(f"{n + 1:05d}", "france", "FR") for n in range(9)]
    rows += [("00001", "perimeter", "a"), ("00002", "perimeter", "a"), ("00002", "perimeter", "b")]
    memberships = pl.DataFrame(rows, schema=["place", "level", "code"], orient="row")
    return Reference(PLACES, pl.DataFrame(schema=TERRITORY_SCHEMA), memberships)


def shapes(table: pl.DataFrame) -> list[shapely.Geometry]:
    return list(shapely.from_wkb(table["wkb"].to_list()))


def test_a_clean_coverage_is_left_as_it_is() -> None:
    cover = coverage(grid(), PLACES, CHANGES)
    assert cover["status"].unique().to_list() == ["ok"]
    assert shapely.coverage_is_valid(shapes(cover))
    for before, after in zip(shapes(grid()), shapes(cover), strict=True):
        assert before.symmetric_difference(after).area < 1e-5


@pytest.mark.parametrize("shift", [0.003, 0.0005])
def test_borders_that_do_not_match_are_cleaned(shift: float) -> None:
    broken = grid(shift=shift)
    assert not shapely.coverage_is_valid(shapes(broken))
    cover = shapes(coverage(broken, PLACES, CHANGES))
    assert shapely.coverage_is_valid(cover)
    assert shapely.union_all(cover).area == pytest.approx(0.09, rel=0.01)


def test_a_hole_becomes_the_commune_that_it_can_only_be() -> None:
    cover = coverage(grid(without=5), PLACES, CHANGES.with_columns(code_after=pl.lit("00004")))
    row = cover.filter(pl.col("code") == "00005")
    assert row["status"].to_list() == ["estimated"]
    assert shapes(row)[0].area == pytest.approx(0.01, rel=0.01)
    assert shapely.coverage_is_valid(shapes(cover))


def test_a_commune_in_the_middle_of_a_hole_stays_out_of_it() -> None:
    ring = [f"{n:05d}" for n in (7, 8, 9, 12, 14, 17, 18, 19)]
    wide = pl.DataFrame(
        [
            (f"{n + 1:05d}", shapely.to_wkb(shapely.box(x, y, x + 0.1, y + 0.1)))
            for n, (x, y) in enumerate((2 + i / 10, 47 + j / 10) for j in range(5) for i in range(5))
        ],
        schema=["code", "wkb"],
        orient="row",
    )
    changes = CHANGES.with_columns(code_before=pl.lit("00007"), code_after=pl.lit("00013"))
    cover = coverage(wide.filter(~pl.col("code").is_in(ring)), wide.select("code"), changes)
    (found,) = shapes(cover.filter(pl.col("status") == "estimated"))
    assert found.area == pytest.approx(0.08)
    assert shapely.coverage_is_valid(shapes(cover))


def test_a_hole_that_could_be_two_communes_stays_a_hole() -> None:
    places = pl.concat([PLACES, pl.DataFrame({"code": ["00010"]})])
    changes = pl.concat([CHANGES, CHANGES.with_columns(code_before=pl.lit("00010"), code_after=pl.lit("00002"))])
    assert coverage(grid(without=5), places, changes).height == 8
    assert coverage(grid(without=5), places, CHANGES.clear()).height == 8


def test_levels_share_their_borders_and_cover_the_same_ground(reference: Reference) -> None:
    cover = coverage(grid(), PLACES, CHANGES)
    levels = level_polygons(cover, reference, {"commune": 0.01, "epci": 0.02, "france": 0.0, "perimeter": 0.01})
    assert dict(levels.group_by("level").len().iter_rows()) == {"commune": 9, "epci": 3, "france": 1, "perimeter": 2}
    for level in ("commune", "epci"):
        found = shapes(levels.filter(pl.col("level") == level))
        assert shapely.coverage_is_valid(found)
        assert shapely.area(found).sum() == pytest.approx(0.09, rel=0.05)
    communes = shapely.get_num_coordinates(shapes(levels.filter(pl.col("level") == "commune"))).sum()
    assert communes < shapely.get_num_coordinates(shapes(cover)).sum()
    (france,) = shapes(levels.filter(pl.col("level") == "france"))
    assert france.geom_type == "Polygon"
    assert len(france.interiors) == 0
    a, b = shapes(levels.filter(pl.col("level") == "perimeter"))
    assert a.contains(b)


def test_levels_added_later_are_those_drawn_at_once(reference: Reference) -> None:
    cover = coverage(grid(), PLACES, CHANGES)
    base = TOLERANCES["commune"]
    at_once = level_polygons(cover, reference, {"commune": base, "epci": 0.01, "perimeter": 0.01})
    later = added_polygons(level_polygons(cover, reference, {"commune": base}), reference, {"perimeter": 0.01})
    assert later.equals(at_once.filter(pl.col("level") == "perimeter"))
    assert later.height == 2


def test_the_same_input_gives_the_same_bytes(reference: Reference) -> None:
    tolerances = {"commune": 0.01, "epci": 0.02}
    one = level_polygons(coverage(grid(shift=0.003), PLACES, CHANGES), reference, tolerances)
    shuffled = grid(shift=0.003).sample(fraction=1.0, shuffle=True, seed=4)
    assert level_polygons(coverage(shuffled, PLACES, CHANGES), reference, tolerances).equals(one)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pl.concat([grid(), grid().head(1)]), "en double, dont 00001"),
        (grid().with_columns(code=pl.lit("9") + pl.col("code").str.tail(4)), "sans commune de référence"),
        (grid().with_columns(wkb=pl.lit(b"abc")), "00001 est illisible"),
        (grid().with_columns(wkb=pl.lit(shapely.to_wkb(shapely.Point(2, 47)))), "00001 est illisible"),
    ],
)
def test_bad_geometry_is_refused(table: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        coverage(table, PLACES, CHANGES)


def test_overseas_is_drawn_beside_the_mainland_at_the_same_scale() -> None:
    # Paris, then 0.1 degree of latitude (some 11 km) in each département overseas.
    lon = np.array([2.35, -61.55, -61.55, -61.0, -61.0, -53.0, -53.0, 55.5, 55.5, 45.15, 45.15])
    lat = np.array([48.85, 16.1, 16.2, 14.6, 14.7, 4.0, 4.1, -21.1, -21.0, -12.9, -12.8])
    x, y = inset(lon, lat)
    assert (x[0], y[0]) == pytest.approx((652_300, 6_861_300), abs=500)
    assert np.hypot(np.diff(x)[1::2], np.diff(y)[1::2]) == pytest.approx(11_070, abs=30)
    assert (x[1:] < 100_000).all()
    assert (x[1:] > -400_000).all()
    # From north to south: Guadeloupe, Martinique, La Réunion, Mayotte, Guyane.
    assert sorted(y[[1, 3, 7, 9, 5]], reverse=True) == list(y[[1, 3, 7, 9, 5]])


@pytest.mark.parametrize(("lon", "lat"), [(48.85, 2.35), (-56.3, 46.8), (np.nan, 47.0)])
def test_a_point_of_nowhere_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InputError, match="aucun département"):
        inset(np.array([2.0, lon]), np.array([47.0, lat]))


def test_polygons_are_moved_to_whole_metres() -> None:
    moved = inset_polygons(coverage(grid(), PLACES, CHANGES))
    xy = shapely.get_coordinates(shapes(moved))
    assert (xy == np.round(xy)).all()
    assert shapely.coverage_is_valid(shapes(moved))
    assert shapely.area(shapes(moved)).sum() == pytest.approx(0.3 * 0.3 * 111_200 * 75_700, rel=0.02)
