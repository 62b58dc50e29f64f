"""A doubt about a figure, the corrections that all can see, and where a figure comes from through the API."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from processes import Client

from vigie.errors import InputError
from vigie.site.corrections import read_corrections


def test_a_doubt_is_a_message_with_the_whole_reference(site: Client) -> None:
    page = site.get("/doute?indicateur=apl_mg&t=commune:12202&periode=2023").text
    [own] = site.get("/api/v1/observations?indicator=apl_mg&level=commune&code=12202&period=2023").json()[
        "observations"
    ]
    edition = site.get("/healthz").json()["edition"]
    message = page.partition("<textarea")[2].partition("</textarea>")[0]
    for part in (edition, "(apl_mg)", "(commune:12202)", "2023", repr(own["value"]).replace(".", ","), own["snapshot"]):
        assert part in message, part
    mailto = unquote(page.partition('href="mailto:')[2].partition('"')[0])
    assert mailto.startswith("?subject=Vigie") and own["snapshot"] in mailto


def test_the_address_for_doubts_is_only_ever_an_address(site: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for told, kept in (("contact@exemple.org", "mailto:contact@exemple.org?"), ('x"><script>@y', "mailto:?")):
        monkeypatch.setenv("VIGIE_CONTACT", told)
        assert kept in site.get(f"/en/doute?indicateur=apl_mg&t=france:FR&periode={2021 + len(kept) % 2}").text


@pytest.mark.parametrize(
    "query", ["", "?indicateur=apl_mg", "?indicateur=zzz&t=france:FR", "?indicateur=apl_mg&t=commune:99999",
              "?indicateur=apl_mg&t=%3Cscript%3E", "?indicateur=../x&t=france:FR",
              "?indicateur=apl_mg&t=france:FR&periode=%0A"]
)  # fmt: skip
def test_a_doubt_about_nothing_is_not_a_page(site: Client, query: str) -> None:
    assert site.get("/doute" + query).status_code == 404


def test_pages_of_figures_lead_there_and_say_how_to_cite_them(site: Client) -> None:
    edition = site.get("/healthz").json()["edition"]
    for page in ("/territoire/commune/12202", "/indicateur/apl_mg", "/relation", "/engagements", "/carte?niveau=region",
                 "/comparer?t=commune:12202"):  # fmt: skip
        text = site.get(page).text
        assert 'class="citation"' in text and f"{edition}.</q>" in text, page
    assert 'action="/doute"' in site.get("/territoire/commune/12202").text
    assert "/doute?indicateur=apl_mg" in site.get("/indicateur/apl_mg").text
    assert "Aucune correction à ce jour" in site.get("/donnees").text


def test_corrections_are_read_the_newest_first_and_a_wrong_one_says_where(tmp_path: Path) -> None:
    file = tmp_path / "corrections.toml"
    one = '[[corrections]]\ndate = {}\nedition = "e"\nwhat = {{ fr = "f", en = "e" }}\n'
    file.write_text(one.format("2026-01-02") + one.format("2026-03-04"), encoding="utf-8")
    assert [found.date.month for found in read_corrections(file)] == [3, 1]
    file.write_text(one.format('"hier"'), encoding="utf-8")
    with pytest.raises(InputError) as fault:
        read_corrections(file)
    assert "corrections.0.date" in fault.value.message("fr") and "hier" in fault.value.message("fr")


def test_neighbours_are_those_of_the_page(site: Client) -> None:
    told = site.get("/api/v1/territories/departement/12/neighbours").json()
    assert [one["rank"] for one in told["neighbours"]] == list(range(1, len(told["neighbours"]) + 1)) and told[
        "structure"
    ]
    page = site.get("/territoire/departement/12").text
    assert all(one["territory"]["href"] in page for one in told["neighbours"])
    assert site.get("/api/v1/territories/commune/99999/neighbours").status_code == 404
    assert site.get("/api/v1/territories/france/FR/neighbours").json()["neighbours"] == []


def test_an_explanation_adds_up_to_the_figure(site: Client) -> None:
    told = site.get("/api/v1/explain/apl_mg/epci/241200567?period=2023&limit=1000").json()
    parts = told["communes"]
    assert len(parts) == told["communes_total"] > 1
    assert sum(one["numerator"] for one in parts) == pytest.approx(told["numerator"], rel=1e-12)
    assert told["numerator"] / told["denominator"] == pytest.approx(told["value"], rel=1e-12)
    assert told["source"]["sha256"] and told["edition"] in told["citation"]
    own = "apl_mg/epci/241200567"
    for wrong, status in (("zzz/epci/241200567", 404), ("apl_mg/epci/0", 404), (f"{own}?period=1999", 404),
                          (f"{own}?limit=-1", 422), (f"{own}?period=%27", 422)):  # fmt: skip
        assert site.get(f"/api/v1/explain/{wrong}").status_code == status, wrong
    assert site.get("/api/v1/explain/psmt/france/FR").json()["communes"] == []


def test_the_other_language_is_told_in_a_header_of_this_host_alone(site: Client) -> None:
    for path in ("/comparer?t=france:FR", "/en/comparer?t=france:FR"):
        told = site.get(path).headers["link"]
        assert (
            '/comparer?t=france:FR>; rel="alternate"; hreflang="fr", <http' in told
            and "/en/comparer?t=france:FR>" in told
        )
    assert "link" not in site.get("/healthz").headers and "link" not in site.get("/api/v1/editions").headers
    assert (
        "link" not in site.get('/recherche?q=">x').headers or '">' not in site.get('/recherche?q=">x').headers["link"]
    )
