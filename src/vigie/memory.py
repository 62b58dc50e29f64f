"""The memory of the server: how the allocators are asked to give back what a long-lived process no longer uses.

Left to themselves they keep what one large request took: the C library in up to sixteen arenas, Polars' jemalloc as
pages freed lazily, which the system counts as ours until it lacks memory.
"""

from __future__ import annotations

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # the numbers of <malloc.h>
_LARGE = 256 * 1024  # bytes from which an allocation is the system's own, given back as soon as it is freed
_ARENAS = 2
_JEMALLOC = "narenas:2,dirty_decay_ms:0,muzzy_decay_ms:0"


def settle() -> None:
    """Settle the allocators of this process, before Polars and NumPy are imported; without effect where they differ."""
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)
    library = _c_library()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, _LARGE)
        library.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give what is free to the system: after a large piece of work, not at each request (it takes milliseconds)."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)


def _c_library() -> ctypes.CDLL | None:
    """The C library where it is glibc, which alone has these functions."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
