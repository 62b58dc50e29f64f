"""The ledger of public aids: national amounts as published, and those of imported tables by territory.

Every line keeps its own year, field and source. Nothing is added up here: the years and fields of the lines differ, and
the one total that exists is printed as such by the Cour des comptes, with the years that it mixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, Where
from vigie.indicators.definition import Words
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FILE = Path(__file__).with_name("ledger.toml")
EUROS = {"EUR": 1.0, "MEUR": 1e6, "GEUR": 1e9}
SCHEMA = {
    "rank": pl.String,
    "family": pl.String,
    "level": pl.String,
    "code": pl.String,
    "period": pl.String,
    "label_fr": pl.String,
    "label_en": pl.String,
    "funder": pl.String,
    "field_fr": pl.String,
    "euros": pl.Float64,
    "population": pl.Float64,
    "per_inhabitant": pl.Float64,
    "status": pl.String,
    "document": pl.String,
    "place": pl.String,
    "snapshot": pl.String,
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Family(_Strict):
    """A family of aids, and the indicator that imported tables give it, if any."""

    id: str
    indicator: str = ""
    title: Words


class CellOf(_Strict):
    """A cell of a transcribed table."""

    table: str
    row: str
    column: str


class Line(_Strict):
    """A published amount: a cell of a table, or a figure."""

    rank: Literal["total", "family", "scheme"]
    family: str
    funder: Literal["tous", "assurance_maladie", "ars", "collectivites"]
    cell: CellOf | None = None
    figure: str = ""

    @model_validator(mode="after")
    def _cell_or_figure(self) -> Line:
        if (self.cell is None) == (not self.figure):
            raise RefusedError("une ligne est une cellule ou un chiffre", "a line is a cell or a figure")
        return self


class Ledger(_Strict):
    """Families and the published lines."""

    families: tuple[Family, ...] = Field(min_length=1)
    lines: tuple[Line, ...] = Field(min_length=1)


def read_ledger(file: Path = FILE) -> Ledger:
    """The ledger that a file describes. Raises InputError naming the key that is wrong."""
    return validated(
        Ledger, toml_file(file), Text("registre des aides refusé", "ledger of aids refused"), "docs/data.md", file
    )


@cache
def ledger() -> Ledger:
    """The ledger that Vigie ships."""
    return read_ledger()


def aids(
    known: Ledger,
    figures: pl.DataFrame,
    cells: pl.DataFrame,
    snapshots: Mapping[str, str],
    fields: Mapping[str, tuple[str, str]],
    observations: pl.DataFrame,
    residents: float,
) -> pl.DataFrame:
    """The ledger as a table with the columns of ``SCHEMA``: published lines, then those of imported tables.

    ``figures`` and ``cells`` as published, ``snapshots`` the snapshot of each document and table, ``fields`` the field
    and the document of each table; ``observations`` those of the families' indicators, protected already;
    ``residents`` the people of France by whom national amounts are divided. ``status`` is "ok" for an exact amount,
    "estimated" for one that its text gives as approximate, and that of the observation for an imported one. Raises
    InputError for a line whose cell or figure does not exist.
    """
    by_id = {row["id"]: row for row in figures.iter_rows(named=True)}
    by_cell = {
        (row["table"], row["row_id"], row["column_id"]): row
        for row in cells.filter(pl.col("value").is_not_null()).iter_rows(named=True)
    }
    rows = []
    for line in known.lines:
        if line.cell is not None:
            found = by_cell.get((line.cell.table, line.cell.row, line.cell.column))
            field, document = fields.get(line.cell.table, ("", ""))
            snapshot, place = snapshots.get(line.cell.table, ""), line.cell.table
        else:
            found = by_id.get(line.figure)
            field, document = (found["field_fr"] or "", found["document"]) if found else ("", "")
            snapshot, place = snapshots.get(document, ""), (found["place"] or "") if found else ""
        if found is None or found["unit"] not in EUROS:
            raise InputError(
                "le registre des aides nomme un montant qui n'existe pas.",
                "the ledger of aids names an amount that does not exist.",
                where=Where("ledger.toml", value=line.figure or str(line.cell)),
            )
        euros = found["value"] * EUROS[found["unit"]]
        label = found.get("label_fr") or found["row_fr"]
        exact = found.get("qualifier", "about") == "exact"
        rows.append(
            (
                *(line.rank, line.family, "france", "FR", found["period"] or ""),
                *(label, found.get("label_en") or label, line.funder, field),
                *(euros, residents, euros / residents, "ok" if exact else "estimated", document, place, snapshot),
            )
        )
    published = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return pl.concat([published, _imported(known, observations)])


def _imported(known: Ledger, observations: pl.DataFrame) -> pl.DataFrame:
    """The amounts of imported tables: one line a family, territory and period."""
    families = {one.indicator: one for one in known.families if one.indicator}
    own = observations.filter(pl.col("indicator").is_in(list(families)) & (pl.col("status") != "missing"))
    return own.select(
        rank=pl.lit("imported"),
        family=pl.col("indicator").replace_strict({name: one.id for name, one in families.items()}, default=""),
        level="level",
        code="code",
        period="period",
        label_fr=pl.col("indicator").replace_strict({name: one.title.fr for name, one in families.items()}, default=""),
        label_en=pl.col("indicator").replace_strict({name: one.title.en for name, one in families.items()}, default=""),
        funder=pl.lit("tous"),
        field_fr=pl.lit(""),
        euros="numerator",
        population="denominator",
        per_inhabitant="value",
        status="status",
        document=pl.lit(""),
        place=pl.lit(""),
        snapshot="snapshot",
    ).sort("level", "code", "family", "period", "snapshot")
