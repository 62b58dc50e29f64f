"""A list of places: counted, zero where it is said to be complete, and the minutes to the nearest of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.editions.imports import Asked, _source
from vigie.editions.listed import listed_minutes
from vigie.indicators import definitions
from vigie.indicators.compute import compute
from vigie.indicators.imported import observe
from vigie.indicators.measures import Tidy
from vigie.sources import examine
from vigie.territories.reference import Reference, build

# Four communes on a line, 20 km apart; the last is in another département.
COMMUNES = {"12001": ("12", 2.0), "12002": ("12", 2.25), "12003": ("12", 2.5), "46001": ("46", 2.75)}


def reference() -> Reference:
    rows = [(code, departement, lon) for code, (departement, lon) in COMMUNES.items()]
    return build(
        pl.DataFrame(rows, schema=["code", "departement", "lon"], orient="row").with_columns(
            name=pl.format("Commune {}", "code"),
            kind=pl.lit("commune"),
            region=pl.lit("76"),
            epci=pl.lit("200000001"),
            epci_name=pl.lit("epci"),
            bassin_de_vie=pl.lit("12001"),
            bassin_de_vie_name=pl.lit("Bassin"),
            bassin_de_vie_2012=pl.lit("12001"),
            canton_ou_ville=pl.lit("1201"),
            unite_urbaine=pl.lit("00001"),
            aire_attraction=pl.lit("001"),
            density=pl.lit(5, dtype=pl.Int8),
            population=pl.lit(1000),
            population_total=pl.lit(1000),
            area_km2=pl.lit(10.0),
            lat=pl.lit(44.0),
        )
    )


REFERENCE = reference()
GROUPS = {level: REFERENCE.membership_matrix(level) for level in REFERENCE.levels}
LOCATED = pl.DataFrame(
    [(code, lon, 44.0) for code, (_, lon) in COMMUNES.items()], schema=["code", "lon", "lat"], orient="row"
)


@pytest.fixture
def listed(tmp_path: Path) -> Tidy:
    """Two places in one commune of Aveyron, one of which opens five days; complete for that département."""
    file = tmp_path / "lieux.csv"
    file.write_text("code;periode;lieu;ouvert_5_jours\n12001;2026-06-30;A;1\n12001;2026-06-30;B;0\n", encoding="utf-8")
    source = _source(Asked("france_sante", "essai", complete_for=("departement:12",)), file.name)
    return Tidy(source, examine(source, file).table, "essai@1")


def test_places_are_counted_and_none_is_zero_where_the_list_is_complete(listed: Tidy) -> None:
    found = observe([listed], REFERENCE, GROUPS, pl.DataFrame(), definitions()).observations
    counts = found.filter((pl.col("indicator") == "lieux_france_sante") & (pl.col("level") == "commune"))
    assert dict(counts.select("code", "value").iter_rows()) == {"12001": 2.0, "12002": 0.0, "12003": 0.0}
    opened = found.filter((pl.col("indicator") == "part_lieux_france_sante_5_jours") & pl.col("value").is_not_null())
    assert set(opened["value"]) == {50.0}


def test_minutes_are_known_where_the_list_is_complete_and_the_share_counts_people(listed: Tidy) -> None:
    at = listed_minutes([listed], REFERENCE, GROUPS, pl.DataFrame(), LOCATED)
    minutes = at["minutes_france_sante_2026"].values
    assert minutes[0] == 0
    assert minutes[1] < 30 < minutes[2]  # 20 and 40 km as the crow flies, at 60 km/h
    assert np.isnan(minutes[3])
    share = definitions()["part_pop_france_sante_30"]
    inputs = (share.compute.inputs[0].model_copy(update={"periods": ("2026",)}),)
    one = share.model_copy(update={"compute": share.compute.model_copy(update={"inputs": inputs})})
    population = REFERENCE.places["population"].cast(pl.Float64).to_numpy()
    measures = {**at, "population": at["minutes_france_sante_2026"].__class__(population, np.zeros(4, bool), "x")}
    rows = compute(one, measures, population, GROUPS).filter(pl.col("level") == "departement")
    told = {row["code"]: (row["value"], row["numerator"], row["denominator"]) for row in rows.to_dicts()}
    assert told["12"] == (pytest.approx(200 / 3), 2000.0, 3000.0)
    assert told["46"] == (None, None, None)


def test_a_list_that_is_said_complete_nowhere_tells_no_minutes(listed: Tidy) -> None:
    source = listed.source.model_copy(update={"fields": {**listed.source.fields, "complete_for": ""}})
    at = listed_minutes([Tidy(source, listed.table, "x@1")], REFERENCE, GROUPS, pl.DataFrame(), LOCATED)
    assert np.isnan(at["minutes_france_sante_2026"].values).all()
