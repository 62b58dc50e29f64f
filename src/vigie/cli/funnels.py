"""The command that says which territories lie outside what chance explains: funnel."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.reading import AsJson, Period
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.errors import UnknownNameError

if TYPE_CHECKING:
    from vigie.editions.funnels import Spread
    from vigie.editions.observatory import Observatory
    from vigie.indicators import Definition

_LISTED = 30
_MARKS = {"below_strict": "▼▼", "below": "▼", "within": "", "above": "▲", "above_strict": "▲▲", "too_small": "–"}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("funnel", help=say("Qui sort des limites du hasard.", "Who lies outside the limits of chance."))(funnel)


def funnel(
    indicator: Annotated[
        str,
        typer.Argument(
            metavar=say("INDICATEUR", "INDICATOR"),
            help=say("Un taux ou une proportion : densite_mg, psmt…", "A rate or a proportion: densite_mg, psmt…"),
        ),
    ],
    level: Annotated[
        str,
        typer.Option(
            help=say("departement, region, epci ou bassin_de_vie.", "departement, region, epci or bassin_de_vie.")
        ),
    ] = "departement",
    period: Period = None,
    every: Annotated[
        bool, typer.Option("--all", help=say("Tous les territoires.", "Every territory, also those within."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print which territories lie outside the limits of a funnel (95, 99.8 %), and which remain beyond dispersion."""
    from vigie.editions.funnels import KINDS, funnel_levels, funnel_of
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        definition = observatory.indicator(indicator)
        if definition.kind not in KINDS:
            rates = ", ".join(one.id for one in observatory.indicators.values() if one.kind in KINDS)
            raise UnknownNameError(
                f"« {indicator} » n'est ni un taux ni une proportion : un entonnoir n'a pas de sens.",
                f"“{indicator}” is neither a rate nor a proportion: a funnel makes no sense.",
                remedy_fr=f"Taux et proportions : {rates}.",
                remedy_en=f"Rates and proportions: {rates}.",
            )
        spread = funnel_of(observatory, definition, level, period)
        if as_json:
            print_json({"edition": observatory.id, "funnel": asdict(spread) if spread else None})
        elif spread is None:
            _print_none(observatory, definition, level, period, funnel_levels(observatory, definition))
        else:
            _print(spread, definition, every)


def _print_none(
    observatory: Observatory, definition: Definition, level: str, period: str | None, known: list[str]
) -> None:
    from vigie.editions.standings import commands
    from vigie.editions.voice import Voice

    voice, when = Voice(LANG), f" ({period})" if period else ""
    territories = voice.level(level, many=True)
    missing = voice.tr(
        f"Données non disponibles : trop peu de {territories} ont leurs effectifs ici{when}.",
        f"Data not available: too few {territories} have their counts here{when}.",
    )
    console().print(missing)
    brings = commands(observatory, definition, level)
    if brings:
        console().print(voice.tr("Pour les apporter : ", "To bring them: ") + say(", ou ", ", or ").join(brings))
    elif known:
        console().print(voice.tr("Niveaux à disposition : ", "Levels at hand: ") + ", ".join(known))


def _print(spread: Spread, definition: Definition, every: bool) -> None:
    from rich.table import Table

    from vigie.editions.funnels import RULE, said
    from vigie.editions.voice import Voice

    voice, screen = Voice(LANG), console()

    def shown(value: float) -> str:
        return voice.value(value, definition)

    mean = say("moyenne", "mean")
    title = f"{definition.title.of(LANG)}, {voice.level(spread.level, many=True)}, {voice.period(spread.period)}"
    unit = definition.unit.of(LANG).removeprefix("% ")
    screen.print(f"[bold]{title}[/] ({mean} {shown(spread.average)} {unit})")
    for sentence in said(spread):
        screen.print(f"  {voice.of(sentence)}")
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(
        (
            *(say("territoire", "territory"), say("valeur", "value")),
            *(voice.tr("hasard seul, 99,8 %", "chance alone, 99.8 %"), ""),
            *(voice.tr("élargies, 95 %", "widened, 95 %"), "", say("à part", "apart")),
        )
    ):
        table.add_column(heading, justify="right" if place in (1, 2, 4) else "left")
    rows = [one for one in spread.placed if every or one.by_chance not in ("within", "too_small")]
    for one in rows if every else rows[:_LISTED]:
        table.add_row(
            f"{one.name} ({one.code})",
            shown(one.value),
            f"{shown(one.chance_lowest)} – {shown(one.chance_highest)}",
            _MARKS[one.by_chance],
            f"{shown(one.low)} – {shown(one.high)}",
            _MARKS[one.place],
            say("oui", "yes") if one.kept else "",
        )
    screen.print(table)
    if len(rows) > _LISTED and not every:
        screen.print(say(f"{_LISTED} sur {len(rows)} ; tous : --all.", f"{_LISTED} of {len(rows)}; all: --all."))
    legend = voice.tr(
        "▼▼ ▲▲ : hors des limites à 99,8 % ; ▼ ▲ : à 95 % ; – : trop petit.",
        "▼▼ ▲▲: outside the 99.8 % limits; ▼ ▲: the 95 % limits; –: too small.",
    )
    screen.print(f"{legend} {voice.of(RULE)}", style="dim")
