"""What a home was brought for its rules of zoning: lists of ARS, shares of régions, priority neighbourhoods.

They are files under ``zonings/``, used without a build: whoever keeps what was made of them looks at :func:`mark`.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = "zonings"


def mark(home: Path) -> str:
    """What changes with the files brought; empty where there is none."""
    folder = home / FOLDER
    if not folder.is_dir():
        return ""
    found = ((path, path.stat()) for path in sorted(folder.rglob("*.csv")))
    return " ".join(f"{path.relative_to(folder)}:{stat.st_mtime_ns}:{stat.st_size}" for path, stat in found)
