"""What documents and producers' tables publish, taken as it stands: which rows, which status, which of two."""

from __future__ import annotations

from typing import Any, cast

import polars as pl

from vigie.indicators.definition import Cells, Definition, Published, Series, definitions
from vigie.indicators.measures import Tidy
from vigie.indicators.published import from_cells, from_commitments, from_figures, from_series
from vigie.sources import source

NUMBERS = ("value", "numerator", "denominator", "upper")


def definition(compute: object) -> Definition:
    known = next(iter(definitions().values()))
    return known.model_copy(update={"id": "essai", "levels": ("departement", "france"), "compute": compute})


def figures(**told: Any) -> pl.DataFrame:
    row = {"indicator": "essai", "unit": "percent", "level": "france", "code": "FR", "period": "2024", "value": 7.0,
           "numerator": None, "denominator": None, "upper": None, "qualifier": "exact", "document": "d"}  # fmt: skip
    row |= told
    kinds = {name: pl.Float64 if name in NUMBERS else pl.String for name in row}
    return pl.DataFrame([row], schema=kinds)


RULE = definition(Published(rule="published", figure_unit="percent"))


def taken(*rows: pl.DataFrame) -> list[dict[str, Any]]:
    return from_figures(RULE, pl.concat(rows), {"d": "d@1", "e": "e@1"}).to_dicts()


def test_a_figure_is_taken_in_its_unit_at_its_levels_and_with_a_period() -> None:
    others = [figures(indicator="autre"), figures(unit="count"), figures(level="region"), figures(period=None)]
    (one,) = taken(*others, figures(numerator=70, denominator=1000))
    assert (one["indicator"], one["level"], one["code"], one["period"]) == ("essai", "france", "FR", "2024")
    assert (one["value"], one["numerator"], one["denominator"]) == (7.0, 70.0, 1000.0)
    assert (one["lower"], one["upper"], one["status"], one["snapshot"]) == (None, None, "ok", "d@1")


def test_a_range_keeps_its_ends_and_is_estimated() -> None:
    (one,) = taken(figures(value=6.0, upper=8.0, qualifier="range"))
    assert (one["value"], one["lower"], one["upper"], one["status"]) == (6.0, 6.0, 8.0, "estimated")


def test_of_two_figures_of_one_document_the_exact_one_is_kept_then_the_first() -> None:
    found = taken(figures(value=7.0, qualifier="about"), figures(value=7.2), figures(value=7.3), figures(document="e"))
    assert [(one["value"], one["snapshot"]) for one in found] == [(7.2, "d@1"), (7.0, "e@1")]


def test_nothing_is_taken_for_an_indicator_that_is_computed() -> None:
    for rule in (Series(rule="series", table="t", where={}, value="v"), Published(rule="published", figure_unit="x")):
        assert from_figures(definition(rule), figures(), {"d": "d@1"}).is_empty()
    assert from_cells(RULE, pl.DataFrame({"table": ["t"]}), {}).is_empty()
    assert from_series(RULE, {}).is_empty()


def test_a_series_keeps_its_rows_and_says_what_is_missing() -> None:
    table = pl.DataFrame(
        [("a", "departement", "12", 2023, 5, "ok"), ("a", "departement", "46", 2023, None, "ok"),
         ("a", "departement", "48", 2023, 9, "secret"), ("b", "departement", "12", 2023, 6, "ok"),
         ("a", "commune", "12001", 2023, 7, "ok")],
        schema=["kind", "level", "code", "year", "count", "status"], orient="row",
    )  # fmt: skip
    tidy = Tidy(source("ameli_demography"), table, "x@1")
    rule = definition(Series(rule="series", table="t", where={"kind": "a"}, value="count"))
    found = from_series(rule, {"t": tidy}).to_dicts()
    assert [(one["code"], one["period"], one["value"], one["status"]) for one in found] == [
        ("12", "2023", 5.0, "ok"), ("46", "2023", None, "missing"), ("48", "2023", None, "secret"),
    ]  # fmt: skip
    assert {one["snapshot"] for one in found} == {"x@1"} and {one["indicator"] for one in found} == {"essai"}


def test_the_cells_of_one_row_and_column_are_those_that_count() -> None:
    cells = pl.DataFrame(
        [("t", "r", "c", "count", "2023", 5.0), ("u", "r", "c", "count", "x", 6.0), ("t", "s", "c", "count", "x", 7.0),
         ("t", "r", "d", "count", "x", 8.0), ("t", "r", "c", "percent", "x", 9.0), ("t", "r", "c", "count", "x", None)],
        schema=["table", "row_id", "column_id", "unit", "period", "value"], orient="row",
    )  # fmt: skip
    (one,) = from_cells(definition(Cells(rule="cells", table="t", row="r", column="c")), cells, {"t": "t@1"}).to_dicts()
    assert (one["level"], one["code"], one["period"], one["value"]) == ("france", "FR", "2023", 5.0)
    assert (one["status"], one["snapshot"], one["numerator"]) == ("ok", "t@1", None)


def test_commitments_are_taken_from_the_tables_that_hold_them_for_the_indicators_known() -> None:
    row = {"level": "france", "code": "FR", "period": "2024", "value": 3, "numerator": 3, "denominator": None}
    table = pl.DataFrame([{"indicator": name, **row, "status": "ok"} for name in ("essai", "autre")])
    own = source("ameli_demography")
    tables = {name: Tidy(own.model_copy(update={"table": name}), table, f"{name}@1") for name in ("commitments", "x")}
    found = from_commitments(tables, cast("Any", {"essai": None})).to_dicts()
    assert [(one["indicator"], one["value"], one["snapshot"]) for one in found] == [("essai", 3.0, "commitments@1")]
    assert from_commitments({}, {}).is_empty()
