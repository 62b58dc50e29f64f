"""Alerts: a threshold crossed or a change too fast, with its direction, its size, since when and how many people.

A rule is a ``.toml`` file in ``alert_rules/``: an indicator, what is compared with what, steps of severity with the
source of each, how long it must last, the volet of the Cour des comptes. Nothing here sets a threshold.

Of a series only the known values count, in the order of their periods; a run is the values that meet a step without a
break up to the last one, so that a year without a measure neither breaks nor lengthens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, Where
from vigie.indicators.definition import Level, Words
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FOLDER = Path(__file__).parent / "alert_rules"
RESPONSES = Path(__file__).parent / "responses.toml"

Volet = Literal["soins_programmes", "soins_non_programmes", "aller_vers", "geographie"]
VOLETS: tuple[Volet, ...] = ("soins_programmes", "soins_non_programmes", "aller_vers", "geographie")
Severity = Literal["moderate", "high"]
SEVERITIES: tuple[Severity, ...] = ("moderate", "high")
Kind = Literal["threshold", "against_france", "change", "difference"]
Direction = Literal["below", "at_most", "above", "at_least"]
CHANGES = ("appeared", "worsened", "eased", "gone")

ALERTS = {
    "level": pl.String,
    "code": pl.String,
    "rule": pl.String,
    "volet": pl.String,
    "indicator": pl.String,
    "severity": pl.String,
    "direction": pl.String,
    "period": pl.String,
    "value": pl.Float64,
    "reference": pl.Float64,
    "reference_period": pl.String,
    "measure": pl.Float64,
    "threshold": pl.Float64,
    "since": pl.String,
    "periods": pl.Int64,
    "from_first": pl.Boolean,
    "severity_since": pl.String,
    "severity_periods": pl.Int64,
    "people": pl.Float64,
    "people_share": pl.Float64,
    "status": pl.String,
}
ALERT_KEY = ["level", "code", "rule"]
_SERIES = ["level", "code"]

_DOCUMENT = "docs/methods-alerts.md"
_REFUSED = Text("règle d'alerte refusée", "alert rule refused")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(_Strict):
    """Where a threshold comes from. ``official_elsewhere``: an official figure that its text applies to another mesh
    or year than ours."""

    status: Literal["official", "official_elsewhere", "ours"]
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Step(_Strict):
    """A severity and the value from which it holds."""

    severity: Severity
    value: float
    source: Origin


class Rule(_Strict):
    """One rule. What is compared with the value of a step, the ``measure``, depends on ``kind``:

    ``threshold``: the value itself; ``against_france``: the value minus that of France at the same period or the last
    before; ``change``: the change in per cent since the value ``window`` measures earlier; ``difference``: the same in
    the unit of the indicator. ``persistence`` is how many measures running it takes; ``people`` is the indicator that
    gives the share of people concerned (all of them otherwise).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    volet: Volet
    indicator: str
    kind: Kind
    direction: Direction
    window: int = Field(default=1, ge=1)
    persistence: int = Field(default=1, ge=1)
    least_population: int = Field(default=0, ge=0)
    levels: tuple[Level, ...] = Field(min_length=1)
    people: str | None = None
    steps: tuple[Step, ...] = Field(min_length=1, max_length=len(SEVERITIES))

    @model_validator(mode="after")
    def _steps_go_up(self) -> Rule:
        if [step.severity for step in self.steps] != list(SEVERITIES[: len(self.steps)]):
            named = ", ".join(SEVERITIES)
            raise RefusedError(f"les paliers sont, dans cet ordre\u202f: {named}", f"steps are, in this order: {named}")
        values = [step.value for step in self.steps]
        falling = self.direction in ("below", "at_most")
        if values != sorted(set(values), reverse=falling):
            raise RefusedError(
                "chaque palier doit aller plus loin que celui d'avant", "each step is further than the one before it"
            )
        if self.kind == "against_france" and "france" in self.levels:
            raise RefusedError("la France ne se compare pas à elle-même", "France is not compared with itself")
        return self


class Reason(_Strict):
    """Alerts that, all at once, call for a degree: at least this severity, for at least this many measures running."""

    id: str
    title: Words
    rules: tuple[str, ...] = Field(min_length=1)
    severity: Severity
    periods: int = Field(ge=1)


class Degree(_Strict):
    """A degree of response, in the words of the Cour des comptes. Without reasons, any alert calls for it."""

    id: str
    title: Words
    quote: str
    advice: str
    reasons: tuple[Reason, ...] = ()


