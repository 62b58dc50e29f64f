"""Statistical disclosure: which published cells must be hidden so that no small count can be worked out from others.

A published table is a system of sums. Its *cells* (the adults without médecin traitant of an EPCI, of its
département, of the C2S beneficiaries among them…) add up *atoms*: the smallest pieces that the cells cut out of
territories, periods and groups of people. Whoever reads the table knows the visible cells, and that no atom is
negative: what can be known of a hidden cell is the interval between the least and the greatest sum of its atoms that
agrees with them. :func:`protect` hides more cells, the cheapest first, until every interval is wide enough.

Cell suppression with its audit by linear programming is that of Fischetti and Salazar (Management Science 47, 2001);
the companion is chosen greedily, among the cells that the dual of the programme says narrow the interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from vigie.indicators import highs

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BOUNDLESS = 1e15  # stands for "no upper bound": finite, so that sums of it stay numbers
AROUND = 150  # atoms that one programme of a large table may move
_EXACT = 1e-6


@dataclass(frozen=True)
class Cells:
    """A table of n cells over m atoms.

    ``members`` (n, m) is 1 where a cell adds up an atom. ``values`` (n,) are the true values, NaN where the producer
    hid them. ``width`` (n,) is how wide the interval of a hidden cell must be, in the unit of the values; 0 asks for
    nothing. ``cost`` (n,) says which cells to hide first: the lowest. ``lower`` and ``upper`` (m,) are what a reader
    knows of each atom beside the cells.
    """

    members: csr_matrix
    values: Floats
    width: Floats
    cost: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Interval:
    """What a reader can know of a cell, and the cells that narrow it (their positions).

    Where it is not ``exact``, the true interval is at least as wide.
    """

    low: float
    high: float
    narrowed_by: tuple[int, ...]
    exact: bool = True

    @property
    def width(self) -> float:
        """The width; NaN ends (a table that contradicts itself) count as no width at all."""
        gap = self.high - self.low
        return 0.0 if np.isnan(gap) else gap


def small(count: Floats, threshold: float) -> Bools:
    """Where a count is of at least one person and of fewer than ``threshold``: zero is not a small count."""
    found: Bools = (count > 0) & (count < threshold)
    return found


def protect(cells: Cells, hidden: Bools) -> Bools:
    """``hidden`` (n,) with the further cells to hide, so that each of them has an interval as wide as it asks.

    The same table gives the same answer. A cell that is hidden for nothing (its value can still be worked out exactly,
    and it asks for no width) is shown again, which tells nobody anything new.
    """
    hidden = hidden.copy()
    wary = np.flatnonzero(hidden & (cells.width > 0))
    asked = hidden.copy()
    agreed: Floats | None = None
    while len(wary):
        system = _System(cells, hidden, agreed)
        agreed = system.agreeing()
        companions: set[int] = set()
        touched: set[int] = set()
        still = []
        for cell in wary:
            found = system.interval(int(cell), enough=float(cells.width[cell]))
            if found.width >= cells.width[cell] - _EXACT:
                continue
            # What narrows this one may be hidden already, for another cell of this round: it is looked at again.
            if touched.isdisjoint(found.narrowed_by):
                companion = system.companion(int(cell), found)
                if companion is None:
                    continue  # nothing visible narrows it any more: only the bounds of its atoms do
                companions.add(companion)
                touched.update(found.narrowed_by)
            still.append(cell)
        hidden[list(companions)] = True
        wary = np.array(still, dtype=np.int64)
    return _without_needless(cells, hidden, asked, agreed)


def _without_needless(cells: Cells, hidden: Bools, asked: Bools, agreed: Floats | None) -> Bools:
    system = _System(cells, hidden, agreed)
    for cell in np.flatnonzero(hidden & ~asked):
        found = system.interval(int(cell), enough=2 * _EXACT)
        if found.exact and found.width < _EXACT and not np.isnan(found.low):
            hidden[cell] = False
    return hidden


def intervals(cells: Cells, hidden: Bools) -> Iterator[tuple[int, Interval]]:
    """For each hidden cell, its position and the exact interval that a reader of the visible ones can know it within.

    This is the audit: two linear programmes a cell.
    """
    system = _System(cells, hidden)
    for cell in np.flatnonzero(hidden):
        yield int(cell), system.exact_interval(int(cell))


class _System:
    """The visible cells as equations over the atoms that none of them gives alone, cut into components."""

    def __init__(self, cells: Cells, hidden: Bools, agreed: Floats | None = None) -> None:
        """``agreed`` are all the atoms of a table that agreed with what was shown when less was hidden."""
        self._cells = cells
        members = cells.members
        size = np.diff(members.indptr)
        shown = ~hidden & ~np.isnan(cells.values)
        self._single = np.full(members.shape[1], -1)  # the visible cell that is the atom alone
        for cell in np.flatnonzero(shown & (size == 1)):
            self._single[members.indices[members.indptr[cell]]] = cell
        known = self._single >= 0
        fixed = np.where(known, np.nan_to_num(cells.values[self._single]), 0.0)
        self._unknown = np.flatnonzero(~known)
        place = np.full(members.shape[1], -1)
        place[self._unknown] = np.arange(len(self._unknown))
        self._place = place
        summed = np.flatnonzero(shown & (size > 1))
        system = members[summed][:, self._unknown]
        told = np.diff(system.indptr) > 0
        self.equations: Ints = summed[told]
        self._matrix: csr_matrix = system[told]
        rest = cells.values[self.equations] - members[self.equations] @ fixed
        self._rest = np.maximum(rest, 0.0)  # below zero, the table contradicts itself: nothing is left to share out
        self._lower, self._upper = cells.lower[self._unknown], cells.upper[self._unknown]
        self._solver = _silent()
        self._agreed = None if agreed is None else agreed[self._unknown]
        self._fixed = fixed
        self._cut()
        self._group()

    def _cut(self) -> None:
        """The components that the equations tie the unknown atoms into."""
        rows, columns = self._matrix.shape
        if rows + columns == 0:
            self._of_atom: Ints = np.empty(0, dtype=np.int64)
            self._parts: list[Ints] = []
            return
        entries = self._matrix.tocoo()
        graph = csr_matrix(
            (np.ones(entries.nnz), (entries.row, rows + entries.col)), shape=(rows + columns, rows + columns)
        )
        _, labels = connected_components(graph, directed=False)
        self._of_atom = labels[rows:].astype(np.int64)
        by_part = np.argsort(self._of_atom, kind="stable")
        self._parts = np.split(by_part, np.cumsum(np.bincount(self._of_atom, minlength=labels.max() + 1))[:-1])

    def _tied(self, atoms: Ints) -> Ints:
        """The atoms of the components of ``atoms``, in their order."""
        parts = np.unique(self._of_atom[atoms])
        found: Ints = np.concatenate([self._parts[part] for part in parts])
        return found if len(parts) == 1 else np.sort(found)

    def _group(self) -> None:
        """Atoms that the same equations hold can pass their values to one another: they form a group."""
        columns = self._matrix.tocsc()
        self._groups = _alike(columns)
        self._free = np.diff(columns.indptr) == 0
        self._rows_of: csc_matrix = columns
        self._sizes = np.diff(self._matrix.indptr)
        truth = self._truth()
        known = ~np.isnan(truth)
        self._base = self._agreeing(truth)
        start = truth if self._base is None else self._base
        self._lowest, self._highest = start.copy(), start.copy()
        self._down = np.where(known, np.maximum(truth - self._lower, 0.0), 0.0)
        self._up = np.where(known, np.maximum(self._upper - truth, 0.0), 0.0)
        self._downs = np.bincount(self._groups, self._down) if len(truth) else np.empty(0)
        self._ups = np.bincount(self._groups, self._up) if len(truth) else np.empty(0)

    def _agreeing(self, truth: Floats) -> Floats | None:
        """A table that agrees with what is shown: the truth, or another where some of it is unknown; None for none."""
        for one in (truth, self._agreed):
            if one is not None and not np.isnan(one).any() and np.allclose(self._matrix @ one, self._rest):
                return one
        if len(truth) <= AROUND:
            return None  # every component is small: nothing will be asked of it
        found = _solved(np.zeros(len(truth)), self._matrix, self._rest, self._lower, self._upper)
        return found.x if found.status == 0 else None

    def agreeing(self) -> Floats | None:
        """Every atom of a table that agrees with what is shown, where one was needed: it does when more is hidden."""
        if self._base is None:
            return None
        found = self._fixed.copy()
        found[self._unknown] = self._base
        return found

    def _truth(self) -> Floats:
        """The true value of each unknown atom where a hidden cell is that atom alone, NaN elsewhere."""
        members, truth = self._cells.members, np.full(self._cells.members.shape[1], np.nan)
        alone = np.flatnonzero(np.diff(members.indptr) == 1)
        truth[members.indices[members.indptr[alone]]] = self._cells.values[alone]
        return truth[self._unknown]

    def _atoms(self, cell: int) -> Ints:
        """The unknown atoms of a cell, as positions among the unknown ones."""
        members = self._cells.members
        place: Ints = self._place[members.indices[members.indptr[cell] : members.indptr[cell + 1]]]
        return place[place >= 0]

    def interval(self, cell: int, enough: float) -> Interval:
        """The interval of a cell; one that is at least ``enough`` wide may be told without being measured exactly.

        In a component of many atoms only those around the cell may move, the others staying where they are: the
        interval found is then within the true one, and a table of all the communes can be protected in time.
        """
        atoms = self._atoms(cell)
        if not len(atoms):
            return self._worked_out(cell)
        free = atoms[self._free[atoms]]
        if len(free) and (self._upper[free] - self._lower[free]).sum() >= enough:
            return Interval(float(self._lower[free].sum()), float(self._upper[free].sum()), (), exact=False)
        if len(atoms) == 1 and max(self._shared(int(atoms[0])), self._seen(int(atoms[0]))) >= enough:
            return Interval(0.0, enough, (), exact=False)
        mine = self._tied(atoms)
        if len(mine) > AROUND and self._base is not None:
            return self._programmes(self._around(atoms), atoms, exact=False)
        return self._programmes(mine, atoms, exact=True)

    def exact_interval(self, cell: int) -> Interval:
        """The interval of a cell, from all the atoms that it is tied to."""
        atoms = self._atoms(cell)
        if not len(atoms):
            return self._worked_out(cell)
        return self._programmes(self._tied(atoms), atoms, exact=True)

    def _worked_out(self, cell: int) -> Interval:
        """A cell all of whose atoms are shown."""
        members = self._cells.members
        inside = self._single[members.indices[members.indptr[cell] : members.indptr[cell + 1]]]
        value = float(np.nansum(self._cells.values[inside]))
        return Interval(value, value, tuple(int(one) for one in inside))

    def _shared(self, atom: int) -> float:
        """How far an atom can move by exchange with those that the same equations hold: never more than it can."""
        group = self._groups[atom]
        up = min(self._up[atom], self._downs[group] - self._down[atom])
        down = min(self._down[atom], self._ups[group] - self._up[atom])
        return float(up + down)

    def _seen(self, atom: int) -> float:
        """How far an atom moves among the tables found so far that agree with what is shown."""
        gap = float(self._highest[atom] - self._lowest[atom])
        return 0.0 if np.isnan(gap) else gap

    def _around(self, atoms: Ints) -> Ints:
        """The atoms nearest to these: those of the smallest equations that hold them, then the next, up to AROUND."""
        found = set(atoms.tolist())
        reached: set[int] = set()
        edge = list(found)
        while edge and len(found) < AROUND:
            holding = {
                int(row) for one in edge for row in self._rows_of.indices[slice(*self._rows_of.indptr[one : one + 2])]
            } - reached
            edge = []
            for row in sorted(holding, key=lambda one: (self._sizes[one], one)):
                inside = self._matrix.indices[slice(*self._matrix.indptr[row : row + 2])]
                new = [int(one) for one in inside if one not in found][: AROUND - len(found)]
                reached.add(row)
                found.update(new)
                edge += new
                if len(found) >= AROUND:
                    break
        return np.array(sorted(found), dtype=np.int64)

    def _programmes(self, mine: Ints, atoms: Ints, exact: bool) -> Interval:
        """The least and the greatest sum of ``atoms`` when the atoms ``mine`` may move and the others may not."""
        part = _part(self._rows_of, mine)
        rows = part.rows
        rest = self._rest[rows] if exact or self._base is None else part.summed(self._base[mine])
        goal = np.zeros(len(mine))
        goal[np.searchsorted(mine, np.sort(atoms))] = 1.0
        least, greatest = _ends(self._solver, goal, part, rest, self._lower[mine], self._upper[mine])
        equations = self.equations[rows]
        if _NONE in (least.status, greatest.status):  # the table contradicts itself: hide around the cell
            near = np.diff(self._matrix[rows][:, atoms].indptr) > 0
            return Interval(np.nan, np.nan, tuple(int(one) for one in equations[near]))
        narrow = np.zeros(len(equations), dtype=bool)
        for one in (least, greatest):
            if one.status == _OPTIMAL:
                self._lowest[mine] = np.fmin(self._lowest[mine], one.x)
                self._highest[mine] = np.fmax(self._highest[mine], one.x)
                narrow |= np.abs(one.duals) > 1e-9
        low = least.value if least.status == _OPTIMAL else -BOUNDLESS
        high = greatest.value if greatest.status == _OPTIMAL else BOUNDLESS
        return Interval(low, high, tuple(int(one) for one in equations[narrow]), exact)

    def companion(self, cell: int, found: Interval) -> int | None:
        """The visible cell to hide next: among those that narrow the interval and their visible parts, the cheapest.

        Of equal cost, the smallest that is large enough; a zero, which could hide nothing, comes last.
        """
        members, values = self._cells.members, self._cells.values
        candidates = set(found.narrowed_by)
        for one in found.narrowed_by:
            parts = self._single[members.indices[members.indptr[one] : members.indptr[one + 1]]]
            candidates.update(int(part) for part in parts if part >= 0)
        candidates.discard(cell)
        candidates.discard(-1)
        if not candidates:
            return None
        lacking = self._cells.width[cell] - found.width

        def price(one: int) -> tuple[bool, float, bool, float, int]:
            value = float(values[one])
            short = value < lacking
            return (value <= 0, float(self._cells.cost[one]), short, -value if short else value, one)

        return min(candidates, key=price)


def _alike(matrix: csc_matrix) -> Ints:
    """A number for each column: the same for columns of the same rows, told apart by a sum of 64-bit marks of rows."""
    rows = np.arange(1, matrix.shape[0] + 1, dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # the mixing of SplitMix64
        rows = (rows ^ (rows >> np.uint64(shift))) * np.uint64(factor)
    marks = rows ^ (rows >> np.uint64(31))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(marks[matrix.indices], dtype=np.uint64)])
    _, numbers = np.unique(sums[matrix.indptr[1:]] - sums[matrix.indptr[:-1]], return_inverse=True)
    return numbers.astype(np.int64)


@dataclass(frozen=True)
class _Part:
    """Some columns of a 0/1 matrix, and its ``rows`` that they touch: the columns' ends and rows, one after another."""

    rows: Ints
    ends: Ints
    place: Ints

    def summed(self, values: Floats) -> Floats:
        """The sum of ``values``, one a column, over each row."""
        found = np.bincount(self.place, np.repeat(values, np.diff(self.ends)), len(self.rows))
        return found.astype(np.float64)


