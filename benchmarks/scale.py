"""Beyond one machine: what Dask costs, and a simulation of a 200 m grid of Europe: ``artefacts/scale.md``.

    python -m benchmarks.scale [--cells 50e6] [--home HOME] [--workers 2]

Cells are made at random, towns of all sizes: they cost what real ones would, and say nothing of anywhere. The outlook
is drawn on the embedded tables.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from vigie.access.arrays import Floats
from vigie.access.decay import preset
from vigie.access.grid import Cells, grid_access, tile_access, tiled_access, tiles, weight_table
from vigie.access.spread import one_by_one
from vigie.editions import prospects
from vigie.editions.country import NEEDED
from vigie.editions.inputs import gather, require
from vigie.editions.store import default_home
from vigie.editions.workers import workers
from vigie.outlook.draws import outlook
from vigie.outlook.ground import make_plan
from vigie.outlook.hypotheses import model, variant
from vigie.outlook.tiling import tiled_outlook
from vigie.territories.reference import build

SIDE = 1024
_COUNTRY = 4800  # rows and columns of 200 m: a square of 960 km
_TOWNS, _PER = 9_000, 2_300_000


def world(count: int, rng: np.random.Generator) -> Cells:
    """``count`` cells in towns of all sizes, as in ``benchmarks/access.py``: one site for 38 cells."""
    side = int(_COUNTRY * np.sqrt(count / _PER))
    towns = int(_TOWNS * count / _PER)
    centres, size = rng.integers(0, side, (towns, 2), dtype=np.int32), rng.pareto(1.2, towns) + 1
    # Beyond the largest city of Europe a town does not grow: where it is crowded cells are the same.
    size = np.minimum(size, size.sum() / 400)
    codes = np.empty(0, dtype=np.int64)
    while codes.size < count:
        chosen = rng.choice(towns, count, p=size / size.sum())
        spread = 12 * np.sqrt(np.maximum(size[chosen] * towns / size.sum(), 1))
        place = centres[chosen] + np.rint(rng.normal(0, 1, (count, 2)) * spread[:, None]).astype(np.int32)
        codes = np.union1d(codes, (place[:, 1].astype(np.int64) + 2_000) * 100_000 + place[:, 0] + 2_000)
    codes = codes[np.sort(rng.choice(codes.size, count, replace=False))]
    demand = rng.gamma(0.6, 45, count)
    supply = (rng.random(count) < 60_000 / _PER).astype(float)
    return Cells(codes % 100_000, codes // 100_000, demand, supply)


def alone(where: Cells, table: Floats) -> tuple[int, int, float, float, list[float]]:
    """Every tile in this process: tiles, cells with halos, seconds, seconds of processor, seconds of each tile."""
    start, used, spent, count, halo = time.perf_counter(), time.process_time(), [], 0, 0
    for _, tile in tiles(where, table, SIDE):
        began = time.process_time()
        tile_access(table, tile)
        spent.append(time.process_time() - began)
        count += 1
        halo += tile.own.size
    return count, halo, time.perf_counter() - start, time.process_time() - used, spent


def grids(hands: int, sizes: list[int]) -> Iterator[str]:
    """For each size one process and several, by the clock: the same bits, and what handing out costs."""
    table = weight_table(preset("barlet-2012").decay, metres=200, speed=50, detour=1.3)
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    with workers(hands) as each:
        opening = time.perf_counter() - start
        yield f"Opening {hands} workers: {opening:.1f} s.\n"
        yield "| cells | tiles | one process, s | processor, s | tiled here, s | workers, s | added, s | same bits |"
        yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
        for hand in (each, one_by_one):  # compiled everywhere
            tiled_access(world(20_000, rng), table, SIDE, hand)
        for size in sizes:
            where = world(size, rng)
            began, used = time.perf_counter(), time.process_time()
            one = grid_access(where, table)
            whole, processor = time.perf_counter() - began, time.process_time() - used
            began = time.perf_counter()
            tiled = tiled_access(where, table, SIDE)
            here = time.perf_counter() - began
            began = time.perf_counter()
            spread = tiled_access(where, table, SIDE, each)
            there = time.perf_counter() - began
            same = one.tobytes() == tiled.tobytes() == spread.tobytes()
            count = sum(1 for _ in tiles(where, table, SIDE))
            yield (f"| {size:,} | {count} | {whole:.2f} | {processor:.2f} | {here:.2f} | {there:.2f} | "
                   f"{there - whole:+.2f} | {'yes' if same else 'NO'} |")  # fmt: skip


def europe(count: int, hands: tuple[int, ...] = (1, 2, 8, 32, 128)) -> Iterator[str]:
    """A simulation: as many cells as a 200 m grid of Europe would have people in, one tile after the other."""
    table = weight_table(preset("barlet-2012").decay, metres=200, speed=50, detour=1.3)
    where = world(count, np.random.default_rng(1))
    found, halo, clock, processor, spent = alone(where, table)
    memory = psutil.Process().memory_info().rss / 1e9
    size = 24 * halo / 1e9
    yield f"\nSimulation of Europe: {count:,} cells, {int((where.supply > 0).sum()):,} sites, {found} tiles.\n"
    yield f"- cells with halos: {halo:,} ({halo / count:.2f} times), {size:.1f} GB sent in all"
    yield f"- measured on this machine, one process: {clock:.0f} s by the clock, {processor:.0f} s of processor"
    yield f"- a tile: {np.mean(spent):.3f} s of processor on average, {np.max(spent):.2f} s the heaviest"
    yield f"- memory of the process with all cells: {memory:.1f} GB\n"
    yield "| cores | s, by simulation | what bounds it |\n| ---: | ---: | --- |"
    serving = processor - sum(spent) + size / 1.0  # cutting tiles, then sending them at 1 GB/s
    for each in hands:
        work = max(sum(spent) / each, max(spent))
        yield f"| {each} | {max(work, serving):.0f} | {'the tiles' if work > serving else 'cutting and sending'} |"


def outlooks(home: Path, hands: int, draws: int) -> Iterator[str]:
    """The outlook of France by départements, against that of one process."""
    inputs = gather([], home / "snapshots")
    require(inputs, NEEDED)
    reference = build(inputs["communes"].table())
    land = prospects.ground_of(inputs, reference, model())
    plan = make_plan(land.ground, model(), variant("central"))
    asked = (land.ground, plan, model(), land.groups, draws)
    outlook(*asked[:4], 2)  # compiled
    began = time.perf_counter()
    one = outlook(*asked)
    whole = time.perf_counter() - began
    with workers(hands) as each:
        tiled_outlook(*asked[:4], 2, prospects.departements(land.ground), each)
        began = time.perf_counter()
        spread = tiled_outlook(*asked, prospects.departements(land.ground), each)
        there = time.perf_counter() - began
    gaps = [np.nanmax(np.abs(getattr(getattr(one, name), field) - getattr(getattr(spread, name), field)))
            for name in ("apl", "supply", "group_apl", "group_under", "group_supply")
            for field in ("value", "low", "high")]  # fmt: skip
    scale = np.nanmax(one.group_under.value)
    yield (f"\nThe outlook of France, {draws} draws, {land.ground.places.size:,} places: {whole:.1f} s in one process, "
           f"{there:.1f} s on {hands} workers ({there - whole:+.1f} s); largest relative gap {max(gaps) / scale:.1e} "
           f"(places: {max(gaps[:6]):.1e}).")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=default_home())
    parser.add_argument("--cells", type=float, default=50e6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("artefacts/scale.md"))
    asked = parser.parse_args()
    lines = [
        f"# Beyond one machine ({time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})\n"
    ]
    sizes = [100_000, 1_000_000, 5_000_000]
    drawn = outlooks(asked.home, asked.workers, asked.draws)
    for part in (grids(asked.workers, sizes), drawn, europe(int(asked.cells))):
        for line in part:
            print(line, flush=True)
            lines.append(line)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
