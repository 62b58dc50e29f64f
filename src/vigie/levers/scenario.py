"""Scenarios: which levers, in which places, how much — as a small file that can be shared and replayed.

Written in TOML or JSON (docs/scenario-format.md), bounded in everything, refused with the key that is wrong. The
identity of a scenario is that of its canonical JSON: the same levers in the same places, whatever the file looked like.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from vigie.access.arrays import Integers
from vigie.errors import InputError, StorageError, UnknownNameError, VigieError, Where
from vigie.language import Text
from vigie.levers.definition import Lever, Parameter, Spread, lever, levers_of
from vigie.levers.professions import Name as ProfessionName
from vigie.validation import RefusedError, toml, validated

LARGEST = 64_000  # bytes of a scenario
ACTIONS, TERRITORIES, COMPARED = 40, 50, 6
"""The most actions of a scenario, territories of an action, and scenarios side by side."""

_DOCUMENT = "docs/scenario-format.md"
_REFUSED = Text("scénario refusé", "scenario refused")
_TOKEN = "v1."
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")

TerritoryText = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""The name of a lever or of a preset: any short text, so that one that is nearly right is told the names known."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Action(_Strict):
    """So much of one lever in some territories; ``origins`` (``from`` in a file) are where moved activity comes from.

    ``amount`` is for all the ``places`` together, shared as ``spread`` says (else as the lever does).
    """

    lever: Label
    amount: Number = Field(ge=0, le=1e6)
    places: tuple[TerritoryText, ...] = Field(min_length=1, max_length=TERRITORIES)
    origins: tuple[TerritoryText, ...] = Field(default=(), max_length=TERRITORIES, alias="from")
    preset: Label | None = None
    spread: Spread | None = None
    parameters: dict[Name, Number] = Field(default={}, max_length=12)


class Scenario(_Strict):
    """Actions together. ``territory`` is the one whose means and inequality are told; losers are told wherever.

    ``title``, ``owner`` (an organisation or a function, never a person) and ``date`` (when it is due: a year, a month
    or a day) are for those who read the plan: they change neither the answer nor the identity.
    """

    format: Literal[1] = 1
    title: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    owner: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    date: str = ""
    profession: ProfessionName = "mg"
    territory: TerritoryText = "france:FR"
    actions: tuple[Action, ...] = Field(default=(), max_length=ACTIONS)

    @field_validator("date", mode="before")
    @classmethod
    def _a_date(cls, value: Any) -> Any:
        """A date as text: TOML has dates of its own, 2027-06-30 without quotes."""
        text = value.isoformat() if type(value) is datetime.date else value
        if isinstance(text, str) and text and not _is_date(text):
            raise RefusedError("2026, 2026-09 ou 2026-09-01 est attendu", "2026, 2026-09 or 2026-09-01 is expected")
        return text

    @model_validator(mode="after")
    def _one_link(self) -> Scenario:
        kinds = []
        for place, one in enumerate(self.actions):
            with _at(f"actions.{place}"):
                kinds.append(lever(one.lever).mechanism.kind)
        if kinds.count("link") > 1:
            raise RefusedError("un nouveau lien au plus par scénario", "one new link at most in a scenario")
        return self


def _is_date(text: str) -> bool:
    """Whether a text is a year, a month or a day that exists."""
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text + "2026-01-01"[len(text) :])
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Area:
    """A territory as a scenario needs it: its key (``level:code``), its name, the rows of its places, rising."""

    key: str
    name: str
    places: Integers


Atlas = Callable[[str], Area]
"""Finds a territory by key, code or name; raises UnknownNameError or AmbiguousNameError."""


@dataclass(frozen=True)
class Settled:
    """An action whose lever, parameters and territories are found."""

    action: Action
    lever: Lever
    parameters: dict[str, Parameter]
    spread: Spread
    areas: tuple[Area, ...]
    origins: tuple[Area, ...]

    @cached_property
    def places(self) -> Integers:
        """The rows of the places of all its territories, once each."""
        return _rows(self.areas)

    @cached_property
    def origin_places(self) -> Integers:
        """The rows of the places of origin, once each."""
        return _rows(self.origins)


@dataclass(frozen=True)
class Plan:
    """A scenario settled on an edition's territories; ``scenario`` names them by key."""

    scenario: Scenario
    scope: Area
    actions: tuple[Settled, ...]


