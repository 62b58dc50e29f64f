"""Observations as files: CSV, Parquet, JSON, XLSX with a sheet of notes, GeoJSON with the polygons."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from vigie.editions.observatory import Observatory
from vigie.errors import Lang, UnknownNameError
from vigie.language import Text

if TYPE_CHECKING:
    import xlsxwriter

COLUMNS = ("indicator", "level", "code", "name", "period", "value", "numerator", "denominator", "lower", "upper")
ROWS_OF_A_SHEET = 1_048_575

_NOTES = {
    "edition": Text("Édition", "Edition"),
    "title": Text("Titre", "Title"),
    "unit": Text("Unité", "Unit"),
    "formula": Text("Formule", "Formula"),
    "limits": Text("Limites", "Limits"),
    "source": Text("Source", "Source"),
}
STATUSES = {
    "ok": Text("ok : valeur publiée ou calculée", "ok: published or computed value"),
    "estimated": Text("estimated : valeur estimée ou partielle", "estimated: estimated or partial value"),
    "missing": Text("missing : donnée non disponible", "missing: no data"),
    "suppressed": Text("suppressed : secret statistique du producteur", "suppressed: hidden by the producer"),
}


def write(
    observatory: Observatory,
    indicators: Sequence[str],
    level: str | None,
    period: str | None,
    form: str,
    lang: Lang = "fr",
) -> bytes:
    """The observations of ``indicators`` (at one level and period, or all) as a file's bytes.

    ``form`` is csv, parquet, json, xlsx or geojson. Every file has the name of each territory, its status and the
    snapshot of each figure. Raises UnknownNameError for an unknown indicator, level or format, and for a level or a
    period at which the indicators have no observation.
    """
    if form not in _WRITERS:
        raise UnknownNameError(
            f"format inconnu : « {form} ». Formats : {', '.join(_WRITERS)}.",
            f"unknown format: “{form}”. Formats: {', '.join(_WRITERS)}.",
        )
    rows = observatory.observations(list(indicators), level=level, period=period)
    if rows.is_empty() and (level or period):
        raise _nothing(observatory.observations(list(indicators)), level, period)
    return _WRITERS[form](observatory, with_names(observatory, rows.lazy()).collect(), list(indicators), lang)


def with_names(observatory: Observatory, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Observations with the name of each territory, in the columns of every file, in the order given."""
    names = pl.scan_parquet(observatory.folder / "tables" / "territories.parquet").select("level", "code", "name")
    named = rows.join(names, on=["level", "code"], how="left", maintain_order="left")
    return named.select(*COLUMNS, "status", "snapshot")


def _nothing(known: pl.DataFrame, level: str | None, period: str | None) -> UnknownNameError:
    """The error for a level and a period without observation, with those that have some."""
    asked = " ".join(word for word in (level, period) if word)
    levels, periods = (", ".join(known[name].unique().sort()) or "—" for name in ("level", "period"))
    return UnknownNameError(
        f"aucune observation pour « {asked} ».",
        f"no observation for “{asked}”.",
        remedy_fr=f"Niveaux : {levels}. Périodes : {periods}.",
        remedy_en=f"Levels: {levels}. Periods: {periods}.",
    )


def _csv(_observatory: Observatory, rows: pl.DataFrame, _indicators: list[str], _lang: Lang) -> bytes:
    return rows.write_csv().encode()


def _parquet(_observatory: Observatory, rows: pl.DataFrame, _indicators: list[str], _lang: Lang) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _json(observatory: Observatory, rows: pl.DataFrame, indicators: list[str], _lang: Lang) -> bytes:
    import orjson

    value = {
        "edition": observatory.id,
        "indicators": [observatory.indicator(name).model_dump(mode="json") for name in indicators],
        "observations": rows.to_dicts(),
    }
    return orjson.dumps(value)


def _geojson(observatory: Observatory, rows: pl.DataFrame, indicators: list[str], _lang: Lang) -> bytes:
    import orjson
    import shapely

    levels = rows["level"].unique()
    polygons = observatory.table("polygons").filter(pl.col("level").is_in(levels.implode()))
    shapes = dict(
        zip(polygons.select("level", "code").iter_rows(), shapely.from_wkb(polygons["wkb"].to_list()), strict=True)
    )
    features = [
        {
            "type": "Feature",
            "id": f"{row['level']}:{row['code']}",
            "geometry": orjson.Fragment(shapely.to_geojson(shape))
            if (shape := shapes.get((row["level"], row["code"])))
            else None,
            "properties": row,
        }
        for row in rows.iter_rows(named=True)
    ]
    notes = {name: observatory.indicator(name).title.fr for name in indicators}
    return orjson.dumps(
        {"type": "FeatureCollection", "edition": observatory.id, "indicators": notes, "features": features}
    )


def xlsx(observatory: Observatory, rows: pl.DataFrame, indicators: list[str], lang: Lang) -> bytes:
    """Observations (the columns of :func:`with_names`) as a workbook with a sheet of notes on ``indicators``.

    Raises UnknownNameError for more rows than a sheet holds.
    """
    import xlsxwriter

    if rows.height > ROWS_OF_A_SHEET:
        raise UnknownNameError(
            f"{rows.height} lignes : une feuille n'en tient que {ROWS_OF_A_SHEET}.",
            f"{rows.height} rows: a sheet holds only {ROWS_OF_A_SHEET}.",
            remedy_fr="Choisissez un niveau ou une période, ou le format csv.",
            remedy_en="Choose a level or a period, or the csv format.",
        )
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": False})
    sheet = Text("Observations", "Observations").of(lang)
    rows.write_excel(book, sheet, autofit=False, freeze_panes=(1, 0), column_widths={"name": 220, "snapshot": 220})
    _write_notes(book, observatory, rows, indicators, lang)
    book.close()
    return buffer.getvalue()


def _write_notes(
    book: xlsxwriter.Workbook, observatory: Observatory, rows: pl.DataFrame, indicators: list[str], lang: Lang
) -> None:
    sheet = book.add_worksheet(Text("Notes", "Notes").of(lang))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    lines: list[tuple[str, str]] = [(_NOTES["edition"].of(lang), observatory.id)]
    for name in indicators:
        one = observatory.indicator(name)
        lines += [("", ""), (name, "")]
        lines += [(_NOTES[key].of(lang), getattr(one, key).of(lang)) for key in ("title", "unit", "formula", "limits")]
    lines += [("", ""), *((status, text.of(lang)) for status, text in STATUSES.items()), ("", "")]
    lines += [(_NOTES["source"].of(lang), text) for text in _sources(observatory, rows)]
    for row, (label, text) in enumerate(lines):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, text)


def _sources(observatory: Observatory, rows: pl.DataFrame) -> list[str]:
    known = observatory.table("snapshots").filter(pl.col("id").is_in(rows["snapshot"].unique().implode()))
    return [
        f"{row['id']} — {row['producer']}, {row['title_fr']} ({row['period']}), {row['licence']}"
        for row in known.iter_rows(named=True)
    ]


_WRITERS: dict[str, Callable[[Observatory, pl.DataFrame, list[str], Lang], bytes]] = {
    "csv": _csv,
    "parquet": _parquet,
    "json": _json,
    "xlsx": xlsx,
    "geojson": _geojson,
}
