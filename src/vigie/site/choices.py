"""The choices of a page's form: what each list offers, and which of them is chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """A choice of a list."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class Group:
    """Choices under a heading."""

    title: str
    options: tuple[Option, ...]
