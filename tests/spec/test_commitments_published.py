"""Every published value of the ten commitments, of the alert indicators and of the APL, asserted by hand.

The expected values are those of the project's method notes (sections 1, 3 and 4), each with the document it is from.
"""

import tomllib

import polars as pl
import pytest

from vigie.sources.published.figures import HERE, disagreements, documents, figures

QDM, AM, CC = "quotidien_medecin_2025", "assurance_maladie_2026", "cour_comptes_2024"
EGORA, RP = "egora_2025", "revue_praticien_2022"

COMMITMENTS = [
    ("ald_sans_mt", "2022", "percent", 5.6, AM),
    ("ald_sans_mt", "2022", "percent", 5.4, EGORA),
    ("ald_sans_mt", "2024-12", "percent", 3.8, EGORA),
    ("ald_sans_mt", "2025-06-30", "percent", 4.2, QDM),
    ("ald_sans_mt", "2025-06-30", "percent", 4.2, AM),
    ("primo_installes_mg", "2024-06-30/2025-06-30", "percent_change", 3.1, QDM),
    ("primo_installes_mg", "2025-06-30", "count", 2293, QDM),
    ("patientele_mt", "2023-12/2024-12", "percent_change", 0.8, QDM),
    ("patientele_mt", "2021", "count", 1001, RP),
    ("patientele_mt", "2016", "count", 849, RP),
    ("file_active", None, "percent_change", 1.3, QDM),
    ("file_active", "2021", "count", 1577, RP),
    ("file_active", "2016", "count", 1571, RP),
    ("assistants_medicaux", "2022-10", "count", 3545, CC),
    ("assistants_medicaux", "2024-05", "count", 6300, CC),
    ("assistants_medicaux", "2025-06-30", "count", 8558, QDM),
    ("assistants_medicaux", "2026-01-01", "count", 9500, AM),
    ("optam", "2025-06-30", "percent", 54, QDM),
    ("optam", "2025-06-30", "percent", 53.1, EGORA),
    ("optam", "2024-06-30", "percent", 51.7, EGORA),
    ("installations_zones_sous_denses", None, "percent_change", -1.7, QDM),
    ("couverture_sas", "2025", "percent", 96, QDM),
]
WITHOUT_SAS = {"08": "Ardennes", "02": "Aisne", "51": "Marne", "52": "Haute-Marne", "28": "Eure-et-Loir"}

ALERTS = [
    ("psmt", "france", "FR", "2015", "percent", 9.3),
    ("psmt", "france", "FR", "2019", "percent", 9.6),
    ("psmt", "france", "FR", "2022-09-30", "percent", 12.2),
    ("psmt", "departement", "23", "2022-09-30", "percent", 15),
    ("psmt", "departement", "75", "2022-09-30", "percent", 18),
    ("psmt", "departement", "55", "2022-09-30", "percent", 8.7),
    ("psmt", "departement", "17", "2022-09-30", "percent", 9.3),
    ("hospitalisations_evitables", "france", "FR", "2017", "count", 265000),
    ("ccmu1", "france", "FR", "2021", "percent", 15),
    ("ccmu1", "region", "93", "2021", "percent", 11),
    ("ccmu1", "region", "75", "2021", "percent", 11),
    ("ccmu1", "region", "27", "2021", "percent", 20),
    ("ccmu1", "region", "28", "2021", "percent", 20),
    ("ccmu1", "departement", "45", "2021", "percent", 11),
    ("ccmu1", "departement", "37", "2021", "percent", 13),
    ("ccmu1", "departement", "18", "2021", "percent", 17),
    ("ccmu1", "departement", "36", "2021", "percent", 17),
    ("ccmu1", "departement", "41", "2021", "percent", 18),
    ("ccmu1", "departement", "28", "2021", "percent", 22),
    ("ccmu1", "perimeter", "cpts-vouzinois", "2022", "percent", 14),
    ("ccmu1", "perimeter", "cpts-porte-luxembourg", "2022", "percent", 50),
    ("ccmu1", "perimeter", "cpts-rethelois", "2022", "percent", 8),
    ("ccmu1", "perimeter", "cpts-rives-de-la-meuse", "2022", "percent", 39),
    ("ccmu1", "perimeter", "cpts-charleville-et-alentours", "2022", "percent", 49),
    ("ccmu1", "departement", "08", "2022", "percent", 39),
    ("ecart_psmt_c2s", "france", "FR", "2015", "points", 3.3),
    ("ecart_psmt_c2s", "france", "FR", "2019", "points", 3.4),
    ("ecart_psmt_c2s", "france", "FR", "2022-09-30", "points", 4.8),
    ("psmt_c2s", "france", "FR", "2015", "percent", 12.2),
    ("psmt_c2s", "france", "FR", "2019", "percent", 12.6),
    ("psmt_c2s", "france", "FR", "2022-09-30", "percent", 16.4),
    ("psmt_hors_c2s", "france", "FR", "2015", "percent", 8.9),
    ("psmt_hors_c2s", "france", "FR", "2019", "percent", 9.2),
    ("psmt_hors_c2s", "france", "FR", "2022-09-30", "percent", 11.6),
]

