"""Commands that set figures side by side: reconcile (producers of one quantity), aids (the ledger of public aids)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.words import LANG, console, home, print_json, say
from vigie.language import number, plural

if TYPE_CHECKING:
    import polars as pl

    from vigie.editions.observatory import Observatory, Territory

AsJson = Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))]
Where = Annotated[
    str | None,
    typer.Argument(
        metavar=say("[TERRITOIRE]", "[TERRITORY]"),
        help=say("Département, région ou France (France sinon).", "Département, région or France (else France)."),
    ),
]

KINDS = {
    "date": ("date", "date"),
    "field": ("champ", "field"),
    "mep": ("MEP", "MEP"),
    "age_limit": ("limite d'âge", "age limit"),
    "main_practice": ("cabinet principal", "main practice"),
}
FUNDERS = {
    "tous": ("tous financeurs", "all funders"),
    "assurance_maladie": ("Assurance maladie", "Assurance maladie"),
    "ars": ("ARS", "ARS"),
    "collectivites": ("collectivités", "local authorities"),
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "reconcile", help=say("Rapproche les sources d'une même quantité.", "Sets the sources of a quantity together.")
    )(reconcile)
    app.command("aids", help=say("Le registre des aides publiques.", "The ledger of public aids."))(aids)


def reconcile(
    territory: Where = None,
    quantity: Annotated[str | None, typer.Option(help=say("Une seule quantité.", "One quantity only."))] = None,
    as_json: AsJson = False,
) -> None:
    """Print how far apart the producers' counts are in a territory, the known causes, and what is left unexplained."""
    from vigie.editions.observatory import open_edition
    from vigie.errors import UnknownNameError
    from vigie.indicators.reconciliation import LEVELS, quantities

    known = quantities()
    if quantity is not None and quantity not in known:
        raise UnknownNameError(
            f"quantité inconnue : « {quantity} ». Quantités : {', '.join(known)}.",
            f"unknown quantity: “{quantity}”. Quantities: {', '.join(known)}.",
        )
    with open_edition(home()) as observatory:
        found = observatory.territory(territory or "france:FR")
        rows = observatory.reconciliation(found, quantity)
        if as_json:
            told = [{**row, "causes": json.loads(row["causes"])} for row in rows.to_dicts()]
            print_json({"edition": observatory.id, "territory": found.key, "reconciliation": told})
            return
        if rows.is_empty():
            console().print(
                say(
                    f"Données non disponibles au niveau {found.level} : ces rapprochements existent aux niveaux "
                    f"{', '.join(LEVELS)}.",
                    f"Data not available at level {found.level}: these comparisons exist at levels "
                    f"{', '.join(LEVELS)}.",
                )
            )
            return
        console().print(f"[bold]{found.name}[/] ({found.key}). {say('Édition', 'Edition')} {observatory.id}.")
        for (name,), own in rows.group_by("quantity", maintain_order=True):
            _print_quantity(str(name), own)


def _print_quantity(name: str, rows: pl.DataFrame) -> None:
    from vigie.indicators.reconciliation import quantities

    one, screen = quantities()[name], console()
    values: dict[str, float] = {}
    for row in rows.iter_rows(named=True):
        values |= {row["first"]: row["first_value"], row["second"]: row["second_value"]}
    screen.print(f"\n[bold]{one.title.of(LANG)}[/]")
    for count in one.counts:
        if count.id in values:
            figure = number(values[count.id], LANG)
            screen.print(
                f"  {figure:>11}  {count.producer}, {count.date}{say(chr(0x202F), '')}: {count.field.of(LANG)}"
            )
    colon = say("\u202f: ", ": ")
    for row in rows.iter_rows(named=True):
        first, second = one.count(row["first"]), one.count(row["second"])
        many = plural(row["unexplained"], "non expliqué", "non expliqués", LANG)
        left = f"{_signed(row['unexplained'])} {say(many, 'unexplained')}"
        names = f"{first.short.of(LANG)} → {second.short.of(LANG)}"
        screen.print(
            f"  {names}{colon}{_signed(row['difference'])} {one.unit.of(LANG)}, {say('dont', 'of which')} {left}"
        )
        for cause in json.loads(row["causes"]):
            size = _signed(cause["size"]) if cause["size"] is not None else say("non mesuré", "not measured")
            screen.print(f"      {say(*KINDS[cause['kind']])} ({size}){colon}{cause[LANG]}", style="dim")


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, LANG)


