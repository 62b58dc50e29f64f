"""A fitted preset: what a calibration found, as data that ships with Vigie and is read back without fitting again.

Two files in a folder. ``preset.toml`` says what it was fitted on (year, snapshots), how freely (spreads), what came
out for all France (decays by profession, speeds by density class, minutes at each end) and how well it predicts what it
has not seen. ``places.parquet`` has a row per place: for each model its speed, and the supply of each profession.
Everything in it is ours: no official text gives any of it.

Two models, each with its own decays:

- ``national``: the same parameters all over France: a speed and an activity per head by density class. It knows of a
  place its inhabitants, its practitioners and its class, and nothing of its published APL;
- ``local``: départements, bassins de vie and places differ in speed and in activity. It is the nearest to DREES,
  because it was fitted to DREES place by place.
"""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from vigie.access.arrays import Floats
from vigie.access.calibration import Calibration
from vigie.access.decay import Decay, from_definition
from vigie.access.travel import Points, TravelTimes, crow_fly, with_speeds
from vigie.errors import InputError, UnknownNameError, Where

if TYPE_CHECKING:
    import polars as pl

MODELS: Final = ("national", "local")
SUPPLIES: Final = ("heads", "classes", "places")
"""What a practitioner counts for: the national mean of the profession; that of the density class, as the national model
has it; that of the place, fitted to its published APL, as the local model has it."""

PRESET, PLACES = "preset.toml", "places.parquet"
_RADIUS = 26.0  # km as the crow flies: no pair is looked at beyond


@dataclass(frozen=True)
class Model:
    """One model of a fitted preset: its ``access`` minutes at each end, and its ``decays`` by profession."""

    access: float
    decays: dict[str, Decay]


@dataclass(frozen=True)
class Fitted:
    """A fitted preset: made by :func:`read`. ``about`` is the whole ``preset.toml``; ``places`` its table."""

    about: dict[str, Any]
    models: dict[str, Model]
    places: pl.DataFrame

    def speeds(self, model: str, ids: Sequence[str]) -> Floats:
        """The speed in km/h of each place of ``ids`` in ``model``. Raises UnknownNameError for a place not fitted."""
        return self._column(f"speed_{model}", ids)

    def supply(self, kind: str, profession: str, ids: Sequence[str]) -> Floats:
        """The supply of each place of ``ids``: ``kind`` is one of ``SUPPLIES``, in the unit of the APL's numerator.

        Raises UnknownNameError for a place not fitted.
        """
        return self._column(f"{kind}_{profession}", ids)

    def travel(self, model: str, points: Points, limit: float = 20.0) -> TravelTimes:
        """The travel times of ``model`` between ``points`` that were fitted, within ``limit`` minutes.

        Raises UnknownNameError for a place not fitted.
        """
        moved = with_speeds(points, self.speeds(model, points.ids.tolist()), self.models[model].access)
        return crow_fly(moved, moved, limit, radius=_RADIUS)

    def _column(self, name: str, ids: Sequence[str]) -> Floats:
        import polars as pl

        found = pl.DataFrame({"place": ids}, schema={"place": pl.String}).join(
            self.places.select("place", name), on="place", how="left", maintain_order="left"
        )
        lacking = found.filter(pl.col(name).is_null())["place"].to_list()
        if lacking:
            raise UnknownNameError(
                f"{len(lacking)} lieux ne sont pas dans le préréglage calé ({', '.join(lacking[:3])}).",
                f"{len(lacking)} places are not in the fitted preset ({', '.join(lacking[:3])}).",
                remedy_fr="Refaites-le pour vos lieux : vigie calibrate.",
                remedy_en="Make it anew for your places: vigie calibrate.",
            )
        return found[name].cast(pl.Float64).to_numpy()


def read(preset: bytes, places: bytes, file: str = PRESET) -> Fitted:
    """A fitted preset from the contents of its two files.

    Raises InputError when the first is not TOML or lacks a field, or when the second is not the table that the first
    was written with.
    """
    import polars as pl

    try:
        about = tomllib.loads(preset.decode("utf-8"))
        models = {
            name: Model(
                float(about["models"][name]["access"]),
                {each: from_definition(decay) for each, decay in about["models"][name]["decays"].items()},
            )
            for name in MODELS
        }
        expected = about["places_sha256"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError, ValueError) as fault:
        raise InputError(
            f"préréglage calé illisible ({fault}).",
            f"unreadable fitted preset ({fault}).",
            remedy_fr="Refaites-le : vigie calibrate -o DOSSIER.",
            remedy_en="Make it anew: vigie calibrate -o FOLDER.",
            where=Where(file=file),
        ) from None
    if hashlib.sha256(places).hexdigest() != expected:
        raise InputError(
            "la table des lieux n'est pas celle que le préréglage annonce.",
            "the table of places is not the one that the preset announces.",
            remedy_fr="Refaites-les ensemble : vigie calibrate -o DOSSIER.",
            remedy_en="Make them together again: vigie calibrate -o FOLDER.",
            where=Where(file=PLACES),
        )
    return Fitted(about, models, pl.read_parquet(io.BytesIO(places)))


@cache
def shipped() -> Fitted:
    """The fitted preset that ships with the room."""
    folder = resources.files("vigie.access") / "fitted"
    return read((folder / PRESET).read_bytes(), (folder / PLACES).read_bytes())


def places_table(calibrations: Mapping[str, Calibration], heads: Mapping[str, Floats]) -> pl.DataFrame:
    """The table of places of a preset, sorted by place, in single precision.

    ``calibrations`` by model; ``heads`` the supply of each profession by head count and national activity. Columns:
    ``place``, ``speed_`` and a model in km/h, and for each profession ``heads_``, ``classes_`` and ``places_``.
    """
    import polars as pl

    national, local = (calibrations[model] for model in MODELS)
    columns: dict[str, Floats] = {f"speed_{name}": 60.0 / one.points.pace for name, one in calibrations.items()}
    for profession, supply in heads.items():
        columns[f"heads_{profession}"] = supply
        columns[f"classes_{profession}"] = national.supply[profession]
        columns[f"places_{profession}"] = local.supply[profession]
    table = pl.DataFrame({"place": local.points.ids, **{name: np.float32(v) for name, v in columns.items()}})
    return table.sort("place")


def parquet(table: pl.DataFrame) -> bytes:
    """The table as Parquet: the same table gives the same bytes."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=19, row_group_size=100_000)
    return buffer.getvalue()


def decay_table(decay: Decay) -> dict[str, Any]:
    """A fitted decay as the table of a ``.toml`` file that :func:`vigie.access.decay.from_definition` reads.

    Knots that lie on the line between their neighbours are left out, and weights rounded to 1e-4.
    """
    starts, levels = [*decay.starts, decay.limit], [*(round(level, 4) for level in decay.levels), 0.0]
    kept = [
        k
        for k in range(len(starts) - 1)
        if k == 0 or abs(levels[k] - np.interp(starts[k], starts[k - 1 : k + 2 : 2], levels[k - 1 : k + 2 : 2])) > 1e-9
    ]
    return {"family": "line", "limit": decay.limit, "line": [[starts[k], levels[k]] for k in kept]}
