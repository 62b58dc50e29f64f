"""What a report is made of, before it is set: a title, sections, and a few kinds of blocks. Plain data, for Typst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vigie.errors import Lang

Block = Mapping[str, Any]
Cell = str | Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; ``fresh`` begins a new page."""

    title: str
    blocks: Sequence[Block]
    fresh: bool = False


@dataclass(frozen=True)
class Report:
    """A whole report; one of more than ``most`` pages is set closer."""

    title: str
    eyebrow: str
    subtitle: str
    facts: Sequence[str]
    lang: Lang
    edition: str
    date: str
    timestamp: int
    footer: str
    keywords: Sequence[str]
    sections: Sequence[Section]
    most: int | None = None

    def document(self) -> dict[str, Any]:
        """The report as the template reads it."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("sections", "most")},
            "sections": [{"title": one.title, "fresh": one.fresh, "blocks": list(one.blocks)} for one in self.sections],
        }


def text(words: str, style: str = "normal") -> Block:
    """A paragraph; ``style`` is lead, normal or note."""
    return {"kind": "text", "text": words, "style": style}


def heading(words: str) -> Block:
    """A heading inside a section."""
    return {"kind": "heading", "text": words}


def bullets(items: Sequence[str]) -> Block:
    """A list."""
    return {"kind": "list", "items": list(items)}


def messages(items: Sequence[Mapping[str, str]]) -> Block:
    """Numbered messages: ``title``, ``text`` and ``tone`` (low, fair, none)."""
    return {"kind": "messages", "items": list(items)}


def tiles(items: Sequence[Mapping[str, str]]) -> Block:
    """Key figures: ``value``, ``label``, ``note`` and ``tone``."""
    return {"kind": "tiles", "items": list(items)}


def box(title: str, blocks: Sequence[Block], tone: str = "none") -> Block:
    """Blocks set aside in a frame with a title."""
    return {"kind": "box", "title": title, "blocks": list(blocks), "tone": tone}


def pair(left: Sequence[Block], right: Sequence[Block], shares: tuple[float, float] = (1.0, 1.0)) -> Block:
    """Two columns of blocks."""
    return {"kind": "pair", "left": list(left), "right": list(right), "shares": list(shares)}


def figure(svg: str, alt: str, caption: str, legend: Sequence[Mapping[str, Any]] = (), **options: Any) -> Block:
    """A drawing with its alternative text, its caption and a legend of swatches (``colour``, ``text``, ``hatch``)."""
    return {"kind": "figure", "svg": svg, "alt": alt, "caption": caption, "legend": list(legend), **options}


def table(
    caption: str, columns: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[Cell]], note: str = ""
) -> Block:
    """A table. ``columns``: title, ``left`` or ``right``, and a width (``auto`` or a share as ``2fr``).

    A cell is a text, or ``text`` with ``tone``, ``strong``, ``soft`` or ``fifth`` (1 to 5).
    """
    found = [{"title": title, "align": side, "width": width} for title, side, width in columns]
    return {"kind": "table", "caption": caption, "columns": found, "rows": [list(row) for row in rows], "note": note}
