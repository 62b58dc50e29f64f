"""The comparison with the peers as one table: what each benchmark found, told at the end of ``make bench``."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ratio:
    """One thing that Vigie and a peer both do on the same input: seconds of each."""

    what: str
    peer: str
    ours: float
    theirs: float
    note: str = ""


_FOUND: list[Ratio] = []


def compared(what: str, peer: str, ours: float, theirs: float, note: str = "") -> None:
    """Keep a comparison for the table."""
    _FOUND.append(Ratio(what, peer, ours, theirs, note))


def table(out: Path = Path("artefacts/peers.md")) -> str:
    """The table in Markdown, written to ``out``: date and machine first, since they decide the figures."""
    if not _FOUND:
        return "No peer was at hand: `make bench` installs those that can be."
    head = (f"{time.strftime('%Y-%m-%d')}, {_machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
            f"Python {platform.python_version()}")  # fmt: skip
    lines = [head, "", "| same input | peer | Vigie | peer | ratio | same result |",
             "| --- | --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    lines += [f"| {one.what} | {one.peer} | {_time(one.ours)} | {_time(one.theirs)} | {one.theirs / one.ours:,.0f} × | "
              f"{one.note} |" for one in _FOUND]  # fmt: skip
    text = "\n".join(lines) + "\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return text


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def _machine() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