class Responses(_Strict):
    """The degrees, the mildest first."""

    source: Words
    status: Literal["official", "ours"]
    criteria: Words
    degrees: tuple[Degree, ...] = Field(min_length=1)


# Reading --------------------------------------------------------------------------------------------------------------


def read_rules(folder: Path) -> dict[str, Rule]:
    """The rules of every ``.toml`` of ``folder`` by id. Raises InputError naming the file and the key."""
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.toml")):
        rule = validated(Rule, toml_file(path), _REFUSED, _DOCUMENT, path)
        if rule.id != path.stem:
            raise InputError(
                f"l'identifiant doit être le nom du fichier, « {path.stem} ».",
                f"the id must be the file's name, “{path.stem}”.",
                where=Where(file=path, column="id", value=rule.id),
            )
        found[rule.id] = rule
    return found


def read_responses(path: Path) -> Responses:
    """The degrees of response of a ``.toml`` file. Raises InputError naming the file and the key."""
    return validated(Responses, toml_file(path), _REFUSED, _DOCUMENT, path)


@cache
def rules() -> dict[str, Rule]:
    """The rules that Vigie ships, by id."""
    return read_rules(FOLDER)


@cache
def responses() -> Responses:
    """The degrees of response that Vigie ships."""
    return read_responses(RESPONSES)


# Alerts ---------------------------------------------------------------------------------------------------------------


