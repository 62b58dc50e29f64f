"""Commands that read the edition served: show, indicators, export."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.standing import aim, latest, print_targets, trend_word
from vigie.cli.words import LANG, console, figure, home, print_json, say
from vigie.errors import VigieError
from vigie.language import NNBSP, number, plural

if TYPE_CHECKING:
    from rich.table import Table

    from vigie.editions.observatory import Observatory, Territory
    from vigie.editions.reading import Line
    from vigie.editions.standings import Moved, Standing
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
    short: Annotated[
        bool, typer.Option("--short", help=say("L'essentiel, en un écran.", "The essentials, on one screen."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a territory's figures say, then the figures beside those of its département and of France."""
    from vigie.editions.observatory import open_edition
    from vigie.editions.reading import lines
    from vigie.editions.standings import territory_standing, territory_trends
    from vigie.editions.zoned import zoned

    with open_edition(home()) as observatory:
        found = observatory.territory(territory)
        for name in indicator or ():
            observatory.indicator(name)
        rows = lines(observatory, found, indicator, period)
        moves = territory_trends(observatory, found) if period is None else {}
        targets = [
            one
            for one in (territory_standing(observatory, found) if period is None else ())
            if not indicator or one.indicator in indicator
        ]
        if as_json:
            print_json(
                {
                    "edition": observatory.id,
                    "territory": asdict(found),
                    "figures": [asdict(row) for row in rows],
                    "trends": [asdict(one) for one in moves.values() if not indicator or one.indicator in indicator],
                    "targets": [asdict(one) for one in targets],
                    "zones": [asdict(one) for one in zoned(observatory, found)],
                }
            )
            return
        _print_header(observatory, found)
        if period is None and not indicator:
            _print_story(observatory, found)
            _print_alerts(observatory, found)
            _print_zones(observatory, found)
        if short:
            _print_verdicts(targets, observatory, found)
            return
        _print_themes(rows, observatory.indicators, moves)
        if targets:
            print_targets(targets)
        if period is None:
            _print_absent(observatory, found.level, rows, indicator)
        elif not rows:
            console().print(
                say("Aucune observation ne répond à cette demande.", "No observation answers this request.")
            )


def _print_header(observatory: Observatory, territory: Territory) -> None:
    from rich.markup import escape

    people = say("population non disponible", "population not available")
    if territory.population is not None:
        people = f"{number(territory.population, LANG)} {say('habitants', 'inhabitants')}"
    edition = f"{say('Édition', 'Edition')} {observatory.id}."
    console().print(f"[bold]{escape(territory.name)}[/] ({territory.key}), {people}. {edition}")


def _print_story(observatory: Observatory, territory: Territory) -> None:
    """What the figures say, in plain sentences: those of the report, then where it stands among the territories alike.

    The median of the latter is ours to make: their quantiles would take longer to load than all the rest.
    """
    from rich.padding import Padding
    from rich.text import Text as Styled

    from vigie.reports.desk import Desk
    from vigie.reports.facts import facts
    from vigie.reports.messages import story

    tones = {"low": "bold yellow", "fair": "bold green", "none": "bold"}
    told = [(tones[one.tone], one.title, one.text) for one in story(facts(Desk(observatory), territory, LANG))]
    told += _alike(observatory, territory)
    for style, title, text in told:
        line = Styled.assemble((f"· {title}. ", style), text)
        console().print(Padding(line, (0, 0, 0, 2)))


def _alike(observatory: Observatory, territory: Territory) -> list[tuple[str, str, str]]:
    from statistics import median

    codes = [one.territory.code for one in observatory.neighbours(territory)] if observatory.has("neighbours") else []
    if not codes:
        return []
    values = observatory.last_values(territory.level, [territory.code, *codes], ["apl_mg"])
    own, others = values.get(("apl_mg", territory.code)), [values[key][1] for key in values if key[1] in codes]
    if own is None or not others:
        return []
    here, middle, count = number(own[1], LANG, 2), number(median(others), LANG, 2), len(others)
    title = say("Parmi les territoires comparables", "Among the territories alike")
    text = say(
        f"APL aux généralistes de {here}\u202f; la médiane des {count} territoires de même structure est de {middle} "
        f"({own[0]})\u202f: vigie neighbours {territory.key}",
        f"An APL to GPs of {here}; the median of the {count} territories of like structure is {middle} ({own[0]}): "
        f"vigie neighbours {territory.key}",
    )
    return [("bold", title, text)]


