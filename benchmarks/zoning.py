"""Zoning with the edition open: France under one rule, and the tables of every rule as a build makes them.

    python -m benchmarks.zoning [HOME]

The first application of a rule also sums the figures of its zones and makes its mesh; a slider only cuts anew. Both are
told, and the slowest rule decides.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import polars as pl

from vigie.editions.inputs import gather
from vigie.editions.observatory import open_edition
from vigie.editions.store import default_home
from vigie.editions.zoning import edition_rules, open_field, zoning_tables
from vigie.zoning.apply import apply, periods, reclassify

ONE, ALL = 50.0, 3.0  # milliseconds for one rule, seconds for all of a build
_TABLES = ("places", "memberships", "territories", "snapshots", "variants", "alert_degrees")


def milliseconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes, once."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Print a line a measure."""
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else default_home()
    with open_edition(home) as observatory:
        known = edition_rules(observatory)
        field = open_field(observatory, known.values())
        usable = [rule for rule in known.values() if periods(rule, field)]
        first = {rule.id: milliseconds(lambda rule=rule: apply(rule, field)) for rule in usable}
        again = {rule.id: median(milliseconds(lambda rule=rule: apply(rule, field)) for _ in range(9))
                 for rule in usable}  # fmt: skip
        made = {rule.id: apply(rule, field) for rule in usable}
        cut = {rule.id: median(milliseconds(lambda rule=rule: reclassify(rule, made[rule.id])) for _ in range(9))
               for rule in usable}  # fmt: skip
        for said, took in (("first time, with its mesh", first), ("again", again), ("a slider: cut anew", cut)):
            slowest = max(took, key=lambda name: took[name])
            told = f"median {median(took.values()):.1f} ms, slowest {took[slowest]:.1f} ms ({slowest})"
            print(f"France under one rule, {said}: {told}; budget {ONE:.0f} ms")
        tables = {name: observatory.table(name) for name in _TABLES if observatory.has(name)}
        observed = pl.read_parquet(observatory.folder / "tables" / "observations.parquet")
        communes = gather((), home / "snapshots")["communes"].table()
        took = [milliseconds(lambda: zoning_tables(observed, tables, communes, known)) / 1000 for _ in range(5)]
        said = "kept" if median(took) <= ALL else "MISSED"
        print(f"every rule in a build: median {median(took):.2f} s, least {min(took):.2f}; budget {ALL:.0f} s: {said}")


if __name__ == "__main__":
    main()
