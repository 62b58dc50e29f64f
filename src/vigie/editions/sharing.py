"""Allocations, pairs and portfolios of an edition: found on its ground, and told as plain data and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from vigie.editions.levers import Playground
from vigie.editions.scenarios import WARNING
from vigie.errors import InputError, Lang, Where
from vigie.language import NNBSP, Text, euros, number, percent, plural
from vigie.levers.allocation import RULES, Allocation, Rule, allocate
from vigie.levers.candidates import Candidates, candidates, linear, mean
from vigie.levers.definition import Lever, lever, levers_of
from vigie.levers.pairing import Pairing, pair
from vigie.levers.portfolio import DEFAULT, Portfolio, frontier, portfolio, yearly
from vigie.levers.professions import Profession, professions
from vigie.levers.scenario import ACTIONS, Action, Area, Scenario, token

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory

BY = "bassin_de_vie"
_LANGS: tuple[Lang, ...] = ("fr", "en")

RULE_WORDS: dict[Rule, Text] = {
    "open": Text("guichet ouvert", "open counter"),
    "priority": Text("50 % sur priorité territoriale", "50% on territorial priority"),
    "need": Text("selon le besoin", "by need"),
    "effect": Text("selon l'effet (optimum)", "by effect (optimum)"),
}


@dataclass(frozen=True)
class Shared:
    """What was shared: the territories as candidates and the allocation under each rule."""

    lever: str
    total: float
    scope: Area
    by: str
    found: Candidates
    allocations: list[Allocation]


def shareable(profession: str = "mg") -> tuple[Lever, ...]:
    """The levers of a profession whose units add up, which an allocation shares and a portfolio mixes."""
    return tuple(one for one in levers_of(profession).values() if linear(one))


def default(profession: str) -> tuple[str, ...]:
    """The levers of a portfolio where none is named: what money can buy of those of the profession."""
    return DEFAULT if profession == "mg" else tuple(one.id for one in shareable(profession))


def degree_words(own: Profession) -> tuple[Text, ...]:
    """The degrees of difficulty by the territory's APL, the hardest first."""
    said = [[_limit(own, value, lang) for value in own.degrees] for lang in _LANGS]
    (low, middle, dense), (low_en, middle_en, dense_en) = said
    return (
        Text(f"APL sous {low}", f"APL under {low_en}"),
        Text(f"de {low} à {middle}", f"{low_en} to {middle_en}"),
        Text(f"de {middle} à {dense}", f"{middle_en} to {dense_en}"),
        Text(f"{dense} et plus", f"{dense_en} and more"),
    )


def _limit(own: Profession, value: float, lang: Lang) -> str:
    """A threshold as people write it: 2.5 and 2 for GPs, 58.8 for nurses."""
    return number(value, lang, 0 if value % 1 == 0 else own.limit_decimals)


def _profession(ground: Playground) -> Profession:
    return professions()[ground.ground.profession]


def within(ground: Playground, by: str, area: Area, most: int | None = None) -> list[Area]:
    """The territories of level ``by`` in ``area``. Raises UnknownNameError, InputError for more than ``most``."""
    areas = ground.area.within(by, area, ground.ground.people)
    if most is not None and len(areas) > most:
        raise InputError(
            f"{len(areas)} territoires ; {most} au plus ici.",
            f"{len(areas)} territories; {most} at most here.",
            remedy_fr="Prenez un territoire plus petit, un niveau plus large, ou la ligne de commande.",
            remedy_en="Take a smaller territory, a larger level, or the command line.",
            where=Where(column="mesh", value=by),
        )
    return areas


def share(
    ground: Playground,
    name: str,
    total: float,
    scope: str = "france:FR",
    by: str = BY,
    preset: str | None = None,
    most_areas: int | None = None,
) -> Shared:
    """``total`` units of a lever between the territories of level ``by`` of ``scope``, under each rule.

    Raises UnknownNameError for a name that is not, InputError for a lever not shared by units, too large a total or
    more than ``most_areas`` territories.
    """
    area = ground.area(scope)
    own = lever(name)
    areas = within(ground, by, area, most_areas)
    found = candidates(ground.ground, [(own, preset)], areas)
    _some(found, area)
    # The département where most of each territory's people live.
    codes, number = np.unique(ground.places["departement"].fill_null("").to_numpy().astype(str), return_inverse=True)
    home = np.array(
        [np.bincount(number[one.places], ground.ground.people[one.places], codes.size).argmax() for one in found.areas]
    )
    allocations = allocate(ground.ground, found, home, total, area.places, own.amount.step)
    return Shared(own.id, total, area, by, found, allocations)


