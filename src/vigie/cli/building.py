"""Commands that make editions and choose the one served: build, embed, tiles, editions, check, diff, rollback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie import memory
from vigie.cli.words import LANG, console, home, print_json, say, stderr
from vigie.language import Text, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.editions.tables import PerimeterFile

From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        help=say(
            "Dossier de copies locales des fichiers officiels (répétable ; VIGIE_SOURCES aussi).",
            "Folder of local copies of the official files (repeatable; VIGIE_SOURCES too).",
        ),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("build", help=say("Construit une édition et la sert.", "Builds an edition and serves it."))(build)
    app.command("embed", help=say("Refait les tables embarquées.", "Makes the embedded tables anew."))(embed)
    app.command("tiles", help=say("Prépare les tuiles de la carte.", "Makes the tiles of the map."))(tiles)
    app.command("editions", help=say("Liste les éditions.", "Lists the editions."))(list_editions)
    app.command("check", help=say("Relit une édition et ses contrôles.", "Reads an edition and its checks again."))(
        check
    )
    app.command("diff", help=say("Compare deux éditions.", "Compares two editions."))(diff)
    app.command("rollback", help=say("Revient à l'édition précédente.", "Goes back to the previous edition."))(rollback)


def folders(given: list[Path] | None) -> list[Path]:
    """The folders of ``--from``, then those of ``VIGIE_SOURCES`` (separated as in PATH)."""
    named = [Path(part) for part in os.environ.get("VIGIE_SOURCES", "").split(os.pathsep) if part]
    return [*(given or []), *named]


@contextmanager
def progress() -> Iterator[Callable[[Text], None]]:
    """A spinner with the step under way and the seconds spent; plain lines where there is no terminal."""
    from time import perf_counter

    screen, start = stderr(), perf_counter()

    def stamp(step: Text) -> str:
        return f"{number(perf_counter() - start, LANG, 1):>6} s  {step.of(LANG)}"

    if not screen.is_terminal:
        yield lambda step: screen.print(stamp(step))
        return
    with screen.status(say("Démarrage", "Starting")) as status:
        before: list[str] = []

        def tell(step: Text) -> None:
            if before:
                screen.print(f"[green]✓[/] {before[0]}")
            before[:] = [step.of(LANG)]
            status.update(stamp(step))

        yield tell
        if before:
            screen.print(f"[green]✓[/] {before[0]}")


def build(
    sources: From = None,
    perimeters: Annotated[
        list[str] | None,
        typer.Option(
            metavar=say("[NIVEAU=]FICHIER", "[LEVEL=]FILE"),
            help=say(
                "Périmètre à ajouter (TOML ou CSV), ou NIVEAU=table commune → périmètre (répétable).",
                "Perimeter to add (TOML or CSV), or LEVEL=table commune → perimeter (repeatable).",
            ),
        ),
    ] = None,
    if_needed: Annotated[
        bool,
        typer.Option(
            "--if-needed",
            help=say(
                "Rien à faire si cette version de Vigie a construit l'édition servie.",
                "Nothing to do when this version of Vigie built the edition being served.",
            ),
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help=say("Reconstruit même à l'identique.", "Builds even an identical one."))
    ] = False,
) -> None:
    """Build an edition from local copies, snapshots received and the embedded tables, and serve it."""
    memory.settle_build()
    from vigie.editions import build as building

    places, added = folders(sources), [_perimeter_file(text) for text in perimeters or ()]
    if if_needed and not building.wanted(home()):
        stderr().print(say("L'édition servie vient de cette version.", "The edition being served is of this version."))
        return
    with progress() as tell:
        built = (building.rebuild if force else building.build)(home(), places, added, tell)
    word = (
        say("Édition déjà construite, servie", "Edition built already, now served")
        if built.already
        else say("Édition construite et servie", "Edition built and served")
    )
    console().print(f"{word}{say(chr(0x202F), '')}: {built.edition}")


def _perimeter_file(text: str) -> PerimeterFile:
    from vigie.editions.tables import PerimeterFile

    level, equals, path = text.partition("=")
    return PerimeterFile(Path(path), level) if equals else PerimeterFile(Path(text))


def embed(
    sources: From = None,
    target: Annotated[
        Path | None, typer.Option(help=say("Dossier à écrire (celui du paquet).", "Folder to write (the package's)."))
    ] = None,
) -> None:
    """Make the embedded tables anew from the official files."""
    from vigie.editions.embed import embed as make
    from vigie.editions.inputs import EMBEDDED

    with progress() as tell:
        manifest = make(folders(sources), home() / "snapshots", target or EMBEDDED, tell)
    sizes = [table["bytes"] for entry in manifest["sources"].values() for table in entry["tables"]]
    total, largest = (number(size / 1e6, LANG, 1) for size in (sum(sizes), max(sizes)))
    console().print(
        say(
            f"{len(sizes)} tables embarquées, {total} Mo en tout, {largest} Mo pour la plus lourde.",
            f"{len(sizes)} tables embedded, {total} MB in all, {largest} MB for the heaviest.",
        )
    )


def tiles() -> None:
    """Make the tiles of the edition served, unless they are there already."""
    from vigie.editions.tiles import make_tiles

    with progress() as tell:
        path = make_tiles(home(), tell)
    size = number(path.stat().st_size / 1e6, LANG, 1)
    console().print(say(f"Tuiles de la carte : {size} Mo.", f"Tiles of the map: {size} MB."))


def list_editions(
    as_json: AsJson = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help=say(
                "Retire d'abord les anciennes : restent la servie, la précédente, les dernières et une par mois.",
                "First removes old ones: the one served, the one before, the last and one a month stay.",
            ),
        ),
    ] = False,
    keep: Annotated[
        int, typer.Option(min=1, max=1000, help=say("Dernières que --prune garde.", "Last ones that --prune keeps."))
    ] = 5,
) -> None:
    """List the editions, the oldest first; with ``--prune``, once the old ones are removed."""
    from rich.table import Table

    if prune:
        _prune(keep)

    from vigie.editions.store import damaged_editions, editions

    known, damaged = editions(home()), damaged_editions(home())
    if as_json:
        sound = [{"edition": one.id, "current": one.current, "damaged": False, **one.manifest} for one in known]
        print_json([*sound, *({"edition": name, "current": False, "damaged": True} for name in damaged)])
        return
    if not known and not damaged:
        console().print(say(f"Aucune édition dans {home()}.", f"No edition in {home()}."))
        return
    table = Table(title=str(home()), title_justify="left", box=None)
    for column in ("", say("édition", "edition"), say("construite (UTC)", "built (UTC)"), say("contrôles", "checks")):
        table.add_column(column)
    for one in known:
        checks = one.manifest["checks"]
        failed = say(f", {checks['failed']} en doute", f", {checks['failed']} in doubt") if checks["failed"] else ""
        table.add_row("→" if one.current else "", one.id, one.manifest["built"], f"{checks['passed']} ✓{failed}")
    for name in damaged:
        table.add_row("", name, "", say("abîmée", "damaged"))
    console().print(table)


def _prune(keep: int) -> None:
    from vigie.editions.store import locked
    from vigie.editions.store import prune as remove

    with locked(home()):
        for name in remove(home(), keep):
            stderr().print(say(f"retirée\u202f: {name}", f"removed: {name}"))


def check(
    name: Annotated[str, typer.Argument(metavar=say("ÉDITION", "EDITION"))] = "current", as_json: AsJson = False
) -> None:
    """Read every file of an edition against its checksum, and show its checks and what its figures are worth."""
    from rich.table import Table

    from vigie.editions.compare import verify
    from vigie.editions.observatory import Observatory
    from vigie.editions.quality import quality_report
    from vigie.editions.store import edition

    found = edition(home(), name)
    manifest = verify(found.folder)
    with Observatory(found.folder) as observatory:
        report = quality_report(observatory)
    files = len(manifest["tables"]) + 1 + ("revisions" in manifest)
    if as_json:
        print_json({"files": files, **report})
        return
    table = Table(box=None, show_header=False)
    for one in sorted(report["checks"], key=lambda one: (one["passed"], one["id"])):
        table.add_row(
            "[green]✓[/]" if one["passed"] else "[red]✗[/]", say(one["title_fr"], one["title_en"]), one["found"]
        )
    console().print(table)
    for line in _worth(report):
        console().print(line)
    console().print(say(f"{found.id} : {files} fichiers intacts.", f"{found.id}: {files} files intact."), style="bold")


def _worth(report: dict[str, Any]) -> Iterator[str]:
    """What the report says beside the checks, a line each; the whole is on the page Qualité."""
    for one in report["agreement"]:
        if one["level"] == "commune":
            r, error, mean = (number(one[key], LANG, 2) for key in ("correlation", "error", "mean"))
            yield say(
                f"{one['recomputed']} : corrélation {r} avec {one['indicator']}, écart moyen {error} pour {mean}",
                f"{one['recomputed']}: correlation {r} with {one['indicator']}, mean difference {error} for {mean}",
            )
    broken = report["transcription"]
    yield say(
        f"tableaux transcrits : {broken['hold']} relations vérifiées sur {broken['relations']}, les autres expliquées",
        f"transcribed tables: {broken['hold']} relations hold of {broken['relations']}, the others explained",
    )
    due = [one["source"] for one in report["releases"] if one["late"]]
    if due:
        yield say(
            f"parution plus récente attendue : {', '.join(due)}", f"a newer release is to be expected: {', '.join(due)}"
        )


def diff(
    before: Annotated[str, typer.Argument(metavar="A")],
    after: Annotated[str, typer.Argument(metavar="B")] = "current",
    as_json: AsJson = False,
) -> None:
    """Say what changed from edition A to edition B, by indicator and level, with the largest moves."""
    from rich.table import Table

    from vigie.editions.compare import difference, moves
    from vigie.editions.store import edition

    old, new = edition(home(), before), edition(home(), after)
    changes, largest = difference(old, new), moves(old, new)
    if as_json:
        print_json({"before": old.id, "after": new.id, "changes": changes.to_dicts(), "moves": largest.to_dicts()})
        return
    if changes.is_empty():
        console().print(say("Aucune différence d'observation.", "No difference of observation."))
        return
    table = Table(title=f"{old.id} → {new.id}", title_justify="left", box=None)
    headings = ("indicateur", "niveau", "nouvelles", "retirées", "changées", "inchangées")
    english = ("indicator", "level", "added", "removed", "changed", "unchanged")
    for fr, en in zip(headings, english, strict=True):
        table.add_column(say(fr, en), justify="left" if fr in ("indicateur", "niveau") else "right")
    for row in changes.iter_rows(named=True):
        counts = (number(row[name], LANG) for name in ("added", "removed", "changed", "same"))
        table.add_row(row["indicator"], row["level"], *counts)
    console().print(table)
    for row in largest.iter_rows(named=True):
        move = number(100 * row["move"], LANG, 1)
        name = f"{row['indicator']} {row['level']}:{row['code']} {row['period']}"
        console().print(f"{name}  {row['value_before']:g} → {row['value']:g} ({move} %)")


def rollback() -> None:
    """Serve the edition built before the one served."""
    from vigie.editions.store import locked
    from vigie.editions.store import rollback as go_back

    with locked(home()):
        found = go_back(home())
    console().print(say(f"Édition servie\u202f: {found.id}", f"Edition served: {found.id}"))
