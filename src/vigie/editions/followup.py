"""The national follow-up that the Cour des comptes asks for (recommendation 2): promised, done, changed, not measured.

Everything is told from one edition; for a year, from what the edition holds of that year and before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from vigie.editions.observatory import Observatory
from vigie.editions.standings import Moved, Standing, commands, records, standing, target_rows
from vigie.errors import UnknownNameError
from vigie.indicators import Definition
from vigie.indicators.periods import moment
from vigie.language import Text

if TYPE_CHECKING:
    import polars as pl

UNEQUAL = (
    *("apl_mg", "apl_mg_champ_constant", "apl_infirmiers", "apl_kines", "apl_sages_femmes", "apl_dentistes"),
    "temps_urgences",
)
"""The indicators whose inequality the follow-up tells; ``vigie gaps`` has the others."""

LEVELS = ("departement", "epci")


@dataclass(frozen=True)
class Promised:
    """A target of the country: its verdict, what other sources say, what it was before, what would measure it."""

    standing: Standing
    others: tuple[Standing, ...]
    difference: Text
    former: tuple[tuple[float, str], ...]
    serves: tuple[str, ...]
    owner: str
    document: str
    needs: Text
    note: str
    shown: tuple[Shown, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A published figure that is told beside a target without measuring it."""

    label: Text
    period: str | None
    value: float
    unit: str
    qualifier: str
    note: str
    snapshot: str


@dataclass(frozen=True)
class Watched:
    """An alert indicator of the Cour: its last national figure and the one before."""

    indicator: str
    period: str | None
    value: float | None
    before_period: str | None
    before: float | None
    snapshot: str | None
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Apart:
    """How far apart the best and the worst served tenths of the people are in a period (see ``editions.gaps``).

    ``between`` and ``within``: per cent of the variance between départements and inside them; None at that level.
    """

    period: str
    territories: int
    worst: float
    best: float
    gap: float
    ratio: float | None
    between: float | None
    within: float | None


@dataclass(frozen=True)
class Inequality:
    """The gaps of an indicator between the territories of a level, the oldest period first, and where they are from."""

    indicator: str
    level: str
    series: tuple[Apart, ...]
    snapshots: tuple[str, ...]


@dataclass(frozen=True)
class SocialGap:
    """Adults without médecin traitant: those with C2S and the others in %, and the gap in points, as published."""

    period: str
    c2s: float | None
    others: float | None
    gap: float | None
    snapshots: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """One part of a service commitment: the share that measures it where a table brought it, else what would."""

    commitment: Text
    country: str
    label: Text
    owner: str
    numerator: str
    denominator: str
    document: str
    needs: Text
    indicator: str
    period: str | None
    value: float | None
    snapshot: str | None
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Followup:
    """The follow-up of a year, or of all that the edition holds (``year`` None)."""

    edition: str
    year: int | None
    commitments: tuple[Promised, ...]
    further: tuple[Promised, ...]
    services: tuple[Expected, ...]
    alerts: tuple[Watched, ...]
    inequality: tuple[Inequality, ...]
    social_gap: tuple[SocialGap, ...]
    changed: tuple[Moved, ...]
    sources: Mapping[str, str]


def followup(observatory: Observatory, year: int | None = None) -> Followup:
    """The national follow-up of an edition, as known at the end of ``year`` where one is given.

    Raises UnknownNameError for a year of which the edition holds nothing.
    """
    nation = _nation(observatory, year)
    promised = _promised(observatory, _standings(observatory, nation, year), year)
    return Followup(
        edition=observatory.id,
        year=year,
        commitments=tuple(one for one in promised if one.standing.number is not None),
        further=tuple(one for one in promised if one.standing.number is None),
        services=_services(observatory, nation, year),
        alerts=tuple(
            _watched(observatory, one, nation) for one in observatory.indicators.values() if one.theme == "alerte"
        ),
        inequality=tuple(_inequality(observatory, year)),
        social_gap=tuple(_social_gap(nation)),
        changed=tuple(_changed(observatory, nation)),
        sources=dict(observatory.rows("SELECT id, title_fr FROM snapshots ORDER BY id")),
    )


# What is known ----------------------------------------------------------------------------------------------------