def _some(found: Candidates, area: Area) -> None:
    if not found.most.size:
        raise InputError(
            f"aucun territoire de ce niveau à {area.name}.",
            f"no territory of this level in {area.name}.",
            remedy_fr="Choisissez un autre niveau avec --by : bassin_de_vie, epci, departement.",
            remedy_en="Choose another level with --by: bassin_de_vie, epci, departement.",
            where=Where(column="territory", value=area.key),
        )


def share_table(ground: Playground, one: Shared) -> pl.DataFrame:
    """A row per territory: key, name, people, apl, practitioners, most, and the units under each rule."""
    own, found = ground.ground, one.found
    columns: dict[str, Any] = {
        "key": [area.key for area in found.areas],
        "name": [area.name for area in found.areas],
        "people": [float(own.people[area.places].sum()) for area in found.areas],
        "apl": [round(mean(own, area), 3) for area in found.areas],
        "practitioners": [float(own.heads[area.places].sum()) for area in found.areas],
        "most": found.most.round(2),
    }
    columns |= {given.rule: given.units for given in one.allocations}
    return pl.DataFrame(columns).fill_nan(None)


def share_told(ground: Playground, one: Shared) -> dict[str, Any]:
    """An allocation as plain data, with the units of each territory."""
    return _about(ground) | {
        "lever": one.lever,
        "total": one.total,
        "territory": {"key": one.scope.key, "name": one.scope.name},
        "by": one.by,
        "degrees": list(_profession(ground).degrees),
        "sentences": [text.both() for text in share_sentences(one, _profession(ground))],
        "rules": [_allocation(given) for given in one.allocations],
        "territories": share_table(ground, one).to_dicts(),
    }


def _allocation(one: Allocation) -> dict[str, Any]:
    words = RULE_WORDS[one.rule]
    return {
        "rule": one.rule,
        "title": {"fr": words.fr, "en": words.en},
        "net": list(one.net),
        "lack_closed": round(one.closed, 5),
        "gini": {"before": round(one.gini[0], 5), "after": round(one.gini[1], 5)},
        "first_year": round(one.first_year),
        "steady": round(one.steady),
        "by_degree": list(one.by_degree),
    }


def paired(
    ground: Playground,
    scope: str = "france:FR",
    by: str = BY,
    dense: float | None = None,
    under: float | None = None,
    minutes: float = 60.0,
    most_days: float | None = None,
    to: str | None = None,
    most_areas: int | None = None,
) -> Pairing:
    """Days a month from dense to under-dense territories of ``scope``: :func:`vigie.levers.pairing.pair`.

    With ``to``, only to the territories that have a place of it. Raises as :func:`within`.
    """
    areas = within(ground, by, ground.area(scope), most_areas)
    keys = None
    if to is not None:
        own = ground.area(to).places
        keys = {area.key for area in areas if np.isin(own, area.places).any()}
    return pair(ground.ground, areas, dense=dense, under=under, minutes=minutes, most_days=most_days, destinations=keys)


def pair_table(one: Pairing) -> pl.DataFrame:
    """A row per pair: origin, origin_name, destination, destination_name, minutes, days a month, and what they bring in
    the unit of supply a year (consultations, FTE)."""
    rows = [
        (p.origin.key, p.origin.name, p.destination.key, p.destination.name, round(p.minutes, 1), p.days,
         round(p.supply, 3))
        for p in one.pairs
    ]  # fmt: skip
    names = ("origin", "origin_name", "destination", "destination_name", "minutes", "days", "supply")
    kinds = (pl.String, pl.String, pl.String, pl.String, pl.Float64, pl.Float64, pl.Float64)
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def pair_told(ground: Playground, one: Pairing) -> dict[str, Any]:
    """A pairing as plain data."""
    from vigie.levers.answer import people_leaving

    def ends(found: Sequence[tuple[Area, float, float]]) -> list[dict[str, Any]]:
        return [{"key": a.key, "name": a.name, "before": round(b, 3), "after": round(c, 3)} for a, b, c in found]

    return _about(ground) | {
        "sentences": [text.both() for text in pair_sentences(ground, one)],
        "pairs": pair_table(one).to_dicts(),
        "days": sum(p.days for p in one.pairs),
        "net": [people_leaving(ground.ground, one.moved, limit) for limit in _profession(ground).thresholds],
        "lack_closed": round(one.closed, 4),
        "lack_closed_bound": round(one.bound, 4),
        "lack_reached": round(one.reached, 4),
        "origins": ends(one.origins),
        "destinations": ends(one.destinations),
    }


