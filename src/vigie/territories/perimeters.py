"""Perimeters: named lists of communes that behave as any other territory, alone or as a level of their own."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

import polars as pl

from vigie.errors import InputError, Where
from vigie.territories.names import search_text
from vigie.territories.packaged import changes_2025
from vigie.territories.reference import LEVELS, VINTAGE, Reference, territory_rows
from vigie.territories.vintages import Years
from vigie.validation import toml

PERIMETER: Final = "perimeter"
_LEVEL = re.compile(r"[a-z][a-z0-9_]*")
_COMMUNE = re.compile(r"\d[\dAB]\d{3}")
_KEYS = ("name", "slug", "communes", "vintage")  # of a perimeter in TOML
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Perimeter:
    """A named list of communes.

    ``slug`` is its code at ``level``; ``codes`` the codes of communes, of the COG ``vintage``, and ``rows`` the line of
    ``file`` that each comes from, for messages. The code of a whole city stands for all its arrondissements.
    """

    slug: str
    name: str
    codes: tuple[str, ...]
    rows: tuple[int, ...]
    level: str = PERIMETER
    vintage: int = VINTAGE
    file: str = ""

    @property
    def key(self) -> str:
        """``level:slug``, as territories are named everywhere."""
        return f"{self.level}:{self.slug}"


@dataclass(frozen=True)
class LevelReport:
    """How the perimeters of one level cover France; they are never forced into a partition.

    ``outside``: place, name, population of the places in no perimeter; ``population_outside`` their people and
    ``share_outside`` their share. ``overlaps``: place, name, population, perimeters (their slugs, joined).
    ``unknown``: perimeter, code, row, file, vintages (those in which the code existed), left out. ``widened``:
    perimeter, place: places taken in whole of which the perimeter names only a part that has merged since.
    """

    level: str
    perimeters: int
    outside: pl.DataFrame
    population_outside: int
    share_outside: float
    overlaps: pl.DataFrame
    unknown: pl.DataFrame
    widened: pl.DataFrame


def read_perimeter(content: bytes, file: str) -> Perimeter:
    """One perimeter from the bytes of a TOML file (name, slug, communes, vintage) or of a CSV with a column ``code``.

    Without a slug it is made from the name, and without a name (CSV) the name is that of the file. ``file`` names the
    file in messages, which say row, column, value and what to do: InputError for anything that is not a list of codes.
    """
    text = _decoded(content, file)
    if PurePath(file).suffix.lower() == ".toml":
        return _from_toml(text, file)
    lines, rows = _csv_rows(text, file, ["code"])
    name = PurePath(file).stem
    return _perimeter(name, None, [row["code"] for row in rows], lines, file, VINTAGE)


def read_perimeter_set(
    content: bytes,
    file: str,
    level: str,
    *,
    vintage: int = VINTAGE,
    code: str = "code",
    perimeter: str = "perimeter",
    name: str = "name",
) -> list[Perimeter]:
    """The perimeters of a level of their own, from a CSV with one row a commune: its code, its perimeter, its name.

    ``code``, ``perimeter`` and ``name`` are the columns; without a column of names a perimeter is called by its code. A
    commune may be in several perimeters or in none: :func:`with_perimeters` reports it. InputError as
    :func:`read_perimeter`, and for a level that is not a new lower-case word.
    """
    _check_level(level)
    lines, rows = _csv_rows(_decoded(content, file), file, [code, perimeter])
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if not row[perimeter]:
            raise InputError(
                "périmètre vide.",
                "empty perimeter.",
                remedy_fr="Supprimez la ligne d'une commune qui n'est dans aucun périmètre.",
                remedy_en="Remove the row of a commune that is in no perimeter.",
                where=Where(file=file, row=lines[i], column=perimeter),
            )
        groups.setdefault(row[perimeter], []).append(i)
    made = []
    for label, members in groups.items():
        title = rows[members[0]].get(name) or label
        slug = label if _SLUG.fullmatch(label) else None
        one = _perimeter(
            title, slug, [rows[i][code] for i in members], [lines[i] for i in members], file, vintage, code
        )
        made.append(replace(one, level=level))
    return made


def with_perimeters(
    reference: Reference,
    perimeters: Sequence[Perimeter],
    *,
    passage: pl.DataFrame | None = None,
    leave_unknown: bool = False,
) -> tuple[Reference, tuple[LevelReport, ...]]:
    """``reference`` with the perimeters as further territories and memberships, and a report for each of their levels.

    ``passage`` (as for :func:`vigie.territories.vintages.to_reference`) is needed for perimeters of another vintage: a
    commune merged since brings the whole commune of today, a commune split since all its parts. A code of no commune
    raises InputError with its file and row, unless ``leave_unknown``: then it is left out and reported.

    Raises InputError for two perimeters of the same level and slug.
    """
    twice = [key for key, times in Counter(one.key for one in perimeters).items() if times > 1]
    taken = set(reference.territories.select(pl.format("{}:{}", "level", "code")).to_series())
    clash = [*twice, *(p.key for p in perimeters if p.key in taken)]
    if clash:
        raise InputError(
            f"deux territoires ont le même code {clash[0]}.",
            f"two territories have the same code {clash[0]}.",
            remedy_fr="Donnez-leur des slugs différents.",
            remedy_en="Give them different slugs.",
            where=Where(value=clash[0]),
        )
    if not perimeters:
        return reference, ()
    members, unknown = _resolve(perimeters, reference, passage)
    if not unknown.is_empty() and not leave_unknown:
        raise _unknown_code(unknown.row(0, named=True), unknown.height)
    keys = ["place", "level", "code"]
    memberships = members.select(keys).unique().sort("level", "code", "place")
    names = pl.DataFrame([(p.level, p.slug, p.name) for p in perimeters], ["level", "code", "name"], orient="row")
    rows = territory_rows(reference.places, memberships, names, kind=PERIMETER)
    extended = replace(
        reference,
        territories=pl.concat([reference.territories, rows]),
        memberships=pl.concat([reference.memberships, memberships]),
    )
    levels = list(dict.fromkeys(p.level for p in perimeters))
    return extended, tuple(_report(level, perimeters, reference.places, members, unknown) for level in levels)


def _decoded(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise InputError(
            "le fichier n'est pas en UTF-8.",
            "the file is not in UTF-8.",
            remedy_fr="Enregistrez-le en UTF-8.",
            remedy_en="Save it as UTF-8.",
            where=Where(file=file, row=row),
        ) from None


def _from_toml(text: str, file: str) -> Perimeter:
    content = toml(text, file)
    unknown = next((key for key in content if key not in _KEYS), None)
    if unknown is not None:
        known = ", ".join(_KEYS)
        raise _wrong(
            file, unknown, content[unknown], f"clé inconnue. Clés\u202f: {known}", f"unknown key. Keys: {known}"
        )
    name, slug = content.get("name"), content.get("slug")
    codes, vintage = content.get("communes"), content.get("vintage", VINTAGE)
    if not isinstance(name, str) or not name.strip():
        raise _wrong(file, "name", name, "un nom est attendu", "a name is expected")
    if slug is not None and (not isinstance(slug, str) or not _SLUG.fullmatch(slug)):
        raise _wrong(file, "slug", slug, "un mot sans espace ni accent est attendu", "a plain word is expected")
    if not isinstance(codes, list):
        raise _wrong(file, "communes", codes, "une liste de codes est attendue", "a list of codes is expected")
    if isinstance(vintage, str):
        raise _wrong(
            file, "vintage", vintage, "un nombre sans guillemets est attendu", "an unquoted number is expected"
        )
    Years.check(vintage)
    return _perimeter(name.strip(), slug, codes, [_line_of(text, code) for code in codes], file, vintage, "communes")


def _line_of(text: str, value: Any) -> int:
    """The first line of ``text`` that shows ``value``."""
    shown = str(value)
    return next((i for i, line in enumerate(text.splitlines(), start=1) if shown in line), 1)


def _csv_rows(text: str, file: str, needed: list[str]) -> tuple[list[int], list[dict[str, str]]]:
    """The rows of a CSV (comma, semicolon or tab) as dicts of stripped texts, and the line of each."""
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    # A carriage return alone ends a line, as the csv module wants them; a quoted one stays one.
    reader = csv.DictReader(io.StringIO(text, newline=None), delimiter=delimiter, restval="")
    try:
        return _read_rows(reader, file, needed)
    except csv.Error as fault:
        raise InputError(
            f"CSV illisible ({fault}).",
            f"unreadable CSV ({fault}).",
            remedy_fr="Enregistrez-le à nouveau depuis le tableur, en CSV.",
            remedy_en="Save it again from the spreadsheet, as CSV.",
            where=Where(file=file, row=reader.line_num),
        ) from None


def _read_rows(reader: csv.DictReader[str], file: str, needed: list[str]) -> tuple[list[int], list[dict[str, str]]]:
    columns = [(column or "").strip() for column in reader.fieldnames or []]
    reader.fieldnames = columns
    for column in needed:
        if column not in columns:
            raise InputError(
                f"colonne absente\u202f: {column}.",
                f"missing column: {column}.",
                remedy_fr=f"Colonnes présentes\u202f: {', '.join(columns) or 'aucune'}.",
                remedy_en=f"Columns present: {', '.join(columns) or 'none'}.",
                where=Where(file=file, row=1, column=column),
            )
    lines, rows = [], []
    for row in reader:
        lines.append(reader.line_num)
        rows.append({column: (row[column] or "").strip() for column in columns})
    return lines, rows


def _perimeter(
    name: str, slug: str | None, codes: list[Any], rows: list[int], file: str, vintage: int, column: str = "code"
) -> Perimeter:
    """The perimeter, once every code is seen to be one and none comes twice."""
    if not codes:
        raise InputError(
            "aucune commune.",
            "no commune.",
            remedy_fr="Un périmètre a au moins une commune.",
            remedy_en="A perimeter has at least one commune.",
            where=Where(file=file, column=column),
        )
    seen: dict[str, int] = {}
    for code, row in zip(codes, rows, strict=True):
        if not isinstance(code, str) or not _COMMUNE.fullmatch(code) or code in seen:
            raise _bad_code(code, Where(file=file, row=row, column=column, value=code), seen)
        seen[code] = row
    made = slug or search_text(name).replace(" ", "-")
    if not made:
        raise _wrong(file, "name", name, "un nom avec des lettres est attendu", "a name with letters is expected")
    return Perimeter(made, name, tuple(codes), tuple(rows), vintage=vintage, file=file)


def _bad_code(code: Any, where: Where, seen: dict[str, int]) -> InputError:
    """What is wrong with a code: not text, a lost zero, not a commune's, or already ``seen`` on an earlier row."""
    if not isinstance(code, str):
        return InputError(
            "un code est un texte.",
            "a code is text.",
            remedy_fr="Mettez-le entre guillemets, avec son zéro de tête.",
            remedy_en="Quote it, with its leading zero.",
            where=where,
        )
    if code in seen:
        return InputError(
            f"la commune est déjà à la ligne {seen[code]}.",
            f"the commune is already on row {seen[code]}.",
            remedy_fr="Supprimez l'une des deux.",
            remedy_en="Remove one of them.",
            where=where,
        )
    if re.fullmatch(r"\d{4}", code):
        return InputError(
            f"le code a perdu son zéro de tête\u202f: 0{code}\u202f?",
            f"the code has lost its leading zero: 0{code}?",
            remedy_fr="Écrivez les codes comme du texte, sur cinq caractères.",
            remedy_en="Write codes as text, of five characters.",
            where=where,
        )
    return InputError(
        "un code de commune de cinq caractères est attendu.",
        "a commune code of five characters is expected.",
        where=where,
    )


