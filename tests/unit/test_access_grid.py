"""Grid: the table of weights, and bad cells."""

import math

import numpy as np
import pytest

from vigie.access.decay import bands, linear
from vigie.access.grid import cells, grid_access, tiles, weight_table
from vigie.errors import InputError


def test_the_table_holds_the_weight_by_rows_and_columns_apart():
    table = weight_table(bands([(0, 1.0), (5, 0.3)], 10), metres=200, speed=12, detour=1)  # one minute a cell
    assert table.shape == (11, 11)
    assert (table[3, 3], table[3, 4], table[6, 8], table[8, 7]) == (1.0, 0.3, 0.3, 0.0)


def test_a_cell_reaches_what_is_in_it_even_when_the_next_is_too_far():
    where = cells([0, 1], [0, 0], [10, 5], [2, 0])
    assert grid_access(where, weight_table(linear(1), metres=2000, speed=60, detour=1)).tolist() == [0.2, 0.0]


def test_no_cells_no_access():
    none = np.empty(0, dtype=np.int64)
    assert grid_access(cells(none, none, [], []), np.ones((3, 3))).size == 0


def test_every_cell_is_of_one_tile_and_in_its_halo():
    where = cells([-5, 0, 3, 40], [0, 1, -7, 40], [1, 1, 1, 1], [0, 0, 0, 0])
    parts = list(tiles(where, np.ones((3, 3)), side=4))
    assert sorted(np.concatenate([own for own, _ in parts]).tolist()) == [0, 1, 2, 3]
    for own, tile in parts:
        assert tile.cells.column[tile.own].tolist() == where.column[own].tolist()
        assert tile.cells.row[tile.own].tolist() == where.row[own].tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda: cells([0.5], [0], [1], [1]),
        lambda: cells([0, 0], [1, 1], [1, 1], [1, 1]),
        lambda: cells([0], [0, 1], [1], [1]),
        lambda: cells([0], [0], [-1], [1]),
        lambda: cells([0], [0], [1], [math.nan]),
        lambda: weight_table(linear(5), metres=0, speed=50, detour=1.3),
        lambda: weight_table(linear(5), metres=200, speed=math.inf, detour=1.3),
    ],
)
def test_bad_cells_are_input_errors(call):
    with pytest.raises(InputError):
        call()
