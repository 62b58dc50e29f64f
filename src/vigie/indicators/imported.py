"""Tables that an analyst brings, as observations: in the vintage of reference, summed where the rule allows, protected.

Nothing of an import leaves this module before :func:`vigie.indicators.disclosure.protect` has seen all of it, sums of
ours included: what an edition is made of can be published whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.indicators import disclosure
from vigie.indicators.compute import (
    ESTIMATED,
    FULL_COVERAGE,
    LEAST_COVERAGE,
    MISSING,
    OBSERVATIONS,
    OK,
    ORDER,
    SUPPRESSED,
    Bools,
    Floats,
    Groups,
)
from vigie.indicators.definition import Definition, Published
from vigie.indicators.measures import Conversion, Tidy
from vigie.sources.templates import POPULATION, Figure, Template, template
from vigie.territories.reference import VINTAGE, WHOLE_CITIES, Reference
from vigie.territories.vintages import to_reference

# What a cell hidden by its producer may be: data.ameli hides fewer than 5 professionals.
PRODUCERS_THRESHOLD = 5
_MEASURES = ("value", "numerator", "denominator", "people")


@dataclass(frozen=True)
class Observed:
    """The observations of all the imports, protected; and what bringing their communes to the reference vintage did."""

    observations: pl.DataFrame
    conversions: list[Conversion]


@dataclass(frozen=True)
class _Row:
    """One figure of an import, true: what it covers, and what decides whether it may be told."""

    indicator: str
    level: str
    code: str
    period: str
    snapshot: str
    value: float
    numerator: float
    denominator: float
    people: float
    status: str
    cover: int
    form: Template
    figure: Figure
    threshold: int | None


def observe(
    imports: Sequence[Tidy],
    reference: Reference,
    groups: Groups,
    passage: pl.DataFrame,
    definitions: Mapping[str, Definition],
) -> Observed:
    """The observations of ``imports`` (tables ``imported``, with the fields of their sources) at all levels.

    A territory without a figure of its own has one where its indicator's rule says how to add up, and the territories
    of the import that lie wholly in it, with their counts, house enough of its people (see :class:`Published`). Cells
    that their producers hid stay hidden, and so do counts below the threshold of their template, with whatever else
    would give them away. Raises InputError for a table that cannot be brought to the reference vintage.
    """
    covers = _Covers(reference, groups)
    rows: list[_Row] = []
    conversions: list[Conversion] = []
    for tidy in imports:
        form = template(tidy.source.fields["template"])
        table, done = _harmonised(tidy, reference, passage)
        conversions += done
        filled = _completed(_with_residents(table, form, reference), tidy, form, reference, groups)
        own = _rows(filled, tidy, form, covers)
        rows += own
        rows += _above(own, definitions, covers)
    hidden_numerator, hidden_denominator = _hidden(rows, covers)
    frame = _frame(rows, hidden_numerator, hidden_denominator)
    whole = pl.concat([frame, *_differences(frame, imports)]).filter(pl.col("indicator").is_in(list(definitions)))
    return Observed(whole.sort(ORDER), conversions)


# Into the vintage of reference ---------------------------------------------------------------------------------


def _harmonised(tidy: Tidy, reference: Reference, passage: pl.DataFrame) -> tuple[pl.DataFrame, list[Conversion]]:
    """The table with its communes in the vintage of reference; a merger with a hidden part is hidden."""
    communes = tidy.table.filter(pl.col("level") == "commune")
    others = tidy.table.filter(pl.col("level") != "commune").drop("name")
    vintage = tidy.source.cog or VINTAGE
    if communes.is_empty() or vintage == VINTAGE:
        return pl.concat([others, communes.drop("name")]), []
    marked = communes.with_columns(
        hidden=(pl.col("status") == SUPPRESSED).cast(pl.Float64), lacking=(pl.col("status") == MISSING).cast(pl.Float64)
    )
    done = to_reference(
        marked,
        vintage=vintage,
        passage=passage,
        places=reference.places,
        by=("indicator", "period"),
        counts=("numerator", "denominator", "people", "hidden", "lacking"),
        rates={"value": "denominator"},
    )
    scale = {one.indicator: one.scale for one in template(tidy.source.fields["template"]).figures}
    ratio = pl.col("indicator").replace_strict(scale, default=1.0) * pl.col("numerator") / pl.col("denominator")
    state = (
        pl.when(pl.col("hidden") > 0)
        .then(pl.lit(SUPPRESSED))
        .when(pl.col("lacking") > 0)
        .then(pl.lit(MISSING))
        .otherwise("status")
    )
    both = pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)
    told = state.is_in([OK, ESTIMATED])
    moved = done.table.with_columns(
        level=pl.lit("commune"), status=state, value=pl.when(told).then(pl.when(both).then(ratio).otherwise("value"))
    ).with_columns(numerator=pl.when(told).then("numerator"))
    return pl.concat([others, moved.select(others.columns)]), [Conversion(tidy.snapshot, (), done.report)]


def _with_residents(table: pl.DataFrame, form: Template, reference: Reference) -> pl.DataFrame:
    """Amounts per inhabitant: the residents that the edition knows are their denominator."""
    per_head = [one.indicator for one in form.figures if one.denominator == POPULATION]
    people = reference.territories.select("level", "code", residents=pl.col("population").cast(pl.Float64))
    joined = table.join(people, on=["level", "code"], how="left", maintain_order="left")
    mine = pl.col("indicator").is_in(per_head) & (pl.col("status") != MISSING)
    return joined.with_columns(denominator=pl.when(mine).then("residents").otherwise("denominator")).drop("residents")


def _completed(table: pl.DataFrame, tidy: Tidy, form: Template, reference: Reference, groups: Groups) -> pl.DataFrame:
    """The table with a zero for each territory that it leaves out, where the import says that it leaves none out."""
    said = [one for one in tidy.source.fields.get("complete_for", "").split(",") if one]
    summed = [one.indicator for one in form.figures if one.denominator in ("", POPULATION) and not one.rate]
    if not said or not summed:
        return table
    level = form.levels[0] if table.is_empty() else str(table["level"].mode().sort()[0])
    inside = _inside(level, said, groups)
    counts = [one.indicator for one in form.figures if one.denominator == "" and not one.rate]
    keys = table.filter(pl.col("indicator").is_in(summed) & (pl.col("level") == level)).select("indicator", "period")
    zeros = (
        keys.unique(maintain_order=True)
        .join(pl.DataFrame({"code": inside}, schema={"code": pl.String}), how="cross")
        .with_columns(level=pl.lit(level))
        .join(table, on=["indicator", "level", "code", "period"], how="anti")
        .with_columns(
            value=pl.when(pl.col("indicator").is_in(counts)).then(0.0),  # an amount per inhabitant is made later
            numerator=pl.lit(0.0),
            denominator=pl.lit(None, pl.Float64),
            people=pl.lit(0.0),
            status=pl.lit(OK),
        )
    )
    return pl.concat([table, _with_residents(zeros.select(table.columns), form, reference)])


def _inside(level: str, said: Sequence[str], groups: Groups) -> list[str]:
    """The codes of ``level`` that lie wholly in one of the territories ``level:code``; parts of whole cities only."""
    codes, member = groups[level]
    sizes = np.asarray(member.sum(axis=1)).ravel()
    found: set[str] = set()
    for one in said:
        above, _, code = one.partition(":")
        names, wide = groups[above]
        shared = np.asarray((member @ wide[names.index(code)].T).todense()).ravel()
        found.update(codes[place] for place in np.flatnonzero((shared == sizes) & (sizes > 0)))
    return sorted(found - set(WHOLE_CITIES))


# What each figure covers, and sums of ours -----------------------------------------------------------------------


class _Covers:
    """What figures cover, as rows over the places; a named perimeter without places stands for a place of its own."""

    def __init__(self, reference: Reference, groups: Groups) -> None:
        self.reference, self.groups = reference, groups
        self.residents = np.nan_to_num(reference.places["population"].cast(pl.Float64).to_numpy())
        self._position = {
            level: {code: place for place, code in enumerate(codes)} for level, (codes, _) in groups.items()
        }
        self._known: dict[tuple[str, str], int] = {}
        self._rows: list[NDArray[np.int32]] = []

    def of(self, level: str, code: str) -> int:
        """The number of the cover of a territory."""
        key = (level, code)
        if key not in self._known:
            position = self._position.get(level, {}).get(code)
            self._known[key] = self.add(
                np.empty(0, dtype=np.int32) if position is None else _row_of(self.groups[level][1], position)
            )
        return self._known[key]

    def add(self, places: NDArray[np.int32]) -> int:
        """The number of a new cover: the positions of its places, or none for a place of its own."""
        self._rows.append(np.sort(places))
        return len(self._rows) - 1

    def has_places(self, cover: int) -> bool:
        """Whether the cover is made of places."""
        return self._rows[cover].size > 0

    def matrix(self, covers: Sequence[int]) -> csr_matrix:
        """The covers as a 0/1 matrix over the places."""
        rows = [self._rows[one] for one in covers]
        ends = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
        columns = np.concatenate([np.empty(0, dtype=np.int32), *rows])
        return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), self.reference.places.height))

    def atoms(self, covers: Sequence[int]) -> list[np.ndarray]:
        """The smallest pieces that ``covers`` cut out of the places: for each cover, the numbers of its pieces."""
        distinct = sorted(set(covers))
        member = self.matrix(distinct)
        columns = member.tocsc()
        pieces: dict[bytes, int] = {}
        piece_of = np.full(member.shape[1], -1)
        for place, (start, end) in enumerate(zip(columns.indptr[:-1], columns.indptr[1:], strict=True)):
            if end > start:
                piece_of[place] = pieces.setdefault(columns.indices[start:end].tobytes(), len(pieces))
        own = len(pieces)
        found: dict[int, np.ndarray] = {}
        for row, cover in enumerate(distinct):
            places = member.indices[member.indptr[row] : member.indptr[row + 1]]
            found[cover] = np.unique(piece_of[places]) if len(places) else np.array([own + row])
        return [found[cover] for cover in covers]


def _row_of(matrix: csr_matrix, row: int) -> NDArray[np.int32]:
    """The columns of a row of a 0/1 matrix."""
    columns: NDArray[np.int32] = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return columns


def _rows(table: pl.DataFrame, tidy: Tidy, form: Template, covers: _Covers) -> list[_Row]:
    figures = {one.indicator: one for one in form.figures}
    asked = tidy.source.fields.get("threshold", "")
    threshold = int(asked) if asked else form.disclosure.threshold
    numbers = {name: table[name].fill_null(float("nan")).to_list() for name in _MEASURES}
    return [
        _valued(
            _Row(
                indicator=row["indicator"],
                level=row["level"],
                code=row["code"],
                period=row["period"],
                snapshot=tidy.snapshot,
                value=numbers["value"][place],
                numerator=numbers["numerator"][place],
                denominator=numbers["denominator"][place],
                people=numbers["people"][place],
                status=row["status"],
                cover=covers.of(row["level"], row["code"]),
                form=form,
                figure=figures[row["indicator"]],
                threshold=threshold,
            )
        )
        for place, row in enumerate(table.iter_rows(named=True))
    ]


def _valued(row: _Row) -> _Row:
    """The row with its value where it is still to be divided by its residents."""
    if row.status not in (OK, ESTIMATED) or row.figure.denominator != POPULATION:
        return row
    if not row.denominator > 0:
        return replace(row, status=MISSING, value=float("nan"))
    return replace(row, value=row.figure.scale * row.numerator / row.denominator)


def _above(rows: Sequence[_Row], definitions: Mapping[str, Definition], covers: _Covers) -> list[_Row]:
    """The figures of the territories above those of an import, by the rule of each indicator."""
    families: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        families.setdefault((row.indicator, row.period), []).append(row)
    found = []
    for (name, _), own in families.items():
        rule = definitions[name].compute if name in definitions else None
        if isinstance(rule, Published) and rule.aggregate != "none":
            found += _sums(own, definitions[name], rule, covers)
    return found


def _sums(rows: Sequence[_Row], definition: Definition, rule: Published, covers: _Covers) -> list[_Row]:
    """One indicator and period: the sums at the levels above that of the most numerous territories."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.level] = counts.get(row.level, 0) + 1
    leaf = max(counts, key=lambda level: (counts[level], level))
    parts = [row for row in rows if row.level == leaf and covers.has_places(row.cover) and _summable(row, rule)]
    parts = _without_whole_cities(parts)
    if not parts:
        return []
    member = covers.matrix([row.cover for row in parts])
    if np.asarray(member.sum(axis=0)).max() > 1:
        return []  # the territories overlap: their sum would count people twice
    given = {(row.level, row.code) for row in rows}
    levels = [
        level
        for level in covers.groups
        if level != leaf and (level in definition.levels or level not in _SHIPPED_LEVELS)
    ]
    return [
        one
        for level in levels
        for one in _sums_at(level, parts, member, rule, covers)
        if (one.level, one.code) not in given
    ]


