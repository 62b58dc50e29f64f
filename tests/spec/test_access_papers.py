"""Worked examples: the formulas of the papers, by hand, on towns small enough to check with a pencil."""

import polars as pl
import pytest

from vigie.access import reference
from vigie.access.catchment import accessibility, prepare, prepare_three_step
from vigie.access.decay import bands
from vigie.access.travel import from_table


def travel_of(minutes, places, sites, limit=30):
    table = pl.DataFrame(
        [(i, j, float(t)) for (i, j), t in minutes.items()],
        schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64},
        orient="row",
    )
    return from_table(table, places, sites, limit)


# Three tracts, two physicians' sites. Site x is reached by A and B, site y by B and C.
MINUTES = {("A", "x"): 5, ("B", "x"): 15, ("B", "y"): 8, ("C", "y"): 25}
DEMAND = {"A": 1000, "B": 2000, "C": 1000}
SUPPLY = {"x": 3, "y": 6}


def test_two_step_of_luo_and_wang_2003():
    """One band to 30 min: R_x = 3/3000, R_y = 6/3000; A gets R_x, B both, C R_y."""
    catchment = prepare(travel_of(MINUTES, list("ABC"), list("xy")), bands([(0, 1)], 30), list(DEMAND.values()))
    found = accessibility(catchment, list(SUPPLY.values()))
    assert found.tolist() == pytest.approx([0.001, 0.003, 0.002], rel=1e-15)


def test_enhanced_two_step_of_luo_and_qi_2009():
    """Bands 0–10, 10–20, 20–30 weighing 1, 0.68, 0.22.

    R_x = 3/(1·1000 + 0.68·2000) = 3/2360; R_y = 6/(1·2000 + 0.22·1000) = 6/2220.
    A_A = R_x; A_B = 0.68 R_x + R_y; A_C = 0.22 R_y.
    """
    decay = bands([(0, 1), (10, 0.68), (20, 0.22)], 30)
    catchment = prepare(travel_of(MINUTES, list("ABC"), list("xy")), decay, list(DEMAND.values()))
    found = accessibility(catchment, list(SUPPLY.values()))
    assert found.tolist() == pytest.approx([3 / 2360, 0.68 * 3 / 2360 + 6 / 2220, 0.22 * 6 / 2220], rel=1e-14)
    assert found @ [1000, 2000, 1000] == pytest.approx(9, rel=1e-14)


def test_three_step_of_wan_zou_and_sternberg_2012():
    """B chooses: G_Bx = 0.68/1.68, G_By = 1/1.68; A and C have one site each, G = 1."""
    decay = bands([(0, 1), (10, 0.68), (20, 0.22)], 30)
    travel = travel_of(MINUTES, list("ABC"), list("xy"))
    found = accessibility(prepare_three_step(travel, decay, list(DEMAND.values()), [3, 6]), [3, 6])
    to_x, to_y = 0.68 * 0.68 / 1.68, 1 * 1 / 1.68
    r_x, r_y = 3 / (1000 + to_x * 2000), 6 / (to_y * 2000 + 0.22 * 1000)
    assert found.tolist() == pytest.approx([r_x, to_x * r_x + to_y * r_y, 0.22 * r_y], rel=1e-14)


def test_apl_of_barlet_2012_counts_a_neighbour_at_seven_minutes_for_three_tenths():
    """Two communes at 7 min, 5,000 consultations in the first: R = 5000/(1000 + 0.3·500)."""
    minutes = {("a", "a"): 0, ("b", "b"): 0, ("a", "b"): 7, ("b", "a"): 7}
    decay = bands([(0, 1), (5, 0.3), (10, 0.1)], 15)
    catchment = prepare(travel_of(minutes, ["a", "b"], ["a", "b"]), decay, [1000, 500])
    assert accessibility(catchment, [5000, 0]).tolist() == pytest.approx([5000 / 1150, 0.3 * 5000 / 1150], rel=1e-15)


def test_the_reference_gives_the_same_by_hand_figures():
    found = reference.two_step(MINUTES, bands([(0, 1), (10, 0.68), (20, 0.22)], 30), DEMAND, SUPPLY)
    assert found == pytest.approx({"A": 3 / 2360, "B": 0.68 * 3 / 2360 + 6 / 2220, "C": 0.22 * 6 / 2220})
