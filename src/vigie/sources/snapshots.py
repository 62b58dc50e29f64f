"""Snapshots: the bytes of a source as received once, with their checksum, date, address and licence; never overwritten.

``<root>/<source>/<sha256[:16]>-<file name>`` holds the bytes, the same name with ``.toml`` what is known of them. Both
are written aside, flushed to the disk and renamed; a snapshot exists once its ``.toml`` does.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from vigie.errors import CheckError, StorageError, VigieError, Where
from vigie.sources.catalogue import Source

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Snapshot:
    """What is known of the bytes at ``path``. ``received`` is UTC, to the second, as in ``2025-06-30T08:15:00Z``."""

    source: str
    file: str
    address: str
    received: str
    sha256: str
    bytes: int
    media_type: str
    licence: str
    producer: str
    path: Path

    @property
    def id(self) -> str:
        """The name that observations carry: ``bpe_2021@1a2b3c4d5e6f``."""
        return f"{self.source}@{self.sha256[:12]}"

    @property
    def moment(self) -> datetime:
        """When it was received."""
        return datetime.fromisoformat(self.received)


@dataclass(frozen=True)
class Snapshots:
    """A folder of snapshots."""

    root: Path

    def add(
        self,
        source: Source,
        content: Path | IO[bytes],
        file: str,
        *,
        address: str,
        media_type: str = "application/octet-stream",
        received: datetime | None = None,
    ) -> Snapshot:
        """Keep ``content``. Bytes already kept for this source under this name give the snapshot that holds them."""
        folder = self.root / source.id
        with _storage(folder), alone(folder):
            for left in folder.glob(".*.part"):  # of a process that was killed
                left.unlink(missing_ok=True)
            aside, digest, size = _write_aside(folder, content)
            try:
                return self._keep(source, aside, file, digest, size, address, media_type, received)
            finally:
                aside.unlink(missing_ok=True)

    def _keep(
        self,
        source: Source,
        aside: Path,
        file: str,
        digest: str,
        size: int,
        address: str,
        media_type: str,
        received: datetime | None,
    ) -> Snapshot:
        path = self.root / source.id / f"{digest[:16]}-{file}"
        card = _card(path)
        if card.exists():
            if not path.is_file() or _digest(path) != digest:  # damaged since: the same bytes mend it
                aside.replace(path)
                _flush_folder(path.parent)
            return _load(card)
        moment = (received or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = Snapshot(
            source.id, file, address, moment, digest, size, media_type, source.licence, source.producer, path
        )
        aside.replace(path)
        written, _, _ = _write_aside(path.parent, _lines(found))
        written.replace(card)
        _flush_folder(path.parent)
        return found

    def all(self) -> list[Snapshot]:
        """Every snapshot, by source, then from the oldest to the latest."""
        with _storage(self.root):
            cards = sorted(self.root.glob("*/*.toml"))
        found = [_load(card) for card in cards]
        return sorted(found, key=lambda snapshot: (snapshot.source, snapshot.received, snapshot.sha256))

    def of(self, source_id: str) -> list[Snapshot]:
        """The snapshots of a source, from the oldest to the latest."""
        return [snapshot for snapshot in self.all() if snapshot.source == source_id]

    def latest(self, source_id: str) -> Snapshot | None:
        """The last received snapshot of a source."""
        return next(iter(reversed(self.of(source_id))), None)

    def current(self, source_id: str) -> list[Snapshot]:
        """The last received snapshot of each file of a source, by file name."""
        last = {snapshot.file: snapshot for snapshot in self.of(source_id)}
        return [last[file] for file in sorted(last)]

    def set_aside(self, snapshot: Snapshot) -> None:
        """Keep the bytes of a snapshot that its reader refuses, but give it to no build: only its card is renamed."""
        with _storage(snapshot.path):
            card = _card(snapshot.path)
            card.replace(card.with_suffix(".refused"))
            _flush_folder(card.parent)

    def verify(self) -> int:
        """Read every snapshot again and count them. Raises CheckError at the first that is not as received."""
        found = self.all()
        for snapshot in found:
            intact(snapshot.source, snapshot.path, snapshot.sha256)
        return len(found)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder: another process that asks for it waits, and what lies half written there is nobody's."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def identify(source_id: str, path: Path) -> str:
    """The id that a snapshot of the file at ``path`` would have, for data read from a local copy."""
    with _storage(path):
        return f"{source_id}@{_digest(path)[:12]}"


def intact(source_id: str, path: Path, expected: str) -> None:
    """Raise CheckError where the bytes at ``path`` are gone, or are not those of the checksum ``expected``."""
    where = Where(path)
    remedy = {
        "remedy_fr": f"Relancer «\u00a0vigie fetch {source_id}\u00a0»\u202f: les mêmes octets la réparent.",
        "remedy_en": f"Run “vigie fetch {source_id}” again: the same bytes mend it.",
    }
    if not path.is_file():
        raise CheckError(
            "les octets de l'instantané manquent.", "the snapshot's bytes are gone.", where=where, **remedy
        )
    with _storage(path):
        digest = _digest(path)
    if digest != expected:
        raise CheckError(
            f"somme de contrôle différente\u202f: {digest[:12]} au lieu de {expected[:12]}.",
            f"the checksum differs: {digest[:12]} instead of {expected[:12]}.",
            where=where,
            **remedy,
        )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_aside(folder: Path, content: Path | IO[bytes] | list[bytes]) -> tuple[Path, str, int]:
    """Write ``content`` to a new hidden file of ``folder``, flushed to the disk; its path, checksum and size."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    aside, digest, size = Path(name), hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as target:
            for chunk in _chunks(content):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return aside, digest.hexdigest(), size


