"""Where a territory stands, read from an edition: its targets with their verdicts, its trends. Light to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from vigie.editions.observatory import Asked, Observatory, Territory
from vigie.indicators import Definition
from vigie.language import Text

VERDICTS = {
    "reached": Text("atteint", "reached"),
    "on_course": Text("en bonne voie", "on course"),
    "late": Text("en retard", "late"),
    "moving_away": Text("s'éloigne", "moving away"),
    "not_measurable": Text("non mesurable", "not measurable"),
}
REASONS = {
    "target_met": Text("la cible est tenue", "the target is met"),
    "ahead_of_line": Text(
        "sur la droite de la base à la cible, ou devant", "on the line from baseline to target, or ahead"
    ),
    "behind_line": Text("derrière la droite de la base à la cible", "behind the line from baseline to target"),
    "date_passed": Text("l'échéance est passée", "the date has passed"),
    "no_date": Text("sans échéance : seul le sens est jugé", "no date: only the direction is judged"),
    "no_movement": Text("rien n'a bougé", "nothing has moved"),
    "wrong_way": Text("le mouvement est contraire à la cible", "the movement is contrary to the target"),
    "catching_up": Text("le rythme des douze derniers mois suffit", "the pace of the last twelve months is enough"),
    "too_slow": Text("le rythme est trop faible", "the pace is too slow"),
    "no_measure": Text("aucune mesure publiée", "no published measure"),
    "one_point": Text("une seule mesure : ni rythme ni sens", "a single measure: neither pace nor direction"),
    "no_target": Text("cible à définir", "target to be defined"),
    "not_the_measure": Text(
        "les chiffres publiés sont des taux, la cible porte sur un nombre",
        "the published figures are rates, the target bears on a number",
    ),
}


@dataclass(frozen=True)
class Standing:
    """A target at a territory, as one source tells it; see ``vigie.editions.standing`` for the figures.

    ``unit`` is that of the target (percent for a growth), ``measured`` that of what is measured; empty where an earlier
    version of Vigie built the edition.
    """

    target: str
    number: int | None
    title: Text
    stage: int
    indicator: str
    level: str
    code: str
    kind: str
    value: float | None
    unit: str
    measured: str
    due: str
    means: bool
    source: str
    retained: bool
    rule: str
    baseline_period: str | None
    baseline: float | None
    latest_period: str | None
    latest: float | None
    yearly: float | None
    status: str | None
    expected: float | None
    gap: float | None
    distance: float | None
    pace: float | None
    required: float | None
    arrival: float | None
    verdict: str
    reason: str
    snapshots: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """A national series that moves, and by which rule that is said."""

    indicator: str
    first: str
    last: str
    from_value: float
    to_value: float
    outcome: str
    reading: str
    rule: str
    reason: str
    points: int
    snapshot: str | None


TRENDS = Asked("trends", ", ".join(field.name for field in fields(Moved)), "trends")


def territory_standing(observatory: Observatory, territory: Territory) -> list[Standing]:
    """The targets that are measured at a territory, its local ones included, each by the source retained."""
    sql = "SELECT * FROM trajectories WHERE retained AND snapshots <> ''"
    every = observatory.once("trajectories", lambda: records(observatory, sql))
    found = [row for row in every if (row["level"], row["code"]) == (territory.level, territory.code)]
    targets = target_rows(observatory)
    standings = [standing(row, targets[row["target"]]) for row in found]
    return sorted(standings, key=lambda one: (targets[one.target]["position"], one.stage))


def standings_at(observatory: Observatory, level: str) -> list[Standing]:
    """Where the territories of a level stand towards each national target, by the source retained."""
    sql = "SELECT * FROM trajectories WHERE retained AND snapshots <> ''"
    every = observatory.once("trajectories", lambda: records(observatory, sql))
    targets = target_rows(observatory)
    found = [standing(row, targets[row["target"]]) for row in every if row["level"] == level and row["stage"] == 1]
    return [one for one in found if one.rule != "none"]


def territory_trends(observatory: Observatory, territory: Territory) -> dict[str, Moved]:
    """The trends of a territory by indicator; of several sources, the one of most points."""
    if not observatory.has(TRENDS.table):
        return {}
    rows = sorted(observatory.own(TRENDS, territory.level, territory.code), key=lambda row: (row[9], row[10] or ""))
    return {row[0]: Moved(*row) for row in rows}


def commands(observatory: Observatory, definition: Definition, level: str = "france") -> tuple[str, ...]:
    """The commands that bring the figures of an indicator at a level; the producers publish none below départements."""
    published = level in ("departement", "region", "france")
    fetch = [f"vigie fetch {name}" for name in observatory.fetchable(definition.id) if published]
    return (*fetch, *(f"vigie import --template {name} TABLE.csv" for name in definition.imports))


def records(observatory: Observatory, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
    """The rows of a query by the names of its columns."""
    cursor = observatory.cursor().execute(sql, list(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def target_rows(observatory: Observatory) -> dict[str, dict[str, Any]]:
    """The targets of an edition by id."""
    sql = "SELECT * FROM targets ORDER BY position"
    return observatory.once("targets", lambda: {row["id"]: row for row in records(observatory, sql)})


def standing(row: Mapping[str, Any], target: Mapping[str, Any]) -> Standing:
    """A trajectory with what its target says."""
    first = row["stage"] == 1
    same = (field.name for field in fields(Standing) if field.name in row and field.name != "snapshots")
    return Standing(
        **{name: row[name] for name in same},
        number=target["number"],
        title=Text(target["title_fr"], target["title_en"]),
        kind=target["kind"] if first else target["then_kind"],
        value=row["aim"],
        unit=target["unit"],
        measured=target.get("measured", ""),
        means=target["means"],
        snapshots=tuple(row["snapshots"].split(", ")) if row["snapshots"] else (),
    )
