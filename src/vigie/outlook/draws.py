"""The outlook: a plan drawn many times, year by year, and what the draws say of places and territories.

Each draw follows every doctor: an age in the shares of his place, a year of exit, perhaps a move; each year's entrants
take the place of one who left or choose by attraction. The supply of each place then gives the APL of all, anchored on
the published one:

    APL_i(t) = max(0, (APL_i − model_i(0)) / n_i(t) + Σ_j w_ij S_j(t) / D_j(t) + extra_i(t))
    D_j(t) = Σ_i w_ij P*_i n_i(t)

with n the need over that of the base. Draws are kept for one year at a time; intervals are the range that holds 80 % of
them, by the smallest value that a share of the draws reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from vigie.errors import InputError, Where
from vigie.outlook.ages import age_tables
from vigie.outlook.ground import Floats, Ground, Integers, Plan
from vigie.outlook.hypotheses import Model, Spread

LOW, HIGH = 0.1, 0.9
UNDER = 2.5  # consultations a year per inhabitant: under-dense
SEED = 2035
_BLOCK = 512  # rows that are sorted at once


@dataclass(frozen=True)
class Groups:
    """Territories made of places: place i belongs to ``groups[starts[i]:starts[i + 1]]``, of ``count`` in all."""

    starts: Integers
    groups: Integers
    count: int

    @staticmethod
    def of(matrix: csr_array) -> Groups:
        """From a membership matrix, groups × places."""
        by_place = csr_array(matrix.T)
        by_place.sort_indices()
        return Groups(by_place.indptr.astype(np.int64), by_place.indices.astype(np.int64), matrix.shape[0])

    @property
    def matrix(self) -> csr_array:
        """Groups × places, of ones."""
        ones = np.ones(self.groups.size)
        return csr_array(csr_array((ones, self.groups, self.starts), shape=(self.starts.size - 1, self.count)).T)


@dataclass(frozen=True)
class Range:
    """A figure in each year (rows) of each place, site or group (columns): mean of the draws, and 80 % of them."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Flows:
    """Doctors by year (rows) and site (columns), means of the draws: ``stock``[t] = ``stock``[t−1] + ``arrived``[t] −
    ``retired``[t] − ``moved``[t].

    ``moved`` leave for another place; ``arrived`` are entrants and those who moved, ``filled`` of them at once in the
    place of one who left.
    """

    stock: Floats
    retired: Floats
    moved: Floats
    arrived: Floats
    filled: Floats

    def summed(self, matrix: csr_array) -> Flows:
        """The same for groups: ``matrix`` is groups × sites."""
        return Flows(*(np.asarray((matrix @ part.T).T) for part in self.parts()))

    def parts(self) -> tuple[Floats, ...]:
        """The five tables, in the order of the fields."""
        return self.stock, self.retired, self.moved, self.arrived, self.filled


@dataclass(frozen=True)
class Outlook:
    """What :func:`outlook` found. Rows are the years ``told`` (``years`` in ``flows``), columns places, sites, groups.

    ``apl``: consultations a year per inhabitant, NaN where none is published; ``under``: the share of the draws in
    which a place is under 2.5; ``supply``: over that of the base; ``none``: the share of the draws without any GP;
    ``group_under``: people under 2.5 in a group.
    """

    years: range
    told: tuple[int, ...]
    draws: int
    apl: Range
    under: Floats
    supply: Range
    none: Floats
    flows: Flows
    group_apl: Range
    group_under: Range
    group_supply: Range


def alias(weights: npt.ArrayLike) -> tuple[Floats, Integers]:
    """The two tables of Walker's alias method (1977) for choosing in proportion to ``weights``.

    A number u in [0, n) chooses its whole part i if its fraction is below ``keep[i]``, else ``other[i]``.
    """
    share = np.asarray(weights, dtype=np.float64)
    keep = share * (share.size / share.sum())
    other = np.arange(share.size, dtype=np.int64)
    small = [i for i in range(share.size) if keep[i] < 1]
    large = [i for i in range(share.size) if keep[i] >= 1]
    while small and large:
        poor, rich = small.pop(), large[-1]
        other[poor] = rich
        keep[rich] -= 1 - keep[poor]
        if keep[rich] < 1:
            small.append(large.pop())
    keep[small + large] = 1.0
    return keep, other


