"""The catalogue of the edition in DCAT-AP, for data portals; the data set of an indicator in schema.org's words."""

from __future__ import annotations

import os
import re
from typing import Any

import orjson
from fastapi import Request

from vigie.errors import Lang
from vigie.indicators import Definition
from vigie.site.api.references import KEYS
from vigie.site.data_page import TITLES
from vigie.site.explore.answers import MOST_IN_MEMORY
from vigie.site.explore.catalog import counts, publisher
from vigie.site.explore.datasets import LICENCE_URL, Dataset, datasets
from vigie.site.explore.problems import PREFIX
from vigie.site.room import Room

HERE = "https://vigie.invalid"
"""Stands for the site's address in what is kept."""
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:]{2,45}\](:\d{1,5})?")
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_FILES = {
    "csv": ("text/csv", f"{_AUTHORITY}/file-type/CSV"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", f"{_AUTHORITY}/file-type/XLSX"),
    "parquet": ("application/vnd.apache.parquet", f"{_AUTHORITY}/file-type/PARQUET"),
}


def base(request: Request) -> str:
    """The address of the site: ``VIGIE_URL`` where it is set, the one asked otherwise."""
    told = os.environ.get("VIGIE_URL", "").rstrip("/")
    host = request.headers.get("host", "")
    return told or (f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else "http://localhost")


def as_json_ld(room: Room, address: str) -> bytes:
    """The catalogue in JSON-LD."""
    made: bytes = room.once("dcat", lambda: orjson.dumps({"@context": _CONTEXT, "@graph": _graph(room)}))
    return made.replace(HERE.encode(), address.encode())


def as_turtle(room: Room, address: str) -> bytes:
    """The catalogue in Turtle."""

    def make() -> bytes:
        from rdflib import Graph

        return Graph().parse(data=as_json_ld(room, HERE), format="json-ld").serialize(format="turtle").encode()

    made: bytes = room.once("turtle", make)
    return made.replace(HERE.encode(), address.encode())


def _graph(room: Room) -> list[dict[str, Any]]:
    sets = [_dataset(room, one) for one in datasets(room).values()]
    files = [_table(room, name) for name in sorted(room.observatory.manifest["tables"]) if name not in datasets(room)]
    catalogue = {
        "@id": f"{HERE}/api/v1/catalog.jsonld#catalog",
        "@type": "dcat:Catalog",
        "dct:title": _both(
            "Vigie, observatoire ouvert de l’accès aux soins", "Vigie, open observatory of access to care"
        ),
        "dct:description": _both(f"Édition {room.id}.", f"Edition {room.id}."),
        "dct:publisher": _agent("Vigie"),
        "dct:license": {"@id": LICENCE_URL},
        "dct:language": [{"@id": f"{_AUTHORITY}/language/FRA"}, {"@id": f"{_AUTHORITY}/language/ENG"}],
        "dct:modified": _date(room),
        "foaf:homepage": {"@id": f"{HERE}/"},
        "dcat:dataset": [{"@id": one["@id"]} for one in (*sets, *files)],
    }
    distributions = [part for one in (*sets, *files) for part in one["dcat:distribution"]]
    linked = [
        one | {"dcat:distribution": [{"@id": part["@id"]} for part in one["dcat:distribution"]]}
        for one in (*sets, *files)
    ]
    return [catalogue, *linked, *distributions]


def _dataset(room: Room, one: Dataset) -> dict[str, Any]:
    where = f"{HERE}/indicateur/{one.id}" if one.id in room.indicators else f"{HERE}/donnees"
    files = [
        _distribution(f"{HERE}{PREFIX}/catalog/datasets/{one.id}/exports/{name}", *kinds)
        for name, kinds in _FILES.items()
        if counts(room)[one.id] <= MOST_IN_MEMORY.get(name, counts(room)[one.id])
    ]
    return _described(room, one.id, one.title.fr, one.title.en, where, publisher(room, one), files) | {
        "dct:description": _both(one.description.fr, one.description.en),
        "dcat:keyword": [{"@language": "fr", "@value": word} for word in one.keywords],
    }


def _table(room: Room, name: str) -> dict[str, Any]:
    """A table of the edition as a file, with its Table Schema."""
    fr, en = TITLES.get(name, (name, name))
    file = _distribution(f"{HERE}/donnees/tables/{name}.parquet", *_FILES["parquet"])
    file["dct:conformsTo"] = {"@id": f"{HERE}/api/v1/tables/{name}/schema"}
    return _described(room, f"table-{name}", fr, en, f"{HERE}/donnees", "Vigie", [file]) | {
        "dct:description": _both(f"{fr}. Clé : {_key(name)}.", f"{en}. Key: {_key(name)}.")
    }


def _key(name: str) -> str:
    return ", ".join(KEYS.get(name, ())) or "–"


def _described(
    room: Room, name: str, fr: str, en: str, page: str, producer: str, files: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "@id": f"{HERE}/api/v1/catalog.jsonld#{name}",
        "@type": "dcat:Dataset",
        "dct:identifier": name,
        "dct:title": _both(fr, en),
        "dct:publisher": _agent(producer),
        "dct:modified": _date(room),
        "dct:accessRights": {"@id": f"{_AUTHORITY}/access-right/PUBLIC"},
        "dct:spatial": {"@id": f"{_AUTHORITY}/country/FRA"},
        "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/HEAL"},
        "dcat:landingPage": {"@id": page},
        "dcat:version": room.id,
        "dcat:distribution": files,
    }


def _distribution(address: str, media: str, kind: str) -> dict[str, Any]:
    return {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{media}"},
        "dct:format": {"@id": kind},
        "dct:license": {"@id": LICENCE_URL},
    }


def _both(fr: str, en: str) -> list[dict[str, str]]:
    return [{"@language": "fr", "@value": fr}, {"@language": "en", "@value": en}]


def _agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _date(room: Room) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": room.built.isoformat()}


def as_schema_org(room: Room, definition: Definition, lang: Lang) -> dict[str, Any]:
    """The data set of an indicator for search engines, in the words of schema.org; addresses relative to the page."""
    one = datasets(room)[definition.id]
    exports = f"{PREFIX}/catalog/datasets/{definition.id}/exports"
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": definition.title.of(lang),
        "description": one.description.of(lang),
        "identifier": f"{room.id}/{definition.id}",
        "license": LICENCE_URL,
        "isAccessibleForFree": True,
        "inLanguage": lang,
        "dateModified": room.built.isoformat(),
        "version": room.id,
        "creator": {"@type": "Organization", "name": publisher(room, one)},
        "spatialCoverage": "France",
        "variableMeasured": {"@type": "PropertyValue", "name": definition.id, "unitText": definition.unit.of(lang)},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": f"{exports}/{name}"}
            for name, (media, _) in _FILES.items()
        ],
    }
