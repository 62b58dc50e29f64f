"""A territory among those alike, its département, its région and France: a strip of distributions and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vigie.editions.comparing import Group, Strip, strips
from vigie.editions.observatory import Neighbour, Territory, Trait
from vigie.indicators import Definition
from vigie.site.room import COMPARED, Room
from vigie.site.words import Speaker

_WIDTH, _ROW, _TOP, _BOTTOM = 700.0, 54.0, 64.0, 34.0
_MAIN = COMPARED[0]


@dataclass(frozen=True)
class Row:
    """A group on the strip: deciles, quartiles and median as abscissas, and a dot for each neighbour."""

    name: str
    y: float
    d1: float
    q1: float
    median: float
    q3: float
    d9: float
    dots: tuple[float, ...]


@dataclass(frozen=True)
class Tick:
    """A graduation."""

    x: float
    text: str


@dataclass(frozen=True)
class Figure:
    """The strip, ready for its template; ``cells`` are the rows of the table beside it."""

    title: str
    height: float
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    own_x: float
    own_text: str
    own_anchor: str
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Other:
    """Another indicator: the territory's value, and the median of each group with its middle half."""

    id: str
    title: str
    period: str
    text: str
    groups: tuple[tuple[str, str, str], ...]
    mirrored: bool


@dataclass(frozen=True)
class Alike:
    """A territory alike, with its address."""

    name: str
    href: str
    distance: str


@dataclass(frozen=True)
class Characteristic:
    """A structural variable: what it is here, and how far from the median."""

    title: str
    value: str
    gap: str
    weight: str


@dataclass(frozen=True)
class Comparables:
    """The section. ``why_none`` says why there are no territories alike where there are none."""

    figure: Figure | None
    others: tuple[Other, ...]
    alike: tuple[Alike, ...]
    traits: tuple[Characteristic, ...]
    why_none: str
    shared: str


def make(room: Room, speaker: Speaker, territory: Territory) -> Comparables | None:
    """The section of a territory; None for France and in an edition without comparators."""
    if territory.level == "france" or not room.observatory.has("spreads"):
        return None
    near = room.observatory.neighbours(territory)
    asked = [name for name in COMPARED if name in room.indicators]
    found = strips(room.observatory, territory, near, asked)
    main = next((one for one in found if one.indicator == _MAIN and one.groups), None)
    others = tuple(_other(room, speaker, one) for one in found if one is not main and one.groups)
    if main is None and not others:
        return None
    return Comparables(
        _figure(speaker, room.indicators[_MAIN], main) if main else None,
        others,
        tuple(_alike(speaker, one) for one in near),
        tuple(_trait(speaker, one) for one in room.observatory.structure(territory)),
        "" if near else _why_none(speaker, territory),
        _shared(speaker, near),
    )


def _figure(speaker: Speaker, definition: Definition, strip: Strip) -> Figure:
    ends = [*(group.spread.d1 for group in strip.groups), *(group.spread.d9 for group in strip.groups), strip.value]
    low, high = min(ends), max(ends)
    margin = 0.04 * (high - low) or 1.0

    def x(value: float) -> float:
        share = (value - low + margin) / (high - low + 2 * margin)
        return round(_WIDTH * min(max(share, 0.0), 1.0), 1)

    def row(place: int, group: Group) -> Row:
        cuts, dots = group.spread, tuple(x(value) for value in group.values if low <= value <= high)
        y, name = _TOP + place * _ROW, _name(speaker, group)
        return Row(name, y, x(cuts.d1), x(cuts.q1), x(cuts.median), x(cuts.q3), x(cuts.d9), dots)

    rows = tuple(row(place, group) for place, group in enumerate(strip.groups))
    own = x(strip.value)
    return Figure(
        title=speaker.tr(
            f"{definition.title.fr} en {strip.period} : où se place le territoire",
            f"{definition.title.en} in {strip.period}: where the territory stands",
        ),
        height=_TOP + len(rows) * _ROW + _BOTTOM,
        rows=rows,
        ticks=tuple(Tick(x(at), speaker.cut(at, definition)) for at in _graduations(low, high)),
        own_x=own,
        own_text=speaker.value(strip.value, definition),
        own_anchor="start" if own < 90 else "end" if own > _WIDTH - 90 else "middle",
        cells=tuple(_cells(speaker, definition, group) for group in strip.groups),
    )