def _check_level(level: str) -> None:
    if not _LEVEL.fullmatch(level) or level in LEVELS:
        raise InputError(
            f"le niveau «\u00a0{level}\u00a0» existe déjà ou n'est pas un mot en minuscules.",
            f"level “{level}” exists already or is not a lower-case word.",
            remedy_fr="Choisissez un nom tel que cpts ou pays_2024.",
            remedy_en="Choose a name such as cpts or pays_2024.",
            where=Where(value=level),
        )


def _wrong(file: str, column: str, value: Any, fr: str, en: str) -> InputError:
    return InputError(f"{fr}.", f"{en}.", where=Where(file=file, column=column, value=value))


def _resolve(
    perimeters: Sequence[Perimeter], reference: Reference, passage: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The memberships of the perimeters (place, level, code, widened) and their codes that are of no commune."""
    cities = reference.places.drop_nulls("city").select(city="city", part="code")
    members, unknown = [], []
    for vintage in sorted({one.vintage for one in perimeters}):
        group = [one for one in perimeters if one.vintage == vintage]
        if vintage < VINTAGE and passage is None:
            raise InputError(
                f"le périmètre est du millésime {vintage}\u202f: la table de passage est nécessaire.",
                f"the perimeter is of vintage {vintage}: the table of passage is needed.",
                where=Where(file=group[0].file or None, value=vintage),
            )
        years = Years(_no_passage() if passage is None else passage, reference.places, changes_2025())
        listed = _listed(group)
        known = years.codes(vintage)
        is_known = pl.Series([code in known for code in listed["origin"]], dtype=pl.Boolean)
        today = _today(listed.filter(is_known), years.links(vintage).select("origin", "target"))
        members.append(
            today.join(cities, left_on="target", right_on="city", how="left")
            .select("level", "code", "widened", place=pl.coalesce("part", "target"))
            .unique()
        )
        lost = listed.filter(~is_known)
        existed = years.vintages(lost["origin"].unique())
        unknown.append(lost.join(existed, left_on="origin", right_on="code", how="left"))
    return pl.concat(members), pl.concat(unknown).select(
        "file", "row", "vintages", perimeter=pl.format("{}:{}", "level", "code"), code="origin"
    )


def _listed(perimeters: Sequence[Perimeter]) -> pl.DataFrame:
    """level, code (the slug), file, origin (a commune), row: one row a commune of a perimeter."""
    rows = [
        (one.level, one.slug, one.file, code, row)
        for one in perimeters
        for code, row in zip(one.codes, one.rows, strict=True)
    ]
    text = pl.String()
    schema = {"level": text, "code": text, "file": text, "origin": text, "row": pl.Int64()}
    return pl.DataFrame(rows, schema, orient="row")


def _today(listed: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """level, code, target, widened: the communes of today, widened where the perimeter lacks some of their parts."""
    parts = links.group_by("target").agg(parts=pl.len())
    return (
        listed.join(links, on="origin", how="left")
        .with_columns(target=pl.coalesce("target", "origin"))
        .group_by("level", "code", "target")
        .agg(present=pl.len())
        .join(parts, on="target", how="left")
        .with_columns(widened=pl.col("present") < pl.col("parts").fill_null(1))
    )


def _no_passage() -> pl.DataFrame:
    text, year = pl.String(), pl.Int32()
    schema = {"code_before": text, "code_after": text, "change": text, "ratio": pl.Float64()}
    return pl.DataFrame(schema=schema | {"year_before": year, "year_after": year})


def _unknown_code(first: dict[str, Any], count: int) -> InputError:
    existed = first["vintages"]
    hint_fr = f"Ce code existait dans les millésimes {existed}\u202f: indiquez celui du fichier. " if existed else ""
    hint_en = f"That code existed in the vintages {existed}: state that of the file. " if existed else ""
    others = count - 1
    return InputError(
        "aucune commune n'a ce code" + (f" ({others} autres codes de même)." if others else "."),
        "no commune has this code" + (f" ({others} other codes likewise)." if others else "."),
        remedy_fr=hint_fr + "Corrigez-le ou retirez-le.",
        remedy_en=hint_en + "Correct or remove it.",
        where=Where(file=first["file"] or None, row=first["row"], column="code", value=first["code"]),
    )


def _report(
    level: str, perimeters: Sequence[Perimeter], places: pl.DataFrame, members: pl.DataFrame, unknown: pl.DataFrame
) -> LevelReport:
    own = members.filter(pl.col("level") == level)
    people = places.select(place="code", name="name", population="population")
    outside = people.filter(~pl.col("place").is_in(own["place"].unique().implode()))
    total = int(people["population"].sum())
    lost = int(outside["population"].sum())
    overlaps = (
        own.select("place", "code")
        .unique()
        .group_by("place")
        .agg(n=pl.len(), perimeters=pl.col("code").sort().str.join(", "))
        .filter(pl.col("n") > 1)
        .join(people, on="place")
        .select("place", "name", "population", "perimeters")
        .sort("place")
    )
    keys = [p.key for p in perimeters if p.level == level]
    return LevelReport(
        level=level,
        perimeters=len(keys),
        outside=outside,
        population_outside=lost,
        share_outside=lost / total if total else 0.0,
        overlaps=overlaps,
        unknown=unknown.filter(pl.col("perimeter").is_in(keys)),
        widened=own.filter("widened").select(perimeter="code", place="place").sort("perimeter", "place"),
    )
