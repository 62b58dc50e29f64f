"""What an outlook supposes, as data: the model, national paths, variants and demands, each a small ``.toml`` file.

Everything that no text at hand gives is marked "ours" where it stands. A variant says only what it changes of
``variants/central.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FOLDER = Path(__file__).parent
CENTRAL = "central"
CONSTANT = "constant"
"""The variant and the demand that are told first."""
ZONES = ("under_2.5", "from_2.5_to_4", "over_4")
"""Places by their published APL at the base: the cuts are those of the zoning of 2017 (2.5 and 4)."""

Floats = npt.NDArray[np.float64]
Status = Literal["published", "approximate", "ours"]
Share = Field(ge=0, le=1)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """A text in French and English."""

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @property
    def text(self) -> Text:
        """The same as every room says texts."""
        return Text(self.fr, self.en)


class Point(_Strict):
    """A year of a national path: GPs in activity, and whether a text gives it."""

    year: int = Field(ge=2000, le=2100)
    value: float = Field(gt=0)
    status: Status
    note: str = ""


class Path_(_Strict):  # noqa: N801 - pathlib's name is taken
    """A national path of the number of GPs; between its points the growth of a year is constant."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: Words
    source: Words
    points: tuple[Point, ...] = Field(min_length=2)
    branches: dict[str, float]

    @model_validator(mode="after")
    def _in_order(self) -> Path_:
        years = [one.year for one in self.points]
        if years != sorted(set(years)):
            raise RefusedError(
                f"points\u202f: les années doivent croître, trouvé {years}",
                f"points: years must increase, found {years}",
            )
        if "central" not in self.branches:
            raise RefusedError(
                "branches\u202f: il en faut une nommée central", "branches: there must be one called central"
            )
        return self

    def index(self, branch: str, years: range) -> Floats:
        """The number of GPs in each year over that of the first of ``years``.

        Raises UnknownNameError for a branch that does not exist, InputError for a year outside the points.
        """
        if branch not in self.branches:
            raise unknown("branche", "branch", branch, list(self.branches))
        if years[0] < self.points[0].year or years[-1] > self.points[-1].year:
            raise InputError(
                f"la trajectoire {self.id} va de {self.points[0].year} à {self.points[-1].year}.",
                f"path {self.id} goes from {self.points[0].year} to {self.points[-1].year}.",
                where=Where(column="years", value=f"{years[0]}-{years[-1]}"),
            )
        logs = np.interp(list(years), [one.year for one in self.points], np.log([one.value for one in self.points]))
        return np.asarray(np.exp(logs - logs[0] + self.branches[branch] * np.arange(len(years))), dtype=np.float64)


class Need(_Strict):
    """The share of the people who have a condition in a year."""

    year: int
    share: float = Share


