"""Levers as data: what each does, by how much, at what cost, and who says so.

A lever is a ``.toml`` file of ``definitions/``. Its parameters each have a value, a range and a source; a figure that
no text gives is a ``hypothesis`` and says so. Its mechanism is one of a few (:data:`Mechanism`): it says how an amount
(so many posts, days, per cent) becomes consultations at a place, fewer demands or shorter trips. Nothing here computes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FOLDER = Path(__file__).parent / "definitions"
T = TypeVar("T")
YEARS = ("first", "second", "third", "steady")
"""The years of a cost and of an effect: the first three, then every year once all is in place."""

Bound = Literal["worst", "central", "best"]
BOUNDS: tuple[Bound, ...] = ("worst", "central", "best")
"""``worst`` takes the end of each range where the lever does least and costs most; ``best`` the other end."""

Years = tuple[float, float, float, float]
Spread = Literal["principal", "population", "practitioners"]
"""How an amount is shared: equally between the territories named, in the most peopled place of each; or over all their
places, by standardised population or by practitioners at work."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """A text in French and in English."""

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, lang: str) -> str:
        """The text in ``lang``."""
        return self.en if lang == "en" else self.fr


class Source(_Strict):
    """Who says a figure. ``derived``: computed from published figures, as the text says; ``hypothesis``: ours."""

    status: Literal["published", "derived", "hypothesis"]
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, lang: str) -> str:
        """The words in ``lang``."""
        return self.en if lang == "en" else self.fr


class Parameter(_Strict):
    """A figure that the effect depends on, between ``low`` and ``high``; ``better`` says which end has more effect.

    A scenario may set it to anything from ``least`` to ``most``.
    """

    title: Words
    unit: Words
    value: float
    low: float
    high: float
    least: float
    most: float
    better: Literal["more", "less"] = "more"
    source: Source

    @model_validator(mode="after")
    def _in_order(self) -> Parameter:
        ends = (self.least, self.low, self.value, self.high, self.most)
        if not all(map(math.isfinite, ends)) or list(ends) != sorted(ends):
            raise RefusedError(
                "least ≤ low ≤ value ≤ high ≤ most est attendu", "least ≤ low ≤ value ≤ high ≤ most is expected"
            )
        return self

    def at(self, bound: Bound) -> float:
        """The value at a bound of the effect."""
        if bound == "central":
            return self.value
        return self.low if (bound == "worst") == (self.better == "more") else self.high


class Amount(_Strict):
    """What a scenario gives of the lever, and what a slider offers: from ``least`` to ``most`` by ``step``."""

    title: Words
    unit: Words
    least: float = Field(ge=0)
    most: float = Field(gt=0)
    default: float
    step: float = Field(gt=0)


class Cost(_Strict):
    """A line of cost in euros, for the first three years and each later one; negative for a receipt.

    It is ``per`` unit of the amount, territory named, inhabitant of the places, practitioner at work there or
    consultation added, times the ``times`` parameters. ``low`` and ``high`` are its range, ``years`` itself without.
    """

    title: Words
    per: Literal["unit", "territory", "inhabitant", "practitioner", "consultation"]
    times: tuple[str, ...] = ()
    years: Years
    low: Years | None = None
    high: Years | None = None
    source: Source

    @model_validator(mode="after")
    def _in_order(self) -> Cost:
        for low, value, high in zip(self.low or self.years, self.years, self.high or self.years, strict=True):
            if not low <= value <= high:
                raise RefusedError(
                    "low ≤ years ≤ high est attendu chaque année", "low ≤ years ≤ high is expected in every year"
                )
        return self

    def at(self, bound: Bound) -> Years:
        """The four yearly amounts at a bound: the dearest where the effect is worst."""
        if bound == "central":
            return self.years
        return (self.high if bound == "worst" else self.low) or self.years


class _Factors(_Strict):
    """A product of parameters (``factors``) and, where there are, the sum of others (``sum``)."""

    factors: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()


class Supply(_Factors):
    """Consultations a year appear at a place: amount × factors."""

    kind: Literal["supply"]
    spread: Spread = "principal"
    opens: bool = True


class Existing(_Factors):
    """The practitioners at work do more: activity of those concerned × factors.

    ``measure``: ``practitioners``, the amount × ``each`` is how many are concerned, at most all of them; ``percent``,
    the amount is the per cent of them.
    """

    kind: Literal["existing"]
    measure: Literal["practitioners", "percent"]
    each: str | None = None


class Departures(_Factors):
    """Practitioners leave: the amount × factors, at most all of them, with their activity."""

    kind: Literal["departures"]


class Moved(_Factors):
    """Activity leaves the places of origin and reaches others, as much here as it leaves there.

    ``measure``: ``units``, amount × factors consultations a year; ``percent``, the amount is the per cent of the
    activity of the origins. No origin gives more than ``most`` (a parameter) of its activity.
    """

    kind: Literal["moved"]
    measure: Literal["units", "percent"]
    most: str
    spread: Spread = "principal"
    opens: bool = True


class Demand(_Factors):
    """The inhabitants ask less: per cent of them concerned (the amount) × factors."""

    kind: Literal["demand"]


class Trips(_Factors):
    """The inhabitants travel faster: the amount is minutes saved; the product of factors the share who uses it."""

    kind: Literal["trips"]


class Link(_Factors):
    """A new road between two places: the amount is its minutes."""

    kind: Literal["link"]


Mechanism = Annotated[Supply | Existing | Departures | Moved | Demand | Trips | Link, Field(discriminator="kind")]


class Preset(_Strict):
    """Other values of some parameters, under a name."""

    title: Words
    values: dict[str, tuple[float, float, float]]
    """Value, low and high by parameter."""
    source: Source


class Ramp(_Strict):
    """The share of the effect in the first three years, or the parameter that says in how many years it is whole."""

    shares: tuple[float, float, float] | None = None
    years: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Ramp:
        if (self.shares is None) == (self.years is None):
            raise RefusedError("shares ou years est attendu, pas les deux", "either shares or years is expected")
        if self.shares is not None and not all(0 <= one <= 1 for one in self.shares):
            raise RefusedError("les parts vont de 0 à 1", "shares are from 0 to 1")
        return self


class Lever(_Strict):
    """One lever. ``degrees`` of difficulty that it suits: 1, aids to private practice; 2, public means ([C], III).

    ``professions`` whose APL it moves; ``priced`` unless nothing read gives its cost, which is then told as unknown.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    order: int
    title: Words
    text: Words
    limits: Words
    degrees: tuple[Literal[1, 2], ...] = Field(min_length=1)
    professions: tuple[str, ...] = ("mg",)
    priced: bool = True
    amount: Amount
    mechanism: Mechanism
    ramp: Ramp
    parameters: dict[str, Parameter] = {}
    presets: dict[str, Preset] = {}
    costs: tuple[Cost, ...] = ()

    @model_validator(mode="after")
    def _known_parameters(self) -> Lever:
        own = self.mechanism
        named = [*own.factors, *own.sum, *(name for cost in self.costs for name in cost.times)]
        named += [name for name in (getattr(own, "each", None), getattr(own, "most", None), self.ramp.years) if name]
        named += [name for preset in self.presets.values() for name in preset.values]
        strangers = sorted(set(named) - set(self.parameters))
        if strangers:
            raise RefusedError(
                f"paramètres non déclarés\u202f: {', '.join(strangers)}",
                f"parameters that are not declared: {', '.join(strangers)}",
            )
        for name, preset in self.presets.items():
            for parameter, (value, low, high) in preset.values.items():
                self.parameters[parameter].model_copy().model_validate(
                    {**self.parameters[parameter].model_dump(), "value": value, "low": low, "high": high}
                )
            if not preset.values:
                raise RefusedError(f"le préréglage {name} ne change rien", f"preset {name} changes nothing")
        return self

    def settled(self, preset: str | None, chosen: Mapping[str, float]) -> dict[str, Parameter]:
        """The parameters under a preset and the values that a scenario chose, whose range is then a point.

        Raises UnknownNameError for a preset or a parameter that the lever does not have, InputError for a value out of
        its bounds.
        """
        found = dict(self.parameters)
        if preset is not None:
            for name, (value, low, high) in _named(self.presets, preset, "preset").values.items():
                found[name] = found[name].model_copy(update={"value": value, "low": low, "high": high})
        for name, value in chosen.items():
            one = _named(found, name, "parameters")
            if not (math.isfinite(value) and one.least <= value <= one.most):
                raise InputError(
                    f"de {one.least:g} à {one.most:g} attendu.",
                    f"from {one.least:g} to {one.most:g} expected.",
                    where=Where(column=f"parameters.{name}", value=value),
                )
            found[name] = one.model_copy(update={"value": value, "low": value, "high": value})
        return found


