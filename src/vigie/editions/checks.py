"""What a built table must satisfy before its edition is served. A check that fails names what is wrong and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from vigie.errors import CheckError
from vigie.indicators import Definition
from vigie.indicators.compute import KEY
from vigie.indicators.series import by_indicator
from vigie.language import Text

STATUSES = ("ok", "estimated", "missing", "suppressed")

# What France has in the COG 2024: the published totals of INSEE, and the places that they make.
EXPECTED_TERRITORIES = {"commune": 34_980, "departement": 101, "region": 18, "france": 1}
EXPECTED_PLACES = 34_977

# A national value that moves by more than this between two editions, for the same indicator and period, is a doubt.
LARGEST_CHANGE = 0.25

# What identifies a row of the tables on zoning, on inequality and on the definitions of a désert.
_KEYS = {
    "zoning_rules": ["id"],
    "zone_members": ["mesh", "place"],
    "zones": ["rule", "zoned", "zone"],
    "zoning_summary": ["rule", "zoned", "level", "territory", "class"],
    "inequality": ["indicator", "period", "compared", "level", "code", "measure"],
    "desert_territories": ["definition", "period", "level", "code"],
    "desert_crossings": ["definition", "other", "period"],
}
READ = {"observations", "territories", "memberships", "places", "snapshots", "trends", "trajectories", *_KEYS}
"""The tables that the checks read."""


@dataclass(frozen=True)
class Check:
    """One check: what it looks at, what it expects, what it found, and whether that is an ``error`` or a ``doubt``."""

    id: str
    title: Text
    severity: str
    passed: bool
    found: str


def check_edition(
    tables: Mapping[str, pl.DataFrame], definitions: Mapping[str, Definition], previous: pl.DataFrame | None
) -> list[Check]:
    """Every check of an edition's tables; ``previous`` are the observations of the edition served, if any."""
    observations = tables["observations"]
    checks = [
        _unique("territories", tables["territories"], ["level", "code"]),
        _unique("memberships", tables["memberships"], ["place", "level", "code"]),
        _unique_observations(observations),
        *(_unique(name, tables[name], key) for name, key in _KEYS.items() if name in tables),
        *_counts(tables),
        _statuses(observations),
        _nothing_of_the_hidden(observations),
        _finite(observations),
        _intervals(observations),
        _known_territories(observations, tables["territories"]),
        _known_snapshots(observations, tables["snapshots"]),
        *_sums(observations, definitions),
        *_ranges(observations, definitions),
        _coverage(observations, definitions),
        *_standing(tables),
    ]
    return checks if previous is None else [*checks, _change(observations, previous)]


def refuse_errors(checks: list[Check]) -> None:
    """Raise CheckError naming every check that failed as an error."""
    failed = [check for check in checks if not check.passed and check.severity == "error"]
    if failed:
        raise CheckError(
            "contrôles non passés, l'édition n'est pas publiée : "
            + " ; ".join(f"{check.title.fr} ({check.found})" for check in failed)
            + ".",
            "checks failed, the edition is not published: "
            + "; ".join(f"{check.title.en} ({check.found})" for check in failed)
            + ".",
            remedy_fr="L'édition servie n'a pas changé. Corrigez la source nommée, puis relancez vigie build.",
            remedy_en="The edition being served has not changed. Mend the source named, then run vigie build again.",
        )


def table(checks: list[Check]) -> pl.DataFrame:
    """The checks as a table: id, title_fr, title_en, severity, passed, found."""
    rows = [
        {
            "id": check.id,
            "title_fr": check.title.fr,
            "title_en": check.title.en,
            "severity": check.severity,
            "passed": check.passed,
            "found": check.found,
        }
        for check in checks
    ]
    return pl.DataFrame(rows, schema_overrides={"passed": pl.Boolean})


def _unique_observations(observations: pl.DataFrame) -> Check:
    doubled, seen = 0, set()
    for name, rows in by_indicator(observations):
        doubled += _doubled(rows, KEY) + (rows.height if name in seen else 0)
        seen.add(name)
    title = Text(f"clés uniques dans observations : {', '.join(KEY)}", f"unique keys in observations: {', '.join(KEY)}")
    return Check("unique_observations", title, "error", doubled == 0, f"{doubled} doublons / duplicates")


