"""The command that takes in an analyst's own tables: import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vigie.cli.words import LANG, console, home, print_json, say
from vigie.errors import VigieError
from vigie.language import number, plural

if TYPE_CHECKING:
    import polars as pl

    from vigie.editions.imports import Added, Import


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("import", help=say("Importe vos propres tables.", "Imports your own tables."))(import_)


def import_(
    file: Annotated[
        Path | None, typer.Argument(metavar=say("FICHIER", "FILE"), help=say("Table CSV.", "CSV table."))
    ] = None,
    template: Annotated[
        str | None, typer.Option(help=say("Modèle de la table ; la liste : --list.", "Template; the list: --list."))
    ] = None,
    who: Annotated[
        str, typer.Option(help=say("De qui vient la table (obligatoire).", "Whose table it is (required)."))
    ] = "",
    licence: Annotated[str, typer.Option(help=say("Licence ou conditions d'usage.", "Licence or terms of use."))] = "",
    note: Annotated[
        str, typer.Option(help=say("Champ, définition, limites, en clair.", "Field, definition, limits, in words."))
    ] = "",
    period: Annotated[
        str, typer.Option(help=say("Période des lignes qui n'en donnent pas.", "Period of rows that give none."))
    ] = "",
    level: Annotated[
        str, typer.Option(help=say("Niveau des lignes qui n'en donnent pas.", "Level of rows that give none."))
    ] = "",
    vintage: Annotated[
        int,
        typer.Option(
            help=say("Millésime des codes commune (sinon, trouvé).", "Vintage of the commune codes (else found).")
        ),
    ] = 0,
    rates: Annotated[
        Literal["percent", "share"] | None,
        typer.Option(help=say("Taux en pourcentages ou en parts.", "Rates in per cent or as shares.")),
    ] = None,
    threshold: Annotated[
        int,
        typer.Option(
            min=0,
            max=1000,
            help=say("Seuil de masquage (sinon, celui du modèle).", "Disclosure threshold (else the template's)."),
        ),
    ] = 0,
    complete_for: Annotated[
        list[str] | None,
        typer.Option(
            "--complete-for",
            metavar=say("NIVEAU:CODE", "LEVEL:CODE"),
            help=say(
                "Ce que la table ne liste pas y vaut zéro (répétable).",
                "What the table does not list is zero there (repeatable).",
            ),
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help=say("Prend la place d'un import.", "Takes the place of an import."))
    ] = False,
    remove: Annotated[str | None, typer.Option(metavar="ID", help=say("Ôte un import.", "Removes an import."))] = None,
    listed: Annotated[bool, typer.Option("--list", help=say("Modèles et imports.", "Templates and imports."))] = False,
    example: Annotated[
        bool, typer.Option("--example", help=say("Écrit un exemple du modèle.", "Writes an example of the template."))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))] = False,
) -> None:
    """Check a table against its template and keep it for the next build; or list, remove, show an example."""
    from vigie.sources.templates import example as written
    from vigie.sources.templates import template as find

    if listed:
        _print_all(as_json)
    elif remove is not None:
        _remove(remove)
    elif template is None:
        raise VigieError(
            "il manque --template.",
            "--template is missing.",
            remedy_fr="La liste : vigie import --list.",
            remedy_en="The list: vigie import --list.",
        )
    elif example:
        typer.echo(written(find(template), LANG), nl=False)
    elif file is None:
        raise VigieError(
            "il manque le fichier à importer.",
            "the file to import is missing.",
            remedy_fr=f"Un exemple à remplir : vigie import --template {template} --example > table.csv.",
            remedy_en=f"An example to fill in: vigie import --template {template} --example > table.csv.",
        )
    else:
        said = {
            "template": template,
            "who": who.strip(),
            "licence": licence.strip() or say("non précisée", "not stated"),
            "note": note.strip(),
            "period": _period(period),
            "level": level.strip().lower(),
            "vintage": vintage,
            "rates": rates or "",
            "threshold": threshold,
            "complete_for": tuple(complete_for or ()),
        }
        _take(file, said, replace, as_json)


def _period(text: str) -> str:
    from vigie.sources.readers.imported import period

    found = period(text) if text else ""
    if found is None:
        raise VigieError(
            f"période illisible : « {text} ». Attendu : 2024, 2024-06, 2024-06-30, 2024-T1 ou 2024-01/2024-06.",
            f"unreadable period: “{text}”. Expected: 2024, 2024-06, 2024-06-30, 2024-T1 or 2024-01/2024-06.",
        )
    return found


def _take(file: Path, said: dict[str, object], replacing: bool, as_json: bool) -> None:
    from vigie.editions.imports import Asked, add
    from vigie.editions.inputs import gather
    from vigie.editions.store import locked
    from vigie.sources.templates import template

    template(str(said["template"]))
    if not said["who"]:
        raise VigieError(
            "il manque --who : de qui vient la table, pour que chaque chiffre dise son origine.",
            "--who is missing: whose table it is, so that each figure tells where it comes from.",
            remedy_fr='Par exemple : --who "CPAM de l\'Aveyron, extraction du 12/03/2025".',
            remedy_en='For instance: --who "CPAM de l\'Aveyron, extraction of 12/03/2025".',
        )
    with locked(home()):
        added = add(home(), file, Asked(**said), gather([], home() / "snapshots"), replacing)  # type: ignore[arg-type]
    if as_json:
        rows = None if added.table is None else added.table.height
        print_json({"import": _described(added.kept), "rows": rows, "replaced": list(added.replaced)})
        return
    _print_added(added)


def _print_added(added: Added) -> None:
    screen = console()
    screen.print(f"[bold]{added.kept.id}[/]  {added.kept.file}, SHA-256 {added.kept.sha256[:12]}…")
    for name in added.replaced:
        screen.print(say(f"À la place de {name}.", f"In place of {name}."))
    if added.table is not None:
        _print_figures(added.kept, added.table)
    for note in added.notes:
        screen.print(note.text.of(LANG))
    screen.print(say("Pour en faire une édition : vigie build", "To make an edition of it: vigie build"))


def _print_figures(kept: Import, table: pl.DataFrame) -> None:
    import polars as pl

    screen = console()
    for (indicator,), rows in table.group_by("indicator", maintain_order=True):
        counts = dict(rows.group_by("status").len().iter_rows())
        told = [f"{number(counts.get('ok', 0), LANG)} {plural(counts.get('ok', 0), *_WORDS['ok'][LANG], LANG)}"]
        told += [
            f"{number(counts[status], LANG)} {plural(counts[status], *_WORDS[status][LANG], LANG)}"
            for status in ("suppressed", "missing")
            if counts.get(status)
        ]
        levels, periods = (", ".join(rows[name].unique().sort()) for name in ("level", "period"))
        screen.print(f"{indicator}{say(chr(0x202F), '')}: {', '.join(told)} ({levels} ; {_short(periods)})")
    if not table.filter(pl.col("level") == "commune").is_empty():
        vintage = kept.asked.vintage
        screen.print(say(f"Codes commune du millésime {vintage}.", f"Commune codes of the vintage {vintage}."))


_WORDS = {
    "ok": {"fr": ("chiffre", "chiffres"), "en": ("figure", "figures")},
    "suppressed": {"fr": ("masqué par le producteur", "masqués par le producteur"), "en": ("hidden", "hidden")},
    "missing": {"fr": ("manquant", "manquants"), "en": ("missing", "missing")},
}


def _short(text: str) -> str:
    return text if len(text) < 80 else f"{text[:36]} … {text[-36:]}"


def _remove(name: str) -> None:
    from vigie.editions.imports import remove
    from vigie.editions.store import locked

    with locked(home()):
        gone = remove(home(), name)
    console().print(
        say(
            f"Ôté : {gone.id} ({gone.file}). L'édition servie l'a encore : vigie build en fait une sans lui.",
            f"Removed: {gone.id} ({gone.file}). The edition being served still has it: vigie build makes one without.",
        )
    )


def _described(one: Import) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "id": one.id,
        "file": one.file,
        "sha256": one.sha256,
        "bytes": one.bytes,
        "received": one.received,
        **asdict(one.asked),
    }


def _print_all(as_json: bool) -> None:
    from vigie.editions.imports import imports
    from vigie.sources.templates import templates

    kept = imports(home())
    if as_json:
        known = [one.model_dump(mode="json") for one in templates().values()]
        print_json({"templates": known, "imports": [_described(one) for one in kept]})
        return
    from rich.table import Table

    table = Table(title=say("Modèles", "Templates"), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in (say("modèle", "template"), say("ce qu'il apporte", "what it brings"), say("seuil", "threshold")):
        table.add_column(heading, overflow="fold")
    for name, one in templates().items():
        least = one.disclosure.threshold
        table.add_row(name, one.title.of(LANG), str(least) if least else say("aucun", "none"))
    console().print(table)
    if not kept:
        console().print(say("\nAucune table importée.", "\nNo imported table."))
        return
    console().print(imported_table(kept))


def imported_table(kept: list[Import]) -> object:
    """The imports as a table to print: id, file, whose, when, licence."""
    from rich.table import Table

    title = say("\nTables importées", "\nImported tables")
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in (
        *("id", say("fichier", "file"), say("de qui", "whose"), say("reçue (UTC)", "received (UTC)")),
        *(say("licence", "licence"), "SHA-256"),
    ):
        table.add_column(heading, overflow="fold")
    for one in kept:
        table.add_row(one.id, one.file, one.asked.who, one.received, one.asked.licence, one.sha256[:12])
    return table
