"""Clients that send or read slowly, many at once, on a real server: the others are answered all the same."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from servers import serving

pytestmark = pytest.mark.timeout(600)

AT_ONCE = 4  # requests that take the edition at once: fewer than the clients that hold on


@pytest.fixture(scope="module")
def address(edition_home: Path) -> Iterator[str]:
    patch = pytest.MonkeyPatch()
    patch.setenv("VIGIE_AT_ONCE", str(AT_ONCE))
    try:
        with serving(edition_home) as found:
            yield found
    finally:
        patch.undo()


def connected(address: str, stack: ExitStack, narrow: bool = False) -> socket.socket:
    place = urlsplit(address)
    client = stack.enter_context(socket.socket())
    if narrow:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(240)
    client.connect((place.hostname, place.port))
    return client


def answers(address: str, path: str = "/territoire/departement/48") -> int:
    """The status, once those before have had their turn: above capacity the server says when to come again."""
    while True:
        try:
            with urlopen(Request(f"{address}{path}"), timeout=240) as answer:
                assert answer.read()
                return int(answer.status)
        except HTTPError as fault:
            assert fault.code == 503, fault
            time.sleep(float(fault.headers["retry-after"]))


def test_clients_that_send_their_head_or_body_slowly_hold_nobody_up(address: str) -> None:
    with ExitStack() as stack:
        heads = [connected(address, stack) for _ in range(50)]
        for client in heads:
            client.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert answers(address) == 200
        said = heads[0].recv(1000)  # closed, or told that it took too long
        assert said == b"" or said.startswith(b"HTTP/1.1 4")


def test_clients_that_send_a_body_slowly_are_told_so_in_time(address: str) -> None:
    with ExitStack() as stack:
        client = connected(address, stack)
        start = time.monotonic()
        client.sendall(b"POST /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        said = client.recv(1000)
        assert said.startswith(b"HTTP/1.1 413"), said[:200]
        assert time.monotonic() - start > 5  # a body that is only slow has the time to come


def test_clients_that_do_not_read_hold_nobody_up(address: str) -> None:
    with ExitStack() as stack:
        for _ in range(3 * AT_ONCE):
            client = connected(address, stack, narrow=True)
            client.sendall(b"GET /donnees/tables/observations.parquet HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(2)
        assert answers(address) == 200
        assert answers(address, "/healthz") == 200


def test_a_body_that_is_packed_is_not_unpacked(address: str) -> None:
    import gzip

    bomb = gzip.compress(b"[" * 50_000_000)  # 50 MB in 50 kB
    assert len(bomb) < 64_000
    request = Request(f"{address}/api/v1/scenarios", data=bomb,
                      headers={"content-type": "application/json", "content-encoding": "gzip"})  # fmt: skip
    with pytest.raises(HTTPError) as caught:
        urlopen(request, timeout=240)
    assert caught.value.code in (400, 415, 422)


def test_readers_who_keep_their_connection_hold_nobody_up(address: str) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            client = connected(address, stack)
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        assert answers(address) == 200
