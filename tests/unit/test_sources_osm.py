"""OpenStreetMap files: what a car drives, how fast, which way, and what a broken file says. The files are made here."""

from __future__ import annotations

import math
from pathlib import Path

import osmium
import pytest
from osmium.osm import mutable

from vigie.errors import InputError
from vigie.sources.osm import car, course, read_roads

DEGREE = 6_371_008.8 * math.pi / 180  # metres of a degree of latitude


def write(path: Path, nodes: dict, ways: list[tuple[list[int], dict]]) -> Path:
    """A file of ``nodes`` (id → (lon, lat) or (lon, lat, tags)) and ``ways`` (node ids, tags)."""
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (lon, lat, *tags) in sorted(nodes.items()):
            writer.add_node(mutable.Node(id=number, location=(lon, lat), tags=tags[0] if tags else {}, version=1))
        for number, (refs, tags) in enumerate(ways, 1):
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags, version=1))
    return path


def column(count: int, **tagged: dict) -> dict:
    """Nodes 1 to ``count``, a hundredth of a degree of latitude from one to the next."""
    return {k: (2.0, 47 + k / 100, *([tagged[f"n{k}"]] if f"n{k}" in tagged else [])) for k in range(1, count + 1)}


def minutes(roads) -> dict:
    """Minutes by (from, to), nodes by their id of OpenStreetMap."""
    osm = dict(zip(roads.nodes["node"], roads.nodes["osm"], strict=True))
    return {(osm[tail], osm[head]): time for tail, head, time in roads.edges.iter_rows()}


def at(speed: float, steps: int = 1) -> float:
    return pytest.approx(steps * DEGREE / 100 * 0.06 / speed, rel=1e-6)


def test_a_way_is_cut_where_another_meets_it_and_nowhere_else(tmp_path):
    nodes = {**column(5), 9: (2.01, 47.03)}
    roads = read_roads(
        write(
            tmp_path / "a.osm.pbf", nodes, [([1, 2, 3, 4, 5], {"highway": "primary"}), ([3, 9], {"highway": "service"})]
        ),
        car(),
    )
    found = minutes(roads)
    assert set(found) == {(1, 3), (3, 1), (3, 5), (5, 3), (3, 9), (9, 3)}
    assert found[1, 3] == found[3, 1] == at(car().speeds["primary"], 2)
    assert roads.notes == ()
    assert roads.nodes.sort("osm")["lat"].to_list() == pytest.approx([47.01, 47.03, 47.05, 47.03])


@pytest.mark.parametrize(
    ("tags", "directions"),
    [
        ({"oneway": "yes"}, {(1, 2)}),
        ({"oneway": "-1"}, {(2, 1)}),
        ({"oneway": "no"}, {(1, 2), (2, 1)}),
        ({"highway": "motorway"}, {(1, 2)}),
        ({"highway": "motorway", "oneway": "no"}, {(1, 2), (2, 1)}),
        ({"junction": "roundabout"}, {(1, 2)}),
        ({"access": "destination"}, {(1, 2), (2, 1)}),
        ({"access": "no", "motor_vehicle": "yes"}, {(1, 2), (2, 1)}),
    ],
)
def test_directions(tmp_path, tags, directions):
    path = write(tmp_path / "a.osm.pbf", column(2), [([1, 2], {"highway": "secondary"} | tags)])
    assert set(minutes(read_roads(path, car()))) == directions


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "track"},
        {"highway": "construction"},
        {"highway": "primary", "access": "private"},
        {"highway": "primary", "motor_vehicle": "no"},
        {"highway": "primary", "area": "yes"},
        {"highway": "primary", "oneway": "reversible"},
        {"route": "ferry", "duration": "00:30"},
        {"route": "ferry", "motor_vehicle": "yes"},
        {"waterway": "river"},
    ],
)
def test_what_a_car_does_not_drive(tags):
    assert course(tags, car()) is None


