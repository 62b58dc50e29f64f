"""Generated grids: the grid is the reference, and tiles give the same bits."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vigie.access import reference
from vigie.access.decay import bands, linear
from vigie.access.grid import cells, grid_access, tiled_access, weight_table

SMALL = settings(max_examples=50, deadline=None)
amounts = st.one_of(st.just(0.0), st.floats(0.1, 500))
grids = st.dictionaries(
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)), st.tuples(amounts, amounts), min_size=1, max_size=25
)
# 1 km cells at 60 km/h: one cell is one minute, and 3-4-5 triangles fall on edges.
decays = st.sampled_from([bands([(0, 1.0), (2, 0.3)], 5), linear(4.5), bands([(0, 1.0)], 0.5)])


def grid_of(contents):
    columns, rows = (np.array(axis) for axis in zip(*contents, strict=True))
    demand, supply = zip(*contents.values(), strict=True)
    return cells(columns, rows, demand, supply)


@SMALL
@given(grids, decays)
def test_the_grid_is_the_reference(contents, decay):
    assume(any(demand for demand, _ in contents.values()))
    where = grid_of(contents)
    table = weight_table(decay, metres=1000, speed=60, detour=1)
    name = "{0[0]},{0[1]}".format
    demand = {name(cell): pair[0] for cell, pair in contents.items()}
    supply = {name(cell): pair[1] for cell, pair in contents.items() if pair[1] > 0}
    minutes = {
        (name(a), name(b)): float(np.hypot(a[0] - b[0], a[1] - b[1])) for a in contents for b in contents
        if name(b) in supply and np.hypot(a[0] - b[0], a[1] - b[1]) <= decay.limit
    }  # fmt: skip
    expected = [
        np.nan if value is None else value for value in reference.two_step(minutes, decay, demand, supply).values()
    ]
    assert grid_access(where, table).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@SMALL
@given(grids, decays, st.integers(1, 8))
def test_tiles_with_their_halo_give_the_same_bits(contents, decay, side):
    where = grid_of(contents)
    table = weight_table(decay, metres=1000, speed=60, detour=1)
    assert tiled_access(where, table, side).tobytes() == grid_access(where, table).tobytes()


@SMALL
@given(grids, st.integers(-1000, 1000), st.randoms(use_true_random=False))
def test_the_order_of_cells_and_the_origin_of_the_grid_do_not_matter(contents, shift, random):
    table = weight_table(linear(4.5), metres=1000, speed=60, detour=1)
    shuffled = dict(random.sample(list(contents.items()), len(contents)))
    moved = {(column + shift, row - shift): pair for (column, row), pair in shuffled.items()}
    before = dict(zip(contents, grid_access(grid_of(contents), table), strict=True))
    assert grid_access(grid_of(moved), table).tolist() == pytest.approx(
        [before[cell] for cell in shuffled], nan_ok=True
    )
