"""The pharmacies of a commune as its page shows them: sentences, groups of communes and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.editions.observatory import Territory
from vigie.editions.pharmacy_words import STATUSES, Commune, Group, read, sentences
from vigie.site.api.pharmacy_answers import sources
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.zoning.pharmacies import rule


@dataclass(frozen=True)
class Together:
    """A group of communes, ready to show."""

    names: tuple[tuple[str, str], ...]
    people: str
    threshold: str


@dataclass(frozen=True)
class Section:
    """The section: sentences, groups, how many more there are, and the texts and assumptions behind them."""

    sentences: tuple[str, ...]
    groups: tuple[Together, ...]
    more: int
    origins: tuple[tuple[str, str], ...]


def make(room: Room, speaker: Speaker, territory: Territory) -> Section | None:
    """The section of a commune; None at other levels, for an arrondissement, and in an edition without the table."""
    if territory.level != "commune" or not room.observatory.has("pharmacies"):
        return None
    found = read(room.observatory, "p.code = ?", [territory.code])
    return _section(room, speaker, found[0]) if found else None


def _section(room: Room, speaker: Speaker, one: Commune) -> Section:
    codes = {one.next_code, *one.member_of, *(code for group in one.kept for code in group.members)} - {None}
    names = {str(code): room.directory.name("commune", str(code), str(code)) for code in codes}
    told = tuple(speaker.of(sentence) for sentence in sentences(one, rule(), names))
    origins = tuple((speaker.of(STATUSES[each["status"]]), speaker.tr(**each["text"])) for each in sources(rule()))
    groups = tuple(_together(speaker, group, names) for group in one.kept)
    return Section(told, groups, max((one.groups or 0) - len(groups), 0), origins)


def _together(speaker: Speaker, group: Group, names: dict[str, str]) -> Together:
    return Together(
        tuple((names[code], speaker.territory("commune", code)) for code in group.members),
        speaker.number(group.people),
        speaker.number(group.threshold),
    )
