"""ODSQL cut into tokens: words, quoted fields, strings, numbers, dates, signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["word", "field", "string", "number", "date", "sign", "end"]
MOST_TOKENS = 500

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<date>date\s*'[^']*')
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<field>`(?:[^`\\]|\\.)*`)
  | (?P<number>\d+(?:\.\d+)?(?![\w]))
  | (?P<word>[^\W\d]\w*)
  | (?P<sign>\.\.|>=|<=|!=|<>|[=:<>,()\[\]*+\-/])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DATE = re.compile(
    r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)


class OdsqlError(ValueError):
    """A clause that cannot be read or asks for what is not served; the message is for the client."""


@dataclass(frozen=True)
class Token:
    """A token: its kind, its value, and where it begins in the clause."""

    kind: Kind
    value: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a clause, an ``end`` last. Raises OdsqlError at the first character that begins none."""
    found: list[Token] = []
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise OdsqlError(f"ODSQL query is malformed: unexpected character at {place}.")
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        found.append(Token(kind, _value(kind, match[kind]), match.start(kind), match.end()))
        place = match.end()
        if len(found) > MOST_TOKENS:
            raise OdsqlError(f"ODSQL query is too long: more than {MOST_TOKENS} words and signs.")
    return [*found, Token("end", "", len(text), len(text))]


def _value(kind: Kind, text: str) -> str:
    if kind in ("string", "field"):
        return _ESCAPED.sub(r"\1", text[1:-1])
    if kind == "date":
        return text[text.index("'") + 1 : -1]
    return text


def moment(text: str) -> tuple[datetime, str]:
    """The first instant of an ISO or ``YYYY/MM/DD`` date, and its precision: year, month, day or second."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise OdsqlError("ODSQL query is malformed: not a date.")
    year, month, day, hour, minute, second = found.groups()
    precision = "second" if hour else "day" if day else "month" if month else "year"
    try:
        start = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        raise OdsqlError("ODSQL query is malformed: not a date.") from None
    return start, precision
