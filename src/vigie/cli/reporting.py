"""The command report: documents that people take into a meeting, as PDF or as a workbook."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.words import LANG, console, home, say, stderr
from vigie.errors import InputError

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory, Territory
    from vigie.reports.action import ActionPlan
    from vigie.reports.desk import Desk

_MOST_JOBS = 8  # processes: each opens the edition, half a gigabyte
MESHES = ("epci", "bassin_de_vie", "canton_ou_ville")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("report", help=say("Rapports à emporter : PDF, tableur.", "Reports to take away: PDF, workbook."))(
        report
    )


def report(
    territory: Annotated[
        str | None,
        typer.Argument(metavar="TERRITOIRE", help=say("Nom, code ou niveau:code.", "Name, code or level:code.")),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help=say("Fichier .pdf ou .xlsx, ou dossier.", "File .pdf or .xlsx, or folder."),
        ),
    ] = None,
    all_departements: Annotated[
        bool,
        typer.Option(
            "--all-departements",
            help=say("Un rapport par département, dans le dossier -o.", "One for each département, in the folder -o."),
        ),
    ] = False,
    national: Annotated[
        bool, typer.Option("--national", help=say("Le suivi annuel national.", "The yearly national follow-up."))
    ] = False,
    year: Annotated[
        int | None,
        typer.Option(
            min=2000,
            max=2100,
            help=say("Suivi tel qu'on le savait fin de cette année.", "Follow-up as known at the end of this year."),
        ),
    ] = None,
    communes: Annotated[
        str | None,
        typer.Option(help=say("Codes de communes : un périmètre.", "Codes of communes: a perimeter.")),
    ] = None,
    name: Annotated[str, typer.Option(help=say("Le nom de ce périmètre.", "The name of that perimeter."))] = "",
    mesh: Annotated[
        str,
        typer.Option(
            help=say(
                f"Maille d'un département : {', '.join(MESHES)}, ou un niveau importé.",
                f"Mesh of a département: {', '.join(MESHES)}, or an imported level.",
            )
        ),
    ] = "epci",
    zoning: Annotated[
        bool, typer.Option("--zoning", help=say("Le dossier de zonage du territoire.", "The territory's zoning file."))
    ] = False,
    scenario: Annotated[
        list[Path] | None,
        typer.Option(
            help=say(
                "Scénario : son rapport, ou le plan d'action du territoire (répétable).",
                "Scenario: its report, or the territory's action plan (repeatable).",
            )
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST_JOBS,
            help=say(
                "Avec --all-departements : processus (0 : un par cœur).",
                "With --all-departements: processes (0: one a core).",
            ),
        ),
    ] = 0,
    edition: Annotated[
        str | None,
        typer.Option(help=say("Une autre édition que celle servie.", "Another edition than the one served.")),
    ] = None,
) -> None:
    """Make the report of a territory, those of all départements, or the national follow-up."""
    from vigie.editions.observatory import open_edition

    alone = [] if territory is not None else scenario or []
    asked = sum((territory is not None, all_departements, national, bool(alone), communes is not None))
    if asked != 1 or len(alone) > 1 or (zoning and territory is None):
        raise InputError(
            "un rapport et un seul : un TERRITOIRE, --communes, --all-departements, --national ou un --scenario.",
            "one report and one only: a TERRITORY, --communes, --all-departements, --national or one --scenario.",
            remedy_fr="Par exemple : vigie report departement:23 -o creuse.pdf",
            remedy_en="For instance: vigie report departement:23 -o creuse.pdf",
        )
    with open_edition(home(), edition) as observatory:
        if all_departements:
            _all(observatory, output or Path("rapports"), mesh, jobs or min(_MOST_JOBS, os.cpu_count() or 1))
        elif communes is not None:
            _of_communes(observatory, communes, name, output)
        elif national:
            _national(observatory, output, year)
        elif alone:
            _scenario(observatory, alone[0], output)
        elif zoning:
            _zoning(observatory, territory or "", output)
        else:
            _one(observatory, territory or "", output, mesh, scenario or [])


def _of_communes(observatory: Observatory, codes: str, name: str, output: Path | None) -> None:
    """The report of a free choice of communes: as that of any territory, less what no free choice has."""
    from vigie.editions.gathered import WithPerimeter, card
    from vigie.reports.desk import Desk
    from vigie.reports.making import file_stem, overview_pdf, write

    chosen = [observatory.territory(f"commune:{code.strip()}") for code in codes.split(",") if code.strip()]
    found = card(chosen, name or say(f"Périmètre de {len(chosen)} communes", f"Perimeter of {len(chosen)} communes"))
    places = [place.code for one in chosen for place in observatory.members(one)]
    path = _file(output, file_stem(found))
    with WithPerimeter(observatory, found, places) as whole:
        if path.suffix == ".xlsx":
            from vigie.reports.annex import workbook

            body = workbook(Desk(whole), found, LANG)
        else:
            body = overview_pdf(Desk(whole), found, LANG)
    write(path, body)
    console().print(str(path), soft_wrap=True)


def _one(observatory: Observatory, name: str, output: Path | None, mesh: str, scenarios: list[Path]) -> None:
    from vigie.reports.desk import Desk
    from vigie.reports.making import file_stem, overview_pdf, write

    found = observatory.territory(name)
    path = _file(output, file_stem(found))
    _known_mesh(observatory, mesh)
    if path.suffix == ".xlsx":
        from vigie.reports.annex import workbook

        body = workbook(Desk(observatory), found, LANG, mesh)
    else:
        desk = Desk(observatory)
        body = overview_pdf(desk, found, LANG, mesh, _planned(desk, found, scenarios))
    write(path, body)
    console().print(str(path), soft_wrap=True)


def _planned(desk: Desk, territory: Territory, files: list[Path]) -> ActionPlan | None:
    """The action plan that the scenarios of some files make up for a territory."""
    if not files:
        return None
    from vigie.editions.levers import playground
    from vigie.levers.scenario import read_scenario
    from vigie.reports.action import action_plan

    scenarios = [read_scenario(path) for path in files]
    names: set[str] = {one.profession for one in scenarios}
    grounds = {name: playground(desk.observatory, name) for name in sorted(names)}
    return action_plan(scenarios, territory.key, grounds)


def _scenario(observatory: Observatory, file: Path, output: Path | None) -> None:
    from vigie.editions.levers import playground
    from vigie.levers.scenario import read_scenario
    from vigie.reports.action import scenario_report
    from vigie.reports.desk import Desk
    from vigie.reports.making import write
    from vigie.reports.press import pdf

    scenario = read_scenario(file)
    path = _file(output, f"scenario-{file.stem}", (".pdf",))
    write(path, pdf(scenario_report(Desk(observatory), playground(observatory, scenario.profession), scenario, LANG)))
    console().print(str(path), soft_wrap=True)


def _zoning(observatory: Observatory, name: str, output: Path | None) -> None:
    from vigie.reports.desk import Desk
    from vigie.reports.making import file_stem, write
    from vigie.reports.press import pdf
    from vigie.reports.zones import dossier

    found = observatory.territory(name)
    path = _file(output, file_stem(found).replace("etat-des-lieux", "zonage"), (".pdf",))
    write(path, pdf(dossier(Desk(observatory), found, LANG)))
    console().print(str(path), soft_wrap=True)


def _national(observatory: Observatory, output: Path | None, year: int | None) -> None:
    from vigie.reports.desk import Desk
    from vigie.reports.making import write
    from vigie.reports.national import national
    from vigie.reports.press import pdf

    path = _file(output, f"suivi-national-{year or observatory.id}", (".pdf",))
    write(path, pdf(national(Desk(observatory), LANG, year)))
    console().print(str(path), soft_wrap=True)


def _all(observatory: Observatory, folder: Path, mesh: str, jobs: int) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from vigie.reports.desk import Desk
    from vigie.reports.making import departements

    _known_mesh(observatory, mesh)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    made = kept = 0
    with Progress(*columns, console=stderr(), transient=True) as bar:
        desk = Desk(observatory)
        task = bar.add_task("", total=len(desk.parts(desk.france, "departement")))
        for one in departements(desk, folder, LANG, mesh, jobs):
            made, kept = made + (not one.kept), kept + one.kept
            bar.update(task, advance=1, description=one.territory.name)
    console().print(
        say(
            f"{made} rapports faits, {kept} déjà là : {folder}", f"{made} reports made, {kept} already there: {folder}"
        ),
        soft_wrap=True,
    )


def _file(output: Path | None, stem: str, endings: tuple[str, ...] = (".pdf", ".xlsx")) -> Path:
    """Where to write: the file asked for, or one named after the report, in a folder or here."""
    if output is None or output.is_dir():
        return (output or Path()) / f"{stem}.pdf"
    if output.suffix.lower() not in endings:
        expected_fr, expected_en = " ou ".join(endings), " or ".join(endings)
        raise InputError(
            f"format inconnu : « {output.suffix or output.name} ». Attendu : {expected_fr}.",
            f"unknown format: “{output.suffix or output.name}”. Expected: {expected_en}.",
            remedy_fr="Par exemple : -o rapport.pdf",
            remedy_en="For instance: -o report.pdf",
        )
    return output.with_suffix(output.suffix.lower())


def _known_mesh(observatory: Observatory, mesh: str) -> None:
    levels = [name for (name,) in observatory.rows("SELECT DISTINCT level FROM territories ORDER BY level")]
    meshes = [name for name in levels if name not in ("commune", "departement", "region", "france")]
    if mesh not in meshes:
        raise InputError(
            f"maille inconnue : « {mesh} ». Mailles : {', '.join(meshes)}.",
            f"unknown mesh: “{mesh}”. Meshes: {', '.join(meshes)}.",
        )
