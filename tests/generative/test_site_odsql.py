"""Generated ODSQL filters: DuckDB keeps the records that a plain reading of the same filter in Python keeps."""

from __future__ import annotations

import unicodedata
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.site.explore.sql import Clauses, Field, query
from vigie.site.explore.tokens import OdsqlError

FIELDS = {name: Field(name, kind, f'"{name}"') for name, kind in (("nom", "text"), ("n", "int"), ("x", "double"))}
TEXTS = ["Rodez", "Saint-Émilion", "émile zola", "", "l'Isle", 'a "b"', "100%", "a_b\\c"]
NUMBERS = [-2, 0, 1, 3, 7.5]

texts, numbers = st.sampled_from(TEXTS), st.sampled_from(NUMBERS)
records = st.lists(
    st.fixed_dictionaries({"nom": st.none() | texts, "n": st.none() | st.integers(-3, 8), "x": st.none() | numbers}),
    max_size=6,
)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fold(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(one))


# A filter is its text and what it says of a record: True, False, or None where a value is absent.
def _compared(field: str, sign: str, value: Any) -> tuple[str, Any]:
    def says(record: dict[str, Any]) -> bool | None:
        own = record[field]
        if own is None:
            return None
        kinds = {"=": own == value, "!=": own != value}
        return (
            kinds[sign]
            if sign in kinds
            else {"<": own < value, "<=": own <= value, ">": own > value, ">=": own >= value}[sign]
        )

    written = quoted(value) if isinstance(value, str) else str(value)
    return f"{field} {sign} {written}", says


def _like(text: str) -> tuple[str, Any]:
    words = [fold(word.strip("*%")) for word in text.split()]

    def says(record: dict[str, Any]) -> bool | None:
        own = record["nom"]
        return True if not words else None if own is None else all(word in fold(own) for word in words)

    return f"nom like {quoted(text)}", says


def _among(values: list[Any]) -> tuple[str, Any]:
    return f"n in ({', '.join(map(str, values))})", lambda one: None if one["n"] is None else one["n"] in values


def _between(low: float, high: float, opened: bool) -> tuple[str, Any]:
    def says(record: dict[str, Any]) -> bool | None:
        own = record["x"]
        return None if own is None else (low < own < high if opened else low <= own <= high)

    return f"x in {']' if opened else '['}{low}..{high}{'[' if opened else ']'}", says


def _absent(field: str, negated: bool) -> tuple[str, Any]:
    return f"{field} is {'not ' if negated else ''}null", lambda one: (one[field] is None) != negated


def _both(first: Any, second: Any) -> tuple[str, Any]:
    def says(record: dict[str, Any]) -> bool | None:
        found = (first[1](record), second[1](record))
        return False if False in found else None if None in found else True

    return f"({first[0]}) and ({second[0]})", says


def _either(first: Any, second: Any) -> tuple[str, Any]:
    def says(record: dict[str, Any]) -> bool | None:
        found = (first[1](record), second[1](record))
        return True if True in found else None if None in found else False

    return f"({first[0]}) OR {second[0]}", says


def _not(one: Any) -> tuple[str, Any]:
    return f"not ({one[0]})", lambda record: None if one[1](record) is None else not one[1](record)


signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
leaves = st.one_of(
    st.builds(_compared, st.just("nom"), st.sampled_from(["=", "!="]), texts),
    st.builds(_compared, st.sampled_from(["n", "x"]), signs, numbers),
    st.builds(_like, texts),
    st.builds(_among, st.lists(st.integers(-3, 8), min_size=1, max_size=3)),
    st.builds(_between, numbers, numbers, st.booleans()),
    st.builds(_absent, st.sampled_from(["nom", "n", "x"]), st.booleans()),
)


def _combined(inner: Any) -> Any:
    return st.one_of(st.builds(_both, inner, inner), st.builds(_either, inner, inner), st.builds(_not, inner))


filters = st.recursive(leaves, _combined, max_leaves=6)


@pytest.fixture(scope="module")
def base() -> Any:
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE TABLE t (place INTEGER, nom VARCHAR, n BIGINT, x DOUBLE)")
    return connection


@settings(max_examples=150, deadline=None)
@given(found=records, filter_=filters)
def test_a_filter_keeps_what_its_plain_reading_keeps(base: Any, found: list[dict[str, Any]], filter_: Any) -> None:
    text, says = filter_
    base.execute("DELETE FROM t")
    for place, record in enumerate(found):
        base.execute("INSERT INTO t VALUES (?, ?, ?, ?)", [place, record["nom"], record["n"], record["x"]])
    asked = query("t", (), FIELDS, Clauses(where=text), "place")
    kept = base.execute(asked.sql, list(asked.parameters)).fetchall()
    assert kept == [(one["nom"], one["n"], one["x"]) for one in found if says(one) is True]
    assert base.execute(asked.counting, list(asked.counted)).fetchall() == [(len(kept),)]


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from("abn x=<>:'\"`()[]..,*+-/10 ORandnotlikeinisnull\\é\n"), max_size=60)
    | st.text(max_size=40),
    clause=st.sampled_from(["where", "select", "group_by", "order_by"]),
)
def test_any_text_is_a_query_or_is_refused_in_words(base: Any, text: str, clause: str) -> None:
    try:
        asked = query("t", (), FIELDS, Clauses(**{clause: text}), "place")
    except OdsqlError as fault:
        assert str(fault).startswith("ODSQL query is")
        return
    base.execute(asked.sql, list(asked.parameters)).fetchall()
    assert text.strip("` ") not in asked.sql or len(text.strip("` ")) < 6 or text.strip("` ") in FIELDS
