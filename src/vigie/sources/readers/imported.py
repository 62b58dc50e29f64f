"""An analyst's own table, in the form of a template: checked cell by cell, then told as figures by indicator.

What the import itself says (its template, the period and the level of rows that give none, how rates are written) is
in the ``fields`` of its source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.sources.catalogue import Source
from vigie.sources.grid import COMMUNE, DEPARTEMENT, LINE, REGION, Grid
from vigie.sources.notes import Draft, Note
from vigie.sources.templates import NUMBERS, POPULATION, ROWS, STANDARD, Column, Figure, Template, template
from vigie.sources.text import content, decode, parse_text

SUPPRESSED, MISSING, OK = "suppressed", "missing", "ok"
MARKS = {
    **dict.fromkeys(("NS", "NC", "S", "ns", "nc", "s", "secret", "secret statistique"), SUPPRESSED),
    **dict.fromkeys(("ND", "nd", "n.d.", "NA", "na", "-", "–", "…"), MISSING),
}
CODES = {
    "commune": (COMMUNE, "un code commune de cinq caractères.", "a commune code of five characters."),
    "bassin_de_vie": (COMMUNE, "un code de bassin de vie de cinq caractères.", "a living area's code of 5 characters."),
    "epci": (r"^\d{9}$", "un numéro SIREN d'EPCI de neuf chiffres.", "an EPCI's SIREN number of nine digits."),
    "departement": (DEPARTEMENT, "un code de département.", "a département's code."),
    "region": (REGION, "un code de région de deux chiffres.", "a région's code of two digits."),
    "france": (r"^FR$", "FR.", "FR."),
}
OTHER_CODE = (r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$", "un code de 1 à 40 lettres ou chiffres.", "a code of 1–40 letters.")

_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
_PERIOD = rf"^(?:\d{{4}}|{_MONTH}|{_MONTH}-(?:0[1-9]|[12]\d|3[01])|{_MONTH}/{_MONTH})$"
_PARTS = {"T1": "01/03", "T2": "04/06", "T3": "07/09", "T4": "10/12", "S1": "01/06", "S2": "07/12"}
_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"  # \d would take the digits of other scripts
# A published rate is rounded: how far, in points, it may be from that of the counts beside it.
_ROUNDING = 0.6
_FEW = 3  # rates from which on "all of them are below 1" says that they are shares


def read(source: Source, path: Path) -> Draft:
    """The figures of an import: one row an indicator, territory and period. Raises InputError at the first fault."""
    asked = template(source.fields["template"])
    grid, notes = _grid(path)
    grid = _columns(grid, asked)
    grid = _periods(_levels(grid, asked, source.fields), source.fields)
    grid = _numbers(grid, asked, source.fields)
    _refuse_twice(grid, asked)
    _check_totals(grid, asked)
    frame = _added_up(grid.frame, asked)
    parts = [_figure(replace(grid, frame=frame), asked, figure) for figure in asked.figures]
    given = [part for part in parts if part is not None]
    if not given:
        columns = ", ".join(column.name for column in asked.columns)
        raise grid.fault(
            f"aucune colonne de chiffres. Colonnes du modèle\u202f: {columns}.",
            f"no column of figures. Columns of the template: {columns}.",
        )
    return Draft(pl.concat(given), grid, notes)


def period(text: str) -> str | None:
    """A period as Vigie writes it (2024, 2024-06, 2024-06-30, 2024-01/2024-03), or None for what is not one."""
    found = re.fullmatch(r"(\d{4})-?([TS][1-4])", text.strip().upper())
    if found and found[2] in _PARTS:
        first, last = _PARTS[found[2]].split("/")
        return f"{found[1]}-{first}/{found[1]}-{last}"
    french = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text.strip())
    plain = f"{french[3]}-{french[2]}-{french[1]}" if french else text.strip()
    return plain if re.fullmatch(_PERIOD, plain) else None


def _grid(path: Path) -> tuple[Grid, tuple[Note, ...]]:
    """The table without the comments that come first; lines keep their number in the file."""
    data = content(path)
    text = decode(data, path, ("utf-8", "windows-1252")).replace("\r\n", "\n")
    lines = text.split("\n")
    comments = next((number for number, line in enumerate(lines) if line.strip(';, \t"') and not _comment(line)), 0)
    body = "\n".join(lines[comments:])
    header = body.split("\n", 1)[0]
    grid = parse_text(body, path, max(";,\t", key=header.count))
    moved = grid.frame.with_columns((pl.col(LINE) + comments).cast(pl.UInt32))
    named = moved.rename({name: name.strip().lower() for name in moved.columns if name != LINE})
    blank = pl.all_horizontal(pl.exclude(LINE).is_null())
    kept = named.filter(~blank)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        said = Text("octets Windows-1252, lus comme tels", "Windows-1252 bytes, read as such")
        return replace(grid, frame=kept), (Note(1, said),)
    return replace(grid, frame=kept), ()


def _comment(line: str) -> bool:
    return line.lstrip('\ufeff" \t').startswith("#")


def _columns(grid: Grid, asked: Template) -> Grid:
    """Known columns only, the required ones all there; standard ones that are absent are blank."""
    known = [*STANDARD, *(column.name for column in asked.columns)]
    for name in grid.frame.columns:
        if name != LINE and name not in known:
            raise InputError(
                f"colonne inconnue du modèle {asked.id}. Colonnes\u202f: {', '.join(known)}.",
                f"column unknown to the template {asked.id}. Columns: {', '.join(known)}.",
                remedy_fr=f"Un exemple\u202f: vigie import --template {asked.id} --example.",
                remedy_en=f"An example: vigie import --template {asked.id} --example.",
                where=Where(grid.file, column=name, row=1),
            )
    needed = ["code", *(column.name for column in asked.columns if column.required)]
    grid.only({name: name for name in needed})  # which names the nearest column
    if grid.frame.is_empty():
        raise grid.fault("aucune ligne de données.", "no row of data.")
    absent = [pl.lit(None, pl.String).alias(name) for name in STANDARD if name not in grid.frame.columns]
    found = replace(grid, frame=grid.frame.with_columns(absent))
    for column in asked.columns:
        if column.kind == "text" and column.required:
            found.require_text([column.name])
    return found


def _levels(grid: Grid, asked: Template, fields: Mapping[str, str]) -> Grid:
    """``level`` and ``code``, each code in the form of its level."""
    default = fields.get("level") or asked.levels[0]
    level = pl.col("niveau").str.to_lowercase().fill_null(default)
    found = replace(grid, frame=grid.frame.with_columns(level.alias("level")))
    listed = ", ".join(asked.levels)
    found.refuse(
        ~found.frame["level"].is_in(asked.levels),
        "niveau",
        f"niveau hors du modèle\u202f; attendu\u202f: l'un de {listed}.",
        f"level outside the template; expected: one of {listed}.",
    )
    found.require_text(["code"])
    for name in found.frame["level"].unique().sort():
        own = replace(found, frame=found.frame.filter(pl.col("level") == name))
        pattern, fr, en = CODES.get(str(name), OTHER_CODE)
        own.require_pattern("code", pattern, fr, en)
    return found


def _periods(grid: Grid, fields: Mapping[str, str]) -> Grid:
    default = fields.get("period") or None
    text = grid.frame["periode"].fill_null(pl.lit(default, pl.String)) if default else grid.frame["periode"]
    grid.refuse(
        text.is_null(),
        "periode",
        "période absente\u202f: donnez la colonne «\u00a0periode\u00a0», ou --period pour toute la table.",
        "no period: give the column “periode”, or --period for the whole table.",
    )
    words = {str(one): period(str(one)) for one in text.unique()}
    found = text.replace_strict(words, return_dtype=pl.String)
    placed = replace(grid, frame=grid.frame.with_columns(periode=text))
    placed.refuse(
        found.is_null(),
        "periode",
        "période illisible\u202f; attendu\u202f: 2024, 2024-06, 2024-06-30, 2024-T1 ou 2024-01/2024-06.",
        "unreadable period; expected: 2024, 2024-06, 2024-06-30, 2024-T1 or 2024-01/2024-06.",
    )
    return replace(grid, frame=grid.frame.with_columns(found.alias("period")))


def _numbers(grid: Grid, asked: Template, fields: Mapping[str, str]) -> Grid:
    """Each column of numbers as Float64, with its marks in ``<column>.mark``; a share is made a percentage if asked."""
    frame = grid.frame
    for column in asked.columns:
        if column.kind not in NUMBERS or column.name not in frame.columns:
            continue
        text = pl.col(column.name).str.replace_all(r"[\s\u00a0\u202f]", "").str.strip_suffix("%").str.strip_suffix("€")
        mark = pl.col(column.name).replace_strict(MARKS, default=None, return_dtype=pl.String)
        plain = frame.select(pl.when(mark.is_null()).then(text.str.replace(",", ".", literal=True))).to_series()
        grid.refuse(
            (~plain.str.contains(_NUMBER)).fill_null(value=False),
            column.name,
            "un nombre était attendu (12 345 ou 12,5), ou NS, NC, ND, ou rien.",
            "a number was expected (12345 or 12.5), or NS, NC, ND, or nothing.",
        )
        numbers = plain.cast(pl.Float64)
        grid = _in_range(grid, column, numbers)
        if column.kind == "percent":
            numbers = _percent(grid, column, numbers, fields.get("rates", ""))
        frame = frame.with_columns(numbers.alias(column.name), mark.fill_null(MISSING).alias(f"{column.name}.mark"))
    return replace(grid, frame=frame)


def _in_range(grid: Grid, column: Column, numbers: pl.Series) -> Grid:
    name = column.name
    grid.refuse((numbers < 0).fill_null(value=False), name, "un nombre négatif.", "a negative number.")
    if column.kind == "count":
        broken = (numbers != numbers.round(0)).fill_null(value=False)
        grid.refuse(broken, name, "un nombre entier était attendu.", "a whole number was expected.")
    if column.kind == "percent":
        over = (numbers > 100).fill_null(value=False)
        grid.refuse(over, name, "un pourcentage de 0 à 100 était attendu.", "a percentage from 0 to 100 was expected.")
    return grid


def _percent(grid: Grid, column: Column, numbers: pl.Series, rates: str) -> pl.Series:
    """The column in per cent. Rates that all lie below 1 are likely shares: refused unless the import says which."""
    known = numbers.drop_nulls()
    highest = known.max()
    if rates == "share":
        bad = (numbers > 1).fill_null(value=False)
        grid.refuse(bad, column.name, "une part de 0 à 1 était attendue.", "a share from 0 to 1 was expected.")
        return numbers * 100
    if not rates and len(known) >= _FEW and isinstance(highest, float) and 0 < highest <= 1:
        raise InputError(
            f"ces taux vont de 0 à {highest:g}\u202f: des parts, ou des pourcentages\u202f?",
            f"these rates go from 0 to {highest:g}: shares, or percentages?",
            remedy_fr="Dites-le\u202f: --rates share (0,12 vaut 12 %) ou --rates percent (0,12 vaut 0,12 %).",
            remedy_en="Say it: --rates share (0.12 is 12 %) or --rates percent (0.12 is 0.12 %).",
            where=Where(grid.file, column=column.name),
        )
    return numbers


def _refuse_twice(grid: Grid, asked: Template) -> None:
    key = ["level", "code", "period", *asked.unit_key]
    again = ~grid.frame.select(pl.struct(key).is_first_distinct()).to_series()
    grid.refuse(
        again,
        "code",
        f"ligne en double\u202f: {', '.join(key)} doivent identifier une seule ligne.",
        f"duplicate row: {', '.join(key)} must identify a single row.",
    )


def _check_totals(grid: Grid, asked: Template) -> None:
    """Counts of a total are the sums of those of its parts, where a row gives them all."""
    figures = {one.indicator: one for one in asked.figures}
    for one in asked.totals:
        for term in ("numerator", "denominator"):
            total, *parts = (getattr(figures[name], term) for name in (one.total, *one.parts))
            if not {total, *parts} <= set(grid.frame.columns):
                continue
            added = grid.frame.select(sum((pl.col(part) for part in parts), start=pl.lit(0.0))).to_series()
            grid.refuse(
                (added != grid.frame[total]).fill_null(value=False),
                total,
                f"ce n'est pas la somme de {' + '.join(parts)}.",
                f"this is not the sum of {' + '.join(parts)}.",
            )


def _added_up(frame: pl.DataFrame, asked: Template) -> pl.DataFrame:
    """One row a territory and period: the rows of a ``unit_key`` are counted and added up."""
    if not asked.unit_key:
        return frame
    counts = [column.name for column in asked.columns if column.kind == "count" and column.name in frame.columns]
    sums = [
        expression
        for name in counts
        for expression in (
            pl.when(pl.col(name).is_null().any()).then(None).otherwise(pl.col(name).sum()).alias(name),
            pl.when((pl.col(f"{name}.mark") == SUPPRESSED).any())
            .then(pl.lit(SUPPRESSED))
            .otherwise(pl.lit(MISSING))
            .alias(f"{name}.mark"),
        )
    ]
    return frame.group_by("level", "code", "period", maintain_order=True).agg(
        pl.col("nom").first(), pl.col(LINE).first(), pl.len().cast(pl.Float64).alias(ROWS), *sums
    )


def _figure(grid: Grid, asked: Template, figure: Figure) -> pl.DataFrame | None:
    """One indicator's rows, completed from any two of numerator, denominator and rate; None where the file lacks it."""
    frame = grid.frame
    named = [figure.numerator, figure.rate]
    if not any(name in frame.columns for name in named if name):
        return None
    _require_people(grid, asked, figure)
    rows = frame.select(
        LINE,
        "level",
        "code",
        "period",
        name="nom",
        numerator=_column(frame, figure.numerator),
        denominator=_column(frame, figure.denominator),
        rate=_column(frame, figure.rate),
        people=_column(frame, figure.people),
        hidden=pl.any_horizontal(
            pl.lit(value=False),
            *(pl.col(f"{name}.mark") == SUPPRESSED for name in named if f"{name}.mark" in frame.columns),
        ),
    )
    _check_parts(replace(grid, frame=rows, names=_words(figure)), figure)
    if figure.denominator and figure.denominator != POPULATION:
        rows = _completed(rows, figure.scale)
    computed = pl.when(pl.lit(figure.denominator == "")).then(pl.coalesce("rate", "numerator")).otherwise("rate")
    known = pl.col("value").is_not_null() | (pl.col("numerator").is_not_null() & (figure.denominator == POPULATION))
    status = pl.when("hidden").then(pl.lit(SUPPRESSED)).when(known).then(pl.lit(OK)).otherwise(pl.lit(MISSING))
    shown = status == OK
    return (
        rows.with_columns(value=computed)
        .with_columns(status=status)
        .select(
            LINE,
            pl.lit(figure.indicator).alias("indicator"),
            *("level", "code", "name", "period"),
            *(pl.when(shown).then(pl.col(column)).alias(column) for column in ("value", "numerator")),
            "denominator",
            "people",
            "status",
        )
    )


