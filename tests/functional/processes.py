"""The command line as a process, with a home of its own that costs no copy; the site without a network."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from fastapi import FastAPI

COMMAND = [sys.executable, "-m", "vigie"]
_BEGUN: set[str] = set()  # the commands that have begun from nothing
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass(frozen=True)
class Said:
    """What a process answered: its exit code, what it wrote on either output, and the bytes of the first."""

    code: int
    raw: bytes
    out: str
    err: str

    @property
    def told(self) -> str:
        """Standard error on one line: a message may be folded at the width of the terminal."""
        return " ".join(self.err.replace("\u00a0", " ").replace("\u202f", " ").split())

    def refused(self, *words: str, code: int | None = None) -> str:
        """The message of a refusal: an exit code that is not zero, no traceback, every one of ``words``."""
        assert self.code != 0 if code is None else self.code == code, (self.code, self.err)
        assert "Traceback" not in self.err + self.out, self.err
        assert "Internal error" not in self.err, self.err
        assert "Erreur interne" not in self.err, self.err
        for word in words:
            assert word in self.told, (word, self.told)
        return self.told


def environment(**more: str) -> dict[str, str]:
    """The environment of the test run without what would change an answer, or compile every import each time."""
    dropped = ("VIGIE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1", **more}


def vigie(
    *arguments: str | Path,
    home: Path | None = None,
    lang: str | None = "en",
    env: Mapping[str, str] | None = None,
    timeout: float = 800,
) -> Said:
    """Run ``vigie`` with these arguments and wait for its answer.

    The first run of each command begins from nothing, as a person's does; the others are forked from a process that has
    read the libraries (see ``warm``).
    """
    command = next((str(word) for word in arguments if not str(word).startswith("-")), "")
    if command not in _BEGUN:
        _BEGUN.add(command)
        return launched(*arguments, home=home, lang=lang, env=env, timeout=timeout)
    words = [*_globals(home, lang), *map(str, arguments)]
    return _said(*_warm().run(words, environment(**(env or {})), timeout))


def launched(
    *arguments: str | Path,
    home: Path | None = None,
    lang: str | None = "en",
    env: Mapping[str, str] | None = None,
    timeout: float = 800,
    before: Callable[[], None] | None = None,
) -> Said:
    """The same, from nothing; ``before`` is run in the process ahead of Python."""
    done = subprocess.run(
        [*COMMAND, *_globals(home, lang), *map(str, arguments)],
        env=environment(**(env or {})),
        capture_output=True,
        timeout=timeout,
        check=False,
        preexec_fn=before,
    )
    return _said(done.returncode, done.stdout, done.stderr)


class Warm:
    """The process of ``warm``: it lives from the first command to the end of the tests' own process."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("warm.py")), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], timeout: float) -> tuple[int, bytes, bytes]:
        """The exit code of ``vigie`` with these arguments and what it wrote on either output."""
        asked = json.dumps({"arguments": arguments, "environment": environment, "folder": str(Path.cwd())}).encode()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self.channel.settimeout(timeout)
            try:
                socket.send_fds(self.channel, [asked], [out.fileno(), err.fileno()])
                code = int(self.channel.recv(64))
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)  # its command too
                self.process.wait()
                _warm.cache_clear()
                raise
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()


@cache
def _warm() -> Warm:
    return Warm()


def _said(code: int, out: bytes, err: bytes) -> Said:
    texts = (_TERMINAL.sub("", text.decode()) if _is_text(text) else "" for text in (out, err))
    return Said(code, out, *texts)


def started(*arguments: str | Path, home: Path, lang: str = "en") -> subprocess.Popen[bytes]:
    """The same, without waiting, in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *_globals(home, lang), *map(str, arguments)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _globals(home: Path | None, lang: str | None) -> Sequence[str]:
    return [*(["--home", str(home)] if home else []), *(["--lang", lang] if lang else [])]


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def linked(home: Path, target: Path, steps: bool = False) -> Path:
    """A home at ``target`` with the edition that ``home`` serves, by hard links: replace its files, never write them.

    ``steps`` links the kept steps of builds too, so that a build there begins where that one ended.
    """
    served = (home / "editions" / "current").resolve()
    _link(served, target / "editions" / served.name)
    (target / "editions" / "current").symlink_to(served.name)
    if steps and (home / "steps").is_dir():
        _link(home / "steps", target / "steps")
    return target


def doubled(folder: Path, target: Path) -> Path:
    """All of a folder at ``target``, by hard links: replace its files, never write them."""
    return Path(shutil.copytree(folder, target, symlinks=True, copy_function=os.link))


def _link(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)


def served(home: Path) -> str:
    """The id of the edition that ``home`` serves."""
    return (home / "editions" / "current").readlink().name


def left(home: Path) -> list[str]:
    """What a build left half done."""
    return sorted(path.name for path in (home / "editions").glob(".*"))


def another(home: Path) -> None:
    """Make every edition look as if it came from other inputs, so that a build has something to do.

    Every one: a build killed between its last two renames leaves a whole edition that is not served yet, and the next
    build would only have to serve it.
    """
    for folder in (home / "editions").iterdir():
        if folder.is_symlink() or folder.name.startswith("."):
            continue
        manifest = folder / "manifest.json"
        value = json.loads(manifest.read_text(encoding="utf-8"))
        manifest.unlink()  # a hard link
        manifest.write_text(json.dumps(value | {"recipe": "of another time"}), encoding="utf-8")


class Client:
    """Requests to an application, without a network."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def post(self, address: str, content: bytes) -> httpx.Response:
        """Send a body."""
        return self.get(address, "POST", content)

    def get(self, address: str, method: str = "GET", content: bytes = b"", **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://vigie.test") as client:
                sent = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, address, headers=sent, content=content or None)

        # In a thread of its own: a browser's tests leave a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, ask()).result()