def read_scenario(path: Path) -> Scenario:
    """A scenario from a ``.toml`` or ``.json`` file.

    Raises StorageError for a file that cannot be read, InputError for one too large, not TOML or JSON, or not a
    scenario, naming the key at fault.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as fault:
        raise StorageError(
            f"{path} ne se lit pas ({fault.strerror or fault}).", f"{path} cannot be read ({fault.strerror or fault})."
        ) from None
    return scenario_of(content, path.suffix.lower() == ".json", path)


def scenario_of(content: bytes, as_json: bool = True, file: Path | str | None = None) -> Scenario:
    """A scenario from the bytes of a file. Raises InputError as :func:`read_scenario`."""
    if len(content) > LARGEST:
        raise InputError(
            f"plus de {LARGEST} octets.",
            f"more than {LARGEST} bytes.",
            remedy_fr=f"Un scénario a {ACTIONS} actions au plus. Voir {_DOCUMENT}.",
            remedy_en=f"A scenario has {ACTIONS} actions at most. See {_DOCUMENT}.",
            where=Where(file=file),
        )
    kind = "JSON" if as_json else "TOML"
    try:
        text = content.decode("utf-8")
        raw = json.loads(text) if as_json else toml(text, file)
    except (ValueError, RecursionError) as fault:
        told_fr = told_en = str(fault)[:200]
        if isinstance(fault, RecursionError):
            told_fr, told_en = "trop imbriqué", "nested too deep"
        elif isinstance(fault, UnicodeDecodeError):
            told_fr, told_en = "ce n'est pas du texte en UTF-8", "it is not text in UTF-8"
        raise InputError(
            f"ce n'est pas du {kind} ({told_fr}).",
            f"this is not {kind} ({told_en}).",
            remedy_fr=f"Voir {_DOCUMENT}.",
            remedy_en=f"See {_DOCUMENT}.",
            where=Where(file=file),
        ) from None
    return from_data(raw, file)


def from_data(raw: Any, file: Path | str | None = None) -> Scenario:
    """A scenario from what JSON or TOML gave. Raises InputError, or UnknownNameError for a lever that is not."""
    try:
        return validated(Scenario, raw, _REFUSED, _DOCUMENT, file)
    except UnknownNameError as fault:
        fault.where = replace(fault.where, file=file)
        raise


def settle(scenario: Scenario, atlas: Atlas) -> Plan:
    """The scenario on the territories that ``atlas`` knows.

    Raises UnknownNameError for a lever, preset, parameter or territory that is not, InputError for an amount or a value
    out of its bounds, origins missing or given in vain, or a link that is not between two communes.
    """
    with _at("territory"):
        scope = atlas(scenario.territory)
    actions = tuple(_settled(one, place, atlas, scenario.profession) for place, one in enumerate(scenario.actions))
    named = tuple(
        one.action.model_copy(
            update={"places": tuple(a.key for a in one.areas), "origins": tuple(a.key for a in one.origins)}
        )
        for one in actions
    )
    return Plan(scenario.model_copy(update={"territory": scope.key, "actions": named}), scope, actions)


def check(scenario: Scenario) -> None:
    """Refuse what no edition would take: all that :func:`settle` does before it looks for territories."""
    for place, one in enumerate(scenario.actions):
        _checked(one, f"actions.{place}", scenario.profession)


def _settled(action: Action, number: int, atlas: Atlas, profession: str) -> Settled:
    at = f"actions.{number}"
    own, parameters = _checked(action, at, profession)
    with _at(f"{at}.places"):
        areas = tuple(atlas(text) for text in action.places)
    with _at(f"{at}.from"):
        origins = tuple(atlas(text) for text in action.origins)
    if own.mechanism.kind == "link" and [one.places.size for one in areas] != [1, 1]:
        raise InputError(
            f"« {own.id} » relie deux communes.",
            f"“{own.id}” joins two communes.",
            where=Where(column=f"{at}.places"),
        )
    spread: Spread = action.spread or getattr(own.mechanism, "spread", "principal") or "principal"
    return Settled(action, own, parameters, spread, areas, origins)


def _checked(action: Action, at: str, profession: str) -> tuple[Lever, dict[str, Parameter]]:
    """The lever of an action and its parameters, everything that needs no territory being right."""
    with _at(at):
        own = lever(action.lever)
    if profession not in own.professions:
        raise InputError(
            f"« {own.id} » ne joue pas sur l'APL de cette profession ({profession}).",
            f"“{own.id}” does not move the APL of this profession ({profession}).",
            remedy_fr=f"Leviers de cette profession : {', '.join(levers_of(profession))}.",
            remedy_en=f"Levers of this profession: {', '.join(levers_of(profession))}.",
            where=Where(column=f"{at}.lever", value=own.id),
        )
    if action.amount and not own.amount.least <= action.amount <= own.amount.most:
        raise InputError(
            f"« {own.id} » : de {own.amount.least:g} à {own.amount.most:g} {own.amount.unit.fr} attendu, ou 0.",
            f"“{own.id}”: from {own.amount.least:g} to {own.amount.most:g} {own.amount.unit.en} expected, or 0.",
            where=Where(column=f"{at}.amount", value=action.amount),
        )
    moved = own.mechanism.kind == "moved"
    if moved != bool(action.origins):
        raise InputError(
            f"« {own.id} » " + ("demande des lieux d'origine." if moved else "n'a pas de lieu d'origine."),
            f"“{own.id}” " + ("needs places of origin." if moved else "has no place of origin."),
            remedy_fr='from = ["departement:44"], par exemple.' if moved else "Retirez from.",
            remedy_en='from = ["departement:44"], say.' if moved else "Take from out.",
            where=Where(column=f"{at}.from"),
        )
    with _at(at):
        return own, own.settled(action.preset, action.parameters)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Tell a fault with the key of the scenario that it is of; what the fault knows of it comes after."""
    try:
        yield
    except VigieError as fault:
        known = fault.where.column
        fault.where = replace(fault.where, column=f"{place}.{known}" if known else place)
        raise


