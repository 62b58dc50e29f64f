"""Funnels against their definitions written plainly, and the laws that they keep."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm, poisson

from vigie.indicators.funnel import (
    ABOVE_STRICT,
    BELOW_STRICT,
    FALSE,
    LEAST_EXPECTED,
    TOO_SMALL,
    WITHIN,
    chance_limits,
    funnel,
    widened,
)

KINDS = st.sampled_from(["proportion", "rate"])


@st.composite
def counted(draw):
    """Counts and totals of 10 to 30 territories."""
    size = draw(st.integers(10, 30))
    totals = draw(st.lists(st.integers(20, 5_000), min_size=size, max_size=size))
    counts = [draw(st.integers(0, total)) for total in totals]
    return counts, totals


def plainly(counts, totals, kind):
    """Scores, dispersion and adjusted p values, one territory at a time."""
    mean = sum(counts) / sum(totals)
    scores, large = [], []
    for count, total in zip(counts, totals, strict=True):
        expected = mean * total
        if kind == "proportion":
            scores.append((count / total - mean) / math.sqrt(mean * (1 - mean) / total))
            large.append(min(expected, total - expected) >= LEAST_EXPECTED)
        else:
            scores.append(2 * (math.sqrt(count) - math.sqrt(expected)))
            large.append(expected >= LEAST_EXPECTED)
    kept = [score for score, ok in zip(scores, large, strict=True) if ok]
    ends = np.quantile(kept, [0.1, 0.9])
    dispersion = sum(min(max(score, ends[0]), ends[1]) ** 2 for score in kept) / len(kept)
    over = dispersion > 1 + 2 * math.sqrt(2 / len(kept))
    scale = math.sqrt(dispersion) if over else 1.0
    adjusted = false_discovery_control([2 * norm.sf(abs(score) / scale) for score in kept])
    return scores, large, dispersion, over, adjusted


@settings(max_examples=40, deadline=None)
@given(counted(), KINDS)
def test_a_funnel_is_its_definition(given_counts, kind):
    counts, totals = given_counts
    found = funnel(counts, totals, kind)
    if found is None:
        return
    scores, large, dispersion, over, adjusted = plainly(counts, totals, kind)
    assert found.score == pytest.approx(scores)
    assert (found.by_chance != TOO_SMALL).tolist() == large
    assert found.dispersion == pytest.approx(dispersion)
    assert found.overdispersed == over
    assert found.p_adjusted[np.array(large)] == pytest.approx(adjusted, abs=1e-12)
    assert np.isnan(found.p_adjusted[~np.array(large)]).all()
    assert (found.kept == (np.nan_to_num(found.p_adjusted, nan=1.0) <= FALSE)).all()


@settings(max_examples=40, deadline=None)
@given(counted(), KINDS)
def test_limits_hold_one_another_and_the_average(given_counts, kind):
    counts, totals = given_counts
    found = funnel(counts, totals, kind)
    if found is None:
        return
    for one in (found.chance, found.limits):
        assert (one.lowest <= one.low + 1e-12).all()
        assert (one.low <= found.average + 1e-12).all()
        assert (one.high >= found.average - 1e-12).all()
        assert (one.highest >= one.high - 1e-12).all()
    # Whoever lies within the limits of chance at the average itself is never flagged.
    at_average = np.isclose(np.array(counts) / np.array(totals), found.average)
    assert np.isin(found.by_chance[at_average], (WITHIN, TOO_SMALL)).all()


@settings(max_examples=30, deadline=None)
@given(counted(), KINDS, st.randoms(use_true_random=False))
def test_the_order_of_the_territories_does_not_matter(given_counts, kind, random):
    counts, totals = given_counts
    order = list(range(len(counts)))
    random.shuffle(order)
    one = funnel(counts, totals, kind)
    other = funnel([counts[place] for place in order], [totals[place] for place in order], kind)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert other.dispersion == pytest.approx(one.dispersion)
        assert other.kept.tolist() == one.kept[order].tolist()


def test_chance_alone_flags_as_many_as_its_name_says():
    random = np.random.default_rng(1)
    totals = random.integers(5_000, 200_000, 4_000)
    found = funnel(random.poisson(0.001 * totals), totals, "rate")
    assert not found.overdispersed
    outside = np.mean(~np.isin(found.by_chance, (WITHIN, TOO_SMALL)))
    assert 0.02 < outside < 0.06  # Poisson tails are discrete: a little under 5 %
    assert found.kept.sum() <= 2


def test_overdispersion_widens_the_limits_and_one_far_out_is_kept():
    random = np.random.default_rng(2)
    totals = np.full(100, 100_000)
    counts = random.poisson(random.gamma(25, 4, 100))  # five times what Poisson's variance would be
    counts[0] = 600
    found = funnel(counts, totals, "rate")
    assert found.overdispersed
    assert 2.5 < found.dispersion < 8
    assert (found.limits.lowest < found.chance.lowest).all()
    assert (found.limits.highest > found.chance.highest).all()
    assert found.kept[0]
    assert found.place[0] == ABOVE_STRICT
    assert found.count(ABOVE_STRICT, BELOW_STRICT) > 5 > found.kept.sum()


def test_limits_of_a_rate_are_poisson_tails_and_the_widened_ones_go_by_the_square_root():
    chance, wide = chance_limits(0.001, [100_000], "rate"), widened(0.001, [100_000], "rate", 2.0)
    assert poisson.cdf(math.floor(100_000 * chance.low[0]) - 1, 100) < 0.025
    assert poisson.sf(math.ceil(100_000 * chance.high[0]), 100) < 0.025
    assert wide.low[0] == pytest.approx((10 - 1.959964) ** 2 / 100_000, rel=1e-6)
    assert wide.high[0] == pytest.approx((10 + 1.959964) ** 2 / 100_000, rel=1e-6)


@pytest.mark.parametrize(
    ("counts", "totals", "kind"),
    [([-1] * 10, [10] * 10, "rate"), ([1] * 10, [0] * 10, "rate"), ([11] * 10, [10] * 10, "proportion"),
     ([float("nan")] * 10, [10] * 10, "rate")],
)  # fmt: skip
def test_counts_that_cannot_be_are_refused(counts, totals, kind):
    with pytest.raises(ValueError, match="count"):
        funnel(counts, totals, kind)


@pytest.mark.parametrize(
    ("counts", "totals", "kind"),
    [([], [], "rate"), ([50] * 9, [100] * 9, "rate"), ([0] * 20, [100] * 20, "rate"),
     ([100] * 20, [100] * 20, "proportion"), ([1] * 20, [100] * 20, "rate")],
)  # fmt: skip
def test_too_few_or_nothing_counted_has_no_funnel(counts, totals, kind):
    assert funnel(counts, totals, kind) is None
