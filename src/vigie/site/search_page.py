"""The page of results of the search: the territories that answer, and what is said of a postal code."""

from __future__ import annotations

import re
from typing import Any

from vigie.site.directory import POSTAL_CODE
from vigie.site.room import Room

_FOUND = 30
# Five digits that people mean as a postal code sooner than as INSEE's: those of most communes end in 0, and those of
# the arrondissements of Marseille and Lyon are INSEE's codes of other communes.
_LIKELY = re.compile(r"[0-9]{4}0|130(0[1-9]|1[0-6])|6900[1-9]")


def context(room: Room, text: str) -> dict[str, Any]:
    """What the template shows.

    ``postal`` is None for a text that is no postal code, else ``served`` (with how many communes in ``served``),
    ``unknown`` for one that the file does not have, ``none`` where no file was brought.
    """
    found = room.directory.search(text, _FOUND) if text else []
    served = room.directory.served(text)
    return {
        "query": text,
        "found": found,
        "postal": _postal(room, text, len(served)),
        "served": len(served),
        "has_postal": room.directory.postal_codes() is not None,
    }


def _postal(room: Room, text: str, served: int) -> str | None:
    if not POSTAL_CODE.fullmatch(text):
        return None
    if served:
        return "served"
    insee = room.directory.card("commune", text) is not None
    if room.directory.postal_codes() is None:
        return "none" if _LIKELY.fullmatch(text) or not insee else None
    return None if insee else "unknown"
