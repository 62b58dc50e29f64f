"""The answer to a scenario: access before and after, who gains and who loses, what it costs and how sure that is.

Every figure is moved from the published APL by the model's change. Its interval is the range over the models of travel
and decay and over the two ends of the parameters: stated hypotheses, never a margin of error.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from vigie.access.arrays import Floats, Integers, Mask
from vigie.levers.costs import Costs, central_years, costs
from vigie.levers.definition import BOUNDS
from vigie.levers.effects import CASES, CENTRAL, RAMP, STEADY, Change, change
from vigie.levers.engine import central_change, together
from vigie.levers.ground import NEAR, Ground, minutes_from
from vigie.levers.professions import professions
from vigie.levers.scenario import Plan

_FEW = 5_000
"""Places that are sorted faster than a thread begins."""
MEASURES = ("d1", "d9", "mean_worst", "mean_best", "gini")


@dataclass(frozen=True)
class Ranged:
    """A figure under the central model and its lowest and highest over the variants and the ends of the parameters."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Crossing:
    """A threshold: people under it before and after, those who leave it and those who fall under it."""

    threshold: float
    before: float
    after: Ranged
    leave: Ranged
    enter: Ranged
    net: Ranged
    """Leave minus enter."""
    years: tuple[float, float, float, float]
    """Net people in years 1, 2, 3 and later, central."""


@dataclass(frozen=True)
class Scope:
    """The figures of a territory. ``inequality`` by name of ``MEASURES``, before and after, over its standardised
    inhabitants: of the scenario's own territory alone."""

    people: float
    unpublished: float
    mean_before: float
    mean_after: Ranged
    crossings: tuple[Crossing, ...]
    near_before: float
    near_after: float
    gain: float
    lose: float
    inequality: dict[str, tuple[float, Ranged]]


@dataclass(frozen=True)
class Places:
    """The places that change, rows of the ground: ``before``, ``after``, ``change`` and its interval."""

    rows: Integers
    before: Floats
    after: Floats
    change: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Conservation:
    """What is added to supply and what reaches people, in consultations a year under the central model.

    ``gap`` is the difference, 0 but for rounding; ``floor`` what the anchored values keep above 0; ``unpublished`` what
    goes to places without a published APL.
    """

    supply: float
    reached: float
    unserved: float
    gap: float
    floor: float
    unpublished: float


@dataclass(frozen=True)
class Answer:
    """What a plan would change on a ground; ``scope`` its territory, ``whole`` all the places."""

    plan: Plan
    scope: Scope
    whole: Scope
    places: Places
    costs: Costs
    per_person: tuple[Ranged | None, ...]
    """Euros a year per person brought above 2.5 for good, in years 1, 2, 3 and later; None where nobody is."""
    conservation: Conservation
    change: Change


def answer(plan: Plan, ground: Ground, ticking: Callable[[], None] = lambda: None) -> Answer:
    """What ``plan`` would change. ``ticking`` is called between the stages: it may raise to stop."""
    made = change(plan, ground, CASES)
    ticking()
    moved, ramp = together(ground, made, change(plan, ground, RAMP))
    ticking()
    # (places, variants × bounds): the central variant at the central bound is column 1.
    table = np.concatenate([part.reshape(part.shape[0], -1) for part in moved], axis=1)
    central = BOUNDS.index("central")
    near = _near(ground, made)
    everywhere = np.arange(ground.ids.size)
    ticking()
    inside = plan.scope.places
    touched: Mask = np.asarray(table.any(axis=1))
    scope = _scope(ground, inside, touched, table, central, ramp, near)
    # How unequal the whole country is, is told where it is what was asked about.
    scope = replace(scope, inequality=_inequality(ground, inside, table, central))
    ticking()
    whole = scope if inside.size == everywhere.size else _scope(ground, everywhere, touched, table, central, ramp, near)
    paid = costs(plan, ground, made)
    return Answer(
        plan=plan,
        scope=scope,
        whole=whole,
        places=_places(ground, np.flatnonzero(touched), table, central),
        costs=paid,
        per_person=_per_person(paid, whole),
        conservation=_conservation(ground, made, moved[0][:, 0, central], central),
        change=made,
    )


@dataclass(frozen=True)
class Gist:
    """The answer in short, central model and parameters, without intervals: for many scenarios.

    Net people above each of the profession's thresholds, people who gain and lose, supply added, euros (years 1
    and later).
    """

    net: tuple[float, float]
    gain: float
    lose: float
    added: float
    first_year: float
    steady: float