def aids(territory: Where = None, as_json: AsJson = False) -> None:
    """Print the national amounts as published, each with its year and field, and those imported for a territory."""
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        found = observatory.territory(territory) if territory else None
        rows = observatory.aids(found)
        if as_json:
            key = found.key if found else None
            print_json({"edition": observatory.id, "territory": key, "aids": rows.to_dicts()})
            return
        if found is not None and found.level != "france":
            _print_local(observatory, found, rows)
            return
        _print_national(observatory, rows)


def _print_national(observatory: Observatory, rows: pl.DataFrame) -> None:
    import polars as pl

    from vigie.indicators.aids import ledger

    screen = console()
    screen.print(
        f"[bold]{say('Aides publiques à l’accès aux soins, France', 'Public aids for access to care, France')}[/] "
        f"({say('édition', 'edition')} {observatory.id})"
    )
    printed = rows.filter(pl.col("rank").is_in(["family", "total"]) & (pl.col("place") == "cour_2024_tableau_05"))
    title = say("Cour des comptes, tableaux 5 et 14", "Cour des comptes, tables 5 and 14")
    screen.print(_table(title, printed))
    screen.print(
        say(
            "Le total est celui que la Cour imprime : il mêle les années 2020, 2022 et 2024.",
            "The total is the one that the Cour prints: it mixes the years 2020, 2022 and 2024.",
        ),
        style="dim",
    )
    for family in ledger().families:
        own = rows.filter((pl.col("rank") == "scheme") & (pl.col("family") == family.id))
        if not own.is_empty():
            screen.print(_table(family.title.of(LANG), own.sort("period", "euros", descending=[False, True])))
    imported = rows.filter(pl.col("rank") == "imported")
    if not imported.is_empty():
        screen.print(_table(say("Tables importées", "Imported tables"), imported))
    screen.print(
        say(
            "\nAnnées et champs diffèrent : ces lignes ne s'additionnent pas. Par habitant : population de l'édition. "
            "Par territoire : vigie import FICHIER --template aides_commune, puis vigie aids TERRITOIRE.",
            "\nYears and fields differ: these lines do not add up. Per inhabitant: population of the edition. "
            "By territory: vigie import FILE --template aides_commune, then vigie aids TERRITORY.",
        ),
        style="dim",
    )


def _print_local(observatory: Observatory, found: Territory, rows: pl.DataFrame) -> None:
    screen = console()
    screen.print(f"[bold]{found.name}[/] ({found.key}). {say('Édition', 'Edition')} {observatory.id}.")
    if rows.is_empty():
        screen.print(
            say(
                "Données non disponibles. Une table les apporte : vigie import FICHIER --template aides_commune.",
                "Data not available. A table brings them: vigie import FILE --template aides_commune.",
            )
        )
        return
    screen.print(_table(say("Aides versées, tables importées", "Aids paid, imported tables"), rows))
    count = rows["period"].n_unique()
    screen.print(
        say(
            f"{count} {plural(count, 'période', 'périodes', 'fr')}. Les montants nationaux ont d'autres années et "
            "d'autres champs : vigie aids.",
            f"{count} {plural(count, 'period', 'periods', 'en')}. National amounts have other years and fields: "
            "vigie aids.",
        ),
        style="dim",
    )


def _table(title: str, rows: pl.DataFrame) -> Any:
    from rich.table import Table

    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    headings = (
        (say("aide", "aid"), "left"),
        (say("financeur", "funder"), "left"),
        (say("année", "year"), "right"),
        (say("M€", "€m"), "right"),
        (say("€ par habitant", "€ per inhabitant"), "right"),
        ("source", "left"),
    )
    for heading, side in headings:
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold", max_width=70)
    for row in rows.iter_rows(named=True):
        table.add_row(*_cells(row))
    return table


def _cells(row: dict[str, Any]) -> list[str]:
    year = row["period"] or say("mêlées", "mixed")
    source = row["document"] or row["snapshot"].split("@")[0]
    label, field = row[f"label_{LANG}"], row["field_fr"]
    if row["rank"] == "scheme" and field and not label.startswith(field[:30]):
        label = f"{label} — {field}"
    if row["euros"] is None:
        hidden = say("secret statistique", "suppressed")
        return [label, say(*FUNDERS[row["funder"]]), year, hidden, "", source]
    about = say("environ ", "about ") if row["status"] == "estimated" else ""
    millions = row["euros"] / 1e6
    amount, share = number(millions, LANG, 0 if millions == round(millions) else 2), ""
    if row["per_inhabitant"] is not None:
        share = number(row["per_inhabitant"], LANG, 2)
    return [label, say(*FUNDERS[row["funder"]]), year, about + amount, share, source]
