"""The postal codes of a home: one file beside its editions, read again when it changes; no build waits for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from vigie.editions.store import storage_errors
from vigie.errors import InputError
from vigie.sources.postal import read_postal

FILE = "postal-codes.csv"
Codes = Mapping[str, tuple[str, ...]]
_read: dict[Path, tuple[tuple[int, int], Codes]] = {}
_lock = threading.Lock()


def bring(home: Path, file: Path) -> Codes:
    """Put a file of postal codes into a home, in the place of the former. Raises InputError for one that is wrong."""
    with storage_errors(file):
        content = file.read_bytes()
    codes = read_postal(content, file.name)
    target = home / FILE
    with storage_errors(target):
        home.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".tmp")
        aside.write_bytes(content)
        aside.replace(target)
    return codes


def postal_codes(home: Path) -> Codes | None:
    """The communes of each postal code; None where no file was brought, or one put there by hand is wrong."""
    file = home / FILE
    try:
        stat = file.stat()
        mark = (stat.st_mtime_ns, stat.st_size)
        with _lock:
            if file not in _read or _read[file][0] != mark:
                _read[file] = (mark, read_postal(file.read_bytes(), file.name))
            return _read[file][1]
    except (OSError, InputError):
        return None
