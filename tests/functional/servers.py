"""A real server of the site in a process of its own, for clients that are not Python's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of a server of ``home``, stopped at the end."""
    server, address = _answering(home)
    try:
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:  # it still answers someone who does not read
            server.kill()
            server.wait()


def _answering(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server that answers and its address; another, where another process took the port in between."""
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        code = f"from pathlib import Path; from vigie.site import serve; serve(Path({str(home)!r}), port={port})"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        server = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL)
        try:
            while server.poll() is None:
                try:
                    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
                        assert answer.status == 200
                        return server, f"http://127.0.0.1:{port}"
                except OSError:
                    time.sleep(0.25)
        except BaseException:  # the time of the test is over
            server.kill()
            server.wait()
            raise
    raise AssertionError("the server ends before it answers")
