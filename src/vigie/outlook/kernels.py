"""The loops that Numba compiles: the draws of an outlook and its APL. Import this module inside functions only.

They do what :mod:`vigie.outlook.reference` does, number for number. Each works on a slice that no other thread writes,
and every sum runs in an order that does not depend on the slices.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, uint64

from vigie.outlook.chance import AGE, CHOICE, EXIT, GOLDEN, MOVE, ROUND, SHOCK, SPOT, STAY, WIDE

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.uint16]

_GOLDEN = np.uint64(GOLDEN)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@njit(cache=True, nogil=True, inline="always")
def _mixed(number):  # type: ignore[no-untyped-def]
    number = (number ^ (number >> _S30)) * _FIRST
    number = (number ^ (number >> _S27)) * _SECOND
    return number ^ (number >> _S31)


@njit(cache=True, nogil=True, inline="always")
def _stream(seed, draw, purpose, year):  # type: ignore[no-untyped-def]
    return _mixed(_mixed(uint64(seed) * _GOLDEN + uint64(draw + 1)) + uint64(purpose * 256 + year) * _GOLDEN)


@njit(cache=True, nogil=True, inline="always")
def _uniform(start, count):  # type: ignore[no-untyped-def]
    return float(_mixed(start + uint64(count + 1) * _GOLDEN) >> _S11) * 2.0**-53


MOVED = 64  # added to the year in which a doctor leaves for another place


@njit(cache=True, nogil=True)
def departures(
    seed: int,
    starts: Integers,
    cuts: Floats,
    ages: npt.NDArray[np.int16],
    leave: Floats,
    mobility: float,
    youngest: int,
    out: Bytes,
    first: int,
    last: int,
) -> None:
    """The year after the base in which each doctor of sites ``first`` to ``last`` leaves: doctors × draws.

    0 when he is there at the end, t when he retires in year t, ``MOVED`` + t when he leaves for another place. ``cuts``
    (sites × 2) are the shares up to 62 and up to 65 years of the doctors of a site.
    """
    years = leave.shape[1] - 1
    draws = out.shape[1]
    steps = ages.shape[1]
    for draw in range(draws):
        at_age, at_exit = _stream(seed, draw, AGE, 0), _stream(seed, draw, EXIT, 0)
        at_move = _stream(seed, draw, MOVE, 0)
        for site in range(first, last):
            offset = _uniform(at_age, site)
            count = starts[site + 1] - starts[site]
            low, high = cuts[site, 0], cuts[site, 1]
            for k in range(count):
                rank = (k + offset) / count
                if rank < low:
                    kind, within = 0, rank / low
                elif rank < high:
                    kind, within = 1, (rank - low) / (high - low)
                else:
                    kind, within = 2, (rank - high) / (1.0 - high)
                age = ages[kind, min(int(within * steps), steps - 1)]
                doctor = starts[site] + k
                chance = _uniform(at_exit, doctor)
                result = 0
                for t in range(1, years + 1):
                    if chance < leave[age, t]:
                        result = t
                        break
                if mobility > 0.0:
                    chance = _uniform(at_move, doctor)
                    until = min(59 - (age + youngest) + 1, years if result == 0 else result - 1)
                    stayed = 1.0
                    for t in range(1, until + 1):
                        stayed *= 1.0 - mobility
                        if chance < 1.0 - stayed:
                            result = MOVED + t
                            break
                out[doctor, draw] = result


@njit(cache=True, nogil=True)
def leavers(
    seed: int,
    year: int,
    starts: Integers,
    gone: Bytes,
    mobility: float,
    replaced: float,
    stayed: Counts,
    arrived: Counts,
    retired: Counts,
    moved: Counts,
    filled: Counts,
    first: int,
    last: int,
) -> None:
    """Who leaves sites ``first`` to ``last`` in ``year`` and who is replaced there: sites × draws, changed in place.

    ``stayed`` the doctors of the base still there, ``arrived`` those who came since; ``retired``, ``moved`` and
    ``filled`` what the year did.
    """
    draws = gone.shape[1]
    for site in range(first, last):
        for draw in range(draws):
            retired[site, draw] = 0
            moved[site, draw] = 0
        for doctor in range(starts[site], starts[site + 1]):
            for draw in range(draws):
                when = gone[doctor, draw]
                retired[site, draw] += when == year
                moved[site, draw] += when == MOVED + year
        for draw in range(draws):
            stayed[site, draw] -= retired[site, draw] + moved[site, draw]
            again = 0
            if mobility > 0.0 and arrived[site, draw] > 0:
                start = _stream(seed, draw, STAY, year)
                for k in range(arrived[site, draw]):
                    again += _uniform(start, site * WIDE + k) < mobility
            arrived[site, draw] -= again
            moved[site, draw] += again
            left = retired[site, draw] + moved[site, draw]
            back = 0
            if replaced > 0.0 and left > 0:
                start = _stream(seed, draw, SPOT, year)
                for k in range(left):
                    back += _uniform(start, site * WIDE + k) < replaced
            arrived[site, draw] += back
            filled[site, draw] = back


@njit(cache=True, nogil=True)
def entrants(
    seed: int,
    year: int,
    entries: float,
    keep: Floats,
    other: Integers,
    moved: Counts,
    filled: Counts,
    arrived: Counts,
    chosen: Counts,
    first: int,
    last: int,
) -> None:
    """Those who choose their place in ``year``, of draws ``first`` to ``last``: entrants and movers not yet placed.

    ``keep`` and ``other`` are the two tables of Walker's alias method (:func:`vigie.outlook.draws.alias`).
    """
    sites = keep.size
    for draw in range(first, last):
        waiting = int(entries + _uniform(_stream(seed, draw, ROUND, year), 0))
        for site in range(sites):
            waiting += moved[site, draw]
            waiting -= filled[site, draw]
            chosen[site, draw] = 0
        start = _stream(seed, draw, CHOICE, year)
        for k in range(waiting):
            there = _uniform(start, k) * sites
            site = int(there)
            if there - site >= keep[site]:
                site = other[site]
            chosen[site, draw] += 1
            arrived[site, draw] += 1


@njit(cache=True, nogil=True)
def normals(seed: int, groups: int, part: int, out: Singles, first: int, last: int) -> None:
    """Standard normal numbers of draws ``first`` to ``last``, one per group: Box and Muller's, one of each pair."""
    for draw in range(first, last):
        start = _stream(seed, draw, SHOCK, part)
        for group in range(groups):
            radius = np.sqrt(-2.0 * np.log(1.0 - _uniform(start, 2 * group)))
            out[group, draw] = radius * np.cos(2.0 * np.pi * _uniform(start, 2 * group + 1))


