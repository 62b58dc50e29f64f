"""Demand from people by age: weighted by what each class uses, and the weights behind a published demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from vigie.access.demand import AgeWeights, recover_age_weights, standardised_population
from vigie.errors import InputError, Where
from vigie.sources.grid import LINE
from vigie.sources.own import OwnTable, read_own

_Result = TypeVar("_Result")


def weighted_by_age(demand: Path, where: Sequence[str], weights: Path) -> tuple[OwnTable, OwnTable]:
    """The places of ``demand`` (id, ``where``, a column of people per class), and the table of ``weights``.

    ``weights`` has a row per class: ``class``, the name of its column, and ``weight``, what a person of it uses. The
    places get ``demand``, the standardised population: people weighted by age, brought back to the number of people.
    Raises InputError as :func:`vigie.sources.own.read_own`, for a class given twice and for people who all weigh 0.
    """
    scale = read_own(weights, ("class", "weight"))
    classes = scale.frame["class"].to_list()
    _different(classes, weights)
    lived = read_own(demand, ("id", *where, *classes))
    by_age, weight = lived.frame.select(classes).to_numpy(), scale.frame["weight"].to_numpy()
    people = _in_file(demand, lambda: standardised_population(by_age, weight))
    return replace(lived, frame=lived.frame.drop(classes).with_columns(pl.Series("demand", people))), scale


def recovered(path: Path, classes: Sequence[str]) -> tuple[AgeWeights, int]:
    """The age weights behind the column ``standardised`` of a file with a column of people per class; its places.

    Raises InputError as :func:`vigie.sources.own.read_own` and :func:`vigie.access.demand.recover_age_weights`.
    """
    _different(classes, path)
    frame = read_own(path, ("id", "standardised", *classes)).frame
    by_age, published = frame.select(classes).to_numpy(), frame["standardised"].to_numpy()
    return _in_file(path, lambda: recover_age_weights(by_age, published)), frame.height


def _different(classes: Sequence[str], path: Path) -> None:
    """Raise InputError where a class is named twice, or as a column that means something else."""
    seen = {LINE, "id", "lon", "lat", "demand", "standardised"}
    for name in classes:
        if name in seen:
            raise InputError(
                "classe d'âge donnée deux fois, ou qui porte le nom d'une autre colonne.",
                "age class given twice, or named as another column.",
                remedy_fr="Une classe est une colonne d'habitants, nommée une fois.",
                remedy_en="A class is a column of people, named once.",
                where=Where(path, column="class", value=name),
            )
        seen.add(name)


def _in_file(path: Path, compute: Callable[[], _Result]) -> _Result:
    """What ``compute`` gives; what is wrong with it is told of ``path``."""
    try:
        return compute()
    except InputError as fault:
        fault.where = replace(fault.where, file=path)
        raise
