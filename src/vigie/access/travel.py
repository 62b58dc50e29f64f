"""Travel times: minutes from places to sites, within a limit, and how they were made.

A :class:`TravelTimes` is a sparse matrix: a row per place (where people live), a column per site (where care is), and
a value for each pair within the limit. A pair that is not stored is out of reach; a stored 0 is a site at the door, so
nothing here may drop a zero. Three ways make one: :func:`crow_fly`, :func:`from_table`, and
:func:`vigie.access.roads.shortest_times`. :func:`compare` shows where two of them differ.
"""

from __future__ import annotations

import math
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import product
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Indices, Integers, Mask, examples, quantities, unique_ids
from vigie.access.pairs import in_one_pass
from vigie.errors import InputError, Where
from vigie.language import Text

if TYPE_CHECKING:
    import polars as pl

Ids = npt.NDArray[np.str_]

WORLD = "world"  # the zone of what is not in a zone of France
DETOUR = 1.3  # road length over straight line, the usual mean for France; ours


@dataclass(frozen=True)
class TravelTimes:
    """Minutes from places (rows) to sites (columns) within ``limit``, in compressed rows.

    Row i holds ``indices[indptr[i]:indptr[i+1]]`` (columns, rising) and the same slice of ``minutes`` (float64).
    ``made_by`` says in words how the times were made.
    """

    places: Ids
    sites: Ids
    indptr: Integers
    indices: Indices
    minutes: Floats
    limit: float
    made_by: Text

    @property
    def rows(self) -> Integers:
        """The row of each stored pair, in storage order."""
        return np.repeat(np.arange(self.places.size), np.diff(self.indptr))


@dataclass(frozen=True)
class Points:
    """Points on the ground: made by :func:`points`.

    ``position`` (n, 3) in metres: easting, northing and 0 in the projection of a zone of ``zones.toml``, geocentric
    coordinates elsewhere; ``zone`` the name of the land mass; ``pace`` in minutes per kilometre of road; ``access``
    minutes lost at this end of a trip (parking, stairs); ``own`` minutes of a trip inside the place.
    """

    ids: Ids
    position: Floats
    zone: Ids
    pace: Floats
    access: Floats
    own: Floats


def points(
    ids: Sequence[str] | Ids,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    zones: Sequence[str] | Ids,
    *,
    speed: float | npt.ArrayLike = 60.0,
    access: float | npt.ArrayLike = 0.0,
    own: float | npt.ArrayLike = 0.0,
) -> Points:
    """Points from longitudes and latitudes in degrees (WGS 84), projected zone by zone.

    ``zones`` names the land mass of each point (:func:`zone_of` for French communes); a name that is not of
    ``zones.toml`` gets geocentric coordinates, whose chords are lengths on the ground to 1e-5 at 100 km, so that points
    anywhere in the world do.
    ``speed`` in km/h, ``access`` and ``own`` in minutes: one number for all or one per point.
    Raises InputError for ids twice, coordinates missing, swapped, out of their zone or not in degrees, a speed of 0.
    """
    names = unique_ids(ids, "id")
    labels = np.asarray(zones, dtype=np.str_)
    size = names.size
    longitudes, latitudes = _degrees(lon, size, names, "lon", 180.0), _degrees(lat, size, names, "lat", 90.0)
    speeds = quantities(np.broadcast_to(np.asarray(speed, dtype=np.float64), (size,)), "speed", size, names)
    still = np.flatnonzero(speeds == 0)
    if still.size:
        raise InputError(
            f"vitesses nulles\u202f: {still.size} ({examples(still, names)}).",
            f"speeds of zero: {still.size} ({examples(still, names)}).",
            where=Where(column="speed", value=0),
        )
    position = np.empty((size, 3))
    for label in np.unique(labels):
        inside = labels == label
        _check_bounds(str(label), longitudes[inside], latitudes[inside], names[inside])
        position[inside] = _project(str(label), longitudes[inside], latitudes[inside])
    return Points(
        names,
        position,
        labels,
        60.0 / speeds,
        quantities(np.broadcast_to(np.asarray(access, dtype=np.float64), (size,)), "access", size, names),
        quantities(np.broadcast_to(np.asarray(own, dtype=np.float64), (size,)), "own", size, names),
    )