def _print_verdicts(targets: Sequence[Standing], observatory: Observatory, territory: Territory) -> None:
    """The targets that bear on the territory, a line each, and where the rest is told."""
    from vigie.editions.standings import VERDICTS, commands

    known = observatory.indicators
    colon = say(NNBSP, "")
    for one in targets:
        told = latest(one), f"{say('cible', 'target')} {aim(one)}", VERDICTS[one.verdict].of(LANG)
        console().print(f"[bold]{one.title.of(LANG)}[/]{colon}: {', '.join(told)}", soft_wrap=True)
    lacking = [one.id for one in known.values() if one.theme == "engagement" and territory.level in one.levels]
    measured = {one.indicator for one in targets}
    absent = [name for name in lacking if name not in measured and commands(observatory, known[name], territory.level)]
    if absent:
        names = ", ".join(known[name].short.of(LANG) for name in absent)
        title = say("Engagements non mesurés ici", "Commitments not measured here")
        console().print(f"{title}{colon}: {names}.", style="dim")
    every = say("Tous les chiffres et les commandes qui apportent le reste", "Every figure, and what brings the rest")
    console().print(f"{every}{colon}: vigie show {territory.key}", style="dim")


def _print_alerts(observatory: Observatory, territory: Territory) -> None:
    """The alerts of a territory in a line each, or how many rules found none."""
    answer = observatory.answer(territory) if observatory.has("alert_degrees") else None
    if answer is None:
        return
    found = observatory.alerts(territory)
    titles = observatory.alert_titles()
    for one in found:
        since = say(f"depuis {one.since}", f"since {one.since}") if one.periods > 1 else one.period
        console().print(f"[bold]▲ {titles[one.rule].of(LANG)}[/] ({since})")
    if answer.degree is not None:
        console().print(
            f"{say('Réponse', 'Response')}{say(NNBSP, '')}: {observatory.degree_title(answer.degree).of(LANG)}."
        )
    judged = len(answer.judged)
    rules = plural(judged, say("règle jugée", "rule judged"), say("règles jugées", "rules judged"), LANG)
    none = "" if found else say("Aucune alerte. ", "No alert. ")
    console().print(f"{none}{judged} {rules}{say(NNBSP, '')}: vigie alerts {territory.key}", style="dim")


def _print_zones(observatory: Observatory, territory: Territory) -> None:
    """The class of the territory under each rule of zoning in force, in a line; nothing without zoning."""
    from vigie.editions.zoned import zoned

    parts = []
    for one in zoned(observatory, territory):
        main = one.classes[0].title if one.classes else None
        if one.status == "in_force" and one.verified and main is not None:
            several = say(" en majorité", " mostly") if len(one.classes) > 1 else ""
            parts.append(f"{one.profession.of(LANG)}, {main.of(LANG)}{several}")
    if not parts:
        return
    joined = say(" ; ", "; ").join(parts)
    colon = say(NNBSP, "")
    console().print(f"[bold]{say('Zonages', 'Zonings')}[/]{colon}: {joined}.", soft_wrap=True)
    every = say("Toutes les règles, et les raisons", "All rules, and the reasons")
    console().print(f"{every}{colon}: vigie zone --territory {territory.key}", style="dim")


def _print_themes(rows: list[Line], known: dict[str, Definition], moves: dict[str, Moved]) -> None:
    for theme, (fr, en) in THEMES.items():
        own = [row for row in rows if known[row.indicator].theme == theme]
        if own:
            console().print(_theme_table(say(fr, en), own, known, moves))
    legend = _legend(rows, any(row.indicator in moves for row in rows))
    if legend:
        console().print(legend, style="dim")


