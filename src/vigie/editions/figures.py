"""An indicator's figure of a territory as a page shows it: text, unit, status, fifth, comparisons, change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vigie.editions.observatory import Distribution, Observation
from vigie.editions.voice import Voice
from vigie.indicators import Definition

KNOWN = ("ok", "estimated")
FAMILIES = ("series", "cells")  # rules whose many indicators are shown on demand
_PROFESSIONS = ("mg", "infirmiers", "kines", "dentistes", "sages_femmes", "pharmacies")


@dataclass(frozen=True)
class Figure:
    """One line of a table of indicators. Texts are ready to show; ``number`` is the bare value, for sorting."""

    id: str
    title: str
    unit: str
    period: str
    text: str
    number: float | None
    status: str
    status_text: str
    fifth: int | None
    departement: str
    france: str
    change: str
    change_since: str
    snapshot: str


@dataclass(frozen=True)
class Context:
    """What a figure is compared with: the latest figures of France and of the département, the distributions."""

    france: Mapping[str, list[Observation]]
    departement: Mapping[str, list[Observation]]
    distributions: Mapping[tuple[str, str], Distribution]


def by_indicator(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Observations by indicator, in the order of their periods."""
    found: dict[str, list[Observation]] = {}
    for one in observations:
        found.setdefault(one.indicator, []).append(one)
    for series in found.values():
        series.sort(key=lambda one: one.period)
    return found


def latest(series: Iterable[Observation], period: str | None = None) -> Observation | None:
    """The last known figure of a series (of ``period`` when given); without one, its last line; None when empty."""
    own = [one for one in series if period is None or one.period == period]
    known = [one for one in own if one.status in KNOWN and one.value is not None]
    return (known or own or [None])[-1]  # type: ignore[list-item]


def before(series: Iterable[Observation], last: Observation, definition: Definition) -> Observation | None:
    """The known figure of the period before that of ``last``, in periods written alike, with no break between them."""
    known = [
        one
        for one in series
        if one.value is not None
        and one.period < last.period
        and len(one.period) == len(last.period)
        and definition.same_series(one.period, last.period)
    ]
    return known[-1] if known else None


def figure(speaker: Voice, definition: Definition, series: list[Observation], context: Context) -> Figure | None:
    """The line of an indicator for a territory, None when the territory has no observation of it."""
    last = latest(series)
    if last is None:
        return None
    known = last.value is not None
    spread = context.distributions.get((definition.id, last.period))
    earlier = before(series, last, definition) if known else None
    return Figure(
        id=definition.id,
        title=speaker.of(definition.short),
        unit=unit(speaker, definition),
        period=speaker.period(last.period),
        text=text(speaker, definition, last),
        number=last.value,
        status=last.status,
        status_text=speaker.status(last.status),
        fifth=spread.fifth(last.value)
        if spread is not None and last.value is not None and ranked(definition)
        else None,
        departement=_same_period(speaker, definition, context.departement, last.period),
        france=_same_period(speaker, definition, context.france, last.period),
        change=speaker.change((last.value or 0) - (earlier.value or 0), definition) if earlier else "",
        change_since=speaker.period(earlier.period) if earlier else "",
        snapshot=last.snapshot,
    )


def reading_order(definitions: Iterable[Definition]) -> list[Definition]:
    """Definitions as one reads them: those of GPs first, then the other professions, then the rest as they come."""

    def place(definition: Definition) -> int:
        words = definition.id.removeprefix("part_pop_").split("_", 1)
        found = [n for n, name in enumerate(_PROFESSIONS) if len(words) > 1 and words[1].startswith(name)]
        return found[0] if found else len(_PROFESSIONS)

    return sorted(definitions, key=place)


def ranked(definition: Definition) -> bool:
    """Whether a position among territories means anything: a count only tells how large the territory is."""
    return definition.compute.rule not in ("sum", "published", *FAMILIES)


def text(speaker: Voice, definition: Definition, observation: Observation) -> str:
    """The value, or the status in words where there is none."""
    if observation.value is None:
        return speaker.status(observation.status)
    return speaker.value(observation.value, definition)


def unit(speaker: Voice, definition: Definition) -> str:
    """The unit in words, without the per cent sign that stands beside the figure already."""
    words = speaker.of(definition.unit)
    if not words.startswith("%"):
        return words
    return words.removeprefix("%").strip()


def _same_period(speaker: Voice, definition: Definition, others: Mapping[str, list[Observation]], period: str) -> str:
    other = latest(others.get(definition.id, ()), period)
    return "" if other is None or other.value is None else speaker.value(other.value, definition)
