"""Rules of zoning as data: a ``.toml`` file says what is measured, on which mesh, and where one class ends.

A rule of one's own takes ten lines (docs/methods-zoning.md). What no text at hand gives stays empty and is said so;
``status`` and ``verified`` tell an official rule from a reading of it and from a proposal of Vigie.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from vigie.errors import InputError, UnknownNameError, Where
from vigie.indicators.definition import Words
from vigie.language import Text
from vigie.validation import toml_file, validated

FOLDER = Path(__file__).parent / "rules"
PROFESSIONS = Path(__file__).parent / "professions.toml"

Status = Literal["in_force", "past", "proposed", "ours"]
STATUSES: tuple[Status, ...] = ("in_force", "past", "proposed", "ours")
Role = Literal["priority", "aided", "undecided", "none", "over"]
"""What a class gives: the first aids, other aids, aids if the ARS so chooses, none, none and installations limited."""
ROLES: tuple[Role, ...] = ("priority", "aided", "undecided", "none", "over")

M = TypeVar("M", bound=BaseModel)

ROUNDING = 0.05  # a printed share is rounded to one digit: their sum may go past 100 by this for each

_DOCUMENT = "docs/methods-zoning.md"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """What else a zone must meet: a figure of its own, or people who live under alerts.

    With ``indicator``, the mean of the zone must be ``at_least`` or ``at_most`` so much. With ``alerts``, at least
    ``people_share`` per cent of its people live in a commune under so many alerts.
    """

    indicator: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    alerts: int | None = Field(default=None, ge=1)
    people_share: float = Field(default=50.0, gt=0, le=100)


class Class(_Strict):
    """One class, from the worst served to the best.

    ``at_most`` ends it at a value (included), ``share`` when it holds so many per cent of the people, the worst served
    first; with both, the first reached. The last class takes the rest. ``printed`` is the value that the text prints
    beside a share, for its own year. A class that is ``chosen`` has no limit: only a choice fills it. ``regions`` are
    the shares of régions, by code, of a rule that cuts each région by itself.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    role: Role
    at_most: float | None = None
    share: float | None = Field(default=None, gt=0)
    printed: float | None = None
    regions: dict[str, float] = Field(default_factory=dict)
    chosen: bool = False
    conditions: tuple[Condition, ...] = ()

    @property
    def ends(self) -> bool:
        """Whether the class has an end of its own."""
        return self.at_most is not None or self.share is not None or bool(self.conditions)


class Move(_Strict):
    """A choice that the text leaves to the ARS: zones of the classes ``origins`` that it may put in ``target``.

    ``ceiling`` is the most people that it may move in a région, in per cent of those of the class ``of`` (of all its
    people where ``of`` is ``"region"``); None where no text at hand gives it: whoever chooses must then state one.
    ``regions`` are the ceilings that the text gives région by région, by code: they come before ``ceiling``.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    origins: tuple[str, ...] = Field(min_length=1)
    target: str
    ceiling: float | None = Field(default=None, gt=0, le=100)
    regions: dict[str, float] = Field(default_factory=dict)
    of: str = "region"
    source: Words


class Alone(_Strict):
    """Priority neighbourhoods (QPV) that the text lets be classed by themselves.

    One whose zone is of a class of ``origins`` may be put in ``target`` without its zone.
    """

    origins: tuple[str, ...] = Field(min_length=1)
    target: str
    source: Words


class Rule(_Strict):
    """One rule. ``periods`` are those of the indicator that it is applied to, where they are at hand.

    ``instead`` is the mesh that stands in for ``mesh`` when that one is not at hand, and ``difference`` what this
    changes. ``weight`` says by which people the APL of communes is averaged, ``people`` whose numbers fill the shares.
    ``shares_by`` ``"region"`` cuts each région by itself, at its own shares (``Class.regions``): a région without them
    has no class.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    profession: str
    status: Status
    verified: bool = True
    since: str = ""
    until: str = ""
    text: Words
    source: Words
    note: Words | None = None
    mesh: str
    instead: str | None = None
    difference: Words | None = None
    indicator: str | None = None
    missing: Words | None = None
    periods: tuple[str, ...] = ()
    weight: Literal["standardised", "residents"] = "standardised"
    people: Literal["residents", "standardised"] = "residents"
    shares_by: Literal["france", "region"] = "france"
    one_for_one: bool = False
    classes: tuple[Class, ...] = Field(min_length=2)
    moves: tuple[Move, ...] = ()
    neighbourhoods: Alone | None = None

    @property
    def cut(self) -> tuple[Class, ...]:
        """The classes that the rule itself fills, in order."""
        return tuple(one for one in self.classes if not one.chosen)

    @property
    def regions(self) -> tuple[str, ...]:
        """The régions that every share of the rule is known of, by code; all that it can class if it cuts by région."""
        known = [set(one.regions) for one in self.cut if one.share is not None and one is not self.cut[-1]]
        return tuple(sorted(set.intersection(*known))) if known else ()

    def in_region(self, region: str) -> tuple[Class, ...]:
        """The classes that the rule fills, with the shares of a région of :attr:`regions`."""
        return tuple(
            one.model_copy(update={"share": one.regions[region]}) if one.share is not None and region in one.regions
            else one
            for one in self.cut
        )  # fmt: skip

    def class_of(self, name: str) -> Class:
        """The class of that id. Raises UnknownNameError with those that the rule has."""
        found = next((one for one in self.classes if one.id == name), None)
        if found is None:
            names = ", ".join(one.id for one in self.classes)
            raise UnknownNameError(
                f"classe inconnue : « {name} ». Classes de {self.id} : {names}.",
                f"unknown class: “{name}”. Classes of {self.id}: {names}.",
            )
        return found


