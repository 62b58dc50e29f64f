"""Exports of data.ameli.fr, where France, régions and départements are rows of one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from vigie.language import Text
from vigie.sources.catalogue import Source
from vigie.sources.export import read_export
from vigie.sources.grid import DEPARTEMENT, REGION, Grid
from vigie.sources.names import slug
from vigie.sources.notes import Draft, Note

_DEMOGRAPHY = {
    "year": "annee",
    "profession_label": "profession_sante",
    "region": "region",
    "departement": "departement",
    "age_class": "classe_age",
    "sex": "libelle_sexe",
    "count": "effectif",
    "density": "densite",
}
_ALL_FRANCE, _ALL_DEPARTEMENTS = "99", "999"


def demography(source: Source, path: Path) -> Draft:
    """Liberal professionals and density by profession; the “Ensemble…” rows are flagged and never to be summed."""
    grid = read_export(path, source.format).only(_DEMOGRAPHY)
    grid, notes = territories(grid)
    grid.require_text(["profession_label", "age_class", "sex"])
    marks = source.disclosure.marks
    status = statuses(grid, "count", marks)
    grid = unmarked(unmarked(grid, "count", marks), "density", marks)
    grid = years(grid.integers(["count"]).floats(["density"]), "year")
    labels = {label: slug(label) for label in grid.frame["profession_label"].unique().sort()}
    label = pl.col("profession_label")
    frame = grid.frame.with_columns(
        label.replace_strict(labels, return_dtype=pl.String).alias("profession"),
        label.str.starts_with("Ensemble").alias("aggregate"),
        pl.col("sex").replace_strict({s: slug(s) for s in grid.frame["sex"].unique()}, return_dtype=pl.String),
        status,
    )
    return Draft(frame, grid, notes)


def territories(grid: Grid) -> tuple[Grid, tuple[Note, ...]]:
    """``region`` and ``departement`` as ``level`` and ``code``; rows of unknown territory are dropped and counted."""
    grid.require_text(["region", "departement"])
    unknown = pl.col("region").str.to_lowercase().str.starts_with("inconnu") | pl.col(
        "departement"
    ).str.to_lowercase().str.starts_with("inconnu")
    dropped = grid.frame.select(unknown.sum()).item()
    kept = replace(grid, frame=grid.frame.filter(~unknown))
    _refuse_lost_zero(kept)
    kept.require_pattern("region", REGION, "une région sur deux chiffres.", "a région of two digits.")
    kept.require_pattern("departement", rf"{DEPARTEMENT}|^999$", "un département ou 999.", "a département or 999.")
    whole = pl.col("departement") == _ALL_DEPARTEMENTS
    france = pl.col("region") == _ALL_FRANCE
    kept.refuse(
        kept.frame.select(france & ~whole).to_series(),
        "departement",
        "la région 99 (France) ne va qu'avec le département 999.",
        "région 99 (France) only goes with département 999.",
    )
    level = pl.when(france).then(pl.lit("france")).when(whole).then(pl.lit("region")).otherwise(pl.lit("departement"))
    code = pl.when(france).then(pl.lit("FR")).when(whole).then(pl.col("region")).otherwise(pl.col("departement"))
    frame = kept.frame.with_columns(level.alias("level"), code.alias("code")).drop("region", "departement")
    text = Text("lignes au territoire inconnu, écartées", "rows of unknown territory, dropped")
    return replace(kept, frame=frame), (Note(dropped, text),) if dropped else ()


def _refuse_lost_zero(grid: Grid) -> None:
    for column in ("region", "departement"):
        grid.refuse(
            grid.frame[column].str.contains(r"^\d$"),
            column,
            "le code a perdu son zéro initial (fichier enregistré par un tableur\u202f?).",
            "the code has lost its leading zero (file saved by a spreadsheet?).",
        )


def statuses(grid: Grid, column: str, marks: Mapping[str, str]) -> pl.Series:
    """``ok``, ``suppressed`` or ``missing`` for each value of ``column``, blank being missing."""
    value = pl.col(column)
    found = value.replace_strict(marks, default=pl.lit("ok"), return_dtype=pl.String) if marks else pl.lit("ok")
    return grid.frame.select(
        pl.when(value.is_null()).then(pl.lit("missing")).otherwise(found).alias("status")
    ).to_series()


def unmarked(grid: Grid, column: str, marks: Mapping[str, str]) -> Grid:
    """``column`` with the producer's marks made null."""
    value = pl.col(column)
    return replace(grid, frame=grid.frame.with_columns(pl.when(~value.is_in(list(marks))).then(value).alias(column)))


