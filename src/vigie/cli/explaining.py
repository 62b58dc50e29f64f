"""The command that says what stands behind a figure of access."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson
from vigie.cli.computing import (
    COLON,
    ActivityText,
    AsTheyAre,
    DecayText,
    DemandFile,
    Detour,
    Speed,
    SupplyFile,
    TravelFile,
    TravelModel,
    Year,
    decimals_of,
    default_decay,
    one_activity,
    own_activity,
    significant,
    timed,
)
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.errors import InputError
from vigie.language import number, percent

if TYPE_CHECKING:
    import polars as pl

    from vigie.access.travel import TravelTimes
    from vigie.access.written import NamedDecay
    from vigie.editions.explaining import Change, Explained
    from vigie.editions.grounds import Ground
    from vigie.editions.observatory import Territory

PARTS = {
    "own_supply": ("offre du territoire", "the territory's supply"),
    "own_demand": ("demande du territoire", "the territory's demand"),
    "neighbour_supply": ("offre des voisins", "the neighbours' supply"),
    "neighbour_demand": ("demande des voisins", "the neighbours' demand"),
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("explain", help=say("Ce qu'il y a derrière un accès.", "What stands behind an access."))(explain)


def explain(
    territory: Annotated[
        str,
        typer.Argument(
            metavar=say("TERRITOIRE", "TERRITORY"),
            help=say(
                "niveau:code ou nom ; avec vos fichiers, des id séparés par des virgules.",
                "level:code or name; with your files, ids separated by commas.",
            ),
        ),
    ],
    profession: Annotated[
        str, typer.Option(help=say("mg, infirmiers, kines, sages_femmes, dentistes.", "mg, infirmiers, kines…"))
    ] = "mg",
    year: Year = 2021,
    of_place: Annotated[
        bool, typer.Option("--of-place", help=say("Qui ce lieu sert.", "Whom this place serves."))
    ] = False,
    between: Annotated[
        tuple[int, int] | None,
        typer.Option(
            metavar=say("ANNÉE ANNÉE", "YEAR YEAR"), help=say("Le changement entre deux années.", "The change.")
        ),
    ] = None,
    decay: DecayText = None,
    model: TravelModel = None,
    speed: Speed = None,
    detour: Detour = None,
    activity: ActivityText = None,
    demand: DemandFile = None,
    supply: SupplyFile = None,
    demand_after: Annotated[
        Path | None, typer.Option(help=say("La demande d'après.", "The demand afterwards."))
    ] = None,
    supply_after: Annotated[Path | None, typer.Option(help=say("L'offre d'après.", "The supply afterwards."))] = None,
    travel: TravelFile = None,
    as_they_are: AsTheyAre = False,
    rows: Annotated[int, typer.Option(min=1, help=say("Lignes montrées.", "Rows shown."))] = 10,
    as_json: AsJson = False,
) -> None:
    """Say which sites make up an access and with whom they are shared, whom a site serves, or what changed."""
    from vigie.access.written import read_decay
    from vigie.editions.explaining import explain_change, explain_places, explain_sites, paired
    from vigie.editions.french import french_ground
    from vigie.editions.french import profession as named_profession
    from vigie.editions.grounds import own_ground

    named = read_decay(decay or default_decay(model, None if demand else profession))
    if demand is None and supply is None:
        if demand_after or supply_after or travel:
            raise _files_missing()
        one = named_profession(profession)
        found, ids = _territory(territory)
        if between:
            _print_published_change(found, profession, between, as_json)
            return
        ground = french_ground(home(), one, year, one_activity(activity))
        title = f"{found.name} ({found.key}), {one.title.of(LANG)}, {year}"
    else:
        if demand is None or supply is None or between:
            raise _files_missing()
        counted = own_activity(activity)
        ids, title = [part.strip() for part in territory.split(",")], territory
        ground = own_ground(demand, supply, counted, located=travel is None, as_they_are=as_they_are)
        if demand_after or supply_after:
            later = own_ground(
                *(demand_after or demand, supply_after or supply, counted),
                located=travel is None,
                as_they_are=as_they_are,
            )
            before, after = paired(ground, later)
            before, times = timed(before, travel, model, speed, detour, named)
            change = explain_change(before, after, times, named.decay, ids)
            _print_change(title, before, change, times, named, as_json)
            return
    ground, times = timed(ground, travel, model, speed, detour, named)
    if of_place:
        sites = _sites(ground, ids)
        places = explain_sites(ground, times, named.decay, sites)
        _print_served(title, ground, sites, places, times, named, rows, as_json)
        return
    explained = explain_places(ground, times, named.decay, ids)
    _print_explained(title, ground, explained, times, named, rows, as_json)


def _files_missing() -> InputError:
    return InputError(
        "avec vos fichiers, donnez --demand et --supply, et --demand-after ou --supply-after pour un changement.",
        "with your files, give --demand and --supply, and --demand-after or --supply-after for a change.",
    )


def _territory(text: str) -> tuple[Territory, list[str]]:
    """The territory of the edition served, and the codes of its places."""
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        found = observatory.territory(text)
        places = observatory.rows(
            "SELECT place FROM memberships WHERE level = ? AND code = ? ORDER BY place", [found.level, found.code]
        )
    return found, [code for (code,) in places]


def _sites(ground: Ground, ids: list[str]) -> list[str]:
    import polars as pl

    found = ground.sites.filter(pl.col("id").is_in(ids) & (pl.col("supply") > 0))["id"].to_list()
    if not found:
        raise InputError(
            "ce lieu n'a pas d'offre\u202f: il ne sert personne.",
            "this place has no supply: it serves nobody.",
            remedy_fr="Sans --of-place\u202f: les sites dont il dépend.",
            remedy_en="Without --of-place: the sites that it depends on.",
        )
    return found


def _made(times: TravelTimes, named: NamedDecay) -> dict[str, object]:
    return {
        "decay": {"name": named.name, "fr": named.words.fr, "en": named.words.en},
        "travel": {"fr": times.made_by.fr, "en": times.made_by.en},
    }


def _print_explained(
    title: str, ground: Ground, found: Explained, times: TravelTimes, named: NamedDecay, rows: int, as_json: bool
) -> None:
    if as_json:
        print_json(
            {
                "territory": title,
                "value": found.value,
                "published": found.published,
                "demand": found.demand,
                "unit": asdict(ground.unit),
                **_made(times, named),
                "providers": found.providers.to_dicts(),
                "sharers": found.sharers.to_dicts(),
            }
        )
        return
    from rich.table import Table

    screen = console()
    beside = ""
    if found.published is not None:
        beside = say(f" (publié : {significant(found.published)})", f" (published: {significant(found.published)})")
    screen.print(f"[bold]{title}[/]{COLON} {significant(found.value)} {ground.unit.of(LANG)}{beside}")
    if found.providers.is_empty():
        screen.print(say("Aucune offre à portée.", "No supply within reach."))
    else:
        behind = Table(
            title=say("D'où vient cet accès", "Where this access comes from"),
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        behind.add_column(say("site", "site"))
        for heading in ("min", say("offre", "supply"), say("accès", "access"), say("part", "share")):
            behind.add_column(heading, justify="right")
        for row in found.providers.head(rows).iter_rows(named=True):
            behind.add_row(
                _label(row["site"], row["name"]),
                number(row["minutes"], LANG, 1),
                number(row["supply"], LANG, 0 if row["supply"] >= 100 else 1),
                significant(row["access"]),
                percent(100 * row["share"], LANG),
            )
        screen.print(behind)
        _rest(found.providers, rows)
        shared = Table(
            title=say("Avec qui il est partagé", "With whom it is shared"),
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        shared.add_column(say("lieu", "place"))
        shared.add_column(say("part de l'usage de ces sites", "share of the use of these sites"), justify="right")
        for row in found.sharers.head(rows).iter_rows(named=True):
            shared.add_row(_label(row["place"], row["name"]), percent(100 * row["share"], LANG))
        screen.print(shared)
        _rest(found.sharers, rows)
    _print_made(ground, times, named)


def _label(code: str, name: str | None) -> str:
    return code if name is None or name == code else f"{name} ({code})"


def _rest(table: pl.DataFrame, rows: int) -> None:
    if table.height > rows:
        rest = float(table["share"].tail(table.height - rows).sum())
        typer.echo(
            say(
                f"… et {number(table.height - rows, LANG)} autres, {percent(100 * rest, LANG)} ensemble.",
                f"… and {number(table.height - rows, LANG)} others, {percent(100 * rest, LANG)} together.",
            )
        )


def _print_made(ground: Ground, times: TravelTimes, named: NamedDecay) -> None:
    typer.echo(
        say(
            f"Modèle de Vigie, non la Drees. Décroissance{COLON} {named.words.fr}. Temps{COLON} {times.made_by.fr}.",
            f"Vigie's model, not DREES's. Decay{COLON} {named.words.en}. Times{COLON} {times.made_by.en}.",
        )
    )
    for note in ground.notes:
        typer.echo(f"{say('À noter', 'Note')}{COLON} {number(note.count, LANG)} {note.text.of(LANG)}.")


def _print_served(
    title: str,
    ground: Ground,
    sites: list[str],
    places: pl.DataFrame,
    times: TravelTimes,
    named: NamedDecay,
    rows: int,
    as_json: bool,
) -> None:
    if as_json:
        print_json({"territory": title, "sites": sites, **_made(times, named), "served": places.to_dicts()})
        return
    from rich.table import Table

    screen = console()
    total = float(places["amount"].sum())
    screen.print(f"[bold]{title}[/]{COLON} {number(total, LANG)} {ground.supply_unit.of(LANG)}")
    shown = Table(title=say("Qui est servi", "Who is served"), title_justify="left", box=None, pad_edge=False)
    shown.add_column(say("lieu", "place"))
    for heading in ("min", say("demande", "demand"), say("reçoit", "receives"), say("part", "share")):
        shown.add_column(heading, justify="right")
    for row in places.head(rows).iter_rows(named=True):
        shown.add_row(
            _label(row["place"], row["name"]),
            number(row["minutes"], LANG, 1),
            number(row["demand"], LANG),
            number(row["amount"], LANG, 0 if row["amount"] >= 100 else 1),
            percent(100 * row["share"], LANG),
        )
    screen.print(shown)
    _rest(places, rows)
    _print_made(ground, times, named)


def _print_change(
    title: str, ground: Ground, change: Change, times: TravelTimes, named: NamedDecay, as_json: bool
) -> None:
    if as_json:
        print_json({"territory": title, **asdict(change), **_made(times, named)})
        return
    moved = change.after - change.before
    typer.echo(
        f"{title}{COLON} {significant(change.before)} → {significant(change.after)} ({_signed(moved, change.after)})"
    )
    width = max(len(say(*words)) for words in PARTS.values())
    for part, value in change.parts.items():
        typer.echo(f"  {say(*PARTS[part]).ljust(width)}  {_signed(value, change.after)}")
    _print_made(ground, times, named)


def _signed(value: float, beside: float) -> str:
    """A change with its sign, with as many decimals as the figure that it is shown beside."""
    return ("+" if value > 0 else "") + number(value, LANG, decimals_of(beside))


def _print_published_change(found: Territory, profession: str, between: tuple[int, int], as_json: bool) -> None:
    """The published figures of the two years; their decomposition needs supplies and demands that nobody publishes."""
    from vigie.editions.observatory import open_edition

    indicator = f"apl_{profession}"
    with open_edition(home()) as observatory:
        values = [
            observatory.values(indicator, found.level, str(year)).get(found.code, (None, "missing"))[0]
            for year in between
        ]
    years = " → ".join(str(year) for year in between)
    if as_json:
        print_json(
            {"territory": found.key, "indicator": indicator, "years": between, "published": values, "parts": None}
        )
        return
    shown = " → ".join(say("non disponible", "not available") if one is None else significant(one) for one in values)
    first, last = values
    moved = f" ({_signed(last - first, last)})" if first is not None and last is not None else ""
    typer.echo(f"{found.name} ({found.key}), {say('APL publiée', 'published APL')} {years}{COLON} {shown}{moved}")
    typer.echo(
        say(
            "Part de l'offre, de la demande et des voisins\u202f: données non disponibles. L'offre par commune n'est à "
            "disposition que pour 2021 (BPE), la demande standardisée aussi. Avec vos fichiers\u202f: vigie explain ID "
            "--demand avant.csv --supply avant.csv --demand-after après.csv --supply-after après.csv.",
            "Part of supply, demand and neighbours: data not available. Supply by commune is at hand for 2021 alone "
            "(BPE), and so is standardised demand. With your own files: vigie explain ID --demand before.csv --supply "
            "before.csv --demand-after after.csv --supply-after after.csv.",
        )
    )
