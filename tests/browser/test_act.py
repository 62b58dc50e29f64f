"""« Agir » in a browser: a slider moves, figures, map and address follow; at 0 all is as it was."""

from __future__ import annotations

from urllib.request import urlopen

import pytest
from tests.browser.conftest import ROOT, Watched, assert_accessible_in_both_themes

PLAN = "/agir?territoire=departement:12&centre_de_sante=2&centre_de_sante-ou=12202"


@pytest.fixture(scope="module", autouse=True)
def ready(address: str) -> None:
    """The ground of scenarios, prepared before a page waits for it: seconds, or many on a busy machine."""
    with urlopen(address + PLAN.replace("/agir?", "/agir/reponse?"), timeout=240) as answer:
        assert answer.status == 200


def test_axe_finds_nothing_on_a_plan(watched: Watched) -> None:
    page = watched.open(PLAN)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert_accessible_in_both_themes(page)


def test_figures_map_and_address_follow_the_slider(watched: Watched) -> None:
    page = watched.open(PLAN)
    figures = page.locator(".act-figures")
    before, coloured = figures.inner_text(), page.locator(".area.gains").count()
    assert coloured > 5
    slider = page.get_by_label("Médecins en équivalent temps plein")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.act-figures')?.innerText !== before", arg=before)
    page.wait_for_url("**centre_de_sante=2.5**")
    assert slider.get_attribute("aria-valuetext") == "2,5 ETP"
    assert slider.get_attribute("value") == "2.5"  # by which paper knows the levers used
    assert page.locator("[data-island=language]").get_attribute("href").startswith("/en/agir?territoire=")
    page.keyboard.press("Home")
    page.get_by_text("Déplacez un curseur").wait_for()
    assert page.locator(".area.gains").count() == 0
    page.wait_for_url("**/agir?territoire=departement%3A12")


def test_what_changes_stays_in_sight_on_a_phone_and_beside_the_levers(watched: Watched) -> None:
    page = watched.open(PLAN)
    page.set_viewport_size({"width": 1440, "height": 800})
    page.get_by_label("Médecins partis").scroll_into_view_if_needed()
    assert page.locator("#act-figures").evaluate("one => one.getBoundingClientRect().top") < 800
    assert not page.locator(".act-glance").is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_label("Médecins partis").scroll_into_view_if_needed()
    foot = page.locator(".act-glance")
    assert foot.evaluate("one => Math.round(one.getBoundingClientRect().bottom)") == 800
    foot.click()
    assert page.locator("#act-figures").evaluate("one => one.getBoundingClientRect().top") < 400
    page.emulate_media(media="print")
    assert page.locator(".lever:visible").count() == 1


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True)
def test_a_plan_is_built_without_javascript(watched: Watched) -> None:
    page = watched.open("/agir?territoire=departement:12")
    page.get_by_label("Médecins en équivalent temps plein").fill("4")
    page.get_by_role("button", name="Calculer").click()
    page.wait_for_url("**centre_de_sante=4**")
    assert page.locator(".act-figures").count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/agir/lieux?territoire=departement:12&lieux=3&minutes=15&plans=1",
        "/agir/repartir?territoire=departement:12&levier=assistants_medicaux&total=10",
    ],
)
def test_axe_finds_nothing_where_means_are_shared(watched: Watched, path: str) -> None:
    page = watched.loaded(path)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert_accessible_in_both_themes(page)


def test_a_scenario_file_is_opened_and_compared(watched: Watched) -> None:
    page = watched.loaded("/agir/comparer")
    page.locator("#fichier").set_input_files(str(ROOT / "docs/scenarios/aveyron.toml"))
    page.get_by_role("heading", level=1, name="Decazeville").wait_for()
    assert "/agir/comparer?s=v1." in page.url
    assert page.get_by_label("Porteur").input_value() == ""
