"""The comparison with the peers as one table: what each benchmark found, told at the end of ``make bench``."""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ratio:
    """One thing that Vigie and a peer both do on the same input: seconds of each."""

    what: str
    peer: str
    ours: float
    theirs: float
    note: str = ""


_FOUND: list[Ratio] = []
_KEPT = Path("artefacts/peers.json")


def compared(what: str, peer: str, ours: float, theirs: float, note: str = "") -> None:
    """Keep a comparison for the table."""
    _FOUND.append(Ratio(what, peer, ours, theirs, note))


def keep(part: str) -> None:
    """Write down the comparisons of a benchmark, in place of those of its last run; none leaves those as they are."""
    if not _FOUND:
        return
    told = {"when": time.strftime("%Y-%m-%d %H:%M"), "machine": _machine(), "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1), "python": platform.python_version(),
            "rows": [asdict(one) for one in _FOUND]}  # fmt: skip
    known = _known() | {part: told}
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    _KEPT.write_text(json.dumps(known, ensure_ascii=False, indent=1), encoding="utf-8")
    _FOUND.clear()


def table(out: Path = Path("artefacts/peers.md")) -> str:
    """The table in Markdown, written to ``out``: when and on which machine first, since they decide the figures."""
    known = _known()
    if not known:
        return "No peer was at hand: `make bench` installs those that can be."
    head = [f"`{part}`: {one['when']}, {one['machine']}, {one['cores']} cores, load {one['load']}, "
            f"Python {one['python']}." for part, one in known.items()]  # fmt: skip
    lines = [*head, "", "| same input | peer | Vigie | peer | ratio | same result |",
             "| --- | --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    rows = [Ratio(**row) for one in known.values() for row in one["rows"]]
    lines += [f"| {one.what} | {one.peer} | {_time(one.ours)} | {_time(one.theirs)} "
              f"| {_ratio(one.theirs / one.ours)} | {one.note} |" for one in rows]  # fmt: skip
    text = "\n".join(lines) + "\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    return text


def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_KEPT.read_text(encoding="utf-8")) if _KEPT.is_file() else {}
    return found


def _ratio(times: float) -> str:
    """Whole from ten on; below, a decimal: 0.9 is not 1."""
    return f"{times:,.0f} ×" if times >= 10 else f"{times:.1f} ×"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def _machine() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
