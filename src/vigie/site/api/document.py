"""The document of the API (OpenAPI 3.1), made from its addresses and from the words of ``texts.toml``."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from vigie.site.api import models
from vigie.site.api.texts import explore, parameters

_ABOUT = """Read-only, without a key, in JSON. Every answer names its edition, which never changes: ETag and
Cache-Control let a client keep it. A value that is missing or suppressed is null with its status,
never zero. `/api/explore/v2.1` speaks as the Opendatasoft Explore API does, so that a client of
data.ameli.fr changes only its address."""


def document(routers: list[APIRouter], version: str) -> dict[str, Any]:
    """The OpenAPI document of the addresses of ``routers``."""
    made = get_openapi(
        title="Vigie",
        version=version,
        openapi_version="3.1.0",
        summary="The open observatory of access to care in France",
        description=_ABOUT,
        routes=[route for router in routers for route in router.routes],
        license_info={"name": "Licence Ouverte 2.0", "identifier": "etalab-2.0"},
        servers=[{"url": "/"}],
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    problem = TypeAdapter(models.Problem).json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in made["paths"].items():
        for operation in operations.values():
            _completed(operation)
            _exemplified(path, operation)
    return made


def _completed(operation: dict[str, Any]) -> None:
    """Give the parameters their words; a 200 that is only a file loses the JSON that the framework adds."""
    words = parameters()
    for one in operation.get("parameters", ()):
        if one["name"] in words:
            one["description"] = words[one["name"]].en
    content = operation["responses"]["200"].get("content", {})
    if len(content) > 1 and content.get("application/json", {}).get("schema") == {}:
        del content["application/json"]


def _exemplified(path: str, operation: dict[str, Any]) -> None:
    """Give the parameters the values that they have in the addresses that work, the first that tells one."""
    shape = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
    told = [operation["x-example"]] if "x-example" in operation else explore()
    for address in told:
        at, _, query = address.partition("?")
        found = shape.fullmatch(at)
        if found is None:
            continue
        given = found.groupdict() | dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
        for one in operation.get("parameters", ()):
            if one["name"] in given:
                one.setdefault("example", _typed(one["schema"], unquote(given[one["name"]])))


def _typed(schema: dict[str, Any], text: str) -> Any:
    """A value as its schema has it: ``limit=5`` is a number, a parameter told several times a list."""
    kinds = [schema, *schema.get("anyOf", ())]
    items = next((one["items"] for one in kinds if one.get("type") == "array"), None)
    if items is not None:
        return [_typed(items, text)]
    types = {one.get("type") for one in kinds}
    return json.loads(text) if types & {"integer", "number", "boolean"} and "string" not in types else text
