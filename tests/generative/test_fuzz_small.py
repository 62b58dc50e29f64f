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


FOUND = {
    "definition ledger": b"families = []\n\x80",
    "definition quantities": b"\xf4quantity = 1",
    "definition alert rule": b"id = " + b"[" * 3_000,
    "import delays": "code;periode;delai_median\n12;2024;1٣\n".encode(),
    "own nodes": b"node,lon,lat\n1,900,48.85\n2,2.36,48.86\n",
    "perimeter csv": b"code;nom\r01002;B\r01003;C",
    "perimeter set": b'code;perimeter;nom\n01001;a;"x\rb\n',
    "roster": b"kind,name,commune,address,phone,start,end\r\rsas",
    "own matrix parquet": b"place,site,minutes\na,x,3.5\n",
}


@pytest.mark.parametrize("name", sorted(FOUND))
def test_what_make_fuzz_found_is_refused_or_read(name: str) -> None:
    tried(TARGETS[name], FOUND[name])


def test_the_digits_of_another_script_are_no_number() -> None:
    form = TARGETS["import installations"]
    good = next(seed for seed in form.seeds if tried(form, seed) == "read")
    assert tried(form, good.replace(b"120", "12٣".encode(), 1)) != "read"