def with_speeds(known: Points, speed: float | Floats, access: float) -> Points:
    """The same points at other speeds (km/h, one or one per point) and access minutes; no minutes inside a place."""
    size = known.ids.size
    return replace(known, pace=np.broadcast_to(60.0 / speed, (size,)), access=np.full(size, access), own=np.zeros(size))


def zone_of(codes: Sequence[str] | Ids) -> Ids:
    """The zone (a name of ``zones.toml``) of each French commune code: ``corse`` for ``2A004``."""
    prefixes = {prefix: name for name, zone in _zones().items() for prefix in cast(list[str], zone["codes"])}
    return np.array([prefixes.get(code[:3], prefixes.get(code[:2], "metropole")) for code in codes], dtype=np.str_)


def in_france(lon: Floats, lat: Floats) -> Mask:
    """The points within the bounds of a zone of ``zones.toml``."""
    inside = np.zeros(lon.shape, dtype=np.bool_)
    for zone in _zones().values():
        inside |= _within(cast(list[float], zone["bounds"]), lon, lat)
    return inside


def zone_at(lon: Floats, lat: Floats) -> Ids:
    """The zone (a name of ``zones.toml``) of each point in degrees, the smallest that holds it; else ``world``."""
    zones = np.full(lon.size, WORLD, dtype="<U32")
    for name, zone in sorted(_zones().items(), key=lambda item: -_extent(cast(list[float], item[1]["bounds"]))):
        zones[_within(cast(list[float], zone["bounds"]), lon, lat)] = name
    return zones


def _extent(bounds: list[float]) -> float:
    west, south, east, north = bounds
    return (east - west) * (north - south)


def everywhere(where: Points) -> Points:
    """The same points in geocentric coordinates, all in the zone ``world``: roads may cross from zone to zone."""
    from pyproj import Transformer

    position = where.position.copy()
    for label in np.unique(where.zone):
        zone = _zones().get(str(label))
        if zone is not None:
            inside = where.zone == label
            back = Transformer.from_crs(f"EPSG:{zone['epsg']}", "EPSG:4326", always_xy=True)
            lon, lat = back.transform(where.position[inside, 0], where.position[inside, 1])
            position[inside] = on_the_globe(lon, lat)
    return replace(where, position=position, zone=np.full(where.ids.size, WORLD))


def on_the_globe(lon: Floats, lat: Floats) -> Floats:
    """Geocentric coordinates (n, 3) in metres of points in degrees: one frame for the whole world."""
    return _project(WORLD, lon, lat)


def crow_fly(
    places: Points, sites: Points, limit: float, *, detour: float = DETOUR, radius: float = math.inf
) -> TravelTimes:
    """Times from straight lines: access_i + access_j + km · detour · (pace_i + pace_j) / 2, within ``limit`` minutes.

    A place and a site of the same id are the same place: their time is ``own``. No pair joins two zones, nor two points
    more than ``radius`` km apart. Raises InputError for a limit, a detour or a radius that is not positive.
    """
    if not (np.isfinite(limit) and limit > 0 and np.isfinite(detour) and detour > 0 and radius > 0):
        raise InputError(
            f"limite ({limit}), détour ({detour}) et rayon ({radius}) doivent être positifs.",
            f"limit ({limit}), detour ({detour}) and radius ({radius}) must be positive.",
        )
    rows, columns, metres = _near(places, sites, limit / detour, 1000.0 * radius)
    paces = 0.5 * (places.pace[rows] + sites.pace[columns])
    minutes = places.access[rows] + sites.access[columns] + metres * (detour / 1000.0) * paces
    speeds = _speeds(places, sites)
    made_by = Text(
        f"vol d'oiseau × {detour:g}, vitesses de {speeds} km/h, limite {limit:g} min".replace(".", ","),
        f"straight line × {detour:g}, speeds of {speeds} km/h, limit {limit:g} min",
    )
    found = (rows, columns, minutes)
    return assemble(places.ids, sites.ids, *with_own(places.ids, sites.ids, places.own, found, limit), limit, made_by)


