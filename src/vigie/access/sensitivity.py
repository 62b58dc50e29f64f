"""Sensitivity: how far a figure of access depends on the choices behind it.

APL counts everybody, so it has no sampling error; what is not sure is the model. Each variant (a decay, a travel model,
a calibration) gives one value per place, and this module says, place by place, between which bounds they fall, how
often they fall under each threshold, and how stable the place's rank is. It is an interval over stated hypotheses:
never to be shown as a margin of error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Mask, quantities
from vigie.errors import InputError, Where

if TYPE_CHECKING:
    import polars as pl


def sensitivity(
    variants: npt.ArrayLike, population: npt.ArrayLike, thresholds: Sequence[float] = (2.0, 2.5, 4.0)
) -> pl.DataFrame:
    """The spread of ``variants`` (places × variants, in one unit), a row per place in the order given.

    Columns: ``low``, ``median``, ``high`` over the variants; ``under_2.5`` and its like, the share of the variants
    strictly under each threshold; ``rank_low`` and ``rank_high``, the least and greatest share of the ``population``
    that lives in a place of strictly lower access. Null where a variant is missing (NaN).
    Raises InputError unless there are two variants or more and a population per place.
    """
    import polars as pl

    values = np.asarray(variants, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise InputError(
            f"variantes de forme {values.shape} ; (lieux, au moins 2) attendu.",
            f"variants of shape {values.shape}; (places, at least 2) expected.",
            where=Where(column="variants"),
        )
    people = quantities(population, "population", values.shape[0])
    known: Mask = np.asarray(np.isfinite(values).all(axis=1))
    kept = values[known]
    ranks = np.column_stack([_rank(column, people[known]) for column in kept.T])
    columns = {"low": kept.min(axis=1), "median": np.median(kept, axis=1), "high": kept.max(axis=1)}
    columns |= {f"under_{threshold:g}": (kept < threshold).mean(axis=1) for threshold in thresholds}
    columns |= {"rank_low": ranks.min(axis=1), "rank_high": ranks.max(axis=1)}
    return pl.DataFrame({name: _spread_out(column, known) for name, column in columns.items()}).fill_nan(None)


def _rank(values: Floats, people: Floats) -> Floats:
    """The share of ``people`` in places of strictly lower value: ties share the rank of the first of them."""
    order = np.argsort(values, kind="stable")
    rising = values[order]
    below = np.cumsum(people[order]) - people[order]
    total = people.sum() or 1.0
    position = np.arange(values.size)
    first = np.maximum.accumulate(np.where(np.diff(rising, prepend=-np.inf) > 0, position, 0))
    ranks = np.empty(values.size)
    ranks[order] = below[first] / total
    return ranks


def _spread_out(column: Floats, known: Mask) -> Floats:
    result = np.full(known.size, np.nan)
    result[known] = column
    return result
