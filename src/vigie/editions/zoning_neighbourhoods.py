"""The list of priority neighbourhoods (QPV), brought into a home as its producers publish it: rules use it at once.

Two files give it: the ANCT's list on data.gouv (``code_qp``, ``lib_qp``, ``insee_com``), without people, and INSEE's
base of the populations of neighbourhoods (``codeqpv``, ``libqpv``, ``listedepcom``, ``popmuniqpv``), with them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.editions.observatory import Observatory, Territory
from vigie.editions.store import storage_errors
from vigie.editions.zoning import Applied, home_of
from vigie.editions.zoning_brought import FOLDER
from vigie.errors import InputError, StorageError, Where
from vigie.territories.reference import WHOLE_CITIES
from vigie.zoning.neighbourhoods import LISTED, alone, shares

FILE = Path(FOLDER) / "neighbourhoods" / "list.csv"

_CODE, _NAME, _PLACES, _PEOPLE = "code_qp", "lib_qp", "insee_com", "popmuniqpv"
_COLUMNS = {
    _CODE: (_CODE, "codeqpv", "code_qpv"),
    _NAME: (_NAME, "libqpv", "lib_qpv", "nom_qp"),
    _PLACES: (_PLACES, "listedepcom", "codes_communes"),
    _PEOPLE: (_PEOPLE, "pop_mun", "population"),
}
_NEIGHBOURHOOD = re.compile(r"Q[NP][0-9A-Z]{5,8}")
_PEOPLE_FORM = re.compile(r"\d{1,7}([.,]\d+)?")
_HIDDEN = ("", "ns", "nd", "s", "nc")


@dataclass(frozen=True)
class _Line:
    number: int
    cells: dict[str, str]


def read(file: Path, known: Collection[str]) -> pl.DataFrame:
    """The list of a file as ``LISTED``; ``known`` are the codes of communes and arrondissements.

    The code of a whole city tells no arrondissement: its neighbourhood has no place. Raises InputError naming file,
    line, column and value for columns that are not there, a code that is none or comes twice, an unknown commune, a
    population that is no number; StorageError for a file that does not open.
    """
    rows: list[tuple[str, str, str | None, float | None]] = []
    seen: set[str] = set()
    for line in _lines(file):
        code, name = line.cells[_CODE], line.cells[_NAME]
        where = Where(file=file.name, row=line.number, column=_CODE, value=code)
        if not _NEIGHBOURHOOD.fullmatch(code):
            raise InputError(
                "ce n'est pas le code d'un quartier prioritaire (QN00101M, QP012001).",
                "this is not the code of a priority neighbourhood (QN00101M, QP012001).",
                where=where,
            )
        if code in seen:
            raise InputError("quartier inscrit deux fois.", "neighbourhood listed twice.", where=where)
        seen.add(code)
        people = _people(line, file)
        rows += [(code, name, place, people) for place in _places(line, file, known)]
    if not rows:
        raise InputError("aucun quartier.", "no neighbourhood.", where=Where(file=file.name))
    return pl.DataFrame(rows, schema=LISTED, orient="row")


def _lines(file: Path) -> list[_Line]:
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise StorageError(
            f"le fichier {file} ne se lit pas ({fault.strerror}).",
            f"the file {file} cannot be read ({fault.strerror}).",
        ) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("windows-1252", errors="replace")
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=head.count))
    names = [name.strip().lower() for name in next(reader, [])]
    at = {own: next((names.index(one) for one in forms if one in names), -1) for own, forms in _COLUMNS.items()}
    absent = [own for own in (_CODE, _NAME, _PLACES) if at[own] < 0]
    if absent:
        forms = " ; ".join(", ".join(_COLUMNS[own]) for own in absent)
        raise InputError(
            f"colonne absente, sous l'un de ces noms : {forms}.", f"column missing, under one of these names: {forms}.",
            remedy_fr="Prenez la liste de l'ANCT sur data.gouv (QPV 2024) ou la base de population de l'Insee, en CSV.",
            remedy_en="Take the ANCT's list on data.gouv (QPV 2024) or INSEE's base of populations, as CSV.",
            where=Where(file=file.name, row=1, column=absent[0]),
        )  # fmt: skip
    found = []
    for row in reader:
        cells = {own: row[place].strip() if 0 <= place < len(row) else "" for own, place in at.items()}
        if any(cells.values()):
            found.append(_Line(reader.line_num, cells))
    return found


def _people(line: _Line, file: Path) -> float | None:
    text = re.sub(r"\s", "", line.cells[_PEOPLE])
    if text.lower() in _HIDDEN:
        return None
    if not _PEOPLE_FORM.fullmatch(text):
        raise InputError(
            "un nombre d'habitants est attendu.", "a number of inhabitants is expected.",
            where=Where(file=file.name, row=line.number, column=_PEOPLE, value=line.cells[_PEOPLE]),
        )  # fmt: skip
    return float(text.replace(",", "."))


def _places(line: _Line, file: Path, known: Collection[str]) -> Sequence[str | None]:
    """The communes of a neighbourhood; spreadsheets that took their codes for numbers lost a zero."""
    codes = [code.zfill(5) for code in re.split(r"[;,\s]+", line.cells[_PLACES]) if code]
    strange = next((code for code in codes if code not in known and code not in WHOLE_CITIES), None)
    if strange is not None or not codes:
        raise InputError(
            "aucune commune n'a ce code en 2024.", "no commune has this code in 2024.",
            where=Where(file=file.name, row=line.number, column=_PLACES, value=strange or line.cells[_PLACES]),
        )  # fmt: skip
    return [None if code in WHOLE_CITIES else code for code in dict.fromkeys(codes)]


# Kept in a home -------------------------------------------------------------------------------------------------------


def bring(home: Path, file: Path, known: Collection[str]) -> pl.DataFrame:
    """Put a list into a home, in the place of the former one, after reading it whole."""
    listed, target = read(file, known), home / FILE
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".tmp")
        aside.write_bytes(file.read_bytes())
        aside.replace(target)
    return listed


def brought(observatory: Observatory) -> pl.DataFrame | None:
    """The list of the home of an open edition; None without one. Raises as :func:`read` for one put there by hand."""
    path = home_of(observatory) / FILE
    return read(path, set(place_codes(observatory))) if path.is_file() else None


def place_codes(observatory: Observatory) -> list[str]:
    """The codes of communes and arrondissements."""
    return [code for (code,) in observatory.rows("SELECT code FROM places")]


def under(observatory: Observatory, done: Applied, listed: pl.DataFrame | None = None) -> pl.DataFrame | None:
    """The neighbourhoods under a rule applied (``ALONE``); None for a rule that classes none, or without a list."""
    if done.rule.neighbourhoods is None:
        return None
    own = brought(observatory) if listed is None else listed
    if own is None:
        return None
    places = observatory.table("places").select(
        place="code", commune="name", departement="departement", region="region"
    )
    members = observatory.table("zone_members").filter(pl.col("mesh") == done.mesh).select("place", "zone")
    if members.is_empty():  # a mesh of communes: each is its own zone
        members = places.select("place", zone="place")
    zones = done.zones.select("zone", "class", title="name")
    classes = places.join(members, on="place", how="left").join(zones, on="zone", how="left")
    told = classes.select("place", "commune", "departement", "region", "class", zone="title")
    return alone(done.rule.neighbourhoods, [one.id for one in done.rule.classes], told, own)


def within(observatory: Observatory, found: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    """The neighbourhoods of :func:`under` with a commune in a territory."""
    own = _places_of(observatory, territory)
    inside = [not own.isdisjoint((places or "").split(", ")) for places in found["places"].to_list()]
    return found.filter(pl.Series(inside, dtype=pl.Boolean))


def share_of(observatory: Observatory, territory: Territory) -> float | None:
    """The per cent of a territory's people who live in a priority neighbourhood; None without one or where unknown."""
    listed = brought(observatory)
    if listed is None or not territory.population:
        return None
    own = shares(listed, observatory.table("places")).filter(pl.col("place").is_in(_places_of(observatory, territory)))
    if own.is_empty() or own["people"].null_count():
        return None
    return 100 * float(own["people"].sum()) / territory.population


def _places_of(observatory: Observatory, territory: Territory) -> set[str]:
    sql = "SELECT place FROM memberships WHERE level = ? AND code = ?"
    return {place for (place,) in observatory.rows(sql, [territory.level, territory.code])}
