"""Generated populations: indices agree with their definitions and do not see order, scale or splits."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vigie.access.inequality import (
    decile_ratio,
    gini,
    mean_of_best,
    mean_of_worst,
    profiles,
    theil,
    under,
    weighted_mean,
    weighted_quantiles,
)

SMALL = settings(max_examples=60, deadline=None)
people = st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100), st.integers(0, 2)), min_size=1, max_size=12)


def columns(rows):
    values, weights, groups = (np.array(column) for column in zip(*rows, strict=True))
    return values, weights, groups


def all_of(values, weights, groups):
    split = theil(values, weights, groups)
    return [
        gini(values, weights), split.total, split.within, split.between,
        mean_of_best(values, weights) / values.mean(), mean_of_worst(values, weights) / values.mean(),
    ]  # fmt: skip


@SMALL
@given(people)
def test_gini_is_the_mean_gap(rows):
    v, w, _ = columns(rows)
    gaps = (w[:, None] * w[None, :] * np.abs(v[:, None] - v[None, :])).sum()
    assert gini(v, w) == pytest.approx(gaps / (2 * (v @ w) * w.sum()), rel=1e-9, abs=1e-12)


@SMALL
@given(people)
def test_theil_within_is_each_group_s_own_weighted_by_its_amount(rows):
    v, w, g = columns(rows)
    amounts = {k: v[g == k] @ w[g == k] for k in np.unique(g)}
    own = sum(a * theil(v[g == k], w[g == k], g[g == k]).total for k, a in amounts.items()) / sum(amounts.values())
    found = theil(v, w, g)
    assert found.within == pytest.approx(own, abs=1e-12)
    assert found.between >= -1e-12


@SMALL
@given(people, st.floats(0, 1))
def test_a_quantile_is_reached_and_no_smaller_value_is(rows, share):
    v, w, _ = columns(rows)
    found = weighted_quantiles(v, w, [share])[0]
    assert found in v
    assert w[v <= found].sum() >= share * w.sum() * (1 - 1e-9)
    assert w[v < found].sum() <= share * w.sum() * (1 + 1e-9)


@SMALL
@given(people, st.floats(0.01, 100), st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_order_and_units_do_not_matter(rows, money, heads, random):
    shuffled = random.sample(rows, len(rows))
    v, w, g = columns(shuffled)
    after = [*all_of(v * money, w * heads, g)]
    assert after == pytest.approx(all_of(*columns(rows)), rel=1e-9, abs=1e-9)


@SMALL
@given(people, st.data())
def test_splitting_a_place_in_two_does_not_matter(rows, data):
    k = data.draw(st.integers(0, len(rows) - 1))
    part = data.draw(st.floats(0.1, 0.9))
    value, weight, group = rows[k]
    split = [*rows[:k], (value, weight * part, group), (value, weight * (1 - part), group), *rows[k + 1 :]]
    v, w, g = columns(rows)
    v2, w2, g2 = columns(split)
    assert gini(v2, w2) == pytest.approx(gini(v, w), rel=1e-9, abs=1e-12)
    assert theil(v2, w2, g2).between == pytest.approx(theil(v, w, g).between, rel=1e-9, abs=1e-12)
    assert mean_of_worst(v2, w2) == pytest.approx(mean_of_worst(v, w), rel=1e-9)
    assert under(v2, w2, 50)[0] == pytest.approx(under(v, w, 50)[0], rel=1e-9)


@SMALL
@given(people)
def test_a_gift_to_the_worst_off_lowers_gini(rows):
    v, w, _ = columns(rows)
    assume(np.ptp(v) > 1e-3)
    better = v.copy()
    better[v == v.min()] += 0.5 * (np.sort(np.unique(v))[1] - v.min())
    assert gini(better, w) < gini(v, w)
    assert decile_ratio(v, w) >= 1


grouped = st.lists(
    st.tuples(
        st.one_of(st.just(0.0), st.floats(0.01, 100)),
        st.one_of(st.just(0.0), st.floats(0.01, 100)),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(grouped)
def test_all_groups_at_once_are_each_group_alone(rows):
    v, w, g, s = (np.array(column) for column in zip(*rows, strict=True))
    assume((w > 0).any())
    found = profiles(v, w, g, s, 4)
    for group in range(4):
        own = (g == group) & (w > 0)
        if not own.any():
            assert np.isnan([found.mean[group], found.d1[group], found.gini[group], found.theil[group]]).all()
            continue
        split = theil(v[own], w[own], s[own])
        d1, d9 = weighted_quantiles(v[own], w[own], [0.1, 0.9])
        wanted = {
            "mean": weighted_mean(v[own], w[own]),
            "d1": d1,
            "d9": d9,
            "mean_worst": mean_of_worst(v[own], w[own]),
            "mean_best": mean_of_best(v[own], w[own]),
            "gini": gini(v[own], w[own]),
            "theil": split.total,
            "theil_within": split.within,
            "theil_between": split.between,
        }
        for name, value in wanted.items():
            assert getattr(found, name)[group] == pytest.approx(value, rel=1e-6, abs=1e-9, nan_ok=True), name
