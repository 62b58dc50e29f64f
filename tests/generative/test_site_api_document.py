"""schemathesis holds the API to its own document: generated requests, right and wrong, and what they are answered."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from vigie.site.api import document, quality, routes
from vigie.site.explore import routes as explore

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = sorted(document.document([routes.router, quality.router, explore.router], "0")["paths"])
EXAMPLES = 15


@pytest.fixture(scope="module")
def served(address: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", PATHS)
def test_the_api_keeps_to_its_document(served: schemathesis.BaseSchema, path: str, mode: GenerationMode) -> None:
    operation = served[path]["GET"]
    if mode is GenerationMode.NEGATIVE and not operation.definition.raw.get("parameters"):
        return  # nothing can be wrong in an address without parameters
    # Opendatasoft's API takes parameters that it does not know, because clients send some.
    strict = mode is GenerationMode.NEGATIVE and path.startswith("/api/v1/")
    checks = [*CHECKS, negative_data_rejection] if strict else CHECKS

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def holds(case: Case) -> None:
        answer = case.call()
        # An address too long is refused before its parameters are read.
        described = operation.definition.raw.get("parameters", [])
        lenient = answer.status_code == 414 or _right_as_sent(described, answer.request.url)
        case.validate_response(answer, checks=CHECKS if lenient else checks)

    holds()


def _right_as_sent(parameters: list[dict[str, Any]], address: str) -> bool:
    """Whether what reached the server is right: ``[]`` leaves nothing in an address, and ``false`` is a word there."""
    sent = parse_qs(urlsplit(address).query, keep_blank_values=True)
    known = {one["name"]: one for one in parameters if one["in"] == "query"}
    if len(known) < len(parameters) or not sent.keys() <= known.keys():
        return False  # the path's own values are judged by schemathesis
    if any(one.get("required") and name not in sent for name, one in known.items()):
        return False
    return all(_keeps(known[name]["schema"], values) for name, values in sent.items())


def _keeps(schema: dict[str, Any], values: list[str]) -> bool:
    """Whether the words of a parameter keep to its schema, read as a list, a number, a truth value or a text."""
    last = values[-1]
    readings: list[Any] = [values, last, *([last == "true"] if last in ("true", "false") else [])]
    if re.fullmatch(r"-?[0-9]{1,18}", last):
        readings.append(int(last))
    return any(Draft202012Validator(schema).is_valid(one) for one in readings)


PHARMACIES = [
    {"name": "code", "in": "query", "schema": {"anyOf": [{"type": "array", "items": {"pattern": "^[a-z]+$"}}]}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}},
]


@pytest.mark.parametrize(
    ("query", "right"),
    [("code=false", True), ("limit=9", True), ("", True), ("limit=10", False), ("code=A", False), ("other=a", False)],
)
def test_what_is_right_once_it_is_an_address_is_told_from_what_is_wrong(query: str, right: bool) -> None:
    assert _right_as_sent(PHARMACIES, f"http://host/path?{query}") is right