_SHIPPED_LEVELS = (
    "commune", "epci", "bassin_de_vie", "bassin_de_vie_2012", "canton_ou_ville", "tvs", "departement", "region",
    "france",
)  # fmt: skip


def _summable(row: _Row, rule: Published) -> bool:
    counted = not np.isnan(row.numerator)
    return row.status in (OK, ESTIMATED) and counted and (rule.aggregate == "sum" or row.denominator >= 0)


def _without_whole_cities(rows: Sequence[_Row]) -> list[_Row]:
    """Whole Paris, Lyon and Marseille left out where their arrondissements are there."""
    codes = [row.code for row in rows if row.level == "commune"]
    doubled = {
        city for city, start in WHOLE_CITIES.items() if any(code.startswith(start) and code != city for code in codes)
    }
    return [row for row in rows if row.level != "commune" or row.code not in doubled]


def _sums_at(level: str, parts: Sequence[_Row], member: csr_matrix, rule: Published, covers: _Covers) -> list[_Row]:
    codes, wide = covers.groups[level]
    sizes = np.asarray(member.sum(axis=1)).ravel()
    shared = (wide @ member.T).tocoo()
    whole = shared.data == sizes[shared.col]
    inside = csr_matrix((np.ones(whole.sum()), (shared.row[whole], shared.col[whole])), shape=shared.shape)
    covered = inside @ member  # territory × place: what its parts cover of it
    people, places = wide @ covers.residents, np.asarray(wide.sum(axis=1)).ravel()
    told = np.where(people > 0, covered @ covers.residents, np.asarray(covered.sum(axis=1)).ravel())
    share = told / np.where(people > 0, people, np.maximum(places, 1))
    numerator = inside @ np.array([row.numerator for row in parts])
    denominator = inside @ np.nan_to_num(np.array([row.denominator for row in parts]))
    guessed = inside @ np.array([row.status == ESTIMATED for row in parts], dtype=np.float64) > 0
    least = FULL_COVERAGE if rule.aggregate == "sum" else LEAST_COVERAGE
    found = []
    for place in np.flatnonzero((share >= least) & (np.diff(inside.indptr) > 1)):
        first = parts[0]
        ratio = denominator[place] if first.figure.denominator else np.nan
        value = rule.scale * numerator[place] / ratio if ratio > 0 else np.nan
        found.append(
            replace(
                first,
                level=level,
                code=codes[place],
                value=value if first.figure.denominator else numerator[place],
                numerator=numerator[place],
                denominator=ratio,
                people=_people(inside, int(place), parts),
                status=ESTIMATED if guessed[place] or share[place] < FULL_COVERAGE else OK,
                cover=covers.add(_row_of(covered, int(place))),
            )
        )
    return [row for row in found if not np.isnan(row.value)]


