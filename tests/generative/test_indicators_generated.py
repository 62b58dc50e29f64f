"""The fast computation against a plain one in dictionaries and loops, and the laws that any aggregation obeys."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from vigie.indicators import Definition
from vigie.indicators.compute import FULL_COVERAGE, LEAST_COVERAGE, Measure, compute

Number = float | None
MODERATE = settings(max_examples=60, deadline=None)


@dataclass(frozen=True)
class World:
    """Places with a value, a weight and residents, and the territories of each level as lists of places.

    ``city`` is what is known of a place through its whole city only: it counts in means above, it is never its own.
    """

    value: list[Number]
    estimated: list[bool]
    weight: list[Number]
    people: list[Number]
    city: list[Number]
    levels: dict[str, dict[str, list[int]]]


@dataclass(frozen=True)
class Rule:
    """The rule of the trial definition."""

    name: str
    partial: str = "estimated"
    of_field: bool = False
    threshold: float = 0.0
    scale: float = 1.0


numbers = st.one_of(st.none(), st.integers(0, 12).map(float), st.floats(0, 1e4, allow_subnormal=False))
weights = st.one_of(st.none(), st.integers(0, 3).map(float), st.integers(1, 10_000).map(float))
residents = st.one_of(st.none(), st.integers(0, 2).map(float), st.integers(1, 10_000).map(float))


@st.composite
def worlds(draw: st.DrawFn, partition: bool = False) -> World:
    n = draw(st.integers(1, 9))
    each = {name: draw(st.lists(kind, min_size=n, max_size=n)) for name, kind in _KINDS.items()}
    epci: dict[str, list[int]] = {}
    for place in range(n):
        for code in {draw(st.integers(0, 3)) for _ in range(1 if partition else draw(st.integers(0, 2)))}:
            epci.setdefault(f"E{code}", []).append(place)
    levels = {"commune": {f"P{i}": [i] for i in range(n)}, "epci": epci, "france": {"FR": list(range(n))}}
    if not partition and n > 2:
        levels["commune"]["Z"] = [0, 1]
    return World(**each, levels={level: groups for level, groups in levels.items() if groups})


_KINDS: dict[str, Any] = {
    "value": numbers,
    "estimated": st.booleans(),
    "weight": weights,
    "people": residents,
    "city": numbers,
}

rules = st.one_of(
    st.builds(Rule, st.just("sum"), st.sampled_from(["estimated", "missing"])),
    st.builds(Rule, st.just("ratio"), scale=st.sampled_from([1.0, 1000.0])),
    st.builds(Rule, st.just("mean"), st.sampled_from(["estimated", "missing"]), st.booleans()),
    st.builds(
        Rule,
        st.sampled_from(["share_below", "share_above"]),
        threshold=st.integers(0, 12).map(float),
        scale=st.just(100.0),
    ),
)


# The plain reference ----------------------------------------------------------------------------------------------


def plain(world: World, rule: Rule) -> dict[tuple[str, str], tuple[Number, Number, Number, str]]:
    """value, numerator, denominator, status by level and code, place after place."""
    columns = zip(world.value, world.city, world.weight, strict=True)
    parts = [_part(rule, value, city, weight) for value, city, weight in columns]
    return {
        (level, code): _territory(world, rule, parts, places)
        for level, groups in world.levels.items()
        for code, places in groups.items()
    }


def _part(rule: Rule, value: Number, city: Number, weight: Number) -> tuple[Number, Number, Number]:
    """What a place shows, and its numerator and denominator where it counts."""
    if rule.name == "sum":
        return value, value, None
    counts = weight is not None and weight > 0
    if rule.name == "ratio":
        known = counts and value is not None
        return (rule.scale * (value / weight), value, weight) if known else (None, None, None)  # type: ignore[operator]
    counted = city if value is None else value
    if rule.name == "mean":
        return (value, counted * weight, weight) if counts and counted is not None else (value, None, None)  # type: ignore[operator]
    shown = None if value is None else rule.scale if _beyond(rule, value) else 0.0
    if not counts or counted is None:
        return shown, None, None
    return shown, weight if _beyond(rule, counted) else 0.0, weight


def _beyond(rule: Rule, value: float) -> bool:
    return value < rule.threshold if rule.name == "share_below" else value > rule.threshold


def _territory(
    world: World, rule: Rule, parts: list[tuple[Number, Number, Number]], places: list[int]
) -> tuple[Number, Number, Number, str]:
    known = [place for place in places if parts[place][1] is not None]
    numerator = sum(parts[place][1] or 0.0 for place in known) if known else None
    denominator = sum(parts[place][2] or 0.0 for place in known) if known and rule.name != "sum" else None
    if len(places) == 1:
        (place,) = places
        value = parts[place][0]
        covered, guessed = float(value is not None), float(value is not None and world.estimated[place])
    else:
        value = None
        if numerator is not None:
            value = numerator if denominator is None else rule.scale * numerator / denominator
        covered = float(bool(known)) if rule.of_field else _share(world, known, places)
        guessed = _share(world, [place for place in known if world.estimated[place]], places)
    least = FULL_COVERAGE if rule.partial == "missing" else LEAST_COVERAGE
    if value is None or covered < least:
        return None, None, None, "missing"
    first_hand = covered >= FULL_COVERAGE and guessed <= 1 - FULL_COVERAGE
    return value, numerator, denominator, "ok" if first_hand else "estimated"


def _share(world: World, chosen: list[int], places: list[int]) -> float:
    people = sum(world.people[place] or 0.0 for place in places)
    if people > 0:
        return sum(world.people[place] or 0.0 for place in chosen) / people
    return len(chosen) / len(places)


# The fast one -----------------------------------------------------------------------------------------------------


def fast(world: World, rule: Rule) -> pl.DataFrame:
    n = len(world.value)
    groups = {}
    for level, territories in world.levels.items():
        rows = [[float(place in places) for place in range(n)] for places in territories.values()]
        groups[level] = (list(territories), csr_matrix(np.array(rows)))
    measures = {
        "x": Measure(_array(world.value), np.array(world.estimated), "s@1", _of_city(world)),
        "w": Measure(_array(world.weight), np.zeros(n, dtype=bool), "s@2"),
    }
    return compute(_definition(rule), measures, _array(world.people), groups)


def _of_city(world: World) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Nothing where the place has a value of its own."""
    return _array([city if value is None else None for value, city in zip(world.value, world.city, strict=True)])


