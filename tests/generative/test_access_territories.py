"""Generated worlds: what stands behind a territory's access is what stands behind its places, put together."""

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vigie.access.catchment import accessibility, prepare
from vigie.access.decay import linear
from vigie.access.explain import providers, sharers, territory_access, territory_providers, territory_sharers
from vigie.access.travel import from_table

PLACES, SITES = ["a", "b", "c", "d"], ["x", "y", "z"]


@st.composite
def worlds(draw):
    minutes = draw(st.dictionaries(st.tuples(st.sampled_from(PLACES), st.sampled_from(SITES)), st.floats(0, 25)))
    demand = draw(st.lists(st.one_of(st.just(0.0), st.floats(1, 1000)), min_size=4, max_size=4))
    supply = draw(st.lists(st.one_of(st.just(0.0), st.floats(1, 100)), min_size=3, max_size=3))
    inside = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    table = pl.DataFrame(
        [(place, site, time) for (place, site), time in minutes.items()],
        schema={"place": pl.String, "site": pl.String, "minutes": pl.Float64},
        orient="row",
    )
    return from_table(table, PLACES, SITES, 25), np.array(demand), np.array(supply), np.array(inside)


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_a_territory_is_its_places_together(world):
    travel, demand, supply, inside = world
    assume(demand[inside].any())
    catchment = prepare(travel, linear(20), demand)
    total = territory_access(catchment, supply, inside)
    behind = territory_providers(catchment, supply, inside)
    others = territory_sharers(catchment, supply, inside)
    assert behind["access"].sum() == pytest.approx(total)
    assert behind["share"].sum() == pytest.approx(1.0 if total else 0.0)
    assert others["share"].sum() == pytest.approx(1.0 if total else 0.0)
    values = np.nan_to_num(accessibility(catchment, supply))
    wanted_access, wanted_share = dict.fromkeys(SITES, 0.0), dict.fromkeys(PLACES, 0.0)
    for place, own, people, value in zip(PLACES, inside, demand, values, strict=True):
        if own and people and value:
            for site, access in providers(catchment, supply, place).select("site", "access").iter_rows():
                wanted_access[site] += access * people / demand[inside].sum()
            part = people * value / (demand[inside] @ values[inside])
            for other, share in sharers(catchment, supply, place).iter_rows():
                wanted_share[other] += share * part
    assert dict(behind.select("site", "access").iter_rows()) == pytest.approx(
        {site: access for site, access in wanted_access.items() if access}
    )
    assert dict(others.iter_rows()) == pytest.approx({place: share for place, share in wanted_share.items() if share})
