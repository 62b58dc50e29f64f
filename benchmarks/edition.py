"""Whole processes of the edition: builds, one territory, one export. Seconds, and the largest resident memory.

Each command is run several times after a warm-up; the median is quoted, with the budget of the issue beside it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared")) / "data"


@dataclass(frozen=True)
class Timed:
    """The median of several runs: wall seconds and peak memory in MB."""

    seconds: float
    megabytes: float


def timed(arguments: list[str], runs: int = 5, before: list[str] | None = None) -> Timed:
    """Run ``vigie`` with ``arguments`` ``runs`` times after one warm-up; ``before`` is run untimed each time."""
    seconds, memory = [], []
    for _ in range(runs + 1):
        if before:
            subprocess.run(before, check=True, capture_output=True)
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "vigie", *arguments], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - start)
        memory.append(usage.ru_maxrss / 1024)
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"vigie {' '.join(arguments)}: exit {os.waitstatus_to_exitcode(status)}")
    return Timed(median(seconds[1:]), median(memory[1:]))


def main() -> None:
    """Print one line a measure."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        home = ["--home", folder]
        rows = [("build, embedded inputs, every step anew", "≤ 15 s, 800 MB", timed([*home, "build", "--force"], 3))]
        again = timed([*home, "build", "--if-needed"], 3)
        rows.append(("second build, nothing to do", "≤ 5 s with serving", again))
        rows.append(("vigie show Rodez", "≤ 0.6 s", timed([*home, "show", "Rodez"])))
        export = [*home, "export", "--indicator", "apl_mg", "--level", "commune", "--period", "2023"]
        rows.append(("vigie export, one indicator, all communes, CSV", "≤ 0.5 s after start", timed(export)))
        rows.append(("vigie --version (start alone)", "", timed(["--version"])))
        if SHARED.is_dir():
            build = timed([*home, "build", "--force", "--from", str(SHARED)], 3)
            rows.append(("build, official files of ../shared/data", "≤ 30 s", build))
    print(f"{'measure':52}{'median':>10}{'memory':>10}   budget")
    for name, budget, found in rows:
        print(f"{name:52}{found.seconds:8.2f} s{found.megabytes:7.0f} MB   {budget}")


if __name__ == "__main__":
    main()
