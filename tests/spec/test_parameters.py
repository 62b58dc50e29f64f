"""The parameters that figures depend on, as the methods write them down: one that moves shows here first.

Each is a threshold of a text, a convention of a published method, or a choice of ours (docs/methods*.md). What only
decides how fast an answer comes, or how closely a search looks, is not among them.
"""

from __future__ import annotations

import importlib

import pytest

from vigie.access.calibration import Spreads
from vigie.access.travel import DETOUR
from vigie.levers.professions import professions

WRITTEN = {
    "access.calibration": {"_BASE_SPEED": 60.0, "_ACCESS": 0.5, "_ACCESS_SPREAD": 1.0},
    "access.fitting": {"_RADIUS": 26.0},
    "access.speed_field": {
        "SMOOTHING": 300.0, "NEARNESS": 0.1, "NEIGHBOURS": 8, "CANDIDATES": 12, "NOISE": 2.0, "AT": 20.0, "HUBER": 3.0,
        "STEPS": 6, "BLOCK": 50_000.0,
    },
    "access.supply": {"GP_FLOOR": 3600.0, "GP_CAP": 6000.0, "CONSULTATIONS_PER_ETP": 5400.0},
    "indicators.compute": {"FULL_COVERAGE": 0.995, "LEAST_COVERAGE": 0.5},
    "indicators.imported": {"PRODUCERS_THRESHOLD": 5},
    "indicators.relation": {"LEVEL": 0.95, "FEWEST": 5},
    "indicators.statistics": {"USUAL": 0.95, "STRICT": 0.998},
    "indicators.trajectory": {"LEAST_SPAN": 0.25},
    "indicators.trend": {"LAST": 5, "SIGNIFICANT": 9.5495},
    "zoning.classes": {"LEAST_COVERAGE": 0.5, "UNKNOWN": -1},
    "zoning.meshes": {"LARGE": 50_000, "URBAN_POLE": 30_000},
    "zoning.reasons": {"BORDERLINE": 0.05},
    "zoning.redirect": {"WITHIN": 60.0},
    "zoning.rules": {"ROUNDING": 0.05},
    "levers.allocation": {"PRIORITY": 0.5},
    "levers.effects": {"STEADY": 3, "TRIP_PLACES": 1_200},
    "levers.ground": {"HOUR": 60.0, "NEAR": 30.0, "LONGEST": 20.0, "RADIUS": 26.0, "_FAR": 60.0},
    "levers.pairing": {"_STEP": 0.5},
    "levers.portfolio": {"CANDIDATES": 1_500},
    "levers.scenario": {"LARGEST": 64_000, "ACTIONS": 40, "TERRITORIES": 50, "COMPARED": 6},
}  # fmt: skip
SPREADS = {
    "speed": 0.1, "class_speed": 0.1, "area_speed": 0.1, "class_activity": 0.2, "area_activity": 0.1, "activity": 0.35,
}  # fmt: skip


@pytest.mark.parametrize("room", sorted(WRITTEN))
def test_each_parameter_is_the_one_written_down(room: str) -> None:
    module = importlib.import_module(f"vigie.{room}")
    assert {name: getattr(module, name) for name in WRITTEN[room]} == WRITTEN[room]


def test_the_defaults_of_calibration_and_the_detour_are_those_written_down() -> None:
    spreads = Spreads()
    assert {name: getattr(spreads, name) for name in SPREADS} == SPREADS
    assert DETOUR == 1.3


def test_the_least_change_that_is_told_of_a_place_by_profession() -> None:
    told = {name: one.least for name, one in professions().items()}
    assert told == {"mg": 0.005, "infirmiers": 0.2, "kines": 0.2, "sages_femmes": 0.03, "dentistes": 0.1}
