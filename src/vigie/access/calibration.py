"""Calibration: speeds, decay and effective supply that come as near as they can to a published APL.

The published figure leaves three things unsaid: how long it takes from one commune to the next, how the weight falls
with time, and how much each practitioner does. Here they are fitted together, over several professions at once, because
all of them travel the same roads: what a nurse's APL says of the roads serves for the GP's.

The model is the catchment of :mod:`vigie.access.catchment` on the times of :func:`vigie.access.travel.crow_fly`:

- the **speed** of place i is that of its class (its density) times a local factor, log-normal around 1;
- the **decay** of each profession is a broken line from 1 at 0 minutes to 0 at the limit, falling;
- the **supply** of place j is the head count times the mean activity, times a log-normal factor that is the freer the
  fewer the practitioners. It is never negative, and near the head count unless the published figure pulls it away.

Minimised (L-BFGS, gradient in closed form): ½ Σ_p Σ_i (P_i/P̄) ((A_i − APL_i) / (misfit · σ_p))² + ½ Σ z², with z the
standardised deviations of all that is fitted and σ_p the spread of the published APL. A place whose APL is hidden or
missing weighs 0 in the first sum and is predicted: that is how the calibration is judged (:func:`hide_one_each`,
:func:`hide_places`, :func:`hide_blocks`, :func:`scores`). It is a fit, not an explanation: fitted speeds stand for
whatever makes a place nearer or farther than straight lines tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, Mask, quantities, sums
from vigie.access.catchment import accessibility, prepare
from vigie.access.decay import Decay, line
from vigie.access.travel import DETOUR, Points, TravelTimes, crow_fly, with_speeds
from vigie.errors import InputError, Where

if TYPE_CHECKING:
    import polars as pl

STEP = 2.5  # minutes between the knots of the fitted decay
_CLASS_SPREAD = 0.3  # of the logarithm of a class's speed around 60 km/h
_ACCESS, _ACCESS_SPREAD = 0.5, 1.0  # minutes at each end, and the spread of its logarithm
_BASE_SPEED = 60.0  # km/h on the road


@dataclass(frozen=True)
class Published:
    """What is known of one profession: ``apl`` per place (NaN where missing), ``demand`` P*_i, ``heads`` counted."""

    name: str
    apl: Floats
    demand: Floats
    heads: Floats


@dataclass(frozen=True)
class Spreads:
    """How far the fit may go: standard deviations of logarithms, but for ``misfit`` and ``unseen``.

    ``speed`` of a place around its class; ``activity`` of one practitioner; ``together`` of all those of a place;
    ``misfit`` the error of the published APL allowed for, in parts of its spread; ``unseen`` practitioners per 1,000
    inhabitants assumed beside those counted, so that a place where none is counted may still have some.
    """

    speed: float = 0.3
    activity: float = 0.35
    together: float = 0.1
    misfit: float = 0.1
    unseen: float = 0.05


@dataclass(frozen=True)
class Calibration:
    """What was fitted: made by :func:`calibrate`.

    ``points`` carry the fitted speeds and access minutes, so that :func:`vigie.access.travel.crow_fly` gives the fitted
    times; ``class_speed`` in km/h by class number; ``decays``, ``supply`` (units of the APL's numerator) and ``apl``
    (the model's) by profession; ``radius`` in km beyond which no pair was looked at; ``evaluations`` of the loss.
    """

    points: Points
    radius: float
    class_speed: Floats
    decays: dict[str, Decay]
    supply: dict[str, Floats]
    apl: dict[str, Floats]
    evaluations: int


def calibrate(
    points: Points,
    classes: npt.ArrayLike,
    published: Sequence[Published],
    hidden: Sequence[Mask],
    *,
    spreads: Spreads | None = None,
    limit: float = 20.0,
    radius: float = 26.0,
    iterations: int = 90,
) -> Calibration:
    """Fit speeds, decays and supply to ``published``, without looking at the values that ``hidden`` marks.

    ``points`` give the places (their speeds are ignored); ``classes`` a class number per place, from 0; ``hidden`` one
    mask per profession; ``limit`` of the decays in minutes; ``radius`` in km as the crow flies, beyond which no pair is
    looked at. Raises InputError for lists of different lengths, a bad demand or head count, or a profession with fewer
    than two visible values.
    """
    groups = np.asarray(classes, dtype=np.int64)
    if len(published) != len(hidden) or groups.shape != points.ids.shape or (groups < 0).any():
        raise InputError(
            f"{len(published)} professions, {len(hidden)} masques, {groups.size} classes pour {points.ids.size} lieux.",
            f"{len(published)} professions, {len(hidden)} masks, {groups.size} classes for {points.ids.size} places.",
            where=Where(column="classes"),
        )
    problem = _problem(points, groups, published, hidden, spreads or Spreads(), limit, radius)
    found, evaluations = _minimised(problem, iterations)
    return _calibration(problem, points, radius, found, evaluations)


def fitted_times(calibration: Calibration) -> TravelTimes:
    """The fitted travel times, as far as the fitted decays reach."""
    limit = max(decay.limit for decay in calibration.decays.values())
    return crow_fly(calibration.points, calibration.points, limit, radius=calibration.radius)


def anchored(published: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike) -> Floats:
    """The published APL moved by the model's change: published + (after − before), not below 0; NaN stays missing.

    Added, not multiplied: what a scenario brings stays Σ P*·change = change of supply, and no ratio explodes where the
    model is near 0.
    """
    moved = np.asarray(published, dtype=np.float64) + (np.asarray(after) - np.asarray(before))
    return np.where(np.isnan(moved), np.nan, np.maximum(moved, 0.0))


def hide_one_each(places: int, professions: int, seed: int) -> list[Mask]:
    """Masks that hide, in every place, the value of one profession at random: each loses about 1/n of its values."""
    chosen = np.random.default_rng(seed).integers(0, professions, places)
    return [chosen == k for k in range(professions)]


def hide_places(places: int, professions: int, share: float, seed: int) -> list[Mask]:
    """Masks that hide all the professions of a ``share`` of the places at random."""
    chosen = np.random.default_rng(seed).random(places) < share
    return [chosen] * professions


def hide_blocks(points: Points, professions: int, share: float, side: float, seed: int) -> list[Mask]:
    """Masks that hide all the professions of a ``share`` of square blocks of ``side`` km: no neighbour to lean on."""
    where = np.floor(points.position[:, :2] / (1000.0 * side))
    _, block = np.unique(
        np.column_stack([where, np.unique(points.zone, return_inverse=True)[1]]), axis=0, return_inverse=True
    )
    chosen = np.random.default_rng(seed).random(block.max(initial=0) + 1) < share
    return [chosen[block]] * professions


def scores(
    published: Sequence[Published],
    model: dict[str, Floats],
    judged: Sequence[Mask],
    groups: Sequence[str] | npt.NDArray[np.str_],
) -> pl.DataFrame:
    """How near ``model`` is to ``published`` over the places ``judged``: overall (``group`` "all") and by group.

    Columns: ``profession``, ``group``, ``places``, ``correlation`` weighted by the standardised population (null when
    not defined), ``error`` (root mean square, weighted), ``bias`` (weighted mean of model − published), ``spread`` of
    the published values, all in the APL's unit.
    """
    import polars as pl

    names = np.asarray(groups, dtype=np.str_)
    rows: list[dict[str, object]] = []
    for profession, mask in zip(published, judged, strict=True):
        seen = mask & np.isfinite(profession.apl) & (profession.demand > 0) & np.isfinite(model[profession.name])
        for group in ["all", *np.unique(names).tolist()]:
            chosen = seen & ((names == group) | (group == "all"))
            rows.append({"profession": profession.name, "group": group} | _score(profession, model, chosen))
    return pl.DataFrame(rows)


def weighted_correlation(a: Floats, b: Floats, weights: Floats) -> float:
    """Pearson's correlation of ``a`` and ``b`` weighted by ``weights``; NaN if either is constant."""
    share = weights / weights.sum()
    x, y = a - share @ a, b - share @ b
    spread = float(np.sqrt((share @ x**2) * (share @ y**2)))
    return float(share @ (x * y)) / spread if spread else float("nan")


@dataclass(frozen=True)
class _Profession:
    name: str
    target: Floats
    demand: Floats
    pull: Floats  # weight of the squared error per place
    supply: Floats  # the supply that is expected
    spread: Floats  # of its logarithm


@dataclass(frozen=True)
class _Problem:
    near: TravelTimes  # kilometres of road, in the place of minutes
    classes: Integers
    class_count: int
    professions: list[_Profession]
    speed_spread: float
    knots: int


@dataclass(frozen=True)
class _Unknowns:
    local: Floats
    by_class: Floats
    access: Floats
    falls: list[Floats]
    activity: list[Floats]


def _problem(
    points: Points,
    classes: Integers,
    published: Sequence[Published],
    hidden: Sequence[Mask],
    spreads: Spreads,
    limit: float,
    radius: float,
) -> _Problem:
    # At 60 km/h without access a minute is a kilometre of road.
    near = crow_fly(with_speeds(points, _BASE_SPEED, 0.0), with_speeds(points, _BASE_SPEED, 0.0), radius * DETOUR)
    professions = [_expected(each, mask, spreads) for each, mask in zip(published, hidden, strict=True)]
    return _Problem(near, classes, int(classes.max()) + 1, professions, spreads.speed, round(limit / STEP))


def _expected(published: Published, hidden: Mask, spreads: Spreads) -> _Profession:
    demand = quantities(published.demand, "demand")
    heads = quantities(published.heads, "heads", demand.size)
    seen = np.isfinite(published.apl) & (demand > 0) & ~hidden
    if seen.sum() < 2:
        raise InputError(
            f"« {published.name} » : moins de deux valeurs publiées visibles.",
            f"“{published.name}”: fewer than two published values visible.",
            where=Where(column="apl"),
        )
    target = np.where(seen, published.apl, 0.0)
    mean = target @ demand / demand[seen].sum()
    spread = float(np.sqrt(np.where(seen, (target - mean) ** 2, 0.0) @ demand / demand[seen].sum()))
    counted = heads + spreads.unseen * np.minimum(demand / 1000.0, 1.0) + 1e-3
    activity = mean * demand.sum() / counted.sum()
    return _Profession(
        published.name,
        target,
        demand,
        np.where(seen, demand / demand[seen].mean(), 0.0) / (spreads.misfit * spread) ** 2,
        activity * counted,
        np.sqrt(spreads.activity**2 / np.maximum(heads, 0.2) + spreads.together**2),
    )


def _unknowns(problem: _Problem, vector: Floats) -> _Unknowns:
    places, falls = problem.classes.size, problem.knots
    count = len(problem.professions)
    sizes = [places, problem.class_count, 1, *[falls] * count, *[places] * count]
    parts = np.split(vector, np.cumsum(sizes)[:-1])
    return _Unknowns(parts[0], parts[1], parts[2], parts[3 : 3 + count], parts[3 + count :])


def _pace(problem: _Problem, unknowns: _Unknowns) -> Floats:
    logs = _CLASS_SPREAD * unknowns.by_class[problem.classes] + problem.speed_spread * unknowns.local
    return np.asarray(60.0 / _BASE_SPEED * np.exp(logs))


def _access(unknowns: _Unknowns) -> float:
    return _ACCESS * float(np.exp(_ACCESS_SPREAD * unknowns.access[0]))


def _levels(falls: Floats) -> Floats:
    left = np.cumsum(np.exp(falls)[::-1])[::-1]
    return np.append(left / left[0], 0.0)


def _loss(problem: _Problem, vector: Floats) -> tuple[float, Floats]:
    """The loss and its gradient."""
    from vigie.access import kernels

    near, unknowns = problem.near, _unknowns(problem, vector)
    pace, access = _pace(problem, unknowns), _access(unknowns)
    gradient = vector.copy()
    slopes = _unknowns(problem, gradient)  # views: adding to them adds to the gradient
    minutes = np.empty(near.indices.size)
    rows = near.places.size
    kernels.share(partial(kernels.pair_minutes, near.indptr, near.indices, near.minutes, pace, access, minutes), rows)
    by_pace, by_access = np.zeros(rows), np.zeros(rows)
    loss = 0.5 * float(vector @ vector)
    for number, profession in enumerate(problem.professions):
        loss += _profession_loss(problem, number, profession, unknowns, minutes, (by_pace, by_access), slopes)
    along_log_pace = by_pace * pace
    slopes.local[:] += problem.speed_spread * along_log_pace
    slopes.by_class[:] += _CLASS_SPREAD * sums(problem.classes, along_log_pace, problem.class_count)
    # Each row counted both w_ij and w_ji, and access enters a trip twice.
    slopes.access[:] += _ACCESS_SPREAD * access * by_access.sum()
    return loss, gradient


def _profession_loss(
    problem: _Problem,
    number: int,
    profession: _Profession,
    unknowns: _Unknowns,
    minutes: Floats,
    travel_slopes: tuple[Floats, Floats],
    slopes: _Unknowns,
) -> float:
    from vigie.access import kernels

    near, rows = problem.near, problem.near.places.size
    pairs = (near.indptr, near.indices)
    levels = _levels(unknowns.falls[number])
    supply = profession.supply * np.exp(profession.spread * unknowns.activity[number])
    weight, in_reach = np.empty(minutes.size), np.empty(rows)
    kernels.share(
        partial(kernels.line_weights, *pairs, minutes, STEP, levels, profession.demand, weight, in_reach), rows
    )
    served = in_reach > 0
    per_head = np.divide(1.0, in_reach, out=np.zeros(rows), where=served)
    rate, access, push = supply * per_head, np.empty(rows), np.empty(rows)
    kernels.share(partial(kernels.product, *pairs, weight, rate, access), rows)
    gap = access - profession.target
    pull = profession.pull * gap
    kernels.share(partial(kernels.product, *pairs, weight, pull, push), rows)
    push *= per_head
    by_level = np.zeros((rows, levels.size))
    kernels.share(
        partial(
            kernels.line_slopes,
            *pairs,
            minutes,
            near.minutes,
            STEP,
            levels,
            profession.demand,
            rate,
            pull,
            push,
            *travel_slopes,
            by_level,
        ),
        rows,
    )
    slopes.activity[number][:] += profession.spread * supply * push
    slopes.falls[number][:] += _fall_slopes(unknowns.falls[number], levels, by_level.sum(axis=0))
    return 0.5 * float(pull @ gap)


def _fall_slopes(falls: Floats, levels: Floats, by_level: Floats) -> Floats:
    drops = np.exp(falls)
    return np.asarray(drops / drops.sum() * (np.cumsum(by_level[:-1]) - by_level @ levels))


def _minimised(problem: _Problem, iterations: int) -> tuple[_Unknowns, int]:
    from scipy.optimize import fmin_l_bfgs_b

    count = len(problem.professions)
    size = problem.classes.size * (1 + count) + problem.class_count + 1 + count * problem.knots
    found, _, report = fmin_l_bfgs_b(lambda x: _loss(problem, x), np.zeros(size), m=12, maxiter=iterations)
    return _unknowns(problem, np.asarray(found, dtype=np.float64)), int(report["funcalls"])


def _calibration(problem: _Problem, points: Points, radius: float, found: _Unknowns, evaluations: int) -> Calibration:
    fitted = with_speeds(points, 60.0 / _pace(problem, found), _access(found))
    decays, supply, model = {}, {}, {}
    limit = STEP * problem.knots
    travel = crow_fly(fitted, fitted, limit, radius=radius)
    for number, profession in enumerate(problem.professions):
        levels = _levels(found.falls[number])
        decays[profession.name] = line([(STEP * k, float(level)) for k, level in enumerate(levels[:-1])], limit)
        supply[profession.name] = profession.supply * np.exp(profession.spread * found.activity[number])
        catchment = prepare(travel, decays[profession.name], profession.demand)
        model[profession.name] = accessibility(catchment, supply[profession.name])
    speeds = _BASE_SPEED * np.exp(-_CLASS_SPREAD * found.by_class)
    return Calibration(fitted, radius, speeds, decays, supply, model, evaluations)


def _score(profession: Published, model: dict[str, Floats], chosen: Mask) -> dict[str, object]:
    count = int(chosen.sum())
    if count < 2:
        return {"places": count, "correlation": None, "error": None, "bias": None, "spread": None}
    wanted, found, people = profession.apl[chosen], model[profession.name][chosen], profession.demand[chosen]
    share = people / people.sum()
    correlation = weighted_correlation(found, wanted, people)
    return {
        "places": count,
        "correlation": correlation if np.isfinite(correlation) else None,
        "error": float(np.sqrt(share @ (found - wanted) ** 2)),
        "bias": float(share @ (found - wanted)),
        "spread": float(np.sqrt(share @ (wanted - share @ wanted) ** 2)),
    }
