"""Commands about travel times: travel make (a matrix), compare (two of them), field (speeds by commune)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson, From, folders, progress
from vigie.cli.words import LANG, console, home, print_json, say, stderr
from vigie.errors import InputError, StorageError
from vigie.language import NNBSP, Text, number, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import polars as pl

    from vigie.access.travel import Comparison, Points, TravelTimes

COLON = say(f"{NNBSP}:", ":")
BANDS = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0)  # minutes of A, each from its edge to the next


class Model(StrEnum):
    """Where travel times come from."""

    CROW_FLY = "crow-fly"
    SPEED_FIELD = "speed-field"
    ROADS = "roads"
    PBF = "pbf"
    MATRIX = "matrix"


travel = typer.Typer(
    no_args_is_help=True,
    help=say("Temps de trajet : matrices, comparaison, vitesses.", "Travel times: matrices, comparison, speeds."),
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    travel.command("make", help=say("Fait une matrice de temps de trajet.", "Makes a matrix of travel times."))(make)
    travel.command("compare", help=say("Montre où deux matrices diffèrent.", "Shows where two matrices differ."))(
        compare
    )
    travel.command("field", help=say("Cale des vitesses locales et les juge.", "Fits local speeds and judges them."))(
        field
    )
    app.add_typer(travel, name="travel")


Output = Annotated[
    Path, typer.Option("-o", "--output", help=say("Fichier .parquet à écrire.", "File .parquet to write."))
]


def make(
    output: Output,
    model: Annotated[Model, typer.Option(help=say("D'où viennent les temps.", "Where the times come from."))],
    places: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Ses propres lieux : id, lon, lat (sinon les communes).", "Own places: id, lon, lat (else communes)."
            )
        ),
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(help=say("Ses propres sites (sinon les lieux).", "Own sites: id, lon, lat (else the places).")),
    ] = None,
    limit: Annotated[float, typer.Option(min=0.1, max=600, help=say("Minutes au plus.", "Minutes at most."))] = 30.0,
    speed: Annotated[
        str,
        typer.Option(
            help=say(
                "crow-fly : km/h, ou « density » (vitesse et accès par densité).",
                "crow-fly: km/h, or “density” (speed and access by density).",
            )
        ),
    ] = "60",
    detour: Annotated[
        float, typer.Option(min=1, max=10, help=say("Route sur ligne droite.", "Road over straight line."))
    ] = 1.3,
    access: Annotated[
        float, typer.Option(min=0, max=60, help=say("Minutes perdues à chaque bout.", "Minutes lost at each end."))
    ] = 0.0,
    file: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Le fichier du modèle : .osm.pbf, arcs (from, to, minutes) ou matrice (place, site, minutes).",
                "The model's file: .osm.pbf, edges (from, to, minutes) or matrix (place, site, minutes).",
            )
        ),
    ] = None,
    nodes: Annotated[
        Path | None, typer.Option(help=say("roads : nœuds (node, lon, lat).", "roads: nodes (node, lon, lat)."))
    ] = None,
    given: From = None,
) -> None:
    """Make a matrix of minutes between places within a limit, and write it with how it was made."""
    from vigie.editions import travel as files

    if output.suffix.lower() not in (".parquet", ".pq"):
        raise InputError(
            f"{output.name}{COLON} une matrice s'écrit en Parquet.",
            f"{output.name}: a matrix is written as Parquet.",
            remedy_fr="Donnez un nom en .parquet.",
            remedy_en="Give a name in .parquet.",
        )
    facts: dict[str, object] = {"model": model.value, "asked_limit": limit}
    if model is Model.MATRIX:
        rows, columns = (None if path is None else files.own_points(path).ids for path in (places, sites))
        found = files.read_matrix(_needed(file, model), limit, rows, columns).travel
    else:
        here, there = _ends(model, places, sites, speed, access, given, facts)
        found = _times(model, here, there, limit, detour, file, nodes, given, facts)
    for name, path in (("places", places), ("sites", sites), ("file", file), ("nodes", nodes)):
        if path is not None:
            facts[name] = {"file": path.name, "sha256": _checksum(path)}
    files.write_matrix(found, output, facts)
    _print_made(found, output)


def _needed(file: Path | None, model: Model) -> Path:
    if file is None:
        raise InputError(
            f"le modèle {model.value} demande un fichier.",
            f"the model {model.value} needs a file.",
            remedy_fr="Ajoutez --file FICHIER.",
            remedy_en="Add --file FILE.",
        )
    return file


def _checksum(path: Path) -> str:
    from vigie.editions.steps import checksum

    return checksum(path)


def _tables(names: tuple[str, ...], given: list[Path] | None, facts: dict[str, object]) -> Mapping[str, pl.DataFrame]:
    """The tidy tables of these sources from --from, the snapshots received or the embedded tables; notes which."""
    from vigie.editions.inputs import gather, require

    at_hand = gather(folders(given), home() / "snapshots")
    require(at_hand, names)
    facts["inputs"] = [at_hand[name].snapshot for name in names]
    return {name: at_hand[name].table() for name in names}


def _ends(
    model: Model,
    places: Path | None,
    sites: Path | None,
    speed: str,
    access: float,
    given: list[Path] | None,
    facts: dict[str, object],
) -> tuple[Points, Points]:
    """Places and sites, with their speeds for crow-fly."""
    from vigie.editions import travel as files

    pace = _speed(speed) if model is Model.CROW_FLY else 60.0
    if model is Model.CROW_FLY:
        facts |= {"speed": speed, "access": access}

    def points(path: Path | None) -> Points:
        if path is not None:
            if pace is None:
                raise InputError(
                    "les vitesses par densité ne valent que pour les communes.",
                    "speeds by density are for communes only.",
                    remedy_fr="Donnez --speed en km/h, ou une colonne speed dans le fichier des lieux.",
                    remedy_en="Give --speed in km/h, or a column speed in the file of places.",
                )
            return files.own_points(path, pace, access)
        communes = _tables(("communes",), given, facts)["communes"]
        if pace is None:
            return files.communes_by_density(communes)
        return files.commune_points(communes, pace, access)

    here = points(places)
    return here, here if sites is None else points(sites)


def _speed(text: str) -> float | None:
    """km/h; None stands for the speeds by density class."""
    if text == "density":
        return None
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = -1.0
    if not 1 <= found <= 300:
        raise InputError(
            f"vitesse «\u00a0{text}\u00a0» refusée.",
            f"speed “{text}” refused.",
            remedy_fr="Donnez de 1 à 300 km/h, ou «\u00a0density\u00a0» pour des vitesses par densité.",
            remedy_en="Give 1 to 300 km/h, or “density” for speeds by density.",
        )
    return found


def _times(
    model: Model,
    here: Points,
    there: Points,
    limit: float,
    detour: float,
    file: Path | None,
    nodes: Path | None,
    given: list[Path] | None,
    facts: dict[str, object],
) -> TravelTimes:
    from vigie.access.travel import crow_fly
    from vigie.editions import travel as files

    if model is Model.CROW_FLY:
        facts["detour"] = detour
        return crow_fly(here, there, limit, detour=detour)
    if model is Model.SPEED_FIELD:
        calibration = files.calibration(_tables(files.NEEDED, given, facts))
        return files.field_times(calibration, calibration.field(), here, there, limit)
    path = _needed(file, model)
    if model is Model.ROADS:
        if nodes is None:
            raise InputError(
                "une table d'arcs demande la position de ses nœuds.",
                "a table of edges needs the position of its nodes.",
                remedy_fr="Ajoutez --nodes FICHIER (colonnes node, lon, lat).",
                remedy_en="Add --nodes FILE (columns node, lon, lat).",
            )
        found = files.edge_times(path, nodes, here, there, limit)
    else:
        found = files.pbf_times(path, here, there, limit)
    facts["vehicle"] = "osm_car.toml"
    for note in found.notes:
        stderr().print(f"{number(note.count, LANG)} {note.text.of(LANG)}.", soft_wrap=True)
    return found.travel


def _print_made(found: TravelTimes, output: Path) -> None:
    import numpy as np

    alone = int(np.count_nonzero(_alone(found)))
    pairs = found.minutes.size
    lines = [
        f"{output}{COLON} {found.made_by.of(LANG)}.",
        say(
            f"{number(found.places.size, LANG)} {plural(found.places.size, 'lieu', 'lieux', 'fr')}, "
            f"{number(found.sites.size, LANG)} {plural(found.sites.size, 'site', 'sites', 'fr')}, "
            f"{number(pairs, LANG)} {plural(pairs, 'couple', 'couples', 'fr')}{NNBSP}; "
            f"{number(alone, LANG)} {plural(alone, 'lieu n’atteint', 'lieux n’atteignent', 'fr')} aucun autre site.",
            f"{number(found.places.size, LANG)} {plural(found.places.size, 'place', 'places', 'en')}, "
            f"{number(found.sites.size, LANG)} {plural(found.sites.size, 'site', 'sites', 'en')}, "
            f"{number(pairs, LANG)} {plural(pairs, 'pair', 'pairs', 'en')}; "
            f"{number(alone, LANG)} {plural(alone, 'place reaches', 'places reach', 'en')} no other site.",
        ),
    ]
    for line in lines:
        console().print(line, soft_wrap=True, markup=False)


def _alone(found: TravelTimes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The places that reach no site but themselves."""
    import numpy as np

    elsewhere = found.places[found.rows] != found.sites[found.indices]
    return np.asarray(np.bincount(found.rows[elsewhere], minlength=found.places.size) == 0)


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help=say("Une matrice.", "A matrix."))],
    second: Annotated[Path, typer.Argument(metavar="B", help=say("Une autre.", "Another."))],
    top: Annotated[int, typer.Option(min=0, max=1000, help=say("Écarts à montrer.", "Differences to show."))] = 10,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=say("Tous les couples, en Parquet.", "All the pairs, as Parquet.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where two matrices differ: over all, by minutes of A, the largest gaps, the places that only one serves."""
    import polars as pl

    from vigie.access.travel import compare as compare_times
    from vigie.editions.travel import read_matrix

    a, b = read_matrix(first).travel, read_matrix(second).travel
    # Beyond the shorter limit only one of them could have the pair: that is no difference between them.
    reach = min(a.limit, b.limit)
    a, b = _within(a, reach), _within(b, reach)
    found = compare_times(a, b)
    told = {
        "a": {"file": first.name, "made_by": a.made_by.of(LANG)},
        "b": {"file": second.name, "made_by": b.made_by.of(LANG)},
        "limit": reach,
        "summary": _summary(found),
        "by_minutes_of_a": _by_band(found.pairs, reach),
        "largest": found.pairs.filter(pl.col("difference") != 0).head(top).to_dicts(),
        "alone_in_a": _alone_only(a, b),
        "alone_in_b": _alone_only(b, a),
    }
    if output is not None:
        try:
            found.pairs.write_parquet(output)
        except OSError as fault:
            raise StorageError(
                f"{output} ne s'écrit pas ({fault}).", f"{output} cannot be written ({fault})."
            ) from None
    if as_json:
        print_json(told)
        return
    _print_comparison(told, found)


def _unwritten(path: Path, fault: OSError) -> StorageError:
    return StorageError(f"{path} ne s'écrit pas ({fault}).", f"{path} cannot be written ({fault}).")


def _within(found: TravelTimes, limit: float) -> TravelTimes:
    from dataclasses import replace

    import numpy as np

    kept = found.minutes <= limit
    indptr = np.concatenate([[0], np.cumsum(kept)])[found.indptr]
    return replace(found, indptr=indptr, indices=found.indices[kept], minutes=found.minutes[kept], limit=limit)


def _summary(found: Comparison) -> dict[str, float | None]:
    import math

    names = ("both", "only_a", "only_b", "mean_difference", "median_absolute_difference", "p95_absolute_difference")
    values = {name: getattr(found, name) for name in (*names, "correlation")}
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def _by_band(pairs: pl.DataFrame, limit: float) -> list[dict[str, object]]:
    """Pairs that both have, by minutes of A: how many, mean difference, mean absolute difference."""
    import polars as pl

    shared = pairs.drop_nulls("difference")
    edges = [edge for edge in BANDS if edge < limit]
    rows = []
    for low, high in zip(edges, [*edges[1:], float("inf")], strict=True):
        inside = shared.filter(pl.col("minutes_a") >= low, pl.col("minutes_a") < high)["difference"]
        if inside.len():
            name = f"{low:g}–{min(high, limit):g}"
            mean, absolute = float(inside.mean()), float(inside.abs().mean())  # type: ignore[arg-type]
            rows.append({"band": name, "pairs": inside.len(), "mean": mean, "absolute": absolute})
    return rows


def _alone_only(one: TravelTimes, other: TravelTimes) -> list[str]:
    """The places known to both that reach no other site in ``one`` but do in ``other``."""
    import numpy as np

    shared = set(one.places.tolist()) & set(other.places.tolist())
    lone, served = one.places[_alone(one)], other.places[~_alone(other)]
    return [place for place in np.intersect1d(lone, served).tolist() if place in shared]


def _print_comparison(told: dict[str, object], found: Comparison) -> None:
    from rich.table import Table

    screen = console()
    for name in ("a", "b"):
        side = told[name]
        assert isinstance(side, dict)
        screen.print(f"{name.upper()}  {side['file']}{COLON} {side['made_by']}", soft_wrap=True, markup=False)
    counts = [number(count, LANG) for count in (found.both, found.only_a, found.only_b)]
    screen.print(
        say(
            f"{counts[0]} couples dans les deux, {counts[1]} dans A seulement, {counts[2]} dans B seulement.",
            f"{counts[0]} pairs in both, {counts[1]} in A only, {counts[2]} in B only.",
        )
    )
    if found.both:
        screen.print(_sentence(found))
    bands = told["by_minutes_of_a"]
    assert isinstance(bands, list)
    table = Table(box=None, pad_edge=False, title_justify="left", title_style="bold")
    table.title = say("\nB − A selon les minutes de A", "\nB − A by minutes of A")
    for heading in (*("min", say("couples", "pairs")), say("écart moyen", "mean"), say("écart absolu", "absolute")):
        table.add_column(heading, justify="right")
    for row in bands:
        table.add_row(row["band"], number(row["pairs"], LANG), _signed(row["mean"]), number(row["absolute"], LANG, 1))
    if bands:
        screen.print(table)
    _print_largest(told["largest"])
    _print_alone(told)


def _sentence(found: Comparison) -> str:
    middle, far = (
        number(value, LANG, 1) for value in (found.median_absolute_difference, found.p95_absolute_difference)
    )
    near = "" if found.correlation != found.correlation else number(found.correlation, LANG, 3)
    text = say(
        f"B − A{COLON} {_signed(found.mean_difference)} min en moyenne{NNBSP}; écart absolu médian {middle} min, "
        f"sous {far} min pour 95{NNBSP}% des couples",
        f"B − A: {_signed(found.mean_difference)} min on average; median absolute difference {middle} min, "
        f"below {far} min for 95% of pairs",
    )
    return text + (say(f"{NNBSP}; corrélation {near}.", f"; correlation {near}.") if near else ".")


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, LANG, 1)


