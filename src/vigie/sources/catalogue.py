"""The catalogue: one ``.toml`` a data set in ``catalogue/``, checked when it is read.

A definition says who publishes the data, under which licence, where, how often, in which vintage of the commune codes,
which local copies Vigie accepts, which reader makes which tidy table of it, and what the columns mean.
"""

from __future__ import annotations

import difflib
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text
from vigie.validation import RefusedError, toml, validated

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOCUMENT = "docs/add-a-source.md"
_REFUSED = Text("définition de source refusée", "definition of a source refused")

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Https = Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+(/\S*)?$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._*-]*$")]
Year = Annotated[int, Field(ge=1990, le=2100)]


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(_Definition):
    """One file to download: where, under which name to keep it, of which type, and never more than ``max_bytes``."""

    url: Https
    file: FileName
    media: tuple[str, ...] = Field(min_length=1)
    max_bytes: int = Field(gt=0)


class Format(_Definition):
    """How the bytes are laid out. ``encodings`` are tried in order; the first that decodes the whole file wins."""

    kind: Literal["csv", "xlsx", "parquet", "export", "zip"]
    separator: Literal[",", ";", "\t"] = ","
    encodings: tuple[Literal["utf-8", "windows-1252"], ...] = ("utf-8",)


class Column(_Definition):
    """A column of the tidy table: the producer's name for it, its unit, its meaning."""

    name: Annotated[str, Field(min_length=1)]
    source: str = ""
    unit: str = ""
    fr: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Disclosure(_Definition):
    """What the producer hides: below which count, and how it marks what is hidden or missing."""

    threshold: int | None = None
    marks: dict[str, Literal["suppressed", "missing"]] = {}
    fr: str = ""
    en: str = ""


class Measures(_Definition):
    """The columns of a table by commune that become figures at places, and the names that they take there.

    ``counts`` and ``rates`` map a column of the tidy table to its name at places, in which ``{column}`` of ``by`` and
    ``{year}`` are replaced by their values; ``"*"`` stands for every other column, under its own name. ``weights``
    gives the count that weighs each rate when communes merge; where the table has none, that of the source
    ``weights_from``. Where another source gives a figure of the same name, this one takes its place if it
    ``prevails_over`` it. A table that has fewer than ``least_places`` of the places is taken for a file cut short.
    """

    by: tuple[str, ...] = ()
    counts: dict[str, str] = {}
    rates: dict[str, str] = {}
    weights: dict[str, str] = {}
    weights_from: Slug | None = None
    prevails_over: tuple[Slug, ...] = ()
    least_places: float = Field(default=0.9, ge=0, le=1)


class Release(_Definition):
    """A release that the producer has announced: its day, and the address where it says so."""

    date: date
    announced_at: Https


class Source(_Definition):
    """An official data set.

    ``copies`` are the names of local files that hold the whole of it (``*`` stands for a date; the last one is taken);
    the files of ``addresses`` complete one another. ``verified`` is false until the reader has run on a file that came
    from the producer itself. ``cog`` is the vintage of the commune codes, ``cog_by_year`` where it differs by year, and
    ``cog_of_strays`` that of the few codes which are not of ``cog``.
    """

    id: Slug
    producer: Annotated[str, Field(min_length=1)]
    title_fr: Annotated[str, Field(min_length=1)]
    title_en: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    redistribute: bool = True
    landing: Https | None = None
    addresses: tuple[Address, ...] = ()
    format: Format
    cog: Year | None = None
    cog_by_year: dict[Year, Year] = {}
    cog_of_strays: Year | None = None
    period: Annotated[str, Field(min_length=1)]
    cadence: Literal["yearly", "quarterly", "monthly", "irregular", "once"]
    delay_months: int = Field(default=0, ge=0, le=60)
    next_release: Release | None = None
    copies: tuple[Pattern, ...] = ()
    table: Slug
    reader: Annotated[str, Field(pattern=r"^[a-z_]+:[a-z0-9_]+$")]
    fields: dict[str, str] = {}
    measures: Measures | None = None
    columns: tuple[Column, ...] = Field(min_length=1)
    disclosure: Disclosure = Disclosure()
    whole_cities: Literal["drop", "keep", "absent"] = "keep"
    notes_fr: str = ""
    notes_en: str = ""
    verified: bool

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        names = [column.name for column in self.columns]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise RefusedError(
                f"colonnes répétées\u202f: {', '.join(repeated)}", f"columns repeated: {', '.join(repeated)}"
            )
        if self.cog is not None and self.cog_by_year:
            raise RefusedError("cog ou cog_by_year, pas les deux", "give cog or cog_by_year, not both")
        if not self.addresses and not self.copies and self.landing is None:
            raise RefusedError(
                "l'une au moins de addresses, copies, landing est attendue",
                "give at least one of addresses, copies, landing",
            )
        return self

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return Text(self.title_fr, self.title_en)

    @property
    def notes(self) -> Text:
        """Limits of use in both languages."""
        return Text(self.notes_fr, self.notes_en)

    def files(self) -> tuple[str, ...]:
        """The names of the files that a folder of local copies may hold: copies first, then downloads."""
        return (*self.copies, *(address.file for address in self.addresses))

    def vintage(self, year: int) -> int | None:
        """The vintage (COG) of the commune codes in the data of ``year``; None where the data have no commune."""
        return self.cog_by_year.get(year, self.cog)


def parse(text: str, name: Path | str) -> Source:
    """The source that a ``.toml`` text defines; ``name`` is the file it came from. Raises InputError."""
    found = validated(Source, toml(text, name), _REFUSED, _DOCUMENT, name)
    expected = Path(name).stem
    if found.id != expected:
        raise InputError(
            f"l'identifiant doit être le nom du fichier, «\u00a0{expected}\u00a0».",
            f"the id must be the file's name, “{expected}”.",
            where=Where(name, column="id", value=found.id),
            remedy_fr=f"Voir {_DOCUMENT}.",
            remedy_en=f"See {_DOCUMENT}.",
        )
    return found


def load(folder: Path | Traversable) -> dict[str, Source]:
    """Every source defined in ``folder``, by id, in alphabetical order."""
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    sources = [parse(entry.read_text(encoding="utf-8"), Path(entry.name)) for entry in files]
    return {found.id: found for found in sources}


@cache
def catalogue() -> Mapping[str, Source]:
    """Vigie's own sources by id, read once."""
    return MappingProxyType(load(resources.files("vigie.sources").joinpath("catalogue")))


def source(source_id: str) -> Source:
    """The source of that id. Raises UnknownNameError with the nearest ids."""
    known = catalogue()
    if source_id in known:
        return known[source_id]
    near = difflib.get_close_matches(source_id, known, n=3, cutoff=0.4) or sorted(known)
    raise UnknownNameError(
        f"source inconnue «\u00a0{source_id}\u00a0».",
        f"unknown source “{source_id}”.",
        remedy_fr=f"Les plus proches\u202f: {', '.join(near)}.",
        remedy_en=f"Nearest: {', '.join(near)}.",
    )
