"""Methods by name: what the command line and other callers choose among, each with its paper.

A method takes travel times, a decay, a demand per place and a supply per site, and gives one value per place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Mask, quantities
from vigie.access.catchment import (
    Balance,
    Catchment,
    accessibility,
    balance,
    nearest,
    prepare,
    prepare_three_step,
    within_reach,
)
from vigie.access.decay import Decay
from vigie.access.travel import TravelTimes
from vigie.errors import InputError
from vigie.language import Text


@dataclass(frozen=True)
class Measured:
    """One value per place: ``values``, NaN where not defined and infinite where nothing is in reach.

    ``balance`` says where supply goes, for the methods that share it out; ``without`` marks the places that reach no
    supply at all.
    """

    values: Floats
    without: Mask
    balance: Balance | None


Compute = Callable[[TravelTimes, Decay, Floats, Floats], Measured]


@dataclass(frozen=True)
class Method:
    """A method, its name in words with its source, and what its values are (``unit``)."""

    id: str
    title: Text
    unit: Text
    compute: Compute


def measure(method: str, travel: TravelTimes, decay: Decay, demand: npt.ArrayLike, supply: npt.ArrayLike) -> Measured:
    """The values of ``method`` (a name of :data:`METHODS`) for ``demand`` per place and ``supply`` per site.

    Raises KeyError for an unknown method; InputError as :func:`vigie.access.catchment.prepare`, and for ``2sfca`` with
    a decay of several bands.
    """
    people = quantities(demand, "demand", travel.places.size, travel.places)
    offered = quantities(supply, "supply", travel.sites.size, travel.sites)
    return METHODS[method].compute(travel, decay, people, offered)


def _two_step(travel: TravelTimes, decay: Decay, demand: Floats, supply: Floats) -> Measured:
    if decay.family != "bands" or len(decay.levels) != 1:
        raise InputError(
            "2sfca pèse 1 jusqu'à une limite, sans décroissance.",
            "2sfca weighs 1 up to a limit, without decay.",
            remedy_fr="Donnez --decay within-30 ou bands:30=1, ou prenez la méthode e2sfca.",
            remedy_en="Give --decay within-30 or bands:30=1, or take the method e2sfca.",
        )
    return _enhanced(travel, decay, demand, supply)


def _enhanced(travel: TravelTimes, decay: Decay, demand: Floats, supply: Floats) -> Measured:
    return _shared(prepare(travel, decay, demand), supply)


def _three_step(travel: TravelTimes, decay: Decay, demand: Floats, supply: Floats) -> Measured:
    return _shared(prepare_three_step(travel, decay, demand, supply), supply)


def _shared(catchment: Catchment, supply: Floats) -> Measured:
    values = accessibility(catchment, supply)
    return Measured(values, values == 0, balance(catchment, supply))


def _nearest(travel: TravelTimes, decay: Decay, _demand: Floats, supply: Floats) -> Measured:
    minutes = nearest(travel, supply)
    near = np.where(minutes <= decay.limit, minutes, np.inf)
    return Measured(near, np.isinf(near), None)


def _within(travel: TravelTimes, decay: Decay, _demand: Floats, supply: Floats) -> Measured:
    amount = within_reach(travel, decay.limit, supply)
    return Measured(amount, amount == 0, None)


_PER_DEMAND = Text("offre par unité de demande", "supply per unit of demand")

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        one.id: one
        for one in (
            Method("2sfca", Text("2SFCA (Luo et Wang 2003)", "2SFCA (Luo and Wang 2003)"), _PER_DEMAND, _two_step),
            Method(
                "e2sfca",
                Text("E2SFCA (Luo et Qi 2009), comme l'APL", "E2SFCA (Luo and Qi 2009), as the APL"),
                _PER_DEMAND,
                _enhanced,
            ),
            Method(
                "3sfca",
                Text("3SFCA (Wan, Zou et Sternberg 2012)", "3SFCA (Wan, Zou and Sternberg 2012)"),
                _PER_DEMAND,
                _three_step,
            ),
            Method(
                "nearest",
                Text("temps jusqu'au site le plus proche", "time to the nearest site"),
                Text("minutes", "minutes"),
                _nearest,
            ),
            Method(
                "within",
                Text("offre à portée, sans partage", "supply within reach, not shared"),
                Text("offre", "supply"),
                _within,
            ),
        )
    }
)
"""The methods by name."""
