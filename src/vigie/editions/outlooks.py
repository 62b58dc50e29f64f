"""The outlook of an edition as it is read: variants, a territory's years, who loses most, how the back-test did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from vigie.editions.observatory import Observatory, Territory
from vigie.editions.projections import KINDS, WHOLE
from vigie.errors import Lang, StorageError, UnknownNameError
from vigie.language import Text
from vigie.outlook.losing import losing

CENTRAL, NOBODY = "central", "nobody"
LEVELS = ("bassin_de_vie", "epci", "departement", "region", "commune")
"""The levels at which losses are told, the finest that means something first."""
LEAST_PEOPLE = 2_000  # ours: a territory of fewer people is not told among those that lose most


@dataclass(frozen=True)
class Foreseen:
    """A variant of the edition: its words, and how often it was drawn. ``detailed``: told of every place each year."""

    variant: str
    title: Text
    note: Text
    status: str
    path: Text
    demand: Text
    draws: int
    seed: int
    detailed: bool


@dataclass(frozen=True)
class Year:
    """A year of a territory: the columns of ``vigie.editions.prospects.OUTLOOK``, None where there is no figure."""

    year: int
    apl: float | None
    apl_low: float | None
    apl_high: float | None
    under: float | None
    under_low: float | None
    under_high: float | None
    supply: float | None
    supply_low: float | None
    supply_high: float | None
    none: float | None
    doctors: float | None
    retired: float | None
    moved: float | None
    arrived: float | None
    filled: float | None


@dataclass(frozen=True)
class Loser:
    """A territory and what it loses: the columns of :func:`vigie.outlook.losing.losing`."""

    level: str
    code: str
    name: str
    departement: str | None
    population: int
    before: float
    after: float
    after_low: float
    after_high: float
    loss: float
    supply_loss: float | None
    half_by: int | None
    under_by: int | None


@dataclass(frozen=True)
class Judged:
    """One line of the back-test: see :class:`vigie.outlook.backtest.Judged`."""

    base: int
    year: int
    spread: str
    over: str
    group: str
    territories: int
    error: float
    kept: float
    bias: float
    coverage: float
    weighted: float
    width: float


def variants(observatory: Observatory) -> dict[str, Foreseen]:
    """The variants of the edition, by id. Raises StorageError for an edition built without an outlook."""
    _need(observatory)
    return observatory.once("outlook variants", lambda: _variants(observatory))


def _variants(observatory: Observatory) -> dict[str, Foreseen]:
    columns = (
        "variant, title_fr, title_en, note_fr, note_en, status, path_fr, path_en, demand_fr, demand_en, draws, seed, "
        "detailed"
    )
    rows = observatory.rows(f"SELECT {columns} FROM outlook_variants ORDER BY position")
    return {
        row[0]: Foreseen(row[0], Text(*row[1:3]), Text(*row[3:5]), row[5], Text(*row[6:8]), Text(*row[8:10]), *row[10:])
        for row in rows
    }


def variant(observatory: Observatory, name: str) -> Foreseen:
    """One variant of the edition. Raises UnknownNameError with those that there are."""
    known = variants(observatory)
    if name not in known:
        listed = ", ".join(known)
        raise UnknownNameError(
            f"variante inconnue : « {name} ». Variantes : {listed}.", f"unknown variant: “{name}”. Variants: {listed}."
        )
    return known[name]


def years(observatory: Observatory, level: str, code: str, name: str = CENTRAL) -> list[Year]:
    """The years of a territory under a variant; empty where none is told (Mayotte, a variant told for larger ones)."""
    _need(observatory)
    found = observatory.long("outlook", tuple(Year.__dataclass_fields__), level, code, name)
    return sorted((Year(*row) for row in found), key=lambda one: one.year)


def values(observatory: Observatory, level: str, name: str, year: int, column: str) -> dict[str, float]:
    """A column of the outlook of a level's territories in a year, by code; those without a figure are left out."""
    _need(observatory)
    sql = f"SELECT code, {column} FROM outlook WHERE level = ? AND variant = ? AND year = ? AND {column} IS NOT NULL"
    return dict(observatory.rows(sql, [level, name, year]))


