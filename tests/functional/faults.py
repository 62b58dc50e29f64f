"""``make faults``: what is killed, cut short and damaged at random, many times; the fixed part is test_build_killed.py.

Each round kills a command with SIGKILL at a random moment of its life, then looks: every edition is as its manifest
says, one is served, and a command of a reader answers. Files of an edition are then damaged one by one: each must be
told. A last build must leave nothing half done.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from processes import another, left, linked, served, started, vigie

from vigie.editions.compare import verify
from vigie.editions.store import current_folder, default_home, editions
from vigie.errors import VigieError

_KEPT = 4  # editions: what more there is goes, to keep the disk of the machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home(), help="a home with an edition and its kept steps")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--damages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=Path("artefacts/faults.md"))
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="vigie-faults-") as scratch:
        home = linked(asked.home, Path(scratch) / "home", steps=True)
        another(home)
        text = told(kill(home, Path(scratch), chance, asked.kills), damage(home, chance, asked.damages))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)


def kill(home: Path, scratch: Path, chance: random.Random, times: int) -> Counter[str]:
    """Kill commands; counts what was killed under way and what had ended already. Raises at the first loss."""
    copy = scratch / "copy"
    commands: dict[str, Sequence[str | Path]] = {
        "build": ("build",),
        "rollback": ("rollback",),
        "prune": ("editions", "--prune", "--keep", "2"),
        "publish": ("publish", "--static", copy, "--only", "commune:48095", "--jobs", "1"),
    }
    longest = {}
    for name, arguments in commands.items():
        _change(home)
        start = time.perf_counter()
        done = vigie(*arguments, home=home, timeout=900)
        longest[name] = time.perf_counter() - start
        assert done.code == 0, (name, done.err)
    counts: Counter[str] = Counter()
    for number in range(times):
        name = list(commands)[number % len(commands)]
        _change(home)
        process = started(*commands[name], home=home)
        try:
            time.sleep(chance.uniform(0, longest[name]))
            counts[f"{name}, {'killed under way' if process.poll() is None else 'ended before'}"] += 1
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        _whole(home)
    done = vigie("build", "--force", home=home, timeout=900)
    assert done.code == 0, done.err
    assert left(home) == [], left(home)
    assert vigie(*commands["publish"], home=home, timeout=900).code == 0
    assert [path.name for path in (copy / ".vigie").iterdir() if path.name.startswith("tmp-")] == []
    return counts


def _change(home: Path) -> None:
    """Give a build something to do, a rollback somewhere to go, and the disk its place back."""
    another(home)
    known = editions(home)
    for old in [one for one in known if not one.current][:-_KEPT]:
        shutil.rmtree(old.folder)


def _whole(home: Path) -> None:
    for one in editions(home):
        verify(one.folder)
    assert served(home)
    shown = vigie("show", "departement:48", "--indicator", "apl_mg", home=home)
    assert shown.code == 0, shown.err


def damage(home: Path, chance: random.Random, times: int) -> Counter[str]:
    """Flip a byte of a file of the edition, or cut it: each must be told by its checksum."""
    folder = current_folder(home)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    counts: Counter[str] = Counter()
    for number in range(times):
        path = chance.choice(files)
        sound = path.with_name(f"{path.name}.sound")
        path.rename(sound)
        body = bytearray(sound.read_bytes())
        at = chance.randrange(len(body))
        how = ("byte flipped", "cut", "emptied")[number % 3]
        if how == "byte flipped":
            body[at] ^= 1 << chance.randrange(8)
        path.write_bytes(body if how == "byte flipped" else body[: at if how == "cut" else 0])
        try:
            verify(folder)
        except VigieError as fault:
            assert path.name in fault.message("en"), (path, fault.message("en"))
            counts[f"{how}, told"] += 1
        else:
            raise AssertionError(f"{how} at {at} of {path.name} went unseen")
        sound.replace(path)
    verify(folder)
    return counts


def told(*found: Counter[str]) -> str:
    """The counts as a table in Markdown."""
    rows = [f"| {name} | {count} |" for counts in found for name, count in sorted(counts.items())]
    return "\n".join(["| fault | times |", "| --- | ---: |", *rows, "", "Nothing lost, nothing left behind.", ""])


if __name__ == "__main__":
    main()
