"""A free choice of communes as a territory of an edition, for the time of a reading: its alerts, and its tables.

Nothing is written: :class:`WithPerimeter` is the edition with one more territory, held in memory, so that whatever is
made from an edition (a report, a workbook) can be made of the choice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import polars as pl

from vigie.editions.gathering import gather
from vigie.editions.observatory import DATABASE, Alert, Answer, Asked, Observation, Observatory, Territory
from vigie.indicators import alerts as alerting
from vigie.territories.perimeters import PERIMETER

if TYPE_CHECKING:
    import duckdb

# A rule made for any of these is about a group of communes, which a perimeter is; the others are about what exists in
# communes or départements alone.
_GROUPS = frozenset(("epci", "bassin_de_vie", PERIMETER))
_SEEN = ("indicator", "level", "code", "period", "value", "status", "snapshot")


def alerts(
    observatory: Observatory, territory: Territory, own: Sequence[Observation]
) -> tuple[list[Alert], Answer | None]:
    """The alerts of a territory of which only its observations are known, and what they add up to.

    The rules of the edition for groups of communes, by the same function as in a build. Raises StorageError for an
    edition without alerts.
    """
    rules = [one for one in observatory.alert_rules.values() if _GROUPS & set(one.levels)]
    chosen = [one.model_copy(update={"levels": (PERIMETER,)}) for one in rules]
    france = observatory.territory("france:FR")
    names = {one.indicator for one in rules} | {one.people for one in rules if one.people}
    starts = {
        name: max(one.period for one in found.breaks)
        for name, found in observatory.indicators.items()
        if name in names and found.breaks
    }
    seen = [
        [getattr(one, name) for name in _SEEN]
        for one in (*own, *observatory.profile(france))
        if one.indicator in names and one.value is not None and one.period >= starts.get(one.indicator, "")
    ]
    kinds = dict.fromkeys(_SEEN, pl.String) | {"value": pl.Float64}
    table = pl.DataFrame(seen, schema=kinds, orient="row").unique(
        ["indicator", "level", "code", "period"], keep="last", maintain_order=True
    )
    people = pl.DataFrame(
        {"level": [PERIMETER], "code": [territory.code], "population": [territory.population]},
        schema={"level": pl.String, "code": pl.String, "population": pl.Int64},
    )
    found, judged = alerting.judge(table, people, chosen)
    summed = alerting.degrees(found, judged, observatory.responses)
    severest = found.sort(
        pl.col("severity") != alerting.SEVERITIES[-1], "people", "rule", descending=[False, True, False]
    )
    told = [Alert(**row) for row in severest.select(one.name for one in fields(Alert)).to_dicts()]
    for row in summed.to_dicts():
        answer = Answer(tuple(row["judged"].split()), row["alerts"], row["high"], row["volets"], row["degree"],
                        tuple(row["reasons"].split()))  # fmt: skip
        return told, answer
    return told, None


def card(communes: Sequence[Territory], name: str) -> Territory:
    """The card of the territory that communes make; its code is a short mark, the same for the same communes."""
    codes = sorted(one.code for one in communes)
    people = [one.population for one in communes]
    areas = [one.area_km2 for one in communes]
    return Territory(
        level=PERIMETER,
        code=hashlib.sha256(",".join(codes).encode()).hexdigest()[:10],
        name=name,
        kind=PERIMETER,
        departement=_only(one.departement for one in communes),
        region=_only(one.region for one in communes),
        population=None if None in people else sum(one or 0 for one in people),
        places=len(communes),
        area_km2=None if None in areas else sum(one or 0.0 for one in areas),
        lon=None,
        lat=None,
    )


def _only(values: Iterable[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


class WithPerimeter(Observatory):
    """An edition with one more territory, made of communes for the time of a reading."""

    def __init__(self, edition: Observatory, card: Territory, places: Sequence[str]) -> None:
        """``places`` are the codes of the communes and arrondissements that ``card`` holds."""
        super().__init__(edition.folder)
        self._connection.close()
        self._connection = _joined(edition, card, places)

    def hold(self, compared: Sequence[str] = (), more: Sequence[Asked] = ()) -> None:
        """Nothing is held in memory for one reading."""


def _joined(edition: Observatory, card: Territory, places: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A database in memory with the tables of the edition as views, and what is known of the territory beside them."""
    import duckdb

    own = gather(edition, sorted(places), card.code)
    more: dict[str, list[dict[str, Any]]] = {
        "territories": [asdict(card) | {"search": card.name.lower()}],
        "memberships": [{"place": place, "level": card.level, "code": card.code} for place in sorted(places)],
        "observations": [asdict(one) for one in own],
    }
    if edition.has("alerts"):
        found, answer = alerts(edition, card, own)
        more["alerts"] = [asdict(one) for one in found]
        more["alert_degrees"] = [] if answer is None else [
            asdict(answer) | {"level": card.level, "code": card.code, "judged": " ".join(answer.judged),
                              "reasons": " ".join(answer.reasons)}
        ]  # fmt: skip
    connection = duckdb.connect()
    file = str(edition.folder / DATABASE).replace("'", "''")
    connection.execute(f"ATTACH '{file}' AS edition (READ_ONLY)")
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'edition'").fetchall()
    for (name,) in tables:
        rows = more.get(name, [])
        if not rows:
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM edition."{name}"')
            continue
        columns = list(rows[0])
        listed = ", ".join(f'"{column}"' for column in columns)
        connection.execute(f'CREATE TABLE "own_{name}" AS SELECT * FROM edition."{name}" LIMIT 0')
        marks = ", ".join("?" * len(columns))
        connection.executemany(
            f'INSERT INTO "own_{name}" ({listed}) VALUES ({marks})', [list(row.values()) for row in rows]
        )
        connection.execute(
            f'CREATE VIEW "{name}" AS SELECT * FROM edition."{name}" UNION ALL BY NAME SELECT * FROM "own_{name}"'
        )
    return connection
