"""Times by the fitted preset that ships with Vigie, for French places or for anyone's points in France.

A point that is not a commune takes the speed of the nearest one. Fitted minutes are not minutes of driving: they are
those with which the fitted decays give the published APL best.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from vigie.access.fitting import Fitted, shipped
from vigie.access.travel import TravelTimes, on_the_globe
from vigie.editions.french import french_places
from vigie.editions.grounds import Ground, some, straight_times
from vigie.editions.inputs import gather, require
from vigie.errors import InputError
from vigie.language import Text, plural

FARTHEST: Final = 50.0  # km from a point to the commune whose speed it takes
RADIUS: Final = 26.0  # km as the crow flies: the fit looked at no pair beyond


def calibrated_times(home: Path, ground: Ground, model: str, limit: float) -> TravelTimes:
    """Fitted minutes between the places and the sites of ``ground``; ``model`` is one of ``fitting.MODELS``.

    ``home`` is where downloads are kept. Raises InputError for points outside France.
    """
    fitted = shipped()
    inputs = gather([], home / "snapshots")
    require(inputs, ("communes",))
    known = (
        french_places(inputs["communes"].table())
        .drop_nulls("lon")
        .join(fitted.places.select(code="place"), on="code", how="semi")
    )
    speeds = (
        _speeds(ground.places, known, fitted, model, ground.shared_ids),
        _speeds(ground.sites, known, fitted, model, ground.shared_ids),
    )
    times = straight_times(ground, limit, speeds, access=fitted.models[model].access, radius=RADIUS)
    words = Text(
        f"temps calés par Vigie sur l'APL {fitted.about['year']} (modèle {model}), limite {limit:g} min",
        f"times fitted by Vigie to the APL of {fitted.about['year']} (model {model}), limit {limit:g} min",
    )
    return TravelTimes(times.places, times.sites, times.indptr, times.indices, times.minutes, times.limit, words)


def _speeds(
    frame: pl.DataFrame, known: pl.DataFrame, fitted: Fitted, model: str, communes: bool
) -> npt.NDArray[np.float64]:
    """The speed of each row: of its own commune where ``communes`` says that ids are codes, else of the nearest."""
    codes = frame["id"] if communes else pl.Series(["" for _ in range(frame.height)], dtype=pl.String)
    own = codes.is_in(known["code"].implode())
    nearest = _nearest(frame.filter(~own), known, strict=not communes)
    chosen = codes.to_numpy().astype(object)
    chosen[~own.to_numpy()] = nearest
    return fitted.speeds(model, chosen.tolist())


def _nearest(frame: pl.DataFrame, known: pl.DataFrame, *, strict: bool) -> list[str]:
    """The code of the nearest of ``known`` to each row. Raises InputError for a row far from all, where ``strict``."""
    if frame.is_empty():
        return []
    from scipy.spatial import cKDTree

    there, here = (on_the_globe(table["lon"].to_numpy(), table["lat"].to_numpy()) for table in (known, frame))
    metres, found = (np.asarray(part) for part in cKDTree(there).query(here))
    far = frame.filter(pl.Series(metres > 1000 * FARTHEST))
    if strict and far.height:
        count = plural(far.height, "1 point", f"{far.height} points", "en")
        raise InputError(
            f"{count} à plus de {FARTHEST:g} km de toute commune de France ({some(far['id'].to_list())}).",
            f"{count} more than {FARTHEST:g} km from any commune of France ({some(far['id'].to_list())}).",
            remedy_fr="Les temps calés ne valent qu'en France : prenez --model crow-fly ou une matrice (--travel).",
            remedy_en="Fitted times hold in France alone: take --model crow-fly or a matrix (--travel).",
        )
    return known["code"].gather(found).to_list()
