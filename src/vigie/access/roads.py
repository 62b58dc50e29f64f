"""Roads: travel times by bounded shortest paths on a road graph, from all places at once.

A graph is made from a table of edges (:func:`graph`), each one way; places and sites stand on its nodes
(:func:`snap` finds the nearest) with the minutes lost at either end. A search runs from every place and stops at the
limit, so that the cost follows what is reached and not the size of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Indices, Integers, Mask, quantities, unique_ids
from vigie.access.travel import Ids, Points, TravelTimes, assemble, with_own
from vigie.errors import InputError, Where
from vigie.language import Text

if TYPE_CHECKING:
    import polars as pl

_CHUNK = 512  # sources at a time: bounds the memory of what is found before it is packed
_PART = 50  # nodes that a part of the graph must have for places to stand on it; ours
_OUT_OF_REACH = 1e6  # minutes
_BUCKETS = 20_000  # at most, however short the edges
_Room = tuple[Floats, Indices, Indices, Indices, Indices]


@dataclass(frozen=True)
class RoadGraph:
    """A road graph in compressed rows: made by :func:`graph`.

    ``nodes`` are the ids in rising order; the edges leaving node v are ``heads[indptr[v]:indptr[v+1]]``, taking the
    same slice of ``minutes``.
    """

    nodes: pl.Series
    indptr: Indices
    heads: Indices
    minutes: Floats


@dataclass(frozen=True)
class Stops:
    """Places or sites on a graph: made by :func:`stops`.

    ``node`` numbers each one's node; ``access`` minutes between its door and the node; ``own`` minutes of a trip inside
    the place.
    """

    ids: Ids
    node: Integers
    access: Floats
    own: Floats


@dataclass(frozen=True)
class Ends:
    """From a door to the road: ``minutes`` lost, ``speed`` (km/h) and ``detour`` of the way there, and the farthest.

    Beyond ``farthest_km`` in a straight line no road is taken to lead to the place.
    """

    minutes: float
    speed: float
    detour: float
    farthest_km: float


def graph(edges: pl.DataFrame) -> RoadGraph:
    """The graph of a table of one-way edges: columns ``from``, ``to`` (ids of nodes, text or whole) and ``minutes``.

    Of edges that join the same two nodes the quickest counts. A two-way road is two rows.
    Raises InputError for a missing column, no edge, an id missing, a time missing, infinite or negative.
    """
    import polars as pl

    missing = {"from", "to", "minutes"} - set(edges.columns)
    if missing or edges.is_empty():
        raise InputError(
            f"graphe vide ou colonnes absentes ({', '.join(sorted(missing))}).",
            f"empty graph or missing columns ({', '.join(sorted(missing))}).",
            remedy_fr="Une table d'arcs a au moins une ligne et trois colonnes : from, to, minutes.",
            remedy_en="A table of edges has at least one row and three columns: from, to, minutes.",
        )
    nodes = pl.concat([edges["from"], edges["to"]]).unique().sort()
    if nodes.null_count():
        raise InputError(
            "un arc n'a pas de nœud de départ ou d'arrivée.",
            "an edge has no start or end node.",
            where=Where(column="from, to"),
        )
    minutes = quantities(
        edges["minutes"].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy(), "minutes", edges.height
    )
    tails, heads = (nodes.search_sorted(edges[name]).to_numpy().astype(np.int64) for name in ("from", "to"))
    order = np.argsort(tails, kind="stable")
    indptr = np.zeros(nodes.len() + 1, dtype=np.int32)
    np.cumsum(np.bincount(tails, minlength=nodes.len()), out=indptr[1:])
    return RoadGraph(nodes, indptr, heads[order].astype(np.int32), minutes[order])


def stops(
    road: RoadGraph,
    ids: Sequence[str] | Ids,
    nodes: Sequence[object] | pl.Series,
    *,
    access: float | npt.ArrayLike = 0.0,
    own: float | npt.ArrayLike = 0.0,
) -> Stops:
    """Places or sites on ``nodes`` (ids of the graph), with minutes of ``access`` and ``own``: one, or one per stop.

    Raises InputError for ids twice, a node that the graph does not have, minutes missing or negative.
    """
    import polars as pl

    names = unique_ids(ids, "id")
    wanted = pl.Series(nodes, dtype=road.nodes.dtype)
    found = road.nodes.search_sorted(wanted).to_numpy().astype(np.int64).clip(max=road.nodes.len() - 1)
    strange = (road.nodes[found] != wanted).fill_null(True).arg_true()
    if strange.len():
        raise InputError(
            f"{strange.len()} nœuds ne sont pas dans le graphe ({wanted[strange[0]]}).",
            f"{strange.len()} nodes are not in the graph ({wanted[strange[0]]}).",
            remedy_fr="Rattachez chaque lieu à un nœud du graphe.",
            remedy_en="Attach each place to a node of the graph.",
            where=Where(column="node", value=wanted[strange[0]]),
        )
    size = names.size
    return Stops(
        names,
        found,
        quantities(np.broadcast_to(np.asarray(access, dtype=np.float64), (size,)), "access", size, names),
        quantities(np.broadcast_to(np.asarray(own, dtype=np.float64), (size,)), "own", size, names),
    )


def stops_near(road: RoadGraph, ground: Floats, where: Points, ends: Ends) -> tuple[Stops, Mask]:
    """Places or sites on the nearest node, and which of them are too far from any (they are put out of reach).

    ``ground`` is the position of each node (:func:`vigie.access.travel.on_the_globe`); the points must be on the globe
    too. Only nodes that one can both leave and come back to serve: a place on a dead end or a car park that the graph
    cuts off would reach nothing. The minutes at this end are ``ends.minutes`` and the way to the node, in a straight
    line times the detour.
    """
    usable = np.flatnonzero(_main_parts(road))
    nearest, metres = snap(ground[usable], where.position)
    too_far = metres > 1000.0 * ends.farthest_km
    access = ends.minutes + 0.06 * metres * ends.detour / ends.speed
    return Stops(where.ids, usable[nearest], np.where(too_far, _OUT_OF_REACH, access), where.own), too_far


def _main_parts(road: RoadGraph) -> Mask:
    """The nodes of the parts of the graph, joined both ways, that have ``_PART`` nodes, or as many as the largest."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    size = road.nodes.len()
    # A stored 0 would be no edge for SciPy: only the pattern counts here.
    pattern = csr_array((np.ones(road.heads.size, dtype=np.int8), road.heads, road.indptr), shape=(size, size))
    _, part = connected_components(pattern, connection="strong")
    sizes = np.bincount(part)
    return np.asarray(sizes[part] >= min(_PART, int(sizes.max())))


