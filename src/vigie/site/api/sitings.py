"""The address of ``/api/v1`` where places are chosen, within a territory no larger than a région."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from vigie.editions import siting
from vigie.levers.professions import Name
from vigie.site import places
from vigie.site.api import models
from vigie.site.api import parameters as given
from vigie.site.api.routes import PROBLEMS
from vigie.site.api.texts import documented

_KINDS = {"json": "application/json", "csv": "text/csv; charset=utf-8", "geojson": "application/geo+json"}

Key = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9:_\- '’àâäéèêëîïôöùûüçÀÂÉÈÊËÎÏÔÙÛÇ]{1,60}$")]
Facility = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,20}$")]

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=PROBLEMS, dependencies=[Depends(given.known_parameters)])


@router.get("/siting", **documented("siting", models.Siting, _KINDS))
def sites(
    request: Request,
    territory: Annotated[Key, Query()],
    objective: siting.Objective = siting.Objective.COVERAGE,
    sites: Annotated[int, Query(ge=1, le=100)] = 5,
    minutes: Annotated[float, Query(ge=1, le=60)] = 20.0,
    threshold: Annotated[float | None, Query(ge=0.1, le=1_000)] = None,
    existing: Annotated[Facility | None, Query()] = None,
    min_population: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    facility: Annotated[list[Facility] | None, Query(max_length=5)] = None,
    zone: Annotated[str | None, Query(pattern="^[a-z_0-9]{1,40}:[a-z_0-9]{1,40}$")] = None,
    forced: Annotated[list[Key] | None, Query(max_length=100)] = None,
    forbidden: Annotated[list[Key] | None, Query(max_length=100)] = None,
    capacity: Annotated[int | None, Query(ge=1, le=10_000_000)] = None,
    posts_each: Annotated[int, Query(ge=1, le=10)] = 3,
    plans: Annotated[int, Query(ge=1, le=5)] = 3,
    profession: Name = "mg",
    format: Literal["json", "csv", "geojson"] = "json",
) -> Response:
    """Where to open, with what is proved of it."""
    room = given.room_of(request)
    asked = siting.Request(
        objective, sites, territory, minutes, threshold, existing, min_population, tuple(facility or ()), zone,
        tuple(forced or ()), tuple(forbidden or ()), capacity, posts_each, plans=plans, seconds=places.PROOF,
        profession=profession,
    )  # fmt: skip
    found = places.chosen(room, asked)
    name = f"vigie-lieux-{found.field.area.key.replace(':', '-')}"
    headers = {} if format == "json" else {"content-disposition": f'attachment; filename="{name}.{format}"'}
    if format == "csv":
        body = siting.places_table(found).write_csv().encode()
    elif format == "geojson":
        body = siting.geojson(found)
    else:
        body = orjson.dumps(siting.told(found))
    return Response(body, media_type=_KINDS[format], headers=headers)
