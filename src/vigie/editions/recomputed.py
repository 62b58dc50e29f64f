"""The APL recomputed by Vigie for five professions, under several hypotheses: the value and its interval.

The central value knows nothing of a place's published APL: head counts at the national mean activity, speeds by density
class, one decay per profession for all France. The other variants change the travel model, the decay and the supply, up
to the one fitted to the published APL place by place (``recomputed.toml``). The interval is their range: hypotheses,
never a sampling error.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from vigie.access import fitting
from vigie.access.decay import Decay, preset
from vigie.access.sensitivity import sensitivity
from vigie.access.symmetric import symmetric_access
from vigie.editions.country import NEEDED, PROFESSIONS, Country, at_hand, country, place_measures
from vigie.editions.inputs import Input
from vigie.editions.steps import Tables
from vigie.indicators.compute import Measure
from vigie.territories.reference import Reference

NAME = "apl_recalculee"
CODE = ("access", "editions/recomputed.py", "editions/recomputed.toml", "editions/country.py")
"""The rooms and files of the package that decide these tables, beside those that read the inputs."""


@dataclass(frozen=True)
class Plan:
    """The contents of ``recomputed.toml``; a variant is called ``travel/decay/supply``."""

    period: str
    travels: tuple[str, ...]
    decays: tuple[str, ...]
    supplies: tuple[str, ...]
    central: str
    thresholds: dict[str, tuple[float, ...]]

    @property
    def variants(self) -> list[str]:
        """The names of the variants, in the order of the table's columns."""
        return ["/".join(parts) for parts in product(self.travels, self.decays, self.supplies)]


@cache
def plan() -> Plan:
    """The variants that an edition computes."""
    raw = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return Plan(
        period=raw["period"],
        travels=tuple(raw["travels"]),
        decays=tuple(raw["decays"]),
        supplies=tuple(raw["supplies"]),
        central=raw["central"],
        thresholds={name: tuple(values) for name, values in raw["thresholds"].items()},
    )


def recomputed_tables(inputs: Mapping[str, Input], reference: Reference) -> Tables:
    """variants and sensitivity, a row per profession and place; empty where an input that they need is not at hand.

    ``variants``: profession, place, and a column per variant. ``sensitivity``: profession, place, period, value (the
    central variant), low, median, high, under_2, under_2.5 and under_4 (share of the variants strictly under; null for
    professions without these thresholds), rank_low and rank_high (share of the standardised population in places of
    strictly lower access). Mayotte, where no APL is published, has no row.
    """
    if not at_hand(inputs):
        return _empty()
    needed = {name: inputs[name] for name in NEEDED}
    whole = country(needed, reference, place_measures(needed, reference), int(plan().period))
    values = _values(whole, fitting.shipped())
    frames = [_of_one(whole, name, values[:, number]) for number, name in enumerate(PROFESSIONS)]
    return {
        "variants": pl.concat(frame for frame, _ in frames),
        "sensitivity": pl.concat(frame for _, frame in frames),
    }


def reads(one: Input) -> bool:
    """Whether these tables are made from ``one``."""
    return one.source.id in NEEDED


def measures(tables: Tables, reference: Reference, snapshot: str) -> dict[str, Measure]:
    """The recomputed APL at the places of ``reference`` by name, with its variants: ``apl_mg_recalculee_2021``…"""
    found = {}
    places = reference.places.select(place="code")
    for (profession,), rows in tables["variants"].group_by("profession", maintain_order=True):
        own = places.join(rows, on="place", how="left", maintain_order="left").select(plan().variants)
        values = own.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        central = values[:, plan().variants.index(plan().central)]
        estimated = np.ones(len(central), dtype=bool)
        name = f"apl_{profession}_recalculee_{plan().period}"
        found[name] = Measure(central.copy(), estimated, snapshot, variants=values)
    return found


def snapshot_row(inputs: Mapping[str, Input]) -> dict[str, object]:
    """What observations of the recomputed APL refer to: the fitted preset and the inputs, as a row of ``snapshots``."""
    used = [inputs[name] for name in NEEDED if name in inputs]
    preset_sum = str(fitting.shipped().about["places_sha256"])
    parts = [preset_sum, *(one.snapshot for one in used)]
    return {
        "id": f"{NAME}@{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:12]}",
        "source": NAME,
        "rank": 0,
        "title_fr": "APL recalculée par Vigie",
        "title_en": "APL recomputed by Vigie",
        "producer": "Vigie",
        "licence": "Licence Ouverte 2.0",
        "landing": "",
        "period": plan().period,
        "files": ", ".join(one.snapshot for one in used),
        "sha256": preset_sum,
        "bytes": 0,
        "notes_fr": "Calcul de Vigie, non de la Drees : voir docs/methods-access.md.",
        "notes_en": "Computed by Vigie, not by DREES: see docs/methods-access.md.",
    }


def _empty() -> Tables:
    text = {"profession": pl.String, "place": pl.String}
    shares = ["value", "low", "median", "high", *_UNDER, "rank_low", "rank_high"]
    return {
        "variants": pl.DataFrame(schema=text | dict.fromkeys(plan().variants, pl.Float32)),
        "sensitivity": pl.DataFrame(schema=text | {"period": pl.String} | dict.fromkeys(shares, pl.Float64)),
    }


_UNDER = [f"under_{threshold:g}" for threshold in (2.0, 2.5, 4.0)]


def _values(whole: Country, fitted: fitting.Fitted) -> np.typing.NDArray[np.float32]:
    """The access of each place: places × professions × variants, in single precision."""
    names, ids = list(PROFESSIONS), whole.points.ids.tolist()
    demands = np.column_stack([whole.published[name].demand for name in names])
    supplies = np.stack(
        [[fitted.supply(kind, name, ids) for kind in plan().supplies] for name in names], axis=0
    ).transpose(2, 0, 1)
    blocks = []
    for model in plan().travels:
        travel = fitted.travel(model, whole.points)
        for name in plan().decays:
            decays = [decay_of(name, profession, fitted.models[model].decays) for profession in names]
            blocks.append(symmetric_access(travel, decays, demands, supplies).astype(np.float32))
    return np.concatenate(blocks, axis=2)


def decay_of(name: str, profession: str, fitted: Mapping[str, Decay]) -> Decay:
    """The decay of a variant: the one ``fitted`` for the profession, or the preset of that name."""
    return fitted[profession] if name == "fitted" else preset(name).decay


def _of_one(whole: Country, name: str, values: np.typing.NDArray[np.float32]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of one profession in both tables, in the order of the places' codes."""
    key = pl.DataFrame({"place": whole.points.ids}).select(pl.lit(name).alias("profession"), "place")
    variants = key.with_columns(pl.Series(column, values[:, k]) for k, column in enumerate(plan().variants))
    central = values[:, plan().variants.index(plan().central)].astype(np.float64)
    limits = plan().thresholds.get(name, ())
    spread = sensitivity(values, whole.published[name].demand, limits).with_columns(
        pl.lit(None, pl.Float64).alias(column) for column in _UNDER if not limits
    )
    ranges = spread.select("low", "median", "high", *_UNDER, "rank_low", "rank_high")
    own = key.with_columns(pl.lit(plan().period).alias("period"), pl.Series("value", central).fill_nan(None))
    order = ["profession", "place"]
    return variants.fill_nan(None).sort(order), pl.concat([own, ranges], how="horizontal").sort(order)
