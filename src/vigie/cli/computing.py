"""Commands that compute access anew, on anyone's files or on the embedded tables: apl and reach."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.errors import InputError
from vigie.language import NNBSP, number, percent, plural

if TYPE_CHECKING:
    import polars as pl

    from vigie.access.travel import TravelTimes
    from vigie.access.written import NamedDecay
    from vigie.editions.grounds import Activity, Ground
    from vigie.editions.studies import Study

COLON = say(f"{NNBSP}:", ":")


class Method(StrEnum):
    """The methods of :mod:`vigie.access.methods`."""

    TWO_STEP = "2sfca"
    ENHANCED = "e2sfca"
    THREE_STEP = "3sfca"
    NEAREST = "nearest"
    WITHIN = "within"


class Model(StrEnum):
    """Where travel times come from when no matrix is given."""

    CROW_FLY = "crow-fly"
    CALIBRATED = "calibrated"
    CALIBRATED_LOCAL = "calibrated-local"


# The models of the fitted preset, and what its decays are called (vigie.access.written).
_FITTED = {Model.CALIBRATED: ("national", "fitted"), Model.CALIBRATED_LOCAL: ("local", "fitted-local")}


DemandFile = Annotated[
    Path | None,
    typer.Option(
        "--demand", help=say("Lieux et personnes : id, lon, lat, demand.", "Places and people: id, lon, lat, demand.")
    ),
]
AgeWeightsFile = Annotated[
    Path | None,
    typer.Option(
        "--age-weights",
        help=say(
            "Poids par âge : class (colonne d'habitants de --demand), weight.",
            "Age weights: class (a column of people of --demand), weight.",
        ),
    ),
]
SupplyFile = Annotated[
    Path | None,
    typer.Option(
        "--supply", help=say("Sites et offre : id, lon, lat, supply.", "Sites and supply: id, lon, lat, supply.")
    ),
]
TravelFile = Annotated[
    Path | None,
    typer.Option("--travel", help=say("Matrice : place, site, minutes.", "Matrix: place, site, minutes.")),
]
TravelModel = Annotated[
    Model | None,
    typer.Option("--model", help=say("Sans matrice : vol d'oiseau ou temps calés.", "Without a matrix.")),
]
Speed = Annotated[
    float | None, typer.Option(min=1, max=1000, help=say("km/h à vol d'oiseau (60).", "km/h as the crow flies (60)."))
]
Detour = Annotated[
    float | None,
    typer.Option(min=1, max=10, help=say("Route sur ligne droite (1,3).", "Road over straight line (1.3).")),
]
DecayText = Annotated[
    str | None,
    typer.Option(
        "--decay",
        help=say(
            "Préréglage (linear-20 ; calée avec --model calibrated), ou linear:20, bands:5=1,10=0.3…",
            "Preset (linear-20; the fitted one with --model calibrated), or linear:20, bands:5=1,10=0.3…",
        ),
    ),
]
ProfessionName = Annotated[
    str | None,
    typer.Option(
        "--profession",
        help=say(
            "Sur la France : mg, infirmiers, kines, sages_femmes, dentistes.", "On France: mg, infirmiers, kines…"
        ),
    ),
]
Year = Annotated[int, typer.Option(help=say("Année de la demande et de l'offre.", "Year of demand and supply."))]
ActivityText = Annotated[
    str | None,
    typer.Option(
        "--activity",
        help=say(
            "Ce que vaut une unité d'offre (5400), ou plancher:plafond (3600:6000).",
            "What a unit of supply counts for (5400), or floor:cap (3600:6000).",
        ),
    ),
]
OldestAge = Annotated[
    float | None,
    typer.Option(
        "--max-age",
        min=18,
        max=120,
        help=say("Sans les praticiens plus âgés (colonne age).", "Without older practitioners (column age)."),
    ),
]
AsTheyAre = Annotated[
    bool,
    typer.Option(
        "--as-they-are",
        help=say(
            "Coordonnées justes même si elles semblent échangées.", "Coordinates are right though they look swapped."
        ),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("apl", help=say("Recalcule une accessibilité (APL).", "Computes accessibility (APL) anew."))(apl)
    app.command("reach", help=say("Qui vit à moins de tant de minutes.", "Who lives within so many minutes."))(reach)


def apl(
    demand: DemandFile = None,
    age_weights: AgeWeightsFile = None,
    supply: SupplyFile = None,
    travel: TravelFile = None,
    model: TravelModel = None,
    speed: Speed = None,
    detour: Detour = None,
    decay: DecayText = None,
    method: Annotated[Method, typer.Option(help=say("Méthode.", "Method."))] = Method.ENHANCED,
    profession: ProfessionName = None,
    year: Year = 2021,
    activity: ActivityText = None,
    max_age: OldestAge = None,
    per: Annotated[
        float | None, typer.Option(min=1, help=say("Accès pour tant de personnes.", "Access per so many people."))
    ] = None,
    as_they_are: AsTheyAre = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Fichier .parquet ou .csv.", "File, .parquet or .csv."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute the accessibility of every place, on your own files or on France, and say how it was made."""
    from vigie.access.written import read_decay
    from vigie.editions.studies import check_target, recompute, write_study

    if output:
        check_target(output)
    named = read_decay(decay or default_decay(model, profession))
    ground = _ground(demand, age_weights, supply, travel, profession, year, activity, max_age, as_they_are, per)
    ground, times = timed(ground, travel, model, speed, detour, named)
    study = recompute(ground, times, named, str(method))
    if output:
        write_study(study, output)
    if as_json:
        print_json(study.record)
        return
    _print_study(study, ground, times, named, str(method), output)


