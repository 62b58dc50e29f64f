"""The answers of ``/api/v1/pharmacies``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from vigie.editions.pharmacy_words import Commune, read
from vigie.site.room import Room
from vigie.zoning.pharmacies import Rule, rule


@dataclass(frozen=True)
class Asked:
    """What a request keeps: None and the empty tuple keep everything."""

    codes: tuple[str, ...] = ()
    departement: str | None = None
    situation: str | None = None
    last: bool | None = None
    fragile: bool | None = None

    def keeps(self, one: Commune) -> bool:
        """Whether a commune is among those asked for."""
        return (
            (not self.codes or one.code in self.codes)
            and self.departement in (None, one.departement)
            and self.situation in (None, one.situation)
            and self.last in (None, bool(one.last))
            and self.fragile in (None, bool(one.groups))
        )


def every(room: Room) -> list[Commune]:
    """All the communes of the edition, read once."""
    found: list[Commune] = room.once("pharmacies", lambda: read(room.observatory))
    return found


def answer(room: Room, asked: Asked, limit: int, offset: int) -> dict[str, Any]:
    """A page of the communes asked for, by code."""
    found = [one for one in every(room) if asked.keeps(one)]
    shown = [asdict(one) for one in found[offset : offset + limit]]
    return {"edition": room.id, "count": len(shown), "total": len(found), "rule": sources(rule()), "communes": shown}


def sources(known: Rule) -> list[dict[str, Any]]:
    """What the rule rests on, texts first."""
    texts = [*(one.source for one in known.regimes), known.reopening.source, known.grouping.source, known.travel.source]
    told = [{"status": one.status, "text": {"fr": one.fr, "en": one.en}} for one in texts]
    return told + [{"status": "ours", "text": {"fr": one.fr, "en": one.en}} for one in known.grouping.assumptions]
