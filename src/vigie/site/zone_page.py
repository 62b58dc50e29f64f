"""The pages of zoning: a rule on the map with its zones, and two rules side by side. The state is the address's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vigie.editions import zoning_words as words
from vigie.editions.figures import unit
from vigie.editions.observatory import Territory
from vigie.editions.sheet import web_labels
from vigie.editions.tiles import tiles_of
from vigie.indicators import Definition
from vigie.site import atlas, zone_neighbourhoods, zone_pairs, zone_picture, zones
from vigie.site.choices import Group, Option
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.site.zones import Asked, Choice, Scene
from vigie.zoning.choices import CRITERIA
from vigie.zoning.rules import STATUSES, Rule

ROWS = 80  # zones listed for all of France; a département shows all of its own


@dataclass(frozen=True)
class Cut:
    """A number of the rule that the reader may change: the end of a class, or its share of the people."""

    name: str
    label: str
    value: str
    official: str
    high: float
    step: float


@dataclass(frozen=True)
class Row:
    """A zone in the table."""

    zone: str
    name: str
    href: str
    departement: str
    style: str
    title: str
    value: str
    number: float | None
    people: int
    distance: str
    gap: float | None
    stability: str
    held: float | None
    borderline: bool
    large: bool


@dataclass(frozen=True)
class Chosen:
    """The zone that was clicked: its name, its class and why it has it."""

    name: str
    title: str
    style: str
    sentences: tuple[str, ...]
    href: str
    dossier: str


def address(speaker: Speaker, shown: Scene, **changes: str) -> str:
    """The page of this state, ``changes`` made (``zone``, ``dans``, ``vue``)."""
    asked = shown.asked
    state = {"regle": shown.official.id, "periode": shown.zoning.period}
    state |= {f"seuil_{name}": f"{value:g}" for name, value in asked.ends}
    state |= {f"part_{name}": f"{value:g}" for name, value in asked.shares}
    state |= _choice_state(asked.choice)
    state |= {"dans": asked.within, "zone": asked.zone, "vue": asked.view} | changes
    return speaker.url("/zonage", {name: value for name, value in state.items() if value})


def _choice_state(choice: Choice | None) -> dict[str, str]:
    """How an address says a choice."""
    if choice is None:
        return {}
    ceiling = "" if choice.ceiling is None else f"{choice.ceiling:g}"
    return {"choix": choice.move, "zones": ",".join(choice.zones),
            "critere": "main" if choice.zones else choice.criterion, "plafond": ceiling}  # fmt: skip


def context(room: Room, speaker: Speaker, shown: Scene) -> dict[str, Any]:
    """What the template of the page shows."""
    rule, definition = shown.official, _definition(room, shown.official)
    within = room.directory.card("departement", shown.asked.within)
    tiles = tiles_of(room.observatory.folder)
    entries = zones.legend(speaker, shown, _roles(speaker))
    return {
        "scene": shown,
        "rule": rule,
        "title": title(speaker, shown),
        "definition": definition,
        "unit": _capital(unit(speaker, definition)),
        "status": _capital(speaker.of(words.STATUSES[rule.status])),
        "unverified": not rule.verified,
        "about": [speaker.of(one) for one in (rule.text, rule.note) if one is not None],
        "source": speaker.of(rule.source),
        "mesh": _capital(speaker.of(words.mesh(shown.zoning.mesh.id))),
        "difference": speaker.of(rule.difference) if shown.zoning.stands_in and rule.difference else "",
        "split": _split(speaker, shown),
        "rules": rule_options(room, speaker, rule.id),
        "periods": [Option(one, speaker.period(one), one == shown.zoning.period)
                    for one in zones.known_periods(room, rule)],
        "departements": [Option(one.code, one.name, one.code == shown.asked.within)
                         for one in room.directory.of_level("departement")],
        "cuts": _cuts(room, speaker, shown),
        "margin": _choices(speaker, shown),
        "legend": entries,
        "counted": counted(speaker, room, shown),
        "refused": _refused(speaker, shown.refused),
        "within": within,
        "rows": _rows(room, speaker, shown, within),
        "total": shown.table.height if within is None else _inside(shown, within).height,
        "borderline": int(shown.table["borderline"].fill_null(value=False).sum()),
        "chosen": chosen(room, speaker, shown, shown.asked.zone),
        "unnamed": address(speaker, shown, zone=""),
        "official_href": speaker.url("/zonage", {"regle": rule.id, "periode": shown.zoning.period}),
        "image": image_address(speaker, shown),
        "picture": zone_picture.make(room, speaker, shown),
        "regional": [speaker.tr(one, one) for one in words.regional_told(rule, _region_names(room), speaker.lang)],
        "neighbourhoods": zone_neighbourhoods.context(room, speaker, shown),
        "island": _island(room, speaker, shown, "" if tiles is None else f"/donnees/tuiles/{tiles.name}"),
        "has_tiles": tiles is not None,
        "has_polygons": bool(room.polygons("commune")),
        "compare_href": speaker.url("/zonage/comparer", {"avant": rule.id}),
        "pairs_href": speaker.url("/zonage/couples", {"regle": rule.id} | ({"dans": within.code} if within else {}))
        if rule.id in zone_pairs.paired_rules(room) else "",
    }  # fmt: skip


def _split(speaker: Speaker, shown: Scene) -> str:
    """How much of France the mesh that stands in may class otherwise than the text's."""
    said = words.stand_in_said(shown.rule, shown.table, speaker.lang) if shown.zoning.stands_in else ""
    return speaker.tr(said, said) if said else ""