def _doubled(frame: pl.DataFrame, key: list[str]) -> int:
    return frame.height - int(frame.select(pl.struct(key).n_unique()).item())


def _unique(name: str, frame: pl.DataFrame, key: list[str]) -> Check:
    doubled = _doubled(frame, key)
    title = Text(f"clés uniques dans {name} : {', '.join(key)}", f"unique keys in {name}: {', '.join(key)}")
    return Check(f"unique_{name}", title, "error", doubled == 0, f"{doubled} doublons / duplicates")


def _counts(tables: Mapping[str, pl.DataFrame]) -> list[Check]:
    heights = dict(tables["territories"].group_by("level").len().iter_rows())
    checks = [
        Check(
            f"territories_{level}",
            Text(f"{expected} territoires de niveau {level}", f"{expected} territories of level {level}"),
            "error",
            heights.get(level, 0) == expected,
            str(heights.get(level, 0)),
        )
        for level, expected in EXPECTED_TERRITORIES.items()
    ]
    places = tables["places"].height
    title = Text(f"{EXPECTED_PLACES} lieux de calcul", f"{EXPECTED_PLACES} places")
    return [*checks, Check("places", title, "error", places == EXPECTED_PLACES, str(places))]


def _statuses(observations: pl.DataFrame) -> Check:
    valued = pl.col("status").is_in(["ok", "estimated"])
    wrong = observations.filter(
        ~pl.col("status").is_in(STATUSES)
        | (valued & pl.col("value").is_null())
        | (~valued & pl.col("value").is_not_null())
    ).height
    title = Text(
        "une valeur là où le statut en promet une, et là seulement", "a value where the status says so, only there"
    )
    return Check("statuses", title, "error", wrong == 0, f"{wrong} observations")


def _nothing_of_the_hidden(observations: pl.DataFrame) -> Check:
    """Of what is suppressed, neither the value nor what it is made of."""
    told = pl.any_horizontal(pl.col(name).is_not_null() for name in ("value", "numerator", "lower", "upper"))
    wrong = observations.filter((pl.col("status") == "suppressed") & told).height
    title = Text("rien de ce qui est couvert par le secret statistique", "nothing of what is suppressed")
    return Check("hidden", title, "error", wrong == 0, f"{wrong} observations")


def _finite(observations: pl.DataFrame) -> Check:
    columns = ("value", "numerator", "denominator", "lower", "upper")
    wrong = observations.select(pl.any_horizontal(~pl.col(name).is_finite() for name in columns).sum()).item()
    title = Text("ni infini ni NaN dans les observations", "neither infinity nor NaN in observations")
    return Check("finite", title, "error", wrong == 0, f"{wrong} observations")


def _intervals(observations: pl.DataFrame) -> Check:
    wrong = observations.filter((pl.col("lower") > pl.col("value")) | (pl.col("upper") < pl.col("value"))).height
    title = Text("chaque valeur dans son intervalle", "each value within its interval")
    return Check("intervals", title, "error", wrong == 0, f"{wrong} observations")


def _known_territories(observations: pl.DataFrame, territories: pl.DataFrame) -> Check:
    key = pl.struct("level", "code").hash()
    known = territories.select(key).to_series().implode()
    # By hashes first: two million rows joined on two texts would take memory that a stranger's row is worth only.
    strangers = observations.filter(~key.is_in(known)).select("level", "code").unique()
    title = Text("chaque observation porte sur un territoire connu", "each observation is of a known territory")
    found = ", ".join(f"{level}:{code}" for level, code in strangers.sort("level", "code").head(5).iter_rows())
    return Check("known_territories", title, "error", strangers.is_empty(), found or "0")


def _known_snapshots(observations: pl.DataFrame, snapshots: pl.DataFrame) -> Check:
    strangers = set(observations["snapshot"].unique()) - set(snapshots["id"])
    title = Text("chaque observation renvoie à ses fichiers d'origine", "each observation refers to its original files")
    return Check("known_snapshots", title, "error", not strangers, ", ".join(sorted(map(str, strangers))[:5]) or "0")