def _array(values: list[Number]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _definition(rule: Rule) -> Definition:
    words = {"fr": "essai", "en": "trial"}
    computed: dict[str, Any] = {
        "rule": rule.name,
        "inputs": [{"periods": ["2023"], "value": "x", "partial": rule.partial}],
    }
    if rule.name == "ratio":
        computed |= {"denominator": "w", "scale": rule.scale}
    elif rule.name != "sum":
        computed |= {"weight": ["w"]}
    if rule.name.startswith("share"):
        computed |= {"threshold": rule.threshold, "scale": rule.scale}
    if rule.of_field:
        computed |= {"coverage": "of_field"}
    texts = dict.fromkeys(("title", "short", "unit", "formula", "limits"), words)
    rest = {
        "id": "trial",
        "theme": "acces",
        "decimals": 1,
        "direction": "higher",
        "levels": ["commune", "epci", "france"],
    }
    return Definition.model_validate({**texts, **rest, "compute": computed})


def values(frame: pl.DataFrame) -> dict[tuple[str, str], Number]:
    return {(level, code): value for level, code, value in frame.select("level", "code", "value").iter_rows()}


@MODERATE
@given(worlds(), rules)
def test_the_fast_computation_agrees_with_the_plain_one(world: World, rule: Rule) -> None:
    rows = fast(world, rule)
    found = {(row["level"], row["code"]): row for row in rows.iter_rows(named=True)}
    expected = plain(world, rule)
    assert found.keys() == expected.keys()
    for key, (value, numerator, denominator, status) in expected.items():
        row = found[key]
        assert row["status"] == status, key
        for name, figure in (("value", value), ("numerator", numerator), ("denominator", denominator)):
            assert (row[name] is None) == (figure is None), (key, name)
            if figure is not None:
                assert row[name] == pytest.approx(figure, rel=1e-12, abs=1e-300), (key, name)


@MODERATE
@given(worlds(partition=True), st.sampled_from(["sum", "ratio", "mean", "share_below"]))
def test_numerators_and_denominators_add_up_to_every_upper_level(world: World, name: str) -> None:
    complete = replace(
        world, value=[value or 0.0 for value in world.value], weight=[weight or 1.0 for weight in world.weight]
    )
    rows = fast(complete, Rule(name, threshold=5.0))
    for column in ("numerator",) if name == "sum" else ("numerator", "denominator"):
        sums = dict(rows.group_by("level").agg(pl.col(column).sum()).iter_rows())
        assert sums["commune"] == pytest.approx(sums["france"], rel=1e-12)
        assert sums["epci"] == pytest.approx(sums["france"], rel=1e-12)


@MODERATE
@given(worlds(), rules, st.randoms(use_true_random=False))
def test_the_order_of_the_places_does_not_matter(world: World, rule: Rule, random: Any) -> None:
    order = list(range(len(world.value)))
    random.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    columns = ("value", "estimated", "weight", "people", "city")
    moved: dict[str, Any] = {name: [getattr(world, name)[old] for old in order] for name in columns}
    levels = {
        level: {code: [place[old] for old in places] for code, places in groups.items()}
        for level, groups in world.levels.items()
    }
    shuffled = World(**moved, levels=levels)
    before, after = fast(world, rule), fast(shuffled, rule)
    assert before["status"].to_list() == after["status"].to_list()
    for key, value in values(before).items():
        assert values(after)[key] == (None if value is None else pytest.approx(value, rel=1e-12))


@MODERATE
@given(worlds(), st.booleans(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_of_the_weights_changes_no_mean(world: World, of_field: bool, scale: float) -> None:
    scaled = replace(world, weight=[None if weight is None else weight * scale for weight in world.weight])
    rule = Rule("mean", of_field=of_field)
    # Powers of two change no digit: the means are the same to the bit.
    assert values(fast(world, rule)) == values(fast(scaled, rule))


@MODERATE
@given(worlds(), st.booleans())
def test_a_mean_lies_between_its_known_parts(world: World, of_field: bool) -> None:
    found = values(fast(world, Rule("mean", of_field=of_field)))
    for level, groups in world.levels.items():
        for code, places in groups.items():
            value = found[level, code]
            if value is not None:
                both = [world.city[place] if world.value[place] is None else world.value[place] for place in places]
                parts = [known for known in both if known is not None]
                assert min(parts) * (1 - 1e-12) <= value <= max(parts) * (1 + 1e-12)


@MODERATE
@given(worlds())
def test_the_shares_below_above_and_upon_a_threshold_make_the_whole(world: World) -> None:
    threshold = next((value for value in world.value if value is not None), 1.0)
    below = fast(world, Rule("share_below", threshold=threshold, scale=100.0))
    above = fast(world, Rule("share_above", threshold=threshold, scale=100.0))
    for low, high in zip(below.iter_rows(named=True), above.iter_rows(named=True), strict=True):
        assert low["status"] == high["status"]
        if low["value"] is not None:
            assert 0 <= low["value"] + high["value"] <= 100 * (1 + 1e-12)
            upon = [
                threshold in (world.value[place], world.city[place])
                for place in world.levels[low["level"]][low["code"]]
            ]
            if not any(upon):
                assert low["value"] + high["value"] == pytest.approx(100)
