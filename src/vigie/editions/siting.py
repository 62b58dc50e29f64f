"""Sitings on an edition: where to open p places in a territory, told with names, bounds, other plans and their trade.

Candidates are places (communes, arrondissements of the three great cities) that meet the criteria; demand is that of
the territory asked for, while sites that exist count wherever they are. Travel is that of the fitted models: the first
is the one that plans are made on, the others tell how much a plan depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from vigie.access.arrays import Floats, Integers, Mask
from vigie.access.catchment import nearest
from vigie.access.travel import Points, TravelTimes, crow_fly
from vigie.editions.inputs import gather, require
from vigie.editions.levers import Playground
from vigie.editions.observatory import Observatory
from vigie.editions.reaching import FACILITIES, named_sites
from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import NNBSP, Text, number, plural
from vigie.levers.professions import Name, Profession, professions
from vigie.levers.scenario import Area
from vigie.levers.siting_all import fewest_sites
from vigie.levers.siting_benefit import Benefit, covering, saving_time
from vigie.levers.siting_capacity import fill
from vigie.levers.siting_choice import best_sites
from vigie.levers.siting_plans import brought_alone, different_plans, frequency, quantile_minutes
from vigie.levers.siting_threshold import Crossing, crossing, find_posts, place_posts
from vigie.territories.vintages import to_reference


class Objective(StrEnum):
    """What a siting seeks; the documents name the problem of each."""

    COVERAGE = "coverage"
    EVERYBODY = "everybody"
    TIME = "time"
    THRESHOLD = "threshold"
    WORST = "worst"


MOST_SITES: Final = 2_000
MOST_PLANS: Final = 10
MOST_MINUTES: Final = 60.0
_KICKS_ELSEWHERE = 2_000  # for other plans and other travel, of which nothing is proved
_POST_KICKS, _POST_KICKS_ELSEWHERE = 3_000, 400

WARNING = Text(
    "Simulation de Vigie : un choix de lieux calculé sous les hypothèses énoncées, non une décision ni une prévision.",
    "A simulation by Vigie: a choice of places computed under the hypotheses stated, not a decision nor a forecast.",
)
TITLES: Final = {
    Objective.COVERAGE: Text("le plus d'habitants à moins de T minutes", "most people within T minutes"),
    Objective.EVERYBODY: Text(
        "tous à moins de T minutes avec le moins de lieux", "everybody within T minutes with fewest places"
    ),
    Objective.TIME: Text("le temps moyen le plus court", "shortest mean time"),
    Objective.THRESHOLD: Text(
        "le plus d'habitants passés au-dessus du seuil d'APL", "most people brought above the APL threshold"
    ),
    Objective.WORST: Text("les plus mal servis d'abord", "the worst served first"),
}


@dataclass(frozen=True)
class Request:
    """What is asked for. ``territory``, ``forced`` and ``forbidden`` are keys, codes or names.

    ``sites`` to choose, ``forced`` included (posts for the APL threshold); ``minutes`` within which people are reached,
    and beyond which all are counted as that far for the mean time; ``existing`` and ``facilities`` are names of
    :func:`vigie.editions.reaching.named_sites`; ``zone`` a class of a zoning, ``medecins_2021:zip``; ``capacity``
    people per site (coverage); ``threshold`` the profession's own unless given; ``posts_each`` at most per place and
    ``activity`` of each in the unit of supply (threshold); ``tolerance`` how much worse the other ``plans`` may be;
    ``seconds`` for HiGHS; ``profession`` whose APL it is.
    """

    objective: Objective = Objective.COVERAGE
    sites: int = 10
    territory: str = "france:FR"
    minutes: float = 20.0
    threshold: float | None = None
    existing: str | None = None
    min_population: int = 0
    facilities: tuple[str, ...] = ()
    zone: str | None = None
    forced: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    capacity: int | None = None
    posts_each: int = 3
    activity: float | None = None
    plans: int = 5
    tolerance: float = 0.02
    seconds: float = 20.0
    profession: Name = "mg"

    @property
    def own(self) -> Profession:
        """The profession whose APL is looked at."""
        return professions()[self.profession]

    @property
    def limit(self) -> float:
        """The threshold given, else the profession's own."""
        return self.own.thresholds[0] if self.threshold is None else self.threshold


