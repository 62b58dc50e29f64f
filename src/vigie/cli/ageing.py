"""The command that recovers the age weights of a standardised population."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.cli.building import AsJson
from vigie.cli.words import LANG, print_json, say
from vigie.language import number


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("ages", help=say("Retrouve des poids par âge.", "Recovers age weights."))(ages)


def ages(
    populations: Annotated[
        Path,
        typer.Argument(
            metavar=say("FICHIER", "FILE"),
            help=say(
                "Lieux : id, standardised (population standardisée), une colonne d'habitants par classe d'âge.",
                "Places: id, standardised (standardised population), a column of people per age class.",
            ),
        ),
    ],
    classes: Annotated[
        str,
        typer.Option(
            "--classes", help=say("Colonnes des classes, séparées par des virgules.", "Columns of the classes.")
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help=say("Fichier .parquet ou .csv (class, weight).", "File, .parquet or .csv (class, weight)."),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recover by non-negative least squares what a person of each age weighs in a standardised population."""
    import polars as pl

    from vigie.editions.ages import recovered
    from vigie.editions.studies import check_target, write_table_and_record

    if output:
        check_target(output)
    names = [name.strip() for name in classes.split(",")]
    found, places = recovered(populations, names)
    table = pl.DataFrame({"class": names, "weight": found.weights})
    record = {
        "file": populations.name,
        "places": places,
        "r_squared": found.r_squared,
        "largest_error": found.largest_error,
    }
    if output:
        write_table_and_record(table, record, output)
    if as_json:
        print_json({**record, "weights": table.to_dicts()})
        return
    width = max(len(name) for name in names)
    for name, weight in table.iter_rows():
        typer.echo(f"{name.ljust(width)}  {number(weight, LANG, 4)}")
    typer.echo(
        say(
            f"R² {number(found.r_squared, LANG, 6)} ; plus grand écart {number(found.largest_error, LANG, 1)} "
            f"personne(s), sur {number(places, LANG)} lieux.",
            f"R² {number(found.r_squared, LANG, 6)}; largest error {number(found.largest_error, LANG, 1)} people, "
            f"over {number(places, LANG)} places.",
        )
    )
    if output:
        typer.echo(f"{say('écrit', 'written')}  {output}, {output.name}.json")
