"""The command that serves the site."""

from __future__ import annotations

from typing import Annotated

import typer

from vigie.cli.words import home, say


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("serve", help=say("Sert le site et l'API.", "Serves the site and the API."))(serve)


def serve(
    host: Annotated[str, typer.Option(help=say("Adresse d'écoute.", "Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help=say("Port.", "Port."))] = 8000,
) -> None:
    """Serve the edition of the home folder; a new edition is taken up without a restart."""
    from vigie.site.server import serve as run

    run(home(), host, port)
