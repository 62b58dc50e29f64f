"""The site over ASGI: pages, headers, problems, editions that change, the first addresses of the API."""

from __future__ import annotations

import csv
import io
import re
import socket
import time
from pathlib import Path

import pytest
from processes import Client, doubled

from vigie.errors import VigieError
from vigie.site import create_app, serve

PAGES = [
    "/",
    "/recherche",
    "/recherche?q=rodez",
    "/territoire/commune/12202",
    "/territoire/commune/75056",
    "/territoire/commune/75101",
    "/territoire/departement/23",
    "/territoire/departement/976",
    "/territoire/region/84",
    "/territoire/france/FR",
    "/indicateurs",
    "/indicateur/apl_mg",
    "/indicateur/psmt",
    "/indicateur/delai_specialistes",
    "/engagements",
    "/donnees",
    "/qualite",
    "/s-orienter",
    "/s-orienter?commune=12202",
    "/s-orienter?commune=97608&quand=2026-11-22T21:00",
    "/methodes",
    "/accessibilite",
    "/mentions",
]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_answers_in_each_language(site: Client, page: str, prefix: str) -> None:
    answer = site.get(prefix + page if page != "/" or not prefix else "/en/")
    assert answer.status_code == 200
    assert f'<html lang="{"en" if prefix else "fr"}">' in answer.text
    assert "<style" not in answer.text and " style=" not in answer.text and "<script>" not in answer.text
    assert "None" not in re.sub(r"<[^>]+>", "", answer.text)
    assert "nan" not in re.findall(r"\bnan\b", answer.text)


@pytest.mark.parametrize("page", ["/", "/territoire/commune/12202", "/engagements", "/donnees", "/qualite"])
def test_french_pages_have_french_typography(site: Client, page: str) -> None:
    text = re.sub(r"<(code|pre|blockquote).*?</\1>|<[^>]+>", " ", site.get(page).text, flags=re.S)
    assert "'" not in text
    assert not re.findall(r"\w [;:!?%]", re.sub(r"«[^»]*»", "", text).replace("&nbsp;", " "))[:3]


def test_answers_carry_security_headers(site: Client) -> None:
    for address in ("/", "/nulle-part", "/healthz", "/api/v1/territoires?q=a", "/static/none"):
        headers = site.get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe-inline" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"]
        assert headers["permissions-policy"]


def test_a_page_is_tagged_by_edition_and_compressed(site: Client) -> None:
    first = site.get("/territoire/commune/12202", accept_encoding="gzip")
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "public, no-cache"
    again = site.get("/territoire/commune/12202", if_none_match=first.headers["etag"])
    assert again.status_code == 304 and again.content == b""
    plain = site.get("/territoire/commune/12202", accept_encoding="identity")
    assert "content-encoding" not in plain.headers and plain.text == first.text
    other = site.get("/en/territoire/commune/12202")
    assert other.headers["etag"] != first.headers["etag"]


def test_head_gives_headers_alone(site: Client) -> None:
    answer = site.get("/methodes", method="HEAD")
    assert answer.status_code == 200 and answer.content == b"" and int(answer.headers["content-length"]) > 1000


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nulle-part", 404),
        ("/territoire/commune/99999", 404),
        ("/territoire/commune/12202'--", 404),
        ("/territoire/nulle/12202", 404),
        ("/indicateur/nul", 404),
        ("/donnees/tables/manifest.parquet", 404),
        ("/donnees/tables/..%2fmanifest.parquet", 404),
        ("/static/../app.py", 404),
        ("/static/css/..%2f..%2fapp.py", 404),
        ("/recherche?q=" + "a" * 3000, 414),
        ("/recherche?q=" + "a" * 101, 404),
        ("/api/v1/observations?limit=0", 422),
        ("/api/v1/observations?level=commune&code=1'%20OR%201", 422),
        ("/api/v1/territoires?limit=1000", 422),
    ],
)
def test_bad_addresses_get_a_designed_problem_that_tells_nothing(site: Client, address: str, status: int) -> None:
    answer = site.get(address)
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    for word in ("Traceback", "site-packages", "/src/", "duckdb", "sqlite", "File "):
        assert word not in answer.text


