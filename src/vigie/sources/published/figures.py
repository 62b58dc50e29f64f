"""The published figures: values that a document prints, transcribed one a row with their exact words and place.

``figures/*.csv`` holds one file a document (or a helper file such as ``methods_published.csv``), all with the header
of :data:`FIGURE_SCHEMA`. :func:`figures` reads them all as text, checks every cell and gives one typed table;
:func:`disagreements` shows where documents print different values of the same thing: both are kept, never reconciled.

A figure with an ``indicator`` is a value of that indicator of the observatory; the others are context (*repères*).
A yearly growth of an indicator has the unit ``percent_change``, never that of its level. Periods are text: a year,
a month, a day, a span ``2015/2021``, or an open span ``2013/..``; empty where the document gives none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import polars as pl
from pydantic import BaseModel, ConfigDict

from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.validation import toml_file, validated

HERE = Path(__file__).parent
FIGURES = HERE / "figures"
DOCUMENTS = HERE / "documents.toml"

FIGURE_SCHEMA: dict[str, type[pl.DataType]] = {
    "id": pl.String,
    "theme": pl.String,
    "indicator": pl.String,
    "label_fr": pl.String,
    "label_en": pl.String,
    "level": pl.String,
    "code": pl.String,
    "period": pl.String,
    "value": pl.Float64,
    "upper": pl.Float64,
    "unit": pl.String,
    "qualifier": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "document": pl.String,
    "place": pl.String,
    "line": pl.Int64,
    "quote_fr": pl.String,
    "field_fr": pl.String,
    "note_fr": pl.String,
    "context_only": pl.Boolean,
}
"""The columns of a figures file, in order, with the type that the reader gives them; an empty cell is a null."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


THEMES = _words(
    "depenses effectifs medecin_traitant soins_programmes soins_non_programmes urgences aller_vers renoncement delais "
    "teleconsultation telexpertise delegation structures assistants aides zonage desertification installation "
    "demographie activite pharmacies dentaire infirmiers kines sages_femmes orthophonistes comparaison_internationale "
    "comparaison_nationale epidemiologie couverture_sas permanence_des_soins prevention autres"
)
UNITS = _words(
    "percent points percent_change count EUR MEUR GEUR minutes hours days weeks months years km per_100k per_10k "
    "per_1000 per_inhabitant per_patient per_day per_hour per_week per_year ratio rank index fte half_days year "
    "clock_hour"
)
QUALIFIERS = _words("exact about more_than less_than between nearly")
INDICATORS = _words(
    "ald_sans_mt primo_installes_mg patientele_mt file_active delai_specialistes assistants_medicaux optam "
    "installations_zones_sous_denses couverture_sas non_recours_handicap psmt hospitalisations_evitables ccmu1 "
    "psmt_c2s psmt_hors_c2s ecart_psmt_c2s sans_soin_50 apl_mg apl_mg_65 apl_mg_62 apl_infirmiers apl_kines "
    "apl_dentistes apl_sages_femmes"
)
"""The indicators that a published figure may be a value of; ``None`` (an empty cell) for everything else."""

LEVELS: dict[str, str] = {
    "france": r"FR",
    "region": r"\d{2}",
    "departement": r"\d{2}|2[AB]|97\d",
    "epci": r"\d{9}",
    "bassin_de_vie": r"\d[0-9AB]\d{3}",
    "commune": r"\d[0-9AB]\d{3}",
    "tvs": r"[0-9A-Z]+",
    "perimeter": r"[a-z0-9]+(-[a-z0-9]+)*",
    "country": r"[A-Z]{2}|OECD|OCDE|EU\d*",
    "other": r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*",
}
"""Each level with the pattern of its codes; a code that lost its leading zero does not fit."""

_REFUSED = Text("document refusé", "document refused")
_REQUIRED = ("id", "theme", "label_fr", "label_en", "level", "code", "value", "unit", "qualifier", "document")
_NUMBERS = ("value", "upper", "numerator", "denominator")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_DATE = r"\d{4}(-[TSQ]\d|-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_PERIOD = re.compile(rf"{_DATE}(/({_DATE}|\.\.))?", re.ASCII)
_KEY = ("indicator", "level", "code", "period", "unit", "value", "upper", "document")