def from_table(
    table: pl.DataFrame,
    places: Sequence[str] | Ids,
    sites: Sequence[str] | Ids,
    limit: float,
    made_by: Text | None = None,
) -> TravelTimes:
    """Times from a ready table of pairs: columns ``place``, ``site`` (text) and ``minutes``.

    Pairs beyond ``limit`` are left out; pairs that the table does not hold are out of reach (a place is not assumed to
    reach itself). Raises InputError for a missing column, an id not of ``places`` or ``sites``, a time missing or
    negative, a pair given twice.
    """
    missing = {"place", "site", "minutes"} - set(table.columns)
    if missing:
        raise InputError(
            f"colonnes absentes : {', '.join(sorted(missing))}.",
            f"columns missing: {', '.join(sorted(missing))}.",
            remedy_fr="Une matrice a trois colonnes : place, site, minutes.",
            remedy_en="A matrix has three columns: place, site, minutes.",
        )
    origins, destinations = unique_ids(places, "place"), unique_ids(sites, "site")
    words = made_by or Text(f"matrice fournie, limite {limit:g} min", f"matrix given, limit {limit:g} min")
    found = in_one_pass(table, origins, destinations, limit) if _compiled_pays(table.height) else None
    if found is None:
        return by_columns(table, origins, destinations, limit, words)
    return TravelTimes(origins, destinations, *found, float(limit), words)


def _compiled_pays(pairs: int) -> bool:
    """Whether the compiled pass is the quicker: it saves 0.1 s in 5 M pairs, and Numba takes 0.7 s to load."""
    return pairs >= (500_000 if "numba" in sys.modules else 40_000_000)


def by_columns(table: pl.DataFrame, places: Ids, sites: Ids, limit: float, made_by: Text) -> TravelTimes:
    """What :func:`from_table` does, column by column: any order, any id, and words for what is wrong."""
    import polars as pl

    rows = _numbers_of_runs(table["place"].cast(pl.Utf8), places, "place")
    columns = _numbers(table["site"].cast(pl.Utf8), sites, "site")
    minutes = quantities(
        table["minutes"].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy(), "minutes", table.height
    )
    in_order = _in_order(rows, columns)
    if not in_order:
        _refuse_twice(rows, columns, places, sites)
    kept = minutes <= limit
    if not kept.all():
        rows, columns, minutes = rows[kept], columns[kept], minutes[kept]
    if in_order:
        return TravelTimes(places, sites, _starts(rows, places.size), columns, minutes, float(limit), made_by)
    return assemble(places, sites, rows, columns, minutes, limit, made_by)


def at_sites(travel: TravelTimes, kept: Mask) -> TravelTimes:
    """The times to the sites that ``kept`` marks: where supply is or may come, fewer pairs for the same figures."""
    number = np.cumsum(kept) - 1
    chosen = kept[travel.indices]
    indptr = np.concatenate([[0], np.cumsum(chosen)])[travel.indptr]
    indices = number[travel.indices[chosen]].astype(np.int32)
    return replace(travel, sites=travel.sites[kept], indptr=indptr, indices=indices, minutes=travel.minutes[chosen])


def to_table(travel: TravelTimes) -> pl.DataFrame:
    """The pairs as a table ``place``, ``site``, ``minutes``: what :func:`from_table` reads."""
    import polars as pl

    places, sites = (pl.Series(ids, dtype=pl.Utf8) for ids in (travel.places, travel.sites))
    columns = {"place": places.gather(travel.rows), "site": sites.gather(travel.indices), "minutes": travel.minutes}
    return pl.DataFrame(columns, schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64})


