"""The site's own files: one stylesheet made of ours, and what the build of ``web/`` left, if it was run.

Names carry a checksum of the content, so that a browser may keep them for ever. Without the build the pages lose
their islands and their typeface, nothing else.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
_COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg")


@dataclass(frozen=True)
class Asset:
    """A file as sent."""

    body: bytes
    gzipped: bytes | None
    content_type: str


@dataclass(frozen=True)
class Assets:
    """Every file by its address under ``/static/``, and the addresses that the pages name."""

    files: dict[str, Asset]
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    fonts: tuple[str, ...]
    icon: str
    stamp: str


def read_assets(folder: Path = STATIC) -> Assets:
    """The assets in ``folder``."""
    sheet = "\n".join(path.read_text(encoding="utf-8") for path in sorted((folder / "css").glob("*.css"))).encode()
    icon = (folder / "icon.svg").read_bytes()
    files = {
        _named("vigie.css", sheet): _asset(sheet, "text/css"),
        _named("icon.svg", icon): _asset(icon, "image/svg+xml"),
    }
    first, icon_name = list(files)
    built = folder / "build"
    entry = _entry(built)
    if entry is not None:
        for path in sorted((built / "assets").rglob("*")):
            if path.is_file():
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                kind = "font/woff2" if path.suffix == ".woff2" else kind
                files[f"build/{path.relative_to(built).as_posix()}"] = _asset(path.read_bytes(), kind)
    scripts = (f"build/{entry['file']}",) if entry else ()
    styles = tuple(f"build/{name}" for name in entry.get("css", ())) if entry else ()
    fonts = tuple(name for name in files if name.endswith(".woff2") and "-ext-" not in name)
    stamp = hashlib.sha256("".join(sorted(files)).encode()).hexdigest()[:12]
    return Assets(files, (*styles, first), scripts, fonts, icon_name, stamp)


def _entry(built: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    entry = manifest.get("src/main.ts")
    return entry if isinstance(entry, dict) else None


def _named(name: str, content: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"


def _asset(body: bytes, kind: str) -> Asset:
    small = gzip.compress(body, 9, mtime=0) if kind.startswith(_COMPRESSED) or "javascript" in kind else None
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Asset(body, small, kind + charset)
