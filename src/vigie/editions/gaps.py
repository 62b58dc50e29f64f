"""Inequality over time between territories: by indicator, level and year, the best and the worst served.

Statistics over communes are another table's; this one compares the territories of the levels above, for every
indicator that says who is served better, from the observations themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.access import inequality as stats
from vigie.editions.comparing import COMPARED_RULES
from vigie.indicators import Definition
from vigie.indicators.series import of_indicators

Floats = NDArray[np.float64]

CODE = ("access/inequality.py", "access/arrays.py")
"""The files of other rooms that decide this table."""
LEVELS = ("epci", "bassin_de_vie", "departement")
THEMES = ("acces", "offre", "urgences")  # how people are served, not who they are
LEAST = 20  # territories with a value, for a tenth of their people to mean something
COLUMNS = {
    **dict.fromkeys(("indicator", "level", "period"), pl.String),
    "territories": pl.Int64,
    **dict.fromkeys(("mean", "worst", "best", "gap", "ratio", "between", "within"), pl.Float64),
}


def gap_table(
    observations: pl.DataFrame, territories: pl.DataFrame, definitions: Mapping[str, Definition]
) -> pl.DataFrame:
    """A row per indicator, level and period, with the columns of ``COLUMNS``, sorted.

    ``worst`` and ``best`` are the means over the tenth of the people who live in the territories where the indicator is
    least and most favourable (its direction says which); ``gap`` is the distance between them, ``ratio`` the larger
    over the smaller. ``between`` is the per cent of the variance over people that lies between départements and
    ``within`` the rest; null at level departement. People are the denominator that the indicator is a mean or a rate
    of (standardised population for an APL), else the municipal population.
    """
    directed = {
        name: one.direction
        for name, one in definitions.items()
        if one.compute.rule in COMPARED_RULES and one.theme in THEMES and one.direction in ("higher", "lower")
    }
    fields = pl.DataFrame(
        [(name, period) for name in directed for period in _periods(definitions[name])], _FIELD, orient="row"
    )
    placed = _placed(observations, territories, fields)
    rows = [
        (str(name), str(level), str(period), part.height, *_measures(part, directed[str(name)], str(level)))
        for (name, level, period), part in placed.group_by("indicator", "level", "period")
        if part.height >= LEAST
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").fill_nan(None).sort("indicator", "level", "period")


_FIELD = {"indicator": pl.String, "period": pl.String}


def _periods(definition: Definition) -> list[str]:
    """The periods of a whole field, after the last break of the series."""
    inputs = getattr(definition.compute, "inputs", ())
    periods = [period for group in inputs if group.partial != "missing" for period in group.periods]
    return [period for period in periods if definition.unbroken(period)]


def _placed(observations: pl.DataFrame, territories: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """Known values with their département and people, in a fixed order."""
    own = of_indicators(observations, set(fields["indicator"]))
    kept = pl.col("level").is_in(LEVELS) & pl.col("value").is_not_null()
    cards = territories.select("level", "code", "departement", "population")
    return (
        own.filter(kept)
        .join(fields, on=["indicator", "period"], how="semi")
        .join(cards, on=["level", "code"])
        .with_columns(
            people=pl.coalesce("denominator", pl.col("population").cast(pl.Float64)),
            group=pl.col("departement").rank("dense").cast(pl.Int64),
        )
        .filter(pl.col("people") > 0)
        .sort("indicator", "level", "period", "code")
    )


def _measures(part: pl.DataFrame, direction: str, level: str) -> tuple[float, ...]:
    values, people = part["value"].to_numpy(), part["people"].to_numpy()
    low, high = stats.mean_of_worst(values, people), stats.mean_of_best(values, people)
    worst, best = (low, high) if direction == "higher" else (high, low)
    between = float("nan") if level == "departement" else _between(values, people, part["group"].to_numpy())
    mean, ratio = stats.weighted_mean(values, people), high / low if low > 0 else float("nan")
    return mean, worst, best, high - low, ratio, between, 100 - between


def _between(values: Floats, people: Floats, groups: NDArray[np.int64]) -> float:
    """Per cent of the variance over people that lies between the means of groups; NaN where there is no variance."""
    _, group = np.unique(groups, return_inverse=True)
    weights = np.bincount(group, people)
    means = np.bincount(group, people * values) / weights
    mean = float(values @ people / people.sum())
    total = float(np.square(values - mean) @ people)
    return 100 * float(np.square(means - mean) @ weights) / total if total > 0 else float("nan")
