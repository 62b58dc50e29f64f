from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from vigie.territories.vintages import Harmonised, to_reference

NO_CHANGES = pl.DataFrame(schema={"code_before": pl.String, "code_after": pl.String, "kind": pl.String})
Edge = tuple[str, str, str, float, int]


def _code(number: int) -> str:
    return f"{number:05d}"


@st.composite
def histories(draw: DrawFn) -> tuple[list[str], list[Edge], list[str]]:
    """Codes of 2014, what happens to them each year, and the codes of 2024."""
    start = [_code(n) for n in range(1, draw(st.integers(2, 8)) + 1)]
    codes, edges = list(start), []
    for year in range(2014, 2024):
        kind = draw(st.sampled_from(["none", "merger", "split", "code"]))
        if kind == "merger" and len(codes) > 1:
            parts = draw(st.lists(st.sampled_from(codes), min_size=2, max_size=4, unique=True))
            edges += [(part, parts[0], "merger", 1.0, year) for part in parts]
            codes = [c for c in codes if c not in parts[1:]]
        elif kind == "split":
            old, share = draw(st.sampled_from(codes)), draw(st.floats(0.01, 0.99))
            # Half the splits bring an old code back, as 14666 in 2020.
            gone = [c for c in start if c not in codes]
            new = draw(st.sampled_from(gone)) if gone and draw(st.booleans()) else _code(year)
            edges += [(old, old, "split", share, year), (old, new, "split", 1.0 - share, year)]
            codes.append(new)
        elif kind == "code":
            old = draw(st.sampled_from(codes))
            edges.append((old, _code(year), "code", 1.0, year))
            codes = [_code(year) if c == old else c for c in codes]
    return start, edges, codes


def _passage(edges: list[Edge]) -> pl.DataFrame:
    schema = {"code_before": pl.String, "code_after": pl.String, "change": pl.String, "ratio": pl.Float64}
    table = pl.DataFrame(edges, schema=schema | {"year_before": pl.Int32}, orient="row")
    return table.with_columns(year_after=pl.col("year_before") + 1)


def _places(codes: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"code": sorted(codes), "population": [100 + i for i in range(len(codes))]})


def _table(codes: list[str], draw: DrawFn) -> pl.DataFrame:
    n = len(codes)
    counts = draw(st.lists(st.integers(0, 10_000), min_size=n, max_size=n))
    rates = draw(st.lists(st.floats(0, 100), min_size=n, max_size=n))
    return pl.DataFrame({"code": codes, "n": counts, "r": rates}, schema_overrides={"r": pl.Float64, "n": pl.Int64})


def convert(table: pl.DataFrame, vintage: int, edges: list[Edge], codes: list[str]) -> Harmonised:
    return to_reference(
        table,
        vintage=vintage,
        passage=_passage(edges),
        places=_places(codes),
        changes=NO_CHANGES,
        counts=["n"],
        rates={"r": "n"},
    )


@settings(max_examples=60, deadline=None)
@given(st.data(), histories())
def test_sums_survive_any_history_and_rates_stay_within_bounds(
    data: st.DataObject, history: tuple[list[str], list[Edge], list[str]]
) -> None:
    start, edges, codes = history
    table = data.draw(st.composite(lambda draw: _table(start, draw))())
    done = to_reference(
        table,
        vintage=2014,
        passage=_passage(edges),
        places=_places(codes),
        changes=NO_CHANGES,
        counts=["n"],
        rates={"r": "n"},
    )
    assert done.report.unmatched.is_empty()
    assert set(done.table["code"]) == set(codes)
    assert abs(done.table["n"].sum() - table["n"].sum()) <= 1e-9 * max(1, table["n"].sum())
    assert done.table["r"].min() >= table["r"].min()
    assert done.table["r"].max() <= table["r"].max()
    if done.report.unweighted == ():
        before, after = (table["n"] * table["r"]).sum(), (done.table["n"] * done.table["r"]).sum()
        assert abs(before - after) <= 1e-9 * max(1.0, before)


@settings(max_examples=40, deadline=None)
@given(st.data(), histories())
def test_the_order_of_rows_and_of_changes_does_not_matter(
    data: st.DataObject, history: tuple[list[str], list[Edge], list[str]]
) -> None:
    start, edges, codes = history
    table = data.draw(st.composite(lambda draw: _table(start, draw))())
    shuffled = table[data.draw(st.permutations(range(table.height)))]
    one = convert(table, 2014, edges, codes)
    two = convert(shuffled, 2014, data.draw(st.permutations(edges)), codes)
    assert one.table.equals(two.table)


@settings(max_examples=20, deadline=None)
@given(st.data(), histories())
def test_a_table_of_the_reference_vintage_is_unchanged(
    data: st.DataObject, history: tuple[list[str], list[Edge], list[str]]
) -> None:
    _, edges, codes = history
    table = data.draw(st.composite(lambda draw: _table(codes, draw))())
    done = to_reference(
        table,
        vintage=2024,
        passage=_passage(edges),
        places=_places(codes),
        changes=NO_CHANGES,
        counts=["n"],
        rates={"r": "n"},
    )
    assert done.table.select("code", "n", "r").equals(table.with_columns(pl.col("n").cast(pl.Float64)).sort("code"))
    assert set(done.table["status"]) == {"ok"}
    assert set(done.table["change"]) == {"none"}


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(2014, 2024))
def test_every_vintage_has_its_own_codes(history: tuple[list[str], list[Edge], list[str]], vintage: int) -> None:
    start, edges, codes = history
    current = list(start)
    for year in range(2014, vintage):
        step = [e for e in edges if e[4] == year]
        before, after = {e[0] for e in step}, {e[1] for e in step}
        current = [c for c in current if c not in before] + sorted(after)
    table = pl.DataFrame({"code": current, "n": [1.0] * len(current), "r": [2.0] * len(current)})
    done = convert(table, vintage, edges, codes)
    assert done.report.unmatched.is_empty()
    assert abs(done.table["n"].sum() - len(current)) < 1e-9
