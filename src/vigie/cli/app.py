"""The application: global options, the commands of each module, and what happens when something goes wrong."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from multiprocessing import active_children
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, NoReturn

import typer

from vigie.cli.words import LANG, OPTIONS, say, show_error, stderr
from vigie.errors import VigieError

INTERNAL_ERROR = 70  # EX_SOFTWARE: a defect of ours, not of the input
INTERRUPTED = 130
_CTRL_C = Event()

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


def _known_language(asked: str) -> str:
    if not asked.lower().startswith(("fr", "en")):
        raise typer.BadParameter(say(f"'{asked}' n'est ni fr ni en.", f"'{asked}' is neither fr nor en."))
    return asked


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option(help=say("Dossier des éditions (sinon VIGIE_HOME).", "Folder of editions (else VIGIE_HOME).")),
    ] = None,
    lang: Annotated[  # noqa: ARG001 - read before the commands are declared, see words.language
        str, typer.Option(callback=_known_language, help=say("Langue : fr ou en.", "Language: fr or en."))
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


# The module of each command, in the order in which help lists them. Only the one that is asked for is imported: the
# parameters of thirty commands would take longer to read than a territory's figures.
COMMANDS = {
    "reading": ("show", "indicators", "export"),
    "standing": ("followup", "targets"),
    "alerting": ("alerts", "neighbours", "gaps"),
    "funnels": ("funnel",),
    "zoning": ("zone",),
    "pharmacies": ("pharmacies",),
    "computing": ("apl", "reach"),
    "ageing": ("ages",),
    "gridding": ("grid",),
    "explaining": ("explain",),
    "deserts": ("deserts",),
    "levers": ("simulate", "levers"),
    "sharing": ("allocate", "pair", "portfolio"),
    "outlook": ("outlook",),
    "siting": ("site",),
    "reckoning": ("reconcile", "aids"),
    "travelling": ("travel",),
    "calibrating": ("calibrate",),
    "building": ("build", "embed", "tiles", "editions", "check", "diff", "rollback"),
    "storing": ("push", "pull", "stored"),
    "following": ("sources", "fetch"),
    "importing": ("import",),
    "reporting": ("report",),
    "rostering": ("roster",),
    "posting": ("postal",),
    "serving": ("serve",),
    "publishing": ("publish",),
}


def register(arguments: Sequence[str]) -> None:
    """Add to the application the commands of the module that holds the one asked for; all of them where it is none."""
    modules = {command: name for name, commands in COMMANDS.items() for command in commands}
    asked = _command(arguments)
    for name in [modules[asked]] if asked in modules else COMMANDS:
        import_module(f"vigie.cli.{name}").register(app)


def _command(arguments: Sequence[str]) -> str:
    """The first word that is neither an option nor its value."""
    words = iter(arguments)
    for word in words:
        if word in ("--home", "--lang"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    code = _run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # all is said: Ctrl-C ends what is left without a word
    if code == INTERRUPTED:
        _end_at_once()
    sys.exit(code)


def _end_at_once() -> NoReturn:
    """End without waiting for threads: those of AnyIO wait for ever for the end of a request that Ctrl-C cut."""
    for child in active_children():
        child.terminate()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt in our own code: raised in a function that Polars calls from Rust, it is a panic there.

    Where Polars is at work, the first line after its call raises it. What other libraries make of it (of DuckDB's
    queries, a RuntimeError) is known by ``_CTRL_C``.
    """
    _CTRL_C.set()
    callers: list[FrameType] = []
    while frame is not None:
        callers.append(frame)
        frame = frame.f_back
    inside = [depth for depth, one in enumerate(callers) if one.f_globals.get("__name__", "").startswith("polars")]
    if not inside or inside[-1] + 1 == len(callers):
        raise KeyboardInterrupt
    sys.settrace(lambda *_: None)
    callers[inside[-1] + 1].f_trace = _raise


def _raise(*_: object) -> None:
    sys.settrace(None)
    raise KeyboardInterrupt


