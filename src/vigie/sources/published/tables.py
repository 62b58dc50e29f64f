"""Tables transcribed from reports, each cell as printed, and the relations that its figures should satisfy.

A table is two files of ``tables/``: a CSV with a line for each printed cell, and a TOML that describes it
(:class:`PublishedTable`) and declares the relations to check: totals, printed changes, figures that the body text
quotes. :func:`verify` computes them all. A figure is never corrected: a relation that does not hold must be declared
under ``[[mismatches]]`` with its explanation, and a declared mismatch that holds after all is refused.

Printed figures are rounded, so the computed side is an interval: ``rounding`` is half the printed step of the
operands, ``tolerance`` half that of the printed result, and a relation holds when the two intervals touch.

Where the printed rows are years, ``row_id`` is ``effectif`` or ``evolution``, the year is in ``period`` and
``row_fr`` keeps the printed label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

__all__ = [
    "Cell",
    "Change",
    "Mismatch",
    "Operand",
    "PublishedTable",
    "Relation",
    "Sum",
    "TextCheck",
    "cells",
    "rpps_series",
    "tables",
    "verify",
]

_REFUSED = Text("tableau refusé", "table refused")
_FOLDER = Path(__file__).parent / "tables"
_SERIES = Path(__file__).parent / "rpps_series.csv"
_COLUMNS = ("row_id", "row_fr", "column_id", "column_fr", "period", "value", "unit", "note_fr")
_SERIES_COLUMNS = ("indicator", "label_fr", "label_en", "table", "row_id", "column_id", "unit", "field_fr")
_UNITS = frozenset({"count", "thousands", "millions", "percent", "points", "EUR", "MEUR", "GEUR", "text"})
_SLUG = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_EPSILON = 1e-9
# A declared mismatch writes its recomputed value with two decimals.
_DECLARED = 0.006

Key = Literal["row", "column", "period"]
_M = TypeVar("_M", bound="Cell")


class _Strict(BaseModel):
    """A definition read from TOML: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Strict):
    """A printed cell; ``table`` and ``period`` are left out where the rest is enough to find one cell."""

    table: str | None = None
    row: str | None = None
    column: str | None = None
    period: str | None = None


class Operand(Cell):
    """A term of a relation: a cell, or a ``value`` that the text prints at ``line``; multiplied by ``factor``."""

    value: float | None = None
    line: int | None = None
    factor: float = 1.0

    @model_validator(mode="after")
    def _cell_or_value(self) -> Operand:
        is_cell = any(part is not None for part in (self.table, self.row, self.column, self.period))
        if is_cell == (self.value is not None):
            raise RefusedError("un opérande est une cellule ou une valeur", "an operand is either a cell or a value")
        return self


class _Check(_Strict):
    """What all relations have: a name, tolerances, and the keys over which the relation is repeated.

    ``each`` repeats the relation for every listed value of one key (``"*"``: every value that the table has beside
    the other keys of the printed cell); its name is then ``name[value]``.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    tolerance: float = Field(ge=0)
    rounding: float = Field(default=0.0, ge=0)
    each: dict[Key, list[str] | Literal["*"]] = Field(default_factory=dict, max_length=1)


class Sum(_Check):
    """``total`` is printed, and should be the sum of ``parts``, in the unit of ``total``."""

    total: Cell
    parts: list[Operand] = Field(min_length=1)


class Change(_Check):
    """``printed`` should be computed from the sums of ``of`` and ``over``.

    ``change`` is 100 × (of / over - 1) in percent, ``share`` 100 × of / over in percent, ``difference`` of - over in
    the unit of the operands, ``mean`` the mean of the terms of ``of`` weighted by the terms of ``over``.
    """

    printed: Cell
    kind: Literal["change", "share", "difference", "mean"] = "change"
    of: list[Operand] = Field(min_length=1)
    over: list[Operand] = Field(min_length=1)


class TextCheck(_Check):
    """``value`` is what the text says in ``quote_fr``; ``of`` and ``over`` are computed as in :class:`Change`.

    Without ``over`` the computed side is the sum of ``of`` (or ``cell`` alone). ``comparison`` is ``equal``, or
    ``above`` or ``below`` for a text that gives a bound: the computed side must then be so.
    """

    quote_fr: str
    line_hint: int
    value: float
    cell: Operand | None = None
    of: list[Operand] = Field(default_factory=list)
    over: list[Operand] = Field(default_factory=list)
    kind: Literal["sum", "change", "share", "difference"] = "sum"
    comparison: Literal["equal", "above", "below"] = "equal"

    @model_validator(mode="after")
    def _one_side(self) -> TextCheck:
        if (self.cell is None) == (not self.of):
            raise RefusedError("of : une cellule ou des termes", "a text check has either a cell or terms under `of`")
        if (self.kind == "sum") != (not self.over):
            raise RefusedError("over ne va pas avec une somme", "`over` goes with a kind other than sum")
        return self


class Mismatch(_Strict):
    """A relation that does not hold, with both figures and why."""

    relation: str
    printed: float
    recomputed: float
    explanation_fr: str = Field(min_length=20)
    explanation_en: str = Field(min_length=20)


class PublishedTable(_Strict):
    """What a transcribed table is: its place in the document, its field, its source, and its relations.

    ``level`` is the level of its territories; ``territories`` says which key (``departement:08``) a row stands for;
    ``context_only`` flags a table that gives national context and nothing by territory.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    number: int
    title_fr: str
    title_en: str
    document: str
    heading_fr: str
    line: int
    page: int | None = None
    field_fr: str
    source_fr: str
    level: Literal["france", "region", "departement", "perimeter"]
    territories: dict[str, str] = Field(default_factory=dict)
    context_only: bool
    notes_fr: str = ""
    sums: list[Sum] = Field(default_factory=list)
    changes: list[Change] = Field(default_factory=list)
    text_checks: list[TextCheck] = Field(default_factory=list)
    mismatches: list[Mismatch] = Field(default_factory=list)


