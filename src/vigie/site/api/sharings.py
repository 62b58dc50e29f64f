"""The addresses of ``/api/v1`` where means are shared: allocations, pairs, portfolios."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
import polars as pl
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from vigie.editions import sharing
from vigie.levers.professions import Name
from vigie.site import playing, sharings
from vigie.site.api import models
from vigie.site.api import parameters as given
from vigie.site.api.routes import PROBLEMS
from vigie.site.api.sitings import Key
from vigie.site.api.texts import documented
from vigie.site.room import Room

_KINDS = {"json": "application/json", "csv": "text/csv; charset=utf-8", "geojson": "application/geo+json"}
_TWO = {name: _KINDS[name] for name in ("json", "csv")}

Lever = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,59}$")]
Mesh = Annotated[str, Query(pattern="^[a-z_0-9]{3,20}$")]
Apl = Annotated[float | None, Query(ge=0, le=1_000)]
Euros = Annotated[float, Field(ge=0, le=1e10)]
Form = Literal["json", "csv", "geojson"]

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=PROBLEMS, dependencies=[Depends(given.known_parameters)])


@router.get("/allocation", **documented("allocation", models.Allocation, _KINDS))
def allocation(
    request: Request,
    lever: Annotated[Lever, Query()],
    total: Annotated[float, Query(ge=0.5, le=1e6)],
    territory: Annotated[Key, Query()] = "france:FR",
    mesh: Mesh = sharing.BY,
    preset: Annotated[Lever | None, Query()] = None,
    profession: Name = "mg",
    format: Form = "json",
) -> Response:
    """The same total under four rules."""
    room = given.room_of(request)
    found = sharings.allocated(room, sharings.Allocated(lever, total, territory, mesh, preset, profession))
    ground = playing.ground(room, profession)
    if format == "json":
        return _json(sharing.share_told(ground, found))
    return _file(room, sharing.share_table(ground, found), mesh, format, f"repartition-{found.scope.key}")


@router.get("/pairing", **documented("pairing", models.PairingAnswer, _KINDS))
def pairing(
    request: Request,
    territory: Annotated[Key, Query()] = "france:FR",
    to: Annotated[Key | None, Query()] = None,
    mesh: Mesh = sharing.BY,
    above: Apl = None,
    under: Apl = None,
    within: Annotated[float, Query(ge=1, le=180)] = 60.0,
    days: Annotated[float | None, Query(ge=0.5, le=1e6)] = None,
    profession: Name = "mg",
    format: Form = "json",
) -> Response:
    """Days a month from dense to under-dense territories."""
    room = given.room_of(request)
    found = sharings.paired(room, sharings.Paired(territory, mesh, above, under, within, days, to, profession))
    if format == "json":
        return _json(sharing.pair_told(playing.ground(room, profession), found))
    return _file(room, sharing.pair_table(found), mesh, format, f"jumelage-{to or territory}")


@router.get("/portfolio", **documented("portfolio", models.PortfolioAnswer, _TWO))
def portfolio(
    request: Request,
    territory: Annotated[Key, Query()],
    budget: Annotated[list[Euros], Query(min_length=1, max_length=sharings.BUDGETS)],
    lever: Annotated[list[Lever] | None, Query(max_length=10)] = None,
    mesh: Mesh = sharing.BY,
    profession: Name = "mg",
    format: Literal["json", "csv"] = "json",
) -> Response:
    """The best mix of levers for each budget."""
    room = given.room_of(request)
    asked = sharings.Budgeted(
        tuple(sorted(set(budget))), territory, tuple(lever or sharing.default(profession)), mesh, profession
    )
    found = sharings.mixed(room, asked)
    if format == "json":
        return _json(sharing.mix_told(playing.ground(room, profession), found))
    tables = [sharing.mix_table(found, plan).insert_column(0, pl.lit(plan.budget).alias("budget"))
              for plan in found.plans]  # fmt: skip
    return _file(room, pl.concat(tables), mesh, format, f"budget-{found.scope.key}")


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type=_KINDS["json"])


def _file(room: Room, table: pl.DataFrame, mesh: str, form: Form, name: str) -> Response:
    body = table.write_csv().encode() if form == "csv" else sharing.geojson(table, room.observatory, mesh)
    safe = "".join(one if one.isascii() and one.isalnum() else "-" for one in name)
    headers = {"content-disposition": f'attachment; filename="vigie-{safe}.{form}"'}
    return Response(body, media_type=_KINDS[form], headers=headers)
