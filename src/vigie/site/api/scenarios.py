"""The addresses of ``/api/v1`` where levers are listed and scenarios played. Nothing is kept of what is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import orjson
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from vigie.editions.scenarios import PLACES, geojson, lever_told, places_table, told
from vigie.levers.definition import levers as known
from vigie.levers.scenario import Scenario, as_toml, from_token, identity, scenario_of
from vigie.site import playing
from vigie.site.api import models
from vigie.site.api import parameters as given
from vigie.site.api.routes import PROBLEMS
from vigie.site.api.texts import addresses, documented
from vigie.site.room import Room

_KINDS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "toml": "application/toml",
}
Form = Literal["json", "csv", "geojson", "toml"]
Token = Annotated[str, Query(max_length=1_800, pattern=r"^v1\.[A-Za-z0-9_-]{4,1790}$")]
Places = Annotated[int, Query(ge=0, le=40_000)]

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=PROBLEMS, dependencies=[Depends(given.known_parameters)])


@router.get("/levers", **documented("levers", models.Levers))
def levers(request: Request) -> Response:
    """The levers, as sliders need them; whoever asks will play: the ground is made ready meanwhile."""
    room = given.room_of(request)
    playing.prepare(room)
    return _json({"edition": room.id, "levers": [lever_told(one) for one in known().values()]})


@router.get("/scenarios", **documented("scenario", models.Simulation, _KINDS))
def shared(request: Request, s: Token, places: Places = PLACES, format: Form = "json") -> Response:
    """The answer to a scenario shared by its address, or its file."""
    return _answer(given.room_of(request), lambda: from_token(s), places, format)


@router.post(
    "/scenarios",
    operation_id="play",
    summary=addresses()["scenario"].text.en,
    description="The body is a scenario in JSON, or TOML (application/toml): docs/scenario-format.md. Nothing is kept.",
    responses={200: {"model": models.Simulation}, 413: {"description": "A scenario too large"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": Scenario.model_json_schema()},
                "application/toml": {"schema": {"type": "string"}},
            },
        }
    },
)
async def play(request: Request, places: Places = PLACES) -> Response:
    """The answer to the scenario sent."""
    body, room = await request.body(), given.room_of(request)
    as_json = "toml" not in request.headers.get("content-type", "")
    return await run_sync(_answer, room, lambda: scenario_of(body, as_json), places, "json")


def _answer(room: Room, read: Callable[[], Scenario], places: int, form: Form) -> Response:
    found = playing.played(room, read)
    ground = playing.ground(room, found.plan.scenario.profession)
    name = f"vigie-scenario-{identity(found.plan.scenario)}"
    headers = {}
    if form != "json":  # a file keeps its name: it is sent as it is, not kept among the pages
        headers = {"content-disposition": f'attachment; filename="{name}.{form}"', "x-vigie-stream": "1"}
    body: Any
    if form == "json":
        body = orjson.dumps(told(found, ground, places))
    elif form == "geojson":
        body = geojson(found, ground, room.observatory)
    elif form == "csv":
        body = places_table(found, ground).write_csv().encode()
    else:
        body = as_toml(found.plan.scenario).encode()
    return Response(body, media_type=_KINDS[form], headers=headers)


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
