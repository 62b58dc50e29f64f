"""The addresses of the Explore API: catalogue, data sets, records, facets, exports. Errors are written as it does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from vigie.errors import Lang
from vigie.site.explore import answers, catalog
from vigie.site.explore.datasets import Dataset, datasets
from vigie.site.explore.problems import PREFIX, ExploreError
from vigie.site.explore.sql import Clauses, query
from vigie.site.limits import FILES
from vigie.site.packing import choice, streamed
from vigie.site.room import Room

MOST_RECORDS, MOST_GROUPS, FURTHEST = 100, 20_000, 10_000
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}
_STREAM = {"x-vigie-stream": "1"}

Clause = Annotated[str, Query(max_length=1_500)]
Pairs = Annotated[list[str] | None, Query(max_length=20)]
Limit = Annotated[int, Query(ge=-1, le=MOST_GROUPS)]
Offset = Annotated[int, Query(ge=0, le=FURTHEST)]
Id = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,120}$")]
Spoken = Annotated[str, Query(max_length=5)]
Format = Literal["csv", "json", "jsonl", "parquet", "xlsx", "geojson"]


def _clauses(
    select: Clause = "",
    where: Clause = "",
    group_by: Clause = "",
    order_by: Clause = "",
    refine: Pairs = None,
    exclude: Pairs = None,
) -> Clauses:
    return Clauses(select, where, group_by, order_by, _pairs(refine), _pairs(exclude))


def _pairs(given: list[str] | None) -> list[tuple[str, str]]:
    """``field:value`` or ``field:"value"``."""
    found = []
    for one in given or []:
        name, sign, value = one.partition(":")
        if not sign:
            raise ExploreError(400, "InvalidRESTParameterError", "refine and exclude are written field:value.")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found.append((name.strip().strip("`"), value))
    return found


Asked = Annotated[Clauses, Depends(_clauses)]
_WRONG: dict[int | str, dict[str, Any]] = {
    400: {"description": "A clause or a parameter that does not hold"},
    404: {"description": "No such data set"},
    414: {"description": "An address too long"},
    503: {"description": "A query too long, or no edition"},
}
router = APIRouter(prefix=PREFIX, tags=["explore"], responses=_WRONG)


_TYPES = {"application/json": "array", "application/geo+json": "object"}
_FILES = {kind.partition(";")[0]: {"schema": {"type": _TYPES.get(kind, "string")}} for kind in FORMATS.values()}


def _get(path: str, content: dict[str, Any] | None = None) -> Callable[[Any], Any]:
    """Serve ``path``, and the same with a slash at the end, which Opendatasoft's own client writes.

    ``content`` are the types of what is answered, where it is not JSON alone.
    """
    told: dict[int | str, dict[str, Any]] = {200: {"content": content}} if content else {}

    def register(function: Any) -> Any:
        router.get(path + "/", include_in_schema=False)(function)
        return router.get(path, responses=told)(function)

    return register


@router.get("", include_in_schema=False)
@router.get("/", include_in_schema=False)
def root() -> Response:
    """The entry point, written as Opendatasoft writes its own."""
    return _json(
        {"links": [{"rel": "self", "href": PREFIX}, {"rel": "datasets", "href": PREFIX + "/catalog/datasets"}]}
    )


@_get("/catalog/datasets")
def catalogue(request: Request, asked: Asked, limit: Limit = 10, offset: Offset = 0, lang: Spoken = "fr") -> Response:
    """The data sets, filtered as records are."""
    room, spoken = _room(request), _lang(lang)
    cursor = catalog.table(room, spoken)
    found = query(catalog.SOURCE, (), catalog.FIELDS, asked, catalog.NATURAL)
    kept = _bounded(limit, offset, bool(asked.group_by))
    if asked.select or asked.group_by:
        results: list[Any] = answers.records(cursor, found, kept, offset)
    else:
        known = datasets(room)
        rows = answers.records(cursor, found, kept, offset)
        results = [catalog.described(room, known[row["dataset_id"]], spoken) for row in rows]
    return _json({"total_count": answers.total(cursor, found), "results": results})


@_get("/catalog/datasets/{dataset_id}")
def dataset(request: Request, dataset_id: Id, lang: Spoken = "fr") -> Response:
    """A data set: its metadata and its fields."""
    room = _room(request)
    return _json(catalog.described(room, _dataset(room, dataset_id), _lang(lang)))


@_get("/catalog/datasets/{dataset_id}/records")
def records(request: Request, dataset_id: Id, asked: Asked, limit: Limit = 10, offset: Offset = 0) -> Response:
    """The records of a data set."""
    room = _room(request)
    one = _dataset(room, dataset_id)
    found = query(one.source, one.parameters, one.fields, asked, one.natural)
    kept = _bounded(limit, offset, bool(asked.group_by))
    cursor = room.observatory.cursor()
    results = answers.records(cursor, found, kept, offset)
    if len(results) < kept and (results or not offset):
        return _json({"total_count": offset + len(results), "results": results})
    return _json({"total_count": answers.total(cursor, found), "results": results})


@_get("/catalog/datasets/{dataset_id}/facets")
def facets(
    request: Request,
    dataset_id: Id,
    where: Clause = "",
    refine: Pairs = None,
    exclude: Pairs = None,
    facet: Pairs = None,
) -> Response:
    """How many records each value of the facets has."""
    room = _room(request)
    one = _dataset(room, dataset_id)
    names = [name.partition("(")[0] for name in facet or one.facets]
    for name in names:
        if name not in one.facets:
            raise ExploreError(400, "InvalidRESTParameterError", f"{name[:60]} is not a facet of {one.id}.")
    return _json({"links": [], "facets": [_facet(room, one, name, where, refine, exclude) for name in names]})


def _facet(
    room: Room, one: Dataset, name: str, where: str, refine: list[str] | None, exclude: list[str] | None
) -> dict[str, Any]:
    refined = _pairs(refine)
    clauses = Clauses(f"{name}, count(*) as n", where, name, "n desc", refined, _pairs(exclude))
    found = query(one.source, one.parameters, one.fields, clauses, one.natural)
    rows = answers.records(room.observatory.cursor(), found, MOST_RECORDS, 0)
    chosen = {value for field, value in refined if field == name}
    return {
        "name": name,
        "facets": [
            {
                "name": row[name],
                "count": row["n"],
                "state": "refined" if row[name] in chosen else "displayed",
                "value": row[name],
            }
            for row in rows
            if row[name] is not None
        ],
    }


@_get("/catalog/datasets/{dataset_id}/exports")
def exports(request: Request, dataset_id: Id) -> Response:
    """The formats in which a data set is exported."""
    one = _dataset(_room(request), dataset_id)
    kept = [name for name in FORMATS if name != "geojson" or one.located]
    base = f"{PREFIX}/catalog/datasets/{one.id}/exports"
    return _json({"links": [{"rel": name, "href": f"{base}/{name}"} for name in kept]})


@_get("/catalog/datasets/{dataset_id}/exports/{format}", _FILES)
def export(
    request: Request,
    dataset_id: Id,
    format: Format,
    asked: Asked,
    limit: Annotated[int, Query(ge=-1)] = -1,
    delimiter: Literal[";", ",", "\t", "|"] = ";",
    with_bom: bool = True,
    use_labels: bool = False,
    lang: Spoken = "fr",
) -> Response:
    """All the records of a data set as a file, written as it goes."""
    room = _room(request)
    one = _dataset(room, dataset_id)
    if format == "geojson" and not one.located:
        raise ExploreError(400, "InvalidRESTParameterError", "This data set has no geometry.")
    # The order of the table itself, unless another is asked: a file is written as it is read, whatever its size.
    found = query(one.source, one.parameters, one.fields, asked, "")
    rows = answers.batches(room.observatory.cursor(), found, None if limit < 0 else limit)
    labels = {name: label.of(_lang(lang)) for name, label in one.labels.items()} if use_labels else {}
    headers = _STREAM | {"content-disposition": f'attachment; filename="{one.id}.{format}"'}
    if format in ("parquet", "xlsx"):
        with FILES.take():
            return Response(
                _whole(answers.frame(found, rows, format), format), media_type=FORMATS[format], headers=headers
            )
    written: dict[str, Callable[[], Iterator[bytes]]] = {
        "csv": lambda: answers.as_csv(found, rows, labels, delimiter, with_bom),
        "json": lambda: answers.as_json(rows),
        "jsonl": lambda: answers.as_jsonl(rows),
        "geojson": lambda: answers.as_geojson(room, rows),
    }
    encoding = choice(request.headers.get("accept-encoding", ""))
    headers |= {"vary": "accept-encoding"} | ({"content-encoding": encoding} if encoding else {})
    return StreamingResponse(streamed(written[format](), encoding), media_type=FORMATS[format], headers=headers)


def _whole(table: Any, format: str) -> bytes:
    buffer = io.BytesIO()
    if format == "parquet":
        table.write_parquet(buffer, compression="zstd")
    else:
        table.write_excel(buffer, "records", autofit=False, freeze_panes=(1, 0))
    return buffer.getvalue()


def _bounded(limit: int, offset: int, grouped: bool) -> int:
    most = MOST_GROUPS if grouped else MOST_RECORDS
    if limit > most:
        raise ExploreError(400, "InvalidRESTParameterError", f"limit must be between -1 and {most}.")
    kept = most if limit == -1 else limit
    if offset + kept > FURTHEST and not grouped:
        message = f"limit + offset must be {FURTHEST} at most: use exports for more."
        raise ExploreError(400, "InvalidRESTParameterError", message)
    return kept


def _dataset(room: Room, name: str) -> Dataset:
    found = datasets(room).get(name)
    if found is None:
        raise ExploreError(404, "DatasetNotFound", f"Unknown dataset: {name}")
    return found


def _lang(lang: str) -> Lang:
    return "en" if lang.lower().startswith("en") else "fr"


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _room(request: Request) -> Room:
    room: Room = request.scope["state"]["room"]
    return room