def default_decay(model: Model | None, profession: str | None) -> str:
    """The decay that is meant when none is given: the one fitted with the times asked for, else ``linear-20``."""
    if profession and model in _FITTED:
        return f"{_FITTED[model][1]}-{profession}"
    return "linear-20"


def _ground(
    demand: Path | None,
    age_weights: Path | None,
    supply: Path | None,
    travel: Path | None,
    profession: str | None,
    year: int,
    activity: str | None,
    max_age: float | None,
    as_they_are: bool,
    per: float | None,
) -> Ground:
    """The ground of one's own files, or that of France for a profession; exactly one of the two is asked for."""
    given = demand is not None or supply is not None
    if given == (profession is not None) or (given and None in (demand, supply)):
        raise InputError(
            "donnez soit --demand et --supply (vos fichiers), soit --profession (la France).",
            "give either --demand and --supply (your files) or --profession (France).",
            remedy_fr="Par exemple : vigie apl --profession mg -o apl.parquet.",
            remedy_en="For instance: vigie apl --profession mg -o apl.parquet.",
        )
    if profession is not None and (travel, per, age_weights) != (None, None, None):
        raise InputError(
            "--travel, --age-weights et --per vont avec --demand et --supply.",
            "--travel, --age-weights and --per go with --demand and --supply.",
        )
    if profession is not None and max_age is not None:
        raise InputError(
            "--max-age va avec --supply : la BPE compte des praticiens sans dire leur âge.",
            "--max-age goes with --supply: the BPE counts practitioners without their age.",
            remedy_fr="L'APL publiée des généralistes de 65 ans ou moins : vigie show Rodez --indicator apl_mg_65.",
            remedy_en="The published APL of GPs of 65 and 62 or less: vigie show Rodez --indicator apl_mg_65.",
        )
    if profession is not None:
        from vigie.editions.french import french_ground
        from vigie.editions.french import profession as named_profession

        return french_ground(home(), named_profession(profession), year, one_activity(activity))
    from vigie.editions.grounds import own_ground

    assert demand is not None
    assert supply is not None
    return own_ground(
        demand,
        supply,
        own_activity(activity, max_age),
        located=travel is None,
        as_they_are=as_they_are,
        scale=per or 1,
        age_weights=age_weights,
    )


