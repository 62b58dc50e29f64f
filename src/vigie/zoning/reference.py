"""The plain reference of :mod:`vigie.zoning.classes`: one zone at a time, in pure Python, for tests to compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vigie.zoning.rules import Class

_SLACK = 1e-9


def zone_value(members: Sequence[tuple[float, float, float]], least: float = 0.5) -> float:
    """The mean of a zone from its places' (value, weight, residents); NaN where too few people have a value."""
    known = [one for one in members if not math.isnan(one[0]) and one[1] > 0]
    people = sum(one[2] for one in members)
    if not known or (people > 0 and sum(one[2] for one in known) / people < least):
        return math.nan
    return sum(value * weight for value, weight, _ in known) / sum(weight for _, weight, _ in known)


def classify(
    classes: Sequence[Class], value: Sequence[float], people: Sequence[float], met: dict[int, Sequence[bool]]
) -> list[int]:
    """The position of each zone's class, −1 for a zone without a value."""
    known = [zone for zone, one in enumerate(value) if not math.isnan(one)]
    total = sum(people[zone] for zone in known)
    found = [-1] * len(value)
    bound, shared = 0.0, True
    for place, one in enumerate(classes[:-1]):
        free = [zone for zone in known if found[zone] < 0 and _admits(one, place, zone, value, met)]
        if one.share is not None:
            taken = sum(people[zone] for zone in known if found[zone] >= 0)
            bound = (bound if shared else taken) + total * one.share / 100
            free = [
                zone
                for zone in free
                if taken + sum(people[other] for other in free if value[other] <= value[zone]) <= bound + _SLACK * total
            ]
        shared = one.share is not None
        for zone in free:
            found[zone] = place
    for zone in known:
        if found[zone] < 0:
            found[zone] = len(classes) - 1
    return found


def _admits(one: Class, place: int, zone: int, value: Sequence[float], met: dict[int, Sequence[bool]]) -> bool:
    if one.at_most is not None and value[zone] > one.at_most:
        return False
    return not one.conditions or met[place][zone]
