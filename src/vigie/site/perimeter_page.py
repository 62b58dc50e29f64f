"""A perimeter of the reader's own: communes chosen on a map or by their codes, and the page of the territory they make.

The address holds it whole; nothing is kept here. Figures are computed live from the places of the edition.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions import gathered
from vigie.editions.figures import by_indicator
from vigie.editions.gathering import TABLE, gather
from vigie.editions.observatory import Observation, Territory
from vigie.site import brief, maps, territory_page, worries, zone_standing
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.territories.names import search_text

MOST = 300  # communes: an address stays one that a message can carry
LONGEST_NAME = 80
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_APART = re.compile(r"[\s.]+")
_PIECES = re.compile(r"[\n\r\t,;|]+")
_NAME = re.compile(r"[^\W\d_]{2}")  # two letters running: a name, not a code
_MOST_NAMES = 400
_MAIN = "apl_mg"


@dataclass(frozen=True)
class Choice:
    """What an address asks for: the communes of the edition among its codes, in order, and the codes that are not.

    ``too_many`` is how many were asked for beyond :data:`MOST`; ``unclear`` are names that several communes bear.
    """

    name: str
    communes: tuple[Territory, ...]
    unknown: tuple[str, ...]
    too_many: int
    unclear: tuple[tuple[str, tuple[Territory, ...]], ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the communes."""
        return tuple(one.code for one in self.communes)


def choice(room: Room, codes: Sequence[str], name: str) -> Choice:
    """The communes of some texts of codes or names.

    Codes are apart from one another by spaces, commas, points or lines, names by commas, semicolons, tabs or lines; a
    name beside a code says nothing more than the code.
    """
    pieces = [piece.strip() for text in codes for piece in _PIECES.split(text)]
    found: dict[str, Territory] = {}
    unknown: list[str] = []
    named: list[str] = []
    for piece in filter(None, pieces):
        words = [word.upper() for word in _APART.split(piece) if word]
        given = [word for word in words if _COMMUNE.fullmatch(word)]
        if not given and _NAME.search(piece):
            named.append(piece)
            continue
        for word in given or words:
            card = room.directory.card("commune", word) if given else None
            if card is None:
                unknown.append(word[:40])
            else:
                found[card.code] = card
    clear, unclear, nobody = _by_name(room, named, found.values())
    known = sorted({**found, **clear}.values(), key=lambda card: card.code)
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    told = tuple(sorted({*unknown, *nobody}))
    return Choice(plain[:LONGEST_NAME], tuple(known[:MOST]), told, max(len(known) - MOST, 0), tuple(unclear))


def _by_name(
    room: Room, names: Sequence[str], chosen: Iterable[Territory]
) -> tuple[dict[str, Territory], list[tuple[str, tuple[Territory, ...]]], list[str]]:
    """The communes of these names by code, the names of several communes, and those of none.

    A name that several communes bear is that of the one in the département where most of the others lie, if only one
    of them is there.
    """
    called: Mapping[str, list[Territory]] = room.once("communes by name", lambda: _called(room))
    found: dict[str, Territory] = {}
    several: list[tuple[str, tuple[Territory, ...]]] = []
    nobody: list[str] = []
    for name in dict.fromkeys(names[:_MOST_NAMES]):
        alike = called.get(search_text(name), [])
        if len(alike) == 1:
            found[alike[0].code] = alike[0]
        elif alike:
            several.append((name, tuple(alike)))
        else:
            nobody.append(name[:40])
    where = Counter(one.departement for one in [*chosen, *found.values()] if one.departement)
    unclear = []
    for name, bearers in several:
        near = [one for one in bearers if where and one.departement == where.most_common(1)[0][0]]
        if len(near) == 1:
            found[near[0].code] = near[0]
        else:
            unclear.append((name, bearers))
    return found, unclear, nobody


def _called(room: Room) -> dict[str, list[Territory]]:
    """The communes by their name as search text, arrondissements left out."""
    found: dict[str, list[Territory]] = {}
    for card in room.directory.of_level("commune"):
        if card.kind != "arrondissement":
            found.setdefault(search_text(card.name), []).append(card)
    return found


def address(speaker: Speaker, chosen: Choice, page: str = "/perimetre", more: str = "") -> str:
    """The address that holds a choice whole."""
    name = speaker.url("", {"nom": chosen.name}).partition("?")[2] if chosen.name else ""
    parts = [f"communes={','.join(chosen.codes)}" if chosen.communes else "", name, more]
    return speaker.url(page) + "?" + "&".join(part for part in parts if part)


def whole(room: Room, chosen: Choice) -> bool:
    """Whether a file can be made of a choice: communes, all of them known, in an edition that can gather them."""
    wrong = chosen.too_many or chosen.unknown or chosen.unclear or not chosen.communes
    return not wrong and room.observatory.has(TABLE)


def observations(room: Room, chosen: Choice) -> list[Observation]:
    """The figures of the territory that the communes make."""
    return gather(room.observatory, places_of(room, chosen), gathered.card(chosen.communes, "").code)


def places_of(room: Room, chosen: Choice) -> list[str]:
    """The codes of the communes and arrondissements that a choice is made of, sorted."""
    return sorted({place.code for one in chosen.communes for place in room.directory.members(one)})


def context(room: Room, speaker: Speaker, chosen: Choice) -> dict[str, Any]:
    """What the page of the territory shows: that of any other, less what only exists for those of the edition."""
    territory = _card(speaker, chosen)
    own = by_indicator(observations(room, chosen))
    parents = _shared_parents(room, chosen.communes)
    dossier = territory_page.Dossier(territory, own, parents, chosen.communes)
    worrying = worries.of_free(room, speaker, territory, own)
    return territory_page.of_dossier(room, speaker, dossier) | {
        "worries": worrying,
        "brief": brief.make(speaker, room.indicators, own, {}, worrying, None, None),
        "zonings": zone_standing.make(room, speaker, territory, places_of(room, chosen)),
        "free": {
            "pdf": address(speaker, chosen, "/perimetre.pdf"),
            "xlsx": address(speaker, chosen, "/perimetre.xlsx"),
            "change": address(speaker, chosen, more="choisir=1"),
            "csv": address(speaker, chosen, "/perimetre.csv"),
            "here": address(speaker, chosen),
            "unknown": chosen.unknown,
        },
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


def untitled(speaker: Speaker, chosen: Choice) -> str:
    """What a perimeter without a name is called."""
    count = speaker.count(len(chosen.communes), "commune", "communes")
    return speaker.tr(f"Périmètre de {count}", f"Perimeter of {count}")


def _card(speaker: Speaker, chosen: Choice) -> Territory:
    return gathered.card(chosen.communes, chosen.name or untitled(speaker, chosen))


def _shared_parents(room: Room, communes: Sequence[Territory]) -> list[Territory]:
    """The territories that hold every one of the communes, in part at least."""
    held = [{one.key: one for one in room.directory.parents(commune)} for commune in communes]
    shared = set.intersection(*(set(one) for one in held)) if held else set()
    return [one for key, one in held[0].items() if key in shared] if held else []
