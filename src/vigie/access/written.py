"""A decay written on one line, as on the command line: the id of a preset, or a family with its parameters.

``linear-20`` is a preset; ``linear:20`` a line to 0 at 20 minutes; ``bands:5=1,10=0.3,15=0.1`` weight 1 before 5
minutes, 0.3 from 5, 0.1 from 10 to 15 included; ``line:0=1,10=0.4,20=0`` a broken line; ``gaussian:8,20`` (standard
deviation, limit), ``exponential:6,20`` (scale, limit) and ``logistic:10,2,20`` (midpoint, scale, limit), in minutes.
``fitted-mg`` and ``fitted-local-mg`` are the decays of the fitted preset for a profession, by its two models.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from vigie.access.decay import (
    Decay,
    Preset,
    bands,
    describe,
    exponential,
    gaussian,
    line,
    linear,
    logistic,
    preset,
    presets,
)
from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text

_PROVENANCE = {
    "official": Text("texte officiel", "official text"),
    "published": Text("publiée", "published"),
    "ours": Text("choix de Vigie, d'aucun texte officiel", "Vigie's choice, of no official text"),
}
_GIVEN = Text("donnée par l'utilisateur", "given by the user")


@dataclass(frozen=True)
class NamedDecay:
    """A decay with the name it was asked for by, what it is in words, and where it comes from."""

    name: str
    decay: Decay
    words: Text
    provenance: Text


def read_decay(text: str) -> NamedDecay:
    """The decay of a preset's id or of a line such as ``bands:5=1,10=0.3``.

    Raises UnknownNameError for an unknown preset or family, with the nearest; InputError for parameters that are not
    what the family wants.
    """
    family, colon, parameters = text.strip().partition(":")
    if family.startswith("fitted-") and not colon:
        return _fitted(family)
    if not colon:
        return of_preset(_preset(family))
    makers = {"bands": _bands, "line": _line, **_BY_NUMBERS}
    if family not in makers:
        raise _unknown(family, list(makers))
    decay = makers[family](parameters)
    return NamedDecay(text.strip(), decay, describe(decay), _GIVEN)


def of_preset(one: Preset) -> NamedDecay:
    """A preset under its id, with its status and source."""
    status = _PROVENANCE[one.status]
    provenance = Text(f"{status.fr} ; {one.source.fr}", f"{status.en}; {one.source.en}")
    return NamedDecay(one.id, one.decay, one.title, provenance)


def _fitted(name: str) -> NamedDecay:
    """The decay that the fitted preset found: of all France (``fitted-mg``) or place by place (``fitted-local-mg``)."""
    from vigie.access.fitting import shipped

    fitted = shipped()
    known = {
        f"{prefix}{profession}": decay
        for prefix, model in (("fitted-", "national"), ("fitted-local-", "local"))
        for profession, decay in fitted.models[model].decays.items()
    }
    if name not in known:
        raise _unknown(name, list(known))
    source = Text(f"calée sur l'APL {fitted.about['year']}", f"fitted to the APL of {fitted.about['year']}")
    ours = _PROVENANCE["ours"]
    return NamedDecay(
        name, known[name], describe(known[name]), Text(f"{ours.fr} ; {source.fr}", f"{ours.en}; {source.en}")
    )


def _preset(name: str) -> Preset:
    known = [one.id for one in presets()]
    if name not in known:
        raise _unknown(name, [*known, "fitted-mg"])
    return preset(name)


def _unknown(name: str, known: list[str]) -> UnknownNameError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    meant_fr = f" Vouliez-vous dire\u202f: {near[0]}\u202f?" if near else ""
    meant_en = f" Did you mean {near[0]}?" if near else ""
    return UnknownNameError(
        f"décroissance inconnue\u202f: «\u00a0{name}\u00a0».{meant_fr}",
        f"unknown decay: “{name}”.{meant_en}",
        remedy_fr=f"Connues\u202f: {', '.join(known)}\u202f; ou écrite, par exemple linear:20 ou bands:5=1,10=0.3.",
        remedy_en=f"Known: {', '.join(known)}; or written, for instance linear:20 or bands:5=1,10=0.3.",
    )


def _bands(text: str) -> Decay:
    steps = _pairs("bands", text)
    edges = [0.0, *(end for end, _ in steps)]
    return bands([(start, level) for start, (_, level) in zip(edges, steps, strict=False)], edges[-1])


def _line(text: str) -> Decay:
    knots = _pairs("line", text)
    if len(knots) < 2 or knots[-1][1] != 0:
        raise _malformed("line", text)
    return line(knots[:-1], knots[-1][0])


def _by_numbers(family: str, make: Callable[..., Decay], count: int) -> Callable[[str], Decay]:
    def made(text: str) -> Decay:
        numbers = [_number(family, part, text) for part in text.split(",")]
        if len(numbers) != count:
            raise _malformed(family, text)
        return make(*numbers)

    return made


_BY_NUMBERS = {
    "linear": _by_numbers("linear", linear, 1),
    "gaussian": _by_numbers("gaussian", gaussian, 2),
    "exponential": _by_numbers("exponential", exponential, 2),
    "logistic": _by_numbers("logistic", logistic, 3),
}

_SHAPES = {
    "bands": "bands:5=1,10=0.3,15=0.1",
    "line": "line:0=1,10=0.4,20=0",
    "linear": "linear:20",
    "gaussian": "gaussian:8,20",
    "exponential": "exponential:6,20",
    "logistic": "logistic:10,2,20",
}


def _pairs(family: str, text: str) -> list[tuple[float, float]]:
    parts = [part.partition("=") for part in text.split(",")]
    return [(_number(family, minutes, text), _number(family, weight, text)) for minutes, _, weight in parts]


def _number(family: str, part: str, text: str) -> float:
    try:
        return float(part)
    except ValueError:
        raise _malformed(family, text) from None


def _malformed(family: str, text: str) -> InputError:
    return InputError(
        f"paramètres de décroissance illisibles. Attendu, par exemple\u202f: {_SHAPES[family]}.",
        f"unreadable parameters of a decay. Expected, for instance: {_SHAPES[family]}.",
        where=Where(column=family, value=text),
    )
