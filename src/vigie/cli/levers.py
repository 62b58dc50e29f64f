"""Commands that try what could be done: simulate, with levers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from vigie.cli.building import AsJson, progress
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.errors import InputError, StorageError, VigieError, Where
from vigie.language import NNBSP, Text, number

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

    from vigie.editions.levers import Playground
    from vigie.editions.observatory import Observatory
    from vigie.levers.answer import Answer
    from vigie.levers.definition import Parameter, Source

T = TypeVar("T")
_SHOWN = 8  # places that gain or lose, in print
_COLON = say(f"{NNBSP}:", ":")
_PER = {
    "unit": Text("par unité", "per unit"),
    "territory": Text("par territoire", "per territory"),
    "inhabitant": Text("par habitant", "per inhabitant"),
    "practitioner": Text("par praticien en place", "per practitioner at work"),
    "consultation": Text("par consultation ajoutée", "per consultation added"),
}  # what a line of cost is paid for, in years 1, 2, 3 and later
FORMS = (".json", ".csv", ".geojson", ".parquet")

Files = Annotated[
    list[Path],
    typer.Argument(metavar=say("FICHIER…", "FILE…"), help=say("Scénarios, .toml ou .json.", "Scenarios.")),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help=say("Les communes : .csv, .geojson, .parquet ; tout : .json.", "Communes or all (.json)."),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("simulate", help=say("Ce que des leviers changeraient, pour qui, à quel coût.",
                                     "What levers would change, for whom, at what cost."))(simulate)  # fmt: skip
    app.command("levers", help=say("Les leviers, leurs paramètres et leurs sources.",
                                   "The levers, their parameters and their sources."))(levers)  # fmt: skip


def simulate(
    files: Files,
    edition: Annotated[
        str | None, typer.Option(help=say("Une édition gardée, sinon la dernière.", "An edition kept, else the last."))
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Answer one scenario, or compare several side by side."""
    from vigie.editions.observatory import open_edition
    from vigie.editions.scenarios import compared, play, told
    from vigie.levers.scenario import COMPARED, check, read_scenario

    _check(files, output, COMPARED)
    scenarios = [read_scenario(path) for path in files]
    for scenario, path in zip(scenarios, files, strict=True):
        _told(partial(check, scenario), path)
    with open_edition(home(), edition) as observatory:
        professions = dict.fromkeys(one.profession for one in scenarios)
        grounds = {profession: prepared(observatory, profession) for profession in professions}
        on = [grounds[one.profession] for one in scenarios]
        answers = [_told(partial(play, one, ground), path)
                   for one, ground, path in zip(scenarios, on, files, strict=True)]  # fmt: skip
        if output is not None:
            _write(answers[0], on[0], observatory, output)
        if as_json:
            found = [told(answer, ground) for answer, ground in zip(answers, on, strict=True)]
            table = compared(answers).to_dicts()
            print_json(found[0] if len(found) == 1 else {"scenarios": found, "compared": table})
            return
        for answer, ground in zip(answers, on, strict=True):
            _print(answer, ground)
        if len(answers) > 1:
            _print_compared(compared(answers))
        written(output)


def prepared(observatory: Observatory, profession: str = "mg") -> Playground:
    """The ground of the edition for a profession, made while the person is told so."""
    from vigie.editions.levers import playground

    with progress() as tell:
        tell(Text("Préparation des temps et des poids…", "Preparing times and weights…"))
        return playground(observatory, profession)


def _told(work: Callable[[], T], path: Path) -> T:
    """What ``work`` gives, any fault being told with the file that it is of."""
    try:
        return work()
    except VigieError as fault:
        fault.where = replace(fault.where, file=fault.where.file or path)
        raise


def _check(files: list[Path], output: Path | None, most: int) -> None:
    if len(files) > most:
        raise InputError(
            f"{most} scénarios au plus à la fois.", f"{most} scenarios at most at once.", where=Where(value=len(files))
        )
    if output is None:
        return
    _known_form(output, FORMS)
    if len(files) > 1:
        raise InputError("--output va avec un seul scénario.", "--output goes with one scenario.")


def _write(one: Answer, ground: Playground, observatory: Observatory, path: Path) -> None:
    import orjson

    from vigie.editions.scenarios import geojson, places_table, told

    form = path.suffix.lower()
    try:
        if form == ".geojson":
            path.write_bytes(geojson(one, ground, observatory))
        elif form == ".json":
            path.write_bytes(orjson.dumps(told(one, ground, 40_000), option=orjson.OPT_INDENT_2))
        elif form == ".csv":
            places_table(one, ground).write_csv(path)
        else:
            places_table(one, ground).write_parquet(path)
    except OSError as fault:
        raise _unwritten(path, fault) from None


