"""The application: which address answers what. Pages are in ``pages.py``, the API in ``api`` and ``explore``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter, run_sync
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from vigie import memory
from vigie.errors import VigieError
from vigie.site import (
    act_routes,
    feeds,
    map_routes,
    pages,
    pixels,
    problems,
    report_routes,
    robots,
    zone_compare,
    zone_routes,
)
from vigie.site.api import document, outlook, quality, scenarios, sharings, sitings
from vigie.site.api import routes as api
from vigie.site.api import zoning as api_zoning
from vigie.site.assets import read_assets
from vigie.site.delivery import Delivery
from vigie.site.explore import routes as explore
from vigie.site.explore.problems import ExploreError, refused
from vigie.site.explore.tokens import OdsqlError
from vigie.site.limits import THREADS, TooLongError
from vigie.site.playing import RefusedScenarioError
from vigie.site.render import Renderer, installed_version
from vigie.site.shelf import Shelf

_TIDIED = 20.0  # seconds


def create_app(home: Path) -> FastAPI:
    """The ASGI application that serves the current edition of ``home``; it starts without one and waits for it."""
    assets = read_assets()
    renderer = Renderer(assets)
    shelf = Shelf(home)
    problem = problems.Problems(renderer)
    warmed = threading.Event()

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        warming = asyncio.create_task(run_sync(_warm, shelf, warmed, renderer))
        tidying = asyncio.create_task(_tidy())
        yield
        tidying.cancel()
        await warming
        shelf.close()

    app = FastAPI(title="Vigie", version=installed_version() or "0", lifespan=life, docs_url=None, redoc_url=None,
                  openapi_url=None)  # fmt: skip
    app.add_middleware(Delivery, shelf=shelf, problem=problem.bare, stamp=renderer.stamp)
    app.add_exception_handler(HTTPException, problem.http)
    app.add_exception_handler(RequestValidationError, problem.invalid)
    app.add_exception_handler(VigieError, problem.unknown)
    app.add_exception_handler(TooLongError, problem.too_long)
    app.add_exception_handler(RefusedScenarioError, problem.refused)
    app.add_exception_handler(ExploreError, refused)
    app.add_exception_handler(OdsqlError, refused)

    @app.get("/static/{name:path}")
    def static(name: str, request: Request) -> Response:
        """One of the site's own files."""
        asset = assets.files.get(name)
        if asset is None:
            raise HTTPException(404)
        headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
        small = asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", "")
        if small:
            headers["content-encoding"] = "gzip"
        body = asset.gzipped if small and asset.gzipped is not None else asset.body
        return Response(body, media_type=asset.content_type, headers=headers)

    @app.get("/favicon.ico")
    def icon(request: Request) -> Response:
        """The icon where a browser looks for one beside an answer of the API."""
        return static(assets.icon, request)

    @app.get("/healthz")
    def health() -> JSONResponse:
        """Whether an edition is being served, and which one."""
        headers = {"cache-control": "no-store"}
        try:
            with shelf.lend() as room:
                found = {"status": "ok", "edition": room.id, "built": room.built.isoformat()}
        except VigieError:
            body = {"status": "no edition", "edition": None, "built": None, "version": installed_version()}
            return JSONResponse(body, 503, headers)
        return JSONResponse({**found, "version": installed_version()}, 200, headers)

    @app.get("/readyz")
    def ready() -> JSONResponse:
        """Whether a reader would be answered well: the edition is open and what every page asks of it is read."""
        headers = {"cache-control": "no-store"}
        if warmed.is_set():
            return health()
        return JSONResponse({"status": "warming"}, 503, {**headers, "retry-after": "2"})

    apis = [api.router, scenarios.router, sitings.router, sharings.router, outlook.router, api_zoning.router,
            quality.router,
            explore.router]  # fmt: skip
    for router in (*apis, robots.router):
        app.include_router(router)
    described = document.document(apis, installed_version() or "0")

    @app.get("/api/v1/openapi.json")
    def openapi() -> JSONResponse:
        """The document of the API."""
        return JSONResponse(described)

    for prefix in ("/en", ""):
        app.include_router(pages.router(renderer, prefix, described))
        app.include_router(map_routes.router(renderer, prefix))
        app.include_router(act_routes.router(renderer, prefix))
        app.include_router(zone_routes.router(renderer, prefix))
        app.include_router(feeds.router(prefix))
        app.include_router(report_routes.router(prefix))
    return app


async def _tidy() -> None:
    """Give back to the system, now and then, what large answers took."""
    while True:
        await asyncio.sleep(_TIDIED)
        await run_sync(memory.give_back)


def _warm(shelf: Shelf, warmed: threading.Event, renderer: Renderer) -> None:
    """Open the edition before the first reader comes; what fails here is told again to that reader."""
    try:
        with shelf.lend() as room:
            room.warm()
            pixels.owners_of(room, "commune")
            renderer.compile()
            warmed.set()  # readers are answered well; what follows only spares the first reader of zonings
            zone_compare.warm(room)
    except Exception as fault:
        logging.getLogger("vigie.site").warning("the edition could not be read beforehand: %s", fault)
    finally:
        warmed.set()
        memory.give_back()
        memory.set_aside()
