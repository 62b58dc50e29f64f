"""Decay: how the weight of a site falls with the minutes it takes to reach it.

One rule for edges, everywhere in the room: **a band starts at its lower edge (start ≤ t) and the limit itself is
within reach (t ≤ limit)**; beyond the limit the weight is 0. So Barlet's bands read t < 5 → 1, 5 ≤ t < 10 → 0.3,
10 ≤ t ≤ 15 → 0.1, t > 15 → 0. Times are compared as float64: in float32 a pair may flip across an edge.

Presets are data (``presets/*.toml``): each says where it comes from and whether an official text gives it
(``official``), a paper does (``published``), or we chose it because no text does (``ours``).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats
from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text

Family = Literal["bands", "line", "linear", "gaussian", "exponential", "logistic"]
Status = Literal["official", "published", "ours"]

_PARAMETERS: dict[Family, tuple[str, ...]] = {
    "bands": (),
    "line": (),
    "linear": (),
    "gaussian": ("sigma",),
    "exponential": ("scale",),
    "logistic": ("midpoint", "scale"),
}


@dataclass(frozen=True)
class Decay:
    """A decay function: made by :func:`bands`, :func:`linear`, :func:`gaussian`, :func:`exponential`, :func:`logistic`.

    ``limit`` is in minutes; ``parameters`` are those of the family, in minutes, in the order of its function's
    arguments; ``starts`` and ``levels`` are the bands' lower edges (or the line's knots) and weights, empty for the
    other families.
    """

    family: Family
    limit: float
    parameters: tuple[float, ...] = ()
    starts: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A named decay with its provenance."""

    id: str
    title: Text
    decay: Decay
    professions: tuple[str, ...]
    status: Status
    source: Text
    note: Text


def weights(decay: Decay, minutes: npt.ArrayLike) -> Floats:
    """The weight of each of ``minutes``: same shape, float64, between 0 and 1; 0 beyond the limit.

    Raises InputError if a time is negative or NaN (an infinite time is merely out of reach).
    """
    times = np.asarray(minutes, dtype=np.float64)
    if not (times >= 0).all():
        raise InputError(
            "temps de trajet négatif ou absent.",
            "negative or missing travel time.",
            remedy_fr="Un temps est un nombre de minutes, 0 ou plus.",
            remedy_en="A time is a number of minutes, 0 or more.",
            where=Where(column="minutes"),
        )
    result = np.empty(times.shape)
    flat, filled = times.ravel(), result.ravel()
    for first in range(0, flat.size, _AT_ONCE):
        some = flat[first : first + _AT_ONCE]
        filled[first : first + _AT_ONCE] = np.where(some <= decay.limit, _SHAPES[decay.family](decay, some), 0.0)
    return result


# Times whose weights are computed together: what passes from one step to the next stays in the cache.
_AT_ONCE = 2**15


def bands(steps: Sequence[tuple[float, float]], limit: float) -> Decay:
    """Steps (2SFCA when there is one; E2SFCA, Luo and Qi 2009, when there are several).

    ``steps`` are (lower edge in minutes, weight), from 0 up; the last holds to ``limit`` included.
    Raises InputError unless edges rise strictly from 0 to below the limit and weights fall, between 0 and 1.
    """
    return Decay("bands", _positive(limit, "limit"), (), *_checked_steps(steps, limit))


def line(knots: Sequence[tuple[float, float]], limit: float) -> Decay:
    """A broken line through ``knots``, (minutes, weight) from 0 up, and 0 at the limit: what a calibration fits.

    Raises InputError as :func:`bands`.
    """
    return Decay("line", _positive(limit, "limit"), (), *_checked_steps(knots, limit))


