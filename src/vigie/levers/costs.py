"""Costs: what the actions of a plan cost in years 1, 2 and 3 and every later year, in euros.

The dearest end of each cost goes with the end of the effect where the lever does least, so that the interval of a cost
per person is that of its two extremes. A lever without a line of cost has none that is known: it is told, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vigie.access.arrays import Floats
from vigie.levers.definition import BOUNDS, Bound, Cost
from vigie.levers.effects import STEADY, Change, Effect, ramp_shares
from vigie.levers.ground import Ground
from vigie.levers.scenario import Plan, Settled


@dataclass(frozen=True)
class Line:
    """A line of cost of an action (its number in the plan): euros by bound (as ``BOUNDS``) and year."""

    action: int
    cost: Cost
    euros: Floats


@dataclass(frozen=True)
class Costs:
    """The lines and their ``total`` (bounds × years); ``unknown`` are the actions whose cost is not modelled."""

    lines: tuple[Line, ...]
    total: Floats
    unknown: tuple[int, ...]


def costs(plan: Plan, ground: Ground, change: Change) -> Costs:
    """The costs of ``plan`` from what its actions came to; ``change`` has the columns ``CASES``."""
    lines = tuple(
        Line(number, cost, _euros(one, cost, effect, ground, change))
        for number, (one, effect) in enumerate(zip(plan.actions, change.effects, strict=True))
        for cost in one.lever.costs
    )
    unknown = tuple(
        number for number, one in enumerate(plan.actions) if one.lever.mechanism.kind == "link" and one.action.amount
    )
    return Costs(lines, sum((line.euros for line in lines), np.zeros((len(BOUNDS), 4))), unknown)


def central_years(plan: Plan, ground: Ground, change: Change) -> Floats:
    """The total of each of the four years at the central bound alone; ``change`` has that column at least."""
    total = np.zeros(4)
    for one, effect in zip(plan.actions, change.effects, strict=True):
        for cost in one.lever.costs:
            total += _euros(one, cost, effect, ground, change, ("central",))[0]
    return total


def _euros(
    one: Settled, cost: Cost, effect: Effect, ground: Ground, change: Change, bounds: Sequence[Bound] = BOUNDS
) -> Floats:
    ramp = np.array(ramp_shares(one))
    rows = []
    for bound in bounds:
        # A number of users or of years owed is that of the effect at the same end.
        times = math.prod(one.parameters[name].at(bound) for name in cost.times)
        rows.append(np.array(cost.at(bound)) * times * _base(one, cost, effect, ground, change, bound, ramp))
    return np.array(rows)


def _base(
    one: Settled, cost: Cost, effect: Effect, ground: Ground, change: Change, bound: Bound, ramp: Floats
) -> Floats | float:
    if not one.action.amount:
        return 0.0
    if cost.per == "unit":
        return effect.used
    if cost.per == "territory":
        return float(len(one.areas))
    if cost.per == "consultation":
        steady = next(k for k, c in enumerate(change.columns) if c.bound == bound and c.year == STEADY)
        return float(effect.added[steady]) * ramp
    rows = one.places
    if cost.per == "practitioner":
        return float(ground.heads[rows].sum())
    share = one.action.amount / 100 if one.lever.mechanism.kind == "demand" else 1.0
    return float(ground.people[rows].sum()) * share
