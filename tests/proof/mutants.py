"""``make mutants``: faults put on purpose into four rooms, and how many the tests find; artefacts/mutants.md.

Faults are drawn at random, the same each time for a seed, evenly from all those that ``operators.py`` knows in a room.
Each is put into a copy of the project, where the tests that ran its line (as ``make coverage`` recorded) run until one
fails: quick ones first, the most particular first. A fault that no test ran the line of has survived. Tests run with
NUMBA_DISABLE_JIT=1, so that a fault in a kernel costs no compilation, and Hypothesis with the same examples each time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.proof.operators import lines, one
from tests.proof.rooms import DATA, ROOMS, ROOT

OUT = ROOT / "artefacts" / "mutants"
LEAST = 85.0
MOST_TESTS = 60
_WRITTEN = "tests/spec/test_parameters.py::test_"
PARAMETERS = (
    f"{_WRITTEN}each_parameter_is_the_one_written_down",
    f"{_WRITTEN}the_defaults_of_calibration_and_the_detour_are_those_written_down",
)
EXAMPLES = 25  # of a generative test
LONG = 20.0  # seconds: a test that takes longer in the passes of coverage is not run
CPU, WALL = 60, 400  # seconds of a fault: beyond, it made a loop endless, which is to be found
IDLE = 45.0  # seconds without any work: its threads wait for each other


@dataclass(frozen=True)
class Judged:
    """A fault and what the tests said of it: killed, endless, survived, or not run (survived too)."""

    room: str
    file: str
    number: int
    line: int
    kind: str
    before: str
    after: str
    verdict: str
    tests: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=60, help="faults drawn in each room")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--room", choices=ROOMS, action="append")
    parser.add_argument("--begin", type=int, default=0, help="leave out as many of those drawn: a run that goes on")
    parser.add_argument("--again", type=Path, help="judge the survivors of this report of an earlier run again")
    parser.add_argument("--told", type=Path, nargs="+", help="report on verdicts given already, the later ones first")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder of the copy and of the verdicts")
    parser.add_argument("--tests", type=int, default=MOST_TESTS, help="tests of a fault, at most")
    parser.add_argument("--data", type=Path, default=DATA, help="where the passes of make coverage are")
    asked = parser.parse_args()
    if asked.told:
        print(report(read(asked.told), asked.seed))
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    prepare()
    drawn = again(asked.again) if asked.again else draw(asked.each, asked.seed, asked.room or list(ROOMS))
    drawn = drawn[asked.begin :]
    bench = Bench(asked.out / "tree", asked.data, asked.tests)
    found: list[Judged] = []
    with (asked.out / "judged.jsonl").open("w", encoding="utf-8") as log:
        for room, file, number in drawn:
            judged = bench.judge(room, file, number)
            found.append(judged)
            print(json.dumps(asdict(judged), ensure_ascii=False), file=log, flush=True)
            print(f"{len(found)}/{len(drawn)} {judged.verdict:9} {file}:{judged.line} {judged.before} → {judged.after}")
    bench.close()
    text = report(found, asked.seed)
    (asked.out.parent / "mutants.md").write_text(text, encoding="utf-8")
    print(text)
    killed = sum(judged.verdict in ("killed", "endless") for judged in found)
    sys.exit(0 if interval(killed, len(found))[1] >= LEAST else 1)


def prepare() -> None:
    """Import what every test imports, before the processes of the faults are forked from this one."""
    os.environ.update(NUMBA_DISABLE_JIT="1", OPENBLAS_NUM_THREADS="1", POLARS_MAX_THREADS="1", VIGIE_FAULTS="1")
    import duckdb
    import hypothesis
    import numba
    import numpy
    import polars
    import pydantic
    import pytest
    import scipy.optimize
    import scipy.sparse
    import scipy.stats

    del duckdb, numba, numpy, polars, pydantic, pytest, scipy
    from hypothesis import HealthCheck, Phase, settings

    # What finds a fault need not be shrunk to its smallest form.
    settings.register_profile("faults", derandomize=True, database=None, deadline=None, print_blob=False,
                              phases=[Phase.explicit, Phase.generate],
                              suppress_health_check=list(HealthCheck))  # fmt: skip
    hypothesis.settings.load_profile("faults")


def draw(each: int, seed: int, rooms: list[str]) -> list[tuple[str, str, int]]:
    """``each`` faults of each room, by file and number; rooms in turn, so that a run cut short has some of each."""
    by_room = []
    for room in rooms:
        every = [
            (room, str(path.relative_to(ROOT)), number)
            for path in sorted((ROOT / "src" / "vigie" / room).glob("*.py"))
            for number in range(len(lines(path.read_text(encoding="utf-8"))))
        ]
        by_room.append(random.Random(f"{seed} {room}").sample(every, min(each, len(every))))
    return [own[place] for place in range(each) for own in by_room if place < len(own)]


def read(logs: list[Path]) -> list[Judged]:
    """The verdicts of several logs; of a fault judged twice, that of the first log named."""
    found: dict[tuple[str, int], Judged] = {}
    for log in logs:
        for line in log.read_text(encoding="utf-8").splitlines():
            judged = Judged(**json.loads(line))
            found.setdefault((judged.file, judged.number), judged)
    return list(found.values())


def again(log: Path) -> list[tuple[str, str, int]]:
    """The faults that survived an earlier run."""
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [(row["room"], row["file"], row["number"]) for row in rows if row["verdict"] in ("survived", "not run")]


class Bench:
    """A copy of the project, where one fault at a time is put."""

    def __init__(self, tree: Path, data: Path, most: int) -> None:
        self.tree, self.most = tree.resolve(), most
        shutil.rmtree(self.tree, ignore_errors=True)
        for name in ("src", "tests", "docs"):
            shutil.copytree(ROOT / name, self.tree / name, copy_function=_linked,
                            ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "static"))  # fmt: skip
        shutil.copy(ROOT / "pyproject.toml", self.tree)
        self.ran, self.width = _contexts(data)
        self.seconds = _durations(data)
        self.sound: dict[str, bool] = {}

    def close(self) -> None:
        """Remove the copy."""
        shutil.rmtree(self.tree, ignore_errors=True)

    def judge(self, room: str, file: str, number: int) -> Judged:
        """Put a fault, run the tests of its line, take it out."""
        source = (ROOT / file).read_text(encoding="utf-8")
        fault = one(source, number)
        tests = [name for name in self.tests(file, fault.line) if self.small(name)]
        verdict = "not run"
        place = self.tree / file
        while tests:
            place.unlink()
            place.write_text(fault.source, encoding="utf-8")
            try:
                verdict, by = _fork(self.tree, tests)
            finally:
                place.unlink()
                _linked(ROOT / file, place)
            if verdict != "killed" or not by or self.stands(by):
                break
            tests.remove(by)  # it fails without any fault: it says nothing of this one
        return Judged(room, file, number, fault.line, fault.kind, fault.before, fault.after, verdict, len(tests))

    def tests(self, file: str, line: int) -> list[str]:
        """The tests that ran a line, as pytest names them; those of the module for what runs as it is imported."""
        own = self.ran.get(file, {})
        if own.get(line):
            return self._quick(own[line])[: self.most]
        # Run as the module is imported, or a part of a longer statement: what is written down has a test of its own.
        known = next((own[near] for near in range(line, max(0, line - 14), -1) if own.get(near)), set())
        return [*PARAMETERS, *self._quick(known or set().union(*own.values()))][: self.most]

    def _quick(self, known: set[str]) -> list[str]:
        """The quick tests of some, the most particular first."""
        small = [name for name in known if name.split("/")[1] in ("unit", "spec", "generative")]
        quick = [name for name in small if self.seconds.get(name, 0.0) <= LONG]
        return sorted(quick, key=lambda name: (self.seconds.get(name, 0.0) > 2, self.width[name], name))

    def small(self, test: str) -> bool:
        """Whether a test needs no built edition."""
        path, _, function = test.partition("::")
        found = re.search(rf"^def {function}\(([^)]*)\)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
        return found is None or re.search(r"edition_home|observatory|shared_data", found[1]) is None

    def stands(self, test: str) -> bool:
        """Whether a test passes without any fault; tried once."""
        if test not in self.sound:
            self.sound[test] = _fork(self.tree, [test])[0] == "survived"
        return self.sound[test]


def _linked(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _fork(tree: Path, tests: list[str]) -> tuple[str, str]:
    """What became of a fault under these tests, in a process of its own, and the test that found it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        _child(tree, tests, writing)
    os.close(writing)
    start = moved = time.monotonic()
    status, ticks = None, ""
    while status is None and time.monotonic() - start < WALL and time.monotonic() - moved < IDLE:
        done, told = os.waitpid(pid, os.WNOHANG)
        status = told if done else None
        if not done and (now := _ticks(pid)) != ticks:
            ticks, moved = now, time.monotonic()
        time.sleep(0.05)
    if status is None:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with os.fdopen(reading) as pipe:
        by = pipe.read().strip()
    if status is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)):
        return "endless", by
    return ("survived" if status == 0 else "killed"), by


