"""A build that finds the producers' own files in a folder takes them, each in its documented format.

No producer's file is at hand: these are generated from the documented contracts, with values that give them away.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vigie.editions.observatory import Observatory, open_edition

if TYPE_CHECKING:
    from conftest import Changed

pytestmark = pytest.mark.timeout(900)  # one build on a busy machine


@pytest.fixture(scope="module")
def observatory(changed_home: Changed) -> Iterator[Observatory]:
    with open_edition(Path(changed_home.home)) as opened:
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