def snap(nodes: Floats, positions: Floats) -> tuple[Integers, Floats]:
    """The nearest of ``nodes`` to each of ``positions`` (both (n, 2 or 3), metres): its number and the metres to it."""
    from scipy.spatial import cKDTree

    metres, nearest = cKDTree(nodes).query(positions)
    return np.asarray(nearest, dtype=np.int64), np.asarray(metres, dtype=np.float64)


def shortest_times(road: RoadGraph, places: Stops, sites: Stops, limit: float) -> TravelTimes:
    """Minutes on the road from every place to every site within ``limit`` (≤), access at both ends included.

    A place and a site of the same id are the same place: their time is ``own``.
    Raises InputError if the limit is not positive.
    """
    from vigie.access import kernels

    if not (np.isfinite(limit) and limit > 0):
        raise InputError(f"la limite ({limit}) doit être positive.", f"the limit ({limit}) must be positive.")
    order = np.argsort(sites.node, kind="stable").astype(np.int32)
    starts = np.searchsorted(sites.node[order], np.arange(road.nodes.len() + 1)).astype(np.int32)
    # A hair more than the limit, so that rounding cannot lose a pair at it; with_own decides.
    budgets = (1 + 1e-9) * limit - places.access
    width = _width(road, limit)
    rooms: SimpleQueue[_Room] = SimpleQueue()
    for _ in range(kernels.threads()):
        rooms.put(_room(road.nodes.len(), int(2 + limit / width)))
    # Reused from chunk to chunk: fresh memory would have to be cleared by the system each time.
    found = np.empty((min(_CHUNK, places.ids.size), sites.ids.size), dtype=np.int32)
    times = np.empty(found.shape)
    parts: list[tuple[Integers, Integers, Floats]] = []
    for first in range(0, places.ids.size, _CHUNK):
        chunk = np.arange(first, min(first + _CHUNK, places.ids.size))
        counts = np.zeros(chunk.size, dtype=np.int64)
        from_places = (road.indptr, road.heads, road.minutes, places.node[chunk], budgets[chunk], width)
        to_sites = (starts, order, sites.access)
        kernels.share(partial(_run, rooms, from_places, to_sites, (found, times, counts)), chunk.size)
        reached = np.concatenate([found[k, :n] for k, n in enumerate(counts)]).astype(np.int64)
        ridden = np.concatenate([times[k, :n] for k, n in enumerate(counts)])
        parts.append((np.repeat(chunk, counts), reached, ridden + np.repeat(places.access[chunk], counts)))
    made_by = Text(
        f"plus courts chemins sur {road.nodes.len()} nœuds, limite {limit:g} min",
        f"shortest paths on {road.nodes.len()} nodes, limit {limit:g} min",
    )
    rows, columns, minutes = (np.concatenate(part) for part in zip(*parts, strict=True))
    pairs = with_own(places.ids, sites.ids, places.own, (rows, columns, minutes), limit)
    return assemble(places.ids, sites.ids, *pairs, limit, made_by)


def _width(road: RoadGraph, limit: float) -> float:
    """The minutes of a bucket: about those of an edge, so that few nodes are looked at twice; not too many buckets."""
    return max(float(np.median(road.minutes)), limit / _BUCKETS)


def _room(nodes: int, buckets: int) -> _Room:
    """What one thread works in, as :func:`kernels.shortest_from` wants it."""
    best, touched = np.full(nodes, np.inf), np.empty(nodes, dtype=np.int32)
    before, after = np.full(nodes, -2, dtype=np.int32), np.empty(nodes, dtype=np.int32)
    return best, touched, before, after, np.full(buckets, -1, dtype=np.int32)


def _run(
    rooms: SimpleQueue[_Room],
    from_places: tuple[Indices, Indices, Floats, Integers, Floats, float],
    to_sites: tuple[Indices, Indices, Floats],
    results: tuple[Indices, Floats, Integers],
    first: int,
    last: int,
) -> None:
    from vigie.access import kernels

    best, touched, before, after, buckets = room = rooms.get()
    kernels.shortest_from(*from_places, *to_sites, best, touched, before, after, buckets, *results, first, last)
    rooms.put(room)
