"""The command that sets the definitions of a "désert médical" side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.errors import UnknownNameError
from vigie.language import NNBSP, number, percent, plural

if TYPE_CHECKING:
    import polars as pl

    from vigie.editions.observatory import Observatory, Territory

COLON = say(f"{NNBSP}:", ":")
_ABOUT = {
    "about": ("environ ", "about "),
    "nearly": ("près de ", "nearly "),
    "less_than": ("moins de ", "less than "),
    "more_than": ("plus de ", "more than "),
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "deserts", help=say("Les définitions d'un désert, côte à côte.", "The definitions of a désert, side by side.")
    )(deserts)


def deserts(
    territory: Annotated[
        str | None,
        typer.Argument(
            metavar=say("[TERRITOIRE]", "[TERRITORY]"),
            help=say("EPCI, département ou région ; sinon la France.", "EPCI, département or région; else France."),
        ),
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B",
            help=say("Qui est dans A et pas dans B, et où.", "Who is in A and not in B, and where."),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print each definition with what Vigie recomputes and what is published, each with its source."""
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        if compare:
            _compare(observatory, *compare, as_json)
        elif territory:
            _of_territory(observatory, observatory.territory(territory), as_json)
        else:
            _of_france(observatory, as_json)


def _of_france(observatory: Observatory, as_json: bool) -> None:
    rows = observatory.table("deserts")
    if as_json:
        print_json(rows.to_dicts())
        return
    screen = console()
    for _, own in rows.group_by("definition", maintain_order=True):
        first = own.row(0, named=True)
        screen.print(f"[bold]{first['definition']}[/]  {first[f'label_{LANG}']}")
        for label, text in _block(own):
            if text:
                screen.print(f"    {label}{COLON} {text}", markup=False)
    screen.print(
        say(
            "\nRecalculé\u202f: par commune, population totale de l'APL. Un territoire\u202f: vigie deserts "
            "departement:12. Deux définitions\u202f: vigie deserts --compare mg_2_5 trois_professions.",
            "\nRecomputed: by commune, total population of the APL. One territory: vigie deserts departement:12. "
            "Two definitions: vigie deserts --compare mg_2_5 trois_professions.",
        ),
        markup=False,
    )


def _block(own: pl.DataFrame) -> list[tuple[str, str]]:
    """What is said of one definition: recomputed, published and by whom, what is assumed, notes."""
    recomputed, published = (own.filter(own["kind"] == kind) for kind in ("recomputed", "published"))
    first = own.row(0, named=True)
    documents = ", ".join(published["source"].unique(maintain_order=True))
    printed = _figures(published)
    return [
        (say("recalculé", "recomputed"), _figures(recomputed)),
        (say("publié", "published"), f"{printed} [{documents}]" if printed else ""),
        (say("définition de", "definition of"), recomputed["source"][0] if recomputed.height else ""),
        (say("hypothèse de Vigie", "assumed by Vigie"), first[f"assumed_{LANG}"]),
        (say("note", "note"), first[f"note_{LANG}"]),
    ]


def _figures(rows: pl.DataFrame) -> str:
    return f"{say(NNBSP, '')}; ".join(_figure(row) for row in rows.iter_rows(named=True))


def _figure(row: dict[str, object]) -> str:
    """``16,7 % (11,2 millions), 2023``; a count alone where no share is given."""
    share, upper, people = row["share"], row["upper_share"], row["people"]
    parts = []
    if isinstance(share, float):
        text = percent(share, LANG) if share < 1 or share % 1 else percent(share, LANG, 0)
        if isinstance(upper, float):
            text = say(f"de {number(share, LANG)} à ", f"{number(share, LANG)} to ") + percent(upper, LANG, 0)
        parts.append(text)
    if isinstance(people, float):
        words = _people(people)
        parts.append(f"({words})" if parts else words)
    about = _ABOUT.get(str(row["qualifier"]), ("", ""))
    period = f", {row['period']}" if row["period"] else ""
    return f"{say(*about)}{' '.join(parts)}{period}"


