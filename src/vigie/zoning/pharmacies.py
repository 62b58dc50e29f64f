"""Pharmacies: the quota of a commune, what losing the last one means, and communes that the law may take together.

Quota (L. 5125-4 of the code de la santé publique): none below the first threshold T, one at T, one more for each full
S inhabitants beyond, n = 1 + floor((P − T) / S); T and S by département, from ``pharmacies.toml``.

Fragile territories (L. 5125-6-1): contiguous communes without a pharmacy, one of at least 2,000 inhabitants (the
``anchor``), that together reach T. Around each anchor all the groups of the **fewest** communes are found, none left
out: a group with one commune less would not reach T, whichever commune it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.access.travel import TravelTimes
from vigie.indicators.definition import Words
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Graph = Mapping[str, Sequence[str]]
"""The communes that each commune touches, by code, sorted."""

FILE = Path(__file__).with_name("pharmacies.toml")
SITUATIONS = ("room", "full", "over", "below_with", "below_without", "unknown")
"""Under the quota; at it; above it; no pharmacy allowed by the quota but one there; none of either; not known."""

_REFUSED = Text("règle des pharmacies refusée", "rule of pharmacies refused")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Words):
    """Where a number comes from: a text, or Vigie."""

    status: Literal["official", "ours"]


class Regime(_Strict):
    """The quota of some départements; without any, of all the others."""

    departements: tuple[str, ...]
    first: int = Field(ge=1)
    further: int = Field(ge=1)
    source: Source


class Reopening(_Strict):
    """How many people a last pharmacy must have served for another to replace it."""

    served: int = Field(ge=1)
    source: Source


class Assumption(Words):
    """What the text leaves open and Vigie decided."""

    id: str


class Grouping(_Strict):
    """When contiguous communes count together."""

    anchor: int = Field(ge=1)
    source: Source
    assumptions: tuple[Assumption, ...]


class Travel(_Strict):
    """Thresholds and limit in minutes, speed in km/h."""

    thresholds: tuple[float, ...] = Field(min_length=1)
    limit: float = Field(gt=0)
    speed: float = Field(gt=0)
    source: Source

    @model_validator(mode="after")
    def _within_limit(self) -> Travel:
        if list(self.thresholds) != sorted(set(self.thresholds)) or self.thresholds[-1] > self.limit:
            raise RefusedError(
                "les seuils montent, jusqu'à la limite au plus", "thresholds rise, up to the limit at most"
            )
        return self


class Rule(_Strict):
    """The whole rule."""

    id: str
    title: Words
    status: Literal["in_force", "past", "proposed", "ours"]
    since: str
    regimes: tuple[Regime, ...]
    reopening: Reopening
    grouping: Grouping
    travel: Travel

    @model_validator(mode="after")
    def _one_regime_each(self) -> Rule:
        named = [code for one in self.regimes for code in one.departements]
        if len(named) != len(set(named)):
            raise RefusedError("un département a un seul régime", "a département has one regime")
        if sum(not one.departements for one in self.regimes) != 1:
            raise RefusedError(
                "un régime et un seul ne nomme pas de département : celui de tous les autres",
                "one regime, and only one, names no département: that of all the others",
            )
        return self

    def regime(self, departement: str) -> Regime:
        """The regime of a département."""
        own = [one for one in self.regimes if departement in one.departements]
        return own[0] if own else next(one for one in self.regimes if not one.departements)


def read_rule(path: Path = FILE) -> Rule:
    """The rule of a ``.toml`` file. Raises InputError naming the file and the key that is not as it must be."""
    return validated(Rule, toml_file(path), _REFUSED, "docs/methods-pharmacies.md", path)


@cache
def rule() -> Rule:
    """The rule that ships with Vigie."""
    return read_rule()


# Quota ----------------------------------------------------------------------------------------------------------------


def quota(population: int, regime: Regime) -> int:
    """How many pharmacies ``population`` inhabitants allow: 0 below the first threshold, then 1 + full slices."""
    return 0 if population < regime.first else 1 + (population - regime.first) // regime.further


def missing_to_next(population: int, regime: Regime) -> int:
    """How many inhabitants more would allow one pharmacy more; at least 1."""
    return regime.first + quota(population, regime) * regime.further - population


def situation(population: int | None, present: int | None, regime: Regime) -> str:
    """One of ``SITUATIONS``."""
    if population is None or present is None:
        return "unknown"
    allowed = quota(population, regime)
    if allowed == 0:
        return "below_with" if present else "below_without"
    return "room" if present < allowed else "full" if present == allowed else "over"


# What closing the pharmacies of one commune does ----------------------------------------------------------------------


@dataclass(frozen=True)
class Closing:
    """What the closing of each site does: made by :func:`closing`.

    ``without`` (sites × thresholds): people whose nearest site is within the threshold and would no longer be.
    ``served`` (sites): people of whom it is the nearest site (of several as near, the place's own, else the first).
    ``next_site`` and ``next_minutes`` (places): the nearest site that is not the place itself, −1 and infinity where
    none is in reach.
    """

    without: Floats
    served: Floats
    next_site: Integers
    next_minutes: Floats


def closing(travel: TravelTimes, population: Floats, thresholds: Sequence[float]) -> Closing:
    """What each site's closing does, with ``population`` per place; a threshold is met at its own value.

    Only the places whose nearest site closes lose minutes, and they lose those up to their second nearest: one pass
    over the pairs says it for every site. A place that two sites serve in the same minutes loses nothing.
    """
    nearest, first, second_site, second = _two_nearest(travel)
    served = np.zeros(travel.sites.size)
    without = np.zeros((travel.sites.size, len(thresholds)))
    known = nearest >= 0
    np.add.at(served, nearest[known], population[known])
    for column, threshold in enumerate(thresholds):
        lost = known & (first <= threshold) & (second > threshold)
        np.add.at(without[:, column], nearest[lost], population[lost])
    own = np.zeros(travel.places.size, dtype=bool)
    own[known] = travel.sites[nearest[known]] == travel.places[known]
    return Closing(without, served, np.where(own, second_site, nearest), np.where(own, second, first))


def _two_nearest(travel: TravelTimes) -> tuple[Integers, Floats, Integers, Floats]:
    """Per place: its nearest site and its minutes, the second nearest and its minutes; −1 and infinity for none."""
    site, minutes, pair = _nearest(travel, travel.minutes)
    others = travel.minutes.copy()
    others[pair] = np.inf
    second, further, _ = _nearest(travel, others)
    return site, minutes, second, further


def _nearest(travel: TravelTimes, minutes: Floats) -> tuple[Integers, Floats, Integers]:
    """Per place the site of the fewest ``minutes`` (one a pair; its own among equals) and these; their pairs."""
    size, served = travel.places.size, np.flatnonzero(np.diff(travel.indptr))
    site, least = np.full(size, -1, dtype=np.int64), np.full(size, np.inf)
    if served.size:
        least[served] = np.minimum.reduceat(minutes, travel.indptr[served])
    rows = travel.rows
    pairs = np.flatnonzero((minutes == least[rows]) & np.isfinite(minutes))
    own = travel.sites[travel.indices[pairs]] == travel.places[rows[pairs]]
    pairs = pairs[np.lexsort((~own, rows[pairs]))]
    pairs = pairs[np.unique(rows[pairs], return_index=True)[1]]
    site[rows[pairs]] = travel.indices[pairs]
    return site, least, pairs


# Communes taken together ----------------------------------------------------------------------------------------------


def components(codes: Iterable[str], graph: Graph) -> dict[str, tuple[str, ...]]:
    """For each of ``codes``, all those that join it through ``graph`` (which holds only these), sorted, itself too."""
    found: dict[str, tuple[str, ...]] = {}
    for start in codes:
        if start in found:
            continue
        seen, waiting = {start}, [start]
        while waiting:
            new = [code for code in graph.get(waiting.pop(), ()) if code not in seen]
            seen.update(new)
            waiting += new
        whole = tuple(sorted(seen))
        found |= dict.fromkeys(whole, whole)
    return found


def fewest(anchor: str, people: Mapping[str, int], graph: Graph, threshold: int) -> list[tuple[str, ...]]:
    """All the groups of the fewest communes that hold ``anchor``, are connected and reach ``threshold`` inhabitants.

    ``people`` are the inhabitants of the communes without a pharmacy, by code, and ``graph`` holds only these. Each
    group has the anchor first, then its other communes by code; the most populous group is first (then by codes). There
    is none where all the communes that join the anchor do not reach the threshold, and an anchor that reaches it alone
    is a group by itself.
    """
    if not _enough(anchor, people, graph, threshold):
        return []
    for more in range(len(people)):
        groups = [(anchor, *sorted(one)) for one in _reaching(anchor, people, graph, threshold, more)]
        if groups:
            return sorted(groups, key=lambda group: (-sum(people[code] for code in group), group))
    raise AssertionError("the whole component reaches the threshold")


def _enough(anchor: str, people: Mapping[str, int], graph: Graph, threshold: int) -> bool:
    """Whether the communes that join the anchor reach the threshold; looks no further than it has to."""
    seen, waiting, total = {anchor}, [anchor], 0
    while waiting and total < threshold:
        code = waiting.pop()
        total += people[code]
        new = [one for one in graph.get(code, ()) if one not in seen]
        seen.update(new)
        waiting += new
    return total >= threshold


def _reaching(
    anchor: str, people: Mapping[str, int], graph: Graph, threshold: int, more: int
) -> Iterator[tuple[str, ...]]:
    """The sets of ``more`` communes that are connected with ``anchor`` and reach the threshold with it, once each.

    Each step takes a commune at the border of the set or rules it out for good, and stops where the most populous
    communes within ``more`` borders of the anchor would not be enough.
    """
    near = _within(anchor, graph, more)
    largest = sorted((people[code] for code in near if code != anchor), reverse=True)
    best = [0, *np.cumsum(largest[:more]).tolist()]
    best += best[-1:] * (more + 1 - len(best))

    def grow(
        chosen: tuple[str, ...], total: int, border: tuple[str, ...], seen: frozenset[str]
    ) -> Iterator[tuple[str, ...]]:
        left = more - len(chosen)
        if left == 0:
            if total >= threshold:
                yield chosen
            return
        if total + best[left] < threshold:
            return
        for position, code in enumerate(border):
            new = tuple(one for one in graph.get(code, ()) if one not in seen and one in near)
            # Those before this one in the border are ruled out: sets with them were found already.
            wider = (*border[position + 1 :], *new)
            yield from grow((*chosen, code), total + people[code], wider, seen.union(new))

    first = tuple(graph.get(anchor, ()))
    return grow((), people[anchor], first, frozenset([anchor, *first]))


def _within(anchor: str, graph: Graph, steps: int) -> set[str]:
    near = last = {anchor}
    for _ in range(steps):
        last = {one for code in last for one in graph.get(code, ())} - near
        near = near | last
    return near
