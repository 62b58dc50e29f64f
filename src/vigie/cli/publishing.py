"""The command that writes the site as files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal

import typer

from vigie.cli.words import LANG, console, home, print_json, say, stderr
from vigie.errors import Lang
from vigie.language import Text, number

_LANGS: dict[str, tuple[Lang, ...]] = {"fr": ("fr",), "en": ("en",), "both": ("fr", "en")}
_MOST = 8  # processes: each opens the edition, half a gigabyte


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("publish", help=say("Écrit le site en fichiers.", "Writes the site as files."))(publish)


def publish(
    static: Annotated[
        Path,
        typer.Option(
            metavar=say("DOSSIER", "DIR"), help=say("Dossier de la publication.", "Folder of the publication.")
        ),
    ],
    lang: Annotated[
        Literal["fr", "en", "both"], typer.Option(help=say("Langues des pages.", "Languages of the pages."))
    ] = "fr",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar=say("NIVEAU:CODE", "LEVEL:CODE"),
            help=say("Un territoire et ce qu'il contient (répétable).", "A territory and what it holds (repeatable)."),
        ),
    ] = None,
    reports: Annotated[
        bool,
        typer.Option(
            "--reports",
            help=say("Avec l'état des lieux de chaque département (PDF).", "With each département's report (PDF)."),
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=0, max=_MOST, help=say("Processus (0 : un par cœur).", "Processes (0: one a core)."))
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))] = False,
) -> None:
    """Write the current edition as files for any file server or object store: site, API, data, search, feeds.

    A folder published before is brought up to date: only what changed is written. ``VIGIE_URL`` is the address that
    feeds and the sitemap will name.
    """
    from vigie.site.publication import Asked, publish

    start = perf_counter()
    count = jobs or min(_MOST, os.cpu_count() or 1)
    with _progress() as tell:
        asked = Asked(_LANGS[lang], tuple(only or ()), count, ("departement",) if reports else ())
        done = publish(home(), static, asked, tell)
    seconds = perf_counter() - start
    if as_json:
        print_json({**vars(done), "seconds": round(seconds, 1)})
        return
    size = number(done.bytes / 1e6, LANG)
    files, written, removed = (number(count, LANG) for count in (done.files, done.written, done.removed))
    console().print(
        say(
            f"Édition {done.edition} publiée dans {static}\u202f: {files} fichiers, {size} Mo ; "
            f"{written} écrits, {removed} retirés, en {number(seconds, LANG)} s.",
            f"Edition {done.edition} published in {static}: {files} files, {size} MB; "
            f"{written} written, {removed} removed, in {number(seconds, LANG)} s.",
        ).replace(" ;", "\u202f;")
    )


@contextmanager
def _progress() -> Iterator[Callable[[Text, int, int], None]]:
    """A bar on a terminal; a line at each tenth elsewhere."""
    screen = stderr()
    if not screen.is_terminal:
        said: set[tuple[str, int]] = set()

        def line(what: Text, done: int, whole: int) -> None:
            mark = (what.fr, 10 * done // max(whole, 1))
            if mark not in said and done >= whole // 10:
                said.add(mark)
                screen.print(f"{what.of(LANG)} {number(done, LANG)} / {number(whole, LANG)}")

        yield line
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  console=screen) as bar:  # fmt: skip
        tasks: dict[str, int] = {}

        def tell(what: Text, done: int, whole: int) -> None:
            name = what.of(LANG)
            task = tasks.get(name)
            if task is None:
                task = tasks[name] = bar.add_task(name)
            bar.update(task, completed=done, total=whole)  # type: ignore[arg-type]

        yield tell
