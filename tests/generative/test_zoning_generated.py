"""Zoning against its plain reference, and the laws that any rule must keep."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.zoning.classes import UNKNOWN, Figures, classify, classify_within, zone_values
from vigie.zoning.reasons import around
from vigie.zoning.reference import classify as plain_classify
from vigie.zoning.reference import zone_value
from vigie.zoning.rules import Class

SOME = settings(max_examples=80, deadline=None)

# Few values, so that there are ties; whole people, so that sums are exact.
values = st.one_of(st.just(float("nan")), st.integers(0, 8).map(float))
zones = st.lists(st.tuples(values, st.integers(0, 20)), min_size=1, max_size=12)
ROLES = ("priority", "aided", "undecided", "none", "over")


@st.composite
def drawn_classes(draw: st.DrawFn, kind: str = "any") -> tuple[Class, ...]:
    """Classes that the reader would take: thresholds rising, shares within 100 %, the last one the rest."""
    count = draw(st.integers(1, 4))
    limits = sorted(draw(st.sets(st.integers(0, 8), min_size=count, max_size=count)))
    shares = draw(st.lists(st.integers(1, 25), min_size=count, max_size=count))
    words = {"fr": "x", "en": "x"}
    found = []
    for place in range(count):
        ends = kind if kind != "any" else draw(st.sampled_from(["at_most", "share", "both"]))
        found.append(
            Class.model_validate(
                {
                    "id": f"c{place}",
                    "title": words,
                    "role": ROLES[place],
                    "at_most": float(limits[place]) if ends in ("at_most", "both") else None,
                    "share": float(shares[place]) if ends in ("share", "both") else None,
                    "conditions": [{"alerts": 1}] if kind == "any" and draw(st.booleans()) else [],
                }
            )
        )
    return (*found, Class.model_validate({"id": "rest", "title": words, "role": "none"}))


@st.composite
def cases(
    draw: st.DrawFn, kind: str = "any"
) -> tuple[tuple[Class, ...], np.ndarray, np.ndarray, dict[int, np.ndarray]]:
    classes, drawn = draw(drawn_classes(kind)), draw(zones)
    met = {
        place: np.array(draw(st.lists(st.booleans(), min_size=len(drawn), max_size=len(drawn))))
        for place, one in enumerate(classes)
        if one.conditions
    }
    value, people = (np.array(column, dtype=np.float64) for column in zip(*drawn, strict=True))
    return classes, value, people, met


@SOME
@given(cases())
def test_the_fast_classes_are_those_of_the_plain_reference(case) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    fast = classify(classes, value, people, met).position
    plain = plain_classify(classes, value.tolist(), people.tolist(), {at: one.tolist() for at, one in met.items()})
    assert fast.tolist() == plain


@SOME
@given(cases())
def test_everyone_with_a_value_is_in_exactly_one_class(case) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    position = classify(classes, value, people, met).position
    assert ((position == UNKNOWN) == ~np.isfinite(value)).all()
    inside = sum(people[position == place].sum() for place in range(len(classes)))
    assert inside == people[np.isfinite(value)].sum()


@SOME
@given(st.sampled_from(["at_most", "share"]).flatmap(cases))
def test_a_better_served_zone_never_has_a_worse_class(case) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    found = classify(classes, value, people, met)
    known = np.isfinite(value)
    order = np.argsort(value[known], kind="stable")
    assert (np.diff(found.position[known][order]) >= 0).all()
    assert (np.diff(found.rank[known][order]) >= -1e-12).all()


@SOME
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_zones_changes_nothing_and_ties_share_one_class(case, random) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    own = classify(classes, value, people, met).position
    order = np.array(random.sample(range(value.size), value.size))
    shuffled = classify(classes, value[order], people[order], {at: one[order] for at, one in met.items()}).position
    assert (shuffled == own[order]).all()
    if not met:
        for one in np.unique(value[np.isfinite(value)]):
            assert np.unique(own[value == one]).size == 1


@SOME
@given(st.sampled_from(["at_most", "share"]).flatmap(cases), st.data())
def test_groups_cut_apart_are_as_if_each_were_alone(case, data) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    group = np.array(data.draw(st.lists(st.sampled_from("ABC"), min_size=value.size, max_size=value.size)))
    found = classify_within({"A": classes, "B": classes}, group, value, people, met)
    for name in "AB":
        own = group == name
        alone = classify(classes, value[own], people[own], {at: held[own] for at, held in met.items()})
        assert found.position[own].tolist() == alone.position.tolist()
        assert np.array_equal(found.rank[own], alone.rank, equal_nan=True)
        assert all(np.array_equal(row, alone.cuts, equal_nan=True) for row in found.cuts[own])
    assert (found.position[group == "C"] == UNKNOWN).all()


@SOME
@given(cases("share"))
def test_a_share_is_never_exceeded_and_falls_short_by_less_than_what_comes_next(case) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    found = classify(classes, value, people, met)
    known = np.isfinite(value)
    total, bound = people[known].sum(), 0.0
    for place, one in enumerate(classes[:-1]):
        bound += total * (one.share or 0) / 100
        inside = (found.position >= 0) & (found.position <= place)
        held = people[inside].sum()
        assert held <= bound + 1e-6
        beyond = value[known & ~inside]
        if beyond.size:
            assert held + people[value == beyond.min()].sum() > bound - 1e-6


@SOME
@given(cases("at_most"))
def test_the_thresholds_around_a_value_are_those_of_its_class(case) -> None:  # type: ignore[no-untyped-def]
    classes, value, people, met = case
    found = classify(classes, value, people, met)
    lower, upper = around(found.cuts, value)
    for zone in np.flatnonzero(np.isfinite(value)):
        place = int(found.position[zone])
        assert np.isnan(lower[zone]) if place == 0 else lower[zone] == found.cuts[place - 1] < value[zone]
        last = place == len(classes) - 1
        assert np.isnan(upper[zone]) if last else value[zone] <= upper[zone] == found.cuts[place]


places = st.lists(
    st.tuples(values, st.integers(0, 9).map(float), st.integers(0, 9).map(float), st.integers(0, 3)),
    min_size=1, max_size=20,
)  # fmt: skip


@SOME
@given(places)
def test_the_value_of_a_zone_is_that_of_the_plain_reference(drawn) -> None:  # type: ignore[no-untyped-def]
    value, weight, residents, zone = (np.array(column) for column in zip(*drawn, strict=True))
    found = zone_values(Figures(value, weight), zone.astype(np.int32), 4, residents)
    for at in range(4):
        plain = zone_value([(a, b, c) for a, b, c, here in drawn if here == at])
        assert math.isnan(plain) == bool(np.isnan(found.value[at]))
        assert math.isnan(plain) or math.isclose(plain, found.value[at], rel_tol=1e-12)
        known = [one[0] for one in drawn if one[3] == at and not math.isnan(one[0]) and one[1] > 0]
        if not math.isnan(plain):
            assert min(known) - 1e-9 <= found.value[at] <= max(known) + 1e-9