def gist(plan: Plan, ground: Ground) -> Gist:
    """The answer to ``plan`` in short: about a third of a millisecond where a few places change."""
    made = change(plan, ground, CENTRAL)
    moved = central_change(ground, made)
    rows = np.flatnonzero(moved[:, 0])
    counted = _counted(ground, rows[np.isfinite(ground.published[rows])], moved, 0)
    paid = central_years(plan, ground, made)
    net = counted.leave[:, 0] - counted.enter[:, 0]
    return Gist(
        (float(net[0]), float(net[1])),
        float(counted.told[0]),
        float(counted.told[1]),
        float(made.supply.sum()),
        float(paid[0]),
        float(paid[STEADY]),
    )


def anchored(published: Floats, change: Floats) -> Floats:
    """The published APL moved by ``change`` (places, or places × columns), never under 0; NaN stays missing."""
    first = published if change.ndim == 1 else published[:, None]
    moved = first + change
    return np.where(np.isnan(moved), np.nan, np.maximum(moved, 0.0))


def people_leaving(ground: Ground, change: Floats, threshold: float) -> float:
    """People who leave the threshold less those who fall under it, for a central change (a value per place)."""
    leave, enter = people_crossing(ground, change, threshold)
    return leave - enter


def people_crossing(ground: Ground, change: Floats, threshold: float) -> tuple[float, float]:
    """People who leave the threshold, and those who fall under it, for a central change (a value per place)."""
    rows = np.flatnonzero(change)
    before = ground.published[rows]
    after = np.maximum(before + change[rows], 0.0)
    people, under, low = ground.people[rows], before < threshold, after < threshold  # False where none is published
    return float(people[under & ~low].sum()), float(people[low & ~under].sum())


def _scope(
    ground: Ground, rows: Integers, touched: Mask, table: Floats, central: int, ramp: Floats, near: Floats
) -> Scope:
    known = rows[np.isfinite(ground.published[rows])]
    people, demand, before = ground.people[known], ground.demand[known], ground.published[known]
    moved = known[touched[known]]
    counted = _counted(ground, moved, table, central)
    years = _counted(ground, moved, ramp, ramp.shape[1] - 1)
    total = max(float(demand.sum()), 1e-12)
    mean = float((before * demand).sum()) / total
    everybody = float(ground.people[rows].sum())
    return Scope(
        people=everybody,
        unpublished=everybody - float(people.sum()),
        mean_before=mean,
        mean_after=_ranged(mean + counted.moved / total, central),
        crossings=tuple(
            _crossing(limit, float(people[before < limit].sum()), counted, years, k, central)
            for k, limit in enumerate(professions()[ground.profession].thresholds)
        ),
        near_before=float(ground.people[rows][ground.nearest[rows] <= NEAR].sum()),
        near_after=float(ground.people[rows][near[rows] <= NEAR].sum()),
        gain=float(counted.told[0]),
        lose=float(counted.told[1]),
        inequality={},
    )


@dataclass(frozen=True)
class _Counted:
    """What :func:`vigie.levers.kernels.tally` counts."""

    leave: Floats
    enter: Floats
    moved: Floats
    told: Floats


def _counted(ground: Ground, known: Integers, table: Floats, central: int) -> _Counted:
    from vigie.levers import kernels

    wide, own = table.shape[1], professions()[ground.profession]
    found = _Counted(np.zeros((2, wide)), np.zeros((2, wide)), np.zeros(wide), np.zeros(2))
    kernels.tally(
        known, ground.published, ground.people, ground.demand, table, np.array(own.thresholds), own.least, central,
        found.leave, found.enter, found.moved, found.told,
    )  # fmt: skip
    return found


def _crossing(limit: float, base: float, counted: _Counted, years: _Counted, place: int, central: int) -> Crossing:
    leave, enter = counted.leave[place], counted.enter[place]
    first, second, third, steady = (float(one) for one in years.leave[place] - years.enter[place])
    return Crossing(
        limit,
        base,
        _ranged(base - leave + enter, central),
        _ranged(leave, central),
        _ranged(enter, central),
        _ranged(leave - enter, central),
        (first, second, third, steady),
    )


def _ranged(values: Floats, central: int) -> Ranged:
    return Ranged(float(values[central]), float(values.min()), float(values.max()))


