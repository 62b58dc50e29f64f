"""A small country for the tests of imported tables: eight communes of two départements, an EPCI across both."""

from __future__ import annotations

import polars as pl

from vigie.territories.reference import Reference, build

# The third EPCI lies across both départements.
COMMUNES = {
    "12001": ("12", "200000001"), "12002": ("12", "200000001"), "12003": ("12", "200000002"),
    "12004": ("12", "200000002"), "12005": ("12", "200000003"), "46001": ("46", "200000003"),
    "46002": ("46", "200000004"), "46003": ("46", "200000004"),
}  # fmt: skip


def reference() -> Reference:
    rows = [(code, dep, epci) for code, (dep, epci) in COMMUNES.items()]
    table = pl.DataFrame(rows, schema=["code", "departement", "epci"], orient="row").with_columns(
        name=pl.format("Commune {}", "code"),
        kind=pl.lit("commune"),
        region=pl.lit("76"),
        bassin_de_vie=pl.lit("12001"),
        population=pl.lit(1000),
        area_km2=pl.lit(10.0),
        lon=pl.lit(2.0),
        lat=pl.lit(44.0),
        epci_name="epci",
        bassin_de_vie_name=pl.lit("Bassin"),
        bassin_de_vie_2012=pl.lit("12001"),
        canton_ou_ville=pl.lit("1201"),
        unite_urbaine=pl.lit("00001"),
        aire_attraction=pl.lit("001"),
        density=pl.lit(5, dtype=pl.Int8),
        population_total=pl.lit(1000),
    )
    return build(table)
