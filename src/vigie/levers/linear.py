"""Linear programs, solved with HiGHS: what SciPy offers, with the arguments that this room uses."""

from __future__ import annotations

from typing import Any

import numpy as np

from vigie.access.arrays import Floats


def least(
    costs: Floats, most: Floats, above: Any, limits: Floats, total: float | None = None, counted: Floats | None = None
) -> Floats | None:
    """x that makes ``costs`` · x least, with 0 ≤ x ≤ ``most`` and ``above`` x ≤ ``limits`` (a sparse matrix).

    With ``total``, ``counted`` · x is that much. None where there is no such x.
    """
    from scipy.optimize import linprog

    equal: dict[str, Any] = {}
    if total is not None and counted is not None:
        equal = {"A_eq": counted[None, :], "b_eq": np.array([total])}
    bounds = np.column_stack([np.zeros_like(most), most])
    problem: dict[str, Any] = {"A_ub": above, "b_ub": limits, "bounds": bounds, "method": "highs", **equal}
    solved: Any = linprog(costs, **problem)
    return None if solved.x is None else np.asarray(solved.x, dtype=np.float64)
