"""The tables of alerts and comparators of an edition, and what became of the alerts from one edition to another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from vigie.editions.steps import Tables
from vigie.editions.store import Edition
from vigie.errors import StorageError
from vigie.indicators import Definition, comparators
from vigie.indicators import alerts as alerting
from vigie.indicators.alerts import Responses, Rule
from vigie.indicators.comparators import Model, Observed, ShareOfPeople, Variable
from vigie.indicators.series import of_indicators
from vigie.territories.reference import Reference

# People are counted under the alerts of the territories of these levels.
COUNTED = ("commune", "epci", "bassin_de_vie", "departement")
OUTSIDE_AREAS = "000"  # INSEE's code of the communes outside any attraction area
_KEY = ["level", "code"]


def alert_tables(
    observations: pl.DataFrame,
    snapshots: pl.DataFrame,
    reference: Reference,
    definitions: Mapping[str, Definition],
    rules: Mapping[str, Rule],
    responses: Responses,
) -> Tables:
    """alerts, alert_degrees, alert_counts, alert_people, alert_rules and alert_responses.

    ``snapshots``: id and rank, which say the source that counts where several give one figure.
    """
    populations = reference.territories.select(*_KEY, "population")
    known = _unbroken(_one_source(observations, snapshots, rules), definitions)
    alerts, judged = alerting.judge(known, populations, rules.values())
    degrees = alerting.degrees(alerts, judged, responses)
    levels = {level: reference.members(level) for level in COUNTED if level in reference.levels}
    counts, people = alerting.people_under(degrees, alerts, levels, reference.places)
    return {
        "alerts": alerts,
        "alert_degrees": degrees,
        "alert_counts": counts,
        "alert_people": people,
        "alert_rules": pl.DataFrame(
            {"id": list(rules), "volet": [one.volet for one in rules.values()], "definition": _as_json(rules)}
        ),
        "alert_responses": pl.DataFrame({"definition": _as_json({"responses": responses})}),
    }


def _as_json(models: Mapping[str, Rule | Responses]) -> list[str]:
    return [json.dumps(one.model_dump(mode="json"), ensure_ascii=False, sort_keys=True) for one in models.values()]


def _one_source(observations: pl.DataFrame, snapshots: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """The observations that the rules look at, one a key: of several sources the nearest to its producer."""
    names = {one.indicator for one in rules.values()} | {one.people for one in rules.values() if one.people}
    key = ["indicator", *_KEY, "period"]
    columns = of_indicators(observations, names).select(*key, "value", "status", "snapshot")
    found = columns.filter(pl.col("value").is_not_null())
    # Only where two snapshots give a period can a key be there twice.
    sources = found.group_by("indicator", "period").agg(several=pl.col("snapshot").n_unique() > 1)
    marked = found.join(sources, on=["indicator", "period"], how="left", maintain_order="left")
    several = marked.filter(pl.col("several")).join(snapshots.select(snapshot="id", rank="rank"), on="snapshot")
    chosen = several.sort(*key, "rank", "snapshot").unique(key, keep="first", maintain_order=True)
    return pl.concat([marked.filter(~pl.col("several")).drop("several"), chosen.drop("several", "rank")])


def _unbroken(observations: pl.DataFrame, definitions: Mapping[str, Definition]) -> pl.DataFrame:
    """Without what comes before the last break of a series: a run never goes across one."""
    starts = {name: max(one.period for one in found.breaks) for name, found in definitions.items() if found.breaks}
    start = pl.col("indicator").replace_strict(starts, default="", return_dtype=pl.String)
    return observations.filter(pl.col("period") >= start)


# Comparators ----------------------------------------------------------------------------------------------------------


def comparator_tables(observations: pl.DataFrame, reference: Reference, model: Model) -> Tables:
    """neighbours, structure and structure_variables."""
    neighbours, structure = comparators.tables(structural_values(observations, reference, model), model)
    return {
        "neighbours": neighbours,
        "structure": structure,
        "structure_variables": pl.DataFrame(
            {
                "position": range(len(model.variables)),
                "variable": [one.id for one in model.variables],
                "family": [one.family for one in model.variables],
                "title_fr": [one.title.fr for one in model.variables],
                "title_en": [one.title.en for one in model.variables],
                "unit_fr": [one.unit.fr for one in model.variables],
                "unit_en": [one.unit.en for one in model.variables],
                "decimals": [one.decimals for one in model.variables],
                "weight": [one.weight for one in model.variables],
                "measures": [" ".join(one.measures) for one in model.variables],
            }
        ),
    }


def structural_values(observations: pl.DataFrame, reference: Reference, model: Model) -> pl.DataFrame:
    """The variables of ``model`` for the territories to compare: level, code and a column a variable.

    An arrondissement is a part of its city and is not compared: the city is. A territory without a known population, or
    with less than its level asks for, is left out.
    """
    places = _with_attraction(reference.places)
    wanted = {one.compute.indicator for one in model.variables if isinstance(one.compute, Observed)}
    observations = of_indicators(observations, wanted)
    frames = []
    for asked in model.levels:
        if asked.level not in reference.levels:
            continue
        cards = reference.territories.filter(
            (pl.col("level") == asked.level)
            & (pl.col("population") >= asked.least_population)
            & (pl.col("kind") != "arrondissement")
        ).sort("code")
        table, groups = cards.select(_KEY), reference.membership_matrix(asked.level)
        own = observations.filter((pl.col("level") == asked.level) & pl.col("value").is_not_null())
        for variable in model.variables:
            values = _variable(variable, own, places, groups, cards)
            table = table.join(values, on="code", how="left", maintain_order="left")
        frames.append(table)
    return pl.concat(frames)


def _with_attraction(places: pl.DataFrame) -> pl.DataFrame:
    """With ``attraction_population``: the people of the place's attraction area in France, 0 outside any area."""
    area = pl.col("aire_attraction")
    people = pl.col("population").fill_null(0).sum().over("aire_attraction")
    return places.with_columns(attraction_population=pl.when(area == OUTSIDE_AREAS).then(0).otherwise(people))


