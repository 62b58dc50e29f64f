"""The addresses of ``/api/v1``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from vigie.editions.funnels import funnel_of
from vigie.editions.observatory import Territory
from vigie.site.api import catalogue, files, models, pharmacy_answers, references, selection, tracing
from vigie.site.api import parameters as given
from vigie.site.api.texts import addresses, documented
from vigie.site.directory import POSTAL_CODE
from vigie.site.packing import choice, streamed
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH, Speaker

_PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"description": "Nothing of that name in this edition", **_PROBLEM},
    414: {"description": "An address too long", **_PROBLEM},
    422: {"description": "A parameter that does not hold", **_PROBLEM},
    503: {"description": "A request too long, or no edition to serve", **_PROBLEM},
}
Form = Literal["json", "csv", "csv-fr", "jsonl", "geojson", "xlsx", "parquet", "arrow"]
_STREAM = {"x-vigie-stream": "1"}

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=PROBLEMS, dependencies=[Depends(given.known_parameters)])


@router.get("", include_in_schema=False)
@router.get("/", include_in_schema=False)
def root() -> Response:
    """Where everything else is found."""
    shown = {name: {"href": one.example, "description": one.text.en} for name, one in addresses().items()}
    return _json({"documentation": "/api", "openapi": "/api/v1/openapi.json", "addresses": shown})


@router.get("/territories", **documented("territories", models.Places))
def territories(
    request: Request,
    q: given.Words = "",
    level: given.OneLevel = None,
    departement: given.Departement = None,
    lang: given.Lang = "fr",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 20,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """Territories found by name, or listed by level."""
    room = given.room_of(request)
    found = _searched(room, q.strip(), level, departement)[offset : offset + limit]
    return _found(q, {"edition": room.id, "territories": [_place(room, _speaker(lang), one) for one in found]})


@router.get("/territoires", include_in_schema=False)
def territoires(
    request: Request, q: given.Words = "", lang: given.Lang = "fr", limit: Annotated[int, Query(ge=1, le=50)] = 8
) -> Response:
    """The address that the search box of the site has always asked."""
    room = given.room_of(request)
    found = room.directory.search(q.strip(), limit)
    return _found(q, {"edition": room.id, "territoires": [_place(room, _speaker(lang), one) for one in found]})


def _found(text: str, content: object) -> Response:
    """The answer to a search; one for a postal code is not kept: a file of them may be brought at any time."""
    answer = _json(content)
    if POSTAL_CODE.fullmatch(text.strip()):
        answer.headers.update(_STREAM | {"cache-control": "no-store"})
    return answer


@router.get("/territories/{level}/{code}", **documented("territory", models.Card))
def territory(request: Request, level: given.Level, code: given.Code, lang: given.Lang = "fr") -> Response:
    """A territory's card and what holds it."""
    room = given.room_of(request)
    return _json(territory_document(room, _card(room, level, code), _speaker(lang)))


@router.get("/territories/{level}/{code}/members", **documented("members", models.Places))
def members(request: Request, level: given.Level, code: given.Code, lang: given.Lang = "fr") -> Response:
    """The communes of a territory."""
    room = given.room_of(request)
    found = room.directory.members(_card(room, level, code))
    return _json({"edition": room.id, "territories": [_place(room, _speaker(lang), one) for one in found]})


@router.get("/territories/{level}/{code}/neighbours", **documented("neighbours", models.Neighbours))
def neighbours(request: Request, level: given.Level, code: given.Code, lang: given.Lang = "fr") -> Response:
    """The territories alike; none at a level without comparison."""
    room = given.room_of(request)
    card = _card(room, level, code)
    alike = room.observatory.neighbours(card) if room.observatory.has("neighbours") else []
    traits = room.observatory.structure(card) if room.observatory.has("structure") else []
    return _json(
        {
            "edition": room.id,
            "territory": card.key,
            "neighbours": [
                {"rank": one.rank, "distance": one.distance, "shared": one.shared,
                 "territory": _place(room, _speaker(lang), one.territory)}
                for one in alike
            ],
            "structure": [references.trait(one) for one in traits],
        }
    )  # fmt: skip


