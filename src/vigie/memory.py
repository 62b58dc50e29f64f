"""The memory of long processes, a server or a build: how allocators are asked to give back what is no longer used.

Left to themselves they keep what one large request or one step took: the C library in up to sixteen arenas, Polars'
jemalloc as pages freed ten seconds later, which the system counts as ours: the steps of a build add up.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # the numbers of <malloc.h>
_LARGE = 256 * 1024  # bytes from which an allocation is the system's own, given back as soon as it is freed
_ARENAS = 2
_OF_A_SERVER = "narenas:2,dirty_decay_ms:0,muzzy_decay_ms:0"
_OF_A_BUILD = "dirty_decay_ms:100,muzzy_decay_ms:0"


def settle_build() -> None:
    """Settle Polars' allocator for a build, before Polars is imported: a step gives back what the one before took.

    The C library's stays: with :func:`settle` a build would spend a third of its time on pages given back too soon.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", _OF_A_BUILD)


def settle() -> None:
    """Settle the allocators of a server, before Polars and NumPy are imported; without effect where they differ."""
    os.environ.setdefault("_RJEM_MALLOC_CONF", _OF_A_SERVER)
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


def set_aside() -> None:
    """Leave what is held by now out of the collector's rounds: nobody is answered for the 0.2 s that it looks through.

    What is set aside is freed as always when nothing refers to it any more.
    """
    gc.freeze()


def _c_library() -> ctypes.CDLL | None:
    """The C library where it is glibc, which alone has these functions."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
