"""Postal codes brought as a file: La Poste's « base officielle des codes postaux », or any table of two columns.

None comes with Vigie: postal codes are La Poste's. Its file (laposte_hexasmal, Licence Ouverte) is read as published;
another is a CSV with a column for the postal code and one for the INSEE code (docs/postal-codes.md).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

from vigie.errors import InputError, Where

POSTAL = ("code_postal", "postal_code", "postcode", "cp")
COMMUNE = ("code_commune_insee", "code_insee", "insee", "code_commune", "commune")
MOST = 200_000  # rows of a file
_POSTAL_CODE = re.compile(r"[0-9]{5}")
_COMMUNE_CODE = re.compile(r"[0-9][0-9AB][0-9]{3}")


def read_postal(content: bytes, file: str) -> dict[str, tuple[str, ...]]:
    """The INSEE codes of the communes that each postal code serves, sorted.

    UTF-8 or Latin-1, commas or semicolons; a leading zero that a spreadsheet dropped is put back. Raises InputError
    that names the file, the row, the column and the value.
    """
    text = _text(content)
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=header.count))
    names = [_plain(name) for name in next(reader, [])]
    postal, commune = (_column(names, known, file) for known in (POSTAL, COMMUNE))
    found: dict[str, set[str]] = {}
    for row in reader:
        if reader.line_num > MOST:
            raise _wrong(file, reader.line_num, "", "", f"plus de {MOST} lignes", f"more than {MOST} rows")
        if not any(row):
            continue
        values = [row[at].strip() if at < len(row) else "" for at in (postal, commune)]
        for value, at, pattern in zip(values, (postal, commune), (_POSTAL_CODE, _COMMUNE_CODE), strict=True):
            if not pattern.fullmatch(value.zfill(5).upper()):
                raise _wrong(file, reader.line_num, names[at], value, "un code de cinq caractères est attendu",
                             "a code of five characters is expected")  # fmt: skip
        found.setdefault(values[0].zfill(5), set()).add(values[1].zfill(5).upper())
    return {code: tuple(sorted(communes)) for code, communes in sorted(found.items())}


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _plain(name: str) -> str:
    """``#Code_commune_INSEE`` as ``code_commune_insee``."""
    letters = unicodedata.normalize("NFD", name.strip().lower())
    return re.sub(r"[^a-z0-9]+", "_", letters.encode("ascii", "ignore").decode()).strip("_")


def _column(names: list[str], known: Iterable[str], file: str) -> int:
    for name in known:
        if name in names:
            return names.index(name)
    wanted = ", ".join(known)
    raise _wrong(file, 1, "", ", ".join(names)[:80], f"une de ces colonnes est attendue : {wanted}",
                 f"one of these columns is expected: {wanted}")  # fmt: skip


def _wrong(file: str, line: int, column: str, value: str, fr: str, en: str) -> InputError:
    return InputError(
        f"{fr}.",
        f"{en}.",
        remedy_fr="Le format est décrit dans docs/postal-codes.md.",
        remedy_en="The format is described in docs/postal-codes.md.",
        where=Where(file=file, row=line, column=column or None, value=value or None),
    )
