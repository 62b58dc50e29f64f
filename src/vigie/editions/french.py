"""France as a ground to compute on: places with their demand, sites with their supply, from the embedded tables.

The demand is DREES's standardised population of the APL's year; the supply is INSEE's count of practitioners, each of
whom counts for an activity. Both are brought to the communes of reference.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import numpy as np
import polars as pl

from vigie.access.arrays import Floats
from vigie.access.catchment import nearest
from vigie.access.travel import crow_fly, points, zone_of
from vigie.editions.grounds import Ground, Source
from vigie.editions.inputs import Input, gather, require
from vigie.errors import InputError, UnknownNameError
from vigie.language import Text, number
from vigie.sources.notes import Note
from vigie.territories.packaged import changes_2025
from vigie.territories.reference import WHOLE_CITIES, points_from_changes
from vigie.territories.vintages import to_reference

YEARS = MappingProxyType({2021: ("drees_apl_2021", "bpe_2021", 2022)})
"""The years for which both demand and supply are at hand: the sources of each and the vintage of their communes."""


@dataclass(frozen=True)
class Profession:
    """A profession of the APL: its type in the BPE and the units of its figures."""

    id: str
    title: Text
    facility: str
    scale: float
    unit: Text
    supply_unit: Text
    decimals: int


@cache
def professions() -> Mapping[str, Profession]:
    """The professions by id, in the order of ``professions.toml``."""
    with (resources.files("vigie.editions") / "professions.toml").open("rb") as handle:
        table = tomllib.load(handle)
    return MappingProxyType({name: _profession(name, row) for name, row in table.items()})


def _profession(name: str, row: Mapping[str, object]) -> Profession:
    def text(key: str) -> Text:
        return Text(str(row[f"{key}_fr"]), str(row[f"{key}_en"]))

    scale, decimals = float(str(row["scale"])), int(str(row["decimals"]))
    title = Text(str(row["fr"]), str(row["en"]))
    return Profession(name, title, str(row["facility"]), scale, text("unit"), text("supply"), decimals)


def profession(name: str) -> Profession:
    """The profession of that id. Raises UnknownNameError with those that exist."""
    known = professions()
    if name not in known:
        near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
        meant_fr = f" Vouliez-vous dire\u202f: {near[0]}\u202f?" if near else ""
        meant_en = f" Did you mean {near[0]}?" if near else ""
        raise UnknownNameError(
            f"profession inconnue\u202f: «\u00a0{name}\u00a0».{meant_fr}",
            f"unknown profession: “{name}”.{meant_en}",
            remedy_fr=f"Connues\u202f: {', '.join(known)}.",
            remedy_en=f"Known: {', '.join(known)}.",
        )
    return known[name]


def french_ground(home: Path, one: Profession, year: int, activity: float | None = None) -> Ground:
    """The places of France with a point, their standardised population, and the practitioners of ``one``.

    Each practitioner counts for ``activity`` (acts or full-time equivalents a year); without it, for the mean that
    makes the total supply the published one, Σ P*·APL: what the published table implies, an assumption of ours.
    ``home`` is where downloads are kept. Raises InputError for a year without demand or supply at hand.
    """
    if year not in YEARS:
        listed = ", ".join(str(known) for known in YEARS)
        raise InputError(
            f"données non disponibles pour {year}\u202f: ni demande standardisée ni offre de cette année.",
            f"data not available for {year}: neither standardised demand nor supply of that year.",
            remedy_fr=f"Années possibles\u202f: {listed}\u202f; ou donnez vos fichiers avec --demand et --supply.",
            remedy_en=f"Possible years: {listed}; or give your own files with --demand and --supply.",
        )
    demand_source, supply_source, _ = YEARS[year]
    inputs = gather([], home / "snapshots")
    require(inputs, ("communes", "passage", demand_source, supply_source))
    communes = inputs["communes"].table()
    located = french_places(communes)
    table = _figures(inputs, one, year, communes.select("code", "population"))
    places = located.join(table, on="code", how="inner", maintain_order="left").rename({"code": "id"})
    places, notes = _with_points(places)
    acts = activity
    if acts is None:
        # Mayotte has practitioners and no published figure: they do not count in the mean.
        known = places.filter(pl.col("demand") > 0).drop_nulls("published")
        heads = float(known["heads"].sum())
        acts = float((known["demand"] * known["published"]).sum()) / one.scale / heads
        notes.append(Note(round(heads), _mean_activity(one, acts)))
    sites = places.filter(pl.col("heads") > 0).select("id", "name", "lon", "lat", supply=pl.col("heads") * acts)
    return Ground(
        places=places.select("id", "name", "lon", "lat", "demand", "published"),
        sites=sites,
        zones=zone_of,
        shared_ids=True,
        scale=one.scale,
        unit=one.unit,
        supply_unit=one.supply_unit,
        decimals=one.decimals,
        inputs=tuple(
            _source(role, inputs[name])
            for role, name in (
                ("places", "communes"),
                ("passage", "passage"),
                ("demand", demand_source),
                ("supply", supply_source),
            )
        ),
        notes=tuple(notes),
    )


def french_places(communes: pl.DataFrame) -> pl.DataFrame:
    """The places of reference: code, name, lon, lat of the town hall, else of a point inside; null where none is known.

    A commune that no longer has a shape has the point of the one that took it over.
    """
    units = communes.filter(~pl.col("code").is_in(list(WHOLE_CITIES)))
    moved = points_from_changes(communes, changes_2025())
    return (
        units.join(moved, on="code", how="left", maintain_order="left")
        .select(
            "code",
            "name",
            lon=pl.coalesce("town_hall_lon", "lon", "other_lon"),
            lat=pl.coalesce("town_hall_lat", "lat", "other_lat"),
        )
        .sort("code")
    )


def _figures(inputs: Mapping[str, Input], one: Profession, year: int, communes: pl.DataFrame) -> pl.DataFrame:
    """code, demand, published, heads at the communes of reference; ``communes`` gives their code and population."""
    demand_source, supply_source, vintage = YEARS[year]
    of_profession = (pl.col("profession") == one.id) & (pl.col("field") == "all") & (pl.col("year") == year)
    apl = inputs[demand_source].table().filter(of_profession).select("code", "population_std", "value")
    heads = inputs[supply_source].table().select("code", heads=one.facility)
    joined = apl.join(heads, on="code", how="full", coalesce=True).sort("code")
    done = to_reference(
        joined.with_columns(pl.col("heads").cast(pl.Float64)),
        vintage=vintage,
        passage=inputs["passage"].table(),
        places=communes.filter(~pl.col("code").is_in(list(WHOLE_CITIES))),
        counts=["population_std", "heads"],
        rates={"value": "population_std"},
    )
    return done.table.select(
        "code",
        demand=pl.col("population_std").fill_nan(None).fill_null(0.0),
        published=pl.col("value").fill_nan(None),
        heads=pl.col("heads").fill_nan(None).fill_null(0.0),
    )


def _with_points(places: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    lost = places.filter(pl.col("lon").is_null() & ((pl.col("demand") > 0) | (pl.col("heads") > 0)))
    text = Text(
        f"communes sans point connu, écartées ({', '.join(lost['id'].head(3))}…)",
        f"communes without a known point, left out ({', '.join(lost['id'].head(3))}…)",
    )
    used = (pl.col("demand") > 0) | (pl.col("heads") > 0)
    kept = places.filter(pl.col("lon").is_not_null() & used)
    return kept, [Note(lost.height, text)] if lost.height else []


def _mean_activity(one: Profession, acts: float) -> Text:
    fr, en = (number(acts, lang, 0 if acts >= 100 else 2) for lang in ("fr", "en"))
    return Text(
        f"praticiens comptés chacun pour {fr} {one.supply_unit.fr}, la moyenne qui redonne le total publié "
        "(hypothèse de Vigie ; --activity en donne une autre)",
        f"practitioners counted each for {en} {one.supply_unit.en}, the mean that gives back the published total "
        "(Vigie's assumption; --activity gives another)",
    )


def _source(role: str, one: Input) -> Source:
    return Source(
        role, ", ".join(file.file for file in one.files), ", ".join(file.sha256 for file in one.files), one.snapshot
    )


_HOUR = 60.0  # minutes beyond which a facility is not looked for


def minutes_to(counts: Floats, places: pl.DataFrame, located: pl.DataFrame) -> Floats:
    """Minutes as the crow flies to the nearest place where ``counts`` is not 0, infinite beyond an hour.

    ``counts`` are in the order of ``places`` (code); ``located`` has their code, lon and lat. NaN for a place without a
    point.
    """
    table = places.select("code").join(located, on="code", how="left", maintain_order="left")
    has_point = table["lon"].is_not_null().to_numpy()
    codes = table["code"].to_numpy().astype(np.str_)[has_point]
    lon, lat = (table[axis].to_numpy()[has_point] for axis in ("lon", "lat"))
    offered = np.nan_to_num(counts)[has_point]
    opened = offered > 0
    zones = zone_of(codes)
    here = points(codes, lon, lat, zones)
    there = points(codes[opened], lon[opened], lat[opened], zones[opened])
    minutes = np.full(table.height, np.nan)
    minutes[has_point] = nearest(crow_fly(here, there, _HOUR), offered[opened])
    return minutes
