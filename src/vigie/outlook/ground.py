"""What an outlook starts from, and the plan of a variant: how many enter each year so that the sum follows its path."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from vigie.outlook import ages as age_laws
from vigie.outlook.hypotheses import ZONES, Model, Variant, demand, path

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
CUTS = (2.5, 4.0)


@dataclass(frozen=True)
class Ground:
    """The base of an outlook. Arrays are per place, or per site: a place where GPs practise.

    ``site_of`` is the place of each site; ``heads`` its GPs; ``activity`` what one of them does (consultations a year);
    ``shares`` (sites × classes of :mod:`vigie.outlook.ages`) of the doctors by age; ``area`` and ``departement`` number
    the bassin de vie and the département of each site. ``weight`` (places × places) and ``demand`` (standardised
    population) are those of the catchment; ``population`` counts people; ``apl`` is the published APL of ``base`` (NaN
    where there is none), which every result is anchored on.
    """

    base: int
    places: npt.NDArray[np.str_]
    site_of: Integers
    heads: Integers
    activity: Floats
    shares: Floats
    area: Integers
    departement: Integers
    weight: csr_array
    demand: Floats
    population: Floats
    apl: Floats

    @cached_property
    def site_weight(self) -> csr_array:
        """The columns of ``weight`` of the sites: places × sites."""
        found = csr_array(self.weight[:, self.site_of])
        found.sort_indices()
        return found

    @property
    def zone(self) -> Integers:
        """The zone of each site (a number in ``ZONES``) by the published APL of its place; the middle if unknown."""
        known = self.apl[self.site_of]
        return np.where(np.isnan(known), 1, np.searchsorted(CUTS, known, side="right")).astype(np.int64)


@dataclass(frozen=True)
class Plan:
    """A variant made ready for a ground: ``years`` from the base on, and for each year after it what happens.

    ``leave`` (ages × years) the chance of having left for good, as :func:`vigie.outlook.ages.exit_chances`;
    ``entries`` how many enter in each year (0 for the base), on average; ``mobility`` and ``replaced`` as in
    ``model.toml``; ``newcomer`` what a newcomer does; ``draw`` (sites) what draws those who choose their place;
    ``need`` (years × 1, or × places) the demand over that of the base; ``extra`` (places × years) a change of supply
    brought from elsewhere, a scenario of levers for instance, in consultations a year; ``path`` (years) the number of
    GPs that the sum follows, over that of the base.
    """

    years: range
    leave: Floats
    entries: Floats
    mobility: float
    replaced: float
    newcomer: float
    draw: Floats
    need: Floats
    path: Floats
    extra: csr_array | None = field(default=None)


def make_plan(
    ground: Ground,
    model: Model,
    variant: Variant,
    extra: csr_array | None = None,
    growth: Floats | None = None,
) -> Plan:
    """The plan of ``variant`` on ``ground``, to the horizon of ``model``.

    ``growth`` (years × places) is the people over those of the base, 1 everywhere without it.

    The entries of a year are those that bring the number of GPs of the variant's path (national index times the drift
    of the liberal share) under the central law of exit and central mobility: later or earlier retirements and more or
    less training then move the sum away from the path, as they should.
    """
    years = range(ground.base, model.horizon + 1)
    supply = variant.supply(model)
    index = path(variant.path).index(variant.branch, years)
    wanted = index * (1 + supply.liberal_drift) ** np.arange(len(years))
    need = demand(variant.demand).factors(years)[:, None]
    return planned(ground, model, variant, wanted, need if growth is None else need * growth, extra)


def planned(
    ground: Ground, model: Model, variant: Variant, wanted: Floats, need: Floats, extra: csr_array | None = None
) -> Plan:
    """The plan of ``variant`` for a path of its own: ``wanted`` GPs and ``need`` in each year, over those of the base.

    ``need`` has a row per year and a column, or one per place.
    """
    span = len(wanted) - 1
    supply = variant.supply(model)
    central = age_laws.exit_chances(model.ages, span)
    leaving = expected_exits(ground, model, central, model.supply.mobility if supply.mobility else 0.0)
    total = float(ground.heads.sum())
    entries = np.diff(wanted * total, prepend=total) + leaving
    later = np.arange(span + 1) + ground.base >= variant.training_from
    entries = np.maximum(entries * np.where(later, variant.training, 1.0), 0.0)
    entries[0] = 0.0
    pull = np.array([variant.attraction.get(name, 1.0) for name in ZONES])[ground.zone]
    return Plan(
        years=range(ground.base, ground.base + span + 1),
        leave=age_laws.exit_chances(model.ages, span, variant.exit_shift),
        entries=np.zeros(span + 1) if variant.entries == "none" else entries,
        mobility=supply.mobility,
        replaced=supply.replaced,
        newcomer=supply.newcomer_activity,
        draw=ground.heads * pull,
        need=need,
        path=wanted,
        extra=extra,
    )


def expected_exits(ground: Ground, model: Model, leave: Floats, mobility: float) -> Floats:
    """How many doctors of the base leave practice in each year, on average: 0 for the base.

    A doctor under 60 may leave for another place first, with chance ``mobility`` each year; what becomes of him then is
    not followed: newcomers do not retire before the horizon.
    """
    at_age = age_counts(ground, model)
    span = leave.shape[1] - 1
    exits = np.zeros(span + 1)
    movable = np.arange(model.ages.youngest, model.ages.oldest + 1)
    for year in range(1, span + 1):
        stayed = (1 - mobility) ** np.clip(60 - movable, 0, year - 1)
        exits[year] = at_age @ ((leave[:, year] - leave[:, year - 1]) * stayed)
    return exits


def age_counts(ground: Ground, model: Model) -> Floats:
    """The expected number of doctors of each age, from the youngest."""
    tables = age_laws.age_tables(model.ages)
    in_class = ground.heads @ ground.shares
    ages = model.ages.oldest - model.ages.youngest + 1
    counts = [
        np.bincount(row, minlength=ages) * amount / row.size for row, amount in zip(tables, in_class, strict=True)
    ]
    return np.asarray(np.sum(counts, axis=0))
