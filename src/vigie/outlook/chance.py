"""Chance without a state: every number is a hash of the seed and of what it is for.

The same seed gives the same draws whatever the order, the number of threads and the variant: two variants differ by
their hypotheses alone. The mixing is that of splitmix64 (Steele, Lea and Flood 2014).
"""

from __future__ import annotations

from typing import Final

_MASK: Final = (1 << 64) - 1
GOLDEN: Final = 0x9E3779B97F4A7C15

AGE, EXIT, MOVE, STAY, SPOT, CHOICE, ROUND, SHOCK = range(8)
"""What a number is for: the age of a site's doctors, a doctor's exit, his move, whether a newcomer leaves, whether
one who leaves is replaced on the spot, where an entrant goes, the rounding of a year's entries, what else moves a
supply."""

WIDE: Final = 4096  # numbers per site and year: no site has as many doctors


def mixed(number: int) -> int:
    """The finaliser of splitmix64: 64 bits in, 64 bits out."""
    number &= _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


def stream(seed: int, draw: int, purpose: int, year: int = 0) -> int:
    """What :func:`uniform` counts from."""
    return mixed(mixed(seed * GOLDEN + draw + 1) + (purpose * 256 + year) * GOLDEN)


def uniform(start: int, count: int) -> float:
    """The number ``count`` of a stream: in [0, 1), 53 bits of it."""
    return (mixed(start + (count + 1) * GOLDEN) >> 11) * 2.0**-53
