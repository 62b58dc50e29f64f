"""``make faults`` also: Ctrl-C at random moments of commands; artefacts/interrupts.md has the counts.

Each time the command ends with 130 and « Interrompu. », or had ended; no traceback, no panic of a library; the edition
served is whole, nothing half done is left, and no process.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from processes import COMMAND, another, environment, launched, left, linked, served

from vigie.editions.compare import verify
from vigie.editions.store import current_folder, default_home

_SCENARIO = Path(__file__).parents[2] / "docs" / "scenarios" / "aveyron.toml"
_WORDS = ("Traceback", "panicked", "Exception ignored", "Error", "Erreur")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home(), help="a home with an edition and its kept steps")
    parser.add_argument("--times", type=int, default=120)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=Path("artefacts/interrupts.md"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-interrupts-") as name:
        scratch = Path(name)
        home = linked(asked.home, scratch / "home", steps=True)
        counts = interrupted(home, scratch / "made", random.Random(asked.seed), asked.times)
    rows = [f"| {name} | {count} |" for name, count in sorted(counts.items())]
    text = "\n".join([f"{time.strftime('%Y-%m-%d')}: {asked.times} times Ctrl-C.", "", "| command, end | times |",
                      "| --- | ---: |", *rows, ""])  # fmt: skip
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)


def interrupted(home: Path, made: Path, chance: random.Random, times: int) -> Counter[str]:
    """Interrupt commands; counts how they ended. Raises at the first that does not end well."""
    commands: dict[str, Sequence[str | Path]] = {
        "build": ("build",),
        "show": ("show", "departement:12"),
        "report": ("report", "departement:48", "-o", made / "report.pdf"),
        "outlook": ("outlook", "departement:12", "--draws", "20"),
        "publish": ("publish", "--static", made / "copy", "--only", "commune:48095", "--jobs", "2"),
    }
    longest = {}
    for name, arguments in commands.items():
        _fresh(home, made)
        start = time.perf_counter()
        done = launched(*arguments, home=home, lang="fr", timeout=3600)
        longest[name] = time.perf_counter() - start
        assert done.code == 0, (name, done.err)
    counts: Counter[str] = Counter()
    for number in range(times):
        name = list(commands)[number % len(commands)]
        _fresh(home, made)
        counts[
            f"{name}, {_once(home, commands[name], chance.uniform(0.03, longest[name]), group=number % 2 == 0)}"
        ] += 1
        if name == "build":
            verify(current_folder(home))
            assert left(home) == [], left(home)
            assert [path for path in (home / "steps").glob(".*") if path.name != ".lock"] == []
        found = [path for path in made.rglob("*") if path.name.startswith(("tmp-", ".report", ".vigie-"))]
        assert found == [], (name, found)
    return counts


def _fresh(home: Path, made: Path) -> None:
    another(home)
    for old in sorted(path for path in (home / "editions").iterdir() if path.is_dir() and not path.is_symlink()):
        if old.name != served(home):
            shutil.rmtree(old)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()


def _once(home: Path, arguments: Sequence[str | Path], moment: float, *, group: bool) -> str:
    """How a command ended that was interrupted after ``moment`` seconds; a terminal interrupts the whole group."""
    process = subprocess.Popen(
        [*COMMAND, "--home", str(home), "--lang", "fr", *map(str, arguments)],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        time.sleep(moment)
        under_way = process.poll() is None
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
        told = err.decode()
        if process.returncode == -signal.SIGINT and "in main" not in told:
            return "ended by the signal while Python began, before our lines"
        asked = (*map(str, arguments), f"{moment:.3f} s", process.returncode, told)
        assert not any(word in told for word in _WORDS), asked
        assert process.returncode in (0, 130, -signal.SIGINT), asked
        assert process.returncode != 130 or "Interrompu." in told, asked
        assert process.returncode == 130 or "Interrompu." not in told, asked
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if not under_way:
        return "ended before"
    return {0: "went to its end", 130: "told"}.get(process.returncode, "ended by the signal, before or after our lines")


if __name__ == "__main__":
    main()
