"""Two rules of zoning side by side: who gains, who loses, on the map, in numbers and by commune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vigie.editions import zoning_words as words
from vigie.editions.zoning_compare import with_list
from vigie.editions.zoning_lists import Listed, lists
from vigie.errors import VigieError
from vigie.indicators.definition import Words
from vigie.site import zone_page, zones
from vigie.site.choices import Group, Option
from vigie.site.room import Cache, Room
from vigie.site.words import Speaker
from vigie.zoning.classes import UNKNOWN
from vigie.zoning.picture import gives
from vigie.zoning.rules import Rule

CHANGES = ("gains", "loses", "same")
STYLES = ("d6", "d1", "d3")
"""The styles of ``CHANGES``; a commune without a class in one of the two is hatched."""
_FIRST, _OTHER = "medecins_2017", "selectif_apl"  # what is compared with the first rule of the site by default
_ROWS = 60
_KEPT = 40  # pairs of rules already crossed
_CLASSES = 1_000  # more than any rule has


@dataclass(frozen=True)
class Crossed:
    """Two zonings at communes and arrondissements, in the order of the reference.

    ``places``: the place of each one's change in ``CHANGES``, after the last where one of the two has no class;
    ``before`` and ``after`` the place of its class in each rule (−1 for none).
    """

    first: zones.Scene
    second: zones.Scene
    places: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    people: NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """From one class to another: people, communes and what it changes."""

    before: str
    after: str
    before_style: str
    after_style: str
    change: str
    style: str
    people: int
    communes: int


@dataclass(frozen=True)
class Moved:
    """A commune whose class gives more or less."""

    name: str
    href: str
    departement: str
    before: str
    after: str
    change: str
    style: str
    people: int


def crossed(room: Room, before: str, after: str) -> Crossed | None:
    """Two rules, each in its last period; None where one is not there or has no figures."""
    kept: Cache[Crossed] = room.once("zonings crossed", lambda: Cache(_KEPT))
    brought = lists_of(room)
    marks = tuple(brought[name].mark for name in (before, after) if name in brought)
    known = kept.get((before, after, marks))
    if known is None:
        first, second = (_side(room, name, brought) for name in (before, after))
        if first is None or second is None:
            return None
        known = _crossed(room, first, second)
        kept.put((before, after, marks), known)
    return known


def lists_of(room: Room) -> dict[str, Listed]:
    """The lists of ARS brought beside the edition, by id."""
    return lists(room.observatory.folder.parent.parent)


def _side(room: Room, name: str, brought: Mapping[str, Listed]) -> zones.Scene | None:
    """A rule in its last period, or a list with the classes of the rule that it applies; None for one not there."""
    if name not in brought:
        return zones.scene(room, zones.Asked(name)) if name in zones.rules_of(room) else None
    one = brought[name]
    shown = zones.scene(room, zones.Asked(one.rule)) if one.rule in zones.rules_of(room) else None
    if shown is None:
        return None
    field = zones.field_of(room)
    try:
        classes = with_list(shown.zoning, field, one.path).at.names
    except VigieError:  # put there by hand, or of other communes than this edition's
        return None
    places = {each.id: place for place, each in enumerate(shown.rule.classes)}
    position = np.array([places.get(each or "", UNKNOWN) for each in classes.to_list()], dtype=np.int64)
    listed = shown.official.model_copy(update={"title": Words(fr=f"Liste « {one.name} »", en=f"List “{one.name}”")})
    zoning = replace(shown.zoning, mesh=field.mesh("commune"), position=position)
    return replace(shown, official=listed, zoning=zoning)


def _crossed(room: Room, first: zones.Scene, second: zones.Scene) -> Crossed:
    one, two = (shown.zoning.position[shown.zoning.mesh.index] for shown in (first, second))
    gain = _gives(second.rule)[two] - _gives(first.rule)[one]
    places = np.select([gain > 0, gain < 0], [0, 1], 2)
    places[(one == UNKNOWN) | (two == UNKNOWN)] = len(CHANGES)
    return Crossed(first, second, places.astype(np.int64), one, two, zones.field_of(room).residents)


def _gives(rule: Rule) -> NDArray[np.int64]:
    """How much each class gives, the more the greater; 0 for no class (the last, position −1)."""
    return np.array([*gives(rule).values(), 0])


def warm(room: Room) -> None:
    """Make beforehand what the first reader of zonings would wait for: the field, the first comparison, its map."""
    if not room.observatory.has("zones"):
        return
    found = crossed(room, _FIRST, zones.FIRST)
    if found is not None and room.polygons("commune"):
        zones.drawn(room)


def context(room: Room, speaker: Speaker, before: str, after: str, within: str) -> dict[str, Any] | None:
    """What the template shows; None for a rule that is not there."""
    known = [name for name, one in zones.rules_of(room).items() if zones.known_periods(room, one)]
    if not known:
        return {"found": None}
    first = before or (_FIRST if after != _FIRST else zones.FIRST)
    second = after or (zones.FIRST if first != zones.FIRST else _OTHER)
    found = crossed(room, first, second)
    if found is None:
        return None
    departement = room.directory.card("departement", within) if within else None
    brought = lists_of(room)
    totals = [float(found.people[found.places == place].sum()) for place in range(len(CHANGES) + 1)]
    return {
        "found": found,
        "title": f"{zone_page.title(speaker, found.first)} → {zone_page.title(speaker, found.second)}",
        "before": _options(room, speaker, first, brought),
        "after": _options(room, speaker, second, brought),
        "said": _said(speaker, found, totals),
        "legend": [(style, _word(speaker, name), speaker.number(round(people)), count) for style, name, people, count in
                   zip((*STYLES, "missing"), (*CHANGES, "unknown"), totals, _counts(found), strict=True) if count],
        "lines": _lines(speaker, found),
        "rows": _rows(room, speaker, found, within),
        "within": departement,
        "departements": [Option(one.code, one.name, one.code == within)
                         for one in room.directory.of_level("departement")],
        "most": _ROWS,
        "image": speaker.url(f"/zonage/comparer/image/{first}/{second}.svg") + "?",
        "hrefs": [speaker.url("/zonage", {"regle": brought[name].rule if name in brought else name})
                  for name in (first, second)],
        "lists": bool(brought),
        "swapped": speaker.url("/zonage/comparer", {"avant": second, "apres": first}),
        "meshes": found.first.zoning.mesh.id != found.second.zoning.mesh.id,
    }  # fmt: skip


def _options(room: Room, speaker: Speaker, chosen: str, brought: Mapping[str, Listed]) -> list[Group]:
    """The rules that have figures by status, then the lists that were brought."""
    groups = zone_page.rule_options(room, speaker, chosen)
    if brought:
        known = zones.rules_of(room)
        told = tuple(
            Option(name, f"{one.name} ({speaker.of(known[one.rule].title) if one.rule in known else one.rule})",
                   name == chosen)
            for name, one in brought.items()
        )  # fmt: skip
        groups.append(Group(speaker.tr("Listes apportées", "Lists brought"), told))
    return groups


def _counts(found: Crossed) -> list[int]:
    return [int(count) for count in np.bincount(found.places, minlength=len(CHANGES) + 1)]


def _word(speaker: Speaker, name: str) -> str:
    said = speaker.of(words.CHANGES[name])
    return said[:1].upper() + said[1:]


def _said(speaker: Speaker, found: Crossed, totals: list[float]) -> str:
    gains, loses = (speaker.count(round(one), speaker.tr("habitant", "inhabitant"), speaker.tr("habitants",
                    "inhabitants")) for one in totals[:2])  # fmt: skip
    counts = _counts(found)
    one, two = (speaker.count(n, "commune", "communes") for n in counts[:2])
    return speaker.tr(
        f"De la première à la seconde, {gains} gagnent ({one}) et {loses} perdent ({two}).",
        f"From the first to the second, {gains} gain ({one}) and {loses} lose ({two}).",
    )


def _title(speaker: Speaker, shown: zones.Scene, place: int) -> tuple[str, str]:
    if place < 0:
        return "missing", speaker.status("missing")
    said = speaker.of(shown.rule.classes[place].title)
    return shown.styles[place], said[:1].upper() + said[1:]


def _lines(speaker: Speaker, found: Crossed) -> list[Line]:
    """The people by class before and after, the most numerous first."""
    pairs = found.before * _CLASSES + found.after  # one number a pair: rows of two sort ten times slower
    _, firsts, groups = np.unique(pairs, return_index=True, return_inverse=True)
    people, count = np.bincount(groups, found.people), np.bincount(groups)
    lines = []
    for place in np.argsort(-people).tolist():
        one, two, change = (int(each[firsts[place]]) for each in (found.before, found.after, found.places))
        (style1, text1), (style2, text2) = _title(speaker, found.first, one), _title(speaker, found.second, two)
        lines.append(Line(text1, text2, style1, style2, _word(speaker, (*CHANGES, "unknown")[change]),
                          (*STYLES, "missing")[change], round(float(people[place])), int(count[place])))  # fmt: skip
    return lines


def _rows(room: Room, speaker: Speaker, found: Crossed, within: str) -> list[Moved]:
    """The communes that gain or lose, the most populous first: those of a département, or the first of France."""
    places = zones.field_of(room).places
    moved = found.places < 2
    if within:
        moved = moved & (places["departement"] == within).to_numpy()
    at = np.flatnonzero(moved)
    order = at[np.argsort(-found.people[at], kind="stable")][: None if within else _ROWS]
    rows = []
    names = places[order].select("code", "name", "departement").iter_rows()
    for i, (code, name, departement) in zip(order.tolist(), names, strict=True):
        change, one, two = (int(each[i]) for each in (found.places, found.before, found.after))
        rows.append(
            Moved(
                name=name,
                href=speaker.territory("commune", code),
                departement=room.directory.name("departement", departement, departement),
                before=_title(speaker, found.first, one)[1],
                after=_title(speaker, found.second, two)[1],
                change=_word(speaker, CHANGES[change]),
                style=STYLES[change],
                people=round(float(found.people[i])),
            )
        )
    return rows
