"""Where each territory stands: the tables of targets, of trajectories towards them and of trends.

The computing is that of ``vigie.indicators``; here the series are found: which figures belong to a target, at which
territory, from which source, and which of several sources is the one retained.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from vigie.editions.store import storage_errors
from vigie.errors import InputError, Where
from vigie.indicators import Definition, trajectory
from vigie.indicators.definition import Published
from vigie.indicators.periods import deadline, moment
from vigie.indicators.series import TRENDS, by_indicator, trends
from vigie.indicators.trajectory import REASONS, RULES, VERDICTS, Points, Trajectory
from vigie.sources.published.targets import LOCAL, Aim, Target, local_targets, service_commitments, targets

Tables = dict[str, pl.DataFrame]

FOLDER: Final = "targets"  # under the home: the files of local targets

TRAJECTORIES: Final = {
    "target": pl.String,
    "stage": pl.Int64,
    "indicator": pl.String,
    "level": pl.String,
    "code": pl.String,
    "source": pl.String,
    "retained": pl.Boolean,
    "rule": pl.String,
    "aim": pl.Float64,
    "due": pl.String,
    "baseline_period": pl.String,
    "baseline": pl.Float64,
    "latest_period": pl.String,
    "latest": pl.Float64,
    "yearly": pl.Float64,
    "status": pl.String,
    "expected": pl.Float64,
    "gap": pl.Float64,
    "distance": pl.Float64,
    "pace": pl.Float64,
    "required": pl.Float64,
    "arrival": pl.Float64,
    "verdict": pl.String,
    "reason": pl.String,
    "snapshots": pl.String,
}


@dataclass(frozen=True)
class LocalFile:
    """A file of local targets in the home."""

    path: Path

    def key(self) -> str:
        """What a build depends on: the name and the content."""
        with storage_errors(self.path):
            return f"targets {self.path.name} {self.path.read_bytes()!r}"


def local_files(home: Path) -> list[LocalFile]:
    """The files of local targets that the home holds, by name."""
    return [LocalFile(path) for path in sorted((home / FOLDER).glob("*.csv"))]


def check_local(files: Iterable[LocalFile], definitions: Mapping[str, Definition]) -> None:
    """Raise InputError for a file of local targets that is wrong in itself, before anything long is begun."""
    directions = {name: one.direction for name, one in definitions.items()}
    for file in files:
        local_targets(file.path, directions)


def read_local(
    files: Iterable[LocalFile], definitions: Mapping[str, Definition], territories: pl.DataFrame
) -> list[Target]:
    """The local targets of some files. Raises InputError also for a territory that does not exist."""
    directions = {name: one.direction for name, one in definitions.items()}
    known = set(territories.select("level", "code").iter_rows())
    found = []
    for file in files:
        for one in local_targets(file.path, directions):
            if (one.level, one.code) not in known:
                raise InputError(
                    "ce territoire n'existe pas.",
                    "this territory does not exist.",
                    remedy_fr="Cherchez-le : vigie show NOM donne son niveau et son code.",
                    remedy_en="Look for it: vigie show NAME gives its level and code.",
                    where=Where(file.path, row=one.line, column="code", value=f"{one.level}:{one.code}"),
                )
            definition = definitions[one.indicator]
            titles = {"title_fr": definition.title.fr, "title_en": definition.title.en}
            found.append(one.model_copy(update={**titles, "unit": definition.unit.fr}))
    return found


def standing_tables(
    observations: pl.DataFrame,
    figures: pl.DataFrame,
    documents: Mapping[str, str],
    definitions: Mapping[str, Definition],
    local: Sequence[Target] = (),
) -> Tables:
    """targets, service_commitments, trajectories and trends.

    ``observations`` and ``figures`` are tables of the edition, the former with each indicator's rows together;
    ``documents`` gives the snapshot of each document.
    """
    every = [*targets(), *(_in_unit(one, definitions[_indicator(one)]) for one in local)]
    rows_of = dict(by_indicator(observations))
    return {
        "targets": target_table(every),
        "service_commitments": _service_table(),
        "trajectories": trajectory_table(every, rows_of, figures, documents, definitions),
        "trends": trend_table(rows_of, definitions),
    }


def trajectory_table(
    every: Sequence[Target],
    rows_of: Mapping[str, pl.DataFrame],
    figures: pl.DataFrame,
    documents: Mapping[str, str],
    definitions: Mapping[str, Definition],
) -> pl.DataFrame:
    """The trajectories of some targets, with the columns of :data:`TRAJECTORIES`, by target, stage, level and code.

    ``figures`` may be a part of all: a series is made of those that are there.
    """
    source = _Figures({row["id"]: row for row in figures.iter_rows(named=True)}, documents)
    rows = [row for one in every for row in _trajectories(one, definitions, rows_of, source)]
    return pl.DataFrame(rows, schema=TRAJECTORIES).sort("target", "stage", "level", "code", "retained", "source")


def trend_table(rows_of: Mapping[str, pl.DataFrame], definitions: Mapping[str, Definition]) -> pl.DataFrame:
    """The trends of every indicator, by indicator, level and code."""
    frames = [trends(rows, definitions[name]) for name, rows in rows_of.items() if name in definitions]
    return pl.concat([pl.DataFrame(schema=TRENDS), *frames])


def _in_unit(one: Target, definition: Definition) -> Target:
    """A local target, whose file names no unit, in the unit of its indicator: per cent, or a number."""
    unit = "percent" if definition.unit.fr.startswith("%") else "count"
    aim = one.target if one.target.unit else one.target.model_copy(update={"unit": unit})
    return one.model_copy(update={"unit": unit, "target": aim})


def target_table(every: Sequence[Target]) -> pl.DataFrame:
    """The targets, national ones in the order of their file, then local ones; ``former`` and ``series`` are JSON."""
    rows = [
        {
            "position": place,
            "id": one.id,
            "set": one.set,
            "number": one.number or None,
            "indicator": _indicator(one),
            "level": one.level,
            "code": one.code,
            "applies": one.applies,
            "title_fr": one.title_fr,
            "title_en": one.title_en,
            "kind": one.target.kind,
            "value": one.target.value,
            "unit": one.target.unit or one.unit,
            "measured": "count" if one.measure == "numerator" else one.unit,
            "due": one.target.date,
            "then_kind": one.then.kind if one.then else None,
            "then_value": one.then.value if one.then else None,
            "direction": one.direction,
            "measure": one.measure,
            "means": one.means,
            "serves": ", ".join(one.serves),
            "owner": one.owner,
            "since": one.since,
            "text": one.text,
            "document": one.document,
            "place": one.place,
            "quote_fr": one.quote_fr,
            "published": ", ".join(one.published),
            "former": json.dumps([former.model_dump() for former in one.former], ensure_ascii=False),
            "difference_fr": one.difference.fr if one.difference else "",
            "difference_en": one.difference.en if one.difference else "",
            "needs_fr": one.needs.fr if one.needs else "",
            "needs_en": one.needs.en if one.needs else "",
            "note_fr": one.note_fr,
        }
        for place, one in enumerate(every)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _service_table() -> pl.DataFrame:
    rows = [
        {
            "commitment": one.id,
            "country": one.country,
            "title_fr": one.title_fr,
            "title_en": one.title_en,
            "owner": one.owner,
            "promise": part.id,
            "value": part.value,
            "unit": part.unit,
            "label_fr": part.label_fr,
            "label_en": part.label_en,
            "numerator_fr": part.numerator_fr,
            "denominator_fr": part.denominator_fr,
            "document": one.document,
            "place": one.place,
            "quote_fr": part.quote_fr,
            "needs_fr": part.needs.fr,
            "needs_en": part.needs.en,
            "indicator": part.indicator,
        }
        for one in service_commitments()
        for part in one.promises
    ]
    return pl.DataFrame(rows)


def _indicator(one: Target) -> str:
    """The indicator that a target bears on: a commitment bears on the one of its own id."""
    return one.indicator or (one.id if one.set != "autres" else "")


# Series -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Point:
    """One figure of a series: when, how much, of which standing, from which snapshot."""

    period: str
    time: float
    value: float
    status: str
    snapshot: str


@dataclass(frozen=True)
class _Series:
    """The points of one territory from one source, in time order, and its growth over twelve months if published."""

    level: str
    code: str
    source: str
    points: tuple[_Point, ...]
    growth: _Point | None = None
    official: bool = False

    def latest(self) -> float:
        """The time of the last point."""
        return self.points[-1].time if self.points else self.growth.time if self.growth else -np.inf


@dataclass(frozen=True)
class _Figures:
    """The published figures by id, and the snapshot of each document."""

    by_id: Mapping[str, Mapping[str, object]]
    documents: Mapping[str, str]

    def point(self, name: str) -> _Point:
        """A published figure as a point; a growth stands at the end of its span, undated figures at their document."""
        row = self.by_id[name]
        document = str(row["document"])
        period = str(row["period"] or "")
        end = period.rpartition("/")[2]
        time = moment(end)
        status = "ok" if row["qualifier"] == "exact" and time is not None else "estimated"
        value = float(str(row["value"]))
        return _Point(period, time if time is not None else np.nan, value, status, self.documents[document])

    def document(self, name: str) -> str:
        """The document of a figure."""
        return str(self.by_id[name]["document"])


def _found(
    one: Target, definitions: Mapping[str, Definition], rows_of: Mapping[str, pl.DataFrame], figures: _Figures
) -> list[_Series]:
    """Every series that measures a target: of the producers' tables, then of the documents."""
    name = _indicator(one)
    observed: list[_Series] = []
    if name in definitions and name in rows_of:
        observed = list(_observed(one, definitions[name], rows_of[name], set(figures.documents.values())))
    growths = [figure for figure in one.growth if figure in figures.by_id]
    growth = figures.point(growths[0]) if growths else None
    chains = [[figure for figure in chain if figure in figures.by_id] for chain in one.series]
    quoted = [
        _Series(
            *("france", "FR", " + ".join(dict.fromkeys(figures.document(figure) for figure in chain))),
            tuple(figures.point(figure) for figure in chain),
            growth if place == 0 else None,
        )
        for place, chain in enumerate(chains)
        if chain
    ]
    if growth and not quoted:
        quoted = [_Series("france", "FR", figures.document(growths[0]), (), growth)]
    return [*observed, *quoted]


