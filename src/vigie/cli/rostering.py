"""The command that brings a duty roster, and tells those that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.cli.words import console, home, say
from vigie.language import NNBSP


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    help_ = say("Tours de garde : apporter un fichier, ou les lister.", "Duty rosters: bring a file, or list them.")
    app.command("roster", help=help_)(roster)


def roster(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=say("[FICHIER]", "[FILE]"),
            help=say("CSV au format de docs/roster.md.", "A CSV in the format of docs/roster.md."),
        ),
    ] = None,
) -> None:
    """Bring a roster into the home after reading it whole; without a file, list those that are there."""
    from vigie.editions import rosters

    if file is not None:
        target, duties = rosters.bring(home(), file)
        told = f"{target.name}{say(NNBSP + ': ', ': ')}{len(duties)} {say('gardes', 'duties')}"
        console().print(told, highlight=False)
        return
    found = rosters.rosters(home())
    if not found:
        console().print(say("Aucun tour de garde.", "No duty roster."))
    for name, duties in found.items():
        ends = max((one.end for one in duties), default=None)
        until = f", {say('jusqu’au', 'until')} {ends:%Y-%m-%d %H:%M}" if ends else ""
        console().print(
            f"{name}{say(NNBSP + ': ', ': ')}{len(duties)} {say('gardes', 'duties')}{until}", highlight=False
        )