@router.get("/territories/{level}/{code}/provision", **documented("provision", models.ProvisionAnswer))
def provision(request: Request, level: given.Level, code: given.Code) -> Response:
    """Who provides the access, and with whom it is shared; nothing where the model reaches nothing."""
    room = given.room_of(request)
    return _json(tracing.provided(room, _card(room, level, code)))


@router.get("/explain/{name}/{level}/{code}", **documented("explain", models.Explanation))
def explain(
    request: Request,
    name: given.Id,
    level: given.Level,
    code: given.Code,
    period: given.OnePeriod = None,
    limit: Annotated[int, Query(ge=0, le=1_000)] = 20,
) -> Response:
    """What a figure is made of; without a period, the last known one."""
    room = given.room_of(request)
    definition, card = room.observatory.indicator(name), _card(room, level, code)
    told = tracing.explanation(room, definition, card, period, limit)
    if told is None:
        raise HTTPException(404)
    return _json(told)


@router.get("/funnel/{name}/{level}", **documented("funnel", models.Funnel))
def funnel(request: Request, name: given.Id, level: given.Level, period: given.OnePeriod = None) -> Response:
    """Which territories lie outside what chance explains; without a period, the last one."""
    room = given.room_of(request)
    found = funnel_of(room.observatory, room.observatory.indicator(name), level, period)
    if found is None:
        raise HTTPException(404)
    return _json({"edition": room.id, **asdict(found)})


@router.get("/indicators", **documented("indicators", models.Indicators))
def indicators(request: Request) -> Response:
    """The definitions."""
    room = given.room_of(request)
    return _json({"edition": room.id, "indicators": [references.indicator(room, one) for one in room.definitions]})


@router.get("/indicators/{name}", **documented("indicator", models.Indicator))
def indicator(request: Request, name: given.Id) -> Response:
    """One definition."""
    room = given.room_of(request)
    return _json(references.indicator(room, room.observatory.indicator(name)))


@router.get("/observations", **documented("observations", models.Observations, files.KINDS))
def observations(
    request: Request,
    indicator: given.Indicators = None,
    level: given.OneLevel = None,
    code: given.Codes = None,
    period: given.Periods = None,
    status: given.Statuses = None,
    format: Form = "json",
    sort: selection.Sort = "key",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    cursor: given.Cursor = None,
    lang: given.Lang = "fr",
) -> Response:
    """Observations: a page in JSON, or a whole file."""
    room = given.room_of(request)
    for name in indicator or ():
        room.observatory.indicator(name)
    asked = selection.Selection(
        tuple(indicator or ()), level, tuple(code or ()), tuple(period or ()), tuple(status or ())
    )
    if format != "json":
        return _file(room, asked, format, lang, request.headers.get("accept-encoding", ""))
    try:
        page = selection.page(room, asked, sort, limit, cursor)
    except selection.CursorError as fault:
        raise RequestValidationError([{"loc": ("query", "cursor"), "msg": str(fault)}]) from None
    return _json(
        {
            "edition": room.id,
            "count": len(page.rows),
            "total": page.total,
            "next": page.next,
            "observations": page.rows,
        }
    )


def _file(room: Room, asked: selection.Selection, form: str, lang: Literal["fr", "en"], accepted: str) -> Response:
    if form == "xlsx" and (size := selection.size(room, asked)) > files.SHEET:
        said = f"{size} rows: a workbook takes {files.SHEET} at most. Choose a level or a period, or another format."
        raise RequestValidationError([{"loc": ("query", "format"), "msg": said}])
    words = [*asked.indicators[:1], asked.level or "", *asked.codes[:1], *asked.periods[:1]]
    name = "-".join(["vigie", *(word.replace("/", "_") for word in words if word)])
    headers = _STREAM | {"content-disposition": f'attachment; filename="{name}.{files.suffix(form)}"'}
    pieces = files.pieces(room, asked, form, lang)
    if form not in ("xlsx", "parquet", "arrow"):  # those are compressed within
        encoding = choice(accepted)
        headers |= {"vary": "accept-encoding"} | ({"content-encoding": encoding} if encoding else {})
        pieces = streamed(pieces, encoding)
    return StreamingResponse(pieces, media_type=files.KINDS[form], headers=headers)


