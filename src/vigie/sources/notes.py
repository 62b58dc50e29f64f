"""What a reader hands back: the table, and what it left out or could not say, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from vigie.errors import InputError
from vigie.language import Text
from vigie.sources.grid import LINE, SHEET, Grid


@dataclass(frozen=True)
class Note:
    """Something the reader did that a person must know: how many rows, and why."""

    count: int
    text: Text


@dataclass(frozen=True)
class Draft:
    """A tidy table before validation; its ``_line`` column, and ``_sheet`` if any, tell where each row comes from."""

    frame: pl.DataFrame
    grid: Grid
    notes: tuple[Note, ...] = ()

    def fault(self, fr: str, en: str, *, row: Mapping[str, Any], column: str, value: object) -> InputError:
        """An error placed at ``row``, a row of ``frame``."""
        grid = replace(self.grid, sheet=row.get(SHEET, self.grid.sheet))
        return grid.fault(fr, en, row=row.get(LINE), column=column, value=value)