def _graduations(low: float, high: float) -> list[float]:
    """Four to nine round values between the ends."""
    span = high - low
    if span <= 0:
        return [low]
    step = next(one * 10.0**power for power in range(-3, 6) for one in (1, 2, 5) if span / (one * 10.0**power) <= 8)
    first = int(low // step) + 1
    return [round(n * step, 6) for n in range(first, int(high // step) + 1)]


def _name(speaker: Speaker, group: Group) -> str:
    name = speaker.tr("Comparables", "Alike") if group.id == "neighbours" else group.name
    return f"{name} ({speaker.number(group.spread.known)})"


def _cells(speaker: Speaker, definition: Definition, group: Group) -> tuple[str, ...]:
    cuts = (group.spread.d1, group.spread.q1, group.spread.median, group.spread.q3, group.spread.d9)
    return (_name(speaker, group), *(speaker.value(cut, definition) for cut in cuts))


def _other(room: Room, speaker: Speaker, strip: Strip) -> Other:
    definition = room.indicators[strip.indicator]
    groups = tuple(
        (
            _name(speaker, group),
            speaker.value(group.spread.median, definition),
            speaker.tr(
                f"{speaker.value(group.spread.q1, definition)} à {speaker.value(group.spread.q3, definition)}",
                f"{speaker.value(group.spread.q1, definition)} to {speaker.value(group.spread.q3, definition)}",
            ),
        )
        for group in strip.groups
    )
    text = speaker.value(strip.value, definition)
    return Other(
        strip.indicator, speaker.of(definition.short), speaker.period(strip.period), text, groups, strip.mirrored
    )


def _alike(speaker: Speaker, one: Neighbour) -> Alike:
    card = one.territory
    return Alike(card.name, speaker.territory(card.level, card.code), speaker.number(one.distance, 2))


def _trait(speaker: Speaker, one: Trait) -> Characteristic:
    if one.value is None:
        value = speaker.status("missing")
    elif one.unit_fr.startswith("%"):
        value = speaker.tr(*[f"{speaker.number(one.value, one.decimals)} %"] * 2)
    else:
        unit = "" if one.unit_fr == "indice" else speaker.tr(one.unit_fr, one.unit_en)
        value = f"{speaker.number(one.value, one.decimals)} {unit}".strip()
    gap = "" if one.standardised is None else speaker.number(one.standardised, 1)
    zero = not any(digit in "123456789" for digit in gap)
    sign = "+" if one.standardised is not None and one.standardised > 0 and not zero else ""
    gap = gap.lstrip("−") if zero else sign + gap
    return Characteristic(speaker.tr(one.title_fr, one.title_en), value, gap, speaker.number(one.weight, 2))


def _why_none(speaker: Speaker, territory: Territory) -> str:
    if territory.kind == "arrondissement":
        return speaker.tr(
            "Un arrondissement n'est pas comparé seul : la commune entière l'est.",
            "An arrondissement is not compared alone: the whole commune is.",
        )
    if territory.level == "commune":
        return speaker.tr(
            "Pas de territoires comparables sous 2 000 habitants : l'intercommunalité et le bassin de vie en ont.",
            "No comparison under 2,000 inhabitants: the intercommunality and the living area have one.",
        )
    return speaker.tr("Pas de territoires comparables à ce niveau.", "No comparison at this level.")


def _shared(speaker: Speaker, near: Sequence[Neighbour]) -> str:
    """Over what part of the variables the comparison could be made, where it is not the whole."""
    least = min((one.shared for one in near), default=1.0)
    if least > 0.999:
        return ""
    share = speaker.tr(*[f"{speaker.number(100 * least)} %"] * 2)
    return speaker.tr(
        f"Des variables manquent ici : la comparaison porte sur {share} du poids au moins.",
        f"Some variables are missing here: the comparison covers at least {share} of the weight.",
    )