def _observed(
    one: Target, definition: Definition, observations: pl.DataFrame, documents: set[str]
) -> Iterator[_Series]:
    """The series among the observations: those of France in documents are named by the target itself, not taken."""
    column = "numerator" if one.measure == "numerator" else "value"
    kept = observations.filter(pl.col(column).is_not_null())
    if one.set == LOCAL or one.applies == "france":
        kept = kept.filter((pl.col("level") == one.level) & (pl.col("code") == one.code))
    by_snapshot = isinstance(definition.compute, Published)
    if by_snapshot:
        quoted = pl.col("snapshot").is_in(sorted(documents))
        kept = kept.filter(~quoted | ((pl.col("level") != "france") & pl.lit(column == "value")))
    key = ["level", "code", "snapshot"] if by_snapshot else ["level", "code"]
    for values, rows in sorted(kept.partition_by(key, as_dict=True).items()):
        points = [
            _Point(row["period"], time, row[column], row["status"], row["snapshot"])
            for row in rows.iter_rows(named=True)
            if (time := moment(row["period"])) is not None and definition.unbroken(row["period"])
        ]
        if points:
            ordered = tuple(sorted(points, key=lambda point: point.time))
            level, code, *rest = values
            snapshot = rest[0] if rest else ordered[-1].snapshot
            yield _Series(level, code, snapshot.split("@")[0], ordered, official=snapshot not in documents)


