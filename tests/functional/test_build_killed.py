"""A build that is killed, interrupted or doubled at any moment leaves the served edition whole and the home clean."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from processes import another, left, linked, served, started, vigie

from vigie.editions.compare import verify
from vigie.editions.steps import checksum
from vigie.editions.store import editions

pytestmark = pytest.mark.timeout(900)  # builds on a busy machine

# `make faults` kills hundreds; here one of each kind.
# Each stage as a build tells it, how long after it the process is killed at most (seconds), and the step to forget.
STAGES = [
    ("Reading", 0.3, None),
    ("Territories", 1.5, None),
    ("Indicators", 1.5, "observations"),
    ("Published", 0.3, None),
    ("Checks", 1.0, None),
    ("Writing", 0.2, None),
    ("Writing", 3.0, None),
    ("Publishing", 0.05, None),
]


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = linked(edition_home, tmp_path_factory.mktemp("killed") / "home", steps=True)
    another(made)
    return made


def until(process: subprocess.Popen[bytes], stage: str) -> str:
    """What the process told, up to the line that names ``stage``."""
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line.decode()
        if stage in told:
            return told
    raise AssertionError(f"the build ended before {stage}: {told}")


def whole(home: Path) -> str:
    """The id of the edition served, once every file of every edition is as its manifest says."""
    for one in editions(home):
        verify(one.folder)
    return served(home)


def test_a_build_killed_at_any_moment_leaves_the_served_edition_whole(home: Path, edition_home: Path) -> None:
    moments = random.Random(20261122)
    before = served(home)
    for stage, longest, forgotten in STAGES:
        if forgotten:
            for step in (home / "steps").glob(f"{forgotten}-*"):
                shutil.rmtree(step)
        another(home)
        process = started("build", home=home)
        try:
            until(process, stage)
            time.sleep(moments.uniform(0, longest))
        finally:
            process.kill()
            process.communicate()
        if forgotten:  # a step that is there is finished; those it had are put back, to lose no time
            for step in (home / "steps").glob(f"{forgotten}-*"):
                assert _sums(step) == _sums(edition_home / "steps" / step.name)
            shutil.rmtree(home / "steps")
            shutil.copytree(edition_home / "steps", home / "steps", copy_function=os.link)
        now = whole(home)
        if now != before:  # killed after the last rename, or not killed in time: the new edition is whole too
            assert stage in ("Writing", "Publishing")
            before = now


def _sums(folder: Path) -> dict[str, str]:
    return {path.name: checksum(path) for path in folder.rglob("*") if path.is_file()}


def test_two_builds_at_once_are_refused_and_the_first_leaves_the_home_whole_and_clean(home: Path) -> None:
    """After the builds that were killed: it clears away what they left."""
    another(home)
    before = served(home)
    first = started("build", home=home)
    try:
        until(first, "Territories")
        first.send_signal(signal.SIGSTOP)
        told = vigie("build", home=home).refused(f"another build is under way in {home}", "--home", code=6)
        assert "Wait for it to finish" in told
        vigie("rollback", home=home).refused("another build is under way", code=6)
        assert vigie("show", "departement:33", "--indicator", "apl_mg", home=home).code == 0
        assert served(home) == before
        first.send_signal(signal.SIGCONT)
        out, _ = first.communicate()
    finally:
        first.kill()
        first.wait()
    assert first.returncode == 0
    assert served(home) in out.decode()
    assert served(home) != before
    assert left(home) == []
    assert whole(home) == served(home)
    assert [path.name for path in (home / "steps").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("stage", ["Territories", "Writing"])
def test_an_interrupted_build_says_so_and_cleans_up(home: Path, stage: str) -> None:
    for _ in range(20):  # on a busy machine the build may end before the signal comes: once more
        another(home)
        before = served(home)
        process = started("build", home=home)
        try:
            until(process, stage)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in err.decode()
        assert left(home) == []
        # Served already where the signal came between the last rename and the last word.
        assert whole(home) == before or stage == "Writing"
        if process.returncode:
            break
    assert process.returncode == 130, err
    assert "Interrupted." in err.decode()
