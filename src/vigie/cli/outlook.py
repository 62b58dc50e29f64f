"""The command of the outlook: a territory to 2035, who loses most and when, variants, a live draw, the back-test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.gridding import Scheduler, Workers
from vigie.cli.reading import AsJson
from vigie.cli.words import LANG, console, home, print_json, say, stderr
from vigie.errors import InputError
from vigie.language import NNBSP, number, percent, plural

if TYPE_CHECKING:
    import polars as pl

    from vigie.access.spread import Each
    from vigie.editions.observatory import Observatory, Territory
    from vigie.editions.outlooks import Judged, Loser, Year
    from vigie.editions.prospects import Brought
    from vigie.outlook import Variant

COLON = say(f"{NNBSP}:", ":")
TILES = 100  # départements with an APL, Mayotte apart
_GROUPS = {
    "all": ("toutes les communes", "all communes"),
    "none": ("communes sans généraliste", "communes without a GP"),
    "few": ("communes de 1 ou 2 généralistes", "communes of 1 or 2 GPs"),
    "some": ("communes de 3 à 10", "communes of 3 to 10"),
    "many": ("communes de plus de 10", "communes of more than 10"),
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("outlook", help=say("L'offre et l'accès jusqu'en 2035.", "Supply and access to 2035."))(outlook)


def outlook(
    territory: Annotated[
        str | None,
        typer.Argument(
            metavar=say("[TERRITOIRE]", "[TERRITORY]"),
            help=say("niveau:code, code ou nom ; la France sinon.", "level:code, code or name; else France."),
        ),
    ] = None,
    losing: Annotated[
        bool,
        typer.Option("--losing", help=say("Qui perd le plus si personne ne remplace.", "Who loses most, and when.")),
    ] = False,
    level: Annotated[
        str, typer.Option(help=say("Avec --losing : le niveau.", "With --losing: the level."))
    ] = "bassin_de_vie",
    by: Annotated[int, typer.Option(help=say("Avec --losing : l'année.", "With --losing: the year."))] = 2035,
    within: Annotated[
        str | None, typer.Option("--in", help=say("Avec --losing : un département.", "With --losing: a département."))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help=say("Lignes imprimées.", "Lines printed."))] = 20,
    variant: Annotated[
        str | None,
        typer.Option(help=say("Une variante, ou un fichier .toml à soi.", "A variant, or a .toml file of one's own.")),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(min=10, max=10_000, help=say("Tire à nouveau, tant de fois.", "Draws anew, so many times.")),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help=say("Un scénario de leviers, ajouté à l'offre.", "A scenario of levers, added to supply.")),
    ] = None,
    ages: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Table des médecins par âge (CSV), par département ou pour FR.",
                "Table of doctors by age (CSV), by département or for FR.",
            )
        ),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(
            "--population",
            help=say(
                "Projection de population (CSV), par commune, département ou FR.",
                "Population projection (CSV), by commune, département or FR.",
            ),
        ),
    ] = None,
    from_year: Annotated[int, typer.Option(help=say("Sa première année.", "Its first year."))] = 2026,
    seed: Annotated[int, typer.Option(help=say("La graine des tirages.", "The seed of the draws."))] = 2035,
    variants: Annotated[
        bool, typer.Option("--variants", help=say("Les variantes et la France.", "The variants, and France."))
    ] = False,
    backtest: Annotated[
        bool, typer.Option("--backtest", help=say("Ce que le modèle aurait dit de 2023.", "What it would have said."))
    ] = False,
    workers: Workers = 0,
    scheduler: Scheduler = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=say("Tous les lieux, .parquet ou .csv.", "Every place, .parquet or .csv.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how the supply of GPs and the access to them may go to 2035, with intervals."""
    from vigie.editions.observatory import open_edition

    if output and output.suffix not in (".parquet", ".csv"):
        raise InputError(
            f"{output.name} : un fichier .parquet ou .csv est attendu.",
            f"{output.name}: a .parquet or .csv file is expected.",
        )
    with open_edition(home()) as observatory:
        if losing:
            _losing(observatory, level, by, variant or "nobody", within, limit, as_json)
        elif backtest:
            _backtest(observatory, as_json)
        elif variants:
            _variants(observatory, as_json)
        elif (
            draws or output or scenario or ages or people or workers or scheduler
            or (variant and variant.endswith(".toml"))
        ):  # fmt: skip
            from vigie.editions.workers import workers as hands

            asked = _Draw(
                _variant(variant),
                draws or 200,
                seed,
                None if scenario is None else _brought(observatory, scenario, from_year),
                ages,
                people,
            )
            with hands(workers, scheduler) as each:
                _drawn(observatory, territory, asked, output, as_json, each)
        else:
            _kept(observatory, territory, variant or "central", as_json)


