"""Alert rules on small series made by hand: what is an alert, since when, how severe, how many people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from vigie.errors import InputError
from vigie.indicators.alerts import (
    ALERTS,
    Responses,
    Rule,
    degrees,
    difference,
    judge,
    people_under,
    read_rules,
    responses,
    rules,
)

OURS = {"status": "ours", "fr": "essai", "en": "trial"}


def rule(**changes: Any) -> Rule:
    return Rule.model_validate(
        {
            "id": "low",
            "title": {"fr": "bas", "en": "low"},
            "volet": "geographie",
            "indicator": "apl",
            "kind": "threshold",
            "direction": "below",
            "levels": ["epci"],
            "steps": [
                {"severity": "moderate", "value": 2.5, "source": OURS},
                {"severity": "high", "value": 2.0, "source": OURS},
            ],
        }
        | changes
    )


def series(
    values: dict[str, float | None], level: str = "epci", code: str = "A", indicator: str = "apl"
) -> pl.DataFrame:
    rows = [
        (indicator, level, code, period, value, "missing" if value is None else "ok")
        for period, value in values.items()
    ]
    texts = dict.fromkeys(("indicator", "level", "code", "period"), pl.String)
    return pl.DataFrame(rows, schema={**texts, "value": pl.Float64, "status": pl.String}, orient="row")


def people(**codes: int | None) -> pl.DataFrame:
    return pl.DataFrame(
        [("epci", code, count) for code, count in codes.items()],
        schema={"level": pl.String, "code": pl.String, "population": pl.Int64},
        orient="row",
    )


def only(table: pl.DataFrame) -> dict[str, Any]:
    (row,) = table.to_dicts()
    return row


def test_a_value_under_the_threshold_is_an_alert_with_its_run() -> None:
    alerts, judged = judge(series({"2019": 3.0, "2021": 2.4, "2022": 1.9, "2023": 1.8}), people(A=1000), [rule()])
    found = only(alerts)
    assert list(found) == list(ALERTS)
    assert (found["severity"], found["threshold"], found["value"], found["period"]) == ("high", 2.0, 1.8, "2023")
    assert (found["since"], found["periods"], found["from_first"]) == ("2021", 3, False)
    assert (found["severity_since"], found["severity_periods"]) == ("2022", 2)
    assert (found["people"], found["people_share"]) == (1000.0, None)
    assert judged.rows() == [("epci", "A", "low")]


def test_only_the_last_known_value_counts_and_a_gap_neither_breaks_nor_lengthens() -> None:
    alerts, _ = judge(
        series({"2018": 2.0, "2019": 2.1, "2020": None, "2021": 2.2, "2022": None}), people(A=10), [rule()]
    )
    found = only(alerts)
    assert (found["period"], found["since"], found["periods"], found["from_first"]) == ("2021", "2018", 3, True)
    alerts, judged = judge(series({"2021": 2.0, "2022": 3.0}), people(A=10), [rule()])
    assert alerts.is_empty() and judged.height == 1


@pytest.mark.parametrize(
    ("direction", "values", "value", "expected"),
    [
        ("below", (2.5, 2.0), 2.5, None),
        ("at_most", (2.5, 2.0), 2.5, "moderate"),
        ("at_most", (2.5, 2.0), 2.0, "high"),
        ("above", (30.0, 45.0), 30.0, None),
        ("above", (30.0, 45.0), 46.0, "high"),
        ("at_least", (30.0, 45.0), 30.0, "moderate"),
    ],
)
def test_edges(direction: str, values: tuple[float, float], value: float, expected: str | None) -> None:
    steps = [
        {"severity": severity, "value": limit, "source": OURS}
        for severity, limit in zip(("moderate", "high"), values, strict=True)
    ]
    alerts, _ = judge(series({"2023": value}), people(A=1), [rule(direction=direction, steps=steps)])
    assert alerts["severity"].to_list() == ([expected] if expected else [])


def test_persistence_holds_for_each_step() -> None:
    values = series({"2021": 2.4, "2022": 2.4, "2023": 1.9})
    alerts, _ = judge(values, people(A=1), [rule(persistence=2)])
    assert only(alerts)["severity"] == "moderate" and only(alerts)["threshold"] == 2.5
    assert judge(values, people(A=1), [rule(persistence=4)])[0].is_empty()


def test_small_territories_are_not_judged() -> None:
    values = pl.concat([series({"2023": 1.0}, code=code) for code in ("A", "B", "C")])
    alerts, judged = judge(values, people(A=2000, B=1999, C=None), [rule(least_population=2000)])
    assert alerts["code"].to_list() == judged["code"].to_list() == ["A"]


def test_against_france_takes_the_same_period_or_the_last_before() -> None:
    own = pl.concat(
        [series({"2020": 20.0}, code="A"), series({"2022": 20.0}, code="B"), series({"2018": 99.0}, code="C")]
    )
    france = series({"2019": 14.0, "2021": 15.0, "2023": 50.0}, level="france", code="FR")
    high = rule(kind="against_france", direction="above",
                steps=[{"severity": "moderate", "value": 3.0, "source": OURS}])  # fmt: skip
    alerts, judged = judge(pl.concat([own, france]), people(A=1, B=1, C=1), [high])
    compared = alerts.select("code", "reference", "reference_period", "measure").rows()
    assert compared == [("A", 14.0, "2019", 6.0), ("B", 15.0, "2021", 5.0)]
    assert judged["code"].to_list() == ["A", "B"]  # C has a value before any of France: it is compared with nothing
    assert judge(own, people(A=1, B=1, C=1), [high])[1].is_empty()


def test_a_change_is_measured_over_the_window() -> None:
    fall = rule(kind="change", window=2,
                steps=[{"severity": "moderate", "value": -10.0, "source": OURS}])  # fmt: skip
    values = pl.concat(
        [
            series({"2021": 4.0, "2022": 4.0, "2023": 3.5}, code="A"),
            series({"2021": 4.0, "2023": 3.0}, code="B"),  # 2022 is missing: no value two measures before
            series({"2021": 0.0, "2022": 1.0, "2023": 0.0}, code="C"),  # nothing to compare with
            series({"2021": 4.0, "2022": 1.0, "2023": 3.9}, code="D"),
        ]
    )
    alerts, judged = judge(values, people(A=1, B=1, C=1, D=1), [fall])
    found = only(alerts)
    assert (found["code"], found["measure"], found["reference"], found["reference_period"]) == ("A", -12.5, 4.0, "2021")
    assert judged["code"].to_list() == ["A", "D"]


def test_a_difference_is_in_the_unit_of_the_indicator() -> None:
    wide = rule(kind="difference", direction="above",
                steps=[{"severity": "moderate", "value": 1.0, "source": OURS}])  # fmt: skip
    found = only(judge(series({"2015": 3.3, "2019": 3.4, "2022": 4.8}), people(A=1), [wide])[0])
    assert found["measure"] == pytest.approx(1.4) and found["since"] == "2022" and not found["from_first"]


def test_people_concerned_are_the_share_of_the_same_period() -> None:
    shares = pl.concat(
        [series({"2022": 10.0, "2023": 25.0}, indicator="share"), series({"2022": 50.0}, code="B", indicator="share")]
    )
    values = pl.concat(
        [series({"2023": 1.0}), series({"2023": 1.0}, code="B"), series({"2023": 1.0}, code="C"), shares]
    )
    alerts, _ = judge(values, people(A=200, B=300, C=None), [rule(people="share")])
    assert alerts.select("code", "people", "people_share").rows() == [
        ("A", 50.0, 25.0), ("B", 300.0, None), ("C", None, None)
    ]  # fmt: skip


def reason(name: str, rules: list[str], severity: str, periods: int) -> dict[str, Any]:
    return {"id": name, "title": {"fr": "x", "en": "x"}, "rules": rules, "severity": severity, "periods": periods}


def test_the_degree_of_response_follows_its_reasons() -> None:
    degree = Responses.model_validate(
        {
            "source": {"fr": "x", "en": "x"},
            "status": "ours",
            "criteria": {"fr": "x", "en": "x"},
            "degrees": [
                {"id": "mild", "title": {"fr": "x", "en": "x"}, "quote": "", "advice": ""},
                {
                    "id": "grave",
                    "title": {"fr": "x", "en": "x"},
                    "quote": "",
                    "advice": "",
                    "reasons": [
                        reason("long", ["low"], "high", 2), reason("both", ["low", "other"], "moderate", 1)
                    ],
                },
            ],
        }
    )  # fmt: skip
    values = pl.concat(
        [
            series({"2022": 1.9, "2023": 1.9}, code="A"),
            series({"2022": 2.4, "2023": 1.9}, code="B"),  # low for two measures, very low for one only
            series({"2023": 3.0}, code="C"),
            series({"2023": 2.4}, code="D"),
            series({"2023": 1.0}, code="D", indicator="more"),
        ]
    )
    table = degrees(*judge(values, people(A=1, B=1, C=1, D=1), [rule(), rule(id="other", indicator="more")]), degree)
    assert table.select("code", "judged", "alerts", "high", "degree", "reasons").rows() == [
        ("A", "low", 1, 1, "grave", "long"),
        ("B", "low", 1, 1, "mild", ""),
        ("C", "low", 0, 0, None, ""),
        ("D", "low other", 2, 1, "grave", "both"),
    ]


def test_people_are_counted_where_they_live() -> None:
    places = pl.DataFrame({"density": [1, 1, 7, 7], "population": [100, 50, 10, None]})
    at = {"epci": (["A", "B"], np.array([0, 1, 1, -1], dtype=np.int32))}
    alerts, judged = judge(pl.concat([series({"2023": 1.0}, code="A")]), people(A=1, B=1), [rule()])
    counts, by_rule = people_under(degrees(alerts, judged, responses()), alerts, at, places)
    assert counts.select("space", "alerts", "people", "share").rows() == [
        ("1", 1, 100, pytest.approx(200 / 3)),
        ("1", None, 50, pytest.approx(100 / 3)),  # B could not be judged
        ("7", None, 10, 100.0),
        ("all", 1, 100, pytest.approx(62.5)),
        ("all", None, 60, pytest.approx(37.5)),
    ]
    assert by_rule.rows() == [
        ("epci", "1", "low", 100, pytest.approx(200 / 3)), ("epci", "all", "low", 100, pytest.approx(62.5))
    ]  # fmt: skip


def test_between_two_editions() -> None:
    def at(*pairs: tuple[str, float]) -> pl.DataFrame:
        values = pl.concat([series({"2023": value}, code=code) for code, value in pairs])
        return judge(values, people(), [rule()])[0]

    changes = difference(
        at(("A", 2.4), ("B", 1.0), ("C", 2.4), ("D", 2.4)), at(("A", 1.0), ("B", 2.4), ("D", 2.3), ("E", 1.0))
    )
    assert changes.select("code", "change", "severity_before", "severity_after").rows() == [
        ("A", "worsened", "moderate", "high"),
        ("B", "eased", "high", "moderate"),
        ("C", "gone", "moderate", None),
        ("E", "appeared", None, "high"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": [{"severity": "high", "value": 2.0, "source": OURS}]},
        {"steps": [{"severity": "moderate", "value": v, "source": OURS} for v in (2.0, 1.0)]},
        {"direction": "above"},  # the steps would go the other way
        {"kind": "against_france", "levels": ["france"]},
        {"volet": "autre"},
        {"unknown": 1},
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**changes)


def test_a_broken_file_is_told_with_its_name_and_key(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("id = 'one'\n")
    with pytest.raises(InputError, match=r"one\.toml.*title"):
        read_rules(tmp_path)
    (tmp_path / "one.toml").write_text("id = \n")
    with pytest.raises(InputError, match=r"one\.toml"):
        read_rules(tmp_path)


def test_every_threshold_says_where_it_comes_from() -> None:
    for known in rules().values():
        for step in known.steps:
            assert step.source.fr.endswith(".") and step.source.en.endswith(".")
            if step.source.status == "ours":
                assert "Choix de Vigie" in step.source.fr and "Vigie's choice" in step.source.en
            else:
                assert "Choix de Vigie" not in step.source.fr
    for degree in responses().degrees:
        assert all(name in rules() for reason in degree.reasons for name in reason.rules)
