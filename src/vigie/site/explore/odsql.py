"""The clauses of ODSQL, the query language of the Opendatasoft Explore API v2.1, read by recursive descent.

The subset served: comparisons, ``and or not``, ``in`` (lists and intervals), ``like``, ``is null``, dates, searches,
arithmetic, scalar functions and aggregations; not geometry, ``range`` nor ``date_format``. Keywords are those of the
published language (help.opendatasoft.com, Explore API v2.1, ODSQL); they take either case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

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
from vigie.site.explore.tokens import OdsqlError, Token, moment, tokens

DEEPEST = 30
_DIGITS = 15  # beyond them a whole number is no longer exact
SEARCHES = {"search": False, "suggest": False, "startswith": True}
_COMPARISONS = {"=": "=", ":": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KEYWORDS = {"and", "or", "not", "in", "like", "is", "null", "true", "false", "as", "asc", "desc", "to"}
_LABEL = re.compile(r"[^\W\d]\w{0,60}")

T = TypeVar("T")


def where(text: str) -> Filter:
    """The filter of a ``where`` clause. Raises OdsqlError with what is wrong."""
    parser = _Parser(text)
    return parser.whole(parser.filter)


def select(text: str) -> list[Column]:
    """The columns of a ``select`` clause, in order."""
    parser = _Parser(text)
    return parser.whole(lambda: parser.listed(parser.column))


def group_by(text: str) -> list[Column]:
    """The columns of a ``group_by`` clause."""
    return select(text)


def order_by(text: str) -> list[Order]:
    """The terms of an ``order_by`` clause; ``-field`` is ``field desc``."""
    parser = _Parser(text)
    return parser.whole(lambda: parser.listed(parser.order))


class _Parser:
    """The tokens of one clause and how far they are read."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._place, self._depth = text, tokens(text), 0, 0

    # Clauses ------------------------------------------------------------------------------------------------------

    def whole(self, read: Callable[[], T]) -> T:
        """What ``read`` gives, when nothing follows it."""
        found = read()
        if self._next.kind != "end":
            raise self._unexpected()
        return found

    def listed(self, read: Callable[[], T]) -> list[T]:
        found = [read()]
        while self._sign(","):
            found.append(read())
        return found

    def column(self) -> Column:
        start = self._next.start
        expression = self.expression()
        label = re.sub(r"\s+", "", self._text[start : self._last.end])
        if isinstance(expression, Name):
            label = expression.name
        if self._word("as"):
            label = self._name("a label").name
            if not _LABEL.fullmatch(label):
                raise OdsqlError("ODSQL query is malformed: a label is letters, digits and underscores.")
        return Column(expression, label)

    def order(self) -> Order:
        minus = self._sign("-")
        expression = self.expression()
        descending = self._word("desc")
        if not descending:
            self._word("asc")
        return Order(expression, descending != minus)

    # Filters ------------------------------------------------------------------------------------------------------

    def filter(self) -> Filter:
        return self._nested(self._either)

    def _either(self) -> Filter:
        filters = [self._both()]
        while self._word("or"):
            filters.append(self._both())
        return filters[0] if len(filters) == 1 else Either(tuple(filters))

    def _both(self) -> Filter:
        filters = [self._not()]
        while self._word("and"):
            filters.append(self._not())
        return filters[0] if len(filters) == 1 else Both(tuple(filters))

    def _not(self) -> Filter:
        if self._word("not"):
            return Not(self._nested(self._not))
        return self._grouped() or self._search() or self._condition()

    def _grouped(self) -> Filter | None:
        """A filter in parentheses; None where they hold an expression, as in ``(a + b) > 2``."""
        if not self._opens() or self._goes_on(self._closing()):
            return None
        self._expect("(")
        found = self.filter()
        self._expect(")")
        return found

    def _opens(self) -> bool:
        return self._next.kind == "sign" and self._next.value == "("

    def _closing(self) -> int:
        """Where the parenthesis that opens here is closed."""
        depth = 0
        for place in range(self._place, len(self._tokens)):
            token = self._tokens[place]
            depth += (token.kind == "sign") * ((token.value == "(") - (token.value == ")"))
            if depth == 0:
                return place
        return len(self._tokens) - 1

    def _goes_on(self, closing: int) -> bool:
        """Whether an expression closed there goes on: a sign, or a word that tells what is asked of it."""
        after = self._tokens[min(closing + 1, len(self._tokens) - 1)]
        if after.kind == "sign":
            return after.value in _COMPARISONS or after.value in "+-*/"
        return after.kind == "word" and after.value.lower() in ("like", "in", "is", "not")

    def _search(self) -> Filter | None:
        token = self._next
        if token.kind == "string" and self._after.value.lower() in ("", "and", "or", ")"):
            self._take()
            return Search(token.value)
        if token.kind == "word" and token.value.lower() in SEARCHES and self._after.value == "(":
            return self._search_call(SEARCHES[token.value.lower()])
        return None

    def _search_call(self, begins: bool) -> Search:
        self._take()
        self._expect("(")
        fields: list[Name] = []
        while self._next.kind != "string":
            if not self._sign("*"):
                fields.append(self._name("a field"))
            self._expect(",")
        text = self._take().value
        self._expect(")")
        return Search(text, tuple(fields), begins)

    def _condition(self) -> Filter:
        left = self.expression()
        token = self._next
        if token.kind == "sign" and token.value in _COMPARISONS:
            self._take()
            if token.value == ":" and self._next.value in ("[", "]"):
                return self._interval(left)
            return Comparison(_COMPARISONS[token.value], left, self.expression())
        negated = self._word("not")
        found = self._worded(left)
        if found is None:
            if negated or not isinstance(left, Name):
                raise self._unexpected()
            return IsTrue(left)
        return Not(found) if negated else found

    def _worded(self, left: Expression) -> Filter | None:
        if self._word("like"):
            return Like(left, self._string())
        if self._word("in"):
            return self._members(left) if self._next.value == "(" else self._interval(left)
        if self._word("is"):
            negated = self._word("not")
            if self._word("null"):
                found: Filter = IsNull(left)
            elif self._next.value.lower() in ("true", "false"):
                found = IsTrue(left, self._take().value.lower() == "true")
            else:
                raise self._unexpected()
            return Not(found) if negated else found
        return None

    def _members(self, left: Expression) -> Among:
        self._expect("(")
        values = self.listed(self._literal)
        self._expect(")")
        return Among(left, tuple(values))

    def _interval(self, left: Expression) -> Between:
        opening = self._bracket()
        low = self._literal()
        if not (self._sign("..") or self._word("to")):
            raise self._unexpected()
        high = self._literal()
        return Between(left, low, high, opening == "[", self._bracket() == "]")

    def _bracket(self) -> str:
        if self._next.value not in ("[", "]"):
            raise self._unexpected()
        return self._take().value

    # Expressions --------------------------------------------------------------------------------------------------

    def expression(self) -> Expression:
        return self._nested(self._sum)

    def _sum(self) -> Expression:
        left = self._product()
        while self._next.kind == "sign" and self._next.value in "+-":
            left = Arithmetic(self._take().value, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._atom()
        while self._next.kind == "sign" and self._next.value in "*/":
            left = Arithmetic(self._take().value, left, self._atom())
        return left

    def _atom(self) -> Expression:
        token = self._next
        if self._sign("*"):
            return Star()
        if self._sign("("):
            inner = self.expression()
            self._expect(")")
            return inner
        if token.kind in ("string", "number", "date") or token.value == "-" or self._is("true", "false", "null"):
            return self._literal()
        if token.kind == "word" and self._after.value == "(":
            return self._call()
        return self._name("a field")

    def _call(self) -> Call:
        name = self._take().value.lower()
        self._expect("(")
        if self._sign(")"):
            return Call(name, ())
        distinct = self._word("distinct")
        arguments = self.listed(self.expression)
        self._expect(")")
        return Call(name, tuple(arguments), distinct)

    def _literal(self) -> Value:
        minus = self._sign("-")
        token = self._take()
        if token.kind == "number":
            number = float(token.value) if "." in token.value or len(token.value) > _DIGITS else int(token.value)
            return Value(-number if minus else number)
        if minus:
            raise self._unexpected(token)
        if token.kind == "string":
            return Value(token.value)
        if token.kind == "date":
            return Value(*moment(token.value))
        if token.kind == "word" and token.value.lower() in ("true", "false", "null"):
            return Value({"true": True, "false": False}.get(token.value.lower()))
        raise self._unexpected(token)

    def _name(self, what: str) -> Name:
        token = self._take()
        if token.kind == "field" or (token.kind == "word" and token.value.lower() not in _KEYWORDS):
            return Name(token.value)
        raise OdsqlError(f"ODSQL query is malformed: expected {what} at {token.start}.")

    def _string(self) -> str:
        token = self._take()
        if token.kind != "string":
            raise OdsqlError(f"ODSQL query is malformed: expected a text in quotes at {token.start}.")
        return token.value

    # Tokens -------------------------------------------------------------------------------------------------------

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    @property
    def _after(self) -> Token:
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    @property
    def _last(self) -> Token:
        return self._tokens[max(self._place - 1, 0)]

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._place += 1
        return token

    def _sign(self, sign: str) -> bool:
        found = self._next.kind == "sign" and self._next.value == sign
        self._place += found
        return found

    def _is(self, *words: str) -> bool:
        return self._next.kind == "word" and self._next.value.lower() in words

    def _word(self, word: str) -> bool:
        found = self._is(word)
        self._place += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise OdsqlError(f"ODSQL query is malformed: expected {sign} at {self._next.start}.")

    def _nested(self, read: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > DEEPEST:
            raise OdsqlError(f"ODSQL query is too deep: more than {DEEPEST} levels.")
        found = read()
        self._depth -= 1
        return found

    def _unexpected(self, token: Token | None = None) -> OdsqlError:
        token = token or self._next
        what = "the end" if token.kind == "end" else f"“{token.value[:30]}”"
        return OdsqlError(f"ODSQL query is malformed: unexpected {what} at {token.start}.")
