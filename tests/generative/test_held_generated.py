"""Rows held in memory against the table that they were taken from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.editions.held import Filed, Held

KEYS = {("commune", "01001"): 0, ("commune", "2A004"): 1, ("departement", "33"): 2, ("france", "FR"): 3}
SCHEMA = {
    "level": pl.String, "code": pl.String, "word": pl.String, "whole": pl.Int64, "real": pl.Float64,
    "small": pl.Float32, "yes": pl.Boolean,
}  # fmt: skip

rows = st.tuples(
    st.sampled_from([*KEYS, ("commune", "99999")]),
    st.one_of(st.none(), st.sampled_from(["ok", "", "missing", "été"])),
    st.one_of(st.none(), st.integers(-(2**62), 2**62), st.integers(-100, 100)),
    st.one_of(st.none(), st.floats(allow_nan=False)),
    st.one_of(st.none(), st.floats(allow_nan=False, width=32)),
    st.one_of(st.none(), st.booleans()),
)


@settings(max_examples=60)
@given(st.lists(rows, max_size=30))
def test_rows_held_are_those_of_the_table_in_their_order(drawn: list[tuple[object, ...]]) -> None:
    table = pl.DataFrame([(*key, *rest) for key, *rest in drawn], SCHEMA, orient="row")  # type: ignore[misc]
    held = Held.of_table(table, KEYS)
    for key in KEYS:
        assert held.rows(*key) == [tuple(rest) for own, *rest in drawn if own == key]
    assert held.rows("commune", "99999") == []


FILED = ["level", "code", "word", "real"]


@settings(max_examples=40)
@given(st.lists(rows, max_size=30))
def test_rows_filed_are_those_of_the_file_in_their_order(drawn: list[tuple[object, ...]]) -> None:
    table = pl.DataFrame([(*key, *rest) for key, *rest in drawn], SCHEMA, orient="row")  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        table.select(FILED).write_parquet(path)
        filed = Filed(path, ["word", "real"], KEYS)
    for key in KEYS:
        assert filed.rows(*key) == [(rest[0], rest[2]) for own, *rest in drawn if own == key]
    assert filed.rows("commune", "99999") == []
    filed.close()
