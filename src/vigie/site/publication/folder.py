"""The folder of a copy: written where something changed, by checksum; taken up again where it was interrupted.

``.vigie/state.jsonl`` says what was written: each line the key of a publication (edition, code, options) and, for some
files, the checksum of their content without the names of the edition, and their size. Lines are only added, so that a
publication killed at any point loses a few files at most; the end of a publication writes it anew.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vigie.errors import StorageError

OURS = ".vigie"
_STATE = "state.jsonl"


@dataclass(frozen=True)
class Kept:
    """A file of the copy: its checksum without the edition's names, its bytes, and the publication that made it."""

    sum: str
    size: int
    key: str


Files = dict[str, Kept]


@contextmanager
def opened(folder: Path) -> Iterator[Files]:
    """Hold the folder for the time of a publication; yields what earlier ones wrote there.

    Raises StorageError for a folder that holds something else, that cannot be written, or that another one holds.
    """
    with told(folder):
        if folder.exists() and not (folder / OURS).is_dir() and (not folder.is_dir() or any(folder.iterdir())):
            raise StorageError(
                f"{folder} n'est pas une publication de Vigie, et n'est pas vide : rien n'y a été écrit.",
                f"{folder} is not a publication of Vigie, and is not empty: nothing was written there.",
                remedy_fr="Donnez un dossier neuf, vide, ou celui d'une publication précédente.",
                remedy_en="Give a new folder, an empty one, or that of an earlier publication.",
            )
        (folder / OURS).mkdir(parents=True, exist_ok=True)
        handle = (folder / OURS / "lock").open("w")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(
                f"une autre publication est en cours dans {folder}.",
                f"another publication is under way in {folder}.",
                remedy_fr="Attendez qu'elle finisse, ou donnez un autre dossier.",
                remedy_en="Wait for it to finish, or give another folder.",
            ) from None
        for left in (folder / OURS).glob("tmp-*"):
            left.unlink(missing_ok=True)
        yield _read(folder / OURS / _STATE)


def _read(path: Path) -> Files:
    files: Files = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return files
    for line in lines:
        try:
            told = json.loads(line)
            files |= {name: Kept(sum_, size, told["key"]) for name, (sum_, size) in told["files"].items()}
        except (ValueError, KeyError, TypeError):
            continue  # the last line of a publication that was killed
    return files


def note(folder: Path, files: Mapping[str, Kept]) -> None:
    """Add files to the state."""
    with told(folder), (folder / OURS / _STATE).open("a", encoding="utf-8") as state:
        state.write("\n" + _line(files))


def finish(folder: Path, before: Files, now: Files) -> int:
    """Remove what earlier publications wrote and this one did not, and write the state anew; returns how many."""
    gone = before.keys() - now.keys()
    with told(folder):
        for name in gone:
            (folder / name).unlink(missing_ok=True)
        for place in sorted({(folder / name).parent for name in gone}, reverse=True):
            if place != folder and place.is_dir() and not any(place.iterdir()):
                place.rmdir()
        aside = folder / OURS / "tmp-state"
        end = json.dumps({"key": "", "files": {}, "finished": next(iter(now.values())).key})
        aside.write_text(f"{_line(now)}\n{end}", encoding="utf-8")
        aside.replace(folder / OURS / _STATE)
    return len(gone)


def _line(files: Mapping[str, Kept]) -> str:
    keys = {one.key for one in files.values()}
    return "\n".join(
        json.dumps({"key": key, "files": {name: (one.sum, one.size) for name, one in files.items() if one.key == key}})
        for key in sorted(keys)
    )


def finished(folder: Path, before: Files, key: str) -> bool:
    """Whether the last publication was this same one, whole, and its files are still there."""
    if not before:
        return False
    last = (folder / OURS / _STATE).read_text(encoding="utf-8").rpartition("\n")[2]
    try:
        whole = json.loads(last).get("finished") == key
    except ValueError:  # the end of a publication that was killed
        return False
    return whole and fresh(folder, before, before, key)


def fresh(folder: Path, names: Iterable[str], before: Files, key: str) -> bool:
    """Whether this same publication has written all these files already, and they are still there."""
    return all(
        (kept := before.get(name)) is not None and kept.key == key and _size(folder / name) == kept.size
        for name in names
    )


def written(folder: Path, name: str, body: bytes, before: Kept | None, key: str, masks: Iterable[bytes]) -> Kept:
    """Write a file where its content is not that of ``before``, the names of the edition apart."""
    sum_ = checksum(body, masks)
    path = folder / name
    if before is not None and before.sum == sum_ and _size(path) == before.size:
        return Kept(sum_, before.size, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = folder / OURS / f"tmp-{os.getpid()}"
    aside.write_bytes(body)
    aside.replace(path)
    return Kept(sum_, len(body), key)


def checksum(body: bytes, masks: Iterable[bytes]) -> str:
    """A checksum of a content without the names of its edition."""
    for mask in masks:
        body = body.replace(mask, b"")
    return hashlib.sha256(body).hexdigest()[:24]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the system says of the folder into a StorageError that says what to do."""
    try:
        yield
    except OSError as fault:
        raise fault_of(folder, fault.errno or 0, fault.strerror or str(fault)) from fault


def fault_of(folder: Path, number: int, text: str) -> StorageError:
    """The error of a disk that is full or closed."""
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError(
            f"le disque de {folder} est plein : la publication est incomplète.",
            f"the disk of {folder} is full: the publication is incomplete.",
            remedy_fr="Libérez de la place (la France entière en français prend environ 4 Go) et relancez : "
            "ce qui est écrit n'est pas refait.",
            remedy_en="Free some space (all of France in French takes about 4 GB) and run again: "
            "what is written is not made again.",
        )
    return StorageError(
        f"{folder} ne peut pas être écrit ({text}) : la publication est incomplète.",
        f"{folder} cannot be written ({text}): the publication is incomplete.",
        remedy_fr="Donnez-vous le droit d'y écrire, ou donnez un autre dossier.",
        remedy_en="Give yourself the right to write there, or give another folder.",
    )
