"""The home page: a search, a map of France, three national figures, the ten commitments, the age of the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vigie.editions.figures import before, latest, unit
from vigie.language import plural
from vigie.site import maps
from vigie.site.commitments_page import commitments
from vigie.site.pledges import pledges
from vigie.site.room import Room
from vigie.site.words import Speaker

_AGED = ("apl_mg", "nombre_mg", "temps_urgences", "population")
_KEY_FIGURES = ("apl_mg", "part_pop_apl_mg_inf_2_5", "part_pop_urgences_30")


@dataclass(frozen=True)
class KeyFigure:
    """A national figure, with what it was before."""

    id: str
    title: str
    text: str
    unit: str
    period: str
    change: str
    since: str


def context(room: Room, speaker: Speaker) -> dict[str, Any]:
    """What the template of the home page shows."""
    return {
        "map": france_map(room, speaker, "apl_mg"),
        "figures": [one for name in _KEY_FIGURES if (one := _key_figure(room, speaker, name))],
        "commitments": commitments(room, speaker),
        "pledges": pledges(room, speaker),
        "age": age(room, speaker),
        "ages": ages(room, speaker),
    }


def france_map(room: Room, speaker: Speaker, indicator: str, period: str = "") -> maps.Map | None:
    """The map of an indicator by département, in its last period by default; None where none is published."""
    definition = room.indicators.get(indicator)
    if definition is None or "departement" not in definition.levels:
        return None
    known = sorted(when for name, when in room.distributions("departement") if name == indicator)
    if not known:
        return None
    when = period or known[-1]
    title = speaker.tr(
        f"{definition.short.fr} par département, {when}", f"{definition.short.en} by département, {when}"
    )
    codes = [one.code for one in room.directory.of_level("departement")]
    subject = maps.Subject(definition, when, "departement", codes, "france:FR", title)
    return maps.make(room, speaker, subject)


def _key_figure(room: Room, speaker: Speaker, indicator: str) -> KeyFigure | None:
    definition = room.indicators.get(indicator)
    series = room.profile(room.france).get(indicator, [])
    last = latest(series)
    if definition is None or last is None or last.value is None:
        return None
    earlier = before(series, last, definition)
    return KeyFigure(
        id=indicator,
        title=speaker.of(definition.short),
        text=speaker.value(last.value, definition),
        unit=unit(speaker, definition),
        period=speaker.period(last.period),
        change=speaker.change(last.value - (earlier.value or 0), definition) if earlier else "",
        since=speaker.period(earlier.period) if earlier else "",
    )


def ages(room: Room, speaker: Speaker) -> list[tuple[str, str]]:
    """Of what is read most, the short title and the last period of the edition."""
    told = []
    for name in _AGED:
        known = [when for indicator, when in room.distributions("commune") if indicator == name]
        if known and name in room.indicators:
            told.append((speaker.of(room.indicators[name].short), speaker.period(max(known))))
    return told


def age(room: Room, speaker: Speaker) -> str:
    """How long ago the edition was built, in words."""
    days = (datetime.now(UTC) - room.built).days
    if days < 1:
        return speaker.tr("aujourd’hui", "today")
    return speaker.tr(
        f"il y a {days} {plural(days, 'jour', 'jours', 'fr')}", f"{days} {plural(days, 'day', 'days', 'en')} ago"
    )
