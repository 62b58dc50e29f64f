"""Damage done to a good file, at random: what disks, spreadsheets, editors and people do to one, and what malice do.

A damage takes the file, the source of chance and another file of the kind, and gives the file damaged.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from random import Random

ODD = (
    *("", " ", "\t", "\x00", "\u202f", "\u00a0", "\ufeff", "\u200b", "\u202e", "é", "e\u0301", "ß", "İ", "𝟛", "٣", "–"),
    *("NaN", "nan", "inf", "-inf", "1e400", "-1e400", "1e-400", "-0", "0", "-1", "1", "9" * 40, "0x10", "1_000", "½"),
    *("1,5", "1.5", "1 577", "12,3 %", "true", "null", "None", "NS", "ND", "#REF!", "=1+1", "@SUM(A1)"),
    *("2024-02-30", "30/02/2024", "0000-00-00", "9999-12-31", "2024", "20x4", "2A004", "01001", "971", "1001"),
    *('"', "'", '""', ";", ",", "\n", "\r\n", "\\", "../../etc/passwd", "<script>", "%00", "${x}", "[", "]]", "{", "}"),
    "{{7*7}}", "'; DROP TABLE", "a" * 5_000, "é" * 3_000, "[" * 2_000, "9223372036854775808", "18446744073709551616",
    "2147483648", "\ud7ff",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:[.,]\d+)?")
_CELL = re.compile(rb"[;,\t]")


def damaged(content: bytes, chance: Random, other: bytes) -> bytes:
    """``content`` with one to four damages; ``other`` is a file of the same kind that a piece may come from."""
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 2, 4))):
        content = chance.choice(_WAYS)(content, chance, other)
    return content[:2_000_000]


def _odd(chance: Random) -> bytes:
    return chance.choice(ODD).encode("utf-8", "surrogatepass")


def _flip(content: bytes, chance: Random, _: bytes) -> bytes:
    body = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 16))):
        if body:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def _overwrite(content: bytes, chance: Random, _: bytes) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    piece = chance.choice((b"\x00", b"\xff", b"\x80", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", chance.randbytes(4)))
    return content[:at] + piece + content[at + len(piece) :]


def _cut(content: bytes, chance: Random, _: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _behead(content: bytes, chance: Random, _: bytes) -> bytes:
    return content[chance.randrange(len(content) + 1) :]


def _remove(content: bytes, chance: Random, _: bytes) -> bytes:
    start, end = sorted((chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)))
    return content[:start] + content[min(end, start + 400) :]


def _insert(content: bytes, chance: Random, _: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + _odd(chance) + content[at:]


def _repeat(content: bytes, chance: Random, _: bytes) -> bytes:
    start, end = sorted((chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)))
    piece = content[start : min(end, start + 2_000)]
    return content[:end] + piece * chance.choice((1, 2, 30)) + content[end:]


def _splice(content: bytes, chance: Random, other: bytes) -> bytes:
    start = chance.randrange(len(other) + 1)
    at = chance.randrange(len(content) + 1)
    return content[:at] + other[start : start + chance.randrange(1, 400)] + content[at:]


def _lines(content: bytes, chance: Random, other: bytes) -> bytes:
    lines = content.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(4)
    if way == 0:
        lines[one], lines[two] = lines[two], lines[one]
    elif way == 1:
        lines.insert(two, lines[one])
    elif way == 2:
        del lines[one]
    else:
        lines.insert(one, chance.choice(other.split(b"\n")))
    return b"\n".join(lines)


def _cell(content: bytes, chance: Random, _: bytes) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    cells = re.split(rb"([;,\t=])", lines[at])
    cells[chance.randrange(len(cells))] = _odd(chance)
    lines[at] = b"".join(cells)
    return b"\n".join(lines)


def _number(content: bytes, chance: Random, _: bytes) -> bytes:
    found = list(_NUMBER.finditer(content))
    if not found:
        return content
    one = chance.choice(found)
    return content[: one.start()] + _odd(chance) + content[one.end() :]


def _separators(content: bytes, chance: Random, _: bytes) -> bytes:
    return _CELL.sub(chance.choice((b";", b",", b"\t", b"|", b"")), content)


def _recode(content: bytes, chance: Random, _: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    way = chance.randrange(5)
    if way == 0:
        return text.encode("utf-16")
    if way == 1:
        return text.encode("latin-1", "replace")
    if way == 2:
        return b"\xef\xbb\xbf" + content
    if way == 3:
        return gzip.compress(content, mtime=0)
    return text.replace("\n", chance.choice(("\r", "\r\n", "\u2028"))).encode("utf-8", "replace")


_WAYS: tuple[Callable[[bytes, Random, bytes], bytes], ...] = (
    _flip, _flip, _overwrite, _cut, _behead, _remove, _insert, _insert, _repeat, _splice, _lines, _cell, _cell, _cell,
    _number, _number, _separators, _recode,
)  # fmt: skip
