"""The command ``vigie``: French first, English with ``--lang en``; errors in words, tracebacks with --debug only."""

from vigie.cli.app import main

__all__ = ["main"]
