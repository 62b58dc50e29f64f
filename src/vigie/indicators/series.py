"""The observations of an indicator as series by territory, their intervals, and whether each series moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.indicators import trend
from vigie.indicators.definition import Definition, Published
from vigie.indicators.periods import is_year, moment
from vigie.indicators.statistics import benjamini_hochberg, byar, standard_error, wilson

Floats = NDArray[np.float64]

TRENDS: Final = {
    "indicator": pl.String,
    "level": pl.String,
    "code": pl.String,
    "snapshot": pl.String,
    "rule": pl.String,
    "test": pl.String,
    "points": pl.Int64,
    "first": pl.String,
    "last": pl.String,
    "from_value": pl.Float64,
    "to_value": pl.Float64,
    "slope": pl.Float64,
    "statistic": pl.Float64,
    "p": pl.Float64,
    "p_adjusted": pl.Float64,
    "outcome": pl.String,
    "reason": pl.String,
    "reading": pl.String,
}
READINGS: Final = ("improving", "worsening", "moving", "stable", "unknown")
_TESTS = {"proportion": "chi_square", "count": "weighted_regression", "rate": "weighted_regression"}


def by_indicator(observations: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each indicator with its rows, in the order of ``observations``, where those of one stand together.

    A slice at a time takes a tenth of the memory that all would take at once. An indicator whose rows stand apart comes
    once for each run of them.
    """
    start = 0
    for run in observations["indicator"].rle().to_list():
        yield run["value"], observations.slice(start, run["len"])
        start += run["len"]


