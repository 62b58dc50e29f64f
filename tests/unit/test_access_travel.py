"""Travel times: zones, own minutes, ready matrices, comparison, and the errors of bad input."""

import math

import numpy as np
import polars as pl
import pytest

from vigie.access.travel import compare, crow_fly, from_table, points, to_table, zone_of
from vigie.errors import InputError

TWO = {"lon": [2.35, 2.40], "lat": [48.85, 48.85], "zones": ["metropole"] * 2}


def pairs(*rows):
    return pl.DataFrame(rows, schema={"place": pl.Utf8, "site": pl.Utf8, "minutes": pl.Float64}, orient="row")


def as_dict(travel):
    return {(place, site): minutes for place, site, minutes in to_table(travel).iter_rows()}


def test_codes_fall_in_their_zone():
    codes = ["75101", "2A004", "2B033", "97105", "97411", "97608", "01001", "97701"]
    assert zone_of(codes).tolist() == [
        "metropole", "corse", "corse", "guadeloupe", "reunion", "mayotte", "metropole", "saint-barthelemy",
    ]  # fmt: skip


def test_no_pair_crosses_from_one_land_mass_to_another():
    codes = ["06088", "2B033", "97105", "97209"]
    made = points(codes, [7.27, 9.45, -61.73, -61.07], [43.70, 42.70, 16.0, 14.61], zone_of(codes))
    travel = crow_fly(made, made, limit=10_000)
    assert as_dict(travel) == {(code, code): 0.0 for code in codes}


def test_time_is_length_times_detour_at_the_mean_pace_plus_access_at_both_ends():
    made = points(["a", "b"], **TWO, speed=[30, 60], access=[2, 3], own=[1, 0])
    metres = math.dist(made.position[0], made.position[1])
    assert metres == pytest.approx(3670, rel=0.01)
    found = as_dict(crow_fly(made, made, limit=60, detour=1.5))
    expected = 5 + metres / 1000 * 1.5 * (60 / 30 + 60 / 60) / 2
    assert found == {
        ("a", "a"): 1,
        ("b", "b"): 0,
        ("a", "b"): pytest.approx(expected),
        ("b", "a"): pytest.approx(expected),
    }


def test_the_limit_is_within_reach_and_beyond_is_not():
    made = points(["a", "b"], **TWO)
    minutes = as_dict(crow_fly(made, made, limit=60))[("a", "b")]
    assert ("a", "b") in as_dict(crow_fly(made, made, limit=minutes))
    assert ("a", "b") not in as_dict(crow_fly(made, made, limit=np.nextafter(minutes, 0)))


def test_one_fast_place_loses_no_pair_and_a_radius_cuts():
    rng = np.random.default_rng(0)
    speeds = np.exp(rng.normal(4, 1, 60))
    made = points(
        [f"{k:02d}" for k in range(60)],
        rng.uniform(2, 3, 60),
        rng.uniform(48, 49, 60),
        ["metropole"] * 60,
        speed=speeds,
    )
    gaps = np.linalg.norm(made.position[:, None] - made.position[None, :], axis=2) / 1000
    minutes = gaps * 1.3 * (made.pace[:, None] + made.pace[None, :]) / 2
    assert as_dict(crow_fly(made, made, limit=30)).keys() == {
        (f"{i:02d}", f"{j:02d}") for i, j in np.argwhere(minutes <= 30)
    }
    near = (minutes <= 30) & (gaps <= 20)
    assert crow_fly(made, made, limit=30, radius=20).minutes.size == near.sum() < (minutes <= 30).sum()


