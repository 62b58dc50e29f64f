"""A small country for the tests of levers: places on a plane, with everything that a scenario needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vigie.access.decay import Decay, line
from vigie.access.travel import Points
from vigie.errors import UnknownNameError
from vigie.levers.ground import Ground, prepare
from vigie.levers.professions import professions
from vigie.levers.scenario import Area, Atlas

DECAYS: dict[str, Decay] = {
    "falling": line([(0.0, 1.0), (4.0, 0.8), (12.0, 0.3)], 20.0),
    "step": line([(0.0, 1.0)], 15.0),
}


def points(km: Sequence[tuple[float, float]], speed: float = 60.0) -> Points:
    """Places at these kilometres on one plane."""
    size = len(km)
    position = np.column_stack([np.array(km, dtype=np.float64) * 1000.0, np.zeros(size)])
    ids = np.array([f"{k:05d}" for k in range(size)])
    nothing = np.zeros(size)
    return Points(ids, position, np.full(size, "plane"), np.full(size, 60.0 / speed), nothing, nothing)


def ground(
    km: Sequence[tuple[float, float]],
    people: Sequence[float],
    heads: Sequence[float],
    published: Sequence[float] | None = None,
    activity: float = 4000.0,
    profession: str = "mg",
) -> Ground:
    """A ground under two models of travel and two decays; standardised inhabitants are inhabitants.

    They are counted in as many as the APL of the profession is per: ``activity`` is then in its own unit.
    """
    slow, quick = points(km), points(km, 75.0)
    apl = np.full(len(km), 2.0) if published is None else np.array(published)
    supply = activity * np.array(heads, dtype=np.float64)
    return prepare(
        profession,
        "2023",
        slow.ids,
        people,
        np.array(people) / professions()[profession].scale,
        apl,
        supply,
        heads,
        [("slow", slow, DECAYS), ("quick", quick, DECAYS)],
    )


def atlas(size: int) -> Atlas:
    """Finds ``place:3``, ``places:0-4`` and ``all``."""

    def found(text: str) -> Area:
        kind, _, what = text.partition(":")
        if text in ("all", "france:FR"):
            rows = np.arange(size)
        elif kind == "place":
            rows = np.array([int(what)])
        elif kind == "places":
            first, last = (int(part) for part in what.split("-"))
            rows = np.arange(first, last + 1)
        else:
            raise UnknownNameError(f"inconnu : {text}", f"unknown: {text}")
        return Area(text, text, rows)

    return found