def _people(inside: csr_matrix, place: int, parts: Sequence[_Row]) -> float:
    columns = inside.indices[inside.indptr[place] : inside.indptr[place + 1]]
    return float(sum(parts[column].people for column in columns))


# Disclosure ------------------------------------------------------------------------------------------------------


def _hidden(rows: Sequence[_Row], covers: _Covers) -> tuple[Bools, Bools]:
    """For each row, whether its numerator and whether its denominator must be hidden."""
    numerator, denominator = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    systems: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        if row.status != MISSING:
            period = "" if row.form.periods == "flow" else row.period
            systems.setdefault((_family(row.form, row.indicator), period), []).append(place)
    for places in systems.values():
        own = [rows[place] for place in places]
        numerator[places], denominator[places] = _protected(own, covers)
    return numerator, denominator


def _family(form: Template, indicator: str) -> str:
    """The total that an indicator is a part of, or itself."""
    return next((one.total for one in form.totals if indicator in one.parts), indicator)


def _protected(rows: Sequence[_Row], covers: _Covers) -> tuple[Bools, Bools]:
    first_numerator, first_denominator = (np.array(one) for one in zip(*(_primary(row) for row in rows), strict=True))
    if not first_numerator.any() and not first_denominator.any():
        return first_numerator, first_denominator
    members = _members(rows, covers)
    numerators = np.array([row.numerator for row in rows])
    denominators = np.array([row.denominator for row in rows])
    single = np.diff(members.indptr) == 1
    cost = np.array([_cost(row, size) for row, size in zip(rows, _sizes(rows, covers), strict=True)])
    open_ = np.array([row.figure.denominator in ("", POPULATION) for row in rows])

    lower = _at_atoms(members, single & ~np.isnan(numerators), numerators, 0.0)
    counted = np.where(open_, np.nan, denominators)
    wide = np.array([float(row.threshold or 0) for row in rows])
    whole = disclosure.Cells(members, counted, wide, cost, lower, np.full(members.shape[1], disclosure.BOUNDLESS))
    hidden_denominator = disclosure.protect(whole, first_denominator) if first_denominator.any() else first_denominator
    # True denominators, hidden or not: what one term may be is then so whatever the other is known to be.
    told = single & ~open_ & ~np.isnan(denominators)
    upper = _at_atoms(members, told, denominators, disclosure.BOUNDLESS)
    width = np.array([_width(row) for row in rows])
    part = disclosure.Cells(members, numerators, width, cost, np.zeros(members.shape[1]), upper)
    return disclosure.protect(part, first_numerator), hidden_denominator