def _sums(observations: pl.DataFrame, definitions: Mapping[str, Definition]) -> list[Check]:
    """Counts over the places add up to every level that covers France."""
    checks = []
    for name, definition in definitions.items():
        if definition.compute.rule != "sum":
            continue
        own = observations.filter(pl.col("indicator") == name)
        totals = dict(
            own.filter(pl.col("level").is_in(["departement", "region", "france"]))
            .group_by("level")
            .agg(pl.col("numerator").sum())
            .iter_rows()
        )
        gap = max(totals.values(), default=0.0) - min(totals.values(), default=0.0)
        title = Text(f"{name} : mêmes totaux à chaque niveau", f"{name}: same totals at each level")
        checks.append(Check(f"sums_{name}", title, "error", abs(gap) < 0.5, f"écart / gap {gap:g}"))
    return checks


def _ranges(observations: pl.DataFrame, definitions: Mapping[str, Definition]) -> list[Check]:
    """Shares within 0–100, and nothing else below zero but an index or a change."""
    checks = []
    bounds = {
        name: rows.select(low=pl.col("value").min(), high=pl.col("value").max()).row(0)
        for name, rows in by_indicator(observations)
    }
    for name, definition in definitions.items():
        low, high = bounds.get(name, (None, None))
        if low is None:
            continue
        percentage = definition.unit.fr.startswith("%") and definition.compute.rule in (
            "share_below",
            "share_above",
            "mean",
        )
        signed = definition.compute.rule == "published" or definition.unit.fr == "indice"
        passed = (signed or low >= 0) and (not percentage or high <= 100 + 1e-9)
        title = Text(f"{name} : valeurs plausibles", f"{name}: plausible values")
        checks.append(Check(f"range_{name}", title, "error", passed, f"{low:g} – {high:g}"))
    return checks


def _coverage(observations: pl.DataFrame, definitions: Mapping[str, Definition]) -> Check:
    """Every computed indicator has a value for France in one period at least, unless an import brings it."""
    computed = [name for name, one in definitions.items() if one.periods() and not one.imports]
    france = observations.filter((pl.col("level") == "france") & pl.col("value").is_not_null())
    known = set(france["indicator"])
    absent = [name for name in computed if name not in known]
    title = Text("une valeur nationale pour chaque indicateur calculé", "a national value for each computed indicator")
    return Check("national_values", title, "error", not absent, ", ".join(absent) or "0")


def _standing(tables: Mapping[str, pl.DataFrame]) -> list[Check]:
    """One trend a series, one trajectory retained a target and territory, and no verdict without its numbers."""
    trajectories = tables["trajectories"]
    retained = trajectories.filter("retained")
    baseless = retained.filter((pl.col("verdict") != "not_measurable") & (pl.col("snapshots") == "")).height
    title = Text("aucun verdict sans chiffres", "no verdict without figures")
    return [
        _unique("trends", tables["trends"], ["indicator", "level", "code", "snapshot"]),
        _unique("trajectories", retained, ["target", "stage", "level", "code"]),
        Check("verdicts", title, "error", baseless == 0, f"{baseless}"),
    ]


def _change(observations: pl.DataFrame, previous: pl.DataFrame) -> Check:
    """National values against those of the edition served: a large move is a doubt, not a refusal."""

    def national(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter((pl.col("level") == "france") & pl.col("value").is_not_null())

    both = national(observations).join(national(previous), on=["indicator", "period", "snapshot"], suffix="_before")
    moved = both.filter(
        (pl.col("value") - pl.col("value_before")).abs() > LARGEST_CHANGE * pl.col("value_before").abs()
    )
    title = Text(
        "valeurs nationales à moins de 25 % de celles de l'édition précédente",
        "national values within 25 % of those of the previous edition",
    )
    found = ", ".join(f"{row['indicator']} {row['period']}" for row in moved.head(5).iter_rows(named=True))
    return Check("change", title, "doubt", moved.is_empty(), found or "0")
