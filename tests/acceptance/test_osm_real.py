"""Roads of a real OpenStreetMap extract: the edges between crossings against every step of every way, read plainly.

``kotka.osm.pbf`` is 2 km by 2 km north of Kotka (Finland), cut by osmconvert, as the package pyrosm 0.25.0 ships it
(``test.osm.pbf``). © OpenStreetMap contributors, Open Database Licence 1.0 (openstreetmap.org/copyright).
"""

from __future__ import annotations

import heapq
import itertools
import math
from pathlib import Path

import numpy as np
import osmium
import pytest

from vigie.access.roads import graph, shortest_times, stops
from vigie.errors import InputError
from vigie.sources.osm import car, course, read_roads

EXTRACT = Path(__file__).with_name("kotka.osm.pbf")


def plain_steps():
    """Minutes from each node to its neighbours along every way that a car drives, one step at a time."""
    where, shut, ways = {}, set(), []
    for found in osmium.FileProcessor(str(EXTRACT)):
        tags = dict(found.tags)
        if isinstance(found, osmium.osm.Node):
            where[found.id] = (math.radians(found.location.lon), math.radians(found.location.lat))
            told = next((tags[key] for key in car().access.keys if key in tags), None)
            if tags.get("barrier") in car().barriers.closed and (told is None or told in car().access.refused):
                shut.add(found.id)
        elif isinstance(found, osmium.osm.Way):
            ways.append((tags, [node.ref for node in found.nodes]))
    steps = {}
    for tags, refs in ways:
        driven = course(tags, car()) if tags.keys() & {"highway", "route"} else None
        for pair in itertools.pairwise(refs) if driven else ():
            if shut.isdisjoint(pair) and where.keys() >= set(pair):
                (x, y), (u, v) = where[pair[0]], where[pair[1]]
                half = math.sin((v - y) / 2) ** 2 + math.cos(y) * math.cos(v) * math.sin((u - x) / 2) ** 2
                metres = 2 * 6_371_008.8 * math.asin(math.sqrt(half))
                for (tail, head), speed in ((pair, driven.forth), (pair[::-1], driven.back)):
                    if speed:
                        steps.setdefault(tail, []).append((head, 0.06 * metres / speed))
    return steps


def plain_times(steps, start):
    """Dijkstra, as in the books."""
    best, waiting = {start: 0.0}, [(0.0, start)]
    while waiting:
        time, node = heapq.heappop(waiting)
        for head, minutes in steps.get(node, []) if time == best[node] else []:
            if time + minutes < best.get(head, math.inf):
                best[head] = time + minutes
                heapq.heappush(waiting, (time + minutes, head))
    return best


def test_times_on_real_roads_are_those_of_every_step_of_every_way():
    roads = read_roads(EXTRACT, car())
    steps = plain_steps()
    ids = roads.nodes.sort("node")["osm"].to_list()
    road = graph(roads.edges)
    chosen = np.arange(0, len(ids), 7)
    here, there = (stops(road, [str(ids[k]) for k in numbers], numbers) for numbers in (chosen, np.arange(len(ids))))
    found = shortest_times(road, here, there, 60)
    assert len(ids) > 300
    assert found.minutes.size > 0.8 * chosen.size * len(ids)  # a cut extract: some dead ends reach nothing
    for row, start in enumerate(here.ids):
        times = plain_times(steps, int(start))
        part = slice(found.indptr[row], found.indptr[row + 1])
        mine = {int(there.ids[k]): time for k, time in zip(found.indices[part], found.minutes[part], strict=True)}
        assert mine == pytest.approx({node: times[node] for node in ids if times.get(node, math.inf) <= 60}, abs=1e-9)


def test_the_edge_of_a_real_extract_is_counted():
    assert [note.count for note in read_roads(EXTRACT, car()).notes] == [280]


@pytest.mark.parametrize("size", [50_000, 100_000, 137_000])
def test_a_real_extract_cut_short_is_told(tmp_path, size):
    (tmp_path / "cut.osm.pbf").write_bytes(EXTRACT.read_bytes()[:size])
    with pytest.raises(InputError) as error:
        read_roads(tmp_path / "cut.osm.pbf", car())
    assert "tronqué" in error.value.message("fr")
