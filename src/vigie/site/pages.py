"""The pages, each at an address of its own in each language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from vigie.editions import gathering
from vigie.editions.observatory import Territory
from vigie.editions.standings import commands
from vigie.errors import VigieError
from vigie.site import (
    alerts_page,
    api_page,
    commitments_page,
    corrections,
    data_page,
    home_page,
    indicator_page,
    orientation_page,
    outlook_page,
    perimeter_page,
    pledges,
    quality_page,
    revision_log,
    search_page,
    territory_page,
)
from vigie.site.atlas_page import all_colours
from vigie.site.directory import POSTAL_CODE
from vigie.site.render import Renderer
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH
from vigie.territories.names import search_text

Level = Annotated[str, Path(pattern="^[a-z_0-9]{3,20}$")]
Code = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,40}$")]
Id = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{1,120}$")]
Commune = Annotated[str, Query(pattern="^([0-9][0-9AB][0-9]{3})?$")]
Words = Annotated[str, Query(max_length=100)]
Departement = Annotated[str, Query(pattern="^([0-9][0-9AB][0-9]?)?$")]
AnyId = Annotated[str, Query(pattern="^[a-z][a-z0-9_]{1,120}$")]
Key = Annotated[str, Query(pattern="^[a-z_0-9]{3,20}:[A-Za-z0-9_-]{1,40}$")]
When = Annotated[str, Query(pattern="^([0-9./-]{4,21})?$")]
AnyWord = Annotated[str, Query(pattern="^([a-z][a-z0-9_]{1,60})?$")]
Choosing = Annotated[str, Query(pattern="^1?$")]
Codes = Annotated[list[str], Query(default_factory=list, max_length=400)]

_FOUND = 30
# What is true at this hour is not kept: neither here nor by the reader.
_NOW = {"x-vigie-stream": "1", "cache-control": "no-store", "etag": 'W/"now"'}


def room_of(request: Request) -> Room:
    """The edition lent to this request."""
    room: Room = request.scope["state"]["room"]
    return room


def router(renderer: Renderer, prefix: str, document: dict[str, Any]) -> APIRouter:
    """The pages under ``prefix``: ``/en`` for English, nothing for French; ``document`` is that of the API."""
    pages = APIRouter(prefix=prefix, default_response_class=HTMLResponse)
    speaker = ENGLISH if prefix else FRENCH

    def answer(template: str, request: Request, **context: Any) -> HTMLResponse:
        path = request.url.path.removeprefix(prefix) or "/"
        return HTMLResponse(renderer.page(template, speaker, path, room_of(request), **context))

    @pages.get("/")
    def home(request: Request) -> HTMLResponse:
        """Accueil."""
        return answer("home.html", request, **home_page.context(room_of(request), speaker))

    @pages.get("/recherche")
    def search(request: Request, q: Words = "") -> Response:
        """The territories that answer to a name; straight to the page when a code names one."""
        room, text = room_of(request), q.strip()
        told = search_page.context(room, text)
        if told["postal"] is None and (":" in text or (text.isalnum() and any(letter.isdigit() for letter in text))):
            exact = _exact(room, text)
            if exact is not None:
                return RedirectResponse(speaker.territory(*exact), 303)
        if len(told["found"]) == 1 and search_text(told["found"][0].name) == search_text(text):
            return RedirectResponse(speaker.territory(told["found"][0].level, told["found"][0].code), 303)
        page = answer("search.html", request, **told)
        if POSTAL_CODE.fullmatch(text):
            page.headers.update(_NOW)  # a file of postal codes may be brought at any time
        return page

    @pages.get("/territoire/{level}/{code}")
    def territory(request: Request, level: Level, code: Code) -> HTMLResponse:
        """A territory."""
        room = room_of(request)
        card = room.directory.card(level, code)
        if card is None:
            raise HTTPException(404)
        return answer("territory.html", request, **territory_page.context(room, speaker, card))

    @pages.get("/perimetre")
    def perimeter(
        request: Request, communes: Codes, nom: Words = "", departement: Departement = "", choisir: Choosing = ""
    ) -> Response:
        """A territory of the reader's own communes, or where they are chosen."""
        room = room_of(request)
        chosen = perimeter_page.choice(room, communes, nom)
        refused = bool(chosen.too_many or chosen.unclear or (chosen.unknown and not chosen.communes))
        if refused or choisir or not chosen.communes or not room.observatory.has(gathering.TABLE):
            page = answer("perimeter.html", request, **perimeter_page.choosing(room, speaker, chosen, departement))
            page.status_code = 422 if refused else 200
            return page
        plain = perimeter_page.address(speaker, chosen)
        if communes != [",".join(chosen.codes)] and not chosen.unknown:
            return RedirectResponse(plain, 303)  # one address a perimeter, however its codes were given
        return answer("territory.html", request, **perimeter_page.context(room, speaker, chosen))

    @pages.get("/perimetre.csv")
    def perimeter_file(request: Request, communes: Codes, nom: Words = "") -> Response:
        """The figures of a perimeter as a file."""
        room = room_of(request)
        chosen = perimeter_page.choice(room, communes, nom)
        if not perimeter_page.whole(room, chosen):
            raise HTTPException(422)
        headers = {"content-disposition": 'attachment; filename="vigie-perimetre.csv"', "x-vigie-stream": "1"}
        return Response(perimeter_page.as_csv(room, speaker, chosen), media_type="text/csv", headers=headers)

    @pages.get("/alertes")
    def alerts(
        request: Request, niveau: AnyWord = "", alerte: AnyWord = "", volet: AnyWord = "", gravite: AnyWord = "",
        dans: Departement = "", debut: Annotated[int, Query(ge=0, le=100_000)] = 0,
    ) -> HTMLResponse:  # fmt: skip
        """The alerts of a level, and how many people they concern."""
        asked = alerts_page.Asked(niveau or alerts_page.Asked.level, alerte, volet, gravite, dans, debut)
        told = alerts_page.context(room_of(request), speaker, asked)
        if told is None:
            raise HTTPException(404)
        return answer("alerts.html", request, **told)

    @pages.get("/doute")
    def doubt(request: Request, indicateur: AnyId, t: Key, periode: When = "") -> HTMLResponse:
        """The reference of a figure, for whoever doubts it."""
        room, (level, _, code) = room_of(request), t.partition(":")
        card, definition = room.directory.card(level, code), room.indicators.get(indicateur)
        if card is None or definition is None:
            raise HTTPException(404)
        return answer("doubt.html", request, **corrections.doubt(room, speaker, card, definition, periode))

    @pages.get("/indicateurs")
    def indicators(request: Request) -> HTMLResponse:
        """The indicators by theme."""
        return answer("indicators.html", request, **indicator_page.index(room_of(request), speaker))

    @pages.get("/indicateur/{name}")
    def indicator(request: Request, name: Id) -> HTMLResponse:
        """An indicator."""
        room = room_of(request)
        definition = room.indicators.get(name)
        if definition is None:
            raise HTTPException(404)
        return answer("indicator.html", request, **indicator_page.context(room, speaker, definition))

    @pages.get("/engagements")
    def commitments(request: Request) -> HTMLResponse:
        """The ten commitments, the other targets and the alert indicators."""
        room = room_of(request)
        told = pledges.pledges(room, speaker)
        return answer(
            "commitments.html",
            request,
            commitments=commitments_page.commitments(room, speaker),
            pledges=told,
            further=[one for one in told.values() if one.number is None],
            alerts=commitments_page.alerts(room, speaker),
            furthest=pledges.furthest(room, speaker),
            fetch={
                name: commands(room.observatory, one, "departement")
                for name, one in room.indicators.items()
                if one.theme == "engagement"
            },
        )

    @pages.get("/s-orienter")
    def orientation(
        request: Request, q: Words = "", commune: Commune = "", quand: datetime | Literal[""] = ""
    ) -> Response:
        """Whom to turn to near a commune; straight to it when its name is plain."""
        room, text, moment = room_of(request), q.strip(), quand or None
        place = room.directory.card("commune", commune) if commune else None
        if commune and place is None:
            raise HTTPException(404)
        found = [one for one in room.directory.search(text, _FOUND) if one.level == "commune"] if text else []
        if len(found) == 1 or (found and _plain_name(text, found)):
            asked = {"commune": found[0].code} | ({"quand": f"{moment:%Y-%m-%dT%H:%M}"} if moment else {})
            return RedirectResponse(speaker.url("/s-orienter", asked), 303)
        told = orientation_page.context(room, speaker, place, moment)
        postal = POSTAL_CODE.fullmatch(text) is not None and room.directory.postal_codes() is None
        page = answer("orientation.html", request, **told, query=text, found=found, postal=postal)
        if POSTAL_CODE.fullmatch(text) or (place and orientation_page.rosters_of(room)):
            page.headers.update(_NOW)
        return page

    @pages.get("/perspectives")
    def outlook(
        request: Request,
        variante: Literal["central", "nobody"] = "nobody",
        niveau: Literal["departement", "bassin_de_vie", "epci", "region"] = "departement",
        annee: Annotated[int, Query(ge=2000, le=2100)] = 2035,
        montrer: Literal["apl", "perte", "quand"] = "apl",
    ) -> HTMLResponse:
        """The outlook: a map by year, who loses most, the variants, the back-test."""
        asked = outlook_page.Asked(variante, niveau, annee, montrer)
        if not outlook_page.known(room_of(request), asked):
            raise HTTPException(404)
        return answer("perspectives.html", request, **outlook_page.context(room_of(request), speaker, asked))

    @pages.get("/perspectives/carte/{variant}/{level}/{year}/{measure}.svg")
    def outlook_image(
        request: Request,
        variant: Literal["central", "nobody"],
        level: Literal["departement", "bassin_de_vie", "epci", "region"],
        year: Annotated[int, Path(ge=2000, le=2100)],
        measure: Literal["apl", "perte", "quand"],
        theme: Literal["clair", "sombre"] = "clair",
    ) -> Response:
        """The map of the outlook at a level as one image."""
        asked = outlook_page.Asked(variant, level, year, measure)
        if not outlook_page.known(room_of(request), asked):
            raise HTTPException(404)
        drawn = outlook_page.picture(room_of(request), asked, all_colours(theme == "sombre"))
        return Response(drawn, media_type="image/svg+xml")

    @pages.get("/api")
    def api(request: Request) -> HTMLResponse:
        """The API, with forms to try it."""
        return answer("api.html", request, **api_page.context(document, speaker))

    @pages.get("/essai/{name}")
    def trial(request: Request, name: Id) -> Response:
        """Where the forms of the page of the API go without JavaScript: to the address, without the empty fields."""
        address = api_page.trial(document, name, request.query_params.multi_items())
        if address is None:
            raise HTTPException(404)
        return RedirectResponse(address, 303)

    @pages.get("/donnees")
    def data(request: Request) -> HTMLResponse:
        """Sources, checks and files of the edition."""
        return answer("data.html", request, **data_page.context(room_of(request), speaker))

    @pages.get("/qualite")
    def quality(request: Request) -> HTMLResponse:
        """What the figures of the edition are worth, and what was measured of the software."""
        return answer("qualite.html", request, **quality_page.context(room_of(request), speaker))

    @pages.get("/qualite/revisions.csv")
    def revisions(request: Request) -> Response:
        """The revision log as a file."""
        headers = {"content-disposition": 'attachment; filename="vigie-revisions.csv"'}
        return Response(revision_log.as_csv(room_of(request)), media_type="text/csv", headers=headers)

    @pages.get("/donnees/tables/{name}.parquet")
    def table(request: Request, name: Id) -> FileResponse:
        """A table of the edition as a file."""
        room = room_of(request)
        if name not in data_page.tables(room):
            raise HTTPException(404)
        headers = {"x-vigie-stream": "1"}
        kind = "application/vnd.apache.parquet"
        return FileResponse(
            data_page.table_path(room, name), media_type=kind, filename=f"vigie-{name}.parquet", headers=headers
        )

    for name in ("methodes", "accessibilite", "mentions"):
        _plain(pages, name, answer)
    return pages


def _plain(pages: APIRouter, name: str, answer: Any) -> None:
    """A page of text."""

    @pages.get(f"/{name}", name=name)
    def plain(request: Request) -> HTMLResponse:
        """A page of text."""
        page: HTMLResponse = answer(f"{name}.html", request)
        return page


def _plain_name(text: str, found: Sequence[Territory]) -> bool:
    """Whether one commune, and one only, is called just that."""
    same = [one for one in found if search_text(one.name) == search_text(text)]
    return same == found[:1]


def _exact(room: Room, text: str) -> tuple[str, str] | None:
    try:
        card = room.observatory.territory(text)
    except VigieError:
        return None
    return card.level, card.code
