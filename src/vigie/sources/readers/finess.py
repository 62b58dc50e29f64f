"""FINESS as its producer publishes it: one file without a header, establishments first, then their coordinates.

The layout is known from public descriptions of ``etalab-cs1100507-stock``: a first line ``finess;etalab;…``, lines
``structureet`` of 32 fields, lines ``geolocalisation`` whose coordinates are projected. This reader has not yet run on
a producer's own file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.sources.catalogue import Source
from vigie.sources.grid import LINE, Grid
from vigie.sources.notes import Draft
from vigie.sources.readers.supply import located
from vigie.sources.text import AGAIN, content, decode

_PLACES = {
    "finess": 1,
    "finess_legal": 2,
    "name": 3,
    "number": 12,
    "departement": 13,
    "category": 18,
    "category_label": 19,
    "opened": 28,
}
_WIDTH = 32
_NAMES = {"number": "commune", "name": "rs", "category": "categetab", "category_label": "libcategetab"} | {
    "finess": "nofinesset",
    "finess_legal": "nofinessej",
    "opened": "dateouv",
    "x": "coordxet",
    "y": "coordyet",
}
_LAMBERT_93 = 2154
_EPSG = {"971": 5490, "972": 5490, "973": 2972, "974": 2975, "975": 4467, "976": 4471, "977": 5490, "978": 5490}
_OVERSEAS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976"}


def establishments(source: Source, path: Path) -> Draft:
    """Every establishment, with longitude and latitude where FINESS has coordinates."""
    text = decode(content(path), path, source.format.encodings)
    structures, places = [], []
    for line, row in _lines(text, path):
        if row[0] == "structureet":
            structures.append([line, *_fields(row, line, path)])
        elif row[0] == "geolocalisation":
            places.append([line, *_position(row, line, path)])
    if not structures:
        raise InputError(
            "aucune ligne «\u00a0structureet\u00a0»\u202f: ce n'est pas l'extraction FINESS des établissements.",
            "no “structureet” line: this is not the FINESS extraction of establishments.",
            where=Where(path, row=1),
            **AGAIN,
        )
    grid = _with_codes(_grid(structures, list(_PLACES), path)).dates(["opened"])
    located_by = _grid(places, ["finess", "x", "y", "projection"], path)
    located_by.require_text(["finess"])
    positions = _degrees(located_by.floats(["x", "y"]))
    joined = grid.frame.join(positions, on="finess", how="left", maintain_order="left")
    return located(replace(grid, frame=joined))


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    parser = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    try:
        for row in parser:
            if row:
                yield parser.line_num, row
    except csv.Error as error:
        raise InputError(
            f"ligne illisible ({error}).",
            f"unreadable line ({error}).",
            where=Where(path, row=parser.line_num),
            **AGAIN,
        ) from None


def _fields(row: list[str], line: int, path: Path) -> list[str]:
    if len(row) != _WIDTH:
        raise InputError(
            f"{len(row)} champs au lieu de {_WIDTH}\u202f: ligne tronquée ou format changé.",
            f"{len(row)} fields instead of {_WIDTH}: truncated line or changed layout.",
            where=Where(path, row=line, value=row[1] if len(row) > 1 else None),
            **AGAIN,
        )
    return [row[place] for place in _PLACES.values()]


def _position(row: list[str], line: int, path: Path) -> list[str]:
    if len(row) < 4:
        raise InputError(
            "coordonnées incomplètes\u202f: ligne tronquée.",
            "incomplete coordinates: truncated line.",
            where=Where(path, row=line),
            **AGAIN,
        )
    return [*row[1:4], ";".join(row[4:])]


def _grid(rows: list[list[object]], names: list[str], path: Path) -> Grid:
    frame = pl.DataFrame(rows, schema={LINE: pl.UInt32, **dict.fromkeys(names, pl.String)}, orient="row")
    values = pl.exclude(LINE).str.strip_chars()
    blank = frame.with_columns(pl.when(values != "").then(values).name.keep())
    return Grid(blank, path, names=_NAMES)


def _with_codes(grid: Grid) -> Grid:
    """The commune code from FINESS's département and the commune's number in it; overseas départements are 9A to 9F."""
    grid.require_pattern(
        "number", r"^\d{3}$", "un numéro de commune de trois chiffres.", "a commune number of 3 digits."
    )
    grid.require_pattern("departement", r"^(?:\d{2}|2[AB]|9[A-F]|9[78]\d)$", "un département.", "a département.")
    departement = pl.col("departement").replace(_OVERSEAS)
    commune = departement.str.head(2) + pl.col("number")
    return replace(grid, frame=grid.frame.with_columns(departement, commune.alias("commune")).drop("number"))


def _degrees(grid: Grid) -> pl.DataFrame:
    """Longitude and latitude of each establishment, from the projection that its line names or its département's."""
    known = grid.frame.filter(pl.col("x").is_not_null() & pl.col("y").is_not_null()).unique("finess", keep="first")
    codes = [_epsg(*pair) for pair in known.select("finess", "projection").iter_rows()]
    known = known.with_columns(pl.Series("epsg", codes, dtype=pl.Int32))
    replace(grid, frame=known).refuse(known["epsg"] == 0, "projection", "projection inconnue.", "unknown projection.")
    parts = [_projected(part) for part in known.partition_by("epsg", maintain_order=True)]
    schema = {"finess": pl.String, "lon": pl.Float64, "lat": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def _epsg(finess: str, projection: str | None) -> int:
    """The projection's EPSG code; 0 for one that FINESS is not known to use."""
    named = re.search(r"EPSG:(\d+)", projection or "")
    if named is not None:
        return next((code for code in {_LAMBERT_93, *_EPSG.values()} if str(code) == named.group(1)), 0)
    return _LAMBERT_93 if "LAMBERT" in (projection or "").upper() else _EPSG.get(_overseas(finess), _LAMBERT_93)


def _overseas(finess: str) -> str:
    return _OVERSEAS.get(finess[:2], finess[:3])


def _projected(part: pl.DataFrame) -> pl.DataFrame:
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(part["epsg"][0], 4326, always_xy=True)
    lon, lat = to_degrees.transform(part["x"].to_numpy(), part["y"].to_numpy())
    return pl.DataFrame({"finess": part["finess"], "lon": lon, "lat": lat})
