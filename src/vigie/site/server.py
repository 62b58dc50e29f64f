"""The server: Granian in this process, one worker."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path
from typing import Any

from vigie.errors import VigieError

_SLOWEST = 10_000  # milliseconds for the head of a request to arrive
_CONNECTIONS = 4_000  # kept open: browsers keep theirs while their reader reads, and the next one must not wait
_UNACCEPTED = 1_024


def serve(home: Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the edition of ``home`` until the process is stopped. Raises VigieError when the port is not free."""
    _refuse_busy_port(host, port)
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    from vigie.site.app import create_app
    from vigie.site.gauges import log_as_asked

    log_as_asked()

    async def run() -> None:
        server = Server(
            create_app(home),
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            log_access=False,
            backlog=_UNACCEPTED,
            backpressure=_connections(),
            http1_settings=HTTP1Settings(header_read_timeout=_SLOWEST),
        )
        await _until_stopped(server)

    asyncio.run(run())


def _connections() -> int:
    """The connections kept open at once: as many as we would like, or half of the files that the process may open."""
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _CONNECTIONS if files == resource.RLIM_INFINITY else min(_CONNECTIONS, files // 2)


async def _until_stopped(server: Any) -> None:
    import signal

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stop)
    await server.serve()


def _refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OverflowError:
        raise VigieError(
            f"{port} n'est pas un port.", f"{port} is not a port.",
            remedy_fr="Choisissez un nombre de 1 à 65535.", remedy_en="Choose a number from 1 to 65535.",
        ) from None  # fmt: skip
    except OSError as fault:
        raise _port_error(host, port, fault) from None


def _port_error(host: str, port: int, fault: OSError) -> VigieError:
    if fault.errno == errno.EADDRINUSE:
        return VigieError(
            f"le port {port} est déjà pris.",
            f"the port {port} is already taken.",
            remedy_fr=f"Choisissez-en un autre : PORT={port + 1} make run, ou vigie serve --port {port + 1}.",
            remedy_en=f"Choose another one: PORT={port + 1} make run, or vigie serve --port {port + 1}.",
        )
    return VigieError(
        f"impossible d'écouter sur {host}, port {port} ({fault.strerror or fault}).",
        f"cannot listen on {host}, port {port} ({fault.strerror or fault}).",
        remedy_fr="Choisissez une autre adresse (--host) ou un autre port (--port).",
        remedy_en="Choose another address (--host) or another port (--port).",
    )
