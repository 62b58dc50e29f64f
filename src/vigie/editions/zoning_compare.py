"""Two zonings side by side: two rules, two years of one, or a rule and the list of an ARS."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from vigie.editions.observatory import Observatory, Territory
from vigie.editions.zoning import edition_rules, not_at_hand, periods_at_hand
from vigie.editions.zoning_files import write_communes
from vigie.editions.zoning_words import UNKNOWN
from vigie.errors import InputError, Lang, StorageError, Where
from vigie.language import Text
from vigie.territories.perimeters import read_perimeter_set
from vigie.territories.reference import WHOLE_CITIES
from vigie.zoning.apply import Zoning, apply
from vigie.zoning.field import Field
from vigie.zoning.picture import AtPlaces, changes, classes_at_places, commune_changes, gives
from vigie.zoning.rules import Rule, find_rule, read_rule

_CLASS_COLUMNS = ("class", "classe")


@dataclass(frozen=True)
class Side:
    """One of the two: what it is called, its rule and the class of each place."""

    title: Text
    rule: Rule
    at: AtPlaces


@dataclass(frozen=True)
class Compared:
    """The two sides, for France or one territory: ``communes`` as ``commune_changes``, ``changes`` as ``changes``."""

    before: Side
    after: Side
    territory: Territory | None
    communes: pl.DataFrame
    changes: pl.DataFrame

    def title(self, lang: Lang) -> str:
        """Both titles, in order."""
        return f"{self.before.title.of(lang)} → {self.after.title.of(lang)}"

    def class_title(self, side: str, name: str | None, lang: Lang) -> str:
        """The title of a class of one side."""
        rule = self.before.rule if side == "before" else self.after.rule
        return UNKNOWN.of(lang) if name is None else rule.class_of(name).title.of(lang)


def named(text: str) -> tuple[str, str | None]:
    """A rule and a period from ``rule@period``; the period is None where none is given."""
    name, _, period = text.partition("@")
    return name, period or None


def rules_of(observatory: Observatory, compared: str | None) -> list[Rule]:
    """The rule compared with, if any: what the field must hold for it."""
    return [] if compared is None else [_rule(observatory, named(compared)[0])]


def _rule(observatory: Observatory, name: str) -> Rule:
    if name.endswith(".toml"):
        return read_rule(Path(name), observatory.indicators)
    return find_rule(edition_rules(observatory), name)


def side(zoning: Zoning) -> Side:
    """A zoning as a side."""
    title = zoning.rule.title
    return Side(
        Text(f"{title.fr} ({zoning.period})", f"{title.en} ({zoning.period})"), zoning.rule, classes_at_places(zoning)
    )


def with_rule(observatory: Observatory, zoning: Zoning, field: Field, compared: str) -> Side:
    """The other side: a rule of the edition or a ``.toml``, in the period given after ``@`` or else in the same one."""
    name, period = named(compared)
    rule = _rule(observatory, name)
    known = [zoning.period] if rule.indicator and zoning.period in field.periods(rule.indicator) else []
    chosen = period or (known[0] if known and (not rule.periods or zoning.period in rule.periods) else None)
    return side(apply(rule, field, chosen))


def with_list(zoning: Zoning, field: Field, path: Path) -> Side:
    """The other side: the list that an ARS published, a CSV with columns ``code`` and ``class`` (or ``classe``).

    A class is written as its id or its title, or by what stands in parentheses in the title (ZIP); accents and case do
    not matter. Raises InputError for a commune that does not exist, one in two classes, or an unknown class.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise StorageError(
            f"le fichier {path} ne se lit pas ({fault.strerror}).",
            f"the file {path} cannot be read ({fault.strerror}).",
        ) from None
    head = content.split(b"\n", 1)[0].decode("utf-8", "replace").lower()
    column = next((name for name in reversed(_CLASS_COLUMNS) if name in re.findall(r"\w+", head)), _CLASS_COLUMNS[0])
    words = _class_words(zoning.rule)
    found: dict[str, str] = {}
    for one in read_perimeter_set(content, path.name, "zonage", perimeter=column):
        for row, code in zip(one.rows, one.codes, strict=True):
            where = Where(file=path.name, row=row)
            name = words.get(_plain(one.name))
            if name is None:
                raise _unknown_class(zoning.rule, replace(where, column=column, value=one.name))
            for place in _places(code, field, replace(where, column="code", value=code)):
                if found.setdefault(place, name) != name:
                    raise InputError(
                        "commune inscrite dans deux classes.", "commune listed in two classes.",
                        where=replace(where, column="code", value=code),
                    )  # fmt: skip
    names = pl.Series([found.get(code) for code in field.places["code"]], dtype=pl.String)
    return Side(Text(f"liste {path.name}", f"list {path.name}"), zoning.rule, AtPlaces(names, gives(zoning.rule)))


