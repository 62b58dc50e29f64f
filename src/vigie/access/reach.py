"""Reach: how many people, territory by territory, live within some minutes of the nearest of a list of sites.

A threshold is met at its own value (≤), as everywhere in the room. A place whose time is not known (NaN) counts apart:
its people are neither within nor beyond; an infinite time is beyond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, quantities, sums
from vigie.errors import InputError, Where


@dataclass(frozen=True)
class Reach:
    """Per territory: ``people``, those ``unknown``, and those ``within`` each threshold (territories × thresholds).

    ``share`` is ``within`` over the people whose time is known, NaN where there are none.
    """

    people: Floats
    unknown: Floats
    within: Floats
    share: Floats


def reach(
    minutes: npt.ArrayLike, population: npt.ArrayLike, thresholds: npt.ArrayLike, groups: Integers, size: int
) -> Reach:
    """People within each of ``thresholds`` (minutes) in each of ``size`` territories.

    ``minutes`` to the nearest site, ``population`` and ``groups`` (the territory's number, negative for none) are one
    per place. Raises InputError for a time that is negative, and for a population or a threshold missing or negative.
    """
    times = np.asarray(minutes, dtype=np.float64)
    people = quantities(population, "population", times.size)
    limits = quantities(thresholds, "minutes")
    if (times < 0).any():
        raise InputError("temps de trajet négatif.", "negative travel time.", where=Where(column="minutes"))
    inside = groups >= 0
    group, times, people = groups[inside], times[inside], people[inside]
    known = ~np.isnan(times)
    counted = sums(group, people * known, size)
    within = np.column_stack([sums(group, people * (times <= limit), size) for limit in limits])
    everybody = sums(group, people, size)
    share = np.divide(within, counted[:, None], out=np.full(within.shape, np.nan), where=counted[:, None] > 0)
    return Reach(everybody, everybody - counted, within, share)
