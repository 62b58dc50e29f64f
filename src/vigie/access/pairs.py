"""A large table of pairs read in one compiled pass, where it is as a file is usually written.

:func:`in_one_pass` numbers the ids of both columns, checks the times and the order, and fills compressed rows. It gives
None for any table that it cannot take, whatever the reason: :func:`vigie.access.travel.from_table` then goes column by
column, which takes everything and says in words what is wrong.

Polars holds a text as a *view* of 16 bytes (Arrow's ``utf8_view``): its length, then the text itself up to 12 bytes. So
an id of 12 bytes or less is two integers, compared and looked up without ever making a Python string; the views are
read where they are, through the Arrow C stream interface.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Indices, Integers

if TYPE_CHECKING:
    import polars as pl

Views = npt.NDArray[np.uint64]

_FORMAT = b"vu"  # Arrow's letters for a text held as views


def in_one_pass(
    table: pl.DataFrame, places: npt.NDArray[np.str_], sites: npt.NDArray[np.str_], limit: float
) -> tuple[Integers, Indices, Floats] | None:
    """Row starts, columns and minutes of the pairs within ``limit`` of ``table`` (place, site, minutes), or None.

    None where an id is missing, unknown or longer than 12 bytes, a time missing, infinite or negative, a pair not after
    the one before it by numbers of place, then site.
    """
    import polars as pl

    table = table.select("place", "site", "minutes").rechunk()
    plain = table.dtypes == [pl.Utf8, pl.Utf8, pl.Float64] and not any(table.null_count().row(0))
    if not (plain and table.height and places.size and sites.size):
        return None
    from vigie.access import kernels

    minutes = table["minutes"].to_numpy()
    starts = np.zeros(places.size + 1, dtype=np.int64)
    rows, columns = np.empty(table.height, dtype=np.int32), np.empty(table.height, dtype=np.int32)
    odd, beyond = np.zeros(1, dtype=np.bool_), np.zeros(1, dtype=np.bool_)
    with ExitStack() as held:
        at, to, place, site = (
            held.enter_context(_views(texts))
            for texts in (table["place"], table["site"], pl.Series(places.tolist()), pl.Series(sites.tolist()))
        )
        known = place, kernels.slots(place), site, kernels.slots(site)
        work = partial(kernels.number_pairs, at, to, minutes, limit, *known, rows, columns, odd, beyond)
        kernels.share(work, table.height)
    if odd[0]:
        return None
    if beyond[0]:
        kept = minutes <= limit
        rows, columns, minutes = rows[kept], columns[kept], minutes[kept]
    kernels.row_starts(rows, starts)
    return starts, columns, minutes


class _Schema(ctypes.Structure):
    """``ArrowSchema`` of the Arrow C data interface."""


class _Array(ctypes.Structure):
    """``ArrowArray`` of the Arrow C data interface."""


class _Stream(ctypes.Structure):
    """``ArrowArrayStream`` of the Arrow C stream interface."""


_RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_GET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    *((name, ctypes.c_int64) for name in ("flags", "n_children")),
    *((name, ctypes.c_void_p) for name in ("children", "dictionary")),
    ("release", _RELEASE),
    ("private_data", ctypes.c_void_p),
]
_Array._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    *((name, ctypes.c_void_p) for name in ("children", "dictionary")),
    ("release", _RELEASE),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    *((name, _GET) for name in ("get_schema", "get_next")),
    *((name, ctypes.c_void_p) for name in ("get_last_error", "release", "private_data")),
]


@contextmanager
def _views(texts: pl.Series) -> Iterator[Views]:
    """The views of ``texts`` (of one chunk, not empty), two integers each, while the context lasts: not a copy."""
    capsule = texts.__arrow_c_stream__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    stream = _Stream.from_address(pointer(capsule, b"arrow_array_stream"))
    schema, array = _Schema(), _Array()
    _take(stream, stream.get_schema, schema)
    form = schema.format
    schema.release(ctypes.addressof(schema))
    if form != _FORMAT:
        raise TypeError(f"text of Arrow format {form!r}, {_FORMAT!r} expected")
    _take(stream, stream.get_next, array)
    try:
        first, last = array.offset, array.offset + array.length
        held = (ctypes.c_uint64 * (2 * last)).from_address(array.buffers[1])
        yield np.frombuffer(held, dtype=np.uint64).reshape(last, 2)[first:]
    finally:
        array.release(ctypes.addressof(array))


def _take(stream: _Stream, get: ctypes._CFunctionType, into: ctypes.Structure) -> None:
    """Have ``stream`` fill ``into``."""
    if get(ctypes.addressof(stream), ctypes.addressof(into)):
        raise OSError("Arrow stream: no data")
