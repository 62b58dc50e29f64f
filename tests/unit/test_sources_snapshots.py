from __future__ import annotations

import errno
import hashlib
import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.errors import CheckError, StorageError
from vigie.sources import source
from vigie.sources.snapshots import Snapshot, Snapshots, identify

BPE = source("bpe_2021")
DAY = datetime(2025, 6, 30, 8, 15, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path / "snapshots")


def add(store: Snapshots, data: bytes, received: datetime = DAY, file: str = "bpe.csv") -> Snapshot:
    return store.add(BPE, io.BytesIO(data), file, address="https://exemple.fr/bpe", received=received)


def test_a_snapshot_keeps_the_bytes_and_says_where_they_come_from(store: Snapshots) -> None:
    found = add(store, b"a,b\n1,2\n")
    digest = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert found.path == store.root / "bpe_2021" / f"{digest[:16]}-bpe.csv"
    assert found.path.read_bytes() == b"a,b\n1,2\n"
    assert found.id == f"bpe_2021@{digest[:12]}"
    assert (found.bytes, found.received) == (8, "2025-06-30T08:15:00Z")
    assert (found.licence, found.producer) == (BPE.licence, BPE.producer)
    assert store.all() == [found]
    assert sorted(path.name for path in found.path.parent.iterdir()) == [found.path.name, f"{found.path.name}.toml"]


def test_the_same_bytes_again_are_the_same_snapshot(store: Snapshots) -> None:
    first = add(store, b"x")
    again = add(store, b"x", datetime(2026, 1, 1, tzinfo=UTC))
    assert again == first
    assert len(store.all()) == 1


def test_new_bytes_never_overwrite_the_old(store: Snapshots) -> None:
    old, new = add(store, b"old"), add(store, b"new", datetime(2026, 1, 1, tzinfo=UTC))
    assert old.path.read_bytes() == b"old"
    assert store.of("bpe_2021") == [old, new]
    assert store.latest("bpe_2021") == new
    assert store.latest("communes") is None


def test_the_current_snapshots_are_the_last_of_each_file(store: Snapshots) -> None:
    later = datetime(2026, 1, 1, tzinfo=UTC)
    add(store, b"1", DAY, "a.csv")
    b, a = add(store, b"2", DAY, "b.csv"), add(store, b"3", later, "a.csv")
    assert store.current("bpe_2021") == [a, b]


def test_a_file_is_added_from_its_path(store: Snapshots, tmp_path: Path) -> None:
    (tmp_path / "bpe.csv").write_bytes(b"x" * 3_000_000)
    found = store.add(BPE, tmp_path / "bpe.csv", "bpe.csv", address="fichier local")
    assert found.bytes == 3_000_000
    assert (tmp_path / "bpe.csv").exists()
    assert store.verify() == 1


def test_odd_texts_survive_the_card(store: Snapshots) -> None:
    address = 'https://exemple.fr/é?q="x"\\\x7f\n'
    found = store.add(BPE, io.BytesIO(b"x"), "x.csv", address=address)
    assert store.all()[0].address == address == found.address


def test_verification_finds_altered_and_missing_bytes(store: Snapshots) -> None:
    found = add(store, b"good")
    found.path.write_bytes(b"evil")
    with pytest.raises(CheckError, match="somme de contrôle"):
        store.verify()
    found.path.unlink()
    with pytest.raises(CheckError, match="manquent"):
        store.verify()


@pytest.mark.parametrize("card", ["pas du toml =", 'source = "x"\n', b"\xff\xfe"])
def test_an_unreadable_card_is_named(store: Snapshots, card: str | bytes) -> None:
    found = add(store, b"good")
    path = found.path.with_name(f"{found.path.name}.toml")
    path.write_bytes(card if isinstance(card, bytes) else card.encode())
    with pytest.raises(CheckError, match="fiche d'instantané illisible") as caught:
        store.all()
    assert caught.value.where.file == path


def test_a_full_disk_leaves_nothing_behind(store: Snapshots, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("vigie.sources.snapshots.os.fsync", full)
    with pytest.raises(StorageError, match="disque plein"):
        add(store, b"x")
    assert list((store.root / "bpe_2021").iterdir()) == []
    assert store.all() == []


def test_a_stream_that_breaks_leaves_nothing_behind(store: Snapshots) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise KeyboardInterrupt
            return super().read(1)

    with pytest.raises(KeyboardInterrupt):
        store.add(BPE, Broken(b"xyz"), "x.csv", address="a")
    assert list((store.root / "bpe_2021").iterdir()) == []


def test_bytes_without_a_card_are_taken_up_by_the_next_try(store: Snapshots) -> None:
    """A process killed between the two renames leaves bytes without a card: no snapshot, and no obstacle."""
    found = add(store, b"x")
    found.path.with_name(f"{found.path.name}.toml").unlink()
    assert store.all() == []
    assert add(store, b"x") == found


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="inaccessible"):
        add(Snapshots(tmp_path / "fichier"), b"x")


def test_a_local_copy_has_the_id_that_its_snapshot_would_have(store: Snapshots, tmp_path: Path) -> None:
    (tmp_path / "bpe.csv").write_bytes(b"a,b\n1,2\n")
    assert identify("bpe_2021", tmp_path / "bpe.csv") == add(store, b"a,b\n1,2\n").id
    with pytest.raises(StorageError, match="inaccessible"):
        identify("bpe_2021", tmp_path / "absent.csv")


def test_the_moment_of_a_snapshot_is_in_utc(store: Snapshots) -> None:
    assert add(store, b"x").moment == DAY


def test_the_same_bytes_mend_a_snapshot_that_is_damaged_or_gone(store: Snapshots) -> None:
    found = add(store, b"good")
    found.path.write_bytes(b"evil")
    assert add(store, b"good") == found
    assert found.path.read_bytes() == b"good"
    found.path.unlink()
    assert add(store, b"good", datetime(2026, 1, 1, tzinfo=UTC)) == found
    assert store.verify() == 1


def test_what_a_killed_download_left_half_written_goes_with_the_next(store: Snapshots) -> None:
    found = add(store, b"good")
    left = found.path.with_name(".abc123.part")
    left.write_bytes(b"go")
    add(store, b"better")
    assert not left.exists()
    assert store.verify() == 2
