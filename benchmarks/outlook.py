"""The outlook of France: 1,000 draws of the central variant as a whole process, and what it adds to a build."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

_DRAWS = """
import time
from pathlib import Path
from vigie.editions.inputs import gather
from vigie.editions.prospects import ground_of
from vigie.outlook import make_plan, model, outlook, variant
from vigie.territories.reference import build
inputs = gather([], Path('/nonexistent'))
land = ground_of(inputs, build(inputs['communes'].table()), model())
plan = make_plan(land.ground, model(), variant('central'))
outlook(land.ground, plan, model(), land.groups, 10)
start, used = time.perf_counter(), time.process_time()
outlook(land.ground, plan, model(), land.groups, 1000)
print(time.perf_counter() - start, time.process_time() - used)
"""
_STEP = """
import time
from pathlib import Path
from vigie.editions.inputs import gather
from vigie.editions.prospects import prospect_tables
from vigie.territories.reference import build
inputs = gather([], Path('/nonexistent'))
reference = build(inputs['communes'].table())
start, used = time.perf_counter(), time.process_time()
prospect_tables(inputs, reference)
print(time.perf_counter() - start, time.process_time() - used)
"""


def timed(code: str, runs: int = 3) -> tuple[float, float, float]:
    """The median wall and processor seconds that ``code`` prints, and the largest resident memory in MB."""
    found, memory = [], []
    for _ in range(runs):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = process.stdout.read().split()
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit("the outlook failed")
        found.append((float(told[0]), float(told[1])))
        memory.append(usage.ru_maxrss / 1024)
        time.sleep(0.5)
    return median(one for one, _ in found), median(one for _, one in found), max(memory)


def main() -> None:
    """Print one line a measure."""
    rows = [
        ("outlook of France, 1,000 draws, every year", "≤ 30 s, 1,000 MB", timed(_DRAWS)),
        ("outlook step of a build (2 × 100 and 12 × 24 draws)", "≤ 8 s", timed(_STEP)),
    ]
    print(f"{'measure':54}{'wall':>9}{'processor':>12}{'memory':>10}   budget")
    for name, budget, (wall, processor, memory) in rows:
        print(f"{name:54}{wall:7.2f} s{processor:10.2f} s{memory:7.0f} MB   {budget}")


if __name__ == "__main__":
    main()
