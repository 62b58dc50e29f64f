"""Territories: levels, codes, memberships, vintages, look-up, perimeters and geometry of France.

Floor 1, and pure: tables (Polars) and arrays (NumPy) in, tables and arrays out; the only files it reads are its own
small packaged tables. The computing unit is the *place*: a commune of the COG 2024 or an arrondissement of Paris, Lyon
or Marseille; the three whole cities are derived communes and are never summed with their arrondissements.

``build`` makes a :class:`Reference` from the tidy table of communes; ``to_reference`` brings any table of 2014–2025 to
its vintage; ``find`` and ``Searcher`` look territories up; ``read_perimeter``, ``read_perimeter_set`` and
``with_perimeters`` add named lists of communes. Geometry is in :mod:`vigie.territories.geometry`. Names are handed on
lazily: nothing is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vigie.territories.lookup import Searcher, find
    from vigie.territories.perimeters import Perimeter, read_perimeter, read_perimeter_set, with_perimeters
    from vigie.territories.reference import LEVELS, VINTAGE, WHOLE_CITIES, Reference, build
    from vigie.territories.vintages import Harmonised, Report, to_reference

__all__ = [
    "LEVELS",
    "VINTAGE",
    "WHOLE_CITIES",
    "Harmonised",
    "Perimeter",
    "Reference",
    "Report",
    "Searcher",
    "build",
    "find",
    "read_perimeter",
    "read_perimeter_set",
    "to_reference",
    "with_perimeters",
]

_HOMES = {
    "lookup": ("Searcher", "find"),
    "perimeters": ("Perimeter", "read_perimeter", "read_perimeter_set", "with_perimeters"),
    "reference": ("LEVELS", "VINTAGE", "WHOLE_CITIES", "Reference", "build"),
    "vintages": ("Harmonised", "Report", "to_reference"),
}


def __getattr__(name: str) -> Any:
    """Import the public name ``name`` from its module when it is first used."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
