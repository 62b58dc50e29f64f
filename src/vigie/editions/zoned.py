"""The classes of a territory under every rule of zoning, read from an edition without the rooms that made them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vigie.language import Text

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

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
_RULES = """
    SELECT id, title_fr, title_en, profession_fr, profession_en, status, verified, periods, definition
    FROM zoning_rules ORDER BY position"""
_LAST = """
    FROM zones JOIN zoning_rules r ON r.id = zones.rule AND string_split(r.periods, ' ')[-1] = zones.zoned"""
_TOLD = ("name", "value", "threshold", "borderline")


@dataclass(frozen=True)
class _Known:
    """A rule as :func:`zoned` tells it, and the titles of its classes."""

    rule: str
    title: Text
    profession: Text
    status: str
    verified: bool
    period: str
    titles: dict[str, Text]


_OF_TERRITORY = "SELECT place FROM memberships WHERE level = ? AND code = ?"


def zoned(observatory: Observatory, territory: Territory, places: Sequence[str] = ()) -> list[Zoned]:
    """The classes of a territory under every rule, in the order of the rules; empty for an edition without zoning.

    ``places`` are the codes of the communes of a territory that the edition does not have: a free choice.
    """
    if not observatory.has("zoning_rules"):
        return []
    if places:
        rows = observatory.rows(_SQL.format(places=", ".join("?" * len(places))), [*places])
    elif observatory.holds:
        rows = observatory.once("zones by place", lambda: ZonesByPlace(observatory)).rows(territory)
    else:
        rows = observatory.rows(_SQL.format(places=_OF_TERRITORY), [territory.level, territory.code])
    found: dict[str, list[tuple[Any, ...]]] = {}
    for rule, *row in rows:
        found.setdefault(rule, []).append(tuple(row))
    rules = []
    for one in observatory.once("zoning rules", lambda: _rules(observatory)):
        classes = tuple(
            ClassHere(own, one.titles.get(own), role, int(people), communes, tuple(sorted(zones)))
            for own, role, people, communes, zones in found.get(one.rule, ())
        )
        rules.append(Zoned(one.rule, one.title, one.profession, one.status, one.verified, one.period, classes))
    return rules


def _rules(observatory: Observatory) -> list[_Known]:
    rules = []
    for name, fr, en, who_fr, who_en, status, verified, periods, definition in observatory.rows(_RULES):
        titles = {one["id"]: Text(**one["title"]) for one in json.loads(definition)["classes"]}
        last = periods.split()[-1] if periods else ""
        rules.append(_Known(name, Text(fr, en), Text(who_fr, who_en), status, verified, last, titles))
    return rules


def told(observatory: Observatory, zones: Collection[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Name, value, nearest threshold and whether it is borderline, by rule and zone, in the rule's last period."""
    if not zones:
        return {}
    if observatory.holds:
        return observatory.once("zones by place", lambda: ZonesByPlace(observatory)).told(zones)
    marks = ", ".join("?" * len(zones))
    columns = ", ".join(f"zones.{name}" for name in _TOLD)
    rows = observatory.rows(f"SELECT zones.rule, zones.zone, {columns} {_LAST} WHERE zones.zone IN ({marks})", [*zones])
    return {(rule, zone): dict(zip(_TOLD, row, strict=True)) for rule, zone, *row in rows}


class ZonesByPlace:
    """The zones of every rule in its last period and the places in them, held for a process that serves many.

    Answers what the queries above answer, of any territory.
    """

    def __init__(self, observatory: Observatory) -> None:
        """Read the memberships and the zones once."""
        import polars as pl

        from vigie.editions.held import Held

        places = observatory.table("places").select("code", pl.col("population").fill_null(0))
        at = {code: place for place, code in enumerate(places["code"].to_list())}
        self._people = places["population"].to_numpy()
        members = observatory.table("memberships").select(
            "level", "code", at=pl.col("place").replace_strict(at, default=None, return_dtype=pl.Int32)
        )
        self._members = Held.of_table(members.drop_nulls("at"), observatory.ordinals)
        meshes = {"commune": pl.DataFrame({"zone": list(at), "at": list(at.values())})}
        for (mesh,), rows in observatory.table("zone_members").group_by("mesh"):
            known = rows.select("zone", at=pl.col("place").replace_strict(at, default=None, return_dtype=pl.Int64))
            meshes[str(mesh)] = known.drop_nulls("at")
        last = {one.rule: one.period for one in _rules(observatory)}
        zones = observatory.table("zones").filter(
            pl.col("zoned") == pl.col("rule").replace_strict(last, default="", return_dtype=pl.String)
        )
        self._fields = {
            str(rule): _ZonesOfRule(rows.sort("zone"), meshes[rows["mesh"][0]], len(at))
            for (rule,), rows in sorted(zones.group_by("rule"), key=lambda one: str(one[0][0]))
        }

    def rows(self, territory: Territory) -> list[tuple[Any, ...]]:
        """Rule, class, role, people, places and zones, in the order of the query."""
        try:
            places = self._members.numbers(territory.level, territory.code)
        except KeyError:
            return []
        people = self._people[places]
        return [(rule, *row) for rule, field in self._fields.items() for row in field.rows(places, people)]

    def told(self, zones: Collection[str]) -> dict[tuple[str, str], dict[str, Any]]:
        """What :func:`told` says of these zones."""
        return {
            (rule, zone): row
            for rule, field in self._fields.items()
            for zone in zones
            if (row := field.told(zone)) is not None
        }


class _ZonesOfRule:
    """The zones of a rule by number, in the order of their names; of each place the number of its zone."""

    def __init__(self, zones: pl.DataFrame, members: pl.DataFrame, places: int) -> None:
        self._names: list[str] = zones["zone"].to_list()
        self._ordinals = {name: zone for zone, name in enumerate(self._names)}
        import numpy as np  # only where zones are held

        kinds = zones.select("class", "role").unique(maintain_order=True).sort("class", nulls_last=True)
        self._kinds: list[tuple[str | None, str | None]] = kinds.rows()
        kind_of = {kind: place for place, kind in enumerate(self._kinds)}
        self._kind = np.array([kind_of[own] for own in zones.select("class", "role").iter_rows()], dtype=np.int32)
        self._told = zones.select(_TOLD)
        self._zone = np.full(places, -1, dtype=np.int32)
        self._zone[members["at"].to_numpy()] = [self._ordinals.get(name, -1) for name in members["zone"].to_list()]

    def rows(self, places: NDArray[np.int32], people: NDArray[np.int64]) -> list[tuple[Any, ...]]:
        import numpy as np

        zone = self._zone[places]
        inside = zone >= 0
        zone, people = zone[inside], people[inside]
        kind = self._kind[zone]
        found = []
        for each in np.unique(kind).tolist():
            own = kind == each
            names = [self._names[one] for one in np.unique(zone[own]).tolist()]
            found.append((*self._kinds[each], int(people[own].sum()), int(own.sum()), names))
        return sorted(found, key=lambda row: (-row[2], -row[3]))

    def told(self, zone: str) -> dict[str, Any] | None:
        at = self._ordinals.get(zone)
        return None if at is None else self._told.row(at, named=True)