def with_own(
    places: Ids, sites: Ids, own: Floats, found: tuple[Integers, Integers, Floats], limit: float
) -> tuple[Integers, Integers, Floats]:
    """The pairs ``found`` (rows, columns, minutes) that are within ``limit`` (≤), with ``own`` between twins.

    A place and a site of the same id are twins, the same place: their pair takes the place's ``own`` minutes.
    """
    rows, columns, minutes = found
    twin = _twins(places, sites)
    kept = (minutes <= limit) & (twin[rows] != columns)
    home = np.flatnonzero((twin >= 0) & (own <= limit))
    return (
        np.concatenate([rows[kept], home]),
        np.concatenate([columns[kept], twin[home]]),
        np.concatenate([minutes[kept], own[home]]),
    )


def assemble(
    places: Ids,
    sites: Ids,
    rows: npt.NDArray[np.integer],
    columns: npt.NDArray[np.integer],
    minutes: Floats,
    limit: float,
    made_by: Text,
) -> TravelTimes:
    """Compressed rows from pairs in any order, each given once; zero minutes are kept."""
    from scipy.sparse import coo_array

    shape = (places.size, sites.size)
    matrix = coo_array((minutes, (rows.astype(np.int32), columns.astype(np.int32))), shape=shape).tocsr()
    matrix.sort_indices()
    return TravelTimes(
        places,
        sites,
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64, copy=False),
        float(limit),
        made_by,
    )


@dataclass(frozen=True)
class Comparison:
    """Where two travel times differ: made by :func:`compare`.

    ``pairs`` has columns ``place``, ``site``, ``minutes_a``, ``minutes_b``, ``difference`` (b − a), the largest gaps
    first, null where only one has the pair; the counts and the quantiles are over all the pairs.
    """

    both: int
    only_a: int
    only_b: int
    mean_difference: float
    median_absolute_difference: float
    p95_absolute_difference: float
    correlation: float
    pairs: pl.DataFrame


def compare(a: TravelTimes, b: TravelTimes) -> Comparison:
    """Where ``a`` and ``b`` differ, over the places and the sites that both know.

    The statistics are over the pairs that both hold, NaN if there are none (the correlation if fewer than two).
    Raises InputError if they have no place or no site in common.
    """
    import polars as pl

    places, sites = np.intersect1d(a.places, b.places), np.intersect1d(a.sites, b.sites)
    if not (places.size and sites.size):
        raise InputError(
            "les deux matrices n'ont aucun lieu ou aucun site en commun.",
            "the two matrices have no place or no site in common.",
            remedy_fr="Vérifiez que les identifiants sont de même nature (codes de commune, par exemple).",
            remedy_en="Check that the ids are of the same kind (commune codes, for instance).",
        )
    left, right = (_by_number(each, places, sites) for each in (a, b))
    joined = left.join(right, on="pair", how="full", coalesce=True, suffix="_b").rename({"minutes": "minutes_a"})
    joined = joined.with_columns(difference=pl.col("minutes_b") - pl.col("minutes_a")).sort(
        pl.col("difference").abs(), "pair", descending=[True, False], nulls_last=True
    )
    place, site = np.divmod(joined["pair"].to_numpy(), sites.size)
    joined = joined.select(
        pl.Series("place", places, dtype=pl.Utf8).gather(place),
        pl.Series("site", sites, dtype=pl.Utf8).gather(site),
        "minutes_a",
        "minutes_b",
        "difference",
    )
    shared = joined.drop_nulls("difference")
    gaps = shared["difference"].to_numpy()
    return Comparison(
        both=shared.height,
        only_a=int(joined["minutes_b"].null_count()),
        only_b=int(joined["minutes_a"].null_count()),
        mean_difference=float(gaps.mean()) if gaps.size else float("nan"),
        median_absolute_difference=float(np.median(np.abs(gaps))) if gaps.size else float("nan"),
        p95_absolute_difference=float(np.quantile(np.abs(gaps), 0.95)) if gaps.size else float("nan"),
        correlation=_correlation(shared["minutes_a"].to_numpy(), shared["minutes_b"].to_numpy()),
        pairs=joined,
    )


