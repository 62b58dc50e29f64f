"""An edition opened for reading: what the site, the command line and a Python user ask of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from vigie.editions.store import current_folder, default_home, edition, read_manifest
from vigie.errors import StorageError, UnknownNameError
from vigie.language import Text

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from vigie.editions.held import Filed, Held
    from vigie.editions.spilled import Spilled
    from vigie.indicators import Definition
    from vigie.indicators.alerts import Responses, Rule
    from vigie.territories.lookup import Searcher

V = TypeVar("V")
Key = tuple[str, str]

DATABASE = "observatory.duckdb"

_OBSERVED = (
    "indicator, level, code, observations.period AS period, value, numerator, denominator, "
    "lower, upper, status, snapshot"
)
# Where several sources give one figure, the one nearest to its producer comes last, so that it is the one kept.
_BY_RANK = "JOIN snapshots ON snapshots.id = observations.snapshot"
_NEAREST_LAST = "snapshots.rank DESC, snapshot DESC"
_CARD = "level, code, name, kind, departement, region, population, places, area_km2, lon, lat"
_PIECE = 5_000  # rows read at a time: as Python's objects all of them would take much
_SEVEREST_FIRST = "severity = 'high' DESC, people DESC NULLS LAST, code, rule"


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory's card. ``population`` and the point are None where the edition has none."""

    level: str
    code: str
    name: str
    kind: str
    departement: str | None
    region: str | None
    population: int | None
    places: int
    area_km2: float | None
    lon: float | None
    lat: float | None

    @property
    def key(self) -> str:
        """``level:code``."""
        return f"{self.level}:{self.code}"


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure with its status and the snapshot that it comes from."""

    indicator: str
    level: str
    code: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    status: str
    snapshot: str


@dataclass(frozen=True)
class Distribution:
    """How an indicator's known values spread over the territories of a level in a period.

    ``q20`` to ``q80`` are quantiles over territories, each counted once.
    """

    indicator: str
    level: str
    period: str
    known: int
    missing: int
    suppressed: int
    minimum: float
    q20: float
    q40: float
    q60: float
    q80: float
    maximum: float

    def fifth(self, value: float) -> int | None:
        """In which fifth of the territories a value falls: 1 is the lowest, 5 the highest; a tie goes down.

        None among fewer than five territories: a perimeter alone at its level is in no fifth.
        """
        return None if self.known < 5 else 1 + sum(value > cut for cut in (self.q20, self.q40, self.q60, self.q80))


@dataclass(frozen=True)
class Alert:
    """One alert of a territory: what ``vigie.indicators.alerts.ALERTS`` says of it.

    ``measure`` is what the rule compares with ``threshold``: the value itself, its gap to ``reference`` (France, or
    an earlier value) or its change. ``since`` is the first of the ``periods`` measures running, ``from_first`` whether
    that is the first measure at hand. ``people`` are those concerned, ``people_share`` per cent when not all are.
    """

    level: str
    code: str
    rule: str
    volet: str
    indicator: str
    severity: str
    direction: str
    period: str
    value: float
    reference: float | None
    reference_period: str | None
    measure: float
    threshold: float
    since: str
    periods: int
    from_first: bool
    severity_since: str
    severity_periods: int
    people: float | None
    people_share: float | None
    status: str


@dataclass(frozen=True)
class Answer:
    """What the alerts of a territory add up to: the rules judged, the degree of response and the reasons for it."""

    judged: tuple[str, ...]
    alerts: int
    high: int
    volets: int
    degree: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Living:
    """People of a kind of space (density class, or ``all``): ``shares`` are per cent under none, 1, 2, and 3 alerts or
    more of the people whose territory could be judged; ``under`` is how many live under one at least."""

    space: str
    shares: tuple[float, float, float, float]
    under: int


@dataclass(frozen=True)
class Neighbour:
    """A territory alike in structure; ``shared`` is the share of the variables' weight that is known for both."""

    rank: int
    territory: Territory
    distance: float
    shared: float


@dataclass(frozen=True)
class Trait:
    """One structural variable of a territory; ``value`` and ``standardised`` are None where it is missing."""

    variable: str
    family: str
    title_fr: str
    title_en: str
    unit_fr: str
    unit_en: str
    decimals: int
    weight: float
    value: float | None
    standardised: float | None


