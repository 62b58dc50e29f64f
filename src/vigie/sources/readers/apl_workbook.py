"""The DREES workbook of a profession: one sheet a year, header on row 9, units on row 10, data from row 11.

Columns are found by their headings, never by their place. This reader has not yet run on a producer's own file.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.sources.catalogue import Source
from vigie.sources.grid import LINE, SHEET, Grid
from vigie.sources.names import slug
from vigie.sources.notes import Draft, Note
from vigie.sources.readers.apl import Measure, melt
from vigie.sources.workbook import Cells, grid, sheets

HEADER, UNITS, DATA = 9, 10, 11
_SHEET = re.compile(r"^APL[ _]?(\d{4})$")
_PROFESSIONS = {
    "medecins_generalistes": "mg",
    "infirmier": "infirmiers",
    "infirmiere": "infirmiers",
    "kinesitherapeutes": "kines",
    "sages_femmes": "sages_femmes",
    "chirurgiens_dentistes": "dentistes",
}
_AGES = ("65", "62", "60")
_WORDS_FR = {
    "code": "le code commune",
    "value": "l'APL",
    "65": "l'APL aux médecins de 65 ans ou moins",
    "62": "l'APL aux médecins de 62 ans ou moins",
    "60": "l'APL aux médecins de 60 ans ou moins",
    "population_std": "la population standardisée",
    "population": "la population totale",
}
_WORDS_EN = {
    "code": "the commune code",
    "value": "the APL",
    "65": "the APL of doctors of 65 or less",
    "62": "the APL of doctors of 62 or less",
    "60": "the APL of doctors of 60 or less",
    "population_std": "the standardised population",
    "population": "the total population",
}


def workbook(_source: Source, path: Path) -> Draft:
    """Every year of the workbook of one profession, which the file's name tells."""
    profession = profession_of(path)
    book = sheets(path)
    pages = {int(found.group(1)): name for name in book if (found := _SHEET.match(name.strip()))}
    if not pages:
        listed = ", ".join(book) or "—"
        raise InputError(
            f"aucune feuille «\u00a0APL {{année}}\u00a0»\u202f; trouvées\u202f: {listed}.",
            f"no sheet “APL {{year}}”; found: {listed}.",
            where=Where(path),
        )
    drafts = [_year(path, pages[year], book[pages[year]], Measure("value", profession, year)) for year in sorted(pages)]
    return Draft(
        pl.concat([draft.frame for draft in drafts]),
        drafts[0].grid,
        tuple(note for draft in drafts for note in draft.notes),
    )


def profession_of(path: Path) -> str:
    """The profession that the file's name tells. Raises InputError."""
    name = slug(path.name)
    found = next((profession for word, profession in _PROFESSIONS.items() if word in name), None)
    if found is None:
        words = ", ".join(dict.fromkeys(_PROFESSIONS))
        raise InputError(
            f"le nom du fichier ne dit pas la profession\u202f; attendu\u202f: l'un de {words}.",
            f"the file's name does not tell the profession; expected: one of {words}.",
            where=Where(path),
            remedy_fr="Garder le nom donné par le producteur.",
            remedy_en="Keep the producer's name.",
        )
    return found


def _year(path: Path, sheet: str, cells: Cells, measure: Measure) -> Draft:
    header = cells[HEADER - 1] if len(cells) >= HEADER else []
    columns = [_meaning(heading or "") for heading in header]
    ages = _AGES if measure.profession == "mg" else ()
    wanted = ("code", "value", *ages, "population_std", "population")
    _check_header(path, sheet, cells, columns, wanted)
    data = _without_footnotes(grid(path, sheet, cells, columns, DATA))
    headings = dict(zip(columns, (heading or "" for heading in header), strict=True))
    found = replace(data, names={name: headings[name] for name in wanted})
    measures = [
        replace(measure, column=column, field=field, population_std="population_std", population="population")
        for column, field in (("value", "all"), *((age, age) for age in ages))
    ]
    draft = melt(found, "code", measures)
    left = len([row for row in cells[DATA - 1 :] if any(row)]) - found.frame.height
    text = Text("lignes de notes sous le tableau, écartées", "rows of notes below the table, dropped")
    notes = (Note(left, text),) if left else ()
    return Draft(draft.frame.with_columns(pl.lit(sheet).alias(SHEET)), draft.grid, notes)


def _meaning(heading: str) -> str:
    """The tidy name of a column from its heading, or nothing."""
    name = slug(heading)
    if name.startswith("apl"):
        return next((age for age in _AGES if f"_{age}_ans" in name), "value")
    if name.startswith("population"):
        kinds = {"population_std": "standardis", "population": "population_totale"}
        return next((kind for kind, word in kinds.items() if word in name), "")
    return "code" if name.startswith("code") else ""


def _check_header(path: Path, sheet: str, cells: Cells, columns: list[str], wanted: tuple[str, ...]) -> None:
    if not any(any(row) for row in cells):
        raise InputError("feuille vide.", "empty sheet.", where=Where(path, sheet))
    elsewhere = [n for n, row in enumerate(cells[:40], start=1) if "code" in map(_meaning, map(str, row))]
    if "code" not in columns and elsewhere:
        raise InputError(
            f"l'en-tête est en ligne {elsewhere[0]}\u202f; attendu\u202f: ligne {HEADER}.",
            f"the header is on row {elsewhere[0]}; expected: row {HEADER}.",
            where=Where(path, sheet, row=elsewhere[0]),
        )
    for name in wanted:
        if columns.count(name) != 1:
            raise InputError(
                f"{columns.count(name)} colonne au lieu d'une pour {_WORDS_FR[name]}.",
                f"{columns.count(name)} column instead of one for {_WORDS_EN[name]}.",
                where=Where(path, sheet, row=HEADER, column=name),
            )
    units = cells[UNITS - 1][columns.index("code")] if len(cells) >= UNITS else None
    if units is not None and units[:1].isdigit():
        raise InputError(
            "la ligne 10 devrait porter les unités, elle porte une commune\u202f: en-tête décalé.",
            "row 10 should hold the units but holds a commune: the header has shifted.",
            where=Where(path, sheet, row=UNITS, value=units),
        )


def _without_footnotes(whole: Grid) -> Grid:
    """Without the notes below the table: a row with nothing but a sentence where the code would be."""
    others = [pl.col(name).is_null() for name in whole.frame.columns if name not in ("code", LINE)]
    note = pl.all_horizontal(*others, ~pl.col("code").str.contains(r"^\d"))
    return replace(whole, frame=whole.frame.filter(~note.fill_null(value=False)))
