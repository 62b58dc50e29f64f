"""What a request may take of the machine: seconds of one query, large files made at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

LONGEST = 15.0  # seconds of one query
AT_ONCE = int(os.environ.get("VIGIE_AT_ONCE", "64"))
"""Requests that an answer is made for at once: the next one that is not kept is refused with 503 and Retry-After."""
THREADS = 24
"""Threads that make answers: more only pass the interpreter around. Fewer wait in all :class:`Turns` together."""


class TooLongError(Exception):
    """A query took more than :data:`LONGEST` or too much memory, or too many files are being made."""


@contextmanager
def limited(cursor: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The cursor, interrupted after :data:`LONGEST`. Raises TooLongError then, and where memory runs out."""
    import duckdb

    timer = threading.Timer(LONGEST, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield cursor
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise TooLongError from None
    finally:
        timer.cancel()


class Turns:
    """Turns at heavy work of one kind: so many at once, so many waiting, and the next one is refused.

    Those that wait hold a thread each: without an end to their number they would take all that readers have.
    """

    def __init__(self, at_once: int, waiting: int, patience: float) -> None:
        """``patience`` is the seconds for which one waits for a turn."""
        self.places = at_once + waiting
        self._patience = patience
        self._turns = threading.BoundedSemaphore(at_once)
        self._left = threading.BoundedSemaphore(self.places)

    @contextmanager
    def take(self) -> Iterator[None]:
        """A turn, for the block. Raises TooLongError where too many wait, and when none comes."""
        if not self._left.acquire(blocking=False):
            raise TooLongError
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise TooLongError
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._left.release()


FILES = Turns(at_once=2, waiting=2, patience=30.0)
"""Files that cannot be written as they are made."""
