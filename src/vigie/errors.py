"""Errors that speak to the person: where it went wrong, what was expected, what to do.

Every room raises :class:`VigieError` or one of its children for what a user can mend; the command line and the site
print ``error.message(lang)`` and never a traceback. Anything else that escapes is a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Lang = Literal["fr", "en"]

_NNBSP = "\u202f"


@dataclass(frozen=True)
class Where:
    """The place of a fault in an input: any of file, sheet, row (1 is the first line), column and value."""

    file: Path | str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: object = None

    def describe(self, lang: Lang) -> str:
        """One line such as ``apl.xlsx, feuille « APL 2023 », ligne 12, colonne « APL », valeur « abc »``."""
        quote = ("«\u00a0{}\u00a0»" if lang == "fr" else "“{}”").format
        words = {
            "fr": ("feuille", "ligne", "colonne", "valeur"),
            "en": ("sheet", "row", "column", "value"),
        }[lang]
        parts = [Path(self.file).name if isinstance(self.file, Path) else self.file]
        parts.append(f"{words[0]} {quote(self.sheet)}" if self.sheet is not None else None)
        parts.append(f"{words[1]} {self.row}" if self.row is not None else None)
        parts.append(f"{words[2]} {quote(self.column)}" if self.column is not None else None)
        parts.append(f"{words[3]} {quote(self.value)}" if self.value is not None else None)
        return ", ".join(part for part in parts if part)


class VigieError(Exception):
    """A fault that the person can mend.

    ``fr`` and ``en`` say what is wrong and what was expected; ``remedy_fr`` and ``remedy_en`` what to do;
    ``where`` the place in the input. ``exit_code`` is what the command line ends with.
    """

    exit_code = 1

    def __init__(
        self, fr: str, en: str, *, remedy_fr: str = "", remedy_en: str = "", where: Where | None = None
    ) -> None:
        """Keep both languages; ``str(error)`` is the French message."""
        self.fr, self.en = fr, en
        self.remedy_fr, self.remedy_en = remedy_fr, remedy_en
        self.where = where or Where()
        super().__init__(self.message("fr"))

    def message(self, lang: Lang) -> str:
        """The whole message in one language: place, fault, remedy."""
        fault, remedy = (self.fr, self.remedy_fr) if lang == "fr" else (self.en, self.remedy_en)
        place = self.where.describe(lang)
        colon = f"{_NNBSP}: " if lang == "fr" else ": "
        text = f"{place}{colon}{fault}" if place else fault
        return f"{text} {remedy}".strip()


class InputError(VigieError):
    """A file, table or definition that is not what its documentation promises."""

    exit_code = 3


class UnknownNameError(VigieError):
    """A territory, indicator, source or edition that does not exist, with the nearest candidates."""

    exit_code = 4


class AmbiguousNameError(VigieError):
    """A name that several territories bear; the candidates are in the message and in ``candidates``."""

    exit_code = 4

    def __init__(self, fr: str, en: str, *, candidates: tuple[str, ...], remedy_fr: str = "", remedy_en: str = ""):
        """``candidates`` are ``level:code`` keys, the likeliest first."""
        self.candidates = candidates
        super().__init__(fr, en, remedy_fr=remedy_fr, remedy_en=remedy_en)


class FetchError(VigieError):
    """A download that failed or is not what it claims to be."""

    exit_code = 5


class StorageError(VigieError):
    """A folder that cannot be read or written, or a disk that is full."""

    exit_code = 6


class CheckError(VigieError):
    """A built table that fails its checks; the edition is not published."""

    exit_code = 7
