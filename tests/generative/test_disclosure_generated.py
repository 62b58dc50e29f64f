"""Disclosure against an attacker: no hidden count can be worked out from what is shown, whatever the table.

The attacker is a linear programme over all the atoms, written here from the table alone: it shares no code with the
protection, knows every visible cell, and that no count is negative.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from vigie.indicators.disclosure import BOUNDLESS, Cells, intervals, protect, small

THRESHOLD = 11


def attacked(members: np.ndarray, values: np.ndarray, shown: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """The least and the greatest value of ``target`` (a row over the atoms) that the visible cells allow."""
    equations = members[shown]
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * target,
            A_eq=equations if len(equations) else None,
            b_eq=values[shown] if len(equations) else None,
            bounds=(0, None),
        )
        assert found.status in (0, 3), found.message
        ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
    return ends[0], ends[1]


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Territories × groups of people × quarters with all their totals, and free perimeters that overlap them.

    Cells × atoms, and the true value of each cell.
    """
    territories, groups, quarters = draw(st.integers(2, 5)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    count = st.one_of(st.integers(0, 30), st.integers(0, 400))
    atoms = np.array(
        draw(st.lists(count, min_size=territories * groups * quarters, max_size=territories * groups * quarters))
    )
    cut = draw(st.integers(1, territories - 1))
    places = [*([place] for place in range(territories)), list(range(territories))]
    places += [list(range(cut)), list(range(cut, territories))]  # two départements
    places += draw(
        st.lists(st.lists(st.integers(0, territories - 1), min_size=1, max_size=territories, unique=True), max_size=2)
    )
    people = [*([group] for group in range(groups)), *([list(range(groups))] if groups > 1 else [])]
    times = [*([quarter] for quarter in range(quarters)), *([list(range(quarters))] if quarters > 1 else [])]
    rows = []
    for place in places:
        for group in people:
            for time in times:
                row = np.zeros((territories, groups, quarters))
                row[np.ix_(place, group, time)] = 1
                rows.append(row.ravel())
    members = np.array(rows)
    return members, members @ atoms


def cells_of(members: np.ndarray, values: np.ndarray) -> Cells:
    n, m = members.shape
    return Cells(
        csr_matrix(members),
        values.astype(float),
        np.full(n, float(THRESHOLD)),
        members.sum(axis=1),
        np.zeros(m),
        np.full(m, BOUNDLESS),
    )


@settings(max_examples=15, deadline=None)
@given(tables())
def test_no_small_count_can_be_worked_out(table: tuple[np.ndarray, np.ndarray]) -> None:
    members, values = table
    primary = small(values.astype(float), THRESHOLD)
    hidden = protect(cells_of(members, values), primary)
    assert (hidden >= primary).all()
    for cell in np.flatnonzero(primary):
        low, high = attacked(members, values, ~hidden, members[cell])
        assert high - low >= THRESHOLD - 1e-6, (values[cell], low, high)


@settings(max_examples=6, deadline=None)
@given(tables())
def test_every_hidden_cell_hides_something(table: tuple[np.ndarray, np.ndarray]) -> None:
    members, values = table
    hidden = protect(cells_of(members, values), small(values.astype(float), THRESHOLD))
    for cell in np.flatnonzero(hidden):
        low, high = attacked(members, values, ~hidden, members[cell])
        assert high - low > 1e-6  # what could be worked out exactly is shown: hiding it would only mislead


@settings(max_examples=6, deadline=None)
@given(tables())
def test_the_audit_says_what_the_attacker_finds(table: tuple[np.ndarray, np.ndarray]) -> None:
    members, values = table
    hidden = small(values.astype(float), THRESHOLD)  # unprotected: most can be worked out
    for cell, found in intervals(cells_of(members, values), hidden):
        low, high = attacked(members, values, ~hidden, members[cell])
        assert found.low == pytest.approx(low, abs=1e-5)
        assert min(found.high, 1e12) == pytest.approx(min(high, 1e12), abs=1e-5)


@settings(max_examples=6, deadline=None)
@given(tables(), st.data())
def test_what_the_producer_hid_stays_hidden_though_its_value_is_unknown(
    table: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    members, values = table
    singles = np.flatnonzero(members.sum(axis=1) == 1)
    cell = data.draw(st.sampled_from([int(one) for one in singles]))
    unknown = values.astype(float).copy()
    # The same piece may be several cells: a perimeter of one commune, a département of one.
    same = (members == members[cell]).all(axis=1)
    unknown[same] = np.nan
    hidden = protect(cells_of(members, unknown), same)
    low, high = attacked(members, values, ~hidden, members[cell])
    assert high - low >= THRESHOLD - 1e-6 or high <= low + values[same.argmax()] + THRESHOLD


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=3, max_size=12))
def test_protection_does_not_depend_on_the_order_of_the_cells(counts: list[int]) -> None:
    n = len(counts)
    members = np.vstack([np.eye(n), np.ones((1, n))])
    values = members @ np.array(counts)
    hidden = protect(cells_of(members, values), small(values.astype(float), THRESHOLD))
    order = np.argsort([(7 * one + 3) % (n + 1) for one in range(n + 1)])
    again = protect(cells_of(members[order], values[order]), small(values[order].astype(float), THRESHOLD))
    assert sorted(values[hidden]) == sorted(values[order][again])
    assert all(one <= other for one, other in pairwise(sorted(values[hidden])))


def test_zero_is_shown_and_eleven_is_shown() -> None:
    assert small(np.array([0.0, 1.0, 10.0, 11.0, np.nan]), THRESHOLD).tolist() == [False, True, True, False, False]
