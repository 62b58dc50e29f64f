"""The parameters of the API: each one typed, bounded and with a pattern. A parameter that is not known is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from vigie.indicators.definition import Level as LevelName
from vigie.site.room import Room

_ID = "^[a-z][a-z0-9_]{1,120}$"
_CODE = "^[A-Za-z0-9_-]{1,40}$"
_PERIOD = "^[0-9./-]{4,21}$"
_MANY = 50

Id = Annotated[str, Path(pattern=_ID)]
Code = Annotated[str, Path(pattern=_CODE)]
Level = Annotated[str, Path(pattern="^[a-z_0-9]{3,20}$")]

Indicators = Annotated[list[Annotated[str, Field(pattern=_ID)]] | None, Query(max_length=_MANY)]
Codes = Annotated[list[Annotated[str, Field(pattern=_CODE)]] | None, Query(max_length=_MANY)]
Periods = Annotated[list[Annotated[str, Field(pattern=_PERIOD)]] | None, Query(max_length=_MANY)]
OnePeriod = Annotated[str | None, Query(pattern=_PERIOD)]
OneLevel = Annotated[str | None, Query(pattern="^[a-z_0-9]{3,20}$")]
Statuses = Annotated[list[Literal["ok", "estimated", "missing", "suppressed"]] | None, Query(max_length=4)]
Departement = Annotated[str | None, Query(pattern="^[0-9AB]{2,3}$")]
Situation = Annotated[Literal["room", "full", "over", "below_with", "below_without", "unknown"] | None, Query()]
Lang = Annotated[Literal["fr", "en"], Query()]
Words = Annotated[str, Query(max_length=100)]
Cursor = Annotated[str | None, Query(max_length=600, pattern="^[A-Za-z0-9_-]+$")]

__all__ = ["Code", "Codes", "Cursor", "Departement", "Id", "Indicators", "Lang", "Level", "LevelName", "OneLevel",
           "OnePeriod", "Periods", "Situation", "Statuses", "Words", "known_parameters", "room_of"]  # fmt: skip


def known_parameters(request: Request) -> None:
    """Refuse a parameter that the address does not have: ``perod=2023`` must not answer for every period."""
    names = {one.alias for one in request.scope["route"].dependant.query_params}
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        said = f"unknown parameter; known ones: {', '.join(sorted(names)) or 'none'}"
        raise RequestValidationError([{"loc": ("query", name[:60]), "msg": said} for name in unknown[:5]])


def room_of(request: Request) -> Room:
    """The edition lent to this request."""
    room: Room = request.scope["state"]["room"]
    return room
