"""Processes that share a work: Ctrl-C reaches the one that leads alone, which ends the others."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.pool import Pool
from typing import Any

_QUIET = "ignore::UserWarning:multiprocessing.resource_tracker"


@contextmanager
def processes(jobs: int, begin: Callable[..., None], given: tuple[Any, ...]) -> Iterator[Pool]:
    """``jobs`` processes, each of which has called ``begin`` with ``given``; ended with the block.

    They are made with Ctrl-C put off, and leave it so: one that it ended while it held the queue of tasks would leave
    the others, and the one that leads, waiting for ever.
    """
    sys.warnoptions.append(_QUIET)  # it would tell of what Ctrl-C leaves it to remove, in English, after our last word
    try:
        resource_tracker.ensure_running()  # it would let Ctrl-C through as it starts
    finally:
        sys.warnoptions.remove(_QUIET)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with get_context("spawn").Pool(jobs, begin, given) as pool:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            yield pool
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
