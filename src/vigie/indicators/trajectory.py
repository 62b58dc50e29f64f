"""From a baseline to a target: what was expected by now, what was done, and the verdict; on arrays, one row a place.

Times are numbers of years (2025.5 is the middle of 2025). Every verdict has a reason and a rule, so that it can be
followed back to its numbers. The rules are ours (no text sets them); docs/methods-standing.md states them in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_SPAN: Final = 0.25  # years between two points, under which no pace is told
ROUNDING: Final = 1e-9  # a gap under this is none

VERDICTS: Final = ("reached", "on_course", "late", "moving_away", "not_measurable")
REACHED, ON_COURSE, LATE, MOVING_AWAY, NOT_MEASURABLE = range(5)
REASONS: Final = (
    "target_met",
    "ahead_of_line",
    "behind_line",
    "date_passed",
    "no_date",
    "no_movement",
    "wrong_way",
    "catching_up",
    "too_slow",
    "no_measure",
    "one_point",
    "no_target",
    "not_the_measure",
)
(
    TARGET_MET,
    AHEAD_OF_LINE,
    BEHIND_LINE,
    DATE_PASSED,
    NO_DATE,
    NO_MOVEMENT,
    WRONG_WAY,
    CATCHING_UP,
    TOO_SLOW,
    NO_MEASURE,
    ONE_POINT,
    NO_TARGET,
    NOT_THE_MEASURE,
) = range(13)
RULES: Final = ("level_by_date", "level", "yearly_growth", "direction", "none")


@dataclass(frozen=True)
class Points:
    """What is known of each place, (n,): a ``baseline`` at ``since``, the ``latest`` value at ``now``; NaN if unknown.

    ``yearly`` is the growth over the last twelve months in percent, where it is known. A single point is both.
    """

    baseline: Floats
    since: Floats
    latest: Floats
    now: Floats
    yearly: Floats

    @classmethod
    def of(
        cls, baseline: ArrayLike, since: ArrayLike, latest: ArrayLike, now: ArrayLike, yearly: ArrayLike = np.nan
    ) -> Points:
        """Points from anything that broadcasts together."""
        arrays = np.broadcast_arrays(
            *(np.asarray(one, dtype=np.float64) for one in (baseline, since, latest, now, yearly))
        )
        return cls(*(np.atleast_1d(one).copy() for one in arrays))


@dataclass(frozen=True)
class Trajectory:
    """Where each place stands, (n,); NaN where something cannot be told.

    ``expected`` is the value that the line from the baseline asks for now; ``gap`` how far the latest is ahead of it
    (negative: behind) and ``distance`` how far beyond the target (negative: short of it), both in the wished direction;
    ``pace`` and ``required`` are what was done and what is needed each year, in the unit of the values for a level and
    in percent for a growth; ``arrival`` when the target is met at the present pace. ``verdict`` and ``reason`` are
    positions in :data:`VERDICTS` and :data:`REASONS`.
    """

    expected: Floats
    gap: Floats
    distance: Floats
    pace: Floats
    required: Floats
    arrival: Floats
    verdict: NDArray[np.int8]
    reason: NDArray[np.int8]


def toward_level(points: Points, target: float, direction: str, due: float = np.nan) -> Trajectory:
    """The way to a level, to be reached by the time ``due`` or at no stated time (NaN).

    With a date: reached; or the date has passed; or moving away; or on the straight line from the baseline to the
    target, or behind it. Without one only the way it moves is judged. Raises ValueError for an unknown direction.
    """
    sign = _sign(direction)
    span = points.now - points.since
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        distance = sign * (points.latest - target)
        pace = np.where(span >= LEAST_SPAN, (points.latest - points.baseline) / span, np.nan)
        part = np.clip(span / (due - points.since), 0.0, 1.0)
        expected = np.where(points.since < due, points.baseline + (target - points.baseline) * part, np.nan)
        short = distance < 0
        required = np.where(short & (points.now < due), (target - points.latest) / (due - points.now), np.nan)
        arrival = np.where(short & (sign * pace > 0), points.now + (target - points.latest) / pace, np.nan)
    gap = sign * (points.latest - expected)
    verdict, reason = _select(
        [
            (np.isnan(points.latest), NOT_MEASURABLE, NO_MEASURE),
            (~short, REACHED, TARGET_MET),
            (sign * pace < 0, MOVING_AWAY, WRONG_WAY),
            (points.now >= due, LATE, DATE_PASSED),
            (np.isnan(pace), NOT_MEASURABLE, ONE_POINT),
            (gap >= -ROUNDING, ON_COURSE, AHEAD_OF_LINE),
            (gap < -ROUNDING, LATE, BEHIND_LINE),
            (pace == 0, LATE, NO_MOVEMENT),
        ],
        (ON_COURSE, NO_DATE),
    )
    return Trajectory(expected, gap, distance, pace, required, arrival, verdict, reason)


def toward_growth(points: Points, growth: float, direction: str) -> Trajectory:
    """The way of a value that should change by ``growth`` percent each year (negative: fall).

    The pace is that since the baseline, or the last twelve months' where nothing else is known. Reached: at least the
    growth asked for. On course: not since the baseline, but over the last twelve months. Late: too slow, but the right
    way. ``distance`` is the pace less the growth, in points and in the wished direction.
    """
    sign = _sign(direction)
    span = points.now - points.since
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = np.where((points.baseline > 0) & (points.latest >= 0), points.latest / points.baseline, np.nan)
        since = np.where(span >= LEAST_SPAN, 100 * (ratio ** (1 / span) - 1), np.nan)
        expected = np.where(np.isnan(since), np.nan, points.baseline * (1 + growth / 100) ** span)
    pace = np.where(np.isnan(since), points.yearly, since)
    distance = sign * (pace - growth)
    gap = sign * (points.latest - expected)
    lone = ~np.isnan(points.latest) & np.isnan(pace)
    verdict, reason = _select(
        [
            (lone, NOT_MEASURABLE, ONE_POINT),
            (np.isnan(pace), NOT_MEASURABLE, NO_MEASURE),
            (distance >= -ROUNDING, REACHED, TARGET_MET),
            (sign * (points.yearly - growth) >= 0, ON_COURSE, CATCHING_UP),
            (sign * pace > 0, LATE, TOO_SLOW),
            (pace == 0, LATE, NO_MOVEMENT),
        ],
        (MOVING_AWAY, WRONG_WAY),
    )
    never = np.full_like(pace, np.nan)
    return Trajectory(expected, gap, distance, pace, np.full_like(pace, growth), never, verdict, reason)


def toward_direction(points: Points, direction: str) -> Trajectory:
    """The way of a value of which only the direction is wished for."""
    sign = _sign(direction)
    span = points.now - points.since
    with np.errstate(invalid="ignore", divide="ignore"):
        pace = np.where(span >= LEAST_SPAN, (points.latest - points.baseline) / span, np.nan)
    verdict, reason = _select(
        [
            (np.isnan(points.latest), NOT_MEASURABLE, NO_MEASURE),
            (np.isnan(pace), NOT_MEASURABLE, ONE_POINT),
            (sign * pace > 0, ON_COURSE, NO_DATE),
            (pace == 0, LATE, NO_MOVEMENT),
        ],
        (MOVING_AWAY, WRONG_WAY),
    )
    never = np.full_like(pace, np.nan)
    return Trajectory(never, never, never, pace, never, never, verdict, reason)


def nowhere(points: Points, reason: int) -> Trajectory:
    """No verdict, whatever the points: no target is set, or what is published is not what it bears on."""
    never = np.full_like(points.latest, np.nan)
    shape = points.latest.shape
    verdicts = np.full(shape, NOT_MEASURABLE, dtype=np.int8)
    return Trajectory(never, never, never, never, never, never, verdicts, np.full(shape, reason, dtype=np.int8))


def _select(
    cases: list[tuple[Bools, int, int]], otherwise: tuple[int, int]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """The verdict and the reason of the first case that holds."""
    conditions = [condition for condition, _, _ in cases]
    verdict = np.select(conditions, [verdict for _, verdict, _ in cases], otherwise[0])
    reason = np.select(conditions, [reason for _, _, reason in cases], otherwise[1])
    return verdict.astype(np.int8), reason.astype(np.int8)


def _sign(direction: str) -> float:
    if direction not in ("higher", "lower"):
        raise ValueError(f"a target goes higher or lower, not {direction!r}")
    return 1.0 if direction == "higher" else -1.0
