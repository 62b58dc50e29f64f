"""Scenarios told: an answer as plain data with names, sources and sentences, as a table, as GeoJSON; side by side.

It is what the command line prints and what the API answers. Everything here says that it is a simulation, on which
published figures, under which hypotheses; places and numbers, never a practitioner.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from vigie.editions.levers import Playground
from vigie.errors import InputError, Where
from vigie.language import NNBSP, Text, euros, number, plural
from vigie.levers.answer import MEASURES, Answer, Crossing, Ranged, Scope, answer
from vigie.levers.definition import BOUNDS, Lever, Parameter, Source, hypotheses
from vigie.levers.professions import Profession, professions
from vigie.levers.scenario import Scenario, canonical, identity, settle, token

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory

WARNING = Text(
    "Simulation de Vigie, non une prévision : l'APL publiée, déplacée par l'effet calculé des leviers sous les "
    "hypothèses énoncées. Elle porte sur des lieux et des nombres, jamais sur des praticiens.",
    "A simulation by Vigie, not a forecast: the published APL, moved by the computed effect of the levers under the "
    "hypotheses stated. It is about places and numbers, never about practitioners.",
)
PLACES = 2_000
"""The places told, those where most people see the largest change first kept, unless more are asked for."""

_NAMES = {
    "d1": Text("premier décile", "first decile"),
    "d9": Text("neuvième décile", "ninth decile"),
    "mean_worst": Text("moyenne du dixième le moins bien servi", "mean of the worst-served tenth"),
    "mean_best": Text("moyenne du dixième le mieux servi", "mean of the best-served tenth"),
    "gini": Text("indice de Gini", "Gini's index"),
}


def play(scenario: Scenario, ground: Playground, ticking: Callable[[], None] = lambda: None) -> Answer:
    """The answer to a scenario on an edition.

    Raises what :func:`vigie.levers.scenario.settle` raises, and InputError where the ground is another profession's.
    """
    own = ground.ground.profession
    if scenario.profession != own:
        raise InputError(
            f"scénario d'une autre profession que celle du terrain ({own}).",
            f"a scenario of another profession than that of the ground ({own}).",
            where=Where(column="profession", value=scenario.profession),
        )
    return answer(settle(scenario, ground.area), ground.ground, ticking)


def told(found: Answer, ground: Playground, places: int = PLACES) -> dict[str, Any]:
    """An answer as plain data; at most ``places`` rows of places."""
    scenario = found.plan.scenario
    return {
        "simulation": True,
        "warning": WARNING.both(),
        "id": identity(scenario),
        "token": token(scenario),
        "scenario": json.loads(canonical(scenario)),
        "edition": ground.edition,
        "profession": ground.ground.profession,
        "unit": _words(_own(found).unit),
        "year": ground.ground.year,
        "snapshots": list(ground.snapshots),
        "variants": ground.ground.variants,
        "sentences": [one.both() for one in sentences(found)],
        "scope": {"key": found.plan.scope.key, "name": found.plan.scope.name} | _scope(found.scope),
        "whole": {"key": "france:FR", "name": "France"} | _scope(found.whole),
        "actions": _actions(found),
        "costs": _costs(found),
        "cost_per_person": [None if one is None else _ranged(one, 0) for one in found.per_person],
        "conservation": {name: _round(value, 3) for name, value in vars(found.conservation).items()},
        "hypotheses": [_parameter(*one) for one in _hypotheses(found)],
        "departements": by_departement(found, ground).to_dicts(),
        "places_changed": int(found.places.rows.size),
        "places": _kept(places_table(found, ground), places).to_dicts(),
    }


def places_table(found: Answer, ground: Playground) -> pl.DataFrame:
    """The places that change, the largest gain first: code, name, departement, people, before, after, change, low,
    high. ``low`` and ``high`` are those of the change."""
    rows = found.places.rows
    columns = {name: getattr(found.places, name) for name in ("before", "after", "change", "low", "high")}
    people = pl.col("population").fill_null(0)
    own: pl.DataFrame = ground.places[rows.tolist()].select("code", "name", "departement", people=people)
    return own.with_columns(pl.Series(name, values).round(4) for name, values in columns.items())


def by_departement(found: Answer, ground: Playground) -> pl.DataFrame:
    """Who gains and who loses by département: departement, gain, lose (people), leave, enter (2.5), consultations."""
    table = places_table(found, ground)
    demand = pl.Series("demand", ground.ground.demand[found.places.rows])
    limit = _own(found).thresholds[0]
    under, above = pl.col("before") < limit, pl.col("after") < limit
    people = pl.col("people")
    return (
        table.with_columns(demand)
        .group_by("departement")
        .agg(
            gain=people.filter(pl.col("change") > 0).sum(),
            lose=people.filter(pl.col("change") < 0).sum(),
            leave=people.filter(under & ~above).sum(),
            enter=people.filter(~under & above).sum(),
            consultations=(pl.col("change") * pl.col("demand")).sum().round(0),
        )
        .sort("consultations", "departement", descending=[True, False])
    )


def _kept(table: pl.DataFrame, places: int) -> pl.DataFrame:
    if table.height <= places:
        return table
    weight = (pl.col("change").abs() * pl.col("people")).rank("ordinal", descending=True)
    return table.filter(weight <= places)


def geojson(found: Answer, ground: Playground, observatory: Observatory) -> bytes:
    """The places that change as GeoJSON, with the polygons of the communes."""
    import orjson
    import shapely

    polygons = observatory.polygons("commune")
    features = [
        {
            "type": "Feature",
            "id": row["code"],
            "properties": row,
            "geometry": orjson.Fragment(shapely.to_geojson(shapely.from_wkb(polygons[row["code"]])))
            if row["code"] in polygons
            else None,
        }
        for row in places_table(found, ground).to_dicts()
    ]
    about = told(found, ground, 0)
    del about["places"]
    return orjson.dumps({"type": "FeatureCollection", "vigie": about, "features": features})


def compared(answers: Sequence[Answer]) -> pl.DataFrame:
    """Scenarios side by side, a row each: what one reads first, with intervals."""
    rows = []
    for one in answers:
        first, second = one.whole.crossings
        # What has no known price is told as unknown, never as free.
        euros = [None if one.costs.unknown else float(value) for value in one.costs.total[1]]
        rows.append(
            {
                "id": identity(one.plan.scenario),
                "profession": one.plan.scenario.profession,
                "title": one.plan.scenario.title or identity(one.plan.scenario),
                "net_2.5": first.net.value,
                "net_2.5_low": first.net.low,
                "net_2.5_high": first.net.high,
                "net_2": second.net.value,
                "gain": one.whole.gain,
                "lose": one.whole.lose,
                "mean_after": one.scope.mean_after.value,
                "gini_change": _gini_change(one.scope),
                "cost_1": euros[0],
                "cost_2": euros[1],
                "cost_3": euros[2],
                "cost_steady": euros[3],
                "cost_per_person": one.per_person[3].value if one.per_person[3] else None,
            }
        )
    return pl.DataFrame(rows)


def _gini_change(scope: Scope) -> float | None:
    pair = scope.inequality.get("gini")
    return None if pair is None else pair[1].value - pair[0]


def sentences(found: Answer) -> list[Text]:
    """What a reader should leave with, in plain words."""
    lines = [
        _mean(found),
        *(_crossed(one, _own(found)) for one in found.whole.crossings),
        _losers(found),
        *_paid(found),
    ]
    lines += [note for effect in found.change.effects for note in effect.notes]
    return [line for line in lines if line is not None]


def _mean(found: Answer) -> Text:
    before, after, name = found.scope.mean_before, found.scope.mean_after, found.plan.scope.name
    own = _own(found)
    k = own.decimals
    return Text(
        f"{name}{NNBSP}: l'APL moyenne passerait de {number(before, 'fr', k)} à {number(after.value, 'fr', k)} "
        f"{own.unit.fr} (de {number(after.low, 'fr', k)} à {number(after.high, 'fr', k)} selon les hypothèses).",
        f"{name}: the mean APL would go from {number(before, 'en', k)} to {number(after.value, 'en', k)} {own.unit.en} "
        f"({number(after.low, 'en', k)} to {number(after.high, 'en', k)} by hypothesis).",
    )


def _own(found: Answer) -> Profession:
    return professions()[found.plan.scenario.profession]


def _crossed(one: Crossing, own: Profession) -> Text:
    leave, enter = one.leave, one.enter
    k = own.limit_decimals
    fr = (
        f"{number(leave.value, 'fr')} {plural(leave.value, 'habitant passerait', 'habitants passeraient', 'fr')} "
        f"au-dessus de {number(one.threshold, 'fr', k)} {own.limit.fr} (de {number(leave.low, 'fr')} à "
        f"{number(leave.high, 'fr')} selon les hypothèses)"
    )
    en = (
        f"{number(leave.value, 'en')} {plural(leave.value, 'inhabitant', 'inhabitants', 'en')} would rise above "
        f"{number(one.threshold, 'en', k)} {own.limit.en} ({number(leave.low, 'en')} to {number(leave.high, 'en')} "
        "by hypothesis)"
    )
    if enter.high:
        fr += f"{NNBSP}; {number(enter.value, 'fr')} tomberaient en dessous (jusqu'à {number(enter.high, 'fr')})"
        en += f"; {number(enter.value, 'en')} would fall under it (up to {number(enter.high, 'en')})"
    return Text(fr + ".", en + ".")


def _losers(found: Answer) -> Text:
    gain, lose = found.whole.gain, found.whole.lose
    people = (plural(gain, "habitant y gagnerait", "habitants y gagneraient", "fr"),
              plural(gain, "inhabitant", "inhabitants", "en"))  # fmt: skip
    if not lose:
        return Text(
            f"{number(gain, 'fr')} {people[0]}{NNBSP}; personne n'y perdrait.",
            f"{number(gain, 'en')} {people[1]} would gain; nobody would lose.",
        )
    return Text(
        f"{number(gain, 'fr')} {people[0]}, {number(lose, 'fr')} {plural(lose, 'y perdrait', 'y perdraient', 'fr')}.",
        f"{number(gain, 'en')} {people[1]} would gain, {number(lose, 'en')} would lose.",
    )


def _paid(found: Answer) -> list[Text]:
    if found.costs.unknown:
        titles = [found.plan.actions[number_].lever.title for number_ in found.costs.unknown]
        names = {"fr": [one.fr for one in titles], "en": [one.en for one in titles]}
        return [
            Text(
                f"Coût{NNBSP}: données non disponibles ({', '.join(names['fr'])}).",
                f"Cost: data not available ({', '.join(names['en'])}).",
            )
        ]
    if not found.costs.lines:
        return []
    first, steady = (float(found.costs.total[1, year]) for year in (0, 3))
    low, high = (float(found.costs.total[bound, 3]) for bound in (2, 0))
    lines = [
        Text(
            f"Coût{NNBSP}: {euros(first, 'fr')} la première année, {euros(steady, 'fr')} par an en régime établi "
            f"(de {euros(low, 'fr')} à {euros(high, 'fr')}).",
            f"Cost: {euros(first, 'en')} in the first year, {euros(steady, 'en')} a year once in place "
            f"({euros(low, 'en')} to {euros(high, 'en')}).",
        )
    ]
    each, own = found.per_person[3], _own(found)
    if each is not None:
        limit_fr, limit_en = (number(own.thresholds[0], lang, own.limit_decimals) for lang in ("fr", "en"))
        top_fr = f"à {euros(each.high, 'fr')}" if math.isfinite(each.high) else "sans borne haute"
        top_en = f"to {euros(each.high, 'en')}" if math.isfinite(each.high) else "without an upper bound"
        lines.append(
            Text(
                f"Soit {euros(each.value, 'fr')} par an et par habitant passé au-dessus de {limit_fr} (de "
                f"{euros(each.low, 'fr')} {top_fr}).",
                f"That is {euros(each.value, 'en')} a year per inhabitant brought above {limit_en} "
                f"({euros(each.low, 'en')} {top_en}).",
            )
        )
    return lines


def _scope(one: Scope) -> dict[str, Any]:
    return {
        "people": one.people,
        "unpublished": one.unpublished,
        "mean": {"before": _round(one.mean_before), "after": _ranged(one.mean_after)},
        "thresholds": [_crossing(crossing) for crossing in one.crossings],
        "within_30_minutes": {"before": one.near_before, "after": one.near_after},
        "gain": one.gain,
        "lose": one.lose,
        "inequality": {
            name: {"title": _NAMES[name].both(), "before": _round(pair[0]), "after": _ranged(pair[1])}
            for name, pair in ((name, one.inequality[name]) for name in MEASURES if name in one.inequality)
        },
    }


def _crossing(one: Crossing) -> dict[str, Any]:
    ranged = {name: _ranged(getattr(one, name), 0) for name in ("after", "leave", "enter", "net")}
    return {"threshold": one.threshold, "before": one.before, **ranged, "net_by_year": list(one.years)}


def _actions(found: Answer) -> list[dict[str, Any]]:
    central = BOUNDS.index("central")
    return [
        {
            "lever": one.lever.id,
            "title": _words(one.lever.title),
            "limits": _words(one.lever.limits),
            "amount": one.action.amount,
            "used": _round(effect.used),
            "unit": _words(one.lever.amount.unit),
            "places": [{"key": area.key, "name": area.name} for area in one.areas],
            "from": [{"key": area.key, "name": area.name} for area in one.origins],
            "added": _bounds(effect.added, central),
            "taken": _bounds(effect.taken, central),
            "notes": [note.both() for note in effect.notes],
        }
        for one, effect in zip(found.plan.actions, found.change.effects, strict=True)
    ]


def _costs(found: Answer) -> dict[str, Any]:
    plan, total = found.plan, found.costs.total

    def years(euros: Any) -> dict[str, list[float | None]]:
        return {name: [_round(float(v), 0) for v in euros[k]] for k, name in ((1, "value"), (2, "low"), (0, "high"))}

    return {
        "unit": "€",
        "years": ["1", "2", "3", "steady"],
        "total": years(total),
        "lines": [
            {
                "action": line.action,
                "lever": plan.actions[line.action].lever.id,
                "title": _words(line.cost.title),
                **years(line.euros),
                "source": _source(line.cost.source),
            }
            for line in found.costs.lines
        ],
        "unknown": [plan.actions[number].lever.id for number in found.costs.unknown],
    }


def _hypotheses(found: Answer) -> list[tuple[Lever, str, Parameter]]:
    return hypotheses((one.lever, one.parameters) for one in found.plan.actions)


def _parameter(lever: Lever, name: str, one: Parameter) -> dict[str, Any]:
    return {"lever": lever.id, "lever_title": _words(lever.title), "name": name} | parameter(one)


def parameter(one: Parameter) -> dict[str, Any]:
    """A parameter as plain data."""
    return {
        "title": _words(one.title),
        "unit": _words(one.unit),
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "least": one.least,
        "most": one.most,
        "source": _source(one.source),
    }


def lever_told(one: Lever) -> dict[str, Any]:
    """A lever as plain data: what a page needs for its slider, and where each figure comes from."""
    amount = one.amount
    return {
        "id": one.id,
        "title": _words(one.title),
        "text": _words(one.text),
        "limits": _words(one.limits),
        "degrees": list(one.degrees),
        "professions": list(one.professions),
        "priced": one.priced,
        "mechanism": one.mechanism.kind,
        "needs_origins": one.mechanism.kind == "moved",
        "amount": {
            "title": _words(amount.title),
            "unit": _words(amount.unit),
            **{name: getattr(amount, name) for name in ("least", "most", "default", "step")},
        },
        "parameters": {name: parameter(value) for name, value in one.parameters.items()},
        "presets": {
            name: {
                "title": _words(preset.title),
                "values": {key: list(value) for key, value in preset.values.items()},
                "source": _source(preset.source),
            }
            for name, preset in one.presets.items()
        },
        "costs": [
            {
                "title": _words(cost.title),
                "per": cost.per,
                "years": list(cost.years),
                "low": list(cost.low or cost.years),
                "high": list(cost.high or cost.years),
                "source": _source(cost.source),
            }
            for cost in one.costs
        ],
    }


def _source(one: Source) -> dict[str, str]:
    return {"status": one.status, "fr": one.fr, "en": one.en}


def _words(words: Any) -> dict[str, str]:
    return {"fr": words.fr, "en": words.en}


def _bounds(values: Any, central: int) -> dict[str, float | None]:
    return {
        "value": _round(float(values[central]), 1),
        "low": _round(float(min(values)), 1),
        "high": _round(float(max(values)), 1),
    }


def _ranged(one: Ranged, digits: int = 4) -> dict[str, float | None]:
    return {name: _round(getattr(one, name), digits) for name in ("value", "low", "high")}


def _round(value: float, digits: int = 4) -> float | None:
    """Rounded for an answer; None for what has no bound."""
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None
