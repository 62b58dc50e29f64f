"""The edition being served, followed without restart.

A new edition is read aside while the one before it goes on answering, then takes its place; the old one ends its
requests before it closes. One that cannot be read is told of and left alone: what was served stays.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.editions.observatory import Observatory
from vigie.editions.store import current_folder
from vigie.errors import StorageError
from vigie.site.room import Room


class Shelf:
    """Lends the current edition of a home to each request."""

    def __init__(self, home: Path) -> None:
        """``home`` may have no edition yet: each loan looks again."""
        self._home = home
        self._lock = threading.Lock()
        self._room: Room | None = None
        self._loans: dict[int, int] = {}
        self._next: Path | None = None  # the edition being read aside, or that could not be read

    def fresh(self) -> bool:
        """Whether the edition already open is the one that the link names, which costs one look at the link."""
        room = self._room
        try:
            return room is not None and room.observatory.folder == current_folder(self._home)
        except StorageError:
            return False

    @contextmanager
    def lend(self) -> Iterator[Room]:
        """The room of the current edition, kept open until the block ends. Raises StorageError where there is none."""
        room = self._borrow()
        try:
            yield room
        finally:
            self._return(room)

    def close(self) -> None:
        """Close the open edition, at the end of the process."""
        with self._lock:
            room, self._room = self._room, None
            if room is not None and not self._loans.get(id(room)):
                room.close()

    def _borrow(self) -> Room:
        folder = current_folder(self._home)
        with self._lock:
            if self._room is None:
                self._room = Room(Observatory(folder))
            elif folder not in (self._room.observatory.folder, self._next):
                self._next = folder
                threading.Thread(target=self._take_up, args=[folder], daemon=True).start()
            room = self._room
            self._loans[id(room)] = self._loans.get(id(room), 0) + 1
            return room

    def _take_up(self, folder: Path) -> None:
        """Read an edition aside, then lend it instead of the one before."""
        try:
            room = Room(Observatory(folder))
            room.warm()
        except Exception as fault:
            logging.getLogger("vigie.site").error("the edition %s is not taken up: %s", folder.name, fault)
            return
        with self._lock:
            old, self._room, self._next = self._room, room, None
            if old is not None and not self._loans.get(id(old)):
                old.close()

    def _return(self, room: Room) -> None:
        with self._lock:
            left = self._loans.pop(id(room)) - 1
            if left:
                self._loans[id(room)] = left
            elif room is not self._room:
                room.close()
