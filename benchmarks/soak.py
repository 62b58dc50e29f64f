"""``make soak``: mixed traffic at a steady rate while editions are published; failures, times and memory.

A minute at a quarter of the rate comes before. Requests leave at their hour whatever the answers before them took, and
each is timed from that hour: a server that stalls is not spared by a client that waits for it. Client and server share
the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil

from vigie.editions.observatory import Observatory
from vigie.editions.store import current_folder, default_home, make_current

_CONNECTIONS = 400  # more than the server makes answers at once: the client must never be what holds back
_SEED = 20261122
_WARMING = 60.0  # seconds at a quarter of the rate, told apart: a server just started has no page yet


@dataclass(frozen=True)
class Figures:
    """What a soak measured: times in milliseconds, memory in megabytes."""

    seconds: float
    refused_warming: int
    asked: int
    failed: int
    refused: int
    rate: float
    p50: float
    p95: float
    p99: float
    longest: float
    editions: int
    memory_first: float
    memory_middle: float
    memory_last: float
    load: float


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home())
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--every", type=float, default=60, help="seconds between two editions")
    parser.add_argument("--out", type=Path, default=Path("artefacts/soak.md"))
    asked = parser.parse_args(arguments)
    found, statuses = soak(asked.home, asked.seconds, asked.rate, asked.every)
    text = table(found, statuses)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    asked.out.with_suffix(".json").write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    print(text)


def soak(home: Path, seconds: float, rate: float, every: float) -> tuple[Figures, Counter[int]]:
    """Serve a copy of the edition of ``home``, ask it ``rate`` times a second, and publish another edition at times."""
    source = current_folder(home)
    scratch = Path(os.environ.get("TMPDIR", "/tmp")) / f"vigie-soak-{os.getpid()}"
    try:
        _another(source, scratch, 0)
        with Observatory(source) as observatory:
            addresses = _mix(observatory)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "vigie", "--home", str(scratch), "serve", "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz")
            return asyncio.run(_traffic(server.pid, port, addresses, (source, scratch), (seconds, rate, every)))
        finally:
            server.terminate()
            server.wait(timeout=30)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _another(source: Path, home: Path, number: int) -> None:
    """Publish the same edition under another name: the server must take it up as it would any other."""
    name = f"{source.name}-soak{number}"
    target = home / "editions" / name
    shutil.copytree(source, target, copy_function=os.link)
    manifest = (target / "manifest.json").read_text(encoding="utf-8").replace(source.name, name)
    (target / "manifest.json").unlink()  # a link: the file of the source must not change
    (target / "manifest.json").write_text(manifest, encoding="utf-8")
    make_current(home, name)


def _mix(observatory: Observatory) -> list[tuple[float, list[str]]]:
    """Kinds of address with their share of the traffic: pages first, then the API, search, files of the site."""
    codes = [code for (code,) in observatory.rows("SELECT code FROM territories WHERE level = 'commune'")]
    names = [name for (name,) in observatory.rows("SELECT name FROM territories WHERE level = 'commune' LIMIT 2000")]
    random.Random(_SEED).shuffle(codes)
    from urllib.parse import quote

    return [
        (0.20, [f"/territoire/commune/{code}" for code in codes[:400]]),
        (0.10, [f"/territoire/departement/{code}" for code in ("12", "23", "48", "75", "976")]),
        (0.10, ["/", "/en/", "/engagements", "/indicateurs", "/methodes", "/donnees"]),
        (0.05, ["/indicateur/apl_mg", "/indicateur/densite_mg", "/carte", "/relation"]),
        (0.20, [f"/api/v1/territoires?q={quote(name[:5])}" for name in names]),
        (0.20, [f"/api/v1/observations?level=commune&code={code}" for code in codes[:2000]]),
        (0.10, [f"/api/v1/territories/commune/{code}" for code in codes[:2000]]),
        (0.05, ["/healthz", "/api/v1/indicators/apl_mg"]),
    ]


def _wait(url: str) -> None:
    for _ in range(480):
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("the server does not answer")


async def _traffic(
    pid: int,
    port: int,
    mix: list[tuple[float, list[str]]],
    editions: tuple[Path, Path],
    plan: tuple[float, float, float],
) -> tuple[Figures, Counter[int]]:
    seconds, rate, every = plan
    chance, process = random.Random(_SEED), psutil.Process(pid)
    connections: asyncio.Queue[Connection] = asyncio.LifoQueue()
    for _ in range(_CONNECTIONS):
        connections.put_nowait(Connection(port))
    times: list[float] = []
    statuses: Counter[int] = Counter()
    memory: list[float] = []

    async def ask(address: str, due: float) -> None:
        connection = await connections.get()
        status = await connection.get(address)
        connections.put_nowait(connection)
        times.append(1000 * (time.perf_counter() - due))
        statuses[status] += 1

    under_way: set[asyncio.Task[None]] = set()
    shares = [share for share, _ in mix]

    async def at_rate(seconds: float, rate: float) -> AsyncIterator[float]:
        """Send requests at this rate, and say the seconds since the first one before each."""
        start = time.perf_counter()
        for number in range(int(seconds * rate)):
            due = start + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            yield due - start
            task = asyncio.create_task(ask(chance.choice(chance.choices(mix, shares)[0][1]), due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    async for _ in at_rate(_WARMING, rate / 4):
        pass
    refused_warming = statuses[503]
    times.clear()
    statuses.clear()
    start, published = time.perf_counter(), 0
    async for since in at_rate(seconds, rate):
        if since >= every * (published + 1):
            published += 1
            await asyncio.to_thread(_another, *editions, published)
        if since >= len(memory):
            memory.append(process.memory_info().rss / 1e6)
    took = time.perf_counter() - start
    ranked = sorted(times)
    at = [round(ranked[min(int(share * len(ranked)), len(ranked) - 1)], 1) for share in (0.5, 0.95, 0.99, 1.0)]
    tenth = max(len(memory) // 10, 1)
    parts = (memory[tenth : 2 * tenth] or memory, memory[len(memory) // 2 :][:tenth], memory[-tenth:])
    whole = [round(sum(part) / len(part), 1) for part in parts]
    failed = sum(count for status, count in statuses.items() if status not in (200, 503))
    told = (refused_warming, len(times), failed, statuses[503], round(len(times) / took, 1))
    return Figures(round(took, 1), *told, *at, published, *whole, round(os.getloadavg()[0], 1)), statuses


class Connection:
    """One kept connection, opened again where the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, address: str) -> int:
        """The status of an answer, read whole; 0 where none came.

        A kept connection that the server has closed meanwhile is opened again, as every client does.
        """
        try:
            if self._streams is not None and self._streams[0].at_eof():
                self._streams[1].close()
                self._streams = None
            return await asyncio.wait_for(self._get(address), 30)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            if self._streams is not None:
                self._streams[1].close()
            self._streams = None
            return 0

    async def _get(self, address: str) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lengths = [line.partition(":")[2] for line in head.split("\r\n") if line.startswith("content-length:")]
        if lengths:
            await reader.readexactly(int(lengths[0]))
        else:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        return int(head.split(" ", 2)[1])


def table(found: Figures, statuses: Counter[int]) -> str:
    """The figures as a table in Markdown."""
    told = {
        "seconds": found.seconds,
        "refused in the minute of warming before, at a quarter of the rate": found.refused_warming,
        "requests": found.asked,
        "requests a second": found.rate,
        "failed (neither 200 nor 503)": found.failed,
        "refused above capacity (503)": found.refused,
        "median, ms": found.p50,
        "95th percentile, ms": found.p95,
        "99th percentile, ms (budget 150)": found.p99,
        "longest, ms": found.longest,
        "editions published meanwhile": found.editions,
        "memory of the server near the beginning, MB": found.memory_first,
        "memory in the middle, MB": found.memory_middle,
        "memory at the end, MB": found.memory_last,
        "load of the machine at the end": found.load,
        "statuses": ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())),
    }
    return "| soak | |\n| --- | ---: |\n" + "".join(f"| {name} | {value} |\n" for name, value in told.items())


if __name__ == "__main__":
    main(sys.argv[1:])
