"""Periods as moments: years, semesters, quarters, months, days, spans."""

from __future__ import annotations

import pytest

from vigie.indicators.periods import bounds, deadline, is_year, moment


@pytest.mark.parametrize(
    ("period", "middle", "end"),
    [
        ("2023", 2023.5, 2024.0),
        ("2024", 2024.5, 2025.0),
        ("2023-S2", 2023.748, 2024.0),
        ("2023-T4", 2023.874, 2024.0),
        ("2023-12", 2023.958, 2024.0),
        ("2026-01-01", 2026.0, 2026.003),
        ("2025-06-30", 2025.493, 2025.496),
        ("2023-12-31", 2023.997, 2024.0),
    ],
)
def test_moment_and_deadline(period, middle, end):
    assert moment(period) == pytest.approx(middle, abs=6e-4)
    assert deadline(period) == pytest.approx(end, abs=6e-4)


@pytest.mark.parametrize("period", ["2023/2024", "2010/..", "", "2023-13", "2023-02-30", "2023-T5", "hier", "23"])
def test_what_is_no_moment(period):
    assert moment(period) is None
    assert deadline(period) is None
    assert bounds(period) is None


def test_something_due_for_a_year_is_due_before_the_next_one_begins():
    assert deadline("2025") == moment("2026-01-01")


def test_only_a_plain_year_is_a_year():
    assert is_year("2023")
    assert not any(is_year(text) for text in ("2023-06", "2023-06-30", "2023/2024", ""))