@dataclass(frozen=True)
class Field:
    """A request settled on an edition: rows of the ground.

    ``demand`` the rows whose people count; ``sites`` the rows that are sites (candidates and those that exist), rising;
    ``candidates`` and ``existing`` mark them; ``forced`` too; ``activity`` what one post brings, in the unit of supply.
    """

    request: Request
    ground: Playground
    area: Area
    demand: Integers
    sites: Integers
    existing: Mask
    forced: Mask
    activity: float
    snapshots: tuple[str, ...]

    @cached_property
    def people(self) -> Floats:
        """Inhabitants of the rows of demand."""
        return self.ground.ground.people[self.demand]

    @cached_property
    def missing(self) -> Floats:
        """Supply that the people of each row of demand lack to be at the threshold."""
        own = self.ground.ground
        lack = np.maximum(self.request.limit - own.published[self.demand], 0.0)
        return np.nan_to_num(lack) * own.demand[self.demand]

    @cached_property
    def below(self) -> Mask:
        """The rows of demand under the threshold."""
        return np.asarray(self.ground.ground.published[self.demand] < self.request.limit)

    def travel(self, model: int) -> TravelTimes:
        """Minutes from demand to sites by one of the ground's models of travel."""
        points = self.ground.ground.roads[model].points
        return crow_fly(_some(points, self.demand), _some(points, self.sites), self.request.minutes)


@dataclass(frozen=True)
class Sited:
    """The answer: ``plans`` as posts per site (existing ones excluded), the first the best.

    ``upper`` in the unit of ``values``, that nothing exceeds; ``before`` what there is without any; ``alone`` what the
    best plan would lose without each site (what it serves, where it can only serve so many); ``seen`` the share of the
    ``models`` whose own plan has each site; ``ranges`` the worth of each plan over the models; ``measures`` what one
    reads of every plan; ``unreachable`` people near no site at all.
    """

    field: Field
    plans: tuple[Integers, ...]
    values: tuple[float, ...]
    ranges: tuple[tuple[float, float], ...]
    before: float
    upper: float
    optimal: bool
    alone: Floats
    seen: Floats
    models: tuple[str, ...]
    measures: tuple[dict[str, float | None], ...]
    unreachable: float

    @property
    def gap(self) -> float:
        """How far from the best the first plan can be at most, as a share of what it adds."""
        added = abs(self.values[0] - self.before)
        return abs(self.upper - self.values[0]) / added if added else 0.0


# What is asked for ------------------------------------------------------------------------------------------------


def settle(request: Request, ground: Playground, observatory: Observatory) -> Field:
    """The rows behind a request. Raises InputError or UnknownNameError for what cannot be asked."""
    check(request)
    area = ground.area(request.territory)
    inputs = gather([], observatory.folder.parents[1] / "snapshots")
    wanted = [*request.facilities, *([request.existing] if request.existing else [])]
    counts = _counts(inputs, observatory, ground, wanted)
    size = ground.ground.ids.size
    candidates = np.zeros(size, dtype=np.bool_)
    candidates[area.places] = True
    candidates &= ground.ground.people >= request.min_population
    for name in request.facilities:
        candidates &= counts[name] > 0
    if request.zone:
        candidates &= _in_zone(observatory, ground, request.zone)
    existing = counts[request.existing] > 0 if request.existing else np.zeros(size, dtype=np.bool_)
    forced = _marked(ground, request.forced)
    forbidden = _marked(ground, request.forbidden)
    if (forced & forbidden).any():
        raise InputError("un lieu est à la fois imposé et exclu.", "a place is both forced and forbidden.")
    candidates = (candidates | forced) & ~forbidden
    candidates &= ~existing
    forced &= ~existing
    _check_candidates(request, candidates, forced)
    sites = np.flatnonzero(candidates | existing)
    own = ground.ground
    return Field(
        request,
        ground,
        area,
        np.asarray(area.places, dtype=np.int64),
        sites,
        existing[sites],
        forced[sites],
        request.activity or float(own.supply.sum() / own.heads.sum()),
        (*ground.snapshots, *((inputs["bpe_2021"].snapshot,) if wanted else ())),
    )


