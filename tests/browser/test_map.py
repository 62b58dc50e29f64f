"""The live map, the comparison and the relation in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import ROOT, Watched, in_theme, violations

PAGES = {
    "carte": "/carte",
    "comparer": "/comparer?t=departement:23&t=commune:12202&t=france:FR&t=region:84",
    "relation": "/relation",
    "embed": "/carte/embed?niveau=region",
}
ARTEFACTS = ROOT / "artefacts" / "site"

pytestmark = pytest.mark.usefixtures("tiled")


def drawn(watched: Watched, path: str) -> Page:
    """The page once its map stands."""
    if "carte" not in path:
        return watched.open(path)
    page = watched.loaded(path)
    page.mouse.move(300, 300)  # a reader is there: the live map takes the place of the server's picture
    page.mouse.move(320, 320)
    page.locator(".atlas[data-drawn]").wait_for(timeout=90_000)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_pictures_are_kept_and_axe_finds_nothing_in_the_light(watched: Watched, name: str) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 1000})
    page = drawn(watched, PAGES[name])
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for width in (390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        page.screenshot(path=ARTEFACTS / f"{name}-{width}.jpg", full_page=True)
    assert violations(in_theme(page, "light")) == ""


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_english_and_in_the_dark(watched: Watched, name: str) -> None:
    page = drawn(watched, "/en" + PAGES[name])
    assert violations(in_theme(page, "dark")) == ""


def test_every_commune_is_seen_before_the_live_map_which_waits_for_a_reader(watched: Watched) -> None:
    page = watched.open("/carte?niveau=commune")
    page.locator(".map-still").evaluate("image => image.decode()")
    assert page.evaluate("document.querySelector('.map-still').naturalWidth") == 1000
    page.wait_for_timeout(500)
    assert page.locator("canvas").count() == 0
    page.keyboard.press("Tab")
    page.locator(".atlas[data-drawn] canvas").wait_for(timeout=90_000)
    assert page.locator(".map-still, .map-names").count() == 0


def test_the_threshold_counts_people_live_and_stays_in_the_address(watched: Watched) -> None:
    page = drawn(watched, "/carte?indicateur=apl_mg&niveau=departement&periode=2023")
    before = page.locator(".counted").inner_text()
    slider = page.get_by_label("Seuil").and_(page.locator("input[type=range]"))
    slider.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    after = page.locator(".counted").inner_text()
    assert before != after and "habitants" in after
    page.wait_for_url("**seuil=*")
    page.reload()
    assert page.locator(".counted").inner_text() == after  # the server counts as the browser does


def test_the_period_slider_changes_map_legend_table_and_files(watched: Watched) -> None:
    page = drawn(watched, "/carte?indicateur=apl_mg&niveau=departement&periode=2023")
    slider = page.get_by_label("Période").and_(page.locator("input[type=range]"))
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**periode=2022*")
    page.get_by_role("table", name="APL médecins généralistes par département, 2022").wait_for()
    assert "2022" in page.locator(".map-title").first.inner_text()
    assert "period=2022" in (page.get_by_role("link", name="Données CSV").get_attribute("href") or "")
    page.wait_for_function("performance.getEntriesByName('period-drawn').length === 1")


def test_a_click_or_enter_opens_a_card_that_leads_to_the_page(watched: Watched) -> None:
    page = drawn(watched, "/carte?niveau=region")
    canvas = page.locator("canvas.maplibregl-canvas")
    canvas.focus()
    page.keyboard.press("Enter")
    card = page.locator(".atlas-card")
    card.wait_for()
    page.wait_for_url("**ici=region%3A*")
    card.get_by_role("button").click()
    assert card.count() == 0
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
    card.get_by_role("link", name="Sa page").click()
    page.wait_for_url("**/territoire/region/*")


def test_search_zooms_to_a_territory(watched: Watched) -> None:
    page = drawn(watched, "/carte?niveau=departement")
    field = page.get_by_role("combobox", name="Aller à un territoire")
    field.focus()
    page.keyboard.insert_text("aveyron")
    page.locator(".suggestions [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".atlas-card", has_text="Aveyron").wait_for()
    page.wait_for_url("**/carte?*ici=departement%3A12*")


def test_two_maps_move_together_and_every_commune_is_drawn(watched: Watched) -> None:
    page = drawn(watched, "/carte?niveau=commune&indicateur2=temps_urgences&vue=2.5000,44.3000,8.00")
    page.locator(".atlas-figure:nth-child(2) .maplibregl-canvas").wait_for()
    page.locator(".atlas-figure:first-child .atlas-tools button").first.click()
    page.wait_for_url("**vue=*9.00*")
    assert page.locator(".atlas-legend").count() == 2


def test_the_picture_and_the_embed_code_are_given(watched: Watched, tmp_path: Path) -> None:
    page = drawn(watched, "/carte?niveau=region")
    with page.expect_download() as download:
        page.get_by_role("button", name="Image PNG").click()
    target = tmp_path / "map.png"
    download.value.save_as(target)
    assert target.read_bytes()[:4] == b"\x89PNG" and target.stat().st_size > 10_000
    page.get_by_text("Code à copier").click()
    code = page.get_by_label("Code à copier pour intégrer cette carte").input_value()
    assert code.startswith("<iframe src=") and "/carte/embed?" in code


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True)
def test_everything_reads_without_javascript(watched: Watched) -> None:
    page = watched.open("/carte")
    assert page.locator("svg.map-svg a.area").count() > 90
    page.get_by_label("Indicateur", exact=True).select_option("temps_urgences")
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_url("**indicateur=temps_urgences*")
    assert page.get_by_role("row", name="Aveyron").is_visible()
    page.goto(watched.address + "/comparer")
    page.get_by_label("Ajouter un territoire").fill("aveyron")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Ajouter Aveyron").first.click()
    page.locator(".sides li").first.wait_for()
    assert page.locator(".sides li").count() == 1
