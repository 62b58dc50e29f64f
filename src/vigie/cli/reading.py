"""Commands that read the edition served: show, indicators, export."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.words import LANG, console, figure, home, print_json, say
from vigie.errors import VigieError
from vigie.language import number

if TYPE_CHECKING:
    from rich.table import Table

    from vigie.editions.reading import Line
    from vigie.indicators import Definition

AsJson = Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))]
Indicators = Annotated[
    list[str] | None, typer.Option("--indicator", help=say("Indicateur (répétable).", "Indicator (repeatable)."))
]
Period = Annotated[str | None, typer.Option(help=say("Période, par exemple 2023.", "Period, for instance 2023."))]

THEMES = {
    "acces": ("Accès aux professionnels", "Access to professionals"),
    "offre": ("Offre de soins", "Supply of care"),
    "urgences": ("Urgences", "Emergencies"),
    "population": ("Population", "Population"),
    "engagement": ("Engagements de la convention", "Commitments of the convention"),
    "alerte": ("Indicateurs d'alerte", "Alert indicators"),
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("show", help=say("Les chiffres d'un territoire.", "The figures of a territory."))(show)
    app.command("indicators", help=say("Liste les indicateurs.", "Lists the indicators."))(indicators)
    app.command("export", help=say("Exporte des observations.", "Exports observations."))(export)


def show(
    territory: Annotated[
        str,
        typer.Argument(
            metavar=say("TERRITOIRE", "TERRITORY"),
            help=say(
                "niveau:code, code ou nom : epci:241200187, 12202, Rodez.", "level:code, code or name: 12202, Rodez."
            ),
        ),
    ],
    indicator: Indicators = None,
    period: Period = None,
    as_json: AsJson = False,
) -> None:
    """Print a territory's figures beside those of its département and of France."""
    from vigie.editions.observatory import open_edition
    from vigie.editions.reading import lines

    with open_edition(home()) as observatory:
        found = observatory.territory(territory)
        for name in indicator or ():
            observatory.indicator(name)
        rows = lines(observatory, found, indicator, period)
        if as_json:
            print_json(
                {"edition": observatory.id, "territory": asdict(found), "figures": [asdict(row) for row in rows]}
            )
            return
        _print_card(observatory.id, found.name, found.key, found.population, rows, observatory.indicators)
        if period is None:
            _print_absent(found.level, rows, observatory.indicators, indicator)
        elif not rows:
            console().print(
                say("Aucune observation ne répond à cette demande.", "No observation answers this request.")
            )


def _print_card(
    edition: str, name: str, key: str, population: int | None, rows: list[Line], known: dict[str, Definition]
) -> None:
    from rich.markup import escape

    screen = console()
    people = say("population non disponible", "population not available")
    if population is not None:
        people = f"{number(population, LANG)} {say('habitants', 'inhabitants')}"
    screen.print(f"[bold]{escape(name)}[/] ({key}), {people}. {say('Édition', 'Edition')} {edition}.")
    for theme, (fr, en) in THEMES.items():
        own = [row for row in rows if known[row.indicator].theme == theme]
        if not own:
            continue
        screen.print(_theme_table(say(fr, en), own, known))
    if rows:
        screen.print(_legend(rows), style="dim")


def _print_absent(level: str, rows: list[Line], known: dict[str, Definition], asked: list[str] | None) -> None:
    """What is not at hand for the territory, and the command that brings it where there is one."""
    from vigie.sources import catalogue

    shown = {row.indicator for row in rows}
    published = [one for one in known.values() if one.theme in ("engagement", "alerte") and level in one.levels]
    wanted = asked or [one.id for one in published]
    absent = [known[name] for name in wanted if name not in shown]
    if not absent:
        return
    console().print(f"\n[bold]{say('Données non disponibles', 'Data not available')}[/]")
    for one in absent:
        sources = [name for name in one.sources if name in catalogue() and catalogue()[name].addresses]
        brings = sources and level in one.levels and not one.periods()
        remedy = f"vigie fetch {' '.join(sources)}" if brings else _why_absent(one, level)
        console().print(f"{one.short.of(LANG)}{say(chr(0x202F), '')}: {remedy}")


def _why_absent(definition: Definition, level: str) -> str:
    if level not in definition.levels:
        levels = ", ".join(definition.levels)
        return say(f"n'existe qu'aux niveaux {levels}.", f"exists only at levels {levels}.")
    return say("aucune valeur publiée à ce jour.", "no value published to date.")


