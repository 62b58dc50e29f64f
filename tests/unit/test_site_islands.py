"""The weight of the islands as a browser receives them: every module that they load, compressed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

BUILT = Path(__file__).parents[2] / "src/vigie/site/static/build"
MAIN, MAP = "src/main.ts", "src/atlas/atlas.ts"


def loaded(manifest: dict[str, Any], entry: str) -> set[str]:
    """The modules that ``entry`` loads at once, itself among them, and the worker that they start."""
    own = manifest[entry]
    found = {own["file"], *(name for name in own.get("assets", ()) if name.endswith(".mjs"))}
    return found.union(*(loaded(manifest, one) for one in own.get("imports", ())))


def weight(files: set[str]) -> int:
    return sum(len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in files)


def test_the_map_island_and_what_comes_before_it_stay_light() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    before = loaded(manifest, MAIN)
    island = loaded(manifest, MAP) - before
    # MapLibre itself and its worker: a list that lost one of them would always be light.
    assert max((BUILT / name).stat().st_size for name in island) > 900_000
    assert any("worker" in name for name in island)
    assert weight(island) <= 480_000
    assert weight(before) <= 30_000


def test_charts_come_from_the_server_without_a_library() -> None:
    scripts = [path for path in (BUILT / "assets").iterdir() if path.suffix in (".js", ".mjs")]
    assert scripts
    assert not [path.name for path in scripts if b"vega-lite" in path.read_bytes()]
