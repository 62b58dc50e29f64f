"""Requests to the site and its API: addresses and bodies damaged, asked of the application itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
from tests.fuzz.targets import ROOT, Target

from vigie.levers.scenario import scenario_of
from vigie.site.api.texts import addresses

PAGES = ("/", "/recherche?q=rodez", "/territoire/commune/12202", "/en/territoire/epci/241200187", "/indicateur/apl_mg",
         "/carte?indicateur=apl_mg&niveau=departement&periode=2023", "/comparer?t=commune:12202&t=departement:12",
         "/relation", "/zonage", "/perspectives?niveau=epci&annee=2030&montrer=perte", "/alertes?niveau=epci&debut=0",
         "/perimetre?communes=12001,12145&nom=Essai", "/doute?indicateur=apl_mg&t=commune:12202&periode=2023",
         "/s-orienter?commune=12202&quand=2026-11-22T21:00", "/qualite", "/donnees/tables/checks.parquet",
         "/agir?territoire=departement:12", "/robots.txt", "/sitemap.xml", "/static/none")  # fmt: skip
LEAKS = ("Traceback", "site-packages", "/src/vigie", 'File "')


def site_targets(home: Path) -> dict[str, Target]:
    """The targets of the site that serves ``home``: its pages, its API, its queries, the scenarios sent to it."""
    from vigie.site import create_app

    app = create_app(home)
    loop = asyncio.new_event_loop()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://vigie.test")

    def asked(method: str, address: str, body: bytes | None = None) -> None:
        headers = {"content-type": "application/json"} if body is not None else {}
        answer = loop.run_until_complete(client.request(method, address, content=body, headers=headers))
        assert answer.status_code < 500 or answer.status_code == 503, (answer.status_code, address[:300])
        if answer.status_code >= 400:
            assert not any(word in answer.text for word in LEAKS), answer.text[:300]

    def visited(path: Path) -> None:
        text = path.read_bytes().decode("utf-8", "replace")
        asked("GET", "/" + quote(text.lstrip("/"), safe="/?&=:,%;+~@!$()*'-._")[:6_000])

    def sent(path: Path) -> None:
        asked("POST", "/api/v1/scenarios", path.read_bytes())

    examples = tuple(one.example.encode() for one in addresses().values())
    opendata = (
        "/api/explore/v2.1/catalog/datasets?limit=5",
        "/api/explore/v2.1/catalog/datasets/observations/records?"
        "select=sum(value) as total,level&where=indicator='apl_mg' and value > 3&group_by=level&limit=3",
    )
    scenario = scenario_of((ROOT / "docs/scenarios/aveyron.toml").read_bytes(), as_json=False).model_dump_json()
    parts: tuple[tuple[str, tuple[bytes, ...], Callable[[Path], None]], ...] = (
        ("site page", tuple(page.encode() for page in PAGES), visited),
        ("site api", examples, visited),
        ("site explore", tuple(one.encode() for one in opendata), visited),
        ("site scenario", (scenario.encode(),), sent),
    )
    return {name: Target(name, "requests", seeds, ".txt", read) for name, seeds, read in parts}
