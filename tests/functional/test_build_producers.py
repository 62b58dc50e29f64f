"""A build that finds the producers' own files in a folder takes them, each in its documented format.

No producer's file is at hand: these are generated from the documented contracts, with values that give them away.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from processes import linked

from vigie.editions.build import build
from vigie.editions.inputs import EMBEDDED
from vigie.editions.observatory import Observatory, open_edition

HEADER = (
    "Code commune INSEE",
    "Commune",
    "APL aux médecins généralistes",
    "APL aux médecins généralistes de 65 ans et moins",
    "APL aux médecins généralistes de 62 ans et moins",
    "APL aux médecins généralistes de 60 ans et moins",
    "Population standardisée 2021 pour la médecine générale",
    "Population totale 2021",
)
ALD = """annee;region;libelle_region;departement;libelle_departement;taux_patients_ald_sans_mt
2023;99;FRANCE;999;Tout département;4.9
2023;76;Occitanie;999;Tout département;5.5
2023;76;Occitanie;12;Aveyron;6.25
2023;76;Occitanie;46;Lot;NS
"""


def _workbook(path: Path) -> None:
    communes = pl.read_parquet(EMBEDDED / "communes.parquet").filter(~pl.col("code").is_in(["75056", "13055", "69123"]))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("APL 2023")
    for number in range(8):
        sheet.append((f"note {number}",))
    sheet.append(HEADER)
    sheet.append((None, None, "consultations par an et par habitant"))
    for code, name in communes.select("code", "name").iter_rows():
        if not code.startswith("976"):
            sheet.append((code, name, 5.0, 4.0, 3.0, 2.0, 100.0, 110.0))
    book.save(path)


@pytest.fixture(scope="module")
def observatory(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observatory]:
    folder = tmp_path_factory.mktemp("producers")
    home = linked(edition_home, folder / "home", steps=True)
    _workbook(folder / "indicateur_d_apl_aux_medecins_generalistes.xlsx")
    (folder / "patients-longueduree-annuelle.csv").write_text(ALD, encoding="utf-8")
    build(home, [folder])
    with open_edition(home) as opened:
        yield opened


def test_the_workbook_of_the_drees_prevails_over_the_copy_of_the_same_year(observatory: Observatory) -> None:
    (row,) = observatory.observations("apl_mg", level="france", period=2023).to_dicts()
    assert row["value"] == pytest.approx(5.0)
    assert row["snapshot"].startswith("drees_apl_workbook@")


def test_the_other_years_stay_those_of_the_copies(observatory: Observatory) -> None:
    (row,) = observatory.observations("apl_mg", level="france", period=2022).to_dicts()
    assert row["value"] == pytest.approx(3.79, abs=0.01)
    assert row["snapshot"].startswith("drees_apl_2022_2023@")


def test_the_workbook_brings_the_doctors_of_65_or_less_of_its_year(observatory: Observatory) -> None:
    (row,) = observatory.observations("apl_mg_65", level="departement", code="12", period=2023).to_dicts()
    assert row["value"] == pytest.approx(4.0)


def test_a_commitment_table_of_data_ameli_gives_regions_and_departements(observatory: Observatory) -> None:
    found = observatory.observations("ald_sans_mt", period=2023).sort("level", "code")
    assert found.select("level", "code", "value", "status").rows() == [
        ("departement", "12", 6.25, "ok"),
        ("departement", "46", None, "suppressed"),
        ("france", "FR", 4.9, "ok"),
        ("region", "76", 5.5, "ok"),
    ]
    assert all(snapshot.startswith("ameli_ald_sans_mt@") for snapshot in found["snapshot"])


def test_the_figures_of_the_documents_stay_beside_them(observatory: Observatory) -> None:
    periods = observatory.observations("ald_sans_mt", level="france")["period"].to_list()
    assert {"2022", "2023", "2025-06-30"} <= set(periods)


def test_the_manifest_names_the_files_with_their_checksums(observatory: Observatory) -> None:
    files = {record["file"]: record for record in observatory.manifest["inputs"]}
    assert files["patients-longueduree-annuelle.csv"]["origin"] == "folder"
    assert len(files["patients-longueduree-annuelle.csv"]["sha256"]) == 64
