"""What every command shares: the language, the home, the console, and how figures are written."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.errors import Lang, VigieError
from vigie.language import Text, number

if TYPE_CHECKING:
    from rich.console import Console

    from vigie.indicators import Definition

NARROWEST = 120  # where no terminal tells its width, as in a pipe


def language(arguments: list[str] | None = None) -> Lang:
    """The language asked for: ``--lang`` wherever it stands, then ``VIGIE_LANG``, then French.

    It is read before the commands are declared, so that their help is in it too.
    """
    words = sys.argv[1:] if arguments is None else arguments
    for place, word in enumerate(words):
        if word == "--lang" and place + 1 < len(words):
            return _lang(words[place + 1])
        if word.startswith("--lang="):
            return _lang(word.removeprefix("--lang="))
    return _lang(os.environ.get("VIGIE_LANG", "fr"))


def _lang(text: str) -> Lang:
    return "en" if text.lower().startswith("en") else "fr"


LANG: Lang = language()


def say(fr: str, en: str) -> str:
    """The text in the language of this run."""
    return Text(fr, en).of(LANG)


@dataclass
class Options:
    """The options that stand before the command."""

    home: Path | None = None
    debug: bool = False


OPTIONS = Options()


def home() -> Path:
    """Where editions live for this run."""
    from vigie.editions.store import default_home

    return OPTIONS.home or default_home()


def console() -> Console:
    """Where tables and results are printed; wide enough in a pipe that nothing is cut."""
    from rich.console import Console

    found = Console(highlight=False, soft_wrap=False)
    if not found.is_terminal:
        found.width = max(found.width, NARROWEST)
    return found


def stderr() -> Console:
    """Where progress and notices go, so that results can be piped."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: object) -> None:
    """``value`` as indented JSON in UTF-8 on standard output."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def figure(definition: Definition, value: float | None, status: str) -> str:
    """A figure as people read it, or the word for what it is not: never a blank, never a zero in its stead."""
    if value is None:
        return (
            say("secret statistique", "suppressed")
            if status == "suppressed"
            else say("non disponible", "not available")
        )
    text = number(value, LANG, definition.decimals)
    return f"{text} *" if status == "estimated" else text


def show_error(error: VigieError) -> None:
    """The error's message on standard error, in the language of this run."""
    from rich.markup import escape

    stderr().print(f"[bold red]{say('Erreur', 'Error')}[/]{say(chr(0x202F), '')}: {escape(error.message(LANG))}")
