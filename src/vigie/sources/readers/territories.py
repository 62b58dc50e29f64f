"""Communes and their memberships, changes of codes, polygons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from vigie.sources.catalogue import Source
from vigie.sources.export import parquet
from vigie.sources.grid import LINE, Grid
from vigie.sources.notes import Draft
from vigie.sources.text import content, read_text

_COMMUNES = {
    "code": "code_commune",
    "name": "LIBGEO",
    "kind": "type",
    "departement": "DEP",
    "region": "REG",
    "arrondissement": "ARR",
    "epci": "EPCI",
    "epci_name": "lib_epci",
    "canton_ou_ville": "CANOV",
    "zone_emploi": "ZE2020",
    "unite_urbaine": "UU2020",
    "aire_attraction": "AAV2020",
    "aire_attraction_name": "lib_aav2020",
    "bassin_de_vie": "BV2022",
    "bassin_de_vie_name": "lib_bv2022",
    "bassin_de_vie_2012": "BV2012",
    "density": "DENS7",
    "population": "pmun_2021",
    "population_total": "ptot_2021",
    "area_km2": "aire_km2",
    "lon": "lon_pt",
    "lat": "lat_pt",
    "town_hall_lon": "lon_mairie",
    "town_hall_lat": "lat_mairie",
}
_PASSAGE = {
    "code_before": "code_before",
    "code_after": "code_after",
    "date": "annee",
    "change": "typemodif",
    "ratio": "ratio",
    "year_before": "year_before",
    "year_after": "year_after",
}
_KINDS = {"COM": "commune", "ARM": "arrondissement"}
_CHANGES = {"f": "merger", "d": "split", "c": "code"}
_NONE = r"^Z{4,}$"  # INSEE's mark for "belongs to none"


def communes(source: Source, path: Path) -> Draft:
    """Communes and arrondissements of Paris, Lyon and Marseille with their memberships."""
    grid = read_text(path, source.format).only(_COMMUNES).recode("kind", _KINDS)
    grid.require_commune("code")
    grid = grid.floats(["area_km2", "lon", "lat", "town_hall_lon", "town_hall_lat"])
    grid = grid.integers(["population", "population_total"]).integers(["density"], pl.Int8)
    texts = pl.col(pl.String)
    frame = grid.frame.with_columns(pl.when(~texts.str.contains(_NONE)).then(texts).name.keep())
    return Draft(frame, grid)


def passage(source: Source, path: Path) -> Draft:
    """Mergers, splits and changes of code between two vintages, year by year."""
    grid = read_text(path, source.format).only(_PASSAGE)
    grid.require_commune("code_before")
    grid.require_commune("code_after")
    grid = grid.dates(["date"]).floats(["ratio"]).integers(["year_before", "year_after"], pl.Int16)
    grid = grid.recode("change", _CHANGES)
    return Draft(grid.frame, grid)


def geometry(_source: Source, path: Path) -> Draft:
    """Simplified polygons as plain WKB."""
    frame = parquet(content(path), path).with_row_index(LINE, offset=1)
    grid = Grid(frame, path).only({"code": "code", "name": "nom", "kind": "type", "wkb": "geometry"})
    shapes = grid.frame["wkb"].ext.storage() if isinstance(grid.frame["wkb"].dtype, pl.BaseExtension) else None
    frame = grid.frame if shapes is None else grid.frame.with_columns(shapes.alias("wkb"))
    if frame.schema["wkb"] != pl.Binary:
        raise grid.fault("un polygone en WKB était attendu.", "a polygon in WKB was expected.", column="geometry")
    grid = replace(grid, frame=frame).recode("kind", _KINDS)
    grid.require_commune("code")
    return Draft(grid.frame, grid)
