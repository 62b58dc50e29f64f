"""Tables that make an outlook less of a hypothesis: doctors by age, and people projected, as anyone brings them.

Two files (docs/methods-outlook.md): ``territory, age_from, age_to, doctors`` and ``territory, year, people``, the
latter with ``age_from, age_to, weight`` where they are known. A territory is the code of a département, ``FR``, or for
people that of a commune.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text, number, plural
from vigie.outlook.ages import classes_of_bands, raked
from vigie.outlook.ground import Ground
from vigie.sources.notes import Note
from vigie.sources.own import OwnTable, read_own
from vigie.territories.reference import Reference

Floats = npt.NDArray[np.float64]
WHOLE = "FR"
OLDEST = 120

AGES = ("territory", "age_from", "age_to", "doctors")
PEOPLE = ("territory", "year", "people")
BY_AGE = ("age_from", "age_to", "weight")
"""The columns of the two tables; those of ``BY_AGE`` may be in the second."""

KINDS = ("doctors_by_age", "people_projected")
"""What a template of import ``brings`` to the outlook."""

_LINE = "_line"


@dataclass(frozen=True)
class AgeTable:
    """Doctors by class of age (:mod:`vigie.outlook.ages`) of départements by code, or of France alone."""

    file: str
    sha256: str
    classes: Mapping[str, Floats]


@dataclass(frozen=True)
class Projection:
    """What the people of territories (by code) need in each of their years, in people, ``weighted`` by age or not."""

    file: str
    sha256: str
    weighted: bool
    series: Mapping[str, Mapping[int, float]]


def read_ages(path: Path, reference: Reference) -> AgeTable:
    """A table of doctors by age. Raises InputError with line and column, UnknownNameError for a code that is not."""
    table = read_own(path, AGES)
    _known(table, set(reference.codes("departement")) | {WHOLE})
    _bands(table)
    classes = {
        str(code): classes_of_bands(rows["age_from"], rows["age_to"], rows["doctors"])
        for (code,), rows in table.frame.group_by("territory", maintain_order=True)
    }
    if WHOLE in classes and len(classes) > 1:
        raise InputError(
            "des départements ou FR, pas les deux : leur somme pourrait différer.",
            "départements or FR, not both: their sum could differ.",
            where=Where(path, column="territory", value=WHOLE),
        )
    empty = [code for code, counts in classes.items() if not counts.sum()]
    if empty:
        raise InputError(
            "aucun médecin dans ce territoire.",
            "no doctor in this territory.",
            where=Where(path, column="doctors", value=empty[0]),
        )
    return AgeTable(path.name, table.sha256, classes)


def read_projection(path: Path, reference: Reference) -> Projection:
    """A table of people projected. Raises InputError with line and column, UnknownNameError for a code that is not."""
    table = read_own(path, PEOPLE, BY_AGE)
    frame = table.frame
    _known(table, {*reference.codes("departement"), *reference.place_codes, WHOLE})
    if "age_from" in frame.columns and "age_to" in frame.columns:
        _bands(table)
    weighted = "weight" in frame.columns
    need = pl.col("people") * (pl.col("weight") if weighted else 1.0)
    whole = frame.with_columns(need=need, year=pl.col("year").cast(pl.Int64))
    keys = [name for name in ("territory", "year", "age_from") if name in frame.columns]
    _once(table, whole.filter(whole.select(keys).is_duplicated()))
    summed = whole.group_by("territory", "year").agg(pl.col("need").sum()).sort("territory", "year")
    series: dict[str, dict[int, float]] = {}
    for code, year, value in summed.iter_rows():
        series.setdefault(code, {})[year] = value
    for code, years in series.items():
        if len(years) < 2 or min(years.values()) <= 0:
            raise InputError(
                f"{code} : au moins deux années, chacune peuplée, sont attendues.",
                f"{code}: two years at least, each with people, are expected.",
                where=Where(path, column="territory", value=code),
            )
    return Projection(path.name, table.sha256, weighted, series)


def described(kind: str, path: Path, reference: Reference) -> tuple[Note, ...]:
    """What a table of one of ``KINDS`` says, in a sentence; the same errors as its reader."""
    if kind == "doctors_by_age":
        ages = read_ages(path, reference)
        counted = sum(float(one.sum()) for one in ages.classes.values())
        old = sum(float(one[1:].sum()) for one in ages.classes.values())
        fr, en = _territories(ages.classes)
        share = 100 * old / counted
        return (
            Note(
                len(ages.classes),
                Text(
                    f"Médecins par âge\u202f: {fr}, {number(counted, 'fr')} généralistes, dont "
                    f"{number(share, 'fr')}\u202f% de plus de 62 ans.",
                    f"Doctors by age: {en}, {number(counted, 'en')} GPs, {number(share, 'en')}% of them over 62.",
                ),
            ),
        )
    people = read_projection(path, reference)
    years = sorted({year for series in people.series.values() for year in series})
    fr, en = _territories(people.series)
    by_age = Text("par âge", "by age") if people.weighted else Text("sans âge", "without age")
    return (
        Note(
            len(people.series),
            Text(
                f"Population projetée\u202f: {fr}, de {years[0]} à {years[-1]}, {by_age.fr}.",
                f"People projected: {en}, {years[0]} to {years[-1]}, {by_age.en}.",
            ),
        ),
    )


def _territories(codes: Collection[str]) -> tuple[str, str]:
    if WHOLE in codes and len(codes) == 1:
        return "la France", "France"
    count = len(codes)
    return (
        f"{number(count, 'fr')} {plural(count, 'territoire', 'territoires', 'fr')}",
        f"{number(count, 'en')} {plural(count, 'territory', 'territories', 'en')}",
    )


def with_ages(ground: Ground, table: AgeTable, departement_of: npt.NDArray[np.str_]) -> Ground:
    """The ground with shares by age that add up to those of ``table``; ``departement_of`` is that of each place.

    What is known of places within a département stays, only their sum is moved; départements not named stay as they
    are.
    """
    shares = ground.shares.copy()
    own = departement_of[ground.site_of]
    for code, classes in table.classes.items():
        rows = np.arange(own.size) if code == WHOLE else np.flatnonzero(own == code)
        if rows.size:
            shares[rows] = raked(shares[rows], ground.heads[rows], classes)
    return replace(ground, shares=shares)


def growth(
    projection: Projection, years: range, places: npt.NDArray[np.str_], departement_of: npt.NDArray[np.str_]
) -> Floats:
    """The need over that of the first year: years × places.

    Of each place its own series, else its département's, else that of France, else 1; linear between the years that are
    given, constant outside.
    """
    told = {
        code: np.interp(list(years), sorted(series), [series[year] for year in sorted(series)])
        for code, series in projection.series.items()
    }
    ratios = {code: values / values[0] for code, values in told.items()}
    steady = np.ones(len(years))
    columns = [
        next((ratios[code] for code in (place, departement, WHOLE) if code in ratios), steady)
        for place, departement in zip(places.tolist(), departement_of.tolist(), strict=True)
    ]
    return np.column_stack(columns)


def _known(table: OwnTable, codes: set[str]) -> None:
    strangers = table.frame.filter(~pl.col("territory").is_in(sorted(codes)))
    if strangers.height:
        line, code = strangers.select(_LINE, "territory").row(0)
        where = Where(table.path, row=line, column="territory", value=code).describe
        raise UnknownNameError(
            f"{where('fr')} : code inconnu. Un département (02, 2A, 974), FR, ou une commune pour la population.",
            f"{where('en')}: unknown code. A département (02, 2A, 974), FR, or a commune for people.",
        )


def _bands(table: OwnTable) -> None:
    wrong = table.frame.filter((pl.col("age_from") > pl.col("age_to")) | (pl.col("age_to") > OLDEST))
    if wrong.height:
        line, value = wrong.select(_LINE, "age_to").row(0)
        raise InputError(
            f"la tranche doit finir entre son premier âge et {OLDEST}.",
            f"the band must end between its first age and {OLDEST}.",
            where=Where(table.path, row=line, column="age_to", value=value),
        )


def _once(table: OwnTable, twice: pl.DataFrame) -> None:
    if twice.height:
        line, code = twice.select(_LINE, "territory").row(-1)
        raise InputError(
            "ligne donnée deux fois pour ce territoire, cette année et cet âge.",
            "row given twice for this territory, year and age.",
            where=Where(table.path, row=line, column="territory", value=code),
        )
