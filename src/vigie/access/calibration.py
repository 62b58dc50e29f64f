"""Calibration: speeds, decay and effective supply that come as near as they can to a published APL.

The published figure leaves three things unsaid: how long it takes from one commune to the next, how the weight falls
with time, and how much each practitioner does. Here they are fitted together, over several professions at once, because
all of them travel the same roads: what a nurse's APL says of the roads serves for the GP's.

The model is the catchment of :mod:`vigie.access.catchment` on the times of :func:`vigie.access.travel.crow_fly`:

- the **speed** of place i is that of its class (its density), times that of each area that it is in (its département,
  its bassin de vie), times a local factor, all log-normal around 1;
- the **decay** of each profession is a broken line from 1 at 0 minutes to 0 at the limit, falling where its
  :class:`Shape` lets it: anywhere, or at the edges of bands;
- the **supply** of place j is the head count times the mean activity, times factors of its class and areas, times a
  log-normal factor of its own that is the freer the fewer the practitioners. It is never negative, and near the head
  count unless the published figure pulls it away.

Minimised (L-BFGS, gradient in closed form): ½ Σ_p Σ_i (P_i/P̄) ((A_i − APL_i) / (misfit · σ_p))² + ½ Σ z², with z the
standardised deviations of all that is fitted and σ_p the spread of the published APL. A place whose APL is hidden or
missing weighs 0 in the first sum and is predicted: that is how the calibration is judged (:func:`hide_one_each`,
:func:`hide_places`, :func:`hide_blocks`, :func:`scores`). It is a fit, not an explanation: fitted speeds stand for
whatever makes a place nearer or farther than straight lines tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
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

_ACCESS, _ACCESS_SPREAD = 0.5, 1.0  # minutes at each end, and the spread of its logarithm
_BASE_SPEED = 60.0  # km/h on the road


@dataclass(frozen=True)
class Shape:
    """The decays that may be fitted: broken lines with a knot every ``step`` minutes, as many intervals as ``knots``.

    The weight is 1 at 0 minutes and 0 at the last knot; it falls only in the intervals numbered in ``falls``.
    """

    step: float
    knots: int
    falls: tuple[int, ...]

    @property
    def limit(self) -> float:
        """The minute of the last knot."""
        return self.step * self.knots


def free_line(step: float = 2.5, limit: float = 20.0) -> Shape:
    """A line that may fall anywhere, with a knot every ``step`` minutes."""
    knots = round(limit / step)
    return Shape(step, knots, tuple(range(knots)))


def soft_bands(edges: Sequence[float] = (5.0, 10.0, 15.0, 20.0), width: float = 1.0) -> Shape:
    """Bands that end at ``edges``, each falling over the last ``width`` minutes before its edge.

    A jump has no slope to follow; and the people of a commune do not all live at one distance.
    """
    falls = tuple(round(edge / width) - 1 for edge in edges)
    return Shape(width, falls[-1] + 1, falls)


@dataclass(frozen=True)
class Published:
    """What is known of one profession: ``apl`` per place (NaN where missing), ``demand`` P*_i, ``heads`` counted."""

    name: str
    apl: Floats
    demand: Floats
    heads: Floats


@dataclass(frozen=True)
class Spreads:
    """How far the fit may go: standard deviations of logarithms, but for ``misfit`` and ``unseen``. 0 leaves one out.

    ``class_speed`` of a class around 60 km/h; ``area_speed`` of an area and ``speed`` of a place around that;
    ``class_activity`` of the practitioners of a class and ``area_activity`` of an area around France, by profession;
    ``activity`` of one practitioner and ``together`` of all those of a place around that; ``misfit`` the error of the
    published APL allowed for, in parts of its spread; ``unseen`` practitioners per 1,000 inhabitants assumed beside
    those counted, so that a place where none is counted may still have some.

    The defaults are those that predict best the places of which nothing was seen (docs/methods-access.md).
    """

    speed: float = 0.1
    class_speed: float = 0.1
    area_speed: float = 0.1
    class_activity: float = 0.2
    area_activity: float = 0.1
    activity: float = 0.35
    together: float = 0.1
    misfit: float = 0.3
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
    areas: Sequence[npt.ArrayLike] = (),
    spreads: Spreads | None = None,
    shape: Shape | None = None,
    radius: float = 26.0,
    iterations: int = 90,
    progress: Callable[[int], None] = lambda _: None,
) -> Calibration:
    """Fit speeds, decays and supply to ``published``, without looking at the values that ``hidden`` marks.

    ``points`` give the places (their speeds are ignored); ``classes`` a class number per place, from 0; ``hidden`` one
    mask per profession; ``areas`` area numbers per place, an array per mesh; ``shape`` of the decays, by default a free
    line; ``radius`` in km as the crow flies, beyond which no pair is looked at; ``progress`` is told each iteration
    done. Raises InputError for lists of different lengths, a bad demand or head count, or a profession with fewer
    than two visible values.
    """
    groups = [np.asarray(each, dtype=np.int64) for each in (classes, *areas)]
    if len(published) != len(hidden) or any(each.shape != points.ids.shape or (each < 0).any() for each in groups):
        sizes = ", ".join(str(each.size) for each in groups)
        raise InputError(
            f"{len(published)} professions, {len(hidden)} masques, {sizes} classes pour {points.ids.size} lieux.",
            f"{len(published)} professions, {len(hidden)} masks, {sizes} classes for {points.ids.size} places.",
            where=Where(column="classes"),
        )
    problem = _problem(
        points, groups[0], groups[1:], published, hidden, spreads or Spreads(), shape or free_line(), radius
    )
    found, evaluations = _minimised(problem, iterations, progress)
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
    not defined), ``error`` (root mean square, weighted), ``absolute_error`` (weighted mean), ``bias`` (weighted mean of
    model − published), ``spread`` of the published values, all in the APL's unit.
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
class _Layer:
    """Deviations shared by the members of a group: place i takes ``spread[i]`` times that of ``group[i]``."""

    group: Integers
    count: int
    spread: Floats

    def of(self, deviations: Floats) -> Floats:
        """The deviation of each place, in the logarithm."""
        return np.asarray(self.spread * deviations[self.group])

    def slopes(self, along: Floats) -> Floats:
        """The slope along each group's deviation from the slope ``along`` the logarithm at each place."""
        return sums(self.group, self.spread * along, self.count)


