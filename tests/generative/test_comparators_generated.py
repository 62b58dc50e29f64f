"""Statistical neighbours against every pair in plain Python, and the laws that any comparison of structure obeys."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vigie.indicators.comparators import nearest, reference_nearest, standardise

Floats = npt.NDArray[np.float64]
SOME = settings(max_examples=80, deadline=None)

# Few distinct values and many gaps: ties and territories that can hardly be compared are the rule here.
small = st.one_of(st.integers(-2, 2).map(float), st.just(float("nan")))
wide = st.one_of(st.floats(1e-3, 1e6), st.just(float("nan")))


@st.composite
def tables(draw: st.DrawFn, elements: st.SearchStrategy[float] = small) -> Floats:
    shape = draw(st.tuples(st.integers(1, 25), st.integers(1, 5)))
    return draw(arrays(np.float64, shape, elements=elements))


def weights_of(table: Floats) -> Floats:
    return np.arange(1, table.shape[1] + 1) / 2


@SOME
@given(tables(), st.integers(1, 8), st.sampled_from([0.2, 0.5, 1.0]))
def test_it_finds_what_every_pair_in_plain_python_finds(table: Floats, count: int, least: float) -> None:
    fast, plain = (find(table, weights_of(table), count, least) for find in (nearest, reference_nearest))
    assert fast.position.tolist() == plain.position.tolist()
    np.testing.assert_allclose(fast.distance, plain.distance, atol=1e-12)
    np.testing.assert_allclose(fast.shared, plain.shared, atol=1e-12)


@SOME
@given(tables())
def test_a_distance_is_the_same_both_ways_and_nobody_is_its_own_neighbour(table: Floats) -> None:
    rows = len(table)
    found = nearest(table, weights_of(table), rows, 0.3)
    known = {
        (one, int(two)): distance
        for one in range(rows)
        for two, distance in zip(found.position[one], found.distance[one], strict=True)
        if two >= 0
    }
    assert all(one != two for one, two in known)
    assert all(known[two, one] == distance for (one, two), distance in known.items())


@SOME
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_territories_changes_no_distance(table: Floats, random: object) -> None:
    order = np.random.default_rng(random.getrandbits(32)).permutation(len(table))  # type: ignore[attr-defined]
    before, after = (nearest(rows, weights_of(table), 6, 0.3) for rows in (table, table[order]))
    np.testing.assert_allclose(after.distance, before.distance[order], atol=1e-9)


@SOME
@given(tables(wide), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_the_unit_of_a_variable_does_not_matter(table: Floats, factor: float, offset: float) -> None:
    plain = ("none",) * table.shape[1]
    np.testing.assert_allclose(
        standardise(table * factor, plain, 3.5), standardise(table, plain, 3.5), rtol=1e-6, atol=1e-6
    )
    logarithms = ("log10",) * table.shape[1]
    np.testing.assert_allclose(
        standardise(table * factor, logarithms, 3.5), standardise(table, logarithms, 3.5), rtol=1e-6, atol=1e-6
    )
    shifted = standardise(table + offset, plain, 3.5)
    assert np.isnan(shifted).tolist() == np.isnan(table).tolist()


@SOME
@given(tables(wide), st.randoms(use_true_random=False))
def test_scores_follow_their_rows_and_stay_within_the_limit(table: Floats, random: object) -> None:
    order = np.random.default_rng(random.getrandbits(32)).permutation(len(table))  # type: ignore[attr-defined]
    plain = ("none",) * table.shape[1]
    scores = standardise(table, plain, 2.0)
    np.testing.assert_array_equal(standardise(table[order], plain, 2.0), scores[order])
    assert np.nanmax(np.abs(scores), initial=0.0) <= 2.0


@SOME
@given(st.integers(3, 20), st.floats(0.1, 5))
def test_a_missing_value_neither_nears_nor_parts(rows: int, gap: float) -> None:
    """A variable that a territory lacks leaves its distances those over the variables it has."""
    whole = np.column_stack([np.arange(rows) * gap, np.zeros(rows)])
    holed = whole.copy()
    holed[0, 1] = np.nan
    weights = np.array([1.0, 1.0])
    found = nearest(holed, weights, 1, 0.5)
    assert found.shared[0, 0] == 0.5
    np.testing.assert_allclose(found.distance[0, 0], gap)
    np.testing.assert_allclose(nearest(whole, weights, 1, 0.5).distance[0, 0], gap / np.sqrt(2))