def _theme_table(title: str, rows: list[Line], known: dict[str, Definition]) -> Table:
    """The lines of one theme; a column that none of them fills is left out."""
    from rich.table import Table

    headings = (
        *(say("indicateur", "indicator"), say("période", "period"), say("valeur", "value"), say("évolution", "change")),
        *(say("cinquième", "fifth"), say("départ.", "dépt."), "France", say("unité", "unit"), "source"),
    )
    cells = [_cells(row, known[row.indicator]) for row in rows]
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    filled = [place for place in range(len(headings)) if place < 3 or any(line[place] for line in cells)]
    for place in filled:
        text = headings[place] in (headings[0], headings[-2], headings[-1])
        table.add_column(headings[place], justify="left" if text else "right", no_wrap=not text, max_width=44)
    for line in cells:
        table.add_row(*(line[place] for place in filled))
    return table


def _cells(row: Line, definition: Definition) -> list[str]:
    change = ""
    if row.change is not None:
        sign = "+" if row.change > 0 else ""
        change = f"{sign}{number(row.change, LANG, definition.decimals)} / {row.change_since}"
    around = [
        "" if value is None else number(value, LANG, definition.decimals) for value in (row.departement, row.france)
    ]
    return [
        *(definition.short.of(LANG), row.period, figure(definition, row.value, row.status), change),
        "●".rjust(row.fifth, "·").ljust(5, "·") if row.fifth else "",
        *around,
        definition.unit.of(LANG),
        row.snapshot.split("@")[0] if definition.compute.rule == "published" else "",
    ]


def _legend(rows: list[Line]) -> str:
    notes = [
        say(
            "cinquième : place de la valeur parmi les territoires du même niveau, de la plus basse à la plus haute",
            "fifth: where the value falls among territories of the same level, from the lowest to the highest",
        )
    ]
    if any(row.status == "estimated" for row in rows):
        notes.append(say("* valeur estimée ou partielle", "* estimated or partial value"))
    return "\n" + " ; ".join(notes) + "."


def indicators(as_json: AsJson = False) -> None:
    """List the indicators of the edition served, or those that Vigie ships where there is no edition yet."""
    from rich.table import Table

    from vigie.editions.observatory import open_edition
    from vigie.errors import StorageError
    from vigie.indicators import definitions

    try:
        with open_edition(home()) as observatory:
            known = observatory.indicators
    except StorageError:
        known = definitions()
    if as_json:
        print_json([one.model_dump(mode="json") for one in known.values()])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", say("titre", "title"), say("unité", "unit"), say("niveaux", "levels")):
        table.add_column(heading, overflow="fold")
    for one in known.values():
        table.add_row(one.id, one.title.of(LANG), one.unit.of(LANG), ", ".join(one.levels))
    console().print(table)


class Format(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"
    XLSX = "xlsx"
    GEOJSON = "geojson"


def export(
    indicator: Indicators = None,
    level: Annotated[
        str | None, typer.Option(help=say("Niveau : commune, epci, departement…", "Level: commune, epci, departement…"))
    ] = None,
    period: Period = None,
    output_format: Annotated[Format, typer.Option("--format", help=say("Format.", "Format."))] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Fichier (sinon la sortie).", "File (else the output)."))
    ] = None,
) -> None:
    """Export the observations of one indicator or several, with the names of the territories."""
    from vigie.editions.export import write
    from vigie.editions.observatory import open_edition

    if not indicator:
        raise VigieError(
            "il manque --indicator.",
            "--indicator is missing.",
            remedy_fr="Par exemple : vigie export --indicator apl_mg --level commune. La liste : vigie indicators.",
            remedy_en="For instance: vigie export --indicator apl_mg --level commune. The list: vigie indicators.",
        )
    if output is None and output_format in (Format.PARQUET, Format.XLSX) and sys.stdout.isatty():
        raise VigieError(
            f"le format {output_format} est binaire : donnez un fichier avec --output.",
            f"the format {output_format} is binary: give a file with --output.",
        )
    with open_edition(home()) as observatory:
        content = write(observatory, indicator, level, period, str(output_format), LANG)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    from vigie.editions.store import storage_errors

    with storage_errors(output):
        output.write_bytes(content)