def test_zero_minutes_survive():
    made = points(["a", "b"], [2.35, 2.35], [48.85, 48.85], ["metropole"] * 2)
    assert as_dict(crow_fly(made, made, limit=5)) == dict.fromkeys(
        [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")], 0.0
    )


def test_a_zone_of_one_s_own_works_anywhere_even_across_the_antimeridian():
    made = points(["a", "b"], [179.99, -179.99], [-16.5, -16.5], ["fiji"] * 2)
    assert as_dict(crow_fly(made, made, limit=10, detour=1))[("a", "b")] == pytest.approx(2.135, rel=1e-3)


def test_places_and_sites_may_be_two_lists():
    homes = points(["h"], [2.35], [48.85], ["metropole"])
    cares = points(["c", "far"], [2.36, 5.0], [48.85, 45.0], ["metropole"] * 2)
    travel = crow_fly(homes, cares, limit=20)
    assert list(as_dict(travel)) == [("h", "c")]
    assert travel.sites.tolist() == ["c", "far"]


@pytest.mark.parametrize(
    ("lon", "lat", "word"),
    [
        ([48.85, 48.86], [2.35, 2.36], "échangées"),
        ([652000.0, 652100.0], [6862000.0, 6862100.0], "mètres"),
        ([2.35, math.nan], [48.85, 48.86], "absentes"),
        ([-61.5, -61.6], [16.1, 16.2], "zone"),
        ([2.35], [48.85], "attendues"),
    ],
)
def test_bad_coordinates_say_what_is_wrong(lon, lat, word):
    with pytest.raises(InputError) as error:
        points(["a", "b"], lon, lat, ["metropole"] * 2)
    assert word in error.value.message("fr")


@pytest.mark.parametrize("ids", [["a", "a"], ["a", ""]])
def test_ids_are_unique_and_not_empty(ids):
    with pytest.raises(InputError):
        points(ids, **TWO)


@pytest.mark.parametrize("option", [{"speed": 0}, {"speed": -5}, {"own": math.nan}, {"access": [1, -1]}])
def test_bad_speeds_and_minutes_are_refused(option):
    with pytest.raises(InputError):
        points(["a", "b"], **TWO, **option)


@pytest.mark.parametrize(
    "option", [{"limit": 0}, {"limit": math.nan}, {"limit": 10, "detour": -1}, {"limit": 10, "radius": 0}]
)
def test_a_limit_and_a_detour_are_positive(option):
    made = points(["a", "b"], **TWO)
    with pytest.raises(InputError):
        crow_fly(made, made, **option)


def test_a_ready_matrix_keeps_its_zeros_drops_what_is_too_far_and_adds_nothing():
    travel = from_table(
        pairs(("b", "x", 0.0), ("a", "y", 30.0), ("a", "x", 30.1)), ["a", "b", "c"], ["x", "y"], limit=30
    )
    assert as_dict(travel) == {("b", "x"): 0.0, ("a", "y"): 30.0}
    assert travel.indptr.tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (pairs(("a", "z", 1.0)), "inconnu"),
        (pairs(("z", "x", 1.0)), "inconnu"),
        (pairs((None, "x", 1.0)), "inconnu"),
        (pairs(("a", "x", -1.0)), "négatives"),
        (pairs(("a", "x", math.nan)), "absentes"),
        (pairs(("a", "x", None)), "absentes"),
        (pairs(("a", "x", 1.0), ("b", "x", 2.0), ("a", "x", 1.0)), "plusieurs fois"),
        (pl.DataFrame({"place": ["a"], "minutes": [1.0]}), "site"),
    ],
)
def test_a_bad_matrix_says_what_is_wrong(table, word):
    with pytest.raises(InputError) as error:
        from_table(table, ["a", "b"], ["x"], limit=30)
    assert word in error.value.message("fr")


def test_an_empty_matrix_is_a_matrix():
    travel = from_table(pairs(), ["a"], ["x"], limit=30)
    assert as_dict(travel) == {}


def test_comparison_counts_the_pairs_of_each_and_ranks_the_gaps():
    a = from_table(pairs(("a", "x", 10.0), ("a", "y", 5.0), ("b", "x", 20.0)), ["a", "b"], ["x", "y"], limit=30)
    b = from_table(pairs(("a", "x", 12.0), ("a", "y", 1.0), ("b", "y", 20.0)), ["b", "a"], ["x", "y"], limit=30)
    found = compare(a, b)
    assert (found.both, found.only_a, found.only_b) == (2, 1, 1)
    assert (found.mean_difference, found.median_absolute_difference) == (-1.0, 3.0)
    assert found.correlation == pytest.approx(1.0)
    assert found.pairs["difference"].to_list() == [-4.0, 2.0, None, None]


def test_matrices_of_different_places_cannot_be_compared():
    a, b = (from_table(pairs((name, "x", 1.0)), [name], ["x"], limit=30) for name in "ab")
    with pytest.raises(InputError):
        compare(a, b)