def outlook(
    ground: Ground,
    plan: Plan,
    model: Model,
    groups: Groups,
    draws: int,
    seed: int = SEED,
    told: Collection[int] | None = None,
    progress: Callable[[int], None] = lambda _: None,
    gone: Leaving | None = None,
) -> Outlook:
    """Draw ``plan`` on ``ground`` ``draws`` times; ``progress`` hears of each year done.

    ``gone`` is what :func:`departures` gives for that ground, law of exit, mobility and seed, for ``draws`` or more:
    plans that differ by other things share it.

    ``told`` are the years whose supply and APL are wanted, all by default: the flows of doctors are followed in all.
    Raises InputError when the plan has none of them.
    """
    years = wanted(plan, told)
    doctors = Doctors(ground, plan, draws, seed, departures(ground, plan, model, draws, seed) if gone is None else gone)
    whole = Whole(ground, plan, model, groups, draws, seed)
    teller = Teller(whole.part())
    kept = []
    for step, year in enumerate(plan.years):
        doctors.year(step)
        if year in years:
            season = whole.season(step, doctors)
            kept.append(whole.kept(season.demand, teller.tell(season)))
        progress(year)
    return gathered_up(plan, years, draws, kept, doctors)


def wanted(plan: Plan, told: Collection[int] | None) -> tuple[int, ...]:
    """The years of a plan that are to be told. Raises InputError where there is none."""
    years = tuple(year for year in plan.years if told is None or year in told)
    if not years:
        raise InputError(
            f"aucune des années demandées n'est entre {plan.years[0]} et {plan.years[-1]}.",
            f"none of the years asked for is between {plan.years[0]} and {plan.years[-1]}.",
            where=Where(column="year", value=", ".join(map(str, told or ()))),
        )
    return years


Leaving = npt.NDArray[np.uint8]
"""When each doctor of the base leaves in each draw: see :func:`vigie.outlook.kernels.departures`."""


def departures(ground: Ground, plan: Plan, model: Model, draws: int, seed: int) -> Leaving:
    """When each doctor of the base leaves: doctors × draws. A draw does not depend on how many there are."""
    from vigie.access.kernels import share
    from vigie.outlook import kernels

    starts = _starts(ground)
    gone = np.zeros((int(starts[-1]), draws), dtype=np.uint8)
    cuts = np.minimum(np.cumsum(ground.shares[:, :2], axis=1), 1.0)
    law = (age_tables(model.ages), plan.leave, plan.mobility, model.ages.youngest)
    share(partial(kernels.departures, seed, starts, cuts, *law, gone), ground.heads.size)
    return gone


def _starts(ground: Ground) -> Integers:
    """Where the doctors of each site begin among all, and how many there are."""
    return np.concatenate([[0], np.cumsum(ground.heads)]).astype(np.int64)


