"""The command of the fine grid: accessibility of each cell, on one machine or on many."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vigie.cli.building import AsJson
from vigie.cli.words import LANG, print_json, say, stderr
from vigie.language import NNBSP, number

Workers = Annotated[
    int,
    typer.Option(
        "--workers", min=0, max=256, help=say("Processus de cette machine (Dask).", "Processes of this machine (Dask).")
    ),
]
Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler",
        metavar=say("ADRESSE", "ADDRESS"),
        help=say("Ordonnanceur Dask : tcp://hôte:8786.", "Dask scheduler: tcp://host:8786."),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("grid", help=say("L'accessibilité carreau par carreau.", "Accessibility cell by cell."))(grid)


def grid(
    cells: Annotated[
        Path,
        typer.Argument(
            metavar=say("FICHIER", "FILE"),
            help=say("Carreaux : x, y (mètres), demand, supply.", "Cells: x, y (metres), demand, supply."),
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Fichier .parquet ou .csv.", "File, .parquet or .csv."))
    ] = None,
    metres: Annotated[float, typer.Option(min=1, max=100_000, help=say("Côté d'un carreau.", "Side of a cell."))] = 200,
    speed: Annotated[
        float, typer.Option(min=1, max=1000, help=say("km/h à vol d'oiseau.", "km/h as the crow flies."))
    ] = 50,
    detour: Annotated[
        float, typer.Option(min=1, max=10, help=say("Route sur ligne droite.", "Road over straight line."))
    ] = 1.3,
    decay: Annotated[
        str, typer.Option(help=say("Préréglage, ou linear:20, bands:…", "Preset, or linear:20, bands:…"))
    ] = "barlet-2012",
    side: Annotated[
        int, typer.Option(min=1, max=100_000, help=say("Carreaux par côté d'une tuile.", "Cells along a tile."))
    ] = 1024,
    workers: Workers = 0,
    scheduler: Scheduler = "",
    as_json: AsJson = False,
) -> None:
    """Compute the access of every cell of a fine grid, by tiles with a halo; the same bits on one machine or many."""
    from vigie.access.written import read_decay
    from vigie.editions.gridded import Pace, grid_study, read_cells
    from vigie.editions.studies import check_target, write_table_and_record
    from vigie.editions.workers import workers as hands

    if output:
        check_target(output)
    pace = Pace(metres, speed, detour, read_decay(decay))
    own, where = read_cells(cells, metres)
    with hands(workers, scheduler) as each:
        start = perf_counter()
        table, record = grid_study(own, where, pace, side, each, _told)
        seconds = perf_counter() - start
    if output:
        write_table_and_record(table, record, output)
    if as_json:
        print_json({**record, "seconds": round(seconds, 3)})
        return
    per = 1000 * record["mean"] if record["mean"] else 0.0
    lines = [
        (say("carreaux", "cells"), number(record["cells"], LANG)),
        (say("demande", "demand"), number(record["demand"], LANG)),
        (say("offre", "supply"), number(record["supply"], LANG)),
        (say("moyenne", "mean"), f"{number(per, LANG, 3)} {say('pour 1 000 personnes', 'per 1,000 people')}"),
        (say("non défini", "not defined"), number(record["undefined"], LANG)),
        (say("calcul", "computed in"), f"{number(seconds, LANG, 1)} s"),
    ]
    if output:
        lines.append((say("écrit", "written"), f"{output}, {output.name}.json"))
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        typer.echo(f"{label.ljust(width)}  {text.replace('1 000', f'1{NNBSP}000')}")


def _told(done: int) -> None:
    """A line each hundred tiles, on a terminal."""
    screen = stderr()
    if screen.is_terminal and done % 100 == 0:
        screen.print(say(f"{done} tuiles", f"{done} tiles"))