def _inequality(ground: Ground, rows: Integers, moved: Floats, central: int) -> dict[str, tuple[float, Ranged]]:
    """Under the central model at each bound and under each variant at the central one; empty where nobody lives."""
    known = rows[np.isfinite(ground.published[rows]) & (ground.demand[rows] > 0)]
    if not known.size:
        return {}
    before, demand = ground.published[known], ground.demand[known]
    start = spread(before, demand)
    chosen = sorted({*range(len(BOUNDS)), *range(central, moved.shape[1], len(BOUNDS))})

    def after(column: int) -> Floats:
        return spread(np.maximum(before + moved[known, column], 0.0), demand)

    if known.size < _FEW:
        table = np.array([after(column) for column in chosen])
    else:
        with ThreadPoolExecutor(2) as pool:
            table = np.array(list(pool.map(after, chosen)))
    middle = table[chosen.index(central)]
    return {
        name: (float(start[k]), Ranged(float(middle[k]), float(table[:, k].min()), float(table[:, k].max())))
        for k, name in enumerate(MEASURES)
    }


def spread(values: Floats, weights: Floats) -> Floats:
    """The ``MEASURES`` of :mod:`vigie.access.inequality` in one sort: deciles, means of the tenths, Gini's index."""
    from vigie.levers import kernels

    found = np.empty(len(MEASURES))
    kernels.spread(values, weights, np.argsort(values), found)
    return found


def _near(ground: Ground, made: Change) -> Floats:
    """Minutes to the nearest practitioner after the change: places that open, places that all leave, a new link."""
    points = ground.roads[0].points
    left = ground.heads - made.gone > 1e-9
    open_after: Mask = left | made.opened
    near = ground.nearest.copy()
    for place in np.flatnonzero((ground.heads > 0) & ~open_after).tolist():
        lost = np.flatnonzero(np.abs(minutes_from(points, place) - ground.nearest) < 1e-9)
        others = np.flatnonzero(open_after)
        for one in lost.tolist():
            near[one] = minutes_from(points, one, others).min(initial=np.inf)
    opened = np.flatnonzero(open_after & (ground.heads <= 0))
    if made.link is not None:
        first, second, minutes = made.link
        for end in (first, second):  # what opens beyond the link is reached over it
            near[end] = minutes_from(points, end, opened).min(initial=near[end])
        for here, there in ((first, second), (second, first)):
            near = np.minimum(near, minutes_from(points, here) + minutes + near[there])
    far = np.flatnonzero(near > NEAR)
    for place in opened.tolist() if far.size else ():
        near[far] = np.minimum(near[far], minutes_from(points, place, far))
    return near


def _places(ground: Ground, touched: Integers, table: Floats, central: int) -> Places:
    from vigie.levers import kernels

    size = ground.ids.size
    low, high, kept = np.zeros(size), np.zeros(size), np.zeros(size, dtype=np.bool_)
    kernels.ends(touched, ground.published, table, professions()[ground.profession].least, low, high, kept)
    rows = np.flatnonzero(kept)
    before = ground.published[rows]
    after = np.maximum(before + table[rows, central], 0.0)
    moved = after - before
    order = np.argsort(-moved, kind="stable")
    rows = rows[order]
    return Places(rows, before[order], after[order], moved[order], low[rows], high[rows])


def _per_person(paid: Costs, whole: Scope) -> tuple[Ranged | None, ...]:
    net = whole.crossings[0].net
    found: list[Ranged | None] = []
    for year in range(4):
        reached = whole.crossings[0].years[year]
        if paid.unknown or reached < 1:
            found.append(None)
            continue
        share = reached / net.value if net.value > 0 else 1.0
        worst, central, best = (float(paid.total[k, year]) for k in range(3))
        ends = [central / reached]
        ends += [
            cost / (people * share) for cost, people in ((worst, net.low), (best, net.high)) if people * share >= 1
        ]
        high = max(ends) if net.low * share >= 1 else float("inf")
        found.append(Ranged(central / reached, min(ends), high))
    return tuple(found)


def _conservation(ground: Ground, made: Change, moved: Floats, central: int) -> Conservation:
    road = ground.roads[0]
    demand = ground.demand if made.demand is None else ground.demand + made.demand[:, central]
    added = made.supply[:, central]
    served = road.in_reach[:, 0] > 0
    access = road.access[:, 0]
    reached = float((demand * moved).sum() + ((demand - ground.demand) * access).sum())
    expected = float(added[served].sum())
    known = np.isfinite(ground.published)
    kept = np.maximum(ground.published[known] + moved[known], 0.0) - (ground.published[known] + moved[known])
    return Conservation(
        supply=float(added.sum()),
        reached=reached,
        unserved=float(added[~served].sum()),
        gap=reached - expected,
        floor=float((demand[known] * kept).sum()),
        unpublished=float((demand[~known] * moved[~known]).sum()),
    )
