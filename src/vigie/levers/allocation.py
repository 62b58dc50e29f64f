"""Allocation: the same total of a lever shared between territories under four rules, and what each comes to.

- ``open``: an open counter, where posts go as practitioners are there to ask for them (hypothesis: in proportion);
- ``priority``: half by the open counter; half by département, as people under the threshold are (the national frame),
  then inside each by degrees, the territory of least APL first, until the département's envelope is spent (Cour des
  comptes 2024, recommendation 3 and note 144);
- ``need``: in proportion to the supply that inhabitants lack to reach the threshold;
- ``effect``: what closes most of that lack, by linear programming (HiGHS): the optimum, proved.

The threshold is that of the profession, 2.5 for GPs. No territory takes more than its practitioners, where the lever is
about them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vigie.access.arrays import Floats, Integers, sums
from vigie.errors import InputError, Where
from vigie.levers.answer import people_leaving, spread
from vigie.levers.candidates import Candidates, mean, need
from vigie.levers.ground import Ground
from vigie.levers.linear import least
from vigie.levers.professions import professions

Rule = Literal["open", "priority", "need", "effect"]
RULES: tuple[Rule, ...] = ("open", "priority", "need", "effect")
PRIORITY = 0.5  # the share that the Cour suggests for territorial priority


@dataclass(frozen=True)
class Allocation:
    """One rule's sharing: ``units`` by candidate, net people above the two thresholds, the lack closed (share).

    Gini before and after, euros of the first year and later, units by degree of difficulty (the profession's
    ``degrees``).
    """

    rule: Rule
    units: Floats
    net: tuple[float, float]
    closed: float
    gini: tuple[float, float]
    first_year: float
    steady: float
    by_degree: tuple[float, float, float, float]


def allocate(
    ground: Ground, found: Candidates, departement: Integers, total: float, inside: Integers, step: float = 0.5
) -> list[Allocation]:
    """``total`` units shared under each of ``RULES``; ``departement`` is the number of each candidate's.

    ``inside`` are the places over which inequality and the lack are told; units are multiples of ``step``. Raises
    InputError for more units than the territories can take.
    """
    room = float(found.most.sum())
    if not 0 <= total <= room:
        raise InputError(
            f"ces territoires peuvent recevoir {room:g} unités au plus.",
            f"these territories can take {room:g} units at most.",
            where=Where(column="total", value=total),
        )
    threshold = professions()[ground.profession].thresholds[0]
    lack = np.array([need(ground, area, threshold) for area in found.areas])
    apl = np.array([mean(ground, area) for area in found.areas])
    shares: dict[Rule, Floats] = {
        "open": _open(ground, found, total),
        "priority": _priority(ground, found, departement, apl, total),
        "need": filled(lack, found.most, total),
        "effect": best_effect(ground, found, total, threshold),
    }
    return [_judged(rule, ground, found, whole(units, found.most, total, step), apl, inside)
            for rule, units in shares.items()]  # fmt: skip


def filled(weight: Floats, most: Floats, total: float) -> Floats:
    """``total`` shared in proportion to ``weight``, none above its ``most``: what one cannot take goes to the others.

    What is left when every weight is served goes by room.
    """
    result = np.zeros_like(most)
    for pull in (weight, most):
        active = (pull > 1e-12 * pull.max(initial=0.0)) & (result < most)
        while total - result.sum() > 1e-9 and active.any():
            left = total - result.sum()
            give = np.where(active, left * (pull / pull[active].sum()), 0.0)
            result = np.minimum(result + give, most)
            active &= result < most - 1e-12
    return result


def whole(units: Floats, most: Floats, total: float, step: float) -> Floats:
    """Multiples of ``step`` nearest to ``units`` with the same total (the largest remainders first), none above
    ``most`` by a step or more."""
    count = units / step
    floor = np.floor(count + 1e-9)
    left = round(total / step - floor.sum())
    order = np.argsort(-(count - floor), kind="stable")
    order = order[(floor[order] + 1) * step < most[order] + step]
    floor[order[: max(left, 0)]] += 1
    return floor * step


def best_effect(ground: Ground, found: Candidates, total: float, threshold: float) -> Floats:
    """The units that close most of the lack under ``threshold``: max Σ P*_i u_i, u_i ≤ gap_i, u ≤ G x, Σ x ≤ total."""
    from scipy.sparse import eye_array, hstack

    published = ground.published
    short = np.flatnonzero((published < threshold) & (ground.demand > 0))
    reach = found.access.tocsr()[short]
    touched = np.diff(reach.indptr) > 0
    short, reach = short[touched], reach[touched]
    count = found.most.size
    if not short.size or not count or total <= 0:
        return filled(found.most, found.most, total)
    scale = 1e3  # consultations per thousand: HiGHS likes numbers near 1
    weight = ground.demand[short] / ground.demand[short].mean()
    solved = least(
        np.concatenate([np.zeros(count), -weight]),
        np.concatenate([found.most, threshold - published[short]]),
        hstack([-scale * reach, scale * eye_array(short.size)], format="csr"),
        np.zeros(short.size),
        total,
        np.concatenate([np.ones(count), np.zeros(short.size)]),
    )
    if solved is None:  # a total that fills every territory may miss by rounding
        return filled(found.most, found.most, total)
    return np.clip(solved[:count], 0.0, found.most)


def _open(ground: Ground, found: Candidates, total: float) -> Floats:
    heads = np.array([ground.heads[area.places].sum() for area in found.areas])
    return filled(heads, found.most, total)


def _priority(ground: Ground, found: Candidates, departement: Integers, apl: Floats, total: float) -> Floats:
    opened = _open(ground, found, (1 - PRIORITY) * total)
    room = found.most - opened
    under = np.array([_under(ground, area.places) for area in found.areas])
    count = int(departement.max(initial=0)) + 1
    people, space = sums(departement, under, count), sums(departement, room, count)
    envelope = filled(people, space, PRIORITY * total)
    given = np.zeros_like(opened)
    # From the hardest to the least hard, until the envelope is spent.
    for one in np.argsort(np.where(np.isnan(apl), np.inf, apl), kind="stable").tolist():
        given[one] = min(room[one], envelope[departement[one]])
        envelope[departement[one]] -= given[one]
    return opened + given


def _under(ground: Ground, rows: Integers) -> float:
    threshold = professions()[ground.profession].thresholds[0]
    return float(ground.people[rows][ground.published[rows] < threshold].sum())


def _judged(rule: Rule, ground: Ground, found: Candidates, units: Floats, apl: Floats, inside: Integers) -> Allocation:
    own = professions()[ground.profession]
    first, second = own.thresholds
    moved = np.asarray(found.access @ units)
    known = inside[np.isfinite(ground.published[inside])]
    before, weight = ground.published[known], ground.demand[known]
    after = np.maximum(before + moved[known], 0.0)
    lack, left = (float((weight * np.maximum(first - apl_, 0)).sum()) for apl_ in (before, after))
    degree = np.searchsorted(own.degrees, np.where(np.isnan(apl), np.inf, apl), side="right")
    by_degree = np.bincount(degree, units, len(own.degrees) + 1)
    return Allocation(
        rule,
        units,
        (people_leaving(ground, moved, first), people_leaving(ground, moved, second)),
        (lack - left) / lack if lack > 0 else 0.0,
        (float(spread(before, weight)[4]), float(spread(after, weight)[4])),
        float((found.cost[:, 0] * units).sum()),
        float((found.cost[:, 3] * units).sum()),
        (float(by_degree[0]), float(by_degree[1]), float(by_degree[2]), float(by_degree[3])),
    )
