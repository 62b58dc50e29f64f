"""Steps of a build, kept on disk by the checksum of what they depend on, and made again only when that changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import polars as pl

from vigie.editions.store import storage_errors

Tables = dict[str, pl.DataFrame]

PACKAGE = Path(__file__).parents[1]
KEPT = 24  # the steps used last, those of two or three editions; older ones are removed
_SUMS = "sums.json"


@dataclass(frozen=True)
class Step:
    """The files of a step's tables, by the table's name; a table is read when asked for: together they are large."""

    files: dict[str, Path]

    def table(self, name: str) -> pl.DataFrame:
        """The table of this name, read anew."""
        return pl.read_parquet(self.files[name])

    def tables(self) -> Tables:
        """Every table of the step, read anew."""
        return {name: self.table(name) for name in self.files}


def step_name(name: str, code: Iterable[str], key: Sequence[str]) -> str:
    """The name that a step is kept under: it changes with ``key`` (what it is made from) and with ``code``.

    ``code`` are rooms or files of the package. The libraries that write and simplify count as code.
    """
    parts = [fingerprint(PACKAGE, code), version("polars"), version("shapely"), *key]
    return f"{name}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}"


def kept(steps: Path, name: str, make: Callable[[], Tables], shipped: Path | None = None) -> Step:
    """The step called ``name`` (see :func:`step_name`), its tables made where neither folder has them whole.

    ``shipped`` is a folder of steps that come with the package. A kept file that is not as it was written is made
    again. Raises StorageError for a disk that is full or closed.
    """
    folder = steps / name
    with storage_errors(steps):
        found = next((one for one in (folder, *([shipped / name] if shipped else [])) if _whole(one)), None)
        if found is None:
            shutil.rmtree(folder, ignore_errors=True)
            _write(folder, make())
            _prune(steps)
        elif found == folder:
            folder.touch()
        # Given as files: a table fresh from its making holds twice the memory, in a thousand pieces.
        return Step({path.stem: path for path in sorted((found or folder).glob("*.parquet"))})


def _whole(folder: Path) -> bool:
    try:
        sums: dict[str, str] = json.loads((folder / _SUMS).read_text(encoding="utf-8"))
        return all(checksum(folder / name) == value for name, value in sums.items())
    except (OSError, ValueError):
        return False


def _write(folder: Path, tables: Tables) -> None:
    aside = folder.with_name(f".{folder.name}")
    for left in folder.parent.glob(".*"):  # of steps whose making was killed
        shutil.rmtree(left, ignore_errors=True)
    aside.mkdir(parents=True)
    for name, table in tables.items():
        write_table(table, aside / f"{name}.parquet")
    sums = {path.name: checksum(path) for path in sorted(aside.glob("*.parquet"))}
    (aside / _SUMS).write_text(json.dumps(sums), encoding="utf-8")
    aside.rename(folder)


def _prune(steps: Path) -> None:
    known = sorted(steps.glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in known[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def write_table(table: pl.DataFrame, path: Path) -> None:
    """A table as Parquet: the same table gives the same bytes."""
    table.write_parquet(path, compression="zstd", row_group_size=100_000)


def place(file: Path, target: Path) -> None:
    """Put a kept file into an edition: linked where the disk allows, copied otherwise. Neither is ever changed."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def checksum(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sealed(path: Path) -> dict[str, object]:
    """What a manifest says of a file: its SHA-256 and its size in bytes."""
    return {"sha256": checksum(path), "bytes": path.stat().st_size}


def fingerprint(folder: Path, rooms: Iterable[str]) -> str:
    """A checksum of the code and definitions of some rooms or files: a step is made again when they change."""
    digest = hashlib.sha256()
    for room in sorted(rooms):
        place = folder / room
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in (".py", ".toml", ".csv") and path.is_file():
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