def check(request: Request) -> None:
    """Raise InputError for a request that no edition could answer."""
    bounds: tuple[tuple[str, float, float, float], ...] = (
        ("sites", request.sites, 1, MOST_SITES),
        ("minutes", request.minutes, 1, MOST_MINUTES),
        ("threshold", request.limit, 0.1, 20 if request.own.scale == 1 else 1_000),
        ("plans", request.plans, 1, MOST_PLANS),
        ("tolerance", request.tolerance, 0, 0.5),
        ("seconds", request.seconds, 0, 3_600),
        ("capacity", request.capacity or 1, 1, 10_000_000),
        ("posts_each", request.posts_each, 1, 50),
        ("activity", 1 if request.activity is None else request.activity, 0.05, 100_000),
        ("min_population", request.min_population, 0, 10_000_000),
    )
    for name, value, least, most in bounds:
        if not least <= value <= most:
            raise InputError(
                f"un nombre entre {least:g} et {most:g} est attendu.",
                f"a number between {least:g} and {most:g} is expected.",
                where=Where(column=name, value=value),
            )
    if request.existing and request.objective is Objective.THRESHOLD:
        raise InputError(
            "l'APL publiée compte ceux qui exercent déjà : « existing » ne va pas avec l'objectif threshold.",
            "the published APL counts those at work: “existing” does not go with the objective threshold.",
            where=Where(column="existing", value=request.existing),
        )
    if request.capacity is not None and request.objective is not Objective.COVERAGE:
        raise InputError(
            "la capacité d'un lieu va avec l'objectif coverage.",
            "the capacity of a place goes with the objective coverage.",
            remedy_fr="Pour le seuil d'APL, c'est posts_each (postes par lieu) et activity (activité d'un poste).",
            remedy_en="For the APL threshold it is posts_each (posts a place) and activity (of a post).",
            where=Where(column="capacity", value=request.capacity),
        )


def _check_candidates(request: Request, candidates: Mask, forced: Mask) -> None:
    if not candidates.any():
        raise InputError(
            "aucun lieu du territoire ne remplit les critères.",
            "no place of the territory meets the criteria.",
            remedy_fr="Abaissez la population minimale, ou retirez un équipement ou la zone.",
            remedy_en="Lower the least population, or drop a facility or the zone.",
        )
    if request.objective not in (Objective.EVERYBODY, Objective.THRESHOLD) and forced.sum() > request.sites:
        raise InputError(
            f"{int(forced.sum())} lieux imposés pour {request.sites} à choisir.",
            f"{int(forced.sum())} places forced for {request.sites} to choose.",
            where=Where(column="forced"),
        )


def _marked(ground: Playground, names: tuple[str, ...]) -> Mask:
    found = np.zeros(ground.ground.ids.size, dtype=np.bool_)
    for name in names:
        rows = ground.area(name).places
        if len(rows) != 1:
            raise InputError(
                f"«\u00a0{name}\u00a0» n'est pas un seul lieu ({len(rows)} communes).",
                f"“{name}” is not one place ({len(rows)} communes).",
                remedy_fr="Donnez le code d'une commune (commune:12202).",
                remedy_en="Give the code of a commune (commune:12202).",
                where=Where(value=name),
            )
        found[rows] = True
    return found


def _counts(inputs: Any, observatory: Observatory, ground: Playground, names: list[str]) -> dict[str, Floats]:
    """How many of each facility there are at the places of the ground."""
    if not names:
        return {}
    codes = {name: named_sites(name) for name in names}
    for name, code in codes.items():
        if code is None:
            raise UnknownNameError(
                f"équipement inconnu\u202f: «\u00a0{name}\u00a0».",
                f"unknown facility: “{name}”.",
                remedy_fr=f"Connus\u202f: {', '.join(FACILITIES)}, mg, infirmiers…, ou un type de la BPE (d113…).",
                remedy_en=f"Known: {', '.join(FACILITIES)}, mg, infirmiers…, or a type of the BPE (d113…).",
            )
    require(inputs, ("bpe_2021", "passage"))
    bpe = inputs["bpe_2021"]
    kept = sorted({code for code in codes.values() if code})
    table = to_reference(
        bpe.table().select("code", *(pl.col(code).cast(pl.Float64) for code in kept)),
        vintage=bpe.source.cog or 0,
        passage=inputs["passage"].table(),
        places=observatory.table("places"),
        counts=kept,
    ).table
    rows = ground.places.select("code").join(table, on="code", how="left", maintain_order="left")
    return {name: rows[code].fill_null(0.0).to_numpy() for name, code in codes.items() if code}


