"""Commands that follow the producers: sources (what there is, how old) and fetch (download it)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.building import AsJson, From, folders
from vigie.cli.words import LANG, console, home, print_json, say, show_error, stderr
from vigie.errors import FetchError, InputError, VigieError
from vigie.language import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.editions.inputs import Input
    from vigie.sources import Source
    from vigie.sources.catalogue import Address
    from vigie.sources.snapshots import Snapshot, Snapshots


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("sources", help=say("Les sources, leur âge et leur emploi.", "The sources, their age and use."))(
        sources
    )
    app.command("fetch", help=say("Télécharge chez les producteurs.", "Downloads from the producers."))(fetch)


def sources(
    given: From = None,
    files: Annotated[
        bool, typer.Option("--files", help=say("Noms de fichiers acceptés.", "File names accepted."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every source: what is at hand, how old it is against its cadence, its licence, size and use."""
    from vigie.editions.imports import imports
    from vigie.editions.inputs import gather
    from vigie.sources import catalogue

    at_hand = gather(folders(given), home() / "snapshots")
    rows = [_row(source, at_hand.get(name)) for name, source in catalogue().items()]
    brought = imports(home())
    if as_json:
        print_json([*rows, *(_row(one.source, one.input) | {"id": one.id} for one in brought)])
        return
    if files:
        for row in rows:
            console().print(f"{row['id']}: {row['files']}", soft_wrap=True)
        return
    _print_sources(rows)
    if brought:
        from vigie.cli.importing import imported_table

        console().print(imported_table(brought))


def _row(source: Source, found: Input | None) -> dict[str, object]:
    from vigie.indicators import definitions
    from vigie.sources.vintages import age, period_end

    today = datetime.now(UTC).date()
    end = period_end(source)
    old = age(source, end, today) if end else None
    size = sum(file.bytes for file in found.files) if found else None
    return {
        "id": source.id,
        "producer": source.producer,
        "title": source.title.of(LANG),
        "period": source.period,
        "age": old.text.of(LANG) if old else say("sans date", "no date"),
        "late_months": old.late if old else None,
        "licence": source.licence,
        "bytes": size,
        "origin": found.origin if found else None,
        "snapshot": found.snapshot if found else None,
        "verified": source.verified,
        "files": ", ".join(source.files()),
        "indicators": [name for name, one in definitions().items() if source.id in one.sources],
    }


def _print_sources(rows: list[dict[str, object]]) -> None:
    from rich.table import Table

    origins = {
        "folder": say("dossier", "folder"),
        "snapshot": say("téléchargée", "downloaded"),
        "embedded": say("embarquée", "embedded"),
        "import": say("importée", "imported"),
        None: say("absente", "absent"),
    }
    table = Table(box=None, pad_edge=False)
    headings = {
        "id": "source",
        "period": say("période", "period"),
        "age": say("âge", "age"),
        "origin": say("à disposition", "at hand"),
        "bytes": say("taille", "size"),
        "licence": say("licence", "licence"),
        "indicators": say("indicateurs", "indicators"),
    }
    for key, heading in headings.items():
        table.add_column(heading, justify="right" if key in ("bytes", "indicators") else "left", overflow="fold")
    for row in rows:
        size = "–" if row["bytes"] is None else number(float(str(row["bytes"])) / 1e6, LANG, 1) + say(" Mo", " MB")
        used = row["indicators"]
        count = str(len(used)) if isinstance(used, list) else "0"
        origin = origins[str(row["origin"]) if row["origin"] else None]
        table.add_row(str(row["id"]), str(row["period"]), str(row["age"]), origin, size, str(row["licence"]), count)
    console().print(table)


def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help=say("Sources (toutes sinon).", "Sources (all otherwise).")),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            help=say(
                "Autre adresse du fichier, pour une seule source d'un seul fichier.",
                "Another address of the file, for one source of one file.",
            )
        ),
    ] = None,
) -> None:
    """Download sources and keep each file as a snapshot; the next build takes them."""
    from vigie.sources import catalogue
    from vigie.sources import source as find_source
    from vigie.sources.snapshots import Snapshots

    wanted = [find_source(name) for name in names or ()] or [one for one in catalogue().values() if one.addresses]
    if address is not None:
        wanted = [_moved(wanted, address)]
    store, failed = Snapshots(home() / "snapshots"), []
    for one in wanted:
        try:
            _fetch_one(one, store)
        except (FetchError, InputError) as error:
            show_error(error)
            failed.append(one.id)
    if failed:
        raise FetchError(
            f"{len(failed)} sources sur {len(wanted)} non reçues : {', '.join(failed)}.",
            f"{len(failed)} sources of {len(wanted)} not received: {', '.join(failed)}.",
            remedy_fr="Les instantanés et l'édition servie n'ont pas changé.",
            remedy_en="The snapshots and the edition being served have not changed.",
        )
    console().print(
        say("Reçu. Pour en faire une édition : vigie build", "Received. To make an edition of it: vigie build")
    )


def _moved(wanted: list[Source], address: str) -> Source:
    from vigie.sources.catalogue import Address

    if len(wanted) != 1 or len(wanted[0].files()) == 0:
        raise VigieError("--address vaut pour une seule source.", "--address is for one source only.")
    one = wanted[0]
    former = one.addresses[0] if one.addresses else None
    moved = Address.model_construct(
        url=address,
        file=former.file if former else one.files()[0],
        media=former.media if former else ("application/gzip", "text/csv", "application/octet-stream"),
        max_bytes=former.max_bytes if former else 200_000_000,
    )
    return one.model_copy(update={"addresses": (moved,)})


def _fetch_one(source: Source, store: Snapshots) -> None:
    """Download the files of one source; a file that its reader refuses is told and not kept for builds."""
    from vigie.sources.fetch import fetch as fetch_all
    from vigie.sources.fetch import fetch_address

    if not source.addresses:
        fetch_all(source, store)  # which says where to take the file
    for address in source.addresses:
        with _bar(source, address) as advance:
            found = fetch_address(source, address, store, progress=advance)
        _try_reading(source, found, store)
        size = number(found.bytes / 1e6, LANG, 1) + say(" Mo", " MB")
        console().print(f"{found.id}  {found.file}  {size}")


def _try_reading(source: Source, found: Snapshot, store: Snapshots) -> None:
    from vigie.sources import examine

    try:
        examine(source, found.path)
    except InputError:
        store.set_aside(found)
        raise


@contextmanager
def _bar(source: Source, address: Address) -> Iterator[Callable[[int, int | None], None]]:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task(f"{source.id} {address.file}", total=None)
        yield lambda received, total: bar.update(task, completed=received, total=total)
