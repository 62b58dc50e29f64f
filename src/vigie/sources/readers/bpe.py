"""The BPE as INSEE publishes it: an archive of two files, the counts by territory and type, and what the codes mean.

The layout of ``DS_BPE_CSV_FR.zip`` is known from public descriptions: ``DS_BPE_<year>_data.csv`` has a row for each
territory and type that exists there, at every level; ``DS_BPE_<year>_metadata.csv`` the label of each code. Types have
changed codes since 2021 (general practitioners were D201, they are D265): each is found by its code or its label. This
reader has not yet run on a producer's own file.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.sources.catalogue import Source
from vigie.sources.grid import LINE, Grid
from vigie.sources.names import slug
from vigie.sources.notes import Draft, Note
from vigie.sources.text import AGAIN, MAX_BYTES, decode, parse_text, stored

_LEVELS = ("COM", "ARM")  # communes, and the arrondissements of Paris, Lyon and Marseille
_NAMES = {"code": "GEO", "level": "GEO_OBJECT", "type": "FACILITY_TYPE", "year": "TIME_PERIOD", "count": "OBS_VALUE"}


def archive(source: Source, path: Path) -> Draft:
    """Counts by commune, year and type, for the types of ``[fields]``, under the names that they have there.

    A commune that the file names with other facilities has 0 of a type that it does not list: INSEE writes a row for
    what exists only. A commune that the file does not name at all has no row.
    """
    counts, labels = _members(path)
    names = _types(parse_text(labels, path, source.format.separator), source.fields)
    grid = Grid(_rows(counts, path, source.format.separator), path).only(_NAMES)
    grid = _with_level(grid)
    grid.require_commune("code")
    grid.require_text(["type", "year", "count"])
    kept = Grid(grid.frame.filter(pl.col("type").is_in(list(names))), path, names=grid.names)
    kept = kept.integers(["year"], pl.Int16).integers(["count"], pl.UInt32)
    if kept.frame.is_empty():
        raise grid.fault("aucun équipement de santé par commune.", "no health facility by commune.", column="type")
    frame = kept.frame.with_columns(pl.col("type").replace_strict(names)).select(LINE, "code", "year", "type", "count")
    return _with_zeros(Draft(frame, kept), grid.frame["code"].unique(), list(source.fields))


def _members(path: Path) -> tuple[str, str]:
    """The text of the counts and of the labels. Raises InputError on what is not the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(stored(path))) as opened:
            return _member(opened, path, "_data.csv"), _member(opened, path, "_metadata.csv")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError(
            f"archive zip illisible, tronquée ou abîmée ({error}).",
            f"zip archive unreadable, truncated or damaged ({error}).",
            where=Where(path),
            **AGAIN,
        ) from None


def _member(opened: zipfile.ZipFile, path: Path, ending: str) -> str:
    found = [one for one in opened.infolist() if one.filename.endswith(ending)]
    if len(found) != 1:
        listed = ", ".join(opened.namelist()[:8]) or "—"
        raise InputError(
            f"l'archive devrait avoir un fichier «\u00a0…{ending}\u00a0»\u202f; trouvés\u202f: {listed}.",
            f"the archive should have one file “…{ending}”; found: {listed}.",
            where=Where(path),
            **AGAIN,
        )
    if found[0].file_size > MAX_BYTES:
        raise InputError(
            f"plus de {MAX_BYTES} octets une fois décompressé.",
            f"more than {MAX_BYTES} bytes once decompressed.",
            where=Where(path, sheet=found[0].filename),
        )
    return decode(opened.read(found[0]), path, ("utf-8",))


def _types(labels: Grid, wanted: dict[str, str]) -> dict[str, str]:
    """Our name of each type by INSEE's code: ``wanted`` gives a code or a label for each. Raises InputError."""
    grid = labels.only({"variable": "COD_VAR", "code": "COD_MOD", "label": "LIB_MOD"})
    types = grid.frame.filter(pl.col("variable") == "FACILITY_TYPE").select("code", "label").drop_nulls().rows()
    found = {}
    for name, told in wanted.items():
        codes = [code for code, label in types if code == told or slug(label) == slug(told)]
        if len(codes) != 1:
            raise grid.fault(
                f"le type d'équipement cherché devrait avoir un code et un seul, trouvés\u202f: {codes or '—'}.",
                f"the type of facility looked for should have one code, found: {codes or '—'}.",
                column="LIB_MOD",
                value=told,
            )
        found[codes[0]] = name
    return found


def _rows(text: str, path: Path, separator: str) -> pl.DataFrame:
    """The counts as text, with their lines: a million rows at every level, read at once."""
    try:
        frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False, row_index_name=LINE)
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"lignes illisibles ({str(error).splitlines()[0]}).",
            f"unreadable rows ({str(error).splitlines()[0]}).",
            where=Where(path),
            **AGAIN,
        ) from None
    return frame.with_columns(pl.col(LINE) + 2)


def _with_level(grid: Grid) -> Grid:
    """The rows of communes and arrondissements."""
    kept = grid.frame.filter(pl.col("level").is_in(_LEVELS))
    if kept.is_empty():
        raise grid.fault(
            f"aucune ligne de commune (attendu\u202f: {' ou '.join(_LEVELS)}).",
            f"no row of a commune (expected: {' or '.join(_LEVELS)}).",
            column="level",
        )
    return Grid(kept, grid.file, names=grid.names)


def _with_zeros(draft: Draft, communes: pl.Series, types: list[str]) -> Draft:
    """The draft with 0 where a commune of the file has no facility of a type, in each year."""
    whole = (
        communes.sort()
        .to_frame("code")
        .join(draft.frame["year"].unique().sort().to_frame(), how="cross")
        .join(pl.Series("type", types).to_frame(), how="cross")
    )
    absent = whole.join(draft.frame, on=["code", "year", "type"], how="anti")
    first = pl.lit(draft.frame[LINE].min(), dtype=draft.frame.schema[LINE])
    zeros = absent.with_columns(pl.lit(0, dtype=pl.UInt32).alias("count"), first.alias(LINE))
    text = Text(
        "zéros\u202f: types absents d'une commune que le fichier nomme", "zeros: types absent from a commune it names"
    )
    frame = pl.concat([draft.frame, zeros.select(draft.frame.columns)])
    return Draft(frame, draft.grid, (*draft.notes, Note(zeros.height, text)))