def told_years(observatory: Observatory, name: str = CENTRAL) -> list[int]:
    """The years in which a variant is told."""
    _need(observatory)
    return [
        year
        for (year,) in observatory.rows("SELECT DISTINCT year FROM outlook WHERE variant = ? ORDER BY year", [name])
    ]


def losers(
    observatory: Observatory,
    level: str,
    by: int,
    name: str = NOBODY,
    departement: str | None = None,
    least: int = LEAST_PEOPLE,
) -> list[Loser]:
    """The territories of a level that lose most of their APL by a year, the greatest share first.

    Those of fewer than ``least`` people are left out, and whole cities for their arrondissements. Raises
    UnknownNameError for a level without an outlook, or a year that the variant does not tell.
    """
    told = told_years(observatory, variant(observatory, name).variant)
    if by not in told:
        raise UnknownNameError(
            f"année inconnue : {by}. Années : {', '.join(map(str, told))}.",
            f"unknown year: {by}. Years: {', '.join(map(str, told))}.",
        )
    rows = _rows(observatory, level, name)
    territories = observatory.table("territories").filter(
        (pl.col("level") == level) & (pl.col("kind") != "whole_city") & (pl.col("population") >= least)
    )
    if departement is not None:
        territories = territories.filter(pl.col("departement") == departement)
    cards = territories.select("level", "code", "name", "departement", "population")
    found = losing(rows, by).join(cards, on=["level", "code"], how="inner", maintain_order="left")
    columns = list(Loser.__dataclass_fields__)
    return [Loser(**row) for row in found.filter(pl.col("loss").is_not_null()).select(columns).to_dicts()]


def _rows(observatory: Observatory, level: str, name: str) -> pl.DataFrame:
    known = [one for (one,) in observatory.rows("SELECT DISTINCT level FROM outlook WHERE variant = ?", [name])]
    if level not in known:
        raise UnknownNameError(
            f"pas de perspectives au niveau « {level} » pour cette variante. Niveaux : {', '.join(sorted(known))}.",
            f"no outlook at level “{level}” for this variant. Levels: {', '.join(sorted(known))}.",
        )
    kept = (pl.col("level") == level) & (pl.col("variant") == name)
    return pl.scan_parquet(observatory.folder / "tables" / "outlook.parquet").filter(kept).collect()


def judged(observatory: Observatory) -> list[Judged]:
    """The back-test, in its order."""
    _need(observatory)
    columns = ", ".join(f'"{name}"' for name in Judged.__dataclass_fields__)
    return [Judged(*row) for row in observatory.rows(f"SELECT {columns} FROM outlook_backtest")]


def has_outlook(observatory: Observatory) -> bool:
    """Whether the edition has an outlook, with figures."""
    if not observatory.has("outlook"):
        return False
    return observatory.once("outlook told", lambda: bool(observatory.rows("SELECT 1 FROM outlook LIMIT 1")))


@dataclass(frozen=True)
class Basis:
    """What ages and demand rest on in a territory, each in a sentence: an imported table, or what Vigie supposes.

    ``ages_from`` and ``demand_from`` are whose table it is, None where none is used there.
    """

    ages: Text
    demand: Text
    ages_from: str | None
    demand_from: str | None

    def text(self, lang: Lang) -> str:
        """Both sentences."""
        return f"{self.ages.of(lang)} {self.demand.of(lang)}"


_AGES_KEPT = Text(
    "Âges des médecins\u202f: déduits de l'APL publiée par âge.",
    "Ages of the doctors: told by the APL published by age.",
)
_DEMAND_KEPT = Text(
    "Demande constante\u202f: aucune projection de population n'est importée.",
    "Constant demand: no population projection is imported.",
)


def basis(observatory: Observatory, territory: Territory) -> Basis:
    """What the outlook of a territory rests on (see docs/import.md)."""
    tables = observatory.once("outlook tables", lambda: _brought(observatory))
    covered = {kind: _covered(observatory, territory, tables[kind].codes) for kind in KINDS if kind in tables}
    ages, demand = _AGES_KEPT, _DEMAND_KEPT
    ages_from, demand_from = (tables[kind].who if covered.get(kind) else None for kind in KINDS)
    if KINDS[0] in tables:
        ages = _ages(tables[KINDS[0]], covered[KINDS[0]])
    if KINDS[1] in tables:
        demand = _demand(tables[KINDS[1]], covered[KINDS[1]])
    return Basis(ages, demand, ages_from, demand_from)


