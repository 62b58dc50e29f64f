"""Edges of the indicators' own computing: intervals, comparators, slices by indicator, measures that cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import highspy
import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array, csr_matrix

from vigie.errors import InputError, UnknownNameError
from vigie.indicators import alerts, definitions, disclosure, highs, reconciliation
from vigie.indicators.comparators import NEIGHBOURS, STRUCTURE, Model, model, tables
from vigie.indicators.definition import find_definition
from vigie.indicators.measures import Tidy, _vintage
from vigie.indicators.published import from_series
from vigie.indicators.series import _scale, by_indicator, with_intervals
from vigie.indicators.statistics import byar, funnel_proportion, standard_error, wilson
from vigie.levers import siting_exact
from vigie.sources import source


def test_an_interval_of_impossible_counts_is_refused() -> None:
    for call in (lambda: wilson(3, 2), lambda: wilson(-1, 2), lambda: byar(-1), lambda: wilson(1, 2, confidence=1.0),
                 lambda: wilson(1, 2, confidence=0.0), lambda: funnel_proportion(1.1, 10),
                 lambda: funnel_proportion(-0.1, 10)):  # fmt: skip
        with pytest.raises(ValueError, match=r"count|confidence|proportion"):
            call()
    low, high = wilson(0, 0)
    assert np.isnan(low) and np.isnan(high)
    low, high = wilson(2, 2)
    assert 0 < low < high == 1


def test_the_standard_error_is_that_of_a_normal_interval() -> None:
    assert standard_error(-1.959964, 1.959964) == pytest.approx(1.0, abs=1e-6)
    assert standard_error(0.0, 3.29, confidence=0.9) == pytest.approx(1.0, abs=1e-3)


def test_indicators_come_one_by_one_in_the_order_of_their_rows() -> None:
    frame = pl.DataFrame({"indicator": ["a", "a", "b", "a"], "value": [1, 2, 3, 4]})
    assert [(name, rows["value"].to_list()) for name, rows in by_indicator(frame)] == [
        ("a", [1, 2]), ("b", [3]), ("a", [4]),
    ]  # fmt: skip
    assert list(by_indicator(frame.clear())) == []


def test_an_unknown_indicator_is_told_with_the_nearest() -> None:
    assert find_definition(definitions(), "apl_mg").id == "apl_mg"
    with pytest.raises(UnknownNameError, match="apl_mg"):
        find_definition(definitions(), "apl_gm")
    with pytest.raises(UnknownNameError):
        find_definition(definitions(), "zzzzzzzzzzzzzzzz")


def test_a_source_that_does_not_say_its_vintage_is_refused() -> None:
    one = source("bpe_2021").model_copy(update={"cog": None, "cog_by_year": {2021: 2022}})
    assert _vintage(one, 2021) == 2022
    with pytest.raises(InputError, match="millésime"):
        _vintage(one, 2020)


# Comparators ----------------------------------------------------------------------------------------------------------


def small_model(neighbours: int = 2) -> Model:
    kept = model().variables[:3]
    changed = [one.model_copy(update={"transform": "none", "weight": weight})
               for one, weight in zip(kept, (2.0, 1.0, 1.0), strict=True)]  # fmt: skip
    return model().model_copy(update={"variables": tuple(changed), "neighbours": neighbours, "least_shared": 0.5})


def compared(rows: list[tuple], neighbours: int = 2) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = [one.id for one in small_model().variables]
    kinds = {"level": pl.String, "code": pl.String, **dict.fromkeys(names, pl.Float64)}
    return tables(pl.DataFrame(rows, schema=kinds, orient="row"), small_model(neighbours))


ROWS = [
    ("epci", "a", 1.0, 1.0, 1.0), ("epci", "b", 1.1, 1.0, 1.1), ("epci", "c", 9.0, 5.0, 7.0),
    ("epci", "d", 9.5, 5.0, 7.5), ("epci", "e", 1.0, None, None), ("epci", "f", None, None, None),
    ("region", "z", 1.0, 2.0, 3.0), ("region", "y", 2.0, 2.0, 3.0),
]  # fmt: skip


def test_neighbours_are_ranked_within_their_level() -> None:
    near, structure = compared(ROWS)
    assert dict(near.schema) == NEIGHBOURS and dict(structure.schema) == STRUCTURE
    first = dict(near.filter(pl.col("rank") == 1, pl.col("level") == "epci").select("code", "neighbour").iter_rows())
    assert (first["c"], first["d"]) == ("d", "c") and first["b"] == "a" and first["a"] in ("b", "e")
    assert near.filter(pl.col("code") == "z")["neighbour"].to_list() == ["y"]
    assert near.filter(pl.col("code") == "f").is_empty() and "f" not in near["neighbour"]
    for (_, _), own in near.group_by("level", "code"):
        assert own.sort("rank")["distance"].is_sorted()
        assert own["rank"].sort().to_list() == list(range(1, own.height + 1)) and own.height <= 2


def test_two_territories_share_the_weight_of_what_is_known_of_both() -> None:
    near, _ = compared(ROWS, neighbours=4)
    shared = {(row["code"], row["neighbour"]): row["shared"] for row in near.to_dicts() if row["level"] == "epci"}
    assert shared["a", "b"] == pytest.approx(1.0) and shared["e", "a"] == pytest.approx(0.5)


def test_the_structure_has_a_row_a_territory_and_variable_and_null_where_it_is_missing() -> None:
    _, structure = compared(ROWS)
    assert structure.height == 8 * 3
    row = structure.filter(pl.col("code") == "f")
    assert row["value"].null_count() == row["standardised"].null_count() == 3
    first = small_model().variables[0].id
    values = dict(structure.filter(pl.col("variable") == first).select("code", "value").iter_rows())
    assert (values["a"], values["d"], values["f"]) == (1.0, 9.5, None)
    scores = dict(structure.filter(pl.col("variable") == first).select("code", "standardised").iter_rows())
    assert scores["a"] < scores["b"] < scores["c"] < scores["d"]
    assert structure["code"].to_list() == sorted(structure["code"]) or structure["level"].is_sorted()


def test_a_model_names_the_measures_that_it_is_made_of_and_each_variable_once() -> None:
    assert model().measured() == {name for one in model().variables for name in one.measures} != set()
    twice = model().model_dump() | {"variables": [model().variables[0].model_dump()] * 2}
    with pytest.raises(ValueError, match="named twice"):
        Model.model_validate(twice)


# Disclosure in a large table ------------------------------------------------------------------------------------------


def large(counts: np.ndarray, group: int) -> disclosure.Cells:
    """Each count, their sums by ``group`` in a row, shifted groups across those, and the whole."""
    size = counts.size
    grouped = np.kron(np.eye(size // group), np.ones(group))
    members = np.vstack([np.eye(size), grouped, np.roll(grouped, group // 2, axis=1), np.ones((1, size))])
    width = np.full(len(members), 11.0)
    return disclosure.Cells(csr_matrix(members), members @ counts, width, members.sum(axis=1), np.zeros(size),
                            np.full(size, disclosure.BOUNDLESS))  # fmt: skip


@pytest.mark.parametrize("around", [3, 6, 150])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_large_table_is_protected_by_its_nearest_cells(
    monkeypatch: pytest.MonkeyPatch, around: int, seed: int
) -> None:
    """What is hidden around a small count keeps it hidden in the whole table, however few cells are looked at."""
    monkeypatch.setattr(disclosure, "AROUND", around)
    counts = np.random.default_rng(seed).integers(0, 60, 24).astype(float)
    cells = large(counts, 4)
    primary = disclosure.small(cells.values, 11)
    assert primary.any()
    hidden = disclosure.protect(cells, primary)
    assert (hidden >= primary).all()
    for cell, found in disclosure.intervals(cells, hidden):
        if primary[cell]:
            assert found.width >= 11 - 1e-5, (cell, found)


def test_a_part_that_its_producer_hid_in_a_large_table_is_kept_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "AROUND", 4)
    counts = np.random.default_rng(5).integers(20, 60, 24).astype(float)
    cells = large(counts, 4)
    told = cells.values.copy()
    told[7] = np.nan
    hidden = disclosure.protect(replace(cells, values=told), np.isnan(told))
    widths = {cell: found.width for cell, found in disclosure.intervals(replace(cells, values=told), hidden)}
    assert hidden[7] and hidden.sum() > 1 and widths[7] >= 11 - 1e-5


@pytest.mark.parametrize("threads", [1, 2])
def test_a_table_is_protected_whoever_ran_highs_before_on_other_threads(threads: int) -> None:
    """HiGHS refuses to run on another number of threads than before: no answer must not pass for a wide interval."""
    highspy.Highs.resetGlobalScheduler(True)
    before = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", threads)):
        before.setOptionValue(name, value)
    before.passModel(highspy.HighsLp())
    highs.run(before)
    cells = large(np.random.default_rng(5).integers(20, 60, 24).astype(float), 4)
    hidden = disclosure.protect(cells, np.arange(len(cells.values)) == 7)
    assert hidden.sum() > 1
    assert {cell: found.width for cell, found in disclosure.intervals(cells, hidden)}[7] < disclosure.BOUNDLESS

    row = csr_array(np.array([[1.0, 1.0]]))
    ones, whole = np.ones(2), np.ones(2, dtype=bool)
    found = siting_exact.solve(siting_exact.Program(row, ones, np.zeros(1), np.ones(1), ones, whole), 5.0)
    assert found.optimal and found.upper == pytest.approx(1.0)


def test_highs_that_gives_no_answer_is_an_error() -> None:
    refusing = SimpleNamespace(run=lambda: highspy.HighsStatus.kError, getModelStatus=lambda: "kNotset")
    with pytest.raises(RuntimeError, match="kNotset"):
        highs.run(refusing)


def test_a_table_that_contradicts_itself_tells_no_width() -> None:
    assert disclosure.Interval(float("nan"), float("nan"), ()).width == 0.0
    assert disclosure.Interval(1.0, 4.0, ()).width == 3.0


# Definitions that do not hold -----------------------------------------------------------------------------------------


def test_a_rule_of_alert_is_in_the_file_of_its_name(tmp_path: Path) -> None:
    shipped = sorted((Path(alerts.__file__).parent / "alert_rules").glob("*.toml"))[0]
    (tmp_path / shipped.name).write_bytes(shipped.read_bytes())
    assert list(alerts.read_rules(tmp_path)) == [shipped.stem]
    (tmp_path / "autre.toml").write_bytes(shipped.read_bytes())
    with pytest.raises(InputError, match="autre") as fault:
        alerts.read_rules(tmp_path)
    assert fault.value.where.column == "id"


def test_a_pair_of_counts_is_of_counts_that_there_are() -> None:
    one = next(iter(reconciliation.quantities().values())).model_dump()
    assert reconciliation.Quantity.model_validate(one)
    one["pairs"][0]["second"] = "personne"
    with pytest.raises(ValueError, match="no count personne"):
        reconciliation.Quantity.model_validate(one)


def test_a_series_whose_table_lacks_a_column_is_refused() -> None:
    definition = next(one for one in definitions().values() if one.compute.rule == "series")
    table = Tidy(source("ameli_demography"), pl.DataFrame({"year": [2024]}), "x@1")
    with pytest.raises(InputError, match="colonne"):
        from_series(definition, {definition.compute.table: table})
    assert from_series(definition, {}).is_empty()


def test_a_proportion_has_an_interval_up_to_the_whole_and_none_beyond() -> None:
    of = next(one for one in definitions().values() if one.kind == "proportion" and _scale(one) == 100)
    rows = [(100.0, 20.0, 20.0), (0.0, 0.0, 20.0), (110.0, 22.0, 20.0), (50.0, 10.0, 0.0), (None, 10.0, 20.0)]
    table = pl.DataFrame(rows, schema=["value", "numerator", "denominator"], orient="row").with_columns(
        lower=pl.lit(None, pl.Float64), upper=pl.lit(None, pl.Float64)
    )
    found = with_intervals(table, of)
    known = [one is not None for one in found["lower"].to_list()]
    assert known == [True, True, False, False, False] == [one is not None for one in found["upper"].to_list()]
    assert found["upper"][0] == pytest.approx(100.0) and found["lower"][0] == pytest.approx(83.887, abs=1e-3)
    assert found["lower"][1] == pytest.approx(0.0, abs=1e-9) and found["upper"][1] == pytest.approx(16.113, abs=1e-3)