def _people(people: float) -> str:
    if people >= 1e6:
        millions, decimals = people / 1e6, 0 if people % 1e6 == 0 else 1
        return f"{number(millions, LANG, decimals)} {plural(millions, 'million', say('millions', 'million'), LANG)}"
    return number(people, LANG)


def _of_territory(observatory: Observatory, territory: Territory, as_json: bool) -> None:
    import polars as pl
    from rich.table import Table

    own = observatory.table("desert_territories").filter(
        (pl.col("level") == territory.level) & (pl.col("code") == territory.code)
    )
    if as_json:
        print_json({"territory": territory.key, "definitions": own.to_dicts()})
        return
    if own.is_empty():
        raise UnknownNameError(
            f"les définitions se comptent par epci, departement, region et france, non pour {territory.key}.",
            f"definitions are counted by epci, departement, region and france, not for {territory.key}.",
        )
    labels = dict(observatory.table("deserts").select("definition", f"label_{LANG}").unique().iter_rows())
    table = Table(title=f"{territory.name} ({territory.key})", title_justify="left", box=None, pad_edge=False)
    for heading in ("id", say("définition", "definition"), say("année", "year"), say("part", "share")):
        table.add_column(heading)
    table.add_column(say("personnes", "people"), justify="right")
    for row in own.iter_rows(named=True):
        share = say("non connue", "not known") if row["share"] is None else percent(row["share"], LANG)
        unknown = f" (+ {number(row['unknown'], LANG)} ?)" if row["unknown"] >= 1 else ""
        table.add_row(
            row["definition"], labels[row["definition"]], row["period"], share, number(row["people"], LANG) + unknown
        )
    console().print(table)


def _compare(observatory: Observatory, one: str, other: str, as_json: bool) -> None:
    import polars as pl

    crossings = observatory.table("desert_crossings")
    known = crossings["definition"].unique(maintain_order=True).to_list()
    for name in (one, other):
        if name not in known:
            raise UnknownNameError(
                f"«\u00a0{name}\u00a0» n'est pas une définition que Vigie recalcule.",
                f"“{name}” is not a definition that Vigie recomputes.",
                remedy_fr=f"Celles qui le sont\u202f: {', '.join(known)}.",
                remedy_en=f"Those that are: {', '.join(known)}.",
            )
    if one == other:
        raise UnknownNameError("donnez deux définitions différentes.", "give two different definitions.")
    pair = (pl.col("definition") == one) & (pl.col("other") == other)
    row = crossings.filter(pair).row(0, named=True)
    back = crossings.filter((pl.col("definition") == other) & (pl.col("other") == one)).row(0, named=True)
    places = observatory.table("desert_places").filter(pair)
    if as_json:
        print_json({**row, "people_only_in_other": back["people_not_in_other"], "departements": places.to_dicts()})
        return
    names = dict(observatory.rows("SELECT code, name FROM territories WHERE level = 'departement'"))
    both, apart, contrary = row["people_in_both"], row["people_not_in_other"], back["people_not_in_other"]
    lines = [
        (say(f"dans {one} et {other}", f"in {one} and {other}"), both),
        (say(f"dans {one}, pas dans {other}", f"in {one}, not in {other}"), apart),
        (say(f"dans {other}, pas dans {one}", f"in {other}, not in {one}"), contrary),
        (say("non connu", "not known"), row["unknown"]),
    ]
    width = max(len(label) for label, _ in lines)
    for label, people in lines:
        typer.echo(f"{label.ljust(width)}  {number(people, LANG)} {say('personnes', 'people')}")
    if not places.is_empty():
        largest = ", ".join(
            f"{names.get(code, code)} {number(people, LANG)}"
            for code, people in places.select("departement", "people").iter_rows()
        )
        typer.echo(
            say(f"dans {one} seulement, d'abord\u202f: {largest}", f"in {one} only, first: {largest}")
            + f" ({row['period']})."
        )
