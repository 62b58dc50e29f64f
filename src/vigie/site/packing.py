"""Answers made smaller for the network: Brotli where the client reads it, gzip otherwise."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Literal

Encoding = Literal["br", "gzip", ""]

_WHOLE, _STREAMED = 5, 4  # Brotli's qualities: above 5 it takes longer than what the network gains
_GZIP = 6
_GZIP_FRAME = 31  # zlib's window of 2¹⁵ bytes within a gzip frame


def choice(accepted: str) -> Encoding:
    """The encoding to answer in, from an ``Accept-Encoding`` header."""
    names = {}
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        names[name.strip()] = weight.replace(" ", "").removeprefix("q=").rstrip("0.") != "" or not weight
    return "br" if names.get("br") else "gzip" if names.get("gzip") else ""


def packed(body: bytes, encoding: Encoding) -> bytes:
    """A whole body in an encoding."""
    if encoding == "br":
        import brotli

        small: bytes = brotli.compress(body, quality=_WHOLE)
        return small
    return gzip.compress(body, _GZIP, mtime=0) if encoding == "gzip" else body


def unpacked(body: bytes, encoding: Encoding) -> bytes:
    """The body that was packed in an encoding."""
    if encoding == "br":
        import brotli

        whole: bytes = brotli.decompress(body)
        return whole
    return gzip.decompress(body) if encoding == "gzip" else body


def streamed(pieces: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The pieces of a body in an encoding, as they come."""
    if encoding == "":
        yield from pieces
        return
    if encoding == "br":
        import brotli

        packer = brotli.Compressor(quality=_STREAMED)
        add, end = packer.process, packer.finish
    else:
        deflate = zlib.compressobj(_GZIP, zlib.DEFLATED, _GZIP_FRAME)
        add, end = deflate.compress, deflate.flush
    for piece in pieces:
        small = add(piece)
        if small:
            yield small
    yield end()
