"""A duty roster brought as a file: who is open when, of the pharmacies, the SAS or the on-call practices of a place.

No roster is published as open data: whoever holds one writes it in this format (docs/roster.md), a CSV in UTF-8 with
commas or semicolons and one row a duty.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.errors import InputError, Where

KINDS = ("pharmacie", "sas", "maison_medicale")
COLUMNS = ("kind", "name", "commune", "address", "phone", "start", "end")
MOST = 20_000  # duties of a file
LONGEST = timedelta(days=8)
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_PHONE = re.compile(r"\+?[0-9][0-9 .]{1,19}")
_FIELD = 160  # characters


@dataclass(frozen=True)
class Duty:
    """Someone on duty from ``start`` until ``end``, in the local time of the commune; ``commune`` is its INSEE code.

    For the SAS the commune is any one of the département that it answers for.
    """

    kind: str
    name: str
    commune: str
    address: str
    phone: str
    start: datetime
    end: datetime

    def on(self, moment: datetime) -> bool:
        """Whether it is on duty at a moment: from the start on, until the end."""
        return self.start <= moment < self.end


def read_roster(content: bytes, file: str) -> list[Duty]:
    """The duties of a file, by start. Raises InputError that names the file, the row, the column and the value."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _wrong(file, content[: fault.start].count(b"\n") + 1, "", "", "le fichier n'est pas en UTF-8",
                     "the file is not in UTF-8") from None  # fmt: skip
    header = text.split("\n", 1)[0]
    # A carriage return alone ends a line, as the csv module wants them.
    reader = csv.DictReader(io.StringIO(text, newline=None), delimiter=max(",;", key=header.count), restval="")
    try:
        return _duties(reader, file)
    except csv.Error as fault:
        raise _wrong(file, reader.line_num, "", "", f"CSV illisible ({fault})", f"unreadable CSV ({fault})") from None


def _duties(reader: csv.DictReader[str], file: str) -> list[Duty]:
    names = [(name or "").strip() for name in reader.fieldnames or []]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise _wrong(file, 1, missing[0], ", ".join(names)[:80], "colonne absente", "missing column")
    reader.fieldnames = names
    duties: list[Duty] = []
    for row in reader:
        if len(duties) >= MOST:
            raise _wrong(file, reader.line_num, "", "", f"plus de {MOST} gardes", f"more than {MOST} duties")
        duties.append(_duty({name: (row[name] or "").strip() for name in COLUMNS}, file, reader.line_num))
    return sorted(duties, key=lambda one: (one.start, one.end, one.kind, one.name))


def _duty(row: dict[str, str], file: str, line: int) -> Duty:
    def refuse(column: str, fr: str, en: str) -> InputError:
        return _wrong(file, line, column, row[column], fr, en)

    if row["kind"] not in KINDS:
        raise refuse("kind", f"attendu : {', '.join(KINDS)}", f"expected: {', '.join(KINDS)}")
    if not row["name"]:
        raise refuse("name", "un nom est attendu", "a name is expected")
    for column in ("name", "address"):
        if len(row[column]) > _FIELD or not row[column].isprintable():
            raise refuse(column, f"{_FIELD} caractères au plus", f"{_FIELD} characters at most")
    if not _COMMUNE.fullmatch(row["commune"]):
        raise refuse("commune", "un code Insee de cinq caractères est attendu", "a five-character code is expected")
    if row["phone"] and not _PHONE.fullmatch(row["phone"]):
        raise refuse(
            "phone", "un numéro de téléphone est attendu, ou rien", "a telephone number is expected, or nothing"
        )
    times = {}
    for column in ("start", "end"):
        try:
            times[column] = datetime.strptime(row[column].replace("T", " "), "%Y-%m-%d %H:%M")
        except ValueError:
            raise refuse(column, "attendu : 2026-11-22 20:00", "expected: 2026-11-22 20:00") from None
    if not timedelta(0) < times["end"] - times["start"] <= LONGEST:
        raise refuse("end", "la fin vient après le début, huit jours au plus", "the end comes after the start, within "
                     "eight days")  # fmt: skip
    return Duty(row["kind"], row["name"], row["commune"], row["address"], row["phone"], times["start"], times["end"])


def _wrong(file: str, line: int, column: str, value: str, fr: str, en: str) -> InputError:
    return InputError(
        f"{fr}.",
        f"{en}.",
        remedy_fr="Le format est décrit dans docs/roster.md.",
        remedy_en="The format is described in docs/roster.md.",
        where=Where(file=file, row=line, column=column or None, value=value or None),
    )