@dataclass(frozen=True)
class Asked:
    """What is asked of one territory: columns of ``source``, which may be several tables, by ``order``.

    Without ``order`` the rows come as they may, and their reader sorts them. ``table`` is the one that the edition must
    have.
    """

    table: str
    columns: str
    source: str
    order: str = ""


ALERTS = Asked("alerts", ", ".join(Alert.__dataclass_fields__), "alerts", _SEVEREST_FIRST)
DEGREES = Asked("alert_degrees", "judged, alerts, high, volets, degree, reasons", "alert_degrees", "1")
NEIGHBOURS = Asked("neighbours", "neighbour, rank, distance, shared", "neighbours", "rank")
STRUCTURE = Asked(
    "structure_variables",
    "variable, family, title_fr, title_en, unit_fr, unit_en, decimals, weight, value, standardised",
    "structure JOIN structure_variables USING (variable)",
    "position",
)
PROFILE = Asked(
    "observations",
    ", ".join(name for name in Observation.__dataclass_fields__ if name not in ("level", "code")),
    "observations",
)
_EVERYWHERE = (PROFILE, ALERTS, DEGREES, NEIGHBOURS, STRUCTURE)
_SPILLED = {"outlook": "variant", "provision": ""}
"""Tables too large to hold, written row after row to a file for a process that serves many, and their further key."""


