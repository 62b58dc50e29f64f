"""Times the choice of sites on France, and against spopt on a département, and prints one table.

    python benchmarks/siting.py [--peer .venv-bench/bin/python] [--proof 60]

spopt (PySAL) runs with HiGHS in the interpreter given by ``--peer``, on the same people and minutes; without it its
rows are left out. Its optimum must be ours. France: every commune, the 3,000 most populated as candidates, 15 minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.ratios import compared
from vigie.access import fitting
from vigie.access.catchment import prepare
from vigie.access.travel import Points, crow_fly, with_speeds
from vigie.editions.country import NEEDED, Country, country, place_measures
from vigie.editions.inputs import gather
from vigie.levers.siting_benefit import covering, saving_time
from vigie.levers.siting_choice import best_sites
from vigie.levers.siting_plans import different_plans
from vigie.levers.siting_search import search
from vigie.levers.siting_threshold import crossing, find_posts, place_posts
from vigie.territories.reference import build

PEER = """
import json, sys, time
import numpy as np, pulp
from spopt.locate import MCLP, PMedian
given = np.load(sys.argv[1])
cost, people, minutes, count = given["cost"], given["people"], float(given["minutes"]), int(given["count"])
told = {}
for name in ("coverage", "time"):
    start = time.perf_counter()
    if name == "coverage":
        model = MCLP.from_cost_matrix(cost, people, minutes, p_facilities=count)
    else:
        model = PMedian.from_cost_matrix(cost, people, p_facilities=count)
    built = time.perf_counter()
    model = model.solve(pulp.HiGHS(msg=False), results=False)
    told[name] = [pulp.value(model.problem.objective), built - start, time.perf_counter() - built]
