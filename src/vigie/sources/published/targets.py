"""What was promised: targets with their former values, service commitments, and the local targets of an analyst.

``targets.toml`` holds those that documents set (see its heading for the keys). A local target, which the convention of
2024 foresees, comes from a CSV file of one's own: :func:`local_targets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from vigie.errors import Lang
from vigie.language import Text
from vigie.sources.grid import LINE, Grid
from vigie.sources.text import content, decode, parse_text
from vigie.validation import toml_file, validated

TARGETS = Path(__file__).parent / "targets.toml"
CONVENTION: Final = "convention_medicale_2024"
LOCAL: Final = "local"

LOCAL_COLUMNS: Final = ("niveau", "code", "indicateur", "nature", "valeur", "echeance", "depuis", "porteur", "texte")
"""The columns of a file of local targets; ``echeance`` and ``depuis`` may be blank."""
_NATURES = {"niveau": "level", "croissance_annuelle": "yearly_growth"}
_PERIOD = r"^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$"
_REFUSED = Text("cible refusée", "target refused")
_DOCUMENT = "docs/methods-standing.md"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """A text in French and in English."""

    fr: str
    en: str

    def of(self, lang: Lang) -> str:
        """The text in ``lang``."""
        return Text(self.fr, self.en).of(lang)


class Aim(_Strict):
    """What is to be reached: a *level* (by the end of ``date``, if any), a *yearly growth* in percent, or *none* yet.

    ``document``, ``place``, ``line`` and ``quote_fr`` are given where they are not those of the target.
    """

    kind: Literal["level", "yearly_growth", "none"]
    value: float | None = None
    unit: str = ""
    date: str = ""
    document: str = ""
    place: str = ""
    line: int = 0
    quote_fr: str = ""


class Former(_Strict):
    """A value and a date that a target had before, and where that is written."""

    value: float
    date: str
    document: str
    place: str
    line: int
    quote_fr: str


class Target(_Strict):
    """A target as promised. Of a local one, ``level`` and ``code`` are the territory's; of the others, France's."""

    id: str
    set: str
    number: int = 0
    indicator: str = ""
    level: str = "france"
    code: str = "FR"
    title_fr: str
    title_en: str
    numerator_fr: str = ""
    denominator_fr: str = ""
    unit: str = ""
    direction: Literal["higher", "lower"]
    target: Aim
    then: Aim | None = None
    former: tuple[Former, ...] = ()
    owner: str = ""
    text: str = ""
    document: str = ""
    place: str = ""
    line: int = 0
    quote_fr: str = ""
    measured_by: str = ""
    published: tuple[str, ...] = ()
    applies: Literal["france", "everywhere"] = "france"
    since: str = ""
    measure: Literal["value", "numerator"] = "value"
    series: tuple[tuple[str, ...], ...] = ()
    growth: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    difference: Words | None = None
    needs: Words | None = None
    means: bool = False
    note_fr: str = ""

    def title(self, lang: Lang) -> str:
        """The title in ``lang``."""
        return Text(self.title_fr, self.title_en).of(lang)


class Promise(_Strict):
    """One part of a service commitment: a threshold, and the share of people or acts for which it holds.

    ``indicator`` is that share, where a table can bring it.
    """

    id: str
    value: float
    unit: str
    label_fr: str
    label_en: str
    numerator_fr: str
    denominator_fr: str
    line: int
    quote_fr: str
    needs: Words
    indicator: str = ""


class ServiceCommitment(_Strict):
    """What a person may expect of a service, and who answers for it."""

    id: str
    title_fr: str
    title_en: str
    owner: str
    country: str
    document: str
    place: str
    promises: tuple[Promise, ...] = Field(min_length=1)


@cache
def targets(file: Path = TARGETS) -> tuple[Target, ...]:
    """The targets that documents set, the ten commitments of the convention first, in their order.

    Raises InputError naming the file, the target and the key for one that is not described as expected.
    """
    return tuple(validated(Target, raw, _REFUSED, _DOCUMENT, file) for raw in toml_file(file).get("target", []))


def commitments() -> tuple[Target, ...]:
    """The ten collective commitments of the convention médicale 2024, by number."""
    return tuple(sorted((one for one in targets() if one.set == CONVENTION), key=lambda one: one.number))


@cache
def service_commitments(file: Path = TARGETS) -> tuple[ServiceCommitment, ...]:
    """The service commitments, those of France first. Raises InputError as :func:`targets`."""
    found = [
        validated(ServiceCommitment, raw, _REFUSED, _DOCUMENT, file)
        for raw in toml_file(file).get("service_commitment", [])
    ]
    return tuple(sorted(found, key=lambda one: one.country != "FR"))


def local_targets(file: Path, directions: Mapping[str, str]) -> tuple[Target, ...]:
    """The targets of a CSV file: one row a territory and an indicator, with the columns of :data:`LOCAL_COLUMNS`.

    ``nature`` is *niveau* (a level to reach by ``echeance``) or *croissance_annuelle* (percent a year). ``directions``
    are those of the indicators that a target may be set for, by id: *higher* or *lower*. Raises InputError naming the
    file, the line, the column and the value for anything else, and for two targets of one territory and indicator.
    """
    grid = _grid(file)
    grid.require_text(["niveau", "code", "indicateur", "nature", "valeur", "porteur", "texte"])
    _known_indicators(grid, directions)
    grid = grid.recode("nature", _NATURES).french_floats(["valeur"])
    for column in ("echeance", "depuis"):
        bad = grid.frame[column].is_not_null() & ~grid.frame[column].fill_null("").str.contains(_PERIOD)
        grid.refuse(
            bad, column, "attendu\u202f: 2027, 2027-06 ou 2027-06-30.", "expected: 2027, 2027-06 or 2027-06-30."
        )
    twice = grid.frame.select("niveau", "code", "indicateur").is_duplicated()
    grid.refuse(twice, "indicateur", "deux cibles pour un même territoire.", "two targets for the same territory.")
    return tuple(_local(row, directions) for row in grid.frame.iter_rows(named=True))


def _grid(file: Path) -> Grid:
    text = decode(content(file), file, ("utf-8",))
    header = text.split("\n", 1)[0]
    return parse_text(text, file, max(";,", key=header.count)).only({name: name for name in LOCAL_COLUMNS})


def _known_indicators(grid: Grid, directions: Mapping[str, str]) -> None:
    import difflib

    for row in grid.frame.iter_rows(named=True):
        name = row["indicateur"]
        if directions.get(name) in ("higher", "lower"):
            continue
        near = ", ".join(difflib.get_close_matches(name, directions, n=3, cutoff=0.4))
        neutral = name in directions
        raise grid.fault(
            "cet indicateur n'a pas de sens souhaité\u202f: aucune cible ne peut y être fixée."
            if neutral
            else "indicateur inconnu." + (f" Vouliez-vous dire\u202f: {near}\u202f?" if near else ""),
            "this indicator has no wished direction: no target can be set for it."
            if neutral
            else "unknown indicator." + (f" Did you mean: {near}?" if near else ""),
            row=row[LINE],
            column="indicateur",
            value=name,
        )


def _local(row: dict[str, Any], directions: Mapping[str, str]) -> Target:
    name, place = row["indicateur"], f"{row['niveau']}:{row['code']}"
    growth = row["nature"] == "yearly_growth"
    return Target(
        id=f"{name}@{place}",
        set=LOCAL,
        indicator=name,
        level=row["niveau"],
        code=row["code"],
        title_fr=f"{name}, {place}",
        title_en=f"{name}, {place}",
        direction="higher" if directions[name] == "higher" else "lower",
        target=Aim(
            kind=row["nature"], value=row["valeur"], unit="percent" if growth else "", date=row["echeance"] or ""
        ),
        owner=row["porteur"],
        text=row["texte"],
        line=row[LINE],
        since=row["depuis"] or "",
    )
