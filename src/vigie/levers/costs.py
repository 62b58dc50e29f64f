"""Costs: what the actions of a plan cost in years 1, 2 and 3 and every later year, in euros.

Each line has the range of its price and of what it pays for. The interval of a cost per person is that of its two
extremes, the dearest with the least effect. What nothing read gives the cost of (a new link…) is told as unknown,
never as 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vigie.access.arrays import Floats
from vigie.levers.definition import BOUNDS, Bound, Cost
from vigie.levers.effects import STEADY, Change, Effect, ramp_shares
from vigie.levers.ground import Ground
from vigie.levers.scenario import Plan, Settled


@dataclass(frozen=True)
class Line:
    """A line of cost of an action (its number in the plan): euros (dearest, central, cheapest × years)."""

    action: int
    cost: Cost
    euros: Floats


@dataclass(frozen=True)
class Costs:
    """The lines and their ``total`` (dearest, central, cheapest × years); ``unknown`` are the actions not priced."""

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
    unknown = tuple(number for number, one in enumerate(plan.actions) if not one.lever.priced and one.action.amount)
    return Costs(lines, sum((line.euros for line in lines), np.zeros((len(BOUNDS), 4))), unknown)


def central_years(plan: Plan, ground: Ground, change: Change) -> Floats:
    """The total of each of the four years at the central bound alone; ``change`` has that column at least."""
    total = np.zeros(4)
    for one, effect in zip(plan.actions, change.effects, strict=True):
        for cost in one.lever.costs:
            total += np.array(cost.years) * _base(one, cost, effect, ground, change, "central")
    return total


def _euros(one: Settled, cost: Cost, effect: Effect, ground: Ground, change: Change) -> Floats:
    """Euros by bound and year: the dearest and the cheapest over the ends of the price and those of the effect."""
    bases = [_base(one, cost, effect, ground, change, bound) for bound in BOUNDS]
    every = np.array([[np.array(cost.at(price)) * base for price in BOUNDS] for base in bases])
    return np.array([every.max(axis=(0, 1)), every[1, 1], every.min(axis=(0, 1))])


def _base(one: Settled, cost: Cost, effect: Effect, ground: Ground, change: Change, bound: Bound) -> Floats:
    """How many times the line is paid in each year: units, people… times its parameters, at a bound of the effect."""
    times = math.prod(one.parameters[name].at(bound) for name in cost.times)
    return times * np.ones(4) * _number(one, cost, effect, ground, change, bound)


def _number(one: Settled, cost: Cost, effect: Effect, ground: Ground, change: Change, bound: Bound) -> Floats | float:
    if not one.action.amount:
        return 0.0
    if cost.per == "unit":
        return effect.used
    if cost.per == "territory":
        return float(len(one.areas))
    if cost.per == "consultation":
        steady = next(k for k, c in enumerate(change.columns) if c.bound == bound and c.year == STEADY)
        return float(effect.added[steady]) * np.array(ramp_shares(one))
    rows = one.places
    if cost.per == "practitioner":
        return float(ground.heads[rows].sum())
    share = one.action.amount / 100 if one.lever.mechanism.kind == "demand" else 1.0
    return float(ground.people[rows].sum()) * share
