"""Shortest times on a graph of thousands of roads, where nodes wait together and are reached anew, against SciPy's."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from vigie.access.roads import graph, shortest_times, stops

SIZE = 400


@pytest.mark.parametrize("longest", [2.0, 30.0])
def test_times_are_those_of_scipy_where_many_nodes_wait_together(longest: float) -> None:
    rng = np.random.default_rng(11)
    ends = rng.integers(0, SIZE, (8 * SIZE, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    ends = np.unique(ends, axis=0)
    minutes = rng.uniform(0.05, longest, len(ends))
    road = graph(pl.DataFrame({"from": ends[:, 0], "to": ends[:, 1], "minutes": minutes}))
    known = np.array(road.nodes.to_list())
    here = stops(road, [str(node) for node in known], known.tolist())
    found = shortest_times(road, here, here, limit=0.4 * longest * 8)
    table = csr_array((minutes, (ends[:, 0], ends[:, 1])), shape=(SIZE, SIZE))
    right = dijkstra(table)[np.ix_(known, known)]
    np.fill_diagonal(right, 0.0)
    mine = np.full(right.shape, np.inf)
    mine[found.rows, found.indices] = found.minutes
    right[right > 0.4 * longest * 8] = np.inf
    np.testing.assert_allclose(mine, right, rtol=1e-12)
    assert np.isfinite(mine).mean() > 0.5
