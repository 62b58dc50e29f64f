"""Editions in an object store (S3 API): pushed from a home, pulled into one, or read where they are.

``<prefix>/<edition>/`` holds the files of an edition under the names that they have in a home; its manifest is written
last, so that an edition is there whole or not at all. ``<prefix>/current.json`` names the one last pushed. Editions are
immutable: one that is there is never written over. Credentials come from the environment alone
(``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``; ``AWS_ENDPOINT_URL`` for another store than Amazon's).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.editions.compare import verify
from vigie.editions.observatory import DATABASE
from vigie.editions.store import (
    MANIFEST,
    MUST_SAY,
    damaged_editions,
    edition,
    editions,
    locked,
    make_current,
    publish,
    storage_errors,
    workspace,
)
from vigie.errors import InputError, StorageError, UnknownNameError

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from obstore.store import S3Store

POINTER = "current.json"
NEEDED = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[A-Za-z0-9._/-]*))?")
_EDITION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,99}")
_LARGEST_NOTE = 10_000_000  # bytes of a manifest: beyond, it is none of ours
_MOST = 20 << 30  # bytes of a file that is pulled
_CHUNK = 8 << 20

Progress = Callable[[str, int], None]
"""Told the name and the bytes of each file once it is over."""


@dataclass(frozen=True)
class Moved:
    """An edition that was pushed or pulled: its files and bytes; ``already``: it was there."""

    edition: str
    files: int
    bytes: int
    already: bool


@dataclass(frozen=True)
class Stored:
    """An edition of an object store, read where it is: SQL on its database, whole tables."""

    id: str
    manifest: Mapping[str, Any]
    _connection: duckdb.DuckDBPyConnection
    _store: S3Store

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query with ``?`` parameters; only the blocks that it needs are read."""
        return self._connection.execute(sql, list(parameters)).fetchall()

    def frame(self, sql: str) -> pl.DataFrame:
        """The same as a table."""
        import polars as pl

        found = self._connection.execute(sql)
        names = [column[0] for column in found.description or ()]
        return pl.DataFrame(found.fetchall(), schema=names, orient="row", infer_schema_length=None)


def store(address: str) -> S3Store:
    """The object store at ``s3://bucket/prefix``.

    Raises InputError for another address, where ``obstore`` is not installed, and without credentials.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or ".." in address:
        raise InputError(
            f"«\u00a0{address}\u00a0» n'est pas l'adresse d'un stockage objet.",
            f"“{address}” is not the address of an object store.",
            remedy_fr="Attendu\u202f: s3://seau/chemin.",
            remedy_en="Expected: s3://bucket/prefix.",
        )
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise InputError(
            f"identifiants absents de l'environnement\u202f: {', '.join(missing)}.",
            f"credentials missing from the environment: {', '.join(missing)}.",
            remedy_fr="Donnez-les par des variables d'environnement\u202f; Vigie ne les écrit nulle part.",
            remedy_en="Give them as environment variables; Vigie writes them nowhere.",
        )
    try:
        from obstore.store import S3Store
    except ImportError:
        raise InputError(
            "obstore n'est pas installé\u202f: le stockage objet en a besoin.",
            "obstore is not installed: object storage needs it.",
            remedy_fr="Installez-le\u202f: pip install vigie[storage].",
            remedy_en="Install it: pip install vigie[storage].",
        ) from None
    with told(address):
        return S3Store(
            found["bucket"],
            prefix=(found["prefix"] or "").strip("/") or None,
            region=os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1")),
            client_options={"timeout": "120s", "connect_timeout": "10s", "allow_http": _plain()},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
        )


def _plain() -> bool:
    """Whether a store without TLS is allowed: for one on this machine or on a network of one's own."""
    return os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")


@contextmanager
def told(address: str) -> Iterator[None]:
    """Turn what an object store answers into a StorageError that says what to do."""
    from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise _not_there(address) from None
    except (PermissionDeniedError, UnauthenticatedError, PermissionError):
        raise _refused(address) from None
    except (BaseError, ConnectionError, TimeoutError) as fault:
        if "status code: 404" in str(fault):  # of a list
            raise _not_there(address) from None
        first = str(fault).strip().splitlines()[0][:200]
        raise StorageError(
            f"{address}\u202f: le stockage objet ne répond pas ({first}).",
            f"{address}: the object store does not answer ({first}).",
            remedy_fr="Vérifiez AWS_ENDPOINT_URL et AWS_REGION, puis relancez\u202f: ce qui est envoyé est gardé.",
            remedy_en="Check AWS_ENDPOINT_URL and AWS_REGION, then run again: what is sent is kept.",
        ) from None


