"""What an ODSQL clause means once read: a tree of expressions, filters, columns and orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Name:
    """A field, or the label of a column."""

    name: str


@dataclass(frozen=True)
class Value:
    """A literal. ``precision`` is that of a date: year, month, day or second."""

    value: str | int | float | bool | datetime | None
    precision: str = ""


@dataclass(frozen=True)
class Star:
    """``*``."""


@dataclass(frozen=True)
class Call:
    """A function of expressions; ``distinct`` for ``count(distinct field)``."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False


@dataclass(frozen=True)
class Arithmetic:
    """``left sign right``."""

    sign: str
    left: Expression
    right: Expression


Expression = Name | Value | Star | Call | Arithmetic


@dataclass(frozen=True)
class Comparison:
    """``left sign right``, sign being one of = != < <= > >=."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Like:
    """The field holds every word of the text."""

    field: Expression
    text: str


@dataclass(frozen=True)
class Among:
    """The field is one of the values."""

    field: Expression
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Between:
    """The field is in an interval, each end closed or not."""

    field: Expression
    low: Value
    high: Value
    closed_low: bool
    closed_high: bool


@dataclass(frozen=True)
class IsNull:
    """The field has no value."""

    field: Expression


@dataclass(frozen=True)
class IsTrue:
    """The field is true (or false)."""

    field: Expression
    wanted: bool = True


@dataclass(frozen=True)
class Search:
    """Words looked for in fields (in every text when there are none); ``begins`` for a text that begins so."""

    text: str
    fields: tuple[Name, ...] = ()
    begins: bool = False


@dataclass(frozen=True)
class Not:
    """The contrary."""

    filter: Filter


@dataclass(frozen=True)
class Both:
    """All of the filters."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True)
class Either:
    """One of the filters."""

    filters: tuple[Filter, ...]


Filter = Comparison | Like | Among | Between | IsNull | IsTrue | Search | Not | Both | Either


@dataclass(frozen=True)
class Column:
    """A column asked for: an expression and the key under which it is answered."""

    expression: Expression
    label: str


@dataclass(frozen=True)
class Order:
    """A term of the order."""

    expression: Expression
    descending: bool
