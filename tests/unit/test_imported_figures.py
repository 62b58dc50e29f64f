"""What an imported table becomes: zeros where it is complete, communes of another vintage, sums, amounts a head."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from small_country import reference

from vigie.editions.imports import Asked, _source
from vigie.indicators import definitions
from vigie.indicators.imported import _span, _stretches, observe
from vigie.indicators.measures import Tidy

REFERENCE = reference()
GROUPS = {level: REFERENCE.membership_matrix(level) for level in REFERENCE.levels}
PASSAGE = pl.DataFrame(
    [("46003", "46003", "merger", 1.0, 2022), ("46009", "46003", "merger", 1.0, 2022)],
    schema=["code_before", "code_after", "change", "ratio", "year_before"],
    orient="row",
).with_columns(year_after=pl.col("year_before") + 1, date=pl.lit(None, pl.Date))

Row = tuple[str, str, str, str, float | None, float | None, float | None, float | None, str]
_NUMBERS = ("value", "numerator", "denominator", "people")


def tidy(form: str, *rows: Row, **asked: Any) -> Tidy:
    """An import: indicator, level, code, period, value, numerator, denominator, people, status."""
    names = ["indicator", "level", "code", "period", *_NUMBERS, "status"]
    kinds = {name: pl.Float64 if name in _NUMBERS else pl.String for name in names}
    table = pl.DataFrame([*rows], schema=kinds, orient="row").with_columns(name=pl.lit(None, pl.String))
    order = ["indicator", "level", "code", "name", "period", *_NUMBERS, "status"]
    return Tidy(_source(Asked(form, "Essai", **asked), "essai.csv"), table.select(order), "essai@1")


def seen(*imports: Tidy) -> dict[tuple[str, str, str], dict[str, Any]]:
    found = observe(list(imports), REFERENCE, GROUPS, PASSAGE, definitions()).observations
    return {(row["level"], row["code"], row["period"]): row for row in found.to_dicts()}


def stays(code: str, count: float | None, level: str = "commune", period: str = "2024", status: str = "ok") -> Row:
    return ("hospitalisations_evitables", level, code, period, count, count, None, None, status)


def installed(code: str, count: float | None, level: str = "commune", period: str = "2024") -> Row:
    status = "missing" if count is None else "ok"
    return ("primo_installes_mg", level, code, period, count, count, None, None, status)


def test_what_a_complete_table_leaves_out_is_zero_and_nothing_else_is() -> None:
    rows = [installed("12001", 2), installed("46001", 1)]
    partial = seen(tidy("installations", *rows))
    assert ("commune", "12002", "2024") not in partial and ("departement", "12", "2024") not in partial
    whole = seen(tidy("installations", *rows, complete_for=("departement:12",)))
    assert [whole["commune", code, "2024"]["value"] for code in ("12001", "12002", "12005")] == [2.0, 0.0, 0.0]
    assert ("commune", "46002", "2024") not in whole
    assert whole["departement", "12", "2024"]["value"] == 2.0
    both = seen(tidy("installations", *rows, complete_for=("departement:12", "departement:46")))
    assert both["departement", "46", "2024"]["value"] == 1.0 and both["france", "FR", "2024"]["value"] == 3.0


def test_a_territory_that_one_given_territory_fills_has_no_sum() -> None:
    alone = seen(tidy("hospitalisations", stays("76", 10, level="region")))
    assert [level for level, _, _ in alone] == ["region"]
    both = seen(tidy("hospitalisations", stays("12", 10, level="departement"), stays("46", 5, level="departement")))
    assert both["region", "76", "2024"]["value"] == both["france", "FR", "2024"]["value"] == 15.0


def test_only_territories_that_lie_wholly_inside_are_completed() -> None:
    rows = [installed("200000001", 2, "epci")]
    whole = seen(tidy("installations", *rows, complete_for=("departement:12",)))
    assert whole["epci", "200000002", "2024"]["value"] == 0.0
    assert ("epci", "200000003", "2024") not in whole  # half of it is in another département
    for period in ("2023", "2024"):
        two = seen(tidy("installations", *rows, installed("200000002", 1, "epci", "2023"), complete_for=("region:76",)))
        assert two["epci", "200000004", period]["value"] == 0.0


def test_rates_are_never_completed() -> None:
    row = ("psmt", "epci", "200000001", "2024", 10.0, 100.0, 1000.0, None, "ok")
    found = seen(tidy("psmt_epci", row, complete_for=("region:76",)))
    assert ("epci", "200000002", "2024") not in found


def test_communes_of_another_vintage_are_brought_to_the_reference() -> None:
    rows = [stays("46003", 20), stays("46009", 30), stays("46002", 40)]
    found = seen(tidy("hospitalisations", *rows, vintage=2022))
    assert found["commune", "46003", "2024"]["numerator"] == 50.0 and ("commune", "46009", "2024") not in found
    hidden = seen(tidy("hospitalisations", stays("46003", 20), stays("46009", None, status="suppressed"), vintage=2022))
    assert (hidden["commune", "46003", "2024"]["status"], hidden["commune", "46003", "2024"]["value"]) == (
        *("suppressed", None),
    )
    missing = seen(tidy("hospitalisations", stays("46003", 20), stays("46009", None, status="missing"), vintage=2022))
    assert missing["commune", "46003", "2024"]["status"] == "missing"
    rate = [("psmt", "commune", code, "2024", 100 * part / whole, part, whole, None, "ok")
            for code, part, whole in (("46003", 100.0, 1000.0), ("46009", 300.0, 1000.0))]  # fmt: skip
    merged = seen(tidy("psmt_epci", *rate, vintage=2022))["commune", "46003", "2024"]
    assert (merged["value"], merged["numerator"], merged["denominator"]) == (20.0, 400.0, 2000.0)


def test_the_report_of_a_vintage_is_told_and_none_where_nothing_moves() -> None:
    def conversions(*rows: Row, **asked: Any) -> int:
        made = tidy("hospitalisations", *rows, **asked)
        return len(observe([made], REFERENCE, GROUPS, PASSAGE, definitions()).conversions)

    assert conversions(stays("46003", 20), vintage=2022) == 1
    assert conversions(stays("46003", 20)) == 0
    assert conversions(stays("12", 20, "departement"), vintage=2022) == 0


def aid(code: str, euros: float | None, people: float | None, level: str = "commune") -> Row:
    status = "missing" if euros is None else "ok"
    return ("aides_demographiques", level, code, "2024", None, euros, None, people, status)


def test_an_amount_is_divided_by_the_residents_that_the_edition_knows() -> None:
    found = seen(tidy("aides_commune", aid("12001", 50_000.0, 40.0), aid("12002", 30_000.0, 30.0)))
    row = found["commune", "12001", "2024"]
    assert (row["value"], row["numerator"], row["denominator"], row["status"]) == (50.0, 50_000.0, 1000.0, "ok")
    assert found["epci", "200000001", "2024"]["value"] == 40.0
    unknown = seen(tidy("aides_commune", aid("99999", 50_000.0, 40.0), aid("12002", None, None)))
    assert unknown["commune", "99999", "2024"]["status"] == "missing"
    assert unknown["commune", "12002", "2024"]["status"] == "missing"


def test_an_amount_of_few_people_is_hidden_and_one_paid_to_structures_never() -> None:
    rows = [aid("12001", 50_000.0, 3.0), aid("12002", 30_000.0, 30.0), aid("12003", 20_000.0, None)]
    open_ = [("aides_exercice_coordonne", "commune", "12001", "2024", None, 900.0, None, None, "ok")]
    found = observe([tidy("aides_commune", *rows, *open_)], REFERENCE, GROUPS, PASSAGE, definitions()).observations
    status = {(row["indicator"], row["code"]): row["status"] for row in found.to_dicts() if row["level"] == "commune"}
    assert status["aides_demographiques", "12001"] == "suppressed"
    assert status["aides_demographiques", "12003"] == "suppressed"  # of how many people is not said
    assert status["aides_exercice_coordonne", "12001"] == "ok"
    free = seen(tidy("aides_commune", *rows, threshold=2))
    assert free["commune", "12001", "2024"]["status"] == "ok"


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("2024", (24288, 24300)), ("2024-06", (24293, 24294)), ("2024-01/2024-03", (24288, 24291)),
        ("2023/2024", (24276, 24300)), ("2024-06-30", None),
    ],
)  # fmt: skip
def test_the_months_of_a_period(period: str, span: tuple[int, int] | None) -> None:
    assert _span(period) == span


def test_flows_over_stretches_that_overlap_share_their_months() -> None:
    periods = ["2024", "2024-01/2024-06", "2024-04/2024-12"]
    year, first, rest = ({int(one) for one in part} for part in _stretches(periods, "flow"))
    assert year == first | rest and first & rest and first - rest and rest - first
    moments = [{int(one) for one in part} for part in _stretches(["2024-06-30", "2024-12-31", "2024-06-30"], "stock")]
    assert moments[0] == moments[2] and moments[0].isdisjoint(moments[1])
