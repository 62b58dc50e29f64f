"""The addresses of « Agir »: the page, and the part of it that moves with the sliders."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from vigie.site import act_asked, act_compare, act_means, act_page, act_sites, playing
from vigie.site.pages import room_of
from vigie.site.render import Renderer
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH


def router(renderer: Renderer, prefix: str) -> APIRouter:
    """The addresses under ``prefix``: ``/en`` for English, nothing for French."""
    routes = APIRouter(prefix=prefix, default_response_class=HTMLResponse)
    speaker = ENGLISH if prefix else FRENCH

    def page(template: str, request: Request, **context: Any) -> HTMLResponse:
        path = request.url.path.removeprefix(prefix) or "/"
        # An answer that took too long is not one to keep: it may come in time when it is asked again.
        code = context.pop("http", 200)
        return HTMLResponse(renderer.page(template, speaker, path, room_of(request), **context), code)

    def readied(request: Request) -> Room:
        """The edition lent to this request, with the ground of scenarios being prepared."""
        room = room_of(request)
        playing.prepare(room, act_asked.profession_of(request.query_params))
        return room

    @routes.get("/agir")
    def act(request: Request) -> HTMLResponse:
        """What could be done here: the levers, and what they would change."""
        room = room_of(request)
        asked = act_page.read(room, speaker, request.query_params)
        if asked.territory is not None:
            playing.prepare(room, asked.profession)
        return page("agir.html", request, **act_page.context(room, speaker, asked))

    @routes.get("/agir/reponse")
    def moved(request: Request) -> HTMLResponse:
        """The answer alone, for the page whose sliders move."""
        room = room_of(request)
        asked = act_page.read(room, speaker, request.query_params)
        return page("agir_reponse.html", request, **act_page.answer(room, speaker, asked))

    @routes.get("/agir/lieux")
    def sites(request: Request) -> HTMLResponse:
        """Where to open: places chosen, with their proof and other plans."""
        room = readied(request)
        return page("agir_lieux.html", request, **act_sites.context(room, speaker, request.query_params))

    @routes.get("/agir/repartir")
    def allocation(request: Request) -> HTMLResponse:
        """The same total of means under four rules."""
        room = readied(request)
        return page("agir_repartir.html", request, **act_means.allocation(room, speaker, request.query_params))

    @routes.get("/agir/jumeler")
    def pairing(request: Request) -> HTMLResponse:
        """Days a month from dense to under-dense territories."""
        room = readied(request)
        return page("agir_jumeler.html", request, **act_means.pairing(room, speaker, request.query_params))

    @routes.get("/agir/budget")
    def budget(request: Request) -> HTMLResponse:
        """The best mix of levers for a budget."""
        room = readied(request)
        query = request.query_params
        return page("agir_budget.html", request, **act_means.budget(room, speaker, query, query.getlist("leviers")))

    @routes.get(act_compare.PATH)
    def compare(request: Request) -> HTMLResponse:
        """Scenarios side by side."""
        room = readied(request)
        query = request.query_params
        return page("agir_comparer.html", request, **act_compare.context(room, speaker, query, query.getlist("s")))

    return routes
