"""Sheets of a workbook (``.xlsx``, ``.ods``) as grids of text, each with the row it had in the sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.sources.grid import LINE, Grid
from vigie.sources.text import AGAIN, content

Cells = list[list[str | None]]


def sheets(path: Path) -> dict[str, Cells]:
    """Every sheet's cells as text, from the first row and column on; blank is None. Raises InputError."""
    from python_calamine import CalamineError, CalamineWorkbook

    data = content(path)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        raw = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise InputError(
            f"classeur illisible ou tronqué ({error}).",
            f"unreadable or truncated workbook ({error}).",
            where=Where(path),
            **AGAIN,
        ) from None
    return {name: [[_text(cell) for cell in row] for row in rows] for name, rows in raw.items()}


def _text(cell: object) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def grid(path: Path, sheet: str, cells: Cells, names: Sequence[str], first: int) -> Grid:
    """The rows of ``cells`` from row ``first`` of the sheet (1 is the top), under ``names``; without empty rows."""
    rows = [(number, row) for number, row in enumerate(cells[first - 1 :], start=first) if any(row)]
    if not rows:
        raise InputError("aucune ligne de données.", "no row of data.", where=Where(path, sheet))
    columns = {name: [row[index] for _, row in rows] for index, name in enumerate(names) if name}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return Grid(frame.with_columns(pl.Series(LINE, [number for number, _ in rows], dtype=pl.UInt32)), path, sheet)
