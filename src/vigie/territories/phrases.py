"""A territory in a French or an English sentence: with its article, after "de", and in a complement of place.

Le Havre: « au Havre », « du Havre »; La Réunion: « à La Réunion »; Hautes-Alpes: « dans les Hautes-Alpes »; Gironde:
« en Gironde »; Paris 1er Arrondissement: « dans le 1er arrondissement de Paris ». Written for readers: apostrophes are
curly. French usage, not a rule of the code officiel géographique, which gives the articles alone.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from vigie.errors import Lang
from vigie.territories.names import search_text

ARRONDISSEMENT: Final = re.compile(r"^(Paris|Lyon|Marseille) (\d{1,2})(er|e) [Aa]rrondissement$")
_COMMUNITY: Final = re.compile(r"^(Communauté|Métropole|Eurométropole)\b")

# Départements and régions that take « en » where usage does not say « dans le » or « dans la ».
_EN_WORDS: Final = """
    07 09 12 16 17 19 21 24 2A 2B 28 31 33 35 36 37 38 41 43 44 47 48 49 52 53 54 57 70 71 73 74 76 77 82 85 87 91 93
    971 972 973
"""
_EN: Final = frozenset(_EN_WORDS.split())
_EN_REGIONS: Final = frozenset(("01", "02", "03", "11", "24", "27", "28", "53", "75", "76", "84", "93", "94"))
# A silent h elides (« d'Hyères »), an aspirated one does not (« de Ham »): by the beginning of the name.
_SILENT_H: Final = ("hy", "her", "hen", "hei", "hir", "his", "hie", "hes", "hab", "hom", "hon d", "hos", "hop", "hui")
_VOWELS: Final = frozenset("aeiou")


@dataclass(frozen=True)
class Phrases:
    """A territory in sentences: ``name`` alone, ``the`` as a subject, ``of`` it, ``at`` it (place); no capital added.

    ``plural`` is whether the subject takes a plural verb (« les Landes »).
    """

    name: str
    the: str
    of: str
    at: str
    plural: bool = False


def phrases(level: str, code: str, name: str, lang: Lang) -> Phrases:
    """The territory of a level, a code and a name in the sentences of a language."""
    curly = " ".join(name.replace("'", "’").split())
    found = _french(level, code, curly) if lang == "fr" else _english(level, curly)
    words = [one.replace("'", "’") for one in (found.name, found.the, found.of, found.at)]
    return Phrases(words[0], words[1], words[2], words[3], found.plural)


def sentence(text: str) -> str:
    """``text`` with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def elided(name: str) -> str:
    """« de » before a name without article: "d’Yvetot", "de Lens", "de Ham", "d’Hyères"."""
    return f"d’{name}" if _elides(name) else f"de {name}"


def _elides(name: str) -> bool:
    plain = search_text(name, expand=False)
    first, second = plain[:1], plain[1:2]
    if first == "h":
        return plain.startswith(_SILENT_H)
    if first == "y":  # a vowel before a consonant (Yvetot, Y), a consonant before a vowel (Yutz)
        return second not in _VOWELS
    return first in _VOWELS


def _french(level: str, code: str, name: str) -> Phrases:
    if level == "france":
        return Phrases("France", "la France", "de la France", "en France")
    if level in ("departement", "region"):
        return _with_article(level, code, name)
    if level == "epci":
        return _epci(name)
    town = _commune(name)
    if level == "commune":
        return town
    if level in ("bassin_de_vie", "bassin_de_vie_2012"):
        return _common(f"bassin de vie {town.of}", "le ", "du ", "dans le ", name)
    if level == "canton_ou_ville":
        return _common(f"canton ou ville {town.of}", "le ", "du ", "dans le ", name)
    return _common(f"périmètre « {name} »", "le ", "du ", "dans le ", name)


def _common(words: str, the: str, of: str, at: str, name: str) -> Phrases:
    return Phrases(name, the + words, of + words, at + words)


def _commune(name: str) -> Phrases:
    part = ARRONDISSEMENT.match(name)
    if part:
        words = f"{part[2]}{part[3]} arrondissement de {part[1]}"
        return Phrases(f"{part[1]} {part[2]}{part[3]}", f"le {words}", f"du {words}", f"dans le {words}")
    if name.startswith("Le "):
        return Phrases(name, name, f"du {name[3:]}", f"au {name[3:]}")
    if name.startswith("Les "):
        return Phrases(name, name, f"des {name[4:]}", f"aux {name[4:]}")
    if name.startswith("Île-"):  # usage says « à l'Île-de-Sein », « de l'Île-d'Houat »
        return Phrases(name, f"l’{name}", f"de l’{name}", f"à l’{name}")
    if name.startswith(("La ", "L’")):
        return Phrases(name, name, f"de {name}", f"à {name}")
    return Phrases(name, name, elided(name), f"à {name}")


def _epci(name: str) -> Phrases:
    if not _COMMUNITY.match(name):
        return Phrases(name, name, elided(name), f"sur le territoire {elided(name)}")
    words = name[:1].lower() + name[1:] if name.startswith("Communauté") else name
    if words.startswith("E"):
        return _common(words, "l’", "de l’", "dans l’", name)
    return _common(words, "la ", "de la ", "dans la ", name)


def _with_article(level: str, code: str, name: str) -> Phrases:
    article = _articles(level).get(code, name)
    if article[:1].isupper():  # no article, or one that belongs to the name
        return Phrases(name, article, f"de {article}", f"à {article}")
    plural = article.startswith("les ")
    of = {"le ": "du ", "les": "des "}.get(article[:3])
    complement = of + article[3 if of == "du " else 4 :] if of else f"de {article}"
    en = code in (_EN if level == "departement" else _EN_REGIONS)
    return Phrases(name, article, complement, f"en {name}" if en else f"dans {article}", plural)


@cache
def _articles(level: str) -> dict[str, str]:
    """The name with its article by code, read without the library of tables: a sentence must come at once."""
    name = {"departement": "departements.csv", "region": "regions.csv"}[level]
    text = files("vigie.territories").joinpath("data", name).read_text(encoding="utf-8")
    return {row["code"]: row["article"].replace("'", "’") for row in csv.DictReader(text.splitlines())}


def _english(level: str, name: str) -> Phrases:
    if level == "france":
        return Phrases("France", "France", "of France", "in France")
    part = ARRONDISSEMENT.match(name)
    if part:
        words = f"the {part[2]}{_ordinal(int(part[2]))} arrondissement of {part[1]}"
        return Phrases(f"{part[1]} {part[2]}{_ordinal(int(part[2]))}", words, f"of {words}", f"in {words}")
    if level in ("bassin_de_vie", "bassin_de_vie_2012"):
        words = f"the living area of {name}"
        return Phrases(name, words, f"of {words}", f"in {words}")
    if level == "canton_ou_ville":
        return Phrases(name, f"the canton of {name}", f"of the canton of {name}", f"in the canton of {name}")
    if level == "perimeter":
        return Phrases(name, f"the perimeter “{name}”", f"of the perimeter “{name}”", f"in the perimeter “{name}”")
    return Phrases(name, name, f"of {name}", f"in {name}")


def _ordinal(number: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(number, "th") if not 10 < number < 14 else "th"
