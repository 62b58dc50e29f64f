"""Kernels of levers by hand: rates that change, what a post brings, what sites are worth above a price."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.levers import kernels, siting_kernels
from vigie.levers.engine import central
from vigie.levers.ground import Roads

INDPTR, INDICES = np.array([0, 2, 3], dtype=np.int32), np.array([0, 1, 1], dtype=np.int32)
VALUES = np.array([5.0, 2.0, 4.0])


def test_a_rate_changes_by_supply_and_by_people_and_is_nothing_where_nobody_is_left() -> None:
    result = np.full((3, 1, 2), -7.0)
    more_reach = np.array([[[0.0, 10.0]], [[-4.0, -4.0 + 1e-9]], [[0.0, 8.0]], [[0.0, 0.0]]])
    kernels.rate_change(
        np.array([20.0, 8.0, 6.0, 1.0]), np.array([[10.0, 0.0], [0.0, 0.0], [0.0, 2.0], [0.0, 0.0]]),
        np.array([[10.0], [4.0], [0.0], [1.0]]), more_reach, np.array([0, 1, 2]), result,
    )  # fmt: skip
    assert result[0, 0].tolist() == [3.0 - 2.0, 1.0 - 2.0]
    assert result[1, 0].tolist() == [-2.0, -2.0]  # what rounding leaves of four people is nobody
    assert result[2, 0].tolist() == [0.0, 1.0]  # nobody reached it before


@pytest.mark.parametrize(("decays", "columns"), [(3, 1), (3, 3), (1, 3), (2, 1), (3, 4)])
def test_what_sites_change_is_carried_to_the_places_that_they_reach(decays: int, columns: int) -> None:
    """Every width that the loop has a road of its own for, and others, against a dense product."""
    rng = np.random.default_rng(decays * 10 + columns)
    near = rng.random((6, 6)) < 0.5
    pulls = (rng.random((6, 6, decays)) * near[:, :, None]).astype(np.float32)
    indptr, indices = np.append(0, near.sum(axis=1).cumsum()), np.nonzero(near)[1].astype(np.int32)
    rows, values = np.array([0, 2, 5]), rng.random((3, decays, columns))
    result = np.ones((6, decays, columns))
    kernels.scatter(indptr, indices, pulls[near], rows, values, result)
    np.testing.assert_allclose(result, 1 + np.einsum("jid,jdc->idc", pulls[rows].astype(np.float64), values))


def test_shares_of_what_places_have_are_added() -> None:
    base, share = np.arange(12.0).reshape(2, 3, 2), np.arange(24.0).reshape(3, 2, 4)
    result = np.ones((2, 3, 4))
    kernels.combine(base, share, result)
    np.testing.assert_allclose(result, 1 + np.einsum("idb,dbc->idc", base, share))


def test_the_worth_of_progress_is_its_square_until_it_is_there() -> None:
    assert siting_kernels.worth_of(1.0, 0.25) == siting_kernels.worth_of(1.0 - 1e-10, 0.25) == 1.0
    assert siting_kernels.worth_of(0.5, 0.25) == 0.0625
    assert siting_kernels.worth_of(1.0 - 1e-8, 0.25) == pytest.approx(0.25)
    assert siting_kernels.worth_of(0.5, 0.0) == 0.0


def test_one_more_post_adds_the_people_whom_it_brings_there_or_nearer() -> None:
    gain = np.full(2, -7.0)
    have, people = np.array([0.4, 0.0]), np.array([100.0, 10.0])
    siting_kernels.post_gains(have, people, INDPTR, INDICES, np.array([0.6, 0.1, 0.5]), 0.5, gain)
    assert gain.tolist() == pytest.approx([100 * (1 - 0.08), 100 * (0.125 - 0.08) + 10 * 0.125])


def test_what_sites_are_worth_above_a_price_and_how_often_a_row_takes_them() -> None:
    result = np.full(2, -7.0)
    siting_kernels.excess(np.array([2.0, 1.0]), INDPTR, INDICES, VALUES, result)
    assert result.tolist() == [3.0, 3.0]  # two is not above two
    taken = np.full(2, -7.0)
    siting_kernels.times_taken(np.array([True, True]), np.array([1.0, 4.0]), INDPTR, INDICES, VALUES, taken)
    assert taken.tolist() == [2.0, 0.0]
    siting_kernels.times_taken(np.array([False, True]), np.array([1.0, 3.0]), INDPTR, INDICES, VALUES, taken)
    assert taken.tolist() == [1.0, 1.0]


def test_the_central_model_is_the_first_decay_alone() -> None:
    wide = np.arange(6.0).reshape(3, 2)
    road = Roads("slow", ("a", "b"), ("A", "B"), None, INDPTR, INDICES, wide, wide + 10, wide + 20)  # type: ignore[arg-type]
    found = central(road)
    assert (found.name, found.decay_names, found.decays) == ("slow", ("a",), ("A",))
    for part, first in ((found.weights, 0), (found.in_reach, 10), (found.access, 20)):
        np.testing.assert_array_equal(part, first + wide[:, :1])
