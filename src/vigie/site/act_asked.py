"""What the pages of « Agir » are asked: numbers and names of an address, read one by one, refused with their reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from vigie.editions.observatory import Territory
from vigie.errors import InputError, VigieError, Where
from vigie.language import Text
from vigie.levers.professions import NAMES, Name, Profession, professions
from vigie.site.choices import Option
from vigie.site.room import Room
from vigie.site.words import Speaker

CODE = re.compile(r"\(([0-9][0-9AB][0-9]{3}|[0-9]{9})\)\s*$")  # of a commune or of an EPCI
_NUMBER = re.compile(r"\d{1,10}([.,]\d{1,3})?")
PAGES = (
    ("/agir", Text("Leviers", "Levers")),
    ("/agir/lieux", Text("Où ouvrir", "Where to open")),
    ("/agir/repartir", Text("Répartir", "Allocate")),
    ("/agir/jumeler", Text("Jumeler", "Pair")),
    ("/agir/budget", Text("Budget", "Budget")),
    ("/agir/comparer", Text("Comparer", "Compare")),
)
"""The pages of « Agir », in the order in which one reads them."""


@dataclass(frozen=True)
class Tab:
    """A page of « Agir » with the same territory."""

    title: str
    href: str
    here: bool


@dataclass(frozen=True)
class Place:
    """The territory asked for; ``scope`` is the one that is computed on: the EPCI of a commune, else itself."""

    territory: Territory | None
    scope: Territory | None
    fault: str


def tabs(speaker: Speaker, path: str, territory: Territory | None, profession: str = "mg") -> list[Tab]:
    """The pages of « Agir » for the same territory and profession; ``path`` is the one that is read."""
    query = about(territory, profession) if territory else None
    return [Tab(speaker.of(title), speaker.url(address, query), address == path) for address, title in PAGES]


def figure(speaker: Speaker, value: float) -> str:
    """A number with the decimals that it has, four at most."""
    return speaker.number(value, len(f"{value:.4f}".rstrip("0").partition(".")[2]))


def about(territory: Territory, profession: str) -> dict[str, str]:
    """What every page of « Agir » is about, as its address says it."""
    return {"territoire": territory.key} | ({} if profession == "mg" else {"profession": profession})


def profession_of(query: Mapping[str, str]) -> Name:
    """The profession asked for, GPs without any."""
    return cast(Name, choice(query, "profession", NAMES, "mg"))


def highest_apl(own: Profession) -> int:
    """The highest APL that a page may be asked for: consultations per person, or FTE per 100,000."""
    return 20 if own.scale == 1 else 1_000


def professions_at(speaker: Speaker, path: str, territory: Territory, profession: str) -> list[tuple[str, str, bool]]:
    """The same page for each profession: its name, its address, whether it is the one that is read."""
    return [
        (speaker.of(one.title), speaker.url(path, about(territory, name)), name == profession)
        for name, one in professions().items()
    ]


def place(room: Room, speaker: Speaker, query: Mapping[str, str]) -> Place:
    """The territory that an address names."""
    text = query.get("territoire", "").strip()[:80]
    if not text:
        return Place(None, None, "")
    try:
        found = territory_of(room, text)
    except VigieError as fault:
        return Place(None, None, fault.message(speaker.lang))
    scope = found
    if found.level == "commune":
        scope = next((one for one in room.directory.parents(found) if one.level == "epci"), found)
    return Place(found, scope, "")


def territory_of(room: Room, text: str) -> Territory:
    """The territory of a key, code or name; a key is looked up in memory: sliders ask for it at every move.

    Raises UnknownNameError or AmbiguousNameError.
    """
    level, _, code = text.partition(":")
    return room.directory.card(level, code) or room.observatory.territory(text)


def number(query: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    """A number of the query. Raises InputError for one that is not, or out of its bounds."""
    given = query.get(name, "").replace("\u202f", "").replace(" ", "").strip()
    if not given:
        return default
    value = float(given.replace(",", ".")) if _NUMBER.fullmatch(given) else float("nan")
    if not least <= value <= most:
        raise InputError(
            f"un nombre entre {least:g} et {most:g} est attendu.",
            f"a number between {least:g} and {most:g} is expected.",
            where=Where(column=name, value=given[:40]),
        )
    return value


def whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query. Raises InputError as :func:`number`, and for a fraction."""
    value = number(query, name, default, least, most)
    if value % 1:
        raise InputError(
            "un nombre entier est attendu.",
            "a whole number is expected.",
            where=Where(column=name, value=f"{value:g}"),
        )
    return int(value)


def choice(query: Mapping[str, str], name: str, known: Iterable[str], default: str) -> str:
    """One of the values that are known, ``default`` for none or another."""
    given = query.get(name, "")
    return given if given in known else default


def names(text: str, most: int = 50) -> list[str]:
    """Territories written one after the other: « Rodez (12202), epci:200067171 »."""
    parts = [part.strip() for part in text[:900].split(",") if part.strip()][:most]
    return [_key(code[1]) if (code := CODE.search(part)) else part[:60] for part in parts]


def _key(code: str) -> str:
    return f"commune:{code}" if len(code) == 5 else f"epci:{code}"


def written(room: Room, keys: Sequence[str]) -> str:
    """Territories as people write them, and as :func:`names` reads them: « Rodez (12202) »."""
    parts = []
    for key in keys:
        level, _, code = key.partition(":")
        name = room.directory.name(level, code, "") if level in ("commune", "epci") else ""
        parts.append(f"{name.replace(',', ' ')} ({code})" if name else key)
    return ", ".join(parts)


def options(speaker: Speaker, known: Mapping[str, Text], chosen: str) -> list[Option]:
    """The choices of a list, with the one chosen."""
    return [Option(value, speaker.of(text), value == chosen) for value, text in known.items()]


def meshes(speaker: Speaker, chosen: str) -> list[Option]:
    """The levels between whose territories means are shared."""
    return [
        Option(name, speaker.level(name, many=True), name == chosen)
        for name in ("bassin_de_vie", "epci", "departement", "commune")
    ]


def mesh_of(territory: Territory | None) -> str:
    """The level that suits a territory: its communes where it is small, else bassins de vie."""
    large = ("departement", "region", "france")
    return "bassin_de_vie" if territory is None or territory.level in large else "commune"
