"""The whole picture of a zoning: people and practitioners by class and région, selectivity, priority zones by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from vigie.editions.zoning import counts
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.site.zones import Scene, field_of
from vigie.zoning import picture, redirect
from vigie.zoning.rules import professions

_PUBLISHED = ("cc24_mg_part_zip_2015", "cc24_mg_part_zip_2021", "cc24_mg_installations_zip_2015",
              "cc24_mg_installations_zip_2021")  # fmt: skip


@dataclass(frozen=True)
class Region:
    """A région: its people in each class of the legend, in per cent, and its practitioners in priority zones."""

    name: str
    href: str
    shares: tuple[tuple[str, float], ...]
    heads: str


@dataclass(frozen=True)
class Year:
    """The share of a count in the priority zones of today, in a year; ``source`` says who else tells it."""

    what: str
    period: str
    share: str
    source: str


@dataclass(frozen=True)
class Picture:
    """The section. ``classes`` are the columns of ``regions``; ``national`` the practitioners by class of France."""

    classes: tuple[tuple[str, str], ...]
    national: tuple[tuple[str, str, str, str], ...]
    regions: tuple[Region, ...]
    selectivity: tuple[str, ...]
    need: str
    years: tuple[Year, ...]
    alone: bool
    over: str
    one_for_one: bool


def make(room: Room, speaker: Speaker, shown: Scene) -> Picture:
    """The picture of a scene, whatever the reader changed of the rule."""
    field = field_of(room)
    summed = picture.summary(shown.zoning, field)
    filled = [one for one in shown.rule.classes
              if summed.filter(pl.col("class") == one.id)["population"].sum() > 0]  # fmt: skip
    styles = dict(zip((one.id for one in shown.rule.classes), shown.styles, strict=True))
    titles = {one.id: _capital(speaker.of(one.title)) for one in shown.rule.classes}
    need = professions()[shown.rule.profession].need
    years = _years(room, speaker, shown)
    return Picture(
        tuple((styles[one.id], titles[one.id]) for one in filled),
        _national(speaker, summed, styles, titles),
        tuple(_regions(room, speaker, summed, [one.id for one in filled])),
        _selectivity(speaker, picture.selectivity(shown.zoning, field)),
        "" if need is None else speaker.of(need.source),
        years,
        len({one.period for one in years if not one.source}) < 2,
        _over(speaker, redirect.over_supplied(shown.zoning, field)),
        shown.rule.one_for_one,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percent(speaker: Speaker, value: float | None) -> str:
    return "–" if value is None else speaker.tr(*[f"{speaker.number(value, 1)} %"] * 2)


def _national(
    speaker: Speaker, summed: pl.DataFrame, styles: dict[str, str], titles: dict[str, str]
) -> tuple[tuple[str, str, str, str], ...]:
    rows = summed.filter((pl.col("level") == "france") & pl.col("class").is_not_null()).to_dicts()
    return tuple(
        (styles[row["class"]], titles[row["class"]],
         "–" if row["practitioners"] is None else speaker.number(row["practitioners"]),
         _percent(speaker, row["practitioners_share"]))
        for row in rows
    )  # fmt: skip


def _regions(room: Room, speaker: Speaker, summed: pl.DataFrame, classes: list[str]) -> list[Region]:
    found = []
    own = summed.filter(pl.col("level") == "region")
    for card in room.directory.of_level("region"):
        rows = {row["class"]: row for row in own.filter(pl.col("territory") == card.code).to_dicts()}
        if not any(rows.get(name) for name in classes):
            continue
        shares = [rows[name]["population_share"] if name in rows else 0.0 for name in classes]
        counted = [row for row in rows.values() if row["practitioners_share"] is not None]
        heads = sum(row["practitioners_share"] for row in counted if row["role"] == "priority") if counted else None
        found.append(
            Region(
                card.name,
                speaker.territory("region", card.code),
                tuple((_percent(speaker, share), share or 0.0) for share in shares),
                _percent(speaker, heads),
            )
        )
    return found


def _selectivity(speaker: Speaker, table: pl.DataFrame) -> tuple[str, ...]:
    """Who is covered without need, and in need without cover."""
    rows = {row["covered"]: row for row in table.filter(pl.col("level") == "france").to_dicts()}
    if not rows:
        return ()
    surely, most = rows["surely"], rows["at_most"]
    told = [_selective(speaker, surely, "Zones aidées", "Zones with aids")]
    if most["in_zone"] != surely["in_zone"]:
        told.append(
            _selective(speaker, most, "Avec celles que l'ARS peut choisir", "With those that the ARS may choose")
        )
    return tuple(told)


def _selective(speaker: Speaker, row: dict[str, Any], fr: str, en: str) -> str:
    def part(name: str) -> str:
        share = 100 * row[name] / max(row["population"], 1)
        return f"{speaker.number(row[name])} ({_percent(speaker, share)})"

    return speaker.tr(
        f"{fr} : {part('in_zone')} habitants, dont {part('without_need')} sans difficulté avérée. En difficulté : "
        f"{part('in_need')}, dont {part('without_cover')} hors de ces zones.",
        f"{en}: {part('in_zone')} people, of whom {part('without_need')} without a real difficulty. In difficulty: "
        f"{part('in_need')}, of whom {part('without_cover')} outside these zones.",
    )


def _years(room: Room, speaker: Speaker, shown: Scene) -> tuple[Year, ...]:
    """The counts by year that the edition has, then what the Cour des comptes publishes of GPs."""
    table = picture.priority_shares(shown.zoning, field_of(room), counts(shown.rule))
    found = [
        Year(speaker.of(room.indicators[row["indicator"]].short), speaker.period(row["period"]),
             _percent(speaker, row["share"]), "")
        for row in table.to_dicts()
        if row["indicator"] in room.indicators
    ]  # fmt: skip
    if shown.rule.profession == "mg":
        marks = ", ".join("?" * len(_PUBLISHED))
        sql = f"SELECT label_fr, label_en, period, value FROM figures WHERE id IN ({marks}) ORDER BY id"
        found += [
            Year(speaker.tr(fr, en), speaker.period(period), _percent(speaker, value), "Cour des comptes, 2024")
            for fr, en, period, value in room.observatory.rows(sql, _PUBLISHED)
        ]
    return tuple(found)


def _over(speaker: Speaker, table: pl.DataFrame) -> str:
    """The over-supplied zones and what departures not replaced there could redirect at most."""
    if table.is_empty():
        return ""
    heads, surplus = (float(table[name].drop_nulls().sum()) for name in ("practitioners", "surplus_fte"))
    zones = speaker.count(table.height, "zone", "zones")
    return speaker.tr(
        f"{zones}, {speaker.number(heads)} praticiens, {speaker.number(surplus)} équivalents temps plein au-delà du "
        "seuil : c'est ce que des départs non remplacés sur place pourraient, au plus, rediriger.",
        f"{zones}, {speaker.number(heads)} practitioners, {speaker.number(surplus)} FTE beyond the threshold: what "
        "departures not replaced there could redirect at most.",
    )
