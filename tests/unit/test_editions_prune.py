"""The rule by which old editions go, and that a removal leaves nothing half done."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.editions.store import Edition, editions, editions_folder, locked, prune, rollback, to_prune, workspace


def known(days: list[int], served: int) -> list[Edition]:
    start = date(2026, 1, 1)
    built = [f"{start + timedelta(days=day)}T00:00:00Z" for day in sorted(days)]
    return [
        Edition(f"e{place}", Path(f"e{place}"), {"built": when}, place == served) for place, when in enumerate(built)
    ]


def test_the_rule_on_a_year() -> None:
    every = known([day * 7 for day in range(52)], served=51)
    left = [one for one in every if one not in to_prune(every, 5)]
    assert len(left) == 12 + 5 - 2  # the last of each month, the last five: 26 November and 24 December are both
    assert every[50] in left
    assert every[51] in left


@settings(max_examples=60)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=40), st.data(), st.integers(1, 8))
def test_what_is_served_what_one_goes_back_to_and_the_last_always_stay(
    days: list[int], data: st.DataObject, keep: int
) -> None:
    served = data.draw(st.integers(0, len(days) - 1))
    every = known(days, served)
    gone = to_prune(every, keep)
    assert every[served] not in gone
    assert every[max(served - 1, 0)] not in gone
    assert not {one.id for one in every[-keep:]} & {one.id for one in gone}
    assert {one.manifest["built"][:7] for one in every if one not in gone} == {o.manifest["built"][:7] for o in every}
    kept = [one for one in every if one not in gone]
    assert to_prune(kept, keep) == []  # pruned twice is pruned once


def test_pruned_editions_are_gone_whole_and_one_can_still_go_back(tmp_path: Path) -> None:
    from test_editions_store import made

    for day in range(1, 10):
        made(tmp_path, f"e{day}", f"2026-03-{day:02}T00:00:00Z")
    with locked(tmp_path):
        assert prune(tmp_path, 3) == [f"e{day}" for day in range(1, 7)]
    assert [one.id for one in editions(tmp_path)] == ["e7", "e8", "e9"]
    assert rollback(tmp_path).id == "e8"


def test_a_removal_killed_half_way_is_cleared_by_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_editions_store import made

    for day in range(1, 4):
        made(tmp_path, f"e{day}", f"2026-03-{day:02}T00:00:00Z")
    with monkeypatch.context() as killed, locked(tmp_path), pytest.raises(KeyboardInterrupt):
        killed.setattr(shutil, "rmtree", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        prune(tmp_path, 1)
    assert [one.id for one in editions(tmp_path)] == ["e2", "e3"]
    with locked(tmp_path), workspace(tmp_path):
        pass
    assert [path.name for path in editions_folder(tmp_path).iterdir() if path.name.startswith(".")] == []
