"""Indicators, sources, editions and tables as the API writes them."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.editions.observatory import Trait
from vigie.indicators import Definition
from vigie.site.data_page import TITLES
from vigie.site.room import Room

Answer = dict[str, Any]

# The columns that make a row of a table its own.
KEYS = {
    "territories": ["level", "code"],
    "places": ["code"],
    "memberships": ["place", "level", "code"],
    "observations": ["indicator", "level", "code", "period", "snapshot"],
    "distributions": ["indicator", "level", "period"],
    "indicators": ["id"],
    "snapshots": ["id"],
    "figures": ["id"],
    "documents": ["id"],
    "checks": ["id"],
    "demography": ["year", "profession", "level", "code", "age_class", "sex"],
    "establishments": ["finess"],
    "zoning_rules": ["id"],
    "zones": ["rule", "zoned", "zone"],
    "zone_members": ["mesh", "place"],
    "zoning_summary": ["rule", "zoned", "level", "territory", "class"],
    "zoning_selectivity": ["rule", "zoned", "level", "territory", "covered"],
    "zoning_priority": ["rule", "zoned", "indicator", "period"],
    "zoning_over": ["rule", "zoned", "zone"],
    "zoning_pairs": ["rule", "dense", "under"],
    "agreement": ["indicator", "level", "period"],
    "coverage": ["indicator", "level"],
    "releases": ["source"],
    "polygons": ["level", "code"],
    "provision": ["level", "code", "profession"],
    "pharmacies": ["code"],
    "pharmacy_groups": ["anchor", "rank"],
}


def indicator(room: Room, definition: Definition) -> Answer:
    """A definition with the periods that each level has."""
    return {
        "id": definition.id,
        "title": _texts(definition.title),
        "unit": _texts(definition.unit),
        "theme": definition.theme,
        "direction": definition.direction,
        "decimals": definition.decimals,
        "levels": list(definition.levels),
        "thresholds": list(definition.thresholds),
        "numerator": _texts_or_none(definition.numerator),
        "denominator": _texts_or_none(definition.denominator),
        "formula": _texts(definition.formula),
        "limits": _texts(definition.limits),
        "periodicity": _texts_or_none(definition.periodicity),
        "source": _texts_or_none(definition.source),
        "imports": list(definition.imports),
        "periods": _periods(room).get(definition.id, {}),
        "href": f"/indicateur/{definition.id}",
    }


def _periods(room: Room) -> dict[str, dict[str, list[str]]]:
    def read() -> dict[str, dict[str, list[str]]]:
        sql = "SELECT DISTINCT indicator, level, period FROM observations ORDER BY indicator, level, period"
        found: dict[str, dict[str, list[str]]] = {}
        for name, level, period in room.observatory.rows(sql):
            found.setdefault(name, {}).setdefault(level, []).append(period)
        return found

    known: dict[str, dict[str, list[str]]] = room.once("periods", read)
    return known


def trait(one: Trait) -> Answer:
    """A structural variable of a territory."""
    return {
        "variable": one.variable,
        "title": {"fr": one.title_fr, "en": one.title_en},
        "unit": {"fr": one.unit_fr, "en": one.unit_en},
        "weight": one.weight,
        "value": one.value,
        "standardised": one.standardised,
    }


def source(row: Answer) -> Answer:
    """A snapshot."""
    return {
        "id": row["id"],
        "source": row["source"],
        "title": {"fr": row["title_fr"], "en": row["title_en"]},
        "producer": row["producer"] or "",
        "licence": row["licence"] or "",
        "landing": row["landing"] or "",
        "period": row["period"] or "",
        "files": row["files"] or "",
        "sha256": row["sha256"] or "",
        "bytes": row["bytes"],
        "notes": {"fr": row["notes_fr"] or "", "en": row["notes_en"] or ""},
    }


def editions(room: Room) -> list[Answer]:
    """The edition served, with its checks and its tables."""
    manifest = room.observatory.manifest
    return [
        {
            "id": room.id,
            "built": manifest["built"],
            "checks": manifest["checks"],
            "versions": manifest["versions"],
            "tables": [_table(room, name) for name in sorted(manifest["tables"])],
        }
    ]


def _table(room: Room, name: str) -> Answer:
    table = room.observatory.manifest["tables"][name]
    fr, en = TITLES.get(name, (name, name))
    return {
        "name": name,
        "title": {"fr": fr, "en": en},
        "rows": table["rows"],
        "bytes": table["bytes"],
        "sha256": table["sha256"],
        "href": f"/donnees/tables/{name}.parquet",
        "table_schema": f"/api/v1/tables/{name}/schema",
    }


def table_schema(room: Room, name: str) -> Answer:
    """The Table Schema of a table's file (https://specs.frictionlessdata.io/table-schema/)."""
    columns = pl.read_parquet_schema(room.observatory.folder / "tables" / f"{name}.parquet")
    return {
        "fields": [{"name": column, "type": _type(kind), "title": column} for column, kind in columns.items()],
        "primaryKey": KEYS.get(name, []),
        "missingValues": [""],
    }


def _type(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "integer"
    if kind.is_float():
        return "number"
    if kind == pl.Boolean:
        return "boolean"
    return "string" if kind == pl.String else "any"


def _texts_or_none(words: object) -> dict[str, str] | None:
    return None if words is None else _texts(words)


def _texts(words: object) -> dict[str, str]:
    return {"fr": str(getattr(words, "fr", "")), "en": str(getattr(words, "en", ""))}
