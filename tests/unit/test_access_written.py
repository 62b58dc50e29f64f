"""Decays written on a line, methods by name, reach and coordinates, on cases small enough to check by eye."""

import numpy as np
import polars as pl
import pytest

from vigie.access.coordinates import not_degrees, swapped_in_france
from vigie.access.decay import bands, exponential, gaussian, line, linear, logistic, preset
from vigie.access.methods import METHODS, measure
from vigie.access.reach import reach
from vigie.access.travel import from_table
from vigie.access.written import read_decay
from vigie.errors import InputError, UnknownNameError, VigieError

WRITTEN = {
    "linear:20": linear(20),
    "bands:5=1,10=0.3,15=0.1": bands([(0, 1), (5, 0.3), (10, 0.1)], 15),
    "bands:30=1": bands([(0, 1)], 30),
    "line:0=1,10=0.4,20=0": line([(0, 1), (10, 0.4)], 20),
    "gaussian:8,20": gaussian(8, 20),
    "exponential:6,20": exponential(6, 20),
    "logistic:10,2,20": logistic(10, 2, 20),
    "barlet-2012": preset("barlet-2012").decay,
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_decay_is_read_from_a_line(text):
    assert read_decay(text).decay == WRITTEN[text]


def test_a_fitted_decay_goes_by_its_model_and_profession():
    found = read_decay("fitted-mg"), read_decay("fitted-local-mg")
    assert all(one.decay.family == "line" and one.decay.limit == 20 for one in found)
    assert found[0].decay != found[1].decay
    assert "choix de Vigie" in found[0].provenance.fr
    with pytest.raises(UnknownNameError, match="fitted-local-kines"):
        read_decay("fitted-local-kine")


def test_a_decay_says_where_it_comes_from():
    assert "Barlet" in read_decay("barlet-2012").provenance.fr
    assert "aucun texte officiel" in read_decay("linear-20").provenance.fr
    assert read_decay("linear:20").provenance.en == "given by the user"


@pytest.mark.parametrize(
    "text",
    ["bands:5", "bands:", "bands:5=1,3=0.5", "line:0=1", "line:0=1,20=0.5", "gaussian:8", "linear:-1", "linear:x"],
)
def test_parameters_that_make_no_decay_are_refused(text):
    with pytest.raises(InputError):
        read_decay(text)


@pytest.mark.parametrize(("text", "near"), [("linaer-20", "linear-20"), ("lineair:20", "linear")])
def test_an_unknown_decay_is_told_with_the_nearest(text, near):
    with pytest.raises(UnknownNameError, match=f"Vouliez-vous dire\u202f: {near}"):
        read_decay(text)


# Coordinates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [
        (652_000, 6_862_000, "Lambert 93"),
        (600_000, 2_430_000, "Lambert II étendu"),
        (262_000, 6_250_000, "Web Mercator"),
        (640_000, 1_790_000, "Antilles"),
        (340_000, 7_660_000, "La Réunion"),
        (1e9, 1e9, "ne sont pas des degrés"),
        (2.35, 148.85, "semblent échangées"),
        (200.0, 100.0, "ne sont pas des degrés"),
    ],
)
def test_what_is_not_in_degrees_is_named(x, y, name):
    found = not_degrees([2.0, x], [48.0, y])
    assert name in found.text.fr
    assert found.bad.tolist() == [False, True]


def test_degrees_are_left_in_peace():
    assert not_degrees([2.35, -180, 180], [48.85, 90, -90]) is None


def test_a_point_that_would_be_in_france_the_other_way_is_swapped():
    assert swapped_in_france([48.85, 2.35], [2.35, 48.85]).bad.tolist() == [True, False]
    assert swapped_in_france([2.35, 151.2, -73.6, 55.5], [48.85, -33.9, 45.5, -21.1]) is None


# Methods ----------------------------------------------------------------------------------------------------------

PAIRS = pl.DataFrame({"place": ["a", "b", "b"], "site": ["x", "x", "y"], "minutes": [4.0, 12.0, 25.0]})
TRAVEL = from_table(PAIRS, ["a", "b", "c"], ["x", "y", "z"], 30)
DEMAND, SUPPLY = [100.0, 50.0, 10.0], [3.0, 1.0, 2.0]


def test_every_method_gives_a_value_per_place():
    flat = bands([(0, 1)], 30)
    found = {name: measure(name, TRAVEL, flat, DEMAND, SUPPLY) for name in METHODS}
    assert found["2sfca"].values == pytest.approx([3 / 150, 3 / 150 + 1 / 50, 0])
    assert found["e2sfca"].values == pytest.approx(found["2sfca"].values)
    assert found["nearest"].values.tolist() == [4, 12, np.inf]
    assert found["within"].values.tolist() == [3, 4, 0]
    assert all(one.without.tolist() == [False, False, True] for one in found.values())
    assert found["e2sfca"].balance.unserved_sites == ("z",)
    assert found["nearest"].balance is None
    # b shares itself between x and y, so that a has more of x.
    assert found["3sfca"].values == pytest.approx([3 / 125, 0.5 * 3 / 125 + 0.5 * 1 / 25, 0])


def test_nearest_and_within_stop_at_the_limit_of_the_decay():
    near = bands([(0, 1)], 12)
    assert measure("nearest", TRAVEL, near, DEMAND, [0, 1, 0]).values.tolist() == [np.inf] * 3
    assert measure("within", TRAVEL, near, DEMAND, SUPPLY).values.tolist() == [3, 3, 0]


def test_2sfca_has_no_decay():
    with pytest.raises(InputError, match="2sfca"):
        measure("2sfca", TRAVEL, linear(20), DEMAND, SUPPLY)


# Reach ------------------------------------------------------------------------------------------------------------


def test_people_are_within_at_the_threshold_itself():
    found = reach([10, 10.1, np.inf, np.nan, 0], [1, 2, 4, 8, 16], [10, 20], np.array([0, 0, 0, 0, -1]), 2)
    assert found.people.tolist() == [15, 0]
    assert found.unknown.tolist() == [8, 0]
    assert found.within.tolist() == [[1, 3], [0, 0]]
    assert found.share[0].tolist() == pytest.approx([1 / 7, 3 / 7])
    assert np.isnan(found.share[1]).all()


@pytest.mark.parametrize(("minutes", "people", "limits"), [([-1], [1], [10]), ([1], [-1], [10]), ([1], [1], [-10])])
def test_negative_reach_is_refused(minutes, people, limits):
    with pytest.raises(VigieError):
        reach(minutes, people, limits, np.array([0]), 1)