class Observatory:
    """One edition, read-only. Methods that return tables return Polars; the others plain dataclasses.

    A connection is not shared between threads: :meth:`cursor` gives each caller its own.
    """

    def __init__(self, folder: Path) -> None:
        """Open the edition in ``folder``. Raises StorageError when it is missing or damaged."""
        import duckdb

        self.folder = folder
        self.manifest: dict[str, Any] = read_manifest(folder)
        self.id: str = self.manifest["edition"]
        self._held: dict[Asked, Held | Filed] = {}
        self._files = ExitStack()
        self._compared: Held | None = None
        self._spilled: dict[str, Spilled] = {}
        self._once: dict[Hashable, Any] = {}
        try:
            self._connection = duckdb.connect(str(folder / DATABASE), read_only=True)
        except duckdb.Error as fault:
            raise StorageError(
                f"l'édition {folder.name} est abîmée : {DATABASE} ne s'ouvre pas ({fault}).",
                f"the edition {folder.name} is damaged: {DATABASE} does not open ({fault}).",
                remedy_fr="Vérifiez-la (vigie check), reconstruisez (vigie build) ou revenez en arrière (rollback).",
                remedy_en="Check it (vigie check), build again (vigie build) or go back (vigie rollback).",
            ) from None

    def close(self) -> None:
        """Close the database and the files that are held open."""
        self._connection.close()
        self._files.close()

    def __enter__(self) -> Observatory:
        """Use the edition in a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database at the end of the block."""
        self.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of the caller's own on the edition's tables."""
        return self._connection.cursor()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query with ``?`` parameters."""
        return self.cursor().execute(sql, list(parameters)).fetchall()

    def once(self, key: Hashable, make: Callable[[], V]) -> V:
        """Something small made from this edition, which never changes: made the first time it is asked for."""
        if key not in self._once:
            self._once[key] = make()
        made: V = self._once[key]
        return made

    @cached_property
    def cards(self) -> dict[Key, Territory]:
        """The card of every territory by level and code, in the order of their names."""
        cursor = self.cursor().execute(f"SELECT {_CARD} FROM territories ORDER BY search, level, code")
        shared: dict[Any, Any] = {}  # one object a word, not one a card
        found = {}
        while rows := cursor.fetchmany(_PIECE):
            for level, code, name, *words, population, places, area, lon, lat in rows:
                level, kind, departement, region = (shared.setdefault(word, word) for word in (level, *words))
                card = Territory(level, code, name, kind, departement, region, population, places, area, lon, lat)
                found[level, code] = card
        return found

    @cached_property
    def ordinals(self) -> dict[Key, int]:
        """The number of every territory, from 0, in the order of :attr:`cards`."""
        return {key: place for place, key in enumerate(self.cards)}

    def hold(self, compared: Sequence[str] = (), more: Sequence[Asked] = ()) -> None:
        """Keep at hand what each territory's page asks, for a process that serves many; answers stay the same.

        ``compared`` are the indicators of which each level's last period is kept too, ``more`` what else is asked.
        """
        from vigie.editions.held import Filed, Held

        ordinals = self.ordinals
        for asked in (*_EVERYWHERE, *more):
            if not self.has(asked.table):
                continue
            path = self.folder / "tables" / f"{asked.table}.parquet"
            if asked.order:
                columns = f"level AS _level, code AS _code, {asked.columns}"
                table = self._frame(f"SELECT {columns} FROM {asked.source} ORDER BY {asked.order}")
                self._held[asked] = Held.of_table(table, ordinals)
            elif asked is PROFILE:
                with suppress(OSError):  # no room for it on the disk: the database is asked each time
                    filed = Filed(path, asked.columns.split(", "), ordinals)
                    self._held[asked] = filed
                    self._files.callback(filed.close)
            else:
                self._held[asked] = Held.of_file(path, asked.columns.split(", "), ordinals)
        self._spill()
        if self.has("spreads"):
            marks = ", ".join("?" * len(compared)) or "NULL"
            sql = f"""SELECT level AS _level, code AS _code, indicator, period, value, status
                FROM observations JOIN (SELECT level, indicator, period FROM spreads WHERE grouping = 'france')
                USING (level, indicator, period) WHERE value IS NOT NULL AND indicator IN ({marks})"""
            self._compared = Held.of_table(self._frame(sql, compared), ordinals)
            self.once("compared", lambda: frozenset(compared))

    def _spill(self) -> None:
        from vigie.editions.spilled import Spilled

        for table, among in _SPILLED.items():
            if self.has(table) and table not in self._spilled:
                with suppress(OSError):  # no room for a temporary file: the database answers instead
                    path = self.folder / "tables" / f"{table}.parquet"
                    self._spilled[table] = Spilled(path, self.ordinals, among)
                    self._files.callback(self._spilled[table].close)

    @property
    def holds(self) -> bool:
        """Whether :meth:`hold` was asked: this process serves many, and what it reads is worth keeping."""
        return bool(self._held)

    def _frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query as a table, read piece by piece: as Python's objects all of them would take much."""
        import polars as pl

        cursor = self.cursor().execute(sql, list(parameters))
        names = [column[0] for column in cursor.description or ()]
        pieces = []
        while rows := cursor.fetchmany(_PIECE):
            pieces.append(pl.DataFrame(rows, names, orient="row", infer_schema_length=None))
        return (
            pl.concat(pieces, how="vertical_relaxed")
            if pieces
            else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        )

    def own(self, asked: Asked, level: str, code: str) -> list[tuple[Any, ...]]:
        """The rows of a territory. Raises StorageError where the edition has no such table."""
        self.need(asked.table)
        if asked in self._held:
            return self._held[asked].rows(level, code)
        order = f" ORDER BY {asked.order}" if asked.order else ""
        sql = f"SELECT {asked.columns} FROM {asked.source} WHERE level = ? AND code = ?{order}"
        return self.rows(sql, [level, code])

    def long(self, table: str, columns: Sequence[str], level: str, code: str, kind: str = "") -> list[tuple[Any, ...]]:
        """The rows of a territory in one of the large tables, of one ``kind`` where the table has several.

        Raises StorageError where the edition has no such table.
        """
        self.need(table)
        if table in self._spilled:
            return self._spilled[table].rows((level, code), columns, kind)
        among = _SPILLED[table]
        further, kinds = (f" AND {among} = ?", [kind]) if among else ("", [])
        sql = f"SELECT {', '.join(columns)} FROM {table} WHERE level = ? AND code = ?{further}"
        return self.rows(sql, [level, code, *kinds])

    def last_values(
        self, level: str, codes: Sequence[str], indicators: Sequence[str]
    ) -> dict[tuple[str, str], tuple[str, float, str]]:
        """Period, value and status by indicator and code, in the last period that the level has of the indicator."""
        held = self._compared
        if held is not None and set(indicators) <= self._once["compared"]:
            return {
                (name, code): tuple(known)
                for code in codes
                for name, *known in held.rows(level, code)
                if name in indicators
            }
        marks = [", ".join("?" * len(values)) or "NULL" for values in (codes, indicators)]
        sql = f"""SELECT indicator, code, period, value, status FROM observations
            JOIN (SELECT level, indicator, period FROM spreads WHERE grouping = 'france')
            USING (level, indicator, period)
            WHERE level = ? AND code IN ({marks[0]}) AND indicator IN ({marks[1]}) AND value IS NOT NULL"""
        rows = self.rows(sql, [level, *codes, *indicators])
        return {(name, code): (period, value, status) for name, code, period, value, status in rows}

    def table(self, name: str) -> pl.DataFrame:
        """A whole table of the edition, as in ``tables/<name>.parquet``. Raises UnknownNameError for another name."""
        import polars as pl

        path = self.folder / "tables" / f"{name}.parquet"
        if name not in self.manifest["tables"]:
            names = ", ".join(sorted(self.manifest["tables"]))
            raise UnknownNameError(
                f"table inconnue : « {name} ». Tables : {names}.", f"unknown table: “{name}”. Tables: {names}."
            )
        return pl.read_parquet(path)

    # Indicators -----------------------------------------------------------------------------------------------

    @cached_property
    def indicators(self) -> dict[str, Definition]:
        """The definitions that this edition was built with, by id."""
        from vigie.indicators.definition import restored

        rows = self.rows("SELECT definition FROM indicators ORDER BY position")
        try:
            found = [restored(json.loads(text)) for (text,) in rows]
        except ValueError:
            raise StorageError(
                f"l'édition {self.id} vient d'une autre version de Vigie.",
                f"the edition {self.id} comes from another version of Vigie.",
                remedy_fr="Reconstruisez-la : vigie build.",
                remedy_en="Build it again: vigie build.",
            ) from None
        return {one.id: one for one in found}

    def indicator(self, name: str) -> Definition:
        """The indicator of that id. Raises UnknownNameError with the nearest ids."""
        from vigie.indicators import find_definition

        return find_definition(self.indicators, name)

    def fetchable(self, indicator: str) -> list[str]:
        """The sources of an indicator that ``vigie fetch`` can download; empty for an unknown one."""
        known = self.once("fetchable", lambda: dict(self.rows("SELECT id, fetchable FROM indicators")))
        return list(known.get(indicator, "").split())

    # Territories ----------------------------------------------------------------------------------------------

    @cached_property
    def _searcher(self) -> Searcher:
        from vigie.territories.lookup import Searcher

        return Searcher(self.table("territories"))

    def territory(self, text: str) -> Territory:
        """The territory of a ``level:code``, a code or a name; accents and case do not matter.

        Raises UnknownNameError with the nearest names, or AmbiguousNameError with the candidates.
        """
        level, _, code = text.strip().partition(":")
        exact = self._cards("WHERE level = ? AND code = ?", [level, code])
        return (exact or self._called(text.strip()) or self._found(text))[0]

    def _called(self, text: str) -> list[Territory]:
        """The one territory of that code or name, without loading the whole index; empty when it is not plain."""
        from vigie.territories.names import search_text

        if re.fullmatch(r"\d{4}", text):  # a commune's code without its zero, or a canton's: the person decides
            return []
        primary = "level NOT IN ('bassin_de_vie', 'bassin_de_vie_2012', 'canton_ou_ville')"
        for column, value in (("code", text.upper()), ("search", search_text(text))):
            cards = self._cards(f"WHERE {column} = ? AND {primary}", [value])
            if cards:
                return cards if len(cards) == 1 else []
        return []

    def _found(self, text: str) -> list[Territory]:
        from vigie.territories.lookup import find

        found = find(self.table("territories"), text)
        return self._cards("WHERE level = ? AND code = ?", [found.level, found.code])

    def search(self, text: str, limit: int = 10) -> list[Territory]:
        """Territories whose name begins with or contains the words of ``text``, the likeliest first."""
        found = self._searcher.search(text, limit)
        return [self._cards("WHERE level = ? AND code = ?", [one.level, one.code])[0] for one in found]

    def parents(self, territory: Territory) -> list[Territory]:
        """The territories that hold all or part of this one's places, of other levels than its own."""
        sql = """
            WHERE (level, code) IN (
                SELECT DISTINCT m.level, m.code FROM memberships m
                JOIN memberships own ON own.place = m.place
                WHERE own.level = ? AND own.code = ? AND m.level <> own.level AND m.level <> 'commune')
            ORDER BY places, level, code"""
        return self._cards(sql, [territory.level, territory.code])

    def members(self, territory: Territory) -> list[Territory]:
        """The places of a territory: communes, and arrondissements for Paris, Lyon and Marseille, by name."""
        sql = """WHERE level = 'commune' AND code IN (SELECT place FROM memberships WHERE level = ? AND code = ?)
            ORDER BY search, code"""
        return self._cards(sql, [territory.level, territory.code])

    def _cards(self, where: str, parameters: Sequence[object]) -> list[Territory]:
        return [Territory(*row) for row in self.rows(f"SELECT {_CARD} FROM territories {where}", parameters)]

    # Observations ---------------------------------------------------------------------------------------------

    def observations(
        self,
        indicator: str | Sequence[str],
        level: str | None = None,
        code: str | Sequence[str] | None = None,
        period: str | int | None = None,
    ) -> pl.DataFrame:
        """Observations of one indicator or several, with the columns of ``vigie.indicators.OBSERVATIONS``.

        ``level``, ``code`` and ``period`` keep only those; a period may be a year as an integer. Raises
        UnknownNameError for an indicator or a level that the edition does not have.
        """
        import polars as pl

        names = [indicator] if isinstance(indicator, str) else list(indicator)
        for name in names:
            self.indicator(name)
        kept = pl.col("indicator").is_in(names)
        if level is not None:
            self._known_level(level)
            kept &= pl.col("level") == level
        if code is not None:
            kept &= pl.col("code").is_in([code] if isinstance(code, str) else list(code))
        if period is not None:
            kept &= pl.col("period") == str(period)
        return pl.scan_parquet(self.folder / "tables" / "observations.parquet").filter(kept).collect()

    def trends(
        self, indicator: str | Sequence[str] | None = None, level: str | None = None, code: str | None = None
    ) -> pl.DataFrame:
        """Whether each series moves, with the columns of ``vigie.indicators.series.TRENDS``.

        A series of fewer than two known points has no row. Raises UnknownNameError for an indicator or a level that the
        edition does not have.
        """
        names = [indicator] if isinstance(indicator, str) else list(indicator or ())
        for name in names:
            self.indicator(name)
        return self._standing("trends", {"indicator": names, "level": level, "code": code})

    def trajectories(
        self, target: str | None = None, level: str | None = None, code: str | None = None
    ) -> pl.DataFrame:
        """Where each target stands, with the columns of ``vigie.editions.standing.TRAJECTORIES``.

        One row a target, territory and source; ``retained`` marks the source that the verdict is told from. Raises
        UnknownNameError for a target or a level that the edition does not have.
        """
        if target is not None:
            ids = [name for (name,) in self.rows("SELECT id FROM targets ORDER BY position")]
            if target not in ids:
                raise UnknownNameError(
                    f"cible inconnue : « {target} ». Cibles : {', '.join(ids)}.",
                    f"unknown target: “{target}”. Targets: {', '.join(ids)}.",
                )
        return self._standing("trajectories", {"target": target, "level": level, "code": code})

    def _standing(self, table: str, wanted: dict[str, str | list[str] | None]) -> pl.DataFrame:
        import polars as pl

        if isinstance(wanted["level"], str):
            self._known_level(wanted["level"])
        kept = pl.scan_parquet(self.folder / "tables" / f"{table}.parquet")
        for name, value in wanted.items():
            if value:
                kept = kept.filter(pl.col(name).is_in([value] if isinstance(value, str) else value))
        return kept.collect()

    def _known_level(self, level: str) -> None:
        levels = [name for (name,) in self.rows("SELECT DISTINCT level FROM territories ORDER BY level")]
        if level not in levels:
            raise UnknownNameError(
                f"niveau inconnu : « {level} ». Niveaux : {', '.join(levels)}.",
                f"unknown level: “{level}”. Levels: {', '.join(levels)}.",
            )

    def profile(self, territory: Territory) -> list[Observation]:
        """Every observation of one territory, by indicator and period; of several sources, the nearest last."""
        level, code = territory.level, territory.code
        found = [Observation(name, level, code, *row) for name, *row in self.own(PROFILE, level, code)]
        ranks: Mapping[str, int] = self.once("ranks", lambda: dict(self.rows("SELECT id, rank FROM snapshots")))
        # The nearest source last, as everywhere; sorted here, which a query does in three times the time.
        found.sort(key=lambda one: one.snapshot, reverse=True)
        found.sort(key=lambda one: (one.indicator, one.period, -ranks[one.snapshot]))
        return found

    def distributions(self, level: str) -> dict[tuple[str, str], Distribution]:
        """The distributions of a level by (indicator, period)."""
        sql = """SELECT indicator, level, period, known, missing, suppressed, minimum, q20, q40, q60, q80, maximum
            FROM distributions WHERE level = ?"""
        return {(row[0], row[2]): Distribution(*row) for row in self.rows(sql, [level])}

    # Alerts and comparators -----------------------------------------------------------------------------------

    def has(self, table: str) -> bool:
        """Whether the edition has a table: one built by an earlier version may lack it."""
        return table in self.manifest["tables"]

    @cached_property
    def alert_rules(self) -> dict[str, Rule]:
        """The alert rules that this edition was built with, by id."""
        from vigie.indicators.alerts import Rule

        self.need("alert_rules")
        rows = self.rows("SELECT id, definition FROM alert_rules ORDER BY id")
        return {name: Rule.model_validate(json.loads(text)) for name, text in rows}

    def alert_titles(self) -> dict[str, Text]:
        """What each alert rule is called, by id."""
        self.need("alert_rules")
        titles = {name: json.loads(text)["title"] for name, text in self.rows("SELECT id, definition FROM alert_rules")}
        return {name: Text(title["fr"], title["en"]) for name, title in titles.items()}

    @cached_property
    def responses(self) -> Responses:
        """The degrees of response that this edition was built with."""
        from vigie.indicators.alerts import Responses

        self.need("alert_responses")
        ((text,),) = self.rows("SELECT definition FROM alert_responses")
        return Responses.model_validate(json.loads(text))

    def degree_title(self, degree: str) -> Text:
        """What a degree of response is called."""
        self.need("alert_responses")
        ((text,),) = self.rows("SELECT definition FROM alert_responses")
        title = next(one["title"] for one in json.loads(text)["degrees"] if one["id"] == degree)
        return Text(title["fr"], title["en"])

    def alerts(self, territory: Territory) -> list[Alert]:
        """The alerts of a territory, the severest first. Raises StorageError for an edition without alerts."""
        return [Alert(*row) for row in self.own(ALERTS, territory.level, territory.code)]

    def alerts_of_level(self, level: str) -> list[Alert]:
        """The alerts of every territory of a level, the severest and those of most people first."""
        self._known_level(level)
        self.need("alerts")
        rows = self.rows(f"SELECT {ALERTS.columns} FROM alerts WHERE level = ? ORDER BY {ALERTS.order}", [level])
        return [Alert(*row) for row in rows]

    def answer(self, territory: Territory) -> Answer | None:
        """What the alerts of a territory add up to; None where no rule could be judged."""
        for judged, alerts, high, volets, degree, reasons in self.own(DEGREES, territory.level, territory.code):
            return Answer(tuple(judged.split()), alerts, high, volets, degree, tuple(reasons.split()))
        return None

    def people_by_alerts(self, level: str) -> list[Living]:
        """How many people live under none, one, two… alerts of their territory of ``level``, all and by space."""
        self.need("alert_counts")
        sql = """SELECT space, sum(people) FILTER (alerts = 0), sum(people) FILTER (alerts = 1),
                sum(people) FILTER (alerts = 2), sum(people) FILTER (alerts >= 3)
            FROM alert_counts WHERE level = ? GROUP BY space ORDER BY space <> 'all', space"""
        found = []
        for space, *counts in self.rows(sql, [level]):
            people = [int(count or 0) for count in counts]
            none, one, two, more = (100 * count / max(sum(people), 1) for count in people)
            found.append(Living(space, (none, one, two, more), sum(people[1:])))
        return found

    def neighbours(self, territory: Territory) -> list[Neighbour]:
        """The territories most alike in structure, the nearest first; empty at a level without comparison."""
        level = territory.level
        found = self.own(NEIGHBOURS, level, territory.code)
        if self.holds:
            cards = {code: self.cards[level, code] for code, *_ in found}
        else:
            marks = ", ".join("?" * len(found)) or "NULL"
            some = self._cards(f"WHERE level = ? AND code IN ({marks})", [level, *(one[0] for one in found)])
            cards = {card.code: card for card in some}
        return [Neighbour(rank, cards[code], distance, shared) for code, rank, distance, shared in found]

    def structure(self, territory: Territory) -> list[Trait]:
        """The structural variables of a territory, in the order of the model; empty at a level without comparison."""
        return [Trait(*row) for row in self.own(STRUCTURE, territory.level, territory.code)]

    def gaps(self) -> pl.DataFrame:
        """How far apart the best and the worst served territories are: the columns of ``vigie.editions.gaps``."""
        self.need("gaps")
        return self.table("gaps")

    def need(self, table: str) -> None:
        """Raise StorageError where an earlier version of Vigie built this edition, without ``table``."""
        if not self.has(table):
            raise StorageError(
                f"l'édition {self.id} n'a pas de table « {table} » : une version antérieure de Vigie l'a construite.",
                f"the edition {self.id} has no table “{table}”: an earlier version of Vigie built it.",
                remedy_fr="Reconstruisez-la : vigie build.",
                remedy_en="Build it again: vigie build.",
            )

    def reconciliation(self, territory: Territory | None = None, quantity: str | None = None) -> pl.DataFrame:
        """How far apart the producers of one quantity are: see ``vigie.indicators.reconciliation.reconcile``.

        All départements, régions and France, or one territory; one quantity or all.
        """
        import polars as pl

        kept = pl.lit(value=True)
        if territory is not None:
            kept &= (pl.col("level") == territory.level) & (pl.col("code") == territory.code)
        if quantity is not None:
            kept &= pl.col("quantity") == quantity
        return self.table("reconciliation").filter(kept)

    def aids(self, territory: Territory | None = None) -> pl.DataFrame:
        """The ledger of public aids: see ``vigie.indicators.aids.aids``. The national lines, or those of a territory.

        Lines have years and fields of their own: they are never to be added up.
        """
        import polars as pl

        level, code = (territory.level, territory.code) if territory else ("france", "FR")
        return self.table("aids").filter((pl.col("level") == level) & (pl.col("code") == code))

    def imported(self) -> list[dict[str, Any]]:
        """The imported tables that this edition was built with: whose, when, licence, file and its SHA-256."""
        return [record for record in self.manifest["inputs"] if record["origin"] == "import"]

    # What pages ask -------------------------------------------------------------------------------------------

    def polygons(self, level: str) -> dict[str, bytes]:
        """The polygons of a level by code: WKB in degrees (WGS 84)."""
        return dict(self.rows("SELECT code, wkb FROM polygons WHERE level = ? ORDER BY code", [level]))

    def values(self, indicator: str, level: str, period: str) -> dict[str, tuple[float | None, str]]:
        """Value and status of one indicator by code; of several sources for one territory, the nearest."""
        sql = f"""SELECT code, value, status FROM observations {_BY_RANK}
            WHERE indicator = ? AND level = ? AND observations.period = ? ORDER BY {_NEAREST_LAST}"""
        return {code: (value, status) for code, value, status in self.rows(sql, [indicator, level, period])}

    def latest(self, indicator: str, level: str) -> dict[str, Observation]:
        """The last known observation of each territory of a level by code; its last line where none is known."""
        sql = f"""SELECT {_OBSERVED} FROM observations {_BY_RANK}
            WHERE indicator = ? AND level = ? ORDER BY value IS NOT NULL, observations.period, {_NEAREST_LAST}"""
        found = (Observation(*row) for row in self.rows(sql, [indicator, level]))
        return {one.code: one for one in found}

    def select(
        self,
        indicator: str | None = None,
        level: str | None = None,
        code: str | None = None,
        period: str | None = None,
        limit: int = 100_000,
    ) -> list[Observation]:
        """The observations that match all the filters given, in the order of their keys, at most ``limit``."""
        named = {"indicator": indicator, "level": level, "code": code, "period": period}
        given = {name: value for name, value in named.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "TRUE"
        order = "indicator, level, code, period, snapshot"
        sql = f"SELECT {_OBSERVED} FROM observations WHERE {where} ORDER BY {order} LIMIT {int(limit)}"
        return [Observation(*row) for row in self.rows(sql, list(given.values()))]


def open_edition(home: Path | None = None, name: str | None = None) -> Observatory:
    """Open an edition of ``home`` (``VIGIE_HOME`` or the user's data folder): the one served, or the one named.

    Raises StorageError when there is none or it is damaged, UnknownNameError for another name.
    """
    home = home or default_home()
    return Observatory(current_folder(home) if name is None else edition(home, name).folder)
