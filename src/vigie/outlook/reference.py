"""The same draws in plain Python, one doctor after another: slow, and what the fast ones are tested against."""

from __future__ import annotations

import math

from vigie.outlook import chance
from vigie.outlook.ages import STEPS, age_tables
from vigie.outlook.draws import alias
from vigie.outlook.ground import Ground, Plan
from vigie.outlook.hypotheses import Model


def one_draw(ground: Ground, plan: Plan, model: Model, draw: int, seed: int) -> list[dict[str, list[float]]]:
    """What happens in one draw, a record per year: ``stock``, ``retired``, ``moved``, ``arrived``, ``filled`` and
    ``supply`` by site, ``apl`` by place (NaN where none is published).
    """
    sites = len(ground.heads)
    leaving = _departures(ground, plan, model, draw, seed)
    base, since = [int(heads) for heads in ground.heads], [0] * sites
    keep, other = alias(plan.draw)
    records = []
    for step in range(len(plan.years)):
        retired, moved, arrived, filled = ([0] * sites for _ in range(4))
        if step:
            for site in range(sites):
                gone = [(kind, year) for kind, year in leaving[site] if year == step]
                retired[site] = sum(kind == "retired" for kind, _ in gone)
                moved[site] = len(gone) - retired[site]
                base[site] -= len(gone)
                start = chance.stream(seed, draw, chance.STAY, step)
                again = _below(start, site, since[site], plan.mobility)
                since[site] -= again
                moved[site] += again
                start = chance.stream(seed, draw, chance.SPOT, step)
                filled[site] = _below(start, site, retired[site] + moved[site], plan.replaced)
            rounding = chance.uniform(chance.stream(seed, draw, chance.ROUND, step), 0)
            waiting = int(float(plan.entries[step]) + rounding) + sum(moved) - sum(filled)
            arrived = list(filled)
            start = chance.stream(seed, draw, chance.CHOICE, step)
            for k in range(max(waiting, 0)):
                there = chance.uniform(start, k) * sites
                site = int(there)
                arrived[other[site] if there - site >= keep[site] else site] += 1
            since = [there + more for there, more in zip(since, arrived, strict=True)]
        supply = _supply(ground, plan, model, draw, seed, step, base, since)
        records.append(
            {
                "stock": [float(one + two) for one, two in zip(base, since, strict=True)],
                "retired": [float(one) for one in retired],
                "moved": [float(one) for one in moved],
                "arrived": [float(one) for one in arrived],
                "filled": [float(one) for one in filled],
                "supply": supply,
                "apl": _access(ground, plan, step, supply),
            }
        )
    return records


def _below(start: int, site: int, count: int, limit: float) -> int:
    return sum(chance.uniform(start, site * chance.WIDE + k) < limit for k in range(count))


def _departures(ground: Ground, plan: Plan, model: Model, draw: int, seed: int) -> list[list[tuple[str, int]]]:
    """By site, the doctors of the base who leave: how, and in which year after it."""
    tables = age_tables(model.ages)
    years = len(plan.years) - 1
    found, doctor = [], 0
    for site, heads in enumerate(ground.heads):
        offset = chance.uniform(chance.stream(seed, draw, chance.AGE), site)
        first, second = (min(float(part), 1.0) for part in (ground.shares[site, 0], ground.shares[site, :2].sum()))
        edges = [0.0, first, second, 1.0]
        own = []
        for k in range(int(heads)):
            rank = (k + offset) / int(heads)
            kind = 0 if rank < first else 1 if rank < second else 2
            within = (rank - edges[kind]) / (edges[kind + 1] - edges[kind])
            age = int(tables[kind, min(int(within * STEPS), STEPS - 1)])
            u = chance.uniform(chance.stream(seed, draw, chance.EXIT), doctor)
            when = next((t for t in range(1, years + 1) if u < plan.leave[age, t]), None)
            move = None
            u, stayed = chance.uniform(chance.stream(seed, draw, chance.MOVE), doctor), 1.0
            for t in range(1, years + 1):
                if age + model.ages.youngest + t > 60 or (when is not None and t >= when):
                    break
                stayed *= 1 - plan.mobility
                if u < 1 - stayed:
                    move = t
                    break
            if move is not None:
                own.append(("moved", move))
            elif when is not None:
                own.append(("retired", when))
            doctor += 1
        found.append(own)
    return found


def _supply(
    ground: Ground, plan: Plan, model: Model, draw: int, seed: int, step: int, base: list[int], since: list[int]
) -> list[float]:
    time = math.sqrt(step / model.spread.years)
    result = []
    for site, heads in enumerate(ground.heads):
        deviations = (
            model.spread.practice / math.sqrt(int(heads)) * time,
            model.spread.area * time,
            model.spread.departement * time,
        )
        groups = (site, int(ground.area[site]), int(ground.departement[site]))
        moved = sum(
            spread * (_normal(seed, draw, part, group) if spread else 0.0) - spread**2 / 2
            for part, (spread, group) in enumerate(zip(deviations, groups, strict=True))
        )
        amount = float(ground.activity[site]) * (base[site] + plan.newcomer * since[site])
        result.append(amount * math.exp(moved))
    return result


def _normal(seed: int, draw: int, part: int, group: int) -> float:
    start = chance.stream(seed, draw, chance.SHOCK, part)
    radius = math.sqrt(-2 * math.log(1 - chance.uniform(start, 2 * group)))
    return radius * math.cos(2 * math.pi * chance.uniform(start, 2 * group + 1))


def _access(ground: Ground, plan: Plan, step: int, supply: list[float]) -> list[float]:
    """The published APL moved by the model's change, as :mod:`vigie.outlook.draws` writes it."""
    weight = ground.weight.toarray()
    places = range(len(ground.places))
    need = [float(plan.need[step, i if plan.need.shape[1] > 1 else 0]) for i in places]
    extra = [0.0] * len(places) if plan.extra is None else plan.extra[:, [step]].toarray()[:, 0].tolist()

    def reached(j: int, factor: list[float]) -> float:
        return sum(float(weight[i, j]) * float(ground.demand[i]) * factor[i] for i in places)

    def rate(amount: float, j: int, factor: list[float]) -> float:
        people = reached(j, factor)
        return amount / people if people > 0 else 0.0

    one = [1.0] * len(places)
    start = [float(h) * float(a) for h, a in zip(ground.heads, ground.activity, strict=True)]
    first = [rate(amount, int(j), one) for amount, j in zip(start, ground.site_of, strict=True)]
    now = [rate(amount, int(j), need) for amount, j in zip(supply, ground.site_of, strict=True)]
    more = [rate(amount, j, need) for j, amount in enumerate(extra)]
    result = []
    for i in places:
        explained = sum(float(weight[i, int(j)]) * r for j, r in zip(ground.site_of, first, strict=True))
        reach = sum(float(weight[i, int(j)]) * r for j, r in zip(ground.site_of, now, strict=True))
        added = sum(float(weight[i, j]) * r for j, r in enumerate(more))
        value = (float(ground.apl[i]) - explained) / need[i] + reach + added
        result.append(value if math.isnan(value) else max(value, 0.0))
    return result
