"""The store of editions: what is published, served, rolled back, locked and cleared."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vigie.editions.store import (
    current_folder,
    damaged_editions,
    default_home,
    edition,
    editions,
    free_name,
    locked,
    make_current,
    publish,
    read_manifest,
    rollback,
    storage_errors,
    workspace,
)
from vigie.errors import StorageError, UnknownNameError


def made(home: Path, name: str, built: str = "2026-01-01T00:00:00Z") -> Path:
    """An edition of one file and its manifest, built and published as a build does."""
    with locked(home), workspace(home) as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "one.parquet").write_bytes(name.encode())
        manifest = {"edition": name, "built": built, "recipe": name, "tables": {}, "database": {}, "checks": {}}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return publish(home, folder, name)


def served(home: Path) -> str:
    return current_folder(home).name


def test_a_published_edition_is_whole_and_served(tmp_path: Path) -> None:
    folder = made(tmp_path, "one")
    assert folder == tmp_path / "editions" / "one"
    assert (folder / "tables" / "one.parquet").read_bytes() == b"one"
    assert folder.stat().st_mode & 0o777 == 0o755
    assert served(tmp_path) == "one"
    assert sorted(path.name for path in (tmp_path / "editions").iterdir()) == ["current", "one"]


def test_the_link_is_relative_so_that_a_home_may_be_moved(tmp_path: Path) -> None:
    made(tmp_path / "here", "one")
    (tmp_path / "here").rename(tmp_path / "there")
    assert current_folder(tmp_path / "there").name == "one"


def test_an_edition_is_never_replaced(tmp_path: Path) -> None:
    made(tmp_path, "one")
    with pytest.raises(StorageError, match="one"), locked(tmp_path), workspace(tmp_path) as folder:
        (folder / "manifest.json").write_text("{}")
        publish(tmp_path, folder, "one")
    assert read_manifest(tmp_path / "editions" / "one")["edition"] == "one"


def test_a_free_name_is_numbered_from_the_second_on(tmp_path: Path) -> None:
    assert free_name(tmp_path, "one") == "one"
    made(tmp_path, "one")
    assert free_name(tmp_path, "one") == "one-2"
    made(tmp_path, "one-2")
    assert free_name(tmp_path, "one") == "one-3"


def test_editions_come_from_the_oldest_to_the_latest_whatever_their_names(tmp_path: Path) -> None:
    made(tmp_path, "b", "2026-01-01T00:00:00Z")
    made(tmp_path, "a", "2026-01-03T00:00:00Z")
    made(tmp_path, "c", "2026-01-02T00:00:00Z")
    assert [(one.id, one.current) for one in editions(tmp_path)] == [("b", False), ("c", True), ("a", False)]
    assert editions(tmp_path)[0].built.isoformat() == "2026-01-01T00:00:00+00:00"
    assert editions(tmp_path / "nowhere") == []


def test_an_edition_is_found_by_its_beginning_or_as_current(tmp_path: Path) -> None:
    for day, name in enumerate(["2026-01-01-aaa", "2026-01-01-abb", "2026-01-01-abb-2"], start=1):
        made(tmp_path, name, f"2026-01-0{day}T00:00:00Z")
    assert edition(tmp_path, "current").id == "2026-01-01-abb-2"
    assert edition(tmp_path, "2026-01-01-aa").id == "2026-01-01-aaa"
    assert edition(tmp_path, "2026-01-01-abb").id == "2026-01-01-abb"  # exact before the beginning of others
    with pytest.raises(UnknownNameError, match="2026-01-01-aaa, 2026-01-01-abb") as caught:
        edition(tmp_path, "2026-01")
    assert "more than one edition answers to “2026-01”" in caught.value.message("en")
    with pytest.raises(UnknownNameError) as caught:
        edition(tmp_path, "2027")
    assert "no edition answers to “2027”" in caught.value.message("en")


def test_a_rollback_serves_the_edition_built_before(tmp_path: Path) -> None:
    for day, name in enumerate(["one", "two", "three"], start=1):
        made(tmp_path, name, f"2026-01-0{day}T00:00:00Z")
    assert rollback(tmp_path).id == "two"
    assert served(tmp_path) == "two"
    assert rollback(tmp_path).id == "one"
    with pytest.raises(StorageError) as caught:
        rollback(tmp_path)
    assert "no older edition" in caught.value.message("en")
    assert "vigie editions" in caught.value.message("en")
    assert served(tmp_path) == "one"
    make_current(tmp_path, "three")
    assert served(tmp_path) == "three"


def test_there_is_an_edition_to_serve_at_every_instant(tmp_path: Path) -> None:
    made(tmp_path, "one")
    made(tmp_path, "two")
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(served(tmp_path) if (tmp_path / "editions" / "current").is_symlink() else "none")

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(300):
        make_current(tmp_path, "one")
        make_current(tmp_path, "two")
    done.set()
    reader.join()
    assert seen == {"one", "two"}


def test_a_home_without_edition_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        current_folder(tmp_path)
    assert str(tmp_path) in caught.value.message("en")
    assert "vigie build" in caught.value.message("fr")


def test_what_a_killed_build_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "editions" / ".building-killed"
    (left / "tables").mkdir(parents=True)
    (left / "tables" / "half.parquet").write_bytes(b"half")
    made(tmp_path, "one")
    assert not left.exists()
    assert [one.id for one in editions(tmp_path)] == ["one"]


def test_a_folder_being_built_is_no_edition(tmp_path: Path) -> None:
    made(tmp_path, "one")
    with workspace(tmp_path) as folder:
        assert folder.name.startswith(".building-")
        assert [one.id for one in editions(tmp_path)] == ["one"]
    assert not folder.exists()


def test_a_build_that_fails_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path, "one")
    with pytest.raises(RuntimeError), locked(tmp_path), workspace(tmp_path) as folder:
        (folder / "half").write_text("half")
        raise RuntimeError
    assert sorted(path.name for path in (tmp_path / "editions").iterdir()) == ["current", "one"]
    assert served(tmp_path) == "one"


def test_one_process_at_a_time_changes_a_home(tmp_path: Path) -> None:
    made(tmp_path, "one")
    code = (
        "import sys; from pathlib import Path; from vigie.editions.store import locked\n"
        "with locked(Path(sys.argv[1])):\n print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin
    assert holder.stdout
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StorageError) as caught, locked(tmp_path):
            pytest.fail("the lock was given twice")
        assert f"another build is under way in {tmp_path}" in caught.value.message("en")
        assert served(tmp_path) == "one"
    finally:
        holder.stdin.close()
        holder.wait(10)
        holder.stdout.close()
    with locked(tmp_path):  # given again once the other is gone
        pass


def test_a_lock_survives_no_killed_process(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from vigie.editions.store import locked\n"
        "with locked(Path(sys.argv[1])): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 9
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("damage", [b"", b'{"edition": "one"', b"\xff\xfe", None])
def test_a_damaged_manifest_is_told_with_the_way_out(tmp_path: Path, damage: bytes | None) -> None:
    folder = made(tmp_path, "one")
    if damage is None:
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_bytes(damage)
    with pytest.raises(StorageError) as caught:
        read_manifest(folder)
    message = caught.value.message("en")
    assert message.startswith("the edition one is damaged: its manifest cannot be read")
    assert "vigie build" in message
    assert "vigie rollback" in message


@pytest.mark.parametrize("damage", [b'{"edition": "one"}', b"[]", b"null"])
def test_a_manifest_without_what_it_must_say_is_damaged_too(tmp_path: Path, damage: bytes) -> None:
    folder = made(tmp_path, "one")
    (folder / "manifest.json").write_bytes(damage)
    with pytest.raises(StorageError) as caught:
        edition(tmp_path, "one")
    assert "manifest cannot be read" in caught.value.message("en")
    assert "recipe" in caught.value.message("en")


def test_a_damaged_older_edition_does_not_stop_the_others(tmp_path: Path) -> None:
    made(tmp_path, "one", "2026-01-01T00:00:00Z")
    made(tmp_path, "two", "2026-01-02T00:00:00Z")
    made(tmp_path, "three", "2026-01-03T00:00:00Z")
    (tmp_path / "editions" / "one" / "manifest.json").write_bytes(b"")
    assert [one.id for one in editions(tmp_path)] == ["two", "three"]
    assert damaged_editions(tmp_path) == ["one"]
    assert rollback(tmp_path).id == "two"


def test_from_a_damaged_edition_one_goes_back_to_the_last_sound_one(tmp_path: Path) -> None:
    made(tmp_path, "one", "2026-01-01T00:00:00Z")
    made(tmp_path, "two", "2026-01-02T00:00:00Z")
    made(tmp_path, "three", "2026-01-03T00:00:00Z")
    (tmp_path / "editions" / "three" / "manifest.json").unlink()
    with pytest.raises(StorageError, match="three"):
        edition(tmp_path, "current")
    assert rollback(tmp_path).id == "two"
    assert edition(tmp_path, "current").id == "two"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, ["is full", "Free some space"]),
        (errno.EDQUOT, ["is full", "Free some space"]),
        (errno.EFBIG, ["larger than", "ulimit -f"]),
        (errno.EACCES, ["cannot be written", "--home"]),
        (errno.EROFS, ["cannot be written", "VIGIE_HOME"]),
        (errno.EIO, ["Input/output error", "--home"]),
    ],
)
def test_what_the_system_says_of_a_disk_becomes_words(tmp_path: Path, number: int, words: list[str]) -> None:
    import os

    with pytest.raises(StorageError) as caught, storage_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "observations.parquet"))
    message = caught.value.message("en")
    assert str(tmp_path / "observations.parquet") in message
    assert "The edition being served has not changed." in message
    assert all(word in message for word in words), message
    assert caught.value.exit_code == 6


def test_the_home_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path))
    assert default_home() == tmp_path
    monkeypatch.setenv("VIGIE_HOME", "~/observatory")
    assert default_home() == Path.home() / "observatory"
    monkeypatch.delenv("VIGIE_HOME")
    assert default_home().name == "vigie"


def test_a_home_copied_without_its_links_says_so_before_anything_is_built(tmp_path: Path) -> None:
    folder = made(tmp_path, "one")
    copied = folder.parent / "current"
    copied.unlink()
    copied.mkdir()
    (copied / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    assert [one.id for one in editions(tmp_path)] == ["one"]
    with pytest.raises(StorageError, match="un lien était attendu"), locked(tmp_path):
        pytest.fail("a home without its link was given to change")