def _words(figure: Figure) -> dict[str, str]:
    return {"numerator": figure.numerator, "denominator": figure.denominator, "rate": figure.rate}


def _column(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64) if name in frame.columns else pl.lit(None, pl.Float64)


def _require_people(grid: Grid, asked: Template, figure: Figure) -> None:
    """An amount cannot be shown without the number of people who share it."""
    money = figure.numerator not in (ROWS, "") and asked.column(figure.numerator).kind == "euros"
    if money and figure.people and asked.disclosure.threshold and figure.people not in grid.frame.columns:
        raise InputError(
            f"la colonne «\u00a0{figure.people}\u00a0» est nécessaire\u202f: un montant versé à moins de "
            f"{asked.disclosure.threshold} personnes est masqué.",
            f"the column “{figure.people}” is needed: an amount paid to fewer than {asked.disclosure.threshold} people "
            "is hidden.",
            where=Where(grid.file, column=figure.people),
        )


def _check_parts(grid: Grid, figure: Figure) -> None:
    """A part within its whole, and a rate that agrees with the counts beside it."""
    if not figure.denominator or figure.denominator == POPULATION:
        return
    rows = grid.frame
    more = (rows["numerator"] > rows["denominator"]).fill_null(value=False)
    grid.refuse(
        more,
        "numerator",
        f"plus que son total, «\u00a0{figure.denominator}\u00a0».",
        f"more than its whole, “{figure.denominator}”.",
    )
    own = rows.select(figure.scale * pl.col("numerator") / pl.col("denominator")).to_series()
    share = ((rows["rate"] * figure.scale - own).abs() <= _ROUNDING) & (own > 1) & (rows["rate"] <= 1)
    grid.refuse(
        share.fill_null(value=False),
        "rate",
        "une part (0 à 1), alors qu'un pourcentage était attendu. Dites-le\u202f: --rates share.",
        "a share (0 to 1) where a percentage was expected. Say so: --rates share.",
    )
    apart = ((rows["rate"] - own).abs() > _ROUNDING).fill_null(value=False)
    grid.refuse(
        apart & (rows["denominator"] > 0),
        "rate",
        f"ce taux n'est pas {figure.scale:g} × {figure.numerator} / {figure.denominator}.",
        f"this rate is not {figure.scale:g} × {figure.numerator} / {figure.denominator}.",
    )


def _completed(rows: pl.DataFrame, scale: float) -> pl.DataFrame:
    """Counts win over a rounded rate; a count that the two others tell is told, so that disclosure sees it."""
    numerator, denominator, rate = pl.col("numerator"), pl.col("denominator"), pl.col("rate")
    whole = denominator > 0
    return rows.with_columns(
        numerator=pl.coalesce(numerator, pl.when(whole).then(rate * denominator / scale)),
        denominator=pl.coalesce(denominator, pl.when(rate > 0).then(scale * numerator / rate)),
    ).with_columns(rate=pl.when(whole & numerator.is_not_null()).then(scale * numerator / denominator).otherwise(rate))
