"""Which class each zone falls into: the values of zones, their rank in cumulated population, and the cuts of a rule.

A class depends on a zone's value alone (and on the conditions of the class): zones of one value share one fate,
whatever their order or their name. Under a share, zones enter from the worst served on, all of one value together, as
long as the people of the class stay within the share: it is never exceeded, and falls short by less than the zones that
come next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vigie.zoning.rules import Class

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]

UNKNOWN = -1  # the class of a zone without a value
_SLACK = 1e-9  # of the whole: two sums of the same people in another order may differ by this


@dataclass(frozen=True)
class Figures:
    """An indicator at places, or several readings of it: ``values`` (n,) or (n, several), NaN where missing.

    ``weights`` (n,) are the people that its mean is weighted by, NaN or 0 where there are none.
    """

    values: Floats
    weights: Floats


@dataclass(frozen=True)
class Valued:
    """What zones are worth: ``value`` (m,) or (m, several), NaN where unknown; ``demand`` (m,) the weighing people of
    the known places; ``coverage`` (m,) the share of a zone's residents who live in them."""

    value: Floats
    demand: Floats
    coverage: Floats


LEAST_COVERAGE = 0.5
"""Share of a zone's residents below which its value is not told (as for observations)."""


def zone_values(figures: Figures, index: NDArray[np.int32], zones: int, residents: Floats) -> Valued:
    """The mean of ``figures`` over the places of each zone, Σ weight · value / Σ weight.

    ``index`` (n,) is the zone of each place, ``residents`` (n,) its people. A zone of which less than
    ``LEAST_COVERAGE`` of the residents live in places with a value has none.
    """
    values = figures.values if figures.values.ndim == 2 else figures.values[:, None]
    weights = np.nan_to_num(figures.weights)
    known = np.isfinite(values).all(axis=1) & (weights > 0)
    weight = np.where(known, weights, 0.0)
    demand = summed(weight, index, zones)
    people = summed(residents, index, zones)
    there = summed(np.where(known, residents, 0.0), index, zones)
    coverage = np.divide(there, people, out=np.where(demand > 0, 1.0, 0.0), where=people > 0)
    supply = np.column_stack([summed(weight * np.nan_to_num(column), index, zones) for column in values.T])
    told = (demand > 0) & (coverage >= LEAST_COVERAGE)
    mean = np.divide(supply, demand[:, None], out=np.full_like(supply, np.nan), where=told[:, None])
    return Valued(mean if figures.values.ndim == 2 else mean[:, 0], demand, coverage)


def summed(values: Floats, index: NDArray[np.int32], zones: int) -> Floats:
    """Σ of a value at places over each zone; a place without one counts for nothing."""
    return np.bincount(index, np.nan_to_num(values), zones).astype(np.float64)


@dataclass(frozen=True)
class Classed:
    """``position`` (m,) of each zone's class among those that the rule fills, ``UNKNOWN`` without a value.

    ``rank`` (m,) is the share of the people (0–1) in zones of its value or lower; ``cuts`` has for each class but the
    last the greatest value that belongs to it or to one before: the threshold, or what the share comes to. A rule that
    cuts each région by itself has a row of them a zone, (m, k), NaN in a région that it does not class.
    """

    position: Integers
    rank: Floats
    cuts: Floats


def classify(
    classes: Sequence[Class], value: Floats, people: Floats, met: Mapping[int, Bools] | None = None
) -> Classed:
    """The class of each zone under the classes that a rule fills (``Rule.cut``), the last of which takes the rest.

    ``value`` (m,), ``people`` (m,) those who fill the shares. ``met`` says, by position of a class with conditions,
    which zones meet them all.
    """
    known = np.isfinite(value)
    order, runs = _runs(value, known)
    total = float(people[known].sum())
    position = np.full(value.size, UNKNOWN)
    bound, shared = 0.0, True
    cuts = np.full(len(classes) - 1, np.nan)
    for place, one in enumerate(classes[:-1]):
        free = known & (position == UNKNOWN)
        if one.at_most is not None:
            free &= value <= one.at_most
        if one.conditions:
            free &= (met or {})[place]
        if one.share is not None:
            taken = float(people[position != UNKNOWN].sum())
            bound = (bound if shared else taken) + total * one.share / 100
            free &= taken + _cumulated(order, runs, np.where(free, people, 0.0)) <= bound + _SLACK * total
        shared = one.share is not None
        position[free] = place
        cuts[place] = _cut(one, value, (position >= 0) & (position <= place))
    position[known & (position == UNKNOWN)] = len(classes) - 1
    rank = _cumulated(order, runs, np.where(known, people, 0.0)) / total if total > 0 else np.zeros(value.size)
    return Classed(position, np.where(known, rank, np.nan), cuts)


def classify_within(
    groups: Mapping[str, Sequence[Class]], group: NDArray[np.str_], value: Floats, people: Floats,
    met: Mapping[int, Bools] | None = None,
) -> Classed:  # fmt: skip
    """The class of each zone, each ``group`` (m,) of zones cut by itself under its own classes (:func:`classify`).

    A zone of a group that is not in ``groups`` has no class; ``rank`` is within its group.
    """
    last = max((len(classes) for classes in groups.values()), default=1) - 1
    position, rank = np.full(value.size, UNKNOWN), np.full(value.size, np.nan)
    cuts = np.full((value.size, last), np.nan)
    for name, classes in groups.items():
        own = np.flatnonzero(group == name)
        inside = {place: held[own] for place, held in (met or {}).items()}
        found = classify(classes, value[own], people[own], inside)
        position[own], rank[own], cuts[own] = found.position, found.rank, found.cuts
    return Classed(position, rank, cuts)


def _cut(one: Class, value: Floats, held: Bools) -> float:
    """Where a class ends: its threshold, or, where a share ends it first, the last value that entered."""
    if one.share is None and one.at_most is not None:
        return one.at_most
    return float(value[held].max()) if held.any() else float("nan")


def _runs(value: Floats, known: Bools) -> tuple[Integers, Integers]:
    """The known zones in the order of their values, and for each in that order the last of those of its value."""
    order = np.argsort(np.where(known, value, np.inf), kind="stable")[: int(known.sum())]
    rising = value[order]
    return order, np.searchsorted(rising, rising, side="right") - 1


def _cumulated(order: Integers, runs: Integers, people: Floats) -> Floats:
    """For each zone the people of all zones of its value or lower; infinite where the value is unknown."""
    found = np.full(people.size, np.inf)
    found[order] = np.cumsum(people[order])[runs]
    return found
