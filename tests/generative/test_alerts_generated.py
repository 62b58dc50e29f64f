"""The fast judgement of series against a plain one in loops, and the laws of what changes between two editions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.indicators.alerts import ALERT_KEY, SEVERITIES, Rule, degrees, difference, judge, people_under, responses

SOME = settings(max_examples=80, deadline=None)
PERIODS = ["2018", "2019", "2021", "2022", "2023"]
World = dict[str, dict[str, float | None]]

values = st.one_of(st.none(), st.integers(0, 6).map(float))
worlds = st.dictionaries(
    st.sampled_from("ABCDE"), st.dictionaries(st.sampled_from(PERIODS), values, min_size=1), min_size=1
)
KINDS = ("threshold", "against_france", "change", "difference")


@st.composite
def drawn_rules(draw: st.DrawFn) -> Rule:
    direction = draw(st.sampled_from(["below", "at_most", "above", "at_least"]))
    falling = direction in ("below", "at_most")
    limits = sorted(draw(st.sets(st.integers(-60, 6), min_size=1, max_size=2)), reverse=falling)
    source = {"status": "ours", "fr": "x", "en": "x"}
    return Rule.model_validate(
        {
            "id": "rule",
            "title": {"fr": "x", "en": "x"},
            "volet": "geographie",
            "indicator": "it",
            "kind": draw(st.sampled_from(KINDS)),
            "direction": direction,
            "window": draw(st.integers(1, 2)),
            "persistence": draw(st.integers(1, 3)),
            "levels": ["epci"],
            "steps": [
                {"severity": severity, "value": float(limit), "source": source}
                for severity, limit in zip(SEVERITIES, limits, strict=False)
            ],
        }
    )


def table(world: World, level: str = "epci") -> pl.DataFrame:
    rows = [("it", level, code, when, value, "ok") for code, own in world.items() for when, value in own.items()]
    texts = dict.fromkeys(("indicator", "level", "code", "period"), pl.String)
    return pl.DataFrame(rows, schema={**texts, "value": pl.Float64, "status": pl.String}, orient="row")


def populations(world: World) -> pl.DataFrame:
    return pl.DataFrame(
        {"level": ["epci"] * len(world), "code": list(world), "population": [100] * len(world)},
        schema={"level": pl.String, "code": pl.String, "population": pl.Int64},
    )


def plain(world: World, france: dict[str, float | None], rule: Rule) -> list[dict[str, Any]]:
    """What the rule says, one territory and one step at a time."""
    found = []
    for code in sorted(world):
        known = [(when, value) for when, value in sorted(world[code].items()) if value is not None]
        measures = []
        for place, (when, value) in enumerate(known):
            earlier = known[place - rule.window][1] if place >= rule.window else None
            national = [value for other, value in sorted(france.items()) if value is not None and other <= when]
            if rule.kind == "threshold":
                measures.append((when, value))
            elif rule.kind == "against_france" and national:
                measures.append((when, value - national[-1]))
            elif rule.kind == "difference" and earlier is not None:
                measures.append((when, value - earlier))
            elif rule.kind == "change" and earlier:
                measures.append((when, 100 * (value - earlier) / earlier))
        runs = [run(measures, rule.direction, step.value) for step in rule.steps]
        if not runs[0] or len(runs[0]) < rule.persistence:
            continue
        reached = max(place for place, one in enumerate(runs) if len(one) >= rule.persistence)
        found.append(
            {
                "code": code,
                "severity": rule.steps[reached].severity,
                "measure": measures[-1][1],
                "since": runs[0][0],
                "periods": len(runs[0]),
                "from_first": len(runs[0]) == len(measures),
                "severity_since": runs[reached][0],
                "severity_periods": len(runs[reached]),
            }
        )
    return found


def run(measures: list[tuple[str, float]], direction: str, limit: float) -> list[str]:
    """The periods that meet a limit without a break up to the last."""
    held: list[str] = []
    for when, value in reversed(measures):
        met = {"below": value < limit, "at_most": value <= limit, "above": value > limit, "at_least": value >= limit}
        if not met[direction]:
            break
        held.insert(0, when)
    return held


@SOME
@given(worlds, st.dictionaries(st.sampled_from(PERIODS), values), drawn_rules())
def test_the_fast_judgement_is_the_plain_one(world: World, france: dict[str, float | None], rule: Rule) -> None:
    observations = pl.concat([table(world), table({"FR": france}, "france")])
    alerts, judged = judge(observations.sample(fraction=1, shuffle=True, seed=1), populations(world), [rule])
    expected = plain(world, france, rule)
    assert alerts.select(list(expected[0]) if expected else []).to_dicts() == expected
    assert alerts.height == len(expected)
    assert set(alerts["code"]) <= set(judged["code"]) <= set(world)


@SOME
@given(worlds, worlds, drawn_rules())
def test_what_changed_and_what_was_there_give_what_is_there(before: World, after: World, rule: Rule) -> None:
    """Alerts before, minus those gone, plus those that appeared, are the alerts after; and the reverse mirrors it."""
    old, new = (judge(table(world), populations(world), [rule])[0] for world in (before, after))
    changes = difference(old, new)
    kinds = {row["code"]: row["change"] for row in changes.to_dicts()}
    appeared, gone = ({code for code, kind in kinds.items() if kind == name} for name in ("appeared", "gone"))
    assert set(new["code"]) == set(old["code"]) - gone | appeared
    assert not appeared & set(old["code"])
    mirrored = {"appeared": "gone", "gone": "appeared", "worsened": "eased", "eased": "worsened"}
    back = {row["code"]: row["change"] for row in difference(new, old).to_dicts()}
    assert back == {code: mirrored[kind] for code, kind in kinds.items()}
    assert difference(old, old).is_empty()
    assert changes.select(ALERT_KEY).is_unique().all()


@SOME
@given(worlds, drawn_rules(), st.lists(st.tuples(st.sampled_from("ABCDE-"), st.integers(1, 7), st.integers(0, 99))))
def test_each_person_is_counted_once(world: World, rule: Rule, homes: list[tuple[str, int, int]]) -> None:
    codes = sorted(world)
    alerts, judged = judge(table(world), populations(world), [rule])
    places = pl.DataFrame(
        [(density, people) for _, density, people in homes],
        schema={"density": pl.Int64, "population": pl.Int64},
        orient="row",
    )
    position = np.array([codes.index(code) if code in codes else -1 for code, _, _ in homes], dtype=np.int32)
    summed = degrees(alerts, judged, responses())
    counts, by_rule = people_under(summed, alerts, {"epci": (codes, position)}, places)
    everybody = sum(people for _, _, people in homes)
    for spaces in (pl.col("space") == "all", pl.col("space") != "all"):
        assert counts.filter(spaces)["people"].sum() == everybody
    under = counts.filter((pl.col("space") == "all") & (pl.col("alerts") > 0))["people"].sum()
    assert by_rule.filter(pl.col("space") == "all")["people"].sum() == under
