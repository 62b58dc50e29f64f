"""Generated road graphs: bounded shortest paths are those of a plain relaxation."""

import heapq
import math

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.access.roads import graph, shortest_times, stops
from vigie.access.travel import to_table

nodes = st.integers(0, 7)
roads = st.lists(st.tuples(nodes, nodes, st.integers(0, 12)), min_size=1, max_size=25)
uneven = st.one_of(st.floats(0, 12), st.floats(0, 1e-3), st.just(0.0))
uneven_roads = st.lists(st.tuples(nodes, nodes, uneven), min_size=1, max_size=25)


def relaxed(edges, start):
    """Minutes from ``start`` to each node by Bellman and Ford."""
    best = {start: 0}
    for _ in range(len(edges)):
        for tail, head, minutes in edges:
            if tail in best and best[tail] + minutes < best.get(head, 10**9):
                best[head] = best[tail] + minutes
    return best


@settings(max_examples=60, deadline=None)
@given(roads, st.integers(1, 40), st.integers(0, 3), st.integers(0, 3))
def test_bounded_paths_are_the_shortest(edges, limit, at_home, at_site):
    table = pl.DataFrame(edges, schema={"from": pl.Int64, "to": pl.Int64, "minutes": pl.Float64}, orient="row")
    road = graph(table)
    known = road.nodes.to_list()
    homes = stops(road, [f"h{n}" for n in known], known, access=at_home)
    cares = stops(road, [f"c{n}" for n in known], known, access=at_site)
    found = {(i, j): t for i, j, t in to_table(shortest_times(road, homes, cares, limit=limit)).iter_rows()}
    expected = {
        (f"h{a}", f"c{b}"): t + at_home + at_site
        for a in known
        for b, t in relaxed(edges, a).items()
        if t + at_home + at_site <= limit
    }
    assert found == expected


def dijkstra(edges, start):
    """Minutes from ``start`` to each node, the plain way."""
    best, waiting = {start: 0.0}, [(0.0, start)]
    while waiting:
        time, node = heapq.heappop(waiting)
        if time > best[node]:
            continue
        for tail, head, minutes in edges:
            if tail == node and time + minutes < best.get(head, math.inf):
                best[head] = time + minutes
                heapq.heappush(waiting, (best[head], head))
    return best


@settings(max_examples=80, deadline=None)
@given(uneven_roads, st.floats(0.5, 40))
def test_times_are_those_of_dijkstra_to_the_bit(edges, limit):
    table = pl.DataFrame(edges, schema={"from": pl.Int64, "to": pl.Int64, "minutes": pl.Float64}, orient="row")
    road = graph(table)
    known = road.nodes.to_list()
    homes, cares = (stops(road, [f"{mark}{n}" for n in known], known) for mark in "hc")
    found = {(i, j): t for i, j, t in to_table(shortest_times(road, homes, cares, limit=limit)).iter_rows()}
    assert found == {(f"h{a}", f"c{b}"): time for a in known for b, time in dijkstra(edges, a).items() if time <= limit}
