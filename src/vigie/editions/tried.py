"""The levers that suit a degree of difficulty, each tried in a territory at its plainest dose: effect, cost, ranges.

Where they are tried, where moved time comes from and how much are choices of ours, which whoever shows them says.
"""

from __future__ import annotations

from dataclasses import dataclass

from vigie.editions.levers import INDICATOR, Playground
from vigie.editions.observatory import Observatory, Territory
from vigie.errors import InputError
from vigie.levers.answer import Answer, answer
from vigie.levers.definition import Lever, levers_of
from vigie.levers.scenario import Action, Scenario, settle

LEAST_PEOPLE = 2_000
"""Ours: an EPCI of fewer people is not the one where the levers of a département are tried."""

_APART = ("depart", "liaison")  # a departure is no remedy, and a link joins two communes


@dataclass(frozen=True)
class Tried:
    """A lever tried at ``place``, so much of it; ``origin`` is where moved time comes from, None for other levers."""

    lever: Lever
    amount: float
    place: Territory
    origin: Territory | None
    answer: Answer


def suiting(degree: int) -> list[Lever]:
    """The levers of a degree of difficulty (1 or 2), in their order."""
    kept = [one for one in levers_of("mg").values() if degree in one.degrees and one.id not in _APART]
    return sorted(kept, key=lambda one: one.order)


def tried_at(observatory: Observatory, territory: Territory) -> Territory:
    """Where the levers of a territory are tried: of a département its EPCI of lowest APL, else the territory itself."""
    if territory.level != "departement":
        return territory
    known = [one for one in _by_access(observatory, territory.code) if (one.population or 0) >= LEAST_PEOPLE]
    return known[0] if known else territory


def origin_for(observatory: Observatory, place: Territory, profession: str = "mg") -> Territory | None:
    """Where moved time may come from: the EPCI of the département of highest APL that shares no commune with it."""
    code = place.code if place.level == "departement" else place.departement
    shared = {
        epci
        for (epci,) in observatory.rows(
            """SELECT DISTINCT m.code FROM memberships m JOIN memberships own ON own.place = m.place
            WHERE m.level = 'epci' AND own.level = ? AND own.code = ?
            UNION SELECT code FROM memberships WHERE level = 'epci' AND place = ?""",
            [place.level, place.code, place.code],
        )
    }
    known = [one for one in _by_access(observatory, code or "", profession) if one.code not in shared]
    return known[-1] if known else None


def tried(observatory: Observatory, ground: Playground, territory: Territory, degree: int) -> list[Tried]:
    """Each lever of a degree tried at :func:`tried_at`; those that cannot be played there are left out."""
    place = tried_at(observatory, territory)
    origin = origin_for(observatory, place)
    found = []
    for one in suiting(degree):
        moved = one.mechanism.kind == "moved"
        if moved and origin is None:
            continue
        source = origin if moved else None
        action = Action(
            lever=one.id,
            amount=one.amount.default,
            places=(place.key,),
            origins=() if source is None else (source.key,),
        )
        try:
            plan = settle(Scenario(territory=place.key, actions=(action,)), ground.area)
        except InputError:  # no APL is published there
            continue
        found.append(Tried(one, one.amount.default, place, source, answer(plan, ground.ground)))
    return found


def _by_access(observatory: Observatory, departement: str, profession: str = "mg") -> list[Territory]:
    """The EPCI of a département by their last published APL, the lowest first."""
    sql = """SELECT t.level, t.code, t.name, t.kind, t.departement, t.region, t.population, t.places, t.area_km2,
            t.lon, t.lat
        FROM territories t JOIN observations o ON o.level = t.level AND o.code = t.code
        WHERE t.level = 'epci' AND t.departement = ? AND o.indicator = ? AND o.value IS NOT NULL AND o.period =
            (SELECT max(period) FROM observations WHERE indicator = ? AND level = 'epci')
        ORDER BY o.value, t.code"""
    indicator = INDICATOR[profession]
    return [Territory(*row) for row in observatory.rows(sql, [departement, indicator, indicator])]