def own_activity(text: str | None, max_age: float | None = None) -> Activity:
    """What ``--activity`` says of a supply of one's own (a factor, or a floor and a cap), and ``--max-age``."""
    from vigie.editions.grounds import Activity

    if text is None:
        return Activity(oldest=max_age)
    floor, colon, cap = text.partition(":")
    if colon:
        return Activity(bounds=(_positive(floor, text), _positive(cap, text)), oldest=max_age)
    return Activity(times=_positive(floor, text), oldest=max_age)


def one_activity(text: str | None) -> float | None:
    """The activity of each practitioner of a head count, which knows no practice: no floor nor cap."""
    if text is not None and ":" in text:
        raise InputError(
            "plancher et plafond demandent les actes de chaque cabinet : la BPE compte des praticiens.",
            "floor and cap need the acts of each practice: the BPE counts practitioners.",
            remedy_fr="Donnez une activité moyenne (--activity 5400), ou vos fichiers avec --supply.",
            remedy_en="Give a mean activity (--activity 5400), or your files with --supply.",
        )
    return None if text is None else _positive(text, text)


def _positive(part: str, text: str) -> float:
    import math

    try:
        value = float(part)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(
            f"--activity «\u00a0{text}\u00a0»\u202f: un nombre positif (5400) ou deux (3600:6000) attendus.",
            f"--activity “{text}”: a positive number (5400) or two (3600:6000) expected.",
        )
    return value


def timed(
    ground: Ground,
    travel: Path | None,
    model: Model | None,
    speed: float | None,
    detour: float | None,
    named: NamedDecay,
) -> tuple[Ground, TravelTimes]:
    """The ground with what its matrix adds to its inputs and notes, and the times."""
    from vigie.access.travel import DETOUR
    from vigie.editions.grounds import crow_fly_times, matrix_times

    limit = named.decay.limit
    straight = speed is not None or detour is not None
    if travel is not None:
        if model is not None or straight:
            raise InputError(
                "--travel donne les temps : --model, --speed et --detour n'ont pas d'effet.",
                "--travel gives the times: --model, --speed and --detour have no effect.",
            )
        times, source, notes = matrix_times(ground, travel, limit)
        return replace(ground, inputs=(*ground.inputs, source), notes=(*ground.notes, *notes)), times
    if model in _FITTED:
        from vigie.editions.fitted_times import calibrated_times

        if straight:
            raise InputError(
                "--model calibrated a ses vitesses : --speed et --detour n'ont pas d'effet.",
                "--model calibrated has its own speeds: --speed and --detour have no effect.",
            )
        return ground, calibrated_times(home(), ground, _FITTED[model][0], limit)
    return ground, crow_fly_times(ground, limit, speed or 60.0, detour or DETOUR)


def _print_study(
    study: Study, ground: Ground, times: TravelTimes, named: NamedDecay, method: str, output: Path | None
) -> None:
    from vigie.access.methods import METHODS

    chosen, found = METHODS[method], study.summary
    shared = found.shared
    unit = (ground.unit if shared else chosen.unit).of(LANG)
    lines = [
        (say("méthode", "method"), chosen.title.of(LANG)),
        _decay_line(named, shared),
        (say("temps", "times"), f"{times.made_by.of(LANG)}{say(NNBSP, '')}; {_pairs(found.pairs)}"),
        (say("lieux", "places"), f"{number(found.places, LANG)}, {_people(found.demand)}"),
        (say("sites", "sites"), f"{number(found.sites, LANG)}, {_amount(found.supply, ground)}"),
    ]
    if found.mean is not None:
        label = say("moyenne", "mean")
        lines.append((label, f"{significant(found.mean)} {unit}"))
    if found.correlation is not None:
        lines.append(
            (
                say("près du publié", "near the published"),
                say("corrélation pondérée ", "weighted correlation ") + number(found.correlation, LANG, 3),
            )
        )
    lines.append(
        (
            say("sans accès", "without access"),
            _without(found.without_access, found.demand_without_access, found.without_examples),
        )
    )
    if found.missing:
        lines.append(
            (
                say("non défini", "not defined"),
                say(
                    f"{number(found.missing, LANG)} lieux dont aucun site à portée n'a de demande",
                    f"{number(found.missing, LANG)} places whose sites in reach have no demand",
                ),
            )
        )
    if shared:
        lines.append((say("offre à part", "supply apart"), _unserved(study, ground)))
    if found.conservation is not None:
        lines.append((say("conservation", "conservation"), _conserved(found.conservation)))
    # Plain lines: Rich would take a tenth of a second to load, for nothing.
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        typer.echo(f"{label.ljust(width)}  {text}")
    for note in ground.notes:
        mark = say("à noter", "note").ljust(width)
        typer.echo(f"{mark}  {number(note.count, LANG)} {note.text.of(LANG)}")
    if output:
        typer.echo(f"{say('écrit', 'written').ljust(width)}  {output}, {output.name}.json")


