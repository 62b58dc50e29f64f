"""The plain reference: a scenario with dense matrices and the formula as it is written. Slow; for tests."""

from __future__ import annotations

import numpy as np

from vigie.access.arrays import Floats
from vigie.access.decay import weights
from vigie.levers.effects import Change
from vigie.levers.engine import direct, over_link
from vigie.levers.ground import LONGEST, Ground, Roads


def change_of_access(ground: Ground, change: Change) -> list[Floats]:
    """What :func:`vigie.levers.engine.change_of_access` gives, every pair being looked at twice."""
    return [_of_one(ground, road, change) for road in ground.roads]


def _of_one(ground: Ground, road: Roads, change: Change) -> Floats:
    size, columns = change.supply.shape
    plain = np.array([direct(road, place) for place in range(size)])
    joined = plain if change.link is None else np.array([over_link(road, change.link, p) for p in range(size)])
    result = np.zeros((size, len(road.decays), columns))
    for k, decay in enumerate(road.decays):

        def pull(minutes: Floats, decay: object = decay) -> Floats:
            flat = np.where(minutes <= LONGEST, minutes, LONGEST + 1.0).ravel()
            return weights(decay, flat).astype(np.float32).astype(np.float64).reshape(minutes.shape)  # type: ignore[arg-type]

        before = _access(pull(plain), ground.supply, ground.demand)
        for c in range(columns):
            after_pull = pull(joined)
            for place, saved, share in change.trips:
                quick = pull(np.maximum(joined[place] - saved, 0.0)[None, :])[0]
                after_pull[place] += share[c] * (quick - after_pull[place])
            demand = ground.demand + (0.0 if change.demand is None else change.demand[:, c])
            result[:, k, c] = _access(after_pull, ground.supply + change.supply[:, c], demand) - before
    return result


def _access(pull: Floats, supply: Floats, demand: Floats) -> Floats:
    """Σ_j w_ij S_j / Σ_k w_kj P_k, a site that nobody reaches serving nobody."""
    reach = demand @ pull
    reach = np.where(reach > 1e-9, reach, 0.0)
    rate = np.divide(supply, reach, out=np.zeros_like(supply), where=reach > 0)
    return np.asarray(pull @ rate)
