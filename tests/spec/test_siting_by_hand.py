"""Sitings small enough to be solved with a pencil."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from vigie.errors import InputError
from vigie.levers.siting_all import fewest_sites
from vigie.levers.siting_benefit import Benefit
from vigie.levers.siting_capacity import fill
from vigie.levers.siting_choice import best_sites
from vigie.levers.siting_search import search
from vigie.levers.siting_threshold import crossing, place_posts

# A village of 100 between two towns: b reaches all but the far towns' own people, and is the greedy's first choice.
#            a    b    c
TOWNS = [[60.0, 0.0, 0.0],   # only a
         [50.0, 50.0, 0.0],  # a or b
         [0.0, 50.0, 50.0],  # b or c
         [0.0, 20.0, 0.0],   # only b
         [0.0, 0.0, 60.0]]  # only c  # fmt: skip


def _benefit(table: list[list[float]]) -> Benefit:
    return Benefit(csr_array(np.array(table)), 0.0, whole=True)


def test_two_places_reach_most_people_when_they_are_the_outer_ones() -> None:
    """b alone reaches 120, a or c 110; but a and c together 220, against 180 for b and a."""
    benefit = _benefit(TOWNS)
    assert search(benefit, 1).tolist() == [1]
    found = best_sites(benefit, 2, seconds=600)
    assert (found.sites.tolist(), found.value, found.upper, found.optimal) == ([0, 2], 220.0, 220.0, True)


def test_three_places_are_needed_to_reach_all() -> None:
    found = fewest_sites(_benefit(TOWNS))
    assert (found.sites.tolist(), found.least) == ([0, 1, 2], 3)


def test_two_places_for_a_hundred_serve_two_hundred() -> None:
    """Each would reach 110: a hundred is what it has room for."""
    found = fill(_benefit(TOWNS), 2, np.full(3, 100))
    assert (found.value, found.upper, found.served.tolist()) == (200.0, 200.0, [100, 100])


def test_a_post_is_shared_among_all_who_reach_it() -> None:
    """5,000 consultations among 5,000 people in reach are one more each: 1.6 becomes 2.6, 1.4 becomes 2.4 only.

    A second post at the same place brings 1.4 above 2.5 too.
    """
    near = csr_array(np.ones((2, 1)))
    problem = crossing(near, [5_000.0], [1.6, 1.4], [300.0, 200.0], 2.5, 5_000.0)
    assert place_posts(problem, 1, [2], seconds=600).value == 300.0
    both = place_posts(problem, 2, [2], seconds=600)
    assert (both.posts.tolist(), both.value, both.upper) == ([2], 500.0, 500.0)
    assert place_posts(problem, 2, [1], seconds=600).value == 300.0


def test_a_place_at_the_threshold_is_not_below_it() -> None:
    near = csr_array(np.ones((2, 1)))
    problem = crossing(near, [1_000.0], [2.5, np.nan], [300.0, 200.0], 2.5, 5_000.0)
    assert problem.people.size == 0


def test_posts_forced_beyond_what_is_placed_are_refused() -> None:
    problem = crossing(csr_array(np.ones((1, 1))), [1_000.0], [1.0], [10.0], 2.5, 5_000.0)
    with pytest.raises(InputError, match="imposés"):
        place_posts(problem, 1, [3], forced=[2])
