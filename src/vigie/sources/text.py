"""Delimited text files as published: gzip or not, checked byte by byte before anything is believed."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zlib
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.language import plural
from vigie.sources.catalogue import Format
from vigie.sources.grid import LINE, Grid

MAX_BYTES = 2_000_000_000  # what a file may weigh once decompressed

_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<\?xml[^>]*>\s*<!doctype\s+html)", re.IGNORECASE)
_UNQUOTED = re.compile(r'^"([^"]*)"$')
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"
AGAIN = {"remedy_fr": "Télécharger le fichier à nouveau.", "remedy_en": "Download the file again."}


def content(path: Path) -> bytes:
    """The bytes of ``path``, decompressed if they are gzip. Raises InputError on what cannot be the data."""
    raw = stored(path)
    data = _gunzip(raw, path) if raw.startswith(_GZIP) else raw
    if path.name.endswith(".gz") and not raw.startswith(_GZIP) and not _HTML.match(raw):
        raise InputError(
            "le nom annonce gzip, le contenu n'en est pas.",
            "the name says gzip, the content is not.",
            where=Where(path),
            **AGAIN,
        )
    if not data.strip():
        raise InputError(
            "fichier vide.",
            "empty file.",
            where=Where(path),
            **AGAIN,
        )
    if _HTML.match(data.removeprefix(codecs.BOM_UTF8)[:1024]):
        raise InputError(
            "c'est une page HTML, pas des données\u202f: sans doute une page d'erreur ou d'accueil du site.",
            "this is an HTML page, not data: most likely an error page or a home page.",
            where=Where(path),
            **AGAIN,
        )
    return data


def stored(path: Path) -> bytes:
    """The bytes of ``path`` as they lie on the disk. Raises InputError where they cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError("fichier introuvable.", "file not found.", where=Where(str(path))) from None
    except OSError as error:
        raise InputError(
            f"lecture impossible ({error.strerror}).",
            f"cannot be read ({error.strerror}).",
            where=Where(str(path)),
            remedy_fr="Vérifier que c'est un fichier et qu'il est lisible.",
            remedy_en="Check that it is a file and that it may be read.",
        ) from None


def _gunzip(raw: bytes, path: Path) -> bytes:
    parts: list[bytes] = []
    rest, size = raw, 0
    while rest.startswith(_GZIP):
        stream = zlib.decompressobj(wbits=31)
        try:
            parts.append(stream.decompress(rest, MAX_BYTES - size + 1))
        except zlib.error as error:
            raise _bad_gzip(path, f"({error})") from None
        size += len(parts[-1])
        if size > MAX_BYTES:
            raise InputError(
                f"plus de {MAX_BYTES} octets une fois décompressé.",
                f"more than {MAX_BYTES} bytes once decompressed.",
                where=Where(path),
            )
        if not stream.eof:
            raise _bad_gzip(path, "")
        rest = stream.unused_data
    return b"".join(parts)


def _bad_gzip(path: Path, detail: str) -> InputError:
    return InputError(
        f"archive gzip tronquée ou abîmée {detail}".rstrip() + ".",
        f"gzip file truncated or damaged {detail}".rstrip() + ".",
        where=Where(path),
        **AGAIN,
    )