def _not_there(address: str) -> StorageError:
    return StorageError(
        f"{address}\u202f: ce seau ou ce fichier n'existe pas.",
        f"{address}: there is no such bucket or file.",
        remedy_fr="La liste\u202f: vigie stored ADRESSE.",
        remedy_en="The list: vigie stored ADDRESS.",
    )


def _refused(address: str) -> StorageError:
    return StorageError(
        f"{address}\u202f: accès refusé par le stockage objet.",
        f"{address}: refused by the object store.",
        remedy_fr="Vérifiez les identifiants de l'environnement et les droits du seau.",
        remedy_en="Check the credentials of the environment and the rights of the bucket.",
    )


# Pushing --------------------------------------------------------------------------------------------------------------


def push(home: Path, address: str, name: str = "current", progress: Progress = lambda *_: None) -> Moved:
    """Write an edition of ``home`` to an object store and name it the current one there.

    Its files are checked first; those that an interrupted push has sent are not sent again. Raises CheckError for an
    edition that is damaged, StorageError where the store already has another edition of that name.
    """
    import obstore

    place, one = store(address), edition(home, name)
    verify(one.folder)
    note = (one.folder / MANIFEST).read_bytes()
    sizes = {path: (one.folder / path).stat().st_size for path in _files(one.manifest)}
    with told(address):
        known = _read(place, f"{one.id}/{MANIFEST}")
        if known is not None and known != note:
            raise StorageError(
                f"{address} a déjà une autre édition {one.id}\u202f: une édition ne change pas.",
                f"{address} already has another edition {one.id}: an edition never changes.",
                remedy_fr="Envoyez-la sous un autre chemin.",
                remedy_en="Push it under another prefix.",
            )
        if known is None:
            sent = _sizes(place, one.id)
            for path, size in sizes.items():
                if sent.get(path) != size:
                    obstore.put(place, f"{one.id}/{path}", one.folder / path, chunk_size=_CHUNK)
                progress(path, size)
            obstore.put(place, f"{one.id}/{MANIFEST}", note)
        obstore.put(place, POINTER, json.dumps({"edition": one.id}).encode())
    return Moved(one.id, len(sizes) + 1, sum(sizes.values()) + len(note), known is not None)


def _sizes(place: S3Store, name: str) -> dict[str, int]:
    import obstore

    return {meta["path"].removeprefix(f"{name}/"): meta["size"]
            for page in obstore.list(place, prefix=name) for meta in page}  # fmt: skip


def _files(manifest: Mapping[str, Any]) -> list[str]:
    return [DATABASE, *(f"tables/{name}.parquet" for name in sorted(manifest["tables"]))]


# Listing and pulling --------------------------------------------------------------------------------------------------


def stored(address: str) -> list[dict[str, Any]]:
    """The editions of an object store, the oldest first: id, when built, checks, bytes, and whether it is current."""
    import obstore

    place = store(address)
    with told(address):
        folders = obstore.list_with_delimiter(place)["common_prefixes"]
        names = [name for name in (Path(folder).name for folder in folders) if _EDITION.fullmatch(name)]
        current = _pointed(place)
        found = []
        for name in names:
            note = _read(place, f"{name}/{MANIFEST}")
            if note is not None:  # without a manifest it is a push under way, or one that was cut
                manifest = _manifest(address, name, note)
                size = manifest["database"]["bytes"] + sum(one["bytes"] for one in manifest["tables"].values())
                told_ = {"edition": name, "built": manifest["built"], "checks": manifest["checks"], "bytes": size}
                found.append({**told_, "current": name == current})
    return sorted(found, key=lambda one: (one["built"], one["edition"]))


def pull(home: Path, address: str, name: str = "current", progress: Progress = lambda *_: None) -> Moved:
    """Bring an edition of an object store into ``home``, checked file by file, and serve it.

    Raises UnknownNameError for an edition that the store has not, CheckError for a file that is not what its manifest
    says: nothing is then served.
    """
    place = store(address)
    with told(address):
        wanted, manifest, note = _found(place, address, name)
    with locked(home):
        if wanted in {one.id for one in editions(home)}:
            make_current(home, wanted)
            return Moved(wanted, 0, 0, already=True)
        if wanted in damaged_editions(home):
            raise StorageError(
                f"{home} a une édition {wanted} abîmée.",
                f"{home} has a damaged edition {wanted}.",
                remedy_fr="Écartez son dossier, puis relancez.",
                remedy_en="Put its folder aside, then run again.",
            )
        with workspace(home) as aside:
            total = 0
            for path in _files(manifest):
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                with told(address):
                    size = _bring(place, f"{wanted}/{path}", aside / path)
                total += size
                progress(path, size)
            (aside / MANIFEST).write_bytes(note)
            verify(aside)
            publish(home, aside, wanted)
    return Moved(wanted, len(_files(manifest)) + 1, total + len(note), already=False)


