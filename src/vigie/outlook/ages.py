"""Ages: when doctors leave practice, how old those of a place are, and what its published APL says of that.

The age at the end of liberal practice follows a logistic law, S(a) = 1 / (1 + exp((a − m) / s)) with mean m and
standard deviation s·π/√3. A doctor of age a now has left t years later with probability 1 − S(a + t) / S(a).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from vigie.outlook.hypotheses import Ages

Floats = npt.NDArray[np.float64]
CLASSES = 3
"""62 or less, 63 to 65, over 65: what the published APL tells apart."""

STEPS = 1024  # how finely the ages within a class are told


def still_practising(ages: Ages, age: npt.ArrayLike, shift: float = 0.0) -> Floats:
    """S(a): the share of the doctors who still practise at ``age``; ``shift`` years are added to the law's mean."""
    scale = ages.exit_spread * math.sqrt(3) / math.pi
    return np.asarray(1 / (1 + np.exp((np.asarray(age, dtype=np.float64) - ages.exit_mean - shift) / scale)))


def exit_chances(ages: Ages, years: int, shift: float = 0.0) -> Floats:
    """The chance of having left ``t`` years later: a row per year of age from ``youngest``, a column per t from 0."""
    now = np.arange(ages.youngest, ages.oldest + 1)[:, None] + 0.5
    later = now + np.arange(years + 1)[None, :]
    return np.asarray(1 - still_practising(ages, later, shift) / still_practising(ages, now, shift))


def age_tables(ages: Ages) -> npt.NDArray[np.int16]:
    """The age of a doctor at a rank within each class: classes × ``STEPS``, as positions from ``youngest``.

    Up to 59 and from 60 to 62 ages are as many in each year; over 65 as those whom the law of exit leaves (ours).
    """
    spread = np.zeros((CLASSES, ages.oldest - ages.youngest + 1))
    years = np.arange(ages.youngest, ages.oldest + 1)
    young, next_ = (years <= 59), (years >= 60) & (years <= 62)
    spread[0, young] = ages.national.to_59 / young.sum()
    spread[0, next_] = ages.national.to_62 / 3
    spread[1, (years >= 63) & (years <= 65)] = 1
    spread[2] = np.where(years > 65, still_practising(ages, years + 0.5), 0)
    up_to = np.cumsum(spread, axis=1) / spread.sum(axis=1, keepdims=True)
    middles = (np.arange(STEPS) + 0.5) / STEPS
    return np.stack([np.searchsorted(row, middles, side="right") for row in up_to]).astype(np.int16)


def national_shares(ages: Ages) -> Floats:
    """The shares of the classes where a place's own are not known."""
    own = ages.national
    return np.array([own.to_59 + own.to_62, own.to_65, own.over_65])


def shares_at_sites(
    weight: csr_array, demand: Floats, supply: Floats, by_age: Floats, start: Floats, rounds: int = 30
) -> Floats:
    """The share of each class in the supply of each site, from the APL published by age.

    ``weight`` (places × sites) and ``demand`` as in a catchment; ``by_age`` (places × classes) the published APL of the
    doctors of each class, NaN where it is not known; ``start`` the national shares. Multiplicative corrections
    (expectation–maximisation, Richardson 1972, Lucy 1974) keep every share within 0 and 1 and add up to 1: the share at
    a site moves with what is published, over what it explains, at the places that it serves.
    """
    reached = weight.T @ demand
    rate = np.divide(supply, reached, out=np.zeros_like(supply), where=reached > 0)
    total = by_age.sum(axis=1)
    known = np.isfinite(total) & (total > 0)
    wanted = np.divide(by_age, total[:, None], out=np.zeros_like(by_age), where=known[:, None])
    people = np.where(known, demand, 0.0)
    reach = weight @ rate
    flow = weight.T @ np.divide(people, reach, out=np.zeros_like(people), where=reach > 0)
    shares = np.tile(start, (supply.size, 1))
    for _ in range(rounds):
        told = weight @ (shares * rate[:, None])
        share = np.divide(told, reach[:, None], out=np.zeros_like(told), where=reach[:, None] > 0)
        ratio = np.divide(wanted, share, out=np.ones_like(share), where=share > 0)
        pull = weight.T @ (ratio * np.divide(people, reach, out=np.zeros_like(people), where=reach > 0)[:, None])
        factor = np.divide(pull, flow[:, None], out=np.ones_like(pull), where=flow[:, None] > 0)
        shares = shares * factor
        shares /= shares.sum(axis=1, keepdims=True)
    return shares


LAST_OF_CLASS = (62, 65)
"""The highest age of each class but the last."""


def classes_of_bands(first: npt.ArrayLike, last: npt.ArrayLike, counts: npt.ArrayLike) -> Floats:
    """How many doctors each class has, from counts by band of ages: those of a band are as many in each of its years.

    ``first`` and ``last`` are the ages of each band, both included.
    """
    low, high, many = (np.asarray(one, dtype=np.float64) for one in (first, last, counts))
    upper = (*LAST_OF_CLASS, np.inf)
    lower = (-np.inf, *LAST_OF_CLASS)
    within = [np.clip(np.minimum(high, b) - np.maximum(low - 1, a), 0, None) for a, b in zip(lower, upper, strict=True)]
    return np.asarray([float((many * inside / (high - low + 1)).sum()) for inside in within])


def raked(shares: Floats, heads: npt.ArrayLike, targets: Floats, rounds: int = 200) -> Floats:
    """The shares by class of some sites (sites × classes), moved so that over all of them they are ``targets``.

    ``heads`` weigh the sites. Iterative proportional fitting (Deming and Stephan 1940): the shares of a site add up to
    1, those of all sites to ``targets``, and sites keep their odds. A class that no site has cannot be reached.
    """
    weights = np.asarray(heads, dtype=np.float64)
    wanted = targets / targets.sum() * weights.sum()
    found = shares.copy()
    for _ in range(rounds):
        now = weights @ found
        found = found * np.divide(wanted, now, out=np.ones_like(now), where=now > 0)
        found /= found.sum(axis=1, keepdims=True)
        if np.abs(weights @ found - wanted).max() < 1e-9 * weights.sum():
            break
    return found
