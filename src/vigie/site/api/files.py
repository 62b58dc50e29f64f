"""Observations as files of any size: written as they are read, or in a file of their own that is sent then removed."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import orjson
import polars as pl

from vigie.editions import export
from vigie.errors import Lang
from vigie.site.api import selection
from vigie.site.api.selection import Selection
from vigie.site.limits import FILES
from vigie.site.room import Room
from vigie.site.words import STATUSES

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "csv-fr": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
}
SHEET = 50_000  # rows of a workbook, which is made in memory: one figure of every commune fits
_CHUNK = 1 << 18
_FRENCH = {
    "indicator": "indicateur", "level": "niveau", "code": "code", "name": "nom", "period": "période",
    "value": "valeur", "numerator": "numérateur", "denominator": "dénominateur", "lower": "borne basse",
    "upper": "borne haute", "status": "statut", "snapshot": "fichier d’origine",
}  # fmt: skip


def suffix(form: str) -> str:
    """The end of a file's name."""
    return "csv" if form == "csv-fr" else form


def pieces(room: Room, asked: Selection, form: str, lang: Lang) -> Iterator[bytes]:
    """The bytes of the file of a selection, in pieces. What can fail has failed before the first one is asked for."""
    found = selection.parts(room, asked)
    if form == "csv":
        return _csv(found)
    if form == "csv-fr":
        return _french(found)
    if form == "jsonl":
        return (part.write_ndjson().encode() for part in found)
    if form == "geojson":
        return _geojson(room, found)
    with FILES.take():
        return _xlsx(room, found, lang) if form == "xlsx" else _sunk(selection.whole(room, asked), form)


def _csv(found: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    yield (",".join((*export.COLUMNS, "status", "snapshot")) + "\n").encode()
    for part in found:
        yield part.write_csv(include_header=False).encode()


def _french(found: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """As Excel in French opens it: semicolons, decimal commas, a mark of UTF-8, statuses in words."""
    yield ("\ufeff" + ";".join(_FRENCH.values()) + "\r\n").encode()
    words = {status: text for status, (text, _) in STATUSES.items()}
    for part in found:
        shown = part.with_columns(
            pl.col("status").replace(words),
            # A name that begins as a formula would be run by the spreadsheet: it is shown as a text.
            pl.col("name").str.replace(r"^([=+\-@\t\r])", "'${1}"),
        )
        yield shown.write_csv(include_header=False, separator=";", decimal_comma=True, line_terminator="\r\n").encode()


def _geojson(room: Room, found: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """One feature an observation, with the polygon of its territory; null where the edition has none."""
    import shapely

    begin = b'{"type":"FeatureCollection","edition":' + orjson.dumps(room.id) + b',"features":['
    for part in found:
        features = []
        for row in part.iter_rows(named=True):
            polygon = room.polygons(row["level"]).get(row["code"])
            shape = orjson.Fragment(shapely.to_geojson(shapely.from_wkb(polygon))) if polygon else None
            feature: dict[str, Any] = {"type": "Feature", "geometry": shape, "properties": row}
            features.append(orjson.dumps(feature))
        yield begin + b",".join(features)
        begin = b","
    yield b"]}" if begin == b"," else begin + b"]}"


def _xlsx(room: Room, found: Iterator[pl.DataFrame], lang: Lang) -> Iterator[bytes]:
    rows = pl.concat([_empty(room), *found])
    names = rows["indicator"].unique(maintain_order=True).to_list()
    return _chunks(io.BytesIO(export.xlsx(room.observatory, rows, names, lang)))


def _empty(room: Room) -> pl.DataFrame:
    return selection.whole(room, Selection(indicators=("",))).collect()


def _sunk(rows: pl.LazyFrame, form: str) -> Iterator[bytes]:
    """A Parquet or Arrow file, made on the disk so that it takes little memory, and gone once it is sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    if form == "parquet":
        rows.sink_parquet(file, compression="zstd")
    else:
        rows.sink_ipc(file, compression="zstd")
    file.seek(0)
    return _chunks(file)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
