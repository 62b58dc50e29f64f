"""A perimeter of the reader's own: communes chosen on a map or by their codes, and the page of the territory they make.

The address holds it whole; nothing is kept here. Figures are computed live from the places of the edition.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions.figures import by_indicator
from vigie.editions.gathering import TABLE, gather
from vigie.editions.observatory import Observation, Territory
from vigie.site import maps, territory_page
from vigie.site.room import Room
from vigie.site.words import Speaker

MOST = 300  # communes: an address stays one that a message can carry
LONGEST_NAME = 80
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_APART = re.compile(r"[\s,;.|]+")
_MAIN = "apl_mg"


@dataclass(frozen=True)
class Choice:
    """What an address asks for: the communes of the edition among its codes, in order, and the codes that are not.

    ``too_many`` is how many were asked for beyond :data:`MOST`.
    """

    name: str
    communes: tuple[Territory, ...]
    unknown: tuple[str, ...]
    too_many: int

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the communes."""
        return tuple(one.code for one in self.communes)


def choice(room: Room, codes: Sequence[str], name: str) -> Choice:
    """The communes of some texts of codes, apart from one another by spaces, commas, points or lines."""
    words = sorted({word.upper() for text in codes for word in _APART.split(text) if word})
    cards = [(word, room.directory.card("commune", word) if _COMMUNE.fullmatch(word) else None) for word in words]
    known = [card for _, card in cards if card is not None]
    unknown = tuple(word[:40] for word, card in cards if card is None)
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    return Choice(plain[:LONGEST_NAME], tuple(known[:MOST]), unknown, max(len(known) - MOST, 0))


def address(speaker: Speaker, chosen: Choice, page: str = "/perimetre", more: str = "") -> str:
    """The address that holds a choice whole."""
    name = speaker.url("", {"nom": chosen.name}).partition("?")[2] if chosen.name else ""
    parts = [f"communes={','.join(chosen.codes)}" if chosen.communes else "", name, more]
    return speaker.url(page) + "?" + "&".join(part for part in parts if part)


def observations(room: Room, chosen: Choice) -> list[Observation]:
    """The figures of the territory that the communes make."""
    places = {place.code for one in chosen.communes for place in room.directory.members(one)}
    return gather(room.observatory, sorted(places), _code(chosen))


def context(room: Room, speaker: Speaker, chosen: Choice) -> dict[str, Any]:
    """What the page of the territory shows: that of any other, less what only exists for those of the edition."""
    territory = _card(speaker, chosen)
    own = by_indicator(observations(room, chosen))
    parents = _shared_parents(room, chosen.communes)
    dossier = territory_page.Dossier(territory, own, parents, chosen.communes)
    return territory_page.of_dossier(room, speaker, dossier) | {
        "free": {
            "change": address(speaker, chosen, more="choisir=1"),
            "csv": address(speaker, chosen, "/perimetre.csv"),
            "here": address(speaker, chosen),
            "unknown": chosen.unknown,
        }
    }


def as_csv(room: Room, speaker: Speaker, chosen: Choice) -> bytes:
    """The figures as a CSV for machines, with the edition and the communes on every row."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    fields = [name for name in Observation.__dataclass_fields__ if name not in ("level", "code", "lower", "upper")]
    writer.writerow(["edition", "name", "communes", *fields])
    same = [room.id, _safe(_card(speaker, chosen).name), " ".join(chosen.codes)]
    for one in observations(room, chosen):
        writer.writerow([*same, *(getattr(one, name) for name in fields)])
    return file.getvalue().encode()


def _safe(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return "'" + name if name[:1] in "=+-@" else name


def choosing(room: Room, speaker: Speaker, chosen: Choice, departement: str) -> dict[str, Any]:
    """What the page where one chooses shows: codes to paste, and the communes of a département on a map."""
    where = room.directory.card("departement", departement) if departement else _departement_of(room, chosen)
    shown = [one for one in room.directory.members(where) if one.kind != "arrondissement"] if where else []
    here = set(chosen.codes)
    codes = {one.code for one in shown}
    return {
        "chosen": chosen,
        "most": MOST,
        "departements": room.directory.of_level("departement"),
        "where": where,
        "shown": shown,
        "here": here,
        "elsewhere": [one for one in chosen.communes if one.code not in codes],
        "map": _map(room, speaker, where, [one.code for one in shown]) if where else None,
        "able": room.observatory.has(TABLE),
        "named": chosen.name,
    }


def _departement_of(room: Room, chosen: Choice) -> Territory | None:
    codes = [one.departement for one in chosen.communes if one.departement]
    return room.directory.card("departement", codes[0]) if codes else None


def _map(room: Room, speaker: Speaker, where: Territory, codes: Sequence[str]) -> maps.Map | None:
    definition = room.indicators.get(_MAIN)
    periods = [when for name, when in room.distributions("commune") if name == _MAIN]
    if definition is None or not periods or len(codes) < 2:
        return None
    title = speaker.tr(f"Communes : {where.name}", f"Communes: {where.name}")
    subject = maps.Subject(definition, max(periods), "commune", codes, f"choice:{where.key}", title)
    return maps.make(room, speaker, subject)


def _code(chosen: Choice) -> str:
    """A short mark of a choice, the same for the same communes."""
    return hashlib.sha256(",".join(chosen.codes).encode()).hexdigest()[:10]


def _card(speaker: Speaker, chosen: Choice) -> Territory:
    communes = chosen.communes
    count = speaker.count(len(communes), "commune", "communes")
    name = chosen.name or speaker.tr(f"Périmètre de {count}", f"Perimeter of {count}")
    people = [one.population for one in communes]
    areas = [one.area_km2 for one in communes]
    return Territory(
        level="perimeter",
        code=_code(chosen),
        name=name,
        kind="perimeter",
        departement=_only(one.departement for one in communes),
        region=_only(one.region for one in communes),
        population=None if None in people else sum(one or 0 for one in people),
        places=len(communes),
        area_km2=None if None in areas else sum(one or 0.0 for one in areas),
        lon=None,
        lat=None,
    )


def _only(values: Iterable[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _shared_parents(room: Room, communes: Sequence[Territory]) -> list[Territory]:
    """The territories that hold every one of the communes, in part at least."""
    held = [{one.key: one for one in room.directory.parents(commune)} for commune in communes]
    shared = set.intersection(*(set(one) for one in held)) if held else set()
    return [one for key, one in held[0].items() if key in shared] if held else []