print(json.dumps(told))
"""


def ground() -> tuple[Country, Points]:
    """The places of France and their points at the fitted speeds."""
    inputs = gather([], None)
    reference = build(inputs["communes"].table())
    needed = {name: inputs[name] for name in NEEDED}
    whole = country(needed, reference, place_measures(needed, reference), 2021)
    fitted = fitting.shipped()
    speeds = fitted.speeds("national", whole.points.ids.tolist())
    return whole, with_speeds(whole.points, speeds, fitted.models["national"].access)


def some(points: Points, rows: np.ndarray) -> Points:
    """Some of the points."""
    return Points(*(getattr(points, name)[rows] for name in ("ids", "position", "zone", "pace", "access", "own")))


def row(what: str, seconds: float, told: str) -> None:
    """Print one line of the table."""
    print(f"{what:<52} {seconds:>8.2f} s  {told}", flush=True)


def france(whole: Country, points: Points, proof: float) -> None:
    """Coverage, other plans and the APL threshold on all of France."""
    people = whole.places["population"].fill_null(0).cast(float).to_numpy()
    candidates = np.sort(np.argsort(-people)[:3_000])
    travel = crow_fly(points, some(points, candidates), 15.0)
    none = np.zeros(candidates.size, dtype=bool)
    best_sites(covering(travel, people, 15.0, none), 3, rounds=5)  # loads what Numba compiled
    for count in (50, 200, 500):
        start = time.perf_counter()
        choice = best_sites(covering(travel, people, 15.0, none), count)
        row(f"coverage, {count} of 3,000, bounded", time.perf_counter() - start,
            f"{choice.value:,.0f} people, within {100 * choice.gap:.2f} %")  # fmt: skip
        if proof:
            start = time.perf_counter()
            choice = best_sites(covering(travel, people, 15.0, none), count, proof)
            row(f"coverage, {count} of 3,000, HiGHS", time.perf_counter() - start,
                "optimum proved" if choice.optimal else f"within {100 * choice.gap:.2f} %")  # fmt: skip
    benefit = covering(travel, people, 15.0, none)

    def found(cost: np.ndarray | None) -> np.ndarray:
        plan = np.zeros(candidates.size, dtype=np.int64)
        plan[search(benefit, 200, cost, rounds=2_000)] = 1
        return plan

    start = time.perf_counter()
    plans = different_plans(found(None), found, lambda plan: benefit.worth(np.flatnonzero(plan)), 5, 0.02)
    common = min(int((plan & plans[0]).sum()) for plan in plans)
    row("five plans of 200, each within 2 %", time.perf_counter() - start, f"{len(plans)} plans, {common} in common")
    threshold(whole, points, candidates, people)


def threshold(whole: Country, points: Points, candidates: np.ndarray, people: np.ndarray) -> None:
    """A hundred posts above the APL threshold, with congestion."""
    decay = fitting.shipped().models["national"].decays["mg"]
    travel = crow_fly(points, some(points, candidates), 20.0, radius=26.0)
    start = time.perf_counter()
    catchment = prepare(travel, decay, whole.published["mg"].demand)
    problem = crossing(catchment.weight, catchment.demand_in_reach, whole.published["mg"].apl, people, 2.5, 4_570.0)
    row("APL threshold, catchment of 3,000 sites", time.perf_counter() - start, f"{problem.share.nnz:,} pairs")
    room = np.full(candidates.size, 3)
    find_posts(problem, 2, room, rounds=2)
    start = time.perf_counter()
    posts = place_posts(problem, 100, room)
    row("APL threshold, 100 posts", time.perf_counter() - start,
        f"{posts.value:,.0f} people, within {100 * posts.gap:.0f} %")  # fmt: skip
    start = time.perf_counter()
    posts = place_posts(problem, 100, room, seconds=15.0)
    row("APL threshold, 100 posts, 15 s of HiGHS", time.perf_counter() - start,
        f"{posts.value:,.0f} people, within {100 * posts.gap:.0f} %; budget 20 s")  # fmt: skip


def against(whole: Country, points: Points, peer: Path) -> None:
    """The same problems as spopt solves, on the Aveyron."""
    people = whole.places["population"].fill_null(0).cast(float).to_numpy()
    inside = np.flatnonzero((whole.places["departement"] == "12").to_numpy())
    own = people[inside]
    travel = crow_fly(some(points, inside), some(points, inside), 240.0)
    none = np.zeros(inside.size, dtype=bool)
    cost = np.full((inside.size, inside.size), 240.0)
    cost[travel.rows, travel.indices] = travel.minutes
    near = crow_fly(some(points, inside), some(points, inside), 15.0)
    ours = {
        "coverage": timed(lambda: best_sites(covering(near, own, 15.0, none), 10, 60.0)),
        "time": timed(lambda: best_sites(saving_time(travel, own, 240.0, none), 10, 120.0)),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "given.npz"
        np.savez(file, cost=cost, people=own, minutes=15.0, count=10)
        done = subprocess.run([str(peer), "-c", PEER, str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"spopt left out: {done.stderr.strip().splitlines()[-1]}")
        return
    told = json.loads(done.stdout.splitlines()[-1])
    for name, (choice, seconds) in ours.items():
        theirs, built, solved = told[name]
        value = choice.value if name == "coverage" else 240.0 * own.sum() - choice.value
        same = "same optimum" if abs(theirs - value) <= 1e-6 * abs(value) else f"DIFFERS: {theirs} and {value}"
        proof = "proved" if choice.optimal else f"within {100 * choice.gap:.2f} %"
        row(f"{name}, 10 of {inside.size} (Aveyron)", seconds, proof)
        compared(f"{name}: 10 sites of {inside.size}, Aveyron", "spopt, HiGHS", seconds, built + solved, same)
        row("  spopt, HiGHS", built + solved, f"{same}; {(built + solved) / seconds:.0f} times as long")


def timed(work):  # type: ignore[no-untyped-def]
    """What ``work`` gives, and its seconds."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, default=Path(".venv-bench/bin/python"))
    parser.add_argument("--proof", type=float, default=60.0)
    asked = parser.parse_args()
    whole, points = ground()
    france(whole, points, asked.proof)
    if asked.peer.exists():
        against(whole, points, asked.peer)
    else:
        print(f"spopt left out: no {asked.peer}")


if __name__ == "__main__":
    main()
