"""A free choice of communes, gathered as a territory: computed live from the places of an edition, by each rule.

The edition keeps the figures at places that its indicators are made of (``place_measures``); what is asked for is
computed from them by the same function as every other territory, so that a choice of the communes of an EPCI has
the figures of that EPCI. Figures that a producer publishes for a territory as a whole cannot be gathered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from vigie.editions.observatory import Observation, Observatory
from vigie.indicators import Definition
from vigie.indicators.compute import Measure, compute
from vigie.indicators.definition import Published
from vigie.indicators.series import with_intervals
from vigie.territories.perimeters import PERIMETER

TABLE = "place_measures"
RESIDENTS = "population"
_ESTIMATED, _CITY, _SNAPSHOT = "estimated", "of_city", "snapshot"


def measure_table(
    places: Sequence[str], at: Mapping[str, Measure], definitions: Mapping[str, Definition]
) -> pl.DataFrame:
    """``place_measures``: one row a place, in the order of ``places``.

    Columns: ``place``, then each measure that a definition names, with ``<measure>:snapshot`` beside it and, where any
    place has one, ``<measure>:estimated`` and ``<measure>:of_city``.
    """
    columns: dict[str, pl.Series] = {"place": pl.Series(places, dtype=pl.String)}
    for name in sorted({RESIDENTS, *_named(definitions)} & set(at)):
        measure = at[name]
        columns[name] = pl.Series(measure.values).fill_nan(None)
        columns[f"{name}:{_SNAPSHOT}"] = pl.repeat(measure.snapshot, len(places), dtype=pl.String, eager=True)
        if measure.estimated.any():
            columns[f"{name}:{_ESTIMATED}"] = pl.Series(measure.estimated)
        if measure.of_city is not None:
            columns[f"{name}:{_CITY}"] = pl.Series(measure.of_city).fill_nan(None)
    return pl.DataFrame(columns)


def gather(observatory: Observatory, places: Sequence[str], code: str, level: str = PERIMETER) -> list[Observation]:
    """The observations of the territory made of ``places``, by indicator and period, as those of any other.

    ``code`` and ``level`` are what they are written under. A recomputed value has no range here: the variants that
    would make it are not kept by place. Raises StorageError for an edition of an earlier version, without the table.
    """
    return gather_each(observatory, {code: places}, level)[code]


def gather_each(
    observatory: Observatory, groups: Mapping[str, Sequence[str]], level: str = PERIMETER
) -> dict[str, list[Observation]]:
    """The same for several territories at once: the places of each by its code."""
    observatory.need(TABLE)
    path = observatory.folder / "tables" / f"{TABLE}.parquet"
    wanted = sorted({place for places in groups.values() for place in places})
    rows = pl.scan_parquet(path).filter(pl.col("place").is_in(wanted)).collect()
    at, spot = _measures(rows), {place: column for column, place in enumerate(rows["place"])}
    matrix = csr_matrix((len(groups), rows.height))
    if rows.height:
        inside = [sorted(spot[place] for place in set(places) if place in spot) for places in groups.values()]
        starts = np.cumsum([0, *map(len, inside)])
        columns = np.array([column for own in inside for column in own], dtype=np.int64)
        matrix = csr_matrix((np.ones(columns.size), columns, starts), shape=(len(groups), rows.height))
    frames = [
        with_intervals(compute(asked, at, at[RESIDENTS].values, {level: (list(groups), matrix)}), asked)
        for one in observatory.indicators.values()
        if (asked := _at_hand(one, at, level)) is not None
    ]
    found: dict[str, list[Observation]] = {code: [] for code in groups}
    for row in pl.concat(frames).sort("indicator", "period").select(*Observation.__dataclass_fields__).iter_rows():
        one = Observation(*row)
        found[one.code].append(one)
    return {code: found[code] + _summed(observatory, places, code, level) for code, places in groups.items()}


def _summed(observatory: Observatory, places: Sequence[str], code: str, level: str) -> list[Observation]:
    """The published and imported counts and ratios that every one of the places has a figure of, by period.

    Where one is missing or suppressed the whole is not known: nothing that was hidden can be told from a sum.
    """
    rules = {
        name: one.compute
        for name, one in observatory.indicators.items()
        if isinstance(one.compute, Published) and one.compute.aggregate != "none"
    }
    if not rules or not places:
        return []
    marks, names = (", ".join("?" * len(group)) for group in (places, rules))
    sql = f"""SELECT indicator, period, snapshot, sum(value), sum(numerator), sum(denominator),
            count(numerator), count(denominator)
        FROM observations WHERE level = 'commune' AND code IN ({marks}) AND indicator IN ({names}) AND status = 'ok'
        GROUP BY ALL HAVING count(DISTINCT code) = ? ORDER BY indicator, period, snapshot"""
    found = []
    for name, period, snapshot, value, numerator, denominator, tops, bottoms in observatory.rows(
        sql, [*places, *rules, len(places)]
    ):
        rule, whole = rules[name], len(places)
        if rule.aggregate == "ratio":
            if tops < whole or bottoms < whole or not denominator:
                continue
            value = rule.scale * numerator / denominator
        found.append(Observation(name, level, code, period, value, numerator, denominator, None, None, "ok", snapshot))
    return found


def _named(definitions: Mapping[str, Definition]) -> set[str]:
    """Every column of places that a definition names."""
    found: set[str] = set()
    for rule in (one.compute for one in definitions.values()):
        for inputs in getattr(rule, "inputs", ()):
            found.update(column for _, column in inputs.columns())
            found.update(name.format(period=when) for when in inputs.periods for name in getattr(rule, "weight", ()))
        found.add(getattr(rule, "denominator", RESIDENTS))
    return found


def _measures(rows: pl.DataFrame) -> dict[str, Measure]:
    """The measures of :func:`measure_table`, at the places that its ``rows`` are."""
    found = {}
    for name in rows.columns:
        if name == "place" or ":" in name:
            continue
        columns = {kind: f"{name}:{kind}" for kind in (_ESTIMATED, _CITY) if f"{name}:{kind}" in rows.columns}
        estimated = rows[columns[_ESTIMATED]].to_numpy() if _ESTIMATED in columns else np.zeros(rows.height, dtype=bool)
        of_city = _floats(rows[columns[_CITY]]) if _CITY in columns else None
        found[name] = Measure(_floats(rows[name]), estimated, str(rows[f"{name}:{_SNAPSHOT}"][0]), of_city)
    return found


def _floats(column: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return column.fill_null(float("nan")).to_numpy()


def _at_hand(definition: Definition, at: Mapping[str, Measure], level: str) -> Definition | None:
    """The definition at this level alone, without the periods of which the edition has no measure."""
    rule = definition.compute
    inputs = tuple(
        group.model_copy(update={"periods": periods})
        for group in getattr(rule, "inputs", ())
        if (periods := tuple(period for period, column in group.columns() if column in at))
    )
    if not inputs:
        return None
    return definition.model_copy(update={"compute": rule.model_copy(update={"inputs": inputs}), "levels": (level,)})
