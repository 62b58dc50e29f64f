"""Access: who can reach which care, and how much of it is theirs.

The room recomputes the *accessibilité potentielle localisée* (APL) and its relatives from travel times, supply and
demand; explains a figure, varies it, calibrates it on the published one and measures how unequal it is. Everything is
pure: tables and arrays in, tables and arrays out. The usual way through it::

    decay = preset("barlet-2012").decay
    travel = crow_fly(places, limit=decay.limit)
    catchment = prepare(travel, decay, demand)
    apl = accessibility(catchment, supply)

The other modules are imported by their name: ``reference`` (slow and plain), ``explain``, ``inequality``, ``grid``,
``symmetric``, ``calibration``, ``fitting`` (the fitted preset), ``demand``, ``supply``, ``roads``. Numba is loaded by
the functions that need it, not here.
"""

from vigie.access.calibration import anchored
from vigie.access.catchment import (
    Catchment,
    accessibility,
    accessibility_many,
    balance,
    nearest,
    prepare,
    prepare_three_step,
    with_demand,
    within_reach,
)
from vigie.access.decay import Decay, Preset, preset, presets, weights
from vigie.access.travel import TravelTimes, compare, crow_fly, from_table

__all__ = [
    "Catchment",
    "Decay",
    "Preset",
    "TravelTimes",
    "accessibility",
    "accessibility_many",
    "anchored",
    "balance",
    "compare",
    "crow_fly",
    "from_table",
    "nearest",
    "prepare",
    "prepare_three_step",
    "preset",
    "presets",
    "weights",
    "with_demand",
    "within_reach",
]
