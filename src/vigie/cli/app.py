"""The application: global options, the commands of each module, and what happens when something goes wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from vigie.cli.words import LANG, OPTIONS, say, show_error, stderr
from vigie.errors import VigieError

INTERNAL_ERROR = 70  # EX_SOFTWARE: a defect of ours, not of the input
INTERRUPTED = 130

app = typer.Typer(
    name="vigie",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=say(
        "Vigie, l'observatoire ouvert de l'accès aux soins en France.",
        "Vigie, the open observatory of access to care in France.",
    ),
    epilog=say("En anglais : --lang en, ou VIGIE_LANG=en.", "In French: --lang fr, or VIGIE_LANG=fr."),
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"vigie {version('vigie')}")
        raise typer.Exit


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option(help=say("Dossier des éditions (sinon VIGIE_HOME).", "Folder of editions (else VIGIE_HOME).")),
    ] = None,
    lang: Annotated[  # noqa: ARG001 - read before the commands are declared, see words.language
        str, typer.Option(help=say("Langue : fr ou en.", "Language: fr or en."))
    ] = LANG,
    debug: Annotated[
        bool, typer.Option("--debug", help=say("Montre la trace d'une erreur.", "Shows the traceback of an error."))
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help=say("La version.", "The version.")),
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    OPTIONS.home = home
    OPTIONS.debug = debug


def _register() -> None:
    from vigie.cli import building, following, reading, serving

    for module in (reading, building, following, serving):
        module.register(app)


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    _register()
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="vigie")
        _close_output()
    except VigieError as error:
        if OPTIONS.debug:
            raise
        show_error(error)
        return error.exit_code
    except click.ClickException as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort):
        stderr().print(say("Interrompu.", "Interrupted."))
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the pipe, `head` say, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if OPTIONS.debug:
            raise
        _defect(error)
        return INTERNAL_ERROR
    return code if isinstance(code, int) else 0


def _close_output() -> None:
    sys.stdout.flush()


def _usage(error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        typer.echo(error.format_message())
        return 0
    path = context.command_path if context else "vigie"
    colon = say("\u202f: ", ": ")
    typer.echo(f"{say('Erreur', 'Error')}{colon}{_translated(error)}", err=True)
    typer.echo(say(f"Pour l'aide{colon}{path} --help", f"For help: {path} --help"), err=True)
    return 2


def _translated(error: click.ClickException) -> str:
    """Click's own messages, in the language of this run, with the nearest names where there are some."""
    if LANG == "en":
        return error.format_message()
    near = ", ".join(getattr(error, "possibilities", None) or ())
    hint = f" Vouliez-vous dire\u202f: {near}\u202f?" if near else ""
    if isinstance(error, click.NoSuchOption):
        return f"option inconnue\u202f: {error.option_name}.{hint}"
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else ""
        return f"il manque {name or 'un argument'}."
    if isinstance(error, click.BadParameter):
        name = f"{error.param.opts[0]}\u202f: " if error.param and error.param.opts else ""
        return f"valeur refusée. {name}{error.message}"
    message = error.format_message()
    if message.startswith("No such command"):
        return f"commande inconnue\u202f: {message.split(chr(39))[1]}.{hint}"
    if "unexpected extra argument" in message:
        return f"argument de trop\u202f: {message.rsplit('(', 1)[-1].rstrip(').')}."
    return message


def _defect(error: Exception) -> None:
    kind = f"{type(error).__name__}: {error}"
    typer.echo(
        say(
            f"Erreur interne de Vigie ({kind}). L'édition servie n'a pas changé. "
            "Relancez avec « vigie --debug … » et transmettez-nous la trace.",
            f"Internal error of Vigie ({kind}). The edition being served has not changed. "
            "Run again with `vigie --debug …` and send us the traceback.",
        ),
        err=True,
    )
