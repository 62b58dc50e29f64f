"""Levers and scenarios by the API: what is answered, what is refused, and within which limits."""

from __future__ import annotations

import json

import pytest
from processes import Client

from vigie.levers.scenario import LARGEST
from vigie.site.api.models import Levers, Problem, Simulation

SCENARIO = {
    "territory": "departement:12",
    "actions": [{"lever": "installation", "amount": 2, "places": ["commune:12089"]}],
}
PLAY = "/api/v1/scenarios"


def test_the_levers_are_listed_with_their_sources(site: Client) -> None:
    found = Levers.model_validate(site.get("/api/v1/levers").json()).levers
    assert len(found) == 18
    assert all(one.source.fr for lever in found for one in lever.parameters.values())
    assert {one.id for one in found if one.needs_origins} >= {"cabinet_secondaire", "teleconsultation"}


def test_a_scenario_is_played_shared_and_taken_away(site: Client) -> None:
    posted = site.post(PLAY, json.dumps(SCENARIO).encode())
    assert posted.status_code == 200
    assert posted.headers["cache-control"] == "no-store"
    found = Simulation.model_validate(posted.json())
    assert found.scope.key == "departement:12"
    assert found.whole.gain > 0
    shared = site.get(f"{PLAY}?s={found.token}")
    assert shared.json() == posted.json()
    assert shared.headers["etag"]
    assert site.get(f"{PLAY}?s={found.token}&places=3").json()["places_changed"] == found.places_changed
    assert len(site.get(f"{PLAY}?s={found.token}&places=3").json()["places"]) == 3
    for form, begins in (("csv", "code,name"), ("geojson", '{"type":"FeatureCollection"'), ("toml", "format = 1")):
        answer = site.get(f"{PLAY}?s={found.token}&format={form}")
        assert answer.text.startswith(begins)
        assert answer.headers["content-disposition"].endswith(f'.{form}"')


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 422, "JSON"),
        (b"{", 422, "JSON"),
        (b"\xff\xfe", 422, "JSON"),
        (b"[" * 60_000, 422, "nested"),
        (b"x" * (LARGEST + 1), 413, ""),
        (b"[]", 422, "scenario refused"),
        (b'{"actions": {"lever": 1}}', 422, "actions"),
        (b'{"format": 2}', 422, "format"),
        (b'{"actions": [{"lever": "installation", "amount": NaN, "places": ["12"]}]}', 422, "amount"),
        (b'{"actions": [{"lever": "installation", "amount": -1, "places": ["12"]}]}', 422, "amount"),
        (b'{"actions": [{"lever": "installation", "amount": 1, "places": []}]}', 422, "places"),
        (b'{"actions": [{"lever": "../../etc", "amount": 1, "places": ["12"]}]}', 422, "lever"),
        (b'{"actions": [{"lever": "potion", "amount": 1, "places": ["12"]}]}', 422, "potion"),
        (b'{"actions": [{"lever": "installation", "amount": 1, "places": ["x\' OR 1=1"]}]}', 422, "territory"),
        (b'{"actions": [{"lever": "installation", "amount": 1, "places": ["commune:12089"], "a": 1}]}', 422, "a"),
        (json.dumps({"actions": SCENARIO["actions"] * 41}).encode(), 422, "actions"),  # type: ignore[operator]
    ],
)
def test_what_is_not_a_scenario_is_refused_with_words(site: Client, body: bytes, status: int, said: str) -> None:
    answer = site.post(PLAY, body)
    assert answer.status_code == status
    problem = Problem.model_validate(answer.json())
    assert said in problem.detail
    assert problem.detail_fr
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_that_address_takes_a_body(site: Client) -> None:
    assert site.post("/api/v1/levers", b"{}").status_code == 405
    assert site.get(f"{PLAY}?s=v1.AAAA").status_code == 422
    assert site.get(f"{PLAY}?s=whatever").status_code == 422
    assert "POST" in site.get(PLAY, method="OPTIONS").headers["access-control-allow-methods"]
    assert "POST" not in site.get("/api/v1/levers", method="OPTIONS").headers["access-control-allow-methods"]