def _ticks(pid: int) -> str:
    """What of the processor a process has had, however little: it does not change where all its threads wait."""
    return " ".join(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])


class _Finder:
    """A plugin of pytest that tells which test fails first."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Fewer examples of each law: a fault that needs more of them is told as surviving."""
        from hypothesis import settings

        for item in items:
            known = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
            if known is not None and known.max_examples > EXAMPLES:
                item.obj._hypothesis_internal_use_settings = settings(known, max_examples=EXAMPLES)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """End at the first failure, with its name."""
        if report.failed:
            os.write(self.pipe, report.nodeid.partition("[")[0].encode() + b"\n")
            os.close(self.pipe)
            os._exit(1)


def _child(tree: Path, tests: list[str], pipe: int) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 5))
    os.chdir(tree)
    silent = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(silent, number)
    sys.path[:] = [str(tree / "src"), str(tree), *(path for path in sys.path if not path.startswith(str(ROOT)))]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("vigie", "tests")]:
        del sys.modules[name]
    import pytest

    code = 99
    try:
        asked = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--timeout=0", *tests]
        code = int(pytest.main(asked, plugins=[_Finder(pipe)]))
    finally:
        os._exit(code)


def _contexts(data: Path) -> tuple[dict[str, dict[int, set[str]]], Counter[str]]:
    """By file and line the tests that ran it, and of each test how many lines it runs."""
    from coverage import CoverageData

    ran: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    width: Counter[str] = Counter()
    for path in sorted(data.iterdir()):
        if path.suffix or path.name == "both":
            continue
        found = CoverageData(str(path))
        found.read()
        for file in found.measured_files():
            name = "src/" + file.rpartition("/src/")[2]
            for line, tests in found.contexts_by_lineno(file).items():
                ran[name][line] |= {test for test in tests if test}
                width.update(test for test in tests if test)
    return ran, width


