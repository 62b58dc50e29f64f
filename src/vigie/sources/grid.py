"""A grid of text as the producer wrote it, with the line of each row, and the conversions that say where they fail."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where

LINE = "_line"  # the line of the file (or the row of the sheet) that a row comes from; 1 is the first

SHEET = "_sheet"  # the sheet it comes from, where a table is made of several

COMMUNE = r"^(?:\d{2}|2[AB])\d{3}$"
DEPARTEMENT = r"^(?:\d{2}|2[AB]|9[78]\d)$"
REGION = r"^\d{2}$"
_LOST_ZERO = {COMMUNE: r"^\d{4}$", DEPARTEMENT: r"^\d$", REGION: r"^\d$"}


@dataclass(frozen=True)
class Grid:
    """Rows of text: ``frame`` has String columns and the line of each row; ``file`` and ``sheet`` tell where from.

    ``names`` keeps the producer's name of each renamed column: errors speak of the file, not of our table.
    """

    frame: pl.DataFrame
    file: Path
    sheet: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def fault(
        self, fr: str, en: str, *, row: int | None = None, column: str | None = None, value: object = None
    ) -> InputError:
        """An error placed in this grid; ``row`` is the line of the file."""
        known = None if column is None else self.names.get(column, column)
        return InputError(fr, en, where=Where(self.file, self.sheet, row, known, value))

    def only(self, names: Mapping[str, str]) -> Grid:
        """The grid with the columns of ``names`` (tidy name → producer's name), renamed. A missing one is an error."""
        for wanted in names.values():
            if wanted not in self.frame.columns:
                raise self._missing(wanted)
        frame = self.frame.select(LINE, *(pl.col(old).alias(new) for new, old in names.items()))
        return replace(self, frame=frame, names={new: self.names.get(old, old) for new, old in names.items()})

    def _missing(self, wanted: str) -> InputError:
        found = [name for name in self.frame.columns if name != LINE]
        near = difflib.get_close_matches(wanted, found, n=1, cutoff=0.6)
        listed = ", ".join(found[:12]) + (", …" if len(found) > 12 else "")
        hint_fr = f"La plus proche est «\u00a0{near[0]}\u00a0»." if near else f"Colonnes trouvées\u202f: {listed}."
        hint_en = f"The nearest is “{near[0]}”." if near else f"Columns found: {listed}."
        return InputError(
            f"colonne absente. {hint_fr}",
            f"column missing. {hint_en}",
            where=Where(self.file, self.sheet, column=wanted),
            remedy_fr="Vérifier que le fichier est bien celui du producteur et que l'en-tête n'est pas décalé.",
            remedy_en="Check that this is the producer's file and that its header has not shifted.",
        )

    def refuse(self, bad: pl.Series, column: str, fr: str, en: str) -> None:
        """Raise the error of the first row where ``bad`` is true."""
        found = bad.arg_true()
        if len(found):
            row = self.frame.row(found[0], named=True)
            value = row.get(column)
            # A number read as 12.0 was most likely written 12: it is said so that it can be found in the file.
            value = int(value) if isinstance(value, float) and value.is_integer() else value
            raise self.fault(fr, en, row=row[LINE], column=column, value=value)

    def require_text(self, columns: Sequence[str]) -> None:
        """Every row must have a value in these columns."""
        for column in columns:
            self.refuse(self.frame[column].is_null(), column, "valeur obligatoire absente.", "required value missing.")

    def require_pattern(self, column: str, pattern: str, fr: str, en: str) -> None:
        """Every value of ``column`` must exist and match ``pattern``; a code that lost its leading zero is named so."""
        self.require_text([column])
        values = self.frame[column]
        if pattern in _LOST_ZERO:
            self.refuse(
                values.str.contains(_LOST_ZERO[pattern]),
                column,
                "le code a perdu son zéro initial (fichier enregistré par un tableur\u202f?)\u202f; attendu\u202f: "
                + fr,
                "the code has lost its leading zero (file saved by a spreadsheet?); expected: " + en,
            )
        self.refuse(~values.str.contains(pattern), column, f"attendu\u202f: {fr}", f"expected: {en}")

    def require_commune(self, column: str) -> None:
        """Every value of ``column`` must be a commune code of five characters."""
        self.require_pattern(
            column, COMMUNE, "un code commune de cinq caractères.", "a commune code of five characters."
        )

    def floats(self, columns: Sequence[str]) -> Grid:
        """``columns`` as Float64; blank is null; text, NaN and infinity are errors."""
        frame = self.frame
        for column in columns:
            numbers = self.frame[column].cast(pl.Float64, strict=False)
            bad = (numbers.is_null() & self.frame[column].is_not_null()) | ~numbers.is_finite().fill_null(value=True)
            self.refuse(bad, column, "un nombre était attendu.", "a number was expected.")
            frame = frame.with_columns(numbers.alias(column))
        return replace(self, frame=frame)

    def french_floats(self, columns: Sequence[str]) -> Grid:
        """``columns`` as Float64, written either way: ``4.2``, ``4,2``, ``4,2 %``, ``1 577``."""
        plain = pl.col(columns).str.replace_all(r"[\s%]", "").str.replace(",", ".", literal=True)
        return replace(self, frame=self.frame.with_columns(plain)).floats(columns)

    def integers(self, columns: Sequence[str], dtype: type[pl.DataType] = pl.Int64) -> Grid:
        """``columns`` as whole numbers of ``dtype``; ``832.0`` is 832, ``832.5`` or what does not fit is an error."""
        numeric = self.floats(columns)
        frame = self.frame
        for column in columns:
            numbers = numeric.frame[column]
            whole = numbers.cast(dtype, strict=False)
            bad = numbers.is_not_null() & (whole.is_null() | (whole.cast(pl.Float64) != numbers))
            self.refuse(bad, column, "un nombre entier était attendu.", "a whole number was expected.")
            frame = frame.with_columns(whole.alias(column))
        return replace(self, frame=frame)

    def dates(self, columns: Sequence[str]) -> Grid:
        """``columns`` as dates, written 2021-12-31 or 31/12/2021; blank is null."""
        frame = self.frame
        for column in columns:
            text = self.frame[column]
            iso = text.str.to_date("%Y-%m-%d", strict=False)
            french = text.str.to_date("%d/%m/%Y", strict=False)
            found = iso.fill_null(french)
            self.refuse(
                found.is_null() & text.is_not_null(),
                column,
                "une date était attendue (2021-12-31 ou 31/12/2021).",
                "a date was expected (2021-12-31 or 31/12/2021).",
            )
            frame = frame.with_columns(found.alias(column))
        return replace(self, frame=frame)

    def recode(self, column: str, words: Mapping[str, str]) -> Grid:
        """``column`` through ``words``; a value outside is an error."""
        known = self.frame[column].is_in(list(words))
        listed = ", ".join(words)
        self.require_text([column])
        self.refuse(~known, column, f"attendu\u202f: l'un de {listed}.", f"expected: one of {listed}.")
        return replace(self, frame=self.frame.with_columns(pl.col(column).replace_strict(words)))
