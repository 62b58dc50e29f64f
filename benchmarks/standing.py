"""Where territories stand: indicators, trends, alerts and comparators of all levels, as a build makes them.

One process reads the embedded inputs and makes the tables of those steps; what goes before (the communes, the
recomputed APL) is not counted. Wall and processor seconds of each part, the median of several processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median

BUDGET = 10.0

_STEPS = """
import json, time
from pathlib import Path
from vigie.editions.alerting import alert_tables, comparator_tables
from vigie.editions.comparing import spread_table
from vigie.editions.gaps import gap_table
from vigie.editions.inequalities import inequality_tables
from vigie.editions.inputs import gather
from vigie.editions.recomputed import recomputed_tables
from vigie.editions.standing import standing_tables
from vigie.editions.tables import document_snapshots, observation_tables, published_tables, reference_tables
from vigie.editions.tables import snapshot_table
from vigie.indicators import alerts, comparators
from vigie.indicators import definitions as shipped
inputs = gather([], Path('/nonexistent'))
reference, tables = reference_tables(inputs, ())
variants = recomputed_tables(inputs, reference)
tables |= published_tables()
known, rules, answers, model = shipped(), alerts.rules(), alerts.responses(), comparators.model()
tables['snapshots'] = snapshot_table(inputs, tables['figures'], tables['cells'])
papers = document_snapshots(tables['figures'])
found = {}
def clocked(name, make):
    start, used = time.perf_counter(), time.process_time()
    made = make()
    found[name] = time.perf_counter() - start, time.process_time() - used
    return made
observed = clocked('indicators', lambda: observation_tables(inputs, reference, known, variants))
seen = observed['observations']
clocked('alerts', lambda: alert_tables(seen, tables['snapshots'], reference, known, rules, answers))
clocked('comparators', lambda: comparator_tables(seen, reference, model))
clocked('spreads', lambda: spread_table(seen, tables['territories'], known))
clocked('gaps', lambda: gap_table(seen, tables['territories'], known))
clocked('standing', lambda: standing_tables(seen, tables['figures'], papers, known, []))
clocked('inequalities', lambda: inequality_tables(inputs, reference, known))
print(json.dumps(found))
"""
COUNTED = {
    "indicators": "indicators, every level and period",
    "alerts": "alerts, degrees, people under them",
    "comparators": "territories alike, with their variables",
    "spreads": "distributions that a territory is shown against",
    "gaps": "best and worst served, by level and year",
    "standing": "targets, trajectories and trends",
}
BESIDE = {"inequalities": "inequality within the country and deserts"}


def timed(runs: int = 3) -> tuple[dict[str, tuple[float, float]], float]:
    """The median wall and processor seconds of each part, and the largest resident memory in MB."""
    found, memory = [], []
    for _ in range(runs):
        process = subprocess.Popen([sys.executable, "-c", _STEPS], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit("a step failed")
        found.append(json.loads(told))
        memory.append(usage.ru_maxrss / 1024)
        time.sleep(0.5)
    medians = {
        name: (median(one[name][0] for one in found), median(one[name][1] for one in found)) for name in found[0]
    }
    return medians, max(memory)


def main() -> None:
    """Print one line a part, and their sum against the budget."""
    parts, memory = timed()
    print(f"{'measure':58}{'wall':>9}{'processor':>12}   budget")
    for name, words in (COUNTED | BESIDE).items():
        print(f"{words:58}{parts[name][0]:7.2f} s{parts[name][1]:10.2f} s")
    wall, used = (sum(parts[name][place] for name in COUNTED) for place in (0, 1))
    print(f"{'all of them, without the last':58}{wall:7.2f} s{used:10.2f} s   ≤ {BUDGET:.0f} s")
    print(f"largest resident memory: {memory:.0f} MB")


if __name__ == "__main__":
    main()
