"""The pages of zoning in a browser: accessible, whole at every width, cut anew as the server cuts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import ROOT, Watched, assert_accessible_in_both_themes

PAGES = {
    "zonage": "/zonage?zone=12145",
    "zonage-comparer": "/zonage/comparer",
}
ARTEFACTS = ROOT / "artefacts" / "site"

pytestmark = pytest.mark.usefixtures("tiled")


def drawn(watched: Watched, path: str) -> Page:
    """The page once its map stands and its sliders answer."""
    if "comparer" in path:
        return watched.open(path)
    page = watched.loaded(path)
    page.locator(".zones[data-drawn][data-ready]").wait_for(timeout=90_000)
    return page


def legend(page: Page) -> list[str]:
    return page.locator(".zones .classes td").all_inner_texts()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_overflows(watched: Watched, name: str) -> None:
    page = drawn(watched, PAGES[name])
    assert_accessible_in_both_themes(page)
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        page.screenshot(path=ARTEFACTS / f"{name}-{width}.jpg", full_page=True)


@pytest.mark.parametrize(
    ("path", "label", "state"),
    [
        ("/zonage", "Zone d’intervention prioritaire (ZIP) : part des habitants (en %)", "part_zip"),
        # A class with conditions, which the browser does not know otherwise than from the server.
        ("/zonage?regle=selectif_alertes", "Zone complémentaire : jusqu’à", "seuil_complementaire"),
    ],
)
def test_a_slider_cuts_france_as_the_server_does(watched: Watched, path: str, label: str, state: str) -> None:
    page = drawn(watched, path)
    before = legend(page)
    spaced = re.compile(re.escape(label).replace(r"\ ", r"\s"))
    slider = page.get_by_label(spaced).and_(page.locator("input[type=range]"))
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    live, told = legend(page), page.locator(".counted").inner_text()
    assert live != before and "Par rapport à la règle" in told
    page.wait_for_url(f"**{state}=*")
    page.locator(".zones[data-settled]").wait_for()
    assert "seuils modifiés" in page.locator("#zone-table caption").inner_text()
    served = page.request.get(page.evaluate("location.href")).text()
    assert re.findall(r'data-of="(?:zones|people|share)">([^<]*)<', served)[: len(live)] == live
    assert page.evaluate("performance.getEntriesByName('cut').length") >= 4
    page.get_by_role("link", name="Revenir à la règle").click()
    assert legend(page) == before
    page.wait_for_url(lambda address: state not in address)


def test_a_zone_of_the_table_says_why(watched: Watched) -> None:
    page = drawn(watched, "/zonage?dans=12")
    page.get_by_role("link", name="Millau", exact=True).click()
    card = page.locator("#zone")
    card.wait_for()
    assert "Le seuil le plus proche" in card.inner_text() and "Millau" in card.inner_text()
    page.wait_for_url("**zone=12145*")
    card.get_by_role("link", name="Fermer la fiche").click()
    card.wait_for(state="hidden")


def test_without_a_map_that_moves_the_sliders_count_and_the_server_draws(watched: Watched) -> None:
    watched.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = watched.open("/zonage?regle=medecins_2017")
    page.locator(".zones[data-ready]").wait_for()
    before, image = legend(page), page.locator(".atlas-map img").get_attribute("src")
    field = page.get_by_role("spinbutton", name=re.compile("ZIP"))
    field.fill("3")
    field.press("Tab")
    assert legend(page) != before
    page.locator(".zones[data-settled]").wait_for()
    assert page.locator(".atlas-map img").get_attribute("src") != image
