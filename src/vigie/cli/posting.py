"""The command that brings the postal codes, and says whether they are there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.cli.words import LANG, console, home, say
from vigie.language import NNBSP, number


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    help_ = say("Codes postaux : apporter le fichier, ou dire s'il est là.", "Postal codes: bring the file, or tell.")
    app.command("postal", help=help_)(postal)


def postal(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=say("[FICHIER]", "[FILE]"),
            help=say(
                "Celui de La Poste, ou un CSV : docs/postal-codes.md.", "La Poste's, or a CSV: docs/postal-codes.md."
            ),
        ),
    ] = None,
) -> None:
    """Bring the postal codes into the home after reading them whole; without a file, say how many are there."""
    from vigie.editions import postal as codes

    found = codes.postal_codes(home()) if file is None else codes.bring(home(), file)
    if found is None:
        none = say("Aucun code postal. Le fichier de La Poste les apporte : vigie postal FICHIER.",
                   "No postal code. La Poste's file brings them: vigie postal FILE.")  # fmt: skip
        console().print(none, highlight=False)
        return
    communes = len({code for served in found.values() for code in served})
    told = f"{number(len(found), LANG)}, {say('communes', 'communes')}{say(NNBSP + ': ', ': ')}{number(communes, LANG)}"
    console().print(f"{say('Codes postaux' + NNBSP + ': ', 'Postal codes: ')}{told}", highlight=False)
