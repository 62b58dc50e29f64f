"""Parts of the engine of levers alone: columns that are multiples of others are found, and give back the table."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.levers.engine import proportional


@pytest.mark.parametrize(
    ("table", "width"),
    [
        ([[0.1, 0.3], [0.7, 2.1], [0.0, 0.0]], 1),  # 2.1 / 0.7 is not 3 to the last bit
        ([[1.0, 2.0], [1.0, 2.1]], 2),
        ([[0.0, 1.0, 0.0], [0.0, 2.0, 4.0]], 2),
        ([[0.0, 0.0]], 0),
        ([[-3.0, 1.0, 6.0, 1.0], [6.0, -2.0, -12.0, 1.0]], 2),
    ],
)
def test_a_table_is_its_columns_times_their_shares(table: list[list[float]], width: int) -> None:
    whole = np.array(table)
    columns, shares = proportional(whole)
    assert columns.shape[1] == width
    np.testing.assert_allclose(columns @ shares, whole, rtol=1e-12, atol=0)
