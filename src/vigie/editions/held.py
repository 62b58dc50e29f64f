"""Rows of a table by territory, kept at hand: a server answers from there what it would ask a hundred times a second.

A query of the edition's database costs milliseconds to plan, however few its rows; a slice of sorted rows costs
microseconds. The rows are those of the same query. A column of words is kept as numbers into the list of its words.
Small tables are kept in memory (:class:`Held`), the millions of observations in a file without a name (:class:`Filed`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Key = tuple[str, str]
_PIECE = 100_000  # rows written at a time


class Held:
    """The columns of a table, sorted by the key that each row belongs to."""

    def __init__(self, at: NDArray[np.int64], columns: Iterable[pl.Series], ordinals: Mapping[Key, int]) -> None:
        """Sort the rows by key, those of a key staying in the order that they come in.

        ``at`` is the number of the key of each row, -1 for a row that is not kept; ``ordinals`` number the keys from 0.
        """
        order, self._starts = _sorted(at, len(ordinals))
        self._columns = [_Column(column, order) for column in columns]
        self._ordinals = ordinals

    @classmethod
    def of_table(cls, table: pl.DataFrame, ordinals: Mapping[Key, int]) -> Held:
        """A table whose first two columns are the key of each row."""
        names = table.columns
        return cls(_numbers(table.select(names[:2]), ordinals), (table[name] for name in names[2:]), ordinals)

    @classmethod
    def of_file(cls, path: Path, columns: Iterable[str], ordinals: Mapping[Key, int]) -> Held:
        """Columns of a Parquet file that has a ``level`` and a ``code``, read one at a time: whole, it would take much.

        The rows of a territory stay in the order of the file.
        """
        import polars as pl

        at = _numbers(pl.read_parquet(path, columns=["level", "code"]), ordinals)
        return cls(at, (pl.read_parquet(path, columns=[name])[name] for name in columns), ordinals)

    def numbers(self, level: str, code: str) -> NDArray[Any]:
        """The first column of a key's rows, one of numbers, as an array."""
        at = self._ordinals[level, code]
        return self._columns[0].numbers(int(self._starts[at]), int(self._starts[at + 1]))

    def rows(self, level: str, code: str) -> list[tuple[Any, ...]]:
        """The rows of a key, in their order; none for one that is not held."""
        at = self._ordinals.get((level, code))
        if at is None:
            return []
        first, end = int(self._starts[at]), int(self._starts[at + 1])
        return list(zip(*(column.values(first, end) for column in self._columns), strict=True))


class Filed:
    """Columns of a Parquet file, words or floats, as rows in a file of the system's own, sorted by territory.

    It has no name and is gone when it is closed, or with the process. The rows of a territory are together: one read of
    some kilobytes, which the system keeps at hand as long as it has memory for it.
    """

    def __init__(self, path: Path, columns: Sequence[str], ordinals: Mapping[Key, int]) -> None:
        """``path`` has a ``level``, a ``code`` and the ``columns``, read one at a time: whole, it would take much.

        Raises OSError where there is no room for it.
        """
        import polars as pl

        at = _numbers(pl.read_parquet(path, columns=["level", "code"]), ordinals)
        order, self._starts = _sorted(at, len(ordinals))
        read = (pl.read_parquet(path, columns=[name])[name] for name in columns)
        parts = [_floats(one) if one.dtype.is_float() else _worded(one) for one in read]
        self._words = [words for _, words in parts]
        self._kind = np.dtype([(name, part.dtype) for name, (part, _) in zip(columns, parts, strict=True)])
        self._ordinals = ordinals
        self._file = unnamed(path.parent)
        for first in range(0, len(order), _PIECE):
            some = order[first : first + _PIECE]
            piece = np.empty(len(some), self._kind)
            for name, (part, _) in zip(columns, parts, strict=True):
                piece[name] = part[some]
            self._file.write(piece.tobytes())
        self._file.flush()

    def rows(self, level: str, code: str) -> list[tuple[Any, ...]]:
        """The rows of a key, in the order of the Parquet file; none for one that is not held."""
        at = self._ordinals.get((level, code))
        if at is None:
            return []
        first, end = int(self._starts[at]), int(self._starts[at + 1])
        size = self._kind.itemsize
        found = np.frombuffer(os.pread(self._file.fileno(), (end - first) * size, first * size), self._kind)
        told = [
            [None if value != value else value for value in found[name].tolist()]
            if words is None
            else words[found[name]].tolist()
            for name, words in zip(self._kind.names or (), self._words, strict=True)
        ]
        return list(zip(*told, strict=True))

    def close(self) -> None:
        """Give the file back to the system."""
        self._file.close()


