"""Times the access engine, alone and against PySAL access on the same pairs, and prints one table.

    python benchmarks/access.py [--minutes 20] [--peer .venv-bench/bin/python]

PySAL access runs in the interpreter given by ``--peer`` (``make bench`` makes it); without it
the ratios are left out. Places are the communes of ``$VIGIE_SHARED/data`` when present, else as many points at random.
Each figure is the best of a few runs: what the machine can do when its other tenants leave it alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from vigie.access.catchment import (
    accessibility,
    accessibility_many,
    change_of_demand,
    change_of_supply,
    prepare,
)
from vigie.access.decay import bands, preset
from vigie.access.grid import cells, grid_access, weight_table
from vigie.access.roads import graph, shortest_times, stops
from vigie.access.travel import Points, TravelTimes, at_sites, crow_fly, from_table, points, to_table, zone_of

SHARED = Path(os.environ.get("VIGIE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
STEPS = [(0.0, 1.0), (10.0, 0.68), (20.0, 0.22)]

PEER = """
import sys, time
import numpy as np, pandas as pd
from access import Access, weights
folder = sys.argv[1]
pairs, world = np.load(folder + "/pairs.npz"), np.load(folder + "/world.npz")
cost = pd.DataFrame({"origin": pairs["rows"], "dest": pairs["columns"], "cost": pairs["minutes"]})
ids = np.arange(world["demand"].size)
places = pd.DataFrame({"geoid": ids, "demand": world["demand"], "supply": world["supply"]})
start = time.perf_counter()
engine = Access(demand_df=places, demand_index="geoid", demand_value="demand", supply_df=places, supply_index="geoid",
                supply_value="supply", cost_df=cost, cost_origin="origin", cost_dest="dest", cost_name="cost")
built = time.perf_counter()
table = engine.enhanced_two_stage_fca(weight_fn=weights.step_fn({10: 1, 20: 0.68, 30: 0.22}))
done = time.perf_counter()
found = table["e2sfca_supply"].reindex(ids).to_numpy()
np.savez(folder + "/peer.npz", access=found, seconds=[built - start, done - built])
"""


def best(work: Callable[[], object], runs: int = 5) -> float:
    """Seconds of the quickest of ``runs`` calls."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def say(what: str, seconds: float, aim: float | None = None, note: str = "") -> None:
    target = f"(aim {aim * 1e3:g} ms)" if aim else ""
    print(f"{what:58} {seconds * 1e3:12.3f} ms  {target:18} {note}", flush=True)


def world() -> tuple[Points, np.ndarray, np.ndarray]:
    """Points, demand and supply of about 34,900 places."""
    rng = np.random.default_rng(0)
    file = SHARED / "data" / "communes_ref_2024.csv.gz"
    if file.exists():
        table = pl.read_csv(file, infer_schema_length=0).drop_nulls("lon_pt")
        ids = table["code_commune"].to_numpy().astype(str)
        lon, lat = (table[name].cast(pl.Float64).to_numpy() for name in ("lon_pt", "lat_pt"))
        demand = table["ptot_2021"].cast(pl.Float64).fill_null(0).to_numpy()
        made = points(ids, lon, lat, zone_of(ids))
    else:
        size = 34_900
        ids = np.array([f"{k:05d}" for k in range(size)])
        made = points(ids, rng.uniform(-1, 7, size), rng.uniform(43, 50, size), ["metropole"] * size)
        demand = rng.lognormal(6, 1.3, size)
    return made, demand, rng.poisson(demand / 1100).astype(float)


def against_peer(travel: TravelTimes, demand: np.ndarray, supply: np.ndarray, peer: str) -> None:
    """The same E2SFCA on the same pairs by PySAL access: seconds, ratios, largest relative difference."""
    decay = bands(STEPS, 30)
    table = to_table(travel)
    catchment = prepare(travel, decay, demand)
    warm = best(lambda: accessibility(catchment, supply))

    def from_pairs() -> None:
        accessibility(prepare(from_table(table, travel.places, travel.sites, travel.limit), decay, demand), supply)

    from_numbers = best(lambda: accessibility(prepare(travel, decay, demand), supply), 3)
    built = best(from_pairs, 2)
    say("catchment prepared and applied, from the matrix", from_numbers)
    say("the same from a table of pairs with ids, checks included", built)
    if not Path(peer).exists():
        print(f"no interpreter at {peer}: PySAL access left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/pairs.npz", rows=travel.rows, columns=travel.indices, minutes=travel.minutes)
        np.savez(f"{folder}/world.npz", demand=demand, supply=supply)
        subprocess.run([peer, "-c", PEER, folder], check=True)
        found = np.load(f"{folder}/peer.npz")
    ours = accessibility(catchment, supply)
    both = np.isfinite(ours) & np.isfinite(found["access"])
    gap = np.max(np.abs(ours[both] - found["access"][both]) / np.maximum(np.abs(ours[both]), 1e-12))
    build, compute = found["seconds"]
    say("PySAL access: Access(...)", build)
    say("PySAL access: enhanced_two_stage_fca", compute)
    print(f"  recomputation is {compute / warm:.0f} times PySAL's (aim 500)")
    print(f"  from the table of pairs, matrix built included, {compute / built:.0f} times; from the matrix "
          f"{compute / from_numbers:.0f} times (aim 40)")  # fmt: skip
    print(f"  largest relative difference {gap:.1e} over {both.sum()} places (aim 1e-9)")