@dataclass(frozen=True)
class Mixed:
    """A mix: the candidates and a plan for each budget."""

    scope: Area
    found: Candidates
    plans: list[Portfolio]


def mix(
    ground: Playground,
    budgets: Sequence[float],
    scope: str,
    names: Sequence[str] = DEFAULT,
    by: str = BY,
    seconds: float = 10.0,
    most_areas: int | None = None,
) -> Mixed:
    """The best mix of levers for each budget (euros a year) in the territories of level ``by`` of ``scope``.

    Raises as :func:`within`, and InputError for a lever whose units do not add up.
    """
    area = ground.area(scope)
    areas = within(ground, by, area, most_areas)
    found = candidates(ground.ground, [(lever(name), None) for name in names], areas)
    _some(found, area)
    if len(budgets) == 1:
        return Mixed(area, found, [portfolio(ground.ground, found, budgets[0], seconds=seconds)])
    return Mixed(area, found, frontier(ground.ground, found, budgets, seconds=seconds))


def mix_table(one: Mixed, plan: Portfolio) -> pl.DataFrame:
    """A row per lever and territory chosen: lever, key, name, units, unit in both languages, euros a year."""
    cost = yearly(one.found)
    rows = [
        (own.id, own.title.fr, own.title.en, area.key, area.name, float(plan.units[k]), own.amount.unit.fr,
         own.amount.unit.en, round(float(plan.units[k] * cost[k])))
        for k, (own, area) in enumerate(zip(one.found.levers, one.found.areas, strict=True))
        if plan.units[k] > 0
    ]  # fmt: skip
    names = ("lever", "title_fr", "title_en", "key", "name", "units", "unit_fr", "unit_en", "euros")
    kinds = [pl.String] * 5 + [pl.Float64, pl.String, pl.String, pl.Int64]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def mix_told(ground: Playground, one: Mixed) -> dict[str, Any]:
    """A mix as plain data."""
    return _about(ground) | {
        "territory": {"key": one.scope.key, "name": one.scope.name},
        "sentences": [text.both() for text in mix_sentences(one, _profession(ground))],
        "plans": [
            {
                "budget": plan.budget,
                "euros": round(plan.cost),
                "people": plan.people,
                "bound": None if plan.bound is None else round(plan.bound, 1),
                "proved": plan.proved,
                "scenario": None if (found := mix_scenario(one, plan)) is None else token(found),
                "mix": mix_table(one, plan).to_dicts(),
            }
            for plan in one.plans
        ],
    }


def mix_scenario(one: Mixed, plan: Portfolio) -> Scenario | None:
    """A mix as a scenario, to be played with all its intervals; None where it has more actions than one holds."""
    actions = tuple(
        Action(lever=own.id, amount=min(float(plan.units[k]), own.amount.most), places=(area.key,))
        for k, (own, area) in enumerate(zip(one.found.levers, one.found.areas, strict=True))
        if plan.units[k] > 0
    )
    return Scenario(territory=one.scope.key, actions=actions) if 0 < len(actions) <= ACTIONS else None


def geojson(table: pl.DataFrame, observatory: Observatory, level: str) -> bytes:
    """A table whose ``key`` (or ``destination``) names territories of ``level``, with their polygons."""
    import orjson
    import shapely

    polygons = observatory.polygons(level)
    key = "key" if "key" in table.columns else "destination"
    features = []
    for row in table.to_dicts():
        wkb = polygons.get(row[key].partition(":")[2])
        shape = orjson.Fragment(shapely.to_geojson(shapely.from_wkb(wkb))) if wkb else None
        features.append({"type": "Feature", "properties": row, "geometry": shape})
    return orjson.dumps({"type": "FeatureCollection", "features": features})


# In words ----------------------------------------------------------------------------------------------------------


