"""The verdicts on what was promised, worked out by hand from the figures of the documents.

Sources: Le Quotidien du médecin 2025 (bilan au 30 juin 2025), the Cour des comptes (May 2024), the Assurance maladie
(February 2026), Egora and La Revue du praticien (press); see methods section 3 and ``figures/*.csv``.
"""

from __future__ import annotations

import polars as pl
import pytest

from vigie.editions.standing import target_table, trajectory_table
from vigie.editions.tables import document_snapshots
from vigie.indicators import definitions
from vigie.sources.published.figures import figures
from vigie.sources.published.targets import targets

# target: verdict, reason, baseline, latest, growth over twelve months.
NATION = {
    "ald_sans_mt": ("on_course", "no_date", 5.6, 4.2, None),
    "primo_installes_mg": ("late", "too_slow", 2293, 2293, 3.1),
    "patientele_mt": ("late", "too_slow", None, None, 0.8),
    "file_active": ("late", "too_slow", None, None, 1.3),
    "delai_specialistes": ("not_measurable", "no_target", None, None, None),
    "assistants_medicaux": ("late", "date_passed", 6300, 9500, None),
    "optam": ("not_measurable", "not_the_measure", None, None, None),
    "installations_zones_sous_denses": ("moving_away", "wrong_way", None, None, -1.7),
    "couverture_sas": ("not_measurable", "one_point", 96, 96, None),
    "non_recours_handicap": ("not_measurable", "no_measure", None, None, None),
    "msp": ("late", "behind_line", 2251, 2700, None),
    "cpts": ("not_measurable", "one_point", 803, 803, None),
    "ipa": ("not_measurable", "no_measure", None, None, None),
    "structures_participatives": ("not_measurable", "no_measure", None, None, None),
    "france_sante": ("not_measurable", "no_measure", None, None, None),
    "france_sante_30": ("not_measurable", "no_measure", None, None, None),
}


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    return figures()


@pytest.fixture(scope="module")
def told(published: pl.DataFrame) -> pl.DataFrame:
    """Trajectories from the documents alone: no producer's table is at hand."""
    return trajectory_table(targets(), {}, published, document_snapshots(published), definitions())


def of(told: pl.DataFrame, name: str, retained: bool = True, stage: int = 1) -> dict:
    wanted = (pl.col("target") == name) & (pl.col("retained") == retained) & (pl.col("stage") == stage)
    (row,) = told.filter(wanted).to_dicts()
    return row


@pytest.mark.parametrize("name", NATION)
def test_verdict_on_a_target(told: pl.DataFrame, name: str):
    row = of(told, name)
    found = (row["verdict"], row["reason"], row["baseline"], row["latest"], row["yearly"])
    assert found == NATION[name]


def test_every_target_has_a_verdict(told: pl.DataFrame):
    assert set(told["target"]) == set(NATION) == {one.id for one in targets()}


def test_ald_arrives_in_2030_at_the_pace_of_2022_to_2025(told: pl.DataFrame):
    row = of(told, "ald_sans_mt")
    years = (2025 + 180 / 365) - 2022.5  # from the middle of 2022 to 30 June 2025
    assert row["pace"] == pytest.approx((4.2 - 5.6) / years)
    assert row["arrival"] == pytest.approx(2025 + 180 / 365 + 2.2 / (1.4 / years))
    assert row["distance"] == pytest.approx(-2.2)
    assert row["expected"] is None  # no date, no line


def test_the_two_sources_on_ald_are_told_side_by_side_and_never_chained(told: pl.DataFrame):
    press = of(told, "ald_sans_mt", retained=False)
    assert (press["source"], press["baseline"], press["latest"]) == ("egora_2025", 5.4, 3.8)
    assert of(told, "ald_sans_mt")["source"] == "assurance_maladie_2026"
    (row,) = target_table(targets()).filter(pl.col("id") == "ald_sans_mt").to_dicts()
    assert "ne s’enchaînent pas" in row["difference_fr"]
    assert row["difference_en"]


def test_assistants_miss_their_date_by_500_contracts(told: pl.DataFrame):
    row = of(told, "assistants_medicaux")
    assert (row["expected"], row["gap"], row["required"], row["status"]) == (10000, -500, None, "estimated")
    years = 2026 - (2024 + 136.5 / 366)  # from the middle of May 2024 to 1 January 2026
    assert row["pace"] == pytest.approx(3200 / years, rel=1e-3)
    assert 2026.2 < row["arrival"] < 2026.3
    then = of(told, "assistants_medicaux", stage=2)
    assert (then["rule"], then["aim"], then["reason"]) == ("yearly_growth", 10, "one_point")


def test_msp_need_five_times_their_pace(told: pl.DataFrame):
    row = of(told, "msp")
    assert row["required"] / row["pace"] == pytest.approx(4.9, abs=0.05)
    assert row["expected"] == pytest.approx(3349, abs=1)


def test_sas_never_passes_for_pdsa_and_its_territories_are_those_without():
    (row,) = target_table(targets()).filter(pl.col("id") == "couverture_sas").to_dicts()
    assert "PDSA" in row["needs_fr"]
    assert "PDSA" in row["note_fr"]


def test_what_is_not_measured_says_what_would_measure_it_and_shows_the_surveys(published: pl.DataFrame):
    rows = {row["id"]: row for row in target_table(targets()).to_dicts()}
    by_id = dict(published.select("id", "value").iter_rows())
    assert rows["delai_specialistes"]["needs_fr"]
    assert rows["non_recours_handicap"]["needs_fr"]
    shown = {name: by_id[name] for name in rows["non_recours_handicap"]["published"].split(", ")}
    assert shown == {"am26_handicap_soins_non_effectues": 22}
    delays = rows["delai_specialistes"]["published"].split(", ")
    years = {published.filter(pl.col("id") == name)["period"].item()[:4] for name in delays}
    assert years == {"2018", "2023", "2024"}


def test_every_verdict_names_its_rule_and_its_snapshots(told: pl.DataFrame, published: pl.DataFrame):
    known = set(document_snapshots(published).values())
    for row in told.iter_rows(named=True):
        snapshots = set(row["snapshots"].split(", ")) - {""}
        assert snapshots <= known
        assert row["verdict"] == "not_measurable" or (snapshots and row["rule"] != "none")


def test_what_is_followed_is_described():
    """The ten commitments and the alert indicators: what they count, how often, their limits, and what brings them."""
    alone = ("assistants_medicaux", "primo_installes_mg", "installations_zones_sous_denses")  # counts over nothing
    for name, one in definitions().items():
        if one.theme not in ("engagement", "alerte"):
            continue
        assert one.numerator, name
        assert one.periodicity, name
        assert one.limits.fr, name
        assert one.denominator or name in alone, name
        assert one.imports or one.sources, name
