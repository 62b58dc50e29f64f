"""The edition being served, followed without restart.

A new edition is read aside while the one before it goes on answering, then takes its place; the old one ends its
requests before it closes. One that cannot be read is told of and left alone: what was served stays.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.editions.observatory import Observatory
from vigie.editions.store import current_folder
from vigie.site.room import Room

_END = 20.0  # seconds, at the end of the process, for a thread to end


class Shelf:
    """Lends the current edition of a home to each request."""

    def __init__(self, home: Path) -> None:
        """``home`` may have no edition yet: each loan looks again."""
        self.closed = False
        self._home = home
        self._lock = threading.Lock()
        self._room: Room | None = None
        self._loans: dict[int, int] = {}
        self._next: Path | None = None  # the edition being read aside, or that could not be read
        self._taker: threading.Thread | None = None  # one at a time: two editions open are enough
        self._prepare: Callable[[Room, Room], None] = lambda _, new: new.warm()

    def before_lending(self, prepare: Callable[[Room, Room], None]) -> None:
        """Have ``prepare`` called with the room lent until now and the new one, read aside, before that is lent."""
        self._prepare = prepare

    @property
    def open(self) -> bool:
        """Whether an edition is open: lending it takes no time, since a newer one is read aside."""
        return self._room is not None

    @contextmanager
    def lend(self) -> Iterator[Room]:
        """The room of the current edition, kept open until the block ends. Raises StorageError where there is none."""
        room = self._borrow()
        try:
            yield room
        finally:
            self._return(room)

    def close(self) -> None:
        """Close the open edition, at the end of the process, and wait for the thread that reads a new one."""
        self.closed = True
        if self._taker is not None:  # ended by the process in the middle of a query, DuckDB would end the process
            self._taker.join(_END)
        with self._lock:
            room, self._room = self._room, None
            if room is not None and not self._loans.get(id(room)):
                room.close()

    def _borrow(self) -> Room:
        folder = current_folder(self._home)
        with self._lock:
            if self._room is None:
                self._room = Room(Observatory(folder))
            elif folder not in (self._room.observatory.folder, self._next) and self._taker is None:
                self._next = folder
                self._taker = threading.Thread(target=self._take_up, args=[folder, self._room], daemon=True)
                self._taker.start()
            room = self._room
            self._loans[id(room)] = self._loans.get(id(room), 0) + 1
            return room

    def _take_up(self, folder: Path, old: Room) -> None:
        """Read an edition aside, then lend it instead of ``old``, which stays open until then."""
        try:
            room = Room(Observatory(folder))
            self._prepare(old, room)
        except Exception as fault:
            logging.getLogger("vigie.site").error("the edition %s is not taken up: %s", folder.name, fault)
            return
        finally:
            self._taker = None
        with self._lock:
            self._room, self._next = room, None
            if not self._loans.get(id(old)):
                old.close()

    def _return(self, room: Room) -> None:
        with self._lock:
            left = self._loans.pop(id(room)) - 1
            if left:
                self._loans[id(room)] = left
            elif room is not self._room:
                room.close()
