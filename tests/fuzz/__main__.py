"""``make fuzz``: a hundred thousand damaged files, definitions, queries and requests; the report is artefacts/fuzz.md.

A worker is a process of its own with a limit on its memory; each case has a limit on its time. A worker that dies, or
that a case holds longer than the limit, is started again after it, and the case is kept in artefacts/fuzz/. What makes
a reader answer from a place in the code that no case had reached yet joins the files to start from: later cases go
deeper. The fixed part of it is tests/generative/test_fuzz_small.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import random
import re
import resource
import select
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

OUT = Path("artefacts/fuzz")
SECONDS = 10.0  # of the processor, for one case: a busy machine is no fault of a reader
SILENCE = 60.0  # of a worker, once its own limit did not stop it
MEMORY = 3_000_000_000  # bytes of address space above what the imports take
BATCH = 100
_SHARES = {"site page": 0.05, "site api": 0.2, "site explore": 0.2, "site scenario": 0.1}  # they take longer


class TooLongError(BaseException):
    """A case that takes longer than it may; not an Exception, so that no reader swallows it."""


@dataclass
class Tally:
    """What came of the cases of a family."""

    cases: int = 0
    read: int = 0
    defects: int = 0
    slowest: float = 0.0
    places: set[str] = field(default_factory=set)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--home", type=Path, help="a home with an edition, for the requests to the site and its API")
    parser.add_argument("--only", default="", help="targets whose name begins so")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        work(asked.seed, asked.home)
        return
    OUT.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    tallies, defects, peak = run(asked.cases, asked.seed, asked.home, asked.only)
    text = report(tallies, defects, peak, time.perf_counter() - start, asked.seed)
    (OUT.parent / "fuzz.md").write_text(text, encoding="utf-8")
    print(text)
    sys.exit(1 if defects else 0)


# The worker -----------------------------------------------------------------------------------------------------------


def work(seed: int, home: Path | None) -> None:
    """Run the batches asked for on standard input; tell each case that fails, and each batch, on standard output."""
    from tests.fuzz.damage import damaged
    from tests.fuzz.requests import site_targets
    from tests.fuzz.targets import every, tried

    known = every() | (site_targets(home) if home else {})
    told, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    print(json.dumps({name: one.family for name, one in known.items()}), file=told, flush=True)
    for target in known.values():
        tried(target, target.seeds[0])  # what is imported late is imported before the limit
    limit(MEMORY)
    signal.signal(signal.SIGPROF, _stop)
    corpora: dict[str, list[bytes]] = {name: list(one.seeds) for name, one in known.items()}
    reached: dict[str, set[str]] = {name: set() for name in known}
    for line in sys.stdin:
        name, first, count = json.loads(line)
        target, corpus, places, read, slowest = known[name], corpora[name], reached[name], 0, 0.0
        for number in range(first, first + count):
            chance = random.Random(f"{seed} {name} {number}")
            start_from = chance.choice(target.seeds if chance.random() < 0.6 else corpus)
            content = damaged(start_from, chance, chance.choice(corpus))
            (OUT / f"under-way-{os.getpid()}").write_bytes(content)
            start = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                place = tried(target, content)
            except (Exception, TooLongError, MemoryError) as fault:  # a defect: told, and the next case goes on
                signal.setitimer(signal.ITIMER_PROF, 0)
                print(json.dumps(["defect", name, number, *kept(name, content, fault)]), file=told, flush=True)
                continue
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                slowest = max(slowest, time.process_time() - start)
            read += place == "read"
            if place not in places and len(corpus) < 400 and len(content) < 60_000:
                corpus.append(content)
            places.add(place)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(["batch", name, count, read, slowest, sorted(places), peak]), file=told, flush=True)


def limit(more: int) -> None:
    """No more address space than what is taken now and ``more``."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + more, taken + more))


def _stop(_: int, __: FrameType | None) -> None:
    raise TooLongError(f"more than {SECONDS:g} s of processor")


