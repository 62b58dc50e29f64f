"""The one loop that Numba compiles: what a change at some sites brings to the places around. Import inside functions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from vigie.access.arrays import Floats, Indices, Integers


@njit(cache=True, nogil=True)
def scatter(
    indptr: Integers,
    indices: Indices,
    weights: npt.NDArray[np.float32],
    rows: Integers,
    values: Floats,
    result: Floats,
) -> None:
    """Add to ``result[i, d]`` the sum over the ``rows`` j of ``weights[ij, d] · values[j's number, d]``.

    ``weights`` (pairs × decays) in compressed rows of a symmetric matrix; ``values`` (rows × decays × columns);
    ``result`` (places × decays × columns).
    """
    decays, columns = values.shape[1], values.shape[2]
    for number in range(rows.size):
        start, end = indptr[rows[number]], indptr[rows[number] + 1]
        for pair in range(start, end):
            place = indices[pair]
            for decay in range(decays):
                pull = np.float64(weights[pair, decay])
                if pull != 0.0:
                    for column in range(columns):
                        result[place, decay, column] += pull * values[number, decay, column]