@dataclass(frozen=True)
class Relation:
    """A relation as computed: the printed figure, the recomputed one, whether they agree, the declared mismatch."""

    table: str
    name: str
    kind: Literal["sum", "change", "text"]
    printed: float
    recomputed: float
    holds: bool
    mismatch: Mismatch | None
    quote_fr: str = ""
    line_hint: int | None = None


@cache
def tables() -> dict[str, PublishedTable]:
    """All transcribed tables by id; raises :class:`InputError` where a description is not what it promises."""
    found = [_description(path) for path in sorted(_FOLDER.glob("*.toml"))]
    return {table.id: table for table in found}


@cache
def cells(table_id: str) -> pl.DataFrame:
    """The printed cells of a table, one a line; ``value`` is null where the cell holds no figure.

    Raises :class:`UnknownNameError` for an unknown id and :class:`InputError` for a malformed line.
    """
    if table_id not in tables():
        raise UnknownNameError(
            f"Le tableau «\u00a0{table_id}\u00a0» n’est pas transcrit.",
            f"Table “{table_id}” is not transcribed.",
            remedy_fr=f"Tableaux connus\u202f: {', '.join(tables())}.",
            remedy_en=f"Known tables: {', '.join(tables())}.",
        )
    path = _FOLDER / f"{table_id}.csv"
    frame = _text_table(path, _COLUMNS)
    for number, line in enumerate(frame.iter_rows(named=True), start=2):
        _check_line(path, number, line)
    twice = frame.filter(frame.select("row_id", "column_id", "period").is_duplicated())
    if not twice.is_empty():
        first = twice.row(0, named=True)
        raise _fault(path, f"cellule en double {_key(first)}", f"duplicate cell {_key(first)}")
    return frame.with_columns(pl.col("value").replace("", None).cast(pl.Float64))


def verify(table_id: str) -> list[Relation]:
    """Every declared relation of a table, computed.

    Raises :class:`InputError` where a relation fails without a declared mismatch, and where a declared mismatch
    names no relation, gives other figures than the computed ones, or holds after all.
    """
    cells(table_id)
    table = tables()[table_id]
    declared = {mismatch.relation: mismatch for mismatch in table.mismatches}
    relations = list(_relations(table, declared))
    names = [relation.name for relation in relations]
    if len(set(names)) < len(names) or len(declared) < len(table.mismatches):
        raise _fault(_toml(table_id), "deux relations de même nom", "two relations bear one name")
    for relation in relations:
        _check_relation(relation)
    if unknown := declared.keys() - set(names):
        listed = ", ".join(sorted(unknown))
        raise _fault(_toml(table_id), f"écart sans relation\u202f: {listed}", f"mismatch without relation: {listed}")
    return relations


@cache
def rpps_series() -> pl.DataFrame:
    """Which cells give the yearly series of an indicator: all periods of ``row_id`` × ``column_id`` of ``table``.

    Raises :class:`InputError` where a series names cells that the table does not have.
    """
    frame = _text_table(_SERIES, _SERIES_COLUMNS)
    for number, line in enumerate(frame.iter_rows(named=True), start=2):
        here = cells(line["table"]).filter(row_id=line["row_id"], column_id=line["column_id"], unit=line["unit"])
        if here.is_empty():
            raise _fault(_SERIES, f"aucune cellule {_key(line)}", f"no cell {_key(line)}", row=number)
    return frame


