"""A plugin of pytest for ``make coverage``: each line that coverage records is told with the test that ran it.

Coverage's own ``dynamic_context`` takes the first function called ``test_…``, which under Hypothesis is one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import coverage
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Name the context after the test, without its parameters, while it runs."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.switch_context(item.nodeid.partition("[")[0])
    yield
    if measuring is not None:
        measuring.switch_context("")
