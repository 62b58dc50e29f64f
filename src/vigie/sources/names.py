"""Stable ASCII names from what producers write."""

from __future__ import annotations

import re
import unicodedata


def slug(label: str) -> str:
    """``Médecins généralistes (hors MEP)`` is ``medecins_generalistes_hors_mep``."""
    whole = label.replace("œ", "oe").replace("Œ", "Oe")
    plain = unicodedata.normalize("NFKD", whole).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
