"""The gap between best and worst served, on territories small enough to count by hand."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.editions.gaps import LEAST, gap_table
from vigie.indicators import definitions


def world(values: list[float], indicator: str = "apl_mg", period: str = "2023") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Territories of ten people each; the first half in one département, the second in another."""
    codes = [f"{place:03}" for place in range(len(values))]
    observations = pl.DataFrame(
        {"indicator": indicator, "level": "epci", "code": codes, "period": period, "value": values, "denominator": 10.0}
    )
    halves = ["A" if place < len(values) / 2 else "B" for place in range(len(values))]
    cards = pl.DataFrame({"level": "epci", "code": codes, "departement": halves, "population": [10] * len(values)})
    return observations, cards


def test_the_tenths_of_the_people() -> None:
    (row,) = gap_table(*world([float(n) for n in range(1, 41)]), definitions()).to_dicts()
    assert (row["worst"], row["best"], row["gap"]) == (2.5, 38.5, 36.0)  # four territories of forty at each end
    assert row["ratio"] == pytest.approx(15.4) and row["mean"] == 20.5 and row["territories"] == 40
    # Half the variance of 1…40 that lies between the halves: 10² / 133.25.
    assert row["between"] == pytest.approx(100 * 100 / 133.25)
    assert row["within"] == pytest.approx(100 - row["between"])


def test_where_lower_is_better_the_worst_are_the_highest() -> None:
    (row,) = gap_table(*world([float(n) for n in range(40)], "temps_urgences", "2019"), definitions()).to_dicts()
    assert (row["worst"], row["best"], row["gap"]) == (37.5, 1.5, 36.0)


def test_a_nil_tenth_has_no_ratio_and_equality_no_variance() -> None:
    (row,) = gap_table(*world([0.0] * 10 + [1.0] * 30), definitions()).to_dicts()
    assert row["worst"] == 0 and row["ratio"] is None
    (row,) = gap_table(*world([2.0] * 40), definitions()).to_dicts()
    assert row["gap"] == 0 and row["ratio"] == 1 and row["between"] is None


def test_what_does_not_make_sense_is_left_out() -> None:
    assert gap_table(*world([1.0] * (LEAST - 1)), definitions()).is_empty()
    assert gap_table(*world([1.0] * 40, "part_75_plus", "2022"), definitions()).is_empty()  # neither better nor worse
    assert gap_table(*world([1.0] * 40, "nombre_mg", "2021"), definitions()).is_empty()  # a count
    assert gap_table(*world([1.0] * 40, period="2018"), definitions()).is_empty()  # of a field with gaps
    assert gap_table(*world([1.0] * 40, "apl_mg_champ_constant", "2018"), definitions()).height == 1
