"""Shares and ceilings that an arrêté gives région by région, brought into a home: used by their rule at once.

No open table of them is at hand. Whoever has the annex of the arrêté writes a CSV, a row a région: its code in a column
``region``, then per cents in columns named after the classes of the rule that have a share, or after the choices that
it leaves to the ARS, whose ceiling it then is.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from vigie.editions.store import storage_errors
from vigie.editions.zoning_brought import FOLDER as BROUGHT
from vigie.errors import InputError, StorageError, VigieError, Where
from vigie.zoning.rules import ROUNDING, Rule

FOLDER = Path(BROUGHT) / "regions"
REGION = "region"
_NUMBER = re.compile(r"\d{1,3}([.,]\d{1,6})?")


def columns(rule: Rule) -> tuple[str, ...]:
    """What a table may say of the rule: its classes with a share but the last, then its choices."""
    shares = [one.id for one in rule.cut[:-1] if one.share is not None]
    return (*shares, *(one.id for one in rule.moves if one.id not in shares))


def read(rule: Rule, file: Path, regions: Collection[str]) -> Rule:
    """The rule with what a table says of its régions; ``regions`` are the codes that exist.

    Raises InputError naming file, line, column and value for anything else, StorageError for a file that does not open.
    """
    found: dict[str, dict[str, float]] = {}
    for line, row in _rows(rule, file):
        where = Where(file=file.name, row=line, column=REGION, value=row[REGION])
        if row[REGION] not in regions:
            raise InputError(
                "aucune région n'a ce code.", "no région has this code.",
                remedy_fr=f"Codes : {', '.join(sorted(regions))}.", remedy_en=f"Codes: {', '.join(sorted(regions))}.",
                where=where,
            )  # fmt: skip
        for name in columns(rule):
            if not row.get(name):
                continue
            number = _percent(row[name], Where(file=file.name, row=line, column=name, value=row[name]))
            if row[REGION] in found.setdefault(name, {}):
                raise InputError("région inscrite deux fois.", "région listed twice.", where=where)
            found[name][row[REGION]] = number
    if not found:
        raise InputError(
            "aucune part ni aucun plafond.", "neither a share nor a ceiling.", where=Where(file=file.name)
        )  # fmt: skip
    return _filled(rule, found, file)


def _rows(rule: Rule, file: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise StorageError(
            f"le fichier {file} ne se lit pas ({fault.strerror}).",
            f"the file {file} cannot be read ({fault.strerror}).",
        ) from None
    except UnicodeDecodeError:
        raise InputError(
            "le fichier n'est pas en UTF-8.", "the file is not in UTF-8.", where=Where(file=file.name)
        ) from None  # fmt: skip
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(";,\t", key=head.count), restkey="")
    names = [name.strip().lower() for name in reader.fieldnames or []]
    expected = (REGION, *columns(rule))
    unknown = next((name for name in names if name not in expected), None)
    if unknown is not None or REGION not in names or len(set(names)) < max(len(names), 2):
        raise InputError(
            f"colonnes attendues : {', '.join(expected)}.", f"columns expected: {', '.join(expected)}.",
            remedy_fr="Une ligne par région, des parts en % ; une colonne absente ne change rien.",
            remedy_en="A row a région, shares in %; a column that is absent changes nothing.",
            where=Where(file=file.name, row=1, column=unknown),
        )  # fmt: skip
    reader.fieldnames = names
    rows = []
    for row in reader:
        cells = {name: (row.get(name) or "").strip() for name in names}
        if any(cells.values()):
            rows.append((reader.line_num, cells))
    return rows


def _percent(text: str, where: Where) -> float:
    number = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else -1.0
    if not 0 < number <= 100:
        raise InputError(
            "une part de 0 à 100 % est attendue.", "a share from 0 to 100% is expected.", where=where
        )  # fmt: skip
    return number


def _filled(rule: Rule, found: Mapping[str, dict[str, float]], file: Path) -> Rule:
    shared = {one.id for one in rule.cut[:-1] if one.share is not None}
    classes = tuple(
        one.model_copy(update={"regions": found[one.id]}) if one.id in shared and one.id in found else one
        for one in rule.classes
    )
    moves = tuple(
        one.model_copy(update={"regions": found[one.id]}) if one.id not in shared and one.id in found else one
        for one in rule.moves
    )
    made = rule.model_copy(update={"classes": classes, "moves": moves})
    for region in made.regions:
        whole = sum(one.share for one in made.in_region(region)[:-1] if one.share is not None)
        if whole > 100 + ROUNDING * len(shared):
            raise InputError(
                "les parts de cette région dépassent ensemble 100 %.",
                "the shares of this région add up to more than 100%.",
                where=Where(file=file.name, column=REGION, value=region),
            )
    return made


# Kept in a home -------------------------------------------------------------------------------------------------------


def bring(home: Path, rule: Rule, file: Path, regions: Collection[str]) -> Rule:
    """Put a table into a home, in the place of the rule's former one, after reading it whole: the rule with it."""
    made = read(rule, file, regions)
    target = home / FOLDER / f"{rule.id}.csv"
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".tmp")
        aside.write_bytes(file.read_bytes())
        aside.replace(target)
    return made


def tables(home: Path) -> dict[str, Path]:
    """The tables of a home by rule."""
    return {path.stem: path for path in sorted((home / FOLDER).glob("*.csv"))}


def identities(home: Path) -> list[str]:
    """The tables of a home by their contents: what they decide of an edition."""
    return [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in tables(home).items()]


def with_tables(known: Mapping[str, Rule], home: Path, regions: Collection[str]) -> dict[str, Rule]:
    """The rules, each with the table that a home has of it; one put there by hand that is wrong changes nothing."""
    brought = tables(home)
    return {name: _with(rule, brought[name], regions) if name in brought else rule for name, rule in known.items()}


def _with(rule: Rule, file: Path, regions: Collection[str]) -> Rule:
    try:
        return read(rule, file, regions)
    except VigieError:
        return rule