def _decay_line(named: NamedDecay, shared: bool) -> tuple[str, str]:
    """The decay, or its limit alone for a method that weighs nothing."""
    if shared:
        return say("décroissance", "decay"), f"{named.words.of(LANG)} ({named.provenance.of(LANG)})"
    return say("limite", "limit"), f"{named.decay.limit:g} min"


def significant(value: float) -> str:
    """A figure with three significant digits at least, whatever its size: ``156``, ``3,81``, ``0,00102``."""
    return number(value, LANG, decimals_of(value)) if value else "0"


def decimals_of(value: float) -> int:
    """How many decimals give three significant digits."""
    import math

    return min(max(2 - math.floor(math.log10(abs(value))), 0), 12) if value else 2


def _pairs(count: int) -> str:
    return f"{number(count, LANG)} {plural(count, say('couple', 'pair'), say('couples', 'pairs'), LANG)}"


def _people(demand: float) -> str:
    return f"{number(demand, LANG)} {say('de demande', 'of demand')}"


def _amount(supply: float, ground: Ground) -> str:
    return f"{number(supply, LANG, 0 if supply >= 100 else 1)} {ground.supply_unit.of(LANG)}"


def _without(count: int, demand: float, examples: tuple[str, ...]) -> str:
    from vigie.editions.grounds import some

    if not count:
        return say("aucun lieu", "no place")
    word = plural(count, say("lieu", "place"), say("lieux", "places"), LANG)
    return f"{number(count, LANG)} {word}, {_people(demand)} ({some(examples)})"


def _unserved(study: Study, ground: Ground) -> str:
    from vigie.editions.grounds import some

    found = study.summary
    if not found.unserved_sites:
        return say("aucune : chaque site a de la demande à portée", "none: every site has demand in reach").replace(
            " :", f"{NNBSP}:"
        )
    word = plural(found.unserved_sites, say("site", "site"), say("sites", "sites"), LANG)
    count = f"{number(found.unserved_sites, LANG)} {word} {say('sans demande à portée', 'without demand in reach')}"
    return f"{count}, {_amount(found.unserved_supply, ground)} ({some(found.unserved_examples)})"


def _conserved(gap: float) -> str:
    exact = gap < 1e-9
    words = say("Σ demande × accès = Σ offre servie", "Σ demand × access = Σ supply served")
    return f"{'✓' if exact else '✗'} {words} ({say('écart relatif', 'relative gap')} {gap:.0e})"


