"""Speed field: how fast one travels around each place, calibrated on published times to the nearest site of a kind.

DREES publishes the driving time from each commune to the nearest emergency department. The field is the pace (minutes
per km of road) of every place, and the minutes lost at both ends, which explain these times best on straight lines:

    t_i ≈ min over sites j of  a_i + a_j + km_ij · detour · (pace_i + pace_j) / 2
    log pace_i = c(class of i) + u_i,    a_i = a(class of i) ≥ 0

where u is smooth over the ground: minimised (Gauss and Newton, the nearest site chosen anew at each step) is

    Σ ρ((t_i − t̂_i)/σ_i) + λ/2 Σ over neighbours (u_i − u_k)² + ε/2 Σ u_i² + ½ Σ (a − 1)²

with Huber's ρ and σ_i = 2 min · √(t_i/20). Every constant here is ours. λ is the smoothest that predicts times held out
in blocks of 50 km within a few per cent of the best (``docs/methods-access.md`` gives the figures).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, Mask
from vigie.access.travel import DETOUR, Ids, Points
from vigie.errors import InputError, Where

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SMOOTHING, NEARNESS = 300.0, 0.1  # λ and ε
NEIGHBOURS, CANDIDATES = 8, 12  # whom u is smoothed with; the sites among which the nearest is looked for
NOISE, AT = 2.0, 20.0  # minutes of misfit, at as many minutes of travel
HUBER = 3.0  # misfits beyond which a time counts less
STEPS = 6
BLOCK = 50_000.0  # metres
_APART = 1e8  # metres between two land masses in one search: none is in reach of another


@dataclass(frozen=True)
class Observations:
    """Published times fit for calibration: made by :func:`observations`.

    ``minutes`` to the nearest site, NaN where there is none to use; ``sites`` marks the places that have one at both
    dates; ``isolated`` the places that no road reaches; ``dropped`` how many times were left out because the nearest
    site opened or closed between the dates.
    """

    minutes: Floats
    sites: Mask
    isolated: Mask
    dropped: int


@dataclass(frozen=True)
class SpeedField:
    """Pace (minutes per km of road) and access (minutes at each end) of known places: made by :func:`fit`."""

    known: Points
    pace: Floats
    access: Floats


def observations(known: Points, minutes: Floats, listed: Mask, later_sites: Mask) -> Observations:
    """The published times that may be trusted, from ``minutes`` (NaN where blank) per place.

    ``listed`` marks the places that the publication lists: a blank there is a place that no road reaches; a place that
    it does not list (an arrondissement, a code that has changed) is merely unknown. ``later_sites`` marks the places
    that have a site at a later date. A time of 0 is a site at the first date. A place whose nearest site, in a straight
    line, was there at one date only is left out.
    Raises InputError if no site stood at both dates.
    """
    first = minutes == 0
    stable = later_sites & (first | ~listed)
    moved = (first & ~later_sites) | (later_sites & listed & (minutes > 0))
    if not stable.any():
        raise InputError(
            "aucun site n'est présent aux deux dates.",
            "no site stands at both dates.",
            remedy_fr="Vérifiez que les deux tables ont les mêmes codes.",
            remedy_en="Check that both tables have the same codes.",
            where=Where(column="minutes"),
        )
    from scipy.spatial import cKDTree

    ground = _ground(known)
    either = np.flatnonzero(stable | moved)
    metres, nearest = cKDTree(ground[either]).query(ground)
    timed = np.isfinite(minutes) & (minutes > 0) & (metres < _APART / 2)
    trusted = timed & stable[either[nearest]]
    kept = np.where(trusted, minutes, np.nan)
    return Observations(kept, stable, listed & np.isnan(minutes), int(np.count_nonzero(timed & ~trusted)))


def fit(known: Points, classes: npt.NDArray[np.integer], seen: Observations) -> SpeedField:
    """The field that explains the times ``seen``; ``classes`` number each place's class (its density) from 0.

    Where no time is seen, the field is that of the class and of the neighbours.
    """
    ways = _ways(known, seen.sites)
    count = int(classes.max()) + 1
    member = np.zeros((known.ids.size, count))
    member[np.arange(known.ids.size), classes] = 1.0
    smooth = _smoothness(ways.ground)
    rows = np.flatnonzero(np.isfinite(seen.minutes))
    log_pace, around, ends = np.zeros(count), np.zeros(known.ids.size), np.ones(count)
    for _ in range(STEPS):
        pace, access = np.exp(member @ log_pace + around), member @ ends
        step = _step(ways, rows, seen.minutes[rows], member, smooth, pace, access, around, ends)
        length = min(1.0, 1.0 / max(float(np.abs(member @ step.log_pace + step.around).max()), 1e-9))
        log_pace, around = log_pace + length * step.log_pace, around + length * step.around
        ends = np.maximum(0.0, ends + length * step.ends)
    return SpeedField(known, np.exp(member @ log_pace + around), member @ ends)


def times_to_nearest(field: SpeedField, sites: Mask) -> Floats:
    """Minutes from each known place to the nearest of ``sites``, as the fit reckons; infinite where there is none."""
    found, _ = _nearest(_ways(field.known, sites), field.pace, field.access)
    return found


def held_out(known: Points, classes: npt.NDArray[np.integer], seen: Observations, folds: int = 5) -> Floats:
    """What the fit predicts for each time seen when the whole block of 50 km around it is hidden; NaN elsewhere."""
    fold = _blocks(known) % folds
    predicted = np.full(known.ids.size, np.nan)
    for number in range(folds):
        hidden = fold == number
        field = fit(known, classes, replace(seen, minutes=np.where(hidden, np.nan, seen.minutes)))
        wanted = hidden & np.isfinite(seen.minutes)
        predicted[wanted] = times_to_nearest(field, seen.sites)[wanted]
    return predicted


def at_points(field: SpeedField, where: Points) -> Points:
    """``where`` with the pace and the access minutes of the nearest known place of their land mass.

    A point of a land mass without any known place keeps its own.
    """
    from scipy.spatial import cKDTree

    pace, access = where.pace.copy(), where.access.copy()
    for zone in np.intersect1d(where.zone, field.known.zone):
        here, there = np.flatnonzero(where.zone == zone), np.flatnonzero(field.known.zone == zone)
        _, nearest = cKDTree(field.known.position[there]).query(where.position[here])
        pace[here], access[here] = field.pace[there[nearest]], field.access[there[nearest]]
    return replace(where, pace=pace, access=access)


def set_apart(where: Points, isolated: Ids) -> Points:
    """``where`` with each of the ``isolated`` places alone in a land mass of its own: no road leads there or away."""
    alone = np.isin(where.ids, isolated)
    return replace(where, zone=np.where(alone, np.char.add("no road to ", where.ids), where.zone))


@dataclass(frozen=True)
class _Ways:
    """From each place to the sites nearest in a straight line: their numbers and the km of road (straight × detour)."""

    ground: Floats
    site: Integers
    km: Floats


@dataclass(frozen=True)
class _Step:
    log_pace: Floats
    around: Floats
    ends: Floats


def _ground(known: Points) -> Floats:
    """Positions in one frame, the land masses far apart."""
    _, zone = np.unique(known.zone, return_inverse=True)
    ground = known.position.copy()
    ground[:, 0] += _APART * zone
    return ground


def _ways(known: Points, sites: Mask) -> _Ways:
    from scipy.spatial import cKDTree

    ground, numbers = _ground(known), np.flatnonzero(sites)
    wanted = np.arange(1, min(CANDIDATES, numbers.size) + 1)
    metres, nearest = cKDTree(ground[numbers]).query(ground, k=wanted)
    km = np.where(metres < _APART / 2, metres * (DETOUR / 1000.0), np.inf)
    return _Ways(ground, numbers[nearest], km)


def _smoothness(ground: Floats) -> csr_array:
    """The Laplacian of the graph of nearest neighbours: u' L u = ½ Σ (u_i − u_k)² over the pairs."""
    from scipy.sparse import coo_array, diags_array
    from scipy.spatial import cKDTree

    size = ground.shape[0]
    near = cKDTree(ground).query(ground, k=np.arange(2, min(NEIGHBOURS, size - 1) + 2))[1]
    rows = np.repeat(np.arange(size), near.shape[1])
    graph = coo_array((np.full(rows.size, 0.5), (rows, near.ravel())), shape=(size, size)).tocsr()
    graph = (graph + graph.T).tocsr()
    laplacian: csr_array = (diags_array(np.asarray(graph.sum(axis=1))) - graph).tocsr()
    return laplacian


