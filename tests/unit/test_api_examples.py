"""The document of the API gives each parameter a value that works, of the type that it says."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from vigie.site.api import document, quality, routes
from vigie.site.explore import routes as explore


def _parameters() -> list[tuple[str, dict[str, Any]]]:
    made = document.document([routes.router, quality.router, explore.router], "0")
    return [
        (path, one)
        for path, operations in made["paths"].items()
        for operation in operations.values()
        for one in operation.get("parameters", ())
    ]


def test_every_parameter_that_must_be_given_has_an_example() -> None:
    without = [(path, one["name"]) for path, one in _parameters() if one.get("required") and "example" not in one]
    assert without == []


def test_examples_are_of_the_type_that_the_document_says() -> None:
    told = [(path, one) for path, one in _parameters() if "example" in one]
    assert len(told) > 40
    for path, one in told:
        assert Draft202012Validator(one["schema"]).is_valid(one["example"]), (path, one["name"], one["example"])


def test_the_example_of_a_parameter_is_that_of_the_address_that_works() -> None:
    found = {(path, one["name"]): one.get("example") for path, one in _parameters()}
    records = "/api/explore/v2.1/catalog/datasets/{dataset_id}/records"
    assert found["/api/v1/territories", "q"] == "rodez"
    assert found[records, "where"] == 'departement="75" and year(annee)=2024'
    assert found[records, "limit"] == 5