def write_table(table: pl.DataFrame, path: Path, observatory: Observatory, level: str) -> None:
    """Write a table whose ``key`` or ``destination`` names territories of ``level``, with polygons as GeoJSON.

    Raises InputError for another format, StorageError where the file cannot be written.
    """
    from vigie.editions.sharing import geojson

    form = path.suffix.lower()
    _known_form(path, (".csv", ".parquet", ".geojson"))
    try:
        if form == ".csv":
            table.write_csv(path)
        elif form == ".parquet":
            table.write_parquet(path)
        else:
            path.write_bytes(geojson(table, observatory, level))
    except OSError as fault:
        raise _unwritten(path, fault) from None


def written(path: Path | None) -> None:
    """Tell where the file is, if one was asked for."""
    if path is not None:
        console().print(say(f"Écrit : {path}", f"Written: {path}"), style="dim")


def _unwritten(path: Path, fault: OSError) -> StorageError:
    return StorageError(
        f"{path} ne s'écrit pas ({fault.strerror or fault}).",
        f"{path} cannot be written ({fault.strerror or fault}).",
    )


def _known_form(path: Path, forms: tuple[str, ...]) -> None:
    if path.suffix.lower() not in forms:
        raise InputError(
            f"format inconnu ; {', '.join(forms)} attendu.", f"unknown format; {', '.join(forms)} expected.",
            where=Where(value=path.name),
        )  # fmt: skip


def _print(one: Answer, ground: Playground) -> None:
    from vigie.editions.scenarios import WARNING, places_table, sentences
    from vigie.levers.scenario import identity

    screen = console()
    scenario = one.plan.scenario
    title = scenario.title or one.plan.scope.name
    screen.print(f"\n[bold]{_escaped(title)}[/] ({identity(scenario)}). {say('Édition', 'Edition')} {ground.edition}, "
                 f"APL {ground.ground.year}.")  # fmt: skip
    screen.print(WARNING.of(LANG), style="dim")
    for line in sentences(one):
        screen.print(f"• {_escaped(line.of(LANG))}")
    _print_actions(one)
    table = places_table(one, ground)
    _print_places(say("Qui gagne le plus", "Who gains most"), table.filter(table["change"] > 0).head(_SHOWN))
    _print_places(say("Qui perd le plus", "Who loses most"), table.filter(table["change"] < 0).reverse().head(_SHOWN))
    _print_costs(one)
    _print_hypotheses(one)


def _print_actions(one: Answer) -> None:
    from vigie.levers.professions import professions

    table = table_of(say("Actions", "Actions"), (say("levier", "lever"), say("où", "where"), say("quantité", "amount"),
                   professions()[one.plan.scenario.profession].supply.of(LANG)), 2)  # fmt: skip
    for action, effect in zip(one.plan.actions, one.change.effects, strict=True):
        where = ", ".join(area.name for area in action.areas[:3]) + ("…" if len(action.areas) > 3 else "")
        amount = f"{number(effect.used, LANG, 1)} {action.lever.amount.unit.of(LANG)}"
        table.add_row(action.lever.title.of(LANG), where, amount, _moved(effect.added[1], effect.taken[1]))
    console().print(table)


def _moved(added: float, taken: float) -> str:
    """What comes and what goes: both where activity moves from one place to another."""
    parts = [sign + number(float(value), LANG) for sign, value in (("+", added), ("−", taken)) if value]
    return " ".join(parts) or "0"


