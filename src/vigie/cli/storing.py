"""Commands of the object store: push an edition there, pull one from there, list them or ask one where it is."""

from __future__ import annotations

from typing import Annotated

import typer

from vigie.cli.building import AsJson
from vigie.cli.words import LANG, console, home, print_json, say, stderr
from vigie.language import NNBSP, number

Address = Annotated[str, typer.Argument(metavar=say("s3://SEAU/CHEMIN", "s3://BUCKET/PREFIX"))]
Name = Annotated[str, typer.Argument(metavar=say("[ÉDITION]", "[EDITION]"))]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("push", help=say("Envoie une édition vers un stockage objet.", "Sends an edition to an object store."))(
        push
    )
    app.command("pull", help=say("Prend une édition d'un stockage objet.", "Takes an edition from an object store."))(
        pull
    )
    app.command("stored", help=say("Liste ou interroge un stockage objet.", "Lists or asks an object store."))(stored)


def push(address: Address, edition: Name = "current", as_json: AsJson = False) -> None:
    """Send an edition to an object store (S3 API), checked first. Credentials: AWS_* in the environment."""
    from vigie.editions import storing

    done = storing.push(home(), address, edition, _told)
    if as_json:
        print_json(vars(done))
        return
    _say(done, say("envoyée vers", "sent to"), say("déjà dans", "already in"), address)


def pull(address: Address, edition: Name = "current", as_json: AsJson = False) -> None:
    """Take an edition from an object store, check every file, serve it. Credentials: AWS_* in the environment."""
    from vigie.editions import storing

    done = storing.pull(home(), address, edition, _told)
    if as_json:
        print_json(vars(done))
        return
    _say(done, say("prise et servie, de", "taken and served, from"), say("déjà là, servie", "already here, served"),
         address)  # fmt: skip


def stored(
    address: Address,
    edition: Name = "current",
    sql: Annotated[
        str | None,
        typer.Option("--sql", help=say("Une requête, lue sur place.", "A query, read where the edition is.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the editions of an object store; with --sql, ask one without copying it."""
    from vigie.editions import storing

    if sql is not None:
        _ask(address, edition, sql, as_json)
        return
    found = storing.stored(address)
    if as_json:
        print_json(found)
        return
    if not found:
        console().print(say(f"Aucune édition dans {address}.", f"No edition in {address}."))
    for one in found:
        mark = "→" if one["current"] else " "
        size = f"{number(one['bytes'] / 1e6, LANG)} {say('Mo', 'MB')}"
        typer.echo(f"{mark} {one['edition']}  {one['built']}  {size}")


def _ask(address: str, edition: str, sql: str, as_json: bool) -> None:
    import duckdb

    from vigie.editions.storing import open_stored
    from vigie.errors import InputError

    with open_stored(address, edition) as one:
        try:
            frame = one.frame(sql)
        except duckdb.Error as fault:
            first = str(fault).splitlines()[0]
            raise InputError(f"requête refusée{NNBSP}: {first}", f"query refused: {first}") from None
    if as_json:
        print_json(frame.to_dicts())
        return
    typer.echo(frame.write_csv(), nl=False)


def _told(name: str, size: int) -> None:
    if stderr().is_terminal:
        stderr().print(f"{name}  {number(size / 1e6, LANG, 1)} {say('Mo', 'MB')}")


def _say(done: object, moved: str, already: str, address: str) -> None:
    from vigie.editions.storing import Moved

    assert isinstance(done, Moved)
    words = already if done.already else moved
    size = "" if done.already else f" ({number(done.bytes / 1e6, LANG)} {say('Mo', 'MB')})"
    typer.echo(f"{say('Édition', 'Edition')} {done.edition} {words} {address}{size}")
