"""The command that calibrates on a published APL: calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson, From, folders, progress
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.language import number

if TYPE_CHECKING:
    from rich.table import Table

    from vigie.editions.calibrating import Outcome


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "calibrate",
        help=say(
            "Cale vitesses, décroissances et offre sur l'APL publiée, et dit à quel point on s'en approche.",
            "Fits speeds, decays and supply to the published APL, and says how near that comes.",
        ),
    )(calibrate)


def calibrate(
    year: Annotated[int, typer.Option(help=say("Année de l'APL.", "Year of the APL."))] = 2021,
    sources: From = None,
    profession: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "Profession : mg, infirmiers, kines, dentistes, sages_femmes (répétable ; toutes sinon).",
                "Profession: mg, infirmiers, kines, dentistes, sages_femmes (repeatable; else all).",
            )
        ),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help=say("Code d'une région (répétable ; toutes sinon).", "Code of a région (repeatable).")),
    ] = None,
    iterations: Annotated[
        int, typer.Option(min=1, help=say("Itérations du calage, au plus.", "Iterations of the fit, at most."))
    ] = 70,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help=say(
                "Dossier du rapport et du préréglage (sinon calage-ANNÉE).",
                "Folder of the report and the preset (else calage-YEAR).",
            ),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit two models to the APL of a year, judge them on what was hidden, and write the report and the preset."""
    from vigie.editions import calibrating, calibration_report

    target = output or Path(f"calage-{year}")
    calibrating.write(target, {})  # a folder that cannot be written is told before minutes of computing
    with progress() as tell:
        outcome = calibrating.from_inputs(
            folders(sources), home() / "snapshots", year, profession or (), region or (), iterations, tell
        )
    calibrating.write(target, calibrating.preset_files(outcome) | calibration_report.files(outcome, LANG))
    if as_json:
        print_json(calibration_report.as_data(outcome))
        return
    _print(outcome, target)


def _print(outcome: Outcome, target: Path) -> None:
    screen = console()
    screen.print(_table(outcome))
    screen.print(
        say(
            "Corrélation avec l'APL publiée, pondérée par la population standardisée. Ce qui compte pour un lieu dont "
            "la Drees ne publie rien : « tout caché ».",
            "Correlation with the published APL, weighted by the standardised population. What counts for a place of "
            "which DREES publishes nothing: “everything hidden”.",
        ),
        style="dim",
    )
    screen.print(f"{say('Rapport et préréglage', 'Report and preset')}{say(chr(0x202F), '')}: {target}")


def _table(outcome: Outcome) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(say("ce qui est jugé", "what is judged"), overflow="fold")
    for name in outcome.heads:
        table.add_column(name, justify="right")
    for test in outcome.tests:
        found = outcome.correlations(test.id)
        table.add_row(
            test.title.of(LANG), *("–" if value is None else number(value, LANG, 3) for value in found.values())
        )
    return table
