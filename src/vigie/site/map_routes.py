"""The addresses where one explores: the map, its values and its tiles, the comparison, the relation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

from vigie.editions.tiles import tiles_of
from vigie.site import atlas, atlas_page, compare_page, pixels, relation_page
from vigie.site.pages import Code, Words, room_of
from vigie.site.render import Renderer
from vigie.site.words import ENGLISH, FRENCH

Level = Literal["commune", "epci", "bassin_de_vie", "departement", "region"]
Id = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{1,90}$")]
Period = Annotated[str, Path(pattern="^[0-9./-]{4,21}$")]
Name = Annotated[str, Query(pattern="^([a-z][a-z0-9_]{1,90})?$")]
When = Annotated[str, Query(pattern="^([0-9./-]{4,21})?$")]
AnyLevel = Annotated[str, Query(pattern="^([a-z_0-9]{3,20})?$")]
Place = Annotated[str, Query(pattern="^([A-Za-z0-9_-]{1,40})?$")]
Key = Annotated[str, Query(pattern="^([a-z_0-9]{3,20}:[A-Za-z0-9_-]{1,40})?$")]
View = Annotated[str, Query(pattern=r"^(-?\d{1,3}(\.\d{1,5})?,-?\d{1,2}(\.\d{1,5})?,\d{1,2}(\.\d{1,2})?)?$")]
Figure = Annotated[str, Query(pattern=r"^(-?\d{1,7}([.,]\d{1,6})?)?$")]
Keys = Annotated[list[str], Query(default_factory=list, max_length=12)]

# Until the tiles are there a map page is not kept: neither here nor by the reader.
FOR_NOW = {"x-vigie-stream": "1", "cache-control": "no-store", "etag": 'W/"without-tiles"'}


def router(renderer: Renderer, prefix: str) -> APIRouter:
    """The addresses under ``prefix``: ``/en`` for English, nothing for French."""
    routes = APIRouter(prefix=prefix, default_response_class=HTMLResponse)
    speaker = ENGLISH if prefix else FRENCH

    def answer(template: str, request: Request, **context: Any) -> HTMLResponse:
        path = request.url.path.removeprefix(prefix) or "/"
        return HTMLResponse(renderer.page(template, speaker, path, room_of(request), **context))

    @routes.get("/carte")
    @routes.get("/carte/embed")
    def map_page(
        request: Request, indicateur: Name = "", niveau: AnyLevel = "", periode: When = "", dans: Place = "",
        seuil: Figure = "", indicateur2: Name = "", periode2: When = "", vue: View = "", ici: Key = "",
    ) -> HTMLResponse:  # fmt: skip
        """The map, as a page or to be embedded in another site's."""
        threshold = float(seuil.replace(",", ".")) if seuil else None
        asked = atlas_page.Asked(indicateur, niveau, periode, dans, threshold, indicateur2, periode2, vue, ici)
        scene = atlas_page.scene(room_of(request), asked)
        if scene is None:
            raise HTTPException(404)
        template = "atlas_embed.html" if request.url.path.endswith("/embed") else "atlas.html"
        page = answer(template, request, **atlas_page.context(room_of(request), speaker, scene))
        if tiles_of(room_of(request).observatory.folder) is None:
            page.headers.update(FOR_NOW)
        return page

    @routes.get("/carte/valeurs/{name}/{level}/{period}.json")
    def values(request: Request, name: Id, level: Level, period: Period) -> Response:
        """An indicator at a level in a period, for the browser."""
        plate = atlas_page.exact(room_of(request), name, level, period)
        if plate is None:
            raise HTTPException(404)
        return _json(atlas.as_document(speaker, plate))

    @routes.get("/carte/image/{name}/{level}/{period}.svg")
    def image(request: Request, name: Id, level: Level, period: Period, theme: Literal["clair", "sombre"] = "clair"
    ) -> Response:  # fmt: skip
        """The map of all the territories of a level as one image."""
        plate = atlas_page.exact(room_of(request), name, level, period)
        if plate is None:
            raise HTTPException(404)
        colours = atlas_page.colours(plate, theme == "sombre")
        return Response(atlas.picture(room_of(request), plate, *colours), media_type="image/svg+xml")

    @routes.get("/carte/image/{name}/{level}/{period}.png")
    def pixel_image(
        request: Request, name: Id, level: Level, period: Period, theme: Literal["clair", "sombre"] = "clair"
    ) -> Response:
        """The same as pixels: many small territories are seen sooner so."""
        plate = atlas_page.exact(room_of(request), name, level, period)
        if plate is None:
            raise HTTPException(404)
        colours = atlas_page.colours(plate, theme == "sombre")
        return Response(pixels.picture(room_of(request), plate, *colours), media_type=pixels.TYPE)

    @routes.get("/comparer")
    def compare(request: Request, t: Keys, q: Words = "") -> HTMLResponse:
        """Up to five territories side by side; ``q`` is the name of one to add."""
        return answer("compare.html", request, **compare_page.context(room_of(request), speaker, t, q))

    @routes.get("/relation")
    def relation(
        request: Request, x: Name = "", y: Name = "", niveau: AnyLevel = "", periode_x: When = "", periode_y: When = ""
    ) -> HTMLResponse:
        """Two indicators at a level against each other."""
        asked = relation_page.Asked(x, y, niveau, periode_x, periode_y)
        context = relation_page.context(room_of(request), speaker, asked)
        if context is None:
            raise HTTPException(404)
        return answer("relation.html", request, **context)

    if not prefix:
        _shared(routes)
    return routes


def _shared(routes: APIRouter) -> None:
    """What is the same in every language."""

    @routes.get("/carte/territoires/{level}.json")
    def roll(request: Request, level: Level) -> Response:
        """The territories of a level, in the order of every list of values."""
        return _json(atlas.roll(room_of(request), level))

    @routes.get("/carte/noms/{level}.json")
    def names(request: Request, level: Level) -> Response:
        """Their names, in the same order."""
        return _json(atlas.names(room_of(request), level))

    @routes.get("/carte/cadre/{level}/{code}.json")
    def frame(request: Request, level: Level, code: Code) -> Response:
        """Where a territory stands on the web map."""
        found = atlas.frame(room_of(request), level, code)
        if found is None:
            raise HTTPException(404)
        return _json({"level": level, "code": code, "frame": found})

    @routes.get("/donnees/tuiles/{key}.pmtiles")
    def tiles(request: Request, key: Annotated[str, Path(pattern="^[0-9a-f]{16}$")]) -> Response:
        """The tiles of the edition, whole or by ranges of bytes."""
        path = tiles_of(room_of(request).observatory.folder)
        if path is None or path.stem != key:
            raise HTTPException(404)
        tag = f'"{key}"'
        headers = {"etag": tag, "cache-control": "public, max-age=31536000, immutable", "x-vigie-stream": "1"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return FileResponse(path, media_type="application/vnd.pmtiles", headers=headers)


def _json(content: object) -> Response:
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
