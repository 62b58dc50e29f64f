"""Where editions live on disk, and the few moves that change which one is served.

``home/editions/<id>/`` holds one complete, immutable edition; ``home/editions/current`` is a symbolic link to the one
served. A build writes into ``home/editions/.building-…`` and becomes an edition by one rename, then ``current`` by
another: a process killed between any two instructions leaves the served edition whole.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vigie.errors import StorageError, UnknownNameError

CURRENT = "current"
MANIFEST = "manifest.json"
MUST_SAY = frozenset({"edition", "built", "recipe", "tables", "database", "checks"})  # what a manifest has at least
_BUILDING = ".building-"


@dataclass(frozen=True)
class Edition:
    """One edition on disk: its id, its folder, its manifest, and whether it is the one served."""

    id: str
    folder: Path
    manifest: dict[str, Any]
    current: bool

    @property
    def built(self) -> datetime:
        """When it was built, UTC."""
        return datetime.fromisoformat(self.manifest["built"])


def default_home() -> Path:
    """``VIGIE_HOME`` where it is set, otherwise the user's data folder for Vigie."""
    named = os.environ.get("VIGIE_HOME")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("vigie", appauthor=False)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says of a disk or a folder into a StorageError that says what to do."""
    try:
        yield
    except OSError as fault:
        raise _storage_error(folder, fault) from fault
    except Exception as fault:
        told = _of_the_system(fault)
        if told is None:
            raise
        raise _storage_error(folder, told) from fault


def _of_the_system(fault: Exception) -> OSError | None:
    """The system's error in one of Polars or DuckDB, which write files themselves and tell it in words only."""
    if type(fault).__module__.partition(".")[0] not in ("polars", "duckdb", "_duckdb"):
        return None
    text, disk = (
        str(fault),
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
    )
    return next((OSError(number, os.strerror(number)) for number in disk if os.strerror(number) in text), None)


def _storage_error(folder: Path, fault: OSError) -> StorageError:
    place = fault.filename2 or fault.filename or folder
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            f"le disque de {place} est plein. L'édition servie n'a pas changé.",
            f"the disk of {place} is full. The edition being served has not changed.",
            remedy_fr="Libérez de la place (une édition en prend environ 200 Mo) et relancez.",
            remedy_en="Free some space (an edition takes about 200 MB) and run again.",
        )
    if fault.errno == errno.EFBIG:
        return StorageError(
            f"{place} serait plus gros que la taille de fichier permise. L'édition servie n'a pas changé.",
            f"{place} would be larger than the file size allowed. The edition being served has not changed.",
            remedy_fr="Relevez la limite (ulimit -f), ou choisissez un autre disque : VIGIE_HOME ou --home.",
            remedy_en="Raise the limit (ulimit -f), or choose another disk: VIGIE_HOME or --home.",
        )
    if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            f"{place} n'est pas accessible en écriture. L'édition servie n'a pas changé.",
            f"{place} cannot be written. The edition being served has not changed.",
            remedy_fr="Donnez-vous le droit d'y écrire, ou choisissez un autre dossier : VIGIE_HOME ou --home.",
            remedy_en="Give yourself the right to write there, or choose another folder: VIGIE_HOME or --home.",
        )
    return StorageError(
        f"{place} : {fault.strerror or fault}. L'édition servie n'a pas changé.",
        f"{place}: {fault.strerror or fault}. The edition being served has not changed.",
        remedy_fr="Vérifiez ce chemin, ou choisissez un autre dossier : VIGIE_HOME ou --home.",
        remedy_en="Check this path, or choose another folder: VIGIE_HOME or --home.",
    )


