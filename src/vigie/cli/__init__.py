"""The command ``vigie``: French first, English with ``--lang en``; errors in words, tracebacks with --debug only."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # not from typing, as in vigie/__init__.py
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    signal.signal(signal.SIGINT, _before_anything)
    from vigie.cli.app import main as run

    run()


def _before_anything(*_: object) -> NoReturn:
    """End at Ctrl-C while libraries are read: nothing is begun, not even the choice of a language."""
    os.write(2, b"Interrompu. Interrupted.\n")
    os._exit(130)