def _relations(table: PublishedTable, declared: dict[str, Mismatch]) -> Iterator[Relation]:
    """The relations of a table, repeated over ``each``, in the order of the file."""
    for total in table.sums:
        for fill, name in _repeat(table.id, total, total.total):
            terms = [_filled(part, fill) for part in total.parts]
            side = _sum(table.id, terms, total.rounding)
            printed = _value(table.id, _filled(total.total, fill))
            holds = _touch(printed, total.tolerance, side)
            yield Relation(table.id, name, "sum", printed, side[1], holds, declared.get(name))
    for change in table.changes:
        for fill, name in _repeat(table.id, change, change.printed):
            of, over = ([_filled(term, fill) for term in terms] for terms in (change.of, change.over))
            side = _computed(table.id, change.kind, of, over, change.rounding)
            printed = _value(table.id, _filled(change.printed, fill))
            holds = _touch(printed, change.tolerance, side)
            yield Relation(table.id, name, "change", printed, side[1], holds, declared.get(name))
    for text in table.text_checks:
        of = [text.cell] if text.cell else text.of
        side = _computed(table.id, text.kind, of, text.over, text.rounding)
        yield Relation(
            table.id, text.name, "text", text.value, side[1], _text_holds(text, side), declared.get(text.name),
            quote_fr=text.quote_fr, line_hint=text.line_hint,
        )  # fmt: skip


_Interval = tuple[float, float, float]


def _computed(table_id: str, kind: str, of: Sequence[Operand], over: Sequence[Operand], rounding: float) -> _Interval:
    """The lowest, central and highest value that the operands allow, for one kind of relation."""
    if kind == "mean":
        return _mean(table_id, of, over, rounding)
    low, mid, high = _sum(table_id, of, rounding)
    if kind == "sum":
        return low, mid, high
    base_low, base, base_high = _sum(table_id, over, rounding)
    if kind == "difference":
        return low - base_high, mid - base, high - base_low
    shift = 100.0 if kind == "change" else 0.0
    return 100 * low / base_high - shift, 100 * mid / base - shift, 100 * high / base_low - shift


def _sum(table_id: str, terms: Sequence[Operand], rounding: float) -> _Interval:
    """The sum of terms, with the slack that their rounding gives."""
    mid = sum(term.factor * _value(table_id, term) for term in terms)
    slack = sum(abs(term.factor) * rounding for term in terms)
    return mid - slack, mid, mid + slack


def _mean(table_id: str, values: Sequence[Operand], weights: Sequence[Operand], rounding: float) -> _Interval:
    """The weighted mean; the rounding of the weights is left out, it is small beside that of the values."""
    pairs = [(_value(table_id, v), _value(table_id, w)) for v, w in zip(values, weights, strict=True)]
    mid = sum(v * w for v, w in pairs) / sum(w for _, w in pairs)
    return mid - rounding, mid, mid + rounding


def _touch(printed: float, tolerance: float, side: _Interval) -> bool:
    """Whether the printed figure, give or take its tolerance, meets the computed interval."""
    return side[0] - tolerance - _EPSILON <= printed <= side[2] + tolerance + _EPSILON


def _text_holds(text: TextCheck, side: _Interval) -> bool:
    """Whether the computed side is what the text says."""
    if text.comparison == "above":
        return side[2] >= text.value - text.tolerance
    if text.comparison == "below":
        return side[0] <= text.value + text.tolerance
    return _touch(text.value, text.tolerance, side)


def _repeat(table_id: str, check: _Check, printed: Cell) -> Iterator[tuple[dict[str, str], str]]:
    """The values to fill in, and the name of the relation with them."""
    if not check.each:
        yield {}, check.name
        return
    key, wanted = next(iter(check.each.items()))
    if wanted == "*":
        here = _found(printed.table or table_id, printed).filter(pl.col("value").is_not_null())
        wanted = here[_column(key)].to_list()
    for value in wanted:
        yield {key: value}, f"{check.name}[{value}]"


def _filled(term: _M, fill: dict[str, str]) -> _M:
    """A cell with the repeated key filled in where it is left open."""
    if isinstance(term, Operand) and term.value is not None:
        return term
    return term.model_copy(update={key: value for key, value in fill.items() if getattr(term, key) is None})


