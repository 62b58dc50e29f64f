"""The page of the alerts: the same alerts as the edition's table, filtered; the same people as the table of counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from processes import Client

from vigie.editions.observatory import Observatory, open_edition


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", pl.col("level") == "departement"),
        ("?niveau=region&gravite=high", (pl.col("level") == "region") & (pl.col("severity") == "high")),
        ("?niveau=epci&alerte=urgences_30", (pl.col("level") == "epci") & (pl.col("rule") == "urgences_30")),
        ("?niveau=commune&volet=aller_vers", (pl.col("level") == "commune") & (pl.col("volet") == "aller_vers")),
    ],
)
def test_the_list_is_that_of_the_edition(site: Client, observatory: Observatory, query: str, kept: pl.Expr) -> None:
    expected = observatory.table("alerts").filter(kept)
    page = site.get("/alertes" + query).text
    table = page.partition('class="data alert-list"')[2].partition("</table>")[0]
    assert table.count('<th scope="row">') == min(expected.height, 100)
    if expected.height:
        told = re.search(r"<p>([\d\u202f]+)\u00a0alerte", page)
        assert told is not None and int(told[1].replace("\u202f", "")) == expected.height
    else:
        assert "Aucune alerte avec ces filtres" in page


def test_people_by_kind_of_space_are_those_counted(site: Client, observatory: Observatory) -> None:
    page = site.get("/en/alertes?niveau=commune").text
    [everyone, *_] = observatory.people_by_alerts("commune")
    assert f"{everyone.under:,}" in page and f"{everyone.shares[3]:.1f}%" in page


def test_a_long_list_is_read_page_by_page_without_a_loss(site: Client) -> None:
    seen: list[str] = []
    address = "/alertes?niveau=commune&dans=23"
    for _ in range(20):
        page = site.get(address).text
        table = page.partition('class="data alert-list"')[2].partition("</table>")[0]
        seen += re.findall(r'href="(/territoire/commune/\d+)".*?</span> (.*?)</td>', table)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    total = int(re.search(r"<p>([\d\u202f]+)\u00a0alerte", page)[1].replace("\u202f", ""))  # type: ignore[index]
    assert len(seen) == len(set(seen)) == total > 100


@pytest.mark.parametrize(
    "query",
    ["niveau=zzz", "volet=zz", "gravite=x", "alerte=%27", "dans=99", "debut=-1", "debut=x", "niveau=commune;--"],
)
def test_a_filter_that_names_nothing_is_not_a_page(site: Client, query: str) -> None:
    assert site.get(f"/alertes?{query}").status_code == 404