def _bring(place: S3Store, key: str, target: Path) -> int:
    import obstore

    answer = obstore.get(place, key)
    if answer.meta["size"] > _MOST:
        raise StorageError(f"{key} est trop gros.", f"{key} is too large.")
    with storage_errors(target.parent), target.open("wb") as file:
        for chunk in answer.stream(min_chunk_size=_CHUNK):
            file.write(chunk)
    return int(answer.meta["size"])


def _found(place: S3Store, address: str, name: str) -> tuple[str, dict[str, Any], bytes]:
    wanted = _pointed(place) if name == "current" else name
    note = _read(place, f"{wanted}/{MANIFEST}") if wanted and _EDITION.fullmatch(wanted) else None
    if wanted is None or note is None:
        raise UnknownNameError(
            f"{address} n'a pas d'édition «\u00a0{name}\u00a0».",
            f"{address} has no edition “{name}”.",
            remedy_fr="La liste\u202f: vigie stored ADRESSE.",
            remedy_en="The list: vigie stored ADDRESS.",
        )
    return wanted, _manifest(address, wanted, note), note


def _pointed(place: S3Store) -> str | None:
    note = _read(place, POINTER)
    try:
        name = json.loads(note or b"{}").get("edition")
    except (ValueError, AttributeError):
        return None
    return name if isinstance(name, str) and _EDITION.fullmatch(name) else None


def _manifest(address: str, name: str, note: bytes) -> dict[str, Any]:
    """A manifest that may be trusted with names of files: it comes from elsewhere."""
    try:
        manifest: dict[str, Any] = json.loads(note)
        sound = manifest.keys() >= MUST_SAY and manifest["edition"] == name
        sound = sound and all(_TABLE.fullmatch(table) for table in manifest["tables"])
    except (ValueError, AttributeError, TypeError):
        sound = False
    if not sound:
        raise StorageError(
            f"{address}\u202f: le manifeste de l'édition {name} est abîmé.",
            f"{address}: the manifest of the edition {name} is damaged.",
            remedy_fr="Envoyez l'édition de nouveau, sous un autre chemin (vigie push).",
            remedy_en="Push the edition again, under another prefix (vigie push).",
        )
    return manifest


def _read(place: S3Store, key: str) -> bytes | None:
    import obstore

    try:
        answer = obstore.get(place, key)
    except FileNotFoundError:
        return None
    if answer.meta["size"] > _LARGEST_NOTE:
        raise StorageError(f"{key} est trop gros.", f"{key} is too large.")
    return bytes(answer.bytes())


# Reading in place -----------------------------------------------------------------------------------------------------


@contextmanager
def open_stored(address: str, name: str = "current") -> Iterator[Stored]:
    """An edition of an object store opened where it is, read-only: its database by blocks, nothing copied to a disk."""
    import duckdb

    place = store(address)
    with told(address):
        wanted, manifest, _ = _found(place, address, name)
        connection = duckdb.connect()
        try:
            connection.register_filesystem(_filesystem(place))
            connection.execute(f"ATTACH 'vigie-store://{wanted}/{DATABASE}' AS edition (READ_ONLY)")
            connection.execute("USE edition")
            yield Stored(wanted, manifest, connection, place)
        finally:
            connection.close()


def _filesystem(place: S3Store) -> Any:
    """What DuckDB asks of a file system, answered by ranges of objects."""
    import io

    import obstore
    from fsspec import AbstractFileSystem

    class Ranges(io.RawIOBase):
        def __init__(self, key: str) -> None:
            self.key, self.size, self.at = key, obstore.head(place, key)["size"], 0

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def tell(self) -> int:
            return self.at

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset + (0, self.at, self.size)[whence]
            return self.at

        def read(self, size: int | None = -1) -> bytes:
            end = self.size if size is None or size < 0 else min(self.at + size, self.size)
            if end <= self.at:
                return b""
            found = bytes(obstore.get_range(place, self.key, start=self.at, end=end))
            self.at = end
            return found

    class Files(AbstractFileSystem):  # type: ignore[misc]
        protocol = "vigie-store"

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return path.removeprefix("vigie-store://").strip("/")

        def info(self, path: str, **_: Any) -> dict[str, Any]:
            key = self._strip_protocol(path)
            meta = obstore.head(place, key)
            return {"name": key, "size": meta["size"], "type": "file", "LastModified": meta["last_modified"]}

        def modified(self, path: str) -> Any:
            return self.info(path)["LastModified"]

        def open(self, path: str, mode: str = "rb", **_: Any) -> Ranges:
            if mode != "rb":
                raise PermissionError(path)
            return Ranges(self._strip_protocol(path))

        def glob(self, path: str, **_: Any) -> list[str]:
            return [self._strip_protocol(path)] if self.exists(path) else []

    return Files(skip_instance_cache=True)
