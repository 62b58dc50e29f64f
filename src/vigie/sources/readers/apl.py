"""Accessibilité potentielle localisée as the DREES publishes it: three tidy copies and the workbook of a profession."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.sources.catalogue import Source
from vigie.sources.grid import LINE, Grid
from vigie.sources.notes import Draft
from vigie.sources.text import read_text


@dataclass(frozen=True)
class Measure:
    """One published column: which profession, year and field it holds, and the population columns that go with it."""

    column: str
    profession: str
    year: int
    field: str = "all"
    population_std: str | None = None
    population: str | None = None


_PREFIX = {
    "mg": "medecin_generaliste",
    "infirmiers": "infirmier",
    "kines": "kine",
    "sages_femmes": "sage_femme",
    "dentistes": "dentiste",
}


def copy_2021(source: Source, path: Path) -> Draft:
    """Five professions of 2021 with standardised and total populations; GPs also without those over 65 and 62."""
    measures = [
        Measure(f"apl_{prefix}_2021", profession, 2021, "all", f"pop_std_{prefix}", "population_totale")
        for profession, prefix in _PREFIX.items()
    ]
    elder = [
        Measure(
            f"apl_medecin_generaliste_{age}_2021", "mg", 2021, age, "pop_std_medecin_generaliste", "population_totale"
        )
        for age in ("65", "62")
    ]
    return melt(read_text(path, source.format), "code_commune", [*measures, *elder])


def copy_2022_2023(source: Source, path: Path) -> Draft:
    """Five professions of 2022 and 2023, without populations."""
    measures = [
        Measure(f"apl_{prefix}_{year}", profession, year)
        for year in (2022, 2023)
        for profession, prefix in _PREFIX.items()
    ]
    return melt(read_text(path, source.format), "code_commune", measures)


def copy_mg_2015_2023(source: Source, path: Path) -> Draft:
    """GPs of all ages, 2015–2019 and 2021–2023, on the constant field of that copy."""
    years = (2015, 2016, 2017, 2018, 2019, 2021, 2022, 2023)
    measures = [Measure(f"apl_mg_{year}", "mg", year) for year in years]
    return melt(read_text(path, source.format), "code_commune", measures)


def melt(grid: Grid, code: str, measures: list[Measure]) -> Draft:
    """One row a commune and measure, in the order of ``measures`` then of the file."""
    pairs = ((m.column, m.population_std, m.population) for m in measures)
    numbers = list(dict.fromkeys(name for group in pairs for name in group if name is not None))
    names: Mapping[str, str] = {"code": code, **{name: name for name in numbers}}
    grid = grid.only(names)
    grid.require_commune("code")
    numeric = grid.floats(numbers)
    frames = [numeric.frame.select(*_shape(measure)) for measure in measures]
    return Draft(pl.concat(frames), grid)


def _shape(measure: Measure) -> list[pl.Expr]:
    return [
        pl.col(LINE),
        pl.col("code"),
        pl.lit(measure.year, dtype=pl.Int16).alias("year"),
        pl.lit(measure.profession).alias("profession"),
        pl.lit(measure.field).alias("field"),
        pl.col(measure.column).alias("value"),
        _optional(measure.population_std, "population_std"),
        _optional(measure.population, "population"),
    ]


def _optional(column: str | None, name: str) -> pl.Expr:
    return (pl.lit(None, dtype=pl.Float64) if column is None else pl.col(column)).alias(name)
