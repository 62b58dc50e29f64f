"""The speed field on the embedded tables: what it is fitted to, how near it comes, and whom no road reaches."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.access.speed_field import SpeedField, times_to_nearest
from vigie.access.travel import crow_fly
from vigie.editions import travel
from vigie.editions.inputs import gather


@pytest.fixture(scope="module")
def calibration() -> travel.Calibration:
    inputs = gather([], None)
    return travel.calibration({name: inputs[name].table() for name in travel.NEEDED})


@pytest.fixture(scope="module")
def field(calibration) -> SpeedField:
    return calibration.field()


def test_times_whose_nearest_department_came_or_went_are_left_out(calibration):
    seen = calibration.seen
    ids = calibration.communes.ids
    assert np.isfinite(seen.minutes).sum() == pytest.approx(33_300, abs=50)
    assert seen.dropped == pytest.approx(975, abs=30)
    known = dict(zip(ids.tolist(), seen.minutes.tolist(), strict=True))
    assert np.isnan(known["38191"])  # Huez
    assert np.isnan(known["17385"])  # Saint-Pierre-d'Oléron


def test_islands_without_a_road_are_found_and_the_mainland_is_not(calibration):
    isolated = set(calibration.communes.ids[calibration.seen.isolated].tolist())
    islands = {"29155", "29083", "29084", "29082", "56085", "56086", "56087", "56088", "85113", "17004", "22016"}
    assert islands <= isolated
    assert {"97131", "97130", "97110", "97353", "97362"} <= isolated
    assert isolated.isdisjoint({"75101", "13201", "69381", "14666", "55138", "85165"})
    assert len(isolated) < 30


def test_the_field_explains_the_published_times_better_than_one_speed(calibration, field):
    flat = SpeedField(calibration.communes, calibration.communes.pace, calibration.communes.access)
    used = np.isfinite(calibration.seen.minutes)
    gaps = {
        name: np.abs(times_to_nearest(each, calibration.seen.sites) - calibration.seen.minutes)[used].mean()
        for name, each in (("field", field), ("flat", flat))
    }
    assert gaps["field"] == pytest.approx(2.43, abs=0.1)
    assert gaps["flat"] == pytest.approx(4.82, abs=0.1)
    speed = dict(zip(calibration.communes.ids.tolist(), (60 / field.pace).tolist(), strict=True))
    assert speed["05046"] < 50 < speed["28085"]  # Embrun in the mountains, Chartres in the plain
    assert 20 < min(speed.values()) < max(speed.values()) < 130


def test_no_road_reaches_an_island(calibration, field):
    some = travel.commune_points(gather([], None)["communes"].table())
    found = travel.field_times(calibration, field, some, some, 15)
    island = found.places[found.rows] == "56087"  # Île-aux-Moines, two kilometres from the mainland
    assert found.sites[found.indices[island]].tolist() == ["56087"]
    straight = crow_fly(some, some, 15)
    assert (straight.places[straight.rows] == "56087").sum() > 5
