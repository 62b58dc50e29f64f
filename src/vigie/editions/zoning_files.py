"""Zones as files: CSV, and GeoJSON with the outlines of the communes put together zone by zone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from vigie.editions import zoning_words as words
from vigie.editions.observatory import Observatory
from vigie.editions.store import storage_errors
from vigie.errors import Lang, UnknownNameError

if TYPE_CHECKING:
    from vigie.editions.zoning import Applied

FORMS = (".csv", ".geojson")
_DIGITS = 5  # of a degree: about a metre


def write_zones(observatory: Observatory, done: Applied, path: Path, lang: Lang) -> None:
    """The zones of a rule with their reasons in ``path``, .csv or .geojson. Raises UnknownNameError for another."""
    titles = {one.id: one.title.of(lang) for one in done.rule.classes}
    table = done.zones.with_columns(
        rule=pl.lit(done.rule.id),
        period=pl.lit(done.period),
        mesh=pl.lit(done.mesh),
        class_title=pl.col("class").replace_strict(titles, default=words.UNKNOWN.of(lang), return_dtype=pl.String),
    )
    _write(path, table, lambda: _outlines(observatory, table.select("zone", "zone_level", "code"), done.mesh))


def write_communes(observatory: Observatory, communes: pl.DataFrame, path: Path) -> None:
    """Communes with their columns in ``path``, .csv or .geojson. Raises UnknownNameError for another form."""
    table = communes.with_columns(zone=pl.col("code"), zone_level=pl.lit("commune"))
    _write(path, table, lambda: _outlines(observatory, table.select("zone", "zone_level", "code"), "commune"))


def _write(path: Path, table: pl.DataFrame, outlines: Any) -> None:
    if path.suffix not in FORMS:
        raise UnknownNameError(
            f"format inconnu : « {path.suffix or path.name} ». Formats : {', '.join(FORMS)}.",
            f"unknown format: “{path.suffix or path.name}”. Formats: {', '.join(FORMS)}.",
        )
    with storage_errors(path.parent):
        if path.suffix == ".csv":
            path.write_bytes(table.write_csv().encode())
        else:
            path.write_text(json.dumps(_collection(table, outlines()), ensure_ascii=False), encoding="utf-8")


def _collection(table: pl.DataFrame, outlines: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": row["zone"], "properties": row, "geometry": outlines.get(row["zone"])}
            for row in table.to_dicts()
        ],
    }


def _outlines(observatory: Observatory, zones: pl.DataFrame, mesh: str) -> dict[str, Any]:
    """The outline of each zone: the territory's own where the edition draws its level, that of its communes otherwise.

    A zone without any outline has no geometry (null), as the format allows.
    """
    import shapely

    found: dict[str, Any] = {}
    levels = {"commune", *zones["zone_level"].unique()}
    drawn = {level: observatory.polygons(level) for level in levels}
    communes, parts = drawn["commune"], _parts(observatory, mesh)
    for zone, level, code in zones.iter_rows():
        own = drawn[level].get(code)
        if own is not None:
            shape = shapely.from_wkb(own)
        else:
            pieces = [shapely.from_wkb(communes[one]) for one in parts.get(zone, ()) if one in communes]
            if not pieces:
                continue
            shape = shapely.coverage_union_all(pieces)
        rounded = shapely.transform(shape, lambda points: np.round(points, _DIGITS))
        found[zone] = json.loads(shapely.to_geojson(rounded))
    return found


def _parts(observatory: Observatory, mesh: str) -> dict[str, Sequence[str]]:
    """The communes of each zone of a mesh that the build used; none for another."""
    sql = "SELECT zone, list(place ORDER BY place) FROM zone_members WHERE mesh = ? GROUP BY zone"
    return dict(observatory.rows(sql, [mesh]))
