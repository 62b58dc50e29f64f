"""What rules are applied to: places with their people, and the figures of indicators at places."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import polars as pl

from vigie.zoning.classes import Bools, Figures, Floats
from vigie.zoning.meshes import Mesh, known_meshes, mesh

T = TypeVar("T")

Key = tuple[str, str]
"""An indicator and a period."""


@dataclass(frozen=True)
class Field:
    """France as rules see it; every array follows the rows of ``places``.

    ``places`` as :attr:`vigie.territories.Reference.places`; ``memberships``: place, level, code; ``territories``:
    level, code, name. ``figures`` by indicator and period; ``variants`` the recomputed APL by profession, (n, several),
    under the hypotheses named in ``variant_names``; ``alerts`` (n,) the alerts of each commune, NaN where none could be
    judged.
    """

    places: pl.DataFrame
    memberships: pl.DataFrame
    territories: pl.DataFrame
    figures: Mapping[Key, Figures]
    variants: Mapping[str, Floats] = field(default_factory=dict)
    variant_names: tuple[str, ...] = ()
    alerts: Floats | None = None
    _meshes: dict[str, Mesh] = field(default_factory=dict, init=False, repr=False, compare=False)
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def residents(self) -> Floats:
        """The people of each place, 0 where unknown."""
        found: Floats = self.places["population"].fill_null(0).to_numpy().astype(np.float64)
        found.flags.writeable = False
        return found

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for ``key``: several rules ask for the same means of the same zones."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def mesh(self, name: str) -> Mesh:
        """The mesh of that name, made once. Raises as :func:`vigie.zoning.meshes.mesh`."""
        if name not in self._meshes:
            self._meshes[name] = mesh(name, self.places, self.memberships, self.territories)
        return self._meshes[name]

    def known_variants(self, name: str) -> tuple[Bools, Floats]:
        """Which places have a value in every variant of a profession, and the values with 0 where there is none."""
        values = self.variants[name]
        return self.once(
            ("variants", name), lambda: (np.asarray(np.isfinite(values).all(axis=1)), np.nan_to_num(values))
        )

    def has_mesh(self, name: str) -> bool:
        """Whether the field can be divided so."""
        return name in self.once("meshes", lambda: known_meshes(self.memberships))

    def periods(self, indicator: str) -> list[str]:
        """The periods at hand of an indicator, in order."""
        return sorted(period for name, period in self.figures if name == indicator)

    def last(self, indicator: str, period: str) -> Figures | None:
        """The figures of a period, else the last ones before it, else the first after it; None without any."""
        known = self.periods(indicator)
        before = [one for one in known if one <= period]
        chosen = before[-1:] or known[:1]
        return self.figures[indicator, chosen[0]] if chosen else None