class Demand(_Strict):
    """How the need for care grows: shares of people with a condition, who need ``ratio`` times the care of others."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    status: Status
    ratio: float = Field(default=1.0, ge=1)
    title: Words
    note: Words
    source: Words
    need: tuple[Need, ...] = Field(min_length=1)

    def factors(self, years: range) -> Floats:
        """The need of each year over that of the first; the share is linear between years and constant outside."""
        shares = np.interp(list(years), [one.year for one in self.need], [one.share for one in self.need])
        needs = 1 + (self.ratio - 1) * shares
        return np.asarray(needs / needs[0], dtype=np.float64)


class NationalAges(_Strict):
    """Shares of the doctors by age."""

    to_59: float = Share
    to_62: float = Share
    to_65: float = Share
    over_65: float = Share

    @model_validator(mode="after")
    def _whole(self) -> NationalAges:
        total = self.to_59 + self.to_62 + self.to_65 + self.over_65
        if abs(total - 1) > 1e-6:
            raise RefusedError(f"les parts font {total:g}, 1 est attendu", f"shares add up to {total:g}, 1 expected")
        return self


class Ages(_Strict):
    """The law of the age at which liberal practice ends (logistic), and the ages of those who practise."""

    exit_mean: float = Field(ge=50, le=80)
    exit_spread: float = Field(gt=0, le=10)
    youngest: int = Field(ge=24, le=40)
    oldest: int = Field(ge=70, le=95)
    national: NationalAges


class Supply(_Strict):
    """What decides how much newcomers add, and who replaces whom: see ``model.toml``."""

    liberal_drift: float = Field(ge=-0.1, le=0.1)
    newcomer_activity: float = Field(gt=0, le=2)
    mobility: float = Field(ge=0, le=0.2)
    replaced: float = Share


class Spread(_Strict):
    """Standard deviations, after ``years`` years, of the logarithm of what else moves a supply."""

    practice: float = Field(ge=0)
    area: float = Field(ge=0)
    departement: float = Field(ge=0)
    years: int = Field(gt=0)


class Model(_Strict):
    """``model.toml``; ``earlier_spread`` is that with which the back-test is judged."""

    horizon: int
    ages: Ages
    supply: Supply
    spread: Spread
    earlier_spread: Spread


class Variant(_Strict):
    """One set of hypotheses. What it does not say is as in the central one.

    ``entries``: "path" (as many as the reference path needs under central hypotheses, then times ``training`` from
    ``training_from``) or "none". ``exit_shift`` years are added to the age of exit. ``attraction`` multiplies, by zone
    (``ZONES``), what draws those who choose their place. ``None`` leaves the value of ``model.toml``.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: Words
    note: Words
    status: Status = "ours"
    path: str = "drees-2023"
    branch: str = "central"
    demand: str = CONSTANT
    entries: Literal["path", "none"] = "path"
    training: float = Field(default=1.0, ge=0, le=5)
    training_from: int = 2024
    exit_shift: float = Field(default=0.0, ge=-10, le=10)
    replaced: float | None = Field(default=None, ge=0, le=1)
    mobility: float | None = Field(default=None, ge=0, le=0.2)
    liberal_drift: float | None = Field(default=None, ge=-0.1, le=0.1)
    newcomer_activity: float | None = Field(default=None, gt=0, le=2)
    attraction: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_zones(self) -> Variant:
        strangers = sorted(set(self.attraction) - set(ZONES))
        if strangers or any(value <= 0 for value in self.attraction.values()):
            zones = ", ".join(ZONES)
            raise RefusedError(
                f"attraction\u202f: un nombre positif pour certaines de {zones}",
                f"attraction: a positive number for any of {zones}",
            )
        return self

    def supply(self, model: Model) -> Supply:
        """The hypotheses on supply of ``model``, with what this variant changes of them."""
        own = {name: getattr(self, name) for name in Supply.model_fields}
        return model.supply.model_copy(update={name: value for name, value in own.items() if value is not None})


M = TypeVar("M", bound=BaseModel)


def read(path: Path, kind: type[M]) -> M:
    """A hypothesis file as a ``kind``. Raises InputError naming the file, the key, the value and what was expected."""
    refused = Text("hypothèse refusée", "hypothesis refused")
    return validated(kind, toml_file(path), refused, "docs/methods-outlook.md", path)


def unknown(fr: str, en: str, name: str, known: list[str]) -> UnknownNameError:
    """The error for a hypothesis that does not exist, with those that do."""
    return UnknownNameError(
        f"{fr} inconnue : {name}. Il y a : {', '.join(known)}.",
        f"unknown {en}: {name}. There are: {', '.join(known)}.",
    )


@cache
def model() -> Model:
    """The hypotheses that every variant shares."""
    return read(FOLDER / "model.toml", Model)


def _all(folder: str, kind: type[M]) -> dict[str, M]:
    return {path.stem: read(path, kind) for path in sorted((FOLDER / folder).glob("*.toml"))}


@cache
def paths() -> Mapping[str, Path_]:
    """The national paths, by id."""
    return _all("paths", Path_)


@cache
def demands() -> Mapping[str, Demand]:
    """The demands, by id."""
    return _all("demands", Demand)


@cache
def variants() -> Mapping[str, Variant]:
    """The variants, by id: the central one first, then those without any entry, then by name."""
    found = _all("variants", Variant)
    order = sorted(found, key=lambda name: (name != CENTRAL, found[name].entries != "none", name))
    return {name: found[name] for name in order}


def variant(name: str) -> Variant:
    """One of :func:`variants`. Raises UnknownNameError with those that there are."""
    if name not in variants():
        raise unknown("variante", "variant", name, list(variants()))
    return variants()[name]


def path(name: str) -> Path_:
    """One of :func:`paths`. Raises UnknownNameError with those that there are."""
    if name not in paths():
        raise unknown("trajectoire", "path", name, list(paths()))
    return paths()[name]


def demand(name: str) -> Demand:
    """One of :func:`demands`. Raises UnknownNameError with those that there are."""
    if name not in demands():
        raise unknown("demande", "demand", name, list(demands()))
    return demands()[name]
