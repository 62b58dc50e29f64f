"""Choices of sites that the bound leaves open: what HiGHS is given, and what becomes of its answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array

from vigie.levers import siting_choice, siting_exact
from vigie.levers.siting_benefit import Benefit
from vigie.levers.siting_choice import Choice, best_sites
from vigie.levers.siting_exact import Program, choose, solve
from vigie.levers.siting_plans import different_plans, frequency
from vigie.levers.siting_search import _first_prices, search


def cycle(size: int, people: float = 10.0) -> Benefit:
    """Places on a circle, each reached from a site on either side of it: the bound is never tight for odd sizes."""
    table = np.zeros((size, size))
    for row in range(size):
        table[row, row] = table[row, (row + 1) % size] = people
    return Benefit(csr_array(table), 0.0, whole=True)


def brute(benefit: Benefit, count: int) -> float:
    return max(benefit.worth(np.array(sites)) for sites in itertools.combinations(range(benefit.sites), count))


@pytest.mark.parametrize("size", [3, 5, 7])
def test_highs_finds_the_best_of_a_circle(size: int) -> None:
    benefit, count = cycle(size), size // 2
    found = choose(benefit, count, np.array([0]), 600.0)
    assert found is not None
    sites, upper, optimal = found
    assert optimal and sites.size <= count
    assert benefit.worth(sites) == brute(benefit, count) == pytest.approx(upper)


def test_levels_of_one_place_are_had_from_the_best_site_open() -> None:
    """One place with three values, one with two: the sites' own worth, never their sum."""
    table = np.array([[9.0, 5.0, 2.0], [1.0, 5.0, 0.0], [0.0, 0.0, 4.0]])
    benefit = Benefit(csr_array(table), 0.0, whole=True)
    for count in (1, 2, 3):
        found = choose(benefit, count, np.array([2]), 600.0)
        assert found is not None
        assert found[1] == pytest.approx(brute(benefit, count)) == benefit.worth(found[0])


def test_a_program_too_large_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siting_exact, "MOST_ENTRIES", 9)
    assert choose(cycle(5), 2, np.array([0]), 1.0) is None
    monkeypatch.setattr(siting_exact, "MOST_ENTRIES", 10)
    assert choose(cycle(5), 2, np.array([0]), 1.0) is not None


def test_a_linear_program_has_its_optimum_for_bound() -> None:
    """Maximise 2x + y under x + y ≤ 3, x ≤ 2."""
    program = Program(csr_array(np.array([[1.0, 1.0]])), np.array([2.0, 1.0]), np.array([-np.inf]), np.array([3.0]),
                      np.array([2.0, 5.0]), np.zeros(2, dtype=bool))  # fmt: skip
    found = solve(program, 600.0)
    assert found.optimal and found.upper == pytest.approx(5.0)
    assert found.x.tolist() == pytest.approx([2.0, 1.0])
    least = Program(program.matrix, program.worth, np.array([9.0]), np.array([9.0]), program.most, program.whole,
                    least=np.array([1.0, 0.0]))  # fmt: skip
    impossible = solve(least, 600.0)
    assert not impossible.optimal and impossible.upper == float("inf")


@pytest.mark.parametrize(
    ("value", "upper", "gap", "optimal"),
    [(10.0, 10.0, 0.0, True), (10.0, 9.0, 0.0, True), (10.0, 12.0, 0.2, False), (0.0, 1.0, float("inf"), False)],
)
def test_the_gap_of_a_choice(value: float, upper: float, gap: float, optimal: bool) -> None:
    one = Choice(np.array([0]), value, upper, "bound")
    assert one.gap == pytest.approx(gap) and one.optimal is optimal


def open_bound(monkeypatch: pytest.MonkeyPatch, above: float) -> None:
    """A bound so loose that HiGHS is asked."""
    real = siting_choice.bound

    def loose(benefit: Benefit, count: int, value: float):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        found = real(benefit, count, value)
        return replace(found, upper=value + above)

    monkeypatch.setattr(siting_choice, "bound", loose)


def test_without_seconds_the_bound_is_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    open_bound(monkeypatch, 35.0)
    benefit = cycle(7)
    found = best_sites(benefit, 3)
    assert (found.method, found.optimal) == ("bound", False)
    assert found.upper == found.value + 35.0 and found.value == benefit.worth(found.sites)