def _in_zone(observatory: Observatory, ground: Playground, text: str) -> Mask:
    rule, _, wanted = text.partition(":")
    zones = observatory.table("zones").filter(pl.col("rule") == rule)
    if zones.is_empty():
        known = observatory.table("zones")["rule"].unique().sort().to_list()
        raise UnknownNameError(
            f"règle de zonage inconnue\u202f: «\u00a0{rule}\u00a0». Règles\u202f: {', '.join(known)}.",
            f"unknown zoning rule: “{rule}”. Rules: {', '.join(known)}.",
        )
    last = zones.filter(pl.col("zoned") == pl.col("zoned").max())
    classes = last["class"].drop_nulls().unique().sort().to_list()
    if wanted not in classes:
        raise UnknownNameError(
            f"classe inconnue de {rule}\u202f: «\u00a0{wanted}\u00a0». Classes\u202f: {', '.join(classes)}.",
            f"unknown class of {rule}: “{wanted}”. Classes: {', '.join(classes)}.",
            remedy_fr=f"Écrivez par exemple {rule}:{classes[0]}.",
            remedy_en=f"Write {rule}:{classes[0]}, for instance.",
        )
    inside = last.filter(pl.col("class") == wanted).select("mesh", "zone")
    places = observatory.table("zone_members").join(inside, on=["mesh", "zone"], how="semi")["place"]
    return ground.places["code"].is_in(places.unique().to_list()).to_numpy()


def _some(points: Points, rows: Integers) -> Points:
    return Points(*(getattr(points, name)[rows] for name in ("ids", "position", "zone", "pace", "access", "own")))


# The answer -------------------------------------------------------------------------------------------------------


def site(field: Field, tell: Callable[[Text], None] = lambda _: None) -> Sited:
    """Choose the places; ``tell`` is told of each stage."""
    if field.request.objective is Objective.THRESHOLD:
        return _posted(field, tell)
    return _opened(field, tell)


def _benefit(field: Field, travel: TravelTimes, opened: Mask) -> Benefit:
    asked = field.request
    if asked.objective is Objective.TIME:
        return saving_time(travel, field.people, asked.minutes, opened)
    if asked.objective is Objective.WORST:
        return covering(travel, field.missing, asked.minutes, opened)
    if asked.objective is Objective.EVERYBODY:
        return covering(travel, np.where(field.people > 0, 1.0, 0.0), asked.minutes, opened)
    return covering(travel, field.people, asked.minutes, opened)


def _opened(field: Field, tell: Callable[[Text], None]) -> Sited:
    asked, opened = field.request, field.existing | field.forced
    models = [road.name for road in field.ground.ground.roads]
    tell(Text("Temps de trajet…", "Travel times…"))
    travels = [field.travel(number) for number in range(len(models))]
    benefits = [_benefit(field, travel, opened) for travel in travels]
    free = asked.sites - int(field.forced.sum())
    tell(Text("Recherche et preuve…", "Search and proof…"))
    first = benefits[0]
    served: Integers | None = None
    if asked.objective is Objective.EVERYBODY:
        covered = fewest_sites(first, asked.seconds)
        chosen, upper, optimal = covered.sites, float(covered.least), covered.optimal
    elif asked.capacity is not None:
        room = np.full(first.sites, asked.capacity, dtype=np.int64)
        filled = fill(first, free, room, asked.seconds)
        chosen, upper, optimal, served = filled.sites, filled.upper, filled.value >= filled.upper, filled.served
    else:
        choice = best_sites(first, free, asked.seconds)
        chosen, upper, optimal = choice.sites, choice.upper, choice.optimal
    best = _plan(first, chosen)
    tell(Text("Autres plans, autres temps de trajet…", "Other plans, other travel times…"))
    plans = [best] if served is not None else _others(field, first, best, free)
    elsewhere = [best, *(_found(field, one, free) for one in benefits[1:])]
    forced = field.forced.astype(np.int64)
    everywhere = [plan + forced for plan in plans]
    worths = [[_value(field, one, plan) for one in benefits] for plan in plans]
    if served is not None:
        worths = [[first.had + float(served.sum())]]
    nothing = _benefit(field, travels[0], field.existing)
    alone = np.zeros(first.sites)
    if chosen.size:
        alone[chosen] = served if served is not None else brought_alone(first, chosen)
    return Sited(
        field,
        tuple(everywhere),
        tuple(row[0] for row in worths),
        tuple((min(row), max(row)) for row in worths),
        _shown(field, nothing.had, 0.0),
        upper + float(field.forced.sum())
        if asked.objective is Objective.EVERYBODY
        else _shown(field, first.had, upper),
        optimal,
        alone,
        frequency([plan + forced for plan in elsewhere]),
        tuple(models),
        tuple(_measured(field, travels[0], plan) for plan in everywhere),
        _unreachable(field, travels[0]),
    )


def _plan(benefit: Benefit, chosen: Integers) -> Integers:
    plan = np.zeros(benefit.sites, dtype=np.int64)
    plan[chosen] = 1
    return plan


