"""The addresses of ``/api/v1/outlook``: a territory to 2035, who loses most, the variants, the back-test."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from vigie.editions import outlooks
from vigie.site.api import models
from vigie.site.api import parameters as given
from vigie.site.api.routes import PROBLEMS
from vigie.site.api.texts import documented

Variant = Annotated[str, Query(pattern="^[a-z0-9-]{2,40}$")]
OneCode = Annotated[str, Query(pattern="^[A-Za-z0-9_-]{1,40}$")]
LosingLevel = Literal["bassin_de_vie", "epci", "departement", "region", "commune"]

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=PROBLEMS, dependencies=[Depends(given.known_parameters)])


@router.get("/outlook", **documented("outlook", models.TerritoryOutlook))
def outlook(
    request: Request,
    level: Annotated[str, Query(pattern="^[a-z_0-9]{3,20}$")] = "france",
    code: OneCode = "FR",
    variant: Variant = outlooks.CENTRAL,
) -> Response:
    """The outlook of a territory under a variant."""
    room = given.room_of(request)
    card = room.directory.card(level, code)
    if card is None:
        raise HTTPException(404)
    one = outlooks.variant(room.observatory, variant)
    years = [asdict(year) for year in outlooks.of(room.observatory, card, variant)]
    place = {"level": card.level, "code": card.code, "name": card.name}
    rests = asdict(outlooks.basis(room.observatory, card))
    return _json({"edition": room.id, **place, "variant": _told(one), "basis": rests, "years": years})


@router.get("/outlook/losing", **documented("outlook_losing", models.Losers))
def losing(
    request: Request,
    level: LosingLevel = "bassin_de_vie",
    by: Annotated[int, Query(ge=2024, le=2035)] = 2035,
    variant: Variant = outlooks.NOBODY,
    departement: given.Departement = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """Who loses most, and when."""
    room = given.room_of(request)
    if not outlooks.variant(room.observatory, variant).detailed:
        said = "this variant is not told every year: only central and nobody are"
        raise RequestValidationError([{"loc": ("query", "variant"), "msg": said}])
    found = outlooks.losers(room.observatory, level, by, variant, departement)
    shown = [asdict(one) for one in found[offset : offset + limit]]
    told = {"variant": variant, "level": level, "by": by, "total": len(found)}
    return _json({"edition": room.id, **told, "territories": shown})


@router.get("/outlook/variants", **documented("outlook_variants", models.OutlookVariants))
def variants(request: Request) -> Response:
    """The variants."""
    room = given.room_of(request)
    return _json({"edition": room.id, "variants": [_told(one) for one in outlooks.variants(room.observatory).values()]})


@router.get("/outlook/backtest", **documented("outlook_backtest", models.OutlookBacktest))
def backtest(request: Request) -> Response:
    """The back-test."""
    room = given.room_of(request)
    return _json({"edition": room.id, "backtest": [asdict(one) for one in outlooks.judged(room.observatory)]})


def _told(one: outlooks.Foreseen) -> dict[str, Any]:
    return asdict(one)


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
