"""Several professions and supplies at once, where every place is a site and a trip takes as long both ways.

The weights are then a symmetric matrix: its rows serve as its columns, so that nothing is transposed. Broken lines
that fall in the same intervals are mixtures of common ones, 1 before the interval and 0 after: w_p(t) = Σ c_pb u_b(t).
One pass over the pairs of each u_b then serves all professions. It is what computes the variants of a whole country in
a build; :func:`symmetric_access` gives what :func:`vigie.access.catchment.accessibility` gives, to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, quantities
from vigie.access.decay import Decay, line, weights
from vigie.access.travel import TravelTimes
from vigie.errors import InputError, Where

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Mixture:
    """The decays of several professions as sums of common ones: made by :func:`mixture`.

    ``share`` (professions × basis) is not negative; ``basis`` are decays, the longest first.
    """

    basis: tuple[Decay, ...]
    share: Floats


def mixture(decays: Sequence[Decay]) -> Mixture:
    """The decays, one per profession, as mixtures: a broken line by the intervals where it falls, others whole."""
    parts = [_falls(decay) for decay in decays]
    basis = sorted({part for own in parts for part in own}, key=lambda part: (-part.limit, part.starts))
    share = np.array([[own.get(part, 0.0) for part in basis] for own in parts])
    return Mixture(tuple(basis), share)


def _falls(decay: Decay) -> dict[Decay, float]:
    """Each interval where a broken line falls, as a line that is 1 before it and 0 after, with how much it falls."""
    if decay.family != "line":
        return {decay: 1.0}
    edges, levels = (*decay.starts, decay.limit), (*decay.levels, 0.0)
    found = {}
    for start, end, before, after in zip(edges, edges[1:], levels, levels[1:], strict=False):
        if before > after:
            found[line([(0.0, 1.0), (start, 1.0)] if start else [(0.0, 1.0)], end)] = before - after
    return found


def symmetric_access(
    travel: TravelTimes, decays: Sequence[Decay], demands: npt.ArrayLike, supplies: npt.ArrayLike
) -> Floats:
    """A_i of the E2SFCA for professions with their ``decays``, ``demands`` (places × professions) and ``supplies``.

    ``supplies`` is (places × professions × supplies), and so is the result, NaN where no site in reach has any demand.
    ``travel`` must be the same both ways, as straight lines at the places' own speeds are: that is not checked, but for
    the places being the sites. Raises InputError for shapes that do not agree, a decay that reaches farther than the
    travel times, or a demand or supply that is missing or negative.
    """
    people, offered = np.asarray(demands, dtype=np.float64), np.asarray(supplies, dtype=np.float64)
    _check(travel, decays, people, offered)
    size = people.shape[0]
    mixed = mixture(decays)
    pulls = _matrices(travel, mixed.basis)

    def pulled(values: Floats) -> Floats:
        """Σ_b share_pb · u_b values_p, for values (places × professions × any)."""
        total = np.zeros_like(values)
        for pull, share in zip(pulls, mixed.share.T, strict=True):
            total += share[:, None] * np.asarray(pull @ values.reshape(size, -1)).reshape(values.shape)
        return total

    in_reach = pulled(people[:, :, None])
    served = in_reach > 0
    access = pulled(np.divide(offered, in_reach, out=np.zeros_like(offered), where=served))
    if not served.all():
        access[np.broadcast_to(pulled(served.astype(np.float64)) == 0, access.shape)] = np.nan
    return access


def _matrices(travel: TravelTimes, basis: Sequence[Decay]) -> list[csr_array]:
    """The weights of each decay of the basis, the longest first, as sparse matrices (places × places)."""
    from scipy.sparse import csr_array

    near, found = travel, []
    for decay in basis:
        near = _within(near, decay.limit)
        values = weights(decay, near.minutes)
        shape = (near.places.size, near.places.size)
        found.append(csr_array((values, near.indices, near.indptr.astype(np.int32)), shape=shape))
    return found


def _within(travel: TravelTimes, limit: float) -> TravelTimes:
    """The pairs at most ``limit`` (≤) minutes apart."""
    kept = travel.minutes <= limit
    if kept.all():
        return travel
    indptr = np.concatenate([[0], np.cumsum(kept)])[travel.indptr]
    return replace(travel, indptr=indptr, indices=travel.indices[kept], minutes=travel.minutes[kept], limit=limit)


def _check(travel: TravelTimes, decays: Sequence[Decay], people: Floats, offered: Floats) -> None:
    size = travel.places.size
    agree = people.shape == (size, len(decays)) and offered.ndim == 3 and offered.shape[:2] == people.shape
    if not agree or travel.sites.size != size:
        raise InputError(
            f"{len(decays)} décroissances, demandes {people.shape} et offres {offered.shape} pour {size} lieux.",
            f"{len(decays)} decays, demands {people.shape} and supplies {offered.shape} for {size} places.",
            remedy_fr="(lieux, professions) et (lieux, professions, offres) sont attendus, les lieux étant les sites.",
            remedy_en="(places, professions) and (places, professions, supplies) are expected, places being the sites.",
            where=Where(column="supply"),
        )
    farthest = max(decay.limit for decay in decays)
    if farthest > travel.limit:
        raise InputError(
            f"la décroissance va jusqu'à {farthest:g} min, les temps de trajet s'arrêtent à {travel.limit:g}.",
            f"the decay reaches {farthest:g} min, the travel times stop at {travel.limit:g}.",
        )
    quantities(people.ravel(), "demand")
    quantities(offered.ravel(), "supply")
