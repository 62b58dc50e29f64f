"""A zoning as pages show it: a rule, perhaps with other thresholds and shares, applied to France; its legend, its map.

Every map of a zoning is drawn by commune: a zone is the communes that have its colour, whatever its mesh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.editions.geography import Drawing
from vigie.editions.observatory import Observatory
from vigie.editions.zoning import chosen, edition_rules, home_of, open_field
from vigie.editions.zoning_brought import mark
from vigie.errors import VigieError
from vigie.site import atlas
from vigie.site.room import Cache, Room
from vigie.site.words import Speaker
from vigie.zoning.apply import Zoning, apply, periods
from vigie.zoning.classes import UNKNOWN
from vigie.zoning.field import Field
from vigie.zoning.reasons import reasons
from vigie.zoning.rules import Class, Role, Rule

FIRST = "medecins_2021"
_SCENES = 24
# The worst served first; a role that comes twice takes its next colour.
_POOLS: Mapping[Role, tuple[str, ...]] = {
    "priority": ("d1", "d2"),
    "aided": ("d2", "s1"),
    "undecided": ("d3",),
    "none": ("d4", "d5", "d3"),
    "over": ("d6",),
}


@dataclass(frozen=True)
class Asked:
    """The state as an address gives it. ``ends`` are the thresholds and ``shares`` the per cents of classes that the
    reader changed, by class."""

    rule: str = ""
    period: str = ""
    ends: tuple[tuple[str, float], ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    within: str = ""
    zone: str = ""
    view: str = ""
    choice: Choice | None = None


@dataclass(frozen=True)
class Choice:
    """What the rule leaves to the ARS, as the reader makes it: the move, and its zones or the criterion and ceiling."""

    move: str
    zones: tuple[str, ...] = ()
    criterion: str = "lowest"
    ceiling: float | None = None


@dataclass(frozen=True)
class Scene:
    """A rule as it is, the same as the reader changed it, and what it gives in a period.

    ``table`` has the reasons of every zone (``vigie.zoning.reasons.REASONS``), borderline ones first; ``refused`` says
    why the changes were not taken, ``unchosen`` why the choice was not, and ``moved`` how many zones it moved.
    """

    asked: Asked
    official: Rule
    rule: Rule
    zoning: Zoning
    table: pl.DataFrame
    styles: tuple[str, ...]
    refused: str = ""
    unchosen: VigieError | None = None
    moved: int = 0

    @property
    def by_server(self) -> bool:
        """Whether the server alone draws it: a choice, or régions cut apart, which the browser does not cut anew."""
        return self.moved > 0 or self.official.shares_by == "region"

    @property
    def changed(self) -> bool:
        """Whether the reader changed the rule, or made a choice that it leaves."""
        return self.rule != self.official or self.moved > 0


@dataclass(frozen=True)
class Entry:
    """A class of the legend: how many zones and people it holds, and their share in per cent."""

    id: str
    style: str
    title: str
    role: str
    zones: int
    people: int
    share: float


def rules_of(room: Room) -> dict[str, Rule]:
    """The rules of the edition with what was brought since, by id; none in an edition without zoning."""
    if not room.observatory.has("zones"):
        return {}
    return room.once(("zoning rules", brought(room)), lambda: edition_rules(room.observatory))


def brought(room: Room) -> str:
    """What changes with the files brought for rules, which need no build."""
    return mark(home_of(room.observatory))


def field_of(room: Room) -> Field:
    """France as the rules of the edition see it, read once."""

    def read(observatory: Observatory) -> Field:
        return open_field(observatory, rules_of(room).values())

    return room.once("zoning field", lambda: read(room.observatory))


def known_periods(room: Room, rule: Rule) -> list[str]:
    """The periods that a rule can be applied to."""
    return periods(rule, field_of(room))


def scene(room: Room, asked: Asked) -> Scene | None:
    """What an address asks for; None for a rule that is not there or has no figures."""
    official = rules_of(room).get(asked.rule or FIRST)
    if official is None:
        return None
    known = known_periods(room, official)
    if not known:
        return None
    period = asked.period if asked.period in known else known[-1]
    asked = _pruned(asked, official)
    kept: Cache[Scene] = room.once("zoning scenes", lambda: Cache(_SCENES))
    key = (official.id, brought(room), period, asked.ends, asked.shares, asked.choice)
    made = kept.of(key, lambda: _scene(room, asked, official, period))
    return replace(made, asked=asked)


def _pruned(asked: Asked, official: Rule) -> Asked:
    """Without the numbers that are those of the rule: a form sends them all."""
    own = {one.id: one for one in official.classes}
    ends = tuple((name, end) for name, end in asked.ends if name in own and own[name].at_most not in (None, end))
    shares = tuple((name, part) for name, part in asked.shares if name in own and own[name].share not in (None, part))
    return replace(asked, ends=ends, shares=shares)


def _scene(room: Room, asked: Asked, official: Rule, period: str) -> Scene:
    rule, refused = changed(official, dict(asked.ends), dict(asked.shares))
    field = field_of(room)
    zoning, unchosen, moved = apply(rule, field, period), None, 0
    if asked.choice is not None:
        try:
            given = asked.choice
            made = chosen(zoning, field, given.move, given.zones, given.criterion, given.ceiling)
            moved = int((made.position != zoning.position).sum())
            zoning = made
        except VigieError as fault:  # a zone of another class, a ceiling passed: told, and the rule is shown as it is
            unchosen = fault
    return Scene(asked, official, rule, zoning, reasons(zoning, field), styles(rule), refused, unchosen, moved)


def changed(rule: Rule, ends: Mapping[str, float], shares: Mapping[str, float]) -> tuple[Rule, str]:
    """The rule with other thresholds and shares; the rule as it is, and why (a key), where they cannot be.

    Only what a class has can be changed: one with a threshold keeps one, one with a share keeps one.
    """
    classes = tuple(_changed(one, ends.get(one.id), shares.get(one.id)) for one in rule.classes)
    tried = rule.model_copy(update={"classes": classes})
    plain = [one.at_most for one in tried.cut if one.at_most is not None and not one.conditions]
    if any(after <= before for before, after in pairwise(plain)):
        return rule, "thresholds"
    if sum(one.share for one in tried.cut[:-1] if one.share is not None) > 100:  # the last class takes the rest
        return rule, "shares"
    return tried, ""


def _changed(one: Class, end: float | None, share: float | None) -> Class:
    found: dict[str, float] = {}
    if one.at_most is not None and end is not None:
        found["at_most"] = end
    if one.share is not None and share is not None and 0 < share <= 100:
        found["share"] = share
    return one.model_copy(update=found)


def styles(rule: Rule) -> tuple[str, ...]:
    """The style of each class: by its role, from the worst served to the best."""
    used: dict[Role, int] = {}
    found = []
    for one in rule.classes:
        pool = _POOLS[one.role]
        found.append(pool[min(used.get(one.role, 0), len(pool) - 1)])
        used[one.role] = used.get(one.role, 0) + (not one.chosen)
    return tuple(found)


def legend(speaker: Speaker, shown: Scene, roles: Mapping[str, str]) -> list[Entry]:
    """The classes that the rule fills, then the zones without data where there are any."""
    position, people = shown.zoning.position, residents(shown.zoning)
    total = float(people.sum()) or 1.0
    found = []
    for place, one in enumerate(shown.rule.classes):
        inside = position == place
        if one.chosen and not inside.any():
            continue
        own = float(people[inside].sum())
        found.append(Entry(one.id, shown.styles[place], _capital(speaker.of(one.title)), roles[one.role],
                           int(inside.sum()), round(own), 100 * own / total))  # fmt: skip
    lost = position == UNKNOWN
    if lost.any():
        own = float(people[lost].sum())
        found.append(
            Entry("", "missing", speaker.status("missing"), "", int(lost.sum()), round(own), 100 * own / total)
        )
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def residents(zoning: Zoning) -> NDArray[np.float64]:
    """The people of each zone, 0 where unknown."""
    found: NDArray[np.float64] = zoning.mesh.zones["population"].fill_null(0).to_numpy().astype(np.float64)
    return found


def at_communes(shown: Scene) -> NDArray[np.int64]:
    """The class of each commune and arrondissement; after the last class, those without one."""
    position = np.where(shown.zoning.position == UNKNOWN, len(shown.rule.classes), shown.zoning.position)
    found: NDArray[np.int64] = position[shown.zoning.mesh.index]
    return found


def drawn(room: Room) -> tuple[tuple[str, ...], Drawing]:
    """The codes of the communes, and the sheet of them all: drawn once."""
    codes = tuple(one.code for one in atlas.territories(room, "commune"))
    return codes, room.drawing("atlas:commune", "commune", codes)


def picture(room: Room, places: NDArray[np.int64], colours: Sequence[str], line: str) -> str:
    """The map of the communes as one SVG image, a path a class; ``places`` beyond ``colours`` are hatched."""
    codes, drawing = drawn(room)
    paths = {shape.code: shape.path for shape in drawing.shapes}
    classes: list[list[str]] = [[] for _ in range(len(colours) + 1)]
    for code, place in zip(codes, places.tolist(), strict=True):
        classes[place].append(paths.get(code, ""))
    fills = [*colours, "url(#m)"]
    body = "".join(f'<path fill="{fill}" d="{"".join(own)}"/>' for fill, own in zip(fills, classes, strict=True) if own)
    names = "".join(f'<text x="{one.x}" y="{one.y}">{one.fr}</text>' for one in drawing.labels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}">'
        '<defs><pattern id="m" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V8" stroke="{line}" stroke-width="3"/></pattern></defs>'
        f'<g stroke-linejoin="round">{body}</g>'
        f'<g fill="{line}" font-family="sans-serif" font-size="20" text-anchor="middle">{names}</g></svg>'
    )


def as_document(shown: Scene) -> dict[str, Any]:
    """The zones for the browser, which cuts them anew by itself: values, people, conditions met, zone of each commune.

    ``people`` fill the shares, ``residents`` are those that are counted; ``zone_of`` follows the order of the communes.
    """
    zoning = shown.zoning
    value = zoning.valued.value.tolist()
    return {
        "zones": zoning.mesh.zones["zone"].to_list(),
        "values": [None if one != one else one for one in value],
        "people": zoning.people.tolist(),
        "residents": residents(zoning).tolist(),
        "zone_of": zoning.mesh.index.tolist(),
        "met": {str(place): np.flatnonzero(held).tolist() for place, held in zoning.met.items()},
    }
