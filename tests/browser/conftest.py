"""A real Chromium against a real server on the embedded edition."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def absent(what: str) -> NoReturn:
    """Skip on a person's machine, fail where CI must run everything."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("VIGIE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        absent("Chromium is absent: apt-get install chromium, or name it in VIGIE_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def islands() -> None:
    if not (ROOT / "src/vigie/site/static/build/manifest.json").is_file():
        absent("the islands are not built: npm ci && npm run build, in web/")


@pytest.fixture(scope="session")
def tiled(edition_home: Path, address: str) -> str:
    """The address, once the edition has its tiles."""
    import fcntl

    from vigie.editions.tiles import make_tiles

    with (edition_home / ".tile-lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        make_tiles(edition_home)
    return address


class Watched:
    """A page that remembers what went wrong on it and what it asked of others."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.faults: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._told)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on(
            "request",
            lambda request: request.url.startswith((address, "blob:", "data:")) or self.strangers.append(request.url),
        )

    def _told(self, message: ConsoleMessage) -> None:
        """Keep what a page complains of; not what the software renderer of WebGL says of its own slowness."""
        if message.type in ("error", "warning") and "GL Driver Message" not in message.text:
            self.faults.append(message.text)

    def loaded(self, path: str) -> Page:
        """The page as soon as it stands: for what does not wait on an island's own requests."""
        self.page.goto(self.address + path)
        return self.page

    def open(self, path: str) -> Page:
        """The page once it asks for nothing more."""
        self.page.goto(self.address + path, wait_until="networkidle")
        return self.page


# The rules of axe that look at colours: in the other theme nothing else of a page is other.
_OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page: Page, rules: dict[str, Any] | None = None) -> str:
    """What axe finds on a page: nothing, as an empty text, or each violation with the beginning of its elements."""
    options = {"resultTypes": ["violations"]} | (rules or {})
    found = Axe().run(page, options=options).response["violations"]
    told = [
        {"id": one["id"], "help": one["help"], "nodes": [node["html"][:160] for node in one["nodes"][:3]]}
        for one in found
    ]
    return json.dumps(told, indent=1, ensure_ascii=False) if told else ""


def in_theme(page: Page, theme: Literal["light", "dark"]) -> Page:
    """The page once it stands in a theme: a colour on its way from one to the other is neither."""
    page.emulate_media(color_scheme=theme)
    page.evaluate("() => Promise.all(document.getAnimations().map(one => one.finished))")
    return page


def assert_accessible_in_both_themes(page: Page) -> None:
    """The page passes axe in the light, and what it says of colours in the dark, loaded once."""
    assert violations(in_theme(page, "light")) == ""
    assert violations(in_theme(page, "dark"), _OF_COLOURS) == ""


@pytest.fixture
def watched(browser: Browser, islands: None, address: str, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A page at 1440 pixels; indirect parameters go to the browser's context."""
    options = {"viewport": {"width": 1440, "height": 1000}} | getattr(request, "param", {})
    context = browser.new_context(**options)
    context.set_default_timeout(120_000)  # a busy machine
    seen = Watched(context.new_page(), address)
    yield seen
    context.close()
    assert seen.faults == []
    assert seen.strangers == []
