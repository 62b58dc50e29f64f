"""The duty rosters of a home: files beside its editions, read again when they change; no build waits for them."""

from __future__ import annotations

import threading
from pathlib import Path

from vigie.editions.store import storage_errors
from vigie.errors import InputError
from vigie.sources.roster import Duty, read_roster

FOLDER = "rosters"
_read: dict[Path, tuple[tuple[int, int], list[Duty]]] = {}
_lock = threading.Lock()


def bring(home: Path, file: Path) -> tuple[Path, list[Duty]]:
    """Put a roster into a home, in the place of one of the same name. Raises InputError for one that is wrong."""
    with storage_errors(file):
        content = file.read_bytes()
    duties = read_roster(content, file.name)
    target = home / FOLDER / f"{file.stem}.csv"
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".tmp")
        aside.write_bytes(content)
        aside.replace(target)
    return target, duties


def rosters(home: Path) -> dict[str, list[Duty]]:
    """The duties of each roster of a home by its name; a file that is wrong, put there by hand, is left out."""
    found = {}
    for file in sorted((home / FOLDER).glob("*.csv")):
        try:
            stat = file.stat()
            mark = (stat.st_mtime_ns, stat.st_size)
            with _lock:
                if _read.get(file, (None, []))[0] != mark:
                    _read[file] = (mark, read_roster(file.read_bytes(), file.name))
                found[file.stem] = _read[file][1]
        except (OSError, InputError):
            continue
    return found
