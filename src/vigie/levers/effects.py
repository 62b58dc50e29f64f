"""Effects: what the actions of a plan change at each place, before anyone travels.

An action becomes consultations gained or lost at places, a lesser demand, or trips that take less time. Each is told in
several :data:`columns <Column>`: the bounds of its parameters, and the years of its ramp. Departures come first, then
what is moved, so that no practitioner gives what has left; nothing compounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np

from vigie.access.arrays import Floats, Integers, Mask
from vigie.errors import InputError, Where
from vigie.language import NNBSP, Text
from vigie.levers.definition import Bound, Existing, Moved, Supply, product
from vigie.levers.ground import HOUR, Ground, minutes_from
from vigie.levers.scenario import Plan, Settled

STEADY = 3
TRIP_PLACES = 1200
"""The most places whose trips a scenario changes: each is looked at one by one."""


class Column(NamedTuple):
    """A case: the bound of the parameters, and the year (0 to 3, the last one the steady state)."""

    bound: Bound
    year: int


CASES = (Column("worst", STEADY), Column("central", STEADY), Column("best", STEADY))
RAMP = (Column("central", 0), Column("central", 1), Column("central", 2), Column("central", STEADY))
CENTRAL = (Column("central", STEADY),)


@dataclass(frozen=True)
class Effect:
    """What one action came to: the amount that could be used, consultations added and taken away by column, notes."""

    used: float
    added: Floats
    taken: Floats
    notes: tuple[Text, ...] = ()


@dataclass
class Change:
    """What a plan changes, a column per case.

    ``supply`` in consultations a year and ``demand`` in standardised inhabitants, by place and column; ``gone``
    practitioners by place; ``given`` what moved away, by place and column; ``opened`` where practitioners come who
    stay; ``trips`` the places whose inhabitants save minutes (place, minutes, share by column); ``link`` two places
    and the minutes between them.
    """

    columns: Sequence[Column]
    supply: Floats
    demand: Floats | None
    gone: Floats
    given: Floats
    opened: Mask
    trips: list[tuple[int, float, Floats]] = field(default_factory=list)
    link: tuple[int, int, float] | None = None
    effects: list[Effect] = field(default_factory=list)


def change(plan: Plan, ground: Ground, columns: Sequence[Column] = CASES) -> Change:
    """What ``plan`` changes on ``ground``. Raises InputError for trips of too many places, or of one place twice."""
    size, wide = ground.ids.size, len(columns)
    supply, given, opened = np.zeros((size, wide)), np.zeros((size, wide)), np.zeros(size, dtype=np.bool_)
    made = Change(columns, supply, None, np.zeros(size), given, opened)
    effects: dict[int, Effect] = {}
    for number in sorted(range(len(plan.actions)), key=lambda k: _ORDER[plan.actions[k].lever.mechanism.kind]):
        one = plan.actions[number]
        effects[number] = _MAKERS[one.lever.mechanism.kind](one, ground, made)
    made.effects = [effects[number] for number in range(len(plan.actions))]
    return made


def _supply(one: Settled, ground: Ground, made: Change) -> Effect:
    mechanism = cast(Supply, one.lever.mechanism)
    rows, shares = _spread(one, ground, made)
    if not rows.size:
        return _nothing(one, made)
    added = one.action.amount * _products(one, made)
    made.supply[rows] += shares[:, None] * added
    made.opened[rows] |= mechanism.opens and one.action.amount > 0
    return Effect(one.action.amount, added, np.zeros_like(added))


def _departures(one: Settled, ground: Ground, made: Change) -> Effect:
    rows = one.places
    left = ground.heads[rows] - made.gone[rows]
    total = float(left.sum())
    gone = min(one.action.amount, total)
    share = left / total if total > 0 else left
    factor = _products(one, made, ramp=True)
    loss = (gone * share)[:, None] * _activity(ground, rows)[:, None] * factor
    made.supply[rows] -= loss
    made.gone[rows] += gone * share
    return Effect(gone, np.zeros(len(made.columns)), loss.sum(axis=0), _short(one, gone, "départs", "departures"))


def _existing(one: Settled, ground: Ground, made: Change) -> Effect:
    mechanism = cast(Existing, one.lever.mechanism)
    rows = one.places
    left = ground.heads[rows] - made.gone[rows]
    total = float(left.sum())
    activity = _activity(ground, rows)[:, None]
    factor = _products(one, made)
    if mechanism.measure == "percent":
        gained = (one.action.amount / 100 * left)[:, None] * activity * factor
        made.supply[rows] += gained
        return Effect(one.action.amount if total > 0 else 0.0, gained.sum(axis=0), np.zeros_like(factor))
    each = _each(one, made) if mechanism.each else np.ones(len(made.columns))
    concerned = np.minimum(one.action.amount * each, total)
    share = left / total if total > 0 else left
    gained = share[:, None] * activity * (concerned * factor)
    made.supply[rows] += gained
    used = min(one.action.amount, total / float(each[_middle(made)])) if each[_middle(made)] else 0.0
    return Effect(used, gained.sum(axis=0), np.zeros_like(factor), _short(one, used, "médecins", "doctors"))


def _moved(one: Settled, ground: Ground, made: Change) -> Effect:
    mechanism = cast(Moved, one.lever.mechanism)
    rows, shares = _spread(one, ground, made)
    origins = one.origin_places
    # What an origin still has to give: its part of the activity, less what other actions took.
    most = one.parameters[mechanism.most].value
    activity = ground.supply[origins] - made.gone[origins] * _activity(ground, origins)
    room = np.maximum(most * activity[:, None] - made.given[origins], 0.0)
    total = room.sum(axis=0)
    factor = _products(one, made)
    if mechanism.measure == "percent":
        wanted = np.broadcast_to(one.action.amount / 100 * activity.sum(), factor.shape) * _ramps(one, made)
        worth = np.array([product(mechanism, one.parameters, column.bound) for column in made.columns])
    else:
        wanted, worth = one.action.amount * factor, np.ones_like(factor)
    taken = np.minimum(wanted, total) if rows.size else np.zeros_like(wanted)
    given = room * np.divide(taken, total, out=np.zeros_like(taken), where=total > 0)
    made.supply[origins] -= given
    made.given[origins] += given
    made.supply[rows] += shares[:, None] * (taken * worth)
    made.opened[rows] |= mechanism.opens and bool(taken.any())
    middle = _middle(made)
    used = one.action.amount * float(taken[middle] / wanted[middle]) if wanted[middle] > 0 else 0.0
    notes = _short(one, used, "jours ou activité", "days or activity")
    if mechanism.measure == "units" and rows.size:
        notes += _far(one, ground)
    return Effect(used, taken * worth, taken, notes)


def _demand(one: Settled, ground: Ground, made: Change) -> Effect:
    rows = one.places
    if made.demand is None:
        made.demand = np.zeros_like(made.supply)
    less = one.action.amount / 100 * _products(one, made)
    # Of what is still asked, so that several levers never take more than there is.
    made.demand[rows] -= (ground.demand[rows][:, None] + made.demand[rows]) * np.minimum(less, 1.0)
    return Effect(one.action.amount, np.zeros_like(less), np.zeros_like(less))


def _trips(one: Settled, _: Ground, made: Change) -> Effect:
    share = np.minimum(_products(one, made), 1.0)
    known = {place for place, _, _ in made.trips}
    rows = one.places
    if known & set(rows.tolist()) or len(known) + rows.size > TRIP_PLACES:
        raise InputError(
            f"des trajets changent deux fois au même lieu, ou dans plus de {TRIP_PLACES} communes.",
            f"trips change twice at one place, or in more than {TRIP_PLACES} communes.",
            remedy_fr="Un seul transport par commune, sur un département au plus.",
            remedy_en="One transport a commune, over a département at most.",
            where=Where(column="places"),
        )
    if one.action.amount:
        made.trips += [(int(row), one.action.amount, share) for row in rows]
    return Effect(one.action.amount, np.zeros_like(share), np.zeros_like(share))


def _link(one: Settled, _: Ground, made: Change) -> Effect:
    ends = [int(area.places[0]) for area in one.areas]
    nothing = np.zeros(len(made.columns))
    if one.action.amount:
        made.link = (ends[0], ends[1], one.action.amount)
    return Effect(one.action.amount, nothing, nothing)


_MAKERS: dict[str, Callable[[Settled, Ground, Change], Effect]] = {
    "departures": _departures,
    "moved": _moved,
    "existing": _existing,
    "supply": _supply,
    "demand": _demand,
    "trips": _trips,
    "link": _link,
}
_ORDER = {kind: place for place, kind in enumerate(_MAKERS)}


def ramp_shares(one: Settled) -> tuple[float, float, float, float]:
    """The share of the whole effect in years 1, 2, 3 and later, at the central parameters."""
    ramp = one.lever.ramp
    if ramp.shares is not None:
        return (*ramp.shares, 1.0)
    years = one.parameters[cast(str, ramp.years)].value
    first, second, third = (min((year + 1) / years, 1.0) for year in range(3))
    return first, second, third, 1.0


def _ramps(one: Settled, made: Change) -> Floats:
    shares = ramp_shares(one)
    return np.array([shares[column.year] for column in made.columns])


def _products(one: Settled, made: Change, *, ramp: bool = True) -> Floats:
    """The product of the factors by column, at the share of its year."""
    mechanism = one.lever.mechanism
    by_bound = {bound: product(mechanism, one.parameters, bound) for bound in {c.bound for c in made.columns}}
    values = np.array([by_bound[column.bound] for column in made.columns])
    return values * _ramps(one, made) if ramp else values


def _each(one: Settled, made: Change) -> Floats:
    name = cast(str, cast(Existing, one.lever.mechanism).each)
    return np.array([one.parameters[name].at(column.bound) for column in made.columns])


def _middle(made: Change) -> int:
    """The column of the central bound at the steady state, or the last one of it."""
    return max((k for k, c in enumerate(made.columns) if c.bound == "central"), default=len(made.columns) - 1)


def _activity(ground: Ground, rows: Integers) -> Floats:
    """Consultations a year of one practitioner of each place; 0 where there is none."""
    heads = ground.heads[rows]
    return np.divide(ground.supply[rows], heads, out=np.zeros(rows.size), where=heads > 0)


def _spread(one: Settled, ground: Ground, made: Change) -> tuple[Integers, Floats]:
    """The places that receive, and the share of each; none where nobody can."""
    if one.spread == "principal":
        areas = [area.places for area in one.areas if area.places.size]
        rows = np.array([places[np.argmax(ground.people[places])] for places in areas], dtype=np.int64)
        rows, counts = np.unique(rows, return_counts=True)
        return rows, counts / max(counts.sum(), 1)
    rows = one.places
    pull = ground.demand[rows] if one.spread == "population" else ground.heads[rows] - made.gone[rows]
    total = float(pull.sum())
    return (rows, pull / total) if total > 0 else (rows[:0], pull[:0])


def _nothing(one: Settled, made: Change) -> Effect:
    zeros = np.zeros(len(made.columns))
    note = Text(
        f"{one.lever.title.fr}{NNBSP}: personne sur place pour en user, l'action est sans effet.",
        f"{one.lever.title.en}: nobody on the spot to use it, the action has no effect.",
    )
    return Effect(0.0, zeros, zeros, (note,) if one.action.amount else ())


def _far(one: Settled, ground: Ground) -> tuple[Text, ...]:
    """A note on the places that are more than an hour from every origin: the Cour pairs zones nearer than that."""
    points = ground.roads[0].points
    seats = [np.array([_seat(ground, area.places) for area in areas]) for areas in (one.areas, one.origins)]
    nearest = np.min([minutes_from(points, int(origin), seats[0]) for origin in seats[1]], axis=0)
    far = [area.name for area, minutes in zip(one.areas, nearest, strict=True) if minutes > HOUR]
    if not far:
        return ()
    some = ", ".join(far[:3]) + ("…" if len(far) > 3 else "")
    return (
        Text(
            f"{one.lever.title.fr}{NNBSP}: plus d'une heure depuis les lieux d'origine pour {some}.",
            f"{one.lever.title.en}: more than an hour from the places of origin for {some}.",
        ),
    )


def _seat(ground: Ground, places: Integers) -> int:
    return int(places[np.argmax(ground.people[places])])


def _short(one: Settled, used: float, fr: str, en: str) -> tuple[Text, ...]:
    """A note where less could be used than was asked."""
    if used >= one.action.amount * (1 - 1e-9):
        return ()
    title, unit, asked = one.lever.title, one.lever.amount.unit, f"{one.action.amount:g}"
    return (
        Text(
            f"{title.fr}{NNBSP}: {used:.3g} {unit.fr} sur {asked}{NNBSP}; les lieux n'ont pas plus de {fr}.",
            f"{title.en}: {used:.3g} {unit.en} out of {asked}; the places have no more {en}.",
        ),
    )
