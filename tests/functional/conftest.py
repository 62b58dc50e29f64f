"""The site on the edition of the test run, and one edition in which everything that may be changed has been."""

from __future__ import annotations

import fcntl
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import changed
import pytest
from processes import Client, linked, served, vigie

from vigie.site import create_app


@pytest.fixture(scope="session")
def site(edition_home: Path) -> Client:
    """The application on the edition of the test run: what it has read for one test serves the next."""
    return Client(create_app(edition_home))


@dataclass(frozen=True)
class Changed:
    """A home that serves the changed edition, beside the one that it began from, and what commands told on the way."""

    home: str
    folder: str  # the producers' files
    perimeter: str  # the file of the perimeter
    before: str
    after: str
    imported: str
    fetched: str
    built: str
    progress: str

    def arguments(self) -> tuple[str, ...]:
        """What ``vigie build`` was given."""
        return ("--from", self.folder, "--perimeters", self.perimeter)


@pytest.fixture(scope="session")
def changed_home(edition_home: Path) -> Changed:
    """Built once per test run, by the command line, shared by its workers; a test changes a copy of it only."""
    place = edition_home.with_name(f"{edition_home.name}-changed")
    place.mkdir(exist_ok=True)
    with (place / ".test-lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        told = place / f"{served(edition_home)}.json"  # kept from run to run where there are no workers
        if not told.is_file():
            own = place / served(edition_home)
            shutil.rmtree(own, ignore_errors=True)
            told.write_text(json.dumps(asdict(_changed(edition_home, own))), encoding="utf-8")
        return Changed(**json.loads(told.read_text(encoding="utf-8")))


def _changed(edition_home: Path, place: Path) -> Changed:
    home = linked(edition_home, place / "home", steps=True)
    before = served(home)

    (place / "psmt.csv").write_text(changed.psmt_table(), encoding="utf-8")
    (place / "aides.csv").write_text(changed.aids_table(), encoding="windows-1252")
    whose = ("--who", changed.WHO, "--licence", changed.LICENCE)
    complete = ("--complete-for", "departement:12")
    imported = vigie("import", place / "psmt.csv", "--template", "psmt_epci", *whose, home=home)
    assert imported.code == 0, imported.err
    second = vigie("import", place / "aides.csv", "--template", "aides_commune", *whose, *complete, home=home)
    assert second.code == 0, second.err

    (place / "server").mkdir()
    (place / "server" / changed.FILE).write_bytes(changed.times())
    with changed.files_served(place / "server") as address:
        fetched = vigie("fetch", changed.SOURCE, "--address", f"{address}/{changed.FILE}", home=home)
    assert fetched.code == 0, fetched.err

    (place / "producers").mkdir()
    changed.producers_files(place / "producers")
    perimeter = changed.perimeter_file(place)
    assert served(home) == before
    built = vigie("build", "--from", place / "producers", "--perimeters", perimeter, home=home)
    assert built.code == 0, built.err
    return Changed(
        home=str(home),
        folder=str(place / "producers"),
        perimeter=str(perimeter),
        before=before,
        after=served(home),
        imported=imported.out,
        fetched=fetched.out,
        built=built.out,
        progress=built.err,
    )