def unnamed(beside: Path) -> IO[bytes]:
    """A file without a name, gone when it is closed, on the disk of ``beside`` where one may write there.

    Otherwise among the temporary files, which many systems keep in memory. Raises OSError where neither can be.
    """
    try:
        return tempfile.TemporaryFile(dir=beside)
    except OSError:
        return tempfile.TemporaryFile()


class _Column:
    """One column: its values as numbers, the rows without a value, and the words that the numbers stand for.

    Where most rows have no value, ``_rows`` are those that have one and ``_numbers`` theirs alone.
    """

    __slots__ = ("_missing", "_numbers", "_rows", "_words")

    def __init__(self, column: pl.Series, order: NDArray[np.int64]) -> None:
        import polars as pl

        self._words: NDArray[np.object_] | None = None
        self._missing: NDArray[np.bool_] | None = None
        self._rows: NDArray[np.int32] | None = None
        if column.dtype == pl.String:
            codes, self._words = _worded(column)
            self._numbers: NDArray[Any] = codes[order]
            return
        missing = column.is_null().to_numpy()[order]
        numbers = column.fill_null(value=False if column.dtype == pl.Boolean else 0).to_numpy()[order]
        if 2 * int(missing.sum()) > len(missing):
            self._rows = np.flatnonzero(~missing).astype(np.int32)
            numbers = numbers[self._rows]
        elif missing.any():
            self._missing = missing
        self._numbers = _shrunk(numbers)

    def numbers(self, first: int, end: int) -> NDArray[Any]:
        return self._numbers[first:end]

    def values(self, first: int, end: int) -> list[Any]:
        if self._rows is not None:
            low, high = np.searchsorted(self._rows, np.array([first, end], dtype=np.int32))
            sparse: list[Any] = [None] * (end - first)
            for row, value in zip(self._rows[low:high].tolist(), self._numbers[low:high].tolist(), strict=True):
                sparse[row - first] = value
            return sparse
        numbers = self._numbers[first:end]
        told: list[Any] = (numbers if self._words is None else self._words[numbers]).tolist()
        if self._missing is None:
            return told
        missing = self._missing[first:end].tolist()
        return [None if none else value for value, none in zip(told, missing, strict=True)]


def _sorted(at: NDArray[np.int64], keys: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows in the order of the keys that ``at`` numbers, those without one left out, and where each key begins."""
    order = np.argsort(at, kind="stable")
    order = order[np.searchsorted(at[order], 0) :]
    return order, np.searchsorted(at[order], np.arange(keys + 1))


def _worded(column: pl.Series) -> tuple[NDArray[Any], NDArray[np.object_]]:
    """Words as numbers into the list of them, which ends with None for a row without."""
    import polars as pl

    words = column.unique().drop_nulls().sort()
    codes = column.cast(pl.Enum(words)).to_physical().fill_null(len(words)).to_numpy()
    return codes.astype(np.min_scalar_type(len(words))), np.array([*words.to_list(), None], dtype=object)


def _floats(column: pl.Series) -> tuple[NDArray[np.float64], None]:
    """Floats, not a number where there is none: figures of an edition are numbers (its checks see to it)."""
    return column.fill_null(float("nan")).to_numpy(), None


def _shrunk(numbers: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in the smallest type of their kind that tells every one of them."""
    kinds = {"f": (np.float32,), "i": (np.int8, np.int16, np.int32)}.get(numbers.dtype.kind, ())
    for smaller in kinds:
        with np.errstate(over="ignore"):
            told = numbers.astype(smaller)
        if np.array_equal(told.astype(numbers.dtype), numbers, equal_nan=numbers.dtype.kind == "f"):
            return told
    return numbers


def _numbers(keys: pl.DataFrame, ordinals: Mapping[Key, int]) -> NDArray[np.int64]:
    """The number of each row's key, -1 for one without number."""
    import polars as pl

    names = keys.columns
    numbered = pl.DataFrame(
        {names[0]: [one[0] for one in ordinals], names[1]: [one[1] for one in ordinals], "_at": list(ordinals.values())}
    )
    found = keys.join(numbered, on=names, how="left", maintain_order="left")["_at"]
    return found.fill_null(-1).to_numpy()
