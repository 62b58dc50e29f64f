"""A siting from end to end: search, bound, and HiGHS on what the bound leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vigie.levers.siting_benefit import Benefit, restricted
from vigie.levers.siting_exact import choose as solve_exactly
from vigie.levers.siting_search import bound, proved, search, undecided

Sites = npt.NDArray[np.int64]
FEW: Final = 0.5


@dataclass(frozen=True)
class Choice:
    """A plan and what is proved of it: ``value`` is what its ``sites`` (columns, rising) add, ``upper`` what no plan
    exceeds, in the unit of the benefit; ``method`` is ``exact`` (HiGHS), ``bound`` (search and Lagrangian bound)."""

    sites: Sites
    value: float
    upper: float
    method: str

    @property
    def gap(self) -> float:
        """How far from the best the plan can be at most, as a share of its value; 0 for a proved optimum."""
        if self.upper <= self.value:
            return 0.0
        return (self.upper - self.value) / self.value if self.value > 0 else float("inf")

    @property
    def optimal(self) -> bool:
        """Whether nothing better exists (to rounding)."""
        return self.gap <= 1e-9


def best_sites(benefit: Benefit, count: int, seconds: float = 0.0, rounds: int = 10_000) -> Choice:
    """The best plan found of at most ``count`` sites; HiGHS has ``seconds`` (0: is not called) to prove or better it.

    Without HiGHS the answer does not depend on the machine. With it, it may where the time runs out.
    """
    sites = search(benefit, count, rounds=rounds)
    value = benefit.worth(sites)
    if sites.size < count or not sites.size:
        # Nothing adds anything any more: every row has its best.
        return Choice(sites, value, value, "bound")
    found = bound(benefit, count, value)
    first = Choice(sites, value, max(proved(found.upper, benefit.whole), value), "bound")
    if first.optimal or seconds <= 0:
        return first
    maybe, sure = undecided(benefit, count, value, found)
    left = count - int(sure.sum())
    if left == 0 or not maybe.any():
        return Choice(sites, value, value, "bound")
    rest = restricted(benefit, maybe, sure)
    number = np.flatnonzero(maybe)
    start = np.searchsorted(number, sites[maybe[sites]])
    solved = solve_exactly(rest, left, start, seconds)
    if solved is None:
        return first
    chosen, upper, _ = solved
    # What is left out can only be in plans that are no better than the one at hand.
    taken = np.sort(np.concatenate([np.flatnonzero(sure), number[chosen]]))
    better = benefit.worth(taken)
    if better < value:
        taken, better = sites, value
    base = rest.had - benefit.had
    highest = min(max(proved(base + upper, benefit.whole), better), first.upper)
    return Choice(taken, better, highest, "exact" if highest <= better * (1 + 1e-9) else "bound")