APL = {
    "apl_mg_65": {"2015": 3.8, "2016": 3.7, "2019": 3.5, "2021": 3.4, "2022": 3.3, "2023": 3.3},
    "apl_mg": {"2015": 4.06, "2018": 3.93, "2021": 3.81, "2022": 3.79, "2023": 3.74, "2024": 3.72},
    "apl_infirmiers": {"2023": 156, "2024": 154.8},
    "apl_kines": {"2023": 119.3, "2024": 123.2},
    "apl_sages_femmes": {"2023": 21.8, "2024": 22.2},
    "apl_dentistes": {"2023": 60.6, "2024": 61.5},
}
APL_DEPARTEMENTS = {"33": 4.91, "44": 3.98, "59": 4.54, "23": 2.97, "08": 3.53, "12": 3.44}
APL_TVS = {
    "tvs-nantes": 4.6,
    "tvs-sainte-pazanne": 2.3,
    "tvs-vallons-de-l-erdre": 2,
    "tvs-perpignan": 4.2,
    "tvs-thuir": 2.3,
    "tvs-ille-sur-tet": 2.3,
}
APL_SPREAD = {
    "mp_apl_mg_65_mieux_servis_2021": 5.7,
    "mp_apl_mg_65_moins_servis_2021": 1.5,
    "mp_apl_mg_65_mieux_servis_2021_calc": 5.6,
    "mp_apl_mg_65_mieux_servis_2022": 5.7,
    "mp_apl_mg_65_moins_servis_2022": 1.5,
    "mp_apl_mg_65_mieux_servis_2023": 5.6,
    "mp_apl_mg_65_moins_servis_2023": 1.4,
    "mp_apl_mg_65_rapport_2023": 4.1,
    "mp_apl_mg_d9_d1_2015": 2.17,
    "mp_apl_mg_d9_d1_2018": 2.24,
    "mp_apl_mg_sous_2_5_2022": 14.9,
    "mp_apl_mg_sous_2_5_2023": 16.6,
    "mp_apl_mg_sous_2_5_2023_pop2021": 16.7,
    "mp_apl_mg_sous_2_5_2024": 18.2,
    "mp_apl_mg_sous_dense_tvs_2015": 3.8,
    "mp_apl_mg_sous_dense_tvs_2018": 5.7,
    "mp_apl_seuil_sous_dense": 2.5,
    "mp_apl_seuil_tres_sous_dense": 2,
    "mp_difficulte_une_profession": 20,
    "mp_difficulte_trois_professions_part": 3,
    "mp_difficulte_trois_professions_personnes": 1700000,
}

TARGETS = {
    "ald_sans_mt": ("level", 2, "lower"),
    "primo_installes_mg": ("yearly_growth", 5, "higher"),
    "patientele_mt": ("yearly_growth", 2, "higher"),
    "file_active": ("yearly_growth", 2, "higher"),
    "delai_specialistes": ("none", None, "lower"),
    "assistants_medicaux": ("level", 10000, "higher"),
    "optam": ("yearly_growth", 5, "higher"),
    "installations_zones_sous_denses": ("yearly_growth", 7, "higher"),
    "couverture_sas": ("level", 100, "higher"),
    "non_recours_handicap": ("yearly_growth", -2, "lower"),
}
FURTHER = {
    "msp": (4000, "2027"),
    "cpts": (1000, ""),
    "ipa": (3000, "2025"),
    "structures_participatives": (60, "2027"),
    "france_sante": (5000, "2027"),
    "france_sante_30": (100, "2027"),
}


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return figures()


def found(table: pl.DataFrame, **wanted: object) -> pl.DataFrame:
    return table.filter(*(pl.col(name).eq_missing(pl.lit(value)) for name, value in wanted.items()))


@pytest.mark.parametrize(("indicator", "period", "unit", "value", "document"), COMMITMENTS)
def test_a_commitment_as_published(table, indicator, period, unit, value, document):
    rows = found(table, indicator=indicator, level="france", code="FR", period=period, unit=unit, document=document)
    assert rows["value"].to_list() == [value]


def test_no_value_of_a_commitment_comes_from_nowhere(table):
    names = {indicator for indicator, *_ in COMMITMENTS} | {"delai_specialistes", "non_recours_handicap"}
    rows = table.filter(pl.col("indicator").is_in(sorted(names)), pl.col("level") == "france")
    key = ["indicator", "period", "unit", "value", "document"]
    assert sorted(map(str, rows.select(key).rows())) == sorted(
        str((indicator, period, unit, float(value), document))
        for indicator, period, unit, value, document in COMMITMENTS
    )


@pytest.mark.parametrize("indicator", ["delai_specialistes", "non_recours_handicap", "sans_soin_50"])
def test_what_is_not_measured_has_no_value(table, indicator):
    assert found(table, indicator=indicator).height == 0


