"""What the reader of a page reads: texts and figures in the page's language, and the addresses of pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from vigie.editions.voice import KINDS, LEVELS, STATUSES, THEMES, Voice, typography

__all__ = ["ENGLISH", "FRENCH", "KINDS", "LEVELS", "STATUSES", "THEMES", "Speaker", "typography"]


@dataclass(frozen=True)
class Speaker(Voice):
    """One language of the site: its words, and where its pages are."""

    def url(self, path: str, query: Mapping[str, object] | None = None) -> str:
        """The address of a page in this language."""
        prefix = "" if self.lang == "fr" else "/en"
        address = prefix + quote(path) if path != "/" else (prefix + "/" if prefix else "/")
        return address + ("?" + urlencode(query) if query else "")

    def territory(self, level: str, code: str) -> str:
        """The address of a territory's page."""
        return self.url(f"/territoire/{level}/{code}")


FRENCH, ENGLISH = Speaker("fr"), Speaker("en")
