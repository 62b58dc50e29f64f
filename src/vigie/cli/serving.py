"""The command that serves the site."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from vigie import memory
from vigie.cli.words import home, say
from vigie.errors import VigieError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("serve", help=say("Sert le site et l'API.", "Serves the site and the API."))(serve)


def serve(
    host: Annotated[str, typer.Option(help=say("Adresse d'écoute.", "Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help=say("Port.", "Port."))] = 8000,
) -> None:
    """Serve the edition of the home folder; a new edition is taken up without a restart.

    Where the edition has no tiles yet, another process makes them meanwhile, after every other in turn.
    """
    memory.settle()
    from vigie.site.server import serve as run

    with _making_tiles(home()):
        run(home(), host, port)


@contextmanager
def _making_tiles(home: Path) -> Iterator[None]:
    """Run ``vigie tiles`` aside for the time of the block, where it has something to do."""
    if not _wants_tiles(home):
        yield
        return
    command = [sys.executable, "-m", "vigie", "--home", str(home), "tiles"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_meekly
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _meekly() -> None:
    os.nice(15)


def _wants_tiles(home: Path) -> bool:
    from vigie.editions.store import current_folder
    from vigie.editions.tiles import link_tiles

    try:
        return not link_tiles(home, current_folder(home))
    except VigieError:  # no edition yet, or a disk that cannot be written: the page says so
        return False
