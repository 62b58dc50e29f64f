"""What the tests share: where real data are, and one edition built from the embedded inputs for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def shared_folder() -> Path | None:
    """The folder of real open data, where it is."""
    folder = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared")) / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open data; tests that need it say so where it is absent."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("real data absent: no folder ../shared/data, nor one named in VIGIE_SHARED")
    return folder


@pytest.fixture(scope="session")
def edition_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one edition built from the embedded inputs: built once per test run, shared by its workers.

    Without workers the home is kept from one run to the next, one for each clone.
    """
    import fcntl
    import zlib

    from vigie.editions.build import build

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{zlib.crc32(str(Path(__file__)).encode()):08x}"
    shared = tmp_path_factory.getbasetemp().parent / f"vigie-home-{run}"
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / ".test-lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        build(shared)
    yield shared
