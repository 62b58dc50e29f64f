"""The command that chooses places: site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson, progress
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.editions.siting import Objective
from vigie.errors import InputError, StorageError, Where
from vigie.language import NNBSP, Text, number
from vigie.levers.professions import Name

if TYPE_CHECKING:
    from vigie.editions.siting import Sited

_SHOWN = 25
FORMS = (".csv", ".geojson", ".json", ".parquet")
COLON = say(f"{NNBSP}:", ":")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("site", help=say("Choisit où ouvrir, et prouve à quel point c'est bien choisi.",
                                 "Chooses where to open, and proves how well it is chosen."))(site)  # fmt: skip


def site(
    territory: Annotated[
        str,
        typer.Argument(
            metavar=say("[TERRITOIRE]", "[TERRITORY]"),
            help=say("À desservir : departement:12, un EPCI, une région, la France.", "To serve: departement:12…"),
        ),
    ] = "france:FR",
    sites: Annotated[
        int, typer.Option("-n", "--sites", help=say("Combien de lieux (ou de postes).", "How many places (or posts)."))
    ] = 10,
    objective: Annotated[
        Objective,
        typer.Option(
            help=say(
                "coverage : le plus d'habitants à moins de T minutes ; everybody : tous, avec le moins de lieux ; "
                "time : temps moyen ; threshold : au-dessus du seuil d'APL ; worst : les plus mal servis d'abord.",
                "coverage: most people within T minutes; everybody: all, with fewest places; time: mean time; "
                "threshold: above the APL threshold; worst: the worst served first.",
            )
        ),
    ] = Objective.COVERAGE,
    minutes: Annotated[float, typer.Option(help=say("T, en minutes.", "T, in minutes."))] = 20.0,
    profession: Annotated[
        Name,
        typer.Option(
            help=say(
                "Dont l'APL compte (threshold, worst) : mg, infirmiers, kines, sages_femmes, dentistes.",
                "Whose APL counts (threshold, worst).",
            )
        ),
    ] = "mg",
    threshold: Annotated[
        float | None,
        typer.Option(help=say("Seuil d'APL (2,5 pour les généralistes).", "Threshold of APL (2.5 for GPs).")),
    ] = None,
    existing: Annotated[
        str | None,
        typer.Option(help=say("Ce qui existe et compte : mg, pharmacies, d113…", "What exists: mg, pharmacies, d113…")),
    ] = None,
    min_population: Annotated[
        int, typer.Option(help=say("Habitants au moins du lieu candidat.", "Least people of a candidate."))
    ] = 0,
    facility: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            help=say("Équipement d'un candidat : pharmacies, urgences, d101…", "Facility that it must have."),
        ),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help=say("Zone du candidat, medecins_2021:zip.", "Its zone, medecins_2021:zip."))
    ] = None,
    force: Annotated[list[str] | None, typer.Option(help=say("Lieu imposé.", "Place forced."))] = None,
    forbid: Annotated[list[str] | None, typer.Option(help=say("Lieu exclu.", "Place forbidden."))] = None,
    capacity: Annotated[
        int | None, typer.Option(help=say("Habitants que sert un lieu au plus (coverage).", "People a place serves."))
    ] = None,
    posts_each: Annotated[
        int, typer.Option(help=say("Postes par lieu au plus (threshold).", "Posts a place at most (threshold)."))
    ] = 3,
    activity: Annotated[
        float | None,
        typer.Option(
            help=say("Activité d'un poste : consultations par an, ou ETP (la moyenne).", "Activity of a post.")
        ),
    ] = None,
    plans: Annotated[int, typer.Option(help=say("Plans, le meilleur compris.", "Plans, the best included."))] = 5,
    tolerance: Annotated[
        float, typer.Option(help=say("Ce qu'un autre plan peut perdre (0,02 : 2 %).", "What others may lose (0.02)."))
    ] = 0.02,
    seconds: Annotated[
        float, typer.Option(help=say("Temps donné à la preuve (HiGHS).", "Time given to the proof (HiGHS)."))
    ] = 20.0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=say("Les lieux : .csv, .geojson, .parquet ; tout : .json.", "Places.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose places, with what is proved of the choice, other plans as good, and how often each place is chosen."""
    from vigie.editions.levers import playground
    from vigie.editions.observatory import open_edition
    from vigie.editions.siting import Request, check, settle, told
    from vigie.editions.siting import site as chosen

    _check(output)
    request = Request(
        objective, sites, territory, minutes, threshold, existing, min_population, tuple(facility or ()), zone,
        tuple(force or ()), tuple(forbid or ()), capacity, posts_each, activity, plans, tolerance, seconds, profession,
    )  # fmt: skip
    check(request)
    with open_edition(home()) as observatory, progress() as tell:
        tell(Text("Préparation des temps et des poids…", "Preparing times and weights…"))
        found = chosen(settle(request, playground(observatory, profession), observatory), tell)
    if output is not None:
        _write(found, output)
    if as_json:
        print_json(told(found))
        return
    _print(found)
    if output is not None:
        console().print(say(f"Écrit{COLON} {output}", f"Written: {output}"), style="dim")


