"""A study: accessibility recomputed on a ground, with a record of how it was made.

The record says every parameter, every file with its checksum, what was left out and where supply went; it holds no
date, so that the same files and parameters give the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from vigie.access.methods import METHODS, Measured, measure
from vigie.access.travel import TravelTimes
from vigie.access.written import NamedDecay
from vigie.editions.grounds import Ground
from vigie.editions.store import storage_errors
from vigie.errors import InputError

COLUMNS = {
    "id": "place, as in the demand",
    "name": "its name",
    "demand": "people, or the weight given",
    "value": "what the method gives, in the unit of the record; null where not defined or out of reach",
    "status": "ok; missing: not defined, all sites in reach have no demand; out_of_reach: no site within the limit",
    "published": "the figure that DREES publishes for the same year",
}


@dataclass(frozen=True)
class Summary:
    """What a study comes to, in the units of its ground.

    ``mean`` is weighted by demand over the places with a value, None where there is none; ``conservation`` is
    |Σ P·A − Σ S served| / Σ S served, None where nothing is served; ``shared``: the method shares supply out.
    """

    places: int
    demand: float
    sites: int
    supply: float
    pairs: int
    shared: bool
    mean: float | None
    without_access: int
    demand_without_access: float
    without_examples: tuple[str, ...]
    missing: int
    unserved_sites: int
    unserved_supply: float
    unserved_examples: tuple[str, ...]
    conservation: float | None
    correlation: float | None


@dataclass(frozen=True)
class Study:
    """``table``: a row per place (:data:`COLUMNS`), by id; its summary, and the record of how it was made."""

    table: pl.DataFrame
    summary: Summary
    record: dict[str, Any]


def recompute(ground: Ground, travel: TravelTimes, decay: NamedDecay, method: str) -> Study:
    """Accessibility of each place of ``ground`` by ``method`` (of :data:`vigie.access.methods.METHODS`).

    Raises InputError as the method does.
    """
    measured = measure(method, travel, decay.decay, ground.demand, ground.supply)
    shared = measured.balance is not None
    table = _table(ground, measured, ground.scale if shared else 1.0)
    summary = _summary(ground, travel, measured, table)
    return Study(table.sort("id"), summary, _record(ground, travel, decay, method, summary))


def _table(ground: Ground, measured: Measured, scale: float) -> pl.DataFrame:
    values = measured.values * scale
    status = np.select([np.isnan(values), np.isinf(values)], ["missing", "out_of_reach"], "ok")
    made = ground.places.with_columns(
        value=pl.Series(np.where(np.isfinite(values), values, np.nan)).fill_nan(None), status=pl.Series(status)
    )
    shared = measured.balance is not None
    kept = [name for name in COLUMNS if name in made.columns and (shared or name != "published")]
    return made.select(kept)


def _summary(ground: Ground, travel: TravelTimes, measured: Measured, table: pl.DataFrame) -> Summary:
    demand, supply = ground.demand, ground.supply
    known = np.isfinite(measured.values)
    lost = measured.balance
    weighed = float(demand[known].sum())
    mean = float(demand[known] @ table["value"].to_numpy()[known]) / weighed if weighed else None
    conserved = None
    if lost is not None and lost.served:
        conserved = abs(float(demand[known] @ measured.values[known]) - lost.served) / lost.served
    return Summary(
        places=demand.size,
        demand=float(demand.sum()),
        sites=supply.size,
        supply=float(supply.sum()),
        pairs=travel.minutes.size,
        shared=lost is not None,
        mean=mean,
        without_access=int(measured.without.sum()),
        demand_without_access=float(demand[measured.without].sum()),
        without_examples=tuple(ground.places["id"].filter(pl.Series(measured.without)).head(4)),
        missing=int(np.isnan(measured.values).sum()),
        unserved_sites=len(lost.unserved_sites) if lost else 0,
        unserved_supply=lost.unserved if lost else 0.0,
        unserved_examples=lost.unserved_sites[:4] if lost else (),
        conservation=conserved,
        correlation=_correlation(table),
    )


def _correlation(table: pl.DataFrame) -> float | None:
    """Correlation with the published figure, weighted by the demand; None where there is none or too few."""
    if "published" not in table.columns:
        return None
    both = table.drop_nulls(["value", "published"]).filter(pl.col("demand") > 0)
    if both.height < 3:
        return None
    from vigie.access.calibration import weighted_correlation

    columns = (both[name].to_numpy() for name in ("value", "published", "demand"))
    return float(weighted_correlation(*columns))


def _record(ground: Ground, travel: TravelTimes, decay: NamedDecay, method: str, summary: Summary) -> dict[str, Any]:
    chosen = METHODS[method]
    shared = summary.shared
    unit = ground.unit if shared else chosen.unit
    return {
        "vigie": version("vigie"),
        "method": {"id": method, "fr": chosen.title.fr, "en": chosen.title.en},
        "unit": {"fr": unit.fr, "en": unit.en, "per": ground.scale if shared else 1},
        "decay": {
            "name": decay.name,
            "fr": decay.words.fr,
            "en": decay.words.en,
            "provenance": {"fr": decay.provenance.fr, "en": decay.provenance.en},
            **asdict(decay.decay),
        },
        "travel": {"fr": travel.made_by.fr, "en": travel.made_by.en, "limit": travel.limit},
        "inputs": [asdict(one) for one in ground.inputs],
        "notes": [{"count": one.count, "fr": one.text.fr, "en": one.text.en} for one in ground.notes],
        "balance": asdict(summary),
        "columns": COLUMNS,
    }


def write_study(study: Study, target: Path) -> None:
    """Write a study as :func:`write_table_and_record` does."""
    write_table_and_record(study.table, study.record, target)


def write_table_and_record(table: pl.DataFrame, record: dict[str, Any], target: Path) -> None:
    """Write a table to ``target`` (``.parquet`` or ``.csv``), and how it was made beside it: ``target.json``.

    A Parquet file carries the record in its own metadata too, under ``vigie``. Raises StorageError for a folder that
    cannot be written.
    """
    text = orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    with storage_errors(target.parent):
        if target.suffix == ".parquet":
            table.write_parquet(target, compression="zstd", metadata={"vigie": text.decode()})
        else:
            table.write_csv(target)
        target.with_name(f"{target.name}.json").write_bytes(text)


def check_target(target: Path) -> None:
    """Raise InputError for an output that is neither ``.parquet`` nor ``.csv``, or whose folder does not exist."""
    if target.suffix not in (".parquet", ".csv"):
        raise InputError(
            f"«\u00a0{target.name}\u00a0»\u202f: le fichier à écrire finit par .parquet ou .csv.",
            f"“{target.name}”: the file to write ends in .parquet or .csv.",
        )
    if not target.parent.is_dir():
        raise InputError(
            f"le dossier {target.parent} n'existe pas.",
            f"the folder {target.parent} does not exist.",
            remedy_fr="Créez-le, ou écrivez ailleurs.",
            remedy_en="Create it, or write elsewhere.",
        )