def canonical(scenario: Scenario) -> str:
    """The scenario as JSON with sorted keys and nothing that is not said: what is shared."""
    raw = scenario.model_dump(by_alias=True, exclude_defaults=True) | {"format": scenario.format}
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def identity(scenario: Scenario) -> str:
    """Twelve hexadecimal digits that are those of the same scenario alone; its title, owner and date do not count."""
    bare = scenario.model_copy(update={"title": "", "owner": "", "date": ""})
    return hashlib.sha256(canonical(bare).encode()).hexdigest()[:12]


def token(scenario: Scenario) -> str:
    """The scenario as a word for an address."""
    return _TOKEN + base64.urlsafe_b64encode(zlib.compress(canonical(scenario).encode(), 9)).decode().rstrip("=")


def from_token(text: str) -> Scenario:
    """The scenario of a word that :func:`token` made. Raises InputError for anything else, however it unpacks."""
    try:
        if not text.startswith(_TOKEN) or len(text) > LARGEST:
            raise ValueError
        packed = base64.b64decode(text.removeprefix(_TOKEN) + "=" * (-(len(text) - len(_TOKEN)) % 4), b"-_", True)
        content = zlib.decompressobj().decompress(packed, LARGEST + 1)
    except (ValueError, binascii.Error, zlib.error):
        raise InputError(
            "cette adresse n'est pas celle d'un scénario.",
            "this address is not that of a scenario.",
            remedy_fr="Recopiez-la entière, ou envoyez le fichier.",
            remedy_en="Copy the whole of it, or send the file.",
            where=Where(column="s"),
        ) from None
    return scenario_of(content)


def as_toml(scenario: Scenario) -> str:
    """The scenario as a ``.toml`` file: what :func:`read_scenario` reads back."""
    lines = [f"format = {scenario.format}"]
    raw = scenario.model_dump(by_alias=True, exclude_defaults=True)
    lines += [
        f"{name} = {_toml(raw[name])}" for name in ("title", "owner", "date", "profession", "territory") if name in raw
    ]
    for action in raw.get("actions", ()):
        own = action.pop("parameters", {})
        lines += ["", "[[actions]]", *(f"{name} = {_toml(value)}" for name, value in action.items())]
        if own:
            lines += ["[actions.parameters]", *(f"{name} = {_toml(value)}" for name, value in own.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    # A JSON string of printable characters, a number and a list of them are written alike in TOML.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _rows(areas: tuple[Area, ...]) -> Integers:
    if len(areas) == 1:
        return areas[0].places
    return np.unique(np.concatenate([one.places for one in areas])) if areas else np.empty(0, dtype=np.int64)
