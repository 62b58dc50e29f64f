"""Rows of a territory read from the file without a name: the same as a filter of the table finds."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.editions.spilled import Spilled

_KEYS = [("commune", "01001"), ("commune", "2A004"), ("region", "84"), ("france", "FR")]
_FLOAT = st.none() | st.floats(-1e6, 1e6, width=32)
_NUMBERS = st.tuples(st.sampled_from(["central", "nobody"]), st.sampled_from(_KEYS[:3]), st.integers(0, 9), _FLOAT)
_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4)
_TEXTS = st.tuples(st.sampled_from(_KEYS[:3]), _WORDS, st.lists(_WORDS, max_size=3), st.lists(_FLOAT, max_size=3))


def _spilled(table: pl.DataFrame, among: str) -> Spilled:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        table.write_parquet(path)
        return Spilled(path, {key: at for at, key in enumerate(_KEYS)}, among)


def _asked(table: pl.DataFrame, key: tuple[str, str], columns: list[str]) -> list[tuple[object, ...]]:
    return table.filter(pl.col("level") == key[0], pl.col("code") == key[1]).select(columns).rows()


@settings(max_examples=40, deadline=None)
@given(st.lists(_NUMBERS, max_size=12))
def test_numbers_by_territory_and_variant_are_those_of_the_table(
    drawn: list[tuple[str, tuple[str, str], int, float]],
) -> None:
    rows = sorted(((kind, *key, year, value) for kind, key, year, value in drawn), key=lambda row: row[:3])
    schema = {"variant": pl.String, "level": pl.String, "code": pl.String, "year": pl.Int16, "apl": pl.Float32}
    table = pl.DataFrame(rows, schema, orient="row")
    spilled = _spilled(table, "variant")
    for key in _KEYS:
        for kind in ("central", "nobody", "other"):
            own = table.filter(variant=kind)
            assert spilled.rows(key, ["year", "apl"], kind) == _asked(own, key, ["year", "apl"])
            assert spilled.rows(key, ["apl"], kind) == _asked(own, key, ["apl"])
    spilled.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(_TEXTS, max_size=12))
def test_words_and_lists_are_those_of_the_table(
    drawn: list[tuple[tuple[str, str], str, list[str], list[float]]],
) -> None:
    rows = sorted(((*key, word, words, shares) for key, word, words, shares in drawn), key=lambda row: row[:2])
    kinds = {"word": pl.String, "words": pl.List(pl.String), "shares": pl.List(pl.Float32)}
    table = pl.DataFrame(rows, {"level": pl.String, "code": pl.String, **kinds}, orient="row")
    spilled = _spilled(table, "")
    for key in _KEYS:
        assert spilled.rows(key, list(kinds)) == _asked(table, key, list(kinds))
    spilled.close()


def test_rows_of_a_territory_that_do_not_follow_one_another_are_refused() -> None:
    table = pl.DataFrame({"level": ["region"] * 3, "code": ["84", "11", "84"], "apl": [1.0, 2.0, 3.0]})
    with pytest.raises(OSError, match="do not follow one another"):
        _spilled(table, "")
