"""« Agir » in a browser: a slider moves, the figures, the map and the address follow; the way back is the slider at 0."""

from __future__ import annotations

import time

import pytest
from tests.browser.conftest import Watched


def test_figures_map_and_address_follow_the_slider(watched: Watched) -> None:
    page = watched.open("/agir?territoire=departement:12&centre_de_sante=2&centre_de_sante-ou=Rodez (12202)")
    figures = page.locator(".act-figures")
    before, coloured = figures.inner_text(), page.locator(".area.gains").count()
    assert coloured > 5
    slider = page.get_by_label("Médecins en équivalent temps plein")
    slider.focus()
    begun = time.perf_counter()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.act-figures')?.innerText !== before", arg=before)
    assert time.perf_counter() - begun < 5  # 0.15 s on an idle machine
    page.wait_for_url("**centre_de_sante=2.5**")
    assert slider.get_attribute("aria-valuetext") == "2,5 ETP"
    assert page.locator("[data-island=language]").get_attribute("href").startswith("/en/agir?territoire=")
    page.keyboard.press("Home")
    page.get_by_text("Déplacez un curseur").wait_for()
    assert page.locator(".area.gains").count() == 0
    assert page.url.endswith("/agir?territoire=departement%3A12")


@pytest.mark.parametrize("watched", [{"java_script_enabled": False}], indirect=True)
def test_a_plan_is_built_without_javascript(watched: Watched) -> None:
    page = watched.open("/agir?territoire=departement:12")
    page.get_by_label("Médecins en équivalent temps plein").fill("4")
    page.get_by_role("button", name="Calculer").click()
    assert "centre_de_sante=4" in page.url
    assert page.locator(".act-figures").count() == 1
