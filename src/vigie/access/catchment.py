"""Catchment: how much of the supply in reach is each inhabitant's.

The two-step floating catchment area (2SFCA, Luo and Wang 2003; enhanced, E2SFCA, Luo and Qi 2009; DREES's APL, Barlet
et al. 2012) with supply S_j, demand P_i, decay w and travel times t_ij:

    R_j = S_j / Σ_i w(t_ij) P_i          the first step: supply per inhabitant in reach of the site
    A_i = Σ_j w(t_ij) R_j                the second: what an inhabitant of the place reaches

Everything that does not depend on supply is prepared once (:func:`prepare`, :func:`prepare_three_step`); after that one
supply costs one sparse product, and a change at one place touches only what it reaches.

What is stated, never left to 0/0:

- a **site without demand in reach** serves nobody: its rate is 0 and its supply is counted apart (:func:`balance`), so
  that Σ_i P_i A_i = Σ_j S_j over the sites served, exactly up to rounding;
- a **place without any site in reach** has access 0: that is a fact;
- a **place whose sites in reach all have no demand** has no defined access: NaN, and marked in ``Catchment.missing``.
  It can only be a place without inhabitants.

Units: access is in units of supply per unit of demand (consultations per inhabitant, ETP per inhabitant).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Indices, Mask, quantities, sums
from vigie.access.decay import Decay, weights
from vigie.access.travel import TravelTimes
from vigie.errors import InputError, Where

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Catchment:
    """What a catchment needs besides supply: made by :func:`prepare` or :func:`prepare_three_step`.

    ``weight`` (places × sites) holds w(t_ij) of the pairs in reach; ``demand`` P_i per place; ``demand_in_reach``
    Σ_i w_ij P_i per site; ``unserved`` marks the sites where that is 0; ``missing`` marks the places whose access is
    not defined.
    """

    travel: TravelTimes
    weight: csr_array
    demand: Floats
    demand_in_reach: Floats
    unserved: Mask
    missing: Mask

    @cached_property
    def weight_by_site(self) -> csr_array:
        """The transpose of ``weight``, by rows: made when a change at one place first asks for it."""
        return self.weight.T.tocsr()


@dataclass(frozen=True)
class Balance:
    """Where supply goes: ``served`` + ``unserved`` = ``total``; ``unserved_sites`` are the ids behind ``unserved``."""

    total: float
    served: float
    unserved: float
    unserved_sites: tuple[str, ...]


def prepare(travel: TravelTimes, decay: Decay, demand: npt.ArrayLike) -> Catchment:
    """The 2SFCA (a decay of one band) or E2SFCA of these places, with ``demand`` P_i per place, in persons.

    Raises InputError if the decay reaches farther than the travel times, if a demand is missing or negative, or if no
    place has any.
    """
    if decay.limit > travel.limit:
        raise InputError(
            f"la décroissance va jusqu'à {decay.limit:g} min, les temps de trajet s'arrêtent à {travel.limit:g}.",
            f"the decay reaches {decay.limit:g} min, the travel times stop at {travel.limit:g}.",
            remedy_fr="Calculez les temps jusqu'à la limite de la décroissance au moins.",
            remedy_en="Compute the times at least up to the limit of the decay.",
        )
    return _prepared(travel, weights(decay, travel.minutes), demand)


def prepare_three_step(travel: TravelTimes, decay: Decay, demand: npt.ArrayLike, supply: npt.ArrayLike) -> Catchment:
    """The 3SFCA (Wan, Zou and Sternberg 2012): people share themselves between the sites that compete for them.

    A first step gives each pair the selection weight G_ij = w_ij / Σ_k w_ik over the sites k that have some supply;
    then the two steps go with G_ij w_ij in place of w_ij. ``supply`` only says which sites are open.
    Raises InputError as :func:`prepare` does.
    """
    opened = quantities(supply, "supply", travel.sites.size, travel.sites) > 0
    pull = prepare(travel, decay, demand).weight.data * opened[travel.indices]
    total = sums(travel.rows, pull, travel.places.size)[travel.rows]
    choice = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
    return _prepared(travel, choice * pull, demand)


def with_demand(catchment: Catchment, demand: npt.ArrayLike) -> Catchment:
    """The same catchment for another ``demand`` per place: a few sparse products instead of a new preparation.

    Raises InputError as :func:`prepare` does.
    """
    return _with_demand(catchment.travel, catchment.weight, demand)


def accessibility(catchment: Catchment, supply: npt.ArrayLike) -> Floats:
    """A_i per place for ``supply`` S_j per site, NaN exactly where ``catchment.missing``.

    Raises InputError if a supply is missing or negative, or if there is not one per site.
    """
    sites = catchment.travel.sites
    values: Floats = catchment.weight @ rates(catchment, quantities(supply, "supply", sites.size, sites))
    values[catchment.missing] = np.nan
    return values


def accessibility_many(catchment: Catchment, supplies: npt.ArrayLike) -> Floats:
    """A_i for many supplies at once: ``supplies`` (sites × scenarios) → (places × scenarios).

    Raises InputError as :func:`accessibility` does.
    """
    table = np.ascontiguousarray(supplies, dtype=np.float64)
    sites = catchment.travel.sites.size
    if table.ndim != 2 or table.shape[0] != sites:
        raise InputError(
            f"offres de forme {table.shape} ; ({sites}, scénarios) attendu.",
            f"supplies of shape {table.shape}; ({sites}, scenarios) expected.",
            where=Where(column="supply"),
        )
    quantities(table.ravel(), "supply")
    values = _products(catchment.weight, rates(catchment, table))
    values[catchment.missing] = np.nan
    return values


def _products(weight: csr_array, columns: Floats) -> Floats:
    """``weight @ columns``: the same bits as SciPy, several times quicker where many rows of ``columns`` are 0."""
    from vigie.access import kernels

    result = np.empty((weight.shape[0], columns.shape[1]))
    filled = np.asarray(columns.any(axis=1))
    work = partial(kernels.products, weight.indptr, weight.indices, weight.data, columns, filled, result)
    kernels.share(work, weight.shape[0])
    return result


def rates(catchment: Catchment, supply: Floats) -> Floats:
    """R_j = S_j / Σ_i w_ij P_i per site (and scenario): supply per inhabitant in reach; 0 at a site unserved."""
    reached = np.where(catchment.unserved, np.inf, catchment.demand_in_reach)
    result: Floats = supply / (reached if supply.ndim == 1 else reached[:, None])
    return result


def change_of_supply(catchment: Catchment, site: int, amount: float) -> tuple[Indices, Floats]:
    """What ``amount`` more supply (or less, if negative) at one site changes: (places, change of A_i there).

    ``site`` is a column of the matrix. Exact, since A is linear in S. Nothing changes if nobody reaches the site.
    """
    if catchment.unserved[site]:
        return np.empty(0, dtype=np.int32), np.empty(0)
    places, pulls = _slice(catchment.weight_by_site, site)
    return places, pulls * (amount / catchment.demand_in_reach[site])


def change_of_demand(catchment: Catchment, supply: npt.ArrayLike, place: int, amount: float) -> tuple[Indices, Floats]:
    """What ``amount`` more people (or fewer) at one place change: (places, change of A_i there).

    ``place`` is a row of the matrix. The sites in its reach share themselves among more people; the others do not
    change, and their ``supply`` is not read. Raises InputError if the place would have fewer than nobody, or if a site
    would open or lose its only demand, which moves a place in or out of ``missing``: prepare the catchment anew then.
    """
    sites, pulls = _slice(catchment.weight, place)
    reached = catchment.demand_in_reach[sites]
    after = reached + pulls * amount
    emptied = (pulls > 0) & ((reached <= 0) | (after <= 0))
    if catchment.demand[place] + amount < 0 or emptied.any():
        raise InputError(
            f"{amount:+g} habitants au lieu {catchment.travel.places[place]} : il n'en resterait pas, ou un site "
            "gagnerait ou perdrait toute sa demande.",
            f"{amount:+g} people at place {catchment.travel.places[place]}: none would be left, or a site would gain "
            "or lose all its demand.",
            remedy_fr="Préparez le calcul avec la nouvelle demande.",
            remedy_en="Prepare the catchment with the new demand.",
        )
    amounts, known = np.asarray(supply, dtype=np.float64), catchment.travel.sites
    if amounts.shape != known.shape:
        quantities(amounts, "supply", known.size)  # refuses it
    offered = quantities(amounts[sites], "supply", ids=known[sites])
    touched = pulls > 0
    change = np.zeros(sites.size)
    change[touched] = offered[touched] / after[touched] - offered[touched] / reached[touched]
    from vigie.access import kernels

    by_site, total = catchment.weight_by_site, np.zeros(catchment.demand.size)
    kernels.pass_on(by_site.indptr, by_site.indices, by_site.data, sites, change, total)
    places = np.flatnonzero(total != 0).astype(np.int32)
    return places, total[places]


def balance(catchment: Catchment, supply: npt.ArrayLike) -> Balance:
    """How much of ``supply`` is served to somebody and how much has nobody in reach, with the ids of those sites."""
    sites = catchment.travel.sites
    amounts = quantities(supply, "supply", sites.size, sites)
    lost = catchment.unserved & (amounts > 0)
    unserved = float(amounts[lost].sum())
    served = float(amounts[~lost].sum())
    return Balance(served + unserved, served, unserved, tuple(sites[lost].tolist()))


def nearest(travel: TravelTimes, supply: npt.ArrayLike) -> Floats:
    """Minutes from each place to the nearest site that has some supply; infinite if none is within the limit."""
    opened = quantities(supply, "supply", travel.sites.size, travel.sites) > 0
    minutes = np.where(opened[travel.indices], travel.minutes, np.inf)
    result = np.full(travel.places.size, np.inf)
    filled = np.diff(travel.indptr) > 0
    if filled.any():
        result[filled] = np.minimum.reduceat(minutes, travel.indptr[:-1][filled])
    return result


def within_reach(travel: TravelTimes, minutes: float, quantity: npt.ArrayLike) -> Floats:
    """Σ of ``quantity`` over the sites at most ``minutes`` (≤) from each place: a number of sites if it is 1 each.

    Raises InputError if ``minutes`` exceeds the limit of the travel times.
    """
    amounts = quantities(quantity, "quantity", travel.sites.size, travel.sites)
    _within_limit(minutes, travel)
    near = np.where(travel.minutes <= minutes, amounts[travel.indices], 0.0)
    return sums(travel.rows, near, travel.places.size)


def population_within(
    travel: TravelTimes, supply: npt.ArrayLike, population: npt.ArrayLike, minutes: npt.ArrayLike
) -> Floats:
    """People whose nearest site with some supply is at most (≤) each of ``minutes`` away: one number per threshold.

    Raises InputError if a threshold exceeds the limit of the travel times.
    """
    thresholds = quantities(minutes, "minutes")
    _within_limit(float(thresholds.max(initial=0.0)), travel)
    people = quantities(population, "population", travel.places.size, travel.places)
    closest = nearest(travel, supply)
    return np.array([people[closest <= threshold].sum() for threshold in thresholds])


def _within_limit(minutes: float, travel: TravelTimes) -> None:
    if not 0 <= minutes <= travel.limit:
        raise InputError(
            f"seuil de {minutes:g} min, les temps de trajet s'arrêtent à {travel.limit:g}.",
            f"threshold of {minutes:g} min, the travel times stop at {travel.limit:g}.",
            remedy_fr="Calculez les temps jusqu'au seuil au moins.",
            remedy_en="Compute the times at least up to the threshold.",
        )


def _slice(matrix: csr_array, row: int) -> tuple[Indices, Floats]:
    span = slice(int(matrix.indptr[row]), int(matrix.indptr[row + 1]))
    return matrix.indices[span], cast(Floats, matrix.data[span])


def _prepared(travel: TravelTimes, pull: Floats, demand: npt.ArrayLike) -> Catchment:
    from scipy.sparse import csr_array

    # int32 row starts let SciPy keep both index arrays narrow: the product is bound by memory.
    indptr = travel.indptr.astype(np.int32) if pull.size < 2**31 else travel.indptr
    weight = csr_array((pull, travel.indices, indptr), shape=(travel.places.size, travel.sites.size))
    return _with_demand(travel, weight, demand)


def _with_demand(travel: TravelTimes, weight: csr_array, demand: npt.ArrayLike) -> Catchment:
    people = quantities(demand, "demand", travel.places.size, travel.places)
    if not people.any():
        raise InputError(
            "aucun lieu n'a de demande.",
            "no place has any demand.",
            remedy_fr="Donnez au moins un lieu habité.",
            remedy_en="Give at least one inhabited place.",
            where=Where(column="demand"),
        )
    in_reach = np.asarray(weight.T @ people, dtype=np.float64)
    unserved = in_reach == 0
    return Catchment(travel, weight, people, in_reach, unserved, _missing(weight, unserved))


def _missing(weight: csr_array, unserved: Mask) -> Mask:
    """The places with sites in reach, none of which is served."""
    if not unserved.any():
        return np.zeros(weight.shape[0], dtype=np.bool_)
    missing: Mask = np.asarray(weight @ (~unserved).astype(np.float64), dtype=np.float64) == 0
    doubtful = np.flatnonzero(missing)
    missing[doubtful] = np.asarray(weight[doubtful] @ np.ones(unserved.size), dtype=np.float64) > 0
    return missing
