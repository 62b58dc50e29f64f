"""Professionals, facilities and what they may do: BPE, FINESS."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from vigie.language import Text
from vigie.sources.catalogue import Source
from vigie.sources.grid import Grid
from vigie.sources.notes import Draft, Note
from vigie.sources.text import read_text

_TYPE = re.compile(r"^NB_([A-Z]\d{3})$")


def bpe(source: Source, path: Path) -> Draft:
    """Head counts per commune and type of facility: one column a type, in lower case."""
    grid = read_text(path, source.format)
    types = {found.group(1).lower(): found.group(0) for name in grid.frame.columns if (found := _TYPE.match(name))}
    grid = grid.only({"code": "CODGEO", **(types or {"d201": "NB_D201"})})
    grid.require_commune("code")
    grid.require_text(list(types))
    grid = grid.integers(list(types), pl.UInt32)
    return Draft(grid.frame, grid)


_OCCITANIE = {
    "finess": "numero_finess_etablissement",
    "finess_legal": "numero finess etablissement juridique",
    "name": "raison_sociale",
    "category": "categetab",
    "category_label": "categorie",
    "commune": "code_insee",
    "departement": "departement",
    "lon": "longitude",
    "lat": "latitude",
    "opened": "dateouv",
}
_ACTIVITIES = {
    "authorisation": "noautor",
    "finess": "nofinesset",
    "finess_legal": "nofinessej",
    "name": "rset",
    "activity": "activite",
    "activity_label": "libactivite",
    "modality": "modalite",
    "modality_label": "libmodalite",
    "form": "forme",
    "form_label": "libforme",
    "starts": "datemeo",
    "ends": "datefin",
}


def establishments(source: Source, path: Path) -> Draft:
    """FINESS establishments from the regional copy, which has a header, a commune code and coordinates in degrees."""
    grid = read_text(path, source.format).only(_OCCITANIE)
    grid.require_commune("commune")
    grid = grid.floats(["lon", "lat"]).dates(["opened"])
    return located(grid)


def located(grid: Grid) -> Draft:
    """The draft of ``grid``, saying how many establishments have no coordinates."""
    missing = grid.frame["lon"].null_count()
    text = Text("établissements sans coordonnées", "establishments without coordinates")
    return Draft(grid.frame, grid, (Note(missing, text),) if missing else ())


def care_activities(source: Source, path: Path) -> Draft:
    """Authorised care activities, one row an authorisation."""
    grid = read_text(path, source.format).only(_ACTIVITIES).dates(["starts", "ends"])
    return Draft(grid.frame, grid)


def road_pairs(source: Source, path: Path) -> Draft:
    """Road minutes and kilometres between pairs of points (Lambert 93)."""
    names = {
        "origin": "id1",
        "destination": "id2",
        "origin_x": "X1",
        "origin_y": "Y1",
        "destination_x": "X2",
        "destination_y": "Y2",
        "minutes": "Dist_min",
        "km": "Dist_km",
    }
    grid = read_text(path, source.format).only(names)
    numbers = [name for name in names if name not in ("origin", "destination")]
    grid = grid.floats(numbers)
    return Draft(grid.frame, grid)
