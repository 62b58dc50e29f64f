"""Whom to turn to for care and when a certificate is needed, as transcribed in ``orientation.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from vigie.sources.words import Words


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


class Contact(_Entry):
    """Whom to turn to: ``always``, when practices are ``open``, or when they are ``closed``."""

    when: Literal["always", "open", "closed"]
    title: Words
    text: Words
    source: Words
    address: str = ""


class Help(_Entry):
    """Who helps a person without a doctor, without cover or with little money."""

    title: Words
    text: Words
    source: Words
    address: str = ""


class Certificate(_Entry):
    """Whether a medical certificate may be asked for in a situation, and the text that says so."""

    situation: Words
    needed: Literal["yes", "no", "depends"]
    answer: Words
    source: Words


class Orientation(BaseModel):
    """The whole transcription, each list in the order in which it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: tuple[Contact, ...]
    help: tuple[Help, ...]
    certificate: tuple[Certificate, ...]


@cache
def orientation() -> Orientation:
    """What ``orientation.toml`` says. Raises pydantic's ValidationError for a file that is not as it should be."""
    text = (resources.files("vigie.sources.published") / "orientation.toml").read_text(encoding="utf-8")
    return Orientation.model_validate(tomllib.loads(text))
