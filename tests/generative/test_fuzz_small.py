"""The fixed part of ``make fuzz``: every reader and definition, given the same few damaged files each time."""

from __future__ import annotations

import random
import zlib

import pytest
from tests.fuzz.damage import damaged
from tests.fuzz.targets import every, tried

CASES = 25
TARGETS = every()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_is_damaged_is_read_or_refused_in_words(name: str) -> None:
    target = TARGETS[name]
    chance = random.Random(zlib.crc32(name.encode()))
    for _ in range(CASES):
        seed, other = chance.choice(target.seeds), chance.choice(target.seeds)
        tried(target, damaged(seed, chance, other))


def test_a_good_file_of_each_is_read_or_nearly() -> None:
    """Most seeds are read as they are: damage starts from what goes deep."""
    read = [name for name, one in TARGETS.items() if "read" in {tried(one, seed) for seed in one.seeds}]
    assert len(read) > 0.8 * len(TARGETS), sorted(set(TARGETS) - set(read))
