"""The outlook by tiles: doctors are followed in one place, the supply and the APL that they make tile by tile.

Who leaves and who comes must be known of the whole country at once, since those who choose their place choose among all
places; it is a small part of the work. The rest is local: a tile is told of the sites in reach of its places, its halo,
and of the demand that each of them serves. What tells it is what tells a whole ground on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from vigie.access.spread import Each
from vigie.outlook.draws import (
    SEED,
    Doctors,
    Groups,
    Outlook,
    Part,
    Season,
    Teller,
    Told,
    Whole,
    departures,
    gathered_up,
    wanted,
)
from vigie.outlook.ground import Floats, Ground, Integers, Plan
from vigie.outlook.hypotheses import Model


@dataclass(frozen=True)
class OutlookTile:
    """A part of a ground with all that its years need."""

    part: Part
    seasons: tuple[Season, ...]


@dataclass(frozen=True)
class Numbers:
    """Where what a tile says belongs in the ground: its places, the sites in their reach, its own sites, its groups."""

    places: Integers
    sites: Integers
    own: Integers
    groups: Integers


def tell_tile(tile: OutlookTile) -> list[Told]:
    """What the draws say of a tile in each year."""
    teller = Teller(tile.part)
    return [teller.tell(season) for season in tile.seasons]


def tiled_outlook(
    ground: Ground,
    plan: Plan,
    model: Model,
    groups: Groups,
    draws: int,
    tile_of: npt.NDArray[np.generic],
    each: Each,
    seed: int = SEED,
    told: Collection[int] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Outlook:
    """:func:`vigie.outlook.draws.outlook` by tiles handed out by ``each``; ``tile_of`` names the tile of each place.

    Places and sites get the same bits; groups the same sums in another order (1e-12). ``progress`` hears of each tile
    done, from 1. Raises what :func:`vigie.outlook.draws.outlook` does.
    """
    years = wanted(plan, told)
    doctors = Doctors(ground, plan, draws, seed, departures(ground, plan, model, draws, seed))
    whole = Whole(ground, plan, model, groups, draws, seed)
    seasons = []
    for step, year in enumerate(plan.years):
        doctors.year(step)
        if year in years:
            season = whole.season(step, doctors)
            seasons.append(replace(season, stayed=season.stayed.copy(), arrived=season.arrived.copy()))
    part = whole.part()
    shares = [_numbers(part, np.flatnonzero(tile_of == name)) for name in np.unique(tile_of)]
    room = [_room(part, groups.count) for _ in seasons]
    tiles = (OutlookTile(_part(part, one), tuple(_season(each, one) for each in seasons)) for one in shares)
    for done, (number, answers) in enumerate(_in_order(each(tell_tile, tiles)), start=1):
        for whole_year, answer in zip(room, answers, strict=True):
            _add(whole_year, shares[number], answer)
        progress(done)
    kept = [whole.kept(season.demand, one) for season, one in zip(seasons, room, strict=True)]
    return gathered_up(plan, years, draws, kept, doctors)


def _in_order(answers: Iterator[tuple[int, list[Told]]]) -> Iterator[tuple[int, list[Told]]]:
    """By number: sums are then the same bits whatever the order in which tiles end."""
    early: dict[int, list[Told]] = {}
    following = 0
    for number, answer in answers:
        early[number] = answer
        while following in early:
            yield following, early.pop(following)
            following += 1


def _numbers(part: Part, places: Integers) -> Numbers:
    own = np.flatnonzero(np.isin(part.site_of, places))
    sites = np.union1d(part.pull[places].indices, own)
    found = [part.groups.groups[part.groups.starts[place] : part.groups.starts[place + 1]] for place in places]
    return Numbers(places, sites, own, np.unique(np.concatenate(found)))


def _part(whole: Part, one: Numbers) -> Part:
    pull = csr_array(whole.pull[one.places][:, one.sites])
    pull.sort_indices()
    starts, groups = whole.groups.starts, whole.groups.groups
    members = [np.searchsorted(one.groups, groups[starts[place] : starts[place + 1]]) for place in one.places]
    sizes = np.array([each.size for each in members])
    own_groups = Groups(
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), np.concatenate(members), one.groups.size
    )
    return Part(
        pull,
        whole.activity[one.sites],
        whole.newcomer,
        whole.spread[one.sites],
        whole.area[one.sites],
        whole.departement[one.sites],
        whole.z_site[one.sites],
        whole.z_area,
        whole.z_departement,
        np.searchsorted(one.sites, one.own),
        np.searchsorted(one.places, whole.site_of[one.own]),
        whole.start[one.own],
        whole.known[one.places],
        whole.people[one.places],
        own_groups,
    )


def _season(whole: Season, one: Numbers) -> Season:
    return Season(
        whole.stayed[one.sites],
        whole.arrived[one.sites],
        whole.reached[one.sites],
        whole.offset[one.places],
        whole.demand[one.places],
        whole.spread,
    )


def _room(part: Part, groups: int) -> Told:
    places, sites, draws = part.known.size, part.own.size, part.z_site.shape[1]

    def three(*shape: int) -> tuple[Floats, Floats, Floats]:
        return np.zeros(shape), np.zeros(shape), np.zeros(shape)

    return Told(three(places), np.zeros(places), three(sites), np.zeros(sites), three(groups, draws))


def _add(whole: Told, one: Numbers, answer: Told) -> None:
    for room, found in zip(whole.apl, answer.apl, strict=True):
        room[one.places] = found
    whole.under[one.places] = answer.under
    for room, found in zip(whole.supply, answer.supply, strict=True):
        room[one.own] = found
    whole.none[one.own] = answer.none
    for room, found in zip(whole.sums, answer.sums, strict=True):
        room[one.groups] += found
