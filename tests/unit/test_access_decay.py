"""Decay: edges, shapes, presets and the errors of a bad definition."""

import math

import numpy as np
import pytest

from vigie.access import reference
from vigie.access.decay import (
    bands,
    describe,
    exponential,
    from_definition,
    gaussian,
    linear,
    logistic,
    preset,
    presets,
    read_preset,
    weights,
)
from vigie.errors import InputError, UnknownNameError

BARLET = bands([(0, 1.0), (5, 0.3), (10, 0.1)], 15)


def test_a_band_starts_at_its_lower_edge_and_the_limit_is_within_reach():
    just_below, just_above = np.nextafter(5.0, 0), np.nextafter(15.0, 99)
    minutes = [0, just_below, 5, 10, 15, just_above, math.inf]
    assert weights(BARLET, minutes).tolist() == [1, 1, 0.3, 0.1, 0.1, 0, 0]


@pytest.mark.parametrize(
    ("decay", "minutes", "expected"),
    [
        (linear(20), 5, 0.75),
        (linear(20), 20, 0.0),
        (gaussian(8, 20), 8, math.exp(-0.5)),
        (exponential(6, 20), 12, math.exp(-2)),
        (logistic(10, 2, 20), 0, 1.0),
        (logistic(10, 2, 20), 10, (1 + math.exp(-5)) / 2),
    ],
)
def test_each_family_has_its_shape(decay, minutes, expected):
    assert weights(decay, minutes) == pytest.approx(expected, rel=1e-12)
    assert weights(decay, decay.limit + 1e-9) == 0


def test_a_steep_logistic_does_not_overflow():
    assert weights(logistic(10, 1e-3, 20), [0, 9, 11]).tolist() == [1, 1, 0]


def test_every_preset_falls_from_one_and_agrees_with_the_reference():
    minutes = np.linspace(0, 60, 601)
    for each in presets():
        curve = weights(each.decay, minutes)
        assert curve[0] == 1
        assert (np.diff(curve) <= 0).all()
        assert curve == pytest.approx([reference.weight(each.decay, t) for t in minutes], abs=1e-12)


def test_presets_say_where_they_come_from():
    status = {each.id: each.status for each in presets()}
    assert status["barlet-2012"] == "published"
    assert status["gynecologue-45"] == "ours"  # the edges are official, the weights are not published
    assert all(each.source.fr and each.source.en and each.note.fr and each.note.en for each in presets())
    assert preset("barlet-2012").decay == BARLET


def test_an_unknown_preset_is_named_with_those_that_exist():
    with pytest.raises(UnknownNameError) as error:
        preset("barlet")
    assert "barlet-2012" in error.value.message("en")


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [(1, 1.0)],
        [(0, 1.0), (5, 1.1)],
        [(0, 0.3), (5, 0.5)],
        [(0, 1.0), (15, 0.5)],
        [(0, 1.0), (0, 0.5)],
        [(0, 0.0)],
    ],
)
def test_bands_must_rise_from_zero_and_weights_fall(steps):
    with pytest.raises(InputError):
        bands(steps, 15)


@pytest.mark.parametrize("minutes", [-1e-9, math.nan])
def test_a_negative_or_missing_time_is_refused(minutes):
    with pytest.raises(InputError):
        weights(BARLET, [1.0, minutes])


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"family": "cubic", "limit": 20},
        {"family": "linear"},
        {"family": "linear", "limit": 0},
        {"family": "linear", "limit": "20"},
        {"family": "linear", "limit": True},
        {"family": "linear", "limit": math.inf},
        {"family": "linear", "limit": 20, "sigma": 3},
        {"family": "gaussian", "limit": 20},
        {"family": "gaussian", "limit": 20, "sigma": -1},
        {"family": "bands", "limit": 20, "bands": "0=1"},
        {"family": "bands", "limit": 20, "bands": [[0]]},
    ],
)
def test_a_bad_definition_is_an_input_error(definition):
    with pytest.raises(InputError):
        from_definition(definition)


def test_a_definition_makes_the_same_decay_as_the_function():
    assert from_definition({"family": "gaussian", "limit": 20, "sigma": 8}) == gaussian(8, 20)
    assert from_definition({"family": "bands", "limit": 15, "bands": [[0, 1], [5, 0.3], [10, 0.1]]}) == BARLET


def test_an_incomplete_preset_names_the_file():
    with pytest.raises(InputError) as error:
        read_preset({"id": "x"}, "x.toml")
    assert "x.toml" in error.value.message("fr")


def test_a_decay_describes_itself_in_both_languages():
    assert describe(BARLET).en == "bands 0–5 min: 1; 5–10 min: 0.3; 10–15 min: 0.1"
    assert "limite 20 min" in describe(gaussian(8, 20)).fr
