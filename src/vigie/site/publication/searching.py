"""The names of the territories for the browser to search: one file, by columns, small enough to be sent once."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from vigie.errors import Lang
from vigie.site.publication.making import SPEAKERS, Made
from vigie.site.room import Room
from vigie.site.words import Speaker

_ORDER = ("france", "region", "departement", "commune", "epci", "perimeter")
_LATE = ("bassin_de_vie", "bassin_de_vie_2012", "canton_ou_ville")


def index_files(room: Room, langs: Iterable[Lang], keys: frozenset[str]) -> Made:
    """The index of each language: ``recherche/index-fr.json``."""
    return {f"recherche/index-{lang}.json": _index(room, SPEAKERS[lang], keys) for lang in langs}


def _index(room: Room, speaker: Speaker, keys: frozenset[str]) -> bytes:
    """Names, codes, kinds, départements: in the order in which the search of the service puts equals."""
    rank = {level: place for place, level in enumerate(_ORDER)}
    cards = sorted(
        (one for one in room.directory.all() if one.key in keys),
        key=lambda one: (rank.get(one.level, len(rank)), -(one.population or 0), one.level, one.code),
    )
    kinds = sorted({(one.level, speaker.kind(one.level, one.kind)) for one in cards})
    within = sorted({one.departement for one in cards if one.departement})
    return orjson.dumps(
        {
            "prefix": "" if speaker.lang == "fr" else "/en",
            "kinds": [{"level": level, "kind": kind, "late": level in _LATE} for level, kind in kinds],
            "departements": [room.directory.name("departement", code, code) for code in within],
            "names": [one.name for one in cards],
            "codes": [one.code for one in cards],
            "kind": [kinds.index((one.level, speaker.kind(one.level, one.kind))) for one in cards],
            "departement": [
                within.index(one.departement) if one.departement and one.level != "departement" else -1 for one in cards
            ],
        }
    )
