"""Tiles on workers of Dask: the same figures as in one process, and a worker that dies loses nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from dask import config
from distributed import Client, LocalCluster
from processes import vigie
from scipy.sparse import csr_array

from vigie.access.decay import preset
from vigie.access.grid import Cells, cells, grid_access, tile_access, tiled_access, tiles, weight_table
from vigie.access.spread import Each, one_by_one
from vigie.editions import prospects
from vigie.editions.workers import _each, workers
from vigie.errors import InputError, StorageError
from vigie.outlook.draws import Groups, Outlook, outlook
from vigie.outlook.ground import Ground, make_plan
from vigie.outlook.hypotheses import model, variant
from vigie.outlook.tiling import tiled_outlook

pytestmark = pytest.mark.timeout(900)  # processes that start on a busy machine

TABLE = weight_table(preset("barlet-2012").decay, metres=200, speed=50, detour=1.3)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    slow = dict.fromkeys(("distributed.comm.timeouts.connect", "distributed.comm.timeouts.tcp"), "600s")
    with config.set(slow), LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50,
        env={"NUMBA_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as made:  # fmt: skip
        yield made


@pytest.fixture(scope="module")
def each(cluster: LocalCluster) -> Iterator[Each]:
    with workers(scheduler=cluster.scheduler_address) as hands:
        yield hands


@pytest.fixture(scope="module")
def ground() -> Cells:
    """Towns of all sizes on a grid of 200 m, made at random: nothing here is told as a figure of anywhere."""
    rng = np.random.default_rng(5)
    centres, size = rng.integers(-600, 600, (60, 2)), rng.pareto(1.2, 60) + 1
    chosen = rng.choice(60, 60_000, p=size / size.sum())
    where = np.unique(centres[chosen] + np.rint(rng.normal(0, 15, (chosen.size, 2))).astype(int), axis=0)
    supply = np.where(rng.random(len(where)) < 0.03, rng.uniform(0.5, 3, len(where)), 0.0)
    return cells(where[:, 0], where[:, 1], rng.gamma(0.6, 45, len(where)), supply)


def test_the_grid_on_workers_has_the_bits_of_one_process(ground: Cells, each: Each) -> None:
    alone = grid_access(ground, TABLE)
    assert np.isfinite(alone).sum() > 1000
    spread = tiled_access(ground, TABLE, 128, each)
    assert len(list(tiles(ground, TABLE, 128))) > 20
    assert spread.tobytes() == alone.tobytes()


def test_the_outlook_on_workers_is_that_of_one_process(each: Each) -> None:
    ground, groups = _places()
    plan = make_plan(ground, model(), variant("central"))
    alone = outlook(ground, plan, model(), groups, 20, seed=7)
    tile_of = prospects.departements(ground)
    assert np.unique(tile_of).size >= 8
    for hands in (one_by_one, each):
        _same(alone, tiled_outlook(ground, plan, model(), groups, 20, tile_of, hands, seed=7))


def _same(alone: Outlook, spread: Outlook) -> None:
    pairs = {
        "apl": (alone.apl, spread.apl),
        "supply": (alone.supply, spread.supply),
        "group_apl": (alone.group_apl, spread.group_apl),
        "group_under": (alone.group_under, spread.group_under),
        "group_supply": (alone.group_supply, spread.group_supply),
    }
    for name, (one, other) in pairs.items():
        for field in ("value", "low", "high"):
            np.testing.assert_allclose(getattr(other, field), getattr(one, field), rtol=1e-12, atol=1e-12, err_msg=name)
    assert spread.apl.value.tobytes() == alone.apl.value.tobytes()
    assert spread.under.tobytes() == alone.under.tobytes()
    assert spread.none.tobytes() == alone.none.tobytes()
    for one, other in zip(alone.flows.parts(), spread.flows.parts(), strict=True):
        assert other.tobytes() == one.tobytes()


def test_a_worker_killed_on_the_way_loses_nothing(ground: Cells, cluster: LocalCluster) -> None:
    alone = grid_access(ground, TABLE)
    killed: list[int] = []
    with Client(cluster, set_as_default=False) as client:

        def each(work: Any, tasks: Iterable[Any]) -> Iterator[tuple[int, Any]]:
            for done, answer in enumerate(_each(client, work, tasks)):
                if done == 3:
                    pid = next(iter(client.run(os.getpid).values()))
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                yield answer

        assert tiled_access(ground, TABLE, 128, each).tobytes() == alone.tobytes()
        assert len(killed) == 1
        client.wait_for_workers(2, timeout=240)  # another took its place
        assert killed[0] not in client.run(os.getpid).values()


def test_a_fault_of_the_work_itself_is_told_as_it_is(ground: Cells, each: Each) -> None:
    with pytest.raises(TypeError):
        list(each(tile_access, [1]))


def test_neither_both_nor_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="pas les deux"), workers(2, "tcp://127.0.0.1:1"):
        pass
    monkeypatch.setattr("vigie.editions.workers._PATIENCE", "1s")
    with pytest.raises(StorageError, match="ne répond pas"), workers(scheduler="tcp://127.0.0.1:1"):
        pass
    with pytest.raises(StorageError, match="ne répond pas"), workers(scheduler="nonsense://"):
        pass


def test_without_dask_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"vigie\[scale\]"), workers(2):
        pass


def test_the_command_of_the_grid(tmp_path: Path, ground: Cells, cluster: LocalCluster) -> None:
    x, y = ground.column * 200 + 100.0, ground.row * 200 + 100.0
    frame = pl.DataFrame({"x": x, "y": y, "demand": ground.demand, "supply": ground.supply})
    frame.write_parquet(tmp_path / "cells.parquet")
    spread = tmp_path / "spread.csv"
    said = vigie("grid", tmp_path / "cells.parquet", "--side", "256", "-o", spread, "--scheduler",
                 cluster.scheduler_address, "--json")  # fmt: skip
    assert said.code == 0, said.err
    record = json.loads(said.out)
    assert record["received"] == pytest.approx(record["supply"])  # nothing is lost between tiles
    assert pl.read_csv(spread)["value"].to_list() == grid_access(ground, TABLE).tolist()
    told = vigie("grid", tmp_path / "cells.parquet", "--metres", "400").refused("twice", code=3)
    assert "check --metres" in told


def _places() -> tuple[Ground, Groups]:
    """300 places of ten départements along a line, of those near each other, made at random."""
    rng = np.random.default_rng(3)
    count = 300
    x = np.sort(rng.uniform(0, 300, count))
    apart = np.abs(x[:, None] - x[None, :])
    weight = np.where(apart < 12, 1 - apart / 12, 0.0)
    site_of = np.sort(rng.choice(count, 180, replace=False))
    departement = (x // 30).astype(int)
    population = rng.integers(50, 4_000, count).astype(float)
    ground = Ground(
        base=2023,
        places=np.array([f"{10 + departement[k]}{k:03d}" for k in range(count)]),
        site_of=site_of,
        heads=rng.integers(1, 9, site_of.size),
        activity=rng.uniform(2_000, 6_000, site_of.size),
        shares=rng.dirichlet([6, 1, 2], site_of.size),
        area=(x[site_of] // 10).astype(int),
        departement=departement[site_of],
        weight=csr_array(weight),
        demand=population,
        population=population,
        apl=np.where(rng.random(count) < 0.05, np.nan, rng.uniform(0, 6, count)),
    )
    rows = [departement == number for number in range(10)] + [np.full(count, True)]
    return ground, Groups.of(csr_array(np.array(rows, dtype=float)))