# Trajectories -----------------------------------------------------------------------------------------------------


def _trajectories(
    one: Target, definitions: Mapping[str, Definition], rows_of: Mapping[str, pl.DataFrame], figures: _Figures
) -> list[dict[str, object]]:
    found = _found(one, definitions, rows_of, figures)
    nation = (one.level, one.code)
    if not any((series.level, series.code) == nation for series in found):
        found.append(_Series(*nation, "", ()))
    rows = _rows(one, one.target, 1, found)
    due = deadline(one.target.date) if one.target.date else None
    if one.then is not None and due is not None:
        later = [_after(series, due) for series in found]
        rows += _rows(one, one.then, 2, [series for series in later if series.points])
    return rows


def _after(series: _Series, due: float) -> _Series:
    points = tuple(point for point in series.points if point.time >= due)
    return _Series(series.level, series.code, series.source, points, None, series.official)


def _rows(one: Target, aim: Aim, stage: int, found: Sequence[_Series]) -> list[dict[str, object]]:
    if not found:
        return []
    ends = [_ends(series, one.since) for series in found]
    points = Points(
        *(np.array(column, dtype=np.float64) for column in zip(*(end.numbers() for end in ends), strict=True))
    )
    made, rule = _judged(one, aim, points)
    retained = _retained(found)
    return [
        {
            "target": one.id,
            "stage": stage,
            "indicator": _indicator(one),
            "level": series.level,
            "code": series.code,
            "source": series.source,
            "retained": place in retained,
            "rule": rule,
            "aim": aim.value,
            "due": aim.date,
            **end.described(),
            **{name: _number(getattr(made, name)[place]) for name in _MADE},
            "verdict": VERDICTS[made.verdict[place]],
            "reason": REASONS[made.reason[place]],
        }
        for place, (series, end) in enumerate(zip(found, ends, strict=True))
    ]