def _variant(name: str | None) -> Variant:
    from vigie.outlook.hypotheses import Variant, read
    from vigie.outlook.hypotheses import variant as known

    if name and name.endswith(".toml"):
        if not Path(name).is_file():
            raise InputError(f"{name} : ce fichier n'existe pas.", f"{name}: there is no such file.")
        return read(Path(name), Variant)
    return known(name or "central")


def _brought(observatory: Observatory, path: Path, first: int) -> Brought:
    from vigie.editions.levers import playground
    from vigie.editions.prospects import brought
    from vigie.levers.scenario import read_scenario

    return brought(read_scenario(path), playground(observatory), first)


def _card(observatory: Observatory, name: str | None) -> Territory:
    return observatory.territory(name or "france:FR")


def _kept(observatory: Observatory, territory: str | None, name: str, as_json: bool) -> None:
    """The outlook that the edition holds, of one territory."""
    from vigie.editions import outlooks

    card, one = _card(observatory, territory), outlooks.variant(observatory, name)
    found = outlooks.of(observatory, card, name)
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "territory": asdict(card),
                "variant": asdict(one),
                "basis": asdict(outlooks.basis(observatory, card)),
                "years": [asdict(year) for year in found],
            }
        )
        return
    rests = outlooks.basis(observatory, card).text(LANG)
    _print(card, one.title.of(LANG), f"{rests} {one.path.of(LANG)}. {one.note.of(LANG)}", one.draws, found)


@dataclass(frozen=True)
class _Draw:
    """What to draw anew: a variant, how often, a supply brought, and the tables of doctors and of people brought."""

    variant: Variant
    draws: int
    seed: int
    extra: Brought | None
    ages: Path | None
    people: Path | None

    def told(self) -> str:
        """What ages and demand come from, and the words of the variant."""
        from vigie.editions.imports import imports

        kept = {one.asked.template: f"{one.file} ({one.asked.who})" for one in imports(home())}
        ages = say("APL publiée par âge (Drees)", "the APL published by age (DREES)")
        steady = say("habitants constants", "constant people")
        ages = self.ages.name if self.ages else kept.get("doctors_by_age", ages)
        people = self.people.name if self.people else kept.get("people_projected", steady)
        return say(
            f"Âges{COLON} {ages}. Demande{COLON} {people}. ", f"Ages: {ages}. Demand: {people}. "
        ) + self.variant.note.text.of(LANG)


def _drawn(
    observatory: Observatory, territory: str | None, asked: _Draw, output: Path | None, as_json: bool, each: Each
) -> None:
    """A variant drawn now, of one territory; every place in a file where one is asked for."""
    from rich.progress import Progress

    from vigie.access.spread import one_by_one
    from vigie.editions.outlooks import Year
    from vigie.editions.prospects import OwnTables, draw
    from vigie.outlook import model

    card, tables = _card(observatory, territory), OwnTables(asked.ages, asked.people)
    with Progress(console=stderr(), transient=True) as bar:
        task = bar.add_task(say("Tirages", "Draws"), total=model().horizon - 2022)
        spread = None if each is one_by_one else each
        if spread is not None:
            bar.update(task, total=TILES)
        rows = draw(
            home(), asked.variant, asked.draws, asked.seed, extra=asked.extra, tables=tables,
            progress=lambda _: bar.advance(task), each=spread,
        )  # fmt: skip
    if output:
        _write(rows, output)
    own = rows.filter((rows["level"] == card.level) & (rows["code"] == card.code)).drop("variant", "level", "code")
    found = [Year(**row) for row in own.to_dicts()]
    if as_json:
        told = {"variant": asked.variant.model_dump(), "draws": asked.draws, "seed": asked.seed}
        brought = {"ages": _source(asked.ages), "population": _source(asked.people)}
        print_json({"territory": asdict(card), **told, **brought, "years": [asdict(year) for year in found]})
        return
    _print(card, asked.variant.title.text.of(LANG), asked.told(), asked.draws, found)
    if output:
        console().print(say(f"Écrit{COLON} {output} ({number(rows.height, LANG)} lignes).", f"Written: {output}."))


