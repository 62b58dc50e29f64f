"""Travel times from files: whom they join (communes or one's own places), and matrices written with how they were made.

A matrix is a Parquet file of pairs, columns ``place``, ``site`` and ``minutes``. Its metadata tell the model, its
parameters, the limit, the inputs, and the places and sites that are in no pair: the file says all of the matrix.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vigie.access.arrays import Floats
from vigie.access.coordinates import not_degrees, swapped_in_france
from vigie.access.roads import Ends, graph, shortest_times, stops_near
from vigie.access.speed_field import (
    Observations,
    SpeedField,
    at_points,
    fit,
    held_out,
    observations,
    set_apart,
    times_to_nearest,
)
from vigie.access.travel import (
    DETOUR,
    Ids,
    Points,
    TravelTimes,
    crow_fly,
    everywhere,
    from_table,
    on_the_globe,
    points,
    to_table,
    zone_at,
    zone_of,
)
from vigie.editions.grounds import refuse_points
from vigie.errors import InputError, StorageError
from vigie.language import NNBSP, Text, plural
from vigie.sources import WHOLE_CITIES
from vigie.sources.grid import LINE, Grid
from vigie.sources.notes import Note
from vigie.sources.osm import car, read_roads
from vigie.sources.own import read_own

if TYPE_CHECKING:
    import polars as pl

KEY = "vigie"  # of the metadata
FIRST = 2019  # the year of the published times
SITES = "d106"  # emergency departments, in the BPE
# Culey and Saint-Lucien are blank in the published table too, though roads lead there: both were made anew.
BLANK_ON_THE_MAINLAND = ("55138", "76601")
NEAR = 30.0  # minutes of the road pairs that count
NEEDED = ("communes", "emergency_times_2019", "bpe_2021", "passage")


@dataclass(frozen=True)
class Matrix:
    """Travel times and what their file says of them: ``facts`` has the model, its parameters and its inputs."""

    travel: TravelTimes
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Calibration:
    """Communes, their density class from 0, the times that serve to calibrate, and the published minutes."""

    communes: Points
    classes: np.ndarray[tuple[int], np.dtype[np.int64]]
    seen: Observations

    def field(self) -> SpeedField:
        """The speed field that these times give."""
        return fit(self.communes, self.classes, self.seen)


def commune_points(communes: pl.DataFrame, speed: float = 60.0, access: float = 0.0) -> Points:
    """The communes and arrondissements that have a point: the town hall, else a point inside; by code."""
    placed = _placed(communes)
    ids = placed["code"].to_numpy().astype(str)
    return points(ids, placed["x"].to_numpy(), placed["y"].to_numpy(), zone_of(ids), speed=speed, access=access)


def _placed(communes: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    located = communes.with_columns(
        x=pl.coalesce("town_hall_lon", "lon"), y=pl.coalesce("town_hall_lat", "lat")
    ).drop_nulls(["x", "y"])
    return located.filter(~pl.col("code").is_in(WHOLE_CITIES)).sort("code")


def calibration(tables: Mapping[str, pl.DataFrame]) -> Calibration:
    """What the speed field is calibrated on, from the tidy tables of ``NEEDED``.

    A commune made anew after the times were published has a blank time because it did not exist, not because no road
    leads there: it is taken for unlisted.
    """
    import polars as pl

    made_anew = tables["passage"].filter(pl.col("year_after") > FIRST)["code_after"].to_list()
    unknown = pl.col("code").is_in([*made_anew, *BLANK_ON_THE_MAINLAND])
    listed = tables["emergency_times_2019"].filter(pl.col("minutes").is_not_null() | ~unknown)
    joined = (
        _placed(tables["communes"])
        .join(listed.with_columns(listed=True), on="code", how="left", maintain_order="left")
        .join(tables["bpe_2021"].select("code", SITES), on="code", how="left", maintain_order="left")
    )
    communes = commune_points(tables["communes"])
    seen = observations(
        communes,
        joined["minutes"].fill_null(np.nan).to_numpy(),
        joined["listed"].fill_null(value=False).to_numpy(),
        joined[SITES].fill_null(0).to_numpy() > 0,
    )
    density = joined["density"].cast(pl.Int64, strict=False).fill_null(7).to_numpy() - 1
    return Calibration(communes, density, seen)


def communes_by_density(communes: pl.DataFrame) -> Points:
    """The communes at the speeds and access minutes of ``speeds.toml``, by density class (7 where unknown)."""
    import polars as pl

    told = tomllib.loads((resources.files("vigie.editions") / "speeds.toml").read_text("utf-8"))
    classes = _placed(communes)["density"].cast(pl.Int64, strict=False).fill_null(7).to_numpy()
    speed, access = (np.array([float(told[name][str(each)]) for each in classes]) for name in ("speeds", "access"))
    return replace(commune_points(communes), pace=60.0 / speed, access=access)


def own_points(path: Path, speed: float = 60.0, access: float = 0.0) -> Points:
    """One's own places: ``id``, ``lon``, ``lat`` (degrees), and if wanted ``speed`` (km/h) and ``access`` (minutes).

    Raises InputError for a file that cannot be read, an id or a coordinate missing, an id given twice, coordinates
    swapped or not in degrees.
    """
    frame = read_own(path, ("id", "lon", "lat"), optional=("speed", "access")).frame
    _refuse_blank(frame, ("lon", "lat"), path)
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    for fault in (not_degrees(lon, lat), swapped_in_france(lon, lat)):
        refuse_points(fault, frame, path)
    given = {
        name: frame[name].to_numpy() if name in frame.columns else value
        for name, value in (("speed", speed), ("access", access))
    }
    ids = frame["id"].to_numpy().astype(str)
    with in_file(path, frame):
        return points(ids, lon, lat, zone_at(lon, lat), speed=given["speed"], access=given["access"])


def _refuse_blank(frame: pl.DataFrame, names: Sequence[str], path: Path) -> None:
    for name in names:
        Grid(frame, path).refuse(frame[name].is_null(), name, "coordonnée absente.", "coordinate missing.")


@dataclass(frozen=True)
class OnRoads:
    """Travel times on roads, and what was left out, counted."""

    travel: TravelTimes
    notes: tuple[Note, ...]


def field_times(given: Calibration, field: SpeedField, places: Points, sites: Points, limit: float) -> TravelTimes:
    """Times from straight lines at the speeds of ``field``, none to or from a commune that no road reaches."""
    isolated = given.communes.ids[given.seen.isolated]
    here, there = (set_apart(at_points(field, each), isolated) for each in (places, sites))
    found = crow_fly(here, there, limit)
    words = Text(
        f"champ de vitesses calé sur les temps d'accès aux urgences de {FIRST}, {found.made_by.fr}",
        f"speed field fitted to the access times to emergency departments of {FIRST}, {found.made_by.en}",
    )
    return replace(found, made_by=words)


def pbf_times(path: Path, places: Points, sites: Points, limit: float) -> OnRoads:
    """Times on the roads of an OpenStreetMap file, for a car. Raises InputError as :func:`read_roads`."""
    roads = read_roads(path, car())
    return _on_roads(path, roads.edges, roads.nodes, places, sites, limit, roads.notes)


def edge_times(edges: Path, nodes: Path, places: Points, sites: Points, limit: float) -> OnRoads:
    """Times on a graph in two files: edges (``from``, ``to``, ``minutes``) and nodes (``node``, ``lon``, ``lat``).

    Raises InputError for files that cannot be read, edges without a node, negative minutes, nodes twice or nowhere.
    """
    import polars as pl

    joins = Grid(read_own(edges, ("from", "to", "minutes")).frame, edges)
    points_of = Grid(read_own(nodes, ("node", "lon", "lat")).frame, nodes)
    _refuse_blank(points_of.frame, ("lon", "lat"), nodes)
    refuse_points(not_degrees(*(points_of.frame[name].to_numpy() for name in ("lon", "lat"))), points_of.frame, nodes)
    again = ~points_of.frame["node"].is_first_distinct()
    points_of.refuse(again, "node", "nœud donné deux fois.", "node given twice.")
    known = points_of.frame["node"].implode()
    for name in ("from", "to"):
        fr, en = "nœud absent de la table des nœuds.", "node not in the table of nodes."
        joins.refuse(~joins.frame[name].is_in(known), name, fr, en)
    used = points_of.frame.filter(pl.col("node").is_in(pl.concat([joins.frame["from"], joins.frame["to"]]).implode()))
    with in_file(edges, joins.frame):
        return _on_roads(edges, joins.frame, used.sort("node"), places, sites, limit, ())


def _on_roads(
    path: Path,
    edges: pl.DataFrame,
    nodes: pl.DataFrame,
    places: Points,
    sites: Points,
    limit: float,
    notes: tuple[Note, ...],
) -> OnRoads:
    ends = Ends(**car().ends.model_dump())
    road = graph(edges)
    ground = on_the_globe(nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    here, lost = stops_near(road, ground, everywhere(places), ends)
    there = here if sites is places else stops_near(road, ground, everywhere(sites), ends)[0]
    found = shortest_times(road, here, there, limit)
    count = int(np.count_nonzero(lost))
    if count:
        far = f"{ends.farthest_km:g} km"
        some = ", ".join(places.ids[lost][:3]) + ("…" if count > 3 else "")
        words = plural(count, "lieu", "lieux", "fr"), plural(count, "place", "places", "en")
        text = Text(
            f"{words[0]} à plus de {far} de toute route ({some})", f"{words[1]} more than {far} from any road ({some})"
        )
        notes = (*notes, Note(count, text))
    made_by = Text(f"{path.name}, {found.made_by.fr}", f"{path.name}, {found.made_by.en}")
    return OnRoads(replace(found, made_by=made_by), notes)


def judged(given: Calibration, field: SpeedField, pairs: pl.DataFrame | None) -> list[dict[str, object]]:
    """Bias, mean absolute error and correlation of the field and of 60 km/h everywhere, in minutes.

    On the published times, as fitted and held out in blocks of 50 km; on road ``pairs`` of 30 minutes or less (Lambert
    93) where there are.
    """
    flat = SpeedField(given.communes, given.communes.pace, given.communes.access)
    known, held = given.seen.minutes, held_out(given.communes, given.classes, given.seen)
    emergency = Text("temps publiés vers les urgences", "published times to emergency departments")
    names = {
        "flat": Text(f"60{NNBSP}km/h partout", "60 km/h everywhere"),
        "field": Text("champ de vitesses", "speed field"),
        "held": Text("champ, blocs cachés", "field, blocks held out"),
    }
    rows = [
        _score(emergency, names["flat"], times_to_nearest(flat, given.seen.sites), known),
        _score(emergency, names["field"], times_to_nearest(field, given.seen.sites), known),
        _score(emergency, names["held"], held, known),
    ]
    if pairs is not None:
        near = pairs.filter(pairs["minutes"] <= NEAR)
        on, told = Text("couples de Gironde (OSRM)", "pairs of Gironde (OSRM)"), near["minutes"].to_numpy()
        rows += [_score(on, names[name], _pair_minutes(each, near), told) for name, each in
                 (("flat", flat), ("field", field))]  # fmt: skip
    return rows


def _score(on: Text, times: Text, predicted: Floats, known: Floats) -> dict[str, object]:
    both = np.isfinite(predicted) & np.isfinite(known)
    gap = predicted[both] - known[both]
    return {
        "on": {"fr": on.fr, "en": on.en},
        "times": {"fr": times.fr, "en": times.en},
        "pairs": int(np.count_nonzero(both)),
        "bias": float(gap.mean()),
        "absolute": float(np.abs(gap).mean()),
        "correlation": float(np.corrcoef(predicted[both], known[both])[0, 1]),
    }


def _pair_minutes(field: SpeedField, pairs: pl.DataFrame) -> Floats:
    """Minutes of each pair of points of the mainland, in Lambert 93, at the speeds of the field."""
    ends = []
    for side in ("origin", "destination"):
        ground = np.column_stack([*(pairs[f"{side}_{axis}"].to_numpy() for axis in ("x", "y")), np.zeros(pairs.height)])
        ids, nothing = np.arange(pairs.height).astype(str), np.zeros(pairs.height)
        ends.append(
            at_points(field, Points(ids, ground, np.full(pairs.height, "metropole"), nothing, nothing, nothing))
        )
    km = np.linalg.norm(ends[0].position - ends[1].position, axis=1) * (DETOUR / 1000.0)
    minutes: Floats = ends[0].access + ends[1].access + km * 0.5 * (ends[0].pace + ends[1].pace)
    return minutes


def field_table(field: SpeedField) -> pl.DataFrame:
    """The field as a table: place, speed in km/h, access minutes at each end."""
    import polars as pl

    columns = {"place": field.known.ids, "speed": 60.0 / field.pace, "access": field.access}
    return pl.DataFrame(columns, schema={"place": pl.Utf8, "speed": pl.Float64, "access": pl.Float64})


@contextmanager
def in_file(path: Path, frame: pl.DataFrame) -> Iterator[None]:
    """Place in ``path`` the errors of what is made of it; ``frame`` tells the line of each row."""
    try:
        yield
    except InputError as fault:
        row = fault.where.row
        line = None if row is None else int(frame[LINE][row - 2])
        where = replace(fault.where, file=path, row=line)
        raise InputError(
            fault.fr, fault.en, remedy_fr=fault.remedy_fr, remedy_en=fault.remedy_en, where=where
        ) from None


def write_matrix(travel: TravelTimes, path: Path, facts: Mapping[str, object]) -> None:
    """Write ``travel`` as Parquet, with ``facts`` and what the pairs alone do not say in the metadata.

    Raises StorageError where the file cannot be written.
    """
    told = {
        **facts,
        "made_by": {"fr": travel.made_by.fr, "en": travel.made_by.en},
        "limit": travel.limit,
        "places_alone": travel.places[np.diff(travel.indptr) == 0].tolist(),
        "sites_alone": travel.sites[np.bincount(travel.indices, minlength=travel.sites.size) == 0].tolist(),
    }
    try:
        to_table(travel).write_parquet(path, metadata={KEY: json.dumps(told, ensure_ascii=False, sort_keys=True)})
    except OSError as fault:
        raise StorageError(
            f"{path} ne s'écrit pas ({fault.strerror or fault}).",
            f"{path} cannot be written ({fault.strerror or fault}).",
        ) from None


def read_matrix(path: Path, limit: float | None = None, places: Ids | None = None, sites: Ids | None = None) -> Matrix:
    """A matrix from Parquet or CSV (``place``, ``site``, ``minutes``), cut at ``limit`` where one is given.

    One that Vigie wrote brings its own limit and says how it was made. ``places`` and ``sites`` are those that it may
    have, in the order wanted; else they are those of the file, sorted.
    Raises InputError for a file that cannot be read, an id or a time missing or negative, a pair given twice, an id not
    of ``places`` or ``sites``.
    """
    pairs = read_own(path, ("place", "site", "minutes")).frame
    facts = _facts(path)
    told, longest = facts.get("limit"), float(pairs["minutes"].to_numpy().max(initial=1e-9))
    # Without a word on its limit, a matrix is taken to be whole up to the limit asked for, else to its longest time.
    reach = min(limit or np.inf, float(told) if isinstance(told, int | float) else limit or longest)
    made_by = facts.get("made_by")
    words = Text(made_by["fr"], made_by["en"]) if isinstance(made_by, dict) else _given(path, reach)
    rows = _with(pairs["place"], facts.get("places_alone")) if places is None else places
    columns = _with(pairs["site"], facts.get("sites_alone")) if sites is None else sites
    with in_file(path, pairs):
        return Matrix(from_table(pairs, rows, columns, reach, words), facts)


def _given(path: Path, limit: float) -> Text:
    return Text(f"matrice {path.name}, limite {limit:g} min", f"matrix {path.name}, limit {limit:g} min")


def _with(ids: pl.Series, alone: object) -> Ids:
    more = alone if isinstance(alone, list) else []
    return np.array(sorted({*ids.unique().to_list(), *more}), dtype=np.str_)


def _facts(path: Path) -> dict[str, object]:
    import polars as pl

    if path.suffix.lower() not in (".parquet", ".pq"):
        return {}
    try:
        told = json.loads(pl.read_parquet_metadata(path).get(KEY, "{}"))
    except (ValueError, pl.exceptions.PolarsError):  # a CSV under the name of a Parquet file says nothing of itself
        return {}
    return told if isinstance(told, dict) else {}
