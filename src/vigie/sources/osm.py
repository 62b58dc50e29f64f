"""Roads of OpenStreetMap: from a ``.pbf`` file to the table of edges that a car drives, one way each.

What a car may do, and how fast, is data (``osm_car.toml``). A way is cut where it meets another or ends; the points
between, which only give it its shape, are left out once its length is known. Nodes are numbered along a curve that
fills space, so that neighbours on the ground are neighbours in memory.
"""

from __future__ import annotations

import re
import tomllib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.sources.notes import Note

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Tags = Mapping[str, str]

_EARTH = 6_371_008.8  # metres, mean radius
_LIMIT = re.compile(r"^(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?$")
_CLOCK = re.compile(r"^(\d+):(\d{1,2})(?::(\d{1,2}))?$")

Positive = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Part):
    """Speed limits: the keys that give one, the share of it that a car averages, what words stand for."""

    keys: tuple[str, ...]
    share: Positive
    miles: Positive
    words: dict[str, Positive]


class Access(_Part):
    """Whether a car may pass: the first of ``keys`` that is there decides, and ``refused`` are the values of no."""

    keys: tuple[str, ...]
    refused: frozenset[str]


class Barriers(_Part):
    """The barriers that stop a car."""

    closed: frozenset[str]


class Oneway(_Part):
    """Values of ``oneway``, and the roads and junctions that are one way without it."""

    forward: frozenset[str]
    backward: frozenset[str]
    closed: frozenset[str]
    highways: frozenset[str]
    junctions: frozenset[str]


class Ferries(_Part):
    """Minutes of wait before a crossing of known duration."""

    wait: Annotated[float, Field(ge=0)]


class Ends(_Part):
    """From a door to the road: minutes, speed in km/h and detour of the last metres, and how far is too far."""

    minutes: Annotated[float, Field(ge=0)]
    speed: Positive
    detour: Positive
    farthest_km: Positive


class Vehicle(_Part):
    """What a vehicle may drive on, and how fast (km/h by class of road)."""

    speeds: dict[str, Positive]
    limits: Limits
    access: Access
    barriers: Barriers
    oneway: Oneway
    ferries: Ferries
    ends: Ends


@dataclass(frozen=True)
class Roads:
    """A road network: made by :func:`read_roads`.

    ``edges`` has a row per one-way edge: ``from``, ``to`` (numbers of nodes) and ``minutes``; ``nodes`` one per node:
    ``node``, ``osm`` (its id there), ``lon`` and ``lat`` in degrees; ``notes`` count what was left out.
    """

    edges: pl.DataFrame
    nodes: pl.DataFrame
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Course:
    """What a vehicle does on one way: km/h there and back (0 where it may not), or the minutes of the whole way."""

    forth: float
    back: float
    minutes: float = 0.0


@cache
def car() -> Vehicle:
    """The car of ``osm_car.toml``."""
    text = (resources.files("vigie.sources") / "osm_car.toml").read_text("utf-8")
    return Vehicle.model_validate(tomllib.loads(text))


def course(tags: Tags, vehicle: Vehicle) -> _Course | None:
    """What ``vehicle`` does on a way that bears ``tags``; None where it may not go at all."""
    if tags.get("area") == "yes" or not _may_pass(tags, vehicle):
        return None
    if tags.get("route") == "ferry":
        minutes = _duration(tags.get("duration", ""))
        # Many ferries take walkers only and do not say so: this one must say that it takes cars.
        takes_cars = any(key in tags for key in vehicle.access.keys)
        return None if minutes is None or not takes_cars else _Course(1.0, 1.0, minutes + vehicle.ferries.wait)
    speed = vehicle.speeds.get(tags.get("highway", ""))
    if speed is None:
        return None
    forth, back = (_limited(speed, tags, direction, vehicle.limits) for direction in ("forward", "backward"))
    return _directed(forth, back, tags, vehicle.oneway)


def _may_pass(tags: Tags, vehicle: Vehicle) -> bool:
    told = next((tags[key] for key in vehicle.access.keys if key in tags), "yes")
    return told not in vehicle.access.refused


