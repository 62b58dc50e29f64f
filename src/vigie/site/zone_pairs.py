"""Dense or over-supplied zones and the under-dense ones within an hour, on a page: the Cour's part-time practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from vigie.editions import zoning
from vigie.editions import zoning_words as words
from vigie.editions.figures import unit
from vigie.site.choices import Group, Option
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.site.zones import rules_of
from vigie.zoning.redirect import WITHIN
from vigie.zoning.rules import STATUSES, Rule

FIRST = "cour_2024"
_NAMED = {
    "dense": "zone_dense", "dense_name": "nom_dense", "dense_departement": "departement_dense",
    "dense_value": "valeur_dense", "dense_practitioners": "praticiens_dense", "under": "zone_sous_dense",
    "under_name": "nom_sous_dense", "under_departement": "departement_sous_dense", "under_value": "valeur_sous_dense",
    "under_practitioners": "praticiens_sous_dense", "under_fte": "etp_manquants", "minutes": "minutes",
}  # fmt: skip
"""The columns of the file, and what they are called in French."""


@dataclass(frozen=True)
class Zone:
    """One side of a pair: how it is called, where it is told, its value and its practitioners."""

    name: str
    href: str
    value: str
    number: float | None
    heads: str
    counted: float | None


@dataclass(frozen=True)
class Dense:
    """A dense zone, how many under-dense ones are within an hour, and the nearest of them."""

    zone: Zone
    href: str
    departement: str
    within: int
    nearest: str
    minutes: str
    least: float


@dataclass(frozen=True)
class Pair:
    """A dense zone and an under-dense one; ``lacking`` are the FTE that the second lacks to leave its class."""

    dense: Zone
    under: Zone
    minutes: str
    least: float
    lacking: str
    fte: float | None


def paired_rules(room: Room) -> dict[str, Rule]:
    """The rules that have pairs, by id."""
    names = room.once("paired rules", lambda: {name for (name,) in room.observatory.rows(
        "SELECT DISTINCT rule FROM zoning_pairs")} if room.observatory.has("zoning_pairs") else set())  # fmt: skip
    return {name: rule for name, rule in rules_of(room).items() if name in names}


def table(room: Room, rule: str) -> pl.DataFrame:
    """The pairs of a rule in its last period with the name and département of both zones, nearest first."""

    def read() -> pl.DataFrame:
        found = zoning.of_table(room.observatory, "zoning_pairs", rule)
        names = zoning.zones(room.observatory, rule).select("zone", "name", "departement")
        for side in ("dense", "under"):
            told = names.rename({"zone": side, "name": f"{side}_name", "departement": f"{side}_departement"})
            found = found.join(told, on=side, how="left")
        return found.sort("minutes", "dense", "under").select(*_NAMED)

    return room.once(("zone pairs", rule), read)


def as_csv(room: Room, speaker: Speaker, rule: str) -> bytes:
    """The pairs of a rule as a file."""
    found = table(room, rule)
    return (found.rename(_NAMED) if speaker.lang == "fr" else found).write_csv().encode()


def context(room: Room, speaker: Speaker, name: str, within: str, dense: str) -> dict[str, Any] | None:
    """What the template shows; None for a rule that has no pairs, ``found`` None where no rule has."""
    known = paired_rules(room)
    if not known:
        return {"rule": None}
    rule = known.get(name or (FIRST if FIRST in known else next(iter(known))))
    if rule is None:
        return None
    every = table(room, rule.id)
    kept = every
    if dense:
        kept = every.filter(pl.col("dense") == dense)
    elif within:
        kept = every.filter((pl.col("dense_departement") == within) | (pl.col("under_departement") == within))
    assert rule.indicator is not None, "a rule that has pairs has figures"
    definition = room.indicators[rule.indicator]
    period = zoning.periods_at_hand(room.observatory)[rule.id][-1]
    over = zoning.of_table(room.observatory, "zoning_over", rule.id).height
    return {
        "rule": rule,
        "title": f"{speaker.of(rule.title)} ({speaker.period(period)})",
        "definition": definition,
        "unit": unit(speaker, definition),
        "rules": _options(speaker, known, rule.id),
        "departements": [Option(one.code, one.name, one.code == within)
                         for one in room.directory.of_level("departement")],
        "within": room.directory.card("departement", within) if within else None,
        "chosen": kept["dense_name"][0] if dense and kept.height else "",
        "dense": [] if within or dense else _dense(room, speaker, rule, every),
        "pairs": [_pair(room, speaker, rule, row) for row in kept.iter_rows(named=True)] if within or dense else [],
        "count": every.height,
        "served": every["dense"].n_unique(),
        "alone": over - every["dense"].n_unique(),
        "reached": every["under"].n_unique(),
        "limit": f"{WITHIN:g}",
        "file": speaker.url(f"/zonage/couples/{rule.id}.csv"),
        "api": f"/api/v1/zones/{rule.id}/pairs",
        "zoning_href": speaker.url("/zonage", {"regle": rule.id}),
        "whole_href": speaker.url("/zonage/couples", {"regle": rule.id}),
        "classes": {role: _classes(speaker, rule, role) for role in ("over", "priority")},
    }  # fmt: skip


def _options(speaker: Speaker, known: dict[str, Rule], chosen: str) -> list[Group]:
    groups = []
    for status in STATUSES:
        own = [one for one in known.values() if one.status == status]
        if own:
            said = speaker.of(words.STATUSES[status])
            options = tuple(Option(one.id, speaker.of(one.title), one.id == chosen) for one in own)
            groups.append(Group(said[:1].upper() + said[1:], options))
    return groups


def _classes(speaker: Speaker, rule: Rule, role: str) -> str:
    """The classes of the rule with a role, as the page names them."""
    return ", ".join(speaker.of(one.title) for one in rule.classes if one.role == role)


def _dense(room: Room, speaker: Speaker, rule: Rule, every: pl.DataFrame) -> list[Dense]:
    """The dense zones, those with most practitioners first."""
    found = []
    summed = every.group_by("dense", maintain_order=True).agg(pl.all().first(), within=pl.len())
    ordered = summed.sort("dense_practitioners", "dense", descending=[True, False], nulls_last=True)
    for row in ordered.iter_rows(named=True):
        departement = row["dense_departement"] or ""
        found.append(
            Dense(
                _zone(room, speaker, rule, row, "dense"),
                speaker.url("/zonage/couples", {"regle": rule.id, "dense": row["dense"]}),
                room.directory.name("departement", departement, departement),
                row["within"],
                row["under_name"] or row["under"],
                speaker.number(row["minutes"]),
                row["minutes"],
            )
        )
    return found


def _pair(room: Room, speaker: Speaker, rule: Rule, row: dict[str, Any]) -> Pair:
    fte = row["under_fte"]
    return Pair(
        _zone(room, speaker, rule, row, "dense"),
        _zone(room, speaker, rule, row, "under"),
        speaker.number(row["minutes"]),
        row["minutes"],
        "–" if fte is None else speaker.number(fte, 1),
        fte,
    )


def _zone(room: Room, speaker: Speaker, rule: Rule, row: dict[str, Any], side: str) -> Zone:
    value, heads = row[f"{side}_value"], row[f"{side}_practitioners"]
    assert rule.indicator is not None
    return Zone(
        row[f"{side}_name"] or row[side],
        speaker.url("/zonage", {"regle": rule.id, "zone": row[side]}) + "#zone",
        "–" if value is None else speaker.number(value, room.indicators[rule.indicator].decimals),
        value,
        "–" if heads is None else speaker.number(heads),
        heads,
    )
