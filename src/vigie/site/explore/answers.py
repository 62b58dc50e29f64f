"""Queries run within limits, and their records as the Explore API writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from vigie.site.explore.sql import Query
from vigie.site.limits import TooLongError, limited
from vigie.site.room import Room

if TYPE_CHECKING:
    import duckdb
    import polars as pl

AT_ONCE = 5_000  # records read from the database at a time
MOST_IN_MEMORY = {"parquet": 320_000, "xlsx": 50_000}  # records of a file that is not written as it goes
_BOM = "\ufeff"

Record = dict[str, Any]


def records(cursor: duckdb.DuckDBPyConnection, query: Query, limit: int, offset: int) -> list[Record]:
    """The records of a page."""
    with limited(cursor):
        rows = cursor.execute(f"{query.sql} LIMIT {int(limit)} OFFSET {int(offset)}", list(query.parameters)).fetchall()
    return list(_records(query, rows))


def total(cursor: duckdb.DuckDBPyConnection, query: Query) -> int:
    """How many records the query has without its limit."""
    with limited(cursor):
        found: int = cursor.execute(query.counting, list(query.counted)).fetchall()[0][0]
    return found


def batches(cursor: duckdb.DuckDBPyConnection, query: Query, limit: int | None) -> Iterator[list[Record]]:
    """All the records (at most ``limit``), a batch at a time. The query is begun before the first is asked for."""
    sql = query.sql if limit is None else f"{query.sql} LIMIT {int(limit)}"
    with limited(cursor):
        cursor.execute(sql, list(query.parameters))

    def read() -> Iterator[list[Record]]:
        while rows := cursor.fetchmany(AT_ONCE):
            yield list(_records(query, rows))

    return read()


def _records(query: Query, rows: Sequence[Sequence[Any]]) -> Iterator[Record]:
    labels = [label for label, _ in query.columns]
    dates = [place for place, (_, kind) in enumerate(query.columns) if kind == "date"]
    for row in rows:
        record = dict(zip(labels, row, strict=True))
        for place in dates:
            record[labels[place]] = _date(row[place])
        yield record


def _date(value: date | None) -> str | None:
    """A date as Opendatasoft writes it: our dates are years, written so."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value.year:04d}" if (value.month, value.day) == (1, 1) else value.isoformat()


# Files ------------------------------------------------------------------------------------------------------------


def as_csv(
    query: Query, found: Iterator[list[Record]], labels: dict[str, str], delimiter: str, bom: bool
) -> Iterator[bytes]:
    """The records as CSV, a header first."""
    names = [label for label, _ in query.columns]
    yield _lines([[labels.get(name, name) for name in names]], delimiter, _BOM if bom else "")
    for batch in found:
        yield _lines(
            [["" if (cell := record[name]) is None else cell for name in names] for record in batch], delimiter, ""
        )


def _lines(rows: list[list[Any]], delimiter: str, begin: str) -> bytes:
    text = io.StringIO()
    text.write(begin)
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def as_json(found: Iterator[list[Record]]) -> Iterator[bytes]:
    """The records as one JSON array."""
    begin = b"["
    for batch in found:
        yield begin + orjson.dumps(batch)[1:-1]
        begin = b","
    yield b"[]" if begin == b"[" else b"]"


def as_jsonl(found: Iterator[list[Record]]) -> Iterator[bytes]:
    """The records as JSON, one a line."""
    for batch in found:
        yield b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in batch)


def as_geojson(room: Room, found: Iterator[list[Record]]) -> Iterator[bytes]:
    """The records as features, each with the polygon of its territory (null where the edition has none)."""
    begin = b'{"type":"FeatureCollection","features":['
    for batch in found:
        yield begin + b",".join(_feature(room, record) for record in batch)
        begin = b","
    yield b'{"type":"FeatureCollection","features":[]}' if begin != b"," else b"]}"


def _feature(room: Room, record: Record) -> bytes:
    import shapely

    shape = room.polygons(record["level"]).get(record["code"]) if "level" in record and "code" in record else None
    geometry = orjson.Fragment(shapely.to_geojson(shapely.from_wkb(shape))) if shape else None
    return orjson.dumps({"type": "Feature", "geometry": geometry, "properties": record})


def frame(query: Query, found: Iterator[list[Record]], form: str) -> pl.DataFrame:
    """The records as a table. Raises TooLongError beyond :data:`MOST_IN_MEMORY`."""
    import polars as pl

    kinds = {"text": pl.String, "int": pl.Int64, "double": pl.Float64, "date": pl.String, "boolean": pl.Boolean}
    schema = {label: kinds[kind] for label, kind in query.columns}
    parts: list[pl.DataFrame] = []
    for batch in found:
        parts.append(pl.DataFrame(batch, schema=schema))
        if sum(part.height for part in parts) > MOST_IN_MEMORY[form]:
            raise TooLongError
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)