def _nation(observatory: Observatory, year: int | None) -> pl.DataFrame:
    """The observations of France, those of after ``year`` left out."""
    import polars as pl

    file = observatory.folder / "tables" / "observations.parquet"
    found = pl.scan_parquet(file).filter((pl.col("level") == "france") & (pl.col("code") == "FR")).collect()
    if year is None:
        return found
    found = _until(found, year)
    if found.is_empty():
        raise UnknownNameError(
            f"l'édition ne contient aucun chiffre national de {year} ou d'avant.",
            f"the edition holds no national figure of {year} or before.",
        )
    return found


def _until(table: pl.DataFrame, year: int) -> pl.DataFrame:
    """The rows whose period has ended by the end of ``year``, or begins a day of the new year: a state on 1 January."""
    import polars as pl

    ends = {period: moment(period.rpartition("/")[2]) for period in table["period"].drop_nulls().unique()}
    kept = [period for period, time in ends.items() if time is not None and time <= year + 1]
    return table.filter(pl.col("period").is_in(kept))


def _standings(observatory: Observatory, nation: pl.DataFrame, year: int | None) -> list[Standing]:
    """The trajectories of the country, made anew for a year from what was known by then."""
    import polars as pl

    targets = target_rows(observatory)
    if year is None:
        rows = records(observatory, "SELECT * FROM trajectories WHERE level = 'france' ORDER BY target, stage")
    else:
        from vigie.editions.standing import trajectory_table
        from vigie.editions.tables import document_snapshots
        from vigie.indicators.series import by_indicator
        from vigie.sources.published.targets import targets as promised_targets

        figures = observatory.table("figures")
        dates = dict(observatory.rows("SELECT id, date FROM documents"))
        dated = figures.with_columns(pl.coalesce("period", pl.col("document").replace_strict(dates)).alias("period"))
        kept = figures.join(_until(dated, year).select("id"), on="id", how="semi", maintain_order="left")
        made = [one for one in promised_targets() if one.since[:4] <= str(year)]
        known = dict(by_indicator(nation))
        table = trajectory_table(made, known, kept, document_snapshots(figures), observatory.indicators)
        rows = table.filter(pl.col("level") == "france").to_dicts()
    found = [standing(row, targets[row["target"]]) for row in rows if targets[row["target"]]["set"] != "local"]
    return sorted(found, key=lambda one: (targets[one.target]["position"], one.stage, not one.retained))


def _promised(observatory: Observatory, standings: Sequence[Standing], year: int | None) -> list[Promised]:
    targets = target_rows(observatory)
    figures = {row["id"]: row for row in records(observatory, "SELECT * FROM figures")}
    snapshots = _documents(observatory)
    found = []
    for one in standings:
        if one.stage != 1 or not one.retained:
            continue
        target = targets[one.target]
        definition = observatory.indicators.get(target["indicator"])
        shown = [figures[name] for name in target["published"].split(", ") if name in figures]
        found.append(
            Promised(
                standing=one,
                others=tuple(
                    other for other in standings if other.target == one.target and other is not one and _told(other)
                ),
                # What is said of the sources of today may not hold of those of then.
                difference=Text(target["difference_fr"], target["difference_en"]) if year is None else Text("", ""),
                former=tuple((former["value"], former["date"]) for former in json.loads(target["former"])),
                serves=tuple(name for name in target["serves"].split(", ") if name),
                owner=target["owner"],
                document=target["document"],
                needs=Text(target["needs_fr"], target["needs_en"]),
                note=target["note_fr"],
                shown=tuple(_shown(row, snapshots) for row in shown if year is None or _by(row, year)),
                commands=commands(observatory, definition) if definition else (),
            )
        )
    return found


def _told(other: Standing) -> bool:
    """Whether another source, or what follows the target, has something to tell."""
    return other.verdict != "not_measurable"


def _by(row: Mapping[str, Any], year: int) -> bool:
    end = moment((row["period"] or "").rpartition("/")[2])
    return end is not None and end <= year + 1


def _shown(row: Mapping[str, Any], snapshots: Mapping[str, str]) -> Shown:
    return Shown(
        Text(row["label_fr"], row["label_en"]),
        *(row["period"], row["value"], row["unit"], row["qualifier"], row["note_fr"] or ""),
        snapshots.get(row["document"], ""),
    )


def _documents(observatory: Observatory) -> dict[str, str]:
    """The snapshot of each document of figures."""
    return dict(observatory.rows("SELECT source, id FROM snapshots WHERE rank > 0"))


