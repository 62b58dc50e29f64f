"""The room is light to import: what is slow to load waits for the function that needs it."""

import subprocess
import sys


def test_importing_the_room_loads_neither_numba_nor_scipy_nor_polars():
    code = "import sys, vigie.access; print(sorted({'numba', 'scipy', 'polars', 'pyproj'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
