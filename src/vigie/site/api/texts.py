"""The words of the API's document and page, read from ``texts.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vigie.language import Text


@dataclass(frozen=True)
class Address:
    """What an address is for, and one that works."""

    text: Text
    example: str


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


@cache
def addresses() -> Mapping[str, Address]:
    """The addresses by the name of their operation."""
    return {name: Address(Text(one["fr"], one["en"]), one["example"]) for name, one in _read()["addresses"].items()}


@cache
def parameters() -> Mapping[str, Text]:
    """The parameters by name: each means the same wherever it stands."""
    return {name: Text(one["fr"], one["en"]) for name, one in _read()["parameters"].items()}


def explore() -> Sequence[str]:
    """Addresses of the Explore API that work, one of each of its kinds at least."""
    told: list[str] = _read()["explore"]
    return told


def documented(name: str, model: Any, kinds: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The arguments of a route that put it in the document: its words, its answer, and the types of its files."""
    words = addresses()[name]
    content: dict[str, Any] = {}
    for kind in dict.fromkeys((kinds or {}).values()):
        name_of = kind.partition(";")[0]
        content[name_of] = {"schema": {} if name_of.endswith("json") else {"type": "string"}}
    answer: dict[str, Any] = {"description": words.text.en, "content": content}
    if model is not None:
        answer["model"] = model
    return {
        "operation_id": name,
        "summary": words.text.en,
        "description": words.text.en,
        "responses": {200: answer},
        "openapi_extra": {"x-example": words.example, "x-summary-fr": words.text.fr},
    }
