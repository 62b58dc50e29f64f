"""Generated worlds: the fast, batched and incremental catchments are the reference, and the laws of the method hold."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vigie.access import reference
from vigie.access.catchment import (
    accessibility,
    accessibility_many,
    balance,
    change_of_demand,
    change_of_supply,
    nearest,
    prepare,
    prepare_three_step,
    within_reach,
)
from vigie.access.decay import bands, exponential, gaussian, linear, logistic
from vigie.access.travel import assemble, at_sites, from_table
from vigie.language import Text

SMALL = settings(max_examples=60, deadline=None)

# Whole minutes fall on band edges often; others between them.
times = st.one_of(st.integers(0, 25).map(float), st.floats(0, 25))
amounts = st.one_of(st.just(0.0), st.floats(0.01, 1e4))
decays = st.sampled_from(
    [
        bands([(0, 1.0), (5, 0.3), (10, 0.1)], 15),
        bands([(0, 1.0)], 20),
        linear(20),
        gaussian(8, 20),
        exponential(6, 20),
        logistic(10, 2, 20),
    ]
)


@st.composite
def worlds(draw):
    """A few places and sites, some pairs between them, demand (some of it) and supply."""
    places = [f"p{k}" for k in range(draw(st.integers(1, 6)))]
    sites = [f"s{k}" for k in range(draw(st.integers(1, 5)))]
    all_pairs = list(itertools.product(places, sites))
    minutes = draw(st.dictionaries(st.sampled_from(all_pairs), times, max_size=len(all_pairs)))
    demand = dict(zip(places, draw(st.lists(amounts, min_size=len(places), max_size=len(places))), strict=True))
    supply = dict(zip(sites, draw(st.lists(amounts, min_size=len(sites), max_size=len(sites))), strict=True))
    assume(any(demand.values()))
    return minutes, demand, supply


def matrix(minutes, demand, supply, limit=25):
    rows = [(i, j, t) for (i, j), t in minutes.items()]
    table = pl.DataFrame(rows, schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64}, orient="row")
    return from_table(table, list(demand), list(supply), limit)


def values(amounts_by_id):
    return np.array(list(amounts_by_id.values()))


def expected(access):
    return [np.nan if value is None else value for value in access.values()]


def same(found, wanted):
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12, nan_ok=True)


@SMALL
@given(worlds(), decays)
def test_fast_is_the_reference(world, decay):
    minutes, demand, supply = world
    catchment = prepare(matrix(*world), decay, values(demand))
    same(accessibility(catchment, values(supply)), expected(reference.two_step(minutes, decay, demand, supply)))


@SMALL
@given(worlds(), decays)
def test_three_step_is_the_reference(world, decay):
    minutes, demand, supply = world
    catchment = prepare_three_step(matrix(*world), decay, values(demand), values(supply))
    same(accessibility(catchment, values(supply)), expected(reference.three_step(minutes, decay, demand, supply)))


@SMALL
@given(worlds(), st.floats(0, 25))
def test_nearest_and_within_reach_are_the_reference(world, threshold):
    minutes, demand, supply = world
    travel = matrix(*world)
    assert nearest(travel, values(supply)).tolist() == list(reference.nearest(minutes, demand, supply).values())
    same(
        within_reach(travel, threshold, values(supply)),
        list(reference.within_reach(minutes, threshold, demand, supply).values()),
    )


@SMALL
@given(worlds(), decays, st.lists(st.floats(0, 5), min_size=1, max_size=4))
def test_batched_is_one_by_one(world, decay, factors):
    _, demand, supply = world
    catchment = prepare(matrix(*world), decay, values(demand))
    table = np.outer(values(supply), factors)
    batched = accessibility_many(catchment, table)
    for k in range(len(factors)):
        same(batched[:, k], accessibility(catchment, table[:, k]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0, 1))
def test_many_scenarios_are_one_by_one_to_the_bit_whatever_the_rows(seed, scenarios, share):
    rng = np.random.default_rng(seed)
    rows, columns = np.nonzero(rng.random((30, 40)) < rng.uniform(0, 1))
    minutes = rng.uniform(0, 25, rows.size)
    ids = [f"{k:02d}" for k in range(40)]
    travel = assemble(np.array(ids[:30]), np.array(ids), rows, columns, minutes, 25, Text("", ""))
    catchment = prepare(travel, linear(20), rng.uniform(0, 100, 30))
    supplies = rng.uniform(0, 9, (40, scenarios)) * (rng.random((40, 1)) < share)
    one_by_one = np.column_stack([accessibility(catchment, supplies[:, k]) for k in range(scenarios)])
    np.testing.assert_array_equal(accessibility_many(catchment, supplies), one_by_one)


@SMALL
@given(worlds(), st.randoms())
def test_the_order_of_a_table_of_pairs_does_not_matter(world, shuffler):
    minutes, demand, supply = world
    mixed = list(minutes.items())
    shuffler.shuffle(mixed)
    one, other = matrix(dict(sorted(minutes.items())), demand, supply), matrix(dict(mixed), demand, supply)
    for name in ("indptr", "indices", "minutes"):
        first, second = getattr(one, name), getattr(other, name)
        assert first.dtype == second.dtype
        assert first.tolist() == second.tolist()


@SMALL
@given(worlds(), decays)
def test_sites_without_supply_can_be_left_out(world, decay):
    _, demand, supply = world
    travel, offered = matrix(*world), values(supply)
    fewer = prepare(at_sites(travel, offered > 0), decay, values(demand))
    access = accessibility(prepare(travel, decay, values(demand)), offered)
    # A place is undefined, not at 0, when all its sites have nobody: leaving some out may turn one into the other.
    same(np.nan_to_num(accessibility(fewer, offered[offered > 0])), np.nan_to_num(access))


@SMALL
@given(worlds(), decays, st.data(), st.floats(0.01, 1e3))
def test_a_change_of_supply_is_a_recomputation(world, decay, data, amount):
    _, demand, supply = world
    catchment = prepare(matrix(*world), decay, values(demand))
    site = data.draw(st.integers(0, len(supply) - 1))
    after = values(supply)
    after[site] += amount
    changed = accessibility(catchment, values(supply))
    places, change = change_of_supply(catchment, site, amount)
    changed[places] += change
    same(changed, accessibility(catchment, after))


@SMALL
@given(worlds(), decays, st.data(), st.floats(-0.9, 3))
def test_a_change_of_demand_is_a_recomputation(world, decay, data, factor):
    _, demand, supply = world
    catchment = prepare(matrix(*world), decay, values(demand))
    place = data.draw(st.integers(0, len(demand) - 1))
    assume(values(demand)[place] > 0)
    # A place whose pull is so weak that its demand underflows is of no use to anybody.
    assume((catchment.demand_in_reach[catchment.weight_by_site @ np.eye(len(demand))[place] > 0] > 1e-6).all())
    amount = factor * values(demand)[place]
    after = values(demand)
    after[place] += amount
    changed = accessibility(catchment, values(supply))
    places, change = change_of_demand(catchment, values(supply), place, amount)
    changed[places] += change
    again = accessibility(prepare(catchment.travel, decay, after), values(supply))
    assert changed == pytest.approx(again, rel=1e-9, abs=1e-9 * (1 + np.nanmax(again, initial=0)), nan_ok=True)


@SMALL
@given(worlds(), decays)
def test_supply_is_conserved(world, decay):
    """Σ P A = Σ S over the sites that somebody reaches, and the rest is counted apart."""
    _, demand, supply = world
    catchment = prepare(matrix(*world), decay, values(demand))
    access = np.nan_to_num(accessibility(catchment, values(supply)))
    found = balance(catchment, values(supply))
    assert values(demand) @ access == pytest.approx(found.served, rel=1e-9)
    assert found.served + found.unserved == pytest.approx(sum(supply.values()), rel=1e-9)


@SMALL
@given(worlds(), decays, st.floats(0.1, 10), st.floats(0.1, 10))
def test_access_scales_with_supply_and_against_demand(world, decay, more_supply, more_demand):
    _, demand, supply = world
    travel = matrix(*world)
    before = accessibility(prepare(travel, decay, values(demand)), values(supply))
    after = accessibility(prepare(travel, decay, more_demand * values(demand)), more_supply * values(supply))
    same(after, before * more_supply / more_demand)


@SMALL
@given(worlds(), decays, st.data(), st.floats(0.01, 1e3))
def test_more_supply_never_lowers_access(world, decay, data, amount):
    _, demand, supply = world
    catchment = prepare(matrix(*world), decay, values(demand))
    after = values(supply)
    after[data.draw(st.integers(0, len(supply) - 1))] += amount
    gain = np.nan_to_num(accessibility(catchment, after) - accessibility(catchment, values(supply)))
    assert (gain >= 0).all()


@SMALL
@given(worlds(), decays, st.randoms(use_true_random=False))
def test_the_order_of_places_sites_and_pairs_does_not_matter(world, decay, random):
    minutes, demand, supply = world
    before = dict(
        zip(demand, accessibility(prepare(matrix(*world), decay, values(demand)), values(supply)), strict=True)
    )

    def shuffled(mapping):
        return dict(random.sample(list(mapping.items()), len(mapping)))

    minutes, demand, supply = shuffled(minutes), shuffled(demand), shuffled(supply)
    after = accessibility(prepare(matrix(minutes, demand, supply), decay, values(demand)), values(supply))
    same(after, [before[place] for place in demand])


@SMALL
@given(worlds(), st.floats(0.1, 10))
def test_the_unit_of_time_does_not_matter(world, factor):
    """Minutes and a decay stretched alike; whole minutes on a Gaussian, which has no edge for rounding to cross."""
    minutes, demand, supply = world
    before = accessibility(prepare(matrix(*world), gaussian(8, 25), values(demand)), values(supply))
    stretched = {pair: t * factor for pair, t in minutes.items()}
    travel = matrix(stretched, demand, supply, limit=26 * factor)
    after = accessibility(prepare(travel, gaussian(8 * factor, 26 * factor), values(demand)), values(supply))
    same(after, before)


@SMALL
@given(worlds(), decays, st.data(), st.floats(0, 1))
def test_splitting_a_place_in_two_changes_nobody_s_access(world, decay, data, share):
    minutes, demand, supply = world
    place = data.draw(st.sampled_from(list(demand)))
    before = accessibility(prepare(matrix(*world), decay, values(demand)), values(supply))
    twin = demand | {place: demand[place] * share, "twin": demand[place] * (1 - share)}
    doubled = minutes | {("twin", j): t for (i, j), t in minutes.items() if i == place}
    after = accessibility(prepare(matrix(doubled, twin, supply), decay, values(twin)), values(supply))
    same(after[:-1], before)
    same(after[-1], before[list(demand).index(place)])
