"""Fuzzed tables: a matrix or a graph is read, or refused with a message in both languages; nothing else escapes."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.access.roads import graph
from vigie.access.travel import from_table, to_table
from vigie.errors import InputError

ids = st.one_of(st.sampled_from(["a", "b", "x", ""]), st.none(), st.sampled_from(["é", " a", "NaN", "0"]))
minutes = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)), max_size=6),
    st.lists(st.one_of(st.none(), st.sampled_from(["5", "5,5", "dix", "-1", "", "1e3"])), max_size=6),
    st.lists(st.integers(-3, 60), max_size=6),
)
columns = st.sampled_from([("place", "site", "minutes"), ("from", "to", "minutes"), ("place", "minutes", "site")])


@st.composite
def tables(draw):
    times = draw(minutes)
    names = draw(columns)
    ends = [draw(st.lists(ids, min_size=len(times), max_size=len(times))) for _ in range(2)]
    return pl.DataFrame(
        {
            names[0]: pl.Series(ends[0], dtype=pl.Utf8),
            names[1]: pl.Series(ends[1], dtype=pl.Utf8),
            names[2]: pl.Series(times, dtype=None if times else pl.Float64),
        }
    )


@settings(max_examples=100, deadline=None)
@given(tables())
def test_a_matrix_is_read_or_refused_in_words(table):
    try:
        travel = from_table(table, ["a", "b"], ["x"], limit=30)
    except InputError as error:
        assert error.message("fr") and error.message("en")
    else:
        kept = to_table(travel)
        assert kept.height <= table.height
        assert kept["minutes"].is_between(0, 30).all()


@settings(max_examples=100, deadline=None)
@given(tables())
def test_a_graph_is_read_or_refused_in_words(table):
    try:
        road = graph(table)
    except InputError as error:
        assert error.message("fr") and error.message("en")
    else:
        assert road.indptr[-1] == road.heads.size == table.height
