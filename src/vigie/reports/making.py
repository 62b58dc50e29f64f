"""Reports as files: one territory's, those of all départements with resume, each written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vigie.editions.observatory import Territory, open_edition
from vigie.editions.processes import processes
from vigie.errors import Lang, StorageError, VigieError
from vigie.reports.action import ActionPlan
from vigie.reports.desk import Desk
from vigie.reports.overview import overview
from vigie.reports.press import pdf
from vigie.territories.names import search_text

_LEDGER = "reports.json"


@dataclass(frozen=True)
class Made:
    """A file of a series: its territory, where it is, and whether it was already there."""

    territory: Territory
    path: Path
    kept: bool


def overview_pdf(
    desk: Desk,
    territory: Territory,
    lang: Lang = "fr",
    mesh: str = "epci",
    plan: ActionPlan | None = None,
) -> bytes:
    """The état des lieux of a territory as a PDF; arguments as :func:`overview`."""
    return pdf(overview(desk, territory, lang, mesh, plan))


def departements(desk: Desk, folder: Path, lang: Lang = "fr", mesh: str = "epci", jobs: int = 1) -> Iterator[Made]:
    """The état des lieux of every département in ``folder``, one file each, told as each is there.

    ``jobs`` processes make them. A series that was interrupted goes on: a file of this edition, made by this version in
    this language and for this mesh, that is still what was written is kept. Raises StorageError where the folder cannot
    be written.
    """
    ledger = _read(folder / _LEDGER)
    mark = f"{desk.observatory.id} {lang} {mesh} {stamp()}"
    wanted: dict[str, Made] = {}
    for one in desk.parts(desk.france, "departement"):
        path = folder / f"{file_stem(one)}{'' if lang == 'fr' else '-en'}.pdf"
        written = ledger.get(path.name, {})
        if written.get("mark") == mark and _sum(path) == written.get("sha256"):
            yield Made(one, path, kept=True)
        else:
            wanted[one.key] = Made(one, path, kept=False)
    for key, body in _bodies(desk, list(wanted), lang, mesh, jobs):
        made = wanted[key]
        write(made.path, body)
        ledger[made.path.name] = {"mark": mark, "sha256": hashlib.sha256(body).hexdigest()}
        write(folder / _LEDGER, json.dumps(ledger, indent=1, sort_keys=True).encode())
        yield made


def _bodies(desk: Desk, keys: list[str], lang: Lang, mesh: str, jobs: int) -> Iterator[tuple[str, bytes]]:
    """The reports of territories, each with its key (``level:code``), in any order."""
    jobs = min(jobs, len(keys))
    if jobs < 2:
        _open(desk, lang, mesh)
        yield from (_unpacked(_body(key)) for key in keys)
        return
    folder = desk.observatory.folder
    with processes(jobs, _open_apart, (folder.parents[1], folder.name, lang, mesh)) as pool:
        yield from map(_unpacked, pool.imap_unordered(_body, keys))


_process: dict[str, tuple[Desk, Lang, str]] = {}


def _open(desk: Desk, lang: Lang, mesh: str) -> None:
    _process["own"] = (desk, lang, mesh)


def _open_apart(home: Path, edition: str, lang: Lang, mesh: str) -> None:
    _open(Desk(open_edition(home, edition)), lang, mesh)


def _body(key: str) -> tuple[str, bytes, tuple[str, str]]:
    """A report, or what is wrong with it in French and in English: an exception does not travel whole."""
    desk, lang, mesh = _process["own"]
    desk.prepare()
    try:
        return key, overview_pdf(desk, desk.observatory.territory(key), lang, mesh), ("", "")
    except VigieError as fault:
        return key, b"", (fault.message("fr"), fault.message("en"))


def _unpacked(found: tuple[str, bytes, tuple[str, str]]) -> tuple[str, bytes]:
    key, body, (fr, en) = found
    if not body:
        raise VigieError(fr, en)
    return key, body


def file_stem(territory: Territory) -> str:
    """The name of a territory's file without its ending: ``etat-des-lieux-departement-23-creuse``."""
    name = search_text(territory.name).replace(" ", "-")[:60].strip("-")
    return f"etat-des-lieux-{territory.level.replace('_', '-')}-{territory.code.lower()}-{name}".strip("-")


def write(path: Path, body: bytes) -> None:
    """Write a file whole, beside first, then in its place. Raises StorageError where that fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(body)
        beside.replace(path)
    except OSError as fault:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StorageError(
            f"impossible d'écrire {path} : {fault.strerror}.", f"cannot write {path}: {fault.strerror}."
        ) from None


@cache
def stamp() -> str:
    """What the reports of an edition depend on besides it: changes with the code, the templates and the fonts."""
    folder = Path(__file__).parent
    files = [
        *sorted(folder.rglob("*.py")),
        *sorted((folder / "templates").iterdir()),
        *sorted((folder / "fonts").iterdir()),
    ]
    files += [folder.parent / "charts.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _sum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
