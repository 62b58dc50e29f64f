"""A territory's figures beside those that they are read against: its département, France, the period before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vigie.editions.observatory import Observation, Observatory, Territory
from vigie.indicators import Definition


@dataclass(frozen=True)
class Line:
    """One figure of a territory and what it is read against.

    ``fifth`` is the fifth of the territories of the same level in which the value falls (1 the lowest, 5 the highest),
    None where fewer than five have one; ``change`` is the difference with the former known period, ``change_since``.
    """

    indicator: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    status: str
    snapshot: str
    fifth: int | None
    change: float | None
    change_since: str | None
    departement: float | None
    france: float | None


def lines(
    observatory: Observatory, territory: Territory, indicators: Sequence[str] | None = None, period: str | None = None
) -> list[Line]:
    """The territory's figures by indicator, in the order of the definitions.

    Without a ``period``, the last one that has a value, or the last of all where none has. Several sources of one
    figure give as many lines.
    """
    own = _by_indicator(observatory.profile(territory))
    around = {level: _values(observatory, level, territory) for level in ("departement", "france")}
    spread = observatory.distributions(territory.level)
    found = []
    for name in observatory.indicators:
        if (indicators and name not in indicators) or name not in own:
            continue
        history = own[name]
        for one in _wanted(history, period):
            before = _before(history, one, observatory.indicators[name])
            key = (name, one.period)
            distribution = spread.get(key)
            found.append(
                Line(
                    *(name, one.period, one.value, one.numerator, one.denominator, one.lower, one.upper),
                    *(one.status, one.snapshot),
                    fifth=distribution.fifth(one.value) if distribution and one.value is not None else None,
                    change=one.value - before.value
                    if one.value is not None and before and before.value is not None
                    else None,
                    change_since=before.period if before else None,
                    departement=around["departement"].get(key),
                    france=around["france"].get(key),
                )
            )
    return found


def _by_indicator(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    grouped: dict[str, list[Observation]] = {}
    for one in observations:
        grouped.setdefault(one.indicator, []).append(one)
    return grouped


def _wanted(history: list[Observation], period: str | None) -> list[Observation]:
    if period is not None:
        return [one for one in history if one.period == period]
    last = max((one.period for one in history if one.value is not None), default=history[-1].period)
    return [one for one in history if one.period == last]


def _before(history: list[Observation], one: Observation, definition: Definition) -> Observation | None:
    """The former known observation; in the same series, and of published figures in the same document."""
    chained = definition.compute.rule != "published"
    former = [
        other
        for other in history
        if other.period < one.period
        and other.value is not None
        and definition.same_series(other.period, one.period)
        and (chained or other.snapshot == one.snapshot)
    ]
    return former[-1] if former else None


def _values(observatory: Observatory, level: str, territory: Territory) -> dict[tuple[str, str], float]:
    code = "FR" if level == "france" else territory.departement
    if code is None or (territory.level, territory.code) == (level, code):
        return {}
    rows = observatory.rows(
        """SELECT indicator, observations.period, value FROM observations
            JOIN snapshots ON snapshots.id = observations.snapshot
            WHERE level = ? AND code = ? AND value IS NOT NULL ORDER BY snapshots.rank DESC, snapshot DESC""",
        [level, code],
    )
    return {(indicator, period): value for indicator, period, value in rows}