def _run(arguments: list[str]) -> int:
    try:
        signal.signal(signal.SIGINT, _interrupt)
        register(arguments)
        code = app(args=arguments, standalone_mode=False, prog_name="vigie")
        if code == INTERRUPTED:  # what Typer makes of Ctrl-C
            raise KeyboardInterrupt
        _close_output()
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except (BrokenPipeError, SystemExit):  # the reader of the pipe, `head` say, has had enough; Typer then exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _interrupted() if _CTRL_C.is_set() else _failed(error)
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    stderr().print(say("Interrompu.", "Interrupted."))
    return INTERRUPTED


def _failed(error: Exception) -> int:
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if OPTIONS.debug:
        raise error
    if isinstance(error, VigieError):
        show_error(error)
        return error.exit_code
    _defect(error)
    return INTERNAL_ERROR


def _close_output() -> None:
    sys.stdout.flush()


# Typer has a Click of its own whose exceptions it does not hand on: they are known by their names here.


def _usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return 0
    path = context.command_path if context else "vigie"
    colon = say("\u202f: ", ": ")
    typer.echo(f"{say('Erreur', 'Error')}{colon}{_translated(error)}", err=True)
    typer.echo(say(f"Pour l'aide{colon}{path} --help", f"For help: {path} --help"), err=True)
    return 2


def _translated(error: typer.TyperException) -> str:
    """Typer's own messages, in the language of this run, with the value refused and the nearest names."""
    message = error.format_message()
    kind, param = type(error).__name__, getattr(error, "param", None)
    name = param.get_error_hint() if param else say("une option", "an option")
    if kind == "BadParameter":
        return f"{say('valeur refusée pour', 'value refused for')} {name}{say(chr(0x202F), '')}: {_refused(error)}"
    if LANG == "en":
        return message
    if kind == "NoSuchOption":
        return (
            f"option inconnue\u202f: {getattr(error, 'option_name', '')}.{_near(getattr(error, 'possibilities', ()))}"
        )
    if kind == "BadOptionUsage":
        ends = "ne prend pas de valeur" if "does not take" in message else "attend une valeur"
        return f"l'option {getattr(error, 'option_name', '')} {ends}."
    if kind == "MissingParameter":
        return f"il manque {name}."
    if message == "Missing command.":
        return "il manque une commande."
    quoted = re.findall(r"'([^']*)'", message)
    if message.startswith("No such command"):
        return f"commande inconnue\u202f: {quoted[0]}.{_near(quoted[1:])}"
    if "unexpected extra argument" in message:
        return f"argument de trop\u202f: {message.rsplit('(', 1)[-1].rstrip(').')}."
    return message


def _refused(error: typer.TyperException) -> str:
    """The value that an option refuses and what it expects, from what its type says."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return error.message
    first = error.__cause__.errors()[0]
    given, limits = first["input"], first.get("ctx", {})
    choices = re.findall(r"'([^']*)'", first["msg"])[1:]
    if choices:
        expected = say("attendu\u202f: l'un de ", "expected: one of ") + ", ".join(choices)
    elif first["type"] == "int_parsing":
        expected = say("un nombre entier est attendu", "a whole number is expected")
    elif first["type"] == "float_parsing":
        expected = say("un nombre est attendu", "a number is expected")
    elif first["type"] == "less_than_equal":
        expected = say(f"{limits['le']:g} au plus", f"{limits['le']:g} at most")
    elif first["type"] == "greater_than_equal":
        expected = say(f"{limits['ge']:g} au moins", f"{limits['ge']:g} at least")
    else:
        expected = first["msg"]
    return say(f"«\u00a0{given}\u00a0»\u202f; {expected}.", f"“{given}”; {expected}.")


def _near(names: Iterable[str] | None) -> str:
    listed = ", ".join(names or ())
    return f" Vouliez-vous dire\u202f: {listed}\u202f?" if listed else ""


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