def _region_names(room: Room) -> dict[str, str]:
    return {one.code: one.name for one in room.directory.of_level("region")}


def _definition(room: Room, rule: Rule) -> Definition:
    assert rule.indicator is not None, "a scene has figures"
    return room.indicators[rule.indicator]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _roles(speaker: Speaker) -> dict[str, str]:
    return {name: speaker.of(text) for name, text in words.ROLES.items()}


def title(speaker: Speaker, shown: Scene) -> str:
    """``Médecins, parts de 2021 (2021)``, and that the reader changed it."""
    name = f"{speaker.of(shown.official.title)} ({speaker.period(shown.zoning.period)})"
    if shown.rule != shown.official:
        name += speaker.tr(", seuils modifiés", ", thresholds changed")
    return name + speaker.tr(", avec un choix de l'ARS", ", with a choice of the ARS") if shown.moved else name


def rule_options(room: Room, speaker: Speaker, chosen: str) -> list[Group]:
    """The rules by status, those that have figures."""
    groups = []
    for status in STATUSES:
        own = [one for one in zones.rules_of(room).values() if one.status == status and zones.known_periods(room, one)]
        if own:
            options = tuple(Option(one.id, speaker.of(one.title), one.id == chosen) for one in own)
            groups.append(Group(_capital(speaker.of(words.STATUSES[status])), options))
    return groups


def absent_rules(room: Room, speaker: Speaker) -> list[tuple[str, str]]:
    """The rules without figures, and what is missing."""
    return [
        (speaker.of(one.title), speaker.of(one.missing) if one.missing else speaker.of(words.UNKNOWN))
        for one in zones.rules_of(room).values()
        if not zones.known_periods(room, one)
    ]


def _cuts(room: Room, speaker: Speaker, shown: Scene) -> list[Cut]:
    definition = _definition(room, shown.official)
    highest = _high(shown)
    found = []
    for own, official in zip(shown.rule.classes, shown.official.classes, strict=True):
        name, last = _capital(speaker.of(own.title)), own is shown.rule.cut[-1]
        if own.at_most is not None:
            label = speaker.tr(f"{name} : jusqu'à", f"{name}: up to")
            step = 10.0 ** -max(definition.decimals, 1)
            found.append(Cut(f"seuil_{own.id}", label, f"{own.at_most:g}", f"{official.at_most:g}", highest, step))
        if own.share is not None and not last and shown.official.shares_by == "france":
            label = speaker.tr(f"{name} : part des habitants (en %)", f"{name}: share of the people (in %)")
            found.append(Cut(f"part_{own.id}", label, f"{own.share:g}", f"{official.share:g}", 100.0, 0.1))
    return found


@dataclass(frozen=True)
class Choices:
    """The form of what the rule leaves to the ARS: its moves, criteria, ceiling, zones, and what came of the choice."""

    moves: tuple[Option, ...]
    criteria: tuple[Option, ...]
    ceiling: str
    zones: str
    source: str
    said: str
    refused: str


