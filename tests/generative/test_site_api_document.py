"""schemathesis holds the API to its own document: generated requests, right and wrong, and what they are answered."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from vigie.site.api import document, routes
from vigie.site.explore import routes as explore

sys.path.insert(0, str(Path(__file__).parents[1] / "functional"))
from servers import serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = sorted(document.document([routes.router, explore.router], "0")["paths"])
EXAMPLES = 15


@pytest.fixture(scope="module")
def served(edition_home: Path) -> Iterator[schemathesis.BaseSchema]:
    with serving(edition_home) as address:
        yield schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")


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
        case.validate_response(answer, checks=CHECKS if answer.status_code == 414 else checks)

    holds()
