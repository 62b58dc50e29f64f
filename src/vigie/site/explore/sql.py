"""ODSQL into DuckDB: what a client writes ends as parameters and as places of columns, never as text of the SQL.

The text of a query is made of our own expressions (those of the data set's fields), of the words of this file and of
``?``. Labels stay with us: columns are named by their place and given their label when the answer is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from vigie.site.explore import odsql
from vigie.site.explore.syntax import (
    Among,
    Arithmetic,
    Between,
    Both,
    Call,
    Column,
    Comparison,
    Either,
    Expression,
    Filter,
    IsNull,
    IsTrue,
    Like,
    Name,
    Not,
    Order,
    Search,
    Star,
    Value,
)
from vigie.site.explore.tokens import OdsqlError, moment

Type = Literal["text", "int", "double", "date", "boolean"]

_AGGREGATES = {"count", "sum", "avg", "min", "max", "median", "percentile"}
_NUMBERS = ("int", "double")
_PARTS = ("year", "month", "day")


@dataclass(frozen=True)
class Field:
    """A field of a data set: its name, its type, and the SQL expression of ours that gives it."""

    name: str
    type: Type
    sql: str


@dataclass(frozen=True)
class Piece:
    """A piece of SQL with its parameters and the type of what it gives."""

    sql: str
    parameters: tuple[object, ...]
    type: Type


@dataclass(frozen=True)
class Query:
    """A whole query: its text, its parameters, and the label and type of each of its columns, in order."""

    sql: str
    parameters: tuple[object, ...]
    columns: tuple[tuple[str, Type], ...]
    counting: str
    counted: tuple[object, ...]


@dataclass(frozen=True)
class Clauses:
    """What a client asks of a data set. Pairs of ``refine`` and ``exclude`` are a field and a value."""

    select: str = ""
    where: str = ""
    group_by: str = ""
    order_by: str = ""
    refine: Sequence[tuple[str, str]] = field(default=())
    exclude: Sequence[tuple[str, str]] = field(default=())


def query(
    source: str, parameters: Sequence[object], fields: Mapping[str, Field], clauses: Clauses, natural: str
) -> Query:
    """The query of ``clauses`` on ``source``, an expression of ours with its parameters.

    ``natural`` is the order of a data set for which none is asked, empty where it is that of its table. Raises
    OdsqlError for a clause that does not hold.
    """
    compiler = _Compiler(fields)
    groups = [(one.label, compiler.scalar(one.expression)) for one in _columns(odsql.group_by, clauses.group_by)]
    asked = _columns(odsql.select, clauses.select)
    whole = bool(groups) or any(_aggregates(one.expression) for one in asked)
    columns = compiler.grouped(groups, asked) if whole else compiler.plain(asked)
    filters = compiler.filters(clauses)
    grouping = f" GROUP BY {', '.join(str(place + 1) for place in range(len(groups)))}" if groups else ""
    orders = compiler.orders(_orders(clauses.order_by), columns, whole)
    order = _order(orders, natural, whole, len(groups))
    selected = ", ".join(f"{piece.sql} AS c{place}" for place, (_, piece) in enumerate(columns))
    given = tuple(value for _, piece in columns for value in piece.parameters)
    where = f" WHERE {filters.sql}" if filters.sql else ""
    body = f"SELECT {selected} FROM {source}{where}{grouping}"
    values = (*given, *parameters, *filters.parameters)
    counting = f"SELECT count(*) FROM ({body})" if whole else f"SELECT count(*) FROM {source}{where}"
    return Query(
        sql=body + order,
        parameters=(*values, *(value for piece, _ in orders for value in piece.parameters)),
        columns=tuple((label, piece.type) for label, piece in columns),
        counting=counting,
        counted=values if whole else (*parameters, *filters.parameters),
    )


def _columns(read: Callable[[str], list[Column]], text: str) -> list[Column]:
    return read(text) if text.strip() else []


def _orders(text: str) -> list[Order]:
    return odsql.order_by(text) if text.strip() else []


def _order(orders: Sequence[tuple[Piece, bool]], natural: str, whole: bool, groups: int) -> str:
    terms = [f"{piece.sql} {'DESC' if descending else 'ASC'} NULLS LAST" for piece, descending in orders]
    # Whatever is asked, ties have one order: pages follow each other.
    terms += [str(place + 1) for place in range(groups)] if whole else [natural] if natural else []
    return f" ORDER BY {', '.join(terms)}" if terms and (groups or not whole) else ""


def _aggregates(expression: Expression) -> bool:
    if isinstance(expression, Call):
        return expression.name in _AGGREGATES or any(_aggregates(one) for one in expression.arguments)
    if isinstance(expression, Arithmetic):
        return _aggregates(expression.left) or _aggregates(expression.right)
    return False


class _Compiler:
    """Turns trees into SQL over the fields of one data set."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields

    # Columns and orders -------------------------------------------------------------------------------------------

    def plain(self, asked: Sequence[Column]) -> list[tuple[str, Piece]]:
        columns: list[tuple[str, Piece]] = []
        for one in asked or [Column(Star(), "*")]:
            if isinstance(one.expression, Star):
                columns += [(field.name, self._field(field.name)) for field in self._fields.values()]
            elif isinstance(one.expression, Call) and one.expression.name in ("include", "exclude"):
                columns += self._included(one.expression)
            else:
                columns.append((one.label, self.scalar(one.expression)))
        return _distinct(columns)

    def _included(self, call: Call) -> list[tuple[str, Piece]]:
        names = {one.name for one in call.arguments if isinstance(one, Name)}
        for name in names:
            self._field(name)
        wanted = call.name == "include"
        return [(name, self._field(name)) for name in self._fields if (name in names) == wanted]

    def grouped(self, groups: Sequence[tuple[str, Piece]], asked: Sequence[Column]) -> list[tuple[str, Piece]]:
        own = {piece.sql: label for label, piece in groups}
        columns = list(groups)
        for one in asked:
            if isinstance(one.expression, Star):
                continue
            if _aggregates(one.expression):
                columns.append((one.label, self._expression(one.expression, aggregates=True)))
                continue
            piece = self.scalar(one.expression)
            if piece.sql not in own and one.label not in dict(groups):
                raise OdsqlError(f"ODSQL query is malformed: {one.label} must be in group_by.")
            columns = [(one.label if own.get(piece.sql) == label else label, group) for label, group in columns]
        return _distinct(columns)

    def orders(
        self, asked: Sequence[Order], columns: Sequence[tuple[str, Piece]], whole: bool
    ) -> list[tuple[Piece, bool]]:
        places = {label: Piece(str(place + 1), (), piece.type) for place, (label, piece) in enumerate(columns)}
        found = []
        for one in asked:
            if isinstance(one.expression, Name) and one.expression.name in places:
                piece = places[one.expression.name]
            elif isinstance(one.expression, Value):
                raise OdsqlError("ODSQL query is malformed: order_by takes a field, a label or an aggregation.")
            else:
                piece = self._expression(one.expression, aggregates=whole)
                if whole and not _aggregates(one.expression) and piece.sql not in {own.sql for _, own in columns}:
                    raise OdsqlError("ODSQL query is malformed: order_by must be in group_by or an aggregation.")
            found.append((piece, one.descending))
        return found

    # Filters ------------------------------------------------------------------------------------------------------

    def filters(self, clauses: Clauses) -> Piece:
        pieces = [self.filter(odsql.where(clauses.where))] if clauses.where.strip() else []
        pieces += [self._refined(name, value) for name, value in clauses.refine]
        pieces += [_not(self._refined(name, value)) for name, value in clauses.exclude]
        return _joined("AND", pieces)

    def filter(self, one: Filter) -> Piece:
        match one:
            case Comparison():
                return self._comparison(one)
            case Like(field, text):
                return self._contains([self._text(field)], text)
            case Among(field, values):
                return _joined("OR", [self._comparison(Comparison("=", field, value)) for value in values])
            case Between():
                return self._between(one)
            case IsNull(field):
                piece = self.scalar(field)
                return Piece(f"{piece.sql} IS NULL", piece.parameters, "boolean")
            case IsTrue(field, wanted):
                piece = self.scalar(field)
                if piece.type != "boolean":
                    raise OdsqlError("ODSQL query is malformed: the field is not a boolean.")
                return Piece(f"{piece.sql} IS {'TRUE' if wanted else 'FALSE'}", piece.parameters, "boolean")
            case Search():
                return self._search(one)
            case Not(inner):
                return _not(self.filter(inner))
            case Both(filters):
                return _joined("AND", [self.filter(inner) for inner in filters])
            case Either(filters):
                return _joined("OR", [self.filter(inner) for inner in filters])

    def _comparison(self, one: Comparison) -> Piece:
        left, right = one.left, one.right
        if isinstance(left, Value) and not isinstance(right, Value):
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            left, right = right, left
            one = Comparison(mirrored.get(one.sign, one.sign), left, right)
        piece = self.scalar(left)
        if isinstance(right, Value):
            if right.value is None:
                raise OdsqlError("ODSQL query is malformed: compare with null by “is null”.")
            if piece.type == "date":
                return _dated(piece, one.sign, right)
            bound = _bound(piece.type, right)
            return Piece(f"{piece.sql} {one.sign} {bound.sql}", (*piece.parameters, *bound.parameters), "boolean")
        other = self.scalar(right)
        if piece.type != other.type and not {piece.type, other.type} <= set(_NUMBERS):
            raise OdsqlError("ODSQL query is malformed: two types that do not compare.")
        return Piece(f"{piece.sql} {one.sign} {other.sql}", (*piece.parameters, *other.parameters), "boolean")

    def _between(self, one: Between) -> Piece:
        low = Comparison(">=" if one.closed_low else ">", one.field, one.low)
        high = Comparison("<=" if one.closed_high else "<", one.field, one.high)
        return _joined("AND", [self._comparison(low), self._comparison(high)])

    def _search(self, one: Search) -> Piece:
        names = [field.name for field in one.fields] or [f.name for f in self._fields.values() if f.type == "text"]
        texts = [self._text(Name(name)) for name in names]
        if one.begins:
            begun = f"starts_with({{}}, {_fold('?')})"
            found = [
                Piece(begun.format(_fold(one_of.sql)), (*one_of.parameters, one.text), "boolean") for one_of in texts
            ]
            return _joined("OR", found)
        return self._contains(texts, one.text)

    def _contains(self, texts: Sequence[Piece], words: str) -> Piece:
        """Every word is in one of the texts, whatever its accents and case."""
        pieces = []
        for word in words.split():
            bare = word.strip("*%")
            held = [
                Piece(f"contains({_fold(text.sql)}, {_fold('?')})", (*text.parameters, bare), "boolean")
                for text in texts
            ]
            pieces.append(_joined("OR", held))
        return _joined("AND", pieces) if pieces else Piece("TRUE", (), "boolean")

    def _refined(self, name: str, value: str) -> Piece:
        piece = self._field(name)
        if piece.type == "date":
            return _dated(piece, "=", Value(*moment(value)))
        bound = _bound(piece.type, Value(value))
        # A record without value is not one that a value refines, nor one that it excludes.
        return Piece(
            f"({piece.sql} IS NOT DISTINCT FROM {bound.sql})", (*piece.parameters, *bound.parameters), "boolean"
        )

    # Expressions --------------------------------------------------------------------------------------------------

    def scalar(self, expression: Expression) -> Piece:
        """An expression of one record."""
        return self._expression(expression, aggregates=False)

    def _expression(self, expression: Expression, aggregates: bool) -> Piece:
        match expression:
            case Name(name):
                return self._field(name)
            case Value():
                return _literal(expression)
            case Star():
                raise OdsqlError("ODSQL query is malformed: * is for select and count.")
            case Arithmetic(sign, left, right):
                pieces = [self._expression(one, aggregates) for one in (left, right)]
                if any(piece.type not in _NUMBERS for piece in pieces):
                    raise OdsqlError("ODSQL query is malformed: arithmetic is for numbers.")
                first, second = pieces
                given = (*first.parameters, *second.parameters)
                if sign == "/":
                    return Piece(f"({first.sql} / nullif({second.sql}, 0)::DOUBLE)", given, "double")
                return Piece(f"({first.sql}::DOUBLE {sign} {second.sql}::DOUBLE)", given, "double")
            case Call(name):
                return (self._aggregate if aggregates and name in _AGGREGATES else self._function)(expression)

    def _function(self, call: Call) -> Piece:
        if call.name in _AGGREGATES:
            raise OdsqlError(f"ODSQL query is malformed: {call.name}() is for select and order_by.")
        if call.name not in (*_PARTS, "length", "lower", "upper") or len(call.arguments) != 1:
            raise OdsqlError(f"ODSQL query is malformed: invalid function {call.name[:30]}().")
        piece = self.scalar(call.arguments[0])
        if call.name in _PARTS:
            if piece.type != "date":
                raise OdsqlError(f"ODSQL query is malformed: {call.name}() takes a date.")
            return Piece(f"{call.name}({piece.sql})", piece.parameters, "int")
        if piece.type != "text":
            raise OdsqlError(f"ODSQL query is malformed: {call.name}() takes a text.")
        return Piece(f"{call.name}({piece.sql})", piece.parameters, "int" if call.name == "length" else "text")

    def _aggregate(self, call: Call) -> Piece:
        if call.name == "count":
            return self._count(call)
        wanted = 2 if call.name == "percentile" else 1
        if len(call.arguments) != wanted or call.distinct:
            raise OdsqlError(f"ODSQL query is malformed: {call.name}() takes {wanted} argument(s).")
        piece = self.scalar(call.arguments[0])
        if piece.type not in _NUMBERS and not (call.name in ("min", "max") and piece.type == "date"):
            raise OdsqlError(f"ODSQL query is malformed: {call.name}() takes a number.")
        if call.name == "percentile":
            return Piece(f"quantile_cont({piece.sql}, {_share(call.arguments[1])!r})", piece.parameters, "double")
        kind: Type = piece.type if call.name in ("min", "max") else "double"
        return Piece(f"{call.name}({piece.sql})", piece.parameters, kind)

    def _count(self, call: Call) -> Piece:
        if len(call.arguments) != 1:
            raise OdsqlError("ODSQL query is malformed: count() takes one argument.")
        if isinstance(call.arguments[0], Star):
            return Piece("count(*)", (), "int")
        piece = self.scalar(call.arguments[0])
        return Piece(f"count({'DISTINCT ' if call.distinct else ''}{piece.sql})", piece.parameters, "int")

    def _text(self, expression: Expression) -> Piece:
        piece = self.scalar(expression)
        if piece.type != "text":
            raise OdsqlError("ODSQL query is malformed: words are looked for in a text.")
        return piece

    def _field(self, name: str) -> Piece:
        found = self._fields.get(name)
        if found is None:
            raise OdsqlError(f"ODSQL query is malformed: Unknown field: {name[:60]}.")
        return Piece(found.sql, (), found.type)