def _choices(speaker: Speaker, shown: Scene) -> Choices | None:
    """The form; None for a rule that leaves no choice."""
    if not shown.official.moves:
        return None
    own = shown.asked.choice
    moves = tuple(Option(one.id, _capital(speaker.of(one.title)), own is not None and own.move == one.id)
                  for one in shown.official.moves)  # fmt: skip
    by_hand = own is not None and bool(own.zones)
    criteria = tuple(Option(name, _capital(speaker.of(words.CRITERIA[name])), own is not None and not by_hand
                            and own.criterion == name) for name in CRITERIA)  # fmt: skip
    hand = Option("main", speaker.tr("À la main : les zones ci-dessous", "By hand: the zones below"), by_hand)
    move = next((one for one in shown.official.moves if own is not None and one.id == own.move), None)
    said, fault = "", shown.unchosen
    if shown.moved:
        zones_ = speaker.count(shown.moved, speaker.tr("zone déplacée", "zone moved"),
                               speaker.tr("zones déplacées", "zones moved"))  # fmt: skip
        said = speaker.tr(f"{zones_}.", f"{zones_}.")
    elif own is not None and fault is None:
        said = speaker.tr("Aucune zone ne tient sous ce plafond.", "No zone fits under this ceiling.")
    return Choices(
        moves,
        (*criteria, hand),
        "" if own is None or own.ceiling is None else f"{own.ceiling:g}",
        "" if own is None else ", ".join(own.zones),
        speaker.of((move or shown.official.moves[0]).source),
        said,
        "" if fault is None else speaker.tr(fault.fr, fault.en),
    )


def _high(shown: Scene) -> float:
    """The end of a slider of thresholds: twice the greatest of the rule, or the value of the best served."""
    ends = [one.at_most for one in shown.official.classes if one.at_most is not None]
    return 2 * max(ends) if ends else float(np.nanmax(shown.zoning.valued.value))


def counted(speaker: Speaker, room: Room, shown: Scene) -> str:
    """How many people the priority classes hold, and how many more or fewer than under the rule as it is."""
    own = _priority(shown)
    total = float(zones.residents(shown.zoning).sum()) or 1.0
    people = speaker.count(own, speaker.tr("habitant", "inhabitant"), speaker.tr("habitants", "inhabitants"))
    share = speaker.number(100 * own / total, 1)
    said = speaker.tr(f"En zone prioritaire : {people} ({share} %).", f"In a priority zone: {people} ({share} %).")
    if not shown.changed:
        return said
    official = zones.scene(room, Asked(shown.official.id, shown.zoning.period))
    gap = own - (_priority(official) if official else 0.0)
    if not round(gap):
        return said
    sign = "+" if gap >= 0 else "−"
    size = speaker.number(abs(gap))
    return f"{said} " + speaker.tr(f"Par rapport à la règle : {sign}{size}.", f"Against the rule: {sign}{size}.")


def _priority(shown: Scene) -> float:
    return float(zones.residents(shown.zoning)[shown.zoning.holds("priority")].sum())


def _refused(speaker: Speaker, why: str) -> str:
    said = {
        "thresholds": ("Ces seuils ne se suivent pas : chacun doit dépasser le précédent. Voici la règle telle quelle.",
                       "These thresholds do not follow one another: each must exceed the one before. Here is the rule "
                       "as it is."),
        "shares": ("Ces parts dépassent ensemble 100 %. Voici la règle telle quelle.",
                   "These shares exceed 100 % together. Here is the rule as it is."),
    }  # fmt: skip
    return speaker.tr(*said[why]) if why else ""


def _inside(shown: Scene, within: Territory) -> Any:
    return shown.table.filter(shown.table["departement"] == within.code)


def _rows(room: Room, speaker: Speaker, shown: Scene, within: Territory | None) -> list[Row]:
    """The zones of a département, or the first of France: borderline ones first, the nearest to a threshold before."""
    table = shown.table.head(ROWS) if within is None else _inside(shown, within)
    return [_row(room, speaker, shown, row) for row in table.iter_rows(named=True)]