@router.get("/pharmacies", **documented("pharmacies", models.Pharmacies))
def pharmacies(
    request: Request,
    code: given.Codes = None,
    departement: given.Departement = None,
    situation: given.Situation = None,
    last: bool | None = None,
    fragile: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """Quota, last pharmacy and groups, commune by commune."""
    room = given.room_of(request)
    asked = pharmacy_answers.Asked(tuple(code or ()), departement, situation, last, fragile)
    return _json(pharmacy_answers.answer(room, asked, limit, offset))


@router.get("/sources", **documented("sources", models.Sources))
def sources(request: Request) -> Response:
    """The original files."""
    room = given.room_of(request)
    return _json({"edition": room.id, "sources": [references.source(row) for row in room.rows("snapshots")]})


@router.get("/editions", **documented("editions", models.Editions))
def editions(request: Request) -> Response:
    """The edition served."""
    return _json({"editions": references.editions(given.room_of(request))})


@router.get("/tables/{name}/schema", **documented("schema", models.TableSchema))
def schema(request: Request, name: given.Id) -> Response:
    """The Table Schema of a table."""
    room = given.room_of(request)
    if name not in room.observatory.manifest["tables"]:
        raise HTTPException(404)
    return _json(references.table_schema(room, name))


@router.get("/catalog.jsonld", **documented("catalog_jsonld", None, {"jsonld": "application/ld+json"}))
def catalog_jsonld(request: Request) -> Response:
    """The catalogue in JSON-LD."""
    body = catalogue.as_json_ld(given.room_of(request), catalogue.base(request))
    return Response(body, media_type="application/ld+json", headers=_STREAM)


@router.get("/catalog.ttl", **documented("catalog_ttl", None, {"ttl": "text/turtle; charset=utf-8"}))
def catalog_ttl(request: Request) -> Response:
    """The catalogue in Turtle."""
    body = catalogue.as_turtle(given.room_of(request), catalogue.base(request))
    return Response(body, media_type="text/turtle; charset=utf-8", headers=_STREAM)


def territory_document(room: Room, card: Territory, speaker: Speaker) -> dict[str, Any]:
    """What the API says of a territory."""
    fields = ("key", "level", "code", "name", "kind", "departement", "region", "population", "places", "area_km2",
              "lon", "lat")  # fmt: skip
    return {
        "edition": room.id,
        **{name: getattr(card, name) for name in fields},
        "parents": [_place(room, speaker, one) for one in room.directory.parents(card)],
        "members": f"/api/v1/territories/{card.level}/{card.code}/members",
    }


def _searched(room: Room, text: str, level: str | None, departement: str | None) -> list[Territory]:
    """The territories that answer to a name, the likeliest first; without one, those of a level by name."""
    found = room.directory.search(text, 5_000 if level or departement else 1_000) if text else room.directory.all()
    return [
        one
        for one in found
        if (level is None or one.level == level) and (departement is None or one.departement == departement)
    ]


def _card(room: Room, level: str, code: str) -> Territory:
    card = room.directory.card(level, code)
    if card is None:
        raise HTTPException(404)
    return card


def _place(room: Room, speaker: Speaker, one: Territory) -> dict[str, Any]:
    return {
        "key": one.key,
        "level": one.level,
        "code": one.code,
        "name": one.name,
        "kind": speaker.kind(one.level, one.kind),
        "within": _within(room, one),
        "population": one.population,
        "href": speaker.territory(one.level, one.code),
    }


def _within(room: Room, one: Territory) -> str:
    """The département that tells namesakes apart."""
    if one.departement is None or one.level == "departement":
        return ""
    return room.directory.name("departement", one.departement, one.departement)


def _speaker(lang: str) -> Speaker:
    return ENGLISH if lang == "en" else FRENCH


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