class Doctors:
    """Every doctor of the ground in each draw, year by year: who is there still, who came."""

    def __init__(self, ground: Ground, plan: Plan, draws: int, seed: int, gone: Leaving) -> None:
        """Begin with the doctors of the base, who leave as ``gone`` says (:func:`departures`)."""
        from vigie.access.kernels import share
        from vigie.outlook import kernels

        self.share, self.kernels = share, kernels
        self.plan, self.draws, self.seed = plan, draws, seed
        self.sites = ground.heads.size
        self.starts = _starts(ground)
        self.gone = np.ascontiguousarray(gone[:, :draws])
        self.stayed = np.repeat(ground.heads.astype(np.uint16)[:, None], draws, axis=1)
        self.arrived = np.zeros((self.sites, draws), dtype=np.uint16)
        self.keep, self.other = alias(plan.draw)
        self.flows: list[tuple[Floats, ...]] = []

    def year(self, step: int) -> None:
        """Who leaves and who comes in a year; nobody in that of the base."""
        retired, moved, filled, chosen = self._move(step) if step else (np.zeros(self.sites) for _ in range(4))
        stayed, arrived = _means((self.stayed, self.arrived))
        self.flows.append((stayed + arrived, retired, moved, chosen + filled, filled))

    def _move(self, step: int) -> list[Floats]:
        """The means of who retired, moved, was replaced on the spot and chose his place: 70 MB let go of at once."""
        plan = self.plan
        retired, moved, filled, chosen = (np.empty((self.sites, self.draws), dtype=np.uint16) for _ in range(4))
        leave = partial(
            self.kernels.leavers,
            *(self.seed, step, self.starts, self.gone, plan.mobility, plan.replaced),
            *(self.stayed, self.arrived, retired, moved, filled),
        )
        self.share(leave, self.sites)
        come = partial(
            self.kernels.entrants,
            *(self.seed, step, float(plan.entries[step]), self.keep, self.other),
            *(moved, filled, self.arrived, chosen),
        )
        self.share(come, self.draws)
        return _means((retired, moved, filled, chosen))


def _means(parts: Iterable[npt.NDArray[np.uint16]]) -> list[Floats]:
    return [part.mean(axis=1, dtype=np.float64) for part in parts]


@dataclass(frozen=True)
class Part:
    """Places whose APL is wanted, and what it takes: the sites in their reach. All of a ground, or a tile of it.

    ``pull`` is places × sites. Of each site ``activity``, ``spread``, ``area``, ``departement`` and ``z_site`` (sites ×
    draws); ``z_area`` and ``z_departement`` are of all areas and départements. ``known`` marks the places with an APL.
    ``own`` are the sites at these places, ``site_of`` their places, ``start`` their supply at the base; ``groups``
    those of the places.
    """

    pull: csr_array
    activity: Floats
    newcomer: float
    spread: Floats
    area: Integers
    departement: Integers
    z_site: npt.NDArray[np.float32]
    z_area: npt.NDArray[np.float32]
    z_departement: npt.NDArray[np.float32]
    own: Integers
    site_of: Integers
    start: Floats
    known: npt.NDArray[np.bool_]
    people: Floats
    groups: Groups


@dataclass(frozen=True)
class Season:
    """What a part is told of a year: ``stayed`` and ``arrived`` (sites × draws), ``reached`` the demand that each site
    serves, ``offset`` the part of the APL that supply does not explain, ``demand`` of each place, ``spread`` over that
    of a whole :class:`vigie.outlook.hypotheses.Spread`."""

    stayed: npt.NDArray[np.uint16]
    arrived: npt.NDArray[np.uint16]
    reached: Floats
    offset: Floats
    demand: Floats
    spread: float


@dataclass(frozen=True)
class Told:
    """What the draws of a year say of a part: ranges and shares of its places and own sites; ``sums`` of its groups
    (demand × APL, people under 2.5, supply), groups × draws, to which other parts may add."""

    apl: tuple[Floats, ...]
    under: Floats
    supply: tuple[Floats, ...]
    none: Floats
    sums: tuple[Floats, Floats, Floats]


