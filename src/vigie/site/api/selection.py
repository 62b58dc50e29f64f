"""Which observations a request asks for, a page at a time or whole, in an order that does not move.

A page is found by its keys (those of the last observation of the page before), so that it takes as long at the end of a
crawl as at its beginning; a cursor holds these keys and the edition, and is refused by another edition.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import polars as pl

from vigie.editions.export import with_names
from vigie.site.limits import limited
from vigie.site.room import Room

COLUMNS = ("indicator", "level", "code", "period", "value", "numerator", "denominator", "lower", "upper", "status",
           "snapshot")  # fmt: skip
KEYS = ("level", "code", "indicator", "period", "snapshot")
ROWS_AT_ONCE = 20_000

Sort = Literal["key", "value", "-value", "period", "-period"]
Row = dict[str, Any]


class CursorError(ValueError):
    """A cursor that is not of this edition and this request."""


@dataclass(frozen=True)
class Selection:
    """The filters of a request; an empty one keeps everything."""

    indicators: tuple[str, ...] = ()
    level: str | None = None
    codes: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def named(self) -> dict[str, tuple[str, ...]]:
        """The values kept of each column that is filtered."""
        levels = (self.level,) if self.level else ()
        every = {
            "indicator": self.indicators,
            "level": levels,
            "code": self.codes,
            "period": self.periods,
            "status": self.statuses,
        }
        return {name: values for name, values in every.items() if values}


@dataclass(frozen=True)
class Page:
    """A page of observations, how many match in all, and the cursor of the next page where there is one."""

    rows: list[Row]
    total: int
    next: str | None


# A term of an order: an SQL expression that is never null, and whether it descends.
_ORDERS: dict[Sort, tuple[tuple[str, bool], ...]] = {
    "key": (),
    "value": (("value IS NULL", False), ("coalesce(value, 0)", False)),
    "-value": (("value IS NULL", False), ("coalesce(value, 0)", True)),
    "period": (("period", False),),
    "-period": (("period", True),),
}


def page(room: Room, selection: Selection, sort: Sort, limit: int, cursor: str | None) -> Page:
    """The page after ``cursor`` (the first without one), at most ``limit`` observations.

    Raises CursorError for a cursor of another edition or another order.
    """
    if selection.level and selection.codes:
        return _page_of_territories(room, selection, sort, limit, cursor)
    terms = [*_ORDERS[sort], *((key, False) for key in KEYS)]
    total, after = _decoded(room, sort, cursor, len(terms)) if cursor else (None, None)
    source, given = _source(selection)
    beyond, keys = _beyond(terms, after)
    order = ", ".join(f"{sql} {'DESC' if descending else 'ASC'}" for sql, descending in terms)
    columns = ", ".join([*COLUMNS, *(sql for sql, _ in terms)])
    sql = f"{source} SELECT {columns} FROM found WHERE {beyond} ORDER BY {order} LIMIT {int(limit) + 1}"
    with limited(room.observatory.cursor()) as connection:
        rows = connection.execute(sql, [*given, *keys]).fetchall()
        more = len(rows) > limit
        if total is None:
            counted = f"{source} SELECT count(*) FROM found"
            total = connection.execute(counted, given).fetchall()[0][0] if more else len(rows)
    last = _encoded(room, sort, total, rows[limit - 1][len(COLUMNS) :]) if more else None
    return Page([dict(zip(COLUMNS, row, strict=False)) for row in rows[:limit]], total, last)


def _page_of_territories(room: Room, selection: Selection, sort: Sort, limit: int, cursor: str | None) -> Page:
    """The page where territories are named: their few observations are ordered here, which costs milliseconds less."""
    rows = _ordered(_of_territories(room, selection), sort)
    begin = 0
    if cursor:
        keys = _decoded(room, sort, cursor, len(_ORDERS[sort]) + len(KEYS))[1][-len(KEYS) :]
        known = [[row[key] for key in KEYS] for row in rows]
        if keys not in known:
            raise CursorError("the cursor is of another request: keep the parameters of the page before.")
        begin = known.index(keys) + 1
    shown = rows[begin : begin + limit]
    if begin + limit >= len(rows):
        return Page(shown, len(rows), None)
    return Page(shown, len(rows), _encoded(room, sort, len(rows), _terms(shown[-1], sort)))


def _of_territories(room: Room, selection: Selection) -> list[Row]:
    """The observations of the territories named, one query each: the rows of a territory lie together."""
    sql = f"SELECT {', '.join(COLUMNS)} FROM observations WHERE level = ? AND code = ?"
    cursor = room.observatory.cursor()
    found = (
        dict(zip(COLUMNS, row, strict=True))
        for code in dict.fromkeys(selection.codes)
        for row in cursor.execute(sql, [selection.level, code]).fetchall()
    )
    kept = selection.named()
    return [row for row in found if all(row[name] in values for name, values in kept.items())]


def _ordered(rows: list[Row], sort: Sort) -> list[Row]:
    rows = sorted(rows, key=lambda row: [row[key] for key in KEYS])
    if sort == "key":
        return rows
    column = sort.removeprefix("-")
    known = [row for row in rows if row[column] is not None]
    known.sort(key=lambda row: row[column], reverse=sort.startswith("-"))  # equals keep their order either way
    return known + [row for row in rows if row[column] is None]


def _terms(row: Row, sort: Sort) -> list[Any]:
    """What a cursor keeps of a row: the terms of its order, as the database has them."""
    own = {"value": [row["value"] is None, row["value"] or 0], "period": [row["period"]], "key": []}
    return [*own[sort.removeprefix("-")], *(row[key] for key in KEYS)]


def parts(room: Room, selection: Selection) -> Iterator[pl.DataFrame]:
    """All the observations with the names of their territories, some thousands at a time."""
    if selection.level and selection.codes:
        rows = _ordered(_of_territories(room, selection), "key")
        yield from _sliced(room, pl.DataFrame(rows, schema=_schema(room)))
        return
    if selection.codes:  # few rows of every piece: one reading of the table, not one for each
        yield from _sliced(room, _table(room).filter(_expression(selection)).collect())
        return
    for indicator, level, period in _strata(room, selection):
        own = (pl.col("indicator") == indicator) & (pl.col("level") == level) & (pl.col("period") == period)
        yield from _sliced(room, _table(room).filter(_expression(selection) & own).collect())


def whole(room: Room, selection: Selection) -> pl.LazyFrame:
    """All the observations with the names of their territories, not read yet."""
    return with_names(room.observatory, _table(room).filter(_expression(selection)))


def size(room: Room, selection: Selection) -> int:
    """How many observations there are."""
    source, given = _source(selection)
    with limited(room.observatory.cursor()) as connection:
        found: int = connection.execute(f"{source} SELECT count(*) FROM found", given).fetchall()[0][0]
    return found


def _sliced(room: Room, found: pl.DataFrame) -> Iterator[pl.DataFrame]:
    named = with_names(room.observatory, found.lazy()).collect()
    yield from named.iter_slices(ROWS_AT_ONCE)


def _table(room: Room) -> pl.LazyFrame:
    return pl.scan_parquet(room.observatory.folder / "tables" / "observations.parquet")


def _schema(room: Room) -> pl.Schema:
    found: pl.Schema = room.once("observations schema", lambda: _table(room).collect_schema())
    return found


def _strata(room: Room, selection: Selection) -> list[tuple[str, str, str]]:
    """What the edition has and the request keeps, cut so that each piece is small: indicator, level, period."""
    sql = "SELECT DISTINCT indicator, level, period FROM observations ORDER BY indicator, level, period"
    known: list[tuple[str, str, str]] = room.once("strata", lambda: room.observatory.rows(sql))
    kept = selection.named()
    return [
        one
        for one in known
        if all(
            value in kept.get(name, (value,)) for name, value in zip(("indicator", "level", "period"), one, strict=True)
        )
    ]


def _expression(selection: Selection) -> pl.Expr:
    kept = pl.lit(True)
    for name, values in selection.named().items():
        kept &= pl.col(name).is_in(list(values))
    return kept


def _source(selection: Selection) -> tuple[str, list[str]]:
    """The observations kept, under the name ``found``, with the parameters."""
    named = selection.named()
    given = [value for values in named.values() for value in values]
    return f"WITH found AS (SELECT * FROM observations WHERE {_where(named)})", given


def _where(named: dict[str, tuple[str, ...]]) -> str:
    """``column IN (?, ?)`` for each column; the columns are ours, the values parameters."""
    return " AND ".join(f"{name} IN ({', '.join('?' * len(values))})" for name, values in named.items()) or "TRUE"


def _beyond(terms: Sequence[tuple[str, bool]], after: Sequence[Any] | None) -> tuple[str, list[Any]]:
    """The condition that an observation comes after one with those keys: greater in the first term that differs."""
    if after is None:
        return "TRUE", []
    choices: list[str] = []
    given: list[Any] = []
    for place, (sql, descending) in enumerate(terms):
        same = "".join(f"{earlier} = ? AND " for earlier, _ in terms[:place])
        choices.append(f"({same}{sql} {'<' if descending else '>'} ?)")
        given += after[: place + 1]
    bound = "" if terms[0][1] else f"{terms[0][0]} >= ? AND "
    return f"{bound}({' OR '.join(choices)})", [*after[:1], *given] if bound else given


def _encoded(room: Room, sort: Sort, total: int, keys: Sequence[Any]) -> str:
    text = orjson.dumps([room.id, sort, total, *keys])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _decoded(room: Room, sort: Sort, cursor: str, terms: int) -> tuple[int, list[Any]]:
    try:
        edition, order, total, *keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError):
        raise CursorError("the cursor is not one that Vigie gave.") from None
    if edition != room.id:
        raise CursorError("the cursor is of another edition: begin again without it.")
    texts = keys[-len(KEYS) :]
    fits = len(keys) == terms and isinstance(total, int) and all(isinstance(key, str) for key in texts)
    if order != sort or not fits or not all(_fits(sort, place, key) for place, key in enumerate(keys[: -len(KEYS)])):
        raise CursorError("the cursor is of another order: keep the parameters of the page before.")
    return total, keys


def _fits(sort: Sort, place: int, key: object) -> bool:
    """Whether a key of a cursor has the type of its term."""
    if sort in ("period", "-period"):
        return isinstance(key, str)
    return isinstance(key, bool) if place == 0 else isinstance(key, int | float) and not isinstance(key, bool)
