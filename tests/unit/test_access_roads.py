"""Roads: what the table of edges promises, and the errors when it does not."""

import math

import numpy as np
import polars as pl
import pytest

from vigie.access.roads import Ends, graph, shortest_times, snap, stops, stops_near
from vigie.access.travel import everywhere, on_the_globe, points, to_table
from vigie.errors import InputError


def edges(*rows):
    return pl.DataFrame(rows, schema={"from": pl.Utf8, "to": pl.Utf8, "minutes": pl.Float64}, orient="row")


# n0 → n1 → n2 one way, a slow direct road n0 → n2, and a free pair n2 ⇄ n3.
ROAD = graph(
    edges(
        ("n0", "n1", 4.0), ("n1", "n2", 4.0), ("n0", "n2", 9.0), ("n0", "n2", 8.5), ("n2", "n3", 0.0), ("n3", "n2", 0.0)
    )
)


def as_dict(travel):
    return {(place, site): minutes for place, site, minutes in to_table(travel).iter_rows()}


def test_the_quickest_way_counts_and_one_way_is_one_way():
    places = stops(ROAD, ["a", "b"], ["n0", "n3"])
    sites = stops(ROAD, ["x", "y"], ["n2", "n0"])
    found = as_dict(shortest_times(ROAD, places, sites, limit=30))
    assert found == {("a", "x"): 8.0, ("a", "y"): 0.0, ("b", "x"): 0.0}


def test_access_is_added_at_both_ends_and_the_limit_is_within_reach():
    places, sites = stops(ROAD, ["a"], ["n0"], access=1.0), stops(ROAD, ["x", "y"], ["n2", "n2"], access=[2.0, 0.5])
    assert as_dict(shortest_times(ROAD, places, sites, limit=11)) == {("a", "x"): 11.0, ("a", "y"): 9.5}
    assert as_dict(shortest_times(ROAD, places, sites, limit=10.9)) == {("a", "y"): 9.5}
    assert as_dict(shortest_times(ROAD, places, sites, limit=0.5)) == {}


def test_a_place_reaches_itself_in_its_own_minutes():
    towns = stops(ROAD, ["a", "b"], ["n0", "n1"], access=3.0, own=[1.0, 0.0])
    assert as_dict(shortest_times(ROAD, towns, towns, limit=12)) == {("a", "a"): 1, ("b", "b"): 0, ("a", "b"): 10}


def test_whole_numbers_name_nodes_too():
    road = graph(pl.DataFrame({"from": [10, 7], "to": [7, 10], "minutes": [1, 2]}))
    assert as_dict(shortest_times(road, stops(road, ["a"], [10]), stops(road, ["x"], [7]), limit=5)) == {
        ("a", "x"): 1.0
    }


def test_snap_finds_the_nearest_node():
    number, metres = snap(np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([[90.0, 0.0], [0.0, 30.0]]))
    assert number.tolist() == [1, 0]
    assert metres.tolist() == [10, 30]


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (edges(), "vide"),
        (pl.DataFrame({"from": ["a"], "to": ["b"]}), "minutes"),
        (edges(("a", "b", -1.0)), "négatives"),
        (edges(("a", "b", math.nan)), "absentes"),
        (edges(("a", "b", None)), "absentes"),
        (edges(("a", None, 1.0)), "nœud"),
    ],
)
def test_a_bad_graph_says_what_is_wrong(table, word):
    with pytest.raises(InputError) as error:
        graph(table)
    assert word in error.value.message("fr")


@pytest.mark.parametrize("node", ["n9", "a", None])
def test_a_stop_stands_on_a_known_node(node):
    with pytest.raises(InputError) as error:
        stops(ROAD, ["a"], [node])
    assert "graphe" in error.value.message("fr")


@pytest.mark.parametrize("limit", [math.nan, math.inf, 0.0, -1.0])
def test_a_limit_is_positive(limit):
    here = stops(ROAD, ["a"], ["n0"])
    with pytest.raises(InputError):
        shortest_times(ROAD, here, here, limit=limit)


def test_places_stand_on_the_nearest_node_that_one_may_leave_and_come_back_to():
    # n0 ⇄ n1 is the road; nx → n1 is a way out of nowhere, nearer to the place, to which nothing leads.
    road = graph(edges(("n0", "n1", 4.0), ("n1", "n0", 4.0), ("nx", "n1", 1.0)))
    lon, lat = np.array([2.0, 2.05, 2.012]), np.array([47.0, 47.0, 47.0])
    where = everywhere(points(["a", "b", "far"], [2.01, 2.05, 2.5], [47.0, 47.0, 47.0], ["metropole"] * 3))
    ends = Ends(minutes=1.0, speed=20.0, detour=1.3, farthest_km=5.0)
    found, too_far = stops_near(road, on_the_globe(lon, lat), where, ends)
    assert road.nodes[found.node].to_list() == ["n0", "n1", "n1"]
    assert too_far.tolist() == [False, False, True]
    metres = 0.01 * math.pi / 180 * 6_371_008.8 * math.cos(math.radians(47))
    assert found.access[:2] == pytest.approx([1 + 0.06 * 1.3 * metres / 20, 1.0], rel=4e-3)
    reached = as_dict(shortest_times(road, found, found, limit=60))
    assert reached["a", "b"] == pytest.approx(4 + found.access[0] + 1.0)
    assert {pair for pair in reached if "far" in pair} == {("far", "far")}


def test_points_keep_their_place_when_put_on_the_globe():
    lon, lat = np.array([2.35, 9.1, -61.5, 0.0]), np.array([48.85, 42.0, 16.2, 10.0])
    known = points(["p", "c", "g", "w"], lon, lat, ["metropole", "corse", "guadeloupe", "world"])
    assert np.abs(everywhere(known).position - on_the_globe(lon, lat)).max() < 0.01