def decode(data: bytes, path: Path, encodings: tuple[str, ...]) -> str:
    """``data`` as text, without its byte order mark. The first of ``encodings`` that fits wins."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            "le texte est en UTF-16\u202f; attendu\u202f: UTF-8.",
            "the text is in UTF-16; expected: UTF-8.",
            where=Where(path),
            remedy_fr="Enregistrer le fichier en UTF-8.",
            remedy_en="Save the file as UTF-8.",
        )
    _refuse_binary(data, path)
    for encoding in encodings:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            at = error.start
    line = data.count(b"\n", 0, at) + 1
    raise InputError(
        "octets illisibles en UTF-8\u202f: le fichier semble être en latin-1 (Windows-1252).",
        "bytes that are not UTF-8: the file looks like latin-1 (Windows-1252).",
        where=Where(path, row=line, value=data[max(0, at - 12) : at + 12].decode("latin-1").strip()),
        remedy_fr="Le convertir en UTF-8 ou reprendre le fichier du producteur.",
        remedy_en="Convert it to UTF-8 or take the producer's file again.",
    )


def _refuse_binary(data: bytes, path: Path) -> None:
    if data.startswith((_ZIP, _PARQUET)):
        what = "classeur ou archive zip" if data.startswith(_ZIP) else "fichier Parquet"
        what_en = "workbook or zip archive" if data.startswith(_ZIP) else "Parquet file"
        raise InputError(
            f"c'est un {what}, pas un fichier texte.", f"this is a {what_en}, not a text file.", where=Where(path)
        )
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(
            "octet nul\u202f: ce n'est pas un fichier texte, ou il est abîmé.",
            "null byte: this is not a text file, or it is damaged.",
            where=Where(path, row=data.count(b"\n", 0, zero) + 1),
            **AGAIN,
        )


def read_text(path: Path, form: Format) -> Grid:
    """The file as a grid of text, the first line being the header."""
    text = decode(content(path), path, form.encodings)
    return parse_text(text, path, form.separator)


def parse_text(text: str, path: Path, separator: str) -> Grid:
    """``text`` as a grid: blank is null, spaces around values are dropped, every line must be as long as the header."""
    frame = _regular(text, separator)
    if frame is None:
        frame = _quoted(text, path, separator)
    _check_header(frame, path, text, separator)
    if frame.is_empty():
        raise InputError(
            "aucune ligne de données après l'en-tête.", "no row of data after the header.", where=Where(path)
        )
    values = pl.exclude(LINE).str.strip_chars()
    return Grid(frame.with_columns(pl.when(values != "").then(values).name.keep()), path)


def _regular(text: str, separator: str) -> pl.DataFrame | None:
    """The fast way, for lines of one length whose quotes enclose whole values of one line; None for anything else."""
    first = text.find("\n")
    header, body = text[:first].rstrip("\r"), text[first + 1 :]
    names = [_UNQUOTED.sub(r"\1", name).strip() for name in header.split(separator)]
    if first < 0 or '"' in "".join(names) or len(set(names)) != len(names) or "" in names or LINE in names:
        return None
    bare = body
    if '"' in body:
        quoted = rf'"(?<=[{separator}\n]")[^"\r\n]*(?:""[^"\r\n]*)*"(?={separator}|\r?$)'
        bare = re.sub(quoted, "", "\n" + body, flags=re.MULTILINE)[1:]
    lines = body.count("\n") + (not body.endswith("\n"))
    uneven = bare.count(separator) != lines * (len(names) - 1) or "\n\n" in bare or "\r" in bare.replace("\r\n", "\n")
    if uneven or '"' in bare:
        return None
    try:
        frame = pl.read_csv(body.encode(), has_header=False, new_columns=names, separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    if frame.shape != (lines, len(names)):
        return None
    return frame.with_columns(pl.int_range(2, lines + 2, dtype=pl.UInt32).alias(LINE))


def _quoted(text: str, path: Path, separator: str) -> pl.DataFrame:
    """The sure way: the standard library's parser, which knows the line it is on."""
    rows, lines = [], []
    parser = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        header = next(parser)
        for row in parser:
            before = parser.line_num
            if row:
                rows.append(row)
                lines.append(before)
            if row and len(row) != len(header):
                raise _ragged(path, before, len(row), len(header), row)
    except StopIteration:
        raise InputError("fichier vide.", "empty file.", where=Where(path)) from None
    except csv.Error as error:
        raise InputError(
            f"ligne illisible ({error}).",
            f"unreadable line ({error}).",
            where=Where(path, row=parser.line_num),
            **AGAIN,
        ) from None
    return _frame(header, rows, lines, path)


def _ragged(path: Path, line: int, found: int, expected: int, row: list[str]) -> InputError:
    return InputError(
        f"{found} {plural(found, 'valeur', 'valeurs', 'fr')} au lieu de {expected}\u202f: "
        "ligne tronquée ou séparateur inattendu.",
        f"{found} {plural(found, 'value', 'values', 'en')} instead of {expected}: "
        "truncated line or unexpected separator.",
        where=Where(path, row=line, value=row[0][:60]),
        **AGAIN,
    )


def _frame(header: list[str], rows: list[list[str]], lines: list[int], path: Path) -> pl.DataFrame:
    names = [name.strip() for name in header]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None or LINE in names:
        raise InputError(
            "colonne sans nom ou présente deux fois dans l'en-tête.",
            "column without a name or present twice in the header.",
            where=Where(path, row=1, column=repeated or LINE),
        )
    columns = list(zip(*rows, strict=True)) or [() for _ in names]
    frame = pl.DataFrame(
        [pl.Series(name, values, dtype=pl.String) for name, values in zip(names, columns, strict=True)]
    )
    return frame.with_columns(pl.Series(LINE, lines, dtype=pl.UInt32))


def _check_header(frame: pl.DataFrame, path: Path, text: str, separator: str) -> None:
    other = next((mark for mark in (";", ",", "\t") if mark != separator and mark in text.split("\n", 1)[0]), None)
    if frame.width == 2 and other is not None:
        raise InputError(
            f"le séparateur semble être «\u00a0{other}\u00a0»\u202f; attendu\u202f: «\u00a0{separator}\u00a0».",
            f"the separator looks like “{other}”; expected: “{separator}”.",
            where=Where(path, row=1),
        )
