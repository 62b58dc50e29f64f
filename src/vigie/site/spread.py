"""How an indicator is spread over people, and how unequal it is year after year: for its page."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.indicators import Definition
from vigie.site import atlas
from vigie.site.room import Room
from vigie.site.words import Speaker

_YEARS = 5  # the last periods shown
_IN_UNIT = ("mean", "d1", "d9", "mean_worst10", "mean_best10")  # measures in the unit of the indicator
_RATIOS = ("d9_d1", "ratio")


@dataclass(frozen=True)
class Spread:
    """The people by value at the finest level at hand, in its last period.

    ``under`` are the people under ``threshold`` and ``share`` their part in per cent of those with a value.
    """

    plate: atlas.Plate
    bins: list[atlas.Bin]
    highest: int
    classes: list[atlas.Class]
    level: str
    period: str
    threshold: float
    under: int
    share: float
    href: str


@dataclass(frozen=True)
class Unequal:
    """Measures of inequality between the communes of France: a row a measure, a cell a period, empty where unknown."""

    periods: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def spread(room: Room, speaker: Speaker, definition: Definition) -> Spread | None:
    """The distribution of an indicator; None where no level has it for several territories."""
    known = atlas.known_levels(room, definition.id)
    if not known:
        return None
    level = "commune" if "commune" in known else known[0]
    plate = atlas.plate(room, definition, level, atlas.periods(room, definition.id, level)[-1])
    bins = atlas.bins(plate)
    threshold = atlas.first_threshold(plate)
    _, under, share = plate.under(threshold)
    return Spread(
        plate,
        bins,
        max(one.population for one in bins) or 1,
        atlas.legend(speaker, plate),
        speaker.level(level, many=True),
        speaker.period(plate.period),
        threshold,
        under,
        100 * share,
        speaker.url("/carte", {"indicateur": definition.id, "niveau": level, "periode": plate.period}),
    )


def unequal(room: Room, speaker: Speaker, definition: Definition) -> Unequal | None:
    """What the edition measures of the inequality of an indicator between communes; None where it measures nothing."""
    if not room.observatory.has("inequality"):
        return None
    sql = """SELECT measure, period, value FROM inequality WHERE indicator = ? AND level = 'france'
        AND compared = 'commune' AND value IS NOT NULL"""
    found = {(measure, period): value for measure, period, value in room.observatory.rows(sql, [definition.id])}
    periods = tuple(sorted({period for _, period in found})[-_YEARS:])
    labels = [
        (one["measure"], speaker.tr(one["label_fr"], one["label_en"])) for one in room.rows("inequality_measures")
    ]
    rows = tuple(
        (label, tuple(_told(speaker, definition, measure, found.get((measure, period))) for period in periods))
        for measure, label in labels
        if any((measure, period) in found for period in periods)
    )
    return Unequal(tuple(map(speaker.period, periods)), rows) if rows else None


def _told(speaker: Speaker, definition: Definition, measure: str, value: float | None) -> str:
    if value is None:
        return ""
    if measure in _IN_UNIT:
        return speaker.value(value, definition)
    if measure.startswith("people_"):
        return speaker.number(round(value))
    return speaker.number(value, 2 if measure in _RATIOS else 1 if measure.startswith("share_") else 3)
