"""Exports of data.ameli.fr, where France, régions and départements are rows of one table."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import polars as pl

from vigie.language import Text
from vigie.sources.catalogue import Source
from vigie.sources.grid import DEPARTEMENT, REGION, Grid
from vigie.sources.notes import Draft, Note
from vigie.sources.text import read_text

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


def slug(label: str) -> str:
    """A stable ASCII name: ``Médecins généralistes (hors MEP)`` is ``medecins_generalistes_hors_mep``."""
    plain = (
        unicodedata.normalize("NFKD", label.replace("œ", "oe").replace("Œ", "Oe")).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def demography(source: Source, path: Path) -> Draft:
    """Liberal professionals and density by profession; the “Ensemble…” rows are flagged and never to be summed."""
    grid = read_text(path, source.format).only(_DEMOGRAPHY)
    grid, notes = territories(grid)
    grid.require_text(["profession_label", "age_class", "sex"])
    marks = source.disclosure.marks
    status = statuses(grid, "count", marks)
    grid = unmarked(unmarked(grid, "count", marks), "density", marks)
    grid = grid.integers(["count"]).floats(["density"]).integers(["year"], pl.Int16)
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


def statuses(grid: Grid, column: str, marks: dict[str, str]) -> pl.Series:
    """``ok``, ``suppressed`` or ``missing`` for each value of ``column``, blank being missing."""
    value = pl.col(column)
    found = value.replace_strict(marks, default=pl.lit("ok"), return_dtype=pl.String) if marks else pl.lit("ok")
    return grid.frame.select(
        pl.when(value.is_null()).then(pl.lit("missing")).otherwise(found).alias("status")
    ).to_series()


def unmarked(grid: Grid, column: str, marks: dict[str, str]) -> Grid:
    """``column`` with the producer's marks made null."""
    value = pl.col(column)
    return replace(grid, frame=grid.frame.with_columns(pl.when(~value.is_in(list(marks))).then(value).alias(column)))
