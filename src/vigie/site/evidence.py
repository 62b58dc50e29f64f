"""What was measured of the software itself, by whom and how: read from ``evidence.toml``, never made up here."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.indicators.definition import Words
from vigie.language import Text
from vigie.validation import toml_file, validated

FILE = Path(__file__).parent / "evidence.toml"
Word = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Strict):
    """One figure measured; ``target`` is what was aimed at, where something was."""

    label: Words
    value: float
    decimals: int = Field(default=0, ge=0, le=3)
    unit: Words | None = None
    target: Words | None = None


class Evidence(_Strict):
    """One measure: what of, by which command, when, on which machine, of which commit, and what it found.

    One that was not made has ``missing``, which says why or what it waits for, and no figure.
    """

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,40}$")]
    title: Words
    what: Words
    command: Word
    date: datetime.date | None = None
    machine: Words | None = None
    commit: Annotated[str, Field(pattern="^[0-9a-f]{7,40}$")] | None = None
    figures: tuple[Figure, ...] = ()
    note: Words | None = None
    missing: Words | None = None

    @model_validator(mode="after")
    def _measured_or_missing(self) -> Evidence:
        told = (self.date, self.machine, self.commit, self.figures or None)
        if self.missing is None and None in told:
            raise ValueError("give date, machine, commit and figures, or say in missing that it was not measured")
        if self.missing is not None and any(one is not None for one in told):
            raise ValueError("what was not measured (missing) has neither date, machine, commit nor figures")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    evidence: tuple[Evidence, ...] = ()


def read_evidence(file: Path) -> tuple[Evidence, ...]:
    """The measures of a file, in its order. Raises InputError that names the file, the key and the value."""
    refused = Text("preuve refusée", "evidence refused")
    return validated(_File, toml_file(file), refused, "docs/quality.md", file).evidence


@cache
def evidence() -> tuple[Evidence, ...]:
    """The measures of this version of Vigie."""
    return read_evidence(FILE)
