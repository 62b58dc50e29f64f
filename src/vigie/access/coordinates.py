"""Coordinates that are not what they should be: in metres of a projection, or with longitude and latitude swapped.

A swap is seen only where it matters to us: a point that is nowhere in France and would be in France the other way. Real
points of East Africa look so too (longitude 41 to 52, latitude −6 to 10): whoever studies them says so.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypedDict, cast

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Mask
from vigie.access.travel import in_france
from vigie.language import Text


@dataclass(frozen=True)
class Fault:
    """What is wrong with some points (``bad`` marks them), and what to do about it."""

    bad: Mask
    text: Text
    remedy: Text


class _Projection(TypedDict):
    name: str
    epsg: int
    bounds: list[float]


def not_degrees(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Fault | None:
    """Points out of ±180° and ±90°: swapped, in a projection (each that fits them is named), or neither."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    bad = (np.abs(x) > 180) | (np.abs(y) > 90)
    if not bad.any():
        return None
    if ((np.abs(x[bad]) <= 90) & (np.abs(y[bad]) <= 180)).all():
        return _swapped(bad)
    found = [f"{one['name']}, EPSG:{one['epsg']}" for one in _projections() if _fits(one["bounds"], x[bad], y[bad])]
    if not found:
        return Fault(
            bad,
            Text("ces coordonnées ne sont pas des degrés.", "these coordinates are not degrees."),
            Text(
                "Donnez des longitudes (±180) et latitudes (±90) en degrés, WGS 84.",
                "Give longitudes (±180) and latitudes (±90) in degrees, WGS 84.",
            ),
        )
    # A few points may fit several: their zones overlap in metres.
    return Fault(
        bad,
        Text(
            f"ces coordonnées semblent être en {' ou '.join(found)}.",
            f"these coordinates look like {' or '.join(found)}.",
        ),
        Text(
            "Convertissez-les en longitude et latitude (EPSG:4326, WGS 84).",
            "Convert them to longitude and latitude (EPSG:4326, WGS 84).",
        ),
    )


def swapped_in_france(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Fault | None:
    """Points outside France that would be inside with longitude and latitude swapped."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    bad = ~in_france(x, y) & in_france(y, x)
    return _swapped(bad) if bad.any() else None


def _swapped(bad: Mask) -> Fault:
    return Fault(
        bad,
        Text("longitude et latitude semblent échangées.", "longitude and latitude look swapped."),
        Text("Échangez les colonnes lon et lat.", "Swap the columns lon and lat."),
    )


def _fits(bounds: list[float], x: Floats, y: Floats) -> bool:
    west, south, east, north = bounds
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return bool(inside.mean() >= 0.9)


@cache
def _projections() -> tuple[_Projection, ...]:
    text = (resources.files("vigie.access") / "projections.toml").read_text("utf-8")
    return tuple(cast(dict[str, _Projection], tomllib.loads(text)).values())
