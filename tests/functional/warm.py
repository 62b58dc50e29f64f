"""A process that has read Vigie's rooms and libraries once, and forks a process for each command that it is asked.

Each command still is a process of its own, with its arguments, environment, folder, outputs and exit code; what it does
not do again is to read the libraries from the disk, most of what a short command costs. A script, run with the number
of a socket: ``processes.Warm`` is at the other end.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import socket
import sys
import traceback
import warnings
from importlib import import_module

# What commands import, but for `vigie.cli`: that one reads the language of its process as it is imported.
_LIBRARIES = ("babel.dates", "babel.numbers", "duckdb", "httpx", "numba", "orjson", "pydantic", "shapely")
_LIBRARIES += ("typer", "typer.main", "rich.console", "rich.markup", "rich.table", "rich.text")
_ROOMS = ("vigie.editions.build", "vigie.editions.compare", "vigie.editions.observatory")
_LONGEST = 1 << 20  # bytes of a request


def _serve(channel: socket.socket) -> None:
    """Fork for each request; returns in the process of a command, ready for it."""
    for name in (*_LIBRARIES, *_ROOMS):
        import_module(name)
    while True:
        message, outputs, _, _ = socket.recv_fds(channel, _LONGEST, 2)
        if not message:
            sys.exit()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads: those of libraries, that wait for nothing
            child = os.fork()
        if child:
            for one in outputs:
                os.close(one)
            _, status = os.waitpid(child, 0)
            channel.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        channel.close()
        asked = json.loads(message)
        for own, given in zip((1, 2), outputs, strict=True):
            os.dup2(given, own)
            os.close(given)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        sys.argv = ["vigie", *asked["arguments"]]
        return


if __name__ == "__main__":
    sys.path.pop(0)  # this folder, that no process of Vigie has
    _serve(socket.socket(fileno=int(sys.argv[1])))
    code: int | str | None = 0
    try:
        runpy.run_module("vigie", run_name="__main__")
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)  # no time is lost in taking libraries apart
