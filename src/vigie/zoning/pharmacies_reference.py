"""The reference: closings and groups of communes in plain Python, slow and easy to read, for tests to compare with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

Minutes = Mapping[tuple[str, str], float]
"""Minutes from (place, site), for the pairs within the limit."""


def left_without(minutes: Minutes, people: Mapping[str, float], site: str, threshold: float) -> float:
    """People within ``threshold`` of a site as things are, and of none once ``site`` has closed."""
    closed = {pair: time for pair, time in minutes.items() if pair[1] != site}
    return sum(
        number
        for place, number in people.items()
        if _least(minutes, place) <= threshold and _least(closed, place) > threshold
    )


def _least(minutes: Minutes, place: str) -> float:
    return min((time for (here, _), time in minutes.items() if here == place), default=math.inf)


def groups(
    anchor: str, people: Mapping[str, int], graph: Mapping[str, Sequence[str]], threshold: int
) -> set[frozenset[str]]:
    """All the groups of the fewest communes that hold ``anchor``, are connected and reach ``threshold``."""
    others = [code for code in people if code != anchor]
    for more in range(len(others) + 1):
        found = {
            frozenset([anchor, *chosen])
            for chosen in combinations(others, more)
            if sum(people[code] for code in (anchor, *chosen)) >= threshold and _connected({anchor, *chosen}, graph)
        }
        if found:
            return found
    return set()


def _connected(codes: set[str], graph: Mapping[str, Sequence[str]]) -> bool:
    seen = {min(codes)}
    while True:
        wider = seen | {other for code in seen for other in graph.get(code, ()) if other in codes}
        if wider == seen:
            return seen == codes
        seen = wider
