"""Rows of a large table by territory, in a file without a name: a server reads those of one with a single call.

A query costs milliseconds to plan, however few its rows, and the columns held in memory would take some hundred
megabytes. Written row after row to a temporary file, those of a territory are one piece of it, read in microseconds
from what the system keeps of the file; of the process it takes the places of the pieces alone. The answers are those
of the query. Where no temporary file can be written there is none, and the query is asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from vigie.editions.held import unnamed

if TYPE_CHECKING:
    import polars as pl

Key = tuple[str, str]
Row = tuple[Any, ...]

_PIECE = 100_000  # rows in memory at once
_KEY = ("level", "code")


class Spilled:
    """The rows of a Parquet file whose territories follow one another, all but their keys, in the file's order.

    ``among`` is the column of a further key, such as a variant. Raises OSError where no temporary file can be written.
    """

    def __init__(self, path: Path, ordinals: Mapping[Key, int], among: str = "") -> None:
        """Write the rows once, piece by piece."""
        import polars as pl

        kind = pl.col(among) if among else pl.lit("")
        keys = pl.read_parquet(path, columns=[*_KEY, among] if among else [*_KEY])
        runs = (
            keys.select(*_KEY, kind=kind)
            .with_row_index("row")
            .group_by("kind", *_KEY, maintain_order=True)
            .agg(first=pl.col("row").first(), count=pl.len(), last=pl.col("row").last())
        )
        if not runs.select((pl.col("last") - pl.col("first") + 1 == pl.col("count")).all()).item():
            raise OSError(f"{path.name}: the rows of a territory do not follow one another")
        schema = pl.read_parquet_schema(path)
        self.columns = [name for name in schema if name not in (*_KEY, among)]
        plain = not any(isinstance(schema[name], pl.List | pl.String) for name in self.columns)
        written, self._decode = (_numbers if plain else _texts)(schema, self.columns)
        self._file = unnamed(path.parent)
        sizes = [np.zeros(1, np.int64)]
        for piece in _pieces(path, self.columns, keys.height):
            rows, own = written(piece)
            self._file.write(rows)
            sizes.append(own)
        self._file.flush()
        self._ordinals = ordinals
        ends = np.cumsum(np.concatenate(sizes), dtype=np.int64)
        self._at = {name: self._places(own, ends) for (name,), own in runs.group_by("kind")}

    def _places(self, runs: pl.DataFrame, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the rows of each territory begin and end in the file: two zeros for one without rows."""
        places = np.zeros((len(self._ordinals), 2), np.int64)
        at = np.array([self._ordinals.get(key, -1) for key in zip(runs["level"], runs["code"], strict=True)])
        known = at >= 0
        first, count = runs["first"].to_numpy()[known], runs["count"].to_numpy()[known]
        places[at[known]] = np.column_stack([ends[first], ends[first + count]])
        return places

    def rows(self, key: Key, columns: Sequence[str], kind: str = "") -> list[Row]:
        """Columns of the rows of a territory; no row for one that the table does not have."""
        at, places = self._ordinals.get(key), self._at.get(kind)
        if at is None or places is None:
            return []
        first, end = places[at].tolist()
        found = self._decode(os.pread(self._file.fileno(), end - first, first)) if end > first else []
        if list(columns) == self.columns:
            return found
        taken = [self.columns.index(name) for name in columns]
        return [tuple(row[at] for at in taken) for row in found]

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


Codec = tuple[Callable[["pl.DataFrame"], tuple[bytes, Any]], Callable[[bytes], list[Row]]]


def _pieces(path: Path, columns: Sequence[str], height: int) -> Iterator[pl.DataFrame]:
    import polars as pl

    table = pl.scan_parquet(path).select(columns)
    for first in range(0, height, _PIECE):
        yield table.slice(first, _PIECE).collect()


def _numbers(schema: Mapping[str, pl.DataType], columns: Sequence[str]) -> Codec:
    """Rows of numbers, as records of one size; a figure that is missing is written as not a number."""

    kinds = {name: schema[name].to_python() for name in columns}
    record = np.dtype([(name, np.float32 if kinds[name] is float else np.int32) for name in columns])

    def written(piece: pl.DataFrame) -> tuple[bytes, Any]:
        rows = np.empty(piece.height, record)
        for name in columns:
            empty = float("nan") if kinds[name] is float else None
            rows[name] = piece[name].fill_null(empty).to_numpy() if empty is not None else piece[name].to_numpy()
        return rows.tobytes(), np.full(piece.height, record.itemsize)

    def read(found: bytes) -> list[Row]:
        return [tuple(None if one != one else one for one in row) for row in np.frombuffer(found, record).tolist()]

    return written, read


def _texts(schema: Mapping[str, pl.DataType], columns: Sequence[str]) -> Codec:
    """Rows with words and lists, as JSON."""
    import polars as pl

    exact = [
        pl.col(name).cast(pl.List(pl.Float64) if isinstance(schema[name], pl.List) else pl.Float64)
        for name in columns
        if schema[name] in (pl.Float32, pl.List(pl.Float32))
    ]

    def written(piece: pl.DataFrame) -> tuple[bytes, Any]:
        told = piece.with_columns(exact).select(row=pl.struct(columns).struct.json_encode() + ",")["row"]
        return "".join(told.to_list()).encode(), told.str.len_bytes().to_numpy()

    def read(found: bytes) -> list[Row]:
        return [tuple(row[name] for name in columns) for row in orjson.loads(b"[" + found[:-1] + b"]")]

    return written, read