def _print_absent(observatory: Observatory, level: str, rows: list[Line], asked: list[str] | None) -> None:
    """What is not at hand for the territory, and the command that brings it where there is one."""
    from vigie.editions.standings import commands

    known = observatory.indicators
    shown = {row.indicator for row in rows}
    published = [one for one in known.values() if one.theme in ("engagement", "alerte") and level in one.levels]
    wanted = asked or [one.id for one in published]
    absent = [known[name] for name in wanted if name not in shown]
    if not absent:
        return
    console().print(f"\n[bold]{say('Données non disponibles', 'Data not available')}[/]")
    for one in absent:
        brings = commands(observatory, one, level) if level in one.levels and not one.periods() else ()
        remedy = say(", ou ", ", or ").join(brings) or _why_absent(one, level)
        console().print(f"{one.short.of(LANG)}{say(chr(0x202F), '')}: {remedy}", soft_wrap=True)


def _why_absent(definition: Definition, level: str) -> str:
    if level not in definition.levels:
        levels = ", ".join(definition.levels)
        return say(f"n'existe qu'aux niveaux {levels}.", f"exists only at levels {levels}.")
    return say("aucune valeur publiée à ce jour.", "no value published to date.")


def _theme_table(title: str, rows: list[Line], known: dict[str, Definition], moves: dict[str, Moved]) -> Table:
    """The lines of one theme; a column that none of them fills is left out, a long unit stands above its lines."""
    from rich.table import Table
    from rich.text import Text as Styled

    headings = (
        *(say("indicateur", "indicator"), say("période", "period"), say("valeur", "value"), say("évolution", "change")),
        *(say("tendance", "trend"), say("cinquième", "fifth"), say("départ.", "dépt."), "France"),
        *(say("unité", "unit"), "source"),
    )
    units = [known[row.indicator].unit.of(LANG) for row in rows]
    order = sorted(range(len(rows)), key=lambda place: units.index(units[place]) if _long(units[place]) else place)
    cells = [_cells(row, known[row.indicator], moves.get(row.indicator)) for row in rows]
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    filled = [place for place in range(len(headings)) if place < 3 or any(line[place] for line in cells)]
    for place in filled:
        text = headings[place] in (headings[0], headings[-2], headings[-1])
        table.add_column(headings[place], justify="left" if text else "right", no_wrap=not text, max_width=44)
    above = ""
    for row in order:
        if _long(units[row]) and units[row] != above:
            table.add_row(Styled(units[row], style="dim italic"))
            above = units[row]
        table.add_row(*(cells[row][place] for place in filled))
    return table


def _long(unit: str) -> bool:
    return len(unit) > 28


def _cells(row: Line, definition: Definition, moved: Moved | None) -> list[str]:
    change = ""
    if row.change is not None:
        sign = "+" if row.change > 0 else ""
        change = f"{sign}{number(row.change, LANG, definition.decimals)} / {row.change_since}"
    around = [
        "" if value is None else number(value, LANG, definition.decimals) for value in (row.departement, row.france)
    ]
    return [
        *(definition.short.of(LANG), row.period, figure(definition, row.value, row.status) + _bounds(row, definition)),
        change,
        trend_word(moved) if moved is not None and moved.last == row.period else "",
        "●".rjust(row.fifth, "·").ljust(5, "·") if row.fifth else "",
        *around,
        "" if _long(unit := definition.unit.of(LANG)) else unit,
        row.snapshot.split("@")[0] if definition.compute.rule == "published" else "",
    ]


def _bounds(row: Line, definition: Definition) -> str:
    """The bounds of a figure that has some: `` [2,90 – 4,38]``."""
    if row.lower is None or row.upper is None or definition.compute.rule == "published":
        return ""
    low, high = (number(bound, LANG, definition.decimals) for bound in (row.lower, row.upper))
    return f" [{low} – {high}]"