@dataclass(frozen=True)
class _Table:
    """A table brought to the outlook: whose, its file, the territories that it names, and whether it tells ages."""

    who: str
    file: str
    codes: frozenset[str]
    by_age: bool


def _brought(observatory: Observatory) -> dict[str, _Table]:
    if not observatory.has("outlook_tables"):
        return {}
    records = {record["source"].split("@")[0].removeprefix("import_"): record for record in observatory.imported()}
    codes: dict[str, dict[str, bool]] = {}
    for kind, code, by_age in observatory.rows("SELECT kind, code, by_age FROM outlook_tables"):
        codes.setdefault(kind, {})[code] = by_age
    return {
        kind: _Table(records[kind]["producer"], records[kind]["file"], frozenset(named), any(named.values()))
        for kind, named in codes.items()
    }


def _covered(observatory: Observatory, territory: Territory, codes: frozenset[str]) -> float:
    """The share of a territory's places that a table says something of."""
    if WHOLE in codes:
        return 1.0
    sql = """SELECT p.code, p.departement FROM memberships m JOIN territories p ON p.level = 'commune'
        AND p.code = m.place WHERE m.level = ? AND m.code = ?"""
    places = observatory.rows(sql, [territory.level, territory.code])
    return sum(not codes.isdisjoint(own) for own in places) / len(places) if places else 0.0


def _ages(table: _Table, share: float) -> Text:
    if not share:
        return Text(
            "Âges des médecins\u202f: déduits de l'APL publiée par âge (la table importée ne dit rien d'ici).",
            "Ages of the doctors: told by the APL published by age (the imported table says nothing of here).",
        )
    where = _part(share, "déduits ailleurs de l'APL publiée par âge", "elsewhere told by the APL published by age")
    return Text(
        f"Âges des médecins\u202f: table importée ({table.who}, {table.file}){where.fr}.",
        f"Ages of the doctors: imported table ({table.who}, {table.file}){where.en}.",
    )


def _demand(table: _Table, share: float) -> Text:
    if not share:
        return Text(
            "Demande constante ici\u202f: la projection de population importée ne dit rien de ce territoire.",
            "Constant demand here: the population projection imported says nothing of this territory.",
        )
    where = _part(share, "constante ailleurs", "constant elsewhere")
    age = Text("par âge", "by age") if table.by_age else Text("sans détail par âge", "without ages")
    return Text(
        f"Demande\u202f: projection de population importée ({table.who}, {table.file}), {age.fr}{where.fr}.",
        f"Demand: population projection imported ({table.who}, {table.file}), {age.en}{where.en}.",
    )


def _part(share: float, fr: str, en: str) -> Text:
    """Nothing for a territory that is named whole, else that the rest is otherwise."""
    return Text("", "") if share >= 1 else Text(f", pour une partie du territoire\u202f; {fr}", f", for a part; {en}")


def key_years(found: Sequence[Year]) -> tuple[Year, Year, Year] | None:
    """The first year, the lowest APL and the last one; None where there is no APL."""
    known = [one for one in found if one.apl is not None]
    if not known:
        return None
    return known[0], min(known, key=lambda one: one.apl or 0.0), known[-1]


def of(observatory: Observatory, territory: Territory, name: str = CENTRAL) -> list[Year]:
    """The years of a territory's card under a variant."""
    return years(observatory, territory.level, territory.code, name)


def _need(observatory: Observatory) -> None:
    if not observatory.has("outlook"):
        raise StorageError(
            f"l'édition {observatory.id} n'a pas de perspectives : une version antérieure de Vigie l'a construite.",
            f"the edition {observatory.id} has no outlook: an earlier version of Vigie built it.",
            remedy_fr="Reconstruisez-la : vigie build.",
            remedy_en="Build it again: vigie build.",
        )
