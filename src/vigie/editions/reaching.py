"""Who lives within some minutes of the nearest of a list of places: the list is a file, or facilities of the BPE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vigie.access.catchment import nearest
from vigie.access.reach import reach
from vigie.access.travel import TravelTimes, zone_of
from vigie.editions.french import french_places, professions
from vigie.editions.grounds import Ground, Source, sites_file, world
from vigie.editions.inputs import gather, require
from vigie.errors import UnknownNameError
from vigie.language import Text
from vigie.sources.glossary import facility_types
from vigie.sources.notes import Note
from vigie.territories.reference import Reference, build
from vigie.territories.vintages import to_reference

FACILITIES = {"pharmacies": "d307", "urgences": "d106"}
"""Facilities that have a name of their own; every type of the BPE goes by its code, d101 for instance."""


@dataclass(frozen=True)
class Reached:
    """``table``: level, code, name, minutes, people, share (%), population, unknown; and how it was made."""

    table: pl.DataFrame
    record: dict[str, Any]


@dataclass(frozen=True)
class People:
    """The people of France: a ground whose sites are those asked for, and the reference that its places are of."""

    ground: Ground
    reference: Reference


def named_sites(name: str) -> str | None:
    """The BPE type behind a profession, ``pharmacies``, ``urgences`` or a code; None when it is none of these."""
    known = {one.id: one.facility for one in professions().values()} | FACILITIES
    code = known.get(name, name.lower())
    return code if code in facility_types() else None


def french_people(home: Path, sites: str, as_they_are: bool = False) -> People:
    """The municipal population of each place, and the sites: a file, or a name of :func:`named_sites`.

    ``home`` is where downloads are kept. Raises UnknownNameError for a name that is neither, InputError as
    :func:`vigie.editions.grounds.sites_file`.
    """
    code = named_sites(sites)
    # What is wrong in a list is told before France is read.
    listed = None if code else sites_file(_existing(sites), as_they_are)
    inputs = gather([], home / "snapshots")
    require(inputs, ("communes", "passage"))
    communes = inputs["communes"].table()
    reference = build(communes)
    located = french_places(communes).select("code", "lon", "lat")
    places = reference.places.select("code", "name", "population").join(located, on="code", how="left")
    lost = places.filter(pl.col("lon").is_null())
    places = places.filter(pl.col("lon").is_not_null()).sort("code")
    source = inputs["communes"]
    ground = Ground(
        places=places.select(
            "name", "lon", "lat", id="code", demand=pl.col("population").fill_null(0).cast(pl.Float64)
        ),
        sites=pl.DataFrame(),
        zones=zone_of,
        shared_ids=True,
        scale=1,
        unit=Text("personnes", "people"),
        supply_unit=Text("sites", "sites"),
        decimals=0,
        inputs=(Source("places", source.files[0].file, source.files[0].sha256, source.snapshot),),
        notes=_without_point(lost),
    )
    if code is None:
        assert listed is not None
        return People(_with_list(ground, *listed), reference)
    require(inputs, ("bpe_2021",))
    bpe = inputs["bpe_2021"]
    counts = to_reference(
        bpe.table().select("code", pl.col(code).cast(pl.Float64)),
        vintage=bpe.source.cog or 0,
        passage=inputs["passage"].table(),
        places=reference.places,
        counts=[code],
    ).table
    opened = counts.filter(pl.col(code) > 0).select(id="code", supply=code)
    ground = replace(
        ground,
        sites=places.select("lon", "lat", "name", id="code").join(opened, on="id").sort("id"),
        inputs=(*ground.inputs, Source("sites", bpe.files[0].file, bpe.files[0].sha256, bpe.snapshot)),
    )
    return People(ground, reference)


def _without_point(lost: pl.DataFrame) -> tuple[Note, ...]:
    if lost.is_empty():
        return ()
    people = int(lost["population"].sum())
    return (
        Note(
            lost.height,
            Text(
                f"communes sans point connu, à part ({people} habitants)",
                f"communes without a known point, apart ({people} inhabitants)",
            ),
        ),
    )


def _existing(sites: str) -> Path:
    path = Path(sites)
    if not path.suffix and not path.exists():
        names = ", ".join([*professions(), *FACILITIES])
        raise UnknownNameError(
            f"«\u00a0{sites}\u00a0» n'est ni un fichier ni une liste connue.",
            f"“{sites}” is neither a file nor a known list.",
            remedy_fr=f"Listes\u202f: {names}, ou un type de la BPE (d101…)\u202f; ou un fichier id, lon, lat.",
            remedy_en=f"Lists: {names}, or a type of the BPE (d101…); or a file id, lon, lat.",
        )
    return path


def _with_list(ground: Ground, sites: pl.DataFrame, source: Source, notes: Sequence[Note]) -> Ground:
    return replace(
        ground,
        sites=sites.with_columns(supply=pl.lit(1.0)),
        # Ids of a file are not commune codes: they tell no land mass, and may be equal to one by chance.
        zones=world,
        shared_ids=False,
        inputs=(*ground.inputs, source),
        notes=(*ground.notes, *notes),
    )


def reached(people: People, travel: TravelTimes, thresholds: Sequence[float], level: str) -> Reached:
    """People within each of ``thresholds`` minutes of the nearest site, in France and in each territory of ``level``.

    Raises UnknownNameError for a level that does not exist.
    """
    ground, reference = people.ground, people.reference
    minutes = np.full(len(reference.place_codes), np.nan)
    positions = np.searchsorted(reference.place_codes, ground.places["id"].to_list())
    minutes[positions] = nearest(travel, ground.supply)
    population = reference.places["population"].fill_null(0).cast(pl.Float64).to_numpy()
    frames = []
    for each in dict.fromkeys(("france", level)):
        codes, index = reference.members(each)
        found = reach(minutes, population, np.asarray(thresholds, dtype=np.float64), index.astype(np.int64), len(codes))
        for column, threshold in enumerate(thresholds):
            frames.append(
                pl.DataFrame(
                    {
                        "level": [each] * len(codes),
                        "code": codes,
                        "minutes": [float(threshold)] * len(codes),
                        "people": found.within[:, column],
                        "share": 100 * found.share[:, column],
                        "population": found.people,
                        "unknown": found.unknown,
                    }
                )
            )
    # A territory whose population is not known (Mayotte) has no number of people either: null, not zero.
    names = reference.territories.select("level", "code", "name", known=pl.col("population").is_not_null())
    counts = ("people", "population", "unknown")
    table = (
        pl.concat(frames)
        .join(names, on=["level", "code"], how="left")
        .with_columns(pl.when("known").then(name).alias(name) for name in counts)
        .select("level", "code", "name", "minutes", "people", pl.col("share").fill_nan(None), "population", "unknown")
        .sort("level", "code", "minutes")
    )
    record = {
        "vigie": version("vigie"),
        "thresholds": [float(one) for one in thresholds],
        "sites": ground.sites.height,
        "travel": {"fr": travel.made_by.fr, "en": travel.made_by.en, "limit": travel.limit},
        "inputs": [asdict(one) for one in ground.inputs],
        "notes": [{"count": one.count, "fr": one.text.fr, "en": one.text.en} for one in ground.notes],
    }
    return Reached(table, record)
