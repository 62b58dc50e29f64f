"""Candidates: one unit of a lever in each of many territories, and what each brings, as sparse matrices.

Access being linear in supply, allocations, pairs and portfolios are sums of these columns: exact under the central
model, but for levers that change demand or trips, which are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.access.arrays import Floats, Integers
from vigie.errors import InputError, Where
from vigie.levers.costs import central_years
from vigie.levers.definition import Existing, Lever, Spread, levers_of
from vigie.levers.effects import CENTRAL, change
from vigie.levers.engine import central_change
from vigie.levers.ground import Ground
from vigie.levers.scenario import Action, Area, Plan, Scenario, Settled

if TYPE_CHECKING:
    from scipy.sparse import csc_array

LINEAR = ("supply", "existing")
"""The kinds of levers whose units add up."""


@dataclass(frozen=True)
class Candidates:
    """Units of levers in territories, one column each.

    ``supply`` and ``access`` (places × candidates): what one unit adds in the unit of supply and the change of access;
    ``cost`` (candidates × 4) in euros by year; ``most`` the units that each can take.
    """

    levers: tuple[Lever, ...]
    areas: tuple[Area, ...]
    supply: csc_array
    access: csc_array
    cost: Floats
    most: Floats


def candidates(ground: Ground, chosen: Sequence[tuple[Lever, str | None]], areas: Sequence[Area]) -> Candidates:
    """One unit of each lever (with a preset, or None) in each of ``areas``, where it would have an effect.

    Raises InputError for a lever whose units do not add up, or that does not move the APL of the ground's profession.
    """
    found, supplies, moves, costs, most = [], [], [], [], []
    for own, preset in chosen:
        _check(own, ground.profession)
        parameters = own.settled(preset, {})
        spread: Spread = getattr(own.mechanism, "spread", None) or "principal"
        for area in areas:
            unit = Settled(Action(lever=own.id, amount=1.0, places=(area.key,)), own, parameters, spread, (area,), ())
            limit = _most(unit, ground)
            if limit <= 0:
                continue
            plan = Plan(Scenario(), area, (unit,))
            made = change(plan, ground, CENTRAL)
            scale = 1.0 / max(made.effects[0].used, 1e-12)  # a territory of less than one doctor takes part of a unit
            found.append((own, area))
            supplies.append(sparse(made.supply[:, 0] * scale))
            moves.append(sparse(central_change(ground, made)[:, 0] * scale))
            costs.append(central_years(plan, ground, made) * scale)
            most.append(limit)
    return Candidates(
        tuple(own for own, _ in found),
        tuple(area for _, area in found),
        columns_of(supplies, ground.ids.size),
        columns_of(moves, ground.ids.size),
        np.array(costs).reshape(-1, 4),
        np.array(most),
    )


def need(ground: Ground, area: Area, threshold: float, change_of: Floats | None = None) -> float:
    """Supply (consultations a year, FTE) that a territory's inhabitants lack to reach ``threshold``:
    Σ P* · (threshold − APL), after ``change_of`` (by place) if given."""
    rows = area.places[np.isfinite(ground.published[area.places])]
    moved = ground.published[rows] + (0.0 if change_of is None else change_of[rows])
    return float((ground.demand[rows] * np.maximum(threshold - np.maximum(moved, 0.0), 0.0)).sum())


def mean(ground: Ground, area: Area, change_of: Floats | None = None) -> float:
    """The APL of a territory by standardised inhabitants, after ``change_of`` (by place) if given; NaN where none."""
    rows = area.places[np.isfinite(ground.published[area.places])]
    weight = ground.demand[rows]
    moved = ground.published[rows] + (0.0 if change_of is None else change_of[rows])
    total = float(weight.sum())
    return float((weight * np.maximum(moved, 0.0)).sum()) / total if total > 0 else float("nan")


def linear(own: Lever) -> bool:
    """Whether the units of a lever add up."""
    return own.mechanism.kind in LINEAR and getattr(own.mechanism, "measure", "") != "percent"


def _check(own: Lever, profession: str) -> None:
    known = [name for name, one in levers_of(profession).items() if linear(one)]
    if profession not in own.professions:
        raise InputError(
            f"« {own.id} » ne joue pas sur l'APL de cette profession ({profession}).",
            f"“{own.id}” does not move the APL of this profession ({profession}).",
            remedy_fr=f"Leviers qui se partagent : {', '.join(known)}.",
            remedy_en=f"Levers that are shared: {', '.join(known)}.",
            where=Where(column="lever", value=own.id),
        )
    if not linear(own):
        raise InputError(
            f"« {own.id} » ne se partage pas par unités.",
            f"“{own.id}” is not shared by units.",
            remedy_fr=f"Prenez un levier qui ajoute de l'offre par unité : {', '.join(known)}.",
            remedy_en=f"Take a lever that adds supply by unit: {', '.join(known)}.",
            where=Where(column="lever", value=own.id),
        )


def _most(unit: Settled, ground: Ground) -> float:
    """The units that a territory can take: as many as practitioners where the lever is about them."""
    mechanism = unit.lever.mechanism
    rows = unit.places
    if not isinstance(mechanism, Existing):
        alone = getattr(mechanism, "spread", "principal") == "practitioners" and ground.heads[rows].sum() <= 0
        return 0.0 if alone or not rows.size else unit.lever.amount.most
    each = mechanism.each
    return float(ground.heads[rows].sum()) / (unit.parameters[each].value if each else 1.0)


def sparse(column: Floats) -> tuple[Integers, Floats]:
    """The rows where a column is not 0, and its values there."""
    rows = np.flatnonzero(column)
    return rows, column[rows]


def columns_of(parts: Sequence[tuple[Integers, Floats]], size: int) -> csc_array:
    """A matrix of ``size`` rows from its columns as :func:`sparse` gives them."""
    from scipy.sparse import csc_array

    starts = np.concatenate([[0], np.cumsum([rows.size for rows, _ in parts])]).astype(np.int64)
    rows = np.concatenate([rows for rows, _ in parts]) if parts else np.empty(0, dtype=np.int64)
    values = np.concatenate([values for _, values in parts]) if parts else np.empty(0)
    return csc_array((values, rows, starts), shape=(size, len(parts)))
