"""Commands that share means between territories: allocate, pair, portfolio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.building import AsJson
from vigie.cli.levers import prepared, table_of, write_table, written
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.language import NNBSP, number, percent
from vigie.levers.professions import Name, Profession, professions

if TYPE_CHECKING:
    import polars as pl

    from vigie.editions.sharing import Mixed, Shared
    from vigie.levers.pairing import Pairing

_SHOWN = 15
_FRANCE = "france:FR"

Where = Annotated[
    str, typer.Option("--territory", help=say("niveau:code, code ou nom (France sinon).", "level:code, code or name."))
]
By = Annotated[
    str, typer.Option("--by", help=say("Niveau des territoires : bassin_de_vie, epci…", "Level of the territories."))
]
Of = Annotated[
    Name, typer.Option("--profession", help=say("mg, infirmiers, kines, sages_femmes, dentistes.", "Of whom."))
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help=say("Fichier .csv, .parquet ou .geojson.", "File, .csv, .parquet, .geojson.")),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("allocate", help=say("Répartit un total de moyens selon quatre règles.",
                                     "Shares a total of means under four rules."))(allocate)  # fmt: skip
    app.command("pair", help=say("Jumelle zones denses et sous-denses, en jours par mois.",
                                 "Pairs dense and under-dense zones, in days a month."))(pair)  # fmt: skip
    app.command("portfolio", help=say("Le meilleur mélange de leviers pour un budget.",
                                      "The best mix of levers for a budget."))(portfolio)  # fmt: skip


def allocate(
    lever: Annotated[str, typer.Argument(metavar=say("LEVIER", "LEVER"), help=say("vigie levers.", "vigie levers."))],
    total: Annotated[float, typer.Argument(min=0.5, max=1e6, help=say("Unités à répartir.", "Units to share."))],
    territory: Where = _FRANCE,
    by: By = "bassin_de_vie",
    profession: Of = "mg",
    preset: Annotated[str | None, typer.Option(help=say("Préréglage du levier.", "Preset of the lever."))] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Compare who is helped when the same total is shared by an open counter, by priority, by need and by effect."""
    from vigie.editions.observatory import open_edition
    from vigie.editions.sharing import share, share_table, share_told

    with open_edition(home()) as observatory:
        ground = prepared(observatory, profession)
        found = share(ground, lever, total, territory, by, preset)
        if output is not None:
            write_table(share_table(ground, found), output, observatory, by)
        if as_json:
            print_json(share_told(ground, found))
            return
        _print_shared(found, share_told(ground, found), professions()[profession])
        _print_territories(share_table(ground, found), professions()[profession])
        written(output)


def _print_shared(found: Shared, told: dict[str, Any], own: Profession) -> None:
    from vigie.editions.sharing import RULE_WORDS, degree_words
    from vigie.levers.definition import lever

    screen = console()
    screen.print(f"\n[bold]{found.lever}[/]{say(NNBSP, '')}: {number(found.total, LANG, 1)}, {found.scope.name}")
    screen.print(told["warning"][LANG], style="dim")
    first, second = _limits(own)
    headings = (say("règle", "rule"), say(f"passent {first}", f"rise above {first}"),
                say(f"passent {second}", f"rise above {second}"), say("manque comblé", "lack closed"), "Gini",
                *(one.of(LANG) for one in degree_words(own)))  # fmt: skip
    table = table_of(say("Le même total sous chaque règle", "The same total under each rule"), headings, 1)
    for one in found.allocations:
        people = (number(value, LANG) for value in one.net)
        gini = f"{number(one.gini[0], LANG, 4)} → {number(one.gini[1], LANG, 4)}"
        degrees = (number(value, LANG, 1) for value in one.by_degree)
        table.add_row(RULE_WORDS[one.rule].of(LANG), *people, percent(100 * one.closed, LANG), gini, *degrees)
    screen.print(table)
    one = found.allocations[0]
    paid = say(
        f"Coût identique : {number(one.first_year, LANG)} € la première année, {number(one.steady, LANG)} € par an "
        "ensuite.",
        f"The same cost: {number(one.first_year, LANG)} € in the first year, {number(one.steady, LANG)} € a year then.",
    )
    if not lever(found.lever).priced:
        paid = say("Coût : données non disponibles.", "Cost: data not available.")
    screen.print(
        paid
        + say(
            " Les quatre dernières colonnes : unités selon l'APL du territoire qui les reçoit.",
            " The last four columns: units by the APL of the territory that gets them.",
        ),
        style="dim",
    )


def _print_territories(table: pl.DataFrame, own: Profession) -> None:
    """Those that a rule gives most to, with what each rule gives them."""
    import polars as pl

    from vigie.editions.sharing import RULE_WORDS, RULES

    most = table.with_columns(most=pl.max_horizontal(RULES)).filter(pl.col("most") > 0)
    headings = (say("territoire", "territory"), "APL", *(RULE_WORDS[rule].of(LANG) for rule in RULES))
    shown = table_of(say("Où vont les unités", "Where the units go"), headings, 1)
    for row in most.sort("most", "key", descending=[True, False]).head(_SHOWN).to_dicts():
        apl = "–" if row["apl"] is None else number(row["apl"], LANG, own.decimals)
        shown.add_row(row["name"], apl, *(number(row[rule], LANG, 1) for rule in RULES))
    console().print(shown)
    if most.height > _SHOWN:
        more = number(most.height - _SHOWN, LANG)
        console().print(say(f"… et {more} autres : -o fichier.csv.", f"… and {more} others: -o file.csv."), style="dim")


def _limits(own: Profession) -> tuple[str, str]:
    first, second = (number(one, LANG, 0 if one % 1 == 0 else own.limit_decimals) for one in own.thresholds)
    return first, second