def test_what_the_bound_leaves_open_is_proved_by_highs(monkeypatch: pytest.MonkeyPatch) -> None:
    open_bound(monkeypatch, 35.0)
    all_open = (np.ones(7, dtype=bool), np.zeros(7, dtype=bool))
    monkeypatch.setattr(siting_choice, "undecided", lambda *_: all_open)
    benefit = cycle(7)
    found = best_sites(benefit, 3, seconds=600)
    assert (found.method, found.optimal, found.value) == ("exact", True, 60.0)
    monkeypatch.setattr(siting_choice, "solve_exactly", lambda *_: None)
    assert best_sites(benefit, 3, seconds=600).method == "bound"
    # A plan of HiGHS that is no better than the one at hand does not take its place; its bound does.
    monkeypatch.setattr(siting_choice, "solve_exactly", lambda *_: (np.array([0]), 65.0, False))
    kept = best_sites(benefit, 3, seconds=600)
    assert (kept.value, kept.upper, kept.method) == (60.0, 65.0, "bound")
    # One that is better does.
    monkeypatch.setattr(siting_choice, "search", lambda *_, **__: np.array([0, 1, 2]))
    monkeypatch.setattr(siting_choice, "solve_exactly", lambda *_: (np.array([0, 2, 4]), 60.0, True))
    better = best_sites(benefit, 3, seconds=600)
    assert (better.sites.tolist(), better.value, better.method) == ([0, 2, 4], 60.0, "exact")


def test_what_is_sure_is_kept_and_what_is_decided_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    open_bound(monkeypatch, 35.0)
    benefit = cycle(7)
    nothing = np.zeros(7, dtype=bool)
    best = np.zeros(7, dtype=bool)
    best[search(benefit, 3)] = True
    monkeypatch.setattr(siting_choice, "undecided", lambda *_: (nothing, best))
    found = best_sites(benefit, 3, seconds=600)
    assert (found.value, found.upper, found.method) == (60.0, 60.0, "bound")
    one = np.zeros(7, dtype=bool)
    one[np.flatnonzero(best)[0]] = True
    monkeypatch.setattr(siting_choice, "undecided", lambda *_: (~one, one))
    with_one = best_sites(benefit, 3, seconds=600)
    assert with_one.value == 60.0 and np.flatnonzero(one)[0] in with_one.sites


def test_where_nothing_more_is_added_fewer_sites_are_the_whole_answer() -> None:
    benefit = Benefit(csr_array(np.array([[5.0, 5.0, 5.0]])), 0.0, whole=True)
    found = best_sites(benefit, 3, seconds=600)
    assert (found.sites.size, found.value, found.upper, found.method) == (1, 5.0, 5.0, "bound")
    empty = Benefit(csr_array(np.zeros((1, 2))), 0.0, whole=True)
    assert best_sites(empty, 2).sites.size == 0


def test_other_plans_are_unlike_the_best_and_nearly_as_good() -> None:
    benefit = Benefit(csr_array(np.array([[10.0, 9.5, 0.0], [0.0, 0.0, 8.0]])), 0.0, whole=True)

    def find(prices: np.ndarray) -> np.ndarray:
        worths = [(benefit.worth(np.array([a])) - prices[a], -a) for a in range(3)]
        plan = np.zeros(3, dtype=np.int64)
        plan[-max(worths)[1]] = 1
        return plan

    def worth(plan: np.ndarray) -> float:
        return benefit.worth(np.flatnonzero(plan))

    first = np.array([1, 0, 0])
    plans = different_plans(first, find, worth, 3, 0.1)
    assert [plan.tolist() for plan in plans] == [[1, 0, 0], [0, 1, 0]]
    assert different_plans(first, find, worth, 3, 0.01) == [first] or len(plans) == 2
    assert frequency(plans).tolist() == [0.5, 0.5, 0.0]


def test_first_prices_are_half_of_what_each_row_has_at_best() -> None:
    found = _first_prices(
        Benefit(csr_array(np.array([[9.0, 5.0, 2.0], [0.0, 0.0, 0.0], [0.0, 4.0, 0.0]])), 0.0, whole=True)
    )
    assert found.tolist() == [4.5, 0.0, 2.0]