def _primary(row: _Row) -> tuple[bool, bool]:
    """Whether the numerator and the denominator are themselves too small to be told."""
    if row.status == SUPPRESSED:
        return True, False
    if row.threshold is None or row.figure.open:
        return False, False
    if row.figure.people:
        unknown = np.isnan(row.people) and row.numerator > 0
        return bool(_small(row.people, row.threshold) or unknown), False
    own = row.figure.denominator not in ("", POPULATION)
    rest = row.denominator - row.numerator if own else np.nan
    whole = own and _small(row.denominator, row.threshold)
    part = _small(row.numerator, row.threshold) or _small(rest, row.threshold)
    return bool((part or whole) and not (whole and row.numerator == 0)), bool(whole)


def _small(count: float, threshold: int) -> bool:
    return 0 < count < threshold


def _width(row: _Row) -> float:
    """How wide the interval of a hidden numerator must be: the threshold, or its whole where that is less.

    For an amount, which may be of one person, the amount itself.
    """
    if row.figure.people and not np.isnan(row.numerator):
        return max(1.0, row.numerator)
    least = float(row.threshold or PRODUCERS_THRESHOLD)
    counted = row.figure.denominator not in ("", POPULATION) and row.denominator > 0
    return min(least, row.denominator) if counted else least


def _cost(row: _Row, size: int) -> float:
    """Parts are hidden before their total, small territories before large ones."""
    total = any(one.total == row.indicator for one in row.form.totals)
    return float(size * (10 if total else 1))


