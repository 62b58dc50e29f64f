"""The tidy tables: their columns, types, keys and ranges, checked with pandera before anyone uses them.

A reader may produce anything; what leaves this room has passed :func:`validate`. The first violation, in the order of
the file, is an InputError that names file, line, column, value and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from vigie.sources.grid import COMMUNE, DEPARTEMENT, LINE, REGION, SHEET

if TYPE_CHECKING:
    from vigie.errors import InputError
    from vigie.sources.notes import Draft

Dtype = type[pl.DataType]


@dataclass(frozen=True)
class Col:
    """A column of a tidy table: type, whether it may be null, and what its values must satisfy."""

    dtype: Dtype
    nullable: bool = False
    pattern: str | None = None
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    regex: bool = False

    def expected(self) -> tuple[str, str]:
        """What a value must be, in French and English."""
        if self.values:
            return f"l'un de {', '.join(self.values)}", f"one of {', '.join(self.values)}"
        if self.pattern is not None:
            return _FORMS[self.pattern]
        if self.low is not None and self.high is not None:
            return f"un nombre entre {self.low:g} et {self.high:g}", f"a number between {self.low:g} and {self.high:g}"
        if self.low is not None:
            return f"un nombre au moins égal à {self.low:g}", f"a number not below {self.low:g}"
        return "une valeur", "a value"


@dataclass(frozen=True)
class Table:
    """A tidy table: its columns in order and the columns that identify a row."""

    id: str
    key: tuple[str, ...]
    columns: Mapping[str, Col]


_SIREN = r"^\d{9}$"
_FINESS = r"^[0-9AB]{9}$"
_CATEGORY = r"^\d{3}$"
_FACILITY = r"^[a-z]\d{3}$"
_ACTIVITY = r"^[0-9A-Z]{2}$"
_SLUG = r"^[a-z][a-z0-9_]*$"
_PERIOD = r"^\d{4}(?:-\d{2}-\d{2})?$"
_TERRITORY = rf"^FR$|{REGION}|{DEPARTEMENT}"
_SPAN = r"^\d{4}(?:-\d{2}(?:-\d{2}|/\d{4}-\d{2})?)?$"
_FORMS = {
    COMMUNE: ("un code commune de cinq caractères", "a commune code of five characters"),
    DEPARTEMENT: ("un code de département", "a département's code"),
    REGION: ("un code de région de deux chiffres", "a région's code of two digits"),
    _TERRITORY: ("FR, ou un code de région ou de département", "FR, or the code of a région or département"),
    _SIREN: ("un numéro SIREN de neuf chiffres", "a SIREN number of nine digits"),
    _FINESS: ("un numéro FINESS de neuf caractères", "a FINESS number of nine characters"),
    _CATEGORY: ("un code de catégorie de trois chiffres", "a category code of three digits"),
    _ACTIVITY: ("un code d'activité de deux caractères", "an activity code of two characters"),
    _FACILITY: ("un type d'équipement, une lettre et trois chiffres", "a type of facility, a letter and three digits"),
    _SLUG: ("un nom en minuscules sans accent", "a name in lower case without accents"),
    _PERIOD: ("une année ou un jour (2025-06-30)", "a year or a day (2025-06-30)"),
    _SPAN: ("une année, un mois, un jour ou deux mois (2024-01/2024-06)", "a year, a month, a day or two months"),
}

_code = Col(pl.String, pattern=COMMUNE)
_text = Col(pl.String)
_maybe = Col(pl.String, nullable=True)
_positive = Col(pl.Float64, nullable=True, low=0)
_lon = Col(pl.Float64, nullable=True, low=-180, high=180)
_lat = Col(pl.Float64, nullable=True, low=-90, high=90)
_year = Col(pl.Int16, low=1990, high=2100)
_kind = Col(pl.String, values=("commune", "arrondissement"))
_status = Col(pl.String, values=("ok", "suppressed", "missing"))
_level = Col(pl.String, values=("france", "region", "departement"))
_territory = Col(pl.String, pattern=_TERRITORY)

PROFESSIONS = ("mg", "infirmiers", "kines", "sages_femmes", "dentistes")
FIELDS = ("all", "65", "62", "60")

_TABLES = (
    Table(
        "communes",
        ("code",),
        {
            "code": _code,
            "name": _text,
            "kind": _kind,
            "departement": Col(pl.String, pattern=DEPARTEMENT),
            "region": Col(pl.String, pattern=REGION),
            "arrondissement": _maybe,
            "epci": Col(pl.String, nullable=True, pattern=_SIREN),
            "epci_name": _maybe,
            "canton_ou_ville": _maybe,
            "zone_emploi": _maybe,
            "unite_urbaine": _maybe,
            "aire_attraction": _maybe,
            "aire_attraction_name": _maybe,
            "bassin_de_vie": Col(pl.String, nullable=True, pattern=COMMUNE),
            "bassin_de_vie_name": _maybe,
            "bassin_de_vie_2012": Col(pl.String, nullable=True, pattern=COMMUNE),
            "density": Col(pl.Int8, nullable=True, low=1, high=7),
            "population": Col(pl.Int64, nullable=True, low=0),
            "population_total": Col(pl.Int64, nullable=True, low=0),
            "area_km2": _positive,
            "lon": _lon,
            "lat": _lat,
            "town_hall_lon": _lon,
            "town_hall_lat": _lat,
        },
    ),
    Table(
        "passage",
        ("code_before", "code_after", "year_before"),
        {
            "code_before": _code,
            "code_after": _code,
            "date": Col(pl.Date),
            "change": Col(pl.String, values=("merger", "split", "code")),
            "ratio": Col(pl.Float64, low=0, high=1),
            "year_before": _year,
            "year_after": _year,
        },
    ),
    Table("geometry", ("code",), {"code": _code, "name": _text, "kind": _kind, "wkb": Col(pl.Binary)}),
    Table("facilities", ("code",), {"code": _code, r"^[a-z]\d{3}$": Col(pl.UInt32, regex=True)}),
    Table(
        "facilities_by_year",
        ("code", "year", "type"),
        {"code": _code, "year": _year, "type": Col(pl.String, pattern=_FACILITY), "count": Col(pl.UInt32)},
    ),
    Table(
        "apl",
        ("code", "year", "profession", "field"),
        {
            "code": _code,
            "year": _year,
            "profession": Col(pl.String, values=PROFESSIONS),
            "field": Col(pl.String, values=FIELDS),
            "value": _positive,
            "population_std": _positive,
            "population": _positive,
        },
    ),
    Table(
        "emergency_times", ("code",), {"code": _code, "minutes": Col(pl.Float64, nullable=True, low=0, high=24 * 60)}
    ),
    Table(
        "age_deprivation",
        ("code",),
        {
            "code": _code,
            "share_75": Col(pl.Float64, nullable=True, low=0, high=100),
            "fedi": Col(pl.Float64, nullable=True, low=-100, high=100),
        },
    ),
    Table(
        "demography",
        ("year", "profession", "level", "code", "age_class", "sex"),
        {
            "year": _year,
            "profession": Col(pl.String, pattern=_SLUG),
            "profession_label": _text,
            "aggregate": Col(pl.Boolean),
            "level": _level,
            "code": _territory,
            "age_class": _text,
            "sex": _text,
            "count": Col(pl.Int64, nullable=True, low=0),
            "density": _positive,
            "status": _status,
        },
    ),
    Table(
        "commitments",
        ("indicator", "level", "code", "period"),
        {
            "indicator": Col(pl.String, pattern=_SLUG),
            "level": _level,
            "code": _territory,
            "period": Col(pl.String, pattern=_PERIOD),
            "value": _positive,
            "numerator": _positive,
            "denominator": _positive,
            "status": _status,
        },
    ),
    Table(
        "imported",
        ("indicator", "level", "code", "period"),
        {
            "indicator": Col(pl.String, pattern=_SLUG),
            "level": Col(pl.String, pattern=_SLUG),
            "code": _text,
            "name": _maybe,
            "period": Col(pl.String, pattern=_SPAN),
            "value": _positive,
            "numerator": _positive,
            "denominator": _positive,
            "people": _positive,
            "status": _status,
        },
    ),
    Table(
        "establishments",
        ("finess",),
        {
            "finess": Col(pl.String, pattern=_FINESS),
            "finess_legal": Col(pl.String, nullable=True, pattern=_FINESS),
            "name": _text,
            "category": Col(pl.String, pattern=_CATEGORY),
            "category_label": _text,
            "commune": _code,
            "departement": Col(pl.String, pattern=DEPARTEMENT),
            "lon": _lon,
            "lat": _lat,
            "opened": Col(pl.Date, nullable=True),
        },
    ),
    Table(
        "care_activities",
        ("authorisation",),
        {
            "authorisation": _text,
            "finess": Col(pl.String, pattern=_FINESS),
            "finess_legal": Col(pl.String, pattern=_FINESS),
            "name": _text,
            "activity": Col(pl.String, pattern=_ACTIVITY),
            "activity_label": _text,
            "modality": _text,
            "modality_label": _text,
            "form": _text,
            "form_label": _text,
            "starts": Col(pl.Date, nullable=True),
            "ends": Col(pl.Date, nullable=True),
        },
    ),
    Table(
        "road_pairs",
        ("origin", "destination"),
        {
            "origin": _text,
            "destination": _text,
            "origin_x": Col(pl.Float64),
            "origin_y": Col(pl.Float64),
            "destination_x": Col(pl.Float64),
            "destination_y": Col(pl.Float64),
            "minutes": Col(pl.Float64, low=0),
            "km": Col(pl.Float64, low=0),
        },
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.id: table for table in _TABLES})


def validate(draft: Draft, table: Table) -> pl.DataFrame:
    """The table of ``draft``, in the order of columns of ``table``, without its line numbers. Raises InputError."""
    frame = draft.frame.select(pl.exclude(LINE, SHEET))
    if frame.is_empty():
        raise draft.grid.fault("aucune ligne utilisable.", "no usable row.")
    from pandera.errors import SchemaErrors

    try:
        _schema(table.id).validate(frame, lazy=True)
    except SchemaErrors as errors:
        raise _violation(draft, table, errors.failure_cases) from None
    _check_key(draft, table)
    fixed = [name for name, column in table.columns.items() if not column.regex]
    return frame.select(*fixed, pl.exclude(fixed))


@cache
def _schema(table_id: str) -> Any:
    import pandera.polars as pandera

    return pandera.DataFrameSchema(
        {
            name: pandera.Column(
                column.dtype, checks=_checks(column), nullable=column.nullable, regex=column.regex, required=True
            )
            for name, column in TABLES[table_id].columns.items()
        },
        strict=True,
    )


def _checks(column: Col) -> list[Any]:
    import pandera.polars as pandera

    checks = []
    if column.pattern is not None:
        checks.append(pandera.Check.str_matches(column.pattern))
    if column.values:
        checks.append(pandera.Check.isin(list(column.values)))
    if column.low is not None:
        checks.append(pandera.Check.ge(column.low))
    if column.high is not None:
        checks.append(pandera.Check.le(column.high))
    return checks


def _check_key(draft: Draft, table: Table) -> None:
    keys = draft.frame.select(table.key)
    again = (~keys.select(pl.struct(pl.all()).is_first_distinct()).to_series()).arg_true()
    if len(again):
        row = draft.frame.row(again[0], named=True)
        names = ", ".join(table.key)
        raise draft.fault(
            f"ligne en double\u202f: {names} doivent identifier une seule ligne.",
            f"duplicate row: {names} must identify a single row.",
            row=row,
            column=table.key[0],
            value=" / ".join(str(row[name]) for name in table.key),
        )


def _violation(draft: Draft, table: Table, cases: pl.DataFrame) -> InputError:
    first = cases.sort("index", nulls_last=False).row(0, named=True)
    name = first["column"] or first["failure_case"]
    if first["index"] is None:
        return draft.grid.fault(
            f"la table «\u00a0{table.id}\u00a0» n'a pas les colonnes ou les types attendus ({first['check']}).",
            f"the table “{table.id}” lacks the expected columns or types ({first['check']}).",
            column=name,
            value=first["failure_case"],
        )
    row = draft.frame.row(first["index"], named=True)
    fr, en = _column(table, name).expected()
    return draft.fault(f"attendu\u202f: {fr}.", f"expected: {en}.", row=row, column=name, value=row[name])


def _column(table: Table, name: str) -> Col:
    exact = table.columns.get(name)
    return exact or next(column for key, column in table.columns.items() if column.regex and re.search(key, name))
