"""Ctrl-C at the moments that are hardest to meet: before anything is read, in a library's query, while threads wait."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from vigie.cli import app
from vigie.editions.processes import processes


def ran(code: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stderr


def test_before_anything_is_read_it_says_so_in_both_languages() -> None:
    code = (
        "import os, signal, sys\n"
        "from vigie import cli\n"
        "class Reading:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'vigie.cli.app': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Reading())\n"
        "cli.main()\n"
    )
    assert ran(code) == (130, "Interrompu. Interrupted.\n")


def test_threads_that_wait_for_ever_hold_nothing_up() -> None:
    code = (
        "import threading\n"
        "from vigie.cli import app\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "app._run = lambda arguments: 130\n"
        "app.main()\n"
    )
    assert ran(code) == (130, "")


@pytest.fixture
def handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)
    app._CTRL_C.clear()


def fails(**_: object) -> NoReturn:
    raise RuntimeError("Query interrupted")


@pytest.mark.usefixtures("handler")
def test_what_a_library_makes_of_it_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "app", fails)
    monkeypatch.setattr(app, "register", lambda _: None)
    assert app._run(["show"]) == app.INTERNAL_ERROR
    assert "Query interrupted" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        app._interrupt(signal.SIGINT, None)
    assert app._run(["show"]) == app.INTERRUPTED
    assert "Query" not in capsys.readouterr().err


def _nothing() -> None:
    """A process that has nothing to open."""


def test_it_reaches_the_process_that_leads_alone() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with processes(1, _nothing, ()) as pool:
        assert signal.SIGINT in pool.apply(signal.pthread_sigmask, (signal.SIG_BLOCK, []))
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
