"""The ground of an outlook from the inputs, and the tables of the default outlook of an edition."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_array

from vigie.access import fitting
from vigie.access.catchment import prepare
from vigie.editions.country import NEEDED, Country, country, place_measures
from vigie.editions.inputs import Input
from vigie.indicators.compute import Measure
from vigie.outlook.ages import national_shares, shares_at_sites
from vigie.outlook.ground import Ground
from vigie.outlook.hypotheses import Model
from vigie.territories.reference import Reference

BASE = 2023  # the last published APL at hand
PROFESSION = "mg"
AGES_OF = 2021  # the year whose APL is published by age


def ground_of(inputs: Mapping[str, Input], reference: Reference, model: Model) -> Ground:
    """GPs in France: the catchment fitted to the APL of 2021, its ages, and the published APL of the base."""
    at = place_measures(inputs, reference)
    whole = country({name: inputs[name] for name in NEEDED}, reference, at, AGES_OF)
    return _ground(whole, reference, at, model)


def _ground(whole: Country, reference: Reference, at: Mapping[str, Measure], model: Model) -> Ground:
    fitted = fitting.shipped()
    known = whole.published[PROFESSION]
    ids = whole.points.ids
    catchment = prepare(fitted.travel("local", whole.points), fitted.models["local"].decays[PROFESSION], known.demand)
    rows = np.searchsorted(np.array(reference.place_codes), ids)
    supply = fitted.supply("places", PROFESSION, ids.tolist())
    by_age = [at[f"apl_{PROFESSION}_{field}_{AGES_OF}"].values[rows] for field in ("62", "65", "all")]
    classes = np.maximum(np.diff(np.column_stack(by_age), prepend=0.0, axis=1), 0.0)
    shares = shares_at_sites(catchment.weight, known.demand, supply, classes, national_shares(model.ages))
    apl = at[f"apl_{PROFESSION}_all_{BASE}"].values[rows]
    scale = _weighted(apl, known.demand) / _weighted(known.apl, known.demand)
    heads = np.rint(known.heads).astype(np.int64)
    site_of = np.flatnonzero((heads > 0) & (supply > 0))
    population = whole.places["population"].fill_null(0).cast(float).to_numpy()
    return Ground(
        base=BASE,
        places=ids,
        site_of=site_of,
        heads=heads[site_of],
        activity=(scale * supply[site_of] / heads[site_of]),
        shares=shares[site_of],
        area=whole.areas[1][site_of],
        departement=whole.areas[0][site_of],
        weight=csr_array(catchment.weight),
        demand=known.demand,
        population=population,
        apl=apl,
    )


def _weighted(values: np.typing.NDArray[np.float64], weights: np.typing.NDArray[np.float64]) -> float:
    known = np.isfinite(values)
    return float(values[known] @ weights[known] / weights[known].sum())
