"""Exports of an Opendatasoft portal (Explore v2.1), told by their content: CSV with ``;`` or ``,``, JSON, Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import InputError, Where
from vigie.sources.catalogue import Format
from vigie.sources.grid import LINE, Grid
from vigie.sources.text import AGAIN, content, decode, parse_text

_CODES = {"region": 2, "departement": 2}  # what JSON and Parquet may hold as a number, and its width as text


def read_export(path: Path, form: Format) -> Grid:
    """The export as a grid of text. In JSON and Parquet the line is the rank of the record."""
    data = content(path)
    if data.startswith(b"PAR1"):
        return _grid(parquet(data, path), path)
    text = decode(data, path, form.encodings)
    if text.lstrip()[:1] in ("[", "{"):
        return _grid(_records(text, path), path)
    header = text.split("\n", 1)[0]
    return parse_text(text, path, max(";,", key=header.count))


def parquet(data: bytes, path: Path) -> pl.DataFrame:
    """The Parquet file of these bytes. Raises InputError."""
    try:
        return pl.read_parquet(data)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0][:120]
        raise InputError(
            f"Parquet illisible ({reason}).", f"unreadable Parquet ({reason}).", where=Where(path), **AGAIN
        ) from None


def _records(text: str, path: Path) -> pl.DataFrame:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"JSON illisible ou tronqué ({error}).",
            f"unreadable or truncated JSON ({error}).",
            where=Where(path, row=getattr(error, "lineno", None)),
            **AGAIN,
        ) from None
    records = _all_results(found, path)
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[_text(record.get(name), name) for name in names] for record in records]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _all_results(found: Any, path: Path) -> list[dict[str, Any]]:
    if isinstance(found, dict) and "results" in found:
        total, found = found.get("total_count"), found["results"]
        if isinstance(total, int) and isinstance(found, list) and total > len(found):
            raise InputError(
                f"page de {len(found)} enregistrements sur {total}.",
                f"a page of {len(found)} records out of {total}.",
                where=Where(path),
                remedy_fr="Prendre l'adresse /exports/json, qui donne tout.",
                remedy_en="Take the /exports/json address, which gives everything.",
            )
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise InputError(
            "une liste d'enregistrements JSON était attendue.",
            "a JSON list of records was expected.",
            where=Where(path),
        )
    return found


def _text(value: Any, name: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).zfill(_CODES.get(name, 1))
    return value if isinstance(value, str) else json.dumps(value)


def _grid(frame: pl.DataFrame, path: Path) -> Grid:
    if frame.is_empty() or LINE in frame.columns:
        raise InputError("aucun enregistrement.", "no record.", where=Where(path))
    texts = frame.with_columns(_as_text(frame.schema[name], name) for name in frame.columns)
    blank = pl.all().str.strip_chars()
    texts = texts.with_columns(pl.when(blank != "").then(blank).name.keep())
    return Grid(texts.with_row_index(LINE, offset=1), path)


def _as_text(dtype: pl.DataType, name: str) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_integer():
        return column.cast(pl.String).str.zfill(_CODES.get(name, 1))
    if dtype == pl.String or dtype.is_numeric() or dtype.is_temporal():
        return column.cast(pl.String)
    return pl.lit(None, dtype=pl.String).alias(name)
