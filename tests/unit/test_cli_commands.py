"""Every command is known by the module that holds it: help lists them all, and one that is asked for is found alone."""

from __future__ import annotations

from importlib import import_module

import pytest
import typer

from vigie.cli.app import COMMANDS, _command


@pytest.mark.parametrize("module", COMMANDS)
def test_a_module_holds_the_commands_that_it_is_listed_with(module: str) -> None:
    app = typer.Typer()
    import_module(f"vigie.cli.{module}").register(app)
    held = [one.name for one in app.registered_commands] + [one.name for one in app.registered_groups]
    assert tuple(held) == COMMANDS[module]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["show", "Rodez"], "show"),
        (["--home", "build", "show", "alerts"], "show"),
        (["--lang", "en", "--debug", "alerts"], "alerts"),
        (["--home=x", "fetch", "show"], "fetch"),
        (["--help"], ""),
        ([], ""),
    ],
)
def test_the_command_is_told_from_the_options_before_it(arguments: list[str], command: str) -> None:
    assert _command(arguments) == command