def kept(name: str, content: bytes, fault: BaseException) -> tuple[str, str, str]:
    """Keep the case; its kind, the place in our code, and the file."""
    frames = [one for one in traceback.extract_tb(fault.__traceback__) if "/src/vigie/" in one.filename]
    place = f"{frames[-1].filename.rpartition('/src/')[2]}:{frames[-1].lineno}" if frames else "?"
    file = OUT / f"{name.replace(' ', '-')}-{hashlib.sha256(content).hexdigest()[:12]}.bin"
    file.write_bytes(content)
    words = re.sub(r"\d+|0x[0-9a-f]+|'[^']*'", "…", str(fault))[:120]
    return f"{type(fault).__name__}: {words}", place, str(file)


# The one who leads ----------------------------------------------------------------------------------------------------


class Worker:
    """A worker and what it says."""

    def __init__(self, seed: int, home: Path | None) -> None:
        command = [sys.executable, "-m", "tests.fuzz", "--worker", "--seed", str(seed)]
        command += ["--home", str(home)] if home else []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        told = self.hear(300)
        assert told is not None, "the worker did not start"
        self.families: dict[str, str] = told

    def hear(self, seconds: float) -> Any:
        """The next line of the worker; None where it died or is silent too long."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def ask(self, *what: object) -> None:
        """Give it a batch."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Stop it."""
        self.process.kill()
        self.process.wait()


def run(
    cases: int, seed: int, home: Path | None, only: str
) -> tuple[dict[str, Tally], dict[tuple[str, str, str], list[str]], int]:
    """Share the cases among the targets, in batches; what came of each family, the defects, the largest memory."""
    worker = Worker(seed, home)
    names = [name for name in worker.families if name.startswith(only)]
    done: Counter[str] = Counter()
    tallies: dict[str, Tally] = defaultdict(Tally)
    defects: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    peak, last = 0, time.monotonic()
    whole = sum(_SHARES.get(name, 1.0) for name in names)
    share = {name: math.ceil(cases * _SHARES.get(name, 1.0) / whole) for name in names}
    while any(done[name] < share[name] for name in names):
        for name in names:
            count = min(BATCH, share[name] - done[name])
            if count <= 0:
                continue
            try:
                worker.ask(name, done[name], count)
                heard = worker.hear(BATCH * SECONDS)
            except BrokenPipeError:
                heard = None
            tally = tallies[worker.families[name]]
            while heard is not None and heard[0] == "defect":
                defects[name, heard[3], heard[4]].append(heard[5])
                tally.defects += 1
                heard = worker.hear(SILENCE + BATCH * SECONDS)
            done[name] += count
            tally.cases += count
            if heard is None:
                defects[name, "the process died or hung", "?"].append(_last(worker, name))
                worker.end()
                worker = Worker(seed, home)
                continue
            tally.read += heard[3]
            tally.slowest = max(tally.slowest, heard[4])
            tally.places |= set(heard[5])
            peak = max(peak, heard[6])
        if time.monotonic() - last > 60:
            last = time.monotonic()
            print(f"{sum(done.values())} cases, {len(defects)} defects", file=sys.stderr, flush=True)
    worker.end()
    return dict(tallies), dict(defects), peak


def _last(worker: Worker, name: str) -> str:
    under_way, file = OUT / f"under-way-{worker.process.pid}", OUT / f"{name.replace(' ', '-')}-died.bin"
    if under_way.is_file():
        under_way.replace(file)
    return str(file)


def report(
    tallies: dict[str, Tally],
    defects: dict[tuple[str, str, str], list[str]],
    peak: int,
    seconds: float,
    seed: int,
) -> str:
    """The report in Markdown."""
    total = sum(one.cases for one in tallies.values())
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Hostile and odd input", "",
        f"{total:,} cases in {seconds:.0f} s ({machine}), seed {seed}; limits of a case: {SECONDS:g} s, "
        f"{MEMORY / 1e9:g} GB above the imports; most memory of a worker: {peak / 1e6:.0f} MB.", "",
        "| family | cases | read | refused in words | places of refusal | slowest, s |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, one in sorted(tallies.items()):
        refused = one.cases - one.read - one.defects
        lines.append(f"| {name} | {one.cases} | {one.read} | {refused} | {len(one.places)} | {one.slowest:.2f} |")
    lines += [
        "",
        f"{len(defects)} defects." if defects else "No defect: no crash, no hang, no limit of memory met.",
        "",
    ]
    for (name, kind, place), files in sorted(defects.items()):
        lines.append(f"- {name}: `{kind}` at {place}, {len(files)} times, e.g. {files[0]}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
