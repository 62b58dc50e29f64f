"""Portfolio: for a budget, the mix of levers and places that brings most people above the threshold, and its bound.

Whole steps of each lever in each territory (x_c) and, for each place under the threshold, whether it passes (y_i):

    max Σ people_i y_i   with   Σ_c G_ic x_c ≥ gap_i y_i,   Σ_c cost_c x_c ≤ budget

Solved with HiGHS within a time; the bound that it proves is told with the plan, never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vigie.access.arrays import Floats
from vigie.errors import InputError, Where
from vigie.levers.answer import THRESHOLDS, people_leaving
from vigie.levers.candidates import Candidates
from vigie.levers.ground import Ground

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
    ground: Ground, found: Candidates, budget: float, threshold: float = THRESHOLDS[0], seconds: float = SECONDS
) -> Portfolio:
    """The best mix for ``budget`` euros a year. Raises InputError for a negative budget or too many candidates."""
    if not 0 <= budget < 1e12:
        raise InputError("un budget positif est attendu.", "a positive budget is expected.",
                         where=Where(column="budget", value=budget))  # fmt: skip
    if found.most.size > CANDIDATES:
        raise InputError(
            f"{found.most.size} candidats, {CANDIDATES} au plus.",
            f"{found.most.size} candidates, {CANDIDATES} at most.",
            remedy_fr="Choisissez une région, un département, ou moins de leviers.",
            remedy_en="Choose a région, a département, or fewer levers.",
        )
    return _solved(ground, found, budget, threshold, seconds)


def frontier(
    ground: Ground, found: Candidates, budgets: Sequence[float], threshold: float = THRESHOLDS[0], seconds: float = 5.0
) -> list[Portfolio]:
    """The portfolio of each of ``budgets``, rising; a larger budget never does less: it keeps the smaller's plan."""
    plans: list[Portfolio] = []
    for budget in sorted(budgets):
        one = portfolio(ground, found, budget, threshold, seconds)
        if plans and one.people < plans[-1].people:
            last = plans[-1]
            one = Portfolio(budget, last.units, last.cost, last.people, one.bound, proved=False)
        plans.append(one)
    return plans


def yearly(found: Candidates) -> Floats:
    """Euros a year of one unit of each candidate: the mean of the first three years, never under 0."""
    return np.maximum(np.asarray(found.cost[:, :3].mean(axis=1), dtype=np.float64), 0.0)


def _solved(ground: Ground, found: Candidates, budget: float, threshold: float, seconds: float) -> Portfolio:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array, csr_array, diags_array, hstack, vstack

    count = found.most.size
    nothing = Portfolio(budget, np.zeros(count), 0.0, 0.0, 0.0, proved=True)
    published = ground.published
    reach = found.access.tocsr()
    short = np.flatnonzero((published < threshold) & (ground.people > 0) & (np.diff(reach.indptr) > 0))
    if not count or not short.size or budget <= 0:
        return nothing
    steps = np.array([own.amount.step for own in found.levers])
    cost = yearly(found) * steps
    afford = np.floor(np.divide(budget, cost, out=np.full(count, np.inf), where=cost > 0) + 1e-9)
    most = np.minimum(np.floor(found.most / steps + 1e-9), afford)
    people = ground.people[short]
    gap = threshold - published[short] + 1e-9  # a place passes at the threshold itself, whatever the rounding
    gain = csr_array(reach[short] * steps[None, :])
    passes = hstack([gain, -diags_array(gap)], format="csr")
    spent = coo_array(np.concatenate([cost / max(budget, 1.0), np.zeros(short.size)])[None, :])
    limits = LinearConstraint(vstack([passes, spent], format="csr"), np.append(np.zeros(short.size), -np.inf),
                              np.append(np.full(short.size, np.inf), 1.0))  # fmt: skip
    solved = milp(
        np.concatenate([np.zeros(count), -people]),
        integrality=np.ones(count + short.size, dtype=np.int64),
        bounds=Bounds(np.zeros(count + short.size), np.concatenate([most, np.ones(short.size)])),
        constraints=limits,
        options={"time_limit": seconds, "mip_rel_gap": 1e-4},
    )
    bound = float(-solved.mip_dual_bound) if solved.mip_dual_bound is not None else None
    if solved.x is None:
        return Portfolio(budget, np.zeros(count), 0.0, 0.0, bound, proved=False)
    units = np.round(np.asarray(solved.x[:count])) * steps
    reached = people_leaving(ground, np.asarray(found.access @ units), threshold)
    proved = bound is not None and bound <= float(-solved.fun) * (1 + 2e-4) + 1e-6
    return Portfolio(budget, units, float((yearly(found) * units).sum()), reached, bound, proved)
