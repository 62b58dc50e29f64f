"""What robots read: ``/robots.txt`` and the sitemap of the pages that stand for themselves."""

from __future__ import annotations

from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response

from vigie.site.api.catalogue import base
from vigie.site.room import Room

# The answer holds the address that was asked: it is not one to keep for another.
_STREAM = {"x-vigie-stream": "1"}
_PAGES = ("/", "/engagements", "/zonage", "/zonage/comparer", "/zonage/couples", "/indicateurs", "/donnees", "/qualite",
          "/methodes", "/api", "/accessibilite", "/mentions")  # fmt: skip
_LEVELS = ("france", "region", "departement", "epci", "commune")
MOST = 50_000  # addresses of one sitemap, by its standard

router = APIRouter(include_in_schema=False)


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Everything may be read, but not by asking every question of the API, nor every report to be made."""
    closed = ("/api/explore/", "/recherche", "/rapport/", "/en/rapport/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {base(request)}/sitemap.xml", ""]
    text = "\n".join(lines)
    return Response(text, media_type="text/plain; charset=utf-8", headers=_STREAM)


@router.get("/sitemap.xml")
def sitemap(request: Request) -> Response:
    """The pages in French, each with its English counterpart."""
    room: Room = request.scope["state"]["room"]
    paths = [*_PAGES, *(f"/indicateur/{name}" for name in room.indicators)]
    paths += [f"/territoire/{one.level}/{one.code}" for level in _LEVELS for one in room.directory.of_level(level)]
    here, built = escape(base(request)), room.built.date().isoformat()
    body = "".join(
        f"<url><loc>{here}{escape(path)}</loc><lastmod>{built}</lastmod>"
        f'<xhtml:link rel="alternate" hreflang="en" href="{here}/en{escape(path)}"/></url>'
        for path in paths[:MOST]
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:xhtml="http://www.w3.org/1999/xhtml">{body}</urlset>'
    )
    return Response(text, media_type="application/xml", headers=_STREAM)