class Document(BaseModel):
    """One document whose figures are transcribed. ``seed`` begins the file name of its text, where one is at hand."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    title: str
    publisher: str
    date: str
    kind: Literal["rapport", "presse", "site", "étude"]
    seed: str
    landing_page: str
    reuse: str
    note: str


class _Documents(BaseModel):
    documents: dict[str, Document]


@dataclass(frozen=True)
class _Cells:
    """One row as text, with its place."""

    file: Path
    row: int
    cells: dict[str, str]

    def fault(self, column: str, fr: str, en: str) -> InputError:
        """The error for one cell."""
        return InputError(fr, en, where=Where(self.file, row=self.row, column=column, value=self.cells[column]))


def documents(file: Path = DOCUMENTS) -> dict[str, Document]:
    """The documents by id, from ``documents.toml``."""
    named = {
        name: {"id": name} | table if isinstance(table, dict) else table for name, table in toml_file(file).items()
    }
    return validated(_Documents, {"documents": named}, _REFUSED, "docs/data.md", file).documents


def figures(folder: Path = FIGURES, known: dict[str, Document] | None = None) -> pl.DataFrame:
    """All figures of a folder's CSV files, checked and typed as :data:`FIGURE_SCHEMA`, sorted by file then row.

    ``known`` are the documents that a figure may name (by default those of ``documents.toml``). Where a value of an
    indicator is transcribed twice from one document (same level, code, period, unit and value), one row is kept: the
    first that has a quote (and counts, if any has). Figures without an indicator are never merged.
    """
    known = documents() if known is None else known
    seen: dict[str, _Cells] = {}
    rows: list[dict[str, object]] = []
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(
            "aucun fichier CSV de chiffres publiés dans ce dossier.",
            "no CSV file of published figures in this folder.",
            where=Where(folder),
        )
    for file in files:
        for cells in _rows(file):
            rows.append(_typed(cells, known))
            name = cells.cells["id"]
            if name in seen:
                first = seen[name]
                raise cells.fault(
                    "id",
                    f"cet identifiant est déjà pris ({first.file.name}, ligne {first.row}).",
                    f"this id is already taken ({first.file.name}, row {first.row}).",
                )
            seen[name] = cells
    table = pl.DataFrame(rows, schema=FIGURE_SCHEMA, orient="row")
    return _without_repeats(table)


def disagreements(table: pl.DataFrame | None = None) -> pl.DataFrame:
    """The figures of an indicator with several values for one level, code, period and unit, side by side.

    Figures without a period are left out: nothing says that they speak of the same date.
    """
    table = figures() if table is None else table
    key = ["indicator", "level", "code", "period", "unit"]
    dated = table.filter(pl.col("indicator").is_not_null() & pl.col("period").is_not_null())
    several = pl.struct("value", "upper").n_unique().over(key) > 1
    return dated.filter(several).sort([*key, "value", "document"])


def _rows(file: Path) -> Iterator[_Cells]:
    """The rows of one file as text, after its header is checked."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            "ce fichier n’est pas en UTF-8.",
            "this file is not in UTF-8.",
            remedy_fr="Enregistrez-le en UTF-8.",
            remedy_en="Save it as UTF-8.",
            where=Where(file, row=row, value=error.object[error.start : error.end]),
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    expected = list(FIGURE_SCHEMA)
    header = next(reader, [])
    if header != expected:
        _bad_header(file, header, expected)
    row = reader.line_num + 1
    try:
        for cells in reader:
            if len(cells) != len(expected):
                raise InputError(
                    f"cette ligne a {len(cells)} cellules au lieu de {len(expected)} (virgule sans guillemets ?).",
                    f"this row has {len(cells)} cells instead of {len(expected)} (an unquoted comma?).",
                    where=Where(file, row=row, value=cells[0] if cells else None),
                )
            yield _Cells(file, row, dict(zip(expected, cells, strict=True)))
            row = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"cette ligne n’est pas du CSV ({error}).",
            f"this row is not CSV ({error}).",
            where=Where(file, row=row),
        ) from error


def _bad_header(file: Path, header: list[str], expected: list[str]) -> NoReturn:
    """Say which column is missing, unknown or out of place."""
    missing = [name for name in expected if name not in header]
    column = missing[0] if missing else next((name for name in header if name not in expected), None)
    if missing:
        fr, en = f"colonne absente : {', '.join(missing)}.", f"missing column: {', '.join(missing)}."
    elif column is not None:
        fr, en = "colonne inconnue.", "unknown column."
    else:
        fr, en = "les colonnes ne sont pas dans l’ordre attendu.", "the columns are not in the expected order."
    raise InputError(
        fr,
        en,
        remedy_fr=f"En-tête attendu : {','.join(expected)}",
        remedy_en=f"Expected header: {','.join(expected)}",
        where=Where(file, row=1, column=column, value=",".join(header)),
    )


