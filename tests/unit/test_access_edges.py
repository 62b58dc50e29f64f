"""Access at its edges: pairs of no weight, ids given twice, a place whose people change, rows in any order."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from test_access_catchment import DECAY, DEMAND, TRAVEL

from vigie.access.arrays import examples, quantities, sums, unique_ids
from vigie.access.catchment import accessibility, change_of_demand, prepare
from vigie.access.decay import linear
from vigie.access.demand import recover_age_weights
from vigie.access.flows import flows
from vigie.access.travel import assemble, from_table, zone_at
from vigie.errors import InputError
from vigie.language import Text


def test_ids_given_twice_are_counted_and_the_first_is_named() -> None:
    assert unique_ids(["a", "b"], "id").tolist() == ["a", "b"]
    for ids, count in ((["b", "a", "b"], 1), (["c", "b", "c", "b", "b", "a"], 2)):
        with pytest.raises(InputError) as fault:
            unique_ids(ids, "place")
        assert f"ids given twice: {count} (b" in fault.value.message("en")
        assert f"identifiants en double\u202f: {count} (b" in fault.value.message("fr")
        assert (fault.value.where.column, fault.value.where.value) == ("place", "b")
        assert "a)" not in fault.value.message("en")
    with pytest.raises(InputError, match="identifiant est vide"):
        unique_ids(["a", ""], "id")


def test_a_quantity_that_cannot_be_is_told_with_how_many_and_which() -> None:
    assert quantities([0.0, 2.5], "demand", 2).tolist() == [0.0, 2.5]
    with pytest.raises(InputError) as fault:
        quantities([1.0, -2.0, -3.0], "demand", 3, ["a", "b", "c"])
    assert "negative values: 2 (b, c)" in fault.value.message("en") and fault.value.where.value == -2.0
    for wrong in ([1.0, np.nan], [np.inf, 1.0], [1.0]):
        with pytest.raises(InputError, match="demand"):
            quantities(wrong, "demand", 2, ["a", "b"])
    assert examples(np.arange(2), np.array(["x", "y"])) == "x, y"
    assert sums(np.array([2, 0, 2]), np.array([1.0, 2.0, 4.0]), 4).tolist() == [2.0, 0.0, 5.0, 0.0]


def test_a_pair_of_no_weight_moves_nobody_who_comes_or_leaves() -> None:
    table = pl.DataFrame([("a", "x", 0.0), ("b", "y", 4.0), ("b", "x", 1.0)],
                         schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64}, orient="row")  # fmt: skip
    travel = from_table(table, ["a", "b"], ["x", "y"], limit=20)
    catchment = prepare(travel, linear(4), [100, 50])  # b reaches y at exactly the limit, with weight 0
    supply = np.array([10.0, 3.0])
    before = accessibility(catchment, supply)
    for amount in (30.0, -20.0):
        places, change = change_of_demand(catchment, supply, 1, amount)
        after = before.copy()
        after[places] += change
        np.testing.assert_allclose(after, accessibility(prepare(travel, linear(4), [100, 50 + amount]), supply))


def test_a_site_that_would_lose_or_gain_all_its_people_is_refused_with_the_place() -> None:
    catchment = prepare(TRAVEL, DECAY, DEMAND)
    with pytest.raises(InputError) as fault:
        change_of_demand(catchment, [10, 5, 1], 0, -100)
    assert "-100" in fault.value.message("en") and "place a" in fault.value.message("en")
    places, change = change_of_demand(catchment, [10, 5, 1], 0, -99)
    assert places.tolist() == [0] and change == pytest.approx([10 / 1 - 10 / 100])


def test_who_provides_is_told_of_sites_that_are_reached_with_a_weight() -> None:
    rows = [("a", "a", 0.0), ("a", "b", 10.0), ("b", "b", 0.0), ("a", "c", 5.0), ("c", "c", 0.0)]
    table = pl.DataFrame(rows, schema=["place", "site", "minutes"], orient="row")
    travel = from_table(table, ["a", "b", "c"], ["a", "b", "c"], limit=20)
    catchment = prepare(travel, linear(10), [100, 50, 20])  # a reaches b at the limit, with weight 0
    found = flows(catchment, np.array([2.0, 1.0, 1.0]), np.array([0, 1]), np.array([0]), np.array([0, 1, 2]), 3)
    assert found.known.tolist() == [True]
    assert found.providers.tolist() == [2] and sorted(found.provider[0].tolist()) == [-1, 0, 2]
    # 100 people of a alone reach a; half of their weight at c, where 20 people are: 100 × (2/100 + 0.5/70).
    own, far = 100 * 2 / 100, 100 * 0.5 / 70
    assert found.own[0] == pytest.approx(own / (own + far))
    assert found.minutes[0] == pytest.approx(5 * far / (own + far))
    assert found.provided[0][:2] == pytest.approx([own / (own + far), far / (own + far)])


def test_pairs_in_any_order_make_the_same_rows() -> None:
    ids = np.array(["a", "b", "c"])
    rows, columns, minutes = np.array([2, 0, 1, 0, 2]), np.array([1, 2, 0, 0, 0]), np.array([5.0, 0.0, 3.0, 1.0, 4.0])
    told = [assemble(ids, ids, rows[order], columns[order], minutes[order], 9, Text("x", "x"))
            for order in (np.arange(5), np.array([4, 3, 2, 1, 0]), np.array([1, 4, 0, 3, 2]))]  # fmt: skip
    for one in told:
        assert one.indptr.tolist() == [0, 2, 3, 5] and one.indices.tolist() == [0, 2, 0, 0, 1]
        assert one.minutes.tolist() == [1.0, 0.0, 3.0, 4.0, 5.0] and one.limit == 9.0


def test_a_supply_of_another_length_is_refused_as_such() -> None:
    catchment = prepare(TRAVEL, DECAY, DEMAND)
    for supply in ([10.0, 5.0], [10.0, 5.0, 1.0, 1.0], 3.0):
        with pytest.raises(InputError, match="supply"):
            change_of_demand(catchment, supply, 0, 10)
    with pytest.raises(InputError, match="supply"):
        change_of_demand(catchment, [float("nan"), 5.0, 1.0], 0, 10)


def test_a_point_is_in_the_smallest_zone_that_holds_it() -> None:
    found = zone_at(np.array([2.35, 8.74, 9.45, 55.45, 20.0]), np.array([48.85, 41.92, 42.7, -20.9, 10.0]))
    assert found.tolist() == ["metropole", "corse", "corse", "reunion", "world"]


def test_how_near_recovered_weights_of_ages_come_is_told_of_what_they_give_back() -> None:
    people = np.array([[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    target = np.array([11.0, 18.0, 32.0])  # 10 a + 10 b is 29 at the best of the two first
    found = recover_age_weights(people, target)
    raw, *_ = np.linalg.lstsq(people, target, rcond=None)
    errors = people @ raw - target
    assert found.r_squared == pytest.approx(1 - (errors**2).sum() / ((target - target.mean()) ** 2).sum())
    assert found.largest_error == pytest.approx(np.abs(errors).max())
    np.testing.assert_allclose(found.weights, raw / ((people @ raw).sum() / people.sum()))
    assert recover_age_weights(people, people @ np.array([1.0, 2.0])).r_squared == pytest.approx(1.0)


def test_the_last_inhabitants_may_leave_a_place_that_reaches_no_site() -> None:
    catchment = prepare(TRAVEL, DECAY, DEMAND)
    places, change = change_of_demand(catchment, [10, 5, 1], 3, -7)
    assert places.size == change.size == 0
    with pytest.raises(InputError, match="d"):
        change_of_demand(catchment, [10, 5, 1], 3, -8)
