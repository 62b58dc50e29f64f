"""The Explore API, asked as clients of data.ameli.fr ask: Opendatasoft's client, recorded requests, hostile ones."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from processes import Client
from python_calamine import CalamineWorkbook
from servers import ROOT

SETS = "/api/explore/v2.1/catalog/datasets"
AMELI = f"{SETS}/demographie-effectifs-et-les-densites"


def asked(site: Client, address: str, **parameters: str | list[str]) -> Any:
    pairs = [
        (name, one) for name, value in parameters.items() for one in ([value] if isinstance(value, str) else value)
    ]
    answer = site.get(address + "?" + "&".join(f"{name}={quote(value)}" for name, value in pairs))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def told(address: str) -> Any:
    """What Opendatasoft's client for JavaScript was answered."""
    node, package = shutil.which("node"), ROOT / "web/node_modules/@opendatasoft/api-client"
    if node is None or not package.is_dir():
        absent = "Opendatasoft's client is absent: npm ci, in web/"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    script = Path(__file__).parent / "explore_client.mjs"
    command = [node, str(script), str(ROOT / "web"), address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_opendatasofts_client_finds_data_sets(told: Any) -> None:
    assert {"densite_pharmacies", "nombre_pharmacies"} <= {one["dataset_id"] for one in told["catalogue"]["results"]}
    assert told["dataset"]["metas"]["default"]["publisher"] == "Cnam"
    assert [one["name"] for one in told["dataset"]["fields"]][:3] == ["annee", "profession_sante", "region"]


def test_opendatasofts_client_reads_the_figures_of_the_cnam(told: Any) -> None:
    [row] = told["isere"]["results"]
    # The row of the file of data.ameli.fr: 2024,Chirurgiens,84,Auvergne-Rhône-Alpes,38,Isère,…,118,9.0
    assert (row["annee"], row["libelle_region"], row["libelle_departement"]) == (
        "2024",
        "Auvergne-Rhône-Alpes",
        "Isère",
    )
    assert (row["effectif"], row["densite"], row["libelle_sexe"]) == (118, 9.0, "tout sexe")


def test_opendatasofts_client_groups_orders_and_exports(told: Any) -> None:
    totals = [row["total"] for row in told["totals"]["results"]]
    assert len(totals) == 3 and totals == sorted(totals, reverse=True)
    assert all(
        row["lignes"] == 18 and set(row) == {"profession_sante", "total", "lignes"} for row in told["totals"]["results"]
    )
    assert [row["year"] for row in told["since"]["results"]] == ["2022", "2023"]
    assert {row["name"]: row["count"] for row in told["facets"]["facets"][0]["facets"]}.keys() == {"region"}
    assert len(told["exported"]) == 18 and set(told["exported"][0]) == {"code", "value"}


def test_opendatasofts_client_understands_refusals(told: Any) -> None:
    assert told["wrong"] == {"status": 400, "code": "ODSQLError"}
    assert told["absent"] == {"status": 404, "code": "DatasetNotFound"}


def test_the_whole_of_the_cnams_table_is_served_as_published(site: Client, edition_home: Path) -> None:
    import vigie

    rows = list(
        csv.DictReader(io.StringIO(site.get(f"{AMELI}/exports/csv").text.removeprefix("\ufeff")), delimiter=";")
    )
    with vigie.open(edition_home) as observatory:
        kept = observatory.table("demography")
    assert len(rows) == kept.height == 4_560
    assert sum(int(row["effectif"]) for row in rows) == kept["count"].sum()
    own = {(row["region"], row["departement"]) for row in rows}
    assert ("99", "999") in own and ("84", "999") in own and ("94", "2A") in own and ("06", "976") in own
    assert all(row["libelle_region"] and row["libelle_departement"] for row in rows)


# Requests as scripts that ask data.ameli.fr write them (the same clauses, whatever the data set).
@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"where": 'profession_sante="Chirurgiens" AND departement="75" AND year(annee)=2024'}, 1),
        ({"where": "profession_sante='Chirurgiens' and departement in ('75', '33')"}, 2),
        (
            {"refine": ["annee:2024", 'departement:"75"', "profession_sante:Chirurgiens"], "timezone": "Europe/Berlin"},
            1,
        ),
        ({"where": "departement=75 and profession_sante like 'généralistes' and effectif > 0", "limit": "-1"}, 4),
        ({"where": '(departement:"75" or departement:"33") and effectif in [100..200]', "lang": "fr"}, 12),
        ({"where": 'search("chirurgiens") and not libelle_region is null and departement="75"'}, 4),
        ({"where": "annee = date'2024' and region = '99'", "limit": "50"}, 38),
        ({"where": "annee > date'2024'"}, 0),
        ({"where": "annee < date'2024/06/01' and annee >= date'2024-01-01' and departement='75'", "limit": "0"}, 38),
        ({"refine": "departement:75", "exclude": "profession_sante:Chirurgiens"}, 37),
        ({"where": "startswith(profession_sante, 'chirurgiens-dent') and departement='75'"}, 2),
        (
            {"where": "effectif * 2 >= 236 and effectif <= 118 and profession_sante='Chirurgiens' and region='84'"},
            1,
        ),
    ],
)
def test_recorded_requests_are_answered(site: Client, parameters: dict[str, Any], count: int) -> None:
    assert asked(site, f"{AMELI}/records", **parameters)["total_count"] == count


def test_pages_follow_each_other_and_agree_with_the_export(site: Client) -> None:
    where = 'level="departement" and period="2023"'
    pages = [asked(site, f"{SETS}/apl_mg/records", where=where, limit="40", offset=str(n)) for n in (0, 40, 80)]
    rows = [row for page in pages for row in page["results"]]
    assert {page["total_count"] for page in pages} == {101} and len(rows) == 101
    assert rows == asked(site, f"{SETS}/apl_mg/exports/json", where=where)


