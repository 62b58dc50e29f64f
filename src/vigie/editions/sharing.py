"""Allocations, pairs and portfolios of an edition: found on its ground, and told as plain data and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from vigie.editions.levers import Playground
from vigie.editions.scenarios import WARNING
from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.levers.allocation import DEGREES, RULES, Allocation, Rule, allocate
from vigie.levers.candidates import Candidates, candidates, mean
from vigie.levers.definition import lever
from vigie.levers.pairing import Pairing, pair
from vigie.levers.portfolio import DEFAULT, Portfolio, frontier, portfolio, yearly
from vigie.levers.scenario import Area

BY = "bassin_de_vie"

RULE_WORDS: dict[Rule, Text] = {
    "open": Text("guichet ouvert", "open counter"),
    "priority": Text("50 % sur priorité territoriale", "50% on territorial priority"),
    "need": Text("selon le besoin", "by need"),
    "effect": Text("selon l'effet (optimum)", "by effect (optimum)"),
}
DEGREE_WORDS = (
    Text("APL sous 2", "APL under 2"),
    Text("de 2 à 2,5", "2 to 2.5"),
    Text("de 2,5 à 4", "2.5 to 4"),
    Text("4 et plus", "4 and more"),
)


@dataclass(frozen=True)
class Shared:
    """What was shared: the territories as candidates and the allocation under each rule."""

    lever: str
    total: float
    scope: Area
    by: str
    found: Candidates
    allocations: list[Allocation]


def share(
    ground: Playground, name: str, total: float, scope: str = "france:FR", by: str = BY, preset: str | None = None
) -> Shared:
    """``total`` units of a lever between the territories of level ``by`` of ``scope``, under each rule.

    Raises UnknownNameError for a name that is not, InputError for a lever not shared by units or too large a total.
    """
    area = ground.area(scope)
    own = lever(name)
    areas = ground.area.within(by, area, ground.ground.people)
    found = candidates(ground.ground, [(own, preset)], areas)
    _some(found, area)
    # The département where most of each territory's people live.
    codes, number = np.unique(ground.places["departement"].fill_null("").to_numpy().astype(str), return_inverse=True)
    home = np.array(
        [np.bincount(number[one.places], ground.ground.people[one.places], codes.size).argmax() for one in found.areas]
    )
    allocations = allocate(ground.ground, found, home, total, area.places, own.amount.step)
    return Shared(own.id, total, area, by, found, allocations)


def _some(found: Candidates, area: Area) -> None:
    if not found.most.size:
        raise InputError(
            f"aucun territoire de ce niveau à {area.name}.",
            f"no territory of this level in {area.name}.",
            remedy_fr="Choisissez un autre niveau avec --by : bassin_de_vie, epci, departement.",
            remedy_en="Choose another level with --by: bassin_de_vie, epci, departement.",
            where=Where(column="territory", value=area.key),
        )


def share_table(ground: Playground, one: Shared) -> pl.DataFrame:
    """A row per territory: key, name, people, apl, practitioners, most, and the units under each rule."""
    own, found = ground.ground, one.found
    columns: dict[str, Any] = {
        "key": [area.key for area in found.areas],
        "name": [area.name for area in found.areas],
        "people": [float(own.people[area.places].sum()) for area in found.areas],
        "apl": [round(mean(own, area), 3) for area in found.areas],
        "practitioners": [float(own.heads[area.places].sum()) for area in found.areas],
        "most": found.most.round(2),
    }
    columns |= {given.rule: given.units for given in one.allocations}
    return pl.DataFrame(columns).fill_nan(None)


def share_told(ground: Playground, one: Shared) -> dict[str, Any]:
    """An allocation as plain data, with the units of each territory."""
    return _about(ground) | {
        "lever": one.lever,
        "total": one.total,
        "territory": {"key": one.scope.key, "name": one.scope.name},
        "by": one.by,
        "degrees": list(DEGREES),
        "rules": [_allocation(given) for given in one.allocations],
        "territories": share_table(ground, one).to_dicts(),
    }


def _allocation(one: Allocation) -> dict[str, Any]:
    words = RULE_WORDS[one.rule]
    return {
        "rule": one.rule,
        "title": {"fr": words.fr, "en": words.en},
        "net_2.5": one.net[0],
        "net_2": one.net[1],
        "lack_closed": round(one.closed, 5),
        "gini": {"before": round(one.gini[0], 5), "after": round(one.gini[1], 5)},
        "first_year": round(one.first_year),
        "steady": round(one.steady),
        "by_degree": list(one.by_degree),
    }


def paired(
    ground: Playground,
    scope: str = "france:FR",
    by: str = BY,
    dense: float = 4.0,
    under: float = 2.5,
    minutes: float = 60.0,
    most_days: float | None = None,
) -> Pairing:
    """Days a month from dense to under-dense territories of ``scope``: :func:`vigie.levers.pairing.pair`."""
    areas = ground.area.within(by, ground.area(scope), ground.ground.people)
    return pair(ground.ground, areas, dense=dense, under=under, minutes=minutes, most_days=most_days)


def pair_table(one: Pairing) -> pl.DataFrame:
    """A row per pair: origin, origin_name, destination, destination_name, minutes, days a month, consultations."""
    rows = [
        (p.origin.key, p.origin.name, p.destination.key, p.destination.name, round(p.minutes, 1), p.days,
         round(p.consultations))
        for p in one.pairs
    ]  # fmt: skip
    names = ("origin", "origin_name", "destination", "destination_name", "minutes", "days", "consultations")
    kinds = (pl.String, pl.String, pl.String, pl.String, pl.Float64, pl.Float64, pl.Int64)
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def pair_told(ground: Playground, one: Pairing) -> dict[str, Any]:
    """A pairing as plain data."""
    from vigie.levers.answer import people_leaving

    def ends(found: Sequence[tuple[Area, float, float]]) -> list[dict[str, Any]]:
        return [{"key": a.key, "name": a.name, "before": round(b, 3), "after": round(c, 3)} for a, b, c in found]

    return _about(ground) | {
        "pairs": pair_table(one).to_dicts(),
        "days": sum(p.days for p in one.pairs),
        "net_2.5": people_leaving(ground.ground, one.moved, 2.5),
        "net_2": people_leaving(ground.ground, one.moved, 2.0),
        "lack_closed": round(one.closed, 4),
        "lack_closed_bound": round(one.bound, 4),
        "origins": ends(one.origins),
        "destinations": ends(one.destinations),
    }


@dataclass(frozen=True)
class Mixed:
    """A mix: the candidates and a plan for each budget."""

    scope: Area
    found: Candidates
    plans: list[Portfolio]


def mix(
    ground: Playground,
    budgets: Sequence[float],
    scope: str,
    names: Sequence[str] = DEFAULT,
    by: str = BY,
    seconds: float = 10.0,
) -> Mixed:
    """The best mix of levers for each budget (euros a year) in the territories of level ``by`` of ``scope``."""
    area = ground.area(scope)
    areas = ground.area.within(by, area, ground.ground.people)
    found = candidates(ground.ground, [(lever(name), None) for name in names], areas)
    _some(found, area)
    if len(budgets) == 1:
        return Mixed(area, found, [portfolio(ground.ground, found, budgets[0], seconds=seconds)])
    return Mixed(area, found, frontier(ground.ground, found, budgets, seconds=seconds))


def mix_table(one: Mixed, plan: Portfolio) -> pl.DataFrame:
    """A row per lever and territory chosen: lever, key, name, units, unit in both languages, euros a year."""
    cost = yearly(one.found)
    rows = [
        (own.id, own.title.fr, own.title.en, area.key, area.name, float(plan.units[k]), own.amount.unit.fr,
         own.amount.unit.en, round(float(plan.units[k] * cost[k])))
        for k, (own, area) in enumerate(zip(one.found.levers, one.found.areas, strict=True))
        if plan.units[k] > 0
    ]  # fmt: skip
    names = ("lever", "title_fr", "title_en", "key", "name", "units", "unit_fr", "unit_en", "euros")
    kinds = [pl.String] * 5 + [pl.Float64, pl.String, pl.String, pl.Int64]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def mix_told(ground: Playground, one: Mixed) -> dict[str, Any]:
    """A mix as plain data."""
    return _about(ground) | {
        "territory": {"key": one.scope.key, "name": one.scope.name},
        "plans": [
            {
                "budget": plan.budget,
                "euros": round(plan.cost),
                "people": plan.people,
                "bound": None if plan.bound is None else round(plan.bound, 1),
                "proved": plan.proved,
                "mix": mix_table(one, plan).to_dicts(),
            }
            for plan in one.plans
        ],
    }


def _about(ground: Playground) -> dict[str, Any]:
    return {
        "simulation": True,
        "warning": {"fr": WARNING.fr, "en": WARNING.en},
        "edition": ground.edition,
        "year": ground.ground.year,
        "snapshots": list(ground.snapshots),
    }


__all__ = ["BY", "DEFAULT", "DEGREE_WORDS", "RULES", "RULE_WORDS", "Mixed", "Shared", "mix", "mix_table", "mix_told",
           "pair_table", "pair_told", "paired", "share", "share_table", "share_told"]  # fmt: skip
