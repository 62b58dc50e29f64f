"""Back-test: what the model would have said in 2019 of 2023, and how often its intervals held.

The same draws from another base: the published APL of all ages of an earlier year, the national growth seen before it
carried on, the national ages everywhere (no APL by age is published before 2021: the age part is not back-tested). The
places are those of the file on a constant field: without Paris, Lyon, Marseille and Corsica.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vigie.outlook.ages import national_shares
from vigie.outlook.draws import SEED, Groups, Outlook, outlook
from vigie.outlook.ground import Floats, Ground, planned
from vigie.outlook.hypotheses import CENTRAL, Model, variant

FEW, SOME = 2, 10  # GPs: places of 1 or 2, of 3 to 10, of more


@dataclass(frozen=True)
class Judged:
    """How a forecast did over some territories, weighted by their standardised population.

    ``error`` and ``kept`` are mean absolute errors, of the forecast and of "nothing changes", in consultations a year;
    ``bias`` is the mean of forecast − seen; ``coverage`` the share of the territories whose figure fell within the
    interval, ``weighted`` that of their people; ``width`` the mean width of the interval.
    """

    group: str
    territories: int
    error: float
    kept: float
    bias: float
    coverage: float
    weighted: float
    width: float


@dataclass(frozen=True)
class Forecast:
    """A forecast from one year for another: what was published then, what was foreseen and what was seen."""

    base: int
    year: int
    found: Outlook
    before: Floats
    seen: Floats
    weights: Floats


def forecast(
    ground: Ground,
    model: Model,
    groups: Groups,
    series: dict[int, Floats],
    base: int,
    year: int,
    growth: float,
    draws: int,
    seed: int = SEED,
) -> Forecast:
    """What the model says of ``year`` from ``base``. ``series`` has the published APL of each year by place.

    ``growth`` is that of the national supply in a year, as seen before the base: nothing after the base is looked at.
    """
    known = np.isfinite(series[base]) & np.isfinite(series[year]) & (ground.demand > 0)
    before, seen = (np.where(known, series[one], np.nan) for one in (base, year))
    scale = _mean(before, ground.demand) / _mean(ground.apl, np.where(known, ground.demand, 0.0))
    then = replace(
        ground,
        base=base,
        apl=before,
        activity=ground.activity * scale,
        shares=np.tile(national_shares(model.ages), (ground.heads.size, 1)),
    )
    span = year - base
    plan = planned(then, model, variant(CENTRAL), np.power(1 + growth, np.arange(span + 1.0)), np.ones((span + 1, 1)))
    found = outlook(then, plan, model, groups, draws, seed, told=(year,))
    return Forecast(base, year, found, before, seen, np.where(known, ground.demand, 0.0))


def growth_seen(series: dict[int, Floats], weights: Floats, first: int, last: int) -> float:
    """The yearly growth of the mean APL from ``first`` to ``last``, over the places known in both."""
    known = np.isfinite(series[first]) & np.isfinite(series[last])
    at = [float(series[year][known] @ weights[known]) for year in (first, last)]
    return float((at[1] / at[0]) ** (1 / (last - first)) - 1)


def places_judged(one: Forecast, heads: npt.NDArray[np.int64]) -> list[Judged]:
    """The forecast over communes: all, then by the number of GPs who practise there (``heads`` by place)."""
    now = one.found.apl
    kinds = {
        "all": np.ones(heads.size, dtype=bool),
        "none": heads == 0,
        "few": (heads > 0) & (heads <= FEW),
        "some": (heads > FEW) & (heads <= SOME),
        "many": heads > SOME,
    }
    rows = (now.value[-1], now.low[-1], now.high[-1])
    return [_judged(name, rows, one.before, one.seen, np.where(kind, one.weights, 0.0)) for name, kind in kinds.items()]


def groups_judged(one: Forecast, groups: Groups, levels: npt.NDArray[np.str_]) -> list[Judged]:
    """The forecast over territories: ``levels`` names the level of each group."""
    matrix = groups.matrix
    total = matrix @ one.weights
    before, seen = (
        np.divide(matrix @ (one.weights * np.nan_to_num(part)), total, out=np.full(total.size, np.nan), where=total > 0)
        for part in (one.before, one.seen)
    )
    now = one.found.group_apl
    rows = (now.value[-1], now.low[-1], now.high[-1])
    return [
        _judged(level, rows, before, seen, np.where((levels == level) & (total > 0), total, 0.0))
        for level in dict.fromkeys(levels.tolist())
    ]


def _judged(group: str, found: tuple[Floats, Floats, Floats], before: Floats, seen: Floats, weights: Floats) -> Judged:
    kept = (weights > 0) & np.isfinite(seen) & np.isfinite(before) & np.isfinite(found[0])
    value, low, high = (part[kept] for part in found)
    was, now, share = before[kept], seen[kept], weights[kept] / max(weights[kept].sum(), 1e-300)
    # Published figures are rounded to the hundredth: one at the edge of an interval is within it.
    within = (now >= low - 0.005) & (now <= high + 0.005)
    return Judged(
        group,
        int(kept.sum()),
        float(share @ np.abs(value - now)),
        float(share @ np.abs(was - now)),
        float(share @ (value - now)),
        float(within.mean()) if within.size else float("nan"),
        float(share @ within),
        float(share @ (high - low)),
    )


def _mean(values: Floats, weights: Floats) -> float:
    known = np.isfinite(values) & (weights > 0)
    return float(values[known] @ weights[known] / weights[known].sum())
