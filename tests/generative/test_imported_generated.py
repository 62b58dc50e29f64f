"""Imported tables against an attacker who reads the observations that they give, at all levels and periods at once.

Each table is drawn with its truth. The attacker knows who belongs to what, every numerator, denominator and value
shown, that no count is negative and that no part exceeds its whole; he does not know the truth.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_country import COMMUNES, reference

from vigie.editions.imports import Asked, _source
from vigie.indicators import definitions
from vigie.indicators.imported import observe
from vigie.indicators.measures import Tidy

QUARTERS = ("2024-01/2024-03", "2024-04/2024-12")
PARTS = {"psmt_epci": ("psmt", "psmt_c2s", "psmt_hors_c2s"), "ccmu1_cpts": ("ccmu1", "ccmu1_semaine", "ccmu1_garde")}
THRESHOLD = 11


REFERENCE = reference()
GROUPS = {level: REFERENCE.membership_matrix(level) for level in REFERENCE.levels}
LISTED = list(COMMUNES)
LEVELS = ("commune", "epci", "departement", "region", "france")


def cover(level: str, code: str) -> np.ndarray:
    codes, member = GROUPS[level]
    return np.asarray(member[codes.index(code)].todense()).ravel()[[REFERENCE.place_codes.index(one) for one in LISTED]]


@st.composite
def truths(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Numerators and the rest of denominators: commune × part × quarter."""
    shape = (len(LISTED), 2, 2)
    size = int(np.prod(shape))
    count = st.one_of(st.integers(0, 12), st.integers(0, 200))
    numerator = np.array(draw(st.lists(count, min_size=size, max_size=size))).reshape(shape)
    rest = np.array(draw(st.lists(st.integers(0, 400), min_size=size, max_size=size))).reshape(shape)
    return numerator, rest


def boxes(form: str, indicator: str, period: str) -> tuple[list[int], list[int]]:
    """The parts and quarters that a cell adds up."""
    place = PARTS[form].index(indicator)
    times = {"2024": [0, 1], QUARTERS[0]: [0], QUARTERS[1]: [1], "2024-06-30": [0]}
    return ([0, 1] if place == 0 else [place - 1]), times[period]


def summed(values: np.ndarray, places: np.ndarray, box: tuple[list[int], list[int]]) -> float:
    return float((values[np.ix_(np.flatnonzero(places), *box)]).sum())


@settings(max_examples=10, deadline=None)
@given(
    truths(),
    st.sampled_from(sorted(PARTS)),
    st.sets(st.sampled_from(["epci", "commune", "departement"]), min_size=1),
    st.integers(0, 3),
)
def test_nobody_is_found_out_by_differencing(
    truth: tuple[np.ndarray, np.ndarray], form: str, levels: set[str], producers: int
) -> None:
    numerator, rest = truth
    periods = ("2024", *QUARTERS) if form == "ccmu1_cpts" else ("2024-06-30",)
    rows = []
    for level in sorted(levels):
        for code, indicator, period in product(GROUPS[level][0], PARTS[form], periods):
            box, places = boxes(form, indicator, period), cover(level, code)
            part = summed(numerator, places, box)
            whole = part + summed(rest, places, box)
            rows.append((indicator, level, code, None, period, 100 * part / whole if whole else None, part, whole))
    table = pl.DataFrame(
        rows,
        schema=["indicator", "level", "code", "name", "period", "value", "numerator", "denominator"],
        orient="row",
        schema_overrides={"name": pl.String, "value": pl.Float64},
    ).with_columns(people=pl.lit(None, pl.Float64), status=pl.lit("ok"))
    table = table.with_columns(status=pl.when(pl.col("value").is_null()).then(pl.lit("missing")).otherwise("status"))
    hidden = table.with_row_index().filter(pl.col("index") % 17 < producers)["index"].to_list()
    by_producer = pl.int_range(pl.len()).is_in(hidden) & (pl.col("status") == "ok")
    shown = [pl.when(~by_producer).then(pl.col(name)).alias(name) for name in ("value", "numerator")]
    table = table.with_columns(*shown, status=pl.when(by_producer).then(pl.lit("suppressed")).otherwise("status"))
    source = _source(Asked(form, "Essai"), "essai.csv")
    found = observe([Tidy(source, table, "essai@1")], REFERENCE, GROUPS, pl.DataFrame(), definitions()).observations
    attack(found, table, form, numerator, rest)


def attack(found: pl.DataFrame, table: pl.DataFrame, form: str, numerator: np.ndarray, rest: np.ndarray) -> None:
    size = numerator.size
    given_cells = set(table.select("indicator", "level", "code", "period").iter_rows())
    leaf = next(level for level in ("commune", "epci", "departement") if level in set(table["level"]))
    equations, known, targets = [], [], []
    for row in found.filter(pl.col("indicator").is_in(PARTS[form])).iter_rows(named=True):
        box = boxes(form, row["indicator"], row["period"])
        key = (row["indicator"], row["level"], row["code"], row["period"])
        places = cover(row["level"], row["code"])
        if key not in given_cells:  # a sum of ours: of the parts that lie wholly inside and were known
            told = table.filter(
                (pl.col("level") == leaf)
                & (pl.col("status") == "ok")
                & (pl.col("indicator") == row["indicator"])
                & (pl.col("period") == row["period"])
            )["code"]
            parts = [cover(leaf, code) for code in told]
            places = sum((part for part in parts if (part <= places).all()), start=np.zeros(len(LISTED)))
        atoms = np.zeros(numerator.shape)
        atoms[np.ix_(np.flatnonzero(places), *box)] = 1
        up, down = np.concatenate([atoms.ravel(), np.zeros(size)]), np.concatenate([atoms.ravel()] * 2)
        for name, line in (("numerator", up), ("denominator", down)):
            if row[name] is not None:
                equations.append(line)
                known.append(row[name])
        if row["value"] is not None and row["denominator"] is not None:
            equations.append(up)
            known.append(row["value"] * row["denominator"] / 100)
        part, left = summed(numerator, places, box), summed(rest, places, box)
        producers = row["status"] == "suppressed" and key in given_cells and table.filter(
            (pl.col("indicator") == key[0]) & (pl.col("level") == key[1]) & (pl.col("code") == key[2])
            & (pl.col("period") == key[3])
        )["status"][0] == "suppressed"  # fmt: skip
        if 0 < part < THRESHOLD or (0 < left < THRESHOLD and part) or producers:
            targets.append((key, up, min(THRESHOLD, part + left)))
        if 0 < part + left < THRESHOLD:
            targets.append((key, down, THRESHOLD))
        if row["status"] == "suppressed":
            assert row["value"] is None
    matrix, values = (np.array(equations), np.array(known)) if equations else (None, None)
    for key, target, width in targets[:: max(1, len(targets) // 8)]:
        low, high = (
            (sign * one.fun if one.status == 0 else sign * -np.inf)
            for sign in (1, -1)
            for one in [linprog(sign * target, A_eq=matrix, b_eq=values, bounds=(0, None))]
        )
        assert high - low >= width - 1e-4, (key, low, high, width)