@dataclass(frozen=True)
class _Profession:
    name: str
    target: Floats
    demand: Floats
    pull: Floats  # weight of the squared error per place
    supply: Floats  # the supply that is expected
    activity: list[_Layer]  # of its logarithm


@dataclass(frozen=True)
class _Problem:
    near: TravelTimes  # kilometres of road, in the place of minutes
    pace: list[_Layer]
    professions: list[_Profession]
    shape: Shape


@dataclass(frozen=True)
class _Unknowns:
    pace: list[Floats]
    access: Floats
    falls: list[Floats]
    activity: list[list[Floats]]


def _problem(
    points: Points,
    classes: Integers,
    areas: Sequence[Integers],
    published: Sequence[Published],
    hidden: Sequence[Mask],
    spreads: Spreads,
    shape: Shape,
    radius: float,
) -> _Problem:
    # At 60 km/h without access a minute is a kilometre of road.
    near = crow_fly(with_speeds(points, _BASE_SPEED, 0.0), with_speeds(points, _BASE_SPEED, 0.0), radius * DETOUR)
    pace = [
        _layer(np.arange(classes.size), spreads.speed),
        _layer(classes, spreads.class_speed),
        *(_layer(area, spreads.area_speed) for area in areas),
    ]
    professions = [_expected(each, mask, classes, areas, spreads) for each, mask in zip(published, hidden, strict=True)]
    return _Problem(near, pace, professions, shape)


def _layer(group: Integers, spread: float | Floats) -> _Layer:
    return _Layer(group, int(group.max(initial=-1)) + 1, np.broadcast_to(np.asarray(spread, np.float64), group.shape))


def _expected(
    published: Published, hidden: Mask, classes: Integers, areas: Sequence[Integers], spreads: Spreads
) -> _Profession:
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
    of_place = np.sqrt(spreads.activity**2 / np.maximum(heads, 0.2) + spreads.together**2)
    return _Profession(
        published.name,
        target,
        demand,
        np.where(seen, demand / demand[seen].mean(), 0.0) / (spreads.misfit * spread) ** 2,
        activity * counted,
        [
            _layer(np.arange(demand.size), of_place),
            _layer(classes, spreads.class_activity),
            *(_layer(area, spreads.area_activity) for area in areas),
        ],
    )


def _unknowns(problem: _Problem, vector: Floats) -> _Unknowns:
    """The parts of the vector, as views."""
    rest = vector

    def taken(size: int) -> Floats:
        nonlocal rest
        part, rest = rest[:size], rest[size:]
        return part

    pace = [taken(layer.count) for layer in problem.pace]
    access = taken(1)
    falls = [taken(len(problem.shape.falls)) for _ in problem.professions]
    activity = [[taken(layer.count) for layer in each.activity] for each in problem.professions]
    return _Unknowns(pace, access, falls, activity)


def _size(problem: _Problem) -> int:
    activity = sum(layer.count for each in problem.professions for layer in each.activity)
    falls = len(problem.shape.falls) * len(problem.professions)
    return sum(layer.count for layer in problem.pace) + 1 + falls + activity


