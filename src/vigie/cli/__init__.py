"""The command ``vigie``: French first, English with ``--lang en``; errors in words, and no traceback but for --debug."""

from vigie.cli.app import main

__all__ = ["main"]