def test_departements_without_sas(table):
    rows = found(table, indicator="couverture_sas", level="departement")
    assert {row["code"]: row["field_fr"] for row in rows.to_dicts()} == WITHOUT_SAS
    assert set(rows["value"]) == {0}
    assert set(rows["document"]) == {QDM}


def test_qualifiers_of_the_assistants(table):
    rows = found(table, indicator="assistants_medicaux").sort("period")
    assert rows["qualifier"].to_list() == ["exact", "more_than", "exact", "nearly"]


@pytest.mark.parametrize(("indicator", "level", "code", "period", "unit", "value"), ALERTS)
def test_an_alert_indicator_as_published(table, indicator, level, code, period, unit, value):
    rows = found(table, indicator=indicator, level=level, code=code, period=period, unit=unit, document=CC)
    rows = rows.filter(pl.col("value") == value)  # the report may also print a rounded value elsewhere
    assert rows.height == 1
    assert rows["quote_fr"].null_count() == 0


def test_people_behind_the_psmt(table):
    (row,) = found(table, indicator="psmt", level="france", period="2022-09-30").to_dicts()
    assert (row["numerator"], row["denominator"]) == (5.95e6, 48.8e6)
    assert row["numerator"] / row["denominator"] == pytest.approx(row["value"] / 100, abs=0.0005)
    people = found(table, period="2022-09-30", document=CC).filter(pl.col("id").str.starts_with("mp_sans_mt"))
    assert dict(people.select("id", "value").rows()) == {
        "mp_sans_mt_personnes": 6_700_000,
        "mp_sans_mt_part": 12,
        "mp_sans_mt_ald": 714_000,
    }


@pytest.mark.parametrize("indicator", APL)
def test_national_apl_as_published(table, indicator):
    rows = found(table, indicator=indicator, level="france", code="FR")
    assert dict(rows.select("period", "value").rows()) == APL[indicator]
    assert rows.height == len(APL[indicator])
    assert set(rows["unit"]) == {"per_inhabitant" if indicator.startswith("apl_mg") else "per_100k"}


def test_the_computed_apl_of_2021_is_not_shown_as_printed(table):
    (row,) = found(table, indicator="apl_mg", level="france", period="2021").to_dicts()
    assert row["document"] == "drees_apl_communes"
    assert "calculée" in row["note_fr"]


def test_apl_of_departements_and_territoires_de_vie_sante(table):
    rows = found(table, indicator="apl_mg", level="departement", period="2023")
    assert dict(rows.select("code", "value").rows()) == APL_DEPARTEMENTS
    rows = found(table, indicator="apl_mg_65", level="perimeter", period="2022")
    assert dict(rows.select("code", "value").rows()) == APL_TVS


def test_spread_and_shares_of_the_apl(table):
    rows = table.filter(pl.col("id").is_in(sorted(APL_SPREAD)))
    assert dict(rows.select("id", "value").rows()) == APL_SPREAD
    assert rows["indicator"].null_count() == rows.height


def test_where_sources_disagree_both_are_kept():
    rows = disagreements()
    kept = {
        (row["indicator"], row["period"], row["value"], row["document"])
        for row in rows.to_dicts()
        if row["level"] == "france"
    }
    assert kept >= {
        ("ald_sans_mt", "2022", 5.6, AM),
        ("ald_sans_mt", "2022", 5.4, EGORA),
        ("optam", "2025-06-30", 54, QDM),
        ("optam", "2025-06-30", 53.1, EGORA),
    }
    assert not {name for name, *_ in kept} & {"patientele_mt", "assistants_medicaux", "apl_mg"}


@pytest.fixture(scope="module")
def targets() -> dict[str, dict]:
    tables = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))
    by_id = {table["id"]: table for table in tables["target"]}
    assert len(by_id) == len(tables["target"])
    return by_id


def test_targets_of_the_ten_commitments(targets):
    ten = {name: table for name, table in targets.items() if table["set"] == "convention_medicale_2024"}
    assert {
        name: (table["target"]["kind"], table["target"].get("value"), table["direction"]) for name, table in ten.items()
    } == TARGETS
    assert [table["number"] for table in ten.values()] == list(range(1, 11))
    assert ten["assistants_medicaux"]["target"]["date"] == "2025"
    assert ten["assistants_medicaux"]["then"]["value"] == 10


def test_further_targets(targets):
    further = {
        name: (table["target"]["value"], table["target"]["date"])
        for name, table in targets.items()
        if table["set"] == "autres"
    }
    assert further == FURTHER
    moved = [(former["value"], former["date"]) for former in targets["assistants_medicaux"]["former"]]
    assert moved == [(4000, "2022"), (4000, "2023-12-31"), (10000, "2027-12-31"), (10000, "2024-12-31")]


def test_targets_name_known_documents_and_figures(targets, table):
    ids, known = set(table["id"]), documents()
    for target in targets.values():
        assert target["document"] in known
        assert set(target["published"]) <= ids, target["id"]
        assert {former["document"] for former in target.get("former", [])} <= set(known)
