"""Sitings solved exactly by HiGHS: mixed-integer programs, with what is proved of their optimum.

The program of a benefit matrix is that of the p-median by radii (Cornuejols, Nemhauser and Wolsey 1980): row i has a
variable for each different value v_1 > v_2 > … that it may have, and has value v_k or more only if a site that gives it
is open. The maximal covering problem is the case of one value a row. HiGHS stops at ``seconds``: what it has proved by
then is given, never taken for the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Mask
from vigie.indicators import highs
from vigie.levers.siting_benefit import Benefit

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Sites = npt.NDArray[np.int64]
MOST_ENTRIES = 4_000_000
"""Programs with more non-zero entries are not tried: they would not be solved in a minute."""


@dataclass(frozen=True)
class Solved:
    """What HiGHS found: ``x`` the values of the variables (empty if it found none better than its start) and ``upper``
    the bound that it proved, in the sense of the maximum; ``optimal`` where nothing is left between the two."""

    x: Floats
    upper: float
    optimal: bool


@dataclass(frozen=True)
class Program:
    """Maximise ``worth`` · x where ``lowest`` ≤ ``matrix`` x ≤ ``highest``, ``least`` ≤ x ≤ ``most``; ``whole`` or not.

    ``least`` is 0 where it is not given.
    """

    matrix: csr_array
    worth: Floats
    lowest: Floats
    highest: Floats
    most: Floats
    whole: Mask
    least: Floats | None = None


def solve(program: Program, seconds: float, start: Floats | None = None) -> Solved:
    """Solve with HiGHS on two threads, from ``start`` where one is given, stopping after ``seconds``."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    for name, value in (("time_limit", float(seconds)), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-6), ("threads", 2)):
        solver.setOptionValue(name, value)
    solver.passModel(_model(program, highspy))
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        solver.setSolution(given)
    highs.run(solver)
    info = solver.getInfo()
    status = solver.getModelStatus()
    found = info.primal_solution_status == 2
    optimal = status == highspy.HighsModelStatus.kOptimal
    upper = -info.mip_dual_bound if program.whole.any() else -info.objective_function_value if optimal else np.inf
    x = np.array(solver.getSolution().col_value) if found else np.empty(0)
    return Solved(x, float(upper) if np.isfinite(upper) else float("inf"), bool(optimal and found))


def _model(program: Program, highspy: Any) -> Any:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = program.matrix.shape
    model.col_cost_ = -program.worth
    least = np.zeros(program.most.size) if program.least is None else program.least
    model.col_lower_, model.col_upper_ = least, program.most
    model.row_lower_, model.row_upper_ = program.lowest, program.highest
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.matrix.indptr
    model.a_matrix_.index_ = program.matrix.indices
    model.a_matrix_.value_ = program.matrix.data
    if program.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(one)] for one in program.whole]
    return model


def choose(benefit: Benefit, count: int, start: Sites, seconds: float) -> tuple[Sites, float, bool] | None:
    """(sites, proved bound, whether it is the optimum) for ``count`` sites at most, from the plan ``start``.

    The bound is on what new sites add. None where the program is too large to try.
    """
    program = _by_radii(benefit, count)
    if program is None:
        return None
    first = np.zeros(program.most.size)
    first[start] = 1.0
    # The levels follow from the sites: a whole start is found at once.
    reached = np.asarray(program.matrix[:, : benefit.sites] @ first[: benefit.sites])[:-1]
    first[benefit.sites :] = np.minimum(-reached, 1.0)
    found = solve(program, seconds, first)
    chosen = np.flatnonzero(found.x[: benefit.sites] > 0.5) if found.x.size else start
    return chosen, found.upper, found.optimal


def _by_radii(benefit: Benefit, count: int) -> Program | None:
    from scipy.sparse import csr_array, hstack, vstack

    matrix, sites = benefit.matrix, benefit.sites
    # By row, the values falling; a new level where the value differs from the one before.
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((-matrix.data, rows))
    value, site, row = matrix.data[order], matrix.indices[order], rows[order]
    new = np.ones(value.size, dtype=np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (value[1:] != value[:-1])
    starts = np.flatnonzero(new)
    begins = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))[np.cumsum(np.r_[True, np.diff(row) > 0]) - 1]
    ends = np.append(starts[1:], value.size)
    lengths = ends - begins[starts]
    if int(lengths.sum()) > MOST_ENTRIES:
        return None
    # Level k of a row is had through any site of its levels up to k.
    offsets = np.repeat(np.cumsum(lengths) - lengths, lengths)
    members = site[np.arange(int(lengths.sum())) - offsets + np.repeat(begins[starts], lengths)]
    levels = starts.size
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    had = csr_array((-np.ones(members.size), members.astype(np.int32), indptr), shape=(levels, sites))
    identity = csr_array(
        (np.ones(levels), np.arange(levels, dtype=np.int32), np.arange(levels + 1, dtype=np.int32)),
        shape=(levels, levels),
    )
    budget = csr_array(
        (np.ones(sites), np.arange(sites, dtype=np.int32), np.array([0, sites], dtype=np.int32)),
        shape=(1, sites + levels),
    )
    whole = vstack([hstack([had, identity]), budget]).tocsr()
    below = np.where(np.append(row[starts][1:] == row[starts][:-1], False), np.append(value[starts][1:], 0.0), 0.0)
    return Program(
        matrix=whole,
        worth=np.concatenate([np.zeros(sites), value[starts] - below]),
        lowest=np.full(levels + 1, -np.inf),
        highest=np.append(np.zeros(levels), float(count)),
        most=np.ones(sites + levels),
        whole=np.append(np.ones(sites, dtype=np.bool_), np.zeros(levels, dtype=np.bool_)),
    )
