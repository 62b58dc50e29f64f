"""What a reader hands back: the table, and what it left out or could not say, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.language import Text

if TYPE_CHECKING:
    import polars as pl

    from vigie.sources.grid import Grid


@dataclass(frozen=True)
class Note:
    """Something the reader did that a person must know: how many rows, and why."""

    count: int
    text: Text


@dataclass(frozen=True)
class Draft:
    """A tidy table before validation; its ``_line`` column tells where each row comes from."""

    frame: pl.DataFrame
    grid: Grid
    notes: tuple[Note, ...] = ()
