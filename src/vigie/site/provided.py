"""Who provides the access of a territory and with whom it is shared, as its page tells it, profession by profession."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vigie.editions import provision
from vigie.editions.observatory import Territory
from vigie.editions.provision import Provision, Share
from vigie.site.room import Room
from vigie.site.words import Speaker

_MAIN = "mg"
_WHOLE = 0.995  # of a share: all of it, in words
_LEAST = 0.1  # per cent: less is not told exactly


@dataclass(frozen=True)
class End:
    """A territory at the other end: its share in per cent with the width of its bar, minutes and practitioners."""

    name: str
    href: str
    here: bool
    share: str
    width: int
    minutes: str
    heads: str


@dataclass(frozen=True)
class Line:
    """A profession: what its access is provided by, in a row of figures and in two lists."""

    id: str
    title: str
    own: str
    minutes: str
    providers: str
    own_use: str
    sharers: str
    providing: tuple[End, ...]
    rest: str
    sharing: tuple[End, ...]
    shared_rest: str


@dataclass(frozen=True)
class Section:
    """The section: sentences on general practitioners, then the professions."""

    sentences: tuple[str, ...]
    period: str
    lines: tuple[Line, ...]
    level: str
    query: str


def make(room: Room, speaker: Speaker, territory: Territory) -> Section | None:
    """The section of a territory; None where the model reaches nothing, or in an edition without the table."""
    if not room.observatory.has(provision.TABLE):
        return None
    found = provision.provision(room.observatory, territory)
    if not found:
        return None
    lines = tuple(_line(room, speaker, territory, one) for one in found.values())
    first = next(iter(found.values()))
    told = _sentences(speaker, territory, found[_MAIN]) if _MAIN in found else ()
    level = speaker.level(territory.level, many=True)
    return Section(told, speaker.period(first.period), lines, level, f"{territory.level}/{territory.code}")


def _sentences(speaker: Speaker, territory: Territory, one: Provision) -> tuple[str, ...]:
    """What general practitioners here and around provide, and who else uses them."""
    own, away = _percent(speaker, one.own), _percent(speaker, 1 - one.own)
    minutes = speaker.number(one.minutes)
    around = ("d'autres communes", "in other communes") if territory.level == "commune" else ("d'ailleurs", "elsewhere")
    if one.own >= _WHOLE:
        first = speaker.tr(
            f"Dans le modèle, les médecins généralistes d'ici fournissent tout l'accès ; trajet moyen : {minutes} min.",
            f"In the model, GPs here provide all of the access; mean trip: {minutes} min.",
        )
    else:
        first = speaker.tr(
            f"Dans le modèle, {own} de l'accès aux médecins généralistes vient de praticiens d'ici, {away} de "
            f"praticiens {around[0]} ; trajet moyen : {minutes} min.",
            f"In the model, {own} of the access to GPs comes from practitioners here, {away} from practitioners "
            f"{around[1]}; mean trip: {minutes} min.",
        )
    used = _percent(speaker, one.own_use)
    second = speaker.tr(
        f"Ces mêmes praticiens servent aussi les voisins : {used} de leur activité revient aux habitants d'ici.",
        f"The same practitioners also serve the neighbours: {used} of their activity goes to the people here.",
    )
    return (first, second) if one.own_use < _WHOLE else (first,)


def _line(room: Room, speaker: Speaker, territory: Territory, one: Provision) -> Line:
    title = speaker.of(room.indicators[f"apl_{one.profession}"].short).removeprefix("APL ")
    given = tuple(_end(room, speaker, territory, each) for each in one.providing)
    taken = tuple(_end(room, speaker, territory, each) for each in one.sharing)
    return Line(
        id=one.profession,
        title=title[:1].upper() + title[1:],
        own=_percent(speaker, one.own),
        minutes=f"{speaker.number(one.minutes)} min",
        providers=speaker.number(one.providers),
        own_use=_percent(speaker, one.own_use),
        sharers=speaker.number(one.sharers),
        providing=given,
        rest=_rest(speaker, territory, one.providers, one.providing),
        sharing=taken,
        shared_rest=_rest(speaker, territory, one.sharers, one.sharing),
    )


def _rest(speaker: Speaker, territory: Territory, total: int, told: Sequence[Share]) -> str:
    """``et 12 autres communes : 8 %``; nothing where all are told."""
    others = total - len(told)
    if others <= 0:
        return ""
    level = speaker.level(territory.level, many=others > 1)
    share = _percent(speaker, max(1 - sum(one.share for one in told), 0.0))
    word = speaker.tr("autre" if others == 1 else "autres", "other" if others == 1 else "others")
    fr, en = f"et {speaker.number(others)} {word} {level} : {share}", f"and {speaker.number(others)} {word}: {share}"
    return speaker.tr(fr, en)


def _end(room: Room, speaker: Speaker, territory: Territory, one: Share) -> End:
    level = territory.level
    if one.code is None:
        return End(speaker.tr("hors de tout périmètre", "outside every perimeter"), "", here=False,
                   share=_percent(speaker, one.share), width=round(100 * one.share), minutes=_minutes(speaker, one),
                   heads="")  # fmt: skip
    card = room.directory.card(level, one.code)
    if card is None:  # the units of perimeters that overlap are communes
        level, card = "commune", room.directory.card("commune", one.code)
    return End(
        name=card.name if card else one.code,
        href=speaker.territory(level, one.code),
        here=(level, one.code) == (territory.level, territory.code),
        share=_percent(speaker, one.share),
        width=round(100 * one.share),
        minutes=_minutes(speaker, one),
        heads="" if one.heads is None else speaker.number(one.heads),
    )


def _minutes(speaker: Speaker, one: Share) -> str:
    return "" if one.minutes is None else f"{speaker.number(one.minutes)} min"


def _percent(speaker: Speaker, share: float) -> str:
    """A share in per cent, with a decimal under one."""
    value = 100 * share
    if 0 < value < _LEAST:
        return speaker.tr(f"moins de {speaker.number(_LEAST, 1)} %", f"under {speaker.number(_LEAST, 1)}%")
    text = speaker.number(value, 0 if round(value, 1) >= 1 or value == 0 else 1)
    return speaker.tr(f"{text} %", f"{text}%")
