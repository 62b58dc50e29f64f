"""Who provides the access of each territory, and with whom it is shared: the flows of the recomputed APL.

The central variant of ``recomputed.toml``: head counts at the national mean activity, speeds by density class, one
decay per profession. It is Vigie's model, not DREES's: it says where the care within reach is and who else reaches it,
not where people do go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from vigie.access import fitting
from vigie.access.catchment import prepare
from vigie.access.flows import Flows, flows
from vigie.editions import recomputed
from vigie.editions.country import NEEDED, PROFESSIONS, Country, at_hand, country, place_measures
from vigie.editions.inputs import Input
from vigie.editions.observatory import Observatory, Territory
from vigie.editions.steps import Tables
from vigie.errors import InputError
from vigie.territories.reference import Reference

TABLE = "provision"
TOP = 6
"""How many of the greatest providers and sharers are told."""

CODE = (*recomputed.CODE, "editions/provision.py")
"""The rooms and files of the package that decide this table, beside those that read the inputs."""

_SKIPPED = ("france", "bassin_de_vie_2012", "canton_ou_ville")  # the whole country; levels that only zonings use
_TEXT, _SHARE, _COUNT = pl.String(), pl.Float32(), pl.Int32()
PROVISION = pl.Schema(
    {
        "level": _TEXT,
        "code": _TEXT,
        "profession": _TEXT,
        "period": _TEXT,
        "minutes": _SHARE,
        "own": _SHARE,
        "providers": _COUNT,
        "own_use": _SHARE,
        "sharers": _COUNT,
        "provider_codes": pl.List(_TEXT),
        "provider_shares": pl.List(_SHARE),
        "provider_minutes": pl.List(_SHARE),
        "provider_heads": pl.List(_SHARE),
        "sharer_codes": pl.List(_TEXT),
        "sharer_shares": pl.List(_SHARE),
    }
)
"""``minutes``: mean trip to the care within reach, over what it provides. ``own``: share of the access that
practitioners of the territory provide; ``providers``: how many territories of its level provide some. ``own_use``: part
of the use of those practitioners that is its own people's; ``sharers``: how many territories share them. Then the
``TOP`` greatest, with the practitioners that each of the providers has (head counts of the base permanente des
équipements)."""


@dataclass(frozen=True)
class Share:
    """A territory of the same level at the other end: its code (null outside every territory of the level), the share
    of the access that it provides or of the use that it makes, and for a provider minutes and practitioners there."""

    code: str | None
    share: float
    minutes: float | None = None
    heads: float | None = None


@dataclass(frozen=True)
class Provision:
    """What a row of the table says: see ``PROVISION``."""

    profession: str
    period: str
    minutes: float
    own: float
    providers: int
    own_use: float
    sharers: int
    providing: tuple[Share, ...]
    sharing: tuple[Share, ...]


def provision_tables(inputs: Mapping[str, Input], reference: Reference) -> Tables:
    """provision: a row per territory and profession of the APL, with the columns of ``PROVISION``, sorted.

    Empty where an input that it needs is not at hand. Territories without any access in the model have no row.
    """
    if not at_hand(inputs):
        return {TABLE: pl.DataFrame(schema=PROVISION)}
    needed = {name: inputs[name] for name in NEEDED}
    whole = country(needed, reference, place_measures(needed, reference), int(recomputed.plan().period))
    model, decay, supply = recomputed.plan().central.split("/")
    fitted = fitting.shipped()
    travel = fitted.travel(model, whole.points)
    grounds = [_ground(whole, reference, level) for level in reference.levels if level not in _SKIPPED]
    frames = []
    for name in PROFESSIONS:
        chosen = recomputed.decay_of(decay, name, fitted.models[model].decays)
        offered = fitted.supply(supply, name, whole.points.ids.tolist())
        heads = whole.published[name].heads
        catchment = prepare(travel, chosen, whole.published[name].demand)
        for own in grounds:
            found = flows(catchment, offered, own.starts, own.members, own.unit, TOP)
            frames.append(_table(own, name, found, heads))
    return {TABLE: pl.concat(frames).sort("level", "code", "profession")}


def reads(one: Input) -> bool:
    """Whether this table is made from ``one``."""
    return recomputed.reads(one)


@dataclass(frozen=True)
class _Ground:
    """The territories of a level as groups of the country's places, and the units that places count in: ``names`` are
    the codes of units, the last one null where some places are in none."""

    level: str
    codes: list[str]
    starts: np.typing.NDArray[np.int64]
    members: np.typing.NDArray[np.int64]
    unit: np.typing.NDArray[np.int64]
    names: list[str | None]


def _ground(whole: Country, reference: Reference, level: str) -> _Ground:
    """Communes are told by places (arrondissements of Paris, Lyon and Marseille), other levels by their own."""
    rows = np.searchsorted(reference.place_codes, whole.points.ids)
    codes, matrix = reference.membership_matrix(level)
    own = matrix[:, rows].tocsr()
    own.sort_indices()
    try:
        names, index = reference.members(level)
    except InputError:  # a set of perimeters that overlap: told by places
        names, index = reference.members("commune")
    unit = index[rows].astype(np.int64)
    outside = unit < 0
    known: list[str | None] = list(names)
    if outside.any():
        unit[outside] = len(known)
        known.append(None)
    return _Ground(level, codes, own.indptr.astype(np.int64), own.indices.astype(np.int64), unit, known)


def _table(own: _Ground, profession: str, found: Flows, heads: np.typing.NDArray[np.float64]) -> pl.DataFrame:
    """The rows of a profession at a level."""
    names = np.array([*own.names, None], dtype=object)  # -1, after the last unit, is the last
    counted = np.append(np.bincount(own.unit, heads, len(own.names)), np.nan)
    rows = np.flatnonzero(found.known)
    table = pl.DataFrame(
        {
            "level": pl.repeat(own.level, rows.size, dtype=pl.String, eager=True),
            "code": np.array(own.codes, dtype=object)[rows],
            "profession": pl.repeat(profession, rows.size, dtype=pl.String, eager=True),
            "period": pl.repeat(recomputed.plan().period, rows.size, dtype=pl.String, eager=True),
            "minutes": found.minutes[rows],
            "own": found.own[rows],
            "providers": found.providers[rows],
            "own_use": found.own_use[rows],
            "sharers": found.sharers[rows],
        }
    )
    given, taken = found.provider[rows] >= 0, found.sharer[rows] >= 0
    lists = {
        "provider_codes": _lists(names[found.provider[rows]], given, pl.String),
        "provider_shares": _lists(found.provided[rows].round(4), given, pl.Float32),
        "provider_minutes": _lists(found.provider_minutes[rows].round(1), given, pl.Float32),
        "provider_heads": _lists(counted[found.provider[rows]], given, pl.Float32),
        "sharer_codes": _lists(names[found.sharer[rows]], taken, pl.String),
        "sharer_shares": _lists(found.shared[rows].round(4), taken, pl.Float32),
    }
    return table.with_columns(**lists).select(*PROVISION).cast(PROVISION)


def _lists(
    values: np.typing.NDArray[np.generic], held: np.typing.NDArray[np.bool_], kind: type[pl.DataType]
) -> pl.Series:
    """The values of each row that are ``held``, as a list."""
    flat = pl.DataFrame(
        {"row": np.nonzero(held)[0], "value": pl.Series(values[held].tolist(), dtype=kind, strict=False)}
    )
    return flat.group_by("row", maintain_order=True).agg("value")["value"]


def provision(observatory: Observatory, territory: Territory) -> dict[str, Provision]:
    """Who provides the access of a territory and with whom it is shared, by profession; empty without any.

    Raises StorageError for an edition of an earlier version, without the table.
    """
    observatory.need(TABLE)
    names = [name for name in PROVISION if name not in ("level", "code")]
    told = observatory.long(TABLE, names, territory.level, territory.code)
    rows = (dict(zip(names, row, strict=True)) for row in told)
    found = {row["profession"]: _of_row(row) for row in rows}
    return {name: found[name] for name in PROFESSIONS if name in found}


def _of_row(row: Mapping[str, Any]) -> Provision:
    def lists(*names: str) -> list[tuple[Any, ...]]:
        return list(zip(*(row[name] for name in names), strict=True))

    plain = ("profession", "period", "minutes", "own", "providers", "own_use", "sharers")
    given = lists("provider_codes", "provider_shares", "provider_minutes", "provider_heads")
    return Provision(
        **{name: row[name] for name in plain},
        providing=tuple(Share(*one) for one in given),
        sharing=tuple(Share(*one) for one in lists("sharer_codes", "sharer_shares")),
    )
