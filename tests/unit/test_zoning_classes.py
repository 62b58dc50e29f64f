"""The value of a zone by hand: what a place without weight counts for, and what share of the people must be known."""

from __future__ import annotations

import numpy as np
import pytest
from zoning_world import a_class

from vigie.zoning.classes import Figures, classify, zone_values

NONE = float("nan")


def value(values: list[float], weights: list[float], residents: list[float]) -> tuple[float, float, float]:
    figures = Figures(np.array(values), np.array(weights))
    found = zone_values(figures, np.zeros(len(values), dtype=np.int32), 1, np.array(residents))
    return float(found.value[0]), float(found.demand[0]), float(found.coverage[0])


def test_a_place_without_weight_is_not_known_though_it_has_a_value() -> None:
    assert value([1.0, 2.0], [0.0, 10.0], [90.0, 10.0]) == (pytest.approx(NONE, nan_ok=True), 10.0, 0.1)
    assert value([1.0, 2.0], [NONE, 10.0], [40.0, 60.0]) == (2.0, 10.0, 0.6)


def test_the_rank_of_a_zone_is_the_share_of_the_people_up_to_its_value() -> None:
    classes = [a_class("zip", "priority", at_most=2.0), a_class("hors", "over")]
    people, value = np.array([10.0, 30.0, 40.0, 20.0]), np.array([1.0, 3.0, 1.0, NONE])
    found = classify(classes, value, people)
    assert found.rank[:3].tolist() == [50 / 80, 1.0, 50 / 80] and np.isnan(found.rank[3])
    assert found.position.tolist() == [0, 1, 0, -1]
    assert classify(classes, value, np.zeros(4)).rank[:3].tolist() == [0.0, 0.0, 0.0]


def test_a_class_ends_at_its_threshold_or_where_its_share_ends_it_first() -> None:
    value, people = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 25.0)
    share = [a_class("zip", "priority", share=50), a_class("hors", "over")]
    assert classify(share, value, people).cuts.tolist() == [2.0]
    both = [a_class("zip", "priority", share=50, at_most=3.5), a_class("hors", "over")]
    assert classify(both, value, people).cuts.tolist() == [2.0]
    none = [a_class("zip", "priority", share=10), a_class("hors", "over")]
    assert np.isnan(classify(none, value, people).cuts[0])
    level = [a_class("zip", "priority", at_most=0.5), a_class("hors", "over")]
    assert classify(level, value, people).cuts.tolist() == [0.5]


def test_half_of_the_people_are_enough() -> None:
    assert value([1.0, NONE], [4.0, 6.0], [50.0, 50.0]) == (1.0, 4.0, 0.5)
    assert np.isnan(value([1.0, NONE], [4.0, 6.0], [49.0, 51.0])[0])


def test_a_zone_where_nobody_lives_is_known_where_it_has_weight() -> None:
    assert value([1.0, 4.0], [2.0, 1.0], [0.0, 0.0]) == (2.0, 3.0, 1.0)
    assert np.isnan(value([1.0], [0.0], [0.0])[0])
    assert value([1.0], [0.0], [0.0])[2] == 0.0
