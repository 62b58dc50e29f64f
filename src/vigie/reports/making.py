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

from vigie.editions.observatory import Territory
from vigie.errors import Lang, StorageError
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


def departements(desk: Desk, folder: Path, lang: Lang = "fr", mesh: str = "epci") -> Iterator[Made]:
    """The état des lieux of every département in ``folder``, one file each, told as each is there.

    A series that was interrupted goes on: a file of this edition, made by this version in this language and for this
    mesh, that is still what was written is kept. Raises StorageError where the folder cannot be written.
    """
    ledger = _read(folder / _LEDGER)
    mark = f"{desk.observatory.id} {lang} {mesh} {stamp()}"
    for one in desk.parts(desk.france, "departement"):
        path = folder / f"{file_stem(one)}{'' if lang == 'fr' else '-en'}.pdf"
        written = ledger.get(path.name, {})
        if written.get("mark") == mark and _sum(path) == written.get("sha256"):
            yield Made(one, path, kept=True)
            continue
        desk.prepare()
        body = overview_pdf(desk, one, lang, mesh)
        write(path, body)
        ledger[path.name] = {"mark": mark, "sha256": hashlib.sha256(body).hexdigest()}
        write(folder / _LEDGER, json.dumps(ledger, indent=1, sort_keys=True).encode())
        yield Made(one, path, kept=False)


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
