"""Pages of territories: 300 drawn at random from every level, not yet cached; the same cached; then 32 readers at once.

    python -m benchmarks.pages [SECONDS]

Wall time is that of a client on the same machine, the server's CPU is beside it: on a shared machine the first says how
busy it was, the second what a page costs. ``VIGIE_BENCH_HOME`` names a home that has an edition.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import httpx
import psutil

from benchmarks.site import _highest, server
from vigie.editions.build import build
from vigie.editions.observatory import open_edition

DRAWN = {"commune": 150, "epci": 60, "bassin_de_vie": 50, "departement": 30, "region": 9, "france": 1}
CONNECTIONS = 32


def addresses(home: Path, seed: int = 1) -> list[str]:
    """The pages asked: 300 territories, drawn by level, in any order."""
    draw = random.Random(seed)
    with open_edition(home) as observatory:
        codes = {level: sorted(code for at, code in observatory.cards if at == level) for level in DRAWN}
    found = [
        f"/territoire/{level}/{code}" for level, count in DRAWN.items() for code in draw.sample(codes[level], count)
    ]
    draw.shuffle(found)
    return found


def timed(client: httpx.Client, process: psutil.Process, asked: list[str]) -> list[tuple[float, float, str]]:
    """Wall and CPU milliseconds of each page."""
    found = []
    for address in asked:
        before, start = process.cpu_times(), time.perf_counter()
        client.get(address).raise_for_status()
        wall, after = (time.perf_counter() - start) * 1e3, process.cpu_times()
        found.append((wall, (after.user + after.system - before.user - before.system) * 1e3, address))
    return found


def told(name: str, found: list[tuple[float, float, str]], budget: str) -> None:
    """One line: median and 99th percentile of the wall time, mean CPU."""
    walls = [one[0] for one in found]
    cpu = sum(one[1] for one in found) / len(found)
    print(f"{name:40}{median(walls):8.1f} ms{quantiles(walls, n=100)[98]:8.1f} ms{cpu:8.1f} ms   {budget}")


async def crowd(base: str, asked: list[str], seconds: float) -> tuple[int, int, float]:
    """Pages answered, failures, and seconds, with :data:`CONNECTIONS` readers who never wait."""
    failed = answered = 0
    until = time.perf_counter() + seconds
    host, port = base.removeprefix("http://").split(":")

    async def reader(number: int) -> None:
        nonlocal failed, answered
        back, out = await asyncio.open_connection(host, int(port))
        place = number
        while time.perf_counter() < until:
            address = asked[place % len(asked)]
            out.write(f"GET {address} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
            head = (await back.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            size = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
            await back.readexactly(size)
            failed += not head.startswith("http/1.1 200")
            answered += 1
            place += 7
        out.close()

    start = time.perf_counter()
    await asyncio.gather(*(reader(number) for number in range(CONNECTIONS)))
    return answered, failed, time.perf_counter() - start


def main(seconds: float = 20.0) -> None:
    """Print one line a measure."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.environ.get("VIGIE_BENCH_HOME") or folder)
        if home == Path(folder):
            build(home)
        asked = addresses(home)
        with server(str(home)) as (client, process):
            client.headers["accept-encoding"] = "identity"
            client.get("/territoire/france/FR")
            time.sleep(8)  # the server reads beforehand what its first readers wait for
            print(f"{'measure':40}{'median':>11}{'p99':>11}{'CPU':>11}   budget (load: {os.getloadavg()[0]:.1f})")
            told("territory pages, not cached", timed(client, process, asked), "≤ 25 ms, p99 ≤ 100 ms")
            told("the same, cached", timed(client, process, asked), "≤ 3 ms")
            client.headers["accept-encoding"] = "gzip"
            for address in asked:
                client.get(address)
            answered, failed, spent = asyncio.run(crowd(str(client.base_url).rstrip("/"), asked, seconds))
            print(
                f"{CONNECTIONS} connections, cached pages{'':13}{answered / spent:8.0f} /s, "
                f"{failed} failed   ≥ 500 /s, 0"
            )
            print(f"memory of the server, at its highest{'':4}{_highest(process.pid):8.0f} MB{'':16}≤ 700 MB")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