def catchments(travel: TravelTimes, demand: np.ndarray, supply: np.ndarray) -> None:
    """Recomputing: one supply, many, one place."""
    catchment = prepare(travel, bands(STEPS, 30), demand)
    count = travel.minutes.size
    seconds = best(lambda: accessibility(catchment, supply), 20)
    say(f"recomputation, {count / 1e6:.2f} M pairs", seconds, 0.015, f"{12 * count / seconds / 1e9:.1f} GB/s read")
    table = np.random.default_rng(1).uniform(0.5, 1.5, (supply.size, 32)) * supply[:, None]
    say("32 scenarios, each", best(lambda: accessibility_many(catchment, table)) / 32, 0.001)
    near = at_sites(travel, supply > 0)
    fewer, part = prepare(near, bands(STEPS, 30), demand), np.ascontiguousarray(table[supply > 0])
    seconds = best(lambda: accessibility_many(fewer, part)) / 32
    say("the same, only sites that have some supply", seconds, 0.001, f"{near.minutes.size / 1e6:.2f} M pairs")
    say("more supply at one place", best(lambda: change_of_supply(catchment, 20_000, 1.0), 100), 0.0001)
    say("more people at one place", best(lambda: change_of_demand(catchment, supply, 20_000, 1.0), 50))


def growth(made: Points, demand: np.ndarray, supply: np.ndarray) -> None:
    """Recomputing as the pairs grow."""
    for minutes in (10, 20, 40):
        travel = crow_fly(made, made, minutes)
        catchment = prepare(travel, bands([(0, 1.0)], minutes), demand)
        seconds = best(lambda c=catchment: accessibility(c, supply), 10)
        say(
            f"  {travel.minutes.size / 1e6:5.2f} M pairs",
            seconds,
            note=f"{seconds / travel.minutes.size * 1e9:.2f} ns a pair",
        )


def fine_grid() -> None:
    """2.3 M cells of 200 m in 9,000 clusters, 60,000 of them with supply; and all of them."""
    rng = np.random.default_rng(0)
    centres, size = rng.integers(0, 4800, (9000, 2)), rng.pareto(1.2, 9000) + 1
    chosen = rng.choice(9000, 6_000_000, p=size / size.sum())
    where = centres[chosen] + np.rint(rng.normal(0, 12, (chosen.size, 2))).astype(int) + 200
    codes = rng.permutation(np.unique(where[:, 1] * 10_000 + where[:, 0]))[:2_300_000]
    demand, supply = rng.gamma(0.6, 45, codes.size), np.zeros(codes.size)
    supply[rng.choice(codes.size, 60_000, p=demand / demand.sum())] = 1
    table = weight_table(preset("barlet-2012").decay, metres=200, speed=50, detour=1.3)
    few = cells(codes % 10_000, codes // 10_000, demand, supply)
    say("grid of 2.3 M cells, 60,000 sites, Barlet's bands", best(lambda: grid_access(few, table), 2), 8)


def road_network() -> None:
    """34,700 places on a lattice of a million crossings 740 m apart, at 30 to 90 km/h, within 30 minutes."""
    rng = np.random.default_rng(0)
    side = 1000
    node = np.arange(side * side).reshape(side, side)
    tails = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    heads = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    minutes = 0.74 / rng.uniform(30, 90, tails.size) * 60
    both = {"from": np.r_[tails, heads], "to": np.r_[heads, tails], "minutes": np.r_[minutes, minutes]}
    road = graph(pl.DataFrame(both))
    towns = stops(road, [str(k) for k in range(34_700)], np.sort(rng.choice(node.size, 34_700, replace=False)))
    found: list[TravelTimes] = []
    seconds = best(lambda: found.append(shortest_times(road, towns, towns, 30)), 1)
    say("shortest paths, 1 M nodes, 34,700 places, 30 min", seconds, 15, f"{found[0].minutes.size / 1e6:.1f} M pairs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--minutes", type=float, default=33.0, help="limit of the travel times: 20 → 2.0 M, 33 → 5.3 M pairs"
    )
    parser.add_argument("--peer", default=".venv-bench/bin/python", help="interpreter with PySAL access")
    options = parser.parse_args()
    made, demand, supply = world()
    travel = crow_fly(made, made, options.minutes)
    say(
        f"crow-fly travel times, {travel.minutes.size / 1e6:.2f} M pairs",
        best(lambda: crow_fly(made, made, options.minutes), 2),
    )
    catchments(travel, demand, supply)
    growth(made, demand, supply)
    fine_grid()
    road_network()
    against_peer(travel, demand, supply, options.peer)


if __name__ == "__main__":
    main()