class Teller:
    """Tells the years of a part, one after the other, in the room of one."""

    def __init__(self, part: Part) -> None:
        """Make room for the draws of one year."""
        from vigie.access.kernels import share
        from vigie.outlook import kernels

        self.share, self.kernels, self.part = share, kernels, part
        self.draws = part.z_site.shape[1]
        self.supply = np.empty(part.z_site.shape, dtype=np.float32)
        self.rates = np.empty_like(self.supply)
        self.apl = np.empty((part.known.size, self.draws), dtype=np.float32)
        self.pulls = part.pull.data.astype(np.float32)

    def tell(self, year: Season) -> Told:
        """The supply and the APL of a year, and what the draws say of them."""
        part = self.part
        none = self._supply(year)
        work = partial(
            self.kernels.access,
            *(part.pull.indptr, part.pull.indices, self.pulls, self.rates, year.offset.astype(np.float32), self.apl),
        )
        self.share(work, self.draws)
        every = part.own.size == part.area.size  # in their order: nothing to copy
        supply = self.supply if every else self.supply[part.own]
        return Told(
            tuple(np.where(part.known, found, np.nan) for found in ranges(self.apl)),
            np.where(part.known, share_under(self.apl), np.nan),
            tuple(found / part.start for found in ranges(supply)),
            none[part.own],
            self._sums(year, supply),
        )

    def _supply(self, year: Season) -> Floats:
        part = self.part
        none = np.empty(part.area.size, dtype=np.int64)
        state = (year.stayed, year.arrived, part.activity, part.newcomer, part.spread * year.spread, part.area)
        shocks = (part.departement, part.z_site, part.z_area, part.z_departement)
        work = partial(self.kernels.supplied, *state, *shocks, year.reached, self.supply, self.rates, none)
        self.share(work, part.area.size)
        return np.asarray(none / self.draws)

    def _sums(self, year: Season, supply: npt.NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
        part, groups = self.part, self.part.groups
        offered, under, held = (np.zeros((groups.count, self.draws)) for _ in range(3))
        people = np.where(part.known, part.people, 0.0)
        gather = partial(self.kernels.gathered, groups.starts, groups.groups, self.apl, year.demand, people, UNDER)
        self.share(partial(gather, offered, under), self.draws)
        add = partial(self.kernels.added, groups.starts, groups.groups, part.site_of, supply, held)
        self.share(add, self.draws)
        return offered, under, held


def share_under(table: npt.NDArray[np.floating]) -> Floats:
    """The share of each row under the threshold, a block of rows at once: all of France's would take 35 MB."""
    found = np.empty(table.shape[0])
    for start in range(0, found.size, _BLOCK):
        np.mean(table[start : start + _BLOCK] < UNDER, axis=1, out=found[start : start + _BLOCK])
    return found


def ranges(table: npt.NDArray[np.floating]) -> tuple[Floats, Floats, Floats]:
    """Mean of each row, and the range that holds 80 % of it."""
    from vigie.access.kernels import share

    draws = table.shape[1]
    found = np.empty((table.shape[0], 2))
    share(partial(_ranked, table, [_rank(LOW, draws), _rank(HIGH, draws)], found), table.shape[0])
    return table.mean(axis=1, dtype=np.float64), found[:, 0], found[:, 1]


def _ranked(table: npt.NDArray[np.floating], ranks: list[int], out: Floats, first: int, last: int) -> None:
    """The values of some ranks in rows ``first`` to ``last``: rows × ranks. A whole sort, which NumPy does with wide
    registers, takes a tenth of the time of choosing the ranks one by one; blocks keep its copy small."""
    for start in range(first, last, _BLOCK):
        end = min(start + _BLOCK, last)
        out[start:end] = np.sort(table[start:end], axis=1)[:, ranks]


class Whole:
    """A ground with what every year of it needs, whatever the parts that tell it."""

    def __init__(self, ground: Ground, plan: Plan, model: Model, groups: Groups, draws: int, seed: int) -> None:
        """Fix the shocks of each draw, and what supply does not explain of the published APL."""
        self.ground, self.plan, self.groups = ground, plan, groups
        self.pull = ground.site_weight
        self.shocks = [
            _normals(seed, part, count, draws)
            for part, count in enumerate((ground.heads.size, _count(ground.area), _count(ground.departement)))
        ]
        self.spread, self.years_of_spread = _spread(ground, model.spread), model.spread.years
        self.start = ground.heads * ground.activity
        reached = self.pull.T @ ground.demand
        explained = self.pull @ np.divide(self.start, reached, out=np.zeros(reached.size), where=reached > 0)
        self.known = np.isfinite(ground.apl)
        self.unexplained = np.where(self.known, ground.apl - explained, 0.0)
        at_places = np.bincount(ground.site_of, self.start, ground.places.size)
        self.own = groups.matrix @ at_places
        self.newcomer = plan.newcomer

    def part(self) -> Part:
        """All of it, in one part."""
        ground = self.ground
        every = np.arange(ground.heads.size)
        z_site, z_area, z_departement = self.shocks
        return Part(self.pull, ground.activity, self.newcomer, self.spread, ground.area, ground.departement,
                    z_site, z_area, z_departement, every, ground.site_of, self.start, self.known, ground.population,
                    self.groups)  # fmt: skip

    def season(self, step: int, doctors: Doctors) -> Season:
        """What the year says of every site and place."""
        ground = self.ground
        need = np.broadcast_to(self.plan.need[step], ground.demand.shape)
        reached = np.asarray(self.pull.T @ (ground.demand * need))
        demand = np.where(self.known, ground.demand * need, 0.0)
        spread = float(np.sqrt(step / self.years_of_spread))
        return Season(doctors.stayed, doctors.arrived, reached, self._offset(step, need), demand, spread)

    def _offset(self, step: int, need: Floats) -> Floats:
        offset = self.unexplained / need
        if self.plan.extra is not None:
            reached = self.ground.weight.T @ (self.ground.demand * need)
            more = self.plan.extra[:, [step]].toarray()[:, 0]
            rate = np.divide(more, reached, out=np.zeros(reached.size), where=reached > 0)
            offset = offset + self.ground.weight @ rate
        return np.asarray(offset)

    def kept(self, demand: Floats, told: Told) -> tuple[Floats, ...]:
        """The figures of a year: places, sites, then groups, whose supply is over that of the base (0 without any)."""
        offered, under, held = told.sums
        total = self.groups.matrix @ demand
        offered /= np.where(total > 0, total, np.nan)[:, None]
        own = self.own
        supply = (np.divide(one, own, out=np.zeros_like(one), where=own > 0) for one in ranges(held))
        return (*told.apl, told.under, *told.supply, told.none, *ranges(offered), *ranges(under), *supply)


def gathered_up(
    plan: Plan, told: tuple[int, ...], draws: int, kept: list[tuple[Floats, ...]], doctors: Doctors
) -> Outlook:
    """What all the years gave."""
    parts = [np.stack(part) for part in zip(*kept, strict=True)]
    apl, under, supply, none = Range(*parts[:3]), parts[3], Range(*parts[4:7]), parts[7]
    flows = Flows(*(np.stack(part) for part in zip(*doctors.flows, strict=True)))
    of_groups = Range(*parts[8:11]), Range(*parts[11:14]), Range(*parts[14:17])
    return Outlook(plan.years, told, draws, apl, under, supply, none, flows, *of_groups)


def _normals(seed: int, part: int, count: int, draws: int) -> npt.NDArray[np.float32]:
    from vigie.access.kernels import share
    from vigie.outlook import kernels

    out = np.empty((count, draws), dtype=np.float32)
    share(partial(kernels.normals, seed, count, part, out), draws)
    return out


def _rank(share: float, draws: int) -> int:
    return max(0, int(np.ceil(share * draws)) - 1)


def _count(numbers: Integers) -> int:
    return int(numbers.max(initial=-1)) + 1


def _spread(ground: Ground, spread: Spread) -> Floats:
    """Standard deviations of the logarithm of a supply after ``spread.years``: sites × (site, area, département)."""
    of_site = spread.practice / np.sqrt(ground.heads)
    return np.column_stack([of_site, np.full(of_site.size, spread.area), np.full(of_site.size, spread.departement)])
