"""``vigie site`` as a process and the address of the API: what they say, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import Client, vigie

AVEYRON = ("site", "departement:12")


def test_a_plan_is_printed_with_its_proof_its_rivals_and_how_sure_each_place_is(edition_home: Path) -> None:
    said = vigie(*AVEYRON, "-n", "5", "--minutes", "15", "--existing", "d113", "--plans", "3", home=edition_home)
    assert said.code == 0, said.err
    for words in ("Aveyron: with 5 places", "Nothing better exists under these hypotheses: it is proved.",
                  "about as much", "brings alone", "chosen", "A simulation by Vigie"):  # fmt: skip
        assert words in said.out, (words, said.out)
    assert "Search and proof" in said.err


def test_files_and_json_say_the_same(edition_home: Path, tmp_path: Path) -> None:
    target = tmp_path / "lieux.geojson"
    asked = ("-n", "3", "--objective", "threshold", "--plans", "2", "--seconds", "2", "--json", "-o", target)
    said = vigie(*AVEYRON, *asked, home=edition_home)
    assert said.code == 0, said.err
    told, written = json.loads(said.raw), json.loads(target.read_text())
    assert told["simulation"] is True
    assert told["before"] == 0 < told["value"] <= told["bound"]
    assert sum(row["plan_1"] for row in told["places"]) == 3
    assert [one["id"] for one in written["features"]] == [row["code"] for row in told["places"]]
    assert written["vigie"]["value"] == told["value"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((*AVEYRON, "-n", "0"), 3, ("between 1 and",)),
        ((*AVEYRON, "--minutes", "nan"), 3, ("between",)),
        ((*AVEYRON, "--capacity", "100", "--objective", "time"), 3, ("objective coverage",)),
        ((*AVEYRON, "--objective", "threshold", "--existing", "mg"), 3, ("counts those at work",)),
        ((*AVEYRON, "-o", "plan.pdf"), 3, ("unknown format",)),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    edition_home: Path, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    vigie(*arguments, home=edition_home).refused(*words, code=code)


def test_the_api_chooses_within_a_departement_and_refuses_the_rest(site: Client) -> None:
    found = site.get("/api/v1/siting?territory=departement:12&sites=3&minutes=15&plans=2")
    assert found.status_code == 200, found.text
    told = found.json()
    assert told["value"] > told["before"]
    assert told["optimal"] is True
    assert len(told["plans"]) <= 2
    csv = site.get("/api/v1/siting?territory=departement:12&sites=3&minutes=15&plans=2&format=csv")
    assert csv.text.splitlines()[0].startswith("code,name,departement")
    for address in (
        "/api/v1/siting",
        "/api/v1/siting?territory=france:FR",
        "/api/v1/siting?territory=departement:12&sites=101",
        "/api/v1/siting?territory=departement:12&capacity=5&objective=time",
        "/api/v1/siting?territory=departement:12&existing=../etc",
        "/api/v1/siting?territory=departement:12&unknown=1",
        "/api/v1/siting?territory=nulle-part",
    ):
        refused = site.get(address)
        assert refused.status_code in (404, 422), (address, refused.status_code)
        assert refused.headers["content-type"].startswith("application/problem+json")
