"""The addresses of zoning: rules, their zones with the reasons, two zonings compared, a territory's classes."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import polars as pl
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from vigie.editions import zoning, zoning_compare
from vigie.editions import zoning_words as words
from vigie.editions.zoned import zoned
from vigie.editions.zoning_neighbourhoods import under
from vigie.errors import Lang
from vigie.site.api import models, parameters
from vigie.site.api.routes import PROBLEMS
from vigie.site.api.texts import documented
from vigie.site.room import Room
from vigie.zoning.rules import Rule, find_rule

router = APIRouter(
    prefix="/api/v1", tags=["zones"], responses=PROBLEMS, dependencies=[Depends(parameters.known_parameters)]
)

OnePeriod = Annotated[str | None, Query(pattern="^[0-9]{4}$")]
Area = Annotated[str | None, Query(pattern="^[0-9AB]{2,3}$")]
ClassId = Annotated[str | None, Query(alias="class", pattern="^[a-z][a-z0-9_]{0,60}$")]
Compared = Annotated[str, Query(pattern="^[a-z][a-z0-9_]{1,60}(@[0-9]{4})?$")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


class ZoneClass(_Answer):
    """A class of a rule; ``at_most`` or ``share`` (per cent of the people) ends it, ``printed`` is the text's value.

    ``regions`` are the shares of régions by code, of a rule that cuts each région by itself.
    """

    id: str
    title: models.Texts
    role: str
    at_most: float | None
    share: float | None
    printed: float | None
    regions: dict[str, float]
    chosen: bool


class ZoneRule(_Answer):
    """A rule: ``periods`` are those at hand, ``mesh`` the one used, ``named`` the one that its text names."""

    id: str
    title: models.Texts
    profession: str
    status: str
    verified: bool
    since: str
    until: str
    text: models.Texts
    source: models.Texts
    note: models.Texts | None
    missing: models.Texts | None
    mesh: str
    named: str
    difference: models.Texts | None
    indicator: str | None
    periods: list[str]
    classes: list[ZoneClass]
    href: str


class ZoneRules(_Answer):
    """The rules of the edition."""

    edition: str
    rules: list[ZoneRule]


class ZonedRule(_Answer):
    """A rule applied: its sums by class, who is covered and who is in need, zones of each class, priority by year."""

    edition: str
    rule: ZoneRule
    period: str
    summary: list[dict[str, Any]]
    selectivity: list[dict[str, Any]]
    priority: list[dict[str, Any]]


class Zones(_Answer):
    """Zones with their reasons: ``why`` are sentences, the rest their figures (see docs/methods-zoning.md)."""

    edition: str
    rule: str
    period: str
    total: int
    zones: list[dict[str, Any]]


class ZoneMembers(_Answer):
    """The zone of each place, as two lists in the same order."""

    edition: str
    mesh: str
    places: list[str]
    zones: list[str]


class ZonePairs(_Answer):
    """Dense zones and the under-dense ones within an hour, with travel minutes and practitioners on both sides."""

    edition: str
    rule: str
    period: str
    pairs: list[dict[str, Any]]


class ZoneNeighbourhoods(_Answer):
    """Priority neighbourhoods under a rule: the class of their zone, the one that they may have alone, their people.

    ``listed`` is false where no list was brought, or the rule classes none.
    """

    edition: str
    rule: str
    period: str
    listed: bool
    neighbourhoods: list[dict[str, Any]]


class ZonesCompared(_Answer):
    """Two zonings: people by class before and after, and the communes whose class gives more or less."""

    edition: str
    before: dict[str, Any]
    after: dict[str, Any]
    changes: list[dict[str, Any]]
    communes: list[dict[str, Any]]


class TerritoryZones(_Answer):
    """The classes of a territory under every rule, people in each."""

    edition: str
    territory: str
    rules: list[dict[str, Any]]


@router.get("/zones", **documented("zone_rules", ZoneRules))
def rules(request: Request) -> Response:
    """The rules of zoning."""
    room = parameters.room_of(request)
    return _json({"edition": room.id, "rules": [_rule(room, one) for one in _rules(room).values()]})


@router.get("/zones/compare", **documented("zones_compared", ZonesCompared))
def compared(request: Request, before: Compared, after: Compared, departement: Area = None) -> Response:
    """Two rules, or two periods of one (``rule@period``), with winners and losers."""
    room = parameters.room_of(request)
    card = room.directory.card("departement", departement) if departement else None
    if departement and card is None:
        raise HTTPException(404)
    found = zoning_compare.stored(room.observatory, before, after, card)
    moved = found.communes.filter(pl.col("change").is_in(["gains", "loses"]))
    return _json(
        {
            "edition": room.id,
            "before": _side(found.before),
            "after": _side(found.after),
            "changes": found.changes.to_dicts(),
            "communes": moved.to_dicts(),
        }
    )


@router.get("/zones/{name}", **documented("zone_rule", ZonedRule))
def rule(request: Request, name: parameters.Id, period: OnePeriod = None) -> Response:
    """A rule and what it comes to."""
    room = parameters.room_of(request)
    known = _found(room, name)
    if not _periods(room)[known.id] and period is None:
        empty: list[dict[str, Any]] = []
        return _json({"edition": room.id, "rule": _rule(room, known), "period": "", "summary": empty,
                      "selectivity": empty, "priority": empty})  # fmt: skip
    tables = {
        part: zoning.of_table(room.observatory, f"zoning_{part}", known.id, period).to_dicts()
        for part in ("summary", "selectivity", "priority")
    }
    chosen = period or _periods(room)[known.id][-1]
    return _json({"edition": room.id, "rule": _rule(room, known), "period": chosen, **tables})


@router.get("/zones/{name}/zones", **documented("zones", Zones))
def zones(
    request: Request,
    name: parameters.Id,
    period: OnePeriod = None,
    region: Area = None,
    departement: Area = None,
    class_: ClassId = None,
    borderline: bool = False,
    lang: parameters.Lang = "fr",
    limit: Annotated[int, Query(ge=1, le=5_000)] = 200,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """The zones of a rule, borderline ones first, each with its reasons."""
    room = parameters.room_of(request)
    known = _found(room, name)
    table = zoning.zones(room.observatory, known.id, period)
    for column, wanted in (("region", region), ("departement", departement), ("class", class_)):
        if wanted is not None:
            table = table.filter(pl.col(column) == wanted)
    if borderline:
        table = table.filter("borderline")
    rows = table.slice(offset, limit).to_dicts()
    definition = room.observatory.indicator(known.indicator or "")
    told: Lang = lang
    return _json(
        {
            "edition": room.id,
            "rule": known.id,
            "period": period or _periods(room)[known.id][-1],
            "total": table.height,
            "zones": [{**row, "why": words.why(known, row, definition, told)} for row in rows],
        }
    )


@router.get("/zones/{name}/members", **documented("zone_members", ZoneMembers))
def members(request: Request, name: parameters.Id) -> Response:
    """Which zone of the rule's mesh each place is in."""
    room = parameters.room_of(request)
    known = _found(room, name)
    mesh = _meshes(room)[known.id]
    if mesh == "commune":
        codes = [code for (code,) in room.observatory.rows("SELECT code FROM places ORDER BY code")]
        return _json({"edition": room.id, "mesh": mesh, "places": codes, "zones": codes})
    rows = room.observatory.rows("SELECT place, zone FROM zone_members WHERE mesh = ? ORDER BY place", [mesh])
    return _json(
        {"edition": room.id, "mesh": mesh, "places": [one for one, _ in rows], "zones": [one for _, one in rows]}
    )


