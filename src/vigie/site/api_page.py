"""The page of the API: each address with its words, its parameters and a form that asks it, made from its document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from vigie.site.api.texts import addresses, explore, parameters
from vigie.site.words import Speaker

_WORD = re.compile(r"[A-Za-z0-9_-]{1,120}")  # what a path of the API may hold


@dataclass(frozen=True)
class Parameter:
    """A parameter: its words, its bounds as the document has them, the choices where there are few, its example."""

    name: str
    text: str
    bounds: str
    choices: tuple[str, ...]
    example: str
    required: bool
    in_path: bool


@dataclass(frozen=True)
class Address:
    """An address, with an example that works: its form asks the same territory or indicator."""

    id: str
    path: str
    text: str
    example: str
    parameters: list[Parameter]


def context(document: dict[str, Any], speaker: Speaker) -> dict[str, Any]:
    """What the template of the page shows."""
    return {"addresses": [_address(document, speaker, name) for name in addresses()], "explore": explore()}


def trial(document: dict[str, Any], name: str, fields: Iterable[tuple[str, str]]) -> str | None:
    """The address that a form asks, without its empty fields; None for a form that there is not.

    What an address holds in its path and the form leaves empty is that of the example.
    """
    if name not in addresses():
        return None
    path, operation = _operation(document, name)
    asked = [(field, value) for field, value in fields if value]
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            told = next((value for field, value in asked if field == one["name"] and _WORD.fullmatch(value)), "")
            path = path.replace(f"{{{one['name']}}}", told or one["example"])
            asked = [(field, value) for field, value in asked if field != one["name"]]
    return path + ("?" + urlencode(asked) if asked else "")


def _operation(document: dict[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    """The path and the operation of a name."""
    return next(
        (path, methods["get"])
        for path, methods in document["paths"].items()
        if methods.get("get", {}).get("operationId") == name
    )


def _address(document: dict[str, Any], speaker: Speaker, name: str) -> Address:
    path, operation = _operation(document, name)
    words = addresses()[name]
    given = dict(pair.split("=", 1) for pair in words.example.partition("?")[2].split("&") if pair)
    return Address(
        id=name,
        path=path,
        text=speaker.of(words.text),
        example=words.example,
        parameters=[_parameter(one, speaker, given) for one in operation.get("parameters", ())],
    )


def _parameter(one: dict[str, Any], speaker: Speaker, given: dict[str, str]) -> Parameter:
    schema = _plain(one["schema"])
    return Parameter(
        name=one["name"],
        text=speaker.of(parameters()[one["name"]]),
        bounds=_bounds(speaker, schema),
        choices=tuple(map(str, schema.get("enum", ()))),
        example=one["example"] if one["in"] == "path" else given.get(one["name"], ""),
        required=one.get("required", False),
        in_path=one["in"] == "path",
    )


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of one value: that of the items of a list, without the null that stands for no parameter."""
    inner = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    items: dict[str, Any] = inner.get("items", inner)
    return items | {"default": schema["default"]} if "default" in schema else items


def _bounds(speaker: Speaker, schema: dict[str, Any]) -> str:
    found = []
    if "minimum" in schema or "maximum" in schema:
        low, high = schema.get("minimum", ""), schema.get("maximum", "")
        found.append(speaker.tr(f"de {low} à {high}", f"from {low} to {high}"))
    if schema.get("default") not in (None, ""):
        found.append(speaker.tr(f"par défaut {schema['default']}", f"default {schema['default']}"))
    return speaker.tr(" ; ", "; ").join(found)
