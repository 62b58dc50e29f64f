"""The recomputed APL of the embedded edition, beside the one that DREES publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.access import fitting
from vigie.access.calibration import weighted_correlation
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.recomputed import plan

pytestmark = pytest.mark.timeout(900)  # builds on a busy machine

PROFESSIONS = ("mg", "infirmiers", "kines", "dentistes", "sages_femmes")


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


def communes(observatory: Observatory, profession: str) -> pl.DataFrame:
    """Published, recomputed with its bounds, and the standardised population, where all are known."""
    published = observatory.observations(f"apl_{profession}", "commune", period=2021)
    own = observatory.observations(f"apl_{profession}_recalculee", "commune", period=2021)
    both = own.join(published.select("code", published="value", weight="denominator"), on="code")
    cities = pl.col("code").is_in(["75056", "69123", "13055"])
    return both.filter(~cities).drop_nulls(["value", "published", "weight"])


@pytest.mark.parametrize(
    ("profession", "at_least"),
    [("mg", 0.69), ("infirmiers", 0.845), ("kines", 0.845), ("dentistes", 0.795), ("sages_femmes", 0.64)],
)
def test_the_central_value_follows_the_published_one(
    observatory: Observatory, profession: str, at_least: float
) -> None:
    """Measured: 0.709, 0.863, 0.865, 0.813, 0.656. Nothing of it was fitted to the commune's own published APL."""
    both = communes(observatory, profession)
    assert both.height > 34_900
    found = weighted_correlation(*(both[name].to_numpy() for name in ("value", "published", "weight")))
    assert found > at_least


@pytest.mark.parametrize("profession", PROFESSIONS)
def test_what_is_accessible_is_what_is_offered_outside_mayotte(observatory: Observatory, profession: str) -> None:
    """Σ P*·APL over the communes is the activity of all the heads counted, but for those of Mayotte."""
    both = communes(observatory, profession)
    preset = fitting.shipped()
    offered = preset.supply("heads", profession, preset.places["place"].to_list()).sum()
    assert (both["value"] * both["weight"]).sum() == pytest.approx(offered, rel=2e-5)
    (mayotte,) = observatory.observations(f"apl_{profession}_recalculee", "departement", "976").to_dicts()
    assert (mayotte["status"], mayotte["value"], mayotte["lower"]) == ("missing", None, None)


def test_every_level_has_a_value_within_its_bounds(observatory: Observatory) -> None:
    rows = observatory.observations([f"apl_{name}_recalculee" for name in PROFESSIONS])
    known = rows.drop_nulls("value")
    assert set(known["level"]) == {"commune", "epci", "bassin_de_vie", "departement", "region", "france"}
    assert set(known["status"]) == {"estimated"}
    assert (
        known.filter((pl.col("lower") <= pl.col("value")) & (pl.col("value") <= pl.col("upper"))).height == known.height
    )
    assert known.filter(pl.col("lower") < pl.col("upper")).height > 0.99 * known.height
    snapshots = observatory.table("snapshots").filter(pl.col("id").is_in(known["snapshot"].unique().implode()))
    assert snapshots["producer"].to_list() == ["Vigie"]


def test_the_national_mean_is_the_published_one_by_construction_and_its_bounds_are_narrow(
    observatory: Observatory,
) -> None:
    (own,) = observatory.observations("apl_mg_recalculee", "france").to_dicts()
    (published,) = observatory.observations("apl_mg", "france", period=2021).to_dicts()
    assert own["value"] == pytest.approx(published["value"], rel=0.002)
    assert own["upper"] - own["lower"] < 0.3


def test_sensitivity_says_how_sure_the_figure_is(observatory: Observatory) -> None:
    table, variants = observatory.table("sensitivity"), observatory.table("variants")
    assert table.height == variants.height == 5 * 34_960
    assert len(plan().variants) == 18
    gp = table.filter(pl.col("profession") == "mg").drop_nulls("low")
    assert (
        gp.filter((pl.col("under_2") <= pl.col("under_2.5")) & (pl.col("under_2.5") <= pl.col("under_4"))).height
        == gp.height
    )
    assert gp.filter(pl.col("rank_low") <= pl.col("rank_high")).height == gp.height
    sure = ((gp["under_2.5"] == 0) | (gp["under_2.5"] == 1)).mean()
    assert 0.4 < sure < 0.95
    others = table.filter(pl.col("profession") != "mg")
    assert others["under_2.5"].null_count() == others.height


def test_the_variant_fitted_to_each_place_is_the_nearest_to_drees(observatory: Observatory) -> None:
    variants = observatory.table("variants").filter(pl.col("profession") == "mg").rename({"place": "code"})
    both = communes(observatory, "mg").join(variants, on="code").drop_nulls(plan().variants)
    near = {
        name: weighted_correlation(
            *(both[column].cast(pl.Float64).to_numpy() for column in (name, "published", "weight"))
        )
        for name in plan().variants
    }
    assert max(near, key=lambda name: near[name]) == "local/fitted/places"
    assert near["local/fitted/places"] > 0.9
    assert np.median(list(near.values())) > 0.6