@router.get("/zones/{name}/pairs", **documented("zone_pairs", ZonePairs))
def pairs(
    request: Request,
    name: parameters.Id,
    dense: Annotated[str | None, Query(pattern="^[0-9A-Za-z]{4,10}$")] = None,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000,
) -> Response:
    """Dense zones and the under-dense ones within an hour."""
    room = parameters.room_of(request)
    known = _found(room, name)
    table = zoning.of_table(room.observatory, "zoning_pairs", known.id)
    if dense is not None:
        table = table.filter(pl.col("dense") == dense)
    return _json({"edition": room.id, "rule": known.id, "period": _periods(room)[known.id][-1],
                  "pairs": table.head(limit).to_dicts()})  # fmt: skip


@router.get("/zones/{name}/neighbourhoods", **documented("zone_neighbourhoods", ZoneNeighbourhoods))
def neighbourhoods(request: Request, name: parameters.Id, period: OnePeriod = None) -> Response:
    """The priority neighbourhoods under a rule, from the list that was brought."""
    room = parameters.room_of(request)
    known = _found(room, name)
    done = zoning.applied(room.observatory, known.id, period)
    found = under(room.observatory, done)
    return _json({"edition": room.id, "rule": known.id, "period": done.period, "listed": found is not None,
                  "neighbourhoods": [] if found is None else found.to_dicts()})  # fmt: skip


