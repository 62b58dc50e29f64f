"""Comparators: which territories of a level are alike in structure, by what they are and never by what is compared.

Each variable describes the area (size, density, attraction area, age, deprivation, distance to the hospital). It is
standardised over the territories of the level, and the distance between two territories is the weighted root mean
square of the differences over the variables known for both (Gower 1971 for the missing ones):

    d(i, j) = sqrt( Σ_v w_v (z_iv − z_jv)² / Σ_v w_v ),   v over the variables known for i and for j

so that 1 reads "one standard deviation apart on average". The principle is that of CIPFA's Nearest Neighbours Model and
of NHS England's peer groups: standardised variables that describe the area, Euclidean distance. Variables and weights
are data (``comparators.toml``) and ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.spatial import cKDTree

from vigie.indicators.definition import Level, Words
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FILE = Path(__file__).parent / "comparators.toml"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEIGHBOURS = {
    "level": pl.String,
    "code": pl.String,
    "rank": pl.Int64,
    "neighbour": pl.String,
    "distance": pl.Float64,
    "shared": pl.Float64,
}
STRUCTURE = {
    "level": pl.String,
    "code": pl.String,
    "variable": pl.String,
    "value": pl.Float64,
    "standardised": pl.Float64,
}
_TENTHS = 2 * 1.2815515655446004  # D9 − D1 of a normal distribution, in standard deviations
_DECIMALS = 9  # distances equal to nine decimals are equal
_TIE = 2e-9


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Population(_Strict):
    """The municipal population."""

    rule: Literal["population"]


class ShareOfPeople(_Strict):
    """Per cent of the people who live in places whose ``column`` is at least ``at_least`` and under ``below``."""

    rule: Literal["share"]
    column: str
    at_least: float
    below: float


class Observed(_Strict):
    """The last known value of an indicator at the level."""

    rule: Literal["observation"]
    indicator: str


class Variable(_Strict):
    """One structural variable. ``measures`` are the indicators that it stands for: never compared with its help."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    family: str
    title: Words
    unit: Words
    decimals: int = Field(ge=0, le=6)
    weight: float = Field(gt=0)
    transform: Literal["none", "log10"] = "none"
    measures: tuple[str, ...] = ()
    compute: Annotated[Population | ShareOfPeople | Observed, Field(discriminator="rule")]


class Compared(_Strict):
    """A level whose territories are compared, from a population on."""

    level: Level
    least_population: int = 1


