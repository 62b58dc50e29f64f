"""Names as people type them, and the grammar of French place names."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from vigie.language import Text

LEVEL_NAMES: Final = {
    "commune": Text("commune", "commune"),
    "epci": Text("EPCI", "EPCI"),
    "bassin_de_vie": Text("bassin de vie", "bassin de vie"),
    "bassin_de_vie_2012": Text("bassin de vie 2012", "bassin de vie 2012"),
    "canton_ou_ville": Text("canton ou ville", "canton ou ville"),
    "departement": Text("département", "département"),
    "region": Text("région", "région"),
    "france": Text("pays", "country"),
    "perimeter": Text("périmètre", "perimeter"),
}
"""What readers call each level; a set of perimeters goes by its own name."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss"})
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_CONTRACTIONS = (("le ", "du "), ("les ", "des "), ("la ", "de la "), ("l'", "de l'"))


def search_text(name: str, *, expand: bool = True) -> str:
    """``name`` without accents, case or punctuation, with "st" and "ste" spelt out: ``"St-Œuf"`` → ``"saint oeuf"``.

    ``expand`` false leaves the abbreviations: who types "st" may be on the way to Strasbourg.
    """
    plain = unicodedata.normalize("NFD", name.translate(_LIGATURES).lower())
    letters = plain if plain.isascii() else "".join(c for c in plain if not unicodedata.combining(c))
    words = _NOT_WORD.sub(" ", letters).split()
    return " ".join(_ABBREVIATIONS.get(word, word) if expand else word for word in words)


def of(article: str) -> str:
    """The complement of a name given with its article: "l'Aisne" → "de l'Aisne", "le Nord" → "du Nord".

    A capital marks an article that belongs to the name and is not contracted: "La Réunion" → "de La Réunion".
    """
    for start, contracted in _CONTRACTIONS:
        if article.startswith(start):
            return contracted + article[len(start) :]
    vowel = search_text(article)[:1] in set("aeiouh")
    return f"d'{article}" if vowel else f"de {article}"
