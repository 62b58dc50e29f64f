"""Series of observations: what may be chained, their intervals, and how a trend is told."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pytest

from vigie.indicators import Definition, definitions
from vigie.indicators.compute import OBSERVATIONS
from vigie.indicators.definition import Break, Words
from vigie.indicators.series import TRENDS, panel, trends, with_intervals

APL = definitions()["apl_mg_champ_constant"]
ALD = definitions()["ald_sans_mt"]
DENSITY = definitions()["densite_mg"]
PSMT = definitions()["psmt"]


@dataclass(frozen=True)
class Seen:
    """An observation of a trial series."""

    period: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    code: str = "01"
    snapshot: str = "a@1"


def table(definition: Definition, *seen: Seen) -> pl.DataFrame:
    rows = [
        {
            "indicator": definition.id, "level": "departement", "code": one.code, "period": one.period,
            "value": one.value, "numerator": one.numerator, "denominator": one.denominator, "lower": None,
            "upper": None, "status": "ok" if one.value is not None else "missing", "snapshot": one.snapshot,
        }
        for one in seen
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=OBSERVATIONS)


def falling(years: int, **more: str) -> list[Seen]:
    return [Seen(str(2018 + year), 4.0 - year / 10, **more) for year in range(years)]


def one(definition: Definition, *seen: Seen) -> dict:
    (row,) = trends(table(definition, *seen), definition).to_dicts()
    return row


def test_five_yearly_points_are_judged_by_the_full_rule():
    row = one(APL, *falling(6))
    assert (row["rule"], row["test"], row["points"], row["first"], row["last"]) == (
        *("five_points", "regression", 5),
        *("2019", "2023"),
    )
    assert (row["outcome"], row["reading"]) == ("decreasing", "worsening")
    assert row["slope"] == pytest.approx(-0.1)
    assert row["p"] < 0.002


def test_direction_is_applied_after_the_statistics():
    lower = APL.model_copy(update={"direction": "lower"})
    neutral = APL.model_copy(update={"direction": "neutral"})
    rows = [one(definition, *falling(6)) for definition in (APL, lower, neutral)]
    assert [row["reading"] for row in rows] == ["worsening", "improving", "moving"]
    assert len({(row["outcome"], row["slope"], row["p"]) for row in rows}) == 1


def test_short_series_promise_less():
    row = one(APL, *falling(4))
    assert (row["rule"], row["reason"], row["outcome"]) == ("short_series", "steady", "decreasing")
    assert (row["statistic"], row["p"], row["p_adjusted"]) == (None, None, None)
    unsteady = one(APL, Seen("2021", 3.0), Seen("2022", 2.0), Seen("2023", 2.5))
    assert (unsteady["outcome"], unsteady["reason"]) == ("no_change", "unsteady")
    flat = one(APL, *(Seen(str(year), 0.0) for year in (2021, 2022, 2023)))
    assert (flat["outcome"], flat["reason"]) == ("no_change", "flat")
    two = one(APL, *falling(2))
    assert (two["outcome"], two["reason"], two["reading"]) == ("not_calculated", "too_few_points", "unknown")


def test_series_that_are_not_yearly_are_never_significant():
    row = one(ALD, *(Seen(f"2024-0{month}-01", 5.0 - month / 10) for month in range(1, 8)))
    assert (row["rule"], row["points"], row["outcome"]) == ("short_series", 5, "decreasing")


def test_yearly_points_are_not_mixed_with_those_within_the_year():
    row = one(ALD, Seen("2022", 5.6), Seen("2023", 5.0), Seen("2024", 4.8), Seen("2025-06-30", 4.2))
    assert (row["points"], row["last"]) == (3, "2024")


def test_a_single_known_point_is_no_series():
    assert trends(table(APL, Seen("2022", 3.0), Seen("2023", None)), APL).schema == TRENDS
    assert trends(table(APL, Seen("2022", 3.0), Seen("2023", None)), APL).is_empty()
    assert trends(table(APL), APL).is_empty()


def test_nothing_is_compared_across_a_break():
    broken = APL.model_copy(update={"breaks": (Break(period="2021", why=Words(fr="a", en="a")),)})
    row = one(broken, *falling(6))
    assert (row["first"], row["points"], row["rule"]) == ("2021", 3, "short_series")


def test_documents_are_never_chained_and_years_computed_from_places_are():
    seen = [Seen("2021", 3.0, snapshot="a@1"), Seen("2022", 2.9, snapshot="b@1"), Seen("2023", 2.8, snapshot="b@1")]
    published = trends(table(ALD, *seen), ALD)
    assert published.select("snapshot", "points").rows() == [("b@1", 2)]
    computed = trends(table(APL, *seen), APL)
    assert computed.select("snapshot", "points").rows() == [(None, 3)]


def test_spans_of_time_are_no_points():
    found = panel(table(ALD, Seen("2010/..", 4.0), Seen("2021", 3.0), Seen("2022", 2.0)), ALD)
    assert found is not None
    assert found.periods == ("2021", "2022")


def test_proportions_whose_counts_are_known_are_tested_on_them():
    seen = [Seen(str(2018 + i), x / 10, x, 1000) for i, x in enumerate((100, 120, 150, 170, 200))]
    row = one(PSMT, *seen)
    assert (row["test"], row["outcome"], row["reading"]) == ("chi_square", "increasing", "worsening")
    assert row["slope"] == pytest.approx(2.5, abs=0.01)  # points a year, not shares
    unknown = one(PSMT, *seen[:-1], Seen("2022", 20.0))
    assert unknown["test"] == "regression"


def test_rates_are_weighted_by_their_byar_errors():
    seen = [Seen(str(2018 + i), 100.0 * x, x * 10, 1_000_000) for i, x in enumerate((10, 12, 14, 17, 20))]
    row = one(DENSITY, *(Seen(s.period, 100_000 * (s.numerator or 0) / 1e6, s.numerator, s.denominator) for s in seen))
    assert (row["test"], row["outcome"]) == ("weighted_regression", "increasing")
    assert row["slope"] == pytest.approx(2.5, abs=0.2)  # per 100,000


def test_p_values_are_adjusted_among_the_territories_of_a_level():
    codes = [f"{code:02d}" for code in range(1, 6)]
    frames = [table(APL, *falling(5, code=code)) for code in codes[:1]]
    frames += [table(APL, *(Seen(str(2018 + i), 3 + i % 2, code=code) for i in range(5))) for code in codes[1:]]
    found = trends(pl.concat(frames), APL)
    assert found["code"].to_list() == codes
    first = found.row(0, named=True)
    assert first["p_adjusted"] == pytest.approx(5 * first["p"])


# Intervals --------------------------------------------------------------------------------------------------------


def test_a_proportion_has_wilson_limits_in_its_own_unit():
    (row,) = with_intervals(table(PSMT, Seen("2022", 30.8, 81, 263)), PSMT).to_dicts()
    assert (round(row["lower"], 2), round(row["upper"], 2)) == (25.53, 36.62)


def test_a_rate_has_byar_limits_in_its_own_unit():
    (row,) = with_intervals(table(DENSITY, Seen("2021", 100.0, 10, 10_000)), DENSITY).to_dicts()
    assert (row["lower"], row["upper"]) == (pytest.approx(47.87, abs=0.01), pytest.approx(183.91, abs=0.01))


def test_none_of_a_rate_has_an_upper_limit_only_above_zero():
    (row,) = with_intervals(table(DENSITY, Seen("2021", 0.0, 0, 10_000)), DENSITY).to_dicts()
    assert row["lower"] == 0
    assert row["upper"] > 0


@pytest.mark.parametrize("definition", [APL, definitions()["nombre_mg"], definitions()["assistants_medicaux"]])
def test_what_has_no_sampling_error_has_no_limits(definition):
    found = with_intervals(table(definition, Seen("2021", 10.0, 10, 100)), definition)
    assert found["lower"].null_count() == found["upper"].null_count() == 1


def test_unknown_or_impossible_counts_give_no_limits_and_given_ones_are_kept():
    seen = [Seen("2020", 3.0), Seen("2021", None, 3, 10), Seen("2022", 150.0, 15, 10), Seen("2023", 30.0, 3, 10)]
    found = with_intervals(table(PSMT, *seen), PSMT)
    assert found["upper"].is_null().to_list() == [True, True, True, False]
    given = table(PSMT, Seen("2023", 30.0, 3, 10)).with_columns(lower=pl.lit(29.0), upper=pl.lit(31.0))
    assert with_intervals(given, PSMT).select("lower", "upper").rows() == [(29.0, 31.0)]