def product(mechanism: _Factors, parameters: Mapping[str, Parameter], bound: Bound) -> float:
    """The product of the factors of a mechanism, times the sum of its ``sum``, at a bound."""
    value = math.prod(parameters[name].at(bound) for name in mechanism.factors)
    if mechanism.sum:
        value *= math.fsum(parameters[name].at(bound) for name in mechanism.sum)
    return value


def _named(known: Mapping[str, T], name: str, what: str) -> T:
    if name in known:
        return known[name]
    near = ", ".join(get_close_matches(name, known, 3)) or ", ".join(known) or "–"
    raise UnknownNameError(
        f"nom inconnu : « {name[:60]} ». Connus : {near}.",
        f"unknown name: “{name[:60]}”. Known: {near}.",
        where=Where(column=what),
    )


def read_lever(path: Path) -> Lever:
    """One lever from its file. Raises InputError that names the file, the key and what was expected."""
    refused = Text("levier refusé", "lever refused")
    lever = validated(Lever, toml_file(path), refused, "docs/methods-levers.md", path)
    if lever.id != path.stem:
        raise InputError(
            f"le fichier s'appelle « {path.stem} ».",
            f"the file is called “{path.stem}”.",
            where=Where(file=path, column="id", value=lever.id),
        )
    return lever


def levers_of(profession: str) -> dict[str, Lever]:
    """The levers that move the APL of a profession, in the order in which people read them."""
    return {name: one for name, one in levers().items() if profession in one.professions}


@cache
def levers() -> dict[str, Lever]:
    """The levers that ship with Vigie, by id, in the order in which people read them."""
    found = [read_lever(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {one.id: one for one in sorted(found, key=lambda one: one.order)}


def lever(name: str, known: Mapping[str, Lever] | None = None) -> Lever:
    """The lever of that id. Raises UnknownNameError with the nearest ids."""
    return _named(levers() if known is None else known, name, "lever")


def hypotheses(chosen: Iterable[tuple[Lever, Mapping[str, Parameter]]]) -> list[tuple[Lever, str, Parameter]]:
    """The parameters that are hypotheses, once each: what an answer must state."""
    seen: dict[tuple[str, str, float], tuple[Lever, str, Parameter]] = {}
    for own, parameters in chosen:
        for name, one in parameters.items():
            if one.source.status == "hypothesis":
                seen[own.id, name, one.value] = (own, name, one)
    return list(seen.values())
