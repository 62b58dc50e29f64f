"""Sitings written as their definitions read, by trying every set of sites: what the fast ones are compared with.

For a handful of sites: the number of sets doubles with each.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

Matrix = Sequence[Sequence[float]]


def best_worth(values: Matrix, count: int) -> float:
    """The largest Σ_i max_{j ∈ S} ``values[i][j]`` over the sets S of at most ``count`` sites."""
    sites = range(len(values[0])) if values else range(0)
    size = min(count, len(sites))
    return max(
        (
            sum(max((row[site] for site in chosen), default=0.0) for row in values)
            for chosen in combinations(sites, size)
        ),
        default=0.0,
    )


def fewest(values: Matrix) -> int | None:
    """The fewest sites such that every row has one of a value above 0; None where no set does."""
    sites = range(len(values[0])) if values else range(0)
    for size in range(len(sites) + 1):
        for chosen in combinations(sites, size):
            if all(any(row[site] > 0 for site in chosen) for row in values):
                return size
    return None


def best_served(people: Sequence[int], near: Matrix, room: int, count: int) -> int:
    """The most people that ``count`` sites of that ``room`` serve: by Hall's condition, min over sets of sites.

    A set S of open sites serves min over T ⊆ S of (room × |T| + people whose sites of S are all out of T).
    """
    sites = range(len(near[0]))
    best = 0
    for chosen in combinations(sites, min(count, len(sites))):
        served = min(
            room * len(full)
            + sum(
                number
                for number, row in zip(people, near, strict=True)
                if any(row[site] > 0 for site in chosen if site not in full)
            )
            for size in range(len(chosen) + 1)
            for full in combinations(chosen, size)
        )
        best = max(best, served)
    return best


def best_above(share: Matrix, people: Sequence[float], room: int, count: int) -> float:
    """The most ``people`` of rows that posts bring to 1: ``share[i][j]`` each, ``room`` a site, ``count`` in all."""
    sites = len(share[0])
    return max(
        sum(
            number
            for number, row in zip(people, share, strict=True)
            if sum(part * posts for part, posts in zip(row, plan, strict=True)) >= 1.0 - 1e-9
        )
        for plan in product(range(room + 1), repeat=sites)
        if sum(plan) <= count
    )