def years(grid: Grid, column: str) -> Grid:
    """``column`` as a year, written 2024 or 2024-01-01."""
    year = pl.col(column).str.extract(r"^(\d{4})(?:-\d{2}-\d{2}.*)?$").alias(column)
    kept = grid.frame.select(year).to_series()
    grid.refuse(kept.is_null(), column, "une année était attendue.", "a year was expected.")
    return replace(grid, frame=grid.frame.with_columns(year)).integers([column], pl.Int16)


def commitment(source: Source, path: Path) -> Draft:
    """One published commitment: the ``-annuelle`` export, or its ``-infra-annuelle`` twin, which has a ``date``.

    The source's ``fields`` name the indicator, the column of the value, its ``twin`` (the same figure as the portal
    parsed it, absent from some exports) and the columns of numerator and denominator where there are any, which only
    the annual export has.
    """
    fields, marks = source.fields, source.disclosure.marks
    whole = read_export(path, source.format)
    names = {"region": "region", "departement": "departement", "year": "annee", "value": fields["value"]}
    optional = {"date": "date", "twin": fields.get("twin", "")}
    names |= {name: column for name, column in optional.items() if column in whole.frame.columns}
    if "date" not in names:
        names |= {name: fields[name] for name in ("numerator", "denominator") if name in fields}
    _refuse_professions(whole)
    grid, notes = territories(whole.only(names))
    if "twin" in names:
        grid = replace(grid, frame=grid.frame.with_columns(pl.coalesce("value", "twin").alias("value")))
    status = statuses(grid, "value", marks)
    for name in names.keys() & {"value", "twin", "numerator", "denominator"}:
        grid = unmarked(grid, name, marks).french_floats([name])
    _check_twin(grid)
    grid = _by_day(grid) if "date" in names else _by_year(grid)
    absent = [pl.lit(None, dtype=pl.Float64).alias(n) for n in ("numerator", "denominator") if n not in names]
    frame = grid.frame.with_columns(status, pl.lit(fields["indicator"]).alias("indicator"), *absent)
    return Draft(frame.drop("year", "date", "twin", strict=False), grid, notes)


def _refuse_professions(grid: Grid) -> None:
    """These data sets are about one profession, or doctors as a whole: several would be summed or mixed unseen."""
    if "profession_sante" in grid.frame.columns:
        grid.refuse(
            grid.frame["profession_sante"] != grid.frame["profession_sante"][0],
            "profession_sante",
            "plusieurs professions dans un jeu qui n'en devrait porter qu'une.",
            "several professions in a data set that should bear on one.",
        )


def _by_year(grid: Grid) -> Grid:
    found = years(grid, "year")
    return replace(found, frame=found.frame.with_columns(pl.col("year").cast(pl.String).alias("period")))


def _by_day(grid: Grid) -> Grid:
    days = replace(grid, frame=grid.frame.with_columns(pl.col("date").str.extract(r"^([^T ]+)").alias("date")))
    days.require_text(["date"])
    days = days.dates(["date"])
    return replace(days, frame=days.frame.with_columns(pl.col("date").cast(pl.String).alias("period")))


def _check_twin(grid: Grid) -> None:
    if "twin" in grid.frame.columns:
        grid.refuse(
            (grid.frame["value"] - grid.frame["twin"]).abs() > 1,
            "twin",
            "le nombre du portail et le texte publié ne disent pas la même chose.",
            "the portal's number and the published text disagree.",
        )