@njit(cache=True, nogil=True)
def supplied(
    stayed: Counts,
    arrived: Counts,
    activity: Floats,
    newcomer: float,
    spread: Floats,
    area: Integers,
    departement: Integers,
    z_site: Singles,
    z_area: Singles,
    z_departement: Singles,
    reached: Floats,
    supply: Singles,
    rates: Singles,
    none: Integers,
    first: int,
    last: int,
) -> None:
    """The supply of sites ``first`` to ``last`` in each draw, and the rate that it makes on the demand in reach.

    ``spread`` (sites × 3) are the standard deviations of its logarithm, by site, area and département. Also ``none``:
    in how many draws there is not one doctor.
    """
    draws = supply.shape[1]
    for site in range(first, last):
        of_site, of_area, of_departement = spread[site, 0], spread[site, 1], spread[site, 2]
        middle = -0.5 * (of_site**2 + of_area**2 + of_departement**2)
        empty = 0
        per = 1.0 / reached[site] if reached[site] > 0 else 0.0
        for draw in range(draws):
            empty += stayed[site, draw] == 0 and arrived[site, draw] == 0
            moved = of_site * z_site[site, draw] + of_area * z_area[area[site], draw]
            moved += of_departement * z_departement[departement[site], draw]
            amount = activity[site] * (stayed[site, draw] + newcomer * arrived[site, draw]) * np.exp(middle + moved)
            supply[site, draw] = amount
            rates[site, draw] = amount * per
        none[site] = empty


@njit(cache=True, nogil=True)
def access(
    indptr: npt.NDArray[np.int32],
    indices: npt.NDArray[np.int32],
    weight: Singles,
    rates: Singles,
    offset: Singles,
    out: Singles,
    first: int,
    last: int,
) -> None:
    """The APL of each place in draws ``first`` to ``last``: ``offset`` plus the supply in reach, not below 0."""
    total = np.empty(last - first, dtype=np.float32)
    for place in range(indptr.size - 1):
        total[:] = offset[place]
        for k in range(indptr[place], indptr[place + 1]):
            w = weight[k]
            row = rates[indices[k], first:last]
            for draw in range(total.size):
                total[draw] += w * row[draw]
        for draw in range(total.size):
            out[place, first + draw] = max(total[draw], np.float32(0.0))


@njit(cache=True, nogil=True)
def gathered(
    starts: Integers,
    groups: Integers,
    apl: Singles,
    demand: Floats,
    people: Floats,
    limit: float,
    mean: Floats,
    under: Floats,
    first: int,
    last: int,
) -> None:
    """Adds each place to its groups, in draws ``first`` to ``last``: demand × APL, and the people under ``limit``.

    The groups of place i are ``groups[starts[i]:starts[i + 1]]``.
    """
    offered, below = np.empty(last - first), np.empty(last - first)
    for place in range(starts.size - 1):
        for draw in range(first, last):
            offered[draw - first] = demand[place] * apl[place, draw]
            below[draw - first] = people[place] if apl[place, draw] < limit else 0.0
        for k in range(starts[place], starts[place + 1]):
            sums, people_under = mean[groups[k], first:last], under[groups[k], first:last]
            for draw in range(last - first):
                sums[draw] += offered[draw]
                people_under[draw] += below[draw]


@njit(cache=True, nogil=True)
def added(
    starts: Integers,
    groups: Integers,
    site_of: Integers,
    values: Singles,
    out: Floats,
    first: int,
    last: int,
) -> None:
    """Adds each site's ``values`` to the groups of its place, in draws ``first`` to ``last``."""
    for site in range(site_of.size):
        place = site_of[site]
        for k in range(starts[place], starts[place + 1]):
            group = groups[k]
            for draw in range(first, last):
                out[group, draw] += values[site, draw]
