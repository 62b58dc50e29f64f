"""The moves that put something new in the place of something old, cut at any point: one of the two is there whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.editions import embed
from vigie.editions.steps import kept
from vigie.editions.store import make_current


def test_what_is_embedded_is_replaced_by_one_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, fresh = tmp_path / "embedded", tmp_path / ".embedding-x"
    for folder, text in ((target, "old"), (fresh, "new")):
        folder.mkdir()
        (folder / "manifest.json").write_text(text)
    seen: list[str] = []
    remove = embed.shutil.rmtree

    def killed(path: Path, **_: object) -> None:
        seen.extend([(target / "manifest.json").read_text(), (path / "manifest.json").read_text()])
        remove(path)

    monkeypatch.setattr(embed.shutil, "rmtree", killed)
    monkeypatch.setattr(Path, "rename", lambda *_: pytest.fail("the target was away for a moment"))
    embed._replace(target, fresh)
    assert seen == ["new", "old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["embedded"]


def test_what_was_cut_between_two_moves_is_cleared_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "editions"
    (folder / "a").mkdir(parents=True)
    (folder / ".current-99999").symlink_to("a")
    make_current(tmp_path, "a")
    assert sorted(path.name for path in folder.iterdir()) == ["a", "current"]

    steps = tmp_path / "steps"
    (steps / ".observations-0123").mkdir(parents=True)
    kept(steps, "other-4567", lambda: {"table": pl.DataFrame({"a": [1]})})
    assert sorted(path.name for path in steps.iterdir()) == ["other-4567"]