def _variable(
    variable: Variable,
    observations: pl.DataFrame,
    places: pl.DataFrame,
    groups: tuple[list[str], csr_matrix],
    cards: pl.DataFrame,
) -> pl.DataFrame:
    """One variable for the territories of a level: code, and a column of its name."""
    rule = variable.compute
    if isinstance(rule, ShareOfPeople):
        codes, member = groups
        people = places["population"].fill_null(0).to_numpy().astype(np.float64)
        inside = ((places[rule.column] >= rule.at_least) & (places[rule.column] < rule.below)).to_numpy()
        total = member @ people
        shares = np.divide(100 * (member @ (people * inside)), total, out=np.full_like(total, np.nan), where=total > 0)
        return pl.DataFrame({"code": codes, variable.id: shares}).with_columns(pl.col(variable.id).fill_nan(None))
    if isinstance(rule, Observed):
        last = observations.filter(pl.col("indicator") == rule.indicator).sort("code", "period")
        return last.group_by("code").agg(pl.col("value").last().alias(variable.id))
    return cards.select("code", pl.col("population").cast(pl.Float64).alias(variable.id))


# From one edition to another ------------------------------------------------------------------------------------------


def changes(before: Path, after: Path) -> pl.DataFrame:
    """What became of the alerts from the edition in folder ``before`` to that in ``after``.

    Columns as :func:`vigie.indicators.alerts.difference`. Raises StorageError for an edition without alerts.
    """
    return alerting.difference(_alerts_of(before), _alerts_of(after))


@dataclass(frozen=True)
class Event:
    """An alert that appeared, worsened, eased or was lifted from one edition to the next, and the edition that says it.

    ``period`` and ``value`` are those of the measure that counts: the new one, or the last one of a lifted alert.
    """

    level: str
    code: str
    rule: str
    change: str
    severity: str
    period: str
    value: float
    edition: str
    built: datetime


LAST_EDITIONS = 24  # how far back events are looked for


def events(history: Sequence[Edition], levels: Sequence[str], code: str | None = None) -> list[Event]:
    """What became of the alerts of these levels (of one territory with ``code``) over editions, the latest first.

    ``history`` are editions, the oldest first; those without alerts are skipped. All alerts of the first one appear
    with it.
    """
    kept = pl.col("level").is_in(levels) & (pl.lit(value=True) if code is None else pl.col("code") == code)
    former, found = pl.DataFrame(schema=alerting.ALERTS), []
    for edition in list(history)[-LAST_EDITIONS:]:
        path = edition.folder / "tables" / "alerts.parquet"
        if not path.is_file():
            continue
        now = pl.scan_parquet(path).filter(kept).collect()
        found += [_event(row, edition) for row in alerting.difference(former, now).to_dicts()]
        former = now
    return sorted(found, key=lambda one: (one.built, one.edition), reverse=True)


def _event(row: dict[str, Any], edition: Edition) -> Event:
    which = "before" if row["change"] == "gone" else "after"
    severity, period, value = (row[f"{name}_{which}"] for name in ("severity", "period", "value"))
    key = (row["level"], row["code"], row["rule"])
    return Event(*key, row["change"], severity, period, value, edition.id, edition.built)


def _alerts_of(folder: Path) -> pl.DataFrame:
    path = folder / "tables" / "alerts.parquet"
    if not path.is_file():
        raise StorageError(
            f"l'édition {folder.name} n'a pas d'alertes : une version antérieure de Vigie l'a construite.",
            f"the edition {folder.name} has no alerts: an earlier version of Vigie built it.",
            remedy_fr="Comparez avec une édition plus récente : vigie editions.",
            remedy_en="Compare with a later edition: vigie editions.",
        )
    return pl.read_parquet(path)