def _fold(sql: str) -> str:
    return f"strip_accents(lower({sql}))"


def _literal(value: Value) -> Piece:
    match value.value:
        case bool():
            return Piece("?", (value.value,), "boolean")
        case int() | float():
            return Piece("?::DOUBLE", (float(value.value),), "double")
        case datetime():
            return Piece("?::TIMESTAMP", (value.value,), "date")
        case str():
            return Piece("?::VARCHAR", (value.value,), "text")
        case None:
            raise OdsqlError("ODSQL query is malformed: null is for “is null”.")


def _bound(kind: Type, value: Value) -> Piece:
    """A literal as the field that it is compared with has it: clients write numbers in quotes and codes without."""
    content = value.value
    if kind in _NUMBERS:
        try:
            return Piece("?::DOUBLE", (float(str(content)),), "double")
        except ValueError:
            raise OdsqlError("ODSQL query is malformed: expected a number.") from None
    if kind == "boolean":
        if str(content).lower() not in ("true", "false"):
            raise OdsqlError("ODSQL query is malformed: expected true or false.")
        return Piece("?::BOOLEAN", (str(content).lower() == "true",), "boolean")
    if isinstance(content, datetime):
        raise OdsqlError("ODSQL query is malformed: the field is not a date.")
    return Piece("?::VARCHAR", (str(content),), "text")