def of_indicators(observations: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """The rows of some indicators, without the copy of all the others' that a filter over two million rows makes."""
    return pl.concat([observations.clear(), *(rows for name, rows in by_indicator(observations) if name in names)])


def with_intervals(observations: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """The observations with the interval at 95 % of each proportion (Wilson) or rate (Byar) whose counts are known.

    What already has limits keeps them, and so does every other kind: a count of professionals is what it is, and a
    measure from full coverage has no sampling error.
    """
    if definition.kind not in ("proportion", "rate") or observations.is_empty():
        return observations
    counts, totals = (observations[name].to_numpy() for name in ("numerator", "denominator"))
    values = observations["value"].to_numpy()
    usable = np.isfinite(values) & (counts > 0) & (totals > 0)
    usable |= np.isfinite(values) & (counts == 0) & (totals > 0)
    if definition.kind == "proportion":
        usable &= counts <= totals
    if not usable.any():
        return observations
    x, n = np.where(usable, counts, 0.0), np.where(usable, totals, 1.0)
    low, high = wilson(x, n) if definition.kind == "proportion" else (limit / n for limit in byar(x))
    # The scale is that of the values themselves: 100 for a percentage, 100,000 for a density.
    scale = _scale(definition)
    made = {"lower": np.where(usable, scale * low, np.nan), "upper": np.where(usable, scale * high, np.nan)}
    # A published rate is rounded: its limits are never on the wrong side of it.
    made["lower"] = np.fmin(made["lower"], np.where(usable, values, np.nan))
    made["upper"] = np.fmax(made["upper"], np.where(usable, values, np.nan))
    return observations.with_columns(
        pl.coalesce(name, pl.Series(name, column).fill_nan(None)).alias(name) for name, column in made.items()
    )


def _scale(definition: Definition) -> float:
    return float(getattr(definition.compute, "scale", 100.0 if definition.kind == "proportion" else 1.0))


@dataclass(frozen=True)
class Panel:
    """Series side by side: one row a series, one column a period; NaN where a series has no figure.

    ``keys`` are the territories (level, code) and, for published figures, the snapshot of each series.
    """

    keys: pl.DataFrame
    periods: tuple[str, ...]
    times: Floats
    values: Floats
    counts: Floats
    totals: Floats


def panel(observations: pl.DataFrame, definition: Definition) -> Panel | None:
    """The series of one indicator since its last break in series; None where no series has two known points.

    Figures of several documents or producers' tables are never chained: each snapshot is a series of its own. What is
    computed from places is one series, whatever the snapshots of its years. Yearly figures only, where there are any
    two; otherwise the figures of a month or a day. Spans of time are no points.
    """
    own = isinstance(definition.compute, Published)
    known = observations.filter(pl.col("value").is_not_null())
    periods = [one for one in known["period"].unique().sort().to_list() if definition.unbroken(one)]
    yearly = [one for one in periods if is_year(one)]
    dated = sorted((one for one in periods if moment(one) is not None), key=lambda one: moment(one) or 0.0)
    chosen = yearly if len(yearly) >= 2 else dated
    if len(chosen) < 2:
        return None
    key = ["level", "code", "snapshot"] if own else ["level", "code"]
    kept = known.filter(pl.col("period").is_in(chosen)).select(*key, "period", "value", "numerator", "denominator")
    keys = kept.select(key).unique(maintain_order=False).sort(key)
    row = kept.join(keys.with_row_index("row"), on=key, how="left", maintain_order="left")["row"].to_numpy()
    column = kept["period"].replace_strict(chosen, list(range(len(chosen))), return_dtype=pl.Int64).to_numpy()
    blocks = []
    for name in ("value", "numerator", "denominator"):
        block = np.full((keys.height, len(chosen)), np.nan)
        block[row, column] = kept[name].to_numpy()
        blocks.append(block)
    enough = (~np.isnan(blocks[0])).sum(axis=1) >= 2
    if not enough.any():
        return None
    keys = keys if own else keys.with_columns(pl.lit(None, pl.String).alias("snapshot"))
    times = np.array([moment(one) for one in chosen], dtype=np.float64)
    return Panel(keys.filter(pl.Series(enough)), tuple(chosen), times, *(block[enough] for block in blocks))


def trends(observations: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Whether each series of one indicator moves, with the columns of :data:`TRENDS`, by level and code.

    Series of fewer than two known points are left out: nothing is said of them. ``p_adjusted`` is the p value adjusted
    for all the territories of the level being looked at together. ``reading`` applies the wished direction to the
    outcome, last of all. ``snapshot`` is null for what is computed from places of several years.
    """
    found = panel(observations, definition)
    if found is None:
        return pl.DataFrame(schema=TRENDS)
    yearly = all(is_year(one) for one in found.periods)
    test, made = _tested(found, definition.kind)
    judged = trend.judge(made, yearly)
    rows = np.arange(found.keys.height)
    # The rule of short series rests on no test: none is shown.
    full = judged.rule == trend.FIVE_POINTS
    names = np.array(found.periods)
    table = found.keys.with_columns(
        pl.lit(definition.id).alias("indicator"),
        pl.Series("rule", np.array(trend.RULES)[judged.rule]),
        pl.lit(test).alias("test"),
        pl.Series("points", made.points),
        pl.Series("first", names[made.first]),
        pl.Series("last", names[made.last]),
        pl.Series("from_value", found.values[rows, made.first]),
        pl.Series("to_value", found.values[rows, made.last]),
        pl.Series("slope", made.slope * _unit(definition, test)),
        pl.Series("statistic", np.where(full, made.statistic, np.nan)),
        pl.Series("p", np.where(full, made.p, np.nan)),
        pl.Series("outcome", np.array(trend.OUTCOMES)[judged.outcome]),
        pl.Series("reason", np.array(trend.REASONS)[judged.reason]),
        pl.Series("reading", np.array(READINGS)[_read(judged.outcome, definition.direction)]),
    )
    floats = [name for name, dtype in TRENDS.items() if dtype == pl.Float64 and name in table.columns]
    adjusted = table.with_columns(
        pl.col("p")
        .map_batches(lambda p: pl.Series(benjamini_hochberg(p.to_numpy())))
        .over("level")
        .alias("p_adjusted"),
        pl.col(floats).fill_nan(None),
    )
    return adjusted.with_columns(pl.col("p_adjusted").fill_nan(None)).select(
        pl.col(name).cast(dtype) for name, dtype in TRENDS.items()
    )


def _tested(found: Panel, kind: str) -> tuple[str, trend.Trend]:
    """The trend of a panel, and which test gave it: counts where they are known, the points themselves otherwise."""
    counted = ~np.isnan(found.counts) & (found.totals > 0)
    shown = ~np.isnan(found.values)
    if kind == "proportion" and bool((counted | ~shown).all()):
        return "chi_square", trend.proportions(found.counts, found.totals, found.times)
    if kind == "rate" and bool((counted | ~shown).all()):
        counts = np.where(shown, found.counts, np.nan)
        errors = standard_error(*byar(counts)) / found.totals
        return "weighted_regression", trend.weighted(counts / found.totals, errors, found.times)
    if kind == "count":
        return "weighted_regression", trend.weighted(found.values, standard_error(*byar(found.values)), found.times)
    return "regression", trend.unweighted(found.values, found.times)


def _unit(definition: Definition, test: str) -> float:
    """What turns the slope of shares or of rates into the unit of the indicator."""
    shares = test == "chi_square" or (test == "weighted_regression" and definition.kind == "rate")
    return _scale(definition) if shares else 1.0


def _read(outcome: NDArray[np.int8], direction: str) -> NDArray[np.int8]:
    """The outcomes as positions in :data:`READINGS`, given the direction that is wished for."""
    up, down = {"higher": (0, 1), "lower": (1, 0), "neutral": (2, 2)}[direction]
    return np.array([up, down, 3, 4], dtype=np.int8)[outcome]