def _print_places(title: str, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    headings = (say("commune", "commune"), say("habitants", "people"), say("APL avant", "APL before"),
                say("après", "after"), say("écart", "change"),
                say("selon les hypothèses", "by hypothesis"))  # fmt: skip
    table = table_of(title, headings, 1)
    for row in rows.to_dicts():
        before, after, low, high = (number(row[name], LANG, 2) for name in ("before", "after", "low", "high"))
        change = ("+" if row["change"] > 0 else "") + number(row["change"], LANG, 2)
        people = number(row["people"], LANG)
        table.add_row(f"{row['name']} ({row['code']})", people, before, after, change, f"{low} … {high}")
    console().print(table)


def _print_costs(one: Answer) -> None:
    if not one.costs.lines:
        return
    headings = (say("coût en euros", "cost in euros"), *(say(f"année {y}", f"year {y}") for y in (1, 2, 3)),
                say("ensuite, par an", "then, a year"), say("source", "source"))  # fmt: skip
    table = table_of(say("Coûts", "Costs"), headings, 1)
    for line in one.costs.lines:
        euros = [number(float(value), LANG) for value in line.euros[1]]
        table.add_row(line.cost.title.of(LANG), *euros, _status(line.cost.source.status))
    table.add_row(say("Total", "Total"), *(number(float(value), LANG) for value in one.costs.total[1]), "")
    console().print(table)


def _status(status: str) -> str:
    return {"published": say("publié", "published"), "derived": say("dérivé", "derived")}.get(
        status, say("hypothèse", "hypothesis")
    )


def _print_hypotheses(one: Answer) -> None:
    from vigie.levers.definition import hypotheses

    screen = console()
    found = hypotheses((action.lever, action.parameters) for action in one.plan.actions)
    if found:
        screen.print(f"\n[bold]{say('Hypothèses de Vigie', 'Hypotheses of Vigie')}[/]")
    for lever, _, parameter in found:
        title = parameter.title.of(LANG)
        text = f"{lever.title.of(LANG)}, {title[:1].lower()}{title[1:]}{_COLON} {_spread(parameter)}"
        screen.print(f"  {_escaped(text)}", style="dim")


def _print_compared(rows: pl.DataFrame) -> None:
    # Each scenario has the first threshold of its own profession.
    headings = (say("scénario", "scenario"), say("passent le seuil (net)", "rise above (net)"),
                say("selon les hypothèses", "by hypothesis"), say("gagnent", "gain"), say("perdent", "lose"),
                say("coût année 1", "cost year 1"), say("coût ensuite", "cost then"),
                say("par habitant passé", "per person brought"))  # fmt: skip
    table = table_of(say("Côte à côte", "Side by side"), headings, 1)
    for row in rows.to_dicts():
        interval = f"{number(row['net_2.5_low'], LANG)} … {number(row['net_2.5_high'], LANG)}"
        cells = ("–" if row[name] is None else number(row[name], LANG)
                 for name in ("gain", "lose", "cost_1", "cost_steady", "cost_per_person"))  # fmt: skip
        table.add_row(_escaped(row["title"]), number(row["net_2.5"], LANG), interval, *cells)
    console().print(table)


def table_of(title: str, headings: tuple[str, ...], text: int) -> Table:
    """A table to print, the first ``text`` columns being words, the others numbers."""
    from rich.table import Table as RichTable

    table = RichTable(title=title, title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < text else "right")
    return table


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def levers(as_json: AsJson = False) -> None:
    """List the levers with the value, the range and the source of each parameter."""
    from vigie.editions.scenarios import lever_told
    from vigie.levers.definition import levers as known

    if as_json:
        print_json({"levers": [lever_told(one) for one in known().values()]})
        return
    screen = console()
    for one in known().values():
        amount = f"{_figure(one.amount.least)} … {_figure(one.amount.most)} {one.amount.unit.of(LANG)}"
        screen.print(f"\n[bold]{one.title.of(LANG)}[/] ({one.id}), {amount}")
        screen.print(f"  {one.text.of(LANG)}")
        for name, parameter in one.parameters.items():
            _print_sourced(f"{name}{_COLON} {_spread(parameter)}", parameter.source)
        for name, preset in one.presets.items():
            values = ", ".join(f"{each} {_figure(ends[0])}" for each, ends in preset.values.items())
            told = f"{say('préréglage', 'preset')} {name}{_COLON} {preset.title.of(LANG)} ({values})"
            _print_sourced(told, preset.source)
        for cost in one.costs:
            years = " / ".join(_figure(value) for value in cost.years)
            _print_sourced(f"{cost.title.of(LANG)}{_COLON} {years} € {_PER[cost.per].of(LANG)}", cost.source)
        if not one.priced:
            screen.print(f"  {say('Coût : données non disponibles.', 'Cost: data not available.')}", style="dim")


def _print_sourced(text: str, source: Source) -> None:
    console().print(f"  {_escaped(text)}. {_status(source.status)} — {_escaped(source.of(LANG))}", style="dim")


def _spread(one: Parameter) -> str:
    ends = "" if one.low == one.high else f" ({_figure(one.low)} … {_figure(one.high)})"
    return f"{_figure(one.value)}{ends} {one.unit.of(LANG)}"


def _figure(value: float) -> str:
    """A number with the decimals that it has."""
    return number(value, LANG, len(f"{value:.6f}".rstrip("0").partition(".")[2]))