def test_groups_are_those_of_a_plain_count(site: Client, edition_home: Path) -> None:
    import vigie

    found = asked(site, f"{SETS}/apl_mg/records", group_by="level, year(year) as an", order_by="n desc, level",
                  select="count(value) as n, max(value) as top, median(value)", limit="500")  # fmt: skip
    with vigie.open(edition_home) as observatory:
        table = observatory.observations("apl_mg")
    plain = (
        table.group_by("level", pl.col("period").cast(pl.Int64).alias("an"))
        .agg(n=pl.col("value").count(), top=pl.col("value").max(), median=pl.col("value").median())
        .sort("n", "level", "an", descending=[True, False, False])
    )
    for row, own in zip(found["results"], plain.to_dicts(), strict=True):
        assert (row["level"], row["an"], row["n"], row["top"]) == (own["level"], own["an"], own["n"], own["top"])
        assert row["median(value)"] == pytest.approx(own["median"])


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet", "xlsx", "geojson"])
def test_exports_are_files_of_their_kind_and_agree(site: Client, form: str) -> None:
    where = quote('level="region" and period="2023"')
    answer = site.get(f"{SETS}/apl_mg/exports/{form}?where={where}&order_by=code")
    assert answer.status_code == 200 and f'filename="apl_mg.{form}"' in answer.headers["content-disposition"]
    content = answer.content
    read = {
        "csv": lambda: [
            row["code"] for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
        ],
        "json": lambda: [row["code"] for row in json.loads(content)],
        "jsonl": lambda: [json.loads(line)["code"] for line in content.splitlines()],
        "parquet": lambda: pl.read_parquet(content)["code"].to_list(),
        "xlsx": lambda: [
            row[1] for row in CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1:]
        ],
        "geojson": lambda: [one["properties"]["code"] for one in json.loads(content)["features"] if one["geometry"]],
    }
    codes = read[form]()
    assert len(codes) == 18 and codes == sorted(codes) and codes[0] == "01"


def test_a_catalogue_is_filtered_as_records_are(site: Client) -> None:
    found = asked(
        site, SETS, where="records_count > 100000", select="dataset_id, records_count", order_by="records_count desc"
    )
    assert found["results"][0]["dataset_id"] == "observations" and found["results"][0]["records_count"] > 1_000_000
    assert asked(site, SETS, refine="theme:Urgences", lang="fr")["total_count"] > 0
    described = asked(site, f"{SETS}/apl_mg", lang="en")
    assert described["metas"]["default"]["title"].startswith("Localised potential accessibility")
    assert asked(site, f"{SETS}/apl_mg/exports")["links"][0]["rel"] == "csv"


HOSTILE = [
    'level = "x"; DROP TABLE observations',
    "1=1 UNION SELECT * FROM read_csv('/etc/passwd')",
    "code = '' OR 1=1 --'",
    "read_text('/etc/passwd') = 'x'",
    "getenv('HOME') like 'a'",
    'level = "a" /* x */',
    '`level" = 1 OR "x` = 2',
    "`value) FROM observations; --` > 1",
    "sleep(10)",
    "{{7*7}}",
    "level = $1",
    "\x00",
    "'" * 301,
    "(" * 700,
    "not " * 300 + "level",
    "-" * 900,
    "level=" + '"a" or level=' * 60 + '"b" or',
    "percentile(value, 1e9)",
    "year(level) = 1",
    "value in [9..",
    "date'9999' = year",
]


@pytest.mark.parametrize("clause", HOSTILE)
@pytest.mark.parametrize("name", ["where", "select", "group_by", "order_by"])
def test_hostile_clauses_are_refused_in_words(site: Client, clause: str, name: str) -> None:
    answer = site.get(f"{SETS}/apl_mg/records?{name}={quote(clause)}")
    assert answer.status_code in (400, 414), answer.text[:200]
    for word in ("duckdb", "Traceback", "Catalog Error", "Binder", "/src/"):
        assert word not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "apl_mg/records?limit=101",
        "apl_mg/records?limit=-2",
        "apl_mg/records?offset=9999&limit=10",
        "apl_mg/records?offset=-1",
        "apl_mg/records?refine=level",
        "apl_mg/records?select=count(*)&group_by=nulle",
        "apl_mg/records?select=code&group_by=level",
        "apl_mg/records?order_by=3",
        "apl_mg/records?select=value as `a b`",
        "apl_mg/facets?facet=value",
        "apl_mg/exports/shp",
        "apl_mg/exports/csv?delimiter=xx",
        "indicators/exports/geojson",
        "apl_mg/records?where=" + "a" * 1501,
    ],
)
def test_requests_out_of_bounds_are_refused_as_opendatasoft_does(site: Client, address: str) -> None:
    answer = site.get(f"{SETS}/{address}")
    assert answer.status_code == 400 and set(answer.json()) == {"error_code", "message"}


def test_what_is_not_there_is_told_so(site: Client) -> None:
    for address in (f"{SETS}/nulle-part", f"{SETS}/..%2F..", "/api/explore/v2.1/catalog/nulle"):
        assert site.get(address).status_code in (400, 404)


def test_the_served_database_reads_no_file(edition_home: Path) -> None:
    import duckdb

    from vigie.editions.observatory import open_edition
    from vigie.site.room import Room

    with open_edition(edition_home) as observatory:
        Room(observatory)
        for sql in (
            "SELECT * FROM read_text('/etc/hostname')",
            "SET enable_external_access = true",
            "COPY (SELECT 1) TO '/tmp/x'",
        ):
            with pytest.raises(duckdb.Error):
                observatory.rows(sql)