def judge(
    observations: pl.DataFrame, populations: pl.DataFrame, rules: Iterable[Rule]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The alerts, and what could be judged.

    ``observations``: indicator, level, code, period, value, status, one row a key, of series without a break.
    ``populations``: level, code, population (null where unknown). Returns ``ALERTS``, sorted by its key, and
    ``judged``: level, code, rule for each rule that a territory has a measure for, with or without an alert.
    """
    known = observations.filter(pl.col("value").is_not_null())
    by_indicator = {str(name): part for (name,), part in known.group_by("indicator")}
    alerts, judged = [pl.DataFrame(schema=ALERTS)], []
    for rule in rules:
        own = by_indicator.get(rule.indicator, known.clear())
        found, last = _runs(_measured(_of_rule(own, rule, populations), own, rule), rule)
        judged.append(last.select(*_SERIES, rule=pl.lit(rule.id)))
        alerts.append(_concerned(found, by_indicator.get(rule.people or "", known.clear()), rule))
    keys = pl.DataFrame(schema=dict.fromkeys(ALERT_KEY, pl.String))
    return pl.concat(alerts).sort(ALERT_KEY), pl.concat([keys, *judged]).sort(ALERT_KEY)


def _of_rule(known: pl.DataFrame, rule: Rule, populations: pl.DataFrame) -> pl.DataFrame:
    """The series that a rule looks at, sorted and numbered (``series``), with the population of their territories."""
    series = known.filter(pl.col("level").is_in(rule.levels)).join(
        populations, on=_SERIES, how="left", maintain_order="left"
    )
    if rule.least_population:
        series = series.filter(pl.col("population") >= rule.least_population)
    return series.sort(*_SERIES, "period").with_columns(series=pl.struct(_SERIES).rle_id())


def _measured(series: pl.DataFrame, known: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """With ``reference``, ``reference_period`` and ``measure``; the rows that have no measure are left out."""
    value, reference = pl.col("value"), pl.col("reference")
    if rule.kind == "threshold":
        none = {"reference": pl.lit(None, pl.Float64), "reference_period": pl.lit(None, pl.String)}
        return series.with_columns(**none, measure=value)
    if rule.kind == "against_france":
        france = known.filter(pl.col("level") == "france")
        compared = _with_last_before(series, france)
        return compared.with_columns(measure=value - reference).drop_nulls("measure")
    lagged = series.with_columns(
        reference=value.shift(rule.window).over("series"),
        reference_period=pl.col("period").shift(rule.window).over("series"),
    )
    if rule.kind == "difference":
        return lagged.with_columns(measure=value - reference).drop_nulls("measure")
    # From nothing there is no change in per cent.
    return lagged.filter(reference > 0).with_columns(measure=100 * (value - reference) / reference)


def _with_last_before(series: pl.DataFrame, france: pl.DataFrame) -> pl.DataFrame:
    """Each value beside that of France at the same period, or at the last one before it."""
    national = france.sort("period").select("period", "value")
    periods = national["period"].to_numpy().astype(str)
    before = np.searchsorted(periods, series["period"].to_numpy().astype(str), side="right") - 1
    # What stands before the first national figure is compared with nothing.
    references = pl.concat([national, national.clear(1)])[np.where(before < 0, national.height, before)]
    return series.hstack(references.rename({"value": "reference", "period": "reference_period"}))


def _met(rule: Rule, step: Step) -> pl.Expr:
    measure = pl.col("measure")
    comparisons = {
        "below": measure < step.value,
        "at_most": measure <= step.value,
        "above": measure > step.value,
        "at_least": measure >= step.value,
    }
    return comparisons[rule.direction]


def _runs(series: pl.DataFrame, rule: Rule) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last row of each series that is an alert, with its runs; and the last row of every series."""
    flags = {}
    for place, step in enumerate(rule.steps):
        # 1 as long as every later value up to the last meets the step.
        flags[f"run{place}"] = _met(rule, step).cast(pl.Int64).reverse().cum_min().reverse().over("series")
    marked = series.with_columns(**flags)
    counts = {}
    for place in range(len(rule.steps)):
        run = pl.col(f"run{place}")
        counts[f"length{place}"] = run.sum()
        counts[f"since{place}"] = pl.col("period").filter(run == 1).first()
    summed = marked.group_by("series", maintain_order=True).agg(pl.all().last(), **counts, measures=pl.len())
    return _alerts(summed, rule), summed


def _alerts(summed: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The series whose first step has lasted enough; the severity is the highest step that has too."""
    lasting = summed.filter(pl.col("length0") >= rule.persistence)
    worst: dict[str, pl.Expr] = {}
    for place, step in enumerate(rule.steps):
        enough = pl.col(f"length{place}") >= rule.persistence
        here = {
            "severity": pl.lit(step.severity),
            "threshold": pl.lit(step.value),
            "severity_since": pl.col(f"since{place}"),
            "severity_periods": pl.col(f"length{place}"),
        }
        worst = here if not worst else {
            name: pl.when(enough).then(expression).otherwise(worst[name]) for name, expression in here.items()
        }  # fmt: skip
    return lasting.with_columns(
        **worst,
        rule=pl.lit(rule.id),
        volet=pl.lit(rule.volet),
        indicator=pl.lit(rule.indicator),
        direction=pl.lit(rule.direction),
        since=pl.col("since0"),
        periods=pl.col("length0"),
        from_first=pl.col("length0") == pl.col("measures"),
    )


def _concerned(found: pl.DataFrame, shares: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """With the people concerned: the share that the rule's indicator gives for the same period, or everyone."""
    share = pl.lit(None, pl.Float64)
    if rule.people is not None:
        shared = shares.select(*_SERIES, "period", share="value")
        found = found.join(shared, on=[*_SERIES, "period"], how="left", maintain_order="left")
        share = pl.col("share")
    return found.with_columns(people_share=share, people=pl.col("population") * share.fill_null(100.0) / 100).select(
        pl.col(name).cast(dtype) for name, dtype in ALERTS.items()
    )


# Degrees of response --------------------------------------------------------------------------------------------------


def degrees(alerts: pl.DataFrame, judged: pl.DataFrame, responses: Responses) -> pl.DataFrame:
    """What each territory that could be judged adds up to, sorted by level and code.

    Columns: level, code, judged (ids of the rules that had a measure, separated by spaces), alerts, high (alerts of
    high severity), volets (with an alert), degree (id, null without an alert) and reasons (ids of the reasons met).
    """
    summed = judged.group_by(_SERIES).agg(judged=pl.col("rule").sort().str.join(" "))
    own = alerts.group_by(_SERIES).agg(
        alerts=pl.len().cast(pl.Int64),
        high=(pl.col("severity") == "high").sum().cast(pl.Int64),
        volets=pl.col("volet").n_unique().cast(pl.Int64),
    )
    table = summed.join(own, on=_SERIES, how="left").with_columns(pl.col("alerts", "high", "volets").fill_null(0))
    table = table.with_columns(
        degree=pl.when(pl.col("alerts") > 0).then(pl.lit(responses.degrees[0].id)),
        reasons=pl.lit(""),
    )
    for degree in responses.degrees:
        for reason in degree.reasons:
            table = _with_reason(table, alerts, degree, reason)
    return table.with_columns(pl.col("reasons").str.strip_chars()).sort(_SERIES)


def _with_reason(table: pl.DataFrame, alerts: pl.DataFrame, degree: Degree, reason: Reason) -> pl.DataFrame:
    severe = SEVERITIES.index(reason.severity)
    lasting = pl.col("severity_periods") if severe else pl.col("periods")
    meeting = alerts.filter(
        pl.col("rule").is_in(reason.rules) & pl.col("severity").is_in(SEVERITIES[severe:]) & (lasting >= reason.periods)
    )
    together = meeting.group_by(_SERIES).agg(n=pl.len()).filter(pl.col("n") == len(reason.rules)).drop("n")
    met = pl.col("met").fill_null(value=False)
    return (
        table.join(together.with_columns(met=pl.lit(value=True)), on=_SERIES, how="left")
        .with_columns(
            degree=pl.when(met).then(pl.lit(degree.id)).otherwise(pl.col("degree")),
            reasons=pl.when(met).then(pl.col("reasons") + f" {reason.id}").otherwise(pl.col("reasons")),
        )
        .drop("met")
    )


# People under alert ---------------------------------------------------------------------------------------------------


def people_under(
    degrees: pl.DataFrame,
    alerts: pl.DataFrame,
    levels: Mapping[str, tuple[Sequence[str], NDArray[np.int32]]],
    places: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How many people live in a territory under none, one, two… alerts, and under each rule, by kind of space.

    ``levels``: for each level the codes of its territories and the position in them of each place (−1 for none), as
    ``Reference.members``. ``places``: density (1–7) and population by place. Returns ``counts``: level, space (density
    class, or ``all``), alerts (null where no rule could be judged), people, share (% of the people of the space); and
    ``by_rule``: level, space, rule, people, share. A person counts once, where they live, by the alerts of the
    territory of that level that holds the place.
    """
    counts, by_rule = [], []
    for level, (codes, position) in levels.items():
        own = _people_at(codes, position, places)
        totals = own.group_by("space").agg(total=pl.col("people").sum())
        number = degrees.filter(pl.col("level") == level).select("code", "alerts")
        counts.append(_shared(own.join(number, on="code", how="left"), totals, level, "alerts"))
        ruled = alerts.filter(pl.col("level") == level).select("code", "rule")
        by_rule.append(_shared(own.join(ruled, on="code", how="inner"), totals, level, "rule"))
    return pl.concat(counts), pl.concat(by_rule)


def _people_at(codes: Sequence[str], position: NDArray[np.int32], places: pl.DataFrame) -> pl.DataFrame:
    """One row a place and space (its own density class, and ``all``): code at the level, space, people."""
    named = pl.Series("code", [*codes, None], dtype=pl.String).gather(np.where(position < 0, len(codes), position))
    own = places.select(people=pl.col("population").fill_null(0), space=pl.col("density").cast(pl.String))
    own = own.with_columns(named)
    return pl.concat([own, own.with_columns(space=pl.lit("all"))])


def _shared(rows: pl.DataFrame, totals: pl.DataFrame, level: str, by: str) -> pl.DataFrame:
    return (
        rows.group_by("space", by)
        .agg(people=pl.col("people").sum())
        .join(totals, on="space")
        .select(
            pl.lit(level).alias("level"), "space", by, "people",
            share=pl.when(pl.col("total") > 0).then(100 * pl.col("people") / pl.col("total")),
        )
        .sort("space", by, nulls_last=True)
    )  # fmt: skip


# Between two editions -------------------------------------------------------------------------------------------------


def difference(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """What became of the alerts: level, code, rule, change (of ``CHANGES``), and of each edition severity and value.

    Alerts that did not change severity are left out; sorted by key.
    """
    columns = [*ALERT_KEY, "severity", "value", "period"]
    both = before.select(columns).join(after.select(columns), on=ALERT_KEY, how="full", suffix="_after", coalesce=True)
    old, new = (
        pl.col(name).replace_strict({one: rank for rank, one in enumerate(SEVERITIES)}, return_dtype=pl.Int64)
        for name in ("severity", "severity_after")
    )
    change = (
        pl.when(old.is_null()).then(pl.lit("appeared"))
        .when(new.is_null()).then(pl.lit("gone"))
        .when(new > old).then(pl.lit("worsened"))
        .when(new < old).then(pl.lit("eased"))
    )  # fmt: skip
    renamed = both.rename({name: f"{name}_before" for name in ("severity", "value", "period")})
    return both.select(change=change).hstack(renamed).filter(pl.col("change").is_not_null()).sort(ALERT_KEY)