def _print_largest(rows: object) -> None:
    from rich.table import Table

    if not isinstance(rows, list) or not rows:
        return
    table = Table(box=None, pad_edge=False, title_justify="left", title_style="bold")
    table.title = say("\nLes plus grands écarts", "\nThe largest differences")
    for heading in (say("lieu", "place"), "site", "A (min)", "B (min)", "B − A"):
        table.add_column(heading, justify="left" if heading in (say("lieu", "place"), "site") else "right")
    for row in rows:
        times = (number(row[name], LANG, 1) for name in ("minutes_a", "minutes_b"))
        table.add_row(row["place"], row["site"], *times, _signed(row["difference"]))
    console().print(table)


def _print_alone(told: dict[str, object]) -> None:
    for key, side in (("alone_in_a", "A"), ("alone_in_b", "B")):
        ids = told[key]
        assert isinstance(ids, list)
        if ids:
            shown = ", ".join(ids[:10]) + ("…" if len(ids) > 10 else "")
            count = number(len(ids), LANG)
            console().print(
                say(
                    f"\nSans autre site à portée dans {side} seulement{COLON} {count} ({shown}).",
                    f"\nNo other site in reach in {side} only: {count} ({shown}).",
                ),
                soft_wrap=True,
                markup=False,
            )


def field(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=say("Vitesses par commune, en Parquet.", "Speeds by commune, as Parquet.")),
    ] = None,
    given: From = None,
    as_json: AsJson = False,
) -> None:
    """Fit local speeds on the published times to emergency departments, and judge them on times held out."""
    from vigie.editions import travel as files

    facts: dict[str, object] = {}
    with progress() as tell:
        tell(Text("Calage", "Fitting"))
        calibration = files.calibration(_tables(files.NEEDED, given, facts))
        fitted = calibration.field()
        tell(Text("Jugement sur des blocs cachés (cinq calages)", "Judging on blocks held out (five fits)"))
        scores = files.judged(calibration, fitted, _pairs(given))
    if output is not None:
        try:
            files.field_table(fitted).write_parquet(output, metadata={"vigie.inputs": str(facts["inputs"])})
        except OSError as fault:
            raise StorageError(
                f"{output} ne s'écrit pas ({fault}).", f"{output} cannot be written ({fault})."
            ) from None
    if as_json:
        print_json({"inputs": facts["inputs"], "scores": scores})
        return
    _print_scores(calibration.seen.dropped, scores)


