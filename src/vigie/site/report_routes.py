"""The reports of territories as files: each made once for an edition, in a process of its own, and kept on disk.

The site and the reports are rooms of one floor that do not know each other: a report is asked of the command line, so
that its drawing takes neither the memory nor the time of who reads pages.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from vigie.site import perimeter_page
from vigie.site.limits import TooLongError
from vigie.site.pages import Code, Codes, Level, Words, room_of
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH
from vigie.territories.names import search_text

Ending = Literal["pdf", "xlsx"]

WAITING = 6  # reports asked for at the same time, the one being made included
_TURN = 40.0  # seconds for a turn
_LONGEST = 60.0  # seconds of one report
_KEPT = 400_000_000  # bytes of reports on disk
_NATIONAL = "suivi-national"
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_room_to_wait = threading.BoundedSemaphore(WAITING)
_making = threading.Lock()
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

    @routes.get("/rapport/{level}/{code}.{ending}")
    def territory(request: Request, level: Level, code: Code, ending: Ending) -> FileResponse:
        """The état des lieux of a territory, or its spreadsheet annex."""
        card = room_of(request).directory.card(level, code)
        if card is None:
            raise HTTPException(404)
        path = report(room_of(request), [f"{level}-{code}", f"{level}:{code}"], lang, ending)
        name = search_text(card.name).replace(" ", "-")[:60]
        return _file(path, f"etat-des-lieux-{level.replace('_', '-')}-{code}-{name}.{ending}")

    return routes


def report(room: Room, asked: list[str], lang: str, ending: str) -> Path:
    """The file of a report: ``asked`` is its name among those kept, then what the command is asked for.

    Raises TooLongError where too many are being made or this one takes too long.
    """
    path = folder_of(room) / f"{asked[0]}-{lang}.{ending}"
    if path.is_file():
        return path
    with _turn():
        if not path.is_file():
            _make(room, path, asked[1:], lang)
            _make_room(path)
    return path


@contextmanager
def _turn() -> Iterator[None]:
    if not _room_to_wait.acquire(blocking=False):
        raise TooLongError
    try:
        if not _making.acquire(timeout=_TURN):
            raise TooLongError
        try:
            yield
        finally:
            _making.release()
    finally:
        _room_to_wait.release()


def _make(room: Room, path: Path, asked: list[str], lang: str) -> None:
    folder = room.observatory.folder
    command = [sys.executable, "-m", "vigie", "--home", str(folder.parents[1]), "--lang", lang, "report", *asked]
    command += ["--edition", folder.name, "--output", str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired:
        raise TooLongError from None
    if done.returncode or not path.is_file():
        _log.error("the report %s failed: %s", path.name, done.stderr.decode(errors="replace")[-2_000:])
        raise HTTPException(500)


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
