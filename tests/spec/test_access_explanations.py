"""Explanations by hand on two towns and a village."""

import numpy as np
import polars as pl
import pytest

from vigie.access.catchment import accessibility, prepare
from vigie.access.decay import bands
from vigie.access.explain import decompose, providers, served, sharers, territory_access
from vigie.access.travel import from_table
from vigie.errors import InputError, UnknownNameError

TABLE = pl.DataFrame(
    [("A", "A", 0.0), ("B", "B", 0.0), ("V", "A", 7.0), ("V", "B", 12.0)],
    schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64},
    orient="row",
)
TRAVEL = from_table(TABLE, ["A", "B", "V"], ["A", "B"], limit=15)
BARLET = bands([(0, 1.0), (5, 0.3), (10, 0.1)], 15)
DEMAND, SUPPLY = np.array([1000.0, 500.0, 200.0]), np.array([5300.0, 2600.0])
CATCHMENT = prepare(TRAVEL, BARLET, DEMAND)
R_A, R_B = 5300 / (1000 + 0.3 * 200), 2600 / (500 + 0.1 * 200)  # 5 and 5


def test_a_village_s_access_is_the_sum_of_its_providers():
    found = providers(CATCHMENT, SUPPLY, "V")
    assert found["site"].to_list() == ["A", "B"]
    assert found["access"].to_list() == pytest.approx([0.3 * R_A, 0.1 * R_B])
    assert found["amount"].to_list() == pytest.approx([300, 100])
    assert found["share"].to_list() == pytest.approx([0.75, 0.25])
    assert found["access"].sum() == pytest.approx(accessibility(CATCHMENT, SUPPLY)[2])


def test_a_village_shares_its_providers_with_the_towns():
    """A's consultations go 1000/1060 to A and 60/1060 to V; B's 500/520 to B and 20/520 to V; V uses A for 3/4."""
    found = dict(sharers(CATCHMENT, SUPPLY, "V").iter_rows())
    expected = {"A": 0.75 * 1000 / 1060, "B": 0.25 * 500 / 520, "V": 0.75 * 60 / 1060 + 0.25 * 20 / 520}
    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(1)


def test_a_site_serves_all_its_supply():
    found = served(CATCHMENT, SUPPLY, "A")
    assert found["place"].to_list() == ["A", "V"]
    assert found["amount"].to_list() == pytest.approx([5000, 300])
    assert found["share"].sum() == pytest.approx(1)


def test_nothing_to_reach_gives_empty_tables():
    nothing = [0.0, 0.0]
    assert providers(CATCHMENT, nothing, "V").is_empty()
    assert sharers(CATCHMENT, nothing, "V").is_empty()
    assert served(CATCHMENT, nothing, "A").is_empty()


def test_unknown_places_and_empty_territories_are_said():
    for call in (lambda: providers(CATCHMENT, SUPPLY, "Z"), lambda: served(CATCHMENT, SUPPLY, "Z")):
        with pytest.raises(UnknownNameError):
            call()
    with pytest.raises(InputError):
        territory_access(CATCHMENT, SUPPLY, np.zeros(3, dtype=bool))


def test_when_one_thing_moves_all_the_change_is_its_own():
    village, here = np.array([False, False, True]), np.array([False, False])
    after = {"demand": DEMAND, "supply": SUPPLY * [1.5, 1]}
    found = decompose(TRAVEL, BARLET, village, here, {"demand": DEMAND, "supply": SUPPLY}, after)
    assert found == pytest.approx(
        {"own_supply": 0, "own_demand": 0, "neighbour_supply": 0.3 * R_A * 0.5, "neighbour_demand": 0}, abs=1e-12
    )


def test_two_things_that_move_share_what_they_do_together():
    """Town A alone: A_A = S/(P + 60). Supply ×2 and people 1000 → 2000: Shapley is the mean of the two orders."""
    town, its_site = np.array([True, False, False]), np.array([True, False])
    after = {"demand": DEMAND + np.array([1000, 0, 0]), "supply": SUPPLY * [2, 1]}
    found = decompose(TRAVEL, BARLET, town, its_site, {"demand": DEMAND, "supply": SUPPLY}, after)

    def access(supply, people):
        return supply / (people + 60)

    supply_part = (access(10600, 1000) - access(5300, 1000) + access(10600, 2000) - access(5300, 2000)) / 2
    demand_part = (access(5300, 2000) - access(5300, 1000) + access(10600, 2000) - access(10600, 1000)) / 2
    assert found["own_supply"] == pytest.approx(supply_part)
    assert found["own_demand"] == pytest.approx(demand_part)
    assert sum(found.values()) == pytest.approx(access(10600, 2000) - access(5300, 1000))
