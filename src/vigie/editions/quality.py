"""How good an edition is, in figures: the tables ``agreement``, ``coverage``, ``releases``, and the report of it all.

The tables are made with the edition and depend on its inputs alone; the report puts them beside the edition's checks,
the back-test of the outlook, the reconciliation of producers and the tables transcribed from documents. The page
« Qualité », ``/api/v1/quality`` and ``vigie check`` show the same report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import polars as pl

from vigie.access.calibration import weighted_correlation
from vigie.editions import outlooks
from vigie.editions.inputs import Input
from vigie.editions.observatory import Observatory
from vigie.indicators import Definition
from vigie.sources import Source
from vigie.sources.vintages import expected, months_between, period_end, span_end

RECOMPUTED = "_recalculee"
COMPARED_LEVELS = ("commune", "epci", "departement")
WHOLE_CITIES = ("75056", "69123", "13055")

_AGREEMENT = {
    "indicator": pl.String, "recomputed": pl.String, "period": pl.String, "level": pl.String,
    "territories": pl.Int64, "correlation": pl.Float64, "error": pl.Float64, "mean": pl.Float64, "within": pl.Float64,
}  # fmt: skip
_RELEASES = {
    "source": pl.String, "title_fr": pl.String, "title_en": pl.String, "producer": pl.String, "landing": pl.String,
    "cadence": pl.String, "delay_months": pl.Int64, "at_hand": pl.Boolean, "snapshot": pl.String, "period": pl.String,
    "period_end": pl.Date, "expected": pl.Date, "basis": pl.String, "announced_at": pl.String,
}  # fmt: skip


def agreement_table(observations: pl.DataFrame) -> pl.DataFrame:
    """How near the APL that Vigie recomputes is to the one that is published, by indicator and level.

    Over the territories of which both are known, weighted by the standardised population of the published one
    (``denominator``), whole Paris, Lyon and Marseille left out for their arrondissements: ``correlation`` is Pearson's,
    ``error`` the mean absolute difference in the indicator's unit, ``mean`` the published mean, ``within`` the share of
    the territories whose published figure lies in the interval of the recomputed one.
    """
    levelled = observations.filter(pl.col("level").is_in(COMPARED_LEVELS) & ~pl.col("code").is_in(WHOLE_CITIES))
    own = levelled.filter(pl.col("indicator").str.ends_with(RECOMPUTED)).with_columns(
        indicator=pl.col("indicator").str.strip_suffix(RECOMPUTED), recomputed="indicator"
    )
    key = ["indicator", "level", "code", "period"]
    published = levelled.filter(pl.col("indicator").is_in(own["indicator"].unique().implode()))
    both = own.join(published.select(*key, published="value", weight="denominator"), on=key)
    both = both.filter(pl.col("value").is_not_null() & pl.col("published").is_not_null() & (pl.col("weight") > 0))
    rows = [_agreed(frame) for _, frame in both.group_by("indicator", "level", "period")]
    return pl.DataFrame(rows, schema=_AGREEMENT).sort("indicator", "level")


def _agreed(both: pl.DataFrame) -> dict[str, object]:
    value, published, weight = (both[name].to_numpy() for name in ("value", "published", "weight"))
    inside = both.select((pl.col("published").is_between("lower", "upper")).mean()).item()
    share = weight / weight.sum()
    return {
        **both.select("indicator", "recomputed", "period", "level").row(0, named=True),
        "territories": both.height,
        "correlation": weighted_correlation(value, published, weight),
        "error": float(share @ abs(value - published)),
        "mean": float(share @ published),
        "within": inside,
    }


def coverage_table(distributions: pl.DataFrame, definitions: Mapping[str, Definition]) -> pl.DataFrame:
    """What is known of each computed indicator at each level, in its last period.

    Columns: indicator, level, period, territories (those of which something is said), known, suppressed, missing,
    share (known ÷ territories). An indicator that no territory of a level has a value of is not listed.
    """
    count = pl.col("known") + pl.col("missing") + pl.col("suppressed")
    return (
        distributions.filter(pl.col("indicator").is_in(list(definitions)))
        .sort("indicator", "level", "period")
        .group_by("indicator", "level", maintain_order=True)
        .last()
        .with_columns(*(pl.col(name).cast(pl.Int64) for name in ("known", "missing", "suppressed")))
        .with_columns(territories=count)
        .with_columns(share=pl.col("known") / pl.col("territories"))
        .select("indicator", "level", "period", "territories", "known", "suppressed", "missing", "share")
    )


def release_table(
    inputs: Mapping[str, Input], sources: Mapping[str, Source], observations: pl.DataFrame
) -> pl.DataFrame:
    """The calendar: of each source, the period at hand and when its next release is to be looked for.

    ``basis`` says where the date comes from: ``announced`` by the producer (``next_release`` of the source's ``.toml``,
    with its address), ``cadence`` where it is reckoned from the period at hand, the source's cadence and its usual
    delay, ``none`` where neither gives one. It depends on nothing but the inputs: never on the day of the build.
    """
    known = dict(_last_periods(observations).iter_rows())
    kept = {name: one for name, one in sources.items() if one.redistribute}  # an edition carries no other
    rows = [_release(one, inputs.get(name), known) for name, one in kept.items()]
    return pl.DataFrame(rows, schema=_RELEASES).sort("source")


def _last_periods(observations: pl.DataFrame) -> pl.DataFrame:
    return observations.group_by("snapshot").agg(pl.col("period").max())


def _release(source: Source, found: Input | None, periods: Mapping[str, str]) -> dict[str, object]:
    snapshot = "" if found is None else found.snapshot
    end = period_end(source) or span_end(periods.get(snapshot, ""))
    # Of a source that is not at hand, no period is: its next release is the first one.
    reckoned = None if end is None or found is None else expected(source, end)
    announced = source.next_release
    return {
        "source": source.id,
        "title_fr": source.title_fr,
        "title_en": source.title_en,
        "producer": source.producer,
        "landing": source.landing or "",
        "cadence": source.cadence,
        "delay_months": source.delay_months,
        "at_hand": found is not None,
        "snapshot": snapshot,
        "period": source.period,
        "period_end": None if found is None else end,
        "expected": announced.date if announced else reckoned,
        "basis": "announced" if announced else "cadence" if reckoned else "none",
        "announced_at": announced.announced_at if announced else "",
    }


def quality_report(observatory: Observatory) -> dict[str, Any]:
    """What is known of the quality of an edition; a part that it was built without is empty.

    Keys: edition, built, passed, checks, agreement, coverage, backtest, reconciliation, transcription, releases. Ages
    of sources are in whole months at the day of the build.
    """
    built = date.fromisoformat(observatory.manifest["built"][:10])
    checks = _checks(observatory)
    return {
        "edition": observatory.id,
        "built": observatory.manifest["built"],
        "passed": sum(one["passed"] for one in checks),
        "checks": checks,
        "agreement": _rows(observatory, "agreement"),
        "coverage": _rows(observatory, "coverage"),
        "backtest": [asdict(one) for one in outlooks.judged(observatory)]
        if observatory.has("outlook_backtest")
        else [],
        "reconciliation": _reconciled(observatory),
        "transcription": _transcribed(observatory),
        "releases": [_aged(row, built) for row in _rows(observatory, "releases")],
    }


def _rows(observatory: Observatory, name: str) -> list[dict[str, Any]]:
    return observatory.table(name).to_dicts() if observatory.has(name) else []


def _checks(observatory: Observatory) -> list[dict[str, Any]]:
    """The checks of the tables, and the one that compares with the edition before, which is in the manifest alone."""
    found = _rows(observatory, "checks")
    change = observatory.manifest.get("change")
    if change is None:
        return found
    compared = {
        "id": "change",
        "title_fr": "valeurs nationales à moins de 25 % de celles de l'édition précédente",
        "title_en": "national values within 25 % of those of the previous edition",
        "severity": "doubt",
        "passed": change == "0",
        "found": change,
    }
    return [*found, compared]


def _reconciled(observatory: Observatory) -> list[dict[str, Any]]:
    """Producers that publish the same quantity, by level: how many territories they agree on, and how far apart."""
    if not observatory.has("reconciliation"):
        return []
    size, base = pl.col("difference").abs(), pl.col("first_value").abs()
    return (
        observatory.table("reconciliation")
        .drop_nulls(["first_value", "second_value"])
        .group_by("quantity", "level", "first", "second")
        .agg(
            territories=pl.len().cast(pl.Int64),
            equal=(size < 0.5).sum().cast(pl.Int64),
            explained=(pl.col("unexplained").abs() < 0.5).sum().cast(pl.Int64),
            difference=(size / base).filter(base > 0).median(),
        )
        .sort("quantity", "level", "first", "second")
        .to_dicts()
    )


def _transcribed(observatory: Observatory) -> dict[str, Any]:
    """Relations that the transcribed tables must keep: how many hold, and those that do not, each with its reason."""
    rows = _rows(observatory, "relations")
    names = ("table", "relation", "printed", "recomputed", "explanation_fr", "explanation_en")
    broken = [{name: row[name] for name in names} for row in rows if not row["holds"]]
    return {"relations": len(rows), "hold": len(rows) - len(broken), "broken": broken}


def _aged(row: dict[str, Any], built: date) -> dict[str, Any]:
    end, due = row["period_end"], row["expected"]
    return {
        **row,
        "months": None if end is None else months_between(end, built),
        "late": None if due is None or not row["at_hand"] else months_between(due, built),
    }
