"""Indicators: what is measured, how it is computed from values at places, and at which levels.

A definition is a ``.toml`` file in ``definitions/``; :func:`compute` turns it into observations.
"""

from vigie.indicators.definition import Definition, definitions, find_definition, read_definitions

__all__ = ["Definition", "definitions", "find_definition", "read_definitions"]