def _dated(piece: Piece, sign: str, value: Value) -> Piece:
    """A date compared: ``= date'2022'`` is the whole year, ``> date'2022'`` what comes after it."""
    if isinstance(value.value, datetime):
        start, precision = value.value, value.precision
    else:
        start, precision = moment(str(value.value))
    end = _after(start, precision)
    inside = Piece(
        f"({piece.sql} >= ?::TIMESTAMP AND {piece.sql} < ?::TIMESTAMP)",
        (*piece.parameters, start, *piece.parameters, end),
        "boolean",
    )
    if sign == "=":
        return inside
    if sign == "!=":
        return _not(inside)
    at = start if sign in ("<", ">=") else end
    return Piece(f"{piece.sql} {'<' if sign in ('<', '<=') else '>='} ?::TIMESTAMP", (*piece.parameters, at), "boolean")


def _after(start: datetime, precision: str) -> datetime:
    """The first instant after the year, month, day or second that begins at ``start``."""
    try:
        if precision == "year":
            return start.replace(year=start.year + 1)
        if precision == "month":
            return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        return start + (timedelta(days=1) if precision == "day" else timedelta(seconds=1))
    except (ValueError, OverflowError):
        raise OdsqlError("ODSQL query is malformed: not a date.") from None


def _share(expression: Expression) -> float:
    value = expression.value if isinstance(expression, Value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise OdsqlError("ODSQL query is malformed: a percentile is a number from 0 to 100.")
    return float(value) / 100


def _not(piece: Piece) -> Piece:
    # What is unknown does not match, and neither does it not match.
    return Piece(f"(NOT {piece.sql})", piece.parameters, "boolean")


def _joined(word: str, pieces: Sequence[Piece]) -> Piece:
    if not pieces:
        return Piece("", (), "boolean")
    sql = f" {word} ".join(piece.sql for piece in pieces)
    return Piece(f"({sql})", tuple(value for piece in pieces for value in piece.parameters), "boolean")


def _distinct(columns: Sequence[tuple[str, Piece]]) -> list[tuple[str, Piece]]:
    """The columns, each label once: the last one asked under a label is kept, at the place of the first."""
    return list(dict(columns).items())
