"""The map of all the territories of a level as a PNG image: what a reader sees before the live map, and without it."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from vigie.editions import geography
from vigie.site import atlas
from vigie.site.room import Room

WIDTH = 1000
TYPE = "image/png"
_OUTSIDE = 0  # in the palette: transparent
Pixels = NDArray[np.uint8]


def picture(room: Room, shown: atlas.Plate, colours: list[str], line: str) -> bytes:
    """The image of a plate: a colour a class, hatches where a figure is missing, dots where it is kept secret.

    ``line`` is the colour of hatches, dots and the borders between départements; what is outside is transparent.
    """
    owners = owners_of(room, shown.level)
    count = len(colours)
    ink = count + 1  # after the classes
    of_class = np.concatenate([np.arange(1, count + 1), [_OUTSIDE, _OUTSIDE]])
    places = shown.places
    pixels = np.append(of_class[places], _OUTSIDE)[owners].astype(np.uint8)  # -1, outside, is the last
    state = np.append(places, 0)[owners]
    down, across = np.indices(owners.shape)
    pixels[(state == count) & ((down + across) % 8 < 3)] = ink
    pixels[(state == count + 1) & ((down % 8 - 4) ** 2 + (across % 8 - 4) ** 2 < 4)] = ink
    if shown.level == "commune":
        pixels[_borders(room, shown, owners)] = ink
    return png(pixels, ["#000000", *colours, line], clear=_OUTSIDE)


def owners_of(room: Room, level: str) -> NDArray[np.int32]:
    """For each pixel the place of the territory that it lies in, -1 outside: found once a level."""
    return room.once(("pixels", level), lambda: _owners(room, level))


def _owners(room: Room, level: str) -> NDArray[np.int32]:
    known = room.polygons(level)
    drawn = {place: known[one.code] for place, one in enumerate(atlas.territories(room, level)) if one.code in known}
    found = geography.raster(list(drawn.values()), WIDTH)
    return np.array([*drawn, -1], dtype=np.int32)[found]


def _borders(room: Room, shown: atlas.Plate, owners: NDArray[np.int32]) -> NDArray[np.bool_]:
    """The pixels where another département begins."""
    cards = [room.directory.card(shown.level, code) for code in shown.codes]
    names = [card.departement if card and card.departement else "" for card in cards]
    numbers = np.append(np.unique(names, return_inverse=True)[1], -1)[owners]
    found = np.zeros(owners.shape, dtype=bool)
    for here, there, own in (
        (numbers[1:], numbers[:-1], found[1:]),
        (numbers[:, 1:], numbers[:, :-1], found[:, 1:]),
    ):
        own |= (here != there) & (here >= 0) & (there >= 0)
    return found


def png(pixels: Pixels, palette: list[str], clear: int) -> bytes:
    """Pixels that are places in ``palette`` (``#rrggbb``) as a PNG image; the colour ``clear`` is seen through."""
    height, width = pixels.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)  # before each line, how it is written: as it is
    lines[:, 1:] = pixels
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(bytes.fromhex(colour.removeprefix("#")) for colour in palette)),
        (b"tRNS", bytes(0 if place == clear else 255 for place in range(clear + 1))),
        (b"IDAT", zlib.compress(lines.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