def _legend(rows: list[Line], trending: bool) -> str:
    notes = []
    if any(row.fifth for row in rows):
        notes.append(
            say(
                "cinquième : place de la valeur parmi les territoires du même niveau, de la plus basse à la plus haute",
                "fifth: where the value falls among territories of the same level, from the lowest to the highest",
            )
        )
    if trending:
        notes.append(
            say(
                "tendance : significative sur 5 points, ou à chacun des 3 ou 4 points connus, sans test (≈)",
                "trend: significant over 5 points, or at each of the 3 or 4 known points, untested (≈)",
            )
        )
    if any(row.status == "estimated" for row in rows):
        notes.append(say("* valeur estimée ou partielle", "* estimated or partial value"))
    recomputed = [row for row in rows if row.indicator.endswith("_recalculee")]
    if recomputed:
        notes.append(
            say(
                "APL recalculée \\[a – b] : ce que donnent d'autres hypothèses de calcul, non une marge d'erreur",
                "recomputed APL \\[a – b]: what other hypotheses of the computation give, not a margin of error",
            )
        )
    if any(row.lower is not None for row in rows if row not in recomputed):
        others = say(" ailleurs", " elsewhere") if recomputed else ""
        notes.append(say(f"\\[a – b]{others} : intervalle à 95 %", f"\\[a – b]{others}: interval at 95%"))
    return "\n" + say(" ; ", "; ").join(notes) + "." if notes else ""


def indicators(
    indicator: Annotated[
        str | None,
        typer.Argument(
            metavar=say("[INDICATEUR]", "[INDICATOR]"), help=say("Sa définition entière.", "Its whole definition.")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the indicators of the edition served, or define one; those that Vigie ships where there is no edition."""
    from rich.table import Table

    from vigie.editions.observatory import open_edition
    from vigie.errors import StorageError
    from vigie.indicators import definitions, find_definition

    try:
        with open_edition(home()) as observatory:
            known = observatory.indicators
    except StorageError:
        known = definitions()
    if indicator is not None:
        _define(find_definition(known, indicator), as_json)
        return
    if as_json:
        print_json([one.model_dump(mode="json") for one in known.values()])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", say("titre", "title"), say("unité", "unit"), say("niveaux", "levels")):
        table.add_column(heading, overflow="fold")
    for one in known.values():
        table.add_row(one.id, one.title.of(LANG), one.unit.of(LANG), ", ".join(one.levels))
    console().print(table)


def _define(definition: Definition, as_json: bool) -> None:
    """What an indicator counts, over what, how often, from where, and the limits of its use."""
    from rich.padding import Padding
    from rich.text import Text as Styled

    if as_json:
        print_json(definition.model_dump(mode="json"))
        return
    from vigie.editions.voice import Voice

    voice, screen = Voice(LANG), console()
    screen.print(f"[bold]{voice.of(definition.title)}[/] ({definition.id})")
    told = (
        (say("Unité", "Unit"), definition.unit),
        (say("Numérateur", "Numerator"), definition.numerator),
        (say("Dénominateur", "Denominator"), definition.denominator),
        (say("Calcul", "Computation"), definition.formula),
        (say("Périodicité", "Periodicity"), definition.periodicity),
        (say("Source", "Source"), definition.source),
        (say("Limites", "Limits"), definition.limits),
        *((f"{say('Rupture', 'Break')} {one.period}", one.why) for one in definition.breaks),
    )
    for name, words in told:
        if words is not None:
            line = Styled.assemble((f"{name}{voice.colon}", "bold"), voice.of(words))
            screen.print(Padding(line, (0, 0, 0, 2)))
    levels = ", ".join(voice.level(one, many=True) for one in definition.levels)
    screen.print(Padding(Styled.assemble((f"{say('Niveaux', 'Levels')}{voice.colon}", "bold"), levels), (0, 0, 0, 2)))
    if definition.imports:
        brings = ", ".join(f"vigie import --template {name}" for name in definition.imports)
        screen.print(
            Padding(f"{say('Pour apporter les chiffres', 'To bring figures')}{voice.colon}{brings}", (0, 0, 0, 2))
        )


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