def _found(field: Field, benefit: Benefit, free: int, cost: Floats | None = None) -> Integers:
    """A plan quickly found, of which nothing is proved."""
    from vigie.levers.siting_search import search

    if field.request.objective is Objective.EVERYBODY:
        used = None if cost is None or not cost.any() else cost / cost.max()
        return _plan(benefit, fewest_sites(benefit, min(field.request.seconds, 3.0), used).sites)
    return _plan(benefit, search(benefit, free, cost, rounds=_KICKS_ELSEWHERE))


def _others(field: Field, benefit: Benefit, best: Integers, free: int) -> list[Integers]:
    asked = field.request
    if asked.objective is Objective.EVERYBODY:
        plans = [best]
        for _ in range(asked.plans - 1):
            used = np.mean(list(plans), axis=0)
            found = _found(field, benefit, free, used)
            if found.sum() > best.sum() or any((found == plan).all() for plan in plans):
                break
            plans.append(found)
        return plans

    def worth(plan: Integers) -> float:
        return benefit.worth(np.flatnonzero(plan))

    return different_plans(best, lambda cost: _found(field, benefit, free, cost), worth, asked.plans, asked.tolerance)


def _value(field: Field, benefit: Benefit, plan: Integers) -> float:
    if field.request.objective is Objective.EVERYBODY:
        return float(plan.sum() + field.forced.sum())
    return _shown(field, benefit.had, benefit.worth(np.flatnonzero(plan)))


def _shown(field: Field, had: float, added: float) -> float:
    """The objective as people read it: people, missing consultations, or mean minutes."""
    if field.request.objective is Objective.TIME:
        return field.request.minutes - (had + added) / max(float(field.people.sum()), 1.0)
    if field.request.objective is Objective.EVERYBODY:
        return 0.0
    return had + added


def _unreachable(field: Field, travel: TravelTimes) -> float:
    """People whom no site, open or candidate, is within the minutes of."""
    return float(field.people[np.diff(travel.indptr) == 0].sum())


def _measured(field: Field, travel: TravelTimes, plan: Integers) -> dict[str, float | None]:
    """What one reads of every plan, whatever it was chosen for."""
    minutes = nearest(travel, ((plan > 0) | field.existing).astype(np.float64))
    near = minutes <= field.request.minutes
    people = field.people
    reached = people[near].sum()
    far = quantile_minutes(minutes, people, 0.95)
    return {
        "people_within": float(reached),
        "share_within": float(100 * reached / people.sum()) if people.sum() else None,
        "mean_minutes_of_reached": float((minutes[near] * people[near]).sum() / reached) if reached else None,
        "minutes_of_95_percent": far if np.isfinite(far) else None,
        "people_below_within": float(people[near & field.below].sum()),
        "departements": float(field.ground.places["departement"].gather(field.sites[plan > 0]).n_unique()),
    }


# The APL threshold -------------------------------------------------------------------------------------------------


def _posted(field: Field, tell: Callable[[Text], None]) -> Sited:
    asked = field.request
    tell(Text("Effet d'un poste à chaque lieu…", "Effect of a post at each place…"))
    problems = _crossings(field)
    names = list(problems)
    room = np.full(field.sites.size, asked.posts_each, dtype=np.int64)
    forced = field.forced.astype(np.int64)
    first = problems[names[0]]
    tell(Text("Recherche et preuve…", "Search and proof…"))
    found = place_posts(first, asked.sites, room, forced=forced, seconds=asked.seconds, rounds=_POST_KICKS)
    tell(Text("Autres plans, autres hypothèses…", "Other plans, other hypotheses…"))

    def again(cost: Floats) -> Integers:
        return _quick(first, asked.sites, room, forced, cost)

    plans = different_plans(found.posts, again, first.worth, asked.plans, asked.tolerance)
    none = np.zeros(field.sites.size)
    elsewhere = [found.posts, *(_quick(problems[name], asked.sites, room, forced, none) for name in names[1:])]
    worths = [[one.worth(plan) for one in problems.values()] for plan in plans]
    best = found.posts
    alone = np.zeros(field.sites.size)
    for site_number in np.flatnonzero(best):
        without = best.copy()
        without[site_number] = 0
        alone[site_number] = found.value - first.worth(without)
    travel = field.travel(0)
    return Sited(
        field,
        tuple(plans),
        tuple(row[0] for row in worths),
        tuple((min(row), max(row)) for row in worths),
        0.0,
        found.upper,
        found.gap <= 1e-9,
        alone,
        frequency(elsewhere),
        tuple(names),
        tuple(
            _measured(field, travel, plan) | {"posts": float(plan.sum()), "still_below": _still(first, plan)}
            for plan in plans
        ),
        float(first.people[np.diff(first.share.indptr) == 0].sum()),
    )


