"""The addresses of zoning: the page of a rule, its map and its zones for the browser, and two rules compared."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from vigie.editions.tiles import tiles_of
from vigie.site import atlas_page, zone_compare, zone_neighbourhoods, zone_page, zone_pairs, zones
from vigie.site.map_routes import FOR_NOW, Name, Place, View, When
from vigie.site.pages import room_of
from vigie.site.render import Renderer
from vigie.site.words import ENGLISH, FRENCH
from vigie.site.zones import Asked, Choice, Scene
from vigie.zoning.choices import CRITERIA

Id = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{1,90}$")]
Period = Annotated[str, Path(pattern="^[0-9./-]{4,21}$")]
Zone = Annotated[str, Query(pattern="^([A-Za-z0-9:_-]{1,40})?$")]
Theme = Literal["clair", "sombre"]

_CHANGED = re.compile(r"(seuil|part)_([a-z][a-z0-9_]{0,40})")
_NUMBER = re.compile(r"-?\d{1,7}([.,]\d{1,6})?")
_MOST = 24  # numbers of an address
# A list of an ARS may be brought at any time: a comparison is not kept here, and a minute by the reader.
_BRIEFLY = {"x-vigie-stream": "1", "cache-control": "max-age=60", "etag": 'W/"lists"'}


def router(renderer: Renderer, prefix: str) -> APIRouter:
    """The addresses under ``prefix``: ``/en`` for English, nothing for French."""
    routes = APIRouter(prefix=prefix, default_response_class=HTMLResponse)
    speaker = ENGLISH if prefix else FRENCH

    def answer(template: str, request: Request, **context: Any) -> HTMLResponse:
        path = request.url.path.removeprefix(prefix) or "/"
        page = HTMLResponse(renderer.page(template, speaker, path, room_of(request), **context))
        if tiles_of(room_of(request).observatory.folder) is None:
            page.headers.update(FOR_NOW)
        return page

    @routes.get("/zonage")
    def zoning(
        request: Request, regle: Name = "", periode: When = "", dans: Place = "", zone: Zone = "", vue: View = ""
    ) -> HTMLResponse:
        """A rule on the map: who is in which class, why, and what other thresholds would give."""
        room = room_of(request)
        shown = zones.scene(room, _asked(request, regle, periode, dans, zone, vue))
        absent = zone_page.absent_rules(room, speaker)
        if shown is None:
            if regle and regle not in zones.rules_of(room):
                raise HTTPException(404)
            rules = zone_page.rule_options(room, speaker, regle)
            return answer("zonage.html", request, scene=None, rules=rules, absent=absent)
        return answer("zonage.html", request, absent=absent, **zone_page.context(room, speaker, shown))

    @routes.get("/zonage/comparer")
    def compare(request: Request, avant: Name = "", apres: Name = "", dans: Place = "") -> HTMLResponse:
        """Two rules: who wins, who loses, who stays."""
        found = zone_compare.context(room_of(request), speaker, avant, apres, dans)
        if found is None:
            raise HTTPException(404)
        page = answer("zonage_compare.html", request, **found)
        page.headers.update(_BRIEFLY)
        return page

    @routes.get("/zonage/couples")
    def pairs(request: Request, regle: Name = "", dans: Place = "", dense: Zone = "") -> HTMLResponse:
        """Dense zones and the under-dense ones within an hour."""
        found = zone_pairs.context(room_of(request), speaker, regle, dans, dense)
        if found is None:
            raise HTTPException(404)
        return answer("zonage_couples.html", request, **found)

    @routes.get("/zonage/couples/{name}.csv")
    def pairs_file(request: Request, name: Id) -> Response:
        """The pairs of a rule as a file."""
        room = room_of(request)
        if name not in zone_pairs.paired_rules(room):
            raise HTTPException(404)
        headers = {"content-disposition": f'attachment; filename="vigie-couples-{name}.csv"'}
        return Response(zone_pairs.as_csv(room, speaker, name), media_type="text/csv", headers=headers)

    @routes.get("/zonage/quartiers/{name}/{period}.csv")
    def neighbourhoods(request: Request, name: Id, period: Period) -> Response:
        """The priority neighbourhoods under a rule as a file."""
        found = zone_neighbourhoods.found(room_of(request), _scene(request, name, period))
        if found is None:
            raise HTTPException(404)
        headers = {"content-disposition": f'attachment; filename="vigie-quartiers-{name}.csv"'}
        return Response(found.write_csv().encode(), media_type="text/csv", headers=headers)

    @routes.get("/zonage/image/{name}/{period}.svg")
    def image(request: Request, name: Id, period: Period, theme: Theme = "clair") -> Response:
        """The map of a rule as one image."""
        shown = _scene(request, name, period)
        colours = atlas_page.palette(shown.styles, theme == "sombre")
        return _svg(zones.picture(room_of(request), zones.at_communes(shown), *colours))

    @routes.get("/zonage/comparer/image/{before}/{after}.svg")
    def compared_image(request: Request, before: Id, after: Id, theme: Theme = "clair") -> Response:
        """The map of who wins and who loses from one rule to another."""
        found = zone_compare.crossed(room_of(request), before, after)
        if found is None:
            raise HTTPException(404)
        colours = atlas_page.palette(zone_compare.STYLES, theme == "sombre")
        drawn = _svg(zones.picture(room_of(request), found.places, *colours))
        if {before, after} & set(zone_compare.lists_of(room_of(request))):
            drawn.headers.update(_BRIEFLY)
        return drawn

    @routes.get("/zonage/motifs/{name}/{period}.json")
    def why(request: Request, name: Id, period: Period, zone: Zone) -> Response:
        """A zone and why it has its class."""
        found = zone_page.chosen(room_of(request), speaker, _scene(request, name, period), zone)
        if found is None:
            raise HTTPException(404)
        return _json({"name": found.name, "title": found.title, "style": found.style, "sentences": found.sentences,
                      "href": found.href, "dossier": found.dossier})  # fmt: skip

    if not prefix:

        @routes.get("/zonage/valeurs/{name}/{period}.json")
        def values(request: Request, name: Id, period: Period) -> Response:
            """The zones of a rule for the browser, which cuts them anew."""
            return _json(zones.as_document(_scene(request, name, period)))

    return routes


def _asked(request: Request, rule: str, period: str, within: str = "", zone: str = "", view: str = "") -> Asked:
    """The state of an address, with the thresholds and shares that it changes."""
    found: dict[str, list[tuple[str, float]]] = {"seuil": [], "part": []}
    for name, text in request.query_params.multi_items()[:_MOST]:
        matched = _CHANGED.fullmatch(name)
        if matched is None or not text:
            continue
        if not _NUMBER.fullmatch(text):
            raise RequestValidationError([{"loc": ("query", name), "msg": "a number is expected"}])
        found[matched[1]].append((matched[2], float(text.replace(",", "."))))
    choice = _choice(request)
    return Asked(rule, period, tuple(found["seuil"]), tuple(found["part"]), within, zone, view, choice)


def _choice(request: Request) -> Choice | None:
    """The choice left to the ARS that an address makes; none without ``choix``."""
    given = {name: request.query_params.get(name, "").strip() for name in ("choix", "zones", "critere", "plafond")}
    if not given["choix"]:
        return None
    patterns = {"choix": r"[a-z][a-z0-9_]{0,40}", "critere": "lowest|need|main", "plafond": _NUMBER.pattern,
                "zones": r"[A-Za-z0-9:_,;\s-]{1,4000}"}  # fmt: skip
    for name, text in given.items():
        if text and not re.fullmatch(patterns[name], text):
            raise RequestValidationError([{"loc": ("query", name), "msg": "not a value of this field"}])
    ceiling = float(given["plafond"].replace(",", ".")) if given["plafond"] else None
    if ceiling is not None and not 0 <= ceiling <= 100:
        raise RequestValidationError([{"loc": ("query", "plafond"), "msg": "a number from 0 to 100 is expected"}])
    by_hand = given["critere"] in ("", "main")
    zones = tuple(dict.fromkeys(re.split(r"[,;\s]+", given["zones"]))) if given["zones"] and by_hand else ()
    if given["critere"] == "main" and not zones:
        return None
    return Choice(given["choix"], zones, given["critere"] if given["critere"] in CRITERIA else "lowest", ceiling)


def _scene(request: Request, rule: str, period: str) -> Scene:
    shown = zones.scene(room_of(request), _asked(request, rule, period))
    if shown is None or shown.zoning.period != period:
        raise HTTPException(404)
    return shown


def _svg(text: str) -> Response:
    return Response(text, media_type="image/svg+xml")


def _json(content: object) -> Response:
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
