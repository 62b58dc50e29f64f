"""Indicators at their limits: few years, one that is too few, exact lines, ties, and definitions that do not hold."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from small_country import COMMUNES
from test_imported_figures import GROUPS, REFERENCE, stays, tidy

from vigie.errors import InputError
from vigie.indicators import definitions
from vigie.indicators.aids import FILE, read_ledger
from vigie.indicators.comparators import spread, spreads, standardise
from vigie.indicators.definition import read_definitions
from vigie.indicators.disclosure import BOUNDLESS, Cells, protect
from vigie.indicators.funnel import (
    ABOVE,
    ABOVE_STRICT,
    BELOW,
    LEAST_EXPECTED,
    TOO_SMALL,
    WITHIN,
    Limits,
    _place,
    funnel,
)
from vigie.indicators.imported import _Row, _without_whole_cities, observe
from vigie.indicators.relation import weighted_fit
from vigie.indicators.series import READINGS, _read
from vigie.indicators.trajectory import (
    LATE,
    LEAST_SPAN,
    MOVING_AWAY,
    NO_MEASURE,
    NO_MOVEMENT,
    ON_COURSE,
    ONE_POINT,
    Points,
    toward_direction,
    toward_growth,
    toward_level,
)
from vigie.indicators.trend import OUTCOMES, proportions, unweighted

NONE = float("nan")

# Trends, relations, funnels -------------------------------------------------------------------------------------------


def test_two_years_have_a_slope_and_no_test_and_three_equal_ones_do_not_move() -> None:
    years = np.array([2019.0, 2020.0, 2021.0])
    found = unweighted(np.array([[1.0, 2.0, NONE], [3.0, 3.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 2.9], [5, NONE, NONE]]),
                       years)  # fmt: skip
    assert np.isnan(found.statistic).tolist() == [True, False, False, False, True]
    assert np.isnan(found.p[[0, 4]]).all()
    assert (found.statistic[1], found.p[1]) == (0.0, 1.0)  # a constant
    assert (found.statistic[2], found.p[2]) == (np.inf, 0.0)  # a line
    # Of 1, 2 and 2.9: slope 0.95, what is left 1/600, F = 2 × 0.95² / (1/600) with 1 and 1 degrees of freedom.
    assert found.statistic[3] == pytest.approx(1083.0)
    assert found.slope.tolist()[:4] == pytest.approx([1.0, 0.0, 1.0, 0.95])


@pytest.mark.parametrize("size", [1e-7, 1.0, 1e7])
def test_points_on_a_line_have_no_interval_and_others_have_whatever_the_unit(size: float) -> None:
    x, ones = np.array([1.0, 2.0, 4.0, 5.0, 7.0, 8.0]), np.ones(6)
    assert weighted_fit(x, size * (3 * x + 1), ones) is None
    noise = np.array([0.1, -0.1, 0.2, -0.2, 0.1, -0.1])
    found = weighted_fit(x, size * (3 * x + 1 + noise), ones)
    assert found is not None
    assert found.slope == pytest.approx(size * np.polyfit(x, 3 * x + 1 + noise, 1)[0])
    assert found.lower < found.slope < found.upper
    assert weighted_fit(x[:5], size * (x[:5] + noise[:5]), ones[:5]) is not None
    assert weighted_fit(x[:4], size * (x[:4] + noise[:4]), ones[:4]) is None  # fewer than five
    assert weighted_fit(ones, size * x, ones) is None and weighted_fit(x, size * ones, ones) is None


def test_a_proportion_near_one_is_too_small_for_those_who_have_it_not() -> None:
    """What is expected of both sides counts: 4 of 40 without is as few as 4 of 40 with."""
    totals = [1000] * 12 + [40, 40]
    for share in (0.9, 0.1):
        counts = [
            round(share * total + total // 140 * (1 if number % 2 else -1)) for number, total in enumerate(totals)
        ]
        found = funnel(counts, totals, "proportion")
        assert found is not None and min(found.average, 1 - found.average) * 40 < LEAST_EXPECTED
        assert (found.place[-2:] == TOO_SMALL).all() and (found.place[:-2] != TOO_SMALL).all()
        assert np.isnan(found.p_adjusted[-2:]).all() and not found.kept[-2:].any()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 11])
def test_the_spread_of_a_group_is_that_of_its_values_alone(size: int) -> None:
    values = np.random.default_rng(size).normal(size=(3, size))
    groups = pl.DataFrame({"of": np.repeat(["a", "b", "c"], size), "value": values.ravel()})
    found = {row.pop("of"): row for row in spreads(groups, ["of"]).to_dicts()}
    for name, own in zip("abc", values, strict=True):
        plain = spread(own)
        assert plain is not None
        assert found[name] == pytest.approx(vars(plain))


# Commitments ----------------------------------------------------------------------------------------------------------


def test_a_pace_is_told_from_a_quarter_of_a_year_on() -> None:
    for span, told in ((LEAST_SPAN, True), (LEAST_SPAN - 0.01, False)):
        points = Points.of(100.0, 2020.0, 110.0, 2020.0 + span)
        growth = toward_growth(points, 2.0, "higher")
        level = toward_level(points, 120.0, "higher", 2025.0)
        assert (not np.isnan(growth.pace[0])) is told and (not np.isnan(level.pace[0])) is told
        if told:
            assert growth.pace[0] == pytest.approx(100 * (1.1**4 - 1))
            assert level.pace[0] == pytest.approx(40.0)
        else:
            assert growth.reason[0] in (ONE_POINT, NO_MEASURE)


# Imports --------------------------------------------------------------------------------------------------------------


def row(code: str, level: str = "commune") -> _Row:
    return cast(_Row, SimpleNamespace(level=level, code=code))


def test_a_whole_city_is_left_out_only_where_an_arrondissement_of_it_is_there() -> None:
    def left(*rows: _Row) -> list[str]:
        return [f"{one.level} {one.code}" for one in _without_whole_cities(rows)]

    assert left(row("75056"), row("75101"), row("12202")) == ["commune 75101", "commune 12202"]
    assert left(row("75056"), row("12202")) == ["commune 75056", "commune 12202"]
    assert left(row("69123"), row("69381"), row("13055")) == ["commune 69381", "commune 13055"]
    assert left(row("75056", "epci"), row("75101")) == ["epci 75056", "commune 75101"]
    assert left(row("13055"), row("13001")) == ["commune 13055", "commune 13001"]  # Aix is no arrondissement


def summed(*rows: Any, people: dict[str, int] | None = None) -> dict[tuple[str, str], Any]:
    country = REFERENCE
    if people is not None:
        table = country.places.with_columns(population=pl.col("code").replace_strict(people, default=1000))
        country = type(country)(**{**vars(country), "places": table})
    found = observe([tidy("hospitalisations", *rows)], country, GROUPS, pl.DataFrame(), definitions()).observations
    return {(one["level"], one["code"]): one for one in found.to_dicts()}


def test_a_sum_needs_every_inhabitant_and_every_place_where_nobody_lives() -> None:
    every = [stays(code, 20) for code in COMMUNES]
    whole = summed(*every)
    assert whole["departement", "12"]["numerator"] == 100.0 and whole["france", "FR"]["numerator"] == 160.0
    part = summed(*(one for one in every if one[2] != "12003"))
    assert ("epci", "200000002") not in part and ("departement", "12") not in part
    assert part["departement", "46"]["numerator"] == 60.0


def test_figures_of_two_levels_are_summed_from_the_most_numerous_and_never_written_over() -> None:
    rows = [*(stays(code, 20) for code in COMMUNES), stays("12", 999, "departement"), stays("X", 7, "perimeter")]
    found = summed(*rows)
    assert found["departement", "12"]["numerator"] == 999.0  # as it was given
    assert found["departement", "46"]["numerator"] == 60.0 and found["region", "76"]["numerator"] == 160.0


def test_territories_that_overlap_have_no_sum() -> None:
    twice = [stays("12001", 20), stays("12001", 20)]
    assert not [key for key in summed(*twice) if key[0] != "commune"]


# Definitions ----------------------------------------------------------------------------------------------------------

LINE = '[[lines]]\nrank = "scheme"\nfamily = "autres"\nfunder = "tous"\n'
CELL = 'cell = { table = "cour_2024_tableau_05", row = "x", column = "y" }\n'


@pytest.mark.parametrize(
    ("more", "fine"), [(CELL, True), ('figure = "x"\n', True), ("", False), (CELL + 'figure = "x"\n', False)]
)
def test_a_line_of_the_ledger_is_a_cell_or_a_figure(tmp_path: Path, more: str, fine: bool) -> None:
    path = tmp_path / "ledger.toml"
    path.write_text(FILE.read_text(encoding="utf-8") + "\n" + LINE + more, encoding="utf-8")
    if fine:
        assert len(read_ledger(path).lines) == len(read_ledger().lines) + 1
        return
    with pytest.raises(InputError, match="une cellule ou un chiffre"):
        read_ledger(path)


@pytest.mark.parametrize(("scale", "fine"), [("0.5", True), ("1", True), ("0", False), ("-1", False)])
def test_the_scale_of_a_figure_is_more_than_nothing(tmp_path: Path, scale: str, fine: bool) -> None:
    folder = Path(read_definitions.__code__.co_filename).parent / "definitions"
    text = next(one for one in (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")))
                if "\nscale = " in one and 'rule = "published"' in one)  # fmt: skip
    name = text.split('id = "', 1)[1].split('"', 1)[0]
    before = text.split("\nscale = ", 1)[1].split("\n", 1)[0]
    (tmp_path / f"{name}.toml").write_text(text.replace(f"\nscale = {before}", f"\nscale = {scale}"), encoding="utf-8")
    if fine:
        read_definitions(tmp_path)
        return
    with pytest.raises(InputError, match="scale"):
        read_definitions(tmp_path)


def test_a_value_on_a_limit_is_within_it() -> None:
    limits = Limits(*(np.full(6, end) for end in (0.2, 0.8, 0.1, 0.9)))
    values = np.array([0.2, 0.8, 0.1, 0.9, 0.5, 0.95])
    assert _place(values, limits, np.ones(6, dtype=bool)).tolist() == [
        WITHIN, WITHIN, BELOW, ABOVE, WITHIN, ABOVE_STRICT,
    ]  # fmt: skip


@pytest.mark.parametrize(("direction", "up", "down"), [("higher", "improving", "worsening"),
                                                       ("lower", "worsening", "improving"),
                                                       ("neutral", "moving", "moving")])  # fmt: skip
def test_a_trend_reads_by_the_direction_that_is_wished_for(direction: str, up: str, down: str) -> None:
    found = np.array(READINGS)[_read(np.arange(4, dtype=np.int8), direction)].tolist()
    assert OUTCOMES == ("increasing", "decreasing", "no_change", "not_calculated")
    assert found == [up, down, "stable", "unknown"]


def test_of_equal_cost_the_smallest_that_is_large_enough_is_hidden_with_a_small_figure() -> None:
    # A total of four places; the first, of 2, is hidden and must be unknown by 5: of 3, 8 and 20, 8 does.
    def hidden(values: list[float], cost: list[float]) -> list[bool]:
        members = csr_matrix(np.vstack([np.ones(4), np.eye(4)]))
        whole = np.array([sum(values), *values])
        cells = Cells(members, whole, np.array([0.0, 5, 5, 5, 5]), np.array([99.0, *cost]), np.zeros(4),
                      np.full(4, BOUNDLESS))  # fmt: skip
        found: list[bool] = protect(cells, np.array([False, True, False, False, False])).tolist()
        return found

    assert hidden([2, 3, 8, 20], [1, 1, 1, 1]) == [False, True, False, True, False]
    assert hidden([2, 3, 8, 20], [1, 1, 2, 1]) == [False, True, False, False, True]  # the cheaper first
    assert hidden([2, 0, 8, 20], [1, 0, 3, 3]) == [False, True, False, True, False]  # a zero hides nothing


def test_a_variable_that_nobody_has_scores_nobody_and_a_constant_scores_nothing() -> None:
    found = standardise(np.array([[NONE, 3.0, 0.0], [NONE, 3.0, 10.0], [NONE, NONE, 1000.0]]),
                        ("none", "none", "log10"), 3.0)  # fmt: skip
    assert np.isnan(found[:, 0]).all()
    assert found[:2, 1].tolist() == [0.0, 0.0] and np.isnan(found[2, 1])
    assert np.isnan(found[0, 2]) and found[1, 2] < 0 < found[2, 2]  # 0 has no logarithm


def test_a_year_without_a_total_or_without_a_count_says_nothing_of_a_proportion() -> None:
    years = np.array([2019.0, 2020.0, 2021.0, 2022.0])
    whole = proportions(np.array([[10.0, 20.0, 30.0]]), np.array([[100.0, 100.0, 100.0]]), years[:3])
    for count, total in ((NONE, 100.0), (5.0, 0.0), (NONE, 0.0)):
        part = proportions(np.array([[10.0, 20.0, 30.0, count]]), np.array([[100.0, 100.0, 100.0, total]]), years)
        assert (part.slope[0], part.p[0]) == pytest.approx((whole.slope[0], whole.p[0]))


def test_a_value_that_does_not_move_is_late_whatever_way_is_wished_for() -> None:
    still = Points.of([4.0, 4.0, 4.0], 2020.0, [4.0, 5.0, 3.0], 2022.0)
    for direction, verdicts in (("higher", [LATE, ON_COURSE, MOVING_AWAY]), ("lower", [LATE, MOVING_AWAY, ON_COURSE])):
        found = toward_direction(still, direction)
        assert found.verdict.tolist() == verdicts and found.pace.tolist() == [0.0, 0.5, -0.5]
        assert found.reason[0] == NO_MOVEMENT