def editions_folder(home: Path) -> Path:
    """The folder of the editions of ``home``."""
    return home / "editions"


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Let one process at a time change the editions of ``home``. Raises StorageError when another is at it."""
    with storage_errors(home):
        editions_folder(home).mkdir(parents=True, exist_ok=True)
        handle = (home / ".lock").open("w")
    try:
        _refuse_copied_link(editions_folder(home) / CURRENT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(
                f"une autre construction est en cours dans {home}.",
                f"another build is under way in {home}.",
                remedy_fr="Attendez qu'elle finisse, ou employez un autre dossier (--home).",
                remedy_en="Wait for it to finish, or use another folder (--home).",
            ) from None
        yield
    finally:
        handle.close()


@contextmanager
def workspace(home: Path) -> Iterator[Path]:
    """A fresh folder to build in, gone at the end unless :func:`publish` has moved it. Call it under :func:`locked`.

    What a killed build left behind is cleared first: under the lock nobody else can be writing there.
    """
    folder = editions_folder(home)
    with storage_errors(folder):
        for left in folder.glob(f"{_BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)
        path = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
    try:
        with storage_errors(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def publish(home: Path, built: Path, edition: str) -> Path:
    """Make the built folder the edition ``edition`` and the one served; returns its place.

    The files are flushed to the disk before the rename, so that a power cut cannot leave a named, empty edition.
    """
    target = editions_folder(home) / edition
    with storage_errors(target):
        for path in sorted(built.rglob("*")):
            if path.is_file():
                _flush(path)
        built.chmod(0o755)
        _flush(built)
        built.rename(target)  # fails rather than replace an edition: they are immutable
        make_current(home, edition)
    return target


def _refuse_copied_link(link: Path) -> None:
    """Refuse a home copied without its links: its current edition is a second copy that no rename can replace."""
    if link.is_dir() and not link.is_symlink():
        raise StorageError(
            f"{link} est un dossier, un lien était attendu : ces éditions ont été copiées sans leurs liens.",
            f"{link} is a folder where a link was expected: these editions were copied without their links.",
            remedy_fr="Supprimez ce dossier, copie d'une des éditions à côté, puis : vigie build. "
            "Pour copier des éditions : cp -a, ou rsync -a.",
            remedy_en="Delete that folder, a copy of one of the editions beside it, then: vigie build. "
            "To copy editions: cp -a, or rsync -a.",
        )


def free_name(home: Path, edition: str) -> str:
    """``edition``, or with ``-2``, ``-3``… when that one exists already."""
    names = (edition if n == 1 else f"{edition}-{n}" for n in range(1, 10_000))
    return next(name for name in names if not (editions_folder(home) / name).exists())


def make_current(home: Path, edition: str) -> None:
    """Serve ``edition`` from now on: one atomic rename of a symbolic link. Call it under :func:`locked`."""
    folder = editions_folder(home)
    aside = folder / f".{CURRENT}-{os.getpid()}"
    for left in folder.glob(f".{CURRENT}-*"):  # by a process killed between the two moves
        left.unlink(missing_ok=True)
    aside.symlink_to(edition)
    aside.replace(folder / CURRENT)
    _flush(folder)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def current_folder(home: Path) -> Path:
    """The folder of the edition served, resolved. Raises StorageError when there is none yet."""
    link = editions_folder(home) / CURRENT
    try:
        return link.resolve(strict=True)
    except OSError:
        raise StorageError(
            f"aucune édition n'est construite dans {home}.",
            f"no edition has been built in {home}.",
            remedy_fr="Construisez-la : vigie build (ou make run).",
            remedy_en="Build it: vigie build (or make run).",
        ) from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an edition. Raises StorageError for one that is missing or damaged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise _damaged(folder, str(fault)) from None
    if not isinstance(manifest, dict) or not manifest.keys() >= MUST_SAY:
        raise _damaged(folder, ", ".join(sorted(MUST_SAY - set(manifest if isinstance(manifest, dict) else ()))))
    return manifest


def _damaged(folder: Path, what: str) -> StorageError:
    return StorageError(
        f"l'édition {folder.name} est abîmée : son manifeste ne se lit pas ({what}).",
        f"the edition {folder.name} is damaged: its manifest cannot be read ({what}).",
        remedy_fr="Reconstruisez (vigie build) ou revenez à la précédente (vigie rollback).",
        remedy_en="Build again (vigie build) or go back to the previous one (vigie rollback).",
    )


def editions(home: Path) -> list[Edition]:
    """The editions of ``home``, the oldest first; those that are damaged are left to :func:`damaged_editions`."""
    found = []
    for path in _folders(home):
        with suppress(StorageError):
            found.append(Edition(path.name, path, read_manifest(path), path.resolve() == _served(home)))
    return sorted(found, key=lambda edition: (edition.manifest["built"], edition.id))


def damaged_editions(home: Path) -> list[str]:
    """The ids of the editions of ``home`` whose manifest is missing or damaged, in alphabetical order."""
    sound = {one.id for one in editions(home)}
    return sorted(path.name for path in _folders(home) if path.name not in sound)


def _folders(home: Path) -> list[Path]:
    folder = editions_folder(home)
    if not folder.is_dir():
        return []
    return [
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".") and path.name != CURRENT
    ]


def _served(home: Path) -> Path:
    return (editions_folder(home) / CURRENT).resolve()


def edition(home: Path, name: str) -> Edition:
    """The edition of that id, or of the beginning of one; ``current`` is the one served.

    Raises UnknownNameError when none or several match, StorageError for one that is damaged.
    """
    known = editions(home)
    exact = current_folder(home) if name == CURRENT else editions_folder(home) / name
    if exact.name in damaged_editions(home):
        read_manifest(exact)
    matching = [one for one in known if one.current] if name == CURRENT else [e for e in known if e.id == name]
    matching = matching or [one for one in known if one.id.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    names = ", ".join(one.id for one in known) or "—"
    raise UnknownNameError(
        f"{'aucune' if not matching else 'plus d’une'} édition ne répond à « {name} ». Éditions : {names}.",
        f"{'no' if not matching else 'more than one'} edition answers to “{name}”. Editions: {names}.",
    )


def to_prune(known: Sequence[Edition], keep: int) -> list[Edition]:
    """The editions that the rule lets go, the oldest first.

    Kept are the one served, the one before it (to roll back to), the ``keep`` built last, and the last of each month.
    """
    served = next((place for place, one in enumerate(known) if one.current), len(known))
    months = {str(one.manifest["built"])[:7]: one.id for one in known}
    held = {*months.values(), *(one.id for one in known[max(served - 1, 0) : served + 1])}
    held |= {one.id for one in known[-keep:]}
    return [one for one in known if one.id not in held]


def prune(home: Path, keep: int) -> list[str]:
    """Remove the editions that :func:`to_prune` lets go; returns their ids. Call it under :func:`locked`.

    Each is first set aside by one rename, so that a removal that is killed leaves no half of an edition; what it leaves
    is cleared by the next build. Damaged editions are left: what happened to them may have to be understood.
    """
    gone = []
    for one in to_prune(editions(home), keep):
        aside = one.folder.with_name(f"{_BUILDING}gone-{one.id}")
        with storage_errors(one.folder):
            one.folder.rename(aside)
            shutil.rmtree(aside)
        gone.append(one.id)
    return gone


def rollback(home: Path) -> Edition:
    """Serve the edition built before the one served; returns it. Raises StorageError when there is none.

    From an edition that is damaged, whose date cannot be known, it goes to the last sound one.
    """
    known = editions(home)
    served = next((place for place, one in enumerate(known) if one.current), len(known))
    if not served:
        raise StorageError(
            "il n'y a pas d'édition plus ancienne à laquelle revenir.",
            "there is no older edition to go back to.",
            remedy_fr="La liste : vigie editions.",
            remedy_en="The list: vigie editions.",
        )
    make_current(home, known[served - 1].id)
    return known[served - 1]
