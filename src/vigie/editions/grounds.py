"""A ground: places with a demand and sites with a supply, from anyone's files, and the times between them.

What is doubtful in a file is counted and told, with examples; what would make the figures wrong is an error that names
the file, the line, the column and the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from vigie.access.coordinates import Fault, not_degrees, swapped_in_france
from vigie.access.supply import at_most_age, bounded_activity, shares_of_time
from vigie.access.travel import DETOUR, WORLD, Ids, TravelTimes, crow_fly, from_table, points
from vigie.editions.ages import weighted_by_age
from vigie.errors import InputError, Where
from vigie.language import NNBSP, Text, plural
from vigie.sources.grid import LINE
from vigie.sources.notes import Note
from vigie.sources.own import OwnTable, read_own

EXAMPLES = 3


@dataclass(frozen=True)
class Source:
    """A file that a ground is made from: its role, name and checksum, and the snapshot where it is an official one."""

    role: str
    file: str
    sha256: str
    snapshot: str = ""


@dataclass(frozen=True)
class Ground:
    """Places and sites, and how to read the figures made of them.

    ``places``: id, demand, and lon, lat, name, published where known. ``sites``: id, supply, and lon, lat, name.
    ``zones`` names the land mass of each id; ``shared_ids`` says whether a place and a site of one id are the same
    place. A figure is multiplied by ``scale`` to be in ``unit``.
    """

    places: pl.DataFrame
    sites: pl.DataFrame
    zones: Callable[[Ids], Ids]
    shared_ids: bool
    scale: float
    unit: Text
    supply_unit: Text
    decimals: int
    inputs: tuple[Source, ...]
    notes: tuple[Note, ...]

    @property
    def demand(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The demand of each place, in persons."""
        return self.places["demand"].to_numpy()

    @property
    def supply(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The supply of each site."""
        return self.sites["supply"].to_numpy()


_OF_PRACTICES = ("age", "practitioner", "time")


@dataclass(frozen=True)
class Activity:
    """What a unit of the supply column counts for: ``times`` it, or the acts of a practitioner within ``bounds``.

    Practitioners older than ``oldest`` years do not count.
    """

    times: float = 1.0
    bounds: tuple[float, float] | None = None
    oldest: float | None = None


def own_ground(
    demand: Path,
    supply: Path,
    activity: Activity,
    *,
    located: bool = True,
    as_they_are: bool = False,
    scale: float = 1,
    age_weights: Path | None = None,
) -> Ground:
    """The ground of two files: demand (id, lon, lat, demand) and supply (id, lon, lat, supply).

    A supply may have a row per place of practice: with ``practitioner`` and ``time``, the supply of a practitioner,
    repeated on each row, is split by time. With ``age``, ``activity.oldest`` applies.

    With ``age_weights`` (class, weight) the demand has a column of people per class instead of ``demand``, which is
    then the standardised population (:func:`vigie.editions.ages.weighted_by_age`).

    ``located`` says that lon and lat are needed (no matrix is given); ``as_they_are`` that coordinates which look
    swapped are right. Raises InputError as :func:`vigie.sources.own.read_own`, for coordinates that are not degrees or
    are swapped, and for files without any demand or any place on the map.
    """
    where = ("lon", "lat") if located else ()
    lived, weighed = _people(demand, where, age_weights)
    offered = _practices(supply, where, activity)
    places, place_notes = _on_the_map(lived, as_they_are) if located else (lived.frame, [])
    sites, site_notes = _on_the_map(offered, as_they_are) if located else (offered.frame, [])
    if not places["demand"].sum() > 0:
        raise InputError(
            "aucun lieu n'a de demande.",
            "no place has any demand.",
            remedy_fr="Donnez au moins un lieu habité.",
            remedy_en="Give at least one inhabited place.",
            where=Where(demand, column="demand"),
        )
    empty = places.filter(pl.col("demand") == 0)
    notes = place_notes + _counted(
        empty,
        Text("lieu sans demande, qui ne pèse rien", "place without demand, which weighs nothing"),
        Text("lieux sans demande, qui ne pèsent rien", "places without demand, which weigh nothing"),
    )
    sites = _active(sites, activity)
    closed = sites.filter(pl.col("supply") == 0)
    notes += site_notes + _counted(
        closed,
        Text("site sans offre, sans effet", "site without supply, without effect"),
        Text("sites sans offre, sans effet", "sites without supply, without effect"),
    )
    return Ground(
        places=places.drop(LINE),
        sites=sites.drop(LINE),
        zones=world,
        shared_ids=False,
        scale=scale,
        unit=Text("offre par unité de demande", "supply per unit of demand"),
        supply_unit=Text("unités d'offre", "units of supply"),
        decimals=4 if scale == 1 else 1,
        inputs=(
            Source("demand", demand.name, lived.sha256),
            *weighed,
            Source("supply", supply.name, offered.sha256),
        ),
        notes=tuple(notes),
    )


def world(ids: Ids) -> Ids:
    """One zone for all, geocentric: good anywhere, but a crow flies over the sea."""
    return np.full(len(ids), WORLD)


def sites_file(path: Path, as_they_are: bool = False) -> tuple[pl.DataFrame, Source, list[Note]]:
    """The sites of a list (id, lon, lat), the file, and what of it was left out, counted.

    Raises InputError as :func:`own_ground`.
    """
    table = read_own(path, ("id", "lon", "lat"))
    sites, notes = _on_the_map(table, as_they_are)
    return sites.drop(LINE), Source("sites", path.name, table.sha256), notes


def _people(path: Path, where: Sequence[str], age_weights: Path | None) -> tuple[OwnTable, list[Source]]:
    """The demand as read, or as weighted by age, and the file of the weights."""
    if age_weights is None:
        return read_own(path, ("id", *where, "demand")), []
    lived, weights = weighted_by_age(path, where, age_weights)
    return lived, [Source("age_weights", age_weights.name, weights.sha256)]


def _practices(path: Path, where: Sequence[str], activity: Activity) -> OwnTable:
    """The supply as read. ``practitioner`` and ``time`` go together; an age limit needs ages."""
    table = read_own(path, ("id", *where, "supply"), _OF_PRACTICES)
    both = [name for name in ("practitioner", "time") if name in table.frame.columns]
    if len(both) == 1:
        raise InputError(
            "les colonnes practitioner et time vont ensemble : qui exerce là, et combien de son temps.",
            "the columns practitioner and time go together: who practises there, and how much of their time.",
            remedy_fr="Ajoutez l'autre colonne, ou retirez celle-ci.",
            remedy_en="Add the other column, or remove this one.",
            where=Where(path, column=both[0]),
        )
    if activity.oldest is not None and "age" not in table.frame.columns:
        raise InputError(
            "--max-age demande l'âge de chaque praticien.",
            "--max-age needs the age of each practitioner.",
            remedy_fr="Ajoutez une colonne age à l'offre.",
            remedy_en="Add a column age to the supply.",
            where=Where(path, column="age"),
        )
    return table


def _active(sites: pl.DataFrame, activity: Activity) -> pl.DataFrame:
    values = sites["supply"].to_numpy()
    if activity.bounds:
        values = bounded_activity(values, *activity.bounds)
    if "practitioner" in sites.columns:
        values = values * shares_of_time(sites["practitioner"].to_numpy(), sites["time"].to_numpy())
    if activity.oldest is not None:
        values = np.where(at_most_age(sites["age"].to_numpy(), activity.oldest), values, 0.0)
    return sites.drop(*_OF_PRACTICES, strict=False).with_columns(pl.Series("supply", values * activity.times))


def _on_the_map(table: OwnTable, as_they_are: bool) -> tuple[pl.DataFrame, list[Note]]:
    """The rows with a point; those without are counted. Raises InputError for points that cannot be right."""
    blank = pl.col("lon").is_null() | pl.col("lat").is_null()
    lost, kept = table.frame.filter(blank), table.frame.filter(~blank)
    if kept.is_empty():
        raise InputError(
            "aucune ligne n'a de coordonnées.", "no row has coordinates.", where=Where(table.path, column="lon, lat")
        )
    lon, lat = kept["lon"].to_numpy(), kept["lat"].to_numpy()
    refuse_points(not_degrees(lon, lat), kept, table.path)
    swapped = swapped_in_france(lon, lat)
    if swapped and not as_they_are:
        remedy = Text(
            f"{swapped.remedy.fr} Si elles sont justes (Afrique de l'Est), ajoutez --as-they-are.",
            f"{swapped.remedy.en} If they are right (East Africa), add --as-they-are.",
        )
        refuse_points(replace(swapped, remedy=remedy), kept, table.path)
    quantity = next(name for name in ("demand", "supply", "id") if name in kept.columns)
    amount = f" ({float(lost[quantity].sum()):g})" if quantity != "id" else ""
    notes = _counted(
        lost,
        Text(f"ligne sans coordonnées, écartée{amount}", f"row without coordinates, left out{amount}"),
        Text(f"lignes sans coordonnées, écartées{amount}", f"rows without coordinates, left out{amount}"),
    )
    origin = kept.filter((pl.col("lon") == 0) & (pl.col("lat") == 0))
    notes += _counted(
        origin,
        Text("point à 0°, 0°, sans doute inconnu", "point at 0°, 0°, most likely unknown"),
        Text("points à 0°, 0°, sans doute inconnus", "points at 0°, 0°, most likely unknown"),
    )
    return kept, notes


def refuse_points(fault: Fault | None, rows: pl.DataFrame, path: Path) -> None:
    """Raise InputError where there is a ``fault``, at the first of the ``rows`` (id or node, lon, lat) that has it."""
    if fault is None:
        return
    bad = rows.filter(pl.Series(fault.bad))
    first = bad.row(0, named=True)
    raise InputError(
        f"{fault.text.fr} Lignes concernées\u202f: {bad.height} sur {rows.height} ({_some(bad)}).",
        f"{fault.text.en} Rows concerned: {bad.height} of {rows.height} ({_some(bad)}).",
        remedy_fr=fault.remedy.fr,
        remedy_en=fault.remedy.en,
        where=Where(path, row=first[LINE], column="lon, lat", value=f"{first['lon']:g}, {first['lat']:g}"),
    )


def _counted(rows: pl.DataFrame, one: Text, many: Text) -> list[Note]:
    if rows.is_empty():
        return []
    fr, en = plural(rows.height, one.fr, many.fr, "fr"), plural(rows.height, one.en, many.en, "en")
    return [Note(rows.height, Text(f"{fr}{NNBSP}: {_some(rows)}", f"{en}: {_some(rows)}"))]


def _some(rows: pl.DataFrame) -> str:
    return some(rows["id" if "id" in rows.columns else "node"].to_list())


def some(ids: Sequence[str]) -> str:
    """The first few ids, and an ellipsis where there are more."""
    return ", ".join(ids[:EXAMPLES]) + ("…" if len(ids) > EXAMPLES else "")


# Times ------------------------------------------------------------------------------------------------------------


def crow_fly_times(ground: Ground, limit: float, speed: float = 60.0, detour: float = DETOUR) -> TravelTimes:
    """Minutes as the crow flies between the places and the sites of ``ground``, within ``limit``, at one ``speed``."""
    return straight_times(ground, limit, (speed, speed), detour=detour)


def straight_times(
    ground: Ground,
    limit: float,
    speeds: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    detour: float = DETOUR,
    access: float = 0.0,
    radius: float = math.inf,
) -> TravelTimes:
    """As :func:`crow_fly_times`, with ``speeds`` of the places and of the sites, ``access`` minutes at each end.

    No pair joins two points more than ``radius`` km apart.
    """
    frames = (ground.places, ground.sites)
    # Ids of two people's files may be equal by chance: a mark keeps them apart, since one id is one place for crow_fly.
    marks = ("", "") if ground.shared_ids else ("p", "s")
    here, there = (
        points(
            [mark + one for one in frame["id"]],
            *(frame["lon"].to_numpy(), frame["lat"].to_numpy(), ground.zones(_ids(frame))),
            speed=np.asarray(speed, dtype=np.float64),
            access=access,
        )
        for mark, frame, speed in zip(marks, frames, speeds, strict=True)
    )
    found = crow_fly(here, there, limit, detour=detour, radius=radius)
    return replace(found, places=_ids(ground.places), sites=_ids(ground.sites))


def _ids(frame: pl.DataFrame) -> Ids:
    return frame["id"].to_numpy().astype(str)


def matrix_times(ground: Ground, path: Path, limit: float) -> tuple[TravelTimes, Source, list[Note]]:
    """Minutes of a file of pairs (place, site, minutes): the times, the file, and what of it was left out, counted.

    Pairs of ids that the ground does not have are left out. Raises InputError as :func:`vigie.sources.own.read_own`
    and :func:`vigie.access.travel.from_table`, and for a matrix with no pair of this ground.
    """
    table = read_own(path, ("place", "site", "minutes"))
    pairs = table.frame
    strange_place = ~pl.col("place").is_in(ground.places["id"].implode())
    strange_site = ~pl.col("site").is_in(ground.sites["id"].implode())
    notes = [
        *_strangers(pairs.filter(strange_place)["place"], "demand"),
        *_strangers(pairs.filter(strange_site)["site"], "supply"),
    ]
    known = pairs.filter(~strange_place & ~strange_site)
    if known.is_empty():
        first = pairs.row(0, named=True)
        raise InputError(
            "aucun couple n'a ses deux identifiants dans la demande et dans l'offre.",
            "no pair has both its ids in the demand and in the supply.",
            remedy_fr="Vérifiez que ce sont les mêmes identifiants (zéros initiaux, ordre des colonnes).",
            remedy_en="Check that they are the same ids (leading zeros, order of the columns).",
            where=Where(path, row=first[LINE], column="place, site", value=f"{first['place']}, {first['site']}"),
        )
    try:
        found = from_table(known.drop(LINE), _ids(ground.places), _ids(ground.sites), limit, _made_by(path, limit))
    except InputError as fault:
        # The room counts rows of the table that it is given; the person counts lines of the file.
        row = None if fault.where.row is None else known[LINE][fault.where.row - 2]
        fault.where = replace(fault.where, file=path, row=row)
        raise
    alone = ground.places.filter(~pl.col("id").is_in(known["place"].unique().implode()))
    notes += _counted(
        alone,
        Text("lieu absent de la matrice, sans accès", "place not in the matrix, without access"),
        Text("lieux absents de la matrice, sans accès", "places not in the matrix, without access"),
    )
    return found, Source("travel", path.name, table.sha256), notes


def _made_by(path: Path, limit: float) -> Text:
    return Text(f"matrice {path.name}, limite {limit:g} min", f"matrix {path.name}, limit {limit:g} min")


def _strangers(ids: pl.Series, role: str) -> list[Note]:
    side = Text("la demande", "the demand") if role == "demand" else Text("l'offre", "the supply")
    return _counted(
        ids.alias("id").to_frame().unique("id", keep="first", maintain_order=True),
        Text(
            f"identifiant de la matrice absent de {side.fr}, couples écartés",
            f"id of the matrix not in {side.en}, its pairs left out",
        ),
        Text(
            f"identifiants de la matrice absents de {side.fr}, couples écartés",
            f"ids of the matrix not in {side.en}, their pairs left out",
        ),
    )
