"""Demand: the standardised population, people weighted by how much care their age uses.

P*_i = k · Σ_a c_a P_ia, with c_a the relative consumption of age class a and k such that Σ P* = Σ P, renormalised every
year (DREES's APL; IRDES, document de travail 70). The weights of a published P* can be recovered when populations by
age are at hand (:func:`recover_age_weights`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, quantities
from vigie.errors import InputError, Where


def standardised_population(by_age: npt.ArrayLike, age_weights: npt.ArrayLike) -> Floats:
    """P*_i per place, in persons: ``by_age`` (places × classes), ``age_weights`` one per class, on any scale.

    Raises InputError if the shapes disagree, a number is missing or negative, or the weighted population is 0.
    """
    people, weights = _ages(by_age), quantities(age_weights, "age_weight")
    if people.shape[1] != weights.size:
        raise InputError(
            f"{weights.size} poids d'âge pour {people.shape[1]} classes.",
            f"{weights.size} age weights for {people.shape[1]} classes.",
            where=Where(column="age_weight"),
        )
    weighted = np.asarray(people @ weights, dtype=np.float64)
    if not weighted.any():
        raise InputError(
            "la population pondérée est nulle.",
            "the weighted population is zero.",
            remedy_fr="Donnez au moins une classe d'âge peuplée de poids positif.",
            remedy_en="Give at least one peopled age class a positive weight.",
        )
    k = float(people.sum() / weighted.sum())
    return k * weighted


@dataclass(frozen=True)
class AgeWeights:
    """Recovered weights: ``weights`` one per class, of mean 1 over people.

    ``r_squared`` and ``largest_error`` (persons) are those of the populations that they give back.
    """

    weights: Floats
    r_squared: float
    largest_error: float


def recover_age_weights(by_age: npt.ArrayLike, standardised: npt.ArrayLike) -> AgeWeights:
    """The age weights behind a published P*, by non-negative least squares (Lawson and Hanson 1974).

    ``by_age`` (places × classes) and ``standardised`` P*_i, both in persons. Raises InputError if there are fewer
    places than classes, if a class has nobody, or for a number missing or negative.
    """
    from scipy.optimize import nnls

    people = _ages(by_age)
    target = quantities(standardised, "standardised", people.shape[0])
    empty = np.flatnonzero(people.sum(axis=0) == 0)
    if people.shape[0] < people.shape[1] or empty.size:
        raise InputError(
            f"{people.shape[0]} lieux pour {people.shape[1]} classes d'âge, dont {empty.size} vides.",
            f"{people.shape[0]} places for {people.shape[1]} age classes, {empty.size} of them empty.",
            remedy_fr="Il faut au moins autant de lieux que de classes, toutes peuplées.",
            remedy_en="At least as many places as classes are needed, all of them peopled.",
        )
    # Classes differ in size by orders of magnitude: solve on columns of like norm.
    norms = np.linalg.norm(people, axis=0)
    weights = nnls(people / norms, target)[0] / norms
    errors = people @ weights - target
    spread = float(((target - target.mean()) ** 2).sum())
    mean_weight = float(people.sum(axis=0) @ weights / people.sum())
    return AgeWeights(
        weights / mean_weight if mean_weight else weights,
        1.0 - float((errors**2).sum()) / spread if spread else float("nan"),
        float(np.abs(errors).max()),
    )


def _ages(by_age: npt.ArrayLike) -> Floats:
    people = np.asarray(by_age, dtype=np.float64)
    if people.ndim != 2:
        raise InputError(
            f"populations par âge de forme {people.shape} ; (lieux, classes) attendu.",
            f"populations by age of shape {people.shape}; (places, classes) expected.",
            where=Where(column="by_age"),
        )
    quantities(people.ravel(), "by_age")
    return people
