"""The page of the map: any indicator, level and period, with its legend, its table and its files; the state is the
address's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions.figures import unit
from vigie.editions.geography import overseas
from vigie.editions.observatory import Territory
from vigie.editions.sheet import web_labels
from vigie.editions.tiles import tiles_of
from vigie.site import atlas, maps
from vigie.site.choices import Group, Option
from vigie.site.home_page import france_map
from vigie.site.provenance import sources
from vigie.site.room import Room
from vigie.site.words import Speaker

FIRST, FIRST_LEVEL = "apl_mg", "departement"
_INLINE = 300  # territories that a page draws itself, each with its link; more are one image
_ROWS = 1_300  # and that it lists
_LIGHT = {"d1": "#a8440f", "d2": "#e39a5b", "d3": "#dcebe8", "d4": "#a4cfcd", "d5": "#57a0a6", "d6": "#17606d",
          "s1": "#e6e8f4", "s2": "#bcc3e3", "s3": "#8c97cd", "s4": "#5f69b0", "s5": "#363c82",
          "zero": "#ffffff", "line": "#8b8578"}  # fmt: skip
_DARK = {"d1": "#f08a4b", "d2": "#b0602d", "d3": "#26383c", "d4": "#2f5f66", "d5": "#479299", "d6": "#8fdadb",
         "s1": "#262c4d", "s2": "#3d4680", "s3": "#5f69b0", "s4": "#909bd6", "s5": "#ccd3f5",
         "zero": "#0f171b", "line": "#8794a0"}  # fmt: skip
"""The colours of static/css/01-tokens.css: an image reads no stylesheet."""


@dataclass(frozen=True)
class Asked:
    """The state of the map as its address gives it; empty where it says nothing."""

    indicator: str = ""
    level: str = ""
    period: str = ""
    within: str = ""
    threshold: float | None = None
    indicator2: str = ""
    period2: str = ""
    view: str = ""
    here: str = ""


@dataclass(frozen=True)
class Scene:
    """What is shown once the address is read: a plate, perhaps a second one, over France or one département."""

    shown: atlas.Plate
    second: atlas.Plate | None
    within: Territory | None
    threshold: float
    asked: Asked

    def address(self, **changes: object) -> dict[str, object]:
        """The query of this state, ``changes`` made; what stands by default is left out."""
        state: dict[str, object] = {
            "indicateur": self.shown.definition.id,
            "niveau": self.shown.level,
            "periode": self.shown.period,
            "dans": self.within.code if self.within else "",
            "seuil": "" if self.asked.threshold is None else f"{self.asked.threshold:g}",
            "indicateur2": self.second.definition.id if self.second else "",
            "periode2": self.second.period if self.second else "",
            "vue": self.asked.view,
            "ici": self.asked.here,
        }
        return {name: value for name, value in {**state, **changes}.items() if value != ""}


def scene(room: Room, asked: Asked) -> Scene | None:
    """What an address asks for; None for an indicator, a level or a département that is not there.

    Where the indicator is not known at the level or in the period asked, the page shows a level and the last period in
    which it is, and says so: a reader who changes one list of the form is not sent to an empty page.
    """
    definition = room.indicators.get(asked.indicator or FIRST)
    other = room.indicators.get(asked.indicator2 or asked.indicator or FIRST)
    within = room.directory.card("departement", asked.within) if asked.within else None
    if definition is None or other is None or (asked.level or FIRST_LEVEL) not in atlas.LEVELS:
        return None
    levels = atlas.known_levels(room, definition.id)
    if not levels or (asked.within and within is None):
        return None
    level = asked.level if asked.level in levels else levels[0]
    shown = atlas.nearest(room, definition, level, asked.period)
    second = None
    if (asked.indicator2 or asked.period2) and atlas.periods(room, other.id, level):
        second = atlas.nearest(room, other, level, asked.period2)
    threshold = atlas.first_threshold(shown) if asked.threshold is None else asked.threshold
    return Scene(shown, second, within, threshold, asked)


def exact(room: Room, indicator: str, level: str, period: str) -> atlas.Plate | None:
    """The plate of exactly these; None where there is none."""
    definition = room.indicators.get(indicator)
    if definition is None or period not in atlas.periods(room, indicator, level):
        return None
    return atlas.plate(room, definition, level, period)


def instead(speaker: Speaker, shown: Scene) -> str:
    """What is shown instead of what was asked, in a sentence; empty where nothing was replaced."""
    asked, plate = shown.asked, shown.shown
    if (asked.level or plate.level) == plate.level and (asked.period or plate.period) == plate.period:
        return ""
    level, period = speaker.level(plate.level), speaker.period(plate.period)
    return speaker.tr(
        f"Cet indicateur n'existe pas à ce niveau ou en cette période : voici par {level}, {period}.",
        f"This indicator does not exist at that level or in that period: here it is by {level}, {period}.",
    )


def context(room: Room, speaker: Speaker, shown: Scene) -> dict[str, Any]:
    """What the templates of the map and of its embedded version show."""
    plate = shown.shown
    definition, level = plate.definition, plate.level
    tiles = tiles_of(room.observatory.folder)
    return {
        "scene": shown,
        "title": title(speaker, plate),
        "second_title": title(speaker, shown.second) if shown.second else "",
        "definition": definition,
        "unit": unit(speaker, definition),
        "legend": atlas.legend(speaker, plate),
        "bins": atlas.bins(plate),
        "highest": max(one.population for one in atlas.bins(plate)) or 1,
        "second_legend": atlas.legend(speaker, shown.second) if shown.second else [],
        "instead": instead(speaker, shown),
        "counted": counted(speaker, plate, shown.threshold),
        "map": _drawn(room, speaker, shown),
        "overseas": overseas(),
        "rows": _rows(room, speaker, shown),
        "indicators": indicator_options(room, speaker, level, definition.id),
        "seconds": indicator_options(room, speaker, level, shown.second.definition.id if shown.second else ""),
        "levels": [Option(one, speaker.level(one, many=True), one == level) for one in atlas.LEVELS
                   if atlas.periods(room, definition.id, one)],
        "periods": _period_options(room, speaker, plate),
        "second_periods": _period_options(room, speaker, shown.second) if shown.second else [],
        "departements": [Option(one.code, one.name, shown.within is not None and one.code == shown.within.code)
                         for one in room.directory.of_level("departement")],
        "island": _island(room, speaker, shown, "" if tiles is None else f"/donnees/tuiles/{tiles.name}"),
        "has_tiles": tiles is not None,
        "has_polygons": bool(room.polygons(level)),
        "sources": sources(room, speaker, _snapshots(room, plate)),
    }  # fmt: skip


def title(speaker: Speaker, plate: atlas.Plate) -> str:
    """``APL médecins généralistes par commune, 2023``."""
    return speaker.tr(
        f"{plate.definition.short.fr} par {speaker.level(plate.level)}, {speaker.period(plate.period)}",
        f"{plate.definition.short.en} by {speaker.level(plate.level)}, {speaker.period(plate.period)}",
    )


def counted(speaker: Speaker, plate: atlas.Plate, threshold: float) -> str:
    """How many people live under a threshold, in a sentence."""
    count, people, share = plate.under(threshold)
    places = speaker.count(count, speaker.level(plate.level), speaker.level(plate.level, many=True))
    people_text = speaker.count(people, speaker.tr("habitant", "inhabitant"), speaker.tr("habitants", "inhabitants"))
    percent = speaker.number(100 * share, 1)
    cut = speaker.number(threshold, plate.definition.decimals) + speaker.percent_sign(plate.definition)
    return speaker.tr(f"Sous {cut} : {people_text} ({percent} %), {places}.",
                      f"Under {cut}: {people_text} ({percent} %), {places}.")  # fmt: skip


def all_colours(dark: bool) -> dict[str, str]:
    """The colours of every class for an image, by style, and of its ``line``."""
    return dict(_DARK if dark else _LIGHT)


def colours(plate: atlas.Plate, dark: bool) -> tuple[list[str], str]:
    """The colours of the classes of a plate for an image, and that of its hatches."""
    return palette(plate.scale.styles, dark)


def palette(styles: Sequence[str], dark: bool) -> tuple[list[str], str]:
    """The colours of some styles for an image, and that of its hatches."""
    colours = _DARK if dark else _LIGHT
    return [colours[style] for style in styles], colours["line"]


def indicator_options(room: Room, speaker: Speaker, level: str, chosen: str) -> list[Group]:
    """The indicators known at a level, by theme."""
    known = {name for name, _ in room.distributions(level)}
    groups: dict[str, list[Option]] = {}
    for one in room.definitions:
        if one.id in known:
            groups.setdefault(one.theme, []).append(Option(one.id, speaker.of(one.short), one.id == chosen))
    return [Group(speaker.theme(theme), tuple(options)) for theme, options in groups.items()]


def _period_options(room: Room, speaker: Speaker, plate: atlas.Plate) -> list[Option]:
    known = atlas.periods(room, plate.definition.id, plate.level)
    return [Option(one, speaker.period(one), one == plate.period) for one in known]


def _codes(room: Room, shown: Scene) -> Sequence[Territory]:
    if shown.within is None:
        return [one for one in room.directory.of_level(shown.shown.level) if one.kind != "whole_city"]
    if shown.shown.level == "commune":
        return room.directory.members(shown.within)
    return room.directory.parts(shown.within, shown.shown.level)


def _drawn(room: Room, speaker: Speaker, shown: Scene) -> maps.Map | None:
    """The map with a link a territory, where they are few; None where the page shows one image instead."""
    plate, found = shown.shown, _codes(room, shown)
    if len(found) > _INLINE and shown.within is None:
        return None
    if plate.level == "departement" and shown.within is None:
        return france_map(room, speaker, plate.definition.id, plate.period)
    sheet = f"{plate.level}:{shown.within.key if shown.within else 'FR'}"
    subject = maps.Subject(plate.definition, plate.period, plate.level, [one.code for one in found], sheet,
                           title(speaker, plate))  # fmt: skip
    return maps.make(room, speaker, subject)


@dataclass(frozen=True)
class Row:
    """A territory in the table."""

    name: str
    href: str
    text: str
    number: float | None
    style: str
    population: int | None


def _rows(room: Room, speaker: Speaker, shown: Scene) -> list[Row]:
    """The territories shown by name; none where they are too many to read."""
    found = _codes(room, shown)
    if len(found) > _ROWS:
        return []
    plate = shown.shown
    styles = (*plate.scale.styles, "missing", "suppressed")
    places = dict(zip(plate.codes, zip(plate.values.tolist(), plate.places.tolist(), strict=True), strict=True))
    rows = []
    for one in found:
        value, place = places.get(one.code, (float("nan"), len(plate.scale.styles)))
        known = value == value
        text = speaker.value(value, plate.definition) if known else speaker.status(styles[place])
        rows.append(Row(one.name, speaker.territory(one.level, one.code), text, value if known else None,
                        styles[place], one.population))  # fmt: skip
    return rows


def _snapshots(room: Room, plate: atlas.Plate) -> set[str]:
    france = room.profile(room.france).get(plate.definition.id, [])
    same = {one.snapshot for one in france if one.period == plate.period}
    return same or {one.snapshot for one in france}


def _island(room: Room, speaker: Speaker, shown: Scene, tiles: str) -> dict[str, Any]:
    """What the browser's part of the map is told."""
    plate = shown.shown
    box = atlas.frame(room, "departement", shown.within.code) if shown.within else None
    return {
        "lang": speaker.lang,
        "prefix": speaker.url("/").rstrip("/"),
        "edition": room.id,
        "tiles": tiles,
        "level": plate.level,
        "levelNames": [speaker.level(plate.level), speaker.level(plate.level, many=True)],
        "indicator": plate.definition.id,
        "period": plate.period,
        "periods": atlas.periods(room, plate.definition.id, plate.level),
        "second": [shown.second.definition.id, shown.second.period] if shown.second else None,
        "threshold": shown.threshold,
        "thresholdAsked": shown.asked.threshold is not None,
        "frame": box,
        "view": shown.asked.view,
        "here": shown.asked.here,
        "labels": [(speaker.tr(name, name.removeprefix("La ")), lon, lat) for name, lon, lat in web_labels()],
        "words": _words(speaker),
    }


