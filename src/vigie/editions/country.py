"""The country as the access room takes it: points, classes, areas, demand, head counts and published APL by place.

What the readers give by commune is brought to the places of reference; Mayotte, which no APL covers, is left out with
its supply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.access.calibration import Published
from vigie.access.travel import Points, points, zone_of
from vigie.editions.inputs import Input
from vigie.errors import InputError, UnknownNameError, Where
from vigie.indicators.compute import Measure
from vigie.indicators.measures import Tidy, at_places
from vigie.territories.reference import Reference

PROFESSIONS = {
    "mg": "d201",
    "infirmiers": "d232",
    "kines": "d233",
    "dentistes": "d221",
    "sages_femmes": "d231",
}
"""The professions that have an APL, with the type of the base permanente des équipements that counts their heads."""

NEEDED = ("communes", "passage", "drees_apl_2021", "bpe_2021")
AREAS = ("departement", "bassin_de_vie")
_OUTSIDE = "976"  # Mayotte: no APL is published there
_SPARSEST = 7  # of the density grid of INSEE


@dataclass(frozen=True)
class Country:
    """Places with what a catchment needs, one entry per place in all the arrays.

    ``places`` as in the reference; ``points`` at the town hall, else at the point of the polygon; ``classes`` the class
    of the density grid from 0; ``areas`` the département and the bassin de vie, numbered; ``published`` by profession;
    ``year`` of the APL and ``snapshots`` of what all this was read from.
    """

    places: pl.DataFrame
    points: Points
    classes: np.typing.NDArray[np.int64]
    areas: tuple[np.typing.NDArray[np.int64], ...]
    published: dict[str, Published]
    year: int
    snapshots: tuple[str, ...]


def at_hand(inputs: Mapping[str, Input]) -> bool:
    """Whether the inputs allow a recomputed APL."""
    return all(name in inputs for name in NEEDED)


def place_measures(inputs: Mapping[str, Input], reference: Reference) -> dict[str, Measure]:
    """The published APL and the facilities at the places of reference, by name."""
    tables = {
        name: Tidy(one.source, one.table(), one.snapshot)
        for name, one in inputs.items()
        if one.source.table in ("apl", "facilities")
    }
    return at_places(tables, reference, inputs["passage"].table())[0]


def country(
    inputs: Mapping[str, Input],
    reference: Reference,
    at: Mapping[str, Measure],
    year: int = 2021,
    regions: Sequence[str] = (),
) -> Country:
    """All France but Mayotte, or some of its régions (codes), with the APL published for ``year``.

    ``at`` holds the measures at the places of ``reference``. Raises UnknownNameError for a région that does not exist,
    InputError for a year without a published APL.
    """
    _check_year(at, year)
    chosen = _chosen(reference, regions)
    rows = np.flatnonzero(chosen)
    halls = inputs["communes"].table().select("code", "town_hall_lon", "town_hall_lat")
    places = reference.places.filter(pl.Series(chosen)).join(halls, on="code", how="left", maintain_order="left")
    codes = places["code"].to_numpy().astype(np.str_)
    lon, lat = (places.select(pl.coalesce(f"town_hall_{axis}", axis)).to_series().to_numpy() for axis in ("lon", "lat"))
    density = places["density"].cast(pl.Int64, strict=False).fill_null(_SPARSEST).to_numpy()
    return Country(
        places.select(reference.places.columns),
        points(codes, lon, lat, zone_of(codes)),
        density - 1,
        tuple(_numbered(places[name]) for name in AREAS),
        {name: _published(name, kind, at, year, rows) for name, kind in PROFESSIONS.items()},
        year,
        tuple(inputs[name].snapshot for name in inputs if name in _read_from(at, year)),
    )


def _check_year(at: Mapping[str, Measure], year: int) -> None:
    known = sorted(name.rsplit("_", 1)[1] for name in at if name.startswith("apl_mg_all_"))
    if str(year) not in known:
        raise InputError(
            f"aucune APL publiée à disposition pour {year}. Années : {', '.join(known)}.",
            f"no published APL at hand for {year}. Years: {', '.join(known)}.",
            remedy_fr="Choisissez l'une d'elles, ou donnez le classeur de la Drees avec --from.",
            remedy_en="Choose one of them, or give DREES's workbook with --from.",
            where=Where(column="year", value=year),
        )


def _chosen(reference: Reference, regions: Sequence[str]) -> np.typing.NDArray[np.bool_]:
    known = reference.places.filter(pl.col("departement") != _OUTSIDE)["region"].unique().sort().to_list()
    strangers = [code for code in regions if code not in known]
    if strangers:
        raise UnknownNameError(
            f"région inconnue, ou sans APL publiée : {', '.join(strangers)}. Codes : {', '.join(known)}.",
            f"unknown région, or one without a published APL: {', '.join(strangers)}. Codes: {', '.join(known)}.",
        )
    inside = pl.col("region").is_in(list(regions) or known) & (pl.col("departement") != _OUTSIDE)
    return reference.places.select(inside.fill_null(False)).to_series().to_numpy()


def _numbered(names: pl.Series) -> np.typing.NDArray[np.int64]:
    return names.fill_null("").rank("dense").to_numpy().astype(np.int64) - 1


def _published(
    name: str, kind: str, at: Mapping[str, Measure], year: int, rows: np.typing.NDArray[np.int64]
) -> Published:
    weights = [f"standardised_population_{name}_{year}", f"standardised_population_{name}_2021"]
    demand = next(at[weight] for weight in weights if weight in at).values[rows]
    heads = at[kind].values[rows]
    return Published(name, at[f"apl_{name}_all_{year}"].values[rows], np.nan_to_num(demand), np.nan_to_num(heads))


def _read_from(at: Mapping[str, Measure], year: int) -> set[str]:
    """The sources of what :func:`country` takes from ``at``, and the communes."""
    names = ["standardised_population_mg_2021", "d201", f"apl_mg_all_{year}"]
    return {"communes", *(at[name].snapshot.split("@")[0] for name in names if name in at)}
