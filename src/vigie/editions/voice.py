"""What the reader reads: texts in one of the two languages, and figures as that language writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from vigie.errors import Lang
from vigie.indicators import Definition
from vigie.language import NBSP, NNBSP, number, period_words, plural

_FRENCH = (
    (re.compile(r"(?<=\S) (?=[;:!?%»])"), NNBSP),
    (re.compile(r"« "), "«" + NNBSP),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NNBSP),
    (re.compile(r"(?<=\d) (?=(?:min|km|k€|M€|€|ans|ETP)\b)"), NBSP),
)
_ENGLISH = ((re.compile(r"(?<=\d) (?=%)"), ""),)

LEVELS: dict[str, tuple[str, str, str, str]] = {
    "commune": ("commune", "communes", "commune", "communes"),
    "epci": ("intercommunalité", "intercommunalités", "intercommunality", "intercommunalities"),
    "bassin_de_vie": ("bassin de vie", "bassins de vie", "living area", "living areas"),
    "bassin_de_vie_2012": ("bassin de vie 2012", "bassins de vie 2012", "2012 living area", "2012 living areas"),
    "canton_ou_ville": ("canton ou ville", "cantons ou villes", "canton or town", "cantons or towns"),
    "tvs": ("territoire de vie-santé", "territoires de vie-santé", "health living area", "health living areas"),
    "departement": ("département", "départements", "département", "départements"),
    "region": ("région", "régions", "région", "régions"),
    "france": ("pays", "pays", "country", "country"),
    "perimeter": ("périmètre", "périmètres", "perimeter", "perimeters"),
}
KINDS = {
    "arrondissement": ("arrondissement municipal", "municipal arrondissement"),
    "whole_city": ("commune entière", "whole commune"),
}
THEMES = {
    "acces": ("Accès aux soignants", "Access to professionals"),
    "urgences": ("Urgences", "Emergencies"),
    "offre": ("Offre de soins sur place", "Professionals on the spot"),
    "population": ("Population", "Population"),
    "engagement": ("Engagements collectifs", "Collective commitments"),
    "alerte": ("Indicateurs d’alerte", "Alert indicators"),
}
STATUSES = {
    "ok": ("observé", "observed"),
    "estimated": ("estimé", "estimated"),
    "missing": ("donnée manquante", "missing"),
    "suppressed": ("secret statistique", "suppressed"),
}


@lru_cache(8_192)
def typography(text: str, lang: Lang) -> str:
    """``text`` with curly apostrophes and, in French, the narrow no-break spaces that its punctuation asks for."""
    text = text.replace("'", "’")
    for pattern, replacement in _FRENCH if lang == "fr" else _ENGLISH:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(8_192)
def _number(value: float, lang: Lang, decimals: int) -> str:
    return number(value, lang, decimals)


@dataclass(frozen=True)
class Voice:
    """One language. Every text that a page or a report shows passes through it."""

    lang: Lang

    @property
    def semicolon(self) -> str:
        """A semicolon with the spaces that the language puts around it."""
        return self.tr(" ; ", "; ")

    @property
    def colon(self) -> str:
        """A colon with the spaces that the language puts around it."""
        return f"{NNBSP}: " if self.lang == "fr" else ": "

    def tr(self, fr: str, en: str) -> str:
        """The one of two texts that is in the page's language, with its typography."""
        return typography(fr if self.lang == "fr" else en, self.lang)

    def of(self, words: object) -> str:
        """A text of a definition (anything with ``fr`` and ``en``)."""
        return self.tr(str(getattr(words, "fr", "")), str(getattr(words, "en", "")))

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as the language writes it."""
        return _number(value, self.lang, decimals)

    def value(self, value: float, definition: Definition) -> str:
        """An indicator's figure with its decimals, and the per cent sign where that is its unit."""
        text = self.number(value, definition.decimals)
        return text + self.percent_sign(definition)

    def cut(self, value: float, definition: Definition) -> str:
        """A threshold, with no more decimals than it needs."""
        decimals = next(
            n for n in range(definition.decimals + 1) if n == definition.decimals or round(value, n) == value
        )
        return self.number(value, decimals) + self.percent_sign(definition)

    def change(self, value: float, definition: Definition) -> str:
        """A difference with its sign; ``points`` stands for the per cent sign."""
        text = self.number(abs(value), definition.decimals)
        if not any(digit in "123456789" for digit in text):
            return self.tr("stable", "no change")
        sign = "+" if value > 0 else "−"
        unit = (NBSP + "pt") if definition.unit.fr.startswith("%") else ""
        return f"{sign}{text}{unit}"

    def percent_sign(self, definition: Definition) -> str:
        """`` %`` for an indicator in per cent, nothing for another."""
        if not definition.unit.fr.startswith("%"):
            return ""
        return f"{NNBSP}%" if self.lang == "fr" else "%"

    def count(self, value: float, one: str, many: str) -> str:
        """``3 communes``: a number with the noun that agrees."""
        return f"{self.number(value)}{NBSP}{plural(value, one, many, self.lang)}"

    def level(self, level: str, many: bool = False) -> str:
        """The name of a level, lower case."""
        words = LEVELS.get(level, (level, level, level, level))
        return words[(0 if self.lang == "fr" else 2) + many]

    def kind(self, level: str, kind: str) -> str:
        """What a territory is: its level, or what kind of commune."""
        fr, en = KINDS.get(kind, (self.level(level), self.level(level)))
        return self.tr(fr, en)

    def theme(self, theme: str) -> str:
        """The title of a theme."""
        return self.tr(*THEMES.get(theme, (theme, theme)))

    def status(self, status: str) -> str:
        """A status in words."""
        return self.tr(*STATUSES.get(status, (status, status)))

    def period(self, period: str) -> str:
        """``2025-06-30`` as ``30 juin 2025``; a year stays a year."""
        return period_words(period, self.lang)

    def date(self, when: date | datetime) -> str:
        """A date in words."""
        return self.period(when.strftime("%Y-%m-%d"))

    def size(self, size: int) -> str:
        """A file's size."""
        for unit, divisor in (("Mo", 1e6), ("ko", 1e3)):
            if size >= divisor:
                english = {"Mo": "MB", "ko": "kB"}[unit]
                return f"{self.number(size / divisor, 1)}{NBSP}{self.tr(unit, english)}"
        return f"{size}{NBSP}{self.tr('octets', 'bytes')}"


FRENCH, ENGLISH = Voice("fr"), Voice("en")
