"""The site in a browser: accessible, silent, whole at every width, and usable from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import ROOT, Watched, in_theme, violations

PAGES = {
    "accueil": "/",
    "recherche": "/recherche?q=saint-denis",
    "vide": "/recherche?q=zzzzqqqq",
    "commune": "/territoire/commune/12202",
    "commune-sous-dense": "/territoire/commune/23067",
    "paris": "/territoire/commune/75056",
    "epci": "/territoire/epci/200067171",
    "departement": "/territoire/departement/23",
    "departement-sans-donnees": "/territoire/departement/976",
    "region": "/territoire/region/84",
    "france": "/territoire/france/FR",
    "indicateurs": "/indicateurs",
    "indicateur": "/indicateur/apl_mg",
    "indicateur-publie": "/indicateur/psmt",
    "engagements": "/engagements",
    "donnees": "/donnees",
    "qualite": "/qualite",
    "agir": "/agir?territoire=departement:12",
    "orientation": "/s-orienter?commune=12202",
    "perspectives": "/perspectives",
    "perspectives-bassins": "/perspectives?niveau=bassin_de_vie&annee=2030&montrer=perte",
    "api": "/api",
    "methodes": "/methodes",
    "accessibilite": "/accessibilite",
    "mentions": "/mentions",
    "perimetre": "/perimetre?communes=12001,12145,12202&nom=Essai",
    "perimetre-choix": "/perimetre?communes=12145&choisir=1&departement=48",
    "doute": "/doute?indicateur=apl_mg&t=commune:12202",
    "alertes": "/alertes?niveau=epci",
}
# One page of each kind for axe, which takes seconds on the longest: once in French in the light, once in English in the
# dark. What is folded is opened where it is short.
AXE_PAGES = [
    *("accueil", "recherche", "commune", "commune-sous-dense", "region", "indicateurs", "indicateur"),
    *(
        "indicateur-publie",
        "engagements",
        "donnees",
        "qualite",
        "perspectives",
        "api",
        "methodes",
        "accessibilite",
        "mentions",
    ),
    *("perimetre-choix", "doute", "alertes", "orientation"),
]
OPENED = ("commune", "donnees", "engagements")
ARTEFACTS = ROOT / "artefacts" / "site"


def opened(page: Page, name: str) -> Page:
    if name in OPENED:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_pictures_are_kept_and_axe_finds_nothing_in_the_light(watched: Watched, name: str) -> None:
    page = watched.loaded(PAGES[name])
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for width in (390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        page.screenshot(path=ARTEFACTS / f"{name}-{width}.jpg", full_page=width != 768)
    if name in AXE_PAGES:
        assert violations(in_theme(opened(page, name), "light")) == ""


@pytest.mark.parametrize("name", AXE_PAGES)
def test_axe_finds_nothing_in_english_and_in_the_dark(watched: Watched, name: str) -> None:
    page = watched.loaded("/en" + PAGES[name])
    assert violations(in_theme(opened(page, name), "dark")) == ""


def test_communes_are_chosen_on_the_map_and_their_page_is_in_the_address(watched: Watched) -> None:
    page = watched.open("/perimetre?departement=48")
    for code in ("48095", "48092"):
        page.locator(f'a.area[href$="/{code}"]').click()
    assert page.locator(".picked").inner_text().startswith("2 communes")
    page.locator('input[type=checkbox][value="48092"]').uncheck()
    page.get_by_label("Son nom").last.fill("Essai")
    page.locator(".picking button").click()
    page.wait_for_url("**/perimetre?communes=48095&nom=Essai")
    assert page.get_by_role("heading", level=1).inner_text() == "Essai"


def test_the_search_works_from_the_keyboard(watched: Watched) -> None:
    page = watched.open("/")
    field = page.get_by_role("combobox")
    field.focus()
    page.keyboard.insert_text("aveyr")  # letter by letter, a slow machine shows what begins with "av" first
    page.get_by_role("option").first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/territoire/**")
    assert "Aveyron" in page.get_by_role("heading", level=1).inner_text()


def test_enter_without_a_choice_sends_the_form(watched: Watched) -> None:
    page = watched.open("/en/")
    page.get_by_role("combobox").fill("saint-denis")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/recherche?q=saint-denis")
    assert page.get_by_role("link", name="Saint-Denis", exact=True).count() >= 2


def test_suggestions_pass_axe_while_open(watched: Watched) -> None:
    page = watched.open("/")
    page.get_by_role("combobox").focus()
    page.keyboard.insert_text("rodez")
    page.get_by_role("option").first.wait_for()
    assert violations(page) == ""


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True)
def test_everything_reads_without_javascript(watched: Watched) -> None:
    page = watched.open("/")
    page.locator("input[name=q]").fill("rodez")
    page.locator("form[role=search] button").click()
    page.get_by_role("link", name="Rodez", exact=True).first.click()
    page.wait_for_url("**/territoire/commune/12202")
    assert page.get_by_role("heading", level=1).inner_text() == "Rodez"
    assert page.locator("svg.map-svg a.area").count() > 3
    page.get_by_text("La même carte en tableau").click()
    assert page.get_by_role("region", name="Carte", exact=True).get_by_role("row", name="Rodez").is_visible()


def test_the_language_changes_with_one_click_and_keeps_the_page(watched: Watched) -> None:
    page = watched.open("/territoire/departement/23?depuis=ailleurs#sources-title")
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/territoire/departement/23?depuis=ailleurs#sources-title")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Français").click()
    page.wait_for_url("**/territoire/departement/23?*")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_the_map_answers_to_the_keyboard_and_leads_to_a_territory(watched: Watched) -> None:
    page = watched.open("/")
    page.locator("a.area[tabindex='0']").focus()
    before = page.evaluate("document.activeElement.getAttribute('aria-label')")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label and label != before
    assert page.locator(".tip").is_visible() and label.split("\u202f")[0] in page.locator(".tip").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/territoire/departement/*")


def test_a_table_sorts_by_a_column(watched: Watched) -> None:
    page = watched.open("/indicateur/apl_mg")
    table = page.get_by_role("table", name="Par département")
    table.get_by_role("button", name="Valeur").click()
    shown = table.locator("tbody td:nth-child(2)").evaluate_all("cells => cells.map(cell => cell.dataset.value)")
    figures = [float(text) for text in shown if text]
    assert figures == sorted(figures) and len(figures) == 100 and shown[-1] == ""
    assert table.locator("th[aria-sort=ascending]").count() == 1


def test_a_file_downloads_and_reads(watched: Watched, tmp_path: Path) -> None:
    import polars as pl

    page = watched.open("/donnees")
    with page.expect_download() as download:
        page.get_by_role("link", name="checks.parquet").click()
    target = tmp_path / "checks.parquet"
    download.value.save_as(target)
    assert pl.read_parquet(target).height > 10


def test_the_api_is_tried_on_its_page(watched: Watched) -> None:
    page = watched.open("/api")
    form = page.locator("form[data-address='/api/v1/observations']")
    form.get_by_label("limit").fill("1")
    form.get_by_role("button", name="Essayer").click()
    form.locator("pre").get_by_text('"observations"').wait_for()
    assert '"total": 101' in form.locator("pre").inner_text()
    form.get_by_label("format", exact=True).select_option("xlsx")
    with page.expect_download() as saved:
        form.get_by_role("button", name="Essayer").click()
    assert saved.value.suggested_filename.endswith(".xlsx")


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True)
def test_the_api_is_tried_without_javascript(watched: Watched) -> None:
    page = watched.open("/en/api")
    form = page.locator("form[action='/en/essai/territories']")
    form.get_by_label("q", exact=True).fill("creuse")
    form.get_by_role("button").click()
    page.wait_for_url("**/api/v1/territories?q=creuse")
    assert "departement:23" in page.content()


def test_what_an_address_holds_in_its_path_is_tried_too(watched: Watched) -> None:
    page = watched.open("/en/api")
    form = page.locator("form[action='/en/essai/territory']")
    form.get_by_label("level", exact=True).fill("departement")
    form.get_by_label("code", exact=True).fill("23")
    form.get_by_role("button").click()
    form.locator("pre", has_text="Creuse").wait_for()
    assert form.locator("a").get_attribute("href") == "/api/v1/territories/departement/23"