def _quick(problem: Crossing, count: int, room: Integers, forced: Integers, cost: Floats) -> Integers:
    return find_posts(problem, count, room, cost=cost, forced=forced, rounds=_POST_KICKS_ELSEWHERE)


def _still(problem: Crossing, plan: Integers) -> float:
    return float(problem.people.sum()) - problem.worth(plan)


def _crossings(field: Field) -> dict[str, Crossing]:
    """One problem per model of travel and decay, the central one first."""
    return {
        f"{road.name}/{decay}": _crossing(field, number_, column)
        for number_, road in enumerate(field.ground.ground.roads)
        for column, decay in enumerate(road.decay_names)
    }


def _below(field: Field) -> Integers:
    """The rows of demand, of the whole ground, under the threshold."""
    return np.sort(field.demand[field.below])


def _crossing(field: Field, model: int, column: int) -> Crossing:
    """The problem under one model of travel and decay."""
    from scipy.sparse import csr_array

    own = field.ground.ground
    size, rows, road = own.ids.size, _below(field), own.roads[model]
    # Travel is the same both ways: the rows of the matrix serve as its columns.
    data = road.weights[:, column].astype(np.float64)
    whole = csr_array((data, road.indices, road.indptr), shape=(size, size))
    return crossing(
        whole[rows][:, field.sites],
        road.in_reach[field.sites, column],
        own.published[rows],
        own.people[rows],
        field.request.limit,
        field.activity,
    )


# On a map ----------------------------------------------------------------------------------------------------------


def minutes_after(found: Sited, plan: int) -> dict[str, float]:
    """Minutes from each place of the territory to the nearest that is open under a plan; infinite beyond T."""
    field = found.field
    opened = ((found.plans[plan] > 0) | field.existing).astype(np.float64)
    minutes = nearest(field.travel(0), opened)
    return dict(zip(field.ground.ground.ids[field.demand].tolist(), minutes.tolist(), strict=True))


def standing_after(found: Sited, plan: int) -> dict[str, str]:
    """Where each place of the territory stands under a plan of posts: ``above`` the threshold already, ``lifted`` to
    it, still ``below``, or ``missing`` where no APL is published."""
    field, own = found.field, found.field.ground.ground
    problem, rows = _crossing(field, 0, 0), _below(field)
    lifted = set(own.ids[rows[problem.places[problem.above(found.plans[plan])]]].tolist())
    below = set(own.ids[rows].tolist())
    return {
        code: "missing" if np.isnan(apl) else "lifted" if code in lifted else "below" if code in below else "above"
        for code, apl in zip(own.ids[field.demand].tolist(), own.published[field.demand].tolist(), strict=True)
    }


# In words ----------------------------------------------------------------------------------------------------------


def told(found: Sited) -> dict[str, Any]:
    """An answer as plain data."""
    field, asked = found.field, found.field.request
    return {
        "simulation": True,
        "warning": WARNING.both(),
        "edition": field.ground.edition,
        "snapshots": list(field.snapshots),
        "year": field.ground.ground.year,
        "request": {
            "objective": asked.objective.value,
            "sites": asked.sites,
            "territory": {"key": field.area.key, "name": field.area.name},
            "minutes": asked.minutes,
            "profession": asked.profession,
            "threshold": asked.limit,
            "existing": asked.existing,
            "min_population": asked.min_population,
            "facilities": list(asked.facilities),
            "zone": asked.zone,
            "forced": list(asked.forced),
            "forbidden": list(asked.forbidden),
            "capacity": asked.capacity,
            "posts_each": asked.posts_each,
            "activity": round(field.activity, 1 if asked.own.scale == 1 else 3),
            "tolerance": asked.tolerance,
        },
        "objective": TITLES[asked.objective].both(),
        "unit": unit(asked).both(),
        "candidates": int((~field.existing).sum()),
        "existing": int(field.existing.sum()),
        "people": float(field.people.sum()),
        "before": _rounded(found.before),
        "value": _rounded(found.values[0]),
        "bound": _rounded(found.upper),
        "gap_percent": _rounded(100 * found.gap),
        "optimal": found.optimal,
        "unreachable_people": found.unreachable,
        "models": list(found.models),
        "sentences": [one.both() for one in sentences(found)],
        "plans": plans_table(found).to_dicts(),
        "places": places_table(found).to_dicts(),
    }


