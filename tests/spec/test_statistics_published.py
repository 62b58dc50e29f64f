"""Intervals, funnels and trends against what published implementations print for the same numbers.

- PHEindicatormethods (R, UK Health Security Agency): its funnel test tables (testdata_funnel_prop_outputs.csv).
- Fingertips itself: the unit tests of TrendMarkerCalculator in the code that the English administration publishes
  (PholioVisualisation.Analysis and DHSC.FingertipsNext): χ² to two decimals and markers on real series.
- R's own `prop.trend.test(smokers, patients)`: X-squared = 8.2249, p = 0.004132.
- Benjamini and Hochberg (1995), section 3.2: of fifteen p values, the first four are rejected at 5 %.
- Newcombe (1998), table I: Wilson limits of 81/263, 15/148, 0/20 and 1/29.
- SciPy, where it computes the same thing.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chi2, false_discovery_control, linregress, poisson

from vigie.indicators import trend
from vigie.indicators.statistics import (
    benjamini_hochberg,
    byar,
    funnel_count,
    funnel_proportion,
    standard_error,
    wilson,
)


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_limits_printed_by_newcombe(count, total, lower, upper):
    found = wilson(count, total)
    assert (round(float(found[0]), 4), round(float(found[1]), 4)) == (lower, upper)


@pytest.mark.parametrize(("count", "total"), [(65, 100), (1045, 5000), (0, 12), (12, 12)])
@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_wilson_limits_are_those_of_scipy(count, total, confidence):
    expected = binomtest(count, total).proportion_ci(confidence, method="wilson")
    assert [float(end) for end in wilson(count, total, confidence)] == pytest.approx([expected.low, expected.high])


@pytest.mark.parametrize("count", [10, 65, 1045])
def test_byar_is_close_to_the_exact_poisson_limits(count):
    exact = chi2.ppf(0.025, 2 * count) / 2, chi2.ppf(0.975, 2 * count + 2) / 2
    assert [float(end) for end in byar(count)] == pytest.approx(exact, rel=2e-3)


def test_byar_of_few_events():
    assert [float(end) for end in byar(0)] == pytest.approx([0.0, 3.668], abs=1e-3)
    assert [float(end) for end in byar(1)] == pytest.approx([0.0131, 5.564], abs=1e-3)


# Population, lower 95, upper 95, lower 99.8, upper 99.8, in per cent, as in PHEindicatormethods (baseline 80.642448 %).
FUNNEL = [
    (1, 3.204264, 100, 0, 100),
    (12, 58.28797, 100, 45.396631, 100),
    (50, 69.691035, 91.593861, 63.375595, 97.909301),
    (1008, 78.203374, 83.081521, 76.796814, 84.488082),
    (110000, 80.408963, 80.875933, 80.274317, 81.010578),
]


@pytest.mark.parametrize(("people", "low", "high", "lowest", "highest"), FUNNEL)
def test_funnel_limits_of_a_proportion(people, low, high, lowest, highest):
    usual, strict = funnel_proportion(0.80642448, people), funnel_proportion(0.80642448, people, 0.998)
    assert [100 * float(end) for end in (*usual, *strict)] == pytest.approx([low, high, lowest, highest], abs=2e-5)


# New Forest, Norwich, West Norfolk and Heywood: numerators, denominators and what PHEindicatormethods says of them.
@pytest.mark.parametrize(
    ("count", "total", "said"),
    [
        (35078.488, 41980, "high 0.001"),
        (24803.6256, 31824, "low 0.001"),
        (26789.238, 33012, "high 0.025"),
        (30277.5312, 37828, "low 0.025"),
        (14493.3552, 17964, "not significant"),
    ],
)
def test_outliers_of_a_funnel(count, total, said):
    value = count / total
    words = "not significant"
    for confidence, tail in ((0.95, "0.025"), (0.998, "0.001")):
        low, high = funnel_proportion(0.80642448, total, confidence)
        words = f"low {tail}" if value < low else f"high {tail}" if value > high else words
    assert words == said


@pytest.mark.parametrize("expected", [0.5, 3.6, 3.7, 10, 250])
def test_funnel_limits_of_a_count_are_poisson_tails(expected):
    low, high = funnel_count(expected)
    for count in range(int(expected * 2) + 12):
        assert (count < low) == (poisson.cdf(count, expected) < 0.025)
        assert (count > high) == (poisson.sf(count - 1, expected) < 0.025)


def test_benjamini_and_hochberg_on_their_own_example():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    p += [0.7590, 1.0]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))


def test_threshold_is_that_of_998_per_thousand():
    assert pytest.approx(chi2.ppf(0.998, 1), abs=5e-5) == trend.SIGNIFICANT


YEARS = np.arange(2014.0, 2019.0)
COUNTS = np.array([[994.0, 1023, 1199, 1332, 1367]])
PEOPLE = np.array([[40299.0, 41527, 42811, 44064, 44701]])


def test_chi_square_that_fingertips_expects_for_a_proportion():
    found = trend.proportions(COUNTS, PEOPLE, YEARS)
    assert round(float(found.statistic[0]), 1) == 47.9
    assert trend.OUTCOMES[trend.judge(found).outcome[0]] == "increasing"


def test_chi_square_that_fingertips_expects_for_a_weighted_regression():
    values = np.array([[24.67, 24.6, 28, 30.2, 30.6]])
    low, high = np.array([[23.16, 23.15, 26.44, 28.63, 28.98]]), np.array([[26.25, 26.19, 29.64, 31.9, 32.25]])
    found = trend.weighted(values, standard_error(low, high), YEARS)
    assert float(found.statistic[0]) == pytest.approx(46.77, abs=0.01)  # Fingertips divides by 3.92
    assert trend.OUTCOMES[trend.judge(found).outcome[0]] == "increasing"


# Series of Fingertips with the marker that it gives (name, numerators, denominators, marker).
MARKERS = {
    "diabetes": ([3455176, 3491868, 3625401, 3774801, 3938080],
                 [48783947, 49122259, 49956777, 50649129, 51441896], "increasing"),
    "mmr_yorkshire": ([57274, 55865, 53681, 51767, 53185], [61834, 60511, 59074, 57508, 59028], "decreasing"),
    "id_20301": ([621, 599, 556, 535, 447], [3454, 3195, 3256, 3227, 3121], "decreasing"),
    "set_2": ([2157, 2090, 2194, 2134.81, 2094], [3454, 3195, 3256, 3152, 3062], "increasing"),
    "id_1172": ([8116, 8145, 8222, 8506, 8728], [91530, 91773, 92088, 92238, 92665.89], "increasing"),
    "set_4": ([5, 7, 6, 8, 8, 9], [22, 35, 42, 50, 100, 200], "decreasing"),
    "id_10101": ([5405, 5500, 5435, 5480, 5315], [18095, 18170, 18005, 17890, 17860], "no_change"),
    "id_10101_a": ([22435, 22445, 21365, 20955, 19055], [65880, 67900, 68705, 69835, 70910], "decreasing"),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKERS)
def test_marker_that_fingertips_gives(name):
    counts, totals, marker = MARKERS[name]
    times = np.arange(float(len(counts)))
    found = trend.proportions(np.array([counts], dtype=float), np.array([totals], dtype=float), times)
    assert trend.OUTCOMES[trend.judge(found).outcome[0]] == marker


def test_marker_that_fingertips_gives_to_a_rate():
    values = np.array([[2.935, 1.93028, 2.7567, 2.8701, 3.0121]])
    low, high = (
        np.array([[2.7841, 1.8085, 2.6113, 2.7225, 2.8616]]),
        np.array([[3.0919, 2.058, 2.9082, 3.0237, 3.1683]]),
    )
    found = trend.weighted(values, standard_error(low, high), YEARS)
    assert trend.OUTCOMES[trend.judge(found).outcome[0]] == "increasing"


def test_four_points_cannot_be_calculated_by_the_full_rule():
    judged = trend.judge(trend.proportions(COUNTS[:, 1:], PEOPLE[:, 1:], YEARS[1:]))
    assert trend.RULES[judged.rule[0]] == "short_series"


def test_chi_square_for_trend_of_r():
    found = trend.proportions(np.array([[83.0, 90, 129, 70]]), np.array([[86.0, 93, 136, 82]]), np.arange(1.0, 5.0))
    assert float(found.statistic[0]) == pytest.approx(8.2249, abs=5e-5)
    assert float(found.p[0]) == pytest.approx(0.004132, abs=5e-7)


def test_ordinary_regression_is_that_of_scipy():
    values = np.array([[4.04, 3.99, 3.9, 3.93, 3.7]])
    times = np.array([2018.0, 2019, 2021, 2022, 2023])
    found, expected = trend.unweighted(values, times), linregress(times, values[0])
    assert float(found.slope[0]) == pytest.approx(expected.slope)
    assert float(found.p[0]) == pytest.approx(expected.pvalue)
