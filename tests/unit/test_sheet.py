"""Where the overseas départements are drawn on the web map, and the axes of the charts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.editions.sheet import OVERSEAS, on_web_map, web_labels
from vigie.site.axes import axis

EARTH = 6378.137


def mercator(points: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(points).T
    return EARTH * np.column_stack([lon, np.arctanh(np.sin(lat))])


def length(lon: float, lat: float, east: float, north: float) -> float:
    """How long a step of so many km is on the web map, in km of its equator."""
    step = np.array([np.degrees(east / EARTH) / np.cos(np.radians(lat)), np.degrees(north / EARTH)])
    ends = mercator(on_web_map(np.array([[lon, lat], [lon + step[0], lat + step[1]]])))
    return float(np.hypot(*(ends[1] - ends[0])))


@pytest.mark.parametrize("part", OVERSEAS, ids=lambda part: part.name)
@pytest.mark.parametrize("step", [(10.0, 0.0), (0.0, 10.0)])
def test_a_kilometre_overseas_is_as_long_as_in_the_middle_of_france(part, step: tuple[float, float]) -> None:
    assert length(*part.middle, *step) == pytest.approx(length(3.0, 46.5, *step), rel=0.01)


def test_the_mainland_stays_and_no_part_covers_another() -> None:
    france = np.array([[2.35, 48.86], [9.2, 42.0], [-4.8, 48.4]])
    assert (on_web_map(france) == france).all()
    boxes = []
    for part in OVERSEAS:
        half = np.array([0.3, 0.2])
        low, high = part.middle - half, part.middle + half
        corners = on_web_map(np.array([low, high]))
        boxes.append((*corners.min(axis=0), *corners.max(axis=0)))
    for i, one in enumerate(boxes):
        assert one[0] > -8 and one[2] < -1.3 and one[1] > 41 and one[3] < 47.6, "in the ocean under Brittany"
        for other in boxes[:i]:
            assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    assert len(web_labels()) == 5


@given(st.floats(-1e5, 1e5), st.floats(0.001, 1e5))
def test_an_axis_holds_its_values_with_round_marks(low: float, spread: float) -> None:
    high = low + spread
    made = axis(low, high, 0, 100)
    assert made.low <= low + 1e-6 * spread and made.high >= high - 1e-6 * spread
    assert 2 <= len(made.marks) <= 14 and made.marks[0] == made.low and made.marks[-1] == made.high
    assert 0 <= made.at(low) <= made.at(high) <= 100
    for mark in made.marks:
        assert round(mark, made.decimals) == pytest.approx(mark, abs=1e-9)


def test_an_axis_of_one_value_still_has_two_marks() -> None:
    assert len(axis(3.0, 3.0, 0, 10).marks) >= 2
    assert axis(0.0, 0.0, 0, 10).marks == (0.0, 1.0)
