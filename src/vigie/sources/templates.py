"""Templates of the tables that an analyst may bring: one ``.toml`` each in ``templates/``, checked when it is read.

A template says which columns a table has, which indicators they give, how its periods count, and what must not be
told: an import is a :class:`~vigie.sources.catalogue.Source` made of a template and of the import's own card.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, Lang, UnknownNameError, Where
from vigie.language import Text
from vigie.sources.words import Words
from vigie.validation import RefusedError, toml, validated

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Kind = Literal["count", "euros", "percent", "number", "text"]
Brings = Literal["figures", "doctors_by_age", "people_projected"]

ROWS = "@rows"  # as a numerator: how many rows of the file a territory has
POPULATION = "@population"  # as a denominator: the residents that the edition knows
STANDARD = ("niveau", "code", "nom", "periode")
NUMBERS = ("count", "euros", "percent", "number")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Strict):
    """A column beside the standard ones: its kind, what it means, an example."""

    name: Slug
    kind: Kind
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)
    example: str = ""
    required: bool = False

    def means(self, lang: Lang) -> str:
        """What the column is, in ``lang``."""
        return Text(self.fr, self.en).of(lang)


class Figure(_Strict):
    """An indicator that the table gives: ``scale`` × numerator / denominator, or the numerator itself, or a rate alone.

    ``numerator``, ``denominator``, ``rate`` and ``people`` are columns (or ``@rows``, ``@population``). ``people`` is
    the count that decides of disclosure where it is neither numerator nor denominator: the beneficiaries of an amount.
    ``open`` numerators, structures or sums paid to them, tell nothing of a person: they are shown as they are.
    """

    indicator: Slug
    numerator: str = ""
    denominator: str = ""
    rate: str = ""
    people: str = ""
    scale: float = Field(default=1.0, gt=0)
    open: bool = False


class Total(_Strict):
    """An indicator whose counts are the sums of those of others: what one may be subtracted from."""

    total: Slug
    parts: tuple[Slug, ...] = Field(min_length=2)


class Difference(_Strict):
    """An indicator that is the difference of two others of the same table."""

    indicator: Slug
    of: Slug
    minus: Slug


class Disclosure(_Strict):
    """Whom the counts are of, and from how many on they are shown; no ``threshold`` shows them as they are."""

    counts: Literal["patients", "professionals", "facilities"]
    threshold: int | None = Field(default=None, ge=2, le=1000)


class Template(_Strict):
    """A documented table. ``levels`` are those it may be at, the usual one first.

    The counts of a ``flow`` happen within a period and add up over periods; those of a ``stock`` are at a moment.
    ``unit_key`` are the columns that tell apart several rows of one territory and period, which are added up. Of a list
    of places, ``minutes`` names the measure of the time to the nearest of them: it must say where it is complete.
    A table that ``brings`` doctors by age or people projected gives the outlook its ground, and no figure: its columns
    are those of ``vigie.editions.projections``.
    """

    id: Slug
    title: Words
    note: Words
    levels: tuple[Slug, ...] = Field(min_length=1)
    periods: Literal["stock", "flow"]
    unit_key: tuple[Slug, ...] = ()
    minutes: Slug | Literal[""] = ""
    disclosure: Disclosure
    brings: Brings = "figures"
    columns: tuple[Column, ...] = Field(min_length=1)
    figures: tuple[Figure, ...] = ()
    totals: tuple[Total, ...] = ()
    differences: tuple[Difference, ...] = ()

    @model_validator(mode="after")
    def _gives_what_it_brings(self) -> Template:
        if (self.brings == "figures") != bool(self.figures):
            raise RefusedError(
                "un modèle donne des figures, ou bien brings dit ce qu'il apporte",
                "a template gives figures, or else brings says what it gives",
            )
        return self

    @model_validator(mode="after")
    def _names_its_columns(self) -> Template:
        known = {column.name for column in self.columns} | {"", ROWS, POPULATION}
        for figure in self.figures:
            used = {figure.numerator, figure.denominator, figure.rate, figure.people}
            if used - known:
                absent = ", ".join(sorted(used - known))
                raise RefusedError(
                    f"{figure.indicator}\u202f: pas de colonne {absent}", f"{figure.indicator}: no column {absent}"
                )
        if not set(self.unit_key) <= known:
            raise RefusedError("unit_key ne nomme pas une colonne", "unit_key names no column")
        given = {figure.indicator for figure in self.figures}
        named = {name for one in self.totals for name in (one.total, *one.parts)}
        named |= {name for one in self.differences for name in (one.of, one.minus)}
        if not named <= given:
            absent = ", ".join(sorted(named - given))
            raise RefusedError(f"pas de figure {absent}", f"no figure {absent}")
        return self

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    def indicators(self) -> tuple[str, ...]:
        """The ids of the indicators that the table may give."""
        return (*(one.indicator for one in self.figures), *(one.indicator for one in self.differences))

    def header(self) -> tuple[str, ...]:
        """The columns in the order of the example."""
        return (*(STANDARD if self.brings == "figures" else ()), *(column.name for column in self.columns))


def parse(text: str, name: Path | str) -> Template:
    """The template that a ``.toml`` text defines; ``name`` is the file it came from. Raises InputError."""
    refused = Text("modèle de table refusé", "table template refused")
    found = validated(Template, toml(text, name), refused, "docs/import.md", name)
    if found.id != Path(name).stem:
        raise InputError(
            f"l'identifiant doit être le nom du fichier, «\u00a0{Path(name).stem}\u00a0».",
            f"the id must be the file's name, “{Path(name).stem}”.",
            where=Where(name, column="id", value=found.id),
        )
    return found


@cache
def templates() -> Mapping[str, Template]:
    """Vigie's templates by id, in alphabetical order, read once."""
    folder = resources.files("vigie.sources").joinpath("templates")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    found = [parse(one.read_text(encoding="utf-8"), one.name) for one in files]
    return MappingProxyType({one.id: one for one in found})


