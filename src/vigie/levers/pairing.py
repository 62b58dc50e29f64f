"""Pairing: days a month from dense to under-dense territories within an hour, for the greatest effect.

A flow from origins to destinations with HiGHS. An origin gives no more than a share of its activity and never falls
under its own threshold, counting what its neighbours give too; a destination receives no more than its inhabitants
lack. What is brought of that lack is maximised; among equals, the least driving. Those around are served by it too, so
that less of the lack is closed than is brought: both are told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vigie.access.arrays import Floats, Integers
from vigie.errors import InputError, Where
from vigie.levers.candidates import Candidates, columns_of, mean, need, sparse
from vigie.levers.definition import lever
from vigie.levers.effects import CENTRAL, change
from vigie.levers.engine import central_change
from vigie.levers.ground import HOUR, Ground, minutes_from
from vigie.levers.linear import least
from vigie.levers.professions import professions
from vigie.levers.scenario import Action, Area, Plan, Scenario, Settled

_STEP = 0.5  # days a month of a pair
_TOLERANCE = 5e-7  # of an APL: what HiGHS holds a constraint to


@dataclass(frozen=True)
class Pair:
    """Days a month from a territory to another, ``minutes`` apart, and the supply a year that they are."""

    origin: Area
    destination: Area
    minutes: float
    days: float
    supply: float


@dataclass(frozen=True)
class Pairing:
    """The pairs, the largest first; ``moved`` the change of access by place.

    ``origins`` tells each place of origin: area, APL before and after. ``closed`` is what the days bring as a share of
    what the destinations lack; ``bound`` what an exact division of days would bring at most; ``reached`` the share of
    that lack which is no longer there once all who reach the days have their part.
    """

    pairs: tuple[Pair, ...]
    moved: Floats
    origins: tuple[tuple[Area, float, float], ...]
    destinations: tuple[tuple[Area, float, float], ...]
    closed: float
    bound: float
    reached: float


def pair(
    ground: Ground,
    areas: Sequence[Area],
    *,
    dense: float | None = None,
    under: float | None = None,
    minutes: float = HOUR,
    months: float = 11.0,
    most_days: float | None = None,
    destinations: Collection[str] | None = None,
) -> Pairing:
    """Days from ``areas`` above ``dense`` to those under ``under`` (else the profession's), at most ``minutes``
    apart.

    ``months`` worked a year; ``most_days`` a month in all; ``destinations`` the keys of the only areas that receive,
    where given. Raises InputError for thresholds in the wrong order.
    """
    known = professions()[ground.profession]
    dense, under = known.dense if dense is None else dense, known.thresholds[0] if under is None else under
    if not under <= dense:
        raise InputError(
            "le seuil des zones denses est sous celui des zones sous-denses.",
            "the threshold of dense zones is below that of under-dense zones.",
            where=Where(column="dense", value=dense),
        )
    per_day = lever(known.secondary).parameters[known.per_day].value * months
    apl = np.array([mean(ground, area) for area in areas])
    origins = [area for area, value in zip(areas, apl, strict=True) if value > dense]
    targets = [
        area
        for area, value in zip(areas, apl, strict=True)
        if value < under and (destinations is None or area.key in destinations)
    ]
    near = _near(ground, origins, targets, minutes)
    if not near[0].size:
        return Pairing((), np.zeros(ground.ids.size), (), (), 0.0, 0.0, 0.0)
    taking, giving = _unit_moves(ground, origins, targets, per_day)
    days, bound = _flow(ground, origins, targets, near, taking, giving, dense, under, per_day, most_days)
    return _told(ground, origins, targets, near, days, taking, giving, bound, under, per_day)


def _near(
    ground: Ground, origins: Sequence[Area], targets: Sequence[Area], most: float
) -> tuple[Integers, Integers, Floats]:
    """The pairs at most ``most`` minutes apart, from the most peopled place of one to that of the other."""
    points = ground.roads[0].points
    ends = np.array([_seat(ground, area) for area in targets], dtype=np.int64)
    rows, columns, times = [], [], []
    for k, area in enumerate(origins):
        found = minutes_from(points, _seat(ground, area), ends) if ends.size else np.empty(0)
        within = np.flatnonzero(found <= most)
        rows.append(np.full(within.size, k))
        columns.append(within)
        times.append(found[within])
    if not rows:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, np.empty(0)
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(times)


def _seat(ground: Ground, area: Area) -> int:
    return int(area.places[np.argmax(ground.people[area.places])])


def _unit_moves(
    ground: Ground, origins: Sequence[Area], targets: Sequence[Area], per_day: float
) -> tuple[Candidates, Candidates]:
    """What a day a month less at each origin, and one more at each destination, change."""
    return _units(ground, origins, -per_day, "practitioners"), _units(ground, targets, per_day, "principal")


def _units(ground: Ground, areas: Sequence[Area], consultations: float, spread: str) -> Candidates:
    own = lever(professions()[ground.profession].installing)
    supplies, moves, most = [], [], []
    for area in areas:
        unit = Settled(
            Action(lever=own.id, amount=1.0, places=(area.key,)), own,
            own.settled(None, {}), spread, (area,), (),  # type: ignore[arg-type]
        )  # fmt: skip
        made = change(Plan(Scenario(), area, (unit,)), ground, CENTRAL)
        made.supply *= consultations / max(float(made.supply.sum()), 1e-12)
        supplies.append(sparse(made.supply[:, 0]))
        moves.append(sparse(central_change(ground, made)[:, 0]))
        most.append(float(ground.supply[area.places].sum()) / abs(consultations))
    size = ground.ids.size
    return Candidates(
        tuple(own for _ in areas), tuple(areas), columns_of(supplies, size), columns_of(moves, size),
        np.zeros((len(areas), 4)), np.array(most),
    )  # fmt: skip


def _flow(
    ground: Ground,
    origins: Sequence[Area],
    targets: Sequence[Area],
    near: tuple[Integers, Integers, Floats],
    taking: Candidates,
    giving: Candidates,
    dense: float,
    under: float,
    per_day: float,
    most_days: float | None,
) -> tuple[Floats, float]:
    """Days a month of each pair, and the lack that they close at most (in the unit of supply)."""
    from scipy.sparse import coo_array, vstack

    rows, columns, minutes = near
    count = rows.size
    means_of = _means(ground, origins)
    # The mean APL of each origin after all the giving and receiving, by pair: never under ``dense``.
    taken, given = means_of @ taking.access, means_of @ giving.access
    effect = taken.tocsc()[:, rows] + given.tocsc()[:, columns]
    apl = np.array([mean(ground, area) for area in origins])
    share = lever(professions()[ground.profession].secondary).parameters["most_given"].value
    ones = np.ones(count)
    out = coo_array((ones, (rows, np.arange(count))), shape=(len(origins), count))
    into = coo_array((ones, (columns, np.arange(count))), shape=(len(targets), count))
    lack = np.array([need(ground, area, under) for area in targets]) / per_day
    limits = [out, into, -effect]
    bounds = [share * taking.most, lack, apl - dense]
    if most_days is not None:
        limits.append(coo_array(ones[None, :]))
        bounds.append(np.array([most_days]))
    closing = -1.0 + 1e-4 * minutes / HOUR  # among equals, the least driving
    exact = least(closing, np.full(count, np.inf), vstack(limits, format="csr"), np.concatenate(bounds))
    if exact is None:
        return np.zeros(count), 0.0
    # Rounded down to half-days: an origin gives no more than the exact flow says.
    days = np.floor(exact / _STEP + 1e-6) * _STEP
    return _held(days, effect.tocsr(), apl - dense), float(exact.sum()) * per_day


def _held(days: Floats, effect: Any, room: Floats) -> Floats:
    """The days less some half-days, so that no origin falls under its threshold, ``room`` under its mean APL.

    Rounding down what a territory nearby receives takes access from an origin that counted on it.
    """
    while True:
        left = room + effect @ days
        worst = int(left.argmin())
        if left[worst] >= -_TOLERANCE:
            return days
        own = slice(effect.indptr[worst], effect.indptr[worst + 1])
        pairs = effect.indices[own]
        days[pairs[np.where(days[pairs] > 0, effect.data[own], 0.0).argmin()]] -= _STEP


def _means(ground: Ground, areas: Sequence[Area]) -> Any:
    from scipy.sparse import csr_array

    rows, columns, values = [], [], []
    for k, area in enumerate(areas):
        known = area.places[np.isfinite(ground.published[area.places])]
        rows.append(np.full(known.size, k))
        columns.append(known)
        values.append(ground.demand[known] / ground.demand[known].sum())
    parts = tuple(np.concatenate(one) for one in (values, rows, columns))
    return csr_array((parts[0], (parts[1], parts[2])), shape=(len(areas), ground.ids.size))


def _told(
    ground: Ground,
    origins: Sequence[Area],
    targets: Sequence[Area],
    near: tuple[Integers, Integers, Floats],
    days: Floats,
    taking: Candidates,
    giving: Candidates,
    bound: float,
    under: float,
    per_day: float,
) -> Pairing:
    rows, columns, minutes = near
    kept = np.flatnonzero(days > 0)
    order = kept[np.argsort(-days[kept], kind="stable")]
    pairs = tuple(
        Pair(origins[rows[k]], targets[columns[k]], float(minutes[k]), float(days[k]), float(days[k]) * per_day)
        for k in order.tolist()
    )
    out, into = np.bincount(rows, days, len(origins)), np.bincount(columns, days, len(targets))
    moved = np.asarray(taking.access @ out + giving.access @ into)
    lack = sum(need(ground, area, under) for area in targets)
    return Pairing(
        pairs,
        moved,
        tuple((a, mean(ground, a), mean(ground, a, moved)) for a, gives in zip(origins, out, strict=True) if gives),
        tuple((a, mean(ground, a), mean(ground, a, moved)) for a, gets in zip(targets, into, strict=True) if gets),
        float(days.sum()) * per_day / lack if lack > 0 else 0.0,
        bound / lack if lack > 0 else 0.0,
        1.0 - sum(need(ground, area, under, moved) for area in targets) / lack if lack > 0 else 0.0,
    )