def _by_number(travel: TravelTimes, places: Ids, sites: Ids) -> pl.DataFrame:
    """The pairs between these places and sites: ``pair``, the number of the place × sites + that of the site."""
    import polars as pl

    rows, columns = _twins(travel.places, places)[travel.rows], _twins(travel.sites, sites)[travel.indices]
    kept = (rows >= 0) & (columns >= 0)
    return pl.DataFrame({"pair": rows[kept] * sites.size + columns[kept], "minutes": travel.minutes[kept]})


def _correlation(a: Floats, b: Floats) -> float:
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _degrees(values: npt.ArrayLike, size: int, ids: Ids, what: str, bound: float) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (size,):
        quantities(array, what, size, ids)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"coordonnées absentes\u202f: {bad.size} ({examples(bad, ids)}).",
            f"coordinates missing: {bad.size} ({examples(bad, ids)}).",
            remedy_fr="Retirez ces lieux ou donnez-leur un point.",
            remedy_en="Drop these places or give them a point.",
            where=Where(column=what),
        )
    bad = np.flatnonzero(np.abs(array) > bound)
    if bad.size:
        raise InputError(
            f"coordonnées hors de ±{bound:g}°\u202f: {bad.size} ({examples(bad, ids)}).",
            f"coordinates outside ±{bound:g}°: {bad.size} ({examples(bad, ids)}).",
            remedy_fr="Des longitudes et latitudes en degrés (WGS 84) sont attendues, non des mètres.",
            remedy_en="Longitudes and latitudes in degrees (WGS 84) are expected, not metres.",
            where=Where(column=what, value=float(array[bad[0]])),
        )
    return array


@cache
def _zones() -> dict[str, dict[str, object]]:
    text = (resources.files("vigie.access") / "zones.toml").read_text("utf-8")
    return tomllib.loads(text)


def _check_bounds(label: str, lon: Floats, lat: Floats, ids: Ids) -> None:
    zone: Mapping[str, object] | None = _zones().get(label)
    if zone is None:
        return
    bounds = cast(list[float], zone["bounds"])
    out = np.flatnonzero(~_within(bounds, lon, lat))
    if not out.size:
        return
    swapped = bool(_within(bounds, lat[out], lon[out]).all())
    raise InputError(
        f"points hors de la zone «\u00a0{label}\u00a0»\u202f: {out.size} ({examples(out, ids)}).",
        f"points outside the zone “{label}”: {out.size} ({examples(out, ids)}).",
        remedy_fr="Longitude et latitude semblent échangées." if swapped else "Vérifiez la zone et les coordonnées.",
        remedy_en="Longitude and latitude look swapped." if swapped else "Check the zone and the coordinates.",
        where=Where(column="lon, lat", value=f"{lon[out[0]]:g}, {lat[out[0]]:g}"),
    )


def _within(bounds: list[float], lon: Floats, lat: Floats) -> Mask:
    west, south, east, north = bounds
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _project(label: str, lon: Floats, lat: Floats) -> Floats:
    from pyproj import Transformer

    zone = _zones().get(label)
    target = "EPSG:4978" if zone is None else f"EPSG:{zone['epsg']}"
    transformer = Transformer.from_crs("EPSG:4979" if zone is None else "EPSG:4326", target, always_xy=True)
    return np.column_stack(transformer.transform(lon, lat, np.zeros(lon.size)))


def _twins(places: Ids, sites: Ids) -> Integers:
    """The column of the site that bears each place's id, −1 where there is none."""
    if not sites.size:
        return np.full(places.size, -1, dtype=np.int64)
    order = np.argsort(sites)
    found = order[np.searchsorted(sites, places, sorter=order).clip(max=sites.size - 1)]
    return np.where(sites[found] == places, found, -1)


