"""The classes of a territory under every rule of zoning, read from an edition without the rooms that made them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vigie.language import Text

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory, Territory


@dataclass(frozen=True)
class ClassHere:
    """One class of a rule and the people of a territory in it; ``id`` and ``title`` are None for those without a value.

    ``zones`` are the zones of the class that the territory lies in.
    """

    id: str | None
    title: Text | None
    role: str | None
    population: int
    communes: int
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Zoned:
    """A rule in its last period at hand and the classes of a territory, those of most people first.

    ``status`` and ``verified`` are those of the rule; ``period`` is empty and there is no class where its figures are
    not at hand.
    """

    rule: str
    title: Text
    profession: Text
    status: str
    verified: bool
    period: str
    classes: tuple[ClassHere, ...]


_SQL = """
    WITH own AS (
        SELECT p.code AS place, coalesce(p.population, 0) AS people FROM places p WHERE p.code IN ({places})),
    inside AS (
        SELECT own.place, own.people, z.mesh, z.zone FROM own JOIN zone_members z ON z.place = own.place
        UNION ALL SELECT place, people, 'commune', place FROM own)
    SELECT zones.rule, zones.class, zones.role, sum(inside.people), count(*), list(DISTINCT zones.zone)
    FROM inside JOIN zones ON zones.zone = inside.zone AND zones.mesh = inside.mesh
    JOIN zoning_rules r ON r.id = zones.rule AND string_split(r.periods, ' ')[-1] = zones.zoned
    GROUP BY ALL ORDER BY zones.rule, 4 DESC, 5 DESC, 2"""


_OF_TERRITORY = "SELECT place FROM memberships WHERE level = ? AND code = ?"


def zoned(observatory: Observatory, territory: Territory, places: Sequence[str] = ()) -> list[Zoned]:
    """The classes of a territory under every rule, in the order of the rules; empty for an edition without zoning.

    ``places`` are the codes of the communes of a territory that the edition does not have: a free choice.
    """
    if not observatory.has("zoning_rules"):
        return []
    found: dict[str, list[tuple[Any, ...]]] = {}
    inside = ", ".join("?" * len(places)) or _OF_TERRITORY
    asked = places or [territory.level, territory.code]
    for rule, *row in observatory.rows(_SQL.format(places=inside), asked):
        found.setdefault(rule, []).append(tuple(row))
    sql = """SELECT id, title_fr, title_en, profession_fr, profession_en, status, verified, periods, definition
        FROM zoning_rules ORDER BY position"""
    rules = []
    for name, fr, en, who_fr, who_en, status, verified, periods, definition in observatory.once(
        "zoning rules", lambda: observatory.rows(sql)
    ):
        titles = {one["id"]: Text(**one["title"]) for one in json.loads(definition)["classes"]}
        classes = tuple(
            ClassHere(own, titles.get(own), role, int(people), communes, tuple(sorted(zones)))
            for own, role, people, communes, zones in found.get(name, ())
        )
        last = periods.split()[-1] if periods else ""
        rules.append(Zoned(name, Text(fr, en), Text(who_fr, who_en), status, verified, last, classes))
    return rules
