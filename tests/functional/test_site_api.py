"""The API: paging that loses nothing, files that agree, its document (OpenAPI) held to, caches, CORS, the catalogue."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest
from processes import Client

import vigie
from vigie.site.api.texts import addresses, parameters

OBSERVATIONS = "/api/v1/observations"
REGIONS = f"{OBSERVATIONS}?indicator=apl_mg&level=region"


@pytest.fixture(scope="module")
def table(edition_home: Path) -> pl.DataFrame:
    """The figures of the régions, read from the edition's file."""
    with vigie.open(edition_home) as observatory:
        return observatory.observations("apl_mg", level="region")


def crawl(site: Client, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = site.get(address + cursor).json()
        found += page["observations"]
        if page["next"] is None:
            assert page["total"] == len(found)
            return found
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("sort", ["key", "value", "-value", "period", "-period"])
def test_pages_follow_each_other_in_order_and_lose_nothing(site: Client, table: pl.DataFrame, sort: str) -> None:
    found = crawl(site, f"{REGIONS}&sort={sort}&limit=17")
    keys = [(one["code"], one["period"], one["snapshot"]) for one in found]
    assert sorted(keys) == sorted(table.select("code", "period", "snapshot").iter_rows())
    if "value" in sort:
        known = [one["value"] for one in found if one["value"] is not None]
        assert known == sorted(known, reverse=sort[0] == "-")
        assert [one["value"] for one in found][: len(known)] == known
    if "period" in sort:
        periods = [one["period"] for one in found]
        assert periods == sorted(periods, reverse=sort[0] == "-")


def test_missing_comes_last_and_is_null_with_its_status(site: Client) -> None:
    found = crawl(
        site, f"{OBSERVATIONS}?indicator=apl_mg&level=departement&status=missing&status=ok&sort=-value&limit=99"
    )
    states = [one["status"] for one in found]
    assert "missing" in states and states == sorted(states, key=("ok", "missing").index)
    assert all((one["value"] is None) == (one["status"] == "missing") for one in found)


def test_filters_add_up(site: Client) -> None:
    both = (
        f"{OBSERVATIONS}?indicator=apl_mg&indicator=apl_kines&level=departement&code=33&code=23&period=2022&period=2023"
    )
    found = site.get(both).json()["observations"]
    assert {(one["indicator"], one["code"], one["period"]) for one in found} == {
        (indicator, code, period)
        for indicator in ("apl_mg", "apl_kines") for code in ("33", "23") for period in ("2022", "2023")
    }  # fmt: skip


@pytest.mark.parametrize("cursor", ["abc", "WyJ4Il0", "W10", "bnVsbA", "_" * 600])
def test_a_cursor_that_vigie_did_not_give_is_refused(site: Client, cursor: str) -> None:
    answer = site.get(f"{REGIONS}&cursor={cursor}")
    assert answer.status_code == 422 and answer.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_serves_its_own_order_alone(site: Client) -> None:
    cursor = site.get(f"{REGIONS}&limit=1&sort=-value").json()["next"]
    assert site.get(f"{REGIONS}&limit=1&sort=-value&cursor={cursor}").status_code == 200
    assert "another order" in site.get(f"{REGIONS}&limit=1&cursor={cursor}").json()["detail"]


# Files --------------------------------------------------------------------------------------------------------------


def known(text: str) -> float | None:
    return float(text) if text else None


def french(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


@pytest.mark.parametrize("form", ["csv", "csv-fr", "jsonl", "geojson", "xlsx", "parquet", "arrow"])
def test_a_whole_level_is_the_same_in_every_format(site: Client, table: pl.DataFrame, form: str) -> None:
    answer = site.get(f"{REGIONS}&period=2023&format={form}")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    content = answer.content
    read: dict[str, Any] = {
        "csv": lambda: {row["code"]: known(row["value"]) for row in csv.DictReader(io.StringIO(answer.text))},
        "csv-fr": lambda: {row["code"]: known(row["valeur"].replace(",", ".")) for row in french(content.decode())},
        "jsonl": lambda: {row["code"]: row["value"] for row in map(json.loads, content.splitlines())},
        "geojson": lambda: {
            one["properties"]["code"]: one["properties"]["value"]
            for one in json.loads(content)["features"]
            if one["geometry"]["type"] in ("Polygon", "MultiPolygon")
        },
        "xlsx": lambda: {
            row[2]: row[5]
            for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(2, values_only=True)
        },
        "parquet": lambda: dict(pl.read_parquet(content).select("code", "value").iter_rows()),
        "arrow": lambda: dict(pl.read_ipc(content).select("code", "value").iter_rows()),
    }
    own = dict(table.filter(pl.col("period") == "2023").select("code", "value").iter_rows())
    found = read[form]()
    assert found.keys() == own.keys() and found["06"] is None  # Mayotte
    assert all(
        found[code] == (value if value is None else pytest.approx(value, rel=1e-12)) for code, value in own.items()
    )


def test_the_workbook_tells_where_its_figures_come_from(site: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(site.get(f"{REGIONS}&period=2023&format=xlsx").content))
    notes = " ".join(str(cell) for row in book.worksheets[1].iter_rows(values_only=True) for cell in row)
    assert "Licence Ouverte" in notes and "Drees" in notes.title() and "missing" in notes


def test_excel_in_french_runs_no_formula(site: Client) -> None:
    from vigie.site.api.files import _french

    evil = pl.DataFrame({"name": ["=1+1", "@x", "Rodez"], "value": [1.5, None, 2.0], "status": ["ok", "missing", "ok"]})
    text = b"".join(_french(iter([evil]))).decode()
    assert "'=1+1;1,5;observé" in text and "'@x;;donnée manquante" in text and "\r\nRodez;2,0" in text


def test_files_and_pages_are_compressed_as_the_client_reads(site: Client) -> None:
    import brotli

    address = f"{REGIONS}&format=csv"
    plain = site.get(address, accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    for encoding in ("gzip", "br", "br, gzip", "gzip;q=0, br"):
        answer = site.get(address, accept_encoding=encoding)
        assert answer.headers["content-encoding"] == ("br" if "br" in encoding else "gzip")
        assert answer.content == plain.content and answer.headers["vary"] == "accept-encoding"
    page = site.get("/methodes", accept_encoding="br")
    assert page.headers["content-encoding"] == "br" and page.text == site.get("/methodes", accept_encoding="gzip").text
    assert "content-encoding" not in site.get("/methodes", accept_encoding="br;q=0").headers
    from vigie.site.packing import packed

    assert brotli.decompress(packed(b"a" * 900, "br")) == gzip.decompress(packed(b"a" * 900, "gzip")) == b"a" * 900


def test_a_workbook_too_large_is_refused_with_what_to_do(site: Client) -> None:
    answer = site.get(f"{OBSERVATIONS}?level=commune&format=xlsx")
    assert answer.status_code == 422 and "another format" in answer.json()["detail"]


# The other addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(addresses()))
def test_each_example_works(site: Client, name: str) -> None:
    answer = site.get(addresses()[name].example)
    assert answer.status_code == 200 and len(answer.content) > 100


def test_territories_are_searched_listed_and_followed(site: Client) -> None:
    found = site.get("/api/v1/territories?q=saint-denis&level=commune&departement=93").json()["territories"]
    assert found[0]["key"] == "commune:93066"
    regions = site.get("/api/v1/territories?level=region&limit=50").json()["territories"]
    assert len(regions) == 18
    rest = site.get("/api/v1/territories?level=region&limit=10&offset=10").json()["territories"]
    assert rest == regions[10:]
    card = site.get("/api/v1/territories/commune/12202").json()
    assert {"epci:241200187", "departement:12", "region:76"} <= {one["key"] for one in card["parents"]}
    members = site.get(site.get("/api/v1/territories/epci/241200187").json()["members"]).json()["territories"]
    assert "commune:12202" in {one["key"] for one in members}


def test_an_indicator_tells_its_periods(site: Client) -> None:
    body = site.get("/api/v1/indicators/apl_mg").json()
    assert body["periods"]["commune"][-1] == "2023" and body["limits"]["en"]
    wrong = site.get("/api/v1/indicators/apl_mgg")
    assert (
        wrong.status_code == 404 and "apl_mg" in wrong.json()["detail"] and "Vouliez-vous" in wrong.json()["detail_fr"]
    )


def test_an_unknown_parameter_is_refused_and_told(site: Client) -> None:
    answer = site.get(f"{REGIONS}&perod=2023")
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["parameter"] == "perod" and "period" in answer.json()["detail"]


def test_an_answer_is_tagged_by_edition(site: Client) -> None:
    first = site.get(REGIONS)
    assert site.get(REGIONS, if_none_match=first.headers["etag"]).status_code == 304
    assert site.get(f"{REGIONS}&period=2023", if_none_match=first.headers["etag"]).status_code == 200
    streamed = site.get(f"{REGIONS}&format=csv")
    assert site.get(f"{REGIONS}&format=csv", if_none_match=streamed.headers["etag"]).status_code == 304
    assert first.headers["cache-control"] == streamed.headers["cache-control"] == "public, no-cache"


def test_any_page_anywhere_may_ask_the_api_and_nothing_else(site: Client) -> None:
    for address in (REGIONS, f"{OBSERVATIONS}?limit=0", "/api/explore/v2.1/catalog/datasets"):
        headers = site.get(address, origin="https://example.org").headers
        assert (
            headers["access-control-allow-origin"] == "*" and headers["cross-origin-resource-policy"] == "cross-origin"
        )
    flight = site.get(REGIONS, method="OPTIONS", origin="https://example.org", access_control_request_method="GET")
    assert flight.status_code == 204 and "GET" in flight.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in site.get("/").headers
    assert site.get("/", method="OPTIONS").status_code == 405


def test_sources_have_licence_and_checksum(site: Client) -> None:
    found = site.get("/api/v1/sources").json()["sources"]
    files = [one for one in found if one["bytes"]]
    assert files and all(one["licence"] and one["sha256"] and one["producer"] for one in files)


def test_each_table_has_a_schema_that_its_file_follows(site: Client, edition_home: Path) -> None:
    [edition] = site.get("/api/v1/editions").json()["editions"]
    with vigie.open(edition_home) as observatory:
        assert edition["id"] == observatory.id and edition["checks"]["failed"] == 0
        for table in edition["tables"]:
            schema = site.get(table["table_schema"]).json()
            found = observatory.table(table["name"])
            assert [field["name"] for field in schema["fields"]] == found.columns
            key = schema["primaryKey"]
            assert set(key) <= set(found.columns)
            assert not key or found.select(key).is_unique().all(), table["name"]


# The catalogue, robots ----------------------------------------------------------------------------------------------


def test_the_catalogue_is_the_same_in_json_ld_and_turtle_and_its_files_exist(site: Client) -> None:
    from rdflib import DCAT, DCTERMS, RDF, Graph

    ld, turtle = site.get("/api/v1/catalog.jsonld"), site.get("/api/v1/catalog.ttl")
    first = Graph().parse(data=ld.text, format="json-ld")
    second = Graph().parse(data=turtle.text, format="turtle")
    assert len(first) == len(second) > 1_000
    sets = set(second.subjects(RDF.type, DCAT.Dataset))
    assert len(sets) > 150 and sets == set(second.objects(None, DCAT.dataset))
    for one in sets:  # what DCAT-AP requires of a data set, and recommends
        assert {str(text.language) for text in second.objects(one, DCTERMS.title)} == {"fr", "en"}
        assert list(second.objects(one, DCTERMS.description)) and list(second.objects(one, DCTERMS.publisher))
        assert list(second.objects(one, DCAT.distribution))
    files = sorted(str(address) for address in second.objects(None, DCAT.downloadURL))
    assert all(address.startswith("http://vigie.test/") for address in files)
    for address in files[:: len(files) // 12]:
        if "observations/exports" not in address:
            assert site.get(address).status_code == 200, address


def test_the_catalogue_names_the_address_told_and_no_host_of_an_attacker(
    site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = site.get("/api/v1/catalog.jsonld", host='x"><b>')
    assert "<b>" not in evil.text and "http://localhost/" in evil.text
    monkeypatch.setenv("VIGIE_URL", "https://vigie.example.org/")
    assert "https://vigie.example.org/api/v1" in site.get("/api/v1/catalog.jsonld").text
    assert "Sitemap: https://vigie.example.org/sitemap.xml" in site.get("/robots.txt").text


def test_the_sitemap_is_whole(site: Client) -> None:
    root = ElementTree.fromstring(site.get("/sitemap.xml").content)
    places = [one.text or "" for one in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(places) == len(set(places)) > 36_000
    for address in places[:: len(places) // 8]:
        assert site.get(address).status_code == 200, address


def test_an_indicators_page_describes_its_data_set(site: Client) -> None:
    text = site.get("/en/indicateur/apl_mg").text
    block = text.split('<script type="application/ld+json">')[1].split("</script>")[0]
    described = json.loads(block)
    assert described["@type"] == "Dataset" and described["inLanguage"] == "en" and "DREES" in str(described).upper()
    for file in described["distribution"]:
        assert site.get(file["contentUrl"] + "?limit=1").status_code == 200


# The document -------------------------------------------------------------------------------------------------------


def test_the_document_tells_every_address_and_parameter(site: Client) -> None:
    document = site.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = {
        operation["operationId"]: operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/v1/") and method == "get"
    }
    assert operations.keys() == addresses().keys()
    assert [path for path, methods in document["paths"].items() if "post" in methods] == ["/api/v1/scenarios"]
    for operation in operations.values():
        assert operation["x-summary-fr"] and operation["x-example"] and "422" in operation["responses"]
        for one in operation.get("parameters", ()):
            assert one["description"] == parameters()[one["name"]].en
    kinds = operations["observations"]["responses"]["200"]["content"]
    assert {"application/json", "text/csv", "application/geo+json"} <= kinds.keys()
    assert kinds["application/json"]["schema"] == {"$ref": "#/components/schemas/Observations"}