def _nearest(ways: _Ways, pace: Floats, access: Floats) -> tuple[Floats, Integers]:
    """Minutes to the nearest site in time, and which of the candidates it is."""
    minutes = access[:, None] + access[ways.site] + ways.km * 0.5 * (pace[:, None] + pace[ways.site])
    best = minutes.argmin(axis=1)
    return minutes[np.arange(best.size), best], best


def _step(
    ways: _Ways,
    rows: Integers,
    minutes: Floats,
    member: Floats,
    smooth: csr_array,
    pace: Floats,
    access: Floats,
    around: Floats,
    ends: Floats,
) -> _Step:
    """One step of Gauss and Newton: ``around`` is eliminated first, its matrix being large, sparse and symmetric."""
    from scipy.sparse import coo_array, eye_array
    from scipy.sparse.linalg import splu

    found, best = _nearest(ways, pace, access)
    km, site = ways.km[rows, best[rows]], ways.site[rows, best[rows]]
    noise = NOISE * np.sqrt(np.maximum(minutes, 4.0) / AT)
    gap = minutes - found[rows]
    weight = np.sqrt(np.minimum(1.0, HUBER * noise / np.maximum(np.abs(gap), 1e-9))) / noise
    pull = np.concatenate([km * 0.5 * pace[rows] * weight, km * 0.5 * pace[site] * weight])
    line = np.tile(np.arange(rows.size), 2)
    slope = coo_array((pull, (line, np.concatenate([rows, site]))), shape=(rows.size, pace.size)).tocsr()
    common = np.column_stack([slope @ member, weight[:, None] * (member[rows] + member[site])])
    aim = weight * gap
    matrix = (slope.T @ slope + SMOOTHING * smooth + NEARNESS * eye_array(pace.size)).tocsc()
    pulled = slope.T @ aim - SMOOTHING * (smooth @ around) - NEARNESS * around
    solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    solved = solver.solve(np.column_stack([pulled, slope.T @ common]))
    classes = ends.size
    prior = np.concatenate([np.full(classes, 1e-3), np.ones(classes)])
    left = common.T @ common - (slope.T @ common).T @ solved[:, 1:] + np.diag(prior)
    right = common.T @ aim - (slope.T @ common).T @ solved[:, 0] - prior * np.r_[np.zeros(classes), ends - 1.0]
    shared = np.linalg.solve(left, right)
    return _Step(shared[:classes], solved[:, 0] - solved[:, 1:] @ shared, shared[classes:])


def _blocks(known: Points) -> Integers:
    """A number for the square of 50 km that each place is in, squares being dealt out in a fixed disorder."""
    ground = _ground(known)
    _, square = np.unique(np.floor(ground[:, :2] / BLOCK).astype(np.int64), axis=0, return_inverse=True)
    return np.asarray(np.random.default_rng(0).permutation(int(square.max()) + 1)[square], dtype=np.int64)