def _sizes(rows: Sequence[_Row], covers: _Covers) -> list[int]:
    return [max(1, int(size)) for size in np.diff(covers.matrix([row.cover for row in rows]).indptr)]


def _at_atoms(members: csr_matrix, chosen: Bools, values: Floats, otherwise: float) -> Floats:
    """The values of the chosen cells, each of one atom, at those atoms."""
    found = np.full(members.shape[1], otherwise)
    for cell in np.flatnonzero(chosen):
        found[members.indices[members.indptr[cell]]] = values[cell]
    return found


def _members(rows: Sequence[_Row], covers: _Covers) -> csr_matrix:
    """Cells × atoms: an atom is a piece of territory, a part of the people and a stretch of time."""
    pieces = covers.atoms([row.cover for row in rows])
    parts = {one.total: one.parts for row in rows for one in row.form.totals}
    names = sorted({name for row in rows for name in parts.get(row.indicator, (row.indicator,))})
    kinds = {name: place for place, name in enumerate(names)}
    times = _stretches([row.period for row in rows], rows[0].form.periods)
    spans = 1 + max(int(one.max()) for one in times)
    numbers = []
    for row, piece, time in zip(rows, pieces, times, strict=True):
        kind = np.array([kinds[name] for name in parts.get(row.indicator, (row.indicator,))])
        grid = (piece[:, None, None] * len(names) + kind[None, :, None]) * spans + time[None, None, :]
        numbers.append(np.sort(grid.ravel()))
    _, columns = np.unique(np.concatenate(numbers), return_inverse=True)
    ends = np.concatenate([[0], np.cumsum([len(one) for one in numbers])])
    return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), int(columns.max()) + 1))


