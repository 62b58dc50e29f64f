"""Several plans of about the same worth, what each place brings, and how often each is chosen.

A single best plan hides that others are as good. Each further plan pays for the places of those before it: the price is
as high as it can be while the plan keeps within a tolerance of the best, so that it differs as much as it may. Plans
are numbers of posts per site (0 or 1 where a site is open or not).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from vigie.access.arrays import Floats, Integers, sums
from vigie.levers.siting_benefit import Benefit

STEPS: Final = 6
"""Prices tried for each plan."""


def different_plans(
    best: Integers,
    find: Callable[[Floats], Integers],
    worth: Callable[[Integers], float],
    count: int,
    tolerance: float,
) -> list[Integers]:
    """``best`` and up to ``count`` − 1 other plans worth at least (1 − ``tolerance``) of it, each unlike those before.

    ``find`` gives a good plan when each post at a site costs so much; ``worth`` is what a plan is worth, the larger the
    better. Fewer plans where no other keeps within the tolerance.
    """
    plans = [best]
    least = (1.0 - tolerance) * worth(best)
    opened = max(int((best > 0).sum()), 1)
    for _ in range(count - 1):
        used = np.sum([plan > 0 for plan in plans], axis=0).astype(np.float64)
        low, high = 0.0, max(worth(best), 1.0) / opened
        kept: Integers | None = None
        for _ in range(STEPS):
            price = 0.5 * (low + high)
            found = find(price * used)
            if worth(found) >= least:
                low = price
                if kept is None or _common(found, plans) < _common(kept, plans):
                    kept = found
            else:
                high = price
        if kept is None or any((kept == plan).all() for plan in plans):
            break
        plans.append(kept)
    return plans


def _common(plan: Integers, plans: Sequence[Integers]) -> int:
    return int(sum(np.minimum(plan, other).sum() for other in plans))


def frequency(plans: Sequence[Integers]) -> Floats:
    """The share of ``plans`` (one per variant) that choose each site, from 0 to 1."""
    return np.asarray(np.mean([plan > 0 for plan in plans], axis=0), dtype=np.float64)


def brought_alone(benefit: Benefit, sites: Integers) -> Floats:
    """What the plan ``sites`` (columns) would lose without each of them: nothing else takes it up."""
    part = benefit.matrix[:, sites].tocsr()
    rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
    order = np.lexsort((-part.data, rows))
    row, column, value = rows[order], part.indices[order], part.data[order]
    first = np.ones(row.size, dtype=np.bool_)
    first[1:] = row[1:] != row[:-1]
    where = np.flatnonzero(first)
    second = np.zeros(where.size)
    followed = np.flatnonzero(np.append(~first[1:], False)[where]) if row.size else np.empty(0, dtype=np.int64)
    second[followed] = value[where[followed] + 1]
    return sums(column[where].astype(np.int64), value[where] - second, sites.size)


def quantile_minutes(minutes: Floats, people: Floats, share: float) -> float:
    """The minutes within which a ``share`` of ``people`` are; infinite where fewer are in reach of anything."""
    order = np.argsort(minutes, kind="stable")
    reached = np.cumsum(people[order])
    if not reached.size or reached[-1] <= 0:
        return float("nan")
    return float(minutes[order][np.searchsorted(reached, share * reached[-1])])