def _durations(data: Path) -> dict[str, float]:
    """The seconds of the slow tests, from what pytest printed."""
    found: dict[str, float] = {}
    for path in data.glob("*.log"):
        told = path.read_text(encoding="utf-8")
        for seconds, name in re.findall(r"^([\d.]+)s call +(\S+?::\w+)", told, re.MULTILINE):
            found[name] = max(found.get(name, 0.0), float(seconds))
    return found


# The report -----------------------------------------------------------------------------------------------------------


def interval(killed: int, count: int) -> tuple[float, float]:
    """Wilson's interval at 95 % of a share, in per cent."""
    if not count:
        return 0.0, 100.0
    z, share = 1.959964, killed / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return 100 * (middle - half), 100 * (middle + half)


def report(found: list[Judged], seed: int) -> str:
    """The report in Markdown."""
    rows = ["# Faults put on purpose", "", f"Seed {seed}, {len(found)} faults.", "",
            "| room | faults | killed | of which endless | survived | not run | share | 95 % |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"]  # fmt: skip
    for room in [*dict.fromkeys(each.room for each in found), "all"]:
        own = [each for each in found if room in (each.room, "all")]
        told = Counter(each.verdict for each in own)
        killed = told["killed"] + told["endless"]
        low, high = interval(killed, len(own))
        rows.append(
            f"| {room} | {len(own)} | {killed} | {told['endless']} | {told['survived']} | {told['not run']} "
            f"| {100 * killed / max(1, len(own)):.1f} % | {low:.1f} – {high:.1f} |"
        )
    rows += ["", "What survived:", ""]
    for left in sorted(found, key=lambda left: (left.file, left.line)):
        if left.verdict in ("survived", "not run"):
            rows.append(f"- `{left.file.removeprefix('src/vigie/')}:{left.line}` {left.kind}, {left.verdict}: "
                        f"`{left.before}` → `{left.after}`")  # fmt: skip
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    main()