def test_writing_is_refused(site: Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert site.get("/", method=method).status_code == 405


def test_a_fault_of_ours_gets_the_500_page(edition_home: Path) -> None:
    app = create_app(edition_home)

    @app.get("/casse")
    def broken() -> None:
        raise RuntimeError("secret path /root")

    answer = Client(app).get("/casse")
    assert answer.status_code == 500 and "secret" not in answer.text and "Vigie" in answer.text
    assert "content-security-policy" in answer.headers


def test_without_an_edition_the_site_says_what_to_run(tmp_path: Path) -> None:
    site = Client(create_app(tmp_path))
    answer = site.get("/")
    assert answer.status_code == 503 and "vigie build" in answer.text and "retry-after" in answer.headers
    assert str(tmp_path) not in answer.text
    assert "No edition" in site.get("/en/").text
    health = site.get("/healthz")
    assert health.status_code == 503 and health.json()["edition"] is None


def test_health_names_the_edition(site: Client) -> None:
    body = site.get("/healthz").json()
    assert body["status"] == "ok" and body["edition"] and body["built"]


def test_a_new_edition_is_taken_up_without_restart(edition_home: Path, tmp_path: Path) -> None:
    from vigie.editions.store import current_folder, make_current

    editions = tmp_path / "editions"
    editions.mkdir()
    source = current_folder(edition_home)
    for name in ("one", "two"):
        doubled(source, editions / name)
        manifest = editions / name / "manifest.json"
        text = manifest.read_text().replace(source.name, name)
        manifest.unlink()  # a hard link
        manifest.write_text(text)
    make_current(tmp_path, "one")
    site = Client(create_app(tmp_path))
    first = site.get("/methodes")
    assert "<code>one</code>" in first.text
    make_current(tmp_path, "two")
    # It is read aside first: the one before answers until then.
    for _ in range(600):
        second = site.get("/methodes")
        assert second.status_code == 200
        if "<code>two</code>" in second.text:
            break
        time.sleep(0.1)
    assert "<code>two</code>" in second.text and second.headers["etag"] != first.headers["etag"]
    assert site.get("/healthz").json()["edition"] == "two"


def test_the_old_edition_ends_its_requests_before_it_closes(edition_home: Path, tmp_path: Path) -> None:
    from vigie.editions.store import current_folder, make_current
    from vigie.site.shelf import Shelf

    editions = tmp_path / "editions"
    editions.mkdir()
    for name in ("one", "two"):
        doubled(current_folder(edition_home), editions / name)
    make_current(tmp_path, "one")
    shelf = Shelf(tmp_path)
    with shelf.lend() as old:
        make_current(tmp_path, "two")
        for _ in range(600):
            with shelf.lend() as new:
                pass
            if new is not old:
                break
            time.sleep(0.1)
        assert new is not old
        assert old.observatory.rows("SELECT 1") == [(1,)]
    with pytest.raises(Exception, match="closed"):
        old.observatory.rows("SELECT 1")
    assert new.observatory.rows("SELECT 1") == [(1,)]
    shelf.close()


def test_an_edition_that_cannot_be_read_leaves_the_one_before_served(edition_home: Path, tmp_path: Path) -> None:
    from vigie.editions.store import current_folder, make_current
    from vigie.site.shelf import Shelf

    editions = tmp_path / "editions"
    editions.mkdir()
    for name in ("one", "two"):
        doubled(current_folder(edition_home), editions / name)
    database = editions / "two" / "observatory.duckdb"
    database.unlink()  # a hard link
    database.write_bytes(b"not a database")
    make_current(tmp_path, "one")
    shelf = Shelf(tmp_path)
    with shelf.lend() as old:
        pass
    make_current(tmp_path, "two")
    for _ in range(20):
        with shelf.lend() as room:
            assert room is old
        time.sleep(0.05)
    shelf.close()


def test_the_home_page_shows_the_national_figures(site: Client) -> None:
    text = site.get("/").text
    assert "3,74" in text and 'data-island="search"' in text
    assert text.count('class="area ') == 101
    assert "4,91" in text  # Gironde
    assert "Mayotte\u202f: donnée manquante" in text
    assert text.count('class="pledge"') == 10 and "données non disponibles" in text
    assert "3.74" in site.get("/en/").text


def test_a_territory_says_where_it_stands(site: Client) -> None:
    text = site.get("/territoire/departement/23").text
    assert "2,97" in text and "Creuse" in text and "3,74" in text
    assert "Juste au-dessus du seuil" in text
    assert "données non disponibles" in text or "non disponible" in text
    low = site.get("/territoire/departement/973").text
    assert "Très peu de médecins accessibles" in low
    absent = site.get("/territoire/departement/976").text
    assert "n’est pas mesuré ici" in absent


def test_the_search_works_without_javascript(site: Client) -> None:
    assert "/territoire/commune/12202" in site.get("/recherche?q=Rodez").text
    assert "/territoire/departement/12" in site.get("/recherche?q=aveyron").text
    straight = site.get("/recherche?q=12202")
    assert straight.status_code == 303 and straight.headers["location"] == "/territoire/commune/12202"
    assert "Aucun territoire" in site.get("/recherche?q=zzzzqqqq").text
    assert "<script>" not in site.get("/recherche?q=%3Cscript%3Ealert(1)%3C/script%3E").text


def test_suggestions(site: Client) -> None:
    found = site.get("/api/v1/territoires?q=rode&lang=en").json()["territoires"]
    assert any(one["key"] == "commune:12202" and one["href"] == "/en/territoire/commune/12202" for one in found)
    assert len(found) <= 8


def test_observations_as_json_and_csv_are_the_same(site: Client) -> None:
    address = "/api/v1/observations?level=departement&code=33&indicator=apl_mg&period=2023"
    observed = site.get(address).json()["observations"]
    assert len(observed) == 1 and observed[0]["value"] == pytest.approx(4.91, abs=0.03)
    rows = list(csv.DictReader(io.StringIO(site.get(address + "&format=csv").text)))
    assert float(rows[0]["value"]) == observed[0]["value"] and rows[0]["snapshot"] == observed[0]["snapshot"]


def test_a_table_of_the_edition_downloads_whole(site: Client) -> None:
    answer = site.get("/donnees/tables/checks.parquet")
    assert answer.status_code == 200 and answer.content[:4] == b"PAR1" and answer.content[-4:] == b"PAR1"
    assert "attachment" in answer.headers["content-disposition"]


def test_static_files_are_kept_for_ever_under_a_name_with_a_checksum(site: Client) -> None:
    sheet = re.findall(r"/static/(vigie-[0-9a-f]{12}\.css)", site.get("/").text)[0]
    answer = site.get(f"/static/{sheet}")
    assert "immutable" in answer.headers["cache-control"] and answer.headers["content-type"].startswith("text/css")
    assert "http" not in answer.text


def test_pages_name_no_third_party(site: Client) -> None:
    for page in ("/", "/territoire/commune/12202", "/engagements"):
        loaded = re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', site.get(page).text)
        assert loaded and all(address.startswith("/") for address in loaded)


def test_a_busy_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(VigieError, match="déjà pris"):
            serve(tmp_path, port=taken.getsockname()[1])


# S'orienter --------------------------------------------------------------------------------------------------------


def test_a_commune_is_found_by_its_name_and_keeps_the_moment(site: Client) -> None:
    answer = site.get("/s-orienter?q=rodez&quand=2026-11-22T21:00")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/s-orienter?commune=12202&quand=2026-11-22T21%3A00",
    )
    several = site.get("/s-orienter?q=saint-denis")
    assert several.status_code == 200 and "commune=93066" in several.text and "commune=97411" in several.text
    assert "Aucune commune ne porte ce nom" in site.get("/s-orienter?q=zzzzzz").text
    for wrong in ("commune=99999", "commune=1", "commune=12202'--", "quand=demain"):
        assert site.get(f"/s-orienter?{wrong}").status_code == 404


