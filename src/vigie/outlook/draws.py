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

from collections.abc import Callable, Collection
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
) -> Outlook:
    """Draw ``plan`` on ``ground`` ``draws`` times; ``progress`` hears of each year done.

    ``told`` are the years whose supply and APL are wanted, all by default: the flows of doctors are followed in all.
    Raises InputError when the plan has none of them.
    """
    wanted = tuple(year for year in plan.years if told is None or year in told)
    if not wanted:
        raise InputError(
            f"aucune des années demandées n'est entre {plan.years[0]} et {plan.years[-1]}.",
            f"none of the years asked for is between {plan.years[0]} and {plan.years[-1]}.",
            where=Where(column="year", value=", ".join(map(str, told or ()))),
        )
    run = _Run(ground, plan, model, groups, draws, seed)
    for step, year in enumerate(plan.years):
        run.year(step)
        if year in wanted:
            run.tell(step)
        progress(year)
    return run.found(wanted)


class _Run:
    """The state of the draws in one year, and what earlier years gave."""

    def __init__(self, ground: Ground, plan: Plan, model: Model, groups: Groups, draws: int, seed: int) -> None:
        from vigie.access.kernels import share
        from vigie.outlook import kernels

        self.share, self.kernels = share, kernels
        self.ground, self.plan, self.groups, self.draws, self.seed = ground, plan, groups, draws, seed
        self.sites = ground.heads.size
        self.starts = np.concatenate([[0], np.cumsum(ground.heads)]).astype(np.int64)
        self.gone = np.zeros((int(self.starts[-1]), draws), dtype=np.uint8)
        cuts = np.minimum(np.cumsum(ground.shares[:, :2], axis=1), 1.0)
        ages = age_tables(model.ages)
        share(
            partial(self._departures, cuts, ages, plan.leave, plan.mobility, model.ages.youngest), self.sites
        )  # no number of it depends on the slices
        self.stayed = np.repeat(ground.heads.astype(np.uint16)[:, None], draws, axis=1)
        self.arrived, self.retired, self.moved, self.filled, self.chosen = (
            np.zeros((self.sites, draws), dtype=np.uint16) for _ in range(5)
        )
        self.keep, self.other = alias(plan.draw)
        self.spread = _spread(ground, model.spread)
        self.shocks = [
            self._normals(part, count)
            for part, count in enumerate((self.sites, _count(ground.area), _count(ground.departement)))
        ]
        self.years_of_spread = model.spread.years
        self.supply = np.empty((self.sites, draws), dtype=np.float32)
        self.rates = np.empty_like(self.supply)
        self.apl = np.empty((ground.places.size, draws), dtype=np.float32)
        self.weight = ground.site_weight
        self.pulls = self.weight.data.astype(np.float32)
        reached = self.weight.T @ ground.demand
        start = ground.heads * ground.activity
        explained = self.weight @ np.divide(start, reached, out=np.zeros(self.sites), where=reached > 0)
        self.known = np.isfinite(ground.apl)
        self.unexplained = np.where(self.known, ground.apl - explained, 0.0)
        self.ranks = np.array([_rank(LOW, draws), _rank(HIGH, draws)])
        self.kept: list[tuple[Floats, ...]] = []
        self.flows: list[tuple[Floats, ...]] = []

    def _departures(
        self, cuts: Floats, ages: npt.NDArray[np.int16], leave: Floats, mobility: float, youngest: int, a: int, b: int
    ) -> None:
        self.kernels.departures(self.seed, self.starts, cuts, ages, leave, mobility, youngest, self.gone, a, b)

    def _normals(self, part: int, count: int) -> npt.NDArray[np.float32]:
        out = np.empty((count, self.draws), dtype=np.float32)
        self.share(partial(self.kernels.normals, self.seed, count, part, out), self.draws)
        return out

    def year(self, step: int) -> None:
        """Who leaves and who comes in a year; nobody in that of the base."""
        if step:
            self._move(step)
        means = (part.mean(axis=1, dtype=np.float64) for part in (
            self.stayed, self.arrived, self.retired, self.moved, self.chosen, self.filled
        ))  # fmt: skip
        stayed, arrived, retired, moved, chosen, filled = means
        self.flows.append((stayed + arrived, retired, moved, chosen + filled, filled))

    def tell(self, step: int) -> None:
        """The supply and the APL of the year, and what the draws say of them."""
        need = np.broadcast_to(self.plan.need[step], self.ground.demand.shape)
        none = self._supply(step, need)
        self._access(step, need)
        self._keep(need, none)

    def _move(self, step: int) -> None:
        plan = self.plan
        leave = partial(
            self.kernels.leavers,
            *(self.seed, step, self.starts, self.gone, plan.mobility, plan.replaced),
            *(self.stayed, self.arrived, self.retired, self.moved, self.filled),
        )
        self.share(leave, self.sites)
        come = partial(
            self.kernels.entrants,
            *(self.seed, step, float(plan.entries[step]), self.keep, self.other),
            *(self.moved, self.filled, self.arrived, self.chosen),
        )
        self.share(come, self.draws)

    def _supply(self, step: int, need: Floats) -> Floats:
        ground = self.ground
        none = np.empty(self.sites, dtype=np.int64)
        spread = self.spread * np.sqrt(step / self.years_of_spread)
        reached = np.asarray(self.weight.T @ (ground.demand * need))
        z_site, z_area, z_departement = self.shocks
        state = (self.stayed, self.arrived, ground.activity, self.plan.newcomer, spread, ground.area)
        shocks = (ground.departement, z_site, z_area, z_departement)
        work = partial(self.kernels.supplied, *state, *shocks, reached, self.supply, self.rates, none)
        self.share(work, self.sites)
        return none / self.draws

    def _access(self, step: int, need: Floats) -> None:
        offset = self.unexplained / need
        if self.plan.extra is not None:
            reached = self.ground.weight.T @ (self.ground.demand * need)
            more = self.plan.extra[:, [step]].toarray()[:, 0]
            rate = np.divide(more, reached, out=np.zeros(reached.size), where=reached > 0)
            offset = offset + self.ground.weight @ rate
        work = partial(
            self.kernels.access,
            *(self.weight.indptr, self.weight.indices, self.pulls, self.rates, offset.astype(np.float32), self.apl),
        )
        self.share(work, self.draws)

    def _keep(self, need: Floats, none: Floats) -> None:
        known, apl = self.known, self.apl
        demand = np.where(known, self.ground.demand * need, 0.0)
        people = np.where(known, self.ground.population, 0.0)
        groups, shape = self.groups, (self.groups.count, self.draws)
        mean, under, supply = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        gather = partial(self.kernels.gathered, groups.starts, groups.groups, apl, demand, people, UNDER)
        self.share(partial(gather, mean, under), self.draws)
        add = partial(self.kernels.added, groups.starts, groups.groups, self.ground.site_of, self.supply, supply)
        self.share(add, self.draws)
        total = groups.matrix @ demand
        mean /= np.where(total > 0, total, np.nan)[:, None]
        # Ranges of supply are over that of the base; a group without any is left at 0.
        start = self.ground.heads * self.ground.activity
        at_places = np.bincount(self.ground.site_of, start, self.ground.places.size)
        own = groups.matrix @ at_places
        self.kept.append(
            (
                *self._range(apl, known),
                np.where(known, (apl < UNDER).mean(axis=1), np.nan),
                *(part / start for part in self._range(self.supply)),
                none,
                *self._range(mean),
                *self._range(under),
                *(np.divide(part, own, out=np.zeros_like(part), where=own > 0) for part in self._range(supply)),
            )
        )

    def _range(self, table: npt.NDArray[np.floating], known: npt.NDArray[np.bool_] | None = None) -> tuple[Floats, ...]:
        found = np.empty((table.shape[0], 2))
        self.share(partial(self.kernels.spread_of, table, self.ranks, found), table.shape[0])
        value = table.mean(axis=1, dtype=np.float64)
        if known is None:
            return value, found[:, 0], found[:, 1]
        return tuple(np.where(known, part, np.nan) for part in (value, found[:, 0], found[:, 1]))

    def found(self, told: tuple[int, ...]) -> Outlook:
        """What all the years gave."""
        parts = [np.stack(part) for part in zip(*self.kept, strict=True)]
        apl, under, supply, none = Range(*parts[:3]), parts[3], Range(*parts[4:7]), parts[7]
        flows = Flows(*(np.stack(part) for part in zip(*self.flows, strict=True)))
        ranges = Range(*parts[8:11]), Range(*parts[11:14]), Range(*parts[14:17])
        return Outlook(self.plan.years, told, self.draws, apl, under, supply, none, flows, *ranges)


def _rank(share: float, draws: int) -> int:
    return max(0, int(np.ceil(share * draws)) - 1)


def _count(numbers: Integers) -> int:
    return int(numbers.max(initial=-1)) + 1


def _spread(ground: Ground, spread: Spread) -> Floats:
    """Standard deviations of the logarithm of a supply after ``spread.years``: sites × (site, area, département)."""
    of_site = spread.practice / np.sqrt(ground.heads)
    return np.column_stack([of_site, np.full(of_site.size, spread.area), np.full(of_site.size, spread.departement)])
