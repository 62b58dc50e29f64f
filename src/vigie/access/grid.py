"""Grid: the catchment over a fine regular grid (200 m cells), without ever storing a pair.

On a regular grid the weight of a pair depends only on how many rows and columns apart its cells are, so one small table
of weights serves all, and the two steps of the catchment are two sums around each cell. Travel is in straight lines at
one speed. :func:`grid_access` is at once the function for one machine and the one that a distributed engine maps over
tiles: give it the cells of a tile and of its halo (:func:`tiles`), keep the tile's own; the bits are the same.

The rules are those of :mod:`vigie.access.catchment`: here the sites are the cells that have some supply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Indices, Integers, Mask, quantities
from vigie.access.decay import Decay, weights
from vigie.access.spread import Each, one_by_one
from vigie.errors import InputError, Where

Sites = tuple[Indices, Indices]
"""Columns and rows of cells."""


@dataclass(frozen=True)
class Cells:
    """Cells of a regular grid: whole ``column`` and ``row`` numbers, ``demand`` (persons) and ``supply`` of each."""

    column: Integers
    row: Integers
    demand: Floats
    supply: Floats


def cells(column: npt.ArrayLike, row: npt.ArrayLike, demand: npt.ArrayLike, supply: npt.ArrayLike) -> Cells:
    """Checked cells. Raises InputError for numbers that are not whole, a cell given twice, a bad demand or supply."""
    columns, rows = np.asarray(column), np.asarray(row)
    if (
        columns.dtype.kind not in "iu"
        or rows.dtype.kind not in "iu"
        or columns.shape != rows.shape
        or columns.ndim != 1
    ):
        raise InputError(
            "les numéros de colonne et de ligne sont des entiers, un couple par carreau.",
            "column and row numbers are whole, one pair per cell.",
            remedy_fr="Divisez les coordonnées en mètres par la taille du carreau.",
            remedy_en="Divide the coordinates in metres by the size of the cell.",
            where=Where(column="column, row"),
        )
    order = np.lexsort((columns, rows))
    twice = np.flatnonzero((np.diff(columns[order]) == 0) & (np.diff(rows[order]) == 0))
    if twice.size:
        k = order[twice[0]]
        raise InputError(
            f"carreaux donnés deux fois\u202f: {twice.size}.",
            f"cells given twice: {twice.size}.",
            where=Where(column="column, row", value=f"{columns[k]}, {rows[k]}"),
        )
    return Cells(
        columns.astype(np.int64),
        rows.astype(np.int64),
        quantities(demand, "demand", columns.size),
        quantities(supply, "supply", columns.size),
    )


def weight_table(decay: Decay, metres: float, speed: float, detour: float) -> Floats:
    """The weight of a cell so many rows (first axis) and columns (second) away, as far as the decay reaches.

    ``metres`` is the side of a cell, ``speed`` in km/h. Raises InputError for what is not positive.
    """
    if not all(np.isfinite(value) and value > 0 for value in (metres, speed, detour)):
        raise InputError(
            f"côté ({metres}), vitesse ({speed}) et détour ({detour}) doivent être positifs.",
            f"side ({metres}), speed ({speed}) and detour ({detour}) must be positive.",
        )
    minutes_per_cell = metres * detour * 60.0 / (speed * 1000.0)
    reach = int(decay.limit / minutes_per_cell)
    steps = np.arange(reach + 1)
    return weights(decay, minutes_per_cell * np.sqrt((steps**2)[:, None] + (steps**2)[None, :]))


def grid_access(where: Cells, table: Floats, own: Mask | None = None) -> Floats:
    """A_i of each cell, in the order given (2SFCA, E2SFCA), with the weights of :func:`weight_table`.

    ``own`` marks the cells whose access is wanted, all by default: the others, a halo, are there for what they offer
    and ask. NaN where access is not defined: in a cell without people whose sites in reach have nobody in reach.
    """
    order = np.lexsort((where.column, where.row))
    column = where.column[order].astype(np.int32)
    row = (where.row[order] - where.row.min(initial=np.iinfo(np.int64).max)).astype(np.int32)
    demand, supply = where.demand[order], where.supply[order]
    wanted = np.ones(order.size, dtype=bool) if own is None else own[order]
    peopled, offering = demand > 0, supply > 0
    in_reach = _around(column[offering], row[offering], column[peopled], row[peopled], demand[peopled], table)
    served = in_reach > 0
    rate = np.divide(supply[offering], in_reach, out=np.zeros_like(in_reach), where=served)
    access = _around(column[wanted], row[wanted], column[offering], row[offering], rate, table)
    if not served.all():
        sites = column[offering], row[offering]
        access[_undefined((column[wanted], row[wanted]), sites, served, table)] = np.nan
    result = np.full(order.size, np.nan)
    result[order[wanted]] = access
    return result if own is None else result[own]


@dataclass(frozen=True)
class Tile:
    """A square of a grid: its cells with those of its halo, in the order of the grid; ``own`` marks its own."""

    cells: Cells
    own: Mask


def tiles(where: Cells, table: Floats, side: int) -> Iterator[tuple[Integers, Tile]]:
    """Square tiles of ``side`` cells: for each, the numbers of its own cells, and itself with its halo.

    The halo is twice the reach of ``table``: sites as far as one reach, and the people that they serve one farther.
    """
    halo = 2 * (table.shape[0] - 1)
    band = where.row // side
    by_band = np.argsort(band, kind="stable")  # a band of rows is found without reading all of them
    bands, starts = np.unique(band[by_band], return_index=True)
    ends = np.append(starts[1:], band.size)
    wide = -(-halo // side)
    for top in bands:
        first, last = np.searchsorted(bands, [top - wide, top + wide + 1])
        near = by_band[starts[first] : ends[last - 1]]
        near = near[_between(where.row[near], top * side - halo, (top + 1) * side + halo)]
        near = near[np.argsort(where.column[near], kind="stable")]
        column, row = where.column[near], where.row[near]
        inside = _between(row, top * side, (top + 1) * side)
        for left in np.unique(column[inside] // side):
            low, high = np.searchsorted(column, [left * side - halo, (left + 1) * side + halo])
            found = near[low:high]
            part = Cells(column[low:high], row[low:high], where.demand[found], where.supply[found])
            own = inside[low:high] & _between(column[low:high], left * side, (left + 1) * side)
            yield found[own], Tile(part, own)


def tile_access(table: Floats, tile: Tile) -> Floats:
    """A_i of a tile's own cells, in their order: :func:`grid_access` on the tile and its halo."""
    return grid_access(tile.cells, table, tile.own)


