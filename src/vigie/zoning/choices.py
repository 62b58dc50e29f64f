"""What a text leaves to the ARS: zones moved to another class, by hand or by a stated criterion, within a ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl

from vigie.errors import InputError, UnknownNameError, Where
from vigie.zoning.apply import Zoning
from vigie.zoning.classes import Floats, Integers, summed
from vigie.zoning.field import Field
from vigie.zoning.picture import in_need
from vigie.zoning.rules import Move, Rule, professions

Criterion = Literal["lowest", "need"]
"""``lowest``: the worst served zones first; ``need``: those with most people in real difficulty first."""
CRITERIA: tuple[Criterion, ...] = ("lowest", "need")

_SLACK = 1e-9


def find_move(rule: Rule, name: str) -> Move:
    """The choice of that id. Raises UnknownNameError with those that the rule leaves."""
    found = next((one for one in rule.moves if one.id == name), None)
    if found is None:
        names = ", ".join(one.id for one in rule.moves) or "—"
        raise UnknownNameError(
            f"la règle {rule.id} ne laisse pas le choix « {name} ». Choix : {names}.",
            f"the rule {rule.id} leaves no choice “{name}”. Choices: {names}.",
        )
    return found


def by_hand(zoning: Zoning, move: Move, zones: Sequence[str], ceiling: float | None = None) -> Zoning:
    """``zoning`` with these zones moved. ``ceiling`` (per cent) replaces that of the text, and is needed without one.

    Raises UnknownNameError for a zone that does not exist, InputError for one that the move does not take and where a
    région goes past its ceiling.
    """
    at = {name: place for place, name in enumerate(zoning.mesh.zones["zone"])}
    for zone in zones:
        if zone not in at:
            raise UnknownNameError(
                f"zone inconnue : « {zone} ». La liste : vigie zone {zoning.rule.id} --json.",
                f"unknown zone: “{zone}”. The list: vigie zone {zoning.rule.id} --json.",
            )
    chosen = np.array([at[zone] for zone in dict.fromkeys(zones)], dtype=np.int64)
    _refuse_strangers(zoning, move, chosen)
    room = ceilings(zoning, move, ceiling)
    used = pl.DataFrame({"region": zoning.mesh.zones["region"].gather(chosen), "used": zoning.people[chosen]})
    over = (
        used.group_by("region").agg(pl.col("used").sum()).join(room, on="region", how="left")
        .filter(pl.col("used") > pl.col("ceiling") * (1 + _SLACK)).sort("region")
    )  # fmt: skip
    if over.height:
        first = over.row(0, named=True)
        raise InputError(
            f"le choix « {move.id} » prend {first['used']:.0f} habitants dans la région {first['region']}, "
            f"plafond {first['ceiling']:.0f}.",
            f"the choice “{move.id}” takes {first['used']:.0f} people in région {first['region']}, "
            f"ceiling {first['ceiling']:.0f}.",
            remedy_fr="Retirez des zones ou indiquez un autre plafond.",
            remedy_en="Remove zones or state another ceiling.",
            where=Where(column="zones", value=", ".join(zones[:5])),
        )
    return _moved(zoning, move, chosen)


def by_criterion(
    zoning: Zoning, move: Move, criterion: Criterion, field: Field, ceiling: float | None = None
) -> Zoning:
    """``zoning`` with as many zones moved as the ceiling of each région allows, in the order of ``criterion``.

    A zone that does not fit is passed over and the next one tried; zones of equal merit go by code. Raises InputError
    where neither the text nor ``ceiling`` gives a ceiling.
    """
    order = _order(zoning, criterion, field)
    origins = _origins(zoning, move)
    left = dict(ceilings(zoning, move, ceiling).select("region", "ceiling").iter_rows())
    region, taken = zoning.mesh.zones["region"].to_list(), []
    for zone in order[origins[order]]:
        people = zoning.people[zone]
        if people <= left.get(region[zone], 0.0) * (1 + _SLACK):
            left[region[zone]] -= people
            taken.append(zone)
    return _moved(zoning, move, np.array(taken, dtype=np.int64))


def ceilings(zoning: Zoning, move: Move, ceiling: float | None = None) -> pl.DataFrame:
    """The most people that a move may take in each région: region, people (those that the share is of), ceiling.

    ``ceiling`` (per cent) comes before those that the text gives each région, and these before that of all. A zone over
    two régions counts in the one where most of its people live. Raises InputError without a ceiling.
    """
    share = ceiling if ceiling is not None else move.ceiling
    if share is None and not move.regions:
        raise InputError(
            f"le plafond du choix « {move.id} » n'est donné par aucun texte à disposition.",
            f"no text at hand gives the ceiling of the choice “{move.id}”.",
            remedy_fr="Indiquez-le en % (--ceiling 20), ou apportez les plafonds des régions "
            f"(vigie zone {zoning.rule.id} --keep-regions FICHIER.csv).",
            remedy_en="State it in % (--ceiling 20), or bring the ceilings of the régions "
            f"(vigie zone {zoning.rule.id} --keep-regions FILE.csv).",
            where=Where(column="ceiling"),
        )
    ids = [one.id for one in zoning.rule.classes]
    counted = np.ones(zoning.mesh.size) if move.of == "region" else zoning.position == ids.index(move.of)
    table = pl.DataFrame({"region": zoning.mesh.zones["region"], "people": zoning.people * counted})
    summed = table.group_by("region").agg(pl.col("people").sum()).sort("region")
    stated = pl.lit(share, pl.Float64)
    if ceiling is None and move.regions:  # a région that the text does not name has no room of its own
        stated = pl.col("region").replace_strict(
            {code: float(most) for code, most in move.regions.items()}, default=share or 0.0, return_dtype=pl.Float64
        )
    return summed.with_columns(ceiling=pl.col("people") * stated / 100)


def _origins(zoning: Zoning, move: Move) -> np.typing.NDArray[np.bool_]:
    ids = [one.id for one in zoning.rule.classes]
    found: np.typing.NDArray[np.bool_] = np.isin(zoning.position, [ids.index(name) for name in move.origins])
    return found


def _refuse_strangers(zoning: Zoning, move: Move, chosen: Integers) -> None:
    strangers = chosen[~_origins(zoning, move)[chosen]]
    if strangers.size:
        row = zoning.mesh.zones.row(int(strangers[0]), named=True)
        names = ", ".join(move.origins)
        raise InputError(
            f"le choix « {move.id} » ne prend que des zones de classe {names} ; {row['name']} n'en est pas.",
            f"the choice “{move.id}” takes only zones of class {names}; {row['name']} is not of them.",
            where=Where(column="zones", value=row["zone"]),
        )


def _order(zoning: Zoning, criterion: Criterion, field: Field) -> Integers:
    if criterion == "lowest":
        merit: Floats = np.where(np.isfinite(zoning.valued.value), zoning.valued.value, np.inf)
    else:
        need = professions()[zoning.rule.profession].need
        needy = in_need(need, field, zoning.period) if need else np.zeros(field.places.height)
        merit = -summed(np.nan_to_num(needy) * field.residents, zoning.mesh.index, zoning.mesh.size)
    return np.argsort(merit, kind="stable")  # zones are in the order of their codes


def _moved(zoning: Zoning, move: Move, chosen: Integers) -> Zoning:
    position = zoning.position.copy()
    position[chosen] = [one.id for one in zoning.rule.classes].index(move.target)
    return replace(zoning, position=position)