def reach(
    sites: Annotated[
        str,
        typer.Argument(
            metavar=say("LISTE", "LIST"),
            help=say(
                "Fichier id, lon, lat ; ou pharmacies, urgences, mg, infirmiers… ; ou un type de la BPE (d101).",
                "File id, lon, lat; or pharmacies, urgences, mg, infirmiers…; or a type of the BPE (d101).",
            ),
        ),
    ],
    minutes: Annotated[str, typer.Option(help=say("Seuils, séparés par des virgules.", "Thresholds."))] = "10,20,30",
    level: Annotated[
        str, typer.Option(help=say("Par territoire : region, departement, epci…", "By territory: region, epci…"))
    ] = "france",
    speed: Speed = None,
    detour: Detour = None,
    as_they_are: AsTheyAre = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Fichier .parquet ou .csv.", "File, .parquet or .csv."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the people of France within some minutes of the nearest of a list of places."""
    from vigie.access.travel import DETOUR
    from vigie.editions.grounds import crow_fly_times
    from vigie.editions.reaching import french_people, reached
    from vigie.editions.studies import check_target, write_table_and_record

    if output:
        check_target(output)
    thresholds = _thresholds(minutes)
    people = french_people(home(), sites, as_they_are)
    people.reference.codes(level)  # an unknown level is told before anything is computed
    times = crow_fly_times(people.ground, max(thresholds), speed or 60.0, detour or DETOUR)
    found = reached(people, times, thresholds, level)
    if output:
        write_table_and_record(found.table, found.record, output)
    if as_json:
        print_json({**found.record, "territories": found.table.to_dicts()})
        return
    _print_reach(found.table, people.ground, times, thresholds, level, output)


def _thresholds(text: str) -> list[float]:
    import math

    try:
        values = sorted({float(part) for part in text.split(",")})
    except ValueError:
        values = []
    if not values or not all(math.isfinite(value) and 0 < value <= 600 for value in values):
        raise InputError(
            f"--minutes «\u00a0{text}\u00a0»\u202f: des minutes entre 0 et 600 sont attendues, par exemple 10,20,30.",
            f"--minutes “{text}”: minutes between 0 and 600 are expected, 10,20,30 for instance.",
        )
    return values


def _print_reach(
    table: pl.DataFrame,
    ground: Ground,
    times: TravelTimes,
    thresholds: list[float],
    level: str,
    output: Path | None,
) -> None:
    import polars as pl
    from rich.table import Table

    screen = Table(box=None, pad_edge=False)
    screen.add_column(say("territoire", "territory"))
    screen.add_column("code")
    screen.add_column(say("habitants", "inhabitants"), justify="right")
    for threshold in thresholds:
        screen.add_column(f"≤ {threshold:g} min", justify="right")
    screen.add_column(say("au-delà", "beyond"), justify="right")
    france, others = table.filter(pl.col("level") == "france"), table.filter(pl.col("level") != "france")
    last = others.filter(pl.col("minutes") == thresholds[-1]).sort("share", "code", nulls_last=True)
    shown = last["code"].head(_SHOWN).to_list()
    parts = [("france", "FR"), *(((level, code)) for code in shown)]
    for each, code in parts:
        rows = table.filter((pl.col("level") == each) & (pl.col("code") == code))
        screen.add_row(*_reach_cells(rows))
    console().print(screen)
    if last.height > _SHOWN:
        rest = number(last.height - _SHOWN, LANG)
        typer.echo(
            say(
                f"Les {_SHOWN} territoires les moins à portée d'abord ; {rest} autres avec -o ou --json.",
                f"The {_SHOWN} territories least within reach first; {rest} others with -o or --json.",
            )
        )
    for note in ground.notes:
        typer.echo(f"{say('À noter', 'Note')}{COLON} {number(note.count, LANG)} {note.text.of(LANG)}")
    unknown = float(france["unknown"][0])
    if unknown:
        typer.echo(
            say(
                f"Temps non connu pour {number(unknown, LANG)} habitants.",
                f"Time not known for {number(unknown, LANG)} people.",
            )
        )
    typer.echo(f"{say('Temps', 'Times')}{COLON} {times.made_by.of(LANG)}.")
    if output:
        typer.echo(f"{say('Écrit', 'Written')}{COLON} {output}, {output.name}.json")


_SHOWN = 20


def _reach_cells(rows: pl.DataFrame) -> list[str]:
    ordered = rows.sort("minutes")
    first, last = ordered.row(0, named=True), ordered.row(-1, named=True)
    if first["population"] is None:
        return [first["name"], first["code"], say("non disponible", "not available")]
    shares = ordered["share"].to_list()
    beyond = last["population"] - last["unknown"] - last["people"]
    texts = [say("non connu", "not known") if share is None else percent(share, LANG) for share in shares]
    return [first["name"], first["code"], number(first["population"], LANG), *texts, number(beyond, LANG)]