def tiled_access(where: Cells, table: Floats, side: int, each: Each = one_by_one) -> Floats:
    """:func:`grid_access` tile by tile, here or wherever ``each`` sends the tiles: the same bits, a tile's memory."""
    result = np.full(where.column.size, np.nan)
    owners: list[Integers] = []

    def sent() -> Iterator[Tile]:
        for own, tile in tiles(where, table, side):
            owners.append(own)
            yield tile

    for number, access in each(partial(tile_access, table), sent()):
        result[owners[number]] = access
    return result


def _around(
    column: Indices, row: Indices, source_column: Indices, source_row: Indices, source_value: Floats, table: Floats
) -> Floats:
    from vigie.access import kernels

    height = 1 + max(row.max(initial=0), source_row.max(initial=0))
    starts = np.searchsorted(source_row, np.arange(height + 1)).astype(np.int64)
    result = np.zeros(column.size)
    kernels.share(partial(kernels.gather, column, row, table, source_column, source_value, starts, result), column.size)
    return result


def _undefined(where: Sites, sites: Sites, served: Mask, table: Floats) -> Mask:
    # Sums of weights, not of rates: a served site may have a rate too small to tell from 0.
    any_site = _around(*where, *sites, np.ones(served.size), table)
    any_served = _around(*where, *sites, served.astype(np.float64), table)
    return np.asarray((any_site > 0) & (any_served == 0))


def _between(values: Integers, low: int, high: int) -> Mask:
    return (values >= low) & (values < high)