def _chunks(content: Path | IO[bytes] | list[bytes]) -> Iterator[bytes]:
    if isinstance(content, list):
        yield from content
    elif isinstance(content, Path):
        with content.open("rb") as stream:
            yield from _chunks(stream)
    else:
        while chunk := content.read(_CHUNK):
            yield chunk


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _card(path: Path) -> Path:
    return path.with_name(path.name + ".toml")


def _lines(snapshot: Snapshot) -> list[bytes]:
    kept = {field.name: getattr(snapshot, field.name) for field in fields(snapshot) if field.name != "path"}
    # A JSON string or integer is also a TOML one, but for DEL.
    return [
        f"{key} = {json.dumps(value).replace(chr(127), chr(92) + 'u007f')}\n".encode() for key, value in kept.items()
    ]


def _load(card: Path) -> Snapshot:
    try:
        known = tomllib.loads(card.read_text(encoding="utf-8"))
        return Snapshot(**known, path=card.with_name(card.name.removesuffix(".toml")))
    except (tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError, RecursionError) as error:
        raise CheckError(
            f"fiche d'instantané illisible ({error}).",
            f"unreadable snapshot card ({error}).",
            where=Where(card),
            remedy_fr="L'écarter puis télécharger la source à nouveau.",
            remedy_en="Put it aside, then download the source again.",
        ) from None


@contextlib.contextmanager
def _storage(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a StorageError about ``path``."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def storage_error(error: OSError, path: Path) -> VigieError:
    """The StorageError that says why ``path`` cannot be read or written."""
    where = Where(str(path))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            "disque plein.",
            "the disk is full.",
            where=where,
            remedy_fr="Libérer de la place puis relancer.",
            remedy_en="Free some space, then run again.",
        )
    return StorageError(
        f"dossier ou fichier inaccessible ({error.strerror}).",
        f"folder or file not accessible ({error.strerror}).",
        where=where,
        remedy_fr="Vérifier les droits, ou choisir un autre dossier.",
        remedy_en="Check the permissions, or choose another folder.",
    )
