"""Each rule of computation on a few places, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from vigie.errors import InputError
from vigie.indicators import Definition
from vigie.indicators.compute import OBSERVATIONS, Groups, Measure, compute

# Four places: A and B make the city Z; C and D are alone. E(A, B) and F(C, D) are the EPCI.
PLACES = ("A", "B", "C", "D")
NONE = float("nan")


def matrix(*members: str) -> csr_matrix:
    return csr_matrix([[float(place in group) for place in PLACES] for group in members])


GROUPS: Groups = {
    "commune": ([*PLACES, "Z"], matrix("A", "B", "C", "D", "AB")),
    "epci": (["E", "F"], matrix("AB", "CD")),
    "france": (["FR"], matrix("ABCD")),
}


def measure(values: Sequence[float], estimated: str = "") -> Measure:
    return Measure(
        np.array(values, dtype=float), np.array([place in estimated for place in PLACES]), "source@0123456789ab"
    )


def definition(
    partial: str = "estimated", levels: Sequence[str] = ("commune", "epci", "france"), **rule: Any
) -> Definition:
    words = {"fr": "essai", "en": "trial"}
    inputs = [{"periods": ["2023"], "value": "x", "partial": partial}]
    return Definition.model_validate(
        {
            "id": "trial",
            "title": words,
            "short": words,
            "theme": "acces",
            "unit": words,
            "decimals": 1,
            "direction": "higher",
            "levels": levels,
            "formula": words,
            "limits": words,
            "compute": {"inputs": inputs, **rule},
        }
    )


def run(
    one: Definition, population: Sequence[float] = (10, 10, 10, 10), **measures: Measure
) -> dict[str, tuple[Any, ...]]:
    """value, numerator, denominator and status by territory."""
    rows = compute(one, measures, np.array(population, dtype=float), GROUPS)
    assert rows.schema == pl.Schema(OBSERVATIONS)
    columns = rows.select("code", "value", "numerator", "denominator", "status").iter_rows()
    return {code: tuple(rest) for code, *rest in columns}


SUM = {"rule": "sum"}
RATIO = {"rule": "ratio", "denominator": "d", "scale": 100.0}
MEAN = {"rule": "mean", "weight": ["w"]}


def test_a_sum_adds_the_places_of_each_territory() -> None:
    found = run(definition(**SUM), x=measure([1, 2, 3, 4]))
    assert found == {
        "A": (1, 1, None, "ok"),
        "B": (2, 2, None, "ok"),
        "C": (3, 3, None, "ok"),
        "D": (4, 4, None, "ok"),
        "Z": (3, 3, None, "ok"),
        "E": (3, 3, None, "ok"),
        "F": (7, 7, None, "ok"),
        "FR": (10, 10, None, "ok"),
    }


def test_the_whole_city_of_several_places_is_not_counted_twice() -> None:
    found = run(definition(**SUM), x=measure([1, 2, 3, 4]))
    assert found["Z"][0] == found["A"][0] + found["B"][0]
    assert found["FR"][0] == sum(found[place][0] for place in PLACES)


def test_zero_is_a_value_and_missing_is_none() -> None:
    found = run(definition(**SUM), x=measure([0, 0, NONE, NONE]))
    assert found["A"] == found["E"] == (0, 0, None, "ok")
    assert found["C"] == found["F"] == (None, None, None, "missing")


def test_a_ratio_divides_the_sums_and_never_averages_ratios() -> None:
    found = run(definition(**RATIO), x=measure([1, 1, 3, 0]), d=measure([10, 30, 10, 10]))
    assert found["A"] == (10, 1, 10, "ok")
    assert found["E"] == (5, 2, 40, "ok")  # and not (10 + 3.33) / 2
    assert found["D"] == (0, 0, 10, "ok")
    assert found["FR"][0] == pytest.approx(100 * 5 / 60)


def test_a_ratio_over_nobody_is_missing_and_left_out_above() -> None:
    found = run(definition(**RATIO), x=measure([1, 1, 3, 2]), d=measure([10, 0, NONE, 10]))
    assert found["B"] == found["C"] == (None, None, None, "missing")
    assert found["E"] == (10, 1, 10, "estimated")  # half of the people
    assert found["F"] == (20, 2, 10, "estimated")


def test_a_mean_is_weighted_and_a_place_shows_its_published_value() -> None:
    third = 1 / 3
    found = run(definition(**MEAN), x=measure([third, 5, 1, 2]), w=measure([3, 1, 1, 1]))
    assert found["A"] == (third, 1, 3, "ok")  # the very value, not (value × weight) / weight
    assert found["E"] == (1.5, 6, 4, "ok")
    assert found["FR"] == (pytest.approx(1.5), 9, 6, "ok")


@pytest.mark.parametrize("weight", [0.0, NONE])
def test_a_place_without_weight_shows_its_published_value_and_weighs_nothing_above(weight: float) -> None:
    found = run(definition(**MEAN), x=measure([4, 5, 1, 2]), w=measure([1, weight, 1, 1]))
    assert found["B"] == (5, None, None, "ok")
    assert found["E"] == found["Z"] == (4, 4, 1, "estimated")


def test_an_estimated_place_without_weight_is_still_estimated() -> None:
    found = run(definition(**MEAN), x=measure([4, 5, 1, 2], estimated="B"), w=measure([1, 0, 1, 1]))
    assert found["B"] == (5, None, None, "estimated")
    assert found["A"][3] == "ok"


def test_the_first_weight_at_hand_is_taken() -> None:
    one = definition(rule="mean", weight=["w_{period}", "w_2021"])
    x = measure([1, 3, 0, 0])
    former, own = measure([1, 1, 1, 1]), measure([3, 1, 1, 1])
    assert run(one, x=x, w_2021=former)["E"][0] == 2
    assert run(one, x=x, w_2021=former, w_2023=own)["E"][0] == 1.5


@pytest.mark.parametrize(("rule", "share"), [("share_below", 25.0), ("share_above", 50.0)])
def test_a_share_counts_the_people_strictly_beyond_the_threshold(rule: str, share: float) -> None:
    one = definition(rule=rule, weight=["w"], threshold=2.5)
    found = run(one, x=measure([2.4999, 2.5, 2.5001, 9]), w=measure([10, 10, 10, 10]))
    assert found["FR"] == (share, share * 0.4, 40, "ok")
    assert found["B"] == (0, 0, 10, "ok")  # on the threshold: neither below nor above


def test_a_share_leaves_out_places_without_value_or_people() -> None:
    one = definition(rule="share_below", weight=["w"], threshold=2.5, scale=1.0)
    found = run(one, x=measure([1, NONE, 1, 9]), w=measure([10, 10, 0, 30]))
    assert found["FR"] == (0.25, 10, 40, "estimated")
    assert found["F"] == (0, 0, 30, "estimated")


# Coverage: by people, whole from 99.5 %, half at least ------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "status"),
    [((995, 5), "ok"), ((994, 6), "estimated"), ((500, 500), "estimated"), ((499, 501), "missing")],
)
def test_a_territory_is_whole_estimated_or_missing_by_the_people_covered(people: tuple[int, int], status: str) -> None:
    found = run(definition(**SUM), population=[*people, 0, 0], x=measure([7, NONE, 1, 1]))
    assert found["E"][3] == status
    assert found["E"][0] == (None if status == "missing" else 7)


@pytest.mark.parametrize(("people", "status"), [((995, 5), "ok"), ((994, 6), "missing"), ((600, 400), "missing")])
def test_where_a_part_may_not_stand_for_the_whole_there_is_no_value(people: tuple[int, int], status: str) -> None:
    found = run(definition(partial="missing", **SUM), population=[*people, 0, 0], x=measure([7, NONE, 1, 1]))
    assert found["E"][3] == status
    assert found["E"][0] == (7 if status == "ok" else None)


def test_where_nobody_is_counted_places_are() -> None:
    found = run(definition(**SUM), population=[NONE, NONE, 0, 0], x=measure([7, NONE, 1, 1]))
    assert found["E"] == (7, 7, None, "estimated")
    assert found["F"] == (2, 2, None, "ok")


def test_a_field_of_its_own_has_no_gap() -> None:
    values = {"x": measure([4, NONE, NONE, NONE]), "w": measure([1, 9, 9, 9])}
    people = [1, 99, 100, 100]
    assert run(definition(**MEAN), population=people, **values)["FR"] == (None, None, None, "missing")
    found = run(definition(coverage="of_field", **MEAN), population=people, **values)
    assert found["FR"] == found["E"] == (4, 4, 1, "ok")
    assert found["F"] == (None, None, None, "missing")


@pytest.mark.parametrize(("people", "status"), [((5, 995), "ok"), ((6, 994), "estimated")])
def test_a_territory_is_estimated_when_more_than_a_few_of_its_people_are(people: tuple[int, int], status: str) -> None:
    found = run(definition(**SUM), population=[*people, 0, 0], x=measure([1, 2, 3, 4], estimated="A"))
    assert found["A"][3] == "estimated"
    assert found["E"] == (3, 3, None, status)
    assert found["F"][3] == "ok"


# What is asked and what is there ---------------------------------------------------------------------------------


def test_only_the_levels_of_the_definition_and_of_the_groups_are_computed() -> None:
    rows = compute(definition(levels=["epci", "region"], **SUM), {"x": measure([1, 2, 3, 4])}, np.ones(4), GROUPS)
    assert rows["level"].unique().to_list() == ["epci"]
    assert rows["snapshot"].unique().to_list() == ["source@0123456789ab"]
    assert rows["period"].unique().to_list() == ["2023"]
    assert rows["lower"].null_count() == rows["upper"].null_count() == rows.height


@pytest.mark.parametrize("absent", ["x", "w"])
def test_a_column_that_places_lack_is_named(absent: str) -> None:
    measures = {"x": measure([1, 2, 3, 4]), "w": measure([1, 1, 1, 1])}
    del measures[absent]
    with pytest.raises(InputError) as caught:
        compute(definition(**MEAN), measures, np.ones(4), GROUPS)
    assert "trial.toml" in caught.value.message("en")
    assert f"“{absent}”" in caught.value.message("en")


def test_published_figures_are_not_computed() -> None:
    words = {"fr": "essai", "en": "trial"}
    one = definition(**SUM).model_dump() | {"compute": {"rule": "published", "figure_unit": "percent"}, "unit": words}
    assert compute(Definition.model_validate(one), {}, np.ones(4), GROUPS).is_empty()


# Variants ------------------------------------------------------------------------------------------------------------


def test_the_range_of_the_variants_is_that_of_each_territory_not_of_its_places() -> None:
    """C and D move opposite ways from one variant to the other: their EPCI moves less than either."""
    variants = np.array([[1.0, 1.0], [3.0, 3.0], [2.0, 6.0], [8.0, 4.0]])
    x = Measure(variants[:, 0].copy(), np.ones(4, dtype=bool), "source@0123456789ab", variants=variants)
    rule = definition(rule="mean", weight=["w"])
    found = compute(rule, {"x": x, "w": measure([1, 1, 1, 3])}, np.ones(4), GROUPS)
    bounds = {row["code"]: (row["lower"], row["value"], row["upper"]) for row in found.iter_rows(named=True)}
    assert (bounds["C"], bounds["D"]) == ((2, 2, 6), (4, 8, 8))
    assert bounds["F"] == (4.5, 6.5, 6.5)
    assert bounds["E"] == (2, 2, 2)
    assert set(found["status"]) == {"estimated"}


def test_without_variants_there_is_no_interval_and_where_there_is_no_value_neither() -> None:
    plain = compute(
        definition(rule="mean", weight=["w"]), {"x": measure([1] * 4), "w": measure([1] * 4)}, np.ones(4), GROUPS
    )
    assert plain["lower"].null_count() == plain.height
    variants = np.array([[1.0, 2.0], [NONE, NONE], [1.0, 2.0], [1.0, 2.0]])
    x = Measure(variants[:, 0].copy(), np.ones(4, dtype=bool), "source@0123456789ab", variants=variants)
    found = compute(definition(rule="mean", weight=["w"]), {"x": x, "w": measure([1] * 4)}, np.ones(4), GROUPS)
    (b,) = found.filter(pl.col("code") == "B").to_dicts()
    assert (b["status"], b["value"], b["lower"], b["upper"]) == ("missing", None, None, None)
