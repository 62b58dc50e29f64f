"""The ledger of aids and the reconciliation against the figures of the Cour des comptes and of the producers."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from vigie.editions.observatory import open_edition
from vigie.indicators import definitions
from vigie.indicators.aids import ledger, read_ledger
from vigie.indicators.reconciliation import quantities, read_quantities
from vigie.sources import catalogue
from vigie.sources.templates import templates

MILLION = 1e6


@pytest.fixture(scope="module")
def aids(edition_home: Path) -> pl.DataFrame:
    with open_edition(edition_home) as observatory:
        return observatory.aids()


@pytest.fixture(scope="module")
def reconciliation(edition_home: Path) -> pl.DataFrame:
    with open_edition(edition_home) as observatory:
        return observatory.reconciliation()


@pytest.mark.parametrize("table", ["cour_2024_tableau_05", "cour_2024_tableau_14"])
def test_tables_5_and_14_of_the_cour(aids: pl.DataFrame, table: str) -> None:
    own = aids.filter(pl.col("place") == table).sort("euros")
    assert own.select("rank", "period", (pl.col("euros") / MILLION).alias("euros")).rows() == [
        ("family", "2020", 100.0),
        ("family", "2024", 425.0),
        ("family", "2022", 530.0),
        ("total", "", 1055.0),  # it mixes the three years: it has none
    ]


def test_every_line_has_its_year_its_document_and_a_share_per_inhabitant(aids: pl.DataFrame) -> None:
    assert aids.filter((pl.col("rank") != "total") & (pl.col("period") == "")).is_empty()
    assert aids["document"].ne("").all()
    assert aids["snapshot"].ne("").all()
    (population,) = aids["population"].unique()
    assert population == 67_391_791
    assert (aids["euros"] / population - aids["per_inhabitant"]).abs().max() < 1e-9
    direct = aids.filter(pl.col("label_fr").str.starts_with("Aides directes") & (pl.col("period") == "2020"))
    assert direct["euros"].max() == pytest.approx(73.1 * MILLION)
    assert direct.filter(pl.col("euros") < 73 * MILLION)["euros"].sum() == pytest.approx(72.2 * MILLION)


def test_no_line_of_ours_adds_up_years(aids: pl.DataFrame) -> None:
    assert len(aids) == len(ledger().lines)  # what is published, and nothing else
    assert aids.filter(pl.col("rank") == "total")["place"].to_list() == ["cour_2024_tableau_05", "cour_2024_tableau_14"]


def test_general_practitioners_as_three_producers_count_them(reconciliation: pl.DataFrame) -> None:
    own = reconciliation.filter((pl.col("quantity") == "medecins_generalistes") & (pl.col("level") == "france"))
    rows = {(row["first"], row["second"]): row for row in own.iter_rows(named=True)}
    assert (rows["bpe", "rpps"]["first_value"], rows["bpe", "rpps"]["second_value"]) == (60_112, 57_533 + 8_365)
    assert rows["bpe", "ameli"]["second_value"] == 55_546
    assert rows["ameli", "ameli_hors_mep"]["difference"] == -3_771
    assert rows["ameli", "ameli_hors_mep"]["unexplained"] == 0  # the MEP explain all of it
    assert rows["bpe", "ameli_hors_mep"]["explained"] == -3_771
    assert rows["bpe", "ameli"]["explained"] is None  # none of its causes is measured


def test_every_departement_is_reconciled(reconciliation: pl.DataFrame) -> None:
    own = reconciliation.filter((pl.col("second") == "ameli") & (pl.col("level") == "departement"))
    assert own.filter(pl.col("quantity") == "medecins_generalistes")["code"].n_unique() >= 100
    gap = reconciliation["difference"] - reconciliation["explained"].fill_null(0) - reconciliation["unexplained"]
    assert gap.abs().max() < 1e-6
    people = reconciliation.filter((pl.col("quantity") == "population") & (pl.col("level") == "france"))
    rows = {(row["first"], row["second"]): row for row in people.iter_rows(named=True)}
    assert rows["municipale_2021", "apl_2021"]["unexplained"] == pytest.approx(0, abs=1e-6)
    assert rows["municipale_2021", "totale_2021"]["first_value"] == 67_391_791


def test_causes_are_told_in_both_languages(reconciliation: pl.DataFrame) -> None:
    for text in reconciliation["causes"].unique():
        for cause in json.loads(text):
            assert cause["fr"]
            assert cause["en"]
    for one in quantities().values():
        indicators = {name for count in one.counts for name in count.indicators}
        assert indicators <= set(definitions())


def test_each_commitment_and_alert_has_a_reader_or_a_template() -> None:
    """What the embedded edition lacks, a command brings: the official table, a template, or both."""
    given = {name for one in templates().values() for name in one.indicators()}
    for one in definitions().values():
        if one.theme in ("engagement", "alerte") and one.compute.rule == "published":
            fetched = [name for name in one.sources if name in catalogue() and catalogue()[name].addresses]
            assert fetched or one.id in given, one.id
        assert set(one.imports) <= set(templates()), one.id
        computed = {group.value.removesuffix("_{period}") for group in getattr(one.compute, "inputs", ())}
        for name in one.imports:  # a figure of the table, or made of the minutes to the nearest of its places
            assert one.id in templates()[name].indicators() or templates()[name].minutes in computed, one.id
    assert given <= set(definitions())


def test_what_a_file_of_ours_gets_wrong_is_named(tmp_path: Path) -> None:
    from vigie.errors import InputError

    (tmp_path / "x.toml").write_text("lines = []\n", encoding="utf-8")
    with pytest.raises(InputError, match="families"):
        read_ledger(tmp_path / "x.toml")
    with pytest.raises(InputError, match="quantity"):
        read_quantities(tmp_path / "x.toml")