def _source(path: Path | None) -> dict[str, str] | None:
    """The name of a file brought and its SHA-256."""
    return None if path is None else {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _write(rows: pl.DataFrame, path: Path) -> None:
    from vigie.errors import StorageError

    try:
        rows.write_parquet(path) if path.suffix == ".parquet" else rows.write_csv(path)
    except OSError as fault:
        raise StorageError(
            f"{path} ne s'écrit pas ({fault.strerror}).", f"{path} cannot be written ({fault.strerror})."
        ) from None


def _print(card: Territory, title: str, note: str, draws: int, found: Sequence[Year]) -> None:
    from rich.markup import escape
    from rich.table import Table

    console().print(f"[bold]{escape(card.name)}[/] ({card.key}){COLON} {title}")
    if not found:
        console().print(
            say(
                "Données non disponibles : aucune APL n'est publiée ici, ou cette variante n'est pas tirée à ce niveau "
                "(--draws 200 la tire).",
                "Data not available: no APL is published here, or this variant is not drawn at this level "
                "(--draws 200 draws it).",
            )
        )
        return
    several = found[0].under_low is not None
    table = Table(box=None, pad_edge=False)
    headings = [
        *(say("année", "year"), "APL", say("intervalle", "interval"), say("offre", "supply")),
        *(say("intervalle", "interval"), say("généralistes", "GPs"), say("départs", "retirements")),
        *(say("arrivées", "arrivals"), say("sous 2,5", "under 2.5"), say("aucun généraliste", "no GP at all")),
    ]
    for heading in headings[: 9 if several else 10]:
        table.add_column(heading, justify="right")
    for one in found:
        cells = [
            *(str(one.year), _figure(one.apl, 2), _between(one.apl_low, one.apl_high, 2)),
            *(_share(one.supply), _between(one.supply_low, one.supply_high, 0, 100), _figure(one.doctors, 1)),
            *(_figure(one.retired, 1), _figure(one.arrived, 1), _share(one.under), _share(one.none)),
        ]
        table.add_row(*cells[: 9 if several else 10])
    console().print(table)
    under = (
        say("part des habitants d'une commune sous 2,5", "share of the people whose commune is under 2.5")
        if several
        else say("part des tirages où la commune est sous 2,5", "share of the draws in which it is under 2.5")
    )
    console().print(
        say(
            f"Offre en % de celle de {found[0].year}. Intervalles{COLON} 80 % de {number(draws, LANG)} tirages. "
            f"Sous 2,5{COLON} {under}. {note}",
            f"Supply in % of that of {found[0].year}. Intervals: 80% of {number(draws, LANG)} draws. "
            f"Under 2.5: {under}. {note}",
        ),
        style="dim",
    )
    console().print(
        say(
            "Hypothèses de Vigie et limites : docs/methods-outlook.md. Ce n'est pas une prévision.",
            "Hypotheses of Vigie and limits: docs/methods-outlook.md. It is not a forecast.",
        ),
        style="dim",
    )


def _figure(value: float | None, decimals: int) -> str:
    return "–" if value is None else number(value, LANG, decimals)


def _between(low: float | None, high: float | None, decimals: int, times: float = 1) -> str:
    if low is None or high is None:
        return ""
    return f"{number(low * times, LANG, decimals)} – {number(high * times, LANG, decimals)}"


def _share(value: float | None) -> str:
    return "–" if value is None else percent(100 * value, LANG, 0)


def _losing(
    observatory: Observatory, level: str, by: int, name: str, within: str | None, limit: int, as_json: bool
) -> None:
    from vigie.editions import outlooks

    departement = observatory.territory(f"departement:{within}").code if within else None
    found = outlooks.losers(observatory, level, by, name, departement)
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "variant": name,
                "by": by,
                "territories": [asdict(one) for one in found[:limit]],
            }
        )
        return
    title = outlooks.variant(observatory, name).title.of(LANG)
    console().print(f"[bold]{title}[/]{COLON} {say('ce que chacun perd', 'what each loses')}, {by}")
    _print_losers(found[:limit], by)
    told = plural(len(found), say("territoire", "territory"), say("territoires", "territories"), LANG)
    console().print(
        say(
            f"{number(len(found), LANG)} {told} de {number(outlooks.LEAST_PEOPLE, LANG)} habitants au moins, du plus "
            f"touché au moins touché ; {min(limit, len(found))} montrés. Ce n'est pas un classement de valeur.",
            f"{number(len(found), LANG)} {told} of {number(outlooks.LEAST_PEOPLE, LANG)} people or more, the most "
            f"affected first; {min(limit, len(found))} shown.",
        ),
        style="dim",
    )


