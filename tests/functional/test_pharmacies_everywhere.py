"""Pharmacies from the command line, the API and the page of a commune."""

from __future__ import annotations

import json
import re
from pathlib import Path

from processes import Client, vigie


def test_the_command_tells_a_commune_a_departement_and_france(edition_home: Path) -> None:
    said = vigie("pharmacies", "48099", home=edition_home, lang="fr")
    text = " ".join(said.out.replace("\u00a0", " ").replace("\u202f", " ").split())
    assert said.code == 0 and "8 groupes possibles" in text and "Hypothèse de Vigie" in text
    lot = vigie("pharmacies", "departement:46", "--top", "3", home=edition_home)
    assert "Assier" in lot.out and "3 communes of 36" in lot.out
    fragile = json.loads(vigie("pharmacies", "--only", "fragile", "--json", home=edition_home).raw)
    assert fragile["rule"]["grouping"]["anchor"] == 2_000
    assert {"48099"} < {one["code"] for one in fragile["communes"]} and all(
        one["groups"] for one in fragile["communes"]
    )
    same = vigie("zone", "pharmacies", "--territory", "48099", home=edition_home, lang="fr")
    assert same.out == said.out
    vigie("pharmacies", "zzzz", home=edition_home).refused("zzzz", code=4)


def test_the_api_and_the_page_say_the_same(site: Client) -> None:
    found = site.get("/api/v1/pharmacies?code=48099").json()
    one = found["communes"][0]
    assert found["total"] == 1 and one["groups"] == 8 and one["kept"][0]["members"][0] == "48099"
    assert {each["status"] for each in found["rule"]} == {"official", "ours"}
    page = site.get("/territoire/commune/48099").text
    section = re.search(r'<section class="theme dispensaries".*?</section>', page, re.DOTALL)
    assert section and section[0].count('<th scope="row">') == len(one["kept"]) == 8
    assert "8 groupes possibles" in section[0].replace("\u00a0", " ")
    assert "8 possible groups" in site.get("/en/territoire/commune/48099").text
    lozere = site.get("/territoire/departement/48").text
    assert "N’ont qu’une pharmacie" in lozere and "Bourgs sur Colagne" in lozere
    for address in ("/territoire/commune/75101", "/territoire/region/76"):
        assert "dispensaries" not in site.get(address).text
    last = site.get("/api/v1/pharmacies?departement=46&last=true&limit=2&offset=1").json()
    assert (last["count"], last["total"]) == (2, 36) and all(each["present"] == 1 for each in last["communes"])
    assert site.get("/api/v1/pharmacies?situation=none").status_code == 422