def _row(room: Room, speaker: Speaker, shown: Scene, row: Mapping[str, Any]) -> Row:
    definition = _definition(room, shown.official)
    places = {one.id: place for place, one in enumerate(shown.rule.classes)}
    place = places.get(row["class"])
    gap = row["distance"]
    sign = "" if gap is None else "+" if gap >= 0 else "−"
    return Row(
        zone=row["zone"],
        name=row["name"],
        href=address(speaker, shown, zone=row["zone"]) + "#zone",
        departement=room.directory.name("departement", row["departement"] or "", row["departement"] or ""),
        style="missing" if place is None else shown.styles[place],
        title=speaker.status("missing") if place is None else _capital(speaker.of(shown.rule.classes[place].title)),
        value=speaker.status("missing") if row["value"] is None else speaker.number(row["value"], definition.decimals),
        number=row["value"],
        people=row["population"] or 0,
        distance="–" if gap is None else f"{sign}{speaker.number(abs(gap), definition.decimals + 1)}",
        gap=None if gap is None else abs(gap),
        stability="–" if row["stability"] is None else speaker.tr(*[f"{speaker.number(100 * row['stability'])} %"] * 2),
        held=row["stability"],
        borderline=bool(row["borderline"]),
        large=bool(row["large"]),
    )


def chosen(room: Room, speaker: Speaker, shown: Scene, zone: str) -> Chosen | None:
    """A zone with its reasons; None without one of that name."""
    found = shown.table.filter(shown.table["zone"] == zone)
    if not zone or found.is_empty():
        return None
    row = found.row(0, named=True)
    line = _row(room, speaker, shown, row)
    told = words.why(shown.rule, row, _definition(room, shown.official), speaker.lang)
    card = room.directory.card(row["zone_level"], row["code"])
    return Chosen(
        line.name, line.title, line.style, tuple(speaker.tr(one, one) for one in told),
        speaker.territory(card.level, card.code) if card else "",
        speaker.url(f"/rapport/zonage/{card.level}/{card.code}.pdf") if card else "",
    )  # fmt: skip


def image_address(speaker: Speaker, shown: Scene) -> str:
    """The address of the map as one image, without its theme."""
    state = {f"seuil_{name}": f"{value:g}" for name, value in shown.asked.ends}
    state |= {f"part_{name}": f"{value:g}" for name, value in shown.asked.shares}
    state |= {name: text for name, text in _choice_state(shown.asked.choice).items() if text}
    path = speaker.url(f"/zonage/image/{shown.official.id}/{shown.zoning.period}.svg", state)
    return path + ("&" if state else "?")


def _island(room: Room, speaker: Speaker, shown: Scene, tiles: str) -> dict[str, Any]:
    """What the browser's part of the page is told: what the map of the site asks for, and the classes of the rule."""
    rule = shown.rule
    return {
        "lang": speaker.lang,
        "prefix": speaker.url("/").rstrip("/"),
        "tiles": tiles,
        "level": "commune",
        "frame": atlas.frame(room, "departement", shown.asked.within) if shown.asked.within else None,
        "view": shown.asked.view,
        "labels": [(speaker.tr(name, name.removeprefix("La ")), lon, lat) for name, lon, lat in web_labels()],
        "rule": rule.id,
        "period": shown.zoning.period,
        "zone": shown.asked.zone,
        "styles": shown.styles,
        "classes": [
            {"id": one.id, "role": one.role, "at_most": one.at_most, "share": one.share, "chosen": one.chosen,
             "official": {"at_most": given.at_most, "share": given.share}}
            for one, given in zip(rule.classes, shown.official.classes, strict=True)
        ],
        "words": _words(speaker),
    }  # fmt: skip


def _words(speaker: Speaker) -> dict[str, str]:
    pairs = {
        "map": ("Carte : les flèches la déplacent, plus et moins l'agrandissent, Entrée choisit la zone du milieu",
                "Map: arrow keys move it, plus and minus zoom, Enter picks the zone in the middle"),
        "counted": ("En zone prioritaire : {people}\u00a0habitants ({share} %).",
                    "In a priority zone: {people}\u00a0inhabitants ({share} %)."),
        "against": ("Par rapport à la règle : {gap}.", "Against the rule: {gap}."),
        "order": ("Ces seuils ne se suivent pas : chacun doit dépasser le précédent.",
                  "These thresholds do not follow one another: each must exceed the one before."),
        "zoomIn": ("Agrandir", "Zoom in"),
        "zoomOut": ("Réduire", "Zoom out"),
        "whole": ("Toute la France", "All of France"),
        "loading": ("La carte se charge…", "The map is loading…"),
        "failed": ("La carte animée n'a pas pu se charger ; celle-ci vient du serveur.",
                   "The live map could not be loaded; this one comes from the server."),
    }  # fmt: skip
    return {name: speaker.tr(fr, en) for name, (fr, en) in pairs.items()}