@router.get("/territories/{level}/{code}/zones", **documented("territory_zones", TerritoryZones))
def of_territory(request: Request, level: parameters.Level, code: parameters.Code) -> Response:
    """The classes of a territory under every rule."""
    room = parameters.room_of(request)
    card = room.directory.card(level, code)
    if card is None:
        raise HTTPException(404)
    rows = [
        {
            "rule": one.rule,
            "title": _texts(one.title),
            "status": one.status,
            "period": one.period,
            "classes": [
                {
                    "class": each.id,
                    "title": _texts(each.title),
                    "role": each.role,
                    "population": each.population,
                    "communes": each.communes,
                    "zones": list(each.zones),
                }
                for each in one.classes
            ],
        }
        for one in zoned(room.observatory, card)
    ]
    return _json({"edition": room.id, "territory": card.key, "rules": rows})


# What is read once ----------------------------------------------------------------------------------------------------


def _rules(room: Room) -> dict[str, Rule]:
    found: dict[str, Rule] = room.once("zoning_rules", lambda: zoning.stored_rules(room.observatory))
    return found


def _found(room: Room, name: str) -> Rule:
    return find_rule(_rules(room), name)


def _periods(room: Room) -> dict[str, list[str]]:
    found: dict[str, list[str]] = room.once("zoning_periods", lambda: zoning.periods_at_hand(room.observatory))
    return found


def _meshes(room: Room) -> dict[str, str]:
    found: dict[str, str] = room.once(
        "zoning_meshes", lambda: dict(room.observatory.rows("SELECT id, mesh FROM zoning_rules"))
    )
    return found


def _rule(room: Room, one: Rule) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": _texts(one.title),
        "profession": one.profession,
        "status": one.status,
        "verified": one.verified,
        "since": one.since,
        "until": one.until,
        "text": _texts(one.text),
        "source": _texts(one.source),
        "note": _texts(one.note),
        "missing": _texts(one.missing),
        "mesh": _meshes(room)[one.id],
        "named": one.mesh,
        "difference": _texts(one.difference),
        "indicator": one.indicator,
        "periods": _periods(room)[one.id],
        "classes": [
            {**each.model_dump(mode="json", exclude={"conditions", "title"}), "title": _texts(each.title)}
            for each in one.classes
        ],
        "href": f"/api/v1/zones/{one.id}",
    }


def _texts(words_of: Any) -> dict[str, str] | None:
    return None if words_of is None else {"fr": words_of.fr, "en": words_of.en}


def _side(side: zoning_compare.Side) -> dict[str, Any]:
    return {"rule": side.rule.id, "title": {"fr": side.title.fr, "en": side.title.en}}


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
