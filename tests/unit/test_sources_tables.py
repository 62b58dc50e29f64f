from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.errors import InputError
from vigie.sources.grid import LINE, Grid
from vigie.sources.notes import Draft
from vigie.sources.tables import TABLES, validate

TIMES = TABLES["emergency_times"]
GOOD = pl.DataFrame({LINE: [2, 3], "minutes": [1.0, None], "code": ["01001", "01002"]})


def draft(frame: pl.DataFrame) -> Draft:
    return Draft(frame, Grid(frame, Path("temps.csv"), names={"minutes": "temps"}))


def test_a_good_table_leaves_in_order_without_its_lines() -> None:
    assert validate(draft(GOOD), TIMES).columns == ["code", "minutes"]


@pytest.mark.parametrize(
    ("frame", "row", "column", "value", "words"),
    [
        (GOOD.with_columns(minutes=pl.Series([1.0, 2000.0])), 3, "temps", 2000.0, "entre 0 et 1440"),
        (GOOD.with_columns(code=pl.Series(["01001", "1002"])), 3, "code", "1002", "code commune"),
        (GOOD.with_columns(code=pl.Series(["01001", None])), 3, "code", None, "code commune"),
        (GOOD.with_columns(code=pl.lit("01001")), 3, "code", "01001", "en double"),
        (GOOD.clear(), None, None, None, "aucune ligne"),
        (GOOD.drop("minutes"), None, "temps", "minutes", "n'a pas les colonnes"),
        (GOOD.with_columns(minutes=pl.lit("x")), None, "temps", "String", "n'a pas les colonnes"),
        (GOOD.with_columns(autre=1), None, "autre", "autre", "n'a pas les colonnes"),
    ],
    ids=["range", "pattern", "null", "duplicate", "empty", "missing", "type", "unknown"],
)
def test_a_violation_is_placed(
    frame: pl.DataFrame, row: int | None, column: str | None, value: object, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        validate(draft(frame), TIMES)
    where = caught.value.where
    assert (where.file, where.row, where.column, where.value) == (Path("temps.csv"), row, column, value)


def test_the_first_violation_of_the_file_is_the_one_told() -> None:
    frame = pl.DataFrame({LINE: [2, 3, 4], "code": ["01001", "01002", "x"], "minutes": [1.0, -1.0, 2.0]})
    with pytest.raises(InputError) as caught:
        validate(draft(frame), TIMES)
    assert caught.value.where.row == 3


def test_every_column_can_say_what_it_expects() -> None:
    for table in TABLES.values():
        assert set(table.key) <= set(table.columns)
        for column in table.columns.values():
            fr, en = column.expected()
            assert fr
            assert en
            assert fr != en
            assert "^" not in fr
