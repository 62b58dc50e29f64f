"""The reference: the same formulas in plain Python, slow and easy to read, for the tests to hold the fast ones to.

Everything is a dictionary: ``minutes`` from (place, site) to minutes, for the pairs within the limit; ``demand`` by
place; ``supply`` by site. Nothing here is meant for more than a few hundred places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from vigie.access.decay import Decay

Minutes = Mapping[tuple[str, str], float]
Amounts = Mapping[str, float]


def weight(decay: Decay, minutes: float) -> float:
    """The weight of one time, straight from the definition of each family (see :mod:`vigie.access.decay`)."""
    if minutes > decay.limit:
        return 0.0
    if decay.family == "bands":
        return [level for start, level in zip(decay.starts, decay.levels, strict=True) if start <= minutes][-1]
    if decay.family == "line":
        knots = [*zip(decay.starts, decay.levels, strict=True), (decay.limit, 0.0)]
        (t0, w0), (t1, w1) = next((a, b) for a, b in pairwise(knots) if a[0] <= minutes <= b[0])
        return w0 + (w1 - w0) * (minutes - t0) / (t1 - t0)
    if decay.family == "linear":
        return 1 - minutes / decay.limit
    if decay.family == "gaussian":
        return math.exp(-((minutes / decay.parameters[0]) ** 2) / 2)
    if decay.family == "exponential":
        return math.exp(-minutes / decay.parameters[0])
    midpoint, scale = decay.parameters
    return (1 + math.exp(-midpoint / scale)) / (1 + math.exp((minutes - midpoint) / scale))


def two_step(minutes: Minutes, decay: Decay, demand: Amounts, supply: Amounts) -> dict[str, float | None]:
    """2SFCA and E2SFCA: access by place, None where it is not defined (see :mod:`vigie.access.catchment`)."""
    return _two_steps({pair: weight(decay, time) for pair, time in minutes.items()}, demand, supply)


def three_step(minutes: Minutes, decay: Decay, demand: Amounts, supply: Amounts) -> dict[str, float | None]:
    """3SFCA: access by place, None where it is not defined."""
    pull = {(i, j): weight(decay, time) for (i, j), time in minutes.items() if supply[j] > 0}
    total: dict[str, float] = dict.fromkeys(demand, 0.0)
    for (i, _), value in pull.items():
        total[i] += value
    return _two_steps({(i, j): w * w / total[i] for (i, j), w in pull.items() if w > 0}, demand, supply)


def nearest(minutes: Minutes, demand: Amounts, supply: Amounts) -> dict[str, float]:
    """Minutes from each place to the nearest site with some supply, infinite if there is none."""
    return {
        i: min((time for (k, j), time in minutes.items() if k == i and supply[j] > 0), default=math.inf) for i in demand
    }


def within_reach(minutes: Minutes, threshold: float, demand: Amounts, quantity: Amounts) -> dict[str, float]:
    """Sum of ``quantity`` over the sites at most ``threshold`` minutes from each place."""
    return {i: sum(quantity[j] for (k, j), time in minutes.items() if k == i and time <= threshold) for i in demand}


def _two_steps(pull: Minutes, demand: Amounts, supply: Amounts) -> dict[str, float | None]:
    in_reach = dict.fromkeys(supply, 0.0)
    for (i, j), w in pull.items():
        in_reach[j] += w * demand[i]
    access: dict[str, float | None] = {}
    for place in demand:
        sites = [(j, w) for (i, j), w in pull.items() if i == place and w > 0]
        served = [(j, w) for j, w in sites if in_reach[j] > 0]
        undefined = bool(sites) and not served
        access[place] = None if undefined else sum(w * supply[j] / in_reach[j] for j, w in served)
    return access