@pytest.mark.parametrize(
    ("tags", "forth", "back"),
    [
        ({}, 65, 65),
        ({"maxspeed": "50"}, 40, 40),
        ({"maxspeed": "50 km/h"}, 40, 40),
        ({"maxspeed": "30 mph"}, 30 * 1.609344 * 0.8, 30 * 1.609344 * 0.8),
        ({"maxspeed": "FR:rural"}, 64, 64),
        ({"maxspeed": "80", "maxspeed:backward": "50"}, 64, 40),
        ({"maxspeed": "signals"}, 65, 65),
        ({"maxspeed": "0"}, 65, 65),
    ],
)
def test_speeds(tags, forth, back):
    found = course({"highway": "primary"} | tags, car())
    assert (found.forth, found.back) == pytest.approx((forth, back))


def test_a_roundabout_is_driven_one_way_round(tmp_path):
    nodes = {1: (2.0, 47.0), 2: (2.01, 47.0), 3: (2.01, 47.01), 4: (2.0, 47.01), 5: (1.99, 47.0), 6: (2.02, 47.01)}
    ways = [
        ([1, 2, 3, 4, 1], {"highway": "primary", "junction": "roundabout"}),
        ([5, 1], {"highway": "primary"}),
        ([3, 6], {"highway": "primary"}),
    ]
    found = minutes(read_roads(write(tmp_path / "a.osm.pbf", nodes, ways), car()))
    assert set(found) == {(1, 3), (3, 1), (5, 1), (1, 5), (3, 6), (6, 3)}


def test_a_ferry_that_takes_cars_lasts_as_it_says_and_the_wait(tmp_path):
    ways = [
        ([1, 2, 3], {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30"}),
        ([3, 4], {"highway": "primary"}),
    ]
    found = minutes(read_roads(write(tmp_path / "a.osm.pbf", column(4), ways), car()))
    assert found[1, 3] == found[3, 1] == pytest.approx(30 + car().ferries.wait)


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ({"barrier": "gate"}, True),
    ],
)
def test_a_barrier_stops_a_car_unless_it_says_otherwise(tmp_path, tags, passes):
    path = write(tmp_path / "a.osm.pbf", column(5, n3=tags), [([1, 2, 3, 4, 5], {"highway": "residential"})])
    assert ((1, 5) in minutes(read_roads(path, car()))) is passes


def test_nodes_outside_the_extract_are_counted(tmp_path):
    ways = [([1, 2, 99], {"highway": "primary"}), ([99, 98], {"highway": "primary"})]
    roads = read_roads(write(tmp_path / "a.osm.pbf", column(2), ways), car())
    assert set(minutes(roads)) == {(1, 2), (2, 1)}
    assert [note.count for note in roads.notes] == [2]


def test_the_same_file_gives_the_same_tables(tmp_path):
    path = write(tmp_path / "a.osm.pbf", column(5), [([1, 2, 3, 4, 5], {"highway": "primary"})])
    one, other = read_roads(path, car()), read_roads(path, car())
    assert one.edges.equals(other.edges)
    assert one.nodes.equals(other.nodes)


@pytest.mark.parametrize("kept", [0, 3, 10, 100, 0.5, -1])
def test_a_file_cut_short_is_told(tmp_path, kept):
    path = write(tmp_path / "a.osm.pbf", column(3000), [([*range(1, 3001)], {"highway": "primary"})])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(InputError) as error:
        read_roads(path, car())
    assert "a.osm.pbf" in error.value.message("en")
    assert "cut short" in error.value.message("en")


@pytest.mark.parametrize(
    ("nodes", "ways", "word"),
    [
        (column(2), [([1, 2], {"highway": "footway"})], "no road"),
        (column(2), [], "no road"),
        ({}, [([1, 2], {"highway": "primary"})], "lack their nodes"),
    ],
)
def test_a_file_without_roads_is_told(tmp_path, nodes, ways, word):
    with pytest.raises(InputError) as error:
        read_roads(write(tmp_path / "a.osm.pbf", nodes, ways), car())
    assert word in error.value.message("en")


def test_what_is_not_a_file_of_openstreetmap_is_told(tmp_path):
    page = tmp_path / "page.osm.pbf"
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    for path in (page, tmp_path / "nothing.osm.pbf", tmp_path):
        with pytest.raises(InputError):
            read_roads(path, car())
