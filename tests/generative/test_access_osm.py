"""Generated ways: the edges between crossings take as long as the steps that they stand for, one by one."""

from __future__ import annotations

import itertools
import math
import tempfile
from pathlib import Path

import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osmium.osm import mutable

from vigie.sources.osm import car, course, read_roads

POSITIONS = {k: (2 + 0.01 * (k % 4), 47 + 0.013 * (k // 4)) for k in range(1, 13)}
way = st.tuples(
    st.lists(st.integers(1, 12), min_size=2, max_size=6),
    st.sampled_from(["primary", "residential", "footway", "motorway"]),
    st.sampled_from(["", "yes", "-1"]),
)


def metres(a, b):
    (x, y), (u, v) = ((math.radians(c) for c in POSITIONS[k]) for k in (a, b))
    half = math.sin((v - y) / 2) ** 2 + math.cos(y) * math.cos(v) * math.sin((u - x) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def steps(ways):
    """Every step of every way as its own edge, both ways where allowed: the plain reading."""
    for refs, highway, oneway in ways:
        found = course({"highway": highway, **({"oneway": oneway} if oneway else {})}, car())
        for a, b in itertools.pairwise(refs):
            for tail, head, speed in ((a, b, found.forth if found else 0), (b, a, found.back if found else 0)):
                if speed:
                    yield tail, head, 0.06 * metres(tail, head) / speed


def all_pairs(edges, nodes):
    """Minutes between all pairs by Floyd and Warshall."""
    best = {(a, b): 0.0 if a == b else math.inf for a in nodes for b in nodes}
    for tail, head, minutes in edges:
        best[tail, head] = min(best[tail, head], minutes)
    for k in nodes:
        for a in nodes:
            for b in nodes:
                best[a, b] = min(best[a, b], best[a, k] + best[k, b])
    return best


@settings(max_examples=60, deadline=None)
@given(st.lists(way, min_size=1, max_size=6))
def test_edges_between_crossings_keep_the_shortest_times(ways):
    drawn = [one for one in ways if one[1] != "footway" and len(set(one[0])) > 1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.osm.pbf"
        with osmium.SimpleWriter(str(path)) as writer:
            for number, where in POSITIONS.items():
                writer.add_node(mutable.Node(id=number, location=where, version=1))
            for number, (refs, highway, oneway) in enumerate(ways, 1):
                tags = {"highway": highway, **({"oneway": oneway} if oneway else {})}
                writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags, version=1))
        if not drawn:
            return
        roads = read_roads(path, car())
    osm = dict(zip(roads.nodes["node"], roads.nodes["osm"], strict=True))
    kept = sorted(osm.values())
    found = all_pairs(((osm[a], osm[b], t) for a, b, t in roads.edges.iter_rows()), kept)
    plain = all_pairs(steps(ways), sorted(POSITIONS))
    assert found == {pair: pytest.approx(plain[pair], rel=1e-6) for pair in found}
    ends = {end for refs, _, _ in drawn for end in (refs[0], refs[-1])}
    assert ends <= set(kept)
