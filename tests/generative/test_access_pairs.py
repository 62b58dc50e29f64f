"""A table of pairs read in one compiled pass: what the plain way, column by column, reads; or nothing at all."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.access import travel
from vigie.access.pairs import in_one_pass
from vigie.access.travel import by_columns, from_table
from vigie.errors import InputError
from vigie.language import Text

LIMIT = 30.0
WORDS = Text("", "")
# Up to 12 bytes an id is held in its view, beyond it is not; ids that differ in one letter, at either end; accents.
IDS = ["a", "b", "01001", "01002", "11001", "é", "abcdefghijkl", "abcdefghijkm", "bbcdefghijkl", "abcdefghijk"]
LONG = ["abcdefghijklm", "abcdefghijkln"]


@st.composite
def tables(draw, times, strangers=()):
    """Known places and sites, and a table of pairs between them or ``strangers``, sorted by number or not."""
    places, sites = (np.array(draw(st.permutations(IDS))[: draw(st.integers(1, len(IDS)))]) for _ in range(2))
    one = st.tuples(*(st.sampled_from([*known.tolist(), *strangers]) for known in (places, sites)), times)
    pairs = draw(st.lists(one, min_size=1, max_size=60))
    if draw(st.booleans()):
        unique = {pair[:2]: pair for pair in pairs if pair[0] in places and pair[1] in sites}
        pairs = sorted(unique.values(), key=lambda pair: ([*places].index(pair[0]), [*sites].index(pair[1]))) or pairs
    frame = pl.DataFrame(pairs, schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64}, orient="row")
    # A part of a table, and a table in several pieces, are held otherwise than a table as made.
    before = frame.head(draw(st.integers(0, 3)))
    whole = pl.concat([before, frame, before], rechunk=draw(st.booleans()))
    return whole.slice(before.height, frame.height), places, sites


def read(frame, places, sites):
    """What the plain way reads, or None where it refuses."""
    try:
        return by_columns(frame, places, sites, LIMIT, WORDS)
    except InputError:
        return None


def in_order(frame, places, sites):
    numbers = [([*places].index(place), [*sites].index(site)) for place, site in frame.select("place", "site").rows()]
    return all(a < b for a, b in pairwise(numbers))


@settings(max_examples=150, deadline=None)
@given(tables(st.floats(0, 60)))
def test_one_pass_reads_what_the_plain_way_reads_and_takes_every_table_in_order(given_table):
    found, expected = in_one_pass(*given_table, LIMIT), read(*given_table)
    assert (found is not None) == in_order(*given_table)
    if found is not None:
        for mine, theirs in zip(found, (expected.indptr, expected.indices, expected.minutes), strict=True):
            assert mine.dtype == theirs.dtype
            np.testing.assert_array_equal(mine, theirs)


@settings(max_examples=150, deadline=None)
@given(tables(st.one_of(st.floats(), st.none(), st.just(5.0)), ["z", "", "0100", *LONG, None]))
def test_one_pass_never_takes_what_the_plain_way_refuses(given_table):
    if read(*given_table) is None:
        assert in_one_pass(*given_table, LIMIT) is None


def test_long_ids_are_left_to_the_plain_way_even_where_known():
    frame = pl.DataFrame({"place": LONG, "site": ["a", "a"], "minutes": [1.0, 2.0]})
    assert in_one_pass(frame, np.array(LONG), np.array(["a"]), LIMIT) is None


def test_whole_columns_of_other_types_are_left_to_the_plain_way():
    frame = pl.DataFrame({"place": ["a"], "site": ["a"], "minutes": [1]})
    assert in_one_pass(frame, np.array(["a"]), np.array(["a"]), LIMIT) is None
    assert read(frame, np.array(["a"]), np.array(["a"])).minutes.tolist() == [1.0]


def test_a_pair_given_twice_across_two_threads_is_seen(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")  # eight slices: one begins between the two
    sites = np.array([f"{k:05d}" for k in range(8)])
    texts = [*sites[:4], *sites[3:7]]
    frame = pl.DataFrame({"place": ["a"] * 8, "site": texts, "minutes": [1.0] * 8})
    assert in_one_pass(frame, np.array(["a"]), sites, LIMIT) is None
    right = frame.with_columns(site=pl.Series(sites.tolist()))
    assert in_one_pass(right, np.array(["a"]), sites, LIMIT) is not None


def test_a_large_table_goes_through_the_pass_and_its_faults_are_told_all_the_same(monkeypatch):
    frame = pl.DataFrame({"place": ["a", "b", "b"], "site": ["a", "a", "b"], "minutes": [0.0, 31.0, 5.0]})
    plain = from_table(frame, ["a", "b"], ["a", "b"], LIMIT)
    monkeypatch.setattr(travel, "_compiled_pays", lambda pairs: pairs >= 3)
    monkeypatch.setattr(travel, "by_columns", lambda *_: pytest.fail("the plain way"))
    large = from_table(frame, ["a", "b"], ["a", "b"], LIMIT)
    assert large.minutes.tolist() == plain.minutes.tolist() == [0.0, 5.0]
    assert large.indptr.tolist() == plain.indptr.tolist()
    assert (large.limit, large.made_by) == (plain.limit, plain.made_by)
    monkeypatch.undo()
    monkeypatch.setattr(travel, "_compiled_pays", lambda _: True)
    for wrong, words in ((["a", "z", "b"], "z"), (["a", "a", "b"], "a → a")):
        with pytest.raises(InputError) as error:
            from_table(frame.with_columns(place=pl.Series(wrong), site=pl.lit("a")), ["a", "b"], ["a"], LIMIT)
        assert words in error.value.message("fr")
