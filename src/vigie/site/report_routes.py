"""The reports of territories as files: each made once for an edition, in a process of its own, and kept on disk.

The site and the reports are rooms of one floor that do not know each other: a report is asked of the command line, so
that its drawing takes neither the memory nor the time of who reads pages.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from vigie.editions.observatory import Territory
from vigie.errors import InputError, StorageError, UnknownNameError, VigieError
from vigie.levers.scenario import canonical, from_token
from vigie.site import perimeter_page
from vigie.site.api.scenarios import Token
from vigie.site.limits import TooLongError, Turns
from vigie.site.pages import Code, Codes, Level, Words, room_of
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH
from vigie.territories.names import search_text

Ending = Literal["pdf", "xlsx"]

_LONGEST = 60.0  # seconds of one report
_KEPT = 400_000_000  # bytes of reports on disk
_NATIONAL = "suivi-national"
_TOGETHER = 8  # départements: one report takes about three seconds, all of them a minute and a half
_REFUSED = (InputError.exit_code, UnknownNameError.exit_code)  # a scenario that names what the edition does not have
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TURNS = Turns(at_once=1, waiting=4, patience=40.0)
"""Reports, each made in a process of its own."""
_log = logging.getLogger("vigie.site")


def router(prefix: str) -> APIRouter:
    """The files under ``prefix``: ``/en`` for English, nothing for French."""
    routes = APIRouter(prefix=prefix, include_in_schema=False)
    lang = (ENGLISH if prefix else FRENCH).lang

    @routes.get("/rapport/suivi-national.pdf")
    def national(request: Request) -> FileResponse:
        """The yearly national follow-up."""
        path = report(room_of(request), [_NATIONAL, "--national"], lang, "pdf")
        return _file(path, f"{_NATIONAL}.pdf")

    @routes.get("/perimetre.{ending}")
    def perimeter(request: Request, ending: Ending, communes: Codes, nom: Words = "") -> FileResponse:
        """The état des lieux of a free choice of communes, or its spreadsheet annex."""
        room = room_of(request)
        chosen = perimeter_page.choice(room, communes, nom)
        if not perimeter_page.whole(room, chosen):
            raise HTTPException(422)
        mark = hashlib.sha256(f"{','.join(chosen.codes)} {chosen.name}".encode()).hexdigest()[:16]
        name = chosen.name or perimeter_page.untitled(ENGLISH if prefix else FRENCH, chosen)
        options = ["--communes", ",".join(chosen.codes), f"--name={name}"]
        path = report(room, [f"perimetre-{mark}", *options], lang, ending)
        return _file(path, f"etat-des-lieux-perimetre-{mark[:6]}.{ending}")

    @routes.get("/rapport/zonage/{level}/{code}.pdf")
    def zoning(request: Request, level: Level, code: Code) -> FileResponse:
        """The dossier de zonage of a territory: every rule, its class and the reasons."""
        card = _card(room_of(request), level, code)
        path = report(room_of(request), [f"zonage-{level}-{code}", card.key, "--zoning"], lang, "pdf")
        return _file(path, f"zonage-{_stem(card)}.pdf")

    @routes.get("/rapport/scenario.pdf")
    def scenario(request: Request, s: Token) -> FileResponse:
        """The report of a scenario shared by its address."""
        try:
            given = canonical(from_token(s))
        except VigieError:
            raise HTTPException(404) from None
        room = room_of(request)
        name = f"scenario-{hashlib.sha256(given.encode()).hexdigest()[:16]}"
        with tempfile.TemporaryDirectory(prefix="vigie-scenario-") as folder:
            file = Path(folder) / "scenario.json"
            file.write_text(given, encoding="utf-8")
            path = report(room, [name, "--scenario", str(file)], lang, "pdf")
        return _file(path, f"{name}.pdf")

    @routes.get("/rapport/{level}/{code}.{ending}")
    def territory(request: Request, level: Level, code: Code, ending: Ending) -> FileResponse:
        """The état des lieux of a territory, or its spreadsheet annex."""
        card = _card(room_of(request), level, code)
        path = report(room_of(request), [f"{level}-{code}", card.key], lang, ending)
        return _file(path, f"etat-des-lieux-{_stem(card)}.{ending}")

    return routes


def _card(room: Room, level: str, code: str) -> Territory:
    card = room.directory.card(level, code)
    if card is None:
        raise HTTPException(404)
    return card


def _stem(card: Territory) -> str:
    """What names the files of a territory: ``commune-45232-olivet``."""
    return f"{card.level.replace('_', '-')}-{card.code}-{search_text(card.name).replace(' ', '-')[:60]}"


def report(room: Room, asked: list[str], lang: str, ending: str) -> Path:
    """The file of a report: ``asked`` is its name among those kept and the arguments of the command.

    Raises HTTPException (404) for a scenario that the edition cannot play, TooLongError where too many are being made
    or this one takes too long.
    """
    path = folder_of(room) / f"{asked[0]}-{lang}.{ending}"
    if path.is_file():
        return path
    with TURNS.take():
        if not path.is_file():
            _make(room, path, asked[1:], lang)
            _make_room(path)
    return path


def series(room: Room, codes: Sequence[str], lang: str) -> Iterator[tuple[str, Path]]:
    """The état des lieux of départements, each with its code: those kept, and the others made on the way.

    More than ``_TOGETHER`` to make are made with all the others, on every core. Raises StorageError where they cannot
    be, and as :func:`report`.
    """
    kept = {code: folder_of(room) / f"departement-{code}-{lang}.pdf" for code in codes}
    if sum(not path.is_file() for path in kept.values()) > _TOGETHER:
        together = folder_of(room) / f"departements-{lang}"
        done = subprocess.run(
            _command(room, together, ["--all-departements"], lang), env=_environment(), capture_output=True, check=False
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-600:]
            raise StorageError(f"les rapports n'ont pu être faits : {said}", f"the reports could not be made: {said}")
        for code, path in kept.items():
            for made in together.glob(f"etat-des-lieux-departement-{code.lower()}-*.pdf"):
                made.replace(path)
        shutil.rmtree(together, ignore_errors=True)
    for code in kept:
        yield code, report(room, [f"departement-{code}", f"departement:{code}"], lang, "pdf")


def _make(room: Room, path: Path, asked: Sequence[str], lang: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            _command(room, path, asked, lang), env=_environment(), capture_output=True, timeout=_LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        raise TooLongError from None
    if done.returncode in _REFUSED:
        raise HTTPException(404)
    if done.returncode or not path.is_file():
        _log.error("the report %s failed: %s", path.name, done.stderr.decode(errors="replace")[-2_000:])
        raise HTTPException(500)


def _command(room: Room, output: Path, asked: Sequence[str], lang: str) -> list[str]:
    folder = room.observatory.folder
    command = [sys.executable, "-m", "vigie", "--home", str(folder.parents[1]), "--lang", lang, "report", *asked]
    return [*command, "--edition", folder.name, "--output", str(output)]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def folder_of(room: Room) -> Path:
    """Where the reports of an edition are kept: in its home, or among temporary files where that is read only."""
    home = room.observatory.folder.parents[1]
    mark = f"{room.id}-{_stamp()}"
    if os.access(home, os.W_OK):
        return home / "reports" / mark
    return Path(tempfile.gettempdir()) / f"vigie-reports-{hashlib.sha256(str(home).encode()).hexdigest()[:10]}" / mark


@cache
def _stamp() -> str:
    """Changes with what reports are made by: its files, read and not imported."""
    made_by = Path(__file__).parents[1] / "reports"
    files = sorted(path for path in made_by.rglob("*") if path.suffix in (".py", ".typ", ".ttf"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:10]


def _make_room(newest: Path) -> None:
    """Let go of the oldest reports of all editions when they take too much of the disk."""
    files = sorted(
        (path for path in newest.parents[1].rglob("*") if path.is_file()), key=lambda one: one.stat().st_mtime
    )
    held = sum(path.stat().st_size for path in files)
    for path in files:
        if held <= _KEPT or path == newest:
            break
        held -= path.stat().st_size
        path.unlink(missing_ok=True)


def _file(path: Path, name: str) -> FileResponse:
    ending = path.suffix.removeprefix(".")
    shown = "inline" if ending == "pdf" else "attachment"
    return FileResponse(
        path,
        media_type=_TYPES[ending],
        filename=name,
        content_disposition_type=shown,
        headers={"x-vigie-stream": "1", "x-robots-tag": "noindex"},
    )