def template(name: str) -> Template:
    """The template of that id. Raises UnknownNameError with the nearest ids."""
    known = templates()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
    raise UnknownNameError(
        f"modèle inconnu «\u00a0{name}\u00a0».",
        f"unknown template “{name}”.",
        remedy_fr=f"Les plus proches\u202f: {', '.join(near)}. La liste\u202f: vigie import --list.",
        remedy_en=f"Nearest: {', '.join(near)}. The list: vigie import --list.",
    )


def example(found: Template, lang: Lang) -> str:
    """An empty table: comments that say what each column is, the header, and a line to be replaced."""
    said = {
        "niveau": Text(
            f"niveau de la ligne ({', '.join(found.levels)}) ; vide : {found.levels[0]}",
            f"level of the row ({', '.join(found.levels)}); blank: {found.levels[0]}",
        ),
        "code": Text(
            "code du territoire, en texte : 01004 garde son zéro", "code of the territory, as text: 01004 keeps its 0"
        ),
        "nom": Text("nom, pour relire ; facultatif", "name, to read again; optional"),
        "periode": Text(
            "2024, 2024-06, 2024-06-30, 2024-T1 ou 2024-01/2024-06 ; ou --period pour toute la table",
            "2024, 2024-06, 2024-06-30, 2024-T1 or 2024-01/2024-06; or --period for the whole table",
        ),
    }
    meaning = {name: text.of(lang) for name, text in said.items()}
    meaning |= {column.name: column.means(lang) for column in found.columns}
    marks = Text(
        "NS ou NC : secret statistique ; vide ou ND : manquant ; 0 : zéro. Virgule ou point décimal.",
        "NS or NC: suppressed; blank or ND: missing; 0: zero. Decimal comma or point.",
    )
    lines = [
        f"# {found.title.of(lang)}",
        *(f"# {name} : {meaning[name]}" for name in found.header()),
        *([f"# {marks.of(lang)}"] if found.brings == "figures" else []),
    ]
    standard = {STANDARD[0]: found.levels[0], **dict.fromkeys(STANDARD[1:], "")}
    known = standard | {column.name: column.example for column in found.columns}
    values = [known[name] for name in found.header()]
    return "\n".join([*lines, ";".join(found.header()), ";".join(values)]) + "\n"
