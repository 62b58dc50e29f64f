"""Pages for what goes wrong: designed, in the reader's language, silent about the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from vigie.errors import AmbiguousNameError, UnknownNameError
from vigie.site.explore import problems as explore
from vigie.site.limits import LONGEST
from vigie.site.playing import RefusedScenarioError
from vigie.site.render import Renderer
from vigie.site.words import ENGLISH, FRENCH, Speaker

_WORDS = {
    404: (
        "Cette page n’existe pas",
        "This page does not exist",
        "L’adresse est peut-être mal recopiée, ou le territoire a changé de code.",
        "The address may have been miscopied, or the territory may have changed its code.",
    ),
    405: (
        "Cette adresse se lit seulement",
        "This address is read only",
        "Vigie ne reçoit rien : il répond aux lectures.",
        "Vigie receives nothing: it answers reads.",
    ),
    413: (
        "Envoi trop gros",
        "Too large",
        "Réduisez ce qui est envoyé.",
        "Reduce what is sent.",
    ),
    414: (
        "Adresse trop longue",
        "Address too long",
        "Raccourcissez la recherche.",
        "Shorten the search.",
    ),
    422: (
        "Demande mal formée",
        "Malformed request",
        "Un paramètre manque ou n’a pas la forme attendue.",
        "A parameter is missing or has not the expected form.",
    ),
    500: (
        "Quelque chose a cédé de notre côté",
        "Something gave way on our side",
        "La faute est notée. Les autres pages répondent sans doute : réessayez dans un instant.",
        "The fault is recorded. Other pages very likely answer: try again in a moment.",
    ),
    503: (
        "Aucune édition n’est encore construite",
        "No edition has been built yet",
        "L’observatoire attend ses données. Sur la machine qui le sert, lancez la commande ci-dessous ; "
        "cette page se remplira sans redémarrage.",
        "The observatory is waiting for its data. On the machine that serves it, run the command below; "
        "this page will fill without a restart.",
    ),
}


@dataclass(frozen=True)
class Problems:
    """Makes the page, or for the API the problem document, of each fault."""

    renderer: Renderer

    def bare(self, scope: Scope, status: int) -> tuple[bytes, str]:
        """The body and type of a fault met outside the application."""
        path = str(scope["path"])
        if path.startswith(explore.PREFIX):
            return explore.problem_body("RequestError", _WORDS[status][1]), "application/json"
        if path.startswith("/api/") or path == "/healthz":
            return _document(status), "application/problem+json"
        page = self._page(_speaker(path), status)
        return page.encode(), "text/html; charset=utf-8"

    async def http(self, request: Request, fault: Exception) -> Response:
        """A page that does not exist, or another fault that the framework raises."""
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        return self._answer(request, status if status in _WORDS else 404)

    async def invalid(self, request: Request, fault: Exception) -> Response:
        """A parameter out of its bounds: for a page, an address that does not exist."""
        path = request.url.path
        wrong = _wrong(fault) if isinstance(fault, RequestValidationError) else []
        if path.startswith(explore.PREFIX):
            return explore.invalid(wrong)
        if not path.startswith("/api/"):
            return self._answer(request, 404)
        detail = "; ".join(f"{one['parameter']}: {one['detail']}" for one in wrong)
        return Response(_document(422, detail, errors=wrong), 422, media_type="application/problem+json")

    async def unknown(self, request: Request, fault: Exception) -> Response:
        """A name that the edition does not have; anything else is a fault of ours."""
        if not isinstance(fault, UnknownNameError | AmbiguousNameError):
            raise fault
        if request.url.path.startswith("/api/"):
            body = _document(404, fault.message("en"), fault.message("fr"))
            return Response(body, 404, media_type="application/problem+json")
        return self._answer(request, 404)

    async def refused(self, request: Request, fault: Exception) -> Response:
        """A scenario that is not one, or names what is not: where, what was expected, what to do."""
        if not isinstance(fault, RefusedScenarioError):
            raise fault
        own = fault.fault
        wrong = [{"parameter": own.where.column or "", "detail": own.message("en")}]
        if not request.url.path.startswith("/api/"):
            return self._answer(request, 404)
        body = _document(422, own.message("en"), own.message("fr"), wrong)
        return Response(body, 422, media_type="application/problem+json")

    async def too_long(self, request: Request, _: Exception) -> Response:
        """A query that takes too much of the machine."""
        said = f"The request takes more than {LONGEST:.0f} s or too much memory: narrow it."
        if request.url.path.startswith(explore.PREFIX):
            return explore.problem(503, "TooLong", said)
        body = _document(503, said)
        return Response(body, 503, {"retry-after": "30"}, media_type="application/problem+json")

    def _answer(self, request: Request, status: int) -> Response:
        body, kind = self.bare(request.scope, status)
        return Response(body, status, media_type=kind)

    def _page(self, speaker: Speaker, status: int) -> str:
        title_fr, title_en, text_fr, text_en = _WORDS[status]
        shown: dict[str, Any] = {"title": speaker.tr(title_fr, title_en), "text": speaker.tr(text_fr, text_en)}
        return self.renderer.page("problem.html", speaker, "/", None, status=status, **shown)


def _speaker(path: str) -> Speaker:
    return ENGLISH if path == "/en" or path.startswith("/en/") else FRENCH


def _document(status: int, detail: str = "", detail_fr: str = "", errors: Sequence[Mapping[str, str]] = ()) -> bytes:
    title = _WORDS[status][1]
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail or _WORDS[status][3],
            "detail_fr": detail_fr or _WORDS[status][2],
            "errors": list(errors),
        }
    )


def _wrong(fault: RequestValidationError) -> list[dict[str, str]]:
    """The parameters at fault, without the values that were sent."""
    return [
        {"parameter": str(one["loc"][1] if len(one["loc"]) > 1 else ""), "detail": str(one["msg"])}
        for one in fault.errors()[:10]
    ]
