"""The served API: what one request costs the server, and its memory after large files.

The requests are asked one after the other over one connection on this machine; each address differs from the one
before, so that no answer kept in memory is measured. The figure is wall time at the client, with the server's CPU
beside it.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import httpx
import psutil

RUNS = 60


@contextmanager
def server(home: str) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    """A server of ``home`` in a process of its own, with a client on it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "vigie", "--home", home, "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
            for _ in range(240):
                try:
                    if client.get("/healthz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.25)
            yield client, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def asked(client: httpx.Client, process: psutil.Process, addresses: Sequence[str]) -> tuple[float, float, float]:
    """Median and 99th percentile of the wall milliseconds of a request, and the mean CPU milliseconds of the server."""
    client.get(addresses[0])
    before, walls = process.cpu_times(), []
    for address in addresses[1:]:
        start = time.perf_counter()
        client.get(address).raise_for_status()
        walls.append((time.perf_counter() - start) * 1e3)
    after = process.cpu_times()
    spent = (after.user + after.system - before.user - before.system) * 1e3 / len(walls)
    return median(walls), quantiles(walls, n=100)[98], spent


def main() -> None:
    """Print one line a measure."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    codes = [f"33{n:03d}" for n in range(1, 400)]
    names = [f"saint-{a}{b}" for a in "abcdefghijlmnoprstuv" for b in "aeiou"]
    one = "/api/v1/observations?indicator=apl_mg&level=commune&period=2023&code="
    ameli = "/api/explore/v2.1/catalog/datasets/apl_mg/records?where="
    series = {
        ("one observation", "≤ 5 ms"): [one + code for code in codes[: RUNS + 1]],
        ("search of a territory", "≤ 15 ms"): [f"/api/v1/territories?q={name}" for name in names[: RUNS + 1]],
        ("a territory's card", ""): [f"/api/v1/territories/commune/{code}" for code in ("33063", "12202", "23096")] * 8,
        ("500 observations of a level, by value", ""): [
            f"/api/v1/observations?indicator=apl_mg&level=commune&sort=-value&limit={500 + n}" for n in range(RUNS)
        ],
        ("Explore: records with where", ""): [f'{ameli}code="{code}"' for code in codes[: RUNS + 1]],
    }
    files = {
        "communes, one year, CSV": "/api/v1/observations?indicator=apl_mg&level=commune&period=2023&format=csv",
        "communes, one year, XLSX": "/api/v1/observations?indicator=apl_mg&level=commune&period=2023&format=xlsx",
        "communes, every figure, CSV": "/api/v1/observations?level=commune&format=csv",
        "communes, every figure, Parquet": "/api/v1/observations?level=commune&format=parquet",
    }
    home = os.environ.get("VIGIE_BENCH_HOME")
    with tempfile.TemporaryDirectory() as folder:
        if home is None:
            subprocess.run([sys.executable, "-m", "vigie", "--home", folder, "build"], check=True, capture_output=True)
        with server(home or folder) as (client, process):
            client.headers["accept-encoding"] = "identity"
            client.get("/api/v1/territories?q=warm")  # the server reads beforehand what its first readers wait for
            time.sleep(5)
            print(f"{'measure':44}{'median':>10}{'p99':>10}{'CPU':>10}   budget")
            for (name, budget), addresses in series.items():
                middle, last, spent = asked(client, process, addresses)
                print(f"{name:44}{middle:7.1f} ms{last:7.1f} ms{spent:7.1f} ms   {budget}")
            for name, address in files.items():
                start, size = time.perf_counter(), 0
                with client.stream("GET", address) as answer:
                    for piece in answer.iter_raw():
                        size += len(piece)
                print(f"{name:44}{time.perf_counter() - start:8.2f} s{size / 1e6:7.1f} MB")
            print(f"{'memory of the server, at its highest':44}{_highest(process.pid):7.0f} MB{'':23}≤ 700 MB")


def _highest(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    main()
