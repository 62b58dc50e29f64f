"""Where to open p sites: a greedy choice, then swaps and kicks; and how far from the best it can be at most.

The greedy is at least 1 − 1/e of the optimum (Nemhauser, Wolsey and Fisher 1978), and swaps only add to it. The bound
is Lagrangian: each row pays a price u_i for being served, and whatever the prices,

    Σ_i max_{j ∈ S} v_ij ≤ Σ_i u_i + Σ of the p largest ρ_j,   ρ_j = Σ_i (v_ij − u_i)+

for every S of p sites. The prices that make it least give the bound of the linear relaxation (Geoffrion 1974); they are
found by subgradients. With a plan at hand, the ρ_j also tell which sites are in no better plan, or in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Mask
from vigie.levers.siting_benefit import Benefit

Sites = npt.NDArray[np.int64]

# Tried on France (35,000 places, 3,000 candidates, p of 50 to 500): within 0.1 % of the linear relaxation in a second.
_STALE, _MEMORY = 30, 0.7


@dataclass(frozen=True)
class Bound:
    """No plan is worth more than ``upper``; ``price`` per row and ``excess`` ρ_j per site prove it."""

    upper: float
    price: Floats
    excess: Floats


def search(benefit: Benefit, count: int, cost: Floats | None = None, rounds: int = 10_000, seed: int = 1) -> Sites:
    """Sites (columns, rising) of a good plan of at most ``count``; fewer where no other adds anything.

    ``cost`` per site is taken off the worth of a plan that opens it: what keeps away from the places of other plans.
    ``rounds`` kicks, drawn from ``seed``: the same call gives the same plan.
    """
    from vigie.levers import siting_kernels

    kernels: Any = siting_kernels  # Numba's dispatchers have no signature that a type checker knows
    arrays = benefit.arrays
    dear = np.zeros(benefit.sites) if cost is None else cost
    opened, best = np.zeros(benefit.sites, dtype=np.bool_), np.zeros(benefit.matrix.shape[0])
    gain = np.bincount(arrays[1], weights=arrays[2], minlength=benefit.sites).astype(np.float64)
    tolerance = 1e-9 * max(float(gain.max(initial=0.0)), 1.0)
    kernels.greedy(count, *arrays, opened, best, gain, dear)
    if opened.any() and not opened.all():
        kernels.swaps(opened.copy(), tolerance, *arrays, opened, best, gain, dear)
        kernels.kicks(rounds, seed, tolerance, *arrays, opened, best, gain, dear)
    return np.flatnonzero(opened)


def bound(benefit: Benefit, count: int, value: float, rounds: int = 3000) -> Bound:
    """The best upper bound found on what ``count`` sites can be worth; ``value`` is that of a plan at hand."""
    from vigie.levers import siting_kernels

    kernels: Any = siting_kernels
    rows = benefit.arrays[:3]
    price = _first_prices(benefit)
    excess, taken_by, direction = np.empty(benefit.sites), np.empty(price.size), np.zeros(price.size)
    best = Bound(np.inf, price, excess)
    step, stale, scale = 1.0, 0, 2 * price
    for _ in range(rounds):
        kernels.excess(price, *rows, excess)
        taken = _largest(excess, count)
        upper = float(price.sum() + excess[taken].sum())
        if upper < best.upper * (1 - 1e-7):
            best, stale = Bound(upper, price, excess.copy()), 0
        else:
            stale += 1
            if stale == _STALE:
                step, stale, price = step / 1.5, 0, best.price
                direction[:] = 0.0
                if step < 1e-3:
                    break
                continue
        if _reached(best.upper, value, benefit.whole):
            break
        kernels.times_taken(taken, price, *rows, taken_by)
        slope = 1.0 - taken_by
        # Deflected (Camerini, Fratta and Maffioli 1975): plain subgradients zigzag.
        direction = slope + _MEMORY * direction
        # Prices are of the size of what their rows are worth: a step is too.
        length = float((direction * scale * direction).sum())
        if length == 0:
            break
        price = np.maximum(price - step * max(upper - value, 1e-9 * upper) / length * scale * direction, 0.0)
    return best


def proved(upper: float, whole: bool) -> float:
    """The bound, rounded down to a whole number where every plan is worth one."""
    return float(np.floor(upper + 1e-6)) if whole else upper


def undecided(benefit: Benefit, count: int, value: float, found: Bound) -> tuple[Mask, Mask]:
    """(sites that may be in a plan better than ``value``, sites that are in all of them), from the bound's ρ_j.

    The first holds those of the second no longer: they are decided.
    """
    target = value + (1.0 if benefit.whole else 1e-7 * max(value, 1.0))
    ordered = np.sort(found.excess)[::-1]
    last_in = ordered[count - 1] if count <= ordered.size else 0.0
    first_out = ordered[count] if count < ordered.size else 0.0
    slack = 1e-7 * max(found.upper, 1.0)
    inside = _largest(found.excess, count)
    sure = inside & (found.upper - found.excess + first_out + slack < target)
    never = ~inside & (found.upper - last_in + found.excess + slack < target)
    return ~(sure | never), sure


def _reached(upper: float, value: float, whole: bool) -> bool:
    return proved(upper, whole) <= value * (1 + 1e-12)


def _first_prices(benefit: Benefit) -> Floats:
    """Half of what each row has at best: near enough to start from."""
    matrix = benefit.matrix
    highest = np.zeros(matrix.shape[0])
    filled = np.diff(matrix.indptr) > 0
    if filled.any():
        highest[filled] = np.maximum.reduceat(matrix.data, matrix.indptr[:-1][filled])
    return 0.5 * highest


def _largest(values: Floats, count: int) -> Mask:
    """The ``count`` largest values."""
    taken = np.zeros(values.size, dtype=np.bool_)
    if count >= values.size:
        taken[:] = True
    elif count:
        taken[np.argpartition(values, values.size - count)[values.size - count :]] = True
    return taken
