"""The addresses of ``/api/v1`` on quality: the report of the edition, the calendar of sources, the revision log."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from vigie.site import quality_page, revision_log
from vigie.site.api import models
from vigie.site.api import parameters as given
from vigie.site.api.routes import PROBLEMS
from vigie.site.api.texts import documented
from vigie.site.evidence import evidence

AnIndicator = Annotated[str | None, Query(pattern="^[a-z][a-z0-9_]{1,120}$")]

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=PROBLEMS, dependencies=[Depends(given.known_parameters)])


@router.get("/quality", **documented("quality", models.Quality))
def quality(request: Request) -> Response:
    """The report."""
    report = quality_page.report_of(given.room_of(request))
    broken = [_worded(one, "explanation") for one in report["transcription"]["broken"]]
    told = {
        "checks": [_worded(one, "title") for one in report["checks"]],
        "transcription": report["transcription"] | {"broken": broken},
        "releases": [_worded(one, "title") for one in report["releases"]],
        "evidence": [one.model_dump(mode="json", exclude={"figures": {"__all__": {"decimals"}}}) for one in evidence()],
    }
    return _json(report | told)


@router.get("/releases", **documented("releases", models.Releases))
def releases(request: Request) -> Response:
    """The calendar."""
    room = given.room_of(request)
    found = [_worded(one, "title") for one in quality_page.report_of(room)["releases"]]
    return _json({"edition": room.id, "releases": found})


@router.get("/revisions", **documented("revisions", models.Revisions))
def revisions(
    request: Request,
    indicator: AnIndicator = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """The revision log."""
    room = given.room_of(request)
    if indicator is not None:
        room.observatory.indicator(indicator)
    rows = revision_log.revisions(room, indicator)
    shown = [_worded(one, "why") for one in rows[offset : offset + limit]]
    told = {"edition": room.id, "since": revision_log.since(room), "total": len(rows), "revisions": shown}
    return _json(told | {"note": revision_log.NOTE})


def _worded(row: dict[str, Any], name: str) -> dict[str, Any]:
    """``name_fr`` and ``name_en`` as one text."""
    fr, en = f"{name}_fr", f"{name}_en"
    return {key: value for key, value in row.items() if key not in (fr, en)} | {name: {"fr": row[fr], "en": row[en]}}


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