def _deviation(layers: Sequence[_Layer], deviations: Sequence[Floats]) -> Floats:
    return np.asarray(sum(layer.of(part) for layer, part in zip(layers, deviations, strict=True)))


def _pace(problem: _Problem, unknowns: _Unknowns) -> Floats:
    return np.asarray(60.0 / _BASE_SPEED * np.exp(_deviation(problem.pace, unknowns.pace)))


def _access(unknowns: _Unknowns) -> float:
    return _ACCESS * float(np.exp(_ACCESS_SPREAD * unknowns.access[0]))


def _supply(profession: _Profession, activity: Sequence[Floats]) -> Floats:
    return profession.supply * np.exp(_deviation(profession.activity, activity))


def _levels(shape: Shape, falls: Floats) -> Floats:
    """The weight at each knot: 1 at the first, 0 at the last, falling in the intervals of ``shape.falls`` only."""
    drops = np.zeros(shape.knots)
    drops[list(shape.falls)] = np.exp(falls)
    left = np.cumsum(drops[::-1])[::-1]
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
    for layer, slope in zip(problem.pace, slopes.pace, strict=True):
        slope += layer.slopes(by_pace * pace)
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

    near, rows, step = problem.near, problem.near.places.size, problem.shape.step
    pairs = (near.indptr, near.indices)
    levels = _levels(problem.shape, unknowns.falls[number])
    supply = _supply(profession, unknowns.activity[number])
    weight, in_reach = np.empty(minutes.size), np.empty(rows)
    kernels.share(
        partial(kernels.line_weights, *pairs, minutes, step, levels, profession.demand, weight, in_reach), rows
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
            step,
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
    for layer, slope in zip(profession.activity, slopes.activity[number], strict=True):
        slope += layer.slopes(supply * push)
    slopes.falls[number][:] += _fall_slopes(problem.shape, unknowns.falls[number], levels, by_level.sum(axis=0))
    return 0.5 * float(pull @ gap)


def _fall_slopes(shape: Shape, falls: Floats, levels: Floats, by_level: Floats) -> Floats:
    drops = np.exp(falls)
    until = np.cumsum(by_level[:-1])[list(shape.falls)]
    return np.asarray(drops / drops.sum() * (until - by_level @ levels))


def _minimised(problem: _Problem, iterations: int, progress: Callable[[int], None]) -> tuple[_Unknowns, int]:
    from scipy.optimize import fmin_l_bfgs_b

    done = count(1)
    found, _, report = fmin_l_bfgs_b(
        lambda x: _loss(problem, x),
        np.zeros(_size(problem)),
        m=12,
        maxiter=iterations,
        callback=lambda _: progress(next(done)),
    )
    return _unknowns(problem, np.asarray(found, dtype=np.float64)), int(report["funcalls"])


def _calibration(problem: _Problem, points: Points, radius: float, found: _Unknowns, evaluations: int) -> Calibration:
    fitted = with_speeds(points, 60.0 / _pace(problem, found), _access(found))
    shape, decays, supply, model = problem.shape, {}, {}, {}
    travel = crow_fly(fitted, fitted, shape.limit, radius=radius)
    for number, profession in enumerate(problem.professions):
        levels = _levels(shape, found.falls[number])
        knots = [(shape.step * k, float(level)) for k, level in enumerate(levels[:-1])]
        decays[profession.name] = line(knots, shape.limit)
        supply[profession.name] = _supply(profession, found.activity[number])
        catchment = prepare(travel, decays[profession.name], profession.demand)
        model[profession.name] = accessibility(catchment, supply[profession.name])
    by_class = problem.pace[1].spread[0] * found.pace[1]
    speeds = _BASE_SPEED * np.exp(-by_class)
    return Calibration(fitted, radius, speeds, decays, supply, model, evaluations)


def _score(profession: Published, model: dict[str, Floats], chosen: Mask) -> dict[str, object]:
    places = int(chosen.sum())
    if places < 2:
        nothing = ("correlation", "error", "absolute_error", "bias", "spread")
        return {"places": places, **dict.fromkeys(nothing)}
    wanted, found, people = profession.apl[chosen], model[profession.name][chosen], profession.demand[chosen]
    share = people / people.sum()
    correlation = weighted_correlation(found, wanted, people)
    return {
        "places": places,
        "correlation": correlation if np.isfinite(correlation) else None,
        "error": float(np.sqrt(share @ (found - wanted) ** 2)),
        "absolute_error": float(share @ np.abs(found - wanted)),
        "bias": float(share @ (found - wanted)),
        "spread": float(np.sqrt(share @ (wanted - share @ wanted) ** 2)),
    }
