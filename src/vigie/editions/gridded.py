"""Accessibility on a fine regular grid: cells read from a file, tiles done here or by workers, a record of how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vigie.access.arrays import Floats
from vigie.access.grid import Cells, cells, tiled_access, weight_table
from vigie.access.spread import Each, one_by_one
from vigie.access.written import NamedDecay
from vigie.errors import InputError
from vigie.sources.own import OwnTable, read_own

COLUMNS = ("x", "y", "demand", "supply")
SIDE = 1024
"""Cells along a tile: 205 km of cells of 200 m. A tile with its halo is then some tens of megabytes."""


@dataclass(frozen=True)
class Pace:
    """How far one goes: the side of a cell in metres, km/h in straight line, the road over it, and the decay."""

    metres: float
    speed: float
    detour: float
    decay: NamedDecay

    def table(self) -> Floats:
        """The weights by rows and columns apart."""
        return weight_table(self.decay.decay, self.metres, self.speed, self.detour)


def read_cells(path: Path, metres: float) -> tuple[OwnTable, Cells]:
    """The cells of a file (``x`` and ``y`` in metres of a projection, ``demand``, ``supply``), of a side of ``metres``.

    Raises InputError as :func:`vigie.sources.own.read_own` does, and for two rows of one cell.
    """
    own = read_own(path, COLUMNS)
    column, row = (np.floor(own.frame[axis].to_numpy() / metres).astype(np.int64) for axis in ("x", "y"))
    try:
        return own, cells(column, row, own.frame["demand"].to_numpy(), own.frame["supply"].to_numpy())
    except InputError as fault:
        raise InputError(
            f"{path.name} : {fault.fr}",
            f"{path.name}: {fault.en}",
            remedy_fr=f"Une ligne par carreau de {metres:g} m : vérifiez --metres.",
            remedy_en=f"One row per cell of {metres:g} m: check --metres.",
            where=fault.where,
        ) from None


def grid_study(
    own: OwnTable,
    where: Cells,
    pace: Pace,
    side: int = SIDE,
    each: Each = one_by_one,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Access of each cell, by tiles of ``side`` cells handed out by ``each``; and the record of how it was made.

    The table has ``x``, ``y``, ``demand``, ``supply``, ``value`` (supply per person; null where not defined). The same
    bits whatever the tiles and wherever they were done.
    """

    def told(work: Callable[[Any], Any], tasks: Any) -> Any:
        for done, answer in enumerate(each(work, tasks), start=1):
            progress(done)
            yield answer

    value = tiled_access(where, pace.table(), side, told)
    table = own.frame.select(COLUMNS).with_columns(value=pl.Series(value).fill_nan(None))
    return table, _record(own, where, pace, value)


def _record(own: OwnTable, where: Cells, pace: Pace, value: Floats) -> dict[str, Any]:
    known = np.isfinite(value)
    people, given = float(where.demand.sum()), float(where.supply.sum())
    received = float(where.demand[known] @ value[known])
    return {
        "vigie": version("vigie"),
        "method": {"id": "e2sfca", "on": "grid"},
        "decay": {"name": pace.decay.name, "fr": pace.decay.words.fr, "en": pace.decay.words.en},
        "travel": {"metres": pace.metres, "speed": pace.speed, "detour": pace.detour},
        "inputs": [{"file": own.path.name, "sha256": own.sha256}],
        "cells": int(value.size),
        "demand": people,
        "supply": given,
        "received": received,
        "mean": received / people if people else None,
        "undefined": int((~known).sum()),
    }