def share_sentences(one: Shared, profession: Profession) -> list[Text]:
    """What a reader should leave with of an allocation."""
    best = max(one.allocations, key=lambda given: given.net[0])
    least = min(one.allocations, key=lambda given: given.net[0])
    own, total = lever(one.lever), one.total
    title, count, digits = own.title, len({a.key for a in one.found.areas}), 0 if total % 1 == 0 else 1
    same = Text("même total", "same total")
    paid = Text(f"Coût{NNBSP}: données non disponibles.", "Cost: data not available.")
    if own.priced:
        same = Text("même argent", "same money")
        paid = Text(
            f"Le coût est le même{NNBSP}: {euros(best.first_year, 'fr')} la première année, {euros(best.steady, 'fr')} "
            "par an ensuite.",
            f"The cost is the same: {euros(best.first_year, 'en')} in the first year, {euros(best.steady, 'en')} a "
            "year then.",
        )
    lines = [
        Text(
            f"{one.scope.name}{NNBSP}: {number(total, 'fr', digits)} {own.amount.unit.fr} "
            f"({title.fr[:1].lower()}{title.fr[1:]}) entre {count} {plural(count, 'territoire', 'territoires', 'fr')}, "
            f"sous quatre règles. {paid.fr}",
            f"{one.scope.name}: {number(total, 'en', digits)} {own.amount.unit.en} "
            f"({title.en[:1].lower()}{title.en[1:]}) between {count} "
            f"{plural(count, 'territory', 'territories', 'en')}, under four rules. {paid.en}",
        )
    ]
    limit = {lang: _limit(profession, profession.thresholds[0], lang) for lang in _LANGS}
    for given in one.allocations:
        words, net = RULE_WORDS[given.rule], given.net[0]
        lines.append(
            Text(
                f"{words.fr[:1].upper()}{words.fr[1:]}{NNBSP}: {number(net, 'fr')} "
                f"{plural(net, 'habitant passerait', 'habitants passeraient', 'fr')} au-dessus de {limit['fr']}"
                f"{NNBSP}; {percent(100 * given.closed, 'fr')} du manque serait comblé.",
                f"{words.en[:1].upper()}{words.en[1:]}: {number(net, 'en')} "
                f"{plural(net, 'inhabitant', 'inhabitants', 'en')} would rise above {limit['en']}; "
                f"{percent(100 * given.closed, 'en')} of the lack would be closed.",
            )
        )
    gap = best.net[0] - least.net[0]
    if gap >= 1:
        first, last = RULE_WORDS[best.rule], RULE_WORDS[least.rule]
        lines.append(
            Text(
                f"Pour le {same.fr}, la règle «\u00a0{first.fr}\u00a0» fait passer {number(gap, 'fr')} habitants de "
                f"plus que «\u00a0{last.fr}\u00a0».",
                f"For the {same.en}, the rule “{first.en}” brings {number(gap, 'en')} more inhabitants above than "
                f"“{last.en}”.",
            )
        )
    return lines


def pair_sentences(ground: Playground, one: Pairing) -> list[Text]:
    """What a reader should leave with of a pairing."""
    from vigie.levers.answer import people_crossing

    if not one.pairs:
        return [
            Text(
                "Aucune paire : il n'y a pas ici de territoire sous-dense avec un territoire dense à portée.".replace(
                    " :", f"{NNBSP}:"
                ),
                "No pair: there is no under-dense territory here with a dense one in reach.",
            )
        ]
    own = _profession(ground)
    limit = {lang: _limit(own, own.thresholds[0], lang) for lang in _LANGS}
    days = sum(p.days for p in one.pairs)
    leave, enter = people_crossing(ground.ground, one.moved, own.thresholds[0])
    # Dense territories have communes that are not: what leaves these territories is missed there.
    fallen_fr = f", {number(enter, 'fr')} {plural(enter, 'tomberait', 'tomberaient', 'fr')} en dessous" if enter else ""
    fallen_en = f", {number(enter, 'en')} would fall under it" if enter else ""
    lowest = min(after for _, _, after in one.origins)
    return [
        Text(
            f"{number(days, 'fr', 0 if days % 1 == 0 else 1)} jours par mois, de {len(one.origins)} "
            f"{plural(len(one.origins), 'territoire dense', 'territoires denses', 'fr')} vers "
            f"{len(one.destinations)} {plural(len(one.destinations), 'sous-dense', 'sous-denses', 'fr')}, "
            f"apporteraient {percent(100 * one.closed, 'fr')} de l'offre qui manque à ces derniers "
            f"(au plus {percent(100 * one.bound, 'fr')} sans arrondir à la demi-journée{NNBSP}: c'est prouvé). "
            f"Leur manque serait comblé à {percent(100 * one.reached, 'fr')}{NNBSP}: le reste sert les communes "
            "d'alentour.",
            f"{number(days, 'en', 0 if days % 1 == 0 else 1)} days a month, from {len(one.origins)} dense "
            f"{plural(len(one.origins), 'territory', 'territories', 'en')} to {len(one.destinations)} under-dense "
            f"{plural(len(one.destinations), 'one', 'ones', 'en')}, would bring {percent(100 * one.closed, 'en')} of "
            f"the supply that the latter lack (at most {percent(100 * one.bound, 'en')} without rounding to half-days: "
            f"proved). Their lack would be closed by {percent(100 * one.reached, 'en')}: the rest serves those around.",
        ),
        Text(
            f"{number(leave, 'fr')} {plural(leave, 'habitant passerait', 'habitants passeraient', 'fr')} au-dessus de "
            f"{limit['fr']}{fallen_fr}. Aucun territoire d'origine ne tombe sous son seuil{NNBSP}: le plus bas "
            f"garderait {number(lowest, 'fr', own.decimals)} en moyenne.",
            f"{number(leave, 'en')} {plural(leave, 'inhabitant', 'inhabitants', 'en')} would rise above {limit['en']}"
            f"{fallen_en}. No territory of origin falls under its threshold: the lowest would keep "
            f"{number(lowest, 'en', own.decimals)} on average.",
        ),
    ]