def _pairs(given: list[Path] | None) -> pl.DataFrame | None:
    """The road pairs of Gironde where a folder has them: for development only, never embedded."""
    from vigie.editions.inputs import gather

    found = gather(folders(given), None, None).get("road_pairs_gironde") if folders(given) else None
    return None if found is None else found.table()


def _print_scores(dropped: int, scores: list[dict[str, object]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    headings = (say("jugé sur", "judged on"), say("temps", "times"), say("couples", "pairs"), say("biais", "bias"),
                say("écart absolu", "absolute error"), say("corrélation", "correlation"))  # fmt: skip
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < 2 else "right")
    for row in scores:
        on, how = row["on"], row["times"]
        assert isinstance(on, dict) and isinstance(how, dict)
        values = [float(str(row[name])) for name in ("bias", "absolute", "correlation")]
        table.add_row(
            on[LANG], how[LANG], number(float(str(row["pairs"])), LANG), _signed(values[0]),
            number(values[1], LANG, 2), number(values[2], LANG, 3),
        )  # fmt: skip
    console().print(table)
    count = number(dropped, LANG)
    console().print(
        say(
            f"\n{count} temps écartés{COLON} leur service le plus proche a ouvert ou fermé entre 2019 et 2021.",
            f"\n{count} times left out: their nearest department opened or closed between 2019 and 2021.",
        ),
        soft_wrap=True,
    )