def _near(places: Points, sites: Points, budget: float, radius: float) -> tuple[Integers, Integers, Floats]:
    """Rows, columns and metres of the pairs of one zone whose time may be within ``budget`` (limit / detour).

    Points are searched by groups of like pace: one fast place does not widen the search around all the others.
    """
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))]
    for zone in np.intersect1d(places.zone, sites.zone):
        here, there = _by_pace(places, zone), _by_pace(sites, zone)
        for rows, columns in product(here, there):
            pace = 0.5 * (places.pace[rows].min() + sites.pace[columns].min())
            # A hair wider than the limit, so that rounding cannot lose a pair that is exactly at it; minutes decide.
            reach = min(1000.0 * (1 + 1e-9) * budget / pace, radius)
            found.append(_within_metres(places, rows, sites, columns, reach))
    rows, columns, metres = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns, metres


def _by_pace(known: Points, zone: str) -> list[Integers]:
    inside = np.flatnonzero(known.zone == zone)
    group = np.floor(np.log(known.pace[inside]) / math.log(1.5))
    return [inside[group == each] for each in np.unique(group)]


def _within_metres(
    places: Points, rows: Integers, sites: Points, columns: Integers, reach: float
) -> tuple[Integers, Integers, Floats]:
    from scipy.spatial import cKDTree

    here, there = cKDTree(places.position[rows]), cKDTree(sites.position[columns])
    found = here.sparse_distance_matrix(there, reach, output_type="ndarray")
    return rows[found["i"]], columns[found["j"]], np.asarray(found["v"], dtype=np.float64)


def _speeds(places: Points, sites: Points) -> str:
    speeds = 60.0 / np.concatenate([places.pace, sites.pace])
    low, high = speeds.min(initial=np.inf), speeds.max(initial=0.0)
    return f"{low:.3g}" if low == high else f"{low:.3g}–{high:.3g}"


def _in_order(rows: Indices, columns: Indices) -> bool:
    """Whether pairs go by rows then columns, each given once: so does a file as usually written."""
    step = np.diff(rows)
    return bool(((step > 0) | ((step == 0) & (np.diff(columns) > 0))).all())


def _starts(rows: Indices, size: int) -> Integers:
    starts = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=starts[1:])
    return starts


def _refuse_twice(rows: Indices, columns: Indices, places: Ids, sites: Ids) -> None:
    _, first, counts = np.unique(rows.astype(np.int64) * sites.size + columns, return_index=True, return_counts=True)
    twice = first[counts > 1]
    if twice.size:
        pair = f"{places[rows[twice[0]]]} → {sites[columns[twice[0]]]}"
        raise InputError(
            f"couples donnés plusieurs fois\u202f: {twice.size} ({pair}).",
            f"pairs given more than once: {twice.size} ({pair}).",
            remedy_fr="Gardez une seule ligne par couple.",
            remedy_en="Keep a single row per pair.",
            where=Where(row=int(twice[0]) + 2),
        )


def _numbers_of_runs(values: pl.Series, known: Ids, what: str) -> Indices:
    """The same for a column that goes by runs of one id, as in a table sorted by place: one look-up a run."""
    changes = values.ne_missing(values.shift()).to_numpy()
    if not values.len() or 2 * np.count_nonzero(changes) > values.len():
        return _numbers(values, known, what)
    starts = np.flatnonzero(np.r_[True, changes[1:]])
    first = _numbers(values.gather(starts), known, what, starts)
    return np.repeat(first, np.diff(starts, append=values.len()))


def _numbers(values: pl.Series, known: Ids, what: str, rows: Integers | None = None) -> Indices:
    """The number of each id of ``values`` among ``known``; ``rows`` are those of the table that they come from."""
    import polars as pl

    numbers = values.cast(pl.Enum(known.tolist()), strict=False).to_physical()
    if numbers.null_count():
        unknown = numbers.is_null().arg_true()
        first = unknown[0]
        raise InputError(
            f"lignes d'identifiant inconnu\u202f: {unknown.len()} ({values[first]}).",
            f"rows with an unknown id: {unknown.len()} ({values[first]}).",
            remedy_fr="Les identifiants sont ceux des tables de demande et d'offre.",
            remedy_en="Ids are those of the demand and supply tables.",
            where=Where(column=what, row=int(first if rows is None else rows[first]) + 2, value=values[first]),
        )
    return numbers.to_numpy().astype(np.int32)
