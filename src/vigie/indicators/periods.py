"""Periods as moments in time: a year, a semester, a quarter, a month or a day as a number of years."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

_PERIOD = re.compile(r"(\d{4})(?:-([TSQ])(\d)|-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_MONTHS = {"T": 3, "Q": 3, "S": 6}


@cache
def moment(period: str) -> float | None:
    """The middle of a period in years (2023 is 2023.5), a day for what it is; None for a span or an unreadable text."""
    ends = bounds(period)
    if ends is None:
        return None
    start, end = ends
    if end - start == timedelta(days=1):
        return decimal_year(start)
    return (decimal_year(start) + decimal_year(end)) / 2


@cache
def deadline(period: str) -> float | None:
    """The end of a period in years (2025 is 2026.0): by when something promised for it is due."""
    ends = bounds(period)
    return None if ends is None else decimal_year(ends[1])


def bounds(period: str) -> tuple[date, date] | None:
    """The first day of a period and the day after its last; None for a span or an unreadable text."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        return None
    year, letter, rank, month, day = found.groups()
    try:
        if day is not None:
            start = date(int(year), int(month), int(day))
            return start, start + timedelta(days=1)
        length = _MONTHS[letter] if letter else 1 if month else 12
        first = 1 + length * (int(rank) - 1) if letter else int(month or 1)
        after = first + length
        return date(int(year), first, 1), date(int(year) + (after - 1) // 12, (after - 1) % 12 + 1, 1)
    except ValueError:  # a thirteenth month, a fifth quarter
        return None


def decimal_year(day: date) -> float:
    """A day as a number of years: 1 January is whole."""
    start = date(day.year, 1, 1)
    length = (date(day.year + 1, 1, 1) - start).days
    return day.year + (day - start).days / length


def is_year(period: str) -> bool:
    """Whether a period is a plain year."""
    return bool(re.fullmatch(r"\d{4}", period, re.ASCII))