def _watched(observatory: Observatory, definition: Definition, nation: pl.DataFrame) -> Watched:
    """The last national figure and the one before, in the same source."""
    rows = nation.filter(nation["indicator"] == definition.id).drop_nulls("value").to_dicts()
    dated = sorted(
        (row for row in rows if moment(row["period"]) is not None), key=lambda row: moment(row["period"]) or 0.0
    )
    last = dated[-1] if dated else None
    same = [row for row in dated[:-1] if last and row["snapshot"] == last["snapshot"]]
    before = same[-1] if same else None
    return Watched(
        indicator=definition.id,
        period=last["period"] if last else None,
        value=last["value"] if last else None,
        before_period=before["period"] if before else None,
        before=before["value"] if before else None,
        snapshot=last["snapshot"] if last else None,
        commands=commands(observatory, definition),
    )


def _services(observatory: Observatory, nation: pl.DataFrame, year: int | None) -> tuple[Expected, ...]:
    """The service commitments, those of documents that came after ``year`` left out."""
    dates = dict(observatory.rows("SELECT id, date FROM documents"))
    rows = records(observatory, "SELECT * FROM service_commitments")
    return tuple(
        _expected(observatory, row, nation) for row in rows if year is None or dates[row["document"]][:4] <= str(year)
    )


def _expected(observatory: Observatory, row: Mapping[str, Any], nation: pl.DataFrame) -> Expected:
    definition = observatory.indicators.get(row.get("indicator") or "")
    seen = _watched(observatory, definition, nation) if definition else None
    return Expected(
        *(Text(row["title_fr"], row["title_en"]), row["country"], Text(row["label_fr"], row["label_en"])),
        *(row["owner"], row["numerator_fr"], row["denominator_fr"], row["document"]),
        Text(row["needs_fr"], row["needs_en"]),
        indicator=definition.id if definition else "",
        period=seen.period if seen else None,
        value=seen.value if seen else None,
        snapshot=seen.snapshot if seen else None,
        commands=seen.commands if seen else (),
    )


def _inequality(observatory: Observatory, year: int | None) -> Iterator[Inequality]:
    """How far apart the best and the worst served are, between départements and between EPCI, year after year."""
    import polars as pl

    if not observatory.has("gaps"):
        return
    known = observatory.gaps().filter(pl.col("level").is_in(LEVELS) & pl.col("indicator").is_in(UNEQUAL))
    if year is not None:
        known = known.filter(pl.col("period").str.slice(0, 4).cast(pl.Int64) <= year)
    for level in LEVELS:
        for name in UNEQUAL:
            own = known.filter((pl.col("level") == level) & (pl.col("indicator") == name)).sort("period")
            if not own.is_empty():
                series = tuple(Apart(**row) for row in own.select(one.name for one in fields(Apart)).to_dicts())
                yield Inequality(name, level, series, _behind(observatory, name, level, own["period"].to_list()))


def _behind(observatory: Observatory, indicator: str, level: str, periods: Sequence[str]) -> tuple[str, ...]:
    """The snapshots that an indicator's figures of a level and of some periods are from."""
    sql = "SELECT DISTINCT snapshot FROM observations WHERE indicator = ? AND level = ? AND list_contains(?, period)"
    return tuple(sorted(name for (name,) in observatory.rows(sql, [indicator, level, list(periods)])))


def _social_gap(nation: pl.DataFrame) -> Iterator[SocialGap]:
    """The gap in médecin traitant between C2S beneficiaries and the others, by period."""
    names = {"c2s": "psmt_c2s", "others": "psmt_hors_c2s", "gap": "ecart_psmt_c2s"}
    own = [row for row in nation.to_dicts() if row["indicator"] in names.values() and row["value"] is not None]
    for period in sorted({row["period"] for row in own}):
        rows = {row["indicator"]: row for row in own if row["period"] == period}
        values = {field: rows[name]["value"] if name in rows else None for field, name in names.items()}
        yield SocialGap(period, **values, snapshots=tuple(sorted({row["snapshot"] for row in rows.values()})))


def _changed(observatory: Observatory, nation: pl.DataFrame) -> Iterator[Moved]:
    """The national series that move in a direction that is wished for or feared."""
    from vigie.indicators.series import by_indicator, trends

    for name, rows in by_indicator(nation):
        definition = observatory.indicators.get(name)
        if definition is None or definition.direction == "neutral":
            continue
        for row in trends(rows, definition).to_dicts():
            if row["outcome"] in ("increasing", "decreasing"):
                yield Moved(*(row[field.name] for field in fields(Moved)))