class Need(_Strict):
    """Who has a real difficulty of access: communes under a value, or the worst served share of the people."""

    indicator: str
    below: float | None = None
    worst: float | None = Field(default=None, gt=0, lt=1)
    source: Words


class Profession(_Strict):
    """What is known of a profession beside its rules.

    ``heads`` is the indicator that counts practitioners, ``variants`` the name under which the recomputed APL has it.
    ``people_per_unit`` turns an APL into full-time practitioners: FTE = APL × standardised people / people_per_unit
    (100,000 for an APL in FTE per 100,000; the consultations of a full-time GP for an APL in consultations).
    """

    id: str
    title: Words
    heads: str | None = None
    variants: str | None = None
    people_per_unit: float | None = Field(default=None, gt=0)
    fte: Words | None = None
    need: Need | None = None


# Reading --------------------------------------------------------------------------------------------------------------


def read_rule(path: Path, indicators: Collection[str] | None = None) -> Rule:
    """The rule of a ``.toml`` file.

    ``indicators`` are the ids that exist; by default those that Vigie ships. Raises InputError naming the file, the key
    and what was expected: a file that is not TOML, a key missing or unknown, an unknown indicator or profession, shares
    beyond 100 %, thresholds that do not rise, a last class that leaves people without one.
    """
    rule = _validated(path, Rule, toml_file(path))
    _check(path, rule, _shipped_indicators() if indicators is None else indicators)
    return rule


@cache
def rules() -> dict[str, Rule]:
    """The rules that Vigie ships, by id, in the order of ``STATUSES`` then of their names."""
    found = [read_rule(path) for path in sorted(FOLDER.glob("*.toml"))]
    for path, rule in zip(sorted(FOLDER.glob("*.toml")), found, strict=True):
        if rule.id != path.stem:
            raise _refused(path, "id", rule.id, f"l'identifiant doit être le nom du fichier, « {path.stem} »",
                           f"the id must be the file's name, “{path.stem}”")  # fmt: skip
    return {one.id: one for one in sorted(found, key=lambda one: (STATUSES.index(one.status), one.id))}


@cache
def professions() -> dict[str, Profession]:
    """The professions that rules are made for, by id."""
    raw = toml_file(PROFESSIONS)
    return {name: _validated(PROFESSIONS, Profession, {"id": name, **row}) for name, row in raw.items()}


def find_rule(known: dict[str, Rule], name: str) -> Rule:
    """The rule of that id. Raises UnknownNameError with the nearest ids."""
    if name in known:
        return known[name]
    near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.3))
    raise UnknownNameError(
        f"règle de zonage inconnue : « {name} »." + (f" Vouliez-vous dire : {near} ?" if near else ""),
        f"unknown zoning rule: “{name}”." + (f" Did you mean: {near}?" if near else ""),
        remedy_fr="La liste : vigie zone.",
        remedy_en="The list: vigie zone.",
    )


def _shipped_indicators() -> Collection[str]:
    from vigie.indicators import definitions

    return definitions()


def _validated(path: Path, kind: type[M], raw: dict[str, Any]) -> M:
    return validated(kind, raw, Text("règle de zonage refusée", "zoning rule refused"), _DOCUMENT, path)


def _refused(path: Path, key: str, value: object, fr: str, en: str) -> InputError:
    return InputError(
        f"règle de zonage refusée : {fr}.",
        f"zoning rule refused: {en}.",
        remedy_fr=f"Voir {_DOCUMENT}.",
        remedy_en=f"See {_DOCUMENT}.",
        where=Where(file=path, column=key, value=value),
    )


def _check(path: Path, rule: Rule, indicators: Collection[str]) -> None:
    _check_names(path, rule, indicators)
    _check_ends(path, rule)
    _check_shares(path, rule)
    _check_thresholds(path, rule)
    _check_moves(path, rule)