def _class_words(rule: Rule) -> dict[str, str]:
    words = {}
    for one in rule.classes:
        for title in (one.title.fr, one.title.en):
            short = re.findall(r"\(([^)]*)\)", title)
            for text in (one.id, title, *short):
                words[_plain(text)] = one.id
    return words


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]+", " ", "".join(one for one in bare if not unicodedata.combining(one))).strip()


def _places(code: str, field: Field, where: Where) -> list[str]:
    known = field.places["code"]
    if code in WHOLE_CITIES:
        return known.filter(field.places["city"] == code).to_list()
    if code not in known:
        raise InputError(
            "aucune commune n'a ce code en 2024.", "no commune has this code in 2024.",
            remedy_fr="Donnez les codes du code officiel géographique de 2024.",
            remedy_en="Give the codes of the code officiel géographique of 2024.", where=where,
        )  # fmt: skip
    return [code]


def _unknown_class(rule: Rule, where: Where) -> InputError:
    names = ", ".join(one.id for one in rule.classes)
    return InputError(
        f"classe inconnue ; classes de {rule.id} : {names}.", f"unknown class; classes of {rule.id}: {names}.",
        where=where,
    )  # fmt: skip


def compared(
    observatory: Observatory, zoning: Zoning, other: Side, field: Field, territory: Territory | None = None
) -> Compared:
    """A zoning and another side, for France or the communes of a territory."""
    own = side(zoning)
    return _crossed(observatory, own, other, field.places, territory)


def _crossed(
    observatory: Observatory, before: Side, after: Side, places: pl.DataFrame, territory: Territory | None
) -> Compared:
    communes = commune_changes(before.at, after.at, places)
    if territory is not None:
        sql = "SELECT place FROM memberships WHERE level = ? AND code = ?"
        own = [place for (place,) in observatory.rows(sql, [territory.level, territory.code])]
        communes = communes.filter(pl.col("code").is_in(own))
    return Compared(before, after, territory, communes, changes(communes))


def stored(observatory: Observatory, first: str, second: str, territory: Territory | None = None) -> Compared:
    """Two rules of the edition (``rule@period``) compared as the build applied them: what the API answers."""
    places = observatory.table("places").sort("code")
    before, after = (_stored_side(observatory, text, places) for text in (first, second))
    return _crossed(observatory, before, after, places, territory)


def _stored_side(observatory: Observatory, text: str, places: pl.DataFrame) -> Side:
    name, period = named(text)
    rule = find_rule(edition_rules(observatory), name)
    at_hand = periods_at_hand(observatory)[rule.id]
    if not at_hand or (period is not None and period not in at_hand):
        raise not_at_hand(rule, at_hand, period)
    chosen = period or at_hand[-1]
    sql = """
        WITH members AS (SELECT mesh, place, zone FROM zone_members UNION ALL SELECT 'commune', code, code FROM places)
        SELECT m.place, z.class FROM zones z JOIN members m ON m.mesh = z.mesh AND m.zone = z.zone
        WHERE z.rule = ? AND z.zoned = ?"""
    found = dict(observatory.rows(sql, [rule.id, chosen]))
    names = pl.Series([found.get(code) for code in places["code"]], dtype=pl.String)
    title = Text(f"{rule.title.fr} ({chosen})", f"{rule.title.en} ({chosen})")
    return Side(title, rule, AtPlaces(names, gives(rule)))


def as_json(observatory: Observatory, found: Compared) -> dict[str, Any]:
    """What the command line prints as JSON."""
    return {
        "edition": observatory.id,
        "before": {"rule": found.before.rule.id, "title": found.before.title.fr},
        "after": {"rule": found.after.rule.id, "title": found.after.title.fr},
        "territory": found.territory.key if found.territory else None,
        "changes": found.changes.to_dicts(),
        "communes": found.communes.filter(pl.col("change") != "same").to_dicts(),
    }


def write(observatory: Observatory, found: Compared, path: Path) -> None:
    """The communes with both classes, as .csv or .geojson."""
    write_communes(observatory, found.communes, path)
