"""Names as people type them, and the grammar of French place names."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss"})
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_CONTRACTIONS = (("le ", "du "), ("les ", "des "), ("la ", "de la "), ("l'", "de l'"))


def search_text(name: str) -> str:
    """``name`` without accents, case or punctuation, with "st" and "ste" spelt out: ``"St-Œuf"`` → ``"saint oeuf"``."""
    plain = unicodedata.normalize("NFD", name.translate(_LIGATURES).lower())
    letters = plain if plain.isascii() else "".join(c for c in plain if not unicodedata.combining(c))
    words = _NOT_WORD.sub(" ", letters).split()
    return " ".join(_ABBREVIATIONS.get(word, word) for word in words)


def of(article: str) -> str:
    """The complement of a name given with its article: "l'Aisne" → "de l'Aisne", "le Nord" → "du Nord".

    A capital marks an article that belongs to the name and is not contracted: "La Réunion" → "de La Réunion".
    """
    for start, contracted in _CONTRACTIONS:
        if article.startswith(start):
            return contracted + article[len(start) :]
    vowel = search_text(article)[:1] in set("aeiouh")
    return f"d'{article}" if vowel else f"de {article}"
