"""What the tests share: where real data are, and one edition built from the embedded inputs for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis.internal.conjecture.providers as providers
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]
# What two workers begin with: one builds the edition, the other has work that needs none; then the longest files, so
# that both end together.
FIRST = (
    "acceptance/test_edition_real.py",
    *("generative/test_imported_generated.py", "generative/test_siting_generated.py", "unit/test_editions_imports.py"),
    *("spec/test_figures_cour_a.py", "unit/test_access_calibration.py", "functional/test_cli_calibrate.py"),
    *("functional/test_build_producers.py", "browser/test_site.py", "browser/test_map.py"),
    *("functional/test_build_killed.py", "browser/test_publication.py", "functional/test_cli_bad_input.py"),
    *("functional/test_docs.py", "functional/test_cli_levers.py", "browser/test_act.py"),
)

# How long an example takes says how busy the machine is, not whether the code is right: no deadline.
# The same generated examples whenever and wherever the tests run. Drawn at random they find new faults in those who
# changed nothing: that search is one's own, with --hypothesis-profile=default (docs/quality.md).
if settings.get_current_profile_name() in ("default", "ci"):
    settings.register_profile(
        "steady", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("steady")
    # Hypothesis also draws the constants of the modules imported so far, which depend on the files run before.
    providers._get_local_constants = lambda: providers._local_constants


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others, and the tests of a file, keep their order."""
    places = {ROOT / "tests" / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


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


@pytest.fixture(scope="session")
def address(edition_home: Path) -> Iterator[str]:
    """The address of a server of the edition, in a process of its own: one for each worker."""
    from tests.functional.servers import serving

    with serving(edition_home) as found:
        yield found
