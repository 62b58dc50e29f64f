"""Where figures come from: the snapshots of the edition, with producer, licence and vintage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from vigie.site.room import Room
from vigie.site.words import Speaker, typography


@dataclass(frozen=True)
class Source:
    """A snapshot as a page names it."""

    id: str
    title: str
    producer: str
    licence: str
    period: str
    landing: str
    files: str
    sha256: str
    bytes: str
    notes: str
    transcribed: bool


def sources(room: Room, speaker: Speaker, ids: Collection[str] | None = None) -> list[Source]:
    """The snapshots of these ids (all of them by default), the official files first."""
    rows = [row for row in room.rows("snapshots") if ids is None or row["id"] in ids]
    found = [_source(speaker, row) for row in rows]
    return sorted(found, key=lambda one: (one.transcribed, one.id))


def _source(speaker: Speaker, row: dict[str, Any]) -> Source:
    size = row.get("bytes") or 0
    landing = str(row.get("landing") or "")
    return Source(
        id=row["id"],
        title=speaker.tr(row["title_fr"], row["title_en"]),
        producer=typography(row["producer"] or "", "fr"),
        licence=typography(row["licence"] or "", "fr"),
        period=typography(speaker.period(row["period"] or ""), speaker.lang),
        landing=landing if landing.startswith("https://") else "",
        files=row.get("files") or "",
        sha256=row.get("sha256") or "",
        bytes=speaker.size(size) if size else "",
        notes=speaker.tr(row.get("notes_fr") or "", row.get("notes_en") or ""),
        transcribed=not size,
    )


def document_titles(room: Room) -> dict[str, str]:
    """The title and publisher of each transcribed document, by id."""
    return {row["id"]: f"{row['publisher']}, « {row['title']} »" for row in room.rows("documents")}
