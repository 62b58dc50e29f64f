"""Where a figure comes from: its rule, what it is the ratio of, the communes that weigh most in it, its file.

And who provides an access, with whom it is shared.
"""

from __future__ import annotations

from typing import Any

from vigie.editions import provision
from vigie.editions.figures import latest
from vigie.editions.observatory import Observation, Territory
from vigie.indicators import Definition
from vigie.site.api import references
from vigie.site.room import Room


def provided(room: Room, card: Territory) -> dict[str, Any]:
    """Who provides the access of a territory, by profession; none in an edition without the table."""
    held = room.observatory.has(provision.TABLE)
    found = provision.provision(room.observatory, card) if held else {}

    def name(code: str | None) -> str:
        return "" if code is None else room.directory.name(card.level, code, code)

    return {
        "edition": room.id,
        "territory": card.key,
        "professions": [
            {
                **{field: getattr(one, field) for field in ("profession", "period", "own", "minutes", "own_use")},
                "providers_total": one.providers,
                "providers": [
                    {"code": each.code, "name": name(each.code), "share": each.share, "minutes": each.minutes,
                     "heads": each.heads}
                    for each in one.providing
                ],
                "sharers_total": one.sharers,
                "sharers": [{"code": each.code, "name": name(each.code), "share": each.share} for each in one.sharing],
            }
            for one in found.values()
        ],
    }  # fmt: skip


_SUMMED = ("sum", "ratio", "mean", "share_below", "share_above")


def explanation(
    room: Room, definition: Definition, card: Territory, period: str | None, limit: int
) -> dict[str, Any] | None:
    """The answer, with at most ``limit`` communes; None where the territory has no such observation."""
    one = latest(room.profile(card).get(definition.id, ()), period)
    if one is None:
        return None
    parts, total = _parts(room, definition, card, one, limit)
    source = next(row for row in room.rows("snapshots") if row["id"] == one.snapshot)
    said = references.indicator(room, definition)
    figures = ("indicator", "period", "value", "numerator", "denominator", "lower", "upper", "status")
    return {
        "edition": room.id,
        **{name: getattr(one, name) for name in figures},
        "title": said["title"],
        "unit": said["unit"],
        "territory": card.key,
        "rule": definition.compute.rule,
        "formula": said["formula"],
        "limits": said["limits"],
        "source": references.source(source),
        "communes": parts,
        "communes_total": total,
        "citation": f"Vigie, {definition.id}, {card.key}, {one.period}, {room.id}, {one.snapshot}",
    }


def _parts(
    room: Room, definition: Definition, card: Territory, one: Observation, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The communes of the territory by their weight in the figure, and how many they are in all."""
    places = [place.code for place in room.directory.members(card)]
    if definition.compute.rule not in _SUMMED or "commune" not in definition.levels or len(places) < 2:
        return [], 0
    sql = """SELECT o.code, value, numerator, denominator, status FROM observations o
        JOIN memberships m ON m.place = o.code AND m.level = ? AND m.code = ?
        WHERE o.level = 'commune' AND indicator = ? AND period = ? AND snapshot = ?
        ORDER BY coalesce(denominator, numerator, value) DESC NULLS LAST, o.code LIMIT ?"""
    asked = [card.level, card.code, definition.id, one.period, one.snapshot, limit]
    names = ("code", "value", "numerator", "denominator", "status")
    rows = [dict(zip(names, row, strict=True)) for row in room.observatory.rows(sql, asked)]
    return [row | {"name": room.directory.name("commune", row["code"], row["code"])} for row in rows], len(places)
