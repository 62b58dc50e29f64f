"""Portfolio: for a budget, the mix of levers and places that brings most people above the threshold, and its bound.

Whole steps of each lever in each territory (x_c) and, for each place under the threshold, whether it passes (y_i):

    max Σ people_i y_i   with   Σ_c G_ic x_c ≥ gap_i y_i,   Σ_c cost_c x_c ≤ budget

Solved with HiGHS within a time; the bound that it proves is told with the plan, never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vigie.access.arrays import Floats
from vigie.errors import InputError, Where
from vigie.levers.answer import people_leaving
from vigie.levers.candidates import Candidates
from vigie.levers.ground import Ground
from vigie.levers.professions import professions
from vigie.levers.siting_exact import Program, solve

DEFAULT = ("assistants_medicaux", "centre_de_sante", "cabinet_mobile", "infirmiers_pratique_avancee", "maison_de_sante")
"""What money can buy. An aid to installation does not make a doctor come: it is only in when asked for."""
CANDIDATES, SECONDS = 1_500, 10.0


@dataclass(frozen=True)
class Portfolio:
    """``units`` by candidate; ``cost`` in euros a year (the mean of the first three).

    ``people`` brought above the threshold, by the engine's own count; ``bound`` that no plan of this budget exceeds
    (None where none was found); ``proved`` whether the plan is optimal.
    """

    budget: float
    units: Floats
    cost: float
    people: float
    bound: float | None
    proved: bool


def portfolio(
    ground: Ground, found: Candidates, budget: float, threshold: float | None = None, seconds: float = SECONDS
) -> Portfolio:
    """The best mix for ``budget`` euros a year; ``threshold`` is the first of the profession where it is not given.

    Raises InputError for a negative budget, too many candidates, or a lever that nothing gives the cost of.
    """
    _check(found, budget)
    return _solved(ground, found, budget, _threshold(ground, threshold), seconds)


def _threshold(ground: Ground, given: float | None) -> float:
    return professions()[ground.profession].thresholds[0] if given is None else given


def _check(found: Candidates, budget: float) -> None:
    if not 0 <= budget < 1e12:
        raise InputError("un budget positif est attendu.", "a positive budget is expected.",
                         where=Where(column="budget", value=budget))  # fmt: skip
    free = sorted({one.id for one in found.levers if not one.priced})
    if free:
        raise InputError(
            f"rien de lu ne donne le coût de {', '.join(free)} : un budget ne peut pas en tenir compte.",
            f"nothing read gives the cost of {', '.join(free)}: a budget cannot take it into account.",
            remedy_fr="Prenez des leviers dont le coût est connu ; sinon, répartissez un nombre : vigie allocate.",
            remedy_en="Take levers whose cost is known; else share a number: vigie allocate.",
            where=Where(column="lever", value=free[0]),
        )
    if found.most.size > CANDIDATES:
        raise InputError(
            f"{found.most.size} candidats, {CANDIDATES} au plus.",
            f"{found.most.size} candidates, {CANDIDATES} at most.",
            remedy_fr="Choisissez une région, un département, ou moins de leviers.",
            remedy_en="Choose a région, a département, or fewer levers.",
        )


def frontier(
    ground: Ground, found: Candidates, budgets: Sequence[float], threshold: float | None = None, seconds: float = 5.0
) -> list[Portfolio]:
    """The portfolio of each of ``budgets``, rising; a larger budget never does less: it keeps the smaller's plan.

    Raises as :func:`portfolio`.
    """
    plans: list[Portfolio] = []
    for budget in sorted(budgets):
        _check(found, budget)
        start = plans[-1].units if plans else None
        one = _solved(ground, found, budget, _threshold(ground, threshold), seconds, start)
        if plans and one.people < plans[-1].people:
            last = plans[-1]
            one = Portfolio(budget, last.units, last.cost, last.people, one.bound, proved=False)
        plans.append(one)
    return plans


def yearly(found: Candidates) -> Floats:
    """Euros a year of one unit of each candidate: the mean of the first three years, never under 0."""
    return np.maximum(np.asarray(found.cost[:, :3].mean(axis=1), dtype=np.float64), 0.0)


def _solved(
    ground: Ground,
    found: Candidates,
    budget: float,
    threshold: float,
    seconds: float,
    start: Floats | None = None,
) -> Portfolio:
    """The portfolio of one budget; HiGHS begins with the units of ``start``, a plan of a smaller budget."""
    from scipy.sparse import csr_array, diags_array, hstack, vstack

    count = found.most.size
    reach = found.access.tocsr()
    short = np.flatnonzero((ground.published < threshold) & (ground.people > 0) & (np.diff(reach.indptr) > 0))
    if not count or not short.size or budget <= 0:
        return Portfolio(budget, np.zeros(count), 0.0, 0.0, 0.0, proved=True)
    steps = np.array([own.amount.step for own in found.levers])
    cost = yearly(found) * steps
    afford = np.floor(np.divide(budget, cost, out=np.full(count, np.inf), where=cost > 0) + 1e-9)
    most = np.minimum(np.floor(found.most / steps + 1e-9), afford)
    people = ground.people[short]
    gap = threshold - ground.published[short] + 1e-9  # a place passes at the threshold itself, whatever the rounding
    gain = csr_array(reach[short] * steps[None, :])
    # A step that is enough alone counts for no more than enough: the same whole plans, a tighter relaxation.
    gain.data = np.minimum(gain.data, np.repeat(gap, np.diff(gain.indptr)))
    passes = hstack([gain, -diags_array(gap)], format="csr")
    spent = csr_array(np.concatenate([cost / max(budget, 1.0), np.zeros(short.size)])[None, :])
    program = Program(
        matrix=vstack([passes, spent], format="csr"),
        worth=np.concatenate([np.zeros(count), people]),
        lowest=np.append(np.zeros(short.size), -np.inf),
        highest=np.append(np.full(short.size, np.inf), 1.0),
        most=np.concatenate([most, np.ones(short.size)]),
        whole=np.ones(count + short.size, dtype=np.bool_),
    )
    begun = _begun(gain, gap, people, cost, most, budget, np.zeros(count) if start is None else start / steps)
    passed = np.asarray(gain @ begun) >= gap
    solved = solve(program, seconds, np.concatenate([begun, passed]).astype(np.float64))
    bound = solved.upper if np.isfinite(solved.upper) else None
    units = (np.round(solved.x[:count]) if solved.x.size else begun) * steps
    reached = people_leaving(ground, np.asarray(found.access @ units), threshold)
    return Portfolio(budget, units, float((yearly(found) * units).sum()), reached, bound, solved.optimal)


def _begun(
    gain: Any, gap: Floats, people: Floats, cost: Floats, most: Floats, budget: float, smaller: Floats
) -> Floats:
    """The best plan of a few filled greedily, from nothing and from a plan of a smaller budget: where HiGHS begins."""
    none = np.zeros_like(most)
    plans = [np.minimum(np.round(smaller), most)]
    plans += [_filled(gain, gap, people, cost, most, budget, first) for first in (none, plans[0])]
    return max(plans, key=lambda plan: float(people[np.asarray(gain @ plan) >= gap].sum()))


def _filled(gain: Any, gap: Floats, people: Floats, cost: Floats, most: Floats, budget: float, first: Floats) -> Floats:
    """Steps added one by one while there is money: that which brings most people nearer to the threshold per euro."""
    columns = gain.tocsc()
    if not columns.nnz:
        return first
    filled = np.flatnonzero(np.diff(columns.indptr) > 0)
    rows, starts = columns.indices, columns.indptr[filled]
    plan, have = first.copy(), np.asarray(gain @ first)
    while True:
        room = np.minimum((have[rows] + columns.data) / gap[rows], 1.0) - np.minimum(have[rows] / gap[rows], 1.0)
        worth = np.add.reduceat(people[rows] * room, starts)
        left = budget - float(cost @ plan)
        open_ = (cost[filled] <= left + 1e-9) & (plan[filled] < most[filled])
        score = np.where(open_, worth / np.maximum(cost[filled], 1.0), 0.0)
        best = int(np.argmax(score))
        if score[best] <= 1e-12:
            return plan
        one = filled[best]
        plan[one] += 1.0
        own = slice(columns.indptr[one], columns.indptr[one + 1])
        have[rows[own]] += columns.data[own]