def _words(speaker: Speaker) -> dict[str, str]:
    """The texts that the browser's part of the map writes."""
    pairs = {
        "map": ("Carte : les flèches la déplacent, plus et moins l'agrandissent, Entrée choisit le territoire du "
                "milieu", "Map: arrow keys move it, plus and minus zoom, Enter picks the territory in the middle"),
        "year": ("Période", "Period"),
        "threshold": ("Seuil", "Threshold"),
        "counted": ("Sous {cut} : {people}\u00a0habitants ({share} %), {count}\u00a0{places}.",
                    "Under {cut}: {people}\u00a0inhabitants ({share} %), {count}\u00a0{places}."),
        "zoomIn": ("Agrandir", "Zoom in"),
        "zoomOut": ("Réduire", "Zoom out"),
        "whole": ("Toute la France", "All of France"),
        "png": ("Image PNG", "PNG image"),
        "page": ("Sa page", "Its page"),
        "compare": ("Comparer", "Compare"),
        "close": ("Fermer la fiche", "Close the card"),
        "inhabitants": ("habitants", "inhabitants"),
        "missing": ("donnée manquante", "missing"),
        "suppressed": ("secret statistique", "suppressed"),
        "loading": ("La carte se charge…", "The map is loading…"),
        "failed": ("La carte animée n'a pas pu se charger ; celle-ci vient du serveur.",
                   "The live map could not be loaded; this one comes from the server."),
        "embed": ("Code à copier pour intégrer cette carte", "Code to copy to embed this map"),
        "copy": ("Copier", "Copy"),
        "copied": ("Copié", "Copied"),
        "source": ("Vigie, édition", "Vigie, edition"),
    }  # fmt: skip
    return {name: speaker.tr(fr, en) for name, (fr, en) in pairs.items()}
