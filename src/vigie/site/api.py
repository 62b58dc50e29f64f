"""The first addresses of the API: suggestions for the search box, and observations as JSON or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from vigie.editions.observatory import Observation, Territory
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH

router = APIRouter(prefix="/api/v1")

_MOST = 100_000
_COLUMNS = [field.name for field in fields(Observation)]


@router.get("/territoires")
def territories(
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    lang: Literal["fr", "en"] = "fr",
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> Response:
    """The territories that answer to a name, the likeliest first."""
    room, speaker = _room(request), ENGLISH if lang == "en" else FRENCH
    found = room.directory.search(q.strip(), limit) if q.strip() else []
    return _json(
        {
            "edition": room.id,
            "territoires": [
                {
                    "key": one.key,
                    "level": one.level,
                    "code": one.code,
                    "name": one.name,
                    "kind": speaker.kind(one.level, one.kind),
                    "within": _within(room, one),
                    "population": one.population,
                    "href": speaker.territory(one.level, one.code),
                }
                for one in found
            ],
        }
    )


def _within(room: Room, one: Territory) -> str:
    """The département that tells namesakes apart."""
    if one.departement is None or one.level == "departement":
        return ""
    return room.directory.name("departement", one.departement, one.departement)


@router.get("/observations")
def observations(
    request: Request,
    indicator: Annotated[str | None, Query(pattern="^[a-z][a-z0-9_]{1,60}$")] = None,
    level: Annotated[str | None, Query(pattern="^[a-z_0-9]{3,20}$")] = None,
    code: Annotated[str | None, Query(pattern="^[A-Za-z0-9_-]{1,40}$")] = None,
    period: Annotated[str | None, Query(pattern="^[0-9./-]{4,21}$")] = None,
    format: Annotated[Literal["json", "csv"], Query()] = "json",
) -> Response:
    """The observations of an indicator at a level, or of a territory: name at least one of the two."""
    if not (indicator and level) and not (level and code):
        raise HTTPException(422)
    room = _room(request)
    found = room.observatory.select(indicator=indicator, level=level, code=code, period=period, limit=_MOST)
    if format == "csv":
        return _csv(found, "-".join(("vigie", indicator or "profil", level or "", code or "")).rstrip("-"))
    return _json({"edition": room.id, "count": len(found), "observations": [asdict(one) for one in found]})


def _csv(found: list[Observation], name: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([["" if (cell := getattr(one, column)) is None else cell for column in _COLUMNS] for one in found])
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _room(request: Request) -> Room:
    room: Room = request.scope["state"]["room"]
    return room