def test_the_nearest_are_told_from_the_commune(site: Client) -> None:
    text = site.get("/s-orienter?commune=12145&quand=2026-11-23T10:00").text  # Millau, a Monday
    assert "Les cabinets sont ouverts à cette heure" in text and "3237" not in text
    kinds = re.findall(r"<h3>([^<]+)</h3>\s*<p>(?:<strong>|Aucun)", text)
    assert kinds == ["Médecin généraliste", "Pharmacie", "Service d’urgences", "Centre de santé", "Maison de santé"]
    for near in re.findall(r'<ul class="near">(.*?)</ul>', text):
        minutes = [int(found) for found in re.findall(r"environ (\d+)", near)]
        assert minutes and minutes == sorted(minutes)
    assert "répertoire FINESS" in text
    at_night = site.get("/s-orienter?commune=12145&quand=2026-11-23T22:00").text
    assert "Les cabinets sont fermés" in at_night and "3237" in at_night and "Angine" not in at_night
    assert "ne comptent pas la traversée" in site.get("/s-orienter?commune=29155").text  # Ouessant
    assert "ne comptent pas la traversée" not in text


def test_a_departement_without_sas_is_told(site: Client) -> None:
    assert "ne compte pas de service d’accès aux soins" in site.get("/s-orienter?commune=08105").text
    assert "ne compte pas de service d’accès aux soins" not in site.get("/s-orienter?commune=12202").text


def test_the_departements_furthest_from_a_target_are_told_with_their_distance(site: Client) -> None:
    page = site.get("/engagements").text
    index = page.partition('class="far-index"')[2].partition("</section>")[0]
    assert 'href="#loin-couverture_sas"' in index
    table = page.partition('id="loin-couverture_sas"')[2].partition("</table>")[0]
    assert len(re.findall(r"/territoire/departement/(\w+)", table)) == 5 and "100\u00a0points" in table
    absent = page.partition('id="loin-ald_sans_mt"')[2].partition("</p>")[0]
    assert "données non disponibles" in absent and "vigie" in absent  # and what would bring them


def test_an_indicator_tells_how_it_is_spread_and_how_unequal(site: Client) -> None:
    page = site.get("/indicateur/apl_mg").text
    assert 'class="histogram"' in page and "habitants selon la valeur" in page.lower()
    rows = dict(re.findall(r'<tr><th scope="row">([^<]+)</th>((?:<td[^>]*>[^<]*</td>)+)</tr>', page))
    gini = re.findall(r">([^<]+)</td>", rows["Indice de Gini"])
    assert len(gini) >= 3 and all(0 < float(one.replace(",", ".")) < 1 for one in gini)
    assert "Inequality between communes" in site.get("/en/indicateur/apl_mg").text
    # Not measured: no empty table.
    assert "Inégalités entre communes" not in site.get("/indicateur/densite_mg").text
    assert 'class="histogram"' in site.get("/indicateur/densite_mg").text
    assert 'class="histogram"' not in site.get("/indicateur/delai_specialistes").text