_MADE = ("expected", "gap", "distance", "pace", "required", "arrival")


def _judged(one: Target, aim: Aim, points: Points) -> tuple[Trajectory, str]:
    """The trajectories of one target and the rule that judged them."""
    if aim.kind == "none" or aim.value is None:
        return trajectory.nowhere(points, trajectory.NO_TARGET), RULES[4]
    if one.measure == "numerator" and one.published and np.isnan(points.latest).all():
        return trajectory.nowhere(points, trajectory.NOT_THE_MEASURE), RULES[4]
    if aim.kind == "yearly_growth":
        return trajectory.toward_growth(points, aim.value, one.direction), RULES[2]
    due = deadline(aim.date) if aim.date else None
    made = trajectory.toward_level(points, aim.value, one.direction, np.nan if due is None else due)
    return made, RULES[1] if due is None else RULES[0]


@dataclass(frozen=True)
class _Ends:
    """The two points that a trajectory is told from, and the growth over the last twelve months."""

    baseline: _Point | None
    latest: _Point | None
    yearly: float
    growth: _Point | None

    def numbers(self) -> tuple[float, float, float, float, float]:
        """As :class:`Points` takes them."""
        ends = [(one.value, one.time) if one else (np.nan, np.nan) for one in (self.baseline, self.latest)]
        return (*ends[0], *ends[1], self.yearly)

    def described(self) -> dict[str, object]:
        """The columns of a trajectory that say what it is told from."""
        used = [point for point in (self.baseline, self.latest, self.growth) if point is not None]
        last = self.latest or self.growth
        return {
            "baseline_period": self.baseline.period if self.baseline else None,
            "baseline": self.baseline.value if self.baseline else None,
            "latest_period": last.period if last else None,
            "latest": self.latest.value if self.latest else None,
            "yearly": _number(self.yearly),
            "status": None if not used else "ok" if all(point.status == "ok" for point in used) else "estimated",
            "snapshots": ", ".join(dict.fromkeys(point.snapshot for point in used)),
        }


def _ends(series: _Series, since: str) -> _Ends:
    """The last point known when the target was set, else the first; and the last of all."""
    yearly = series.growth.value if series.growth else np.nan
    if not series.points:
        return _Ends(None, None, yearly, series.growth)
    begins = deadline(since) if since else None
    before = [point for point in series.points if begins is not None and point.time <= begins]
    baseline, latest = (before or series.points)[-1 if before else 0], series.points[-1]
    if baseline is latest and len(series.points) > 1:  # nothing is known since the target was set: the last step known
        baseline = series.points[-2]
    if np.isnan(yearly):
        yearly = _last_year(series.points)
    return _Ends(baseline, latest, yearly, series.growth)


def _last_year(points: Sequence[_Point]) -> float:
    """The growth over the last twelve months, in percent, where a point a year before the last is known."""
    last = points[-1]
    year = [point for point in points if abs(last.time - point.time - 1) <= 0.05 and point.value > 0]
    return 100 * (last.value / year[-1].value - 1) if year else float("nan")


def _retained(found: Sequence[_Series]) -> set[int]:
    """The positions of the series retained, one a territory: the producer's own, then the latest, then the first."""
    best: dict[tuple[str, str], int] = {}
    for place, series in enumerate(found):
        key = (series.level, series.code)
        if key not in best or _better(series, found[best[key]]):
            best[key] = place
    return set(best.values())


def _better(series: _Series, other: _Series) -> bool:
    if series.official != other.official:
        return series.official
    return series.official and series.latest() > other.latest()


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