def _check(output: Path | None) -> None:
    if output is not None and output.suffix.lower() not in FORMS:
        raise InputError(
            f"format inconnu ; {', '.join(FORMS)} attendu.",
            f"unknown format; {', '.join(FORMS)} expected.",
            where=Where(value=output.name),
        )


def _write(found: Sited, path: Path) -> None:
    import orjson

    from vigie.editions.siting import geojson, places_table, told

    form = path.suffix.lower()
    try:
        if form == ".geojson":
            path.write_bytes(geojson(found))
        elif form == ".json":
            path.write_bytes(orjson.dumps(told(found), option=orjson.OPT_INDENT_2))
        elif form == ".csv":
            places_table(found).write_csv(path)
        else:
            places_table(found).write_parquet(path)
    except OSError as fault:
        raise StorageError(
            f"{path} ne s'écrit pas ({fault.strerror or fault}).",
            f"{path} cannot be written ({fault.strerror or fault}).",
        ) from None


def _print(found: Sited) -> None:
    from rich.markup import escape

    from vigie.editions.siting import TITLES, WARNING, places_table, plans_table, sentences, unit

    screen, asked = console(), found.field.request
    screen.print(f"\n[bold]{escape(found.field.area.name)}[/]{COLON} {TITLES[asked.objective].of(LANG)} "
                 f"({say('édition', 'edition')} {found.field.ground.edition}).")  # fmt: skip
    screen.print(WARNING.of(LANG), style="dim")
    for line in sentences(found):
        screen.print(f"• {escape(line.of(LANG))}")
    digits = 1 if asked.objective is Objective.TIME else 0
    table = _table(
        say("Plans", "Plans"),
        ("plan", unit(asked).of(LANG), say("selon les hypothèses", "by hypothesis"), say("perte", "loss"),
         say("lieux communs", "in common"), say("à portée", "in reach"), say("minutes en moyenne", "mean minutes")),
    )  # fmt: skip
    for row in plans_table(found).to_dicts():
        low, high = (number(row[name], LANG, digits) for name in ("low", "high"))
        table.add_row(
            str(row["plan"]), number(row["value"], LANG, digits), f"{low} … {high}",
            f"{number(row['loss_percent'], LANG, 1)}{say(NNBSP, '')}%", f"{row['in_common']}/{row['sites']}",
            number(row["people_within"], LANG),
            "–" if row["mean_minutes_of_reached"] is None else number(row["mean_minutes_of_reached"], LANG, 1),
        )  # fmt: skip
    screen.print(table)
    places = places_table(found)
    columns = [name for name in places.columns if name.startswith("plan_")]
    table = _table(
        say("Lieux", "Places"),
        (say("commune", "commune"), say("dépt", "dépt"), say("habitants", "people"),
         say("apporte seul", "brings alone"), say("choisi", "chosen"),
         *(name.replace("plan_", say("plan ", "plan ")) for name in columns)),
    )  # fmt: skip
    for row in places.head(_SHOWN).to_dicts():
        posts = [str(row[name]) if row[name] > 1 else "●" if row[name] else "" for name in columns]
        mark = say(" (imposé)", " (forced)") if row["forced"] else ""
        alone = number(row["alone"], LANG) if row["plan_1"] else ""
        often = f"{number(row['chosen_percent'], LANG)}{say(NNBSP, '')}%"
        table.add_row(
            escape(f"{row['name']} ({row['code']}){mark}"), row["departement"], number(row["people"], LANG),
            alone, often, *posts,
        )  # fmt: skip
    screen.print(table)
    if places.height > _SHOWN:
        left = number(places.height - _SHOWN, LANG)
        screen.print(say(f"{left} autres lieux avec -o ou --json.", f"{left} other places with -o or --json."))


def _table(title: str, headings: tuple[str, ...]):  # type: ignore[no-untyped-def]
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place == 0 else "right")
    return table
