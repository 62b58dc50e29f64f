"""The ten commitments and the alert indicators, with every published figure, its document and its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vigie.editions.promises import aim
from vigie.language import NBSP, NNBSP
from vigie.site.provenance import document_titles
from vigie.site.room import Room
from vigie.site.words import Speaker, typography
from vigie.sources.published import targets as promised

_UNITS = {
    "points": ("points", "points"),
    "days": ("jours", "days"),
    "minutes": ("minutes", "minutes"),
    "per_100k": ("pour 100 000 habitants", "per 100,000 inhabitants"),
    "per_inhabitant": ("par habitant", "per inhabitant"),
}
_QUALIFIERS = {
    "about": ("environ", "about"),
    "more_than": ("plus de", "more than"),
    "less_than": ("moins de", "less than"),
    "nearly": ("près de", "nearly"),
    "between": ("entre", "between"),
}


@dataclass(frozen=True)
class Quoted:
    """A published figure: what it says, of where and when, and the words of the document."""

    id: str
    label: str
    text: str
    period: str
    sort: str
    territory: str
    national: bool
    growth: bool
    document: str
    place: str
    quote: str
    note: str


@dataclass(frozen=True)
class Commitment:
    """A commitment or an alert indicator: what is promised, the last national figure, and every figure published."""

    id: str
    number: int
    title: str
    short: str
    aim: str
    text: str
    period: str
    figures: tuple[Quoted, ...]
    context: tuple[Quoted, ...]
    formula: str
    limits: str
    note: str
    quote: str
    document: str
    place: str
    levels: tuple[str, ...]


def commitments(room: Room, speaker: Speaker) -> list[Commitment]:
    """The ten commitments, in their order."""
    return room.once(("commitments", speaker.lang), lambda: _commitments(room, speaker))


def _commitments(room: Room, speaker: Speaker) -> list[Commitment]:
    found = _figures(room, speaker)
    titles = document_titles(room)
    return [
        _commitment(room, speaker, one, found, titles) for one in promised.commitments() if one.id in room.indicators
    ]


def alerts(room: Room, speaker: Speaker) -> list[Commitment]:
    """The alert indicators of the Cour des comptes."""
    return room.once(("alerts", speaker.lang), lambda: _alerts(room, speaker))


def _alerts(room: Room, speaker: Speaker) -> list[Commitment]:
    found = _figures(room, speaker)
    return [_alert(room, speaker, name, found) for name, one in room.indicators.items() if one.theme == "alerte"]


def _figures(room: Room, speaker: Speaker) -> dict[str, list[Quoted]]:
    """The quoted figures by indicator, and by their own id."""
    return room.once(("figures", speaker.lang), lambda: _read_figures(room, speaker))


def _read_figures(room: Room, speaker: Speaker) -> dict[str, list[Quoted]]:
    titles = document_titles(room)
    found: dict[str, list[Quoted]] = {}
    for row in room.rows("figures"):
        one = _quoted(room, speaker, row, titles)
        found.setdefault(row["id"], []).append(one)
        if row["indicator"]:
            found.setdefault(row["indicator"], []).append(one)
    for series in found.values():
        # Of two documents for one date, the one whose words are at hand comes first.
        series.sort(key=lambda one: (one.national, one.sort, bool(one.quote)), reverse=True)
    return found


def _quoted(room: Room, speaker: Speaker, row: Mapping[str, Any], titles: Mapping[str, str]) -> Quoted:
    return Quoted(
        id=row["id"],
        label=speaker.tr(row["label_fr"], row["label_en"]),
        text=_text(speaker, row),
        period=" – ".join(speaker.period(part) for part in (row["period"] or "").split("/") if part != ".."),
        sort=row["period"] or "",
        territory=room.directory.name(row["level"], row["code"], f"{row['level']} {row['code']}"),
        national=row["level"] == "france",
        growth=row["unit"] == "percent_change",
        document=typography(titles.get(row["document"], row["document"]), "fr"),
        place=typography(row["place"] or "", "fr"),
        quote=row["quote_fr"] or "",
        note=typography(row["note_fr"] or "", "fr"),
    )


def _text(speaker: Speaker, row: Mapping[str, Any]) -> str:
    numbers = [_number(speaker, value) for value in (row["value"], row["upper"]) if value is not None]
    if not numbers:
        return ""
    text = speaker.tr(" à ", " to ").join(numbers)
    if row["unit"] in ("percent", "percent_change"):
        sign = "+" if row["unit"] == "percent_change" and row["value"] > 0 else ""
        text = f"{sign}{text}{NNBSP if speaker.lang == 'fr' else ''}%"
    elif row["unit"] in _UNITS:
        text = f"{text}{NBSP}{speaker.tr(*_UNITS[row['unit']])}"
    qualifier = _QUALIFIERS.get(row["qualifier"]) if row["upper"] is None else None
    return f"{speaker.tr(*qualifier)} {text}" if qualifier else text


def _number(speaker: Speaker, value: float) -> str:
    decimals = next(places for places in range(4) if places == 3 or abs(value - round(value, places)) < 1e-9)
    return speaker.number(value, decimals)


def _national(figures: Iterable[Quoted]) -> Quoted | None:
    """The last national figure: a level rather than a growth, where both are published."""
    national = [one for one in figures if one.national]
    return next((one for one in national if not one.growth), national[0] if national else None)


def _commitment(
    room: Room, speaker: Speaker, promise: promised.Target, found: Mapping[str, list[Quoted]], titles: Mapping[str, str]
) -> Commitment:
    definition = room.indicators[promise.id]
    own = found.get(promise.id, [])
    last = _national(own)
    beside = [one for name in promise.published for one in found.get(name, []) if one not in own]
    return Commitment(
        id=promise.id,
        number=promise.number,
        title=speaker.tr(promise.title_fr, promise.title_en),
        short=speaker.of(definition.short),
        aim=aim(speaker, promise),
        text=last.text if last else "",
        period=last.period if last else "",
        figures=tuple(own),
        context=tuple(beside),
        formula=speaker.of(definition.formula),
        limits=speaker.of(definition.limits),
        note=typography(promise.note_fr, "fr") if speaker.lang == "fr" else "",
        quote=promise.quote_fr,
        document=typography(titles.get(promise.document, promise.document), "fr"),
        place=typography(promise.place, "fr"),
        levels=definition.levels,
    )


def _alert(room: Room, speaker: Speaker, name: str, found: Mapping[str, list[Quoted]]) -> Commitment:
    definition = room.indicators[name]
    own = found.get(name, [])
    last = _national(own)
    return Commitment(
        id=name,
        number=0,
        title=speaker.of(definition.title),
        short=speaker.of(definition.short),
        aim="",
        text=last.text if last else "",
        period=last.period if last else "",
        figures=tuple(own),
        context=(),
        formula=speaker.of(definition.formula),
        limits=speaker.of(definition.limits),
        note="",
        quote="",
        document="",
        place="",
        levels=definition.levels,
    )
