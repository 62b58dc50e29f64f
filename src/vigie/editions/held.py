"""Rows of a table by territory, kept in memory: a server answers from there what it would ask a hundred times a second.

A query of the edition's database costs milliseconds to plan, however few its rows; a slice of a sorted table costs
microseconds. The rows are those of the same query.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

Key = tuple[str, str]


class Held:
    """A table whose first two columns are the level and the code of the territory that each row belongs to."""

    def __init__(self, table: pl.DataFrame, ordinals: Mapping[Key, int]) -> None:
        """Sort the rows by territory, in the order that they come in; ``ordinals`` number the territories from 0."""
        import numpy as np
        import polars as pl

        level, code = table.columns[:2]
        numbers = pl.DataFrame(
            {level: [key[0] for key in ordinals], code: [key[1] for key in ordinals], "_at": list(ordinals.values())},
            schema_overrides={"_at": pl.Int32},
        )
        whole = table.join(numbers, on=[level, code], maintain_order="left").sort("_at", maintain_order=True)
        self._starts = np.searchsorted(whole["_at"].to_numpy(), np.arange(len(ordinals) + 1))
        self._rows = whole.drop(level, code, "_at").rechunk()
        self._ordinals = ordinals

    def rows(self, level: str, code: str) -> list[tuple[Any, ...]]:
        """The rows of a territory, in their order; none for one that the edition does not have."""
        at = self._ordinals.get((level, code))
        if at is None:
            return []
        first, end = int(self._starts[at]), int(self._starts[at + 1])
        return self._rows.slice(first, end - first).rows()
