"""A straight axis with round marks."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """Values from ``low`` to ``high`` on units of a drawing from ``start`` to ``end``; ``marks`` are round values."""

    low: float
    high: float
    start: float
    end: float
    marks: tuple[float, ...]
    decimals: int

    def at(self, value: float) -> float:
        """Where a value stands, to a tenth of a unit; a value beyond an end stands at that end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def axis(low: float, high: float, start: float, end: float, wanted: int = 5) -> Axis:
    """An axis that holds ``low`` and ``high``, from zero where that is not far, with about ``wanted`` marks."""
    if 0 < low <= high / 2:
        low = 0.0
    step = _step((high - low) / wanted if high > low else abs(high) or 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    marks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(marks[0], marks[-1], start, end, marks, decimals)


def _step(raw: float) -> float:
    size = 10 ** math.floor(math.log10(raw))
    return float(next(size * step for step in (1, 2, 2.5, 5, 10) if size * step >= raw * 0.999))
