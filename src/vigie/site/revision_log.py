"""The revision log as readers see it: what each edition changed, and why, corrections that we declared first."""

from __future__ import annotations

import csv
import io
from typing import Any

from vigie.editions.revisions import read_log
from vigie.site.corrections import Correction, corrections
from vigie.site.room import Room

COLUMNS = ("edition", "before", "built", "indicator", "level", "added", "removed", "changed", "same", "largest",
           "by_source", "by_method", "sources", "cause", "why_fr", "why_en")  # fmt: skip

NOTE = {
    "fr": "Le journal commence à l'édition « since » : la première n'a rien avant elle, et une édition aux mêmes "
    "chiffres n'y ajoute rien.",
    "en": "The log begins with the edition “since”: the first has nothing before it, and an edition with the same "
    "figures adds nothing to it.",
}
"""What an empty log means."""


def revisions(room: Room, indicator: str | None = None) -> list[dict[str, Any]]:
    """The rows of the log, the newest edition first, each with its ``cause`` and the words of it.

    ``cause`` is ``correction`` where we declared one of that edition and indicator, ``release`` where figures were only
    added, ``source`` where those that changed come from other files, ``method`` where the files are the same and the
    code or a definition changed, ``both``.
    """
    rows = room.once("revisions", lambda: read_log(room.observatory.folder).reverse().to_dicts())
    told = corrections()
    return [row | _why(row, told) for row in rows if indicator in (None, row["indicator"])]


def since(room: Room) -> str:
    """The oldest edition that the log compares with; the one served while the log has no row."""
    rows = revisions(room)
    return str(rows[-1]["before"]) if rows else room.id


def _why(row: dict[str, Any], told: tuple[Correction, ...]) -> dict[str, str]:
    for one in told:
        if one.edition == row["edition"] and one.indicator in ("", row["indicator"]):
            return {"cause": "correction", "why_fr": one.what.fr, "why_en": one.what.en}
    gave = row["sources"]
    if not row["changed"] + row["removed"]:
        return {"cause": "release", "why_fr": "chiffres nouveaux, aucun changé", "why_en": "new figures, none changed"}
    if not row["by_method"]:
        return {"cause": "source", "why_fr": f"fichiers d’origine changés : {gave}",
                "why_en": f"original files changed: {gave}"}  # fmt: skip
    if not row["by_source"]:
        return {"cause": "method", "why_fr": "mêmes fichiers d’origine : le calcul ou une définition a changé",
                "why_en": "same original files: the computation or a definition changed"}  # fmt: skip
    return {"cause": "both", "why_fr": f"fichiers d’origine et calcul changés : {gave}",
            "why_en": f"original files and computation changed: {gave}"}  # fmt: skip


def as_csv(room: Room) -> str:
    """The log as a CSV file, its columns in ``COLUMNS``."""
    target = io.StringIO()
    writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(revisions(room))
    return target.getvalue()
