"""A small country for the tests of zoning: places, memberships, names, and one indicator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from vigie.zoning.classes import Figures
from vigie.zoning.field import Field
from vigie.zoning.rules import Class, Rule

PLACES = {
    # code: bassin 2022, bassin 2012, canton, urban unit, city, region, people
    "10001": ("10001", "10001", "1001", "10101", None, "A", 40_000),
    "10002": ("10001", "10001", "1001", "10000", None, "A", 1_000),
    "10003": ("10003", "10003", "1002", "10000", None, "A", 3_000),
    "10004": ("10003", "10003", "1002", "10000", None, "B", 500),
    "75101": ("75056", "75056", "7599", "00851", "75056", "B", 20_000),
    "75102": ("75056", "75056", "7599", "00851", "75056", "B", 20_000),
    "97601": ("97601", None, "9760", "97000", None, "C", None),
}


def places() -> pl.DataFrame:
    rows = [
        {"code": code, "name": f"N{code}", "departement": code[:2], "region": region, "epci": f"E{bassin}",
         "bassin_de_vie": bassin, "bassin_de_vie_2012": old, "canton_ou_ville": canton, "unite_urbaine": unit,
         "city": city, "population": people, "lon": 2.0, "lat": 47.0}
        for code, (bassin, old, canton, unit, city, region, people) in PLACES.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"population": pl.Int64, "city": pl.String})


def memberships(**levels: Sequence[tuple[str, str]]) -> pl.DataFrame:
    rows = [(place, level, code) for level, pairs in levels.items() for place, code in pairs]
    rows += [(code, "bassin_de_vie", row[0]) for code, row in PLACES.items()]
    return pl.DataFrame(rows, schema={"place": pl.String, "level": pl.String, "code": pl.String}, orient="row")


def territories() -> pl.DataFrame:
    names = {row[0]: f"Bassin {row[0]}" for row in PLACES.values()}
    return pl.DataFrame({"level": "bassin_de_vie", "code": list(names), "name": list(names.values())})


def field(values: Sequence[float], weights: Sequence[float] | None = None, **more: object) -> Field:
    people = places()["population"].fill_null(0).to_numpy().astype(np.float64)
    figures = {("apl_mg", "2021"): Figures(np.array(values, dtype=float), people if weights is None
                                           else np.array(weights, dtype=float))}  # fmt: skip
    return Field(places(), memberships(), territories(), figures, **more)  # type: ignore[arg-type]


def a_class(name: str, role: str = "none", **ends: object) -> Class:
    return Class.model_validate({"id": name, "title": {"fr": name, "en": name}, "role": role, **ends})


def a_rule(*classes: Class, **more: object) -> Rule:
    words = {"fr": "x", "en": "x"}
    return Rule.model_validate(
        {"id": "regle", "title": words, "profession": "mg", "status": "ours", "text": words, "source": words,
         "mesh": "bassin_de_vie_plm", "indicator": "apl_mg", "classes": [one.model_dump() for one in classes], **more}
    )  # fmt: skip
