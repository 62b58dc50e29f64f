"""The professions whose published APL a scenario may move, read from ``professions.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.levers.definition import Source, Words

Name = Literal["mg", "infirmiers", "kines", "sages_femmes", "dentistes"]
NAMES: Final[tuple[str, ...]] = get_args(Name)


class Profession(BaseModel):
    """A profession: ``scale`` inhabitants that its APL is per; ``thresholds`` that people cross, the higher first.

    ``least`` is the smallest change that is told of a place; ``unit`` that of the APL, ``limit`` the words after a
    threshold, ``supply`` the unit of supply; ``source`` says where the thresholds come from. A territory is ``dense``
    above that APL (``dense_source``). ``installing`` is the lever of one practitioner more, ``secondary`` that of days
    given elsewhere, and ``per_day`` its parameter of what a day brings, in the unit of supply.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    scale: float = Field(gt=0)
    thresholds: tuple[float, float]
    least: float = Field(gt=0)
    decimals: int = Field(ge=0, le=3)
    limit_decimals: int = Field(ge=0, le=3)
    unit: Words
    limit: Words
    supply: Words
    source: Source
    dense: float = Field(gt=0)
    dense_source: Source
    installing: str
    secondary: str
    per_day: str

    @property
    def degrees(self) -> tuple[float, float, float]:
        """Bounds of the degrees of difficulty: very under-served, under-served, neither, and dense above the last."""
        return self.thresholds[1], self.thresholds[0], self.dense

    @model_validator(mode="after")
    def _falling(self) -> Profession:
        if not self.dense > self.thresholds[0] > self.thresholds[1] > 0:
            raise ValueError("thresholds fall, under what is dense and above 0")
        return self


@cache
def professions() -> dict[str, Profession]:
    """The professions by name, GPs first."""
    raw = tomllib.loads((Path(__file__).parent / "professions.toml").read_text(encoding="utf-8"))
    return {name: Profession.model_validate(raw[name]) for name in NAMES}
