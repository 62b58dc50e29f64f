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
FILES_AT_ONCE = 2  # files that cannot be written as they are made
AT_ONCE = int(os.environ.get("VIGIE_AT_ONCE", "200"))
"""Requests answered at once; the next one is refused with 503 and Retry-After."""
_WAIT = 30.0  # seconds for the turn of such a file

_turns = threading.BoundedSemaphore(FILES_AT_ONCE)


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


@contextmanager
def turn() -> Iterator[None]:
    """One of the :data:`FILES_AT_ONCE` turns to make a large file. Raises TooLongError when none comes."""
    if not _turns.acquire(timeout=_WAIT):
        raise TooLongError
    try:
        yield
    finally:
        _turns.release()