def _part(matrix: csc_matrix, columns: Ints) -> _Part:
    starts = matrix.indptr[columns].astype(np.int64)
    counts = matrix.indptr[columns + 1] - starts
    ends = np.concatenate([[0], np.cumsum(counts)])
    inside = matrix.indices[np.repeat(starts - ends[:-1], counts) + np.arange(ends[-1])]
    rows, place = np.unique(inside, return_inverse=True)
    return _Part(rows.astype(np.int64), ends, place.astype(np.int64))


_OPTIMAL, _UNBOUNDED, _NONE = "optimal", "unbounded", "none"


@dataclass(frozen=True)
class _End:
    """One end of an interval: how the programme ended, its value, where, and the duals of its equations.

    An end is far away only where HiGHS proves it: whatever else it answers tells no width.
    """

    status: str
    value: float
    x: Floats
    duals: Floats


def _ends(solver: Any, goal: Floats, part: _Part, rest: Floats, lower: Floats, upper: Floats) -> tuple[_End, _End]:
    """The least and the greatest ``goal · x`` with the sums of ``part`` at ``rest`` and ``lower ≤ x ≤ upper``.

    Straight to HiGHS: thousands of programmes of a hundred columns spend nine tenths of their time on the way there.
    """
    import highspy

    model: Any = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(goal), len(rest)
    model.col_cost_ = goal
    model.col_lower_ = lower
    highest = np.maximum(lower, upper)
    model.col_upper_ = np.where(highest >= BOUNDLESS, np.inf, highest)
    model.row_lower_ = model.row_upper_ = rest
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = part.ends.astype(np.int32)
    model.a_matrix_.index_ = part.place.astype(np.int32)
    model.a_matrix_.value_ = np.ones(len(part.place))
    solver.passModel(model)
    least = _run(solver, highspy)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    return least, _run(solver, highspy)


def _silent() -> Any:
    """A solver on one thread: the same programmes in the same order give the same answers."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("random_seed", 0)):
        solver.setOptionValue(name, value)
    return solver


def _run(solver: Any, highspy: Any) -> _End:
    highs.run(solver)
    status, found = solver.getModelStatus(), solver.getSolution()
    known = highspy.HighsModelStatus
    ended = {known.kOptimal: _OPTIMAL, known.kUnbounded: _UNBOUNDED}.get(status, _NONE)
    value = float(solver.getInfo().objective_function_value)
    return _End(ended, value, np.asarray(found.col_value), np.asarray(found.row_dual))


def _solved(goal: Floats, system: csr_matrix, rest: Floats, lower: Floats, upper: Floats) -> Any:
    """The least ``goal · x`` with ``system · x = rest`` and ``lower ≤ x ≤ upper``, as HiGHS answers it."""
    highest = [None if high >= BOUNDLESS else float(high) for high in np.maximum(lower, upper)]
    solve: Any = linprog  # whose stubs know only of dense matrices
    held = {"A_eq": system, "b_eq": rest} if system.shape[0] else {}
    return solve(goal, bounds=list(zip(lower.tolist(), highest, strict=True)), method="highs", **held)