def _typed(row: _Cells, known: dict[str, Document]) -> dict[str, object]:
    """One row checked and typed; an empty cell becomes a null."""
    cells = row.cells
    for column in _REQUIRED:
        if not cells[column].strip():
            raise row.fault(column, "cette cellule est vide.", "this cell is empty.")
    for column, text in cells.items():
        if text != text.strip() or "\n" in text:
            raise row.fault(
                column, "espace ou saut de ligne en trop dans la cellule.", "stray space or line break in the cell."
            )
    if not _SLUG.fullmatch(cells["id"]):
        raise row.fault("id", "un identifiant s’écrit a-z, 0-9 et _.", "an id is written with a-z, 0-9 and _.")
    _among(row, "theme", THEMES)
    _among(row, "unit", UNITS)
    _among(row, "qualifier", QUALIFIERS)
    _among(row, "level", frozenset(LEVELS))
    _among(row, "document", frozenset(known))
    if cells["indicator"]:
        _among(row, "indicator", INDICATORS)
    if not re.fullmatch(LEVELS[cells["level"]], cells["code"], re.ASCII):
        raise row.fault(
            "code",
            f"ce code n’a pas la forme d’un code de niveau {cells['level']} (zéro initial perdu ?).",
            f"this code is not one of level {cells['level']} (a lost leading zero?).",
        )
    if cells["period"] and not _PERIOD.fullmatch(cells["period"]):
        raise row.fault(
            "period",
            "une période s’écrit 2022, 2022-09, 2022-09-30, 2015/2021 ou 2013/..",
            "a period is written 2022, 2022-09, 2022-09-30, 2015/2021 or 2013/..",
        )
    numbers: dict[str, float | None] = {}
    for column in _NUMBERS:
        if cells[column] and not _NUMBER.fullmatch(cells[column]):
            raise row.fault(
                column,
                "un nombre est attendu, sans espace ni unité, avec un point décimal.",
                "a number is expected, without space or unit, with a decimal point.",
            )
        numbers[column] = float(cells[column]) if cells[column] else None
    _check_range(row, numbers)
    if cells["line"] and not re.fullmatch(r"[1-9]\d*", cells["line"], re.ASCII):
        raise row.fault("line", "un numéro de ligne est attendu.", "a line number is expected.")
    if cells["context_only"] not in ("true", "false"):
        raise row.fault("context_only", "« true » ou « false » est attendu.", "“true” or “false” is expected.")
    typed: dict[str, object] = {name: text or None for name, text in cells.items()}
    typed |= numbers
    typed["line"] = int(cells["line"]) if cells["line"] else None
    typed["context_only"] = cells["context_only"] == "true"
    return typed


def _among(row: _Cells, column: str, allowed: frozenset[str]) -> None:
    """The cell is one of the allowed words."""
    if row.cells[column] not in allowed:
        words = ", ".join(sorted(allowed))
        raise row.fault(column, f"mot inconnu ; attendus : {words}.", f"unknown word; expected: {words}.")


def _check_range(row: _Cells, numbers: dict[str, float | None]) -> None:
    """``upper`` closes a range: above ``value``, and present when the qualifier is ``between``."""
    value, upper = numbers["value"], numbers["upper"]
    if row.cells["qualifier"] == "between" and upper is None:
        raise row.fault(
            "upper",
            "le qualificatif « between » demande une borne haute.",
            "the qualifier “between” needs an upper bound.",
        )
    if value is not None and upper is not None and upper <= value:
        raise row.fault("upper", "la borne haute n’est pas au-dessus de la valeur.", "upper is not above the value.")


def _without_repeats(table: pl.DataFrame) -> pl.DataFrame:
    """One row for each value of an indicator that one document prints twice.

    The one kept has a quote if any has; among those, a numerator and a denominator; then it is the first read.
    """
    counts = pl.col("numerator").is_null().cast(pl.Int8) + pl.col("denominator").is_null().cast(pl.Int8)
    ordered = table.with_row_index("_order").sort(pl.col("quote_fr").is_null(), counts, "_order")
    indicators = ordered.filter(pl.col("indicator").is_not_null()).unique(_KEY, keep="first", maintain_order=True)
    others = ordered.filter(pl.col("indicator").is_null())
    return pl.concat([indicators, others]).sort("_order").drop("_order")


def perimeters(file: Path = HERE / "perimeters.csv") -> pl.DataFrame:
    """The perimeters that a document gives figures for without their communes: code, name, departement, document."""
    return pl.read_csv(file, infer_schema=False).select("code", "name", "departement", "document")
