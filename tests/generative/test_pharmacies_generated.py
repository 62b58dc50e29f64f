"""The fast closings, groups and borders against their plain references, on generated countries."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.access.travel import TravelTimes, from_table
from vigie.zoning import pharmacies_reference as plain
from vigie.zoning.contiguity import contiguous
from vigie.zoning.pharmacies import closing, components, fewest

THRESHOLDS = (10.0, 20.0)
# Few distinct minutes: places as near to two sites, and times on the thresholds, are the rule here.
MINUTES = st.sampled_from([0.0, 5.0, 10.0, 10.5, 20.0, 25.0])


@st.composite
def countries(draw: st.DrawFn) -> tuple[TravelTimes, dict[tuple[str, str], float], dict[str, float]]:
    places = [f"p{i}" for i in range(draw(st.integers(1, 7)))]
    sites = [*draw(st.lists(st.sampled_from(places), unique=True)), *(f"s{i}" for i in range(draw(st.integers(0, 3))))]
    sites = sorted(sites) or ["s9"]
    pairs = draw(st.dictionaries(st.tuples(st.sampled_from(places), st.sampled_from(sites)), MINUTES))
    people = {place: float(draw(st.integers(0, 900))) for place in places}
    table = pl.DataFrame(
        [(*pair, time) for pair, time in sorted(pairs.items())],
        schema={"place": pl.String, "site": pl.String, "minutes": pl.Float64},
        orient="row",
    )
    return from_table(table, sorted(places), sites, 30.0), pairs, people


@settings(max_examples=80, deadline=None)
@given(countries())
def test_closings_are_those_of_the_plain_reference(
    country: tuple[TravelTimes, dict[tuple[str, str], float], dict[str, float]],
) -> None:
    travel, minutes, people = country
    population = np.array([people[place] for place in travel.places.tolist()])
    found = closing(travel, population, THRESHOLDS)
    for i, site in enumerate(travel.sites.tolist()):
        for j, threshold in enumerate(THRESHOLDS):
            assert found.without[i, j] == plain.left_without(minutes, people, site, threshold)
    reached = sum(number for place, number in people.items() if any(here == place for here, _ in minutes))
    assert found.served.sum() == pytest.approx(reached)
    for i, place in enumerate(travel.places.tolist()):
        others = [time for (here, site), time in minutes.items() if here == place and site != place]
        assert found.next_minutes[i] == min(others, default=np.inf)


@st.composite
def maps(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, list[str]]]:
    codes = [f"c{i}" for i in range(draw(st.integers(1, 8)))]
    people = {code: draw(st.sampled_from([0, 1, 40, 250, 260, 500, 900, 2_000])) for code in codes}
    pairs = [(a, b) for a in codes for b in codes if a < b]
    borders = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    graph: dict[str, list[str]] = {}
    for a, b in sorted([*borders, *((b, a) for a, b in borders)]):
        graph.setdefault(a, []).append(b)
    return people, graph


@settings(max_examples=150, deadline=None)
@given(maps(), st.sampled_from([2_000, 2_500, 2_760, 3_500]))
def test_groups_are_all_those_of_the_fewest_communes(
    country: tuple[dict[str, int], dict[str, list[str]]], threshold: int
) -> None:
    people, graph = country
    for anchor in people:
        found = fewest(anchor, people, graph, threshold)
        assert {frozenset(one) for one in found} == plain.groups(anchor, people, graph, threshold)
        assert len(found) == len(set(found))  # each once
        totals = [sum(people[code] for code in one) for one in found]
        assert totals == sorted(totals, reverse=True) and all(one[0] == anchor for one in found)
        if not found:
            assert sum(people[code] for code in components([anchor], graph)[anchor]) < threshold


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=9, max_size=9), st.integers(0, 2))
def test_neighbours_are_those_whose_borders_meet_in_a_line(owners: list[int], shift: int) -> None:
    """Squares of a grid given to owners: those of one owner are one polygon; corners alone make no neighbours."""
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(3)]
    shapes = {
        f"o{owner}": shapely.coverage_union_all([cell for cell, own in zip(cells, owners, strict=True) if own == owner])
        for owner in set(owners)
    }
    codes = sorted(shapes)
    codes = codes[shift:] + codes[:shift]  # any order
    table = pl.DataFrame({"code": codes, "wkb": [shapely.to_wkb(shapes[code]) for code in codes]})
    expected = {(a, b) for a in codes for b in codes if a < b and shapes[a].intersection(shapes[b]).length > 0}
    assert set(contiguous(table).iter_rows()) == expected