def pair(
    territory: Where = _FRANCE,
    by: By = "bassin_de_vie",
    profession: Of = "mg",
    dense: Annotated[
        float | None,
        typer.Option(
            min=0, max=1_000, help=say("Dense au-dessus (4 pour les généralistes).", "Dense above (4 for GPs).")
        ),
    ] = None,
    under: Annotated[
        float | None,
        typer.Option(min=0, max=1_000, help=say("Sous-dense sous (2,5 pour eux).", "Under-dense under (2.5).")),
    ] = None,
    minutes: Annotated[float, typer.Option(min=1, max=180, help=say("Trajet au plus.", "Trip at most."))] = 60.0,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help=say(
                "Ne donner qu'à ce territoire, d'où que vienne le temps dans --territory.",
                "Give to this territory alone, wherever in --territory the time comes from.",
            ),
        ),
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0.5, help=say("Jours par mois en tout, au plus.", "Days a month at most."))
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Find the days a month that close most of the lack without any place of origin falling under its threshold."""
    from vigie.editions.observatory import open_edition
    from vigie.editions.sharing import pair_table, pair_told, paired

    with open_edition(home()) as observatory:
        ground = prepared(observatory, profession)
        found = paired(ground, territory, by, dense, under, minutes, days, to)
        told = pair_told(ground, found)
        if output is not None:
            write_table(pair_table(found), output, observatory, by)
        if as_json:
            print_json(told)
            return
        _print_pairs(found, told, professions()[profession], territory)
        written(output)


def _print_pairs(found: Pairing, told: dict[str, Any], own: Profession, territory: str) -> None:
    screen = console()
    if not found.pairs:
        screen.print(say("Aucune paire : pas de zone dense et de zone sous-dense à cette distance.",
                         "No pair: no dense and under-dense zones within this distance."))  # fmt: skip
        if territory != _FRANCE:
            screen.print(say(f"Pour chercher l'origine du temps dans toute la France : --to {territory}.",
                             f"To look all over France for where the time comes from: --to {territory}."))  # fmt: skip
        return
    screen.print(told["warning"][LANG], style="dim")
    for line in told["sentences"]:
        screen.print(f"• {line[LANG]}")
    headings = (say("de", "from"), say("vers", "to"), "min", say("jours par mois", "days a month"),
                own.supply.of(LANG))  # fmt: skip
    table = table_of(say("Les paires les plus grandes", "The largest pairs"), headings, 2)
    for one in found.pairs[:_SHOWN]:
        days, acts = number(one.days, LANG, 1), number(one.supply, LANG, 0 if own.scale == 1 else 2)
        table.add_row(one.origin.name, one.destination.name, number(one.minutes, LANG), days, acts)
    screen.print(table)


def portfolio(
    budget: Annotated[list[float], typer.Argument(metavar="BUDGET…", help=say("Euros par an.", "Euros a year."))],
    territory: Annotated[str, typer.Option("--territory", help=say("Où : un département, une région.", "Where."))],
    by: By = "bassin_de_vie",
    profession: Of = "mg",
    lever: Annotated[list[str] | None, typer.Option("--lever", help=say("Leviers permis.", "Levers allowed."))] = None,
    seconds: Annotated[float, typer.Option(min=1, max=600, help=say("Temps par budget.", "Time a budget."))] = 10.0,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Find the mix that brings most people above the threshold for a budget, with its bound; several, the frontier."""
    import polars as pl

    from vigie.editions.observatory import open_edition
    from vigie.editions.sharing import default, mix, mix_table, mix_told

    with open_edition(home()) as observatory:
        ground = prepared(observatory, profession)
        found = mix(ground, budget, territory, lever or default(profession), by, seconds)
        if output is not None:
            of_budgets = [mix_table(found, plan).insert_column(0, pl.lit(plan.budget).alias("budget"))
                          for plan in found.plans]  # fmt: skip
            write_table(pl.concat(of_budgets), output, observatory, by)
        if as_json:
            print_json(mix_told(ground, found))
            return
        _print_mix(found, mix_told(ground, found), _limits(professions()[profession])[0])
        written(output)


def _print_mix(found: Mixed, told: dict[str, Any], limit: str) -> None:
    from vigie.editions.sharing import mix_table

    screen = console()
    screen.print(f"\n[bold]{found.scope.name}[/]")
    screen.print(told["warning"][LANG], style="dim")
    headings = ("budget", say("dépensé par an", "spent a year"), say(f"passent {limit}", f"rise above {limit}"),
                say("au plus", "at most"), say("par habitant", "per person"))  # fmt: skip
    table = table_of(say("Ce qu'un budget permet", "What a budget allows"), headings, 0)
    for plan in found.plans:
        bound = say("inconnu", "unknown") if plan.bound is None else number(plan.bound, LANG)
        proved = f"{bound} ({say('optimum prouvé', 'proved optimal')})" if plan.proved else bound
        each = number(plan.cost / plan.people, LANG) if plan.people >= 1 else "–"
        euros = (number(value, LANG) for value in (plan.budget, plan.cost, plan.people))
        table.add_row(*euros, proved, each)
    screen.print(table)
    last = mix_table(found, found.plans[-1])
    columns = (
        say("levier", "lever"),
        say("où", "where"),
        say("quantité", "amount"),
        say("euros par an", "euros a year"),
    )
    table = table_of(say("Le mélange du plus grand budget", "The mix of the largest budget"), columns, 2)
    for row in last.sort("euros", descending=True).to_dicts():
        amount = f"{number(row['units'], LANG, 1)} {row[f'unit_{LANG}']}"
        table.add_row(row[f"title_{LANG}"], row["name"], amount, number(row["euros"], LANG))
    screen.print(table)