def _value(table_id: str, cell: Cell) -> float:
    """The figure of the one cell that is meant."""
    if isinstance(cell, Operand) and cell.value is not None:
        return cell.value
    found = _found(cell.table or table_id, cell)["value"].to_list()
    if len(found) != 1 or found[0] is None:
        where = " × ".join(str(part) for part in (cell.row, cell.column, cell.period) if part)
        raise _fault(
            _toml(table_id),
            f"{where}\u202f: {len(found)} cellule(s) avec ce nom, une seule avec un chiffre est attendue",
            f"{where}: {len(found)} cell(s) of that name, exactly one with a figure is expected",
        )
    return float(found[0])


def _found(table_id: str, cell: Cell) -> pl.DataFrame:
    """The lines of a table that a cell names."""
    keys = {_column(key): getattr(cell, key) for key in ("row", "column", "period")}
    return cells(table_id).filter(**{name: value for name, value in keys.items() if value is not None})


def _column(key: str) -> str:
    """The CSV column behind a key of a cell."""
    return key if key == "period" else f"{key}_id"


def _check_relation(relation: Relation) -> None:
    """Refuse a silent failure, a stale mismatch, and a mismatch whose figures are not the computed ones."""
    path, mismatch = _toml(relation.table), relation.mismatch
    shown = f"{relation.printed:g} / {relation.recomputed:.2f}"
    if not relation.holds and mismatch is None:
        raise _fault(
            path,
            f"«\u00a0{relation.name}\u00a0» ne tient pas ({shown}) et l’écart n’est pas déclaré",
            f"“{relation.name}” does not hold ({shown}) and the mismatch is not declared",
        )
    if mismatch is None:
        return
    if relation.holds:
        raise _fault(
            path,
            f"l’écart déclaré «\u00a0{relation.name}\u00a0» n’en est pas un ({shown})",
            f"the declared mismatch “{relation.name}” holds in fact ({shown})",
        )
    off = (abs(mismatch.printed - relation.printed), abs(mismatch.recomputed - relation.recomputed))
    if max(off) > _DECLARED:
        raise _fault(
            path,
            f"l’écart «\u00a0{relation.name}\u00a0» déclare d’autres chiffres que ceux calculés ({shown})",
            f"mismatch “{relation.name}” declares other figures than those computed ({shown})",
        )


def _description(path: Path) -> PublishedTable:
    """One description file."""
    table = validated(PublishedTable, toml_file(path), _REFUSED, "docs/data.md", path)
    if table.id != path.stem:
        raise _fault(path, f"l’identifiant «\u00a0{table.id}\u00a0» n’est pas le nom du fichier",
                     f"id “{table.id}” is not the file’s name")  # fmt: skip
    return table


def _text_table(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """A CSV read as text, its header checked; an empty field is an empty text."""
    try:
        frame = pl.read_csv(path, infer_schema=False).fill_null("")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _fault(path, f"fichier illisible\u202f: {error}", f"unreadable file: {error}") from error
    if tuple(frame.columns) != columns:
        expected = ",".join(columns)
        raise _fault(path, f"en-tête attendu\u202f: {expected}", f"expected header: {expected}", row=1)
    return frame


def _check_line(path: Path, number: int, line: dict[str, str]) -> None:
    """Refuse a line whose keys, number or unit are malformed, or an empty cell without its printed mark."""
    for name in ("row_id", "column_id"):
        if not _SLUG.fullmatch(line[name]):
            raise _fault(path, "identifiant malformé", "malformed id", row=number, column=name, value=line[name])
    if line["unit"] not in _UNITS:
        raise _fault(path, "unité inconnue", "unknown unit", row=number, column="unit", value=line["unit"])
    if line["value"] and not _NUMBER.fullmatch(line["value"]):
        raise _fault(path, "nombre attendu", "a number is expected", row=number, column="value", value=line["value"])
    if not line["value"] and not line["note_fr"]:
        raise _fault(path, "cellule vide sans la marque imprimée", "empty cell without its printed mark", row=number)


def _key(line: dict[str, str]) -> str:
    """A cell's name for a message."""
    return " × ".join(line[name] for name in ("row_id", "column_id", "period") if line.get(name))


def _toml(table_id: str) -> Path:
    """The description file of a table."""
    return _FOLDER / f"{table_id}.toml"


def _fault(
    path: Path, fr: str, en: str, *, row: int | None = None, column: str | None = None, value: object = None
) -> InputError:
    """A fault in a transcribed file."""
    return InputError(
        f"{fr}.",
        f"{en}.",
        remedy_fr="Relire le tableau dans le document, corriger la transcription ou déclarer l’écart.",
        remedy_en="Read the table in the document again, mend the transcription or declare the mismatch.",
        where=Where(file=path, row=row, column=column, value=value),
    )