def mix_sentences(one: Mixed, own: Profession) -> list[Text]:
    """What a reader should leave with of a portfolio."""
    limit = {lang: _limit(own, own.thresholds[0], lang) for lang in _LANGS}
    last = one.plans[-1]
    bound = last.bound if last.bound is not None else float("inf")
    fr = (
        f"{one.scope.name}{NNBSP}: avec {euros(last.budget, 'fr')} par an, {number(last.people, 'fr')} "
        f"{plural(last.people, 'habitant passerait', 'habitants passeraient', 'fr')} au-dessus de {limit['fr']}"
    )
    en = (
        f"{one.scope.name}: with {euros(last.budget, 'en')} a year, {number(last.people, 'en')} "
        f"{plural(last.people, 'inhabitant', 'inhabitants', 'en')} would rise above {limit['en']}"
    )
    if last.proved:
        fr += f". Aucun mélange de ces leviers ne ferait mieux{NNBSP}: c'est prouvé."
        en += ". No mix of these levers would do better: it is proved."
    elif np.isfinite(bound):
        fr += f"{NNBSP}; aucun mélange de ces leviers n'en ferait passer plus de {number(bound, 'fr')} (borne prouvée)."
        en += f"; no mix of these levers would bring more than {number(bound, 'en')} (the bound proved)."
    else:
        fr, en = fr + ".", en + "."
    lines = [Text(fr, en)]
    useful = [plan for plan in one.plans if plan.people >= 1]
    if useful:
        dear = [plan.cost / plan.people for plan in useful]
        if len(useful) > 1:
            lines.append(
                Text(
                    f"Chaque habitant passé coûterait {euros(dear[0], 'fr')} par an au plus petit budget qui en fait "
                    f"passer, {euros(dear[-1], 'fr')} au plus grand.",
                    f"Each inhabitant brought above would cost {euros(dear[0], 'en')} a year at the smallest budget "
                    f"that brings any, {euros(dear[-1], 'en')} at the largest.",
                )
            )
    return lines


def _about(ground: Playground) -> dict[str, Any]:
    return {
        "simulation": True,
        "warning": WARNING.both(),
        "edition": ground.edition,
        "profession": ground.ground.profession,
        "thresholds": list(_profession(ground).thresholds),
        "unit": {"fr": _profession(ground).supply.fr, "en": _profession(ground).supply.en},
        "year": ground.ground.year,
        "snapshots": list(ground.snapshots),
    }


__all__ = ["BY", "DEFAULT", "RULES", "RULE_WORDS", "Mixed", "Shared", "default", "degree_words", "geojson", "mix",
           "mix_scenario", "mix_sentences", "mix_table", "mix_told", "pair_sentences", "pair_table", "pair_told",
           "paired", "share", "share_sentences", "share_table", "share_told", "shareable", "within"]  # fmt: skip
