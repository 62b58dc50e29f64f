"""From a file to a validated tidy table, and from folders of local copies to the files."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.language import Text
from vigie.sources.catalogue import Source, catalogue, source

if TYPE_CHECKING:
    import polars as pl

    from vigie.sources.notes import Draft, Note

WHOLE_CITIES = ("75056", "13055", "69123")  # Paris, Marseille, Lyon: each doubles its arrondissements


@dataclass(frozen=True)
class Reading:
    """A validated tidy table, the file it comes from, and what was left out, counted."""

    source: Source
    path: Path
    table: pl.DataFrame
    notes: tuple[Note, ...]


def read(source_id: str, path: Path) -> pl.DataFrame:
    """The tidy table in ``path``, a file of that source. Raises InputError, UnknownNameError."""
    return examine(source(source_id), path).table


def examine(found: Source, path: Path) -> Reading:
    """The tidy table in ``path`` with the reader's notes. Raises InputError."""
    from vigie.sources.tables import TABLES, validate

    module, function = found.reader.split(":")
    reader = getattr(importlib.import_module(f"vigie.sources.readers.{module}"), function)
    draft, dropped = _apart(found, reader(found, path))
    return Reading(found, path, validate(draft, TABLES[found.table]), (*draft.notes, *dropped))


def _apart(found: Source, draft: Draft) -> tuple[Draft, tuple[Note, ...]]:
    """The draft without whole Paris, Lyon and Marseille where the source says that they double their parts."""
    if found.whole_cities == "keep" or "code" not in draft.frame.columns:
        return draft, ()
    from vigie.sources.notes import Note

    whole = draft.frame["code"].is_in(WHOLE_CITIES)
    count = int(whole.sum())
    if found.whole_cities == "absent" and count:
        row = draft.frame.filter(whole).row(0, named=True)
        raise draft.fault(
            "cette source ne devrait donner que les arrondissements de Paris, Lyon et Marseille.",
            "this source should only give the arrondissements of Paris, Lyon and Marseille.",
            row=row,
            column="code",
            value=row["code"],
        )
    text = Text(
        "lignes de villes entières, doubles de leurs arrondissements", "rows of whole cities, doubling their parts"
    )
    return replace(draft, frame=draft.frame.filter(~whole)), (Note(count, text),) if count else ()


def locate(found: Source, folders: Iterable[Path]) -> Path | None:
    """A file of the source in the first folder that has one: as downloaded from the producer, else a copy."""
    return next(iter(locate_all(found, folders)), None)


def locate_all(found: Source, folders: Iterable[Path]) -> list[Path]:
    """The files that make the source in the first folder that has any: all its downloads there, else one copy."""
    return next((paths for folder in folders if (paths := _present(found, folder))), [])


def _present(found: Source, folder: Path) -> list[Path]:
    downloads = [folder / address.file for address in found.addresses]
    copies = [path for name in found.copies for path in sorted(folder.glob(name), reverse=True)]
    return [path for path in downloads if path.is_file()] or [path for path in copies if path.is_file()][:1]


def read_from(folders: Iterable[Path]) -> dict[str, pl.DataFrame]:
    """Every source that the folders hold, read; a source in several files gives one table."""
    import polars as pl

    places = list(folders)
    tables = {}
    for source_id, found in catalogue().items():
        parts = [examine(found, path).table for path in locate_all(found, places)]
        if parts:
            tables[source_id] = pl.concat(parts)
    return tables
