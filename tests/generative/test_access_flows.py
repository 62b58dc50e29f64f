"""The flows of all groups at once against those of one territory, which :mod:`vigie.access.explain` tells plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.access.catchment import Catchment, prepare
from vigie.access.decay import line
from vigie.access.explain import territory_providers, territory_sharers
from vigie.access.flows import flows
from vigie.access.travel import crow_fly, points
from vigie.errors import InputError

DECAY = line([(0.0, 1.0), (5.0, 0.6), (10.0, 0.3)], 15.0)
Land = tuple[Catchment, np.ndarray, np.ndarray, np.ndarray]


@st.composite
def lands(draw: st.DrawFn) -> Land:
    """Places on a small square, some without people or practitioners, in groups that may overlap and in units."""
    size = draw(st.integers(2, 14))
    whole = st.lists(st.integers(0, 400), min_size=size, max_size=size)
    east, north = (np.array(draw(whole)) / 2000.0 for _ in range(2))
    demand = np.array(draw(whole), dtype=float)
    demand[0] += 1.0
    supply = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, 7.5]), min_size=size, max_size=size)))
    where = points([f"{k:03}" for k in range(size)], 2.0 + east, 47.0 + north, ["metropole"] * size)
    catchment = prepare(crow_fly(where, where, 15.0), DECAY, demand)
    unit = np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)))
    groups = draw(st.lists(st.sets(st.integers(0, size - 1), min_size=1), min_size=1, max_size=4))
    inside = np.zeros((len(groups), size), dtype=bool)
    for row, one in enumerate(groups):
        inside[row, sorted(one)] = True
    return catchment, supply, unit, inside


@given(lands())
@settings(max_examples=60, deadline=None)
def test_every_group_has_the_flows_of_a_territory_told_alone(land: Land):
    catchment, supply, unit, inside = land
    starts = np.concatenate([[0], np.cumsum(inside.sum(axis=1))])
    members = np.nonzero(inside)[1]
    top = 3
    found = flows(catchment, supply, starts, members, unit, top)
    ids = catchment.travel.places
    for group, mask in enumerate(inside):
        behind = None if not catchment.demand[mask].any() else territory_providers(catchment, supply, mask)
        if behind is None or behind.is_empty():
            assert not found.known[group]
            continue
        assert found.known[group]
        at = np.searchsorted(ids, behind["site"].to_numpy())
        by_unit = np.bincount(unit[at], behind["share"].to_numpy(), unit.max() + 1)
        assert found.own[group] == pytest.approx(behind["share"].to_numpy()[mask[at]].sum())
        assert found.minutes[group] == pytest.approx((behind["share"] * behind["minutes"]).sum())
        assert found.providers[group] == np.count_nonzero(by_unit)
        told = found.provider[group][found.provider[group] >= 0]
        assert told.size == min(top, np.count_nonzero(by_unit))
        assert found.provided[group][: told.size] == pytest.approx(np.sort(by_unit)[::-1][: told.size])
        assert by_unit[told] == pytest.approx(found.provided[group][: told.size])
        shared = territory_sharers(catchment, supply, mask)
        at = np.searchsorted(ids, shared["place"].to_numpy())
        use = np.bincount(unit[at], shared["share"].to_numpy(), unit.max() + 1)
        assert found.own_use[group] == pytest.approx(shared["share"].to_numpy()[mask[at]].sum())
        assert found.sharers[group] == np.count_nonzero(use)
        told = found.sharer[group][found.sharer[group] >= 0]
        assert use[told] == pytest.approx(found.shared[group][: told.size])
        assert found.shared[group][: told.size] == pytest.approx(np.sort(use)[::-1][: told.size])


def test_places_that_are_not_the_sites_are_refused():
    where = points(["a", "b"], [2.0, 2.1], [47.0, 47.0], ["metropole"] * 2)
    one = points(["c"], [2.0], [47.0], ["metropole"])
    catchment = prepare(crow_fly(where, one, 15.0), DECAY, [1.0, 1.0])
    with pytest.raises(InputError, match="unités"):
        flows(catchment, [1.0], np.array([0, 1]), np.array([0]), np.array([0, 0]), 2)
