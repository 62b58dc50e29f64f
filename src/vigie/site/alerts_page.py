"""The page of the alerts: how many people live under one, two, three, by kind of space; each alert of a level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from vigie.editions import alert_words as words
from vigie.editions.observatory import Alert, Living, Territory
from vigie.site.room import Room
from vigie.site.words import Speaker

PAGE = 100
LEVELS = ("departement", "region", "epci", "bassin_de_vie", "commune", "perimeter")
_COUNTED = ("commune", "epci", "bassin_de_vie", "departement")
_FIRST = "departement"


@dataclass(frozen=True)
class Asked:
    """What an address asks for: a level, and what to keep of it; ``start`` is how many alerts to pass over."""

    level: str = _FIRST
    rule: str = ""
    volet: str = ""
    severity: str = ""
    departement: str = ""
    start: int = 0

    def address(self, speaker: Speaker) -> str:
        """The page of this state."""
        told = {
            "niveau": self.level if self.level != _FIRST else "",
            "alerte": self.rule,
            "volet": self.volet,
            "gravite": self.severity,
            "dans": self.departement,
            "debut": self.start or "",
        }
        return speaker.url("/alertes", {name: value for name, value in told.items() if value} or None)


@dataclass(frozen=True)
class Line:
    """An alert of a territory, ready to show."""

    name: str
    href: str
    within: str
    title: str
    severity: str
    severity_text: str
    size: str
    lasting: str
    people: str
    number: float | None


def context(room: Room, speaker: Speaker, asked: Asked) -> dict[str, Any] | None:
    """What the template shows; None for a filter that names nothing of this edition."""
    observatory = room.observatory
    if not observatory.has("alerts"):
        return {"able": False, "asked": asked, "command": _command(asked)}
    rules = observatory.alert_rules
    levels = [level for level in LEVELS if room.directory.of_level(level)]
    departement = room.directory.card("departement", asked.departement) if asked.departement else None
    known = (
        asked.level in levels
        and (not asked.rule or asked.rule in rules)
        and (not asked.volet or asked.volet in words.VOLETS)
        and (not asked.severity or asked.severity in words.SEVERITIES)
        and (not asked.departement or departement is not None)
    )
    if not known:
        return None
    found, total = _found(room, asked)
    return {
        "able": True,
        "asked": asked,
        "levels": levels,
        "rules": [(name, speaker.of(rule.title)) for name, rule in rules.items()],
        "volets": [(name, speaker.of(text)) for name, text in words.VOLETS.items()],
        "severities": [(name, speaker.of(text)) for name, text in words.SEVERITIES.items()],
        "departements": room.directory.of_level("departement"),
        "departement": departement,
        "spaces": [_space(speaker, one) for one in observatory.people_by_alerts(_counted(asked.level))],
        "bars": _bars(speaker, observatory.people_by_alerts(_counted(asked.level))),
        "counted": _counted(asked.level),
        "lines": [_line(room, speaker, one) for one in found],
        "total": total,
        "before": replace(asked, start=max(asked.start - PAGE, 0)).address(speaker) if asked.start else "",
        "after": replace(asked, start=asked.start + PAGE).address(speaker) if asked.start + PAGE < total else "",
        "last": min(asked.start + PAGE, total),
        "feed": speaker.url("/alertes.atom"),
        "feed_of": speaker.url(f"/territoires/{departement.key}/alertes.atom") if departement else "",
        "command": _command(asked),
    }


def _counted(level: str) -> str:
    """The level that people are counted at: the one asked where there are counts, communes otherwise."""
    return level if level in _COUNTED else "commune"


def _found(room: Room, asked: Asked) -> tuple[list[Alert], int]:
    """The alerts kept, the severest and those of most people first, and how many there are in all."""
    filters = [("a.level = ?", asked.level), ("rule = ?", asked.rule), ("volet = ?", asked.volet),
               ("severity = ?", asked.severity), ("(t.departement = ?)", asked.departement)]  # fmt: skip
    given = [(text, value) for text, value in filters if value]
    where = " AND ".join(text for text, _ in given)
    tables = "alerts a JOIN territories t ON t.level = a.level AND t.code = a.code"
    values = [value for _, value in given]
    columns = ", ".join(f"a.{name}" for name in Alert.__dataclass_fields__)
    order = "severity = 'high' DESC, people DESC NULLS LAST, a.code, rule"
    sql = f"SELECT {columns} FROM {tables} WHERE {where} ORDER BY {order} LIMIT {PAGE} OFFSET ?"
    rows = room.observatory.rows(sql, [*values, asked.start])
    ((total,),) = room.observatory.rows(f"SELECT count(*) FROM {tables} WHERE {where}", values)
    return [Alert(*row) for row in rows], int(total)


def _line(room: Room, speaker: Speaker, one: Alert) -> Line:
    rule = room.observatory.alert_rules[one.rule]
    card = room.directory.card(one.level, one.code)
    severity = speaker.of(words.SEVERITIES[one.severity])
    return Line(
        name=card.name if card else one.code,
        href=speaker.territory(one.level, one.code),
        within=_within(room, card),
        title=speaker.of(rule.title),
        severity=one.severity,
        severity_text=severity[:1].upper() + severity[1:],
        size=speaker.of(words.size(one, rule, room.indicators[one.indicator])),
        lasting=speaker.of(words.lasting(one)),
        people=speaker.number(one.people) if one.people is not None else "–",
        number=one.people,
    )


def _within(room: Room, card: Territory | None) -> str:
    if card is None or card.departement is None or card.level == "departement":
        return ""
    return room.directory.name("departement", card.departement, card.departement)


def _space(speaker: Speaker, one: Living) -> tuple[str, ...]:
    shares = (speaker.tr(*[f"{speaker.number(share, 1)} %"] * 2) for share in one.shares)
    return (speaker.of(words.SPACES[one.space]), *shares, speaker.number(one.under))


def _bars(speaker: Speaker, living: list[Living]) -> list[tuple[str, list[tuple[float, float]], str]]:
    """For each kind of space its bar: start and width of the parts under 1, 2, 3 alerts or more, and their sum."""
    bars = []
    for one in living:
        at, parts = 0.0, []
        for share in one.shares[1:]:
            parts.append((round(4 * at, 1), round(4 * share, 1)))
            at += share
        bars.append((speaker.of(words.SPACES[one.space]), parts, speaker.tr(*[f"{speaker.number(at, 1)} %"] * 2)))
    return bars


def _command(asked: Asked) -> str:
    return f"vigie alerts --level {asked.level}"