def _print_losers(found: Sequence[Loser], by: int) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(
        (
            *(say("territoire", "territory"), say("habitants", "people"), "APL 2023", f"APL {by}"),
            *(say("intervalle", "interval"), say("perte", "loss"), say("moitié dès", "half by")),
            say("sous 2,5 dès", "under 2.5 by"),
        )
    ):
        table.add_column(heading, justify="left" if not place else "right", no_wrap=place != 0)
    for one in found:
        where = f" ({one.departement})" if one.departement and one.level != "departement" else ""
        table.add_row(
            *(f"{escape(one.name)}{where} [dim]{one.code}[/]", number(one.population, LANG)),
            *(number(one.before, LANG, 2), number(one.after, LANG, 2), _between(one.after_low, one.after_high, 2)),
            *(percent(100 * one.loss, LANG, 0), str(one.half_by or "–"), str(one.under_by or "–")),
        )
    console().print(table)


def _variants(observatory: Observatory, as_json: bool) -> None:
    from rich.table import Table

    from vigie.editions import outlooks

    known = outlooks.variants(observatory)
    last = {name: outlooks.years(observatory, "france", "FR", name)[-1] for name in known}
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "variants": [asdict(one) | {"france": asdict(last[name])} for name, one in known.items()],
            }
        )
        return
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(
        (say("variante", "variant"), say("nom", "title"), "APL 2035", say("intervalle", "interval"),
         say("offre", "supply"), say("sous 2,5", "under 2.5"))
    ):  # fmt: skip
        table.add_column(heading, justify="left" if place < 2 else "right")
    for name, one in known.items():
        end = last[name]
        table.add_row(
            *(name, one.title.of(LANG), _figure(end.apl, 2), _between(end.apl_low, end.apl_high, 2)),
            *(_share(end.supply), _share(end.under)),
        )
    console().print(table)


def _backtest(observatory: Observatory, as_json: bool) -> None:
    from vigie.editions import outlooks

    found = outlooks.judged(observatory)
    if as_json:
        print_json({"edition": observatory.id, "backtest": [asdict(one) for one in found]})
        return
    for key in dict.fromkeys((one.base, one.year, one.spread) for one in found):
        own = [one for one in found if (one.base, one.year, one.spread) == key]
        spread = say(
            "étalement calé sur 2015–2019" if key[2] == "earlier" else "étalement calé sur 2019–2023",
            "spread fitted on 2015–2019" if key[2] == "earlier" else "spread fitted on 2019–2023",
        )
        console().print(f"\n[bold]{key[1]}, {say('vu de', 'seen from')} {key[0]}[/] ({spread})")
        _print_judged(own)
    console().print(
        say(
            "APL tous âges, deux décimales, sans Paris, Lyon, Marseille ni la Corse. La part des âges n'est pas "
            "rejouée : aucune APL par âge n'est publiée avant 2021.",
            "APL of all ages, two decimals, without Paris, Lyon, Marseille or Corsica. The part of ages is not "
            "back-tested: no APL by age is published before 2021.",
        ),
        style="dim",
    )


def _print_judged(own: Sequence[Judged]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(
        (
            *(say("territoires", "territories"), say("nombre", "number"), say("erreur", "error")),
            *(say("erreur si rien ne changeait", "error of no change"), say("biais", "bias")),
            *(say("dans l'intervalle", "within the interval"), say("largeur", "width")),
        )
    ):
        table.add_column(heading, justify="left" if not place else "right")
    for one in own:
        table.add_row(
            *(say(*_GROUPS[one.group]) if one.group in _GROUPS else one.group, number(one.territories, LANG)),
            *(number(one.error, LANG, 2), number(one.kept, LANG, 2), number(one.bias, LANG, 2)),
            *(_share(one.coverage), number(one.width, LANG, 2)),
        )
    console().print(table)
