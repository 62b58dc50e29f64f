"""French first, English beside it: texts in two languages and numbers as each language writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from vigie.errors import Lang

NNBSP = "\u202f"  # narrow no-break space: thousands, before : ; ! ? and %
NBSP = "\u00a0"

_FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH_MONTHS = "January February March April May June July August September October November December"
_MONTHS = {"fr": _FRENCH_MONTHS.split(), "en": _ENGLISH_MONTHS.split()}


@dataclass(frozen=True)
class Text:
    """One text in French and English."""

    fr: str
    en: str

    def of(self, lang: Lang) -> str:
        """The text in ``lang``."""
        return self.fr if lang == "fr" else self.en

    def both(self) -> dict[str, str]:
        """The text by language, as JSON answers carry it."""
        return {"fr": self.fr, "en": self.en}


# As CLDR has it, which tests compare: what separates thousands, and what the whole from its decimals.
_SEPARATORS = {
    "fr": str.maketrans({",": NNBSP, ".": ",", "-": "−"}),
    "en": str.maketrans({"-": "−"}),
}


def number(value: float, lang: Lang, decimals: int = 0) -> str:
    """``value`` with ``decimals`` digits: ``12 345,6`` in French (narrow no-break space), ``12,345.6`` in English.

    A tie goes to the even digit, judged on the decimals that Python writes. Raises ValueError for NaN and infinities: a
    missing figure is words, never a number.
    """
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    return f"{Decimal(str(value)):,.{decimals}f}".translate(_SEPARATORS[lang])


def percent(value: float, lang: Lang, decimals: int = 1) -> str:
    """``value`` already in per cent: ``16,6 %`` with a narrow no-break space in French, ``16.6%`` in English."""
    return number(value, lang, decimals) + (f"{NNBSP}%" if lang == "fr" else "%")


def euros(value: float, lang: Lang) -> str:
    """``value`` in whole euros: ``38 000 €`` in French, ``38,000 €`` in English."""
    return f"{number(round(value), lang)}{NBSP}€"


def plural(count: float, one: str, many: str, lang: Lang) -> str:
    """``one`` or ``many``: French takes the singular below 2, English for exactly 1."""
    return one if (abs(count) < 2 if lang == "fr" else count == 1) else many


def period_words(period: str, lang: Lang) -> str:
    """``2025-06-30`` as ``30 juin 2025``, ``2025-06`` as ``juin 2025``; a year, or anything else, stays as it is."""
    parts = period.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) not in (2, 3) or not 1 <= int(parts[1]) <= 12:
        return period
    month = _MONTHS[lang][int(parts[1]) - 1]
    if len(parts) == 2:
        return f"{month} {parts[0]}"
    day = "1er" if lang == "fr" and int(parts[2]) == 1 else str(int(parts[2]))
    return f"{day}{NBSP}{month} {parts[0]}"


def month_of(year: float, lang: Lang) -> str:
    """The month of a moment told as a number of years: 2030.2 is ``mars 2030``."""
    whole = math.floor(year)
    return f"{_MONTHS[lang][min(int(12 * (year - whole)), 11)]} {whole}"
