"""Statistical neighbours as the field makes them: standardised variables of the area, Euclidean distance, k nearest.

CIPFA's Nearest Neighbours Model: each variable standardised to mean 0 and standard deviation 1, then the Euclidean
distance between all pairs. NHS England's peer groups (NHSDigital/ASC_LA_Peer_Groups): the same with weights,
in a configuration file. Gower (1971): over the variables known for both.
"""

from __future__ import annotations

import math
from dataclasses import astuple
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import norm, zscore

from vigie.errors import InputError
from vigie.indicators import definitions
from vigie.indicators.comparators import model, nearest, read_model, spread, spreads, standardise


def test_on_a_normal_variable_the_robust_score_is_the_standard_score() -> None:
    values = norm.ppf(np.linspace(0.00005, 0.99995, 20_001)) * 7 + 120
    robust = standardise(values[:, None], ("none",), 10.0)[:, 0]
    np.testing.assert_allclose(robust, zscore(values), atol=2e-3)


def test_one_extreme_does_not_stretch_the_scale() -> None:
    values = np.arange(101, dtype=np.float64)
    extreme = values.copy()
    extreme[-1] = 1e9
    plain, robust = (standardise(one[:, None], ("none",), 5.0)[:-1, 0] for one in (values, extreme))
    np.testing.assert_allclose(robust, plain)
    assert standardise(extreme[:, None], ("none",), 5.0)[-1, 0] == 5.0
    assert abs(zscore(extreme)[50]) < 0.11  # the standard score would have crushed them all together


def test_complete_variables_give_the_weighted_euclidean_distance() -> None:
    scores = np.random.default_rng(4).normal(size=(60, 5))
    weights = np.array([1.0, 0.5, 2.0, 0.25, 1.0])
    expected = cdist(scores, scores, "minkowski", p=2, w=weights) / math.sqrt(weights.sum())
    np.fill_diagonal(expected, np.inf)
    found = nearest(scores, weights, 15, 1.0)
    order = np.argsort(expected, axis=1)[:, :15]
    np.testing.assert_array_equal(found.position, order)
    np.testing.assert_allclose(found.distance, np.take_along_axis(expected, order, 1))
    assert (found.shared == 1.0).all()


def test_gower_compares_over_the_variables_known_for_both() -> None:
    scores = np.array([[0.0, 0.0, np.nan], [3.0, np.nan, 1.0], [np.nan, 4.0, 1.0]])
    weights = np.array([1.0, 1.0, 2.0])
    found = nearest(scores, weights, 2, 0.25)
    assert found.position.tolist() == [[1, 2], [2, 0], [1, 0]]
    assert found.distance.tolist() == [[3.0, 4.0], [0.0, 3.0], [0.0, 4.0]]
    assert found.shared.tolist() == [[0.25, 0.25], [0.5, 0.25], [0.5, 0.25]]
    assert nearest(scores, weights, 2, 0.5).position.tolist() == [[-1, -1], [2, -1], [1, -1]]


def test_the_model_is_made_of_structure_alone() -> None:
    """No variable is, nor measures, an access to care or an alert; each says what it measures, if anything."""
    outcomes = {one.id for one in definitions().values() if one.theme in ("acces", "offre", "alerte", "engagement")}
    for variable in model().variables:
        assert not outcomes & {*variable.measures, getattr(variable.compute, "indicator", "")}
        if observed := getattr(variable.compute, "indicator", ""):
            assert observed in variable.measures and observed in definitions()
    families = {one.family for one in model().variables}
    assert families == {"taille", "densite", "aire", "age", "desavantage", "hopital"}
    assert model().status == "ours" and model().neighbours == 20


def test_quantiles_of_a_distribution() -> None:
    found = spread(np.array([5.0, np.nan, 1.0, 2.0, 3.0, 4.0]))
    assert found is not None
    assert (found.known, found.minimum, found.q1, found.median, found.q3, found.maximum) == (5, 1, 2, 3, 4, 5)
    assert (found.d1, found.d9) == pytest.approx((1.4, 4.6))
    assert spread(np.array([np.nan])) is None


def test_a_model_that_is_not_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "comparators.toml"
    path.write_text("id = 'x'\n")
    with pytest.raises(InputError, match=r"comparators\.toml.*status"):
        read_model(path)
    path.write_text("id =")
    with pytest.raises(InputError, match=r"comparators\.toml"):
        read_model(path)


def test_the_quantiles_of_groups_are_those_of_numpy() -> None:
    generator = np.random.default_rng(7)
    groups = generator.integers(0, 9, 400)
    values = np.round(generator.normal(size=400), 1)  # with ties
    table = spreads(pl.DataFrame({"group": groups, "value": values}), ["group"]).sort("group")
    for row in table.iter_rows():
        expected = spread(values[groups == row[0]])
        assert expected is not None and row[1:] == pytest.approx(astuple(expected))
    assert spreads(pl.DataFrame(schema={"group": pl.Int64, "value": pl.Float64}), ["group"]).is_empty()
