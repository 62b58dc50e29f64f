"""Workers: tiles handed out to processes of this machine, or to a Dask scheduler that has its own machines.

Dask is optional (``pip install vigie[scale]``). A task goes with its data, which the scheduler keeps until the answer
is here: when a worker dies, its tiles are done again elsewhere. Few tasks are under way at once, so that neither the
scheduler nor this process ever holds the whole ground in pieces.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from vigie.access.spread import Each, one_by_one
from vigie.errors import InputError, StorageError

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2  # tasks for each thread: one under way, one at hand
_FAILURES = 20  # workers that may die with the same task before it is taken for the cause
_PATIENCE = "20s"  # to find the scheduler


@contextmanager
def workers(count: int = 0, scheduler: str = "") -> Iterator[Each]:
    """An :data:`Each` on ``count`` processes of this machine, or on those of ``scheduler`` (``tcp://host:8786``).

    Neither: one after the other, here. Raises InputError for both, and where Dask is not installed; StorageError where
    the scheduler does not answer.
    """
    if count and scheduler:
        raise InputError("--workers ou --scheduler, pas les deux.", "--workers or --scheduler, not both.")
    if not (count or scheduler):
        yield one_by_one
        return
    with ExitStack() as stack:
        client = stack.enter_context(_client(count, scheduler, stack))

        def each(work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[int, R]]:
            return _each(client, work, tasks)

        yield each


def _client(count: int, scheduler: str, stack: ExitStack) -> Client:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise InputError(
            "Dask n'est pas installé\u202f: le calcul réparti en a besoin.",
            "Dask is not installed: spreading the work needs it.",
            remedy_fr="Installez-le (pip install vigie[scale]), ou lancez sans --workers ni --scheduler.",
            remedy_en="Install it (pip install vigie[scale]), or run without --workers and --scheduler.",
        ) from None
    if scheduler:
        try:
            return Client(scheduler, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as fault:
            raise StorageError(
                f"l'ordonnanceur {scheduler} ne répond pas.",
                f"the scheduler {scheduler} does not answer.",
                remedy_fr="Vérifiez l'adresse (tcp://hôte:8786), et que dask scheduler y tourne.",
                remedy_en="Check the address (tcp://host:8786), and that dask scheduler runs there.",
            ) from fault
    stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": _FAILURES}))
    # Each process has its share of the processors: the loops that Numba compiles run on as many threads.
    own = str(max(1, (os.cpu_count() or 1) // count))
    cluster = LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
        env={"NUMBA_NUM_THREADS": own, "POLARS_MAX_THREADS": own},
    )
    return Client(stack.enter_context(cluster), set_as_default=False)


def _each(client: Client, work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[int, R]]:
    from distributed import as_completed

    waiting, numbers = iter(enumerate(tasks)), {}

    def sent(number: int, task: T) -> object:
        with warnings.catch_warnings():
            # Dask would rather have large data scattered: scattered to a worker that dies, they would be lost.
            warnings.filterwarnings("ignore", "Sending large graph")
            future = client.submit(work, task, pure=False)
        numbers[future.key] = number
        return future

    room = _AHEAD * max(1, sum(client.nthreads().values()))
    under_way = as_completed([sent(*one) for one in islice(waiting, room)], loop=client.loop)
    for future in under_way:
        yield numbers.pop(future.key), future.result()
        future.release()
        following = next(waiting, None)
        if following is not None:
            under_way.add(sent(*following))
