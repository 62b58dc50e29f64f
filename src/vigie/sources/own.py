"""Anyone's own files: places with coordinates and a weight, and pairs with minutes, as CSV or Parquet.

A CSV has a header and ``,``, ``;`` or tabs between values; decimals are written with a point or a comma; it may be
gzipped, in UTF-8 or in Windows-1252. What is wrong is told with the file, the line, the column and the value.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.sources.export import parquet
from vigie.sources.grid import LINE, Grid
from vigie.sources.names import slug
from vigie.sources.text import content, decode, parse_text

_TEXT = ("id", "place", "site", "from", "to", "node", "practitioner", "territory", "class")
_MAY_BE_BLANK = ("lon", "lat")
_SIGNED = ("x", "y")
_ENCODINGS = ("utf-8", "windows-1252")


@dataclass(frozen=True)
class OwnTable:
    """A file as read: ``frame`` has the columns asked for and the line of each row; ``sha256`` is of its bytes."""

    frame: pl.DataFrame
    path: Path
    sha256: str


def read_own(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> OwnTable:
    """The ``columns`` of a file, and those of ``optional`` that it has, checked: of ``own_columns.toml`` or not.

    Identifiers are text and present; ``lon`` and ``lat`` are numbers or blank; the other columns are numbers, present,
    finite and, but for ``x`` and ``y``, not negative. Raises InputError for a file that cannot be read or is empty, a
    missing column (with the one that seems to hold it), a value that is not what its column wants, or an ``id`` given
    twice.
    """
    grid = _grid(path)
    absent = [name for name in columns if name not in grid.frame.columns]
    if absent:
        raise _without(absent[0], columns, grid)
    chosen = (*columns, *(name for name in optional if name in grid.frame.columns))
    grid = grid.only({name: name for name in chosen})
    for name in chosen:
        grid = _identifiers(grid, name) if name in _TEXT else _numbers(grid, name)
    if "id" in columns:
        twice = grid.frame["id"].is_duplicated() & ~grid.frame["id"].is_first_distinct()
        count = int(twice.sum())
        grid.refuse(
            twice,
            "id",
            f"identifiant déjà donné plus haut ({count} en tout)\u202f: une seule ligne par lieu est attendue.",
            f"id given before ({count} in all): a single row per place is expected.",
        )
    return OwnTable(grid.frame, path, hashlib.sha256(path.read_bytes()).hexdigest())


def _grid(path: Path) -> Grid:
    data = content(path)
    if not data.startswith(b"PAR1"):
        lines = decode(data, path, _ENCODINGS).split("\n")
        # Comments that come first, as the examples of ``vigie import`` have; lines keep their number in the file.
        comments = next((number for number, line in enumerate(lines) if not line.lstrip("\ufeff").startswith("# ")), 0)
        grid = parse_text("\n".join(lines[comments:]), path, max(";,\t", key=lines[comments].count))
        return Grid(grid.frame.with_columns((pl.col(LINE) + comments).cast(pl.UInt32)), path)
    frame = parquet(data, path)
    if frame.is_empty():
        raise InputError("aucune ligne de données.", "no row of data.", where=Where(path))
    return Grid(frame.drop(LINE, strict=False).with_row_index(LINE, offset=1), path)


def _identifiers(grid: Grid, name: str) -> Grid:
    if grid.frame[name].dtype.is_nested():
        raise grid.fault("des identifiants étaient attendus.", "ids were expected.", column=name)
    blank = pl.col(name).cast(pl.String, strict=False).str.strip_chars()
    known = Grid(grid.frame.with_columns(pl.when(blank != "").then(blank).alias(name)), grid.file)
    known.require_text([name])
    return known


def _numbers(grid: Grid, name: str) -> Grid:
    kind = grid.frame[name].dtype
    if kind == pl.String:
        read = grid.french_floats([name])
    elif kind.is_numeric():
        read = Grid(grid.frame.with_columns(pl.col(name).cast(pl.Float64)), grid.file)
        if name in _MAY_BE_BLANK:
            read = Grid(read.frame.with_columns(pl.col(name).fill_nan(None)), grid.file)
    else:
        raise grid.fault("des nombres étaient attendus.", "numbers were expected.", column=name)
    values = read.frame[name]
    if name not in _MAY_BE_BLANK:
        read.refuse(
            values.is_null() | values.is_nan(),
            name,
            "valeur absente\u202f; mettez 0 s'il n'y a rien, ou retirez la ligne.",
            "value missing; write 0 if there is none, or remove the row.",
        )
    if name not in (*_MAY_BE_BLANK, *_SIGNED):
        read.refuse(values < 0, name, "un nombre positif ou nul est attendu.", "a number not below 0 is expected.")
    read.refuse(values.is_infinite().fill_null(value=False), name, "nombre infini.", "infinite number.")
    return read


def _without(name: str, wanted: Sequence[str], grid: Grid) -> InputError:
    with (resources.files("vigie.sources") / "own_columns.toml").open("rb") as handle:
        known = tomllib.load(handle)
    meant = known.get(name, {"fr": "nommée par vous", "en": "named by you", "often": []})
    found = [column for column in grid.frame.columns if column != LINE]
    near = _nearest(name, meant["often"], found)
    listed = ", ".join(found[:12]) + (", …" if len(found) > 12 else "")
    hint_fr = f"Renommez «\u00a0{near}\u00a0» en «\u00a0{name}\u00a0», si c'est elle." if near else ""
    hint_en = f"Rename “{near}” to “{name}”, if that is it." if near else ""
    return InputError(
        f"colonne absente ({meant['fr']}). {hint_fr or f'Colonnes trouvées{chr(0x202F)}: {listed}.'}",
        f"column missing ({meant['en']}). {hint_en or f'Columns found: {listed}.'}",
        remedy_fr=f"Ce fichier doit avoir les colonnes {', '.join(wanted)}.",
        remedy_en=f"This file must have the columns {', '.join(wanted)}.",
        where=Where(grid.file, column=name),
    )


def _nearest(name: str, often: Sequence[str], found: Sequence[str]) -> str | None:
    """The column that seems to hold ``name``: one of the names often given to it, else the nearest in spelling."""
    plain = {slug(column): column for column in found}
    named = [plain[other] for other in (name, *often) if other in plain]
    near = difflib.get_close_matches(name, list(plain), n=1, cutoff=0.6)
    return named[0] if named else plain[near[0]] if near else None