def _checked_steps(steps: Sequence[tuple[float, float]], limit: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    starts = tuple(float(start) for start, _ in steps)
    levels = tuple(float(level) for _, level in steps)
    rising = bool(starts) and starts[0] == 0 and all(a < b for a, b in zip(starts, (*starts[1:], limit), strict=True))
    falling = bool(levels) and 0 < levels[0] <= 1 and all(a >= b >= 0 for a, b in pairwise(levels))
    if not (rising and falling):
        raise InputError(
            f"bandes invalides : {list(steps)}, limite {limit}.",
            f"invalid bands: {list(steps)}, limit {limit}.",
            remedy_fr="Les débuts montent strictement de 0 à moins que la limite ; les poids descendent, entre 0 et 1.",
            remedy_en="Lower edges rise strictly from 0 to below the limit; weights fall, between 0 and 1.",
            where=Where(column="bands"),
        )
    return starts, levels


def linear(limit: float) -> Decay:
    """1 − t / limit: from 1 at 0 minutes to 0 at the limit."""
    return Decay("linear", _positive(limit, "limit"))


def gaussian(sigma: float, limit: float) -> Decay:
    """exp(−½ (t/sigma)²), cut at the limit (Luo and Qi 2009; Wan, Zou and Sternberg 2012)."""
    return Decay("gaussian", _positive(limit, "limit"), (_positive(sigma, "sigma"),))


def exponential(scale: float, limit: float) -> Decay:
    """exp(−t/scale), cut at the limit."""
    return Decay("exponential", _positive(limit, "limit"), (_positive(scale, "scale"),))


def logistic(midpoint: float, scale: float, limit: float) -> Decay:
    """(1 + exp(−m/s)) / (1 + exp((t−m)/s)), 1 at 0 minutes, about a half at the midpoint m, cut at the limit."""
    return Decay("logistic", _positive(limit, "limit"), (_positive(midpoint, "midpoint"), _positive(scale, "scale")))


def from_definition(definition: Mapping[str, object]) -> Decay:
    """The decay that a table of a ``.toml`` file describes: ``family``, ``limit`` and the family's parameters.

    Raises InputError for an unknown family, a parameter missing, in excess or out of range.
    """
    family = definition.get("family")
    if family not in get_args(Family):
        raise InputError(
            "famille de décroissance inconnue.",
            "unknown family of decay.",
            remedy_fr=f"Familles connues : {', '.join(get_args(Family))}.",
            remedy_en=f"Known families: {', '.join(get_args(Family))}.",
            where=Where(column="family", value=family),
        )
    wanted = ("limit", *((family,) if family in ("bands", "line") else ()), *_PARAMETERS[cast(Family, family)])
    given = set(definition) - {"family"}
    if given != set(wanted):
        raise InputError(
            f"paramètres de « {family} » : {', '.join(sorted(given))} ; attendus : {', '.join(wanted)}.",
            f"parameters of “{family}”: {', '.join(sorted(given))}; expected: {', '.join(wanted)}.",
            where=Where(column="family", value=family),
        )
    limit = _positive(definition["limit"], "limit")
    if family == "bands":
        return bands(_steps(definition["bands"], "bands"), limit)
    if family == "line":
        return line(_steps(definition["line"], "line"), limit)
    arguments = {name: _positive(definition[name], name) for name in wanted}
    return _MAKERS[cast(Family, family)](**arguments)


def describe(decay: Decay) -> Text:
    """The decay in words, for reports: ``bandes 0–5 min : 1 ; 5–10 : 0.3…``."""
    if decay.family == "bands":
        edges = (*decay.starts, decay.limit)
        steps = "; ".join(f"{edges[k]:g}–{edges[k + 1]:g} min: {level:g}" for k, level in enumerate(decay.levels))
        return Text(f"bandes {steps}", f"bands {steps}")
    if decay.family == "line":
        knots = ", ".join(
            f"{start:g} min: {level:.3g}" for start, level in zip(decay.starts, decay.levels, strict=True)
        )
        return Text(f"ligne brisée {knots}, {decay.limit:g} min: 0", f"broken line {knots}, {decay.limit:g} min: 0")
    values = ", ".join(
        f"{name} {value:g}" for name, value in zip(_PARAMETERS[decay.family], decay.parameters, strict=True)
    )
    named = f"{decay.family} {values}".rstrip()
    return Text(f"{named} (limite {decay.limit:g} min)", f"{named} (limit {decay.limit:g} min)")


@cache
def presets() -> tuple[Preset, ...]:
    """The presets shipped with the room, in the order of their id."""
    folder = resources.files("vigie.access") / "presets"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(read_preset(tomllib.loads(entry.read_text("utf-8")), entry.name) for entry in files)


def preset(name: str) -> Preset:
    """The preset of this id. Raises UnknownNameError with the ids that exist."""
    for candidate in presets():
        if candidate.id == name:
            return candidate
    known = ", ".join(candidate.id for candidate in presets())
    raise UnknownNameError(
        f"décroissance inconnue : {name}.",
        f"unknown decay: {name}.",
        remedy_fr=f"Préréglages connus : {known}.",
        remedy_en=f"Known presets: {known}.",
    )


def read_preset(table: Mapping[str, object], file: str) -> Preset:
    """A preset from the contents of its ``.toml``. Raises InputError if a field is missing or its status unknown."""
    fields = (
        "id",
        "title_fr",
        "title_en",
        "professions",
        "status",
        "source_fr",
        "source_en",
        "note_fr",
        "note_en",
        "decay",
    )
    missing = [field for field in fields if field not in table]
    if missing or table["status"] not in get_args(Status):
        raise InputError(
            f"préréglage incomplet : {', '.join(missing) or 'status'}.",
            f"incomplete preset: {', '.join(missing) or 'status'}.",
            remedy_fr=f"« status » vaut {', '.join(get_args(Status))}.",
            remedy_en=f"“status” is one of {', '.join(get_args(Status))}.",
            where=Where(file=file),
        )
    return Preset(
        id=str(table["id"]),
        title=Text(str(table["title_fr"]), str(table["title_en"])),
        decay=from_definition(cast(Mapping[str, object], table["decay"])),
        professions=tuple(cast(Sequence[str], table["professions"])),
        status=cast(Status, table["status"]),
        source=Text(str(table["source_fr"]), str(table["source_en"])),
        note=Text(str(table["note_fr"]), str(table["note_en"])),
    )


def _positive(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise InputError(
            "un nombre de minutes positif est attendu.",
            "a positive number of minutes is expected.",
            where=Where(column=name, value=value),
        )
    return float(value)


def _steps(value: object, column: str) -> list[tuple[float, float]]:
    if isinstance(value, Sequence) and all(
        isinstance(step, Sequence) and len(step) == 2 and all(isinstance(part, int | float) for part in step)
        for step in value
    ):
        return [(float(start), float(level)) for start, level in value]
    raise InputError(
        "des couples [début en minutes, poids] sont attendus.",
        "pairs [lower edge in minutes, weight] are expected.",
        where=Where(column=column, value=value),
    )


def _bands_shape(decay: Decay, times: Floats) -> Floats:
    # Counting the edges passed, in a byte: a search for each pair, or a choice, would take several times as long.
    band = np.zeros(times.shape, dtype=np.min_scalar_type(len(decay.levels)))
    for start in decay.starts[1:]:
        band += times >= start
    return np.array(decay.levels)[band]


def _line_shape(decay: Decay, times: Floats) -> Floats:
    return np.interp(times, (*decay.starts, decay.limit), (*decay.levels, 0.0))


def _linear_shape(decay: Decay, times: Floats) -> Floats:
    return np.maximum(1.0 - times / decay.limit, 0.0)


def _gaussian_shape(decay: Decay, times: Floats) -> Floats:
    return np.exp(-0.5 * (times / decay.parameters[0]) ** 2)


def _exponential_shape(decay: Decay, times: Floats) -> Floats:
    return np.exp(-times / decay.parameters[0])


def _logistic_shape(decay: Decay, times: Floats) -> Floats:
    midpoint, scale = decay.parameters
    # expit rather than a quotient of exponentials, which overflows for a small scale.
    rising = 0.5 * (1.0 + np.tanh((midpoint - times) / (2 * scale)))
    return rising / (0.5 * (1.0 + math.tanh(midpoint / (2 * scale))))


_SHAPES: dict[Family, Callable[[Decay, Floats], Floats]] = {
    "bands": _bands_shape,
    "line": _line_shape,
    "linear": _linear_shape,
    "gaussian": _gaussian_shape,
    "exponential": _exponential_shape,
    "logistic": _logistic_shape,
}

_MAKERS: dict[Family, Callable[..., Decay]] = {
    "linear": linear,
    "gaussian": gaussian,
    "exponential": exponential,
    "logistic": logistic,
}
