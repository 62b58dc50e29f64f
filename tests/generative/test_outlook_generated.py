"""The draws of an outlook: the fast ones do what the plain ones do, number for number, whatever the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from vigie.access.spread import one_by_one
from vigie.outlook import Ground, Groups, Plan, Variant, make_plan, model, outlook
from vigie.outlook.ages import raked
from vigie.outlook.draws import HIGH, LOW, alias
from vigie.outlook.hypotheses import Words
from vigie.outlook.reference import one_draw
from vigie.outlook.tiling import tiled_outlook

WORDS = Words(fr="essai", en="trial")


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    places = draw(st.integers(2, 5))
    sites = draw(st.integers(1, places))
    weight = rng.random((places, places)) * (rng.random((places, places)) < 0.7)
    np.fill_diagonal(weight, 1.0)
    demand = rng.integers(0, 3_000, places).astype(float)
    demand[0] = 1_000.0
    apl = rng.random(places) * 5
    apl[rng.random(places) < 0.2] = np.nan
    return Ground(
        base=2031,
        places=np.array([f"{k:05d}" for k in range(places)]),
        site_of=np.sort(rng.choice(places, sites, replace=False)),
        heads=rng.integers(1, 6, sites),
        activity=rng.random(sites) * 5_000 + 500,
        shares=rng.dirichlet([1, 1, 1], sites),
        area=rng.integers(0, 2, sites),
        departement=rng.integers(0, 2, sites),
        weight=csr_array(weight),
        demand=demand,
        population=demand,
        apl=apl,
    )


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    return Variant(
        id="essai",
        title=WORDS,
        note=WORDS,
        entries=draw(st.sampled_from(["path", "none"])),
        training=draw(st.sampled_from([0.5, 1.0, 3.0])),
        exit_shift=draw(st.sampled_from([-4.0, 0.0, 3.0])),
        replaced=draw(st.sampled_from([0.0, 0.4, 1.0])),
        mobility=draw(st.sampled_from([0.0, 0.1])),
        demand=draw(st.sampled_from(["constant", "ald"])),
        attraction={"under_2.5": draw(st.sampled_from([0.5, 2.0]))},
    )


def brought(plan: Plan, places: int, seed: int) -> Plan:
    """The plan with a demand and a supply brought from elsewhere, place by place."""
    rng = np.random.default_rng(seed)
    years = len(plan.years)
    return replace(plan, need=0.5 + rng.random((years, places)), extra=csr_array(rng.random((places, years)) * 1_000))


@settings(max_examples=25, deadline=None)
@given(grounds(), variants(), st.booleans(), st.integers(0, 1_000))
def test_fast_draws_are_the_plain_ones(ground: Ground, variant: Variant, own: bool, seed: int) -> None:
    draws = 7
    plan = make_plan(ground, model(), variant)
    plan = brought(plan, ground.places.size, seed) if own else plan
    groups = Groups.of(csr_array(np.ones((1, ground.places.size))))
    fast = outlook(ground, plan, model(), groups, draws, seed)
    plain = [one_draw(ground, plan, model(), draw, seed) for draw in range(draws)]
    for name in ("stock", "retired", "moved", "arrived", "filled"):
        mean = np.mean([[year[name] for year in one] for one in plain], axis=0)
        np.testing.assert_allclose(getattr(fast.flows, name), mean, atol=1e-12)
    start = ground.heads * ground.activity
    supply = np.array([[year["supply"] for year in one] for one in plain]) / start
    apl = np.array([[year["apl"] for year in one] for one in plain])
    ranks = [int(np.ceil(share * draws)) - 1 for share in (LOW, HIGH)]
    for found, values in ((fast.supply, supply), (fast.apl, apl)):
        low, high = np.sort(values, axis=0)[ranks]
        np.testing.assert_allclose(found.value, values.mean(axis=0), rtol=2e-5, atol=2e-5)
        np.testing.assert_allclose(found.low, low, rtol=2e-5, atol=2e-5)
        np.testing.assert_allclose(found.high, high, rtol=2e-5, atol=2e-5)
    known = np.isfinite(ground.apl) & (ground.demand > 0)
    if known.any():
        need = np.broadcast_to(plan.need, (len(plan.years), ground.places.size))
        weights = (ground.demand * need)[:, known]
        mean = (apl[:, :, known] * weights).sum(axis=2) / weights.sum(axis=1)
        np.testing.assert_allclose(fast.group_apl.value[:, 0], mean.mean(axis=0), rtol=2e-5, atol=2e-5)


@settings(max_examples=15, deadline=None)
@given(grounds(), variants(), st.booleans(), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_tiles_say_what_the_whole_says(ground: Ground, variant: Variant, own: bool, tile_of: list[int]) -> None:
    size = ground.places.size
    plan = make_plan(ground, model(), variant)
    plan = brought(plan, size, 1) if own else plan
    rng = np.random.default_rng(4)
    groups = Groups.of(csr_array((rng.random((3, size)) < 0.6).astype(float)))
    told = (2032, 2035)
    whole = outlook(ground, plan, model(), groups, 7, 3, told)
    tiled = tiled_outlook(ground, plan, model(), groups, 7, np.array(tile_of[:size]), one_by_one, 3, told)
    assert tiled.apl.low.tobytes() == whole.apl.low.tobytes()
    assert tiled.under.tobytes() == whole.under.tobytes()
    assert tiled.supply.high.tobytes() == whole.supply.high.tobytes()
    for name in ("group_apl", "group_under", "group_supply"):
        for field in ("value", "low", "high"):
            one, other = (getattr(getattr(found, name), field) for found in (whole, tiled))
            np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(grounds(), variants(), st.integers(0, 1_000))
def test_doctors_are_followed_from_year_to_year(ground: Ground, variant: Variant, seed: int) -> None:
    groups = Groups.of(csr_array(np.ones((1, ground.places.size))))
    flows = outlook(ground, make_plan(ground, model(), variant), model(), groups, 12, seed).flows
    gone = flows.retired[1:] + flows.moved[1:]
    np.testing.assert_allclose(flows.stock[1:], flows.stock[:-1] - gone + flows.arrived[1:], atol=1e-9)
    assert (flows.stock >= 0).all() and (flows.filled <= flows.arrived + 1e-12).all()
    assert (flows.stock[0] == ground.heads).all() and not flows.arrived[0].any() and not flows.retired[0].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 50), min_size=1, max_size=40).filter(lambda one: sum(one) > 0.1))
def test_the_alias_tables_choose_in_proportion(weights: list[float]) -> None:
    keep, other = alias(weights)
    chance = keep / keep.size
    np.add.at(chance, other, (1 - keep) / keep.size)
    assert chance == pytest.approx(np.array(weights) / sum(weights), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_raked_shares_reach_the_ages_brought_and_keep_the_odds_of_sites(sites: int, seed: int) -> None:
    """The fast form against plain loops, and what proportional fitting promises."""
    rng = np.random.default_rng(seed)
    shares, heads = rng.dirichlet([2, 2, 2], sites), rng.integers(1, 30, sites).astype(float)
    targets = rng.dirichlet([3, 3, 3]) * 100
    found = raked(shares, heads, targets)
    plain = shares.tolist()
    for _ in range(200):
        for c in range(3):
            now = sum(heads[s] * plain[s][c] for s in range(sites))
            for s in range(sites):
                plain[s][c] *= targets[c] / targets.sum() * heads.sum() / now
        for s in range(sites):
            total = sum(plain[s])
            plain[s] = [part / total for part in plain[s]]
    assert found == pytest.approx(np.array(plain), abs=1e-6)
    assert found.sum(axis=1) == pytest.approx(1)
    assert heads @ found / heads.sum() == pytest.approx(targets / targets.sum(), abs=1e-6)
    if sites > 1:  # odds between two classes move alike everywhere
        odds = (found[:, 0] / found[:, 1]) / (shares[:, 0] / shares[:, 1])
        assert odds == pytest.approx(odds[0], rel=1e-4)
