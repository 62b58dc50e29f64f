"""The room's own small tables, packaged in ``data/``: names with their grammar, and changes that INSEE's file lacks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl


def _read(name: str, schema: dict[str, type[pl.DataType]] | None = None) -> pl.DataFrame:
    """A packaged CSV; every column is text unless ``schema`` says otherwise, and an empty cell is null."""
    content = files("vigie.territories").joinpath("data", name).read_bytes()
    table = pl.read_csv(content, infer_schema=False)
    return table.with_columns(pl.col(column).cast(dtype) for column, dtype in (schema or {}).items())


@cache
def departements() -> pl.DataFrame:
    """The 101 départements of the COG 2024: code, name, article ("l'Aisne", "les Ardennes", "Paris"), region."""
    return _read("departements.csv")


@cache
def regions() -> pl.DataFrame:
    """The 18 régions of the COG 2024: code, name, article ("la Bretagne", "les Hauts-de-France", "Mayotte")."""
    return _read("regions.csv")


@cache
def changes_2025() -> pl.DataFrame:
    """The changes of communes between the COG 2024 and the COG 2025, transcribed.

    One row a pair: code_before (2024), code_after (2025), kind ("merger", "split", "code"), date (ISO, null when the
    files at hand do not tell the day), name_before, name_after, lon, lat (degrees, of ``code_after`` where the COG 2024
    does not know it), confidence ("established", "probable"), basis (the signs the row rests on), source. Both sides of
    a change are listed with the code that stays, as in INSEE's own table of passage.
    """
    return _read("changes_2025.csv", {"lon": pl.Float64, "lat": pl.Float64})


@cache
def shares_2024() -> pl.DataFrame:
    """Populations of the communes re-established on 1 January 2024: code_before, code_after, population, source.

    INSEE's table of passage has 1/n in their place.
    """
    return _read("shares_2024.csv", {"population": pl.Int64})
