"""The catalogue of the data sets: what each says of itself, and the catalogue as a data set that one queries too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vigie.errors import Lang
from vigie.site.explore.datasets import LICENCE, LICENCE_URL, Dataset, datasets
from vigie.site.explore.sql import Field, Type
from vigie.site.room import Room

if TYPE_CHECKING:
    import duckdb

_FIELDS: dict[str, Type] = {
    "dataset_id": "text", "title": "text", "description": "text", "theme": "text", "keyword": "text",
    "publisher": "text", "license": "text", "modified": "date", "records_count": "int",
}  # fmt: skip
FIELDS: Mapping[str, Field] = {name: Field(name, kind, f'"{name}"') for name, kind in _FIELDS.items()}
SOURCE, NATURAL = "catalog", "place"


def described(room: Room, dataset: Dataset, lang: Lang) -> dict[str, Any]:
    """A data set as the Explore API describes it."""
    return {
        "dataset_id": dataset.id,
        "dataset_uid": f"vigie_{dataset.id}",
        "attachments": [],
        "has_records": True,
        "data_visible": True,
        "features": ["analyze", "geo"] if dataset.located else ["analyze"],
        "metas": {"default": _metas(room, dataset, lang)},
        "fields": [
            {
                "name": name,
                "label": dataset.labels[name].of(lang),
                "type": field.type,
                "description": None,
                "annotations": _annotations(dataset, field),
            }
            for name, field in dataset.fields.items()
        ],
    }


def _metas(room: Room, dataset: Dataset, lang: Lang) -> dict[str, Any]:
    return {
        "title": dataset.title.of(lang),
        "description": dataset.description.of(lang),
        "theme": [dataset.theme.of(lang)],
        "keyword": list(dataset.keywords),
        "license": LICENCE,
        "license_url": LICENCE_URL,
        "language": lang,
        "metadata_languages": ["fr", "en"],
        "publisher": publisher(room, dataset),
        "references": None,
        "modified": room.built.isoformat(),
        "data_processed": room.built.isoformat(),
        "metadata_processed": room.built.isoformat(),
        "records_count": counts(room)[dataset.id],
        "federated": False,
    }


def _annotations(dataset: Dataset, field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"facet": []} if field.name in dataset.facets else {}
    return found | ({"timeserie_precision": "year"} if field.type == "date" else {})


def publisher(room: Room, dataset: Dataset) -> str:
    """Who produced the figures of a data set: the producers of its files, or Vigie for a table of its own."""
    return dataset.producer or _producers(room).get(dataset.id, "Vigie")


def _producers(room: Room) -> dict[str, str]:
    def read() -> dict[str, str]:
        sql = """SELECT indicator, string_agg(DISTINCT producer, ' ; ' ORDER BY producer) FROM (
            SELECT DISTINCT indicator, snapshot FROM observations) JOIN snapshots ON id = snapshot GROUP BY indicator"""
        return dict(room.observatory.rows(sql))

    found: dict[str, str] = room.once("producers", read)
    return found


def counts(room: Room) -> dict[str, int]:
    """How many records each data set has."""

    def count() -> dict[str, int]:
        own = dict(room.observatory.rows("SELECT indicator, count(*) FROM observations GROUP BY indicator"))
        tables = {name: table["rows"] for name, table in room.observatory.manifest["tables"].items()}
        known = tables | own
        return {name: known.get(one.table, known.get(name, 0)) for name, one in datasets(room).items()}

    found: dict[str, int] = room.once("counts", count)
    return found


def table(room: Room, lang: Lang) -> duckdb.DuckDBPyConnection:
    """A cursor on the catalogue as a table in memory, with the columns of :data:`FIELDS`."""

    def make() -> duckdb.DuckDBPyConnection:
        import duckdb

        connection = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "64MB"})
        columns = ", ".join(f'"{name}" {_SQL[kind]}' for name, kind in _FIELDS.items())
        connection.execute(f"CREATE TABLE catalog (place INTEGER, {columns})")
        rows = [
            (place, one.id, one.title.of(lang), one.description.of(lang), one.theme.of(lang), " ".join(one.keywords),
             publisher(room, one), LICENCE, room.built.replace(tzinfo=None), counts(room)[one.id])
            for place, one in enumerate(datasets(room).values())
        ]  # fmt: skip
        connection.executemany(f"INSERT INTO catalog VALUES ({', '.join('?' * (len(_FIELDS) + 1))})", rows)
        connection.execute("SET enable_external_access = false")
        return connection

    held: duckdb.DuckDBPyConnection = room.once(("catalog", lang), make)
    return held.cursor()


_SQL = {"text": "VARCHAR", "int": "BIGINT", "double": "DOUBLE", "date": "TIMESTAMP", "boolean": "BOOLEAN"}