def unit(asked: Request) -> Text:
    """The unit of the value of the objective."""
    objective = asked.objective
    if objective is Objective.TIME:
        return Text("minutes en moyenne", "minutes on average")
    if objective is Objective.EVERYBODY:
        return Text("lieux", "places")
    if objective is Objective.WORST:
        return lacking(asked.own)
    return Text("habitants", "people")


def lacking(own: Profession) -> Text:
    """What is missing to be at the threshold, in the unit of supply."""
    if own.scale == 1:
        return Text("consultations manquantes par an", "missing consultations a year")
    return Text(f"{own.supply.fr} manquants", f"missing {own.supply.en}")


def plans_table(found: Sited) -> pl.DataFrame:
    """A row per plan: plan, value, low, high (over the models), loss against the first (%), places in common with it,
    places, and what one reads of every plan."""
    first = found.plans[0]
    best, before = found.values[0], found.before
    rows = []
    for number_, (plan, value, (low, high), measures) in enumerate(
        zip(found.plans, found.values, found.ranges, found.measures, strict=True), start=1
    ):
        added = abs(best - before)
        rows.append(
            {
                "plan": number_,
                "value": _rounded(value),
                "low": _rounded(low),
                "high": _rounded(high),
                "loss_percent": _rounded(100 * abs(best - value) / added) if added else 0.0,
                "in_common": int(((plan > 0) & (first > 0)).sum()),
                "sites": int((plan > 0).sum()),
                **{name: None if one is None else _rounded(one) for name, one in measures.items()},
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def places_table(found: Sited) -> pl.DataFrame:
    """A row per place of a plan, the best plan's first: code, name, departement, people, lon, lat, forced, alone (what
    the best plan would lose without it), chosen_percent (of the models), and posts in each plan (plan_1…)."""
    field = found.field
    wanted = np.flatnonzero(np.sum(found.plans, axis=0) > 0)
    places = field.ground.places[field.sites[wanted].tolist()].select(
        "code", "name", "departement", "lon", "lat", people=pl.col("population").fill_null(0)
    )
    columns = {f"plan_{k}": plan[wanted] for k, plan in enumerate(found.plans, start=1)}
    table = places.with_columns(
        pl.Series("forced", field.forced[wanted]),
        pl.Series("alone", found.alone[wanted]).round(1),
        pl.Series("chosen_percent", 100 * found.seen[wanted]).round(0),
        *(pl.Series(name, values) for name, values in columns.items()),
    )
    ordered: pl.DataFrame = table.sort("plan_1", "alone", "code", descending=[True, True, False])
    return ordered


def geojson(found: Sited) -> bytes:
    """The places of the plans as points."""
    import orjson

    features = [
        {
            "type": "Feature",
            "id": row["code"],
            "properties": {name: value for name, value in row.items() if name not in ("lon", "lat")},
            "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        }
        for row in places_table(found).to_dicts()
    ]
    about = told(found)
    del about["places"]
    return orjson.dumps({"type": "FeatureCollection", "vigie": about, "features": features})


def sentences(found: Sited) -> list[Text]:
    """What a reader should leave with."""
    lines = [_brought(found), _proof(found)]
    if len(found.plans) > 1:
        lines.append(_different(found))
    sure = int(((found.seen >= 1) & (found.plans[0] > 0)).sum())
    chosen = int((found.plans[0] > 0).sum())
    models = len(found.models)
    if chosen:
        some_fr = f"{sure} des {chosen} lieux du plan {plural(sure, 'est choisi', 'sont choisis', 'fr')}"
        some_en = f"{sure} of the {chosen} places of the plan {plural(sure, 'is', 'are', 'en')} chosen"
        if not sure:
            some_fr, some_en = (
                f"Aucun des {chosen} lieux du plan n'est choisi",
                f"None of the {chosen} places is chosen",
            )
        lines.append(
            Text(
                f"{some_fr} sous chacune des {models} hypothèses de trajet.",
                f"{some_en} under each of the {models} hypotheses of travel.",
            )
        )
    if found.unreachable:
        people = found.unreachable
        lines.append(
            Text(
                f"{number(people, 'fr')} {plural(people, 'habitant n’est', 'habitants ne sont', 'fr')} à portée "
                "d'aucun lieu possible.",
                f"{number(people, 'en')} {plural(people, 'inhabitant is', 'inhabitants are', 'en')} in reach of no "
                "possible place.",
            )
        )
    return lines


def _brought(found: Sited) -> Text:
    field, asked, value, before = found.field, found.field.request, found.values[0], found.before
    low, high = found.ranges[0]
    chosen = int((found.plans[0] > 0).sum())
    t = number(asked.minutes, "fr", 0 if asked.minutes % 1 == 0 else 1)
    places_fr, places_en = plural(chosen, "lieu", "lieux", "fr"), plural(chosen, "place", "places", "en")
    name = field.area.name
    if asked.objective is Objective.EVERYBODY and not chosen:
        return Text(
            f"{name}{NNBSP}: tous ceux qui peuvent l'être sont déjà à moins de {t} minutes.",
            f"{name}: everybody who can be is within {t} minutes already.",
        )
    if asked.objective is Objective.EVERYBODY:
        return Text(
            f"{name}{NNBSP}: {chosen} {places_fr} pour que tous ceux qui peuvent l'être soient à moins de {t} minutes.",
            f"{name}: {chosen} {places_en} for everybody who can be to be within {t} minutes.",
        )
    if asked.objective is Objective.TIME:
        return Text(
            f"{name}{NNBSP}: avec {chosen} {places_fr}, {number(value, 'fr', 1)} minutes en moyenne jusqu'au plus "
            f"proche, contre {number(before, 'fr', 1)} (au-delà de {t} minutes, comptées comme {t}).",
            f"{name}: with {chosen} {places_en}, {number(value, 'en', 1)} minutes on average to the nearest, against "
            f"{number(before, 'en', 1)} (beyond {t} minutes counted as {t}).",
        )
    spread_fr = f"de {number(low, 'fr')} à {number(high, 'fr')} selon les hypothèses de trajet"
    spread_en = f"{number(low, 'en')} to {number(high, 'en')} by hypothesis of travel"
    if asked.objective is Objective.THRESHOLD:
        posts = int(found.plans[0].sum())
        theta = number(asked.limit, "fr", 1), number(asked.limit, "en", 1)
        return Text(
            f"{name}{NNBSP}: {posts} {plural(posts, 'poste', 'postes', 'fr')} en {chosen} {places_fr} feraient passer "
            f"{number(value, 'fr')} habitants au-dessus de {theta[0]} ({spread_fr}).",
            f"{name}: {posts} {plural(posts, 'post', 'posts', 'en')} in {chosen} {places_en} would bring "
            f"{number(value, 'en')} people above {theta[1]} ({spread_en}).",
        )
    what_fr, what_en = "habitants", "people"
    digits = 0
    if asked.objective is Objective.WORST:
        lack = lacking(asked.own)
        what_fr, what_en = f"{lack.fr} ont leur lieu", f"{lack.en} have their place"
        digits = 0 if asked.own.scale == 1 else 1
    return Text(
        f"{name}{NNBSP}: avec {chosen} {places_fr}, {number(value, 'fr', digits)} {what_fr} à moins de {t} minutes, "
        f"contre {number(before, 'fr', digits)} sans eux ({spread_fr}).",
        f"{name}: with {chosen} {places_en}, {number(value, 'en', digits)} {what_en} within {t} minutes, against "
        f"{number(before, 'en', digits)} without them ({spread_en}).",
    )


def _proof(found: Sited) -> Text:
    if found.optimal:
        return Text("Rien de mieux n'existe sous ces hypothèses : c'est prouvé.".replace(" :", f"{NNBSP}:"),
                    "Nothing better exists under these hypotheses: it is proved.")  # fmt: skip
    gap = 100 * found.gap
    return Text(
        f"Aucun plan ne ferait mieux de plus de {number(gap, 'fr', 1 if gap >= 0.1 else 2)}{NNBSP}% de ce que celui-ci "
        "apporte : c'est la borne prouvée.".replace(" :", f"{NNBSP}:"),
        f"No plan would do better by more than {number(gap, 'en', 1 if gap >= 0.1 else 2)}% of what this one brings: "
        "that is the bound proved.",
    )


def _different(found: Sited) -> Text:
    others = plans_table(found)[1:]
    least, most = int(others["in_common"].to_numpy().min()), float(others["loss_percent"].to_numpy().max())
    chosen, count = int((found.plans[0] > 0).sum()), others.height
    kept = plural(least, "lieu", "lieux", "fr")
    return Text(
        f"{count} {plural(count, 'autre plan vaut', 'autres plans valent', 'fr')} presque autant (à "
        f"{number(most, 'fr', 1)}{NNBSP}% près), en gardant {least} {kept} sur {chosen} au moins.",
        f"{count} {plural(count, 'other plan is', 'other plans are', 'en')} worth about as much (within "
        f"{number(most, 'en', 1)}%), keeping {least} places of {chosen} at least.",
    )


def _rounded(value: float) -> float:
    return round(float(value), 3) + 0.0