def _duration(text: str) -> float | None:
    """Minutes of ``HH:MM``, ``HH:MM:SS`` or a number of minutes."""
    if found := _CLOCK.match(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 60.0 * hours + minutes + seconds / 60.0
    return float(text) if text.isdecimal() else None


def _limited(speed: float, tags: Tags, direction: str, limits: Limits) -> float:
    """km/h: the share of the limit of that direction where there is one that is understood, else ``speed``."""
    for key in limits.keys:
        told = tags.get(f"{key}:{direction}", tags.get(key, ""))
        found = _LIMIT.match(told)
        limit = limits.words.get(told, 0.0)
        if found:
            limit = float(found[1]) * (limits.miles if found[2] == "mph" else 1.0)
        if limit > 0:
            return limit * limits.share
    return speed


def _directed(forth: float, back: float, tags: Tags, rules: Oneway) -> _Course | None:
    told = tags.get("oneway", "")
    if told in rules.closed:
        return None
    if told in rules.backward:
        return _Course(0.0, back)
    implied = tags.get("highway") in rules.highways or tags.get("junction") in rules.junctions
    if told in rules.forward or (implied and told != "no"):
        return _Course(forth, 0.0)
    return _Course(forth, back)


@dataclass
class _Ways:
    """The ways of a file as they come: node ids, positions, how many nodes each way has, and its course."""

    refs: array[int]
    lon: array[float]
    lat: array[float]
    sizes: array[int]
    forth: array[float]
    back: array[float]
    minutes: array[float]
    barriers: set[int]


def read_roads(path: Path, vehicle: Vehicle) -> Roads:
    """The roads that ``vehicle`` drives in an OpenStreetMap file (``.osm.pbf``; ``.osm`` too).

    Raises InputError for a file that is not there, is not of OpenStreetMap or is cut short, or that has no such road.
    """
    if not path.is_file():
        raise InputError("fichier introuvable.", "file not found.", where=Where(str(path)))
    ways = _Ways(array("q"), array("d"), array("d"), array("q"), array("d"), array("d"), array("d"), set())
    try:
        for tags, nodes in _objects(path, vehicle, ways.barriers):
            _keep(ways, tags, nodes, vehicle)
    except (RuntimeError, UnicodeDecodeError) as fault:  # what the library raises for all that is wrong with a file
        raise InputError(
            f"fichier OpenStreetMap illisible ou tronqué ({fault}).",
            f"OpenStreetMap file unreadable or cut short ({fault}).",
            remedy_fr="Un fichier .osm.pbf entier est attendu\u202f: téléchargez-le à nouveau.",
            remedy_en="A whole .osm.pbf file is expected: download it again.",
            where=Where(path),
        ) from None
    if not ways.sizes:
        raise InputError(
            "aucune route pour une voiture dans ce fichier.",
            "no road for a car in this file.",
            remedy_fr="Donnez un extrait OpenStreetMap complet (routes et nœuds), ou vérifiez qu'il n'est pas tronqué.",
            remedy_en="Give a whole OpenStreetMap extract (ways and nodes), or check that it is not cut short.",
            where=Where(path),
        )
    return _network(ways, path)


def _objects(path: Path, vehicle: Vehicle, barriers: set[int]) -> Iterator[tuple[dict[str, str], Any]]:
    """Tags and nodes of each way that may matter; adds the nodes that stop ``vehicle`` to ``barriers`` on the way."""
    import osmium

    wanted = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    found: Any  # a node or a way, as is_way tells
    for found in wanted.with_filter(osmium.filter.KeyFilter("highway", "route", "barrier")):
        tags = dict(found.tags)
        if isinstance(found, osmium.osm.Way):
            yield tags, found.nodes
        elif tags.get("barrier") in vehicle.barriers.closed:
            told = [tags[key] for key in vehicle.access.keys if key in tags]
            if not told or told[0] in vehicle.access.refused:
                barriers.add(found.id)


def _keep(ways: _Ways, tags: Tags, nodes: Any, vehicle: Vehicle) -> None:
    found = course(tags, vehicle)
    if found is None:
        return
    size = 0
    for node in nodes:
        where = node.location
        known = where.valid()
        ways.refs.append(node.ref)
        ways.lon.append(where.lon if known else np.nan)
        ways.lat.append(where.lat if known else np.nan)
        size += 1
    ways.sizes.append(size)
    for name in ("forth", "back", "minutes"):
        getattr(ways, name).append(getattr(found, name))


def _network(ways: _Ways, path: Path) -> Roads:
    """Edges between the crossings and ends of the ways, both directions, and the nodes that they join."""
    import polars as pl

    refs, sizes = np.frombuffer(ways.refs, dtype=np.int64), np.frombuffer(ways.sizes, dtype=np.int64)
    lon, lat = np.frombuffer(ways.lon), np.frombuffer(ways.lat)
    way = np.repeat(np.arange(sizes.size), sizes)
    blocked = np.isin(refs, np.fromiter(ways.barriers, dtype=np.int64, count=len(ways.barriers)))
    whole = (way[1:] == way[:-1]) & ~blocked[1:] & ~blocked[:-1]
    located = np.isfinite(lon[1:]) & np.isfinite(lon[:-1])
    lost = int(np.count_nonzero(whole & ~located))
    steps = np.flatnonzero(whole & located)
    if not steps.size:
        raise InputError(
            "les routes de ce fichier n'ont pas leurs nœuds.",
            "the ways of this file lack their nodes.",
            remedy_fr="Donnez un extrait complet (routes et nœuds).",
            remedy_en="Give a whole extract (ways and nodes).",
            where=Where(path),
        )
    metres = _metres(lon[steps], lat[steps], lon[steps + 1], lat[steps + 1])
    starts = np.flatnonzero(_cuts(refs, way, steps))
    ends = np.append(starts[1:], steps.size) - 1
    tails, heads = refs[steps[starts]], refs[steps[ends] + 1]
    length, along = np.add.reduceat(metres, starts), way[steps[starts]]
    crossing = np.frombuffer(ways.minutes)[along]
    share = length / np.maximum(np.bincount(way[steps], weights=metres, minlength=sizes.size)[along], 1e-9)
    nodes = _numbered(refs, lon, lat, np.unique(np.concatenate([tails, heads])))
    number = nodes.sort("osm")
    numbers = [number["node"].to_numpy()[np.searchsorted(number["osm"].to_numpy(), ids)] for ids in (tails, heads)]
    parts = []
    for speeds, ways_round in ((ways.forth, numbers), (ways.back, numbers[::-1])):
        speed = np.frombuffer(speeds)[along]
        minutes = np.where(crossing > 0, crossing * share, 0.06 * length / np.where(speed > 0, speed, 1.0))
        open_way = (speed > 0) & (ways_round[0] != ways_round[1])
        columns = {"from": ways_round[0], "to": ways_round[1], "minutes": minutes}
        parts.append(pl.DataFrame({name: values[open_way] for name, values in columns.items()}))
    quickest = pl.concat(parts).group_by("from", "to").agg(pl.col("minutes").min()).sort("from", "to")
    text = Text("segments sans coordonnées, au bord de l'extrait", "segments without coordinates, at the edge")
    return Roads(quickest, nodes, (Note(lost, text),) if lost else ())


def _cuts(refs: Integers, way: Integers, steps: Integers) -> npt.NDArray[np.bool_]:
    """The steps (from the node at that position to the next) where an edge begins: at a crossing, or after a gap."""
    ids, uses = np.unique(np.concatenate([refs[steps], refs[steps + 1]]), return_counts=True)
    # Inside a way a node ends one step and begins the next: two uses. More is a crossing, or a way through it twice.
    crossed = uses[np.searchsorted(ids, refs[steps])] > 2
    after_gap = np.append(True, np.diff(steps) != 1) | np.append(True, np.diff(way[steps]) != 0)
    return np.asarray(crossed | after_gap)


def _metres(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distance (haversine) on the mean sphere."""
    a, b = np.radians(lat_a), np.radians(lat_b)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * _EARTH * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def _numbered(refs: Integers, lon: Floats, lat: Floats, kept: Integers) -> pl.DataFrame:
    """The ``kept`` nodes with their position, numbered along a Z-order curve."""
    import polars as pl

    ids, first = np.unique(refs, return_index=True)
    place = first[np.searchsorted(ids, kept)]
    x, y = lon[place], lat[place]
    curve = _spread((x + 180) / 360) | (_spread((y + 90) / 180) << np.uint64(1))
    order = np.lexsort((kept, curve))
    columns = {"node": np.arange(kept.size), "osm": kept[order], "lon": x[order], "lat": y[order]}
    return pl.DataFrame(columns, schema={"node": pl.Int64, "osm": pl.Int64, "lon": pl.Float64, "lat": pl.Float64})


def _spread(share: Floats) -> npt.NDArray[np.uint64]:
    """The 31 highest bits of a number of [0, 1], with a zero bit between any two."""
    bits = (np.clip(share, 0.0, 1.0) * (2**31 - 1)).astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits
