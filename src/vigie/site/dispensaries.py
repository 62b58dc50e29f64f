"""The pharmacies of a commune as its page shows them: sentences, groups of communes and what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vigie.editions.observatory import Territory
from vigie.editions.pharmacy_words import STATUSES, Commune, Group, of_territory, sentences
from vigie.site.api.pharmacy_answers import sources
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.zoning.pharmacies import rule

_LAST = 12  # communes listed for a département
_PHARMACY = {"fr": ("pharmacie", "pharmacies"), "en": ("pharmacy", "pharmacies")}
_PERSON = {"fr": ("personne", "personnes"), "en": ("person", "people")}


@dataclass(frozen=True)
class Together:
    """A group of communes, ready to show."""

    names: tuple[tuple[str, str], ...]
    people: str
    threshold: str


@dataclass(frozen=True)
class Last:
    """A commune with a single pharmacy, and the people left without one within both thresholds were it to close."""

    name: str
    href: str
    population: str
    without: tuple[str, str]
    next: str


@dataclass(frozen=True)
class Section:
    """The section: sentences, groups, how many more there are, and the texts and assumptions behind them.

    Above the commune, ``last`` are the communes whose last pharmacy matters most, and ``query`` asks for them all.
    """

    sentences: tuple[str, ...]
    groups: tuple[Together, ...]
    more: int
    origins: tuple[tuple[str, str], ...]
    last: tuple[Last, ...] = ()
    query: str = ""


def make(room: Room, speaker: Speaker, territory: Territory) -> Section | None:
    """The section of a commune or a département; None at other levels, for an arrondissement, without the table."""
    if territory.level not in ("commune", "departement") or not room.observatory.has("pharmacies"):
        return None
    found = of_territory(room.observatory, territory.level, territory.code)
    if not found:
        return None
    alone = territory.level == "commune"
    return _of_commune(room, speaker, found[0]) if alone else _of_departement(room, speaker, found)


def _origins(speaker: Speaker) -> tuple[tuple[str, str], ...]:
    return tuple((speaker.of(STATUSES[each["status"]]), speaker.tr(**each["text"])) for each in sources(rule()))


def _of_commune(room: Room, speaker: Speaker, one: Commune) -> Section:
    codes = {one.next_code, *one.member_of, *(code for group in one.kept for code in group.members)} - {None}
    names = {str(code): _name(room, str(code)) for code in codes}
    told = tuple(speaker.of(sentence) for sentence in sentences(one, rule(), names))
    groups = tuple(_together(speaker, group, names) for group in one.kept)
    more = max((one.groups or 0) - len(groups), 0)
    return Section(told, groups, more, _origins(speaker), query=f"code={one.code}")


def _of_departement(room: Room, speaker: Speaker, found: Sequence[Commune]) -> Section:
    anchors = sorted((one for one in found if one.groups), key=lambda one: (-one.kept[0].people, one.code))
    codes = {code for one in anchors for code in one.kept[0].members}
    names = {code: _name(room, code) for code in codes}
    shown = tuple(_together(speaker, one.kept[0], names) for one in anchors)
    alone = [one for one in found if one.last and one.without_10 is not None]
    first = sorted(alone, key=lambda one: (-(one.without_20 or 0), -(one.without_10 or 0), one.code))[:_LAST]
    last = tuple(_last(room, speaker, one) for one in first if one.without_10)
    query = f"departement={found[0].departement}"
    return Section(_counted(speaker, found, alone), shown, 0, _origins(speaker), last, query)


def _counted(speaker: Speaker, found: Sequence[Commune], alone: Sequence[Commune]) -> tuple[str, ...]:
    present = speaker.count(sum(one.present or 0 for one in found), *_PHARMACY[speaker.lang])
    when = f"{present} (BPE {found[0].period})."
    if all(one.situation == "unknown" for one in found):
        return (when, speaker.tr("Quota : données non disponibles, l'édition n'a pas la population de ces communes.",
                                 "Quota: data not available, the edition does not have the population of these "
                                 "communes."))  # fmt: skip
    room = sum(one.situation == "room" for one in found)
    under = speaker.count(room, "commune", "communes") if room else speaker.tr("aucune commune", "no commune")
    told = [when, speaker.tr(f"Sous le quota de la loi : {under}.", f"Under the quota of the law: {under}.")]
    if alone:
        communes = speaker.count(len(alone), "commune", "communes")
        near = speaker.count(sum(one.without_10 or 0 for one in alone), *_PERSON[speaker.lang])
        far = speaker.number(sum(one.without_20 or 0 for one in alone))
        fr = (
            f"N'ont qu'une pharmacie : {communes}. Leurs fermetures, chacune prise à part, laisseraient {near} sans "
            f"pharmacie à moins de 10 min et {far} sans pharmacie à moins de 20 min."
        )
        en = (
            f"With a single pharmacy: {communes}. Their closings, each taken alone, would leave {near} without a "
            f"pharmacy within 10 minutes and {far} without one within 20 minutes."
        )
        told.append(speaker.tr(fr, en))
    return tuple(told)


def _last(room: Room, speaker: Speaker, one: Commune) -> Last:
    minutes = "–" if one.next_minutes is None else f"{speaker.number(one.next_minutes)} min"
    where = "" if one.next_code is None else f" ({_name(room, one.next_code)})"
    return Last(
        one.name, speaker.territory("commune", one.code), speaker.number(one.population or 0),
        (speaker.number(one.without_10 or 0), speaker.number(one.without_20 or 0)),
        speaker.tr(minutes + where, minutes + where),
    )  # fmt: skip


def _name(room: Room, code: str) -> str:
    return room.directory.name("commune", code, code)


def _together(speaker: Speaker, group: Group, names: dict[str, str]) -> Together:
    return Together(
        tuple((names[code], speaker.territory("commune", code)) for code in group.members),
        speaker.number(group.people),
        speaker.number(group.threshold),
    )
