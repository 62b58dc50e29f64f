"""The outlook of a territory as its page shows it: sentences, a chart with its interval, the same as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vigie.editions import outlooks
from vigie.editions.observatory import Territory
from vigie.editions.outlook_words import if_nobody, none_comes, nothing_in_reach, practitioners
from vigie.editions.outlooks import CENTRAL, NOBODY, Year
from vigie.site.room import Room
from vigie.site.trend import Tick
from vigie.site.words import Speaker

UNDER_DENSE = 2.5
_WIDTH, _HEIGHT = 520, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 120, 14, 28
_SHOWN = 3  # of how many years one is written under the axis and in the table


@dataclass(frozen=True)
class Band:
    """A line with the range around it, as the points of a polyline and of a polygon."""

    style: str
    name: str
    line: str
    band: str
    label_y: float


@dataclass(frozen=True)
class Fan:
    """The chart, ready for its template; ``rows`` are the same: year, then a cell per column."""

    id: str
    title: str
    width: int
    height: int
    left: int
    right: int
    bands: tuple[Band, ...]
    years: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    threshold_y: float
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Section:
    """The section of a territory; ``note`` says how it was made."""

    sentences: tuple[str, ...]
    fan: Fan | None
    note: str
    href: str
    data: str


def make(room: Room, speaker: Speaker, territory: Territory) -> Section | None:
    """The section of a territory; None in an edition without an outlook, without figures where no APL is published."""
    if not outlooks.has_outlook(room.observatory):
        return None
    central = outlooks.of(room.observatory, territory)
    nobody = outlooks.of(room.observatory, territory, NOBODY)
    data = f"/api/v1/outlook?level={territory.level}&code={territory.code}"
    page = speaker.url("/perspectives")
    if not central:
        none = speaker.tr(
            "Données non disponibles : aucune APL n'est publiée ici, ou ce niveau n'est pas projeté.",
            "Data not available: no APL is published here, or this level is not projected.",
        )
        return Section((none,), None, "", page, data)
    title = speaker.tr("APL aux médecins généralistes jusqu'en 2035", "APL to GPs to 2035")
    return Section(
        tuple(_sentences(speaker, territory, central, nobody)),
        fan(speaker, f"fan-{territory.level}", title, central, nobody),
        _note(room, speaker, territory),
        page,
        data,
    )


def _note(room: Room, speaker: Speaker, territory: Territory) -> str:
    one = outlooks.variants(room.observatory)[CENTRAL]
    draws = speaker.number(one.draws)
    rests = outlooks.basis(room.observatory, territory)
    ages, demand = speaker.of(rests.ages), speaker.of(rests.demand)
    return speaker.tr(
        f"Ce n'est pas une prévision : {draws} tirages sous des hypothèses dont plusieurs sont les nôtres. La zone "
        f"claire contient 80 % des tirages. {ages} {demand} {one.path.fr}.",
        f"It is not a forecast: {draws} draws under hypotheses, several of them ours. The light area holds 80% of the "
        f"draws. {ages} {demand} {one.path.en}.",
    )


def _sentences(speaker: Speaker, territory: Territory, central: Sequence[Year], nobody: Sequence[Year]) -> list[str]:
    if nothing_in_reach(central, nobody):
        return [none_comes(speaker, central)]
    first, last = central[0], central[-1]
    figure = speaker.number
    before, after, low, high = (figure(value or 0.0, 2) for value in (first.apl, last.apl, last.apl_low, last.apl_high))
    said = [
        speaker.tr(
            f"Selon la trajectoire centrale, l'APL passerait de {before} en {first.year} à {after} en {last.year} ; "
            f"entre {low} et {high} dans 80 % des tirages.",
            f"Under the central path, the APL would go from {before} in {first.year} to {after} in {last.year}; "
            f"between {low} and {high} in 80% of the draws.",
        )
    ]
    alone = if_nobody(speaker, nobody)
    local = practitioners(speaker, territory.level, nobody or central)
    return [*said, *(one for one in (alone, local) if one)]


# The chart ------------------------------------------------------------------------------------------------------------


def fan(speaker: Speaker, name: str, title: str, central: Sequence[Year], nobody: Sequence[Year]) -> Fan:
    """The chart of the APL under the central path and without any replacement."""
    highest = max([UNDER_DENSE, *(one.apl_high or 0.0 for one in (*central, *nobody))])
    step = 1.0 if highest <= 8 else 2.0 if highest <= 16 else float(math.ceil(highest / 40) * 5)
    top = step * math.ceil(highest / step)
    first, last = central[0].year, central[-1].year

    def x(year: int) -> float:
        return round(_LEFT + 6 + (_WIDTH - _LEFT - _RIGHT - 12) * (year - first) / max(last - first, 1), 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top, 1)

    def band(style: str, label: str, found: Sequence[Year]) -> Band:
        line = " ".join(f"{x(one.year)},{y(one.apl or 0)}" for one in found)
        above = [f"{x(one.year)},{y(one.apl_high or 0)}" for one in found]
        below = [f"{x(one.year)},{y(one.apl_low or 0)}" for one in reversed(found)]
        return Band(style, label, line, " ".join([*above, *below]), y(found[-1].apl or 0))

    bands = [band("own", speaker.tr("trajectoire centrale", "central path"), central)]
    if nobody:
        bands.append(band("nobody", speaker.tr("sans remplacement", "no replacement"), nobody))
    return Fan(
        id=name,
        title=title,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        bands=tuple(_apart(bands)),
        years=tuple(Tick(x(year), str(year)) for year in range(first, last + 1, _SHOWN)),
        levels=tuple(Tick(y(step * k), speaker.number(step * k)) for k in range(round(top / step) + 1)),
        threshold_y=y(UNDER_DENSE),
        columns=_columns(speaker, bool(nobody)),
        rows=tuple(_row(speaker, one, nobody[k] if k < len(nobody) else None) for k, one in enumerate(central)),
    )


def _apart(bands: list[Band], gap: float = 16.0) -> list[Band]:
    """The bands with their names far enough from each other to be read."""
    if len(bands) < 2 or abs(bands[0].label_y - bands[1].label_y) >= gap:
        return bands
    middle = (bands[0].label_y + bands[1].label_y) / 2
    upper = 0 if bands[0].label_y <= bands[1].label_y else 1
    at = {upper: middle - gap / 2, 1 - upper: middle + gap / 2}
    return [Band(one.style, one.name, one.line, one.band, round(at[k], 1)) for k, one in enumerate(bands)]


def _columns(speaker: Speaker, with_nobody: bool) -> tuple[str, ...]:
    own = (
        speaker.tr("APL centrale", "Central APL"),
        speaker.tr("80 % des tirages", "80% of the draws"),
        speaker.tr("Départs en retraite", "Retirements"),
        speaker.tr("Arrivées", "Arrivals"),
        speaker.tr("Généralistes", "GPs"),
        speaker.tr("Sous 2,5", "Under 2.5"),
    )
    return (*own, speaker.tr("APL sans remplacement", "APL, no replacement")) if with_nobody else own


def _row(speaker: Speaker, one: Year, nobody: Year | None) -> tuple[str, tuple[str, ...]]:
    def figure(value: float | None, decimals: int) -> str:
        return "–" if value is None else speaker.number(value, decimals)

    small = (one.doctors or 0.0) < 100
    cells = (
        figure(one.apl, 2),
        between(speaker, one.apl_low, one.apl_high),
        figure(one.retired, 1 if small else 0),
        figure(one.arrived, 1 if small else 0),
        figure(one.doctors, 1 if small else 0),
        percent(speaker, one.under),
    )
    return str(one.year), cells if nobody is None else (*cells, figure(nobody.apl, 2))


def between(speaker: Speaker, low: float | None, high: float | None, decimals: int = 2) -> str:
    """An interval in words: ``3,2 à 4,1``."""
    if low is None or high is None:
        return "–"
    words = speaker.tr("à", "to")
    return f"{speaker.number(low, decimals)} {words} {speaker.number(high, decimals)}"


def percent(speaker: Speaker, share: float | None) -> str:
    """A share from 0 to 1 in per cent."""
    return "–" if share is None else speaker.tr(f"{speaker.number(100 * share)} %", f"{speaker.number(100 * share)}%")
