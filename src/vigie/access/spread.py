"""How work on tiles is handed out: here one after the other, or by whatever engine answers to the same call.

Rooms that compute know of no engine: they are given an :data:`Each`. That of Dask is in ``vigie.editions.workers``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Each(Protocol):
    """Does ``work`` on every task; yields the number of each and what came of it, in whatever order they end.

    Tasks are taken as they are wanted, not all at once: a country may not fit in memory.
    """

    def __call__(self, work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[int, R]]:
        """Hand the tasks out."""
        ...


def one_by_one(work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[int, R]]:
    """In this process, in their order."""
    for number, task in enumerate(tasks):
        yield number, work(task)