def _check_names(path: Path, rule: Rule, indicators: Collection[str]) -> None:
    named = [("indicator", rule.indicator)]
    named += [
        (f"classes.{place}.conditions", condition.indicator)
        for place, one in enumerate(rule.classes)
        for condition in one.conditions
    ]
    for key, name in named:
        if name is not None and name not in indicators:
            near = ", ".join(difflib.get_close_matches(name, list(indicators), n=3)) or "vigie indicators"
            raise _refused(
                path, key, name, f"indicateur inconnu ; proches : {near}", f"unknown indicator; near: {near}"
            )
    if rule.shares_by == "region" and not rule.regions and rule.missing is None:
        raise _refused(path, "missing", None, "une règle par région dont les parts ne sont pas là dit où les trouver",
                       "a rule by région without its shares says where to find them")  # fmt: skip
    if rule.indicator is None and rule.missing is None:
        raise _refused(path, "missing", None, "une règle sans indicateur dit ce qui manque, et où le trouver",
                       "a rule without an indicator says what is missing and where to find it")  # fmt: skip
    if rule.profession not in professions():
        names = ", ".join(professions())
        raise _refused(path, "profession", rule.profession, f"attendu : {names}", f"expected: {names}")
    ids = [one.id for one in rule.classes]
    if len(set(ids)) < len(ids):
        raise _refused(path, "classes", ", ".join(ids), "deux classes portent le même nom",
                       "two classes bear the same name")  # fmt: skip
    for place, one in enumerate(rule.classes):
        for condition in one.conditions:
            bounds = condition.at_least is not None or condition.at_most is not None
            if (condition.indicator is None) != (condition.alerts is not None) or (
                condition.indicator is not None and not bounds
            ):
                raise _refused(path, f"classes.{place}.conditions", None,
                               "une condition a un indicateur avec at_least ou at_most, ou bien alerts",
                               "a condition has an indicator with at_least or at_most, or else alerts")  # fmt: skip


def _check_ends(path: Path, rule: Rule) -> None:
    cut = rule.cut
    if len(cut) < 2:
        raise _refused(path, "classes", len(cut), "il faut au moins deux classes que la règle remplit",
                       "at least two classes that the rule fills are needed")  # fmt: skip
    for one in rule.classes:
        if one.chosen and one.ends:
            raise _refused(path, f"classes.{one.id}", one.id, "une classe choisie n'a ni seuil ni part",
                           "a chosen class has neither threshold nor share")  # fmt: skip
    for one in cut[:-1]:
        if not one.ends:
            raise _refused(path, f"classes.{one.id}", one.id, "il manque at_most, share ou conditions",
                           "at_most, share or conditions is missing")  # fmt: skip
    if cut[-1].at_most is not None or cut[-1].conditions:
        raise _refused(path, f"classes.{cut[-1].id}", cut[-1].id,
                       "la dernière classe prend tout le reste : ni at_most ni conditions, sinon des habitants "
                       "n'auraient pas de classe",
                       "the last class takes the rest: neither at_most nor conditions, or people would have no class",
                       )  # fmt: skip


def _check_shares(path: Path, rule: Rule) -> None:
    shares = [one.share for one in rule.cut if one.share is not None]
    if sum(shares) > 100 + ROUNDING * len(shares) + 1e-9:
        total = f"{sum(shares):g} %"
        raise _refused(path, "classes.share", total, "les parts de population dépassent ensemble 100 %",
                       "the shares of the population add up to more than 100%")  # fmt: skip

    for one in rule.cut:
        for region, share in one.regions.items():
            if one.share is None or not 0 < share <= 100:
                raise _refused(path, f"classes.{one.id}.regions.{region}", share,
                               "une part de région va de 0 à 100 %, et sa classe a une part",
                               "the share of a région goes from 0 to 100%, and its class has a share")  # fmt: skip
    for region in rule.regions:
        whole = sum(one.share for one in rule.in_region(region)[:-1] if one.share is not None)
        if whole > 100 + ROUNDING * len(rule.cut):
            raise _refused(path, "classes.regions", f"{region} : {whole:g} %",
                           "les parts d'une région dépassent ensemble 100 %",
                           "the shares of a région add up to more than 100%")  # fmt: skip


def _check_thresholds(path: Path, rule: Rule) -> None:
    # A condition makes a class of its own beside the others: only plain thresholds follow one another.
    plain = [one for one in rule.cut if one.at_most is not None and not one.conditions]
    for before, after in pairwise(plain):
        assert before.at_most is not None and after.at_most is not None
        if after.at_most <= before.at_most:
            raise _refused(path, f"classes.{after.id}.at_most", after.at_most,
                           f"les seuils se recouvrent : plus de {before.at_most:g} attendu, celui de « {before.id} »",
                           f"thresholds overlap: more than {before.at_most:g} expected, that of “{before.id}”",
                           )  # fmt: skip


def _check_moves(path: Path, rule: Rule) -> None:
    ids = {one.id for one in rule.classes}
    named = [
        (f"moves.{move.id}", name)
        for move in rule.moves
        for name in (*move.origins, move.target, *([move.of] if move.of != "region" else []))
    ]
    if rule.neighbourhoods is not None:
        named += [("neighbourhoods", name) for name in (*rule.neighbourhoods.origins, rule.neighbourhoods.target)]
    for key, name in named:
        if name not in ids:
            names = ", ".join(sorted(ids))
            raise _refused(path, key, name, f"classe inconnue ; classes : {names}",
                               f"unknown class; classes: {names}")  # fmt: skip