def _stretches(periods: Sequence[str], kind: str) -> list[np.ndarray]:
    """The stretches of time of each period, numbered: those that the ends of all the periods cut out.

    A date, and any period of a stock, is a moment: a stretch of its own.
    """
    spans = [_span(period) if kind == "flow" else None for period in periods]
    ends = np.array(sorted({end for span in spans if span for end in span}), dtype=np.int64)
    moments = {period: place for place, period in enumerate(sorted(set(periods)))}
    return [
        np.array([len(ends) + moments[period]]) if span is None else np.arange(*np.searchsorted(ends, span))
        for period, span in zip(periods, spans, strict=True)
    ]


def _span(period: str) -> tuple[int, int] | None:
    """The months of a period, from the first to the one after the last, counted from year 0; None for a day."""
    first, _, last = period.partition("/")
    if len(first) == 10:
        return None
    start, end = (_month(text) for text in (first, last or first))
    return start, end + (12 if len(last or first) == 4 else 1)


def _month(text: str) -> int:
    moment = date.fromisoformat(f"{text}-01-01" if len(text) == 4 else f"{text}-01")
    return moment.year * 12 + moment.month - 1


# As observations -------------------------------------------------------------------------------------------------


def _frame(rows: Sequence[_Row], numerator: Bools, denominator: Bools) -> pl.DataFrame:
    """The rows as observations, without what is hidden: a value goes with either of its terms."""
    found = []
    for row, no_numerator, no_denominator in zip(rows, numerator, denominator, strict=True):
        hidden = bool(no_numerator or no_denominator)
        told = row.status in (OK, ESTIMATED) and not hidden
        found.append(
            (
                *(row.indicator, row.level, row.code, row.period),
                _number(row.value) if told else None,
                _number(row.numerator) if row.status != MISSING and not no_numerator else None,
                _number(row.denominator) if row.status != MISSING and not no_denominator else None,
                *(None, None),
                SUPPRESSED if hidden else row.status,
                row.snapshot,
            )
        )
    return pl.DataFrame(found, schema=OBSERVATIONS, orient="row")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _differences(frame: pl.DataFrame, imports: Iterable[Tidy]) -> list[pl.DataFrame]:
    """The differences that the templates declare, where both terms are told; hidden where either is."""
    asked = {one.indicator: one for tidy in imports for one in template(tidy.source.fields["template"]).differences}
    key = ["level", "code", "period", "snapshot"]
    found = []
    for one in asked.values():
        terms = [
            frame.filter(pl.col("indicator") == name).select(*key, value="value", status="status")
            for name in (one.of, one.minus)
        ]
        both = terms[0].join(terms[1], on=key, suffix="_minus", maintain_order="left")
        states = [pl.col("status"), pl.col("status_minus")]
        status = pl.coalesce(
            pl.when(pl.any_horizontal(state == word for state in states)).then(pl.lit(word))
            for word in (SUPPRESSED, MISSING, ESTIMATED, OK)
        )
        empty = {name: pl.lit(None, pl.Float64).alias(name) for name in ("numerator", "denominator", "lower", "upper")}
        found.append(
            both.with_columns(
                indicator=pl.lit(one.indicator), value=pl.col("value") - pl.col("value_minus"), status=status, **empty
            ).select(*OBSERVATIONS)
        )
    return found
