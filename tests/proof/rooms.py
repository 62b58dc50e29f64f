"""``make coverage``: lines and branches of four rooms that the quick tests run; the report is artefacts/coverage.md.

Two passes. Numba compiles its kernels out of sight of coverage: the tests that call them run with NUMBA_DISABLE_JIT=1,
where the same functions are plain Python. The other tests of the rooms run as they are. Both record which test ran each
line, for ``make mutants``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("access", "indicators", "zoning", "levers")
DATA = ROOT / "artefacts" / "coverage"
LEAST = 95.0
KINDS = ("unit", "spec", "generative")
# Tests on the edition that reach what no small one does.
REAL = ("zoning", "levers", "siting", "pharmacies", "alerts")
# The tests that call kernels, but for those of France as a whole and those that gain nothing by it.
PLAIN = re.compile(r"test_(access_(?!calibration|published|osm|files|territories)|levers_|siting_)")

_ROOM = re.compile(rf"vigie\.(?:{'|'.join(ROOMS)})\b")
_SETTINGS = f"""[run]
branch = True
source =
{chr(10).join(f"    src/vigie/{room}" for room in ROOMS)}
[report]
exclude_also =
    if TYPE_CHECKING
"""


def files(root: Path = ROOT) -> list[Path]:
    """The files of quick tests that import one of the rooms."""
    every = [path for kind in KINDS for path in sorted((root / "tests" / kind).glob("test_*.py"))]
    return [path for path in every if _ROOM.search(path.read_text(encoding="utf-8"))]


@dataclass(frozen=True)
class Share:
    """What the tests run of a room: lines and branches, covered and in all."""

    lines: int
    all_lines: int
    branches: int
    all_branches: int

    @property
    def percent(self) -> float:
        """Lines and branches together, as coverage counts them."""
        return 100 * (self.lines + self.branches) / max(1, self.all_lines + self.all_branches)

    @property
    def of_branches(self) -> float:
        """Branches alone."""
        return 100 * self.branches / max(1, self.all_branches)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="report on the passes already made")
    parser.add_argument("--only", choices=("compiled", "plain"), help="one pass only")
    asked = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / "settings.ini").write_text(_SETTINGS, encoding="utf-8")
    if not asked.report:
        real = [ROOT / "tests" / "acceptance" / f"test_{name}_real.py" for name in REAL]
        if asked.only != "compiled":
            run("plain", [path for path in files() if PLAIN.match(path.name)], {"NUMBA_DISABLE_JIT": "1"})
        if asked.only != "plain":
            run("compiled", [*(path for path in files() if not PLAIN.match(path.name)), *real], {})
    found, missing = shares()
    text = report(found, missing)
    (DATA.parent / "coverage.md").write_text(text, encoding="utf-8")
    print(text)
    sys.exit(0 if all(one.percent >= LEAST for one in found.values()) else 1)


def run(name: str, tests: list[Path], more: dict[str, str]) -> None:
    """One pass; its data are in ``DATA``."""
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={DATA / 'settings.ini'}", "-m", "pytest", "-q"]
    command += ["-p", "no:cacheprovider", "-p", "tests.proof.contexts", "--durations=0", "--durations-min=0.5"]
    places = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    environment = {**os.environ, **more, "COVERAGE_FILE": str(DATA / name), "PYTHONPATH": places}
    with (DATA / f"{name}.log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [*command, *map(str, tests)], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        print((DATA / f"{name}.log").read_text(encoding="utf-8")[-3_000:], file=sys.stderr)
        raise SystemExit(f"the tests of the pass {name} fail: nothing is measured")


def shares() -> tuple[dict[str, Share], dict[str, list[str]]]:
    """Of each room what the passes run together, and the lines and branches of its files that no test runs."""
    rc = f"--rcfile={DATA / 'settings.ini'}"
    both, told = DATA / "both", DATA / "both.json"
    passes = [str(DATA / name) for name in ("compiled", "plain", "more") if (DATA / name).is_file()]
    environment = {**os.environ, "COVERAGE_FILE": str(both)}
    for arguments in (["combine", "--keep", rc, *passes], ["json", rc, "-q", "-o", str(told)]):
        subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, env=environment, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
    found = {room: [0, 0, 0, 0] for room in ROOMS}
    missing: dict[str, list[str]] = {room: [] for room in ROOMS}
    for file, one in sorted(json.loads(told.read_text(encoding="utf-8"))["files"].items()):
        room = Path(file).parts[2]
        own = one["summary"]
        counts = (own["covered_lines"], own["num_statements"], own["covered_branches"], own["num_branches"])
        found[room] = [a + b for a, b in zip(found[room], counts, strict=True)]
        lines = [str(line) for line in one["missing_lines"]]
        branches = [f"{a}→{b if b > 0 else 'end'}" for a, b in one["missing_branches"] if a not in one["missing_lines"]]
        if lines or branches:
            missing[room].append(f"`{Path(file).name}` {', '.join([*lines, *branches])}")
    return {room: Share(*counts) for room, counts in found.items()}, missing


def report(found: dict[str, Share], missing: dict[str, list[str]]) -> str:
    """The report in Markdown."""
    lines = ["# Branches run by the quick tests", "", "| room | lines | branches | both | branches alone |",
             "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for room, one in found.items():
        lines.append(
            f"| {room} | {one.lines} / {one.all_lines} | {one.branches} / {one.all_branches} "
            f"| {one.percent:.1f} % | {one.of_branches:.1f} % |"
        )
    lines += ["", "Not run:", ""]
    lines += [f"- {room}: {'; '.join(own)}" for room, own in missing.items() if own]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
