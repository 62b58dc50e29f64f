"""Downloads from the producers: streamed, bounded, resumed, retried, and believed only once checked.

What is received goes to a partial file beside the snapshots; it is kept for the next try when the transfer breaks, and
becomes a snapshot only when its length, type and compression are right.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from vigie.errors import FetchError, Where
from vigie.sources.catalogue import Address, Source
from vigie.sources.snapshots import Snapshot, Snapshots, storage_error

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int | None], None]

_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head)", re.IGNORECASE)
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNKNOWN_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True)
class Patience:
    """How long to wait and how often to try. ``pause`` doubles from try to try, up to ``longest``, with jitter."""

    tries: int = 5
    pause: float = 1.0
    longest: float = 30.0
    connect: float = 10.0
    read: float = 30.0
    redirects: int = 5

    def before(self, attempt: int) -> float:
        """Seconds to wait before try number ``attempt`` (the second is 2)."""
        return float(min(self.longest, self.pause * 2 ** (attempt - 2)) * random.uniform(0.5, 1.0))


PATIENCE = Patience()


def _quiet(_received: int, _total: int | None) -> None:
    """Show nothing."""


@dataclass
class _Partial:
    """The bytes received so far and the validator of the file they belong to."""

    path: Path
    card: Path = field(init=False)

    def __post_init__(self) -> None:
        self.card = self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def validator(self) -> str | None:
        """The strong ETag or the date that says whether the rest still belongs to what is here."""
        try:
            found = json.loads(self.card.read_text(encoding="utf-8")).get("validator")
        except (OSError, ValueError, AttributeError):
            return None
        return found if isinstance(found, str) else None

    def keep(self, validator: str | None) -> None:
        self.card.write_text(json.dumps({"validator": validator}), encoding="utf-8")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self.card.unlink(missing_ok=True)


class _PassingError(Exception):
    """A fault that another try may mend; ``final`` is what to say when no try is left."""

    def __init__(self, final: FetchError) -> None:
        self.final = final
        super().__init__(str(final))


def fetch(
    source: Source, snapshots: Snapshots, *, progress: Progress = _quiet, patience: Patience = PATIENCE
) -> list[Snapshot]:
    """Download every file of the source and keep each as a snapshot. Raises FetchError, StorageError."""
    if not source.addresses:
        place = source.landing or source.producer
        raise FetchError(
            f"aucune adresse de téléchargement connue pour «\u00a0{source.id}\u00a0».",
            f"no known download address for “{source.id}”.",
            remedy_fr=f"Prendre le fichier chez le producteur ({place}), puis --from DOSSIER.",
            remedy_en=f"Take the file from the producer ({place}), then use --from DIR.",
        )
    return [
        fetch_address(source, address, snapshots, progress=progress, patience=patience) for address in source.addresses
    ]


def fetch_address(
    source: Source,
    address: Address,
    snapshots: Snapshots,
    *,
    progress: Progress = _quiet,
    patience: Patience = PATIENCE,
) -> Snapshot:
    """Download one file of a source and keep it as a snapshot. Raises FetchError, StorageError."""
    import httpx

    partial = _Partial(snapshots.root / ".partial" / f"{source.id}-{_short(address.url)}-{address.file}")
    limits = httpx.Timeout(patience.read, connect=patience.connect)
    try:
        partial.path.parent.mkdir(parents=True, exist_ok=True)
        with httpx.Client(timeout=limits, follow_redirects=False, headers={"User-Agent": "vigie"}) as client:
            media_type = _with_retries(client, address, partial, progress, patience)
        _check_content(address, partial)
        found = snapshots.add(source, partial.path, address.file, address=address.url, media_type=media_type)
        partial.discard()
    except OSError as error:
        raise storage_error(error, partial.path.parent) from error
    return found


def _short(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:8]


def _with_retries(
    client: httpx.Client, address: Address, partial: _Partial, progress: Progress, patience: Patience
) -> str:
    attempt = 1
    while True:
        try:
            return _attempt(client, address, partial, progress, patience)
        except _PassingError as fault:
            if attempt >= patience.tries:
                raise fault.final from None
        attempt += 1
        time.sleep(patience.before(attempt))


def _attempt(client: httpx.Client, address: Address, partial: _Partial, progress: Progress, patience: Patience) -> str:
    """One try: ask, follow redirects, receive. The media type of what was received."""
    import httpx

    try:
        return _receive(client, address, address.url, partial, progress, patience)
    except httpx.ConnectError as error:
        raise _PassingError(_no_network(address.url, error)) from None
    except httpx.TimeoutException:
        raise _PassingError(_stalled(address.url, patience, partial.size)) from None
    except (httpx.RemoteProtocolError, httpx.ReadError):
        raise _PassingError(_truncated(address.url, partial.size)) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
        raise _PassingError(_no_network(address.url, error)) from None


def _receive(
    client: httpx.Client, address: Address, url: str, partial: _Partial, progress: Progress, patience: Patience
) -> str:
    for _ in range(patience.redirects + 1):
        with client.stream("GET", url, headers=_ask(partial)) as response:
            if response.status_code in _REDIRECTS and "location" in response.headers:
                url = _next(url, response.headers["location"])
                continue
            return _body(response, address, partial, progress)
    raise _fault(
        address.url,
        f"plus de {patience.redirects} redirections\u202f: le serveur tourne en rond.",
        f"more than {patience.redirects} redirects: the server goes round in circles.",
        "Vérifier l'adresse sur la page du producteur.",
        "Check the address on the producer's page.",
    )


def _ask(partial: _Partial) -> dict[str, str]:
    """Ask for the bytes as they are, and only for the rest where the server can say that it is the same file."""
    headers = {"Accept-Encoding": "identity"}
    validator = partial.validator()
    if partial.size and validator is not None:
        headers |= {"Range": f"bytes={partial.size}-", "If-Range": validator}
    return headers


def _next(url: str, location: str) -> str:
    found = urljoin(url, location)
    if urlsplit(url).scheme == "https" and urlsplit(found).scheme != "https":
        raise _fault(
            url,
            f"redirection vers une adresse non chiffrée ({found}), refusée.",
            f"redirect to an unencrypted address ({found}), refused.",
            "Vérifier l'adresse sur la page du producteur.",
            "Check the address on the producer's page.",
        )
    return found


def _body(response: httpx.Response, address: Address, partial: _Partial, progress: Progress) -> str:
    _check_status(response, address, partial)
    media_type = _media_type(response, address)
    start = partial.size if response.status_code == 206 else 0
    declared = _length(response.headers)
    total = None if declared is None else start + declared
    if total is not None and total > address.max_bytes:
        raise _too_large(address, total)
    partial.keep(_validator(response.headers))
    _store(response, address, partial, start, total, progress)
    return media_type


def _store(
    response: httpx.Response,
    address: Address,
    partial: _Partial,
    start: int,
    total: int | None,
    progress: Progress,
) -> None:
    """Write what comes; the protocol itself raises when less than declared arrives."""
    received = start
    with partial.path.open("r+b" if start else "wb") as target:
        target.seek(start)
        progress(received, total)
        for chunk in response.iter_raw():
            received += len(chunk)
            if received > address.max_bytes:
                break
            target.write(chunk)
            progress(received, total)
    if received > address.max_bytes:
        partial.discard()
        raise _too_large(address, received)


def _check_status(response: httpx.Response, address: Address, partial: _Partial) -> None:
    status, url = response.status_code, address.url
    if status == 206 and _range_start(response.headers) == partial.size:
        return
    if status in (206, 416):
        partial.discard()
        raise _PassingError(_status(url, status))
    if status == 200:
        return
    raise _PassingError(_status(url, status)) if status in _RETRIED else _status(url, status)


def _range_start(headers: Mapping[str, str]) -> int | None:
    found = re.match(r"bytes (\d{1,18})-", headers.get("content-range", ""))
    return None if found is None else int(found.group(1))


def _length(headers: Mapping[str, str]) -> int | None:
    declared = headers.get("content-length", "")
    return int(declared) if re.fullmatch(r"\d{1,18}", declared) else None


def _validator(headers: Mapping[str, str]) -> str | None:
    tag = headers.get("etag", "")
    return tag if tag.startswith('"') else headers.get("last-modified")


def _media_type(response: httpx.Response, address: Address) -> str:
    found = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if found in _UNKNOWN_TYPES or found in address.media:
        return found or "application/octet-stream"
    expected = ", ".join(address.media)
    page = "html" in found
    raise _fault(
        address.url,
        f"le serveur envoie {'une page HTML' if page else found} au lieu de données ({expected}).",
        f"the server sends {'an HTML page' if page else found} instead of data ({expected}).",
        "L'adresse a sans doute changé\u202f: la vérifier sur la page du producteur.",
        "The address has most likely changed: check it on the producer's page.",
    )


def _check_content(address: Address, partial: _Partial) -> None:
    """Refuse a complete file that is empty, an HTML page, or gzip that does not hold together."""
    with partial.path.open("rb") as stream:
        head = stream.read(1024)
    what = ("vide", "empty") if not head.strip() else ("une page HTML", "an HTML page") if _HTML.match(head) else None
    if what is not None:
        partial.discard()
        raise _fault(
            address.url,
            f"le fichier reçu est {what[0]}, pas des données.",
            f"the file received is {what[1]}, not data.",
            "L'adresse a sans doute changé\u202f: la vérifier sur la page du producteur.",
            "The address has most likely changed: check it on the producer's page.",
        )
    if head.startswith(b"\x1f\x8b") and not _whole_gzip(partial.path):
        partial.discard()
        raise _fault(
            address.url,
            "l'archive gzip reçue est tronquée ou abîmée.",
            "the gzip file received is truncated or damaged.",
            "Relancer le téléchargement.",
            "Run the download again.",
        )


def _whole_gzip(path: Path) -> bool:
    stream = zlib.decompressobj(wbits=31)
    with path.open("rb") as source:
        rest = source.read(1 << 16)
        while rest:
            try:
                stream.decompress(rest, 1 << 20)
            except zlib.error:
                return False
            rest = stream.unconsumed_tail or stream.unused_data
            if stream.eof and rest.startswith(b"\x1f"):
                stream = zlib.decompressobj(wbits=31)
            elif stream.eof:
                return True
            rest = rest or source.read(1 << 16)
    return stream.eof


def _fault(url: str, fr: str, en: str, remedy_fr: str, remedy_en: str) -> FetchError:
    return FetchError(fr, en, remedy_fr=remedy_fr, remedy_en=remedy_en, where=Where(url))


def _no_network(url: str, error: Exception) -> FetchError:
    host = urlsplit(url).netloc
    return _fault(
        url,
        f"connexion impossible à {host} ({error or type(error).__name__}).",
        f"cannot connect to {host} ({error or type(error).__name__}).",
        "Vérifier le réseau, ou lire des copies locales avec --from DOSSIER.",
        "Check the network, or read local copies with --from DIR.",
    )


def _status(url: str, status: int) -> FetchError:
    if status in (404, 410):
        fr, en = "La page du producteur donne la nouvelle adresse.", "The producer's page gives the new address."
    elif status in (401, 403):
        fr, en = "Le producteur refuse l'accès\u202f: voir sa page.", "The producer refuses access: see its page."
    else:
        fr, en = "Réessayer plus tard.", "Try again later."
    return _fault(url, f"le serveur répond {status}.", f"the server answers {status}.", fr, en)


def _stalled(url: str, patience: Patience, received: int) -> FetchError:
    return _fault(
        url,
        f"plus rien depuis {patience.read:g} s, après {received} octets.",
        f"nothing for {patience.read:g} s, after {received} bytes.",
        "Relancer\u202f: le téléchargement reprendra où il s'est arrêté si le serveur le permet.",
        "Run again: the download resumes where it stopped if the server allows it.",
    )


def _truncated(url: str, received: int) -> FetchError:
    return _fault(
        url,
        f"transfert coupé après {received} octets.",
        f"transfer cut after {received} bytes.",
        "Relancer\u202f: le téléchargement reprendra où il s'est arrêté si le serveur le permet.",
        "Run again: the download resumes where it stopped if the server allows it.",
    )


def _too_large(address: Address, size: int) -> FetchError:
    return _fault(
        address.url,
        f"fichier trop gros\u202f: {size} octets, {address.max_bytes} au plus.",
        f"file too large: {size} bytes, {address.max_bytes} at most.",
        "Vérifier l'adresse, ou relever max_bytes dans la définition de la source.",
        "Check the address, or raise max_bytes in the source's definition.",
    )
