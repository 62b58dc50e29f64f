"""The edition built from the embedded inputs gives the published figures back: what the project says must hold.

Expected values are those of the producers and of the method notes, typed in by hand; the figures of merged communes are
worked out here from the rows of the producers' files, quoted beside them.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.editions.store import current_folder

QDM, AM, CC = "quotidien_medecin_2025", "assurance_maladie_2026", "cour_comptes_2024"
EGORA, RP = "egora_2025", "revue_praticien_2022"


class Edition:
    """The tables of the edition under test."""

    def __init__(self, home: Path) -> None:
        self.tables = current_folder(home) / "tables"
        self.observations = pl.scan_parquet(self.tables / "observations.parquet")

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.tables / f"{name}.parquet")

    def rows(self, indicator: str, level: str, code: str, period: str) -> list[dict[str, object]]:
        return self.observations.filter(indicator=indicator, level=level, code=code, period=period).collect().to_dicts()

    def value(self, indicator: str, level: str, code: str, period: str) -> float:
        (row,) = self.rows(indicator, level, code, period)
        assert isinstance(row["value"], float), row
        return row["value"]


@pytest.fixture(scope="module")
def edition(edition_home: Path) -> Edition:
    return Edition(edition_home)


# APL ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "period", "expected", "tolerance"),
    [
        ("apl_mg", "2021", 3.81, 0.005),
        ("apl_mg", "2022", 3.79, 0.005),
        ("apl_mg", "2023", 3.74, 0.005),
        ("apl_mg_65", "2021", 3.37, 0.005),  # published: 3.4
        ("apl_infirmiers", "2023", 155.9, 0.05),
        ("apl_kines", "2023", 119.0, 0.05),
        ("apl_sages_femmes", "2023", 21.7, 0.05),
        ("apl_dentistes", "2023", 60.5, 0.05),
        ("part_pop_apl_mg_inf_2_5", "2022", 14.9, 0.05),
        ("part_pop_apl_mg_inf_2_5", "2023", 16.7, 0.05),
        ("apl_mg_champ_constant", "2015", 4.04, 0.01),
        ("apl_mg_champ_constant", "2018", 3.89, 0.01),
        ("apl_mg_champ_constant", "2019", 3.85, 0.01),
        ("apl_mg_champ_constant", "2021", 3.76, 0.01),
        ("apl_mg_champ_constant", "2022", 3.73, 0.01),
        ("apl_mg_champ_constant", "2023", 3.68, 0.01),
    ],
)
def test_national_values(edition: Edition, indicator: str, period: str, expected: float, tolerance: float) -> None:
    assert edition.value(indicator, "france", "FR", period) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("code", "expected"), [("33", 4.91), ("44", 3.98), ("59", 4.54), ("23", 2.97), ("08", 3.53), ("12", 3.44)]
)
def test_gp_apl_of_departements_in_2023(edition: Edition, code: str, expected: float) -> None:
    assert edition.value("apl_mg", "departement", code, "2023") == pytest.approx(expected, abs=0.03)


def test_the_apl_of_a_commune_is_the_published_figure_itself(edition: Edition) -> None:
    # Terval, line 85289 of the copy of 2022 and 2023.
    assert edition.value("apl_mg", "commune", "85289", "2022") == 1.773
    assert edition.value("apl_infirmiers", "commune", "85289", "2023") == 60.902


def test_the_copy_without_corsica_and_paris_never_stands_for_france(edition: Edition) -> None:
    for period in ("2015", "2016", "2017", "2018", "2019"):
        (row,) = edition.rows("apl_mg", "france", "FR", period)
        assert (row["value"], row["status"]) == (None, "missing")
        (row,) = edition.rows("apl_mg", "departement", "2A", period)
        assert (row["value"], row["status"]) == (None, "missing")


# Counts ------------------------------------------------------------------------------------------------------------


def test_general_practitioners_of_the_bpe_2021(edition: Edition) -> None:
    assert edition.value("nombre_mg", "france", "FR", "2021") == 60_112
    assert edition.value("nombre_mg", "departement", "976", "2021") == 31
    assert edition.value("nombre_mg", "region", "06", "2021") == 31


COUNTS = [f"nombre_{name}" for name in ("mg", "infirmiers", "kines", "dentistes", "sages_femmes", "pharmacies")]


@pytest.mark.parametrize("indicator", [*COUNTS, "nombre_urgences", "population"])
def test_counts_of_communes_add_up_to_every_upper_level(edition: Edition, indicator: str) -> None:
    """Each territory above is the sum of the very communes and arrondissements that belong to it."""
    own = edition.observations.filter(indicator=indicator).select("level", "code", "period", "value").collect()
    memberships = edition.table("memberships").filter(pl.col("level") != "commune")
    places = own.filter(level="commune").select("period", place="code", count="value")
    sums = memberships.join(places, on="place").group_by("level", "code", "period").agg(pl.col("count").sum())
    compared = sums.join(own, on=["level", "code", "period"])
    levels = set(own["level"]) - {"commune"}
    assert levels >= {"epci", "bassin_de_vie", "departement", "region", "france"}
    assert set(compared["level"]) == levels
    valued = compared.filter(pl.col("value").is_not_null())
    assert valued.height > 2_500
    assert (valued["count"] - valued["value"]).abs().max() < 1e-6
    for level in ("departement", "region", "france"):
        assert own.filter(level=level)["value"].sum() == pytest.approx(valued.filter(level="france")["value"].item())


def test_the_yearly_head_counts_of_the_cour(edition: Edition) -> None:
    assert edition.value("rpps_mg", "france", "FR", "2012") == 101_435
    assert edition.value("rpps_mg", "france", "FR", "2022") == 99_941
    assert edition.value("rpps_mg_liberaux", "france", "FR", "2012") == 64_142
    assert edition.value("rpps_mg_liberaux", "france", "FR", "2022") == 57_033
    parts = ("liberaux", "mixtes", "salaries_hospitaliers", "autres_salaries")
    for year in ("2012", "2022"):
        total = sum(edition.value(f"rpps_mg_{part}", "france", "FR", year) for part in parts)
        assert total == edition.value("rpps_mg", "france", "FR", year)
    years = set(edition.observations.filter(indicator="rpps_mg").select("period").collect()["period"])
    assert years == {str(year) for year in range(2012, 2023)}


# The ten commitments and the alert indicators (method notes, sections 3 and 4) ------------------------------------

F = ("france", "FR")
PUBLISHED = [
    ("ald_sans_mt", *F, "2022", 5.6, AM),
    ("ald_sans_mt", *F, "2022", 5.4, EGORA),
    ("ald_sans_mt", *F, "2024-12", 3.8, EGORA),
    ("ald_sans_mt", *F, "2025-06-30", 4.2, QDM),
    ("ald_sans_mt", *F, "2025-06-30", 4.2, AM),
    ("primo_installes_mg", *F, "2025-06-30", 2293, QDM),
    ("patientele_mt", *F, "2016", 849, RP),
    ("patientele_mt", *F, "2021", 1001, RP),
    ("file_active", *F, "2016", 1571, RP),
    ("file_active", *F, "2021", 1577, RP),
    ("assistants_medicaux", *F, "2022-10", 3545, CC),
    ("assistants_medicaux", *F, "2024-05", 6300, CC),
    ("assistants_medicaux", *F, "2025-06-30", 8558, QDM),
    ("assistants_medicaux", *F, "2026-01-01", 9500, AM),
    ("optam", *F, "2025-06-30", 54, QDM),
    ("optam", *F, "2025-06-30", 53.1, EGORA),
    ("optam", *F, "2024-06-30", 51.7, EGORA),
    ("couverture_sas", *F, "2025", 96, QDM),
    *(("couverture_sas", "departement", code, "2025", 0, QDM) for code in ("08", "02", "51", "52", "28")),
    ("psmt", *F, "2015", 9.3, CC),
    ("psmt", *F, "2019", 9.6, CC),
    ("psmt", *F, "2022-09-30", 12.2, CC),
    ("psmt", "departement", "23", "2022-09-30", 15, CC),
    ("psmt", "departement", "75", "2022-09-30", 18, CC),
    ("psmt", "departement", "55", "2022-09-30", 8.7, CC),
    ("psmt", "departement", "17", "2022-09-30", 9.3, CC),
    ("hospitalisations_evitables", *F, "2017", 265_000, CC),
    ("ccmu1", *F, "2021", 15, CC),
    *(("ccmu1", "region", code, "2021", value, CC) for code, value in {"93": 11, "75": 11, "27": 20, "28": 20}.items()),
    *(
        ("ccmu1", "departement", code, "2021", value, CC)
        for code, value in {"45": 11, "37": 13, "18": 17, "36": 17, "41": 18, "28": 22}.items()
    ),
    ("ccmu1", "departement", "08", "2022", 39, CC),
    ("ccmu1", "perimeter", "cpts-vouzinois", "2022", 14, CC),
    ("ccmu1", "perimeter", "cpts-porte-luxembourg", "2022", 50, CC),
    ("ccmu1", "perimeter", "cpts-rethelois", "2022", 8, CC),
    ("ccmu1", "perimeter", "cpts-rives-de-la-meuse", "2022", 39, CC),
    ("ccmu1", "perimeter", "cpts-charleville-et-alentours", "2022", 49, CC),
    ("ecart_psmt_c2s", *F, "2015", 3.3, CC),
    ("ecart_psmt_c2s", *F, "2019", 3.4, CC),
    ("ecart_psmt_c2s", *F, "2022-09-30", 4.8, CC),
]
# Changes over twelve months, and figures of people, are no observation of the indicator's unit: the table of figures
# keeps them.
FIGURES = [
    ("primo_installes_mg", "percent_change", 3.1, QDM),
    ("patientele_mt", "percent_change", 0.8, QDM),
    ("file_active", "percent_change", 1.3, QDM),
    ("installations_zones_sous_denses", "percent_change", -1.7, QDM),
]


@pytest.mark.parametrize(("indicator", "level", "code", "period", "value", "document"), PUBLISHED)
def test_a_published_figure_is_observed_with_its_document(
    edition: Edition, indicator: str, level: str, code: str, period: str, value: float, document: str
) -> None:
    rows = [
        row
        for row in edition.rows(indicator, level, code, period)
        if str(row["snapshot"]).partition("@")[0] == document
    ]
    assert [row["value"] for row in rows] == [value]
    source = edition.table("snapshots").filter(id=rows[0]["snapshot"])
    assert source["source"].to_list() == [document]
    assert source["producer"].item()
    assert document in edition.table("documents")["id"].to_list()


@pytest.mark.parametrize(("indicator", "unit", "value", "document"), FIGURES)
def test_a_published_change_is_kept_among_the_figures(
    edition: Edition, indicator: str, unit: str, value: float, document: str
) -> None:
    found = edition.table("figures").filter(indicator=indicator, unit=unit)
    assert found.select("value", "document").rows() == [(value, document)]


def test_people_without_medecin_traitant_are_kept(edition: Edition) -> None:
    (row,) = edition.rows("psmt", "france", "FR", "2022-09-30")
    assert (row["numerator"], row["denominator"]) == (5.95e6, 48.8e6)
    figures = edition.table("figures").filter(document=CC)
    assert {6_700_000.0, 714_000.0} <= set(figures.filter(pl.col("id").str.starts_with("mp_sans_mt"))["value"])


def test_an_approximate_figure_is_not_shown_as_exact(edition: Edition) -> None:
    statuses = {
        period: edition.rows("assistants_medicaux", "france", "FR", period)[0]["status"]
        for period in ("2022-10", "2024-05", "2025-06-30", "2026-01-01")
    }
    assert statuses == {"2022-10": "ok", "2024-05": "estimated", "2025-06-30": "ok", "2026-01-01": "estimated"}


@pytest.mark.parametrize("indicator", ["delai_specialistes", "non_recours_handicap", "sans_soin_50"])
def test_what_nobody_publishes_is_known_and_has_no_observation(edition: Edition, indicator: str) -> None:
    assert indicator in edition.table("indicators")["id"].to_list()
    assert edition.observations.filter(indicator=indicator).collect().is_empty()


# Mergers of communes -----------------------------------------------------------------------------------------------


def test_a_commune_merged_in_2024_keeps_its_history(edition: Edition) -> None:
    """Les Usiers (25060) took in Goux-les-Usiers (25282) and Sombacour (25549) on 1/1/2024."""
    weights = {"25060": 676.081, "25282": 722.504, "25549": 622.336}  # pop_std_medecin_generaliste, APL 2021
    total = sum(weights.values())
    published = {
        "2021": {"25060": 3.734, "25282": 2.954, "25549": 3.365},
        "2022": {"25060": 4.351, "25282": 3.491, "25549": 4.055},
    }
    for period, values in published.items():
        expected = sum(values[code] * weight for code, weight in weights.items()) / total
        (row,) = edition.rows("apl_mg", "commune", "25060", period)
        assert (row["value"], row["status"]) == (pytest.approx(expected, rel=1e-12), "ok")
        assert row["denominator"] == pytest.approx(total)
    assert edition.value("apl_mg", "commune", "25060", "2023") == 3.356  # published for the new commune
    assert edition.value("nombre_mg", "commune", "25060", "2021") == 0 + 2 + 0
    assert edition.rows("nombre_mg", "commune", "25282", "2021") == []


def test_a_commune_merged_in_2023_keeps_its_history(edition: Edition) -> None:
    """La Tardière (85289), Breuil-Barret (85037) and La Chapelle-aux-Lys (85053) are Terval since 1/1/2023."""
    expected = (2.808 * 610.221 + 2.096 * 279.315 + 2.589 * 1360.712) / (610.221 + 279.315 + 1360.712)
    (row,) = edition.rows("apl_mg", "commune", "85289", "2021")
    assert (row["value"], row["status"]) == (pytest.approx(expected, rel=1e-12), "ok")
    assert edition.value("nombre_mg", "commune", "85289", "2021") == 1 + 0 + 0


@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_every_commune_merged_since_the_bpe_keeps_its_counts_and_apl(edition: Edition, year: int) -> None:
    embedded = Path(__file__).parents[2] / "src" / "vigie" / "editions" / "embedded"
    passage = pl.read_parquet(embedded / "passage.parquet").filter(year_after=year, change="merger")
    merged = set(passage.filter(pl.col("code_before") != pl.col("code_after"))["code_after"])
    assert merged
    known = edition.observations.filter(
        pl.col("code").is_in(sorted(merged)), pl.col("level") == "commune", pl.col("period") == "2021"
    ).collect()
    for indicator in ("nombre_mg", "nombre_infirmiers", "apl_mg", "apl_infirmiers"):
        own = known.filter(indicator=indicator)
        # A commune may have merged, then merged again: it is then no place of the reference.
        assert own.height >= len(merged) - 1
        assert own["value"].null_count() == 0, own.filter(pl.col("value").is_null())


def test_what_the_copy_of_2015_to_2019_lacks_is_flagged(edition: Edition) -> None:
    """Its codes are those of 2025: Pierrefitte-sur-Seine (93059) is in Saint-Denis (93066) there, Paris is absent."""
    for period in ("2015", "2019"):
        (absorbed,) = edition.rows("apl_mg", "commune", "93059", period)
        (absorbing,) = edition.rows("apl_mg", "commune", "93066", period)
        assert absorbed["status"] == "estimated"
        assert absorbed["value"] == absorbing["value"]
        (paris,) = edition.rows("apl_mg", "commune", "75101", period)
        (ajaccio,) = edition.rows("apl_mg", "commune", "2A004", period)
        for row in (paris, ajaccio):
            assert (row["value"], row["status"]) == (None, "missing")
    (present,) = edition.rows("apl_mg", "commune", "93059", "2023")
    assert present["status"] == "ok"
