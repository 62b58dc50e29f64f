"""French first, English beside it: texts in two languages and numbers as each language writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vigie.errors import Lang

if TYPE_CHECKING:
    from babel.core import Locale

NNBSP = "\u202f"  # narrow no-break space: thousands, before : ; ! ? and %
NBSP = "\u00a0"


@dataclass(frozen=True)
class Text:
    """One text in French and English."""

    fr: str
    en: str

    def of(self, lang: Lang) -> str:
        """The text in ``lang``."""
        return self.fr if lang == "fr" else self.en


@cache
def _locale(lang: Lang) -> Locale:
    from babel.core import Locale

    return Locale.parse("fr_FR" if lang == "fr" else "en_GB")


def number(value: float, lang: Lang, decimals: int = 0) -> str:
    """``value`` with ``decimals`` digits: ``12 345,6`` in French (narrow no-break space), ``12,345.6`` in English.

    Raises ValueError for NaN and infinities: a missing figure is words, never a number.
    """
    from babel.numbers import format_decimal

    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text: str = format_decimal(value, pattern, locale=_locale(lang))
    return text.replace(NBSP, NNBSP).replace("-", "−")


def percent(value: float, lang: Lang, decimals: int = 1) -> str:
    """``value`` already in per cent: ``16,6 %`` with a narrow no-break space in French, ``16.6%`` in English."""
    return number(value, lang, decimals) + (f"{NNBSP}%" if lang == "fr" else "%")


def plural(count: float, one: str, many: str, lang: Lang) -> str:
    """``one`` or ``many``: French takes the singular below 2, English for exactly 1."""
    return one if (abs(count) < 2 if lang == "fr" else count == 1) else many