class Model(_Strict):
    """What makes two territories alike: variables, weights, and how many neighbours are kept."""

    id: str
    status: Literal["official", "ours"]
    neighbours: int = Field(ge=1)
    limit: float = Field(gt=0)
    least_shared: float = Field(gt=0, le=1)
    title: Words
    source: Words
    levels: tuple[Compared, ...] = Field(min_length=1)
    variables: tuple[Variable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> Model:
        names = [one.id for one in self.variables]
        if len(names) != len(set(names)):
            raise RefusedError("une variable est nommée deux fois", "a variable is named twice")
        return self

    def measured(self) -> frozenset[str]:
        """The indicators that the model itself is made of: neighbours say nothing about them."""
        return frozenset(name for one in self.variables for name in one.measures)


def read_model(path: Path) -> Model:
    """The model of a ``.toml`` file. Raises InputError naming the file and the key."""
    return validated(
        Model,
        toml_file(path),
        Text("modèle de comparaison refusé", "comparison model refused"),
        "docs/methods-standing.md",
        path,
    )


@cache
def model() -> Model:
    """The model that Vigie ships."""
    return read_model(FILE)


# Standardisation ------------------------------------------------------------------------------------------------------


def standardise(values: Floats, transforms: tuple[str, ...], limit: float) -> Floats:
    """Values (n × m, NaN for missing) as robust standard scores held within ± ``limit``.

    Centre: the median. Scale: (D9 − D1)/2.563, which is the standard deviation of a normal distribution; where eight
    territories in ten have the same value (D9 = D1) the standard deviation stands in; a constant variable gives 0
    everywhere. ``log10`` is taken before; a value that has no logarithm is missing. Neither the unit nor the order of
    the rows matters.
    """
    scores = np.full(values.shape, np.nan)
    for column, transform in enumerate(transforms):
        scores[:, column] = _scores(_transformed(values[:, column], transform), limit)
    return scores


def _transformed(values: Floats, transform: str) -> Floats:
    if transform == "none":
        return values
    logarithms: Floats = np.log10(values, out=np.full_like(values, np.nan), where=values > 0)
    return logarithms


def _scores(values: Floats, limit: float) -> Floats:
    known = np.sort(values[~np.isnan(values)])
    if not known.size:
        return values
    low, centre, high = np.quantile(known, [0.1, 0.5, 0.9])
    scale = (high - low) / _TENTHS
    if _negligible(scale, known):
        scale = known.std()
    if _negligible(scale, known):
        return np.where(np.isnan(values), np.nan, 0.0)
    held: Floats = np.clip((values - centre) / scale, -limit, limit)
    return held


def _negligible(scale: float, known: Floats) -> bool:
    """Whether a spread is nothing but rounding, next to the size of the values."""
    return bool(scale <= 1e-12 * np.abs(known).max())


# Neighbours -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nearest:
    """The neighbours of each territory: position, distance and share of the weight known for both.

    The three arrays are (n, k); −1 and NaN where a territory has fewer than k that can be compared.
    """

    position: Ints
    distance: Floats
    shared: Floats


def nearest(scores: Floats, weights: Floats, count: int, least_shared: float) -> Nearest:
    """The ``count`` nearest rows of each row of ``scores`` (n × m, NaN for missing); itself left out.

    ``weights`` (m,) are those of the variables. Two rows are compared over the variables known for both, when these
    make at least ``least_shared`` of the weight. Of equal distances (to nine decimals) the lower position comes first.
    Rows with the same variables known share one k-d tree, so that the search is exact whatever is missing.
    """
    found = [_no_pairs()]
    for (own, rows), (other, candidates) in product(_patterns(scores), repeat=2):
        common = own & other
        shared = float(weights[common].sum() / weights.sum())
        if not common.any() or shared < least_shared - 1e-12:
            continue
        scaled = scores[:, common] * np.sqrt(weights[common] / weights[common].sum())
        one, two = _near(scaled[rows], scaled[candidates], count)
        one, two = rows[one], candidates[two]
        distance = np.sqrt(np.square(scaled[one] - scaled[two]).sum(axis=1))
        found.append((one, two, distance, np.full(len(one), shared)))
    return _first(len(scores), count, *(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _patterns(scores: Floats) -> list[tuple[Bools, Ints]]:
    """The sets of known variables that occur, each with its rows."""
    patterns, which = np.unique(~np.isnan(scores), axis=0, return_inverse=True)
    return [(pattern, np.flatnonzero(which.ravel() == place)) for place, pattern in enumerate(patterns)]


def _near(points: Floats, candidates: Floats, count: int) -> tuple[Ints, Ints]:
    """Pairs point, candidate: the ``count`` nearest of each point, itself aside, and all that tie with the last."""
    tree = cKDTree(candidates)
    asked = min(count + 2, len(candidates))  # itself, and one more to see whether the last ties with another
    found = tree.query(points, k=list(range(1, asked + 1)))
    distances, positions = np.asarray(found[0]), np.asarray(found[1], dtype=np.int64)
    radius = distances[:, min(count, asked - 1)] + _TIE
    tied = (distances[:, -1] <= radius) & (asked < len(candidates))
    ones, twos = np.repeat(np.flatnonzero(~tied), asked), positions[~tied].ravel()
    balls: list[list[int]] = list(tree.query_ball_point(points[tied], radius[tied])) if tied.any() else []
    ones = np.concatenate([ones, np.repeat(np.flatnonzero(tied), [len(ball) for ball in balls])])
    return ones, np.concatenate([twos, *(np.array(ball, dtype=np.int64) for ball in balls)])


def _no_pairs() -> tuple[Ints, Ints, Floats, Floats]:
    return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)


def _first(rows: int, count: int, one: Ints, two: Ints, distance: Floats, shared: Floats) -> Nearest:
    """The ``count`` nearest of each row among the pairs given, itself left out."""
    order = np.lexsort((two, np.round(distance, _DECIMALS), one))
    order = order[one[order] != two[order]]
    one, two, distance, shared = one[order], two[order], distance[order], shared[order]
    rank = np.arange(len(one)) - np.searchsorted(one, one)
    kept = rank < count
    position = np.full((rows, count), -1, dtype=np.int64)
    gaps, known = np.full((rows, count), np.nan), np.full((rows, count), np.nan)
    place = one[kept], rank[kept]
    position[place], gaps[place], known[place] = two[kept], distance[kept], shared[kept]
    return Nearest(position, gaps, known)


def reference_nearest(scores: Floats, weights: Floats, count: int, least_shared: float) -> Nearest:
    """The same as :func:`nearest`, pair by pair in plain Python: slow, for tests."""
    rows = [[None if math.isnan(value) else float(value) for value in row] for row in scores]
    found: list[tuple[int, int, float, float]] = []
    for (place, own), (other, values) in product(enumerate(rows), repeat=2):
        common = [
            (weight, a - b)
            for weight, a, b in zip(weights.tolist(), own, values, strict=True)
            if a is not None and b is not None
        ]
        known = sum(weight for weight, _ in common)
        share = known / float(weights.sum())
        if common and share >= least_shared - 1e-12:
            found.append((place, other, math.sqrt(sum(weight * gap * gap for weight, gap in common) / known), share))
    near = Nearest(*(np.full((len(rows), count), empty) for empty in (-1, math.nan, math.nan)))
    for place in range(len(rows)):
        pairs = sorted((round(gap, _DECIMALS), two, gap, share) for one, two, gap, share in found if one == place)
        others = [pair for pair in pairs if pair[1] != place]
        for rank, (_, other, gap, share) in enumerate(others[:count]):
            near.position[place, rank], near.distance[place, rank], near.shared[place, rank] = other, gap, share
    return near


# Tables ---------------------------------------------------------------------------------------------------------------


def tables(values: pl.DataFrame, model: Model) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``neighbours`` and ``structure`` from the ``values`` of the variables.

    ``values``: level, code, and one column a variable (null for missing), of the territories to be compared. Returns
    tables with the columns of ``NEIGHBOURS`` (rank 1 is the nearest; ``shared`` is the share of the weight known for
    both) and ``STRUCTURE`` (a row per territory and variable; null where it is missing), sorted.
    """
    neighbours, structure = [pl.DataFrame(schema=NEIGHBOURS)], [pl.DataFrame(schema=STRUCTURE)]
    names = [one.id for one in model.variables]
    weights = np.array([one.weight for one in model.variables])
    transforms = tuple(one.transform for one in model.variables)
    for (level,), part in values.sort("level", "code").group_by("level", maintain_order=True):
        raw = part.select(pl.col(names).cast(pl.Float64)).fill_null(np.nan).to_numpy()
        scores = standardise(raw, transforms, model.limit)
        near = nearest(scores, weights, model.neighbours, model.least_shared)
        neighbours.append(_neighbour_rows(str(level), part["code"], near))
        structure.append(_structure_rows(str(level), part["code"], names, raw, scores))
    return pl.concat(neighbours), pl.concat(structure).sort("level", "code", "variable")


def _neighbour_rows(level: str, codes: pl.Series, near: Nearest) -> pl.DataFrame:
    rows, ranks = np.nonzero(near.position >= 0)
    return pl.DataFrame(
        {
            "level": pl.repeat(level, len(rows), eager=True, dtype=pl.String),
            "code": codes.gather(rows),
            "rank": ranks.astype(np.int64) + 1,
            "neighbour": codes.gather(near.position[rows, ranks]),
            "distance": near.distance[rows, ranks],
            "shared": near.shared[rows, ranks],
        },
        schema=NEIGHBOURS,
    )


def _structure_rows(level: str, codes: pl.Series, names: list[str], raw: Floats, scores: Floats) -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame({"code": codes, "value": raw[:, place], "standardised": scores[:, place]}).select(
            pl.lit(level).alias("level"),
            "code",
            pl.lit(name).alias("variable"),
            pl.col("value").fill_nan(None),
            pl.col("standardised").fill_nan(None),
        )
        for place, name in enumerate(names)
    )


# Distributions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """How values spread over territories, each counted once: how many are known, and five quantiles with the ends."""

    known: int
    minimum: float
    d1: float
    q1: float
    median: float
    q3: float
    d9: float
    maximum: float


def spread(values: Floats) -> Spread | None:
    """The spread of the known ``values`` (linear quantiles), None where none is known."""
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    cuts = np.quantile(np.sort(known), [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    return Spread(int(known.size), *(float(cut) for cut in cuts))


def spreads(values: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The :class:`Spread` of each group of ``values`` (columns ``by``, and value without nulls), a row each."""
    groups = values.group_by(by).agg(known=pl.len().cast(pl.Int64), sorted=pl.col("value").sort())
    # One sort a group, and every quantile read from it: Polars would sort again for each.
    together, known = groups["sorted"].explode().to_numpy(), groups["known"].to_numpy()
    first = np.cumsum(known) - known
    cuts = {"minimum": 0.0, "d1": 0.1, "q1": 0.25, "median": 0.5, "q3": 0.75, "d9": 0.9, "maximum": 1.0}
    quantiles = {name: _quantile(together, first, known, share) for name, share in cuts.items()}
    return groups.drop("sorted").with_columns(**{name: pl.Series(found) for name, found in quantiles.items()})


def _quantile(together: Floats, first: Ints, known: Ints, share: float) -> Floats:
    """The linear quantile of each run of sorted values that begins at ``first`` and has ``known`` of them."""
    place = share * (known - 1)
    low = np.floor(place).astype(np.int64)
    below, above = together[first + low], together[first + np.minimum(low + 1, known - 1)]
    found: Floats = below + (above - below) * (place - low)
    return found
