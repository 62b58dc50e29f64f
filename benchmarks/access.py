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
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.ratios import compared
from vigie.access.catchment import (
    accessibility,
    accessibility_many,
    change_of_demand,
    change_of_supply,
    prepare,
)
from vigie.access.decay import bands, preset
from vigie.access.grid import cells, grid_access, weight_table
from vigie.access.roads import RoadGraph, Stops, graph, shortest_times, stops
from vigie.access.travel import Points, TravelTimes, crow_fly, from_table, points, to_table, zone_of

SHARED = Path(os.environ.get("VIGIE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
STEPS = [(0.0, 1.0), (10.0, 0.68), (20.0, 0.22)]

PEER = """
import sys, time
import numpy as np, pandas as pd
from access import Access, weights
folder = sys.argv[1]
pairs, world = np.load(folder + "/pairs.npz"), np.load(folder + "/world.npz")
rows, columns, texts = pairs["rows"], pairs["columns"], pd.Series(world["ids"].tolist())
numbers, named = np.arange(world["demand"].size), {}
for kind in ("numbers", "text"):
    ids = texts if kind == "text" else pd.Series(numbers)
    origin, dest = (ids.iloc[each].reset_index(drop=True) for each in (rows, columns))
    cost = pd.DataFrame({"origin": origin, "dest": dest, "cost": pairs["minutes"]})
    places = pd.DataFrame({"geoid": ids, "demand": world["demand"], "supply": world["supply"]})
    start = np.array([time.perf_counter(), time.process_time()])
    engine = Access(demand_df=places, demand_index="geoid", demand_value="demand", supply_df=places,
                    supply_index="geoid", supply_value="supply", cost_df=cost, cost_origin="origin", cost_dest="dest",
                    cost_name="cost")
    built = np.array([time.perf_counter(), time.process_time()])
    table = engine.enhanced_two_stage_fca(weight_fn=weights.step_fn({10: 1, 20: 0.68, 30: 0.22}))
    done = np.array([time.perf_counter(), time.process_time()])
    named[kind] = [built - start, done - built]
    if kind == "numbers":
        found = table["e2sfca_supply"].reindex(ids).to_numpy()
np.savez(folder + "/peer.npz", access=found, **named)
"""


class Spent(NamedTuple):
    """Seconds by the clock, and of processor over all threads: the second says more on a machine that others use."""

    clock: float
    processor: float


def best(work: Callable[[], object], runs: int = 5, of: int = 1) -> Spent:
    """The least of ``runs`` calls, for each of the ``of`` things that a call does."""
    clock, processor = [], []
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return Spent(min(clock) / of, min(processor) / of)


def say(what: str, spent: Spent, aim: float | None = None, note: str = "") -> None:
    target = f"(aim {aim * 1e3:g} ms)" if aim else ""
    print(f"{what:62} {spent.clock * 1e3:11.3f} ms, processor {spent.processor * 1e3:11.3f} ms  {target:15} {note}",
          flush=True)  # fmt: skip


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
    """The same E2SFCA on the same pairs by PySAL access: seconds, ratios, largest relative difference.

    PySAL gets the pairs twice: with the ids as text, the table that Vigie is given too, and with whole numbers in their
    place, which is the best that it can do.
    """
    decay = bands(STEPS, 30)
    table = to_table(travel)
    catchment = prepare(travel, decay, demand)
    warm = best(lambda: accessibility(catchment, supply))

    def from_pairs() -> None:
        accessibility(prepare(from_table(table, travel.places, travel.sites, travel.limit), decay, demand), supply)

    from_numbers = best(lambda: accessibility(prepare(travel, decay, demand), supply), 5)
    built = best(from_pairs, 5)
    say("catchment prepared and applied, from the matrix", from_numbers)
    say("the same from a table of pairs with text ids and its checks", built)
    if not Path(peer).exists():
        print(f"no interpreter at {peer}: PySAL access left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/pairs.npz", rows=travel.rows, columns=travel.indices, minutes=travel.minutes)
        np.savez(f"{folder}/world.npz", ids=travel.places, demand=demand, supply=supply)
        subprocess.run([peer, "-c", PEER, folder], check=True)
        found = np.load(f"{folder}/peer.npz")
    ours = accessibility(catchment, supply)
    both = np.isfinite(ours) & np.isfinite(found["access"])
    gap = np.max(np.abs(ours[both] - found["access"][both]) / np.maximum(np.abs(ours[both]), 1e-12))
    for kind, note in (("numbers", "whole numbers as ids"), ("text", "text ids")):
        build, compute = found[kind]
        say(f"PySAL access, {note}: Access(…)", Spent(*build))
        say(f"PySAL access, {note}: enhanced_two_stage_fca", Spent(*compute))
        named = f"PySAL access, {note}"
        pairs_told = f"{travel.minutes.size / 1e6:.1f} M pairs"
        same = f"largest relative gap {gap:.0e}"
        compared(f"E2SFCA on {pairs_told}, once prepared", named, warm.clock, float(compute[0]), same)
        compared(
            f"the same from the table of pairs, {pairs_told}", named, built.clock, float((build + compute)[0]), same
        )
        once, whole = ([theirs / ours for theirs, ours in zip(sums, spent, strict=True)]
                       for sums, spent in ((compute, warm), (build + compute, built)))  # fmt: skip
        print(f"  recomputation is {once[0]:.0f} times PySAL's by the clock, {once[1]:.0f} by processor (aim 500)")
        print(f"  from the table of pairs, matrix built included, {whole[0]:.0f} and {whole[1]:.0f} times (aim 40)")
    print(f"  largest relative difference {gap:.1e} over {both.sum()} places (aim 1e-9)")


def bandwidth() -> float:
    """Bytes a second that one thread reads from memory: the sum of an array larger than the caches hold."""
    table = np.ones(2**27)
    return table.nbytes / best(lambda: table.sum()).processor


def catchments(travel: TravelTimes, demand: np.ndarray, supply: np.ndarray) -> None:
    """Recomputing: one supply, many, one place."""
    catchment = prepare(travel, bands(STEPS, 30), demand)
    count = travel.minutes.size
    spent = best(lambda: accessibility(catchment, supply), 20)
    reading, memory = 12 * count / spent.processor, bandwidth()
    note = f"{reading / 1e9:.1f} GB/s of pairs, {100 * reading / memory:.0f} % of what one thread reads"
    say(f"recomputation, {count / 1e6:.2f} M pairs", spent, 0.015, note)
    everywhere = np.random.default_rng(1).uniform(0.5, 1.5, (supply.size, 32))
    table = everywhere * supply[:, None]
    note = f"supply at {100 * np.mean(supply > 0):.0f} % of the places"
    say("32 scenarios, each", best(lambda: accessibility_many(catchment, table), 8, 32), 0.001, note)
    say("32 scenarios, supply everywhere, each", best(lambda: accessibility_many(catchment, everywhere), 8, 32), 0.001)
    catchment.weight_by_site  # noqa: B018 - made on first use
    say("more supply at one place", best(lambda: change_of_supply(catchment, 20_000, 1.0), 100), 0.0001)
    say("more people at one place", best(lambda: change_of_demand(catchment, supply, 20_000, 1.0), 100), 0.0001)


def growth(made: Points, demand: np.ndarray, supply: np.ndarray) -> None:
    """How recomputing, scenarios and the way from a table grow with the pairs, in nanoseconds a pair."""
    table = np.random.default_rng(1).uniform(0.5, 1.5, (supply.size, 32)) * supply[:, None]
    for minutes in (10, 20, 33, 40):
        travel = crow_fly(made, made, minutes)
        pairs, decay = to_table(travel), bands([(0, 1.0)], minutes)
        catchment = prepare(travel, decay, demand)
        ways = {
            "crow-fly": lambda m=minutes: crow_fly(made, made, m),
            "once": lambda c=catchment: accessibility(c, supply),
            "scenario": lambda c=catchment: accessibility_many(c, table),
            "from a table": lambda p=pairs, m=minutes: from_table(p, made.ids, made.ids, m),
        }
        spent = {name: best(work, 3).processor * 1e9 / pairs.height for name, work in ways.items()}
        spent["scenario"] /= 32
        told = ", ".join(f"{name} {each:.2f}" for name, each in spent.items())
        print(f"  {pairs.height / 1e6:5.2f} M pairs, ns of processor a pair: {told}", flush=True)


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
    """34,700 places on a lattice of a million crossings 740 m apart, at 30 to 90 km/h, within 30 minutes; and less."""
    for side, minutes in ((500, 30), (1000, 15), (1000, 30)):
        road, towns = _lattice(side, 34_700 * side * side // 1_000_000)
        found: list[TravelTimes] = []
        shortest_times(road, towns, towns, 0.1)  # compiled
        spent = best(lambda r=road, t=towns, m=minutes, f=found: f.append(shortest_times(r, t, t, m)), 1)
        what = f"shortest paths, {side * side / 1e6:g} M nodes, {towns.ids.size} places, {minutes} min"
        aim = 15 if (side, minutes) == (1000, 30) else None
        say(what, spent, aim, f"{found[0].minutes.size / 1e6:.1f} M pairs")


def _lattice(side: int, places: int) -> tuple[RoadGraph, Stops]:
    rng = np.random.default_rng(0)
    node = np.arange(side * side).reshape(side, side)
    tails = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    heads = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    minutes = 0.74 / rng.uniform(30, 90, tails.size) * 60
    both = {"from": np.r_[tails, heads], "to": np.r_[heads, tails], "minutes": np.r_[minutes, minutes]}
    road = graph(pl.DataFrame(both))
    chosen = np.sort(rng.choice(node.size, places, replace=False))
    return road, stops(road, [str(k) for k in range(places)], chosen)


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
