"""Generated countries: the catchment of several professions at once is the one of each alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.access.catchment import accessibility, prepare
from vigie.access.decay import bands, line, linear, weights
from vigie.access.symmetric import mixture, symmetric_access
from vigie.access.travel import crow_fly, points
from vigie.errors import InputError

DECAYS = (
    line([(0, 1.0), (4, 1.0), (5, 0.6), (9, 0.6), (10, 0.2)], 20),
    line([(0, 1.0), (4, 1.0), (5, 0.7), (9, 0.7), (10, 0.1)], 15),
    line([(0, 0.8), (7.5, 0.8)], 12),
    linear(20),
    bands([(0, 1.0), (5, 0.3), (10, 0.1)], 15),
)


def country(size, seed):
    rng = np.random.default_rng(seed)
    return points(
        [f"{k:03d}" for k in range(size)],
        rng.uniform(2, 2.5, size),
        rng.uniform(46, 46.3, size),
        ["metropole"] * size,
        speed=rng.uniform(20, 100, size),
        access=rng.uniform(0, 2, size),
    )


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 40),
    seed=st.integers(0, 10**6),
    chosen=st.lists(st.sampled_from(DECAYS), min_size=1, max_size=4),
    empty=st.floats(0, 1),
)
def test_each_profession_has_the_access_that_it_has_alone(size, seed, chosen, empty):
    rng = np.random.default_rng(seed)
    made = country(size, seed)
    travel = crow_fly(made, made, 20)
    demands = rng.uniform(1, 1000, (size, len(chosen))) * (rng.random((size, len(chosen))) > empty)
    demands[0] = 7.0  # somebody lives somewhere
    supplies = rng.uniform(0, 50, (size, len(chosen), 2))
    together = symmetric_access(travel, chosen, demands, supplies)
    for number, decay in enumerate(chosen):
        catchment = prepare(travel, decay, demands[:, number])
        for kind in range(2):
            alone = accessibility(catchment, supplies[:, number, kind])
            assert together[:, number, kind] == pytest.approx(alone, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(deadline=None)
@given(decays=st.lists(st.sampled_from(DECAYS), min_size=1, max_size=5), minutes=st.floats(0, 25))
def test_a_mixture_gives_the_weights_back(decays, minutes):
    mixed = mixture(decays)
    basis = np.array([weights(one, [minutes])[0] for one in mixed.basis])
    for share, decay in zip(mixed.share, decays, strict=True):
        assert share @ basis == pytest.approx(weights(decay, [minutes])[0], abs=1e-12)


def test_lines_that_fall_in_the_same_places_share_their_basis():
    assert len(mixture(DECAYS[:2]).basis) == 4  # 4–5, 9–10, 10–20 and 10–15


def test_shapes_that_do_not_agree_and_short_times_are_input_errors():
    made = country(5, 1)
    travel = crow_fly(made, made, 10)
    good = np.ones((5, 1)), np.ones((5, 1, 1))
    for decays, demands, supplies in (
        ([DECAYS[2]], *good),  # reaches 12 minutes
        ([linear(10)], np.ones((4, 1)), good[1]),
        ([linear(10)], good[0], np.ones((5, 1))),
        ([linear(10)] * 2, *good),
        ([linear(10)], -good[0], good[1]),
    ):
        with pytest.raises(InputError):
            symmetric_access(travel, decays, demands, supplies)
